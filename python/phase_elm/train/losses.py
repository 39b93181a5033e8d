"""Loss terms: small named objects, one physical statement each.

Every term takes the prediction and the truth by schema name and a ``Columns`` of what is known
about the columns, and returns a scalar. Errors of pools are log ratios, because a pool ten per
cent off is ten per cent off in tundra and in the tropics; the drift terms are absolute, because
the criterion is.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from phase_elm.model import constants as c
from phase_elm.model.features import MINERALS, ORGANS, PatchPhysics
from phase_elm.model.steady_state import HostRates, VerticalMixing
from phase_elm.train.config import LossWeights

Named = dict[str, Tensor]
Term = Callable[[Named, Named, "Columns"], Tensor]
WINDOW_YEARS = 20.0
DRIFT_SCALE = 2.0  # gC/m2/yr beyond which a column is lost anyway and counts logarithmically
C_POOLS = [f"{o}c{s}" for o in ORGANS for s in ("", "_storage", "_xfer")] + [
    "gresp_storage", "gresp_xfer", "cpool", "xsmrpool",
]  # fmt: skip
SUBTLE = 1.0e-3


@dataclass(frozen=True)
class Columns:
    """Weights of patches and layers, and how fast layers forget."""

    patch: Tensor  # weight of present patches on their column (col, pft)
    thickness: Tensor  # m (level)
    forget: Tensor  # share of an error that is gone after 20 years (col, pool, level)
    wood_forget: Tensor  # the same for wood (col, pft)

    @staticmethod
    @torch.no_grad()
    def of(x: Named) -> Columns:
        """From named inputs."""
        plants = PatchPhysics()
        rate, _, fire = HostRates()(x)
        mortality = plants.wood_loss(x, "deadstem")
        return Columns(
            patch=x["wtcol"] * plants.presence(x),
            thickness=VerticalMixing().thickness,
            forget=1.0 - torch.exp(-WINDOW_YEARS * (rate + fire)),
            wood_forget=1.0 - torch.exp(-WINDOW_YEARS * mortality),
        )


def log_error(predicted: Tensor, truth: Tensor, floor: float) -> Tensor:
    """Log ratio of prediction to truth, flat below ``floor``."""
    return torch.log((predicted.clamp(min=0.0) + floor) / (truth.clamp(min=0.0) + floor))


def huber(error: Tensor, at: float) -> Tensor:
    """Quadratic near zero, linear beyond ``at``, in units of ``at``."""
    scaled = error / at
    return torch.sqrt(1.0 + scaled * scaled) - 1.0


def saturating(drift: Tensor) -> Tensor:
    """Grows like |drift| up to DRIFT_SCALE, like its logarithm beyond."""
    smooth = torch.sqrt(drift * drift + 0.01) - 0.1
    return DRIFT_SCALE * torch.log1p(smooth / DRIFT_SCALE)


class PatchPoolError:
    """Organ carbon, labile pools and production per PFT."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance

    floors = {"cpool": 1.0, "npool": 0.05, "ppool": 0.005, "retransn": 0.05, "retransp": 0.005}  # noqa: RUF012

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        weight = columns.patch.sqrt()
        total = weight.sum().clamp(min=1.0e-9)
        error = torch.zeros_like(total)
        for organ in ORGANS:
            for part in ("", "_storage"):
                name = organ + "c" + part
                e = huber(log_error(predicted[name], truth[name], 0.5), self.tolerance)
                error = error + (e * weight).sum() / total
        for name, floor in self.floors.items():
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
        error = torch.zeros((), dtype=torch.float64)
        for pool in c.POOLS:
            name = pool + "c_vr"
            share = truth[name] * columns.thickness + SUBTLE
            share = share / share.sum(1, keepdim=True)
            e = huber(log_error(predicted[name], truth[name], 0.1), self.tolerance)
            error = error + (e * share).sum(1).mean()
        return error


class NutrientError:
    """N and P of litter and soil, and the mineral forms, layers weighted by what they hold."""

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        error = torch.zeros((), dtype=torch.float64)
        names = [p + "n_vr" for p in c.POOLS[:4]] + [p + "p_vr" for p in c.POOLS] + MINERALS
        for name in names:
            share = truth[name].clamp(min=0.0) * columns.thickness + 1.0e-6
            share = share / share.sum(1, keepdim=True)
            e = huber(log_error(predicted[name], truth[name], 1.0e-4), 2.0 * self.tolerance)
            error = error + (e * share).sum(1).mean()
        return error


def drift_by_part(predicted: Named, truth: Named, columns: Columns) -> dict[str, Tensor]:
    """Carbon that the model will gain back in 20 years, gC/m2/yr per column, by part."""
    gone = torch.ones_like(columns.patch)
    parts: dict[str, Tensor] = {}
    fast = torch.zeros_like(columns.patch[:, 0])
    wood = torch.zeros_like(fast)
    for name in C_POOLS:
        dead = name.startswith(("deadstem", "deadcroot"))
        forget = columns.wood_forget if dead else gone
        change = ((truth[name] - predicted[name]) * forget * columns.patch).sum(1) / WINDOW_YEARS
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
            total = total + change.sum(1) / WINDOW_YEARS
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

    years = {"leafc": 2.0, "npool": 1.0, "ppool": 1.0}  # noqa: RUF012

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        npp = truth["annsum_npp"].clamp(min=0.0) * columns.patch
        error = torch.zeros((), dtype=torch.float64)
        for name, years in self.years.items():
            if name == "leafc":
                e = log_error(
                    predicted["leafc"] + predicted["leafc_storage"],
                    truth["leafc"] + truth["leafc_storage"],
                    0.5,
                )
            else:
                e = log_error(predicted[name], truth[name], 0.05 if name == "npool" else 0.005)
            error = error + saturating((npp * e * years / WINDOW_YEARS).sum(1)).mean()
        return error


def terms_of(tolerance: float) -> dict[str, Term]:
    """The terms by name; ``tolerance`` is the log error beyond which a pool counts linearly."""
    return {
        "patch": PatchPoolError(tolerance),
        "layer": LayerPoolError(tolerance),
        "nutrient": NutrientError(tolerance),
        "drift": DriftError(),
        "consistency": ConsistencyError(),
        "growth": GrowthError(),
    }


def total_loss(
    predicted: Named, truth: Named, columns: Columns, terms: dict[str, Term], weights: LossWeights
) -> tuple[Tensor, dict[str, Tensor]]:
    """Weighted sum and the terms."""
    weight = {name: float(getattr(weights, name)) for name in terms}
    found = {
        name: term(predicted, truth, columns) for name, term in terms.items() if weight[name] > 0.0
    }
    total = torch.stack([weight[name] * value for name, value in found.items()]).sum()
    if not math.isfinite(float(total.detach())):
        bad = [name for name, value in found.items() if not torch.isfinite(value)]
        raise FloatingPointError(f"loss term {', '.join(bad) or 'sum'} is not finite")
    return total, found
