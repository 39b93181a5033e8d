"""``phase finetune``: a trained surrogate on a few columns of another grid, climate or host."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field

from phase_elm.evaluate.cases import EvaluateError
from phase_elm.export.writer import read_checkpoint
from phase_elm.model.stage import Stage
from phase_elm.model.surrogate import Surrogate
from phase_elm.schema import Schema
from phase_elm.train.config import TrainConfig
from phase_elm.train.dataset import TRAINING, TrainingSet, read_training_sets, take
from phase_elm.train.module import MemberTraining, loader
from phase_elm.train.run import build_stage, quiet, save_checkpoint

MOST_SHARE, MOST_EPOCHS = 0.05, 5


class FinetuneConfig(BaseModel):
    """What to fine-tune on what.

    Parameters:
        checkpoint: ``surrogate.ckpt`` of ``phase train``, or an artifact with weights.
        data: Sets of the new grid.
        out: Checkpoint to write.
        share: Share of the new columns that may be used, at most a twentieth.
        epochs: Passes over them, at most five.
        learning_rate: Of AdamW.
        batch_size: Columns a step.
        seed: Which columns are drawn, and their order.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    checkpoint: Path
    data: tuple[Path, ...] = Field(min_length=1)
    out: Path
    share: float = Field(default=MOST_SHARE, gt=0.0, le=MOST_SHARE)
    epochs: int = Field(default=MOST_EPOCHS, ge=1, le=MOST_EPOCHS)
    learning_rate: float = Field(default=1.0e-4, gt=0.0)
    batch_size: int = Field(default=8, ge=1)
    seed: int = 0


def finetune(
    config: FinetuneConfig, report: Callable[[str], None] = lambda text: None
) -> tuple[Path, dict[str, Any]]:
    """Go on training on drawn columns of split 0; statistics and trust stay those of training."""
    model, schema, training, facts = read_checkpoint(config.checkpoint)
    data = read_training_sets(list(config.data), schema)
    rows = draw(data, config.share, config.seed)
    tuned = tune_rows(
        model, schema, training, data, rows, config.epochs, config.learning_rate,
        config.batch_size, config.seed, report,
    )  # fmt: skip
    told = {
        **facts,
        "finetuned_on": [path.name for path in config.data],
        "finetuned_columns": len(rows),
        "finetuned_share": len(rows) / len(data),
        "finetuned_epochs": config.epochs,
    }
    config.out.parent.mkdir(parents=True, exist_ok=True)
    save_checkpoint(config.out, tuned, training, schema, told)
    return config.out, told


def draw(data: TrainingSet, share: float, seed: int) -> torch.Tensor:
    """Columns of split 0, at most ``share`` of all columns of the set."""
    count = math.floor(share * len(data))
    own = np.flatnonzero(data.split == TRAINING)
    if count < 1 or len(own) < count:
        raise EvaluateError(
            f"{len(data)} columns, {len(own)} of them for training: a share of {share:g} is "
            f"{count}; a larger set is needed"
        )
    return torch.from_numpy(np.sort(np.random.default_rng(seed).choice(own, count, replace=False)))


def tune_rows(
    model: Surrogate,
    schema: Schema,
    training: TrainConfig,
    data: TrainingSet,
    rows: torch.Tensor,
    epochs: int,
    learning_rate: float,
    batch_size: int,
    seed: int,
    report: Callable[[str], None] = lambda text: None,
) -> Surrogate:
    """Each network of first windows on the given rows; everything else stays as it is."""
    settings = training.optimiser.model_copy(
        update={"learning_rate": learning_rate, "epochs": epochs}
    )
    inputs, truth = take(data.inputs, rows, schema), take(data.truth, rows, schema)
    tuned = copy.deepcopy(model)
    for number, network in enumerate(tuned.first.members):
        report(f"member {number + 1} of {training.model.members}")
        member = one_member(model.first, number, training, schema)
        step = MemberTraining(member, schema, inputs, truth, training.loss, settings, seed + number)
        with quiet():
            lightning.Trainer(
                max_epochs=epochs, accelerator="cpu", devices=1, precision="64-true", logger=False,
                gradient_clip_val=settings.gradient_clip, enable_checkpointing=False,
                enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
                limit_val_batches=0,
            ).fit(step, loader(torch.arange(len(rows)), batch_size, seed + number))  # fmt: skip
        network.load_state_dict(member.members[0].state_dict())
    return tuned.eval()


def one_member(stage: Stage, number: int, training: TrainConfig, schema: Schema) -> Stage:
    """A stage of one network, with the statistics of the whole."""
    own = f"members.{number}."
    state = {}
    for name, value in stage.state_dict().items():
        if name.startswith(own):
            state["members.0." + name.removeprefix(own)] = value
        elif not name.startswith("members."):
            state[name] = value
    member = build_stage(training, schema, later=False)
    member.load_state_dict(state)
    return member
