"""Worlds whose cells differ from their places."""

from __future__ import annotations

import numpy as np
import pytest

from phase_elm.world import Subset, World, WorldConfig, build_world, variety
from phase_elm.world.split import TRAINING

GRID = "12x15"


def _world(**kwargs: object) -> World:
    return build_world(WorldConfig(grid=GRID, seed=3, subset=Subset.train, **kwargs))


@pytest.fixture(scope="module")
def plain() -> World:
    return _world()


@pytest.fixture(scope="module")
def varied() -> World:
    return _world(variety=1.0)


def test_the_same_cells_are_chosen(plain, varied):
    np.testing.assert_array_equal(varied.gid, plain.gid)
    assert (varied.split == TRAINING).all()


def test_climates_move_within_two_deviations(plain, varied):
    warmer = varied.climate.annual_temperature_c - plain.climate.annual_temperature_c
    assert np.abs(warmer).max() <= 2.0 * variety.WARMTH_K + 1.0e-9
    assert 0.5 * variety.WARMTH_K < warmer.std() < 1.5 * variety.WARMTH_K
    wetter = varied.climate.precipitation / plain.climate.precipitation
    assert np.log(wetter).std() == pytest.approx(variety.RAIN, rel=0.5)
    np.testing.assert_allclose(wetter, np.broadcast_to(wetter[:, :1], wetter.shape))


def test_the_weather_follows_the_moved_climate(varied):
    found = varied.weather.TBOT.mean(axis=0) - 273.15
    np.testing.assert_allclose(found, varied.climate.annual_temperature_c, atol=0.05)


def test_plants_are_mixed_and_fill_the_cell(plain, varied):
    np.testing.assert_allclose(varied.pft.sum(axis=0), 1.0)
    assert (varied.pft >= 0.0).all()
    assert np.abs(varied.pft - plain.pft).max() > 0.1


def test_ground_comes_from_places_of_the_subset(plain, varied):
    """Only climate moves deposition away from that of the places, by 0.05 gN/m2/yr at most."""
    assert (varied.soil.order != plain.soil.order).mean() > 0.2
    apart = varied.soil.nitrogen_deposition[:, None] - plain.soil.nitrogen_deposition[None, :]
    assert np.abs(apart).min(axis=1).max() <= 0.05


def test_a_cell_is_the_same_in_another_selection(varied):
    few = _world(variety=1.0, max_cells=5)
    where = np.searchsorted(varied.gid, few.gid)
    np.testing.assert_array_equal(few.soil.sand, varied.soil.sand[:, where])
    np.testing.assert_array_equal(few.pft, varied.pft[:, where])
    np.testing.assert_array_equal(few.weather.TBOT, varied.weather.TBOT[:, where])


def test_another_seed_mixes_anew(varied):
    other = build_world(WorldConfig(grid=GRID, seed=4, subset=Subset.train, variety=1.0))
    assert np.abs(other.pft - varied.pft).max() > 0.1
    assert (other.soil.order != varied.soil.order).any()
