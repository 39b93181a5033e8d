"""Worlds of single places, and the maps of a world."""

from __future__ import annotations

import numpy as np
import pytest

from phase_elm.world import WorldConfig, build_world, write_world
from phase_elm.world.digest import cell_digests
from phase_elm.world.maps import PLANTS, dominant_group, plot_world
from phase_elm.world.sites import read_sites

MANAUS, FAIRBANKS, PARIS = (-2.6, -60.2), (64.9, -147.7), (48.5, 2.2)


def test_sites_are_read_with_heading_remarks_and_either_separator(tmp_path):
    path = tmp_path / "sites.csv"
    path.write_text("lat, lon, name\n\n# tropics\n-2.6, 299.8, Manaus\n64.9 -147.7 Fairbanks\n")
    assert read_sites(path) == ((-2.6, 299.8), FAIRBANKS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "holds no place"),
        ("lat,lon\n", "holds no place"),
        ("-2.6\n", "line 1"),
        ("lat,lon\n1.0,2.0\nnorth,3.0\n", "line 3"),
    ],
)
def test_what_is_no_place_is_named(tmp_path, text, told):
    path = tmp_path / "sites.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=told):
        read_sites(path)


@pytest.mark.parametrize(
    ("sites", "told"),
    [
        (((0.0, -30.0),), "sea"),
        ((PARIS, (75.0, -40.0)), "number 2"),  # Greenland's ice
        (((95.0, 0.0),), "degrees north"),
        ((PARIS, PARIS), "different places"),
    ],
)
def test_places_that_cannot_be_are_refused(sites, told):
    with pytest.raises(ValueError, match=told):
        build_world(WorldConfig(sites=sites))


def test_a_site_has_the_same_climate_and_weather_in_any_list():
    alone = build_world(WorldConfig(sites=(FAIRBANKS,)))
    east = (FAIRBANKS[0], FAIRBANKS[1] + 360.0)
    among = build_world(WorldConfig(sites=(MANAUS, PARIS, east)))
    assert among.ncell == 3
    np.testing.assert_allclose(among.weather.TBOT[:, 2], alone.weather.TBOT[:, 0], rtol=1e-9)
    np.testing.assert_allclose(among.pft[:, 2], alone.pft[:, 0], rtol=1e-9)
    mean = among.climate.annual_temperature_c
    assert mean[0] > 24.0
    assert 7.0 < mean[1] < 15.0
    assert mean[2] < 0.0
    assert among.pft[4, 0] > 0.5  # the rain forest


def test_sites_are_written_like_any_world(tmp_path):
    made = build_world(WorldConfig(sites=(MANAUS, PARIS)))
    assert len(write_world(made, tmp_path)) == 5
    assert len(set(cell_digests(tmp_path))) == 2


def test_the_largest_group_of_plants():
    shares = np.zeros((17, 3))
    shares[0] = (1.0, 0.9, 0.2)
    shares[[9, 10], 1] = 0.05
    shares[4, 2], shares[14, 2] = 0.3, 0.5
    names = [PLANTS[index][0] for index in dominant_group(shares)]
    assert names == ["bare", "shrubs", "C4 grass"]
    assert sorted(kind for _, kinds, _ in PLANTS for kind in kinds) == list(range(17))


@pytest.mark.parametrize("config", [{"grid": "12x15"}, {"sites": (MANAUS, PARIS)}])
def test_maps_are_drawn(tmp_path, config):
    path = plot_world(build_world(WorldConfig(**config)), tmp_path / "maps" / "world.png")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert not list(path.parent.glob("*.partial"))
