"""Drift: what the model would do in the 20 years after the jump, gC/m2/yr.

The drift terms are absolute, because the criterion is: |dTOTECOSYSC/dt| below 1 gC/m2/yr on 97 %
of the land area (CTSM, tools/contrib/SpinupStability.ncl).
"""

from __future__ import annotations

import torch
from torch import Tensor

from phase_elm.constraints.columns import (
    C_POOLS,
    Columns,
    Named,
    log_error,
    saturating,
    zero_like,
)
from phase_elm.model import constants as c

# Pools (added up), the g/m2 below which they do not count, and the years that growth needs to make
# up for them.
SHORTAGES = (
    (("leafc", "leafc_storage"), 0.5, 2.0),
    (("npool",), 0.05, 1.0),
    (("ppool",), 0.005, 1.0),
)


def drift_by_part(predicted: Named, truth: Named, columns: Columns) -> dict[str, Tensor]:
    """Carbon that the model will gain back in 20 years, gC/m2/yr per column, by part."""
    gone = torch.ones_like(columns.patch)
    parts: dict[str, Tensor] = {}
    fast = torch.zeros_like(columns.patch[:, 0])
    wood = torch.zeros_like(fast)
    for name in C_POOLS:
        dead = name.startswith(("deadstem", "deadcroot"))
        forget = columns.wood_forget if dead else gone
        change = ((truth[name] - predicted[name]) * forget * columns.patch).sum(1)
        change = change / c.OBSERVED_YEARS
        if dead:
            wood = wood + change
        else:
            fast = fast + change
    parts["plant"] = fast
    parts["wood"] = wood
    for part, members in (("litter", range(4)), ("soil", range(4, 8))):
        total = torch.zeros_like(fast)
        for i in members:
            name = c.POOLS[i] + "c_vr"
            change = (truth[name] - predicted[name]) * columns.forget[:, i] * columns.thickness
            total = total + change.sum(1) / c.OBSERVED_YEARS
        parts[part] = total
    return parts


class DriftError:
    """What the model would do in the 20 years after the jump: in all, and part by part."""

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        parts = drift_by_part(predicted, truth, columns)
        total = torch.stack(list(parts.values())).sum(0)
        error = saturating(total).mean()
        for part in parts.values():
            error = error + 0.5 * saturating(part).mean()
        return error


class ConsistencyError:
    """Drift error after the plants' own error is taken out of all carbon pools.

    A column whose pools are all too small by one factor is nearly at rest, because production
    follows the nutrients the pools return; the right plants on the wrong soil are not.
    """

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        found = _fast_plant_carbon(predicted, columns)
        expected = _fast_plant_carbon(truth, columns)
        scale = ((expected + 1.0) / (found + 1.0)).unsqueeze(1)
        names = [*C_POOLS, *[pool + "c_vr" for pool in c.POOLS]]
        scaled = {name: predicted[name] * scale for name in names}
        return DriftError()(scaled, truth, columns)


def _fast_plant_carbon(pools: Named, columns: Columns) -> Tensor:
    carbon = torch.zeros_like(columns.patch)
    for organ in ("leaf", "froot"):
        carbon = carbon + pools[organ + "c"] + pools[organ + "c_storage"] + pools[organ + "c_xfer"]
    return (carbon * columns.patch).sum(1)


class GrowthError:
    """Wrong leaves or nutrient stores change growth for a few years: gC/m2/yr of the window."""

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        npp = truth["annsum_npp"].clamp(min=0.0) * columns.patch
        error = zero_like(predicted)
        for names, floor, years in SHORTAGES:
            found, expected = (sum(pools[name] for name in names) for pools in (predicted, truth))
            e = log_error(found, expected, floor)
            error = error + saturating((npp * e * years / c.OBSERVED_YEARS).sum(1)).mean()
        return error
