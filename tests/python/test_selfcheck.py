"""The long check of budgets and the benchmark, with stand-ins for the model and the programs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from phase_elm.selfcheck import (
    BenchConfig,
    ClosureConfig,
    CostConfig,
    bench,
    plugin_cost,
    run_bench,
    run_closure,
    run_cost,
)
from phase_elm.selfcheck.bench import Measurement, four_plants
from phase_elm.selfcheck.plugin_cost import Timed
from phase_elm.world import WorldConfig, build_world, write_world


class OneRank:
    rank = 0

    def bcast(self, value, root):
        return value

    def allgather(self, value):
        return [value]


class LeakyModel:
    """Its nitrogen leaks in one year."""

    leak_year, starts, stop_at = None, [], None

    def __init__(self, comm, namelist):
        self.folder = Path(namelist).parent
        text = Path(namelist).read_text()
        self.year = int(text.split(".elm.r.")[1][:4]) - 1 if ".elm.r." in text else 0
        self.starts.append(self.year)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def field(self, name):
        return np.zeros(7)

    def run_years(self, n):
        self.year += n
        if self.year == self.stop_at:
            raise KeyboardInterrupt
        if self.year % 10 == 0:
            (self.folder / f"closure.elm.r.{self.year + 1:04d}-01-01-00000.nc").touch()

    def closure(self):
        leak = 3e-9 if self.year == self.leak_year else 2e-15
        return {"C": 1e-15, "N": leak, "P": 1e-15, "P_all": 6e-15}


@pytest.fixture
def world(tmp_path):
    write_world(build_world(WorldConfig(grid="12x15", seed=1, max_cells=3)), tmp_path / "world")
    LeakyModel.leak_year, LeakyModel.starts, LeakyModel.stop_at = None, [], None
    return tmp_path / "world"


def test_budgets_that_close(world, tmp_path):
    config = ClosureConfig(world=world, out=tmp_path / "c.json", mode="accelerated", years=25)
    result = run_closure(config, OneRank(), LeakyModel)
    assert result == json.loads(config.out.read_text())
    assert result["closed"]
    assert result["columns"] == 7
    assert result["worst"]["P_all"] == 6e-15
    text = (config.folder / "lnd_in").read_text()
    assert "spinup_state = 1" in text
    assert "spinup_mortality_factor = 10.0" in text


def test_a_leak_is_found_and_dated_over_an_interruption(world, tmp_path):
    config = ClosureConfig(world=world, out=tmp_path / "c.json", years=45, checkpoint_years=10)
    LeakyModel.leak_year, LeakyModel.stop_at = 17, 38
    with pytest.raises(KeyboardInterrupt):
        run_closure(config, OneRank(), LeakyModel)
    LeakyModel.stop_at = None
    result = run_closure(config, OneRank(), LeakyModel)
    assert LeakyModel.starts == [0, 30]
    assert not result["closed"]
    assert result["worst"]["N"] == 3e-9
    assert result["worst_year"]["N"] == 17


def test_a_value_that_is_no_number_does_not_pass(world, tmp_path, monkeypatch):
    nothing = dict.fromkeys("CN", float("nan")) | {"P": 0.0, "P_all": 0.0}
    monkeypatch.setattr(LeakyModel, "closure", lambda self: nothing)
    config = ClosureConfig(world=world, out=tmp_path / "c.json", years=3)
    assert not run_closure(config, OneRank(), LeakyModel)["closed"]


def test_bench_columns_have_four_plant_types():
    shares = np.zeros((17, 3))
    shares[[0, 2, 5], 0] = [50.0, 30.0, 20.0]
    shares[1:8, 1] = [40, 20, 10, 10, 8, 7, 5]
    shares[0, 2] = 100.0
    found = four_plants(shares)
    np.testing.assert_array_equal((found > 0).sum(axis=0), [4, 4, 4])
    np.testing.assert_array_equal(found.sum(axis=0), 100.0)
    np.testing.assert_array_equal(found[0], 0.0)
    assert found[2, 0] == 40.0
    assert found[5, 0] == 30.0


def test_the_bench_draws_its_conclusions(tmp_path, monkeypatch):
    seen = []

    def run(world, columns, years, ranks, folder):
        with xr.open_dataset(world / "surfdata.nc") as surface:
            seen.append((surface.sizes["gridcell"], ranks))
        with xr.open_dataset(world / "forcing.nc", decode_times=False) as weather:
            assert weather.sizes["time"] == 730
        return Measurement(
            columns, ranks, 300.0 * ranks, 20.0 + 0.25 * columns if ranks == 1 else 0
        )

    monkeypatch.setattr(bench, "_run", run)
    result = run_bench(BenchConfig(columns=(3, 6, 12), work=tmp_path / "bench"))
    assert seen == [(3, 1), (6, 1), (12, 1), (12, 2)]
    assert result.speed_per_core == 300.0
    assert result.parallel_ratio == 2.0
    assert result.memory_kb_per_column == pytest.approx(256.0)
    assert result.memory_deviation == pytest.approx(0.0, abs=1e-9)


def test_the_cost_is_that_of_the_years(tmp_path, monkeypatch):
    """A year takes 1 s, the plugin 0.03 s to observe and 0.002 s to watch it, a jump 0.5 s."""
    order = []

    def run(world, config, on, folder):
        order.append(folder.name)
        year = np.arange(1, config.years + 1)
        inside = np.where(year <= 20, 0.03, 0.002)
        inside[20] += 0.5
        return Timed(year, 1.0 + on * inside, on * inside, 0.5 * on)

    monkeypatch.setattr(plugin_cost, "_run", run)
    config = CostConfig(columns=10, cells=5, pairs=2, work=tmp_path / "cost")
    result = run_cost(config)
    assert order == ["off1", "on1", "on2", "off2"]
    assert result.observing.share == pytest.approx(0.03)
    assert result.observing.share_by_pairs == pytest.approx(0.03)
    assert result.watching.share == pytest.approx(0.002)
    assert result.host_us_per_column_step == pytest.approx(1e5 / 365)
    assert result.observing.us_per_column_step == pytest.approx(3e3 / 365)
    assert result.jump_ms_per_column == pytest.approx(50.0)
    assert result.jump_share == pytest.approx(0.025)
    assert result.document()["polish_share"] == pytest.approx(0.055)
    assert result.document()["monitor_and_polish_share"] == pytest.approx(0.027)
