"""Places that do not exist: a cell's climate moved, its plants mixed, its ground from elsewhere.

A grid has few places, and a second seed gives them other weather only. What a surrogate learns
of how climate, plants and soil act together it learns from combinations, so a world may be asked
for combinations that no cell has.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phase_elm.world.vegetation import NPFT

WARMTH_K = 2.5
SEASON = 0.12
RAIN = 0.35
SHARES = 0.5
_WIDEST = 2.0


@dataclass(frozen=True)
class Variety:
    """How cells differ from their places; arrays run over cells.

    Parameters:
        warmth: Added to temperature the year round, K.
        season: Factor on the temperature's departures from its annual mean.
        rain: Factor on rain.
        shares: Factor on the shares of PFTs before they are scaled to one, (17, cell).
        ground: Position, among the places drawn from, of the one whose ground a cell gets.
    """

    warmth: np.ndarray
    season: np.ndarray
    rain: np.ndarray
    shares: np.ndarray
    ground: np.ndarray


def draw(size: float, seed: int, keys: list[tuple[int, ...]], nplace: int) -> Variety:
    """Draw every cell's differences from its own random stream.

    Parameters:
        size: 1 gives standard deviations of 2.5 K, 12 % of the season, 35 % of rain and 50 % of
            each PFT's share, all cut at two of them.
        seed: The world's seed.
        keys: A key per cell, from its place on the grid.
        nplace: Number of places whose ground may be drawn.
    """
    streams = [np.random.default_rng(np.random.SeedSequence([seed, 77, *key])) for key in keys]
    normal = np.stack(
        [np.clip(rng.standard_normal(3 + NPFT), -_WIDEST, _WIDEST) for rng in streams], axis=1
    )
    normal *= size
    return Variety(
        warmth=WARMTH_K * normal[0],
        season=np.exp(SEASON * normal[1]),
        rain=np.exp(RAIN * normal[2]),
        shares=np.exp(SHARES * normal[3:]),
        ground=np.array([rng.integers(nplace) for rng in streams]),
    )
