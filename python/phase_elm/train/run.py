"""``phase train``: a member per fold, then one checkpoint with the ensemble."""

from __future__ import annotations

import contextlib
import json
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightning
import torch
from lightning.pytorch.callbacks import EarlyStopping, ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger

from phase_elm.atomic import complete, write_text
from phase_elm.model.ablated import AblatedStage
from phase_elm.model.first import FirstStage
from phase_elm.model.later import LaterStage
from phase_elm.model.stage import Stage
from phase_elm.model.surrogate import Surrogate, SurrogateConfig
from phase_elm.schema import Schema, load_schema
from phase_elm.train.calibrate import calibrate
from phase_elm.train.card import card, describe_sets, versions
from phase_elm.train.config import TrainConfig
from phase_elm.train.dataset import (
    TRAINING,
    TrainingSet,
    TrainingSetError,
    read_training_sets,
    take,
)
from phase_elm.train.distributed import Ranks
from phase_elm.train.evaluate import physical_errors
from phase_elm.train.folder import MemberFolder
from phase_elm.train.linear import fit_linear
from phase_elm.train.module import MemberTraining, loader
from phase_elm.train.statistics import fit_later, fit_statistics

CHECKPOINT = "surrogate.ckpt"
CHECKPOINT_FORMAT = 2
ALONE = Ranks()


def build(config: TrainConfig, schema: Schema) -> Surrogate:
    """An untrained surrogate of the configured size."""
    return Surrogate(schema, SurrogateConfig(**config.model.model_dump()))


def build_stage(config: TrainConfig, schema: Schema, later: bool) -> Stage:
    """An untrained stage of one member."""
    settings = {**config.model.model_dump(), "members": 1, "later_members": 1}
    kind = LaterStage if later else AblatedStage if config.model.without else FirstStage
    return kind(schema, SurrogateConfig(**settings))


class _Progress(lightning.Callback):
    """Hands each epoch to a function, for a progress bar."""

    def __init__(self, report: Callable[[str, float], None], label: str, epochs: int) -> None:
        self.report = report
        self.label = label
        self.epochs = epochs

    def on_validation_end(self, trainer: lightning.Trainer, _: Any) -> None:
        metrics = trainer.callback_metrics
        share = float(metrics.get("val_share_at_rest", float("nan")))
        drift = float(metrics.get("val_drift", float("nan")))
        text = f"{self.label}: drift {drift:.2f} gC/m2/yr, at rest {100 * share:.0f}%"
        self.report(text, (trainer.current_epoch + 1) / self.epochs)


def quiet() -> contextlib.ExitStack:
    """Lightning's hints about hardware and workers are no use here; all is restored at the end."""
    stack = contextlib.ExitStack()
    stack.enter_context(warnings.catch_warnings())
    warnings.simplefilter("ignore")
    log = logging.getLogger("lightning.pytorch")
    stack.callback(log.setLevel, log.level)
    log.setLevel(logging.ERROR)
    return stack


def train_member(
    config: TrainConfig,
    schema: Schema,
    data: TrainingSet,
    number: int,
    resume: bool,
    report: Callable[[str, float], None],
    later: bool = False,
    ranks: Ranks = ALONE,
) -> Stage:
    """Train one member of a stage; the weights of its best validation loss are kept.

    With ``resume`` a member that was finished is read, one that was begun goes on from its last
    checkpoint and ends bit for bit where it would have ended unbroken.
    """
    stage = "later" if later else "first"
    settings = config.later_optimiser if later else config.optimiser
    members = config.model.later_members if later else config.model.members
    seed = config.seed + 100_000 * number + (50_000 if later else 0)
    lightning.seed_everything(seed, verbose=False)
    rows = data.rows(TRAINING, config.largest_drift)
    if len(rows) < config.validation_folds:
        raise TrainingSetError(
            f"{len(rows)} training columns drift by no more than {config.largest_drift} gC/m2/yr; "
            f"expected at least {config.validation_folds}: raise largest_drift"
        )
    fold = data.folds(rows, config.validation_folds, config.block_degrees, config.seed)
    validate = torch.from_numpy(fold == number % config.validation_folds)
    model = build_stage(config, schema, later)
    fit = fit_later if later else fit_statistics
    fit(model, take(data.inputs, rows, schema), take(data.truth, rows, schema))
    loss = config.later_loss if later else config.loss
    training = MemberTraining(model, schema, data.inputs, data.truth, loss, settings, seed, ranks)
    folder = config.output / f"{stage}{number}"
    progress = MemberFolder(folder, config, data.fingerprint)
    progress.open(resume, ranks)
    if resume and progress.done.is_file():
        kept = torch.load(progress.done, weights_only=True)
        # Trust follows from the data alone, and its form may be newer than the finished member.
        own = {n: v for n, v in kept.items() if not n.startswith("trust.")}
        model.load_state_dict({**model.state_dict(), **own})
        return model.eval()
    best = ModelCheckpoint(
        folder, filename="best", monitor="val_loss", enable_version_counter=False
    )
    last = ModelCheckpoint(folder, filename="last", every_n_epochs=25, enable_version_counter=False)
    label = f"{stage} window, member {number + 1}/{members}"
    trainer = lightning.Trainer(
        max_epochs=settings.epochs,
        accelerator="cpu",
        **ranks.trainer_options(),
        precision="64-true",
        gradient_clip_val=settings.gradient_clip,
        callbacks=[
            EarlyStopping("val_loss", patience=settings.patience),
            best,
            last,
            _Progress(report, label, settings.epochs),
        ],
        logger=CSVLogger(config.output, name="log", version=f"{stage}{number}"),
        log_every_n_steps=1,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    trainer.fit(
        training,
        loader(rows[~validate], settings.batch_size, seed),
        loader(rows[validate], 0, seed),
        ckpt_path=progress.last if resume and progress.last.is_file() else None,
        weights_only=True,
    )
    kept = torch.load(best.best_model_path, weights_only=True)["state_dict"]
    training.load_state_dict(kept)
    if ranks.first:
        progress.finish(model)
    return model.eval()


def join(config: TrainConfig, schema: Schema, first: list[Stage], later: list[Stage]) -> Surrogate:
    """One surrogate whose graph averages the members of each stage."""
    whole = build(config, schema)
    state = whole.state_dict()
    for prefix, members in (("first.", first), ("later.", later)):
        for number, member in enumerate(members):
            for name, value in member.state_dict().items():
                own = name.startswith("members.0.")
                if own:
                    state[f"{prefix}members.{number}." + name.removeprefix("members.0.")] = value
                elif number == 0:
                    state[prefix + name] = value
    whole.load_state_dict(state)
    return whole.eval()


def save_checkpoint(
    path: Path, model: Surrogate, config: TrainConfig, schema: Schema, facts: dict[str, Any]
) -> None:
    """Tensors and JSON text only, so that reading it never runs code; written in one move."""
    payload = {
        "format": CHECKPOINT_FORMAT,
        "state_dict": model.state_dict(),
        "config": config.model_dump_json(),
        "schema": schema.model_dump_json(),
        "facts": json.dumps(facts, default=str),
    }
    with complete(path) as partial:
        torch.save(payload, partial)


def read_data(config: TrainConfig) -> tuple[Schema, TrainingSet, TrainingSet | None]:
    """The sets of a configuration, and the schema with what they stand for."""
    schema = load_schema().changed(
        host_rates=config.host_rates, depth_efolding=config.depth_efolding
    )
    data = read_training_sets(config.data, schema)
    further = read_training_sets(config.later, schema) if config.later else None
    if further is not None and further.horizon_years(0.0) != data.horizon_years(0.0):
        raise TrainingSetError(
            f"{config.later[0]}: later windows stand for {further.horizon_years(0.0)} years, first "
            f"ones for {data.horizon_years(0.0)}; make both from the same end states"
        )
    found = tuple(data.protocols)
    update = {
        "horizon_years": data.horizon_years(schema.horizon_years),
        "protocol": found[0] if found and schema.protocol not in found else schema.protocol,
        "protocols": found or (schema.protocol,),
    }
    return schema.model_copy(update=update), data, further


def check(config: TrainConfig) -> dict[str, str]:
    """Read everything that training would read; what it would do, in words."""
    schema, data, further = read_data(config)
    rows = data.rows(TRAINING, config.largest_drift)
    facts = {
        "training columns": str(len(rows)),
        "held-out columns": str(int((data.split != TRAINING).sum())),
        "protocols": ", ".join(schema.protocols),
        "horizon": f"{schema.horizon_years:g} years",
        "members": str(config.model.members),
    }
    if further is not None:
        facts["later windows"] = str(len(further.rows(TRAINING, config.largest_drift)))
        facts["later members"] = str(config.model.later_members)
    fold = data.folds(rows, config.validation_folds, config.block_degrees, config.seed)
    empty = [str(k) for k in range(config.validation_folds) if not (fold == k).any()]
    if empty:
        raise TrainingSetError(
            f"folds {', '.join(empty)} of {config.validation_folds} hold no column: lower "
            "validation_folds or block_degrees"
        )
    return facts


def members_of(config: TrainConfig) -> list[tuple[bool, int]]:
    """Members in the order in which they are trained: of later windows or not, and number."""
    first = [(False, number) for number in range(config.model.members)]
    return first + [(True, number) for number in range(config.model.later_members)]


def train_part(
    config: TrainConfig,
    part: tuple[int, int],
    resume: bool = False,
    report: Callable[[str, float], None] = lambda text, share: None,
) -> int:
    """Train every ``part[1]``-th member from ``part[0]`` (1 is the first) on; return how many.

    Members know nothing of each other, so that several processes may each train a part of them;
    ``train`` with ``resume`` then reads them all.
    """
    chosen = members_of(config)[part[0] - 1 :: part[1]]
    _train_members(config, chosen, read_data(config), resume, report)
    return len(chosen)


def _train_members(
    config: TrainConfig,
    members: list[tuple[bool, int]],
    read: tuple[Schema, TrainingSet, TrainingSet | None],
    resume: bool,
    report: Callable[[str, float], None],
    ranks: Ranks = ALONE,
) -> tuple[list[Stage], list[Stage]]:
    """Some of ``members_of``, of first and of later windows, trained on ``read_data``'s sets."""
    if config.threads:
        torch.set_num_threads(config.threads)
    schema, data, further = read
    config.output.mkdir(parents=True, exist_ok=True)
    first: list[Stage] = []
    later: list[Stage] = []
    with quiet():
        for is_later, number in members:
            given, trained = (further, later) if is_later else (data, first)
            trained.append(
                train_member(config, schema, given, number, resume, report, is_later, ranks)
            )
    return first, later


def train(
    config: TrainConfig,
    resume: bool = False,
    report: Callable[[str, float], None] = lambda text, share: None,
) -> tuple[Path, dict[str, Any]]:
    """Train all members and write ``surrogate.ckpt``; return its path and the held-out errors."""
    ranks = Ranks.from_environment()
    schema, data, further = read = read_data(config)
    held = read_training_sets(config.test, schema, for_training=False) if config.test else None
    first, later = _train_members(config, members_of(config), read, resume, report, ranks)
    calibrate(config, schema, data, first)
    if not config.model.without:
        fit_linear(config, schema, data, first)
    model = join(config, schema, first, later)
    errors = physical_errors(model.first, schema, data)
    if held is not None:
        found = physical_errors(model.first, schema, held).get("held_out")
        errors |= {"test": found} if found else {}
    if further is not None:
        errors |= {
            f"later_{k}": v for k, v in physical_errors(model.later, schema, further).items()
        }
    facts = {
        "data": [path.name for path in config.data],
        "later": [path.name for path in config.later],
        "data_attributes": data.attributes,
        "sets": {
            "first": describe_sets(config.data, data),
            "later": describe_sets(config.later, further) if further is not None else [],
            "test": describe_sets(config.test, held) if held is not None else [],
        },
        "training_columns": int((data.split == TRAINING).sum()),
        "training_columns_used": len(data.rows(TRAINING, config.largest_drift)),
        "versions": versions(),
        "trust_calibration": {
            "score": model.first.trust.knot_score.tolist(),
            "error": model.first.trust.knot_error.tolist(),
        },
        "seed": config.seed,
        "errors": errors,
    }
    path = config.output / CHECKPOINT
    if ranks.first:
        save_checkpoint(path, model, config, schema, facts)
        write_text(path.with_suffix(".md"), card(schema, config, facts, None))
    ranks.leave()
    return path, errors
