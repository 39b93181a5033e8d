"""Soil texture, order, colour, phosphorus and nutrient deposition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phase_elm.world.climate import Climate, bump
from phase_elm.world.geography import Geography, unit_vectors

NLEVSOI = 10
# fmt: off
ORDER_NAMES = (
    "Andisols", "Gelisols", "Histosols", "Entisols", "Inceptisols", "Aridisols", "Vertisols",
    "Mollisols", "Alfisols", "Spodosols", "Ultisols", "Oxisols",
)
# Top half metre, gP/m2, by order: labile, secondary mineral, occluded, apatite.
_PHOSPHORUS = np.array(
    [
        [8.0, 30.0, 60.0, 70.0], [5.5, 16.0, 35.0, 115.0], [5.0, 15.0, 30.0, 40.0],
        [6.0, 16.0, 35.0, 140.0], [6.5, 20.0, 50.0, 95.0], [9.0, 22.0, 40.0, 180.0],
        [7.5, 24.0, 60.0, 90.0], [9.5, 27.0, 50.0, 130.0], [7.0, 22.0, 60.0, 75.0],
        [5.5, 19.0, 50.0, 70.0], [4.5, 18.0, 85.0, 26.0], [3.5, 16.0, 105.0, 20.0],
    ]
)
_COLOUR = np.array([14, 12, 16, 8, 13, 6, 15, 15, 13, 13, 12, 11])
# Industry and farming: longitude, latitude, radius in km, gN/m2/yr above the background.
_NITROGEN_SOURCES = [
    (10, 50, 1000, 0.75), (30, 52, 900, 0.35), (-80, 40, 900, 0.6), (-92, 40, 700, 0.35),
    (114, 32, 1000, 0.85), (105, 28, 700, 0.6), (80, 26, 900, 0.75), (77, 14, 600, 0.4),
    (136, 36, 500, 0.45), (107, 14, 900, 0.3), (-48, -22, 600, 0.35), (7, 8, 700, 0.25),
    (29, -26, 400, 0.35), (32, 30, 350, 0.25), (-100, 20, 500, 0.25), (110, -3, 700, 0.2),
]
_DUST_SOURCES = [
    (10, 20, 1800, 0.0055), (48, 25, 1200, 0.004), (65, 32, 900, 0.0035), (95, 41, 1200, 0.004),
    (134, -26, 900, 0.003), (-113, 34, 700, 0.002), (18, -23, 700, 0.002), (-68, -40, 600, 0.0025),
]
# fmt: on


@dataclass(frozen=True)
class Soil:
    """Soil and deposition of cells.

    Parameters:
        sand: Percent, (level, cell).
        clay: Percent, (level, cell).
        order: Soil order 1 to 12, (cell,).
        colour: Soil colour class 1 to 20, (cell,).
        labile, secondary, occluded, apatite: gP/m2 in the top half metre, (cell,).
        nitrogen_deposition: gN/m2/yr, (cell,).
        phosphorus_deposition: gP/m2/yr, (cell,).
    """

    sand: np.ndarray
    clay: np.ndarray
    order: np.ndarray
    colour: np.ndarray
    labile: np.ndarray
    secondary: np.ndarray
    occluded: np.ndarray
    apatite: np.ndarray
    nitrogen_deposition: np.ndarray
    phosphorus_deposition: np.ndarray


def _waves(lon: np.ndarray, lat: np.ndarray, which: int) -> np.ndarray:
    """A fixed smooth pattern on the sphere between about -1 and 1; the ground does not depend
    on the world's seed."""
    rng = np.random.default_rng(7000 + which)
    points = unit_vectors(lon, lat)
    total = np.zeros(len(lon))
    for _ in range(8):
        direction = rng.standard_normal(3) * 4.0
        total += np.cos(points @ direction + rng.uniform(0.0, 2.0 * np.pi))
    return total / 3.0


def _order_scores(lon: np.ndarray, lat: np.ndarray, climate: Climate) -> np.ndarray:
    """How well each order suits a place, (12, cell); the largest wins."""
    mean, cold, moist = climate.annual_temperature_c, climate.coldest_c, climate.moisture_index
    dry = climate.dry_months
    tropical = np.clip((cold - 8.0) / 8.0, 0.0, 1.0)
    cool = np.clip((9.0 - mean) / 6.0, 0.0, 1.0)

    # Within half of either side the score falls off smoothly.
    def near(value: np.ndarray, centre: float, width: float) -> np.ndarray:
        return np.exp(-(((value - centre) / width) ** 2))

    volcanic = np.max(
        [
            bump(lon, lat, a, b, r)
            for a, b, r in [
                (140, 38, 450),
                (108, -7, 450),
                (-79, -1, 350),
                (-72, -40, 350),
                (160, 55, 450),
                (-90, 14, 300),
                (176, -39, 300),
                (-122, 45, 300),
                (122, 13, 300),
                (37, 0, 250),
                (-19, 65, 300),
            ]
        ],
        axis=0,
    )
    scores = np.stack(
        [
            1.6 * volcanic,
            1.5 * np.clip((-4.0 - mean) / 4.0, 0.0, 1.0),
            0.95 * cool * np.clip((moist - 1.1) / 0.6, 0.0, 1.0)
            + 0.45 * bump(lon, lat, 72, 60, 900),
            0.62 * near(moist, 0.1, 0.25) + 0.1,
            0.66 + 0.0 * mean,
            1.15 * np.clip((0.36 - moist) / 0.16, 0.0, 1.0),
            0.9
            * np.max(
                [
                    bump(lon, lat, a, b, r)
                    for a, b, r in [(77, 19, 600), (31, 12, 500), (148, -26, 500), (-97, 31, 350)]
                ],
                axis=0,
            ),
            1.0 * near(moist, 0.62, 0.24) * near(mean, 7.5, 7.0),
            0.95 * near(moist, 0.72, 0.33) * near(mean, 17.0, 9.0) * (0.75 + 0.25 * (dry > 4)),
            1.0 * near(mean, 3.0, 4.5) * np.clip((moist - 0.75) / 0.4, 0.0, 1.0),
            1.05 * near(mean, 20.0, 6.5) * np.clip((moist - 0.7) / 0.35, 0.0, 1.0),
            1.25
            * tropical
            * np.clip((moist - 0.75) / 0.4, 0.0, 1.0)
            * np.clip((mean - 19) / 4, 0, 1),
        ]
    )
    pattern = np.stack([_waves(lon, lat, 100 + index) for index in range(len(ORDER_NAMES))])
    return scores + 0.12 * pattern


def describe_soil(
    lon: np.ndarray,
    lat: np.ndarray,
    geo: Geography,
    climate: Climate,
    local: np.ndarray,
) -> Soil:
    """Soils of cells.

    Parameters:
        lon, lat: Degrees.
        geo: Geography of the cells.
        climate: Climate of the cells.
        local: Standard normal numbers, (6, cell), the small differences between neighbours.
    """
    moist = climate.moisture_index
    tropical = np.clip((climate.coldest_c - 8.0) / 8.0, 0.0, 1.0)
    sand_top = 42.0 + 24.0 * np.exp(-moist / 0.25) - 8.0 * tropical + 13.0 * _waves(lon, lat, 1)
    clay_top = 19.0 + 15.0 * tropical - 6.0 * np.exp(-moist / 0.25) + 8.0 * _waves(lon, lat, 2)
    sand_top += 3.0 * local[0]
    clay_top += 2.0 * local[1]
    depth = np.linspace(0.0, 1.0, NLEVSOI)[:, None]
    illuviation = 3.0 + 8.0 * np.clip(moist, 0.0, 1.2)
    clay = np.clip(clay_top + illuviation * (1.0 - np.exp(-2.5 * depth)), 4.0, 60.0)
    sand = np.clip(sand_top - 0.5 * illuviation * (1.0 - np.exp(-2.5 * depth)), 8.0, 90.0)
    sand = np.minimum(sand, 95.0 - clay)

    order = np.argmax(_order_scores(lon, lat, climate), axis=0) + 1
    phosphorus = _PHOSPHORUS[order - 1].T * np.exp(0.18 * local[2:6])
    phosphorus *= np.exp(0.15 * np.stack([_waves(lon, lat, 20 + form) for form in range(4)]))
    nitrogen = 0.10 + 0.05 * tropical
    for at_lon, at_lat, radius, amount in _NITROGEN_SOURCES:
        nitrogen = nitrogen + amount * bump(lon, lat, at_lon, at_lat, radius)
    dust = np.full(len(lon), 0.005)
    for at_lon, at_lat, radius, amount in _DUST_SOURCES:
        dust = dust + amount * bump(lon, lat, at_lon, at_lat, radius)
    return Soil(
        sand=sand,
        clay=clay,
        order=order,
        colour=_COLOUR[order - 1],
        # Half of the smallest sorption capacity (50 gP/m3 over half a metre) is a safe ceiling.
        labile=np.minimum(phosphorus[0], 18.0),
        secondary=phosphorus[1],
        occluded=phosphorus[2],
        apatite=phosphorus[3],
        nitrogen_deposition=np.minimum(nitrogen, 1.0),
        phosphorus_deposition=np.minimum(dust, 0.02),
    )
