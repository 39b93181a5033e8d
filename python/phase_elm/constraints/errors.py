"""Errors of pools against the end state: log ratios, PFT by PFT and layer by layer.

A pool ten per cent off is ten per cent off in tundra and in the tropics, so errors of pools are
relative. These are no constraints, they are what is to be learned.
"""

from __future__ import annotations

import torch
from torch import Tensor

from phase_elm.constraints.columns import Columns, Named, huber, log_error, zero_like
from phase_elm.model import constants as c
from phase_elm.model.features import MINERALS, ORGANS

SUBTLE = 1.0e-3
# g/m2 below which an amount does not count.
LABILE_FLOORS = {"cpool": 1.0, "npool": 0.05, "ppool": 0.005, "retransn": 0.05, "retransp": 0.005}
ORGAN_FLOORS = {"n": 0.02, "p": 0.002}


class PatchPoolError:
    """Organ carbon, labile pools and production per PFT."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        weight = columns.patch.sqrt()
        total = weight.sum().clamp(min=1.0e-9)
        error = torch.zeros_like(total)
        for organ in ORGANS:
            for part in ("", "_storage"):
                name = organ + "c" + part
                e = huber(log_error(predicted[name], truth[name], 0.5), self.tolerance)
                error = error + (e * weight).sum() / total
        for name, floor in LABILE_FLOORS.items():
            e = huber(log_error(predicted[name], truth[name], floor), self.tolerance)
            error = error + 0.5 * (e * weight).sum() / total
        # Production of one year varies with its weather and is no pool: it counts little.
        e = huber(log_error(predicted["annsum_npp"], truth["annsum_npp"], 5.0), self.tolerance)
        return error + 0.2 * (e * weight).sum() / total


class LayerPoolError:
    """Carbon of litter, wood debris and soil, layers weighted by the carbon they hold."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        error = zero_like(predicted)
        for pool in c.POOLS:
            name = pool + "c_vr"
            share = truth[name] * columns.thickness + SUBTLE
            share = share / share.sum(1, keepdim=True)
            e = huber(log_error(predicted[name], truth[name], 0.1), self.tolerance)
            error = error + (e * share).sum(1).mean()
        return error


class OrganNutrientError:
    """N and P of organs and soil N, which follow carbon unless the graph lets them go."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        weight = columns.patch.sqrt()
        total = weight.sum().clamp(min=1.0e-9)
        error = torch.zeros_like(total)
        for organ in ORGANS:
            for element, floor in ORGAN_FLOORS.items():
                for part in ("", "_storage"):
                    name = organ + element + part
                    e = huber(log_error(predicted[name], truth[name], floor), self.tolerance)
                    error = error + (e * weight).sum() / total
        for pool in c.POOLS[4:]:
            e = log_error(predicted[pool + "n_vr"], truth[pool + "n_vr"], 1.0e-2)
            error = error + huber(e, self.tolerance).mean()
        return error


class NutrientError:
    """N and P of litter and soil, and the mineral forms, layers weighted by what they hold."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        error = zero_like(predicted)
        names = [p + "n_vr" for p in c.POOLS[:4]] + [p + "p_vr" for p in c.POOLS] + MINERALS
        for name in names:
            share = truth[name].clamp(min=0.0) * columns.thickness + 1.0e-6
            share = share / share.sum(1, keepdim=True)
            e = huber(log_error(predicted[name], truth[name], 1.0e-4), 2.0 * self.tolerance)
            error = error + (e * share).sum(1).mean()
        return error
