"""What the demonstration reads back from a run."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from phase_elm.demo import results
from phase_elm.demo.case import Case, RunError
from phase_elm.demo.config import DemoConfig
from phase_elm.demo.reference import Reference
from phase_elm.report.drift import MONTH_DAYS, SECONDS_PER_YEAR, Criterion

NCELL = 3


def write_run(folder, years=41, rate=2.0, name="jump"):
    """A run whose stocks grow by ``rate`` a year on the month's first day, with a season."""
    folder.mkdir()
    season = np.cos(2 * np.pi * np.arange(12) / 12.0)
    for year in range(1, years + 1):
        file = xr.Dataset(coords={"time": np.arange(12.0)})
        time = year - 1 + np.arange(12) / 12.0
        level = (1000.0 + rate * time + 50.0 * season)[:, None] + np.zeros(NCELL)
        for stock in (*results.STOCKS,):
            file[stock] = (("time", "lndgrid"), level.astype(np.float32))
        per_second = (500.0 + 3.0 * year) / SECONDS_PER_YEAR
        file["GPP"] = (("time", "lndgrid"), np.full((12, NCELL), per_second))
        file["TLAI"] = (("time", "lndgrid"), np.full((12, NCELL), 2.0 + 0.01 * year))
        for number in range(1, 5):
            file[f"SOIL{number}C_vr"] = (
                ("time", "levdcmp", "lndgrid"),
                np.full((12, 10, NCELL), float(number)),
            )
        file.to_netcdf(folder / f"{name}.elm.h0.{year:04d}-02-01-00000.nc")
    return Case(folder, name, folder, years, 20, None)


def test_drifts_see_the_trend_and_not_the_season(tmp_path):
    case = write_run(tmp_path / "jump")
    drifts = results.read_history(case).drifts(21, 20)
    for name in ("TOTECOSYSC", "TOTSOMC", "TOTVEGC"):
        np.testing.assert_allclose(drifts[name], 2.0, rtol=1e-5)
    np.testing.assert_allclose(drifts["GPP"], 3.0, rtol=1e-5)
    np.testing.assert_allclose(drifts["TLAI"], 0.01, rtol=1e-5)


def test_january_holds_profiles_by_column_and_layer(tmp_path):
    january = results.read_history(write_run(tmp_path / "jump", years=2)).january
    assert january["soil"].dims == ("year", "column", "level")
    np.testing.assert_allclose(january["soil"], 10.0)


def test_annual_means_weigh_months(tmp_path):
    history = results.read_history(write_run(tmp_path / "jump", years=1, rate=0.0))
    season = 50.0 * np.average(np.cos(2 * np.pi * np.arange(12) / 12.0), weights=MONTH_DAYS)
    np.testing.assert_allclose(history.annual["TOTECOSYSC"], 1000.0 + season, rtol=1e-6)


def test_missing_years_are_reported(tmp_path):
    case = write_run(tmp_path / "jump", years=2)
    case.history()[0].unlink()
    with pytest.raises(RunError, match="expected 2 history files, found 1"):
        results.read_history(case)


def test_a_missing_field_is_named(tmp_path):
    case = write_run(tmp_path / "jump", years=1)
    (path,) = case.history()
    with xr.open_dataset(path) as file:
        less = file.drop_vars("TLAI").load()
    less.to_netcdf(path)
    with pytest.raises(RunError, match="TLAI"):
        results.read_history(case)


def test_same_state_is_bit_for_bit(tmp_path):
    state = xr.Dataset({"leafc": ("pft", np.array([1.0, 2.0]))})
    for name, change in (("a", 0.0), ("b", 0.0), ("c", 1.0e-15)):
        state.assign(leafc=state["leafc"] + change).to_netcdf(tmp_path / f"{name}.nc")
    assert results.same_state(tmp_path / "a.nc", tmp_path / "b.nc")
    assert not results.same_state(tmp_path / "a.nc", tmp_path / "c.nc")
    state.assign(frootc=state["leafc"]).to_netcdf(tmp_path / "d.nc")
    assert not results.same_state(tmp_path / "a.nc", tmp_path / "d.nc")


def write_plugin_files(folder, name, jumps):
    (folder / "phase_report.json").write_text(json.dumps({"jumps": jumps}))
    columns = xr.Dataset(
        {
            "gid": ("column", np.array([2, 1, 3])),
            "jumped": ("column", np.array([0.0, 1.0, 1.0])),
            "trust": ("column", np.array([0.2, 0.1, 0.3])),
            "drift_after": ("column", np.array([20.0, 10.0, 1.0e36])),
        }
    )
    columns["drift_after"].encoding["_FillValue"] = 1.0e36
    columns.to_netcdf(folder / f"{name}.phase.nc")


def test_plugin_results_come_in_the_models_order(tmp_path):
    case = Case(tmp_path, "jump", tmp_path, 41, 20, None)
    write_plugin_files(tmp_path, "jump", [{"year": 21}])
    found = results.read_plugin(case)
    np.testing.assert_array_equal(found.trust, [0.1, 0.2, 0.3])
    np.testing.assert_array_equal(found.jumped, [True, False, True])
    np.testing.assert_array_equal(found.drift_after, [10.0, 20.0, np.nan])
    assert found.jump["year"] == 21


def test_a_run_without_a_jump_is_an_error(tmp_path):
    case = Case(tmp_path, "jump", tmp_path, 41, 20, None)
    write_plugin_files(tmp_path, "jump", [])
    with pytest.raises(RunError, match="no jump"):
        _ = results.read_plugin(case).jump


def test_a_missing_plugin_report_is_named(tmp_path):
    with pytest.raises(RunError, match=r"phase_report\.json"):
        results.read_plugin(Case(tmp_path, "jump", tmp_path, 41, 20, None))


def test_a_failing_program_shows_the_end_of_its_log(tmp_path, monkeypatch):
    monkeypatch.setattr("phase_elm.demo.case.mpirun", lambda ranks: ["/bin/sh", "-c"])
    monkeypatch.setattr(
        "phase_elm.demo.case.find_program", lambda name: "echo ' year  1 '; echo lost; exit 3;"
    )
    case = Case(tmp_path / "run", "jump", tmp_path, 41, 20, None)
    years = []
    with pytest.raises(RunError, match=r"(?s)status 3.*lost"):
        case.run(1, years.append)
    assert years == [1]
    assert "lost" in (tmp_path / "run" / "run.log").read_text()


def test_fewer_years_than_two_cycles_and_one_are_refused():
    with pytest.raises(ValueError, match="41"):
        DemoConfig(years=40)


AREA = np.array([1.0, 1.0, 2.0])


def reference_state(native=True):
    """A reference at 1000 gC/m2 in each stock; the native run is 300 below in the last column."""
    state = xr.Dataset(attrs={"years": 440, "observe_years": 20, "supply_years": 20, "jumps": 20})
    level = np.full(NCELL, 1000.0, dtype=np.float32)
    for name in results.STOCKS:
        state[name] = ("column", level)
        state[f"drift_{name}"] = ("column", np.array([0.5, -3.0, 0.25], dtype=np.float32))
        if native:
            below = level - np.array([0.0, 0.0, 300.0], dtype=np.float32)
            state[f"native_{name}"] = ("column", below)
            state[f"native_drift_{name}"] = ("column", np.array([2.0, 2.0, 0.5], dtype=np.float32))
            state.attrs["native_years"] = 2000
    return Reference(state)


def test_the_reference_says_how_it_was_made():
    part = reference_state().part(AREA, Criterion())
    assert (part.years, part.supply_years, part.jumps) == (440, 20, 20)
    assert part.untouched_years == 40
    assert part.area_at_rest == pytest.approx(0.75)
    assert part.mean_absolute_drift == pytest.approx(1.0)
    plain = reference_state()
    plain.state.attrs["jumps"] = np.int32(0)
    part = plain.part(AREA, Criterion())
    assert (part.jumps, part.untouched_years) == (0, 420)


def test_errors_are_distances_from_the_reference(tmp_path):
    january = results.read_history(write_run(tmp_path / "jump", years=2, rate=0.0)).january
    (first, *_) = reference_state().errors({"jump": january, "no_jump": january}, (1,), AREA)
    assert first.variable == "TOTECOSYSC"
    assert first.jump.bias == pytest.approx(50.0)
    assert first.jump.rmse == pytest.approx(50.0)
    assert first.no_jump.normalised == pytest.approx(0.05)


def test_the_native_run_is_compared_with_the_reference():
    part = reference_state().native_part(AREA, Criterion())
    assert part.years == 2000
    assert part.area_at_rest == pytest.approx(0.5)
    assert part.mean_absolute_drift == pytest.approx(1.25)
    assert set(part.distance) == set(results.STOCKS)
    assert part.distance["CWDC"].bias == pytest.approx(-150.0)
    assert part.distance["CWDC"].rmse == pytest.approx(300.0 / np.sqrt(2.0))
    assert reference_state(native=False).native_part(AREA, Criterion()) is None


def test_a_missing_reference_gives_the_reason_and_no_numbers(tmp_path):
    found = Reference.load(tmp_path / "none.nc", tmp_path)
    assert "none.nc" in found.absent
    assert found.errors({}, (21,), AREA) is None
    assert found.part(AREA, Criterion()) is None
    assert found.native_part(AREA, Criterion()) is None
