"""Held-out regions and the choice of cells."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from phase_elm.world import Subset, WorldConfig, build_world, split


@pytest.fixture(scope="module")
def worlds():
    config = {"grid": "6x7.5", "seed": 2}
    return {
        subset: build_world(WorldConfig(subset=subset, **config))
        for subset in (Subset.all, Subset.train, Subset.heldout)
    }


def test_train_and_held_out_share_nothing_and_make_up_all(worlds):
    train, held = set(worlds[Subset.train].gid), set(worlds[Subset.heldout].gid)
    assert not train & held
    assert train | held == set(worlds[Subset.all].gid)


def test_no_region_is_on_both_sides(worlds):
    assert not set(worlds[Subset.train].region) & set(worlds[Subset.heldout].region)


def test_about_a_fifth_is_held_out(worlds):
    share = (worlds[Subset.all].split == split.HELD_OUT).mean()
    assert 0.12 < share < 0.32


def test_held_out_cells_span_the_climates(worlds):
    mean = worlds[Subset.heldout].climate.annual_temperature_c
    rain = worlds[Subset.heldout].climate.annual_precipitation_mm
    assert mean.min() < -5
    assert mean.max() > 24
    assert rain.max() > 1500


@given(
    lon=st.floats(-180, 180, exclude_max=True, allow_subnormal=False),
    lat=st.floats(-60, 85),
    turns=st.integers(-2, 2),
)
def test_the_side_depends_on_the_block_alone(lon, lat, turns):
    region = split.region_id(np.array([lon]), np.array([lat]))
    corner_lat = np.floor((lat + 90) / split.BLOCK_LAT_DEG) * split.BLOCK_LAT_DEG - 90
    corner_lon = np.floor((lon + 180) / split.BLOCK_LON_DEG) * split.BLOCK_LON_DEG - 180
    centre = split.region_id(
        np.array([corner_lon + split.BLOCK_LON_DEG / 2]), np.array([corner_lat + 10.0])
    )
    assert region == centre
    whole_turns = split.region_id(np.array([np.floor(lon) + 0.5 + 360.0 * turns]), np.array([lat]))
    assert whole_turns == split.region_id(np.array([np.floor(lon) + 0.5]), np.array([lat]))


def test_max_cells_draws_by_area_over_the_whole_world(worlds):
    few = build_world(WorldConfig(grid="6x7.5", seed=2, max_cells=40))
    assert few.ncell == 40
    assert len(set(few.gid)) == 40
    assert set(few.gid) <= set(worlds[Subset.all].gid)
    assert few.lat.max() > 50
    assert few.lat.min() < -20


def test_few_cells_are_desert(worlds):
    bare = worlds[Subset.all].pft[0]
    assert 0 < (bare > 0.95).sum() < 0.06 * len(bare)
