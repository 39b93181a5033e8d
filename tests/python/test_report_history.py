"""Certificates from history files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import xarray as xr
from history_files import DAYS, cut, dataset, levels
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.report.drift import SECONDS_PER_YEAR, VARIABLES
from phase_elm.report.history import HistoryCertificate, certify_history, print_certificates
from phase_elm.report.record import Record

runner = CliRunner()
REFERENCE = os.environ.get("PHASE_ELM_REFERENCE", "")
SETTINGS = settings(max_examples=8, deadline=None)
CYCLE = 2


def ramp(years: int, rates: list[float]) -> np.ndarray:
    """A January-to-December level of each cell that rises by its rate from year to year."""
    return 1000.0 + np.repeat(np.arange(years), 12)[:, None] * np.array(rates)


def judge(folder: Path, values: dict[str, np.ndarray], area: list[float]) -> HistoryCertificate:
    return certify_history(cut(dataset(values, np.array(area)), folder, []), CYCLE)[-1]


def numbers(found: HistoryCertificate) -> dict[str, float]:
    """A verdict as plain numbers."""
    verdict = found.certificate
    flat = {"share": verdict.area_at_rest, "cells": verdict.cells_at_rest}
    for name, part in verdict.variables.items():
        flat |= {f"{name}.{key}": getattr(part, key) for key in ("total", "mean", "mean_absolute")}
    return flat


def test_by_hand(tmp_path):
    """Three cells of 4000, 1000 and 5000 km2 drift by 0.5, -2 and 0 gC/m2/yr over 20 years."""
    values = levels(21, 3)
    values["TOTECOSYSC"] = ramp(21, [0.5, -2.0, 0.0])
    values["TLAI"] = 2.0 + ramp(21, [0.03, 0.0, 0.0]) - 1000.0
    values["GPP"] = 500.0 + ramp(21, [0.0, 0.0, 4.0]) - 1000.0
    found = certify_history(cut(dataset(values, np.array([4e3, 1e3, 5e3])), tmp_path, []))[-1]
    verdict = found.certificate
    assert (found.first_year, found.last_year) == (1, 21)
    # at rest: the first and the third cell, 9000 of 10000 km2; 97 % would be needed
    assert verdict.area_at_rest == pytest.approx(0.9)
    assert verdict.cells_at_rest == 2
    # (4000 * 0.5 - 1000 * 2) km2 gC/m2/yr = 0; sizes (4000 * 0.5 + 1000 * 2) / 10000 = 0.4
    whole = verdict.variables["TOTECOSYSC"]
    assert whole.total == pytest.approx(0.0, abs=1e-15)
    assert whole.mean_absolute == pytest.approx(0.4)
    # 0.02 PgC/yr stand for 1.3e8 km2, so 10000 km2 may change by 1.538e-6 PgC/yr
    assert whole.limit == pytest.approx(0.02 * 1.0e4 / 1.3e8)
    assert whole.met
    # 5000e6 m2 * 4 gC/m2/yr/yr = 2e10 g = 2e-5 Pg, beyond its limit
    assert verdict.variables["GPP"].total == pytest.approx(2.0e-5)
    assert not verdict.variables["GPP"].met
    # leaf area: 0.03 * 4000 / 10000 = 0.012, within 0.02
    assert verdict.variables["TLAI"].total == pytest.approx(0.012)
    assert verdict.variables["TLAI"].met
    assert not verdict.met
    assert [(cell.cell, cell.area_km2) for cell in found.restless] == [(2, 1000.0)]
    assert found.restless[0].drift == pytest.approx(-2.0)


@pytest.mark.parametrize("monthly", [True, False])
@pytest.mark.parametrize(("grid", "cells"), [(None, 6), ((2, 3), 6), (None, 1)])
def test_a_resting_model_on_any_grid(tmp_path, monthly, grid, cells):
    values = levels(41, cells)
    if not monthly:
        values = {name: level[::12] for name, level in values.items()}
    lengths = None if monthly else np.full(41, 365)
    file = dataset(values, np.full(cells, 3000.0), lengths=lengths, grid=grid)
    found = certify_history(cut(file, tmp_path, [7, 11]))
    assert [item.last_year for item in found] == [21, 41]
    assert all(item.certificate.met for item in found)
    assert found[-1].certificate.ncell == cells


def test_daily_files_and_those_that_begin_a_step_early(tmp_path):
    """ELM's first mean has bounds from a step before the start, or is that step alone."""
    count = 365 * 3
    values = {name: np.full((count + 1, 2), 5.0) for name in VARIABLES}
    values["TOTECOSYSC"] += np.append([0], np.arange(count) // 365)[:, None] * 3.0
    lengths = np.append([1.0 / 24.0], np.ones(count))
    file = dataset(values, np.ones(2), lengths=lengths, first_day=-1.0 / 24.0)
    record = Record(cut(file, tmp_path, [400, 3]))
    assert record.years == [1, 2, 3]
    assert record.partial == [0]
    certificate = certify_history(sorted(tmp_path.glob("*.nc")), CYCLE)[-1].certificate
    assert certificate.variables["TOTECOSYSC"].mean == pytest.approx(3.0)


def test_months_count_by_their_days(tmp_path):
    values = levels(1, 2)
    values["TOTECOSYSC"] = np.tile(np.arange(12.0)[:, None], (1, 2))
    record = Record(cut(dataset(values, np.ones(2)), tmp_path, []))
    expected = (np.arange(12) * DAYS).sum() / 365.0
    np.testing.assert_allclose(record.annual(["TOTECOSYSC"], 1)["TOTECOSYSC"], expected)


def test_gpp_is_a_yearly_sum_whatever_its_units(tmp_path):
    file = dataset(levels(1, 2, 700.0), np.ones(2))
    assert float(file["GPP"][0, 0]) == pytest.approx(700.0 / SECONDS_PER_YEAR)
    paths = cut(file, tmp_path / "s", [])
    np.testing.assert_allclose(Record(paths).annual(["GPP"], 1)["GPP"], 700.0)
    file["GPP"] = file["GPP"] * SECONDS_PER_YEAR / 1000.0
    file["GPP"].attrs["units"] = "kgC/m^2/yr"
    paths = cut(file, tmp_path / "yr", [])
    np.testing.assert_allclose(Record(paths).annual(["GPP"], 1)["GPP"], 700.0)


rates = st.lists(st.floats(-5.0, 5.0), min_size=2, max_size=6)


@SETTINGS
@given(rates, st.floats(-50.0, 50.0), st.sampled_from(VARIABLES))
def test_a_trend_moves_the_drift_of_its_variable_and_nothing_else(rates, trend, name):
    area = [1000.0 + 100.0 * k for k in range(len(rates))]
    values = levels(2 * CYCLE + 1, len(rates), 50.0)
    values["TOTECOSYSC"] = ramp(2 * CYCLE + 1, rates)
    with TemporaryDirectory() as folder:
        before = judge(Path(folder) / "a", values, area)
        values[name] = values[name] + (ramp(2 * CYCLE + 1, [trend] * len(rates)) - 1000.0)
        after = judge(Path(folder) / "b", values, area)
    for other in VARIABLES:
        old, new = (item.certificate.variables[other].mean for item in (before, after))
        assert new == pytest.approx(old + (trend if other == name else 0.0), abs=1e-8)
    if name != "TOTECOSYSC":
        assert after.certificate.area_at_rest == before.certificate.area_at_rest


@SETTINGS
@given(rates, st.randoms(use_true_random=False))
def test_the_order_of_cells_says_nothing(rates, random):
    area = [1000.0 * (k + 1) for k in range(len(rates))]
    order = list(range(len(rates)))
    random.shuffle(order)
    values = levels(CYCLE + 1, len(rates))
    values["TOTECOSYSC"] = ramp(CYCLE + 1, rates)
    with TemporaryDirectory() as folder:
        before = judge(Path(folder) / "a", values, area)
        values = {name: level[:, order] for name, level in values.items()}
        after = judge(Path(folder) / "b", values, [area[k] for k in order])
    assert numbers(after) == pytest.approx(numbers(before), rel=1e-9, abs=1e-12)


@SETTINGS
@given(
    st.lists(st.integers(1, 30), max_size=5),
    st.randoms(use_true_random=False),
    st.floats(0.0, 100.0),
)
def test_neither_cutting_nor_order_of_files_nor_the_season_says_anything(sizes, random, season):
    values = levels(2 * CYCLE + 1, 3)
    values["TOTECOSYSC"] = ramp(2 * CYCLE + 1, [0.3, -4.0, 1.7])
    phase = np.tile(np.cos(2 * np.pi * np.arange(12) / 12), 2 * CYCLE + 1)[:, None]
    weather = np.resize([7.0, -3.0], 2 * CYCLE + 1).repeat(12)[:, None]
    with TemporaryDirectory() as folder:
        plain = judge(Path(folder) / "a", values, [1.0, 2.0, 3.0])
        values["TOTECOSYSC"] = values["TOTECOSYSC"] + season * phase + weather
        file = dataset(values, np.array([1.0, 2.0, 3.0]))
        whole = certify_history(cut(file, Path(folder) / "b", []), CYCLE)
        paths = cut(file, Path(folder) / "c", sizes)
        random.shuffle(paths)
        parts = certify_history(paths, CYCLE)
    assert [numbers(item) for item in parts] == [numbers(item) for item in whole]
    assert numbers(whole[-1]) == pytest.approx(numbers(plain), rel=1e-9, abs=1e-10)


def test_only_years_that_are_compared_are_read(tmp_path):
    values = levels(21, 2)
    for level in values.values():
        level[24:216] = np.nan
    found = certify_history(cut(dataset(values, np.ones(2)), tmp_path, [24, 60]))
    assert found[-1].certificate.met


def test_a_missing_value_is_not_at_rest(tmp_path):
    values = levels(CYCLE + 1, 3)
    values["TOTECOSYSC"][-1, 1] = 1.0e36
    found = judge(tmp_path, values, [1.0, 1.0, 1.0])
    assert found.unknown_cells == 1
    assert found.certificate.cells_at_rest == 2
    assert not found.certificate.met


def test_cells_without_land_or_plants_do_not_count(tmp_path):
    values = levels(CYCLE + 1, 4)
    for name, level in values.items():
        level[:, 1] = 0.0 if name != "TOTSOMC" else np.arange(len(level))  # bare soil
        level[:, 2] = np.nan if name == "GPP" else 1.0e36  # a lake
    found = judge(tmp_path, values, [5.0, 1.0, 1.0, 0.0])
    assert found.certificate.ncell == 1
    assert found.left_out == 2
    assert found.certificate.met


def test_without_areas_cells_count_alike(tmp_path):
    values = levels(CYCLE + 1, 2)
    values["TOTECOSYSC"] = ramp(CYCLE + 1, [0.0, 9.0])
    file = dataset(values, np.array([1.0, 99.0])).drop_vars(["area", "landfrac"])
    found = certify_history(cut(file, tmp_path, []), CYCLE)[-1]
    assert found.certificate.area_at_rest == 0.5


def test_a_variable_that_is_not_there_leaves_the_verdict_open(tmp_path):
    file = dataset(levels(CYCLE + 1, 2), np.ones(2)).drop_vars("TLAI")
    paths = cut(file, tmp_path, [])
    found = certify_history(paths, CYCLE)[-1]
    assert found.missing == ("TLAI",)
    assert not found.certificate.met
    done = runner.invoke(app, ["certify", *map(str, paths), "--cycle-years", str(CYCLE)])
    assert done.exit_code == 2
    assert "TLAI" in done.output


def test_exit_status_and_json(tmp_path):
    values = levels(CYCLE + 1, 2)
    resting = cut(dataset(values, np.ones(2)), tmp_path / "a", [])
    target = tmp_path / "out" / "c.json"
    options = ["--cycle-years", str(CYCLE), "--json", str(target)]
    done = runner.invoke(app, ["certify", *map(str, resting), *options])
    assert done.exit_code == 0, done.output
    assert json.loads(target.read_text())["cycles"][-1]["met"] is True
    values["TOTVEGC"] = ramp(CYCLE + 1, [1.0, 1.0])
    drifting = cut(dataset(values, np.ones(2)), tmp_path / "b", [])
    assert runner.invoke(app, ["certify", *map(str, drifting), *options]).exit_code == 2
    assert runner.invoke(app, ["certify", str(tmp_path / "none.nc")]).exit_code == 1


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda file: file.drop_vars("TOTECOSYSC"), "TOTECOSYSC"),
        (lambda file: file.drop_vars("time_bounds"), "time_bounds"),
        (lambda file: file.rename(lndgrid="pft"), "h0 files"),
        (lambda file: file.assign(area=file["area"] * 0.0), "nowhere positive"),
        (lambda file: file.isel(time=slice(0, 12)), "years -1 and 1"),
        (lambda file: file.isel(time=slice(0, 9)), "expected whole years"),
        (lambda file: file.assign(time_bounds=file["time_bounds"] * 20.0), "turn of the year"),
    ],
)
def test_files_that_cannot_be_judged_are_named(tmp_path, change, expected):
    file = change(dataset(levels(CYCLE + 1, 2), np.ones(2)))
    with pytest.raises(ValueError, match=expected):
        certify_history(cut(file, tmp_path, []), CYCLE)


def test_the_same_years_twice_are_refused(tmp_path):
    file = dataset(levels(CYCLE + 1, 2), np.ones(2))
    paths = cut(file, tmp_path / "a", []) + cut(file, tmp_path / "b", [6])
    with pytest.raises(ValueError, match="more than once"):
        certify_history(paths, CYCLE)


def test_other_grids_are_refused(tmp_path):
    one = cut(dataset(levels(2, 2), np.ones(2)), tmp_path / "a", [])
    other = cut(dataset(levels(1, 3), np.ones(3), first_day=730.0), tmp_path / "b", [])
    with pytest.raises(ValueError, match="cells"):
        certify_history(one + other, CYCLE)


def test_the_table_shows_the_verdict(tmp_path):
    files = cut(dataset(levels(21, 2), np.ones(2)), tmp_path, [])
    console = Console(record=True, width=80)
    print_certificates(certify_history(files), console)
    text = console.export_text()
    assert "100.0%" in text
    assert "At rest: 2 of 2 cells" in text


@pytest.mark.skipif(not REFERENCE, reason="PHASE_ELM_REFERENCE names no files of ELM")
def test_a_run_of_elm():
    """160 years of ELM after its own exit, judged here and by plain arithmetic."""
    files = sorted((Path(REFERENCE) / "later").glob("*.elm.h0.*.nc"))
    found = certify_history(files)
    assert [item.last_year for item in found] == list(range(40, 161, 20))
    years, area = {}, None
    for path in files:
        with xr.open_dataset(path, decode_times=False) as file:
            area = file["area"].values * file["landfrac"].values
            for k, ends in enumerate(file["time_bounds"].values):
                years[round(ends[1] / 365)] = file["TOTECOSYSC"].values[k].astype(float)
    drift = (years[160] - years[140]) / 20.0
    certificate = found[-1].certificate
    assert not certificate.met
    assert certificate.cells_at_rest == (np.abs(drift) <= 1.0).sum()
    assert certificate.area_at_rest == pytest.approx(area[np.abs(drift) <= 1.0].sum() / area.sum())
    expected = (drift * area).sum() * 1.0e-9
    assert certificate.variables["TOTECOSYSC"].total == pytest.approx(expected)
    observed = sorted((Path(REFERENCE) / "observed").glob("*.elm.h0.*.nc"))
    assert Record(observed).years == list(range(1, 21))
