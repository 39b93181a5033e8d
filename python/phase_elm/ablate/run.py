"""``phase ablate``: one training for each variant, judged on the same held-out columns."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field

from phase_elm.ablate.variants import Variant, variants
from phase_elm.atomic import write_text
from phase_elm.evaluate.cases import Columns, complete, read_test, tensors
from phase_elm.evaluate.metrics import balance_residual
from phase_elm.evaluate.report import plain
from phase_elm.evaluate.run import judge
from phase_elm.export.writer import read_checkpoint
from phase_elm.schema import Schema
from phase_elm.train.config import TrainConfig
from phase_elm.train.dataset import read_training_set
from phase_elm.train.run import read_data, train

RESULT = "result.json"


class AblateError(ValueError):
    """The ablation cannot be made; the message says what is missing."""


class AblateConfig(BaseModel):
    """What is compared.

    Parameters:
        train: Training that is taken apart; later windows are left out of it.
        test: Sets whose columns of split 1 are judged; by default those of the training sets.
        epochs, members: At most so many, to make it cheap.
        add: Switch on each loss term that is off, too.
        only: Names of variants; all by default. The full training is always there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: TrainConfig
    test: tuple[Path, ...] = ()
    epochs: int | None = Field(default=None, ge=1)
    members: int | None = Field(default=None, ge=1)
    add: bool = False
    only: tuple[str, ...] = ()


def ablate(
    config: AblateConfig, progress: Callable[[str, float], None] = lambda text, share: None
) -> dict[str, Any]:
    """Train and judge every variant that is not there yet; the table as a document."""
    base = _capped(config)
    schema, data, _ = read_data(base)
    tests = config.test or base.data
    test = read_test(list(tests), schema, held_out_only=True)
    if not len(test):
        raise AblateError(f"{tests[0]}: no column is held out (split 1); name sets with --test")
    chosen = _chosen(config, variants(base, config.add))
    marks = [read_training_set(path, schema).fingerprint for path in tests]
    mark = " ".join([data.fingerprint, *marks])
    found: dict[str, Any] = {}
    for number, variant in enumerate(chosen):
        found[variant.name] = _one(
            variant, base.output / "ablation", mark, test, schema,
            lambda text, share, at=number, name=variant.name: progress(
                f"{name}: {text}", (at + share) / len(chosen)
            ),
        )  # fmt: skip
    return {
        "ablate_format": 1,
        "data": [path.name for path in base.data],
        "test": [path.name for path in tests],
        "test_columns": len(test),
        "training_columns": int((data.split == 0).sum()),
        "epochs": base.optimiser.epochs,
        "members": base.model.members,
        "seed": base.seed,
        "end_state_soil_balance_residual": balance_residual(test.truth, test)["median"],
        "variants": found,
    }


def _capped(config: AblateConfig) -> TrainConfig:
    """The training without later windows, no larger than asked for."""
    base = config.train
    epochs = min(base.optimiser.epochs, config.epochs or base.optimiser.epochs)
    members = min(base.model.members, config.members or base.model.members)
    return base.model_copy(
        update={
            "later": (),
            "optimiser": base.optimiser.model_copy(update={"epochs": epochs}),
            "model": base.model.model_copy(update={"members": members, "later_members": 0}),
        }
    )


def _chosen(config: AblateConfig, known: list[Variant]) -> list[Variant]:
    names = [variant.name for variant in known]
    unknown = [name for name in config.only if name not in names]
    if unknown:
        raise AblateError(f"no variant {', '.join(unknown)}; expected of: {'; '.join(names)}")
    if not config.only:
        return known
    return [v for v in known if v.name in config.only or v is known[0]]


def _one(
    variant: Variant,
    folder: Path,
    mark: str,
    test: Columns,
    schema: Schema,
    progress: Callable[[str, float], None],
) -> dict[str, Any]:
    """The scores of one variant: as they lie there, or trained and judged."""
    place = folder / variant.name.replace(" ", "_").replace(",", "")
    config = variant.config.model_copy(update={"output": place})
    wanted = {"mark": mark, "config": config.model_dump(mode="json", exclude={"output", "threads"})}
    settings, result = place / "variant.json", place / RESULT
    same = settings.is_file() and json.loads(settings.read_text()) == wanted
    if same and result.is_file():
        progress("as before", 1.0)
        read: dict[str, Any] = json.loads(result.read_text())
        return read
    place.mkdir(parents=True, exist_ok=True)
    result.unlink(missing_ok=True)
    _write(settings, wanted)
    started = time.perf_counter()
    members = config.model.members
    done = {"share": 0.0, "member": 0}

    def report(text: str, share: float) -> None:
        if share < done["share"]:
            done["member"] += 1
        done["share"] = share
        progress(text, (done["member"] + share) / members)

    path, _ = train(config, resume=same, report=report)
    model = read_checkpoint(path)[0]
    with torch.no_grad():
        predicted = model.first.predict(tensors(test.inputs))
    state = complete({n: v.numpy() for n, v in predicted.items() if n != "trust"}, test)
    scores: dict[str, Any] = plain(
        {
            "level": variant.level,
            "seconds": time.perf_counter() - started,
            **summary(judge(state, test, schema)),
        }
    )
    _write(result, scores)
    return scores


def summary(judged: dict[str, Any]) -> dict[str, Any]:
    """What the table shows of all scores."""
    drift = judged["implied_drift_gC_m2_yr"]
    return {
        "totals": {
            name: {"r2": judged["totals"][name]["r2"], "nrmse": judged["totals"][name]["nrmse"]}
            for name in ("TOTSOMC", "TOTVEGC", "TOTECOSYSC")
        },
        "median_r2": judged["median_r2_of_pools_by_layer"],
        "implied_drift_median_gC_m2_yr": drift["median"],
        "implied_drift_mean_gC_m2_yr": drift["mean"],
        "share_of_area_within_1": drift["share_of_area_within_1"],
        "soil_balance_residual_median": judged["soil_balance_residual"]["median"],
        "negative_pools": judged["stoichiometry"]["negative_pools"],
        "zeros_filled": judged["stoichiometry"]["zeros_filled"],
        "stoichiometry_departs": judged["stoichiometry"]["largest_departure"],
    }


def _write(path: Path, value: Any) -> None:
    write_text(path, json.dumps(value, indent=1, allow_nan=False))
