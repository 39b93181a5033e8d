"""Drift and the criterion, by hand and by property."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from phase_elm.report.drift import (
    VARIABLES,
    Criterion,
    annual_means,
    at_rest,
    certify,
    cycle_drifts,
    drift,
    settled_share,
)

finite = st.floats(-1.0e4, 1.0e4)
columns = hnp.arrays(float, st.integers(2, 12), elements=finite)


def quiet(ncell: int) -> dict[str, np.ndarray]:
    return {name: np.zeros(ncell) for name in VARIABLES}


def test_drift_by_hand():
    np.testing.assert_allclose(drift([100.0, 50.0], [140.0, 40.0], 20), [2.0, -0.5])


@pytest.mark.parametrize("years", [0, -20])
def test_a_window_must_have_length(years):
    with pytest.raises(ValueError, match="years"):
        drift([1.0], [2.0], years)


def test_states_must_have_the_same_columns():
    with pytest.raises(ValueError, match="shape"):
        drift([1.0], [2.0, 3.0], 20)


@given(first=columns, rate=finite, years=st.integers(1, 100))
def test_adding_a_trend_adds_its_rate(first, rate, years):
    np.testing.assert_allclose(
        drift(first, first + rate * years, years), np.full(len(first), rate), atol=1.0e-6, rtol=1e-9
    )


@given(values=columns)
def test_losing_counts_as_much_as_gaining(values):
    area = np.ones(len(values))
    gain = certify({**quiet(len(values)), "TOTECOSYSC": values}, area)
    loss = certify({**quiet(len(values)), "TOTECOSYSC": -values}, area)
    assert gain.area_at_rest == loss.area_at_rest
    assert gain.met == loss.met
    assert gain.variables["TOTECOSYSC"].total == pytest.approx(-loss.variables["TOTECOSYSC"].total)


@given(data=st.data(), values=columns)
def test_the_order_of_columns_does_not_matter(data, values):
    ncell = len(values)
    area = data.draw(hnp.arrays(float, ncell, elements=st.floats(1.0, 1.0e6)))
    order = np.array(data.draw(st.permutations(range(ncell))))
    straight = certify({**quiet(ncell), "TOTECOSYSC": values}, area)
    shuffled = certify({**quiet(ncell), "TOTECOSYSC": values[order]}, area[order])
    assert straight.cells_at_rest == shuffled.cells_at_rest
    assert straight.area_at_rest == pytest.approx(shuffled.area_at_rest)
    assert straight.variables["TOTECOSYSC"].total == pytest.approx(
        shuffled.variables["TOTECOSYSC"].total, abs=1.0e-12
    )


def test_area_share_by_hand():
    found = certify(
        {**quiet(4), "TOTECOSYSC": np.array([0.5, -0.9, 1.1, -30.0])},
        np.array([1.0, 2.0, 3.0, 4.0]),
    )
    assert found.area_at_rest == pytest.approx(0.3)
    assert found.cells_at_rest == 2


def test_the_limit_itself_is_at_rest_and_a_gap_is_not():
    np.testing.assert_array_equal(
        at_rest(np.array([1.0, -1.0, 1.0000001, np.nan]), 1.0), [True, True, False, False]
    )


def test_global_total_by_hand():
    # 0.5 gC/m2/yr over 1.3e8 km2 is 0.065 PgC/yr, too much; the area share would be met.
    found = certify({**quiet(1), "TOTECOSYSC": np.array([0.5])}, np.array([1.3e8]))
    assert found.variables["TOTECOSYSC"].total == pytest.approx(0.065)
    assert found.area_at_rest == 1.0
    assert not found.met


def test_the_global_limit_scales_with_the_area():
    criterion = Criterion()
    assert criterion.scaled_pg(1.3e8) == pytest.approx(0.02)
    assert criterion.scaled_pg(1.3e7) == pytest.approx(0.002)
    assert criterion.scaled_pg(1.5e8) == pytest.approx(0.02)


def test_leaf_area_is_judged_by_its_mean():
    found = certify({**quiet(2), "TLAI": np.array([0.05, -0.01])}, np.array([1.0, 1.0]))
    assert found.variables["TLAI"].total == pytest.approx(0.02)
    assert found.variables["TLAI"].met


def test_a_model_at_rest_is_certified_only_when_everything_was_measured():
    area = np.ones(3)
    assert certify(quiet(3), area).met
    partial = quiet(3)
    del partial["GPP"]
    assert not certify(partial, area).met


def test_certify_needs_the_ecosystem_total():
    with pytest.raises(ValueError, match="TOTECOSYSC"):
        certify({"GPP": np.zeros(2)}, np.ones(2))


@pytest.mark.parametrize("area", [np.zeros(2), np.array([1.0, -1.0])])
def test_areas_must_make_sense(area):
    with pytest.raises(ValueError, match="area_km2"):
        certify(quiet(2), area)


@pytest.mark.parametrize(
    "limits", [{"column": 0.0}, {"area_share": 1.2}, {"global_pg": -1.0}, {"tlai": 0.0}]
)
def test_limits_must_make_sense(limits):
    with pytest.raises(ValueError, match=next(iter(limits))):
        Criterion(**limits)


def test_settled_share_by_hand():
    before = np.array([5.0, -4.0, 0.2, 9.0])
    after = np.array([0.3, 0.4, 3.0, -2.0])
    share, settled, restless = settled_share(before, after, np.array([1.0, 1.0, 1.0, 2.0]), 1.0)
    assert (settled, restless) == (2, 3)
    assert share == pytest.approx(0.5)


def test_settled_share_is_not_defined_when_all_was_at_rest():
    share, settled, restless = settled_share(np.zeros(2), np.zeros(2), np.ones(2), 1.0)
    assert np.isnan(share)
    assert settled == restless == 0


def test_annual_mean_weighs_months_by_days():
    monthly = xr.DataArray(np.eye(12)[:, 1:2], dims=("time", "lndgrid"), name="GPP")
    assert annual_means(monthly).values[0, 0] == pytest.approx(28.0 / 365.0)


@given(level=finite, years=st.integers(1, 4))
def test_annual_mean_keeps_a_constant(level, years):
    monthly = xr.DataArray(np.full((12 * years, 2), level), dims=("time", "lndgrid"), name="X")
    found = annual_means(monthly)
    assert found.dims == ("year", "lndgrid")
    np.testing.assert_allclose(found.values, level)


def test_a_broken_year_is_refused():
    monthly = xr.DataArray(np.zeros((13, 1)), dims=("time", "lndgrid"), name="GPP")
    with pytest.raises(ValueError, match="13 months"):
        annual_means(monthly)


@given(rate=st.floats(-5, 5), seed=st.integers(0, 99))
def test_cycle_means_see_a_trend_through_the_weather(rate, seed):
    weather = np.tile(np.random.default_rng(seed).normal(0.0, 30.0, 20), 3)
    annual = xr.DataArray(
        (weather + rate * np.arange(60.0))[:, None], dims=("year", "lndgrid"), name="TOTECOSYSC"
    )
    np.testing.assert_allclose(cycle_drifts(annual, 20).values, rate, atol=1.0e-9)


def test_one_cycle_has_no_trend():
    annual = xr.DataArray(np.zeros((30, 1)), dims=("year", "lndgrid"), name="GPP")
    with pytest.raises(ValueError, match="two cycles"):
        cycle_drifts(annual, 20)
