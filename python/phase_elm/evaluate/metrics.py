"""Errors in physical units: by pool, plant type and layer, of totals, and of what has to hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from phase_elm.constraints import Columns as LossColumns
from phase_elm.constraints.drift import drift_by_part
from phase_elm.evaluate.cases import Columns, Named, tensors
from phase_elm.model import constants as c
from phase_elm.model.steady_state import HostRates, VerticalMixing
from phase_elm.report.stocks import LITTER, SOIL, layer_thickness_m, plant_pools
from phase_elm.schema import Schema

MINERAL = {"n": ("smin_no3_vr", "smin_nh4_vr"), "p": ("solutionp_vr", "labilep_vr", "secondp_vr")}
LEAST_CELLS = 5


def scores(predicted: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    """R2, bias, RMSE and nRMSE (over the mean of the truth), weighted.

    R2 is NaN where the truth does not vary; nRMSE where it is zero.
    """
    total = weight.sum()
    error = predicted - truth
    mean = float((weight * truth).sum() / total)
    mse = float((weight * error**2).sum() / total)
    variance = float((weight * (truth - mean) ** 2).sum() / total)
    scale = float((weight * np.abs(truth)).sum() / total)
    return {
        "r2": 1.0 - mse / variance if variance > 1.0e-24 else float("nan"),
        "bias": float((weight * error).sum() / total),
        "rmse": float(np.sqrt(mse)),
        "nrmse": float(np.sqrt(mse)) / scale if scale > 1.0e-12 else float("nan"),
        "mean": mean,
        "count": int((weight > 0.0).sum()),
    }


def totals(state: Named, wtcol: np.ndarray) -> Named:
    """Column totals of C, N and P by compartment, g/m2."""
    dz = layer_thickness_m()
    out: Named = {}

    def layered(names: tuple[str, ...]) -> np.ndarray:
        return (sum(state[name] for name in names) * dz).sum(1)

    for element in "cnp":
        up = element.upper()
        plants = sum(state[name] for name in plant_pools(element))
        parts = {
            f"TOTVEG{up}": (plants * wtcol).sum(1),
            f"TOTLIT{up}": layered(tuple(f"{p}{element}_vr" for p in LITTER)),
            f"CWD{up}": layered((f"cwd{element}_vr",)),
            f"TOTSOM{up}": layered(tuple(f"{p}{element}_vr" for p in SOIL)),
        }
        if element in MINERAL:
            parts[f"SMIN{up}"] = layered(MINERAL[element])
        if element == "p":
            parts["MINERALP"] = layered(("occlp_vr", "primp_vr"))
        out.update(parts)
        out[f"TOTECOSYS{up}"] = sum(parts.values())
    return out


def by_variable(predicted: Named, test: Columns, schema: Schema) -> dict[str, Any]:
    """Scores of every pool, and of its plant types or layers."""
    wtcol = test.inputs["wtcol"]
    out: dict[str, Any] = {}
    for name, truth in test.truth.items():
        variable = schema.by_name[name]
        patch = variable.dims == "patch"
        weight = test.area[:, None] * (wtcol if patch else np.ones_like(truth))
        if patch:
            weight = weight * (np.arange(truth.shape[1]) > 0)
        row: dict[str, Any] = {"units": variable.units, **_safe(predicted[name], truth, weight)}
        parts = {}
        for k in range(truth.shape[1]):
            there = weight[:, k] > 0.0
            if there.sum() >= LEAST_CELLS and np.abs(truth[there, k]).max() > 1.0e-9:
                parts[str(k)] = scores(predicted[name][:, k], truth[:, k], weight[:, k])
        row["by_pft" if patch else "by_layer"] = parts
        out[name] = row
    return out


def _safe(predicted: np.ndarray, truth: np.ndarray, weight: np.ndarray) -> dict[str, float]:
    if weight.sum() <= 0.0:
        return dict.fromkeys(("r2", "bias", "rmse", "nrmse", "mean"), float("nan")) | {"count": 0}
    return scores(predicted, truth, weight)


def of_totals(predicted: Named, test: Columns) -> dict[str, Any]:
    """Scores of the totals, weighted by land area."""
    wtcol = test.inputs["wtcol"]
    found, truth = totals(predicted, wtcol), totals(test.truth, wtcol)
    return {
        name: {"units": f"g{name[-1]}/m2", **scores(found[name], truth[name], test.area)}
        for name in truth
    }


def by_region(predicted: Named, test: Columns) -> dict[str, Any]:
    """Scores of total carbon by block of the split."""
    wtcol = test.inputs["wtcol"]
    found, truth = totals(predicted, wtcol), totals(test.truth, wtcol)
    out = {}
    for region in np.unique(test.region):
        rows = test.region == region
        out[str(int(region))] = {
            "columns": int(rows.sum()),
            "lat": float(test.lat[rows].mean()),
            "lon": float(test.lon[rows].mean()),
            **{
                name: scores(found[name][rows], truth[name][rows], test.area[rows])
                for name in ("TOTECOSYSC", "TOTSOMC", "TOTVEGC")
            },
        }
    return out


def implied_drift(predicted: Named, test: Columns) -> np.ndarray:
    """Carbon a column will gain back in 20 years, gC/m2/yr, were the truth at rest."""
    columns = LossColumns.of(tensors(test.inputs))
    parts = drift_by_part(tensors(predicted), tensors(test.truth), columns)
    return torch.stack(list(parts.values())).sum(0).numpy()


def balance_residual(predicted: Named, test: Columns) -> dict[str, float]:
    """How far the predicted soil pools are from rest under the observed rates.

    Net change of each soil pool over the column (inputs from litter and debris as predicted, mixing
    cancels in the sum) against what flows into it, both under the window's own rates.
    """
    x = tensors(test.inputs)
    rate, share, _ = HostRates()(x)
    dz = VerticalMixing().thickness
    loss = [
        (rate[:, i] * torch.from_numpy(predicted[f"{pool}c_vr"])) for i, pool in enumerate(c.POOLS)
    ]
    change = torch.zeros(len(test), dtype=torch.float64)
    gain = torch.zeros(len(test), dtype=torch.float64)
    for i in range(4, len(c.POOLS)):
        into = sum(
            (
                share[:, t] * loss[donor]
                for t, (donor, receiver, _, _) in enumerate(c.TRANSFERS)
                if receiver == i
            ),
            torch.zeros_like(loss[0]),
        )
        change += ((into - loss[i]) * dz).sum(1).abs()
        gain += (into * dz).sum(1)
    relative = (change / gain.clamp(min=1.0e-6)).numpy()
    return {"median": float(np.median(relative)), "p90": float(np.quantile(relative, 0.9))}


def stoichiometry(predicted: Named) -> dict[str, float]:
    """Largest departure of soil C:N from its fixed ratio, and pools that are negative."""
    worst = 0.0
    for pool, ratio in zip(c.POOLS[4:], c.SOIL_CN, strict=True):
        carbon, nitrogen = predicted[f"{pool}c_vr"], predicted[f"{pool}n_vr"]
        there = carbon > 1.0e-9
        if there.any():
            departure = np.abs(nitrogen[there] * ratio / carbon[there] - 1.0)
            worst = max(worst, float(departure.max()))
    signed = ("xsmrpool", "cpool", "annsum_npp")
    negative = sum(int((v < 0.0).sum()) for n, v in predicted.items() if n not in signed)
    return {"soil_cn_largest_departure": worst, "negative_pools": negative}
