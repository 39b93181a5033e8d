"""Constants of the decomposition cascade (CTC) and of the soil column that the host shares.

Turnover rates, respired fractions and stoichiometry are those of ELM's parameter file; the
layers follow ELM's exponential grid.
"""

from __future__ import annotations

import math

SECONDS_PER_YEAR = 365.0 * 86400.0
OBSERVED_YEARS = 20.0
NLEVEL = 10
NPFT = 17
# Slots of the plant types, by ELM's itype: 0 bare ground, then trees, shrubs, grasses with crops.
FIRST_TREE, FIRST_SHRUB, FIRST_GRASS = 1, 9, 12
POOLS = ["litr1", "litr2", "litr3", "cwd", "soil1", "soil2", "soil3", "soil4"]
LITR1, LITR2, LITR3, CWD, SOIL1, SOIL2, SOIL3, SOIL4 = range(8)

# Base turnover (1/day) of POOLS at 25 C, optimal moisture, surface.
BASE_K = [1.20397, 0.0725707, 0.0140989, 0.0010005, 0.0725707, 0.0140989, 0.00140098, 0.000100005]
DEPTH_EFOLD_M = 0.33

# donor, receiver, share of the donor's loss that reaches the receiver, input name of the flux.
TRANSFERS = [
    (LITR1, SOIL1, 1.0 - 0.39, "LITR1C_TO_SOIL1C_vr"),
    (LITR2, SOIL2, 1.0 - 0.55, "LITR2C_TO_SOIL2C_vr"),
    (LITR3, SOIL3, 1.0 - 0.29, "LITR3C_TO_SOIL3C_vr"),
    (SOIL1, SOIL2, 1.0 - 0.28, "SOIL1C_TO_SOIL2C_vr"),
    (SOIL2, SOIL3, 1.0 - 0.46, "SOIL2C_TO_SOIL3C_vr"),
    (SOIL3, SOIL4, 1.0 - 0.55, "SOIL3C_TO_SOIL4C_vr"),
    (CWD, LITR2, 0.76, "CWDC_TO_LITR2C_vr"),
    (CWD, LITR3, 0.24, "CWDC_TO_LITR3C_vr"),
]
# Receivers come after their donors in this order, so the pools can be solved one after another.
SOLVE_ORDER = [CWD, LITR1, LITR2, LITR3, SOIL1, SOIL2, SOIL3, SOIL4]

SOIL_CN = [12.0, 12.0, 10.0, 10.0]

BIOTURBATION_M2_YR = 1.0e-4
CRYOTURBATION_M2_YR = 5.0e-4
CRYOTURBATION_MAX_ALT_M = 2.0
CRYOTURBATION_DEPTH_M = 3.0

WOOD_MORTALITY_PER_YEAR = 0.02
LIVE_WOOD_TURNOVER_PER_YEAR = 0.7
# Years of need that a full N or P store of a plant holds (parameter nstor, one value for all).
NUTRIENT_STORE_YEARS = 3.0
# Filling of these stores once nutrients limit growth, and so growth over its demand: median of
# minielm's training columns at rest.
STORE_FILLING = 0.9
# Respiration of carbon that plants could not grow with (br_xr), 1/yr at 20 C, and its Q10.
EXCESS_RESPIRATION_PER_YEAR = 1.0e-8 * SECONDS_PER_YEAR
RESPIRATION_Q10 = 1.5
# By PFT, of ELM's parameter file: what burns of leaves, stems and stores in a burned patch, and
# what is killed of the stems and roots that do not burn.
CC_LEAF = [0.0] + [0.8] * 16
CC_STEM = [0.0, 0.22, 0.25, 0.25, 0.22, 0.22, 0.22, 0.22, 0.22, 0.3, 0.3, 0.3] + [0.8] * 5
CC_STORE = [0.0, 0.45, 0.5, 0.5, 0.45, 0.45, 0.45, 0.45, 0.45, 0.55, 0.55, 0.55] + [0.8] * 5
FM_STEM = [0.0, 0.45, 0.5, 0.5, 0.45, 0.45, 0.35, 0.35, 0.45, 0.55, 0.55, 0.55] + [0.8] * 5
FM_ROOT = [0.0, 0.13, 0.15, 0.15, 0.13, 0.13, 0.1, 0.1, 0.13, 0.17, 0.17, 0.17] + [0.2] * 5
PRIMARY_P_TAU_YEARS = 4110.0


def layer_nodes(n: int = NLEVEL + 1) -> list[float]:
    """Node depths (m) of the first ``n`` layers."""
    return [0.025 * (math.exp(0.5 * (j + 0.5)) - 1.0) for j in range(n)]


def layer_interfaces() -> list[float]:
    """Lower interface depths (m) of the decomposing layers."""
    z = layer_nodes()
    return [0.5 * (z[j] + z[j + 1]) for j in range(NLEVEL)]


def layer_thickness() -> list[float]:
    """Thickness (m) of the decomposing layers."""
    bottom = layer_interfaces()
    return [b - t for b, t in zip(bottom, [0.0, *bottom[:-1]], strict=True)]
