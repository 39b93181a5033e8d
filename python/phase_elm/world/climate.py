"""Monthly climatology of a cell from where it lies.

Temperature follows latitude, distance from the sea upwind and height; rain follows the
tropical rain belt and its monsoons, the mid-latitude storm tracks, moist east coasts and a few
named deserts and rain forests. All functions are smooth in longitude and latitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import PchipInterpolator

from phase_elm.world.geography import EARTH_RADIUS_KM, Geography, unit_vectors

if TYPE_CHECKING:
    from phase_elm.world.variety import Variety

FREEZING_K = 273.15
SEA_LEVEL_PA = 101325.0
LAPSE_K_PER_M = 0.0052
SOLAR_CONSTANT = 1361.0
STEFAN_BOLTZMANN = 5.670374e-8
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MID_MONTH_DAY = np.cumsum(MONTH_DAYS) - MONTH_DAYS / 2.0

# fmt: off
_MARITIME_MEAN_C = PchipInterpolator(
    [-60, -50, -40, -30, -20, -10, 0, 10, 20, 30, 40, 50, 60, 70, 80, 90],
    [1.0, 7.0, 12.5, 18.0, 23.0, 25.8, 26.3, 26.8, 25.0, 20.0, 15.0, 10.0, 5.5, -4.0, -13.0, -18.0],
)
_CONTINENTAL_COOLING_K = PchipInterpolator(
    [-60, -30, 0, 15, 25, 35, 45, 55, 65, 75, 90],
    [4.0, -1.0, 0.0, -2.0, -1.0, 2.0, 6.5, 11.5, 16.5, 10.0, 6.0],
)
_MARITIME_HALF_RANGE_K = PchipInterpolator([0, 10, 20, 30, 40, 50, 60, 70, 90],
                                           [0.8, 1.5, 3.0, 4.5, 5.5, 6.0, 7.0, 12.0, 14.0])
_CONTINENTAL_HALF_RANGE_K = PchipInterpolator([0, 10, 20, 30, 40, 50, 60, 70, 90],
                                              [1.2, 3.5, 7.5, 12.0, 16.0, 21.0, 29.0, 28.0, 18.0])
# fmt: on

# Currents, sea ice and basins: longitude, latitude, radius in km, K.
# fmt: off
_TEMPERATURE_PLACES = [
    (15, 58, 1900, 3.5), (37, 55, 900, 1.5), (-82, 68, 1500, -9.0), (-68, 54, 900, -2.5),
    (159, 57, 800, -4.0), (170, 65, 900, 3.0), (128, 46, 900, -2.0), (-149, 65, 800, 4.0),
    (45, 30, 1200, 1.5), (72, 27, 900, 2.0), (-5, 22, 1500, 1.5), (-72, -45, 700, 0.5),
]

# Places where the zonal picture fails: longitude, latitude, radius in km, factor on rain.
_RAIN_PLACES = [
    (-58, -6, 1500, 1.35), (22, 0, 900, 1.25), (112, 0, 1800, 1.35), (143, -6, 900, 1.4),
    (92, 25, 650, 2.2), (74, 12, 350, 1.7), (96, 18, 500, 1.7), (108, 15, 700, 1.3),
    (-11, 7, 500, 1.9), (9, 5, 450, 1.6), (-77, 5, 500, 1.9), (-126, 52, 650, 2.4),
    (-122, 46, 350, 1.5), (-74, -45, 500, 2.6), (6, 61, 400, 1.9), (-5, 55, 500, 1.3),
    (140, 37, 700, 1.35), (115, 27, 800, 1.25), (-88, 34, 800, 1.2), (-54, -28, 700, 1.3),
    (171, -43, 500, 1.7), (148, -41, 300, 1.3), (48, -17, 450, 1.5), (41, 43, 350, 1.5),
    (25, 25, 1500, 0.25), (5, 25, 1500, 0.25), (-10, 24, 900, 0.3), (48, 23, 1000, 0.25),
    (44, 7, 650, 0.35), (38, -2, 500, 0.6), (35, 17, 700, 0.45), (60, 32, 900, 0.4),
    (69, 27, 450, 0.35), (62, 41, 800, 0.6), (84, 40, 700, 0.25), (104, 42, 900, 0.5),
    (86, 34, 600, 0.5), (-71, -22, 500, 0.08), (-78, -8, 350, 0.25), (-68, -45, 500, 0.4),
    (-40, -8, 450, 0.45), (-66, -28, 500, 0.55), (15, -23, 600, 0.25), (22, -26, 600, 0.55),
    (128, -26, 1100, 0.45), (138, -29, 600, 0.5), (117, -24, 500, 0.55), (-114, 33, 600, 0.3),
    (-115, 40, 500, 0.55), (-104, 28, 400, 0.6), (-106, 40, 500, 0.75), (55, 28, 500, 0.4),
    (-110, 26, 350, 0.5), (82, 26, 650, 1.7), (105, 29, 700, 1.45), (-92, 38, 900, 1.45),
    (-80, 41, 700, 1.25), (-98, 18, 500, 1.8), (-115, 53, 600, 0.6), (42, 5, 500, 0.6),
    (20, 50, 1100, 0.8), (130, 64, 1200, 0.75), (-50, -18, 800, 1.2),
]
# fmt: on


@dataclass(frozen=True)
class Climate:
    """Monthly climatology, each (cell, 12) unless noted.

    Parameters:
        temperature: Air temperature in K.
        precipitation: mm/day.
        wet_fraction: Share of wet days.
        solar: Surface shortwave radiation in W/m2.
        humidity: Relative humidity, 0 to 1.
        wind: Wind speed in m/s.
        pressure: Surface pressure in Pa, (cell,).
        continentality: 0 at a windward coast to 1 deep inland, (cell,).
    """

    temperature: np.ndarray
    precipitation: np.ndarray
    wet_fraction: np.ndarray
    solar: np.ndarray
    humidity: np.ndarray
    wind: np.ndarray
    pressure: np.ndarray
    continentality: np.ndarray

    @property
    def annual_temperature_c(self) -> np.ndarray:
        """Annual mean temperature in degrees Celsius."""
        return np.average(self.temperature, axis=1, weights=MONTH_DAYS) - FREEZING_K

    @property
    def annual_precipitation_mm(self) -> np.ndarray:
        """Annual precipitation in mm."""
        return self.precipitation @ MONTH_DAYS

    @property
    def coldest_c(self) -> np.ndarray:
        """Mean of the coldest month in degrees Celsius."""
        return self.temperature.min(axis=1) - FREEZING_K

    @property
    def warmest_c(self) -> np.ndarray:
        """Mean of the warmest month in degrees Celsius."""
        return self.temperature.max(axis=1) - FREEZING_K

    @property
    def growing_degree_days(self) -> np.ndarray:
        """Sum of degrees above 5 C over the year, in K days."""
        return np.maximum(self.temperature - FREEZING_K - 5.0, 0.0) @ MONTH_DAYS

    @property
    def monthly_potential_evaporation_mm(self) -> np.ndarray:
        """Potential evaporation in mm per month, Priestley-Taylor with net radiation from FSDS."""
        slope = saturation_slope(self.temperature)
        net = np.maximum(0.77 * self.solar - 45.0, 0.0)
        daily = 1.26 * slope / (slope + 66.0) * net * 86400.0 / 2.45e6
        return np.where(self.temperature > FREEZING_K - 5.0, daily, 0.0) * MONTH_DAYS

    @property
    def potential_evaporation_mm(self) -> np.ndarray:
        """Annual potential evaporation in mm."""
        return self.monthly_potential_evaporation_mm.sum(axis=1)

    @property
    def moisture_index(self) -> np.ndarray:
        """Annual precipitation over potential evaporation."""
        return self.annual_precipitation_mm / np.maximum(self.potential_evaporation_mm, 80.0)

    @property
    def dry_months(self) -> np.ndarray:
        """Months with less rain than half of potential evaporation, smoothly counted."""
        rain = self.precipitation * MONTH_DAYS
        lack = 0.5 * self.monthly_potential_evaporation_mm - rain - 5.0
        return (1.0 / (1.0 + np.exp(-np.clip(lack / 10.0, -30.0, 30.0)))).sum(axis=1)


def saturation_pressure(temperature: np.ndarray) -> np.ndarray:
    """Saturation vapour pressure in Pa over water above 0 C and over ice below."""
    celsius = temperature - FREEZING_K
    water = 611.2 * np.exp(17.67 * celsius / (celsius + 243.5))
    ice = 611.2 * np.exp(21.87 * celsius / (celsius + 265.5))
    return np.where(celsius >= 0.0, water, ice)


def saturation_slope(temperature: np.ndarray) -> np.ndarray:
    """Slope of saturation vapour pressure over water in Pa/K."""
    celsius = temperature - FREEZING_K
    return (
        611.2 * np.exp(17.67 * celsius / (celsius + 243.5)) * 17.67 * 243.5 / (celsius + 243.5) ** 2
    )


def specific_humidity(
    relative: np.ndarray, temperature: np.ndarray, pressure: np.ndarray
) -> np.ndarray:
    """Specific humidity in kg/kg."""
    vapour = relative * saturation_pressure(temperature)
    return 0.622 * vapour / (pressure - 0.378 * vapour)


def longwave(temperature: np.ndarray, vapour_pa: np.ndarray, cloud: np.ndarray) -> np.ndarray:
    """Downward longwave radiation in W/m2 (clear-sky emissivity of Brutsaert, with cloud)."""
    clear = np.maximum(1.24 * (vapour_pa / 100.0 / temperature) ** (1.0 / 7.0), 0.68)
    emissivity = np.minimum(clear * (1.0 + 0.2 * cloud), 1.0)
    return emissivity * STEFAN_BOLTZMANN * temperature**4


def top_of_atmosphere(lat: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Daily mean insolation at the top of the atmosphere in W/m2, (cell, day)."""
    phi = np.radians(lat)[:, None]
    declination = 0.409 * np.sin(2.0 * np.pi * (day[None, :] - 80.0) / 365.0)
    distance = 1.0 + 0.033 * np.cos(2.0 * np.pi * (day[None, :] - 3.0) / 365.0)
    hour = np.arccos(np.clip(-np.tan(phi) * np.tan(declination), -1.0, 1.0))
    geometry = hour * np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * (
        np.sin(hour)
    )
    return SOLAR_CONSTANT / np.pi * distance * np.maximum(geometry, 0.0)


def wet_day_fraction(rain_mm_day: np.ndarray, celsius: np.ndarray) -> np.ndarray:
    """Share of wet days: heavier rain falls on more days and in heavier showers when warm."""
    intensity = 2.2 + 0.45 * rain_mm_day + 0.12 * np.maximum(celsius, 0.0)
    return np.clip(rain_mm_day / intensity, 0.004, 0.92)


def _season(peak_day: np.ndarray | float) -> np.ndarray:
    """Cosine of the season, 1 at ``peak_day``, (..., 12)."""
    return np.cos(2.0 * np.pi * (MID_MONTH_DAY - np.asarray(peak_day)[..., None]) / 365.0)


def bump(
    lon: np.ndarray, lat: np.ndarray, at_lon: float, at_lat: float, radius_km: float
) -> np.ndarray:
    centre = unit_vectors(np.array([at_lon]), np.array([at_lat]))[0]
    angle = np.arccos(np.clip(unit_vectors(lon, lat) @ centre, -1.0, 1.0))
    return np.exp(-((angle * EARTH_RADIUS_KM / radius_km) ** 2))


def _temperature(lon: np.ndarray, lat: np.ndarray, geo: Geography) -> tuple[np.ndarray, np.ndarray]:
    westerly = geo.west_km * np.exp(-((np.minimum(np.abs(lat) - 45.0, 0.0) / 20.0) ** 2))
    fetch = 0.75 * westerly + 1.2 * geo.coast_km
    # Arctic coasts stay close to the sea's temperature whatever lies upwind.
    inland = 1.0 - np.exp(-geo.coast_km / 350.0)
    fetch *= 1.0 - 0.5 * (1.0 - inland) / (1.0 + np.exp((57.0 - np.abs(lat)) / 3.0))
    continentality = 1.0 - np.exp(-fetch / 2300.0)
    mean = _MARITIME_MEAN_C(lat) - _CONTINENTAL_COOLING_K(lat) * continentality
    mean -= LAPSE_K_PER_M * np.maximum(geo.elevation - 200.0, 0.0)
    for at_lon, at_lat, radius, value in _TEMPERATURE_PLACES:
        mean += value * bump(lon, lat, at_lon, at_lat, radius)
    low, high = _MARITIME_HALF_RANGE_K(np.abs(lat)), _CONTINENTAL_HALF_RANGE_K(np.abs(lat))
    half_range = low + (high - low) * continentality
    peak = np.where(lat >= 0.0, 208.0, 25.0) + 10.0 * (1.0 - continentality)
    season = _season(peak)
    # The continental winter is long and flat: a second harmonic sharpens the summer a little.
    second = np.cos(4.0 * np.pi * (MID_MONTH_DAY[None, :] - peak[:, None]) / 365.0)
    monthly = mean[:, None] + half_range[:, None] * (season - 0.06 * second)
    return monthly + FREEZING_K, continentality


def _rain(
    lon: np.ndarray, lat: np.ndarray, geo: Geography, continentality: np.ndarray
) -> np.ndarray:
    summer = _season(np.where(lat >= 0.0, 205.0, 22.0))
    north_summer = _season(205.0)
    asia = np.exp(-(((lon - 98.0) / 32.0) ** 2))
    africa = np.exp(-(((lon - 8.0) / 34.0) ** 2))
    america = np.exp(-(((lon + 75.0) / 35.0) ** 2))
    reach_north = 7.0 + 10.0 * asia + 2.5 * africa + 2.0 * america
    southern_africa = np.exp(-(((lon - 25.0) / 30.0) ** 2))
    australia = np.exp(-(((lon - 132.0) / 25.0) ** 2))
    reach_south = 11.0 + 4.5 * southern_africa + 4.0 * america + 4.0 * australia
    swing = (
        np.where(north_summer[None, :] > 0.0, reach_north[:, None], reach_south[:, None])
        * north_summer[None, :]
    )
    belt = 2.0 + swing
    width = 8.0 + 3.0 * asia[:, None] * np.maximum(north_summer, 0.0)[None, :]
    tropical = 10.0 * np.exp(-(((lat[:, None] - belt) / width) ** 2))

    # Storm tracks lose moisture inland in winter; summer convection recycles it.
    absolute = np.abs(lat)[:, None]
    shift = 3.0 * summer
    westerly = np.exp(-geo.west_km / 2600.0)[:, None]
    track = np.exp(-(((absolute - 51.0 - shift) / 13.0) ** 2))
    winter_share = 0.5 - 0.5 * summer
    storm = track * westerly * (1.6 + 1.1 * winter_share)
    convective = (
        1.45 * np.exp(-(((absolute - 53.0) / 14.0) ** 2)) * np.maximum(0.25 + 0.75 * summer, 0.08)
    )
    # Subtropical highs keep west coasts dry in summer.
    convective = convective * (
        1.0
        - 0.75
        * np.exp(-(((absolute - 36.0) / 6.0) ** 2))
        * np.exp(-geo.west_km / 900.0)[:, None]
        * np.maximum(summer, 0.0)
    )
    mediterranean = (
        2.3
        * np.exp(-(((absolute - 38.0) / 6.0) ** 2))
        * winter_share
        * np.exp(-geo.coast_km / 500.0)[:, None]
        * np.exp(-geo.west_km / 2500.0)[:, None]
    )
    east = np.exp(-geo.east_km / 1300.0)[:, None] * np.exp(-(((absolute - 30.0) / 11.0) ** 2))
    # The Great Australian Bight lies east of Perth but brings no warm rain.
    east = east * (1.0 - 0.9 * bump(lon, lat, 118.0, -32.0, 700.0))[:, None]
    east_coast = east * (2.6 + 1.6 * summer)
    polar = 0.45 * np.exp(-(((absolute - 68.0) / 16.0) ** 2)) * (1.0 + 0.5 * summer)
    rain = tropical + storm + convective + mediterranean + east_coast + polar + 0.05
    factor = np.ones(len(lat))
    for at_lon, at_lat, radius, value in _RAIN_PLACES:
        factor *= value ** bump(lon, lat, at_lon, at_lat, radius)
    rain = rain * factor[:, None]
    # High plateaus lie above much of the moisture.
    return np.maximum(
        rain * np.exp(-np.maximum(geo.elevation - 2500.0, 0.0) / 3500.0)[:, None], 0.02
    )


def climatology(
    lon: np.ndarray, lat: np.ndarray, geo: Geography, variety: Variety | None = None
) -> Climate:
    """Monthly climatology of cells at ``lon``, ``lat`` (degrees), moved by ``variety``."""
    temperature, continentality = _temperature(lon, lat, geo)
    rain = _rain(lon, lat, geo, continentality)
    # Wet tropical months are cloudier and cooler than dry ones of the same season.
    anomaly = (rain - rain.mean(axis=1, keepdims=True)) / (rain.mean(axis=1, keepdims=True) + 2.0)
    tropics = np.exp(-((lat / 24.0) ** 4))[:, None]
    temperature = temperature - 2.2 * tropics * np.clip(anomaly, -1.0, 1.5)
    if variety is not None:
        mean = np.average(temperature, axis=1, weights=MONTH_DAYS)[:, None]
        season = variety.season[:, None] * (temperature - mean)
        temperature = mean + variety.warmth[:, None] + season
        rain = rain * variety.rain[:, None]
    celsius = temperature - FREEZING_K
    wet = wet_day_fraction(rain, celsius)
    pressure = SEA_LEVEL_PA * (1.0 - 2.25577e-5 * geo.elevation) ** 5.25588
    clear = 0.735 + 2.5e-5 * geo.elevation[:, None]
    solar = top_of_atmosphere(lat, MID_MONTH_DAY) * clear * (1.0 - 0.52 * wet)
    humidity = np.clip(
        0.36 + 0.62 * wet**0.6 + 0.12 * np.exp(-geo.coast_km / 300.0)[:, None], 0.25, 0.92
    )
    humidity = np.where(celsius < 0.0, np.maximum(humidity, 0.68), humidity)
    exposure = (
        2.6
        + 1.6 * np.exp(-geo.coast_km / 250.0)
        + 1.0 * np.exp(-(((np.abs(lat) - 52.0) / 12.0) ** 2))
    )
    winter = np.where(lat >= 0.0, 20.0, 200.0)
    wind = exposure[:, None] * (1.0 + 0.15 * _season(winter) * (np.abs(lat) / 60.0)[:, None])
    return Climate(temperature, rain, wet, solar, humidity, wind, pressure, continentality)
