"""minielm's own files hold what the plugin sees: fused and predicted offline, it is the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from support import CASE, OBSERVE_YEARS, python, surrogate

from phase_elm.demo.config import DemoConfig
from phase_elm.fuse import FuseConfig, fuse
from phase_elm.fuse.subgrid import read_subgrid
from phase_elm.predict import PredictConfig, predict
from phase_elm.schema import load_schema
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, write_namelist

pytestmark = pytest.mark.compiled

SHIPPED = DemoConfig().artifact
SINGLE = 1.0e-6  # history files hold single precision
SLOW = 5.0e-4  # slow pools: the plugin takes every fifth day's value into the mean
PACED = 3.0e-3  # what varies little from day to day, and deep layers, enter every few days
PACED_NAMES = re.compile("ALTMAX|H2OSNO|(LEAF|FROOT)C|PFT_TLAI|TLAI|TWS|N(DEP|FIX)_TO_SMINN")
SLOW_POOLS = re.compile("CWDC_vr|SOIL[234]C_vr|(LIVE|DEAD)(STEM|CROOT)C")
FIRST_DAY = 0.06  # the plugin looks at the end of the window's first day, a restart at its start
BUDGET = 5.0e-3  # inputs from the budget of a pool, where no restart tells how the window began
BUDGET_WITH_START = 5.0e-4
SAME = 1.0e-9  # one graph in two processes, the rules in two languages
JUMP = 1.0e-2  # what these differences make of the predicted pools (mineral N the most)


@dataclass(frozen=True)
class Observed:
    """A run with history, what the plugin saw in its last window, and the world it ran on."""

    folder: Path
    world: Path
    windows: int

    @property
    def restarts(self) -> list[Path]:
        return sorted(self.folder.glob("*.elm.r.*.nc"))

    def seen(self) -> dict[str, np.ndarray]:
        with np.load(self.folder / "seen.npz") as file:
            return {name[5:]: file[name] for name in file.files if name.startswith("seen_")}

    def arguments(self, out: Path) -> dict[str, object]:
        start = {"start_restart": self.restarts[-2]} if self.windows > 1 else {}
        return {
            "out": out,
            "restart": self.restarts[-1],
            "history": tuple(self.folder.glob("*.elm.h?.*.nc")),
            "surface": self.world / "surfdata.nc",
            "parameters": self.world / "clm_params.nc",
            **start,
        }


@pytest.fixture(scope="module", params=[1, 2], ids=["first window", "second window"])
def observed(
    request: pytest.FixtureRequest,
    world: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Observed:
    folder = tmp_path_factory.mktemp("observed")
    years = OBSERVE_YEARS * request.param
    elm = ElmNamelist.for_world(
        world, caseid=CASE, nyears_supl=OBSERVE_YEARS, stop_n=years, rest_n=OBSERVE_YEARS
    )
    phase = surrogate(SHIPPED, phase_start_year=years - OBSERVE_YEARS + 1)
    path = write_namelist(folder / "lnd_in", elm, PhaseNamelist(**phase))
    run = python(
        "observe.py", path, SHIPPED, folder / "seen.npz", str(request.param), folder=folder
    )
    assert run.status == 0, run.text
    return Observed(folder, world, request.param)


def test_fused_files_are_what_the_plugin_packed(observed: Observed, tmp_path: Path) -> None:
    path = fuse(FuseConfig(**observed.arguments(tmp_path / "set.nc")))
    seen = observed.seen()
    schema = load_schema()
    with netCDF4.Dataset(path) as data:
        told = {v.name for v in schema.inputs if v.sample == "control"}
        assert set(data["observed"].variables) == set(seen) | told
        for name in seen:
            variable = data["observed"][name]
            limit = SINGLE
            if variable.origin == "budget of the pool":
                limit = BUDGET if observed.windows == 1 else BUDGET_WITH_START
            elif name.endswith("_start"):
                if observed.windows == 1:
                    continue  # a cold start has no file to begin from
                limit = FIRST_DAY
            elif SLOW_POOLS.fullmatch(name):
                limit = SLOW
            elif variable.origin == "restart" or variable.origin == "parameter file":
                limit = 0.0
            elif PACED_NAMES.fullmatch(name) or schema.by_name[name].dims == "column_level":
                limit = PACED
            error = np.abs(variable[...] - seen[name]).max()
            scale = np.abs(seen[name]).max()
            assert error <= limit * scale, f"{name}: {error / scale:.3g} of {scale:.3g}"


@pytest.mark.parametrize("inputs", ["of the files", "of the plugin"])
def test_prediction_on_files_is_the_jump_in_the_run(
    inputs: str, observed: Observed, tmp_path: Path
) -> None:
    arguments = observed.arguments(tmp_path / "set.nc")
    fuse(FuseConfig(**arguments))
    limit = JUMP
    if inputs == "of the plugin":
        limit = SAME
        with netCDF4.Dataset(arguments["out"], "a") as data:
            for name, values in observed.seen().items():
                data["observed"][name][...] = values
    done = predict(
        PredictConfig(
            restart=arguments["restart"],
            observed=arguments["out"],
            artifact=SHIPPED,
            out=tmp_path / "jumped.nc",
            parameters=arguments["parameters"],
            soil_orders=observed.world / "CNP_parameters.nc",
            allow_protocol_mismatch=True,
        )
    )
    with np.load(observed.folder / "seen.npz") as file:
        after = {name[6:]: file[name] for name in file.files if name.startswith("after_")}
    grid = read_subgrid(done.out, 17)
    there = grid.patch >= 0
    with netCDF4.Dataset(done.out) as data:
        for name, expected in after.items():
            values = np.asarray(data[name][...])
            if data[name].dimensions == ("pft",):
                found = np.zeros(grid.patch.shape)
                found[there] = values[grid.patch[there]]
                expected = np.where(there, expected, 0.0)
            else:
                found = values[grid.column, : expected.shape[1]]
            error, scale = np.abs(found - expected).max(), np.abs(expected).max()
            assert error <= limit * scale, f"{name}: {error / scale:.3g}"
