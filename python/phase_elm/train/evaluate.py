"""Errors of a trained surrogate in physical units, next to doing nothing."""

from __future__ import annotations

from typing import Any

import torch

from phase_elm.constraints import Columns, Named
from phase_elm.constraints.drift import drift_by_part
from phase_elm.model.stage import Stage
from phase_elm.schema import Schema
from phase_elm.train.dataset import HELD_OUT, TRAINING, TrainingSet, take

WATCHED = [
    "leafc", "frootc", "deadstemc", "cwdc_vr", "litr3c_vr", "soil3c_vr", "soil4c_vr", "npool",
    "smin_no3_vr", "labilep_vr", "annsum_npp",
]  # fmt: skip


def _relative(predicted: torch.Tensor, truth: torch.Tensor) -> float:
    """Median over columns of |sum of errors| over the sum, where there is something."""
    held = truth.sum(1).abs()
    there = held > 1.0e-6
    if not there.any():
        return float("nan")
    return float(((predicted - truth).sum(1).abs()[there] / held[there]).median())


def _summary(predicted: Named, truth: Named, columns: Columns) -> dict[str, Any]:
    parts = drift_by_part(predicted, truth, columns)
    total = torch.stack(list(parts.values())).sum(0).abs()
    weight = {v: columns.patch if truth[v].shape[1] == columns.patch.shape[1] else columns.thickness
              for v in WATCHED}  # fmt: skip
    return {
        "drift_median_gC_m2_yr": float(total.median()),
        "drift_mean_gC_m2_yr": float(total.mean()),
        "share_within_1_gC_m2_yr": float((total <= 1.0).double().mean()),
        "part_drift_median_gC_m2_yr": {k: float(v.abs().median()) for k, v in parts.items()},
        "median_relative_error": {
            v: _relative(predicted[v] * weight[v], truth[v] * weight[v]) for v in WATCHED
        },
    }


@torch.no_grad()
def physical_errors(model: Stage, schema: Schema, data: TrainingSet) -> dict[str, Any]:
    """Expected 20-year drift and pool errors on training and held-out columns.

    The drift here is what the errors of the pools imply for pools that forget at their own rate;
    what the land model does after the jump is measured with the land model.
    """
    out: dict[str, Any] = {}
    for label, split in (("training", TRAINING), ("held_out", HELD_OUT)):
        rows = data.rows(split)
        if len(rows) == 0:
            continue
        x, truth = take(data.inputs, rows, schema), take(data.truth, rows, schema)
        columns = Columns.of(x)
        predicted = model.predict(x)
        out[label] = {
            "columns": len(rows),
            "surrogate": _summary(predicted, truth, columns),
            "do_nothing": _summary({n: x[n] for n in truth}, truth, columns),
            "trust_median": float(predicted["trust"].median()),
            "trust_smallest": float(predicted["trust"].min()),
        }
    return out
