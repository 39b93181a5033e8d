"""Spinning up to the criterion, with a stand-in for the model."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr
from truth_cases import NCELL, GrowingModel, OneRank
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.report.drift import Criterion
from phase_elm.schema import load_schema
from phase_elm.truth import Curve, CurveError, SpinupConfig, read_curve, run_spinup
from phase_elm.truth.gather import state_names
from phase_elm.world import WorldConfig, build_world, write_world


@pytest.fixture(autouse=True)
def stand_in(tmp_path):
    world = build_world(WorldConfig(grid="12x15", seed=1, max_cells=NCELL))
    write_world(world, tmp_path / "world")
    GrowingModel.world, GrowingModel.starts = world, []
    GrowingModel.stop_at, GrowingModel.rests_at = None, None
    yield
    GrowingModel.stop_at, GrowingModel.rests_at = None, None


def config(tmp_path, **entries):
    defaults = {
        "world": tmp_path / "world",
        "out": tmp_path / "out.nc",
        "protocol": "native",
        "extra_years": 40,
        "max_years": 400,
        "checkpoint_years": 40,
    }
    return SpinupConfig(**{**defaults, **entries})


def test_native_runs_until_the_criterion_holds_and_on(tmp_path):
    GrowingModel.rests_at = 100
    path = run_spinup(config(tmp_path), OneRank(), GrowingModel)
    schema = load_schema()
    with xr.open_dataset(path) as head:
        # At rest from year 100 on; the cycle 101 to 120 is the first that shows it.
        assert head.attrs["criterion_met_year"] == 120
        assert head.attrs["years"] == 160
        assert head.attrs["spinup"] == "native"
        assert head.attrs["protocol"] == "cold"
        assert (head["drift_TOTECOSYSC"] == 0.0).all()
        np.testing.assert_array_equal(head["cycle_year"], np.arange(0, 161, 20))
    with xr.open_dataset(path, group="observed") as observed:
        assert float(observed["leafc"][0, 1]) == 20.0
    with xr.open_dataset(path, group="equilibrium") as state:
        assert set(state.data_vars) == set(state_names(schema))
        assert float(state["leafc"][0, 1]) == 100.0


def test_the_accelerated_protocol_leaves_and_goes_on_in_normal_mode(tmp_path):
    GrowingModel.rests_at = 30
    settings = config(tmp_path, protocol="accelerated", accelerated_years=60)
    path = run_spinup(settings, OneRank(), GrowingModel)
    first = (settings.folder / "lnd_in_accelerated").read_text()
    then = (settings.folder / "lnd_in_normal").read_text()
    for word in ("spinup_state = 1", "spinup_mortality_factor = 10.0", "nyears_supl = 20"):
        assert word in first
    for word in (
        "spinup_state = 0",
        "spinup_mortality_factor = 10.0",
        "nyears_supl = 0",
        "start_type = 'startup'",
        "accelerated.elm.r.0061-01-01-00000.nc",
    ):
        assert word in then
    with xr.open_dataset(path) as head:
        assert head.attrs["protocol"] == "accelerated"
        assert head.attrs["accelerated_years"] == 60
        # Years of both parts count; the normal part is at rest from its year 30 on.
        assert head.attrs["criterion_met_year"] == 60 + 60
        assert head.attrs["years"] == 160
        np.testing.assert_array_equal(head["cycle_mode"], [1, 1, 1, 1, 0, 0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    ("protocol", "stop_at", "again"),
    [("native", 130, [0, 120]), ("accelerated", 70, [0, 0, 60]), ("accelerated", 50, [0, 40, 0])],
)
def test_an_interrupted_run_goes_on(tmp_path, protocol, stop_at, again):
    GrowingModel.rests_at = 100
    entries = {"protocol": protocol, "accelerated_years": 60}
    whole = run_spinup(config(tmp_path, **entries), OneRank(), GrowingModel)
    GrowingModel.starts = []
    settings = config(tmp_path, out=tmp_path / "again.nc", **entries)
    GrowingModel.stop_at = stop_at
    with pytest.raises(KeyboardInterrupt):
        run_spinup(settings, OneRank(), GrowingModel)
    assert not settings.out.exists()
    GrowingModel.stop_at = None
    path = run_spinup(settings, OneRank(), GrowingModel)
    assert GrowingModel.starts == again
    for group in (None, "observed", "equilibrium"):
        with xr.open_dataset(path, group=group) as found, xr.open_dataset(whole, group=group) as o:
            assert found.identical(o)


def test_a_run_that_never_rests_ends_and_says_so(tmp_path):
    path = run_spinup(config(tmp_path, max_years=100), OneRank(), GrowingModel)
    with xr.open_dataset(path) as head:
        assert head.attrs["criterion_met_year"] == 0
        assert head.attrs["years"] == 100
    rows = read_curve(path).rows()
    assert [row.year for row in rows] == [40, 60, 80, 100]
    assert rows[0].holding == "area, TOTECOSYSC, TOTSOMC, TOTVEGC"
    assert rows[0].area_at_rest == 0.0
    assert [row.closure for row in rows] == [pytest.approx(1.0e-16 * row.year) for row in rows]


def curve_of(shares):
    """A curve whose columns come to rest one after the other."""
    area = np.array([60.0, 30.0, 10.0])
    curve = Curve(area, Criterion(area_share=0.9))
    total = np.zeros(3)
    for index, moving in enumerate(shares):
        total = total + 40.0 * np.array(moving, dtype=float)
        state = dict.fromkeys(("TOTECOSYSC", "TOTSOMC", "TOTVEGC", "TOTLITC", "CWDC"), total)
        fluxes = {"GPP": np.full(3, np.nan if index == 0 else 500.0), "TLAI": np.ones(3)}
        curve.add(20 * index, 0, {**state, **fluxes})
    return curve


def test_the_criterion_needs_the_area_and_every_global_limit():
    curve = curve_of([(0, 0, 0), (1, 1, 1), (0, 1, 1), (0, 0, 1), (0, 0, 0)])
    shares = [row.area_at_rest for row in curve.rows()]
    np.testing.assert_allclose(shares, [0.6, 0.9, 1.0])
    # Ten of a hundred square kilometres gain 2 gC/m2/yr: more than the global limit for them.
    assert [row.met for row in curve.rows()] == [False, False, True]
    assert curve.rows()[1].holding == "TOTECOSYSC, TOTSOMC, TOTVEGC"
    assert curve.met_year == 80
    assert curve.until(60).met_year is None


def test_the_command_shows_the_curve(tmp_path):
    curve = curve_of([(0, 0, 0), (1, 1, 1), (0, 1, 1), (0, 0, 0)])
    (tmp_path / "run").mkdir()
    curve.write(tmp_path / "run" / "curve.nc")
    figure, document = tmp_path / "curve.png", tmp_path / "curve.json"
    words = ["truth", "curve", str(tmp_path / "run"), "--out", str(figure), "--json", str(document)]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "first met in year 60" in result.output
    assert figure.read_bytes().startswith(b"\x89PNG")
    written = json.loads(document.read_text())["run"]
    assert written["met_year"] == 60
    assert [cycle["year"] for cycle in written["cycles"]] == [40, 60]


def test_a_file_without_a_curve_is_refused(tmp_path):
    path = tmp_path / "other.nc"
    xr.Dataset({"lat": ("column", [1.0])}).to_netcdf(path)
    with pytest.raises(CurveError, match="holds no spin-up curve"):
        read_curve(path)
    with pytest.raises(CurveError, match="no such file"):
        read_curve(tmp_path / "none.nc")


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ({"accelerated_years": 40}, "accelerated_years"),
        ({"accelerated_years": 70}, "multiple of the forcing cycle"),
        ({"checkpoint_years": 30}, "multiple of the forcing cycle"),
        ({"supply_years": 0}, "supply_years"),
        ({"protocol": "accelerated", "max_years": 240}, "expected at least 280, found 240"),
        ({"area_share": 1.5}, "area_share"),
    ],
)
def test_bad_settings_are_named(tmp_path, entries, word):
    with pytest.raises(ValueError, match=word):
        config(tmp_path, **entries)
