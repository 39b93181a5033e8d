"""``phase evaluate``: every predictor on the same held-out columns, one table."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from phase_elm.evaluate import metrics
from phase_elm.evaluate.baselines import ArtifactPredictor, BoostedTrees, NoChange, Ridge
from phase_elm.evaluate.cases import (
    Columns,
    EvaluateError,
    Named,
    Predictor,
    complete,
    read_columns,
    read_test,
)
from phase_elm.evaluate.layer import layer_residual
from phase_elm.evaluate.published import EPOCHS, MseNetwork
from phase_elm.evaluate.trust import judge_trust
from phase_elm.schema import Schema, load_schema

Baseline = Literal["no_change", "ridge", "trees", "mse_network", "steady_state"]
BASELINES: tuple[Baseline, ...] = (
    "no_change", "steady_state", "ridge", "trees", "mse_network",
)  # fmt: skip
STEADY_STATE = Path(__file__).parent.parent / "data" / "phase_steady_state.pt"
HEADLINES = ("TOTSOMC", "TOTVEGC", "TOTECOSYSC")
AT_REST = 1.0


class EvaluateConfig(BaseModel):
    """What to compare.

    Parameters:
        train: Sets whose columns of split 0 the baselines learn from.
        test: Sets whose columns, all of them, are predicted; by default split 1 of ``train``.
        outside: Sets of another climate, whose trust scores are shown.
        held_out_only: Of the test sets, columns of split 1 alone.
        artifacts: Artifacts by the name they have in the tables.
        baselines: Which baselines.
        seed: Of the baselines.
        epochs: Of the network baseline, at most.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    train: tuple[Path, ...] = Field(min_length=1)
    test: tuple[Path, ...] = ()
    outside: tuple[Path, ...] = ()
    held_out_only: bool = False
    artifacts: dict[str, Path] = {}
    baselines: tuple[Baseline, ...] = BASELINES
    seed: int = 0
    epochs: int = Field(default=EPOCHS, ge=1)


def predictors(config: EvaluateConfig) -> list[Predictor]:
    """Those that are compared, artifacts first."""
    out: list[Predictor] = [
        ArtifactPredictor(path, name) for name, path in config.artifacts.items()
    ]
    made: dict[str, Callable[[], Predictor]] = {
        "no_change": NoChange,
        "steady_state": lambda: ArtifactPredictor(
            STEADY_STATE, "steady state alone", "steady_state"
        ),
        "ridge": Ridge,
        "trees": lambda: BoostedTrees(seed=config.seed),
        "mse_network": lambda: MseNetwork(seed=config.seed, epochs=config.epochs),
    }
    return out + [made[name]() for name in config.baselines]


def evaluate(
    config: EvaluateConfig,
    progress: Callable[[str], None] = lambda text: None,
) -> tuple[dict[str, Any], Columns, dict[str, Named]]:
    """The table as a document, the test columns, and every predictor's pools."""
    schema = load_schema()
    train, held = read_columns(list(config.train), schema)
    test = held
    if config.test:
        paths = list(config.test)
        test = read_test(paths, schema, config.held_out_only)
    if not len(test):
        raise EvaluateError(
            f"{config.train[0]}: no column is held out (split 1); name test sets with --test"
        )
    document: dict[str, Any] = {
        "evaluate_format": 1,
        "train": [path.name for path in config.train],
        "test": [path.name for path in config.test] or "held-out columns of train",
        "training_columns": len(train),
        "test_columns": len(test),
        "test_area_km2": float(test.area.sum()),
        # Jan 1 pools under annual-mean rates of the window: what the end state itself comes to.
        "end_state_soil_balance_residual": metrics.balance_residual(test.truth, test),
        "end_state_column_balance": metrics.column_balance(test.truth, test),
        "predictors": {},
    }
    outside = {path.stem: read_test([path], schema) for path in config.outside}
    states: dict[str, Named] = {}
    for predictor in predictors(config):
        progress(f"{predictor.name}: learning")
        started = time.perf_counter()
        predictor.fit(train, schema)
        progress(f"{predictor.name}: predicting")
        raw = predictor.predict(test)
        states[predictor.name] = complete(raw, test)
        entry = judge(states[predictor.name], test, schema)
        entry["seconds"] = time.perf_counter() - started
        if isinstance(predictor, ArtifactPredictor):
            entry["checksum"] = predictor.artifact.schema["checksum"]
            entry["trust_median"] = float(np.median(raw["trust"]))
            if predictor.artifact.learned:
                entry["layer_residual"] = layer_residual(predictor.artifact, test.inputs)
                progress(f"{predictor.name}: trust")
                entry["trust"] = judge_trust(
                    predictor, test, states[predictor.name], raw["trust"][:, 0], outside
                )
        document["predictors"][predictor.name] = entry
    document["comparison"] = compare(document["predictors"], list(config.artifacts))
    return document, test, states


def judge(predicted: Named, test: Columns, schema: Schema) -> dict[str, Any]:
    """All scores of one prediction."""
    variables = metrics.by_variable(predicted, test, schema)
    drift = np.abs(metrics.implied_drift(predicted, test))
    inner = [
        part["r2"]
        for row in variables.values()
        for part in row.get("by_layer", row.get("by_pft", {})).values()
        if np.isfinite(part["r2"])
    ]
    single = [
        part["r2"]
        for row in variables.values()
        for part in row.get("by_layer", {"all": row}).values()
    ]
    return {
        "variables": variables,
        "totals": metrics.of_totals(predicted, test),
        "regions": metrics.by_region(predicted, test),
        "median_r2_of_pools": _median([row["r2"] for row in variables.values()]),
        "median_r2_of_layers_and_types": _median(inner),
        "median_r2_of_pools_by_layer": _median(single),
        "median_nrmse_of_pools": _median([row["nrmse"] for row in variables.values()]),
        "implied_drift_gC_m2_yr": {
            "median": float(np.median(drift)),
            "mean": float((drift * test.area).sum() / test.area.sum()),
            "share_of_area_within_1": float(test.area[drift <= AT_REST].sum() / test.area.sum()),
        },
        "soil_balance_residual": metrics.balance_residual(predicted, test),
        "column_balance": metrics.column_balance(predicted, test),
        "stoichiometry": metrics.stoichiometry(predicted, test),
    }


def compare(found: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """On how many pools an artifact has a smaller error than each and than every baseline."""
    out = {}
    for name in names:
        own = found[name]["variables"]
        others = [other for other in found if other not in names]
        known = [v for v in own if np.isfinite(own[v]["rmse"]) and own[v]["mean"] != 0.0]
        better = {
            other: [v for v in known if own[v]["rmse"] < found[other]["variables"][v]["rmse"]]
            for other in others
        }
        every = [v for v in known if all(v in better[other] for other in others)]
        out[name] = {
            "pools": len(known),
            "share_better_than": {o: len(b) / max(1, len(known)) for o, b in better.items()},
            "share_better_than_every_baseline": len(every) / max(1, len(known)),
        }
    return out


def _median(values: list[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.median(finite)) if finite else float("nan")
