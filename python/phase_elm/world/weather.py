"""Twenty years of daily weather from a seeded generator.

Every cell has its own random stream, made from the world's seed and the cell's position on the
grid, so that a cell meets the same weather whatever other cells are drawn with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from phase_elm.world.climate import (
    MID_MONTH_DAY,
    MONTH_DAYS,
    Climate,
    longwave,
    saturation_pressure,
    specific_humidity,
    top_of_atmosphere,
)
from phase_elm.world.config import CYCLE_YEARS, DAYS_PER_YEAR

DAYS = CYCLE_YEARS * DAYS_PER_YEAR
MONTH_OF_DAY = np.tile(np.repeat(np.arange(12), MONTH_DAYS), CYCLE_YEARS)
_DAY_OF_YEAR = np.arange(DAYS_PER_YEAR) + 0.5
_WET_PERSISTENCE = 0.3
_TEMPERATURE_PERSISTENCE = 0.78
_GAMMA_SHAPE = 0.75
_CLOUDY_LOSS = 0.58


@dataclass(frozen=True)
class Weather:
    """Daily weather, each (time, cell), float32, with ELM's forcing names and units."""

    TBOT: np.ndarray
    PRECTmms: np.ndarray
    FSDS: np.ndarray
    FLDS: np.ndarray
    QBOT: np.ndarray
    PSRF: np.ndarray
    WIND: np.ndarray


@dataclass(frozen=True)
class _Noise:
    """Random numbers of one cell; the order of drawing is part of the world's definition."""

    occurrence: np.ndarray
    amount: np.ndarray
    temperature: np.ndarray
    cloud: np.ndarray
    wind: np.ndarray
    pressure: np.ndarray
    year_rain: np.ndarray
    year_temperature: np.ndarray


def _draw(seed: int, key: tuple[int, ...]) -> _Noise:
    rng = np.random.default_rng(np.random.SeedSequence([seed, *key]))
    return _Noise(
        occurrence=rng.random(DAYS),
        amount=rng.gamma(_GAMMA_SHAPE, 1.0 / _GAMMA_SHAPE, DAYS),
        temperature=rng.standard_normal(DAYS),
        cloud=rng.standard_normal(DAYS),
        wind=rng.standard_normal(DAYS),
        pressure=rng.standard_normal(DAYS),
        year_rain=rng.standard_normal(CYCLE_YEARS),
        year_temperature=rng.standard_normal(CYCLE_YEARS),
    )


def daily_from_monthly(monthly: np.ndarray) -> np.ndarray:
    """Interpolate (cell, 12) mid-month values linearly and periodically to (cell, 365)."""
    extended_days = np.concatenate(
        [[MID_MONTH_DAY[-1] - DAYS_PER_YEAR], MID_MONTH_DAY, [MID_MONTH_DAY[0] + DAYS_PER_YEAR]]
    )
    extended = np.concatenate([monthly[:, -1:], monthly, monthly[:, :1]], axis=1)
    right = np.searchsorted(extended_days, _DAY_OF_YEAR)
    weight = (_DAY_OF_YEAR - extended_days[right - 1]) / (
        extended_days[right] - extended_days[right - 1]
    )
    return extended[:, right - 1] * (1.0 - weight) + extended[:, right] * weight


def monthly_means(daily: np.ndarray) -> np.ndarray:
    """Means of (time, cell) over calendar months: (cell, 240)."""
    starts = np.concatenate([[0], np.cumsum(np.tile(MONTH_DAYS, CYCLE_YEARS))[:-1]])
    sums = np.add.reduceat(daily, starts, axis=0, dtype=np.float64)
    return (sums / np.tile(MONTH_DAYS, CYCLE_YEARS)[:, None]).T


def _occurrence(uniform: np.ndarray, wet_fraction: np.ndarray) -> np.ndarray:
    """Two-state Markov chain of wet days; arguments (time, cell), result boolean."""
    wet = np.zeros(uniform.shape, dtype=bool)
    state = uniform[0] < wet_fraction[0]
    for day in range(len(uniform)):
        threshold = wet_fraction[day] * (1.0 - _WET_PERSISTENCE) + _WET_PERSISTENCE * state
        state = uniform[day] < threshold
        wet[day] = state
    return wet


def _autocorrelated(noise: np.ndarray, rho: float) -> np.ndarray:
    """First-order autoregressive series of unit variance along time (axis 0)."""
    return lfilter([np.sqrt(1.0 - rho**2)], [1.0, -rho], noise, axis=0)


def _centred_years(noise: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Yearly anomalies (year, cell) with zero mean over the cycle."""
    years = _autocorrelated(noise, 0.25) * spread
    return years - years.mean(axis=0)


def _tile(monthly: np.ndarray) -> np.ndarray:
    """Monthly climatology (cell, 12) to a smooth daily cycle, (time, cell)."""
    return np.tile(daily_from_monthly(monthly).T, (CYCLE_YEARS, 1))


def _rain(climate: Climate, noise: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Rain in mm/day and wet days, (time, cell)."""
    target = climate.precipitation.T[MONTH_OF_DAY]
    spread = np.clip(0.42 - 0.13 * np.log10(climate.annual_precipitation_mm / 50.0), 0.1, 0.45)
    year = np.exp(_centred_years(noise["year_rain"], spread))
    factor = np.repeat(year, DAYS_PER_YEAR, axis=0)
    chance = np.clip(climate.wet_fraction.T[MONTH_OF_DAY] * np.sqrt(factor), 0.002, 0.96)
    wet = _occurrence(noise["occurrence"], chance)
    rain = np.where(wet, noise["amount"] * np.sqrt(factor), 0.0)
    # Keep each calendar month's mean over the cycle at its climatology (where it rained at all).
    for month in range(12):
        days = month == MONTH_OF_DAY
        mean = rain[days].mean(axis=0)
        scale = np.where(mean > 0.0, target[days][0] / np.maximum(mean, 1.0e-12), 0.0)
        rain[days] *= scale
    return np.minimum(rain, 250.0), wet


def generate(lat: np.ndarray, climate: Climate, seed: int, keys: list[tuple[int, ...]]) -> Weather:
    """Daily weather of all cells.

    Parameters:
        lat: Latitude in degrees, (cell,).
        climate: Monthly climatology of the same cells.
        seed: The world's seed.
        keys: A key per cell, from its place on the grid; seeds the cell's own stream.
    """
    streams = [_draw(seed, key) for key in keys]
    noise = {
        name: np.stack([getattr(stream, name) for stream in streams], axis=1)
        for name in _Noise.__dataclass_fields__
    }
    rain, wet = _rain(climate, noise)

    absolute = np.abs(lat)
    winter_share = (
        0.5
        - 0.5
        * np.cos(
            2.0
            * np.pi
            * (np.arange(DAYS) % DAYS_PER_YEAR - np.where(lat >= 0, 205.0, 22.0)[:, None])
            / DAYS_PER_YEAR
        ).T
    )
    storminess = 0.8 + 3.2 * np.clip((absolute - 12.0) / 40.0, 0.0, 1.0) * (
        0.55 + 0.45 * climate.continentality
    )
    spread = storminess * (0.75 + 0.5 * winter_share * np.clip(absolute / 50.0, 0.0, 1.0))
    synoptic = spread * _autocorrelated(noise["temperature"], _TEMPERATURE_PERSISTENCE)
    yearly = _centred_years(
        noise["year_temperature"], 0.25 + 0.65 * np.clip(absolute / 60.0, 0.0, 1.0)
    )
    # Wet days are mild in winter and cool in summer.
    wet_effect = (1.5 * winter_share * (absolute > 30.0) - 1.2 * (1.0 - winter_share)) * (
        wet - climate.wet_fraction.T[MONTH_OF_DAY]
    )
    temperature = (
        _tile(climate.temperature)
        + synoptic
        + np.repeat(yearly, DAYS_PER_YEAR, axis=0)
        + wet_effect
    )
    temperature += (climate.temperature.T - _monthly_climatology(temperature))[MONTH_OF_DAY]

    pressure = climate.pressure * (
        1.0 + 0.004 * np.clip(absolute / 45.0, 0.15, 1.0) * _autocorrelated(noise["pressure"], 0.8)
    )
    humidity = np.clip(
        _tile(climate.humidity)
        + 0.13 * (wet - climate.wet_fraction.T[MONTH_OF_DAY])
        + 0.05 * _autocorrelated(noise["cloud"], 0.5),
        0.08,
        0.99,
    )
    vapour = humidity * saturation_pressure(temperature)
    clear_index = 0.735 + 0.15 * (1.0 - climate.pressure / 101325.0)
    cloud = np.clip(wet * 0.9 + ~wet * 0.12 + 0.12 * noise["cloud"], 0.0, 1.0)
    top = np.tile(top_of_atmosphere(lat, _DAY_OF_YEAR).T, (CYCLE_YEARS, 1))
    solar = top * clear_index * (1.0 - _CLOUDY_LOSS * cloud)
    wind = _tile(climate.wind) * np.exp(0.35 * _autocorrelated(noise["wind"], 0.6) - 0.06)

    def packed(values: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(values, dtype=np.float32)

    return Weather(
        TBOT=packed(np.clip(temperature, 195.0, 325.0)),
        PRECTmms=packed(rain / 86400.0),
        FSDS=packed(np.maximum(solar, 0.0)),
        FLDS=packed(longwave(temperature, vapour, cloud)),
        QBOT=packed(specific_humidity(humidity, temperature, pressure)),
        PSRF=packed(pressure),
        WIND=packed(np.clip(wind, 0.3, 25.0)),
    )


def _monthly_climatology(daily: np.ndarray) -> np.ndarray:
    """Means of each calendar month over the cycle, (12, cell)."""
    return np.stack([daily[month == MONTH_OF_DAY].mean(axis=0) for month in range(12)])
