"""Put a world together: choose cells, describe them, generate their weather."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phase_elm.world import geography, soils, split, variety, vegetation, weather
from phase_elm.world.climate import Climate, climatology
from phase_elm.world.config import Subset, WorldConfig

DESERT_SHARE = 0.15
_DESERT_KEPT_ONE_IN = 6


@dataclass(frozen=True)
class World:
    """A generated world; arrays run over its cells.

    Parameters:
        config: What was asked for.
        gid: Number of the cell on the whole grid, row by row from the south, or in the list of
            sites, from 1.
        lon, lat: Cell centre in degrees, longitude 0 to 360.
        area: Cell area in km2, sea included.
        region: Block of the training split.
        split: 0 training, 1 held out.
        geography, climate, soil, weather: See the types.
        pft: PFT shares, (17, cell).
        fire: Prescribed burned share by PFT, (17, cell), 1/yr.
    """

    config: WorldConfig
    gid: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    area: np.ndarray
    region: np.ndarray
    split: np.ndarray
    geography: geography.Geography
    climate: Climate
    soil: soils.Soil
    pft: np.ndarray
    fire: np.ndarray
    weather: weather.Weather

    @property
    def ncell(self) -> int:
        """Number of cells."""
        return len(self.gid)


def cell_area_km2(lat: np.ndarray, spacing: tuple[float, float]) -> np.ndarray:
    """Area of grid cells centred at ``lat`` in km2."""
    half = np.radians(spacing[0] / 2.0)
    phi = np.radians(lat)
    band = np.sin(phi + half) - np.sin(phi - half)
    return geography.EARTH_RADIUS_KM**2 * np.radians(spacing[1]) * band


def _systematic(weight: np.ndarray, count: int, seed: int) -> np.ndarray:
    """Choose ``count`` positions with probability proportional to weight, evenly spread."""
    if count >= len(weight):
        return np.arange(len(weight))
    chance = count * weight / weight.sum()
    certain = np.zeros(len(weight), dtype=bool)
    while np.any(chance[~certain] > 1.0):
        certain |= chance > 1.0
        left = count - certain.sum()
        chance = np.where(certain, 1.0, left * weight / weight[~certain].sum())
    start = np.random.default_rng(np.random.SeedSequence([seed, 987])).random()
    steps = np.floor(np.cumsum(chance) - start + 1.0e-12)
    chosen = np.flatnonzero(np.diff(np.concatenate([[np.floor(-start)], steps])) > 0)
    return chosen[:count]


def _subset_mask(parts: np.ndarray, subset: Subset) -> np.ndarray:
    if subset is Subset.train:
        return parts == split.TRAINING
    if subset is Subset.heldout:
        return parts == split.HELD_OUT
    return np.ones(len(parts), dtype=bool)


def _keep_vegetated(pft: np.ndarray, gid: np.ndarray) -> np.ndarray:
    """Drop most deserts; a few stay, chosen by cell number so that every subset agrees."""
    desert = vegetation.vegetated_share(pft) < DESERT_SHARE
    return ~desert | (gid * 7919 % _DESERT_KEPT_ONE_IN == 0)


def _local_noise(seed: int, keys: list[tuple[int, ...]]) -> np.ndarray:
    return np.stack(
        [
            np.random.default_rng(np.random.SeedSequence([seed, 55, *key])).standard_normal(6)
            for key in keys
        ],
        axis=1,
    )


@dataclass(frozen=True)
class _Places:
    """Cells to choose from.

    Parameters:
        gid: Number.
        lon, lat: Centre in degrees, longitude -180 to 180.
        land: Land share.
        keys: What seeds a cell's weather; the same for a cell in whatever selection.
    """

    gid: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    land: np.ndarray
    keys: list[tuple[int, ...]]


def _grid_places(config: WorldConfig) -> _Places:
    nlat, nlon = config.shape
    dlat, dlon = config.spacing
    land = geography.grid_land_fraction(config.shape)
    row, column = np.nonzero(land >= config.min_land_fraction)
    lat = -90.0 + (row + 0.5) * dlat
    lon = -180.0 + (column + 0.5) * dlon
    fraction = land[row, column]
    land_rows = lat > -60.0
    row, column, lat, lon, fraction = (
        values[land_rows] for values in (row, column, lat, lon, fraction)
    )
    gid = row * nlon + column + 1
    return _Places(gid, lon, lat, fraction, [(nlat, nlon, int(number)) for number in gid])


def _site_places(config: WorldConfig) -> _Places:
    lat, lon = np.array(config.sites, dtype=float).T
    lon = (lon + 180.0) % 360.0 - 180.0
    sea = np.flatnonzero(~geography.on_land(lon, lat))
    if len(sea):
        raise ValueError(
            f"{len(sea)} of {len(lat)} sites lie in the sea, in a lake or on ice, the first is "
            f"number {sea[0] + 1}: {lat[sea[0]]:g} N, {lon[sea[0]]:g} E; the land mask knows half "
            "degrees, move them inland"
        )
    keys = [
        (0, round((y + 90.0) * 1000.0), round((x + 180.0) * 1000.0))
        for y, x in zip(lat, lon, strict=True)
    ]
    return _Places(np.arange(1, len(lat) + 1), lon, lat, np.ones(len(lat)), keys)


def build_world(config: WorldConfig) -> World:
    """Generate the world that ``config`` describes."""
    places = _site_places(config) if config.sites else _grid_places(config)
    gid, lon, lat, fraction = places.gid, places.lon, places.lat, places.land

    # The climate is cheap: describe all land, choose cells, then generate weather for those.
    region = split.region_id(lon, lat)
    parts = split.split_of(region)
    climate = climatology(lon, lat, geography.describe(lon, lat, fraction))
    pft = vegetation.pft_fractions(lon, lat, climate)
    wanted = _subset_mask(parts, config.subset)
    if not config.sites:
        wanted &= _keep_vegetated(pft, gid)
    allowed = np.flatnonzero(wanted)
    pool = allowed
    area = cell_area_km2(lat, config.spacing)
    if config.max_cells is not None:
        weight = (area * fraction)[allowed]
        allowed = allowed[_systematic(weight, config.max_cells, config.seed)]
    if len(allowed) == 0:
        raise ValueError(
            f"grid {config.label}, subset {config.subset}: no land cell is left; choose a finer "
            "grid, or another subset"
        )

    keys = [places.keys[place] for place in allowed]
    varied, mixed, ground = None, None, allowed
    if config.variety > 0.0:
        varied = variety.draw(config.variety, config.seed, keys, len(pool))
        mixed, ground = varied.shares, pool[varied.ground]
    ground_lon, ground_lat = lon[ground], lat[ground]
    lat, lon, gid, fraction = lat[allowed], lon[allowed], gid[allowed], fraction[allowed]
    geo = geography.describe(lon, lat, fraction)
    climate = climatology(lon, lat, geo, varied)
    return World(
        config=config,
        gid=gid,
        lon=lon % 360.0,
        lat=lat,
        area=area[allowed],
        region=region[allowed],
        split=parts[allowed],
        geography=geo,
        climate=climate,
        soil=soils.describe_soil(
            ground_lon, ground_lat, geo, climate, _local_noise(config.seed, keys)
        ),
        pft=vegetation.pft_fractions(lon, lat, climate, mixed),
        fire=vegetation.fire_fraction(climate),
        weather=weather.generate(lat, climate, config.seed, keys),
    )
