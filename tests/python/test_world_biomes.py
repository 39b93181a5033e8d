"""Climates, vegetation and soils a geographer would accept."""

from __future__ import annotations

import numpy as np
import pytest

from phase_elm.world import climate, geography, soils, vegetation

PLACES = {
    # lon, lat, annual T (C), annual rain (mm)
    "Manaus": (-60.0, -3.0, (24, 28), (1500, 3000)),
    "Congo": (22.0, 0.0, (23, 28), (1300, 2400)),
    "Sahara": (10.0, 24.0, (19, 29), (0, 120)),
    "Sahel": (2.0, 12.5, (24, 31), (350, 1000)),
    "Assam": (92.0, 25.0, (18, 26), (1200, 4000)),
    "Berlin": (13.0, 52.0, (6, 11), (450, 950)),
    "Yakutsk": (129.0, 62.0, (-14, -5), (150, 450)),
    "Norilsk": (92.0, 69.0, (-15, -6), (150, 600)),
    "Ohio": (-83.0, 40.0, (8, 14), (550, 1300)),
    "Gobi": (104.0, 43.0, (0, 9), (30, 300)),
    "Tibet": (88.0, 33.0, (-8, 2), (20, 500)),
    "Oregon coast": (-123.0, 45.0, (8, 14), (900, 2600)),
    "Atacama": (-69.5, -23.0, (0, 20), (0, 150)),
    "central Australia": (133.0, -25.0, (17, 25), (50, 350)),
}


@pytest.fixture(scope="module")
def described():
    lon = np.array([place[0] for place in PLACES.values()])
    lat = np.array([place[1] for place in PLACES.values()])
    geo = geography.describe(lon, lat, np.ones(len(lon)))
    sky = climate.climatology(lon, lat, geo)
    pft = vegetation.pft_fractions(lon, lat, sky)
    ground = soils.describe_soil(lon, lat, geo, sky, np.zeros((6, len(lon))))
    return list(PLACES), sky, pft, ground


@pytest.mark.parametrize("name", PLACES)
def test_annual_temperature_and_rain(described, name):
    names, sky, _, _ = described
    index = names.index(name)
    _, _, (cold, warm), (dry, wet) = PLACES[name]
    assert cold <= sky.annual_temperature_c[index] <= warm
    assert dry <= sky.annual_precipitation_mm[index] <= wet


def test_siberia_has_the_widest_seasons(described):
    names, sky, _, _ = described
    seasons = sky.warmest_c - sky.coldest_c
    assert seasons[names.index("Yakutsk")] > 45
    assert seasons[names.index("Manaus")] < 6
    assert seasons[names.index("Yakutsk")] > seasons[names.index("Berlin")] + 20


def test_monsoon_rain_falls_in_summer(described):
    names, sky, _, _ = described
    for name in ("Assam", "Sahel"):
        rain = sky.precipitation[names.index(name)]
        assert rain[5:9].sum() > 0.6 * rain.sum()


def test_winter_rain_on_mediterranean_coasts():
    lon, lat = np.array([-8.0, -121.0, 117.0]), np.array([37.5, 37.0, -33.0])
    geo = geography.describe(lon, lat, np.ones(3))
    rain = climate.climatology(lon, lat, geo).precipitation
    winter = np.array([[11, 0, 1], [11, 0, 1], [5, 6, 7]])
    summer = np.array([[5, 6, 7], [5, 6, 7], [11, 0, 1]])
    for place in range(3):
        assert rain[place, winter[place]].sum() > 1.5 * rain[place, summer[place]].sum()


def test_dominant_vegetation(described):
    names, _, pft, _ = described
    share = {name: pft[:, index] for index, name in enumerate(names)}
    assert share["Sahara"][0] > 0.85
    assert share["Gobi"][0] > 0.3
    for rainforest in ("Manaus", "Congo"):
        assert share[rainforest][4] + share[rainforest][6] > 0.6
    assert share["Sahel"][14] > 0.3
    assert share["Yakutsk"][3] == share["Yakutsk"][[1, 2, 3, 4, 5, 6, 7, 8]].max() > 0.2
    tundra = share["Norilsk"]
    assert tundra[11] + tundra[12] > 0.9 * (1.0 - tundra[0]) > 0.2
    assert share["Berlin"][7] > 0.1
    assert share["Berlin"][4] == 0.0


def test_shares_sum_to_one_and_small_ones_are_dropped(described):
    _, _, pft, _ = described
    np.testing.assert_allclose(pft.sum(axis=0), 1.0, atol=1e-12)
    plants = pft[1:]
    assert np.all((plants == 0.0) | (plants > 0.5 * vegetation.SMALLEST_SHARE))


def test_soil_orders_follow_climate(described):
    names, _, _, ground = described
    order = {
        name: soils.ORDER_NAMES[number - 1]
        for name, number in zip(names, ground.order, strict=True)
    }
    assert order["Norilsk"] == "Gelisols"
    assert order["Sahara"] in {"Aridisols", "Entisols"}
    assert order["Manaus"] == "Oxisols"


def test_old_soils_hold_less_primary_phosphorus(described):
    names, _, _, ground = described
    assert ground.apatite[names.index("Manaus")] < 20 < ground.apatite[names.index("Gobi")]
    assert ground.occluded[names.index("Manaus")] > ground.occluded[names.index("Yakutsk")]


def test_nitrogen_falls_on_industry():
    lon, lat = np.array([8.0, 115.0, 100.0, -60.0]), np.array([50.0, 32.0, 66.0, -3.0])
    geo = geography.describe(lon, lat, np.ones(4))
    sky = climate.climatology(lon, lat, geo)
    found = soils.describe_soil(lon, lat, geo, sky, np.zeros((6, 4))).nitrogen_deposition
    assert found[:2].min() > 0.5
    assert found[2:].max() < 0.3


def test_fire_is_a_savanna_matter(described):
    names, sky, _, _ = described
    fire = vegetation.fire_fraction(sky)
    assert fire.min() >= 0.0
    assert fire.max() <= 0.02
    assert fire[14, names.index("Sahel")] > 0.008
    for name in ("Sahara", "Norilsk", "Oregon coast"):
        assert fire[14, names.index(name)] < 0.004


def test_climate_is_smooth():
    lon = np.linspace(20.0, 60.0, 81)
    lat = np.full(81, 54.0)
    geo = geography.describe(lon, lat, np.ones(81))
    sky = climate.climatology(lon, lat, geo)
    assert np.abs(np.diff(sky.annual_temperature_c)).max() < 1.0
    assert np.abs(np.diff(np.log(sky.annual_precipitation_mm))).max() < 0.15
