"""``phase evaluate-elm``: what is predicted for real ELM cells, next to the states ELM came to.

The soil budget of the observed years first (does the reading of ELM's rates close?), then the soil
carbon of every predictor against restart files of long or jumped runs, layer by layer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field

from phase_elm.evaluate.baselines import ArtifactPredictor
from phase_elm.evaluate.cases import Columns, EvaluateError, Named, complete, read_test, tensors
from phase_elm.evaluate.run import STEADY_STATE
from phase_elm.fuse.subgrid import read_subgrid
from phase_elm.model import constants as c
from phase_elm.model.steady_state import HostRates, VerticalMixing, tendency
from phase_elm.schema import Schema, load_schema

UPPER_LEVELS = 8  # 1.38 m
WITHIN = 0.10
SOIL = tuple(f"{pool}c_vr" for pool in c.POOLS[4:])


class ElmConfig(BaseModel):
    """What to compare with what.

    Parameters:
        observed: Set of ``phase fuse``, with the target of a fine-tuning in ``equilibrium``.
        references: Restart files by name.
        artifacts: Artifacts by name, asked with method ``surrogate``.
        checkpoint: ``surrogate.ckpt``, or an artifact with weights, to fine-tune, leaving one cell
            out at a time.
        epochs, learning_rate: Of the fine-tuning.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    observed: Path
    references: dict[str, Path] = Field(min_length=1)
    artifacts: dict[str, Path] = {}
    checkpoint: Path | None = None
    epochs: int = Field(default=5, ge=1)
    learning_rate: float = Field(default=5.0e-4, gt=0.0)


def evaluate_elm(
    config: ElmConfig, progress: Callable[[str], None] = lambda text: None
) -> dict[str, Any]:
    """Closure, and every predictor against every reference."""
    schema = load_schema()
    cells = read_test([config.observed], schema)
    references = {
        name: _soil_of_restart(path, len(cells), schema) for name, path in config.references.items()
    }
    now = {name: cells.inputs[name] for name in SOIL}
    states: dict[str, Named] = {"as observed": now}
    predictors = {"steady state alone": ArtifactPredictor(STEADY_STATE, "", "steady_state")}
    for name, path in config.artifacts.items():
        progress(f"{name}: predicting")
        predictors[name] = ArtifactPredictor(path, name, "surrogate")
    for name, predictor in predictors.items():
        states[name] = complete(predictor.predict(cells), cells)
    if config.checkpoint is not None:
        states["fine-tuned, leaving the cell out"] = _leave_one_out(config, schema, cells, progress)
    return {
        "evaluate_elm_format": 1,
        "cells": len(cells),
        "lat": cells.lat.tolist(),
        "lon": cells.lon.tolist(),
        "closure": closure(cells),
        "predictors": {
            who: {ref: against(state, soil) for ref, soil in references.items()}
            for who, state in states.items()
        },
        "references": {
            one: {two: against(soil, other) for two, other in references.items() if two != one}
            for one, soil in references.items()
        },
    }


def closure(cells: Columns) -> dict[str, Any]:
    """Trend of the four soil pools against their balance, over what decomposes in them.

    Once for the column as a whole, once with the residuals of all pools and layers added up in
    size, where what mixing moves counts too.
    """
    x = tensors(cells.inputs)
    rate, share, fire = HostRates()(x)
    pools = torch.stack([x[f"{pool.upper()}C_vr"] for pool in c.POOLS], 1)
    first, last = (
        torch.stack([x[f"{pool}c_vr{end}"] for pool in c.POOLS], 1) for end in ("_start", "")
    )
    zero = torch.zeros_like(pools[:, 0])
    plant = torch.stack(
        [
            x[f"{pool.upper()}C_INPUT_vr"] * c.SECONDS_PER_YEAR if i <= c.CWD else zero
            for i, pool in enumerate(c.POOLS)
        ],
        1,
    )
    mixing = VerticalMixing()
    found = tendency(pools, plant, rate, share, fire, mixing.of(x))
    residual = found - (last - first) / c.OBSERVED_YEARS
    flux = ((rate * pools)[:, 4:] * mixing.thickness).sum((1, 2)).clamp(min=1.0e-9)
    whole = (residual[:, 4:] * mixing.thickness).sum((1, 2)).abs() / flux
    single = (residual[:, 4:].abs() * mixing.thickness).sum((1, 2)) / flux
    return {
        name: {
            "by_cell": relative.tolist(),
            "largest": float(relative.max()),
            "median": float(relative.median()),
        }
        for name, relative in (("column", whole), ("pools_and_layers", single))
    }


def against(state: Named, reference: Named) -> dict[str, Any]:
    """Ratios of soil carbon, upper 1.4 m and whole column, and by layer and pool."""
    dz = np.asarray(c.layer_thickness())

    def stock(soil: Named, levels: int) -> np.ndarray:
        return (sum(soil[name] for name in SOIL) * dz)[:, :levels].sum(1)

    out: dict[str, Any] = {}
    for name, levels in (("upper", UPPER_LEVELS), ("whole", c.NLEVEL)):
        ratio = stock(state, levels) / stock(reference, levels)
        out[name] = {
            "ratio_by_cell": ratio.tolist(),
            "median": float(np.median(ratio)),
            "cells_within_10_percent": int((np.abs(ratio - 1.0) <= WITHIN).sum()),
        }
    total = {
        "soil": (
            sum(state[name] for name in SOIL),
            sum(reference[name] for name in SOIL),
        ),
        **{name: (state[name], reference[name]) for name in SOIL},
    }
    out["median_ratio_by_layer"] = {
        name: np.median(a / np.maximum(b, 1.0e-9), axis=0).tolist()
        for name, (a, b) in total.items()
    }
    return out


def _soil_of_restart(path: Path, count: int, schema: Schema) -> Named:
    grid = read_subgrid(path, schema.dims.pft)
    if len(grid) != count:
        raise EvaluateError(f"{path}: {len(grid)} soil columns, the observed set has {count}")
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        return {
            name: np.asarray(data[name][...])[grid.column, : schema.dims.level] for name in SOIL
        }


def _leave_one_out(
    config: ElmConfig, schema: Schema, cells: Columns, progress: Callable[[str], None]
) -> Named:
    """Fine-tune on all cells but one and predict that one, for every cell."""
    from phase_elm.evaluate.finetune import tune_rows
    from phase_elm.export.writer import read_checkpoint
    from phase_elm.train.dataset import read_training_set, take

    assert config.checkpoint is not None
    model, own, training, _ = read_checkpoint(config.checkpoint)
    data = read_training_set(config.observed, own)
    parts: list[Named] = []
    for cell in range(len(data)):
        progress(f"leaving out cell {cell + 1} of {len(data)}")
        rows = torch.tensor([k for k in range(len(data)) if k != cell])
        tuned = tune_rows(
            model, own, training, data, rows, config.epochs, config.learning_rate, 8, cell
        )
        with torch.no_grad():
            out = tuned.first.predict(take(data.inputs, torch.tensor([cell]), own))
        parts.append({name: out[name].numpy() for name in cells.truth})
    joined = {name: np.concatenate([part[name] for part in parts]) for name in cells.truth}
    return complete(joined, cells)
