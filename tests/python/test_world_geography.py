"""The sketch of the Earth: land where land is, mountains where mountains are."""

from __future__ import annotations

import numpy as np
import pytest

from phase_elm.world import geography
from phase_elm.world.config import WorldConfig
from phase_elm.world.generator import cell_area_km2


def land_at(lon: float, lat: float) -> float:
    fraction = geography.grid_land_fraction((180, 360))
    return float(fraction[int(lat + 90), int(lon + 180)])


@pytest.mark.parametrize(
    ("place", "lon", "lat"),
    [
        ("Kansas", -98.5, 38.5),
        ("Manaus", -60.5, -3.5),
        ("Congo", 22.5, 0.5),
        ("Berlin", 13.5, 52.5),
        ("Yakutsk", 129.5, 62.5),
        ("Delhi", 77.5, 28.5),
        ("Alice Springs", 133.5, -23.5),
        ("Java", 110.5, -7.5),
    ],
)
def test_known_places_are_land(place, lon, lat):
    assert land_at(lon, lat) == 1.0, place


@pytest.mark.parametrize(
    ("place", "lon", "lat"),
    [
        ("North Atlantic", -40.5, 40.5),
        ("Pacific", -150.5, 0.5),
        ("Indian Ocean", 80.5, -20.5),
        ("Mediterranean", 18.5, 35.5),
        ("Hudson Bay", -85.5, 59.5),
        ("Caspian Sea", 50.5, 42.5),
        ("Greenland's ice", -40.5, 72.5),
        ("Antarctica", 0.5, -80.5),
    ],
)
def test_seas_and_ice_are_not_land(place, lon, lat):
    assert land_at(lon, lat) == 0.0, place


def test_ice_free_land_area_is_that_of_the_earth():
    fraction = geography.grid_land_fraction((45, 72))
    lat = -90.0 + (np.arange(45) + 0.5) * 4.0
    area = (fraction * cell_area_km2(lat, (4.0, 5.0))[:, None]).sum()
    # 149 million km2 of land less 14 of Antarctica and 2 of Greenland, small islands missing.
    assert 1.20e8 < area < 1.40e8


def test_cells_tile_the_sphere():
    lat = -90.0 + (np.arange(45) + 0.5) * 4.0
    assert cell_area_km2(lat, (4.0, 5.0)).sum() * 72 == pytest.approx(
        4 * np.pi * geography.EARTH_RADIUS_KM**2
    )


def test_mountains_stand_above_plains():
    lon = np.array([90.0, -69.0, -107.0, -60.0, 65.0])
    lat = np.array([33.0, -20.0, 40.0, -5.0, 62.0])
    height = geography.elevation_m(lon, lat)
    tibet, altiplano, rockies, amazon, siberia = height
    assert tibet > 4000
    assert altiplano > 2500
    assert rockies > 1200
    assert amazon < 300
    assert siberia < 300


def test_distance_to_the_sea_grows_inland():
    lon, lat = np.array([2.0, 30.0, 70.0]), np.array([48.0, 52.0, 52.0])
    place = geography.describe(lon, lat, np.ones(3))
    assert np.all(np.diff(place.coast_km) > 0)
    assert place.west_km[2] > 4000


@pytest.mark.parametrize("grid", ["4", "7x5", "4x", "0x5", "axb"])
def test_irregular_grids_are_refused(grid):
    with pytest.raises(ValueError, match="grid"):
        WorldConfig(grid=grid)


def test_grid_finer_than_the_mask_is_refused():
    with pytest.raises(ValueError, match="finer than the land mask"):
        geography.grid_land_fraction((1800, 3600))
