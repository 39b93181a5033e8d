"""Plant functional types from climate.

Shares are smooth functions of warmth, moisture and season, in the order of ELM's 17 natural
PFTs (0 is bare ground). Shares below three percent are dropped and the rest scaled up, so that
a cell holds a handful of types.
"""

from __future__ import annotations

import numpy as np

from phase_elm.world.climate import MONTH_DAYS, Climate

NPFT = 17
SMALLEST_SHARE = 0.03


def _rise(value: np.ndarray, centre: float, width: float) -> np.ndarray:
    """Smooth step from 0 below ``centre`` to 1 above it."""
    return 1.0 / (1.0 + np.exp(-np.clip((value - centre) / width, -40.0, 40.0)))


def pft_fractions(
    lon: np.ndarray, lat: np.ndarray, climate: Climate, mixed: np.ndarray | None = None
) -> np.ndarray:
    """PFT shares, (17, cell), summing to one; ``mixed`` are factors on those of the climate."""
    cold, mean = climate.coldest_c, climate.annual_temperature_c
    warmth, moisture, dry = climate.growing_degree_days, climate.moisture_index, climate.dry_months

    vegetated = _rise(moisture, 0.13, 0.03) * _rise(warmth, 220.0, 50.0)
    closed = _rise(moisture, 0.30, 0.06)
    bare = 1.0 - 0.97 * vegetated * (0.55 + 0.45 * closed)
    trees = 0.88 * _rise(moisture, 0.52, 0.075) * _rise(warmth, 680.0, 90.0)
    # A long dry season keeps tropical woods open even where the annual balance is moist.
    trees *= 1.0 - 0.75 * _rise(dry, 5.8, 0.7) * _rise(cold, 12.0, 1.5)
    farmed = 0.42 * _rise(moisture, 0.42, 0.07) * _rise(1.9 - moisture, 0.0, 0.25)
    farmed *= _rise(warmth, 1500.0, 180.0) * _rise(21.0 - mean, 0.0, 2.5)
    irrigated = 0.30 * _rise(moisture, 0.2, 0.04) * _rise(0.75 - moisture, 0.0, 0.08)
    irrigated *= np.exp(-(((lon - 95.0) / 26.0) ** 2) - ((lat - 29.0) / 8.0) ** 2)

    tropical = _rise(cold, 14.5, 1.3)
    boreal = _rise(-cold, 9.0, 2.0) * _rise(3000.0 - warmth, 900.0, 250.0)
    temperate = np.clip(1.0 - tropical - boreal, 0.0, 1.0)
    larch = _rise(-cold, 26.5, 2.0)
    mild = _rise(cold, 2.5, 1.5)

    share = np.zeros((NPFT, len(lat)))
    evergreen_tropics = _rise(4.2 - dry, 0.0, 0.7)
    share[4] = trees * tropical * evergreen_tropics
    share[6] = trees * tropical * (1.0 - evergreen_tropics)
    share[1] = trees * temperate * (0.30 + 0.25 * (1.0 - mild))
    share[5] = trees * temperate * 0.30 * mild
    share[7] = trees * temperate * (0.40 + 0.05 * (1.0 - mild))
    share[2] = trees * boreal * (1.0 - larch) * 0.75
    share[3] = trees * boreal * larch * 0.8
    share[8] = trees * boreal * ((1.0 - larch) * 0.25 + larch * 0.2)

    share[15] = farmed * (1.0 - bare)
    share[16] = irrigated * (1.0 - bare)
    low = np.clip(1.0 - bare - trees, 0.0, 1.0)
    arctic = _rise(900.0 - warmth, 0.0, 130.0)
    shrub = low * (0.30 + 0.30 * _rise(0.40 - moisture, 0.0, 0.06) * (1.0 - arctic))
    grass = low - shrub
    warm = _rise(cold, 4.0, 1.5)
    share[11] = shrub * _rise(1700.0 - warmth, 0.0, 200.0)
    rest = shrub - share[11]
    share[9] = rest * warm * _rise(dry, 4.0, 0.8)
    share[10] = rest - share[9]
    share[12] = grass * arctic
    c4 = (1.0 - arctic) * _rise(climate_growing_temperature(climate), 20.5, 1.3)
    share[14] = grass * c4
    share[13] = grass * (1.0 - arctic) * (1.0 - c4 / np.maximum(1.0 - arctic, 1.0e-9))

    natural = share[:15].sum(axis=0)
    room = np.clip(1.0 - bare - share[15] - share[16], 0.0, 1.0)
    share[:15] *= np.where(natural > 0.0, room / np.maximum(natural, 1.0e-12), 0.0)
    share[0] = np.maximum(bare, 0.0)
    if mixed is not None:
        share *= mixed
        share /= share.sum(axis=0)
    share[1:] = np.where(share[1:] < SMALLEST_SHARE, 0.0, share[1:])
    return share / share.sum(axis=0)


def climate_growing_temperature(climate: Climate) -> np.ndarray:
    """Mean temperature of months above 5 C, weighted with their rain, in degrees Celsius."""
    celsius = climate.temperature - 273.15
    weight = np.where(celsius > 5.0, climate.precipitation * MONTH_DAYS, 0.0) + 1.0e-9
    return (celsius * weight).sum(axis=1) / weight.sum(axis=1)


def vegetated_share(pft: np.ndarray) -> np.ndarray:
    """Share of ground with plants, per cell."""
    return 1.0 - pft[0]


# How readily each type burns, relative to the fire climate of its cell.
_FLAMMABILITY = np.array(
    [
        0.0,
        0.35,
        0.45,
        0.45,
        0.10,
        0.30,
        0.70,
        0.25,
        0.35,
        0.75,
        0.55,
        0.25,
        0.15,
        0.80,
        1.0,
        0.20,
        0.1,
    ]
)


def fire_fraction(climate: Climate) -> np.ndarray:
    """Burned share of each type, (17, cell), 1/yr, between 0 and 0.02.

    Most burns where there is enough rain to grow fuel and a dry season to cure it.
    """
    fuel = _rise(climate.moisture_index, 0.30, 0.06)
    cured = 0.10 + 0.90 * _rise(climate.dry_months, 4.0, 0.9)
    damp = _rise(1.35 - climate.moisture_index, 0.0, 0.2)
    warm = _rise(climate.warmest_c, 13.0, 2.0)
    return 0.02 * _FLAMMABILITY[:, None] * (fuel * cured * damp * warm)[None, :]
