"""Errors in physical units: by pool, plant type and layer, of totals, and of what has to hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from phase_elm.constraints import Columns as LossColumns
from phase_elm.constraints import LocalProjection
from phase_elm.constraints import Named as Tensors
from phase_elm.constraints.column import CarbonBalance, NitrogenBalance, PhosphorusBalance
from phase_elm.constraints.columns import carbon_of
from phase_elm.constraints.drift import drift_by_part
from phase_elm.evaluate.cases import Columns, Named, tensors
from phase_elm.model import constants as c
from phase_elm.model.steady_state import inflow
from phase_elm.report.stocks import LITTER, SOIL, layer_thickness_m, plant_pools
from phase_elm.schema import Schema

MINERAL = {"n": ("smin_no3_vr", "smin_nh4_vr"), "p": ("solutionp_vr", "labilep_vr", "secondp_vr")}
LEAST_CELLS = 5
LEAST = 1.0e-9  # g/m2 or g/m3 of N or P that has a ratio
# Added to what is divided by, so that deserts do not count: gC/m2/yr, gN/m2/yr, gP/m2.
LEAST_GAIN = {"c": 1.0, "n": 0.1, "p": 1.0e-3}


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
    cancels in the sum), added up in size over what flows into them, both under the window's rates.
    """
    columns = LossColumns.of(tensors(test.inputs))
    pools = carbon_of(tensors(predicted))
    soil = slice(c.SOIL1, len(c.POOLS))
    into = inflow(pools, columns.rate, columns.share)[:, soil]
    net = into - (columns.rate * pools)[:, soil]
    gain = columns.of_layers(into).sum(1).clamp(min=1.0e-6)
    return _spread_of((columns.of_layers(net).abs().sum(1) / gain).numpy())


def column_balance(predicted: Named, test: Columns) -> dict[str, dict[str, float]]:
    """What enters a column against what leaves it, element by element, under the observed rates.

    c: litter and debris input against respiration and fire. n: deposition and fixation against
    leaching and denitrification. p: all P of the column against what the window ended with. Each is
    |in - out| over in, or over the stock; see ``phase_elm.constraints.column``.
    """
    columns = LossColumns.of(tensors(test.inputs))
    state, host = tensors(predicted), tensors(test.inputs)
    out = {}
    for element, found in (("c", CarbonBalance(1.0)), ("n", NitrogenBalance(1.0))):
        gain, loss = found.fluxes(state, columns)
        out[element] = _spread_of(((gain - loss).abs() / (gain + LEAST_GAIN[element])).numpy())
    before = PhosphorusBalance.total(host, columns)
    moved = (PhosphorusBalance.total(state, columns) - before).abs()
    out["p"] = _spread_of((moved / (before + LEAST_GAIN["p"])).numpy())
    return out


def stoichiometry(predicted: Named, test: Columns) -> dict[str, Any]:
    """Largest departures from ratios that are fixed, zeros that were filled, negative pools.

    Organs keep the host's C:N and C:P, soil pools 12, 12, 10 and 10; a pool that the host does not
    have stays zero; only the respiration deficit, the carbon pool and production may be negative.
    """
    project = LocalProjection()
    x, found = tensors(test.inputs), tensors(predicted)
    present = LossColumns.of(x).patch > 0.0
    fixed = project(found, x)
    organs = {e: [part[k] for part in project.parts] for k, e in ((1, "n"), (2, "p"))}
    departs = {
        "soil_cn": _departure(found, fixed, [f"{pool}n_vr" for pool in project.soil]),
        **{f"organ_c{e}": _departure(found, fixed, names) for e, names in organs.items()},
    }
    filled = sum(
        int(((x[name] == 0.0) & (found[name] != 0.0) & present).sum()) for name in project.zeros
    )
    negative = sum(int((found[name] < 0.0).sum()) for name in project.positive)
    return {
        **{f"{name}_largest_departure": value for name, value in departs.items()},
        "largest_departure": max(departs.values()),
        "zeros_filled": filled,
        "negative_pools": negative,
    }


def _departure(found: Tensors, fixed: Tensors, names: list[str]) -> float:
    """Largest |found / fixed - 1| where there is something."""
    worst = 0.0
    for name in names:
        there = fixed[name].abs() > LEAST
        if bool(there.any()):
            departure = (found[name][there] / fixed[name][there] - 1.0).abs()
            worst = max(worst, float(departure.max()))
    return worst


def _spread_of(values: np.ndarray) -> dict[str, float]:
    return {"median": float(np.median(values)), "p90": float(np.quantile(values, 0.9))}
