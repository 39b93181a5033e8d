"""Daily weather: its climatology, its statistics, and that a cell keeps its own."""

from __future__ import annotations

import numpy as np
import pytest

from phase_elm.world import Subset, WorldConfig, build_world, weather
from phase_elm.world.climate import FREEZING_K, saturation_pressure

GRID = "12x15"


@pytest.fixture(scope="module")
def world():
    return build_world(WorldConfig(grid=GRID, seed=3))


def test_one_cycle_of_noleap_days(world):
    assert world.weather.TBOT.shape == (7300, world.ncell)
    assert world.weather.TBOT.dtype == np.float32


def test_monthly_climatology_is_met(world):
    for month in range(12):
        days = month == weather.MONTH_OF_DAY
        found = world.weather.TBOT[days].mean(axis=0)
        np.testing.assert_allclose(found, world.climate.temperature[:, month], atol=0.05)
        rain = world.weather.PRECTmms[days].mean(axis=0) * 86400.0
        expected = world.climate.precipitation[:, month]
        moist = expected > 0.5
        np.testing.assert_allclose(rain[moist], expected[moist], rtol=0.03)


def test_values_are_physical(world):
    sky = world.weather
    assert 200 < sky.TBOT.min() < sky.TBOT.max() < 325
    assert sky.PRECTmms.min() >= 0.0
    assert sky.PRECTmms.max() * 86400 <= 250.1
    assert sky.FSDS.min() >= 0.0
    assert sky.FSDS.max() < 450
    assert sky.FLDS.min() > 70
    assert sky.FLDS.max() < 520
    assert sky.QBOT.min() > 0.0
    assert sky.WIND.min() > 0.0
    assert sky.PSRF.min() > 45000
    assert sky.PSRF.max() < 104000
    vapour = sky.QBOT * sky.PSRF / (0.622 + 0.378 * sky.QBOT)
    assert np.all(vapour <= 1.001 * saturation_pressure(sky.TBOT.astype(float)))


def test_temperature_is_autocorrelated(world):
    seasonal = world.weather.TBOT.reshape(20, 365, -1).mean(axis=0)
    anomaly = (world.weather.TBOT.reshape(20, 365, -1) - seasonal).reshape(7300, -1)
    lag = (anomaly[1:] * anomaly[:-1]).mean(axis=0) / (anomaly**2).mean(axis=0)
    assert 0.6 < np.median(lag) < 0.9


def test_wet_days_are_darker(world):
    wet = world.weather.PRECTmms > 0.0
    some = (wet.mean(axis=0) > 0.1) & (wet.mean(axis=0) < 0.8)
    summer = np.isin(weather.MONTH_OF_DAY, [5, 6, 7])
    sun, rain = world.weather.FSDS[summer][:, some], wet[summer][:, some]
    dark = (sun * rain).sum(axis=0) / np.maximum(rain.sum(axis=0), 1)
    bright = (sun * ~rain).sum(axis=0) / np.maximum((~rain).sum(axis=0), 1)
    north = world.lat[some] > 20
    assert np.all(dark[north] < 0.75 * bright[north])


def test_years_differ(world):
    yearly = world.weather.PRECTmms.reshape(20, 365, -1).mean(axis=1)
    variation = yearly.std(axis=0) / yearly.mean(axis=0)
    assert 0.08 < np.median(variation) < 0.5
    warm = world.weather.TBOT.reshape(20, 365, -1).mean(axis=1).std(axis=0)
    assert 0.1 < np.median(warm) < 1.5


def test_the_same_seed_gives_the_same_world(world):
    again = build_world(WorldConfig(grid=GRID, seed=3))
    np.testing.assert_array_equal(world.weather.TBOT, again.weather.TBOT)
    np.testing.assert_array_equal(world.weather.PRECTmms, again.weather.PRECTmms)
    np.testing.assert_array_equal(world.soil.labile, again.soil.labile)


def test_another_seed_gives_other_weather_in_the_same_climate(world):
    other = build_world(WorldConfig(grid=GRID, seed=4))
    np.testing.assert_array_equal(world.climate.temperature, other.climate.temperature)
    assert np.abs(world.weather.TBOT - other.weather.TBOT).mean() > 0.5


@pytest.mark.parametrize("subset", [Subset.train, Subset.heldout])
def test_a_cell_keeps_its_weather_in_every_subset(world, subset):
    part = build_world(WorldConfig(grid=GRID, seed=3, subset=subset, max_cells=7))
    position = {int(gid): index for index, gid in enumerate(world.gid)}
    chosen = [position[int(gid)] for gid in part.gid]
    for name in ("TBOT", "PRECTmms", "FSDS", "FLDS", "QBOT", "PSRF", "WIND"):
        np.testing.assert_array_equal(
            getattr(part.weather, name), getattr(world.weather, name)[:, chosen]
        )
    np.testing.assert_array_equal(part.soil.order, world.soil.order[chosen])
    np.testing.assert_array_equal(part.pft, world.pft[:, chosen])


def test_frost_where_winters_are_cold(world):
    frozen = (world.weather.TBOT < FREEZING_K).mean(axis=0)
    assert frozen[world.climate.coldest_c > 15].max() < 0.02
    assert frozen[world.climate.coldest_c < -15].min() > 0.25


def test_daily_interpolation_is_periodic_and_keeps_constants():
    constant = np.full((2, 12), 7.0)
    np.testing.assert_allclose(weather.daily_from_monthly(constant), 7.0)
    wave = np.cos(2 * np.pi * (np.arange(12) + 0.5) / 12.0)[None]
    daily = weather.daily_from_monthly(wave)[0]
    assert np.abs(np.diff(np.append(daily, daily[0]))).max() < 0.03
