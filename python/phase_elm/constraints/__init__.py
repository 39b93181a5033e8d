"""What a prediction has to obey, at three levels, and the errors it is trained on.

| level | constraint |
|---|---|
| local | sign, structural zeros, stoichiometry of organs, soil and litter, soil at rest |
| column | balance of C, N and P, ratios of organs, drift, consistency, growth |
| globe | stocks by band of latitude |

Every term takes the prediction and the end state by schema name and a ``Columns`` of what is known
about the columns, and returns a scalar; weights come from the training configuration.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from phase_elm.constraints.column import (
    CarbonBalance,
    NitrogenBalance,
    OrganRatios,
    PhosphorusBalance,
)
from phase_elm.constraints.columns import Columns, Named
from phase_elm.constraints.drift import ConsistencyError, DriftError, GrowthError
from phase_elm.constraints.errors import (
    LayerPoolError,
    NutrientError,
    OrganNutrientError,
    PatchPoolError,
)
from phase_elm.constraints.globe import BandStocks
from phase_elm.constraints.local import (
    LitterStoichiometry,
    LocalProjection,
    NonNegative,
    OrganStoichiometry,
    SoilAtRest,
    SoilStoichiometry,
    StructuralZeros,
)
from phase_elm.train.config import LossWeights

__all__ = ["LEVELS", "Columns", "LocalProjection", "Named", "Term", "terms_of", "total_loss"]

Term = Callable[[Named, Named, Columns], Tensor]
Level = Literal["error", "local", "column", "globe"]
LEVELS: dict[str, Level] = {
    "patch": "error",
    "layer": "error",
    "nutrient": "error",
    "drift": "column",
    "consistency": "column",
    "growth": "column",
    "organ_nutrient": "error",
    "sign": "local",
    "zeros": "local",
    "organ_stoichiometry": "local",
    "soil_stoichiometry": "local",
    "litter_stoichiometry": "local",
    "at_rest": "local",
    "carbon_balance": "column",
    "nitrogen_balance": "column",
    "phosphorus_balance": "column",
    "organ_ratios": "column",
    "bands": "globe",
}


def terms_of(tolerance: float, band_degrees: float = 30.0) -> dict[str, Term]:
    """The terms by name; ``tolerance`` is the log error beyond which a pool counts linearly."""
    return {
        "patch": PatchPoolError(tolerance),
        "layer": LayerPoolError(tolerance),
        "nutrient": NutrientError(tolerance),
        "drift": DriftError(),
        "consistency": ConsistencyError(),
        "growth": GrowthError(),
        "organ_nutrient": OrganNutrientError(tolerance),
        "sign": NonNegative(),
        "zeros": StructuralZeros(),
        "organ_stoichiometry": OrganStoichiometry(),
        "soil_stoichiometry": SoilStoichiometry(),
        "litter_stoichiometry": LitterStoichiometry(),
        "at_rest": SoilAtRest(),
        "carbon_balance": CarbonBalance(tolerance),
        "nitrogen_balance": NitrogenBalance(tolerance),
        "phosphorus_balance": PhosphorusBalance(tolerance),
        "organ_ratios": OrganRatios(tolerance),
        "bands": BandStocks(tolerance, band_degrees),
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
