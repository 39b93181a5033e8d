"""A user's mistakes end in one clear line and a non-zero exit, on every number of ranks.

Each case breaks one file or one namelist entry of a world that runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from support import CASE, Run, start

from phase_elm.programs import find_program
from phase_elm.world.namelist import ElmNamelist, group_text

pytestmark = [pytest.mark.compiled, pytest.mark.mpi]

Change = Callable[[Path], None]


def value(file: str, name: str, found: float, *place: int) -> Change:
    """Set one value of a variable."""

    def change(folder: Path) -> None:
        with netCDF4.Dataset(folder / file, "a") as data:
            data.set_auto_mask(False)
            values = data[name][...]
            values[place or ...] = found
            data[name][...] = values

    return change


def without(file: str, name: str) -> Change:
    """Leave a variable out."""

    def change(folder: Path) -> None:
        with netCDF4.Dataset(folder / file, "a") as data:
            data.renameVariable(name, f"not_{name}")

    return change


def other_dims(file: str, name: str, *dims: str) -> Change:
    """Give a variable other dimensions."""

    def change(folder: Path) -> None:
        with netCDF4.Dataset(folder / file, "a") as data:
            data.renameVariable(name, f"not_{name}")
            data.createVariable(name, "f8", dims)[...] = 1.0

    return change


def without_file(file: str) -> Change:
    return lambda folder: (folder / file).unlink()


def cut(file: str) -> Change:
    """Half of a file, as after a full disk."""

    def change(folder: Path) -> None:
        content = (folder / file).read_bytes()
        (folder / file).write_bytes(content[: len(content) // 2])

    return change


def entry(line: str) -> Change:
    """Another line in the namelist, as the last one of the group."""
    return lambda folder: (folder / "extra").write_text(f"  {line}\n")


NAN = float("nan")
CASES = {
    "file missing: domain": (without_file("domain.nc"), ["domain.nc", "No such file"]),
    "file missing: weather": (without_file("forcing.nc"), ["forcing.nc", "No such file"]),
    "file cut": (cut("surfdata.nc"), ["surfdata.nc"]),
    "file of text": (lambda f: (f / "clm_params.nc").write_text("no"), ["clm_params.nc"]),
    "variable missing: domain": (without("domain.nc", "frac"), ["frac", "domain.nc", "required"]),
    "variable missing: soil": (without("surfdata.nc", "PCT_SAND"), ["PCT_SAND", "surfdata.nc"]),
    "variable missing: weather": (without("forcing.nc", "TBOT"), ["TBOT", "forcing.nc"]),
    "variable missing: plants": (without("clm_params.nc", "slatop"), ["slatop", "clm_params.nc"]),
    "variable missing: soil orders": (without("CNP_parameters.nc", "smax"), ["smax"]),
    "wrong dimension: map": (
        other_dims("surfdata.nc", "LABILE_P", "natpft"),
        ["LABILE_P", "surfdata.nc", "(17)", "expected (8)"],
    ),
    "wrong dimension: texture": (
        other_dims("surfdata.nc", "PCT_SAND", "gridcell"),
        ["PCT_SAND", "(8)", "expected (8,10)"],
    ),
    "wrong dimension: weather": (
        other_dims("forcing.nc", "TBOT", "gridcell"),
        ["TBOT", "forcing.nc", "expected"],
    ),
    "NaN in the weather": (
        value("forcing.nc", "FSDS", NAN, 100, 3),
        ["FSDS", "forcing.nc", "gridcell 4", "time index 101", "NaN"],
    ),
    "Celsius in the weather": (
        value("forcing.nc", "TBOT", 15.0),
        ["TBOT", "gridcell 1", "15.0", "units"],
    ),
    "negative rain": (value("forcing.nc", "PRECTmms", -1e-5, 0, 0), ["PRECTmms", "gridcell 1"]),
    "NaN in the soil": (value("surfdata.nc", "PCT_CLAY", NAN, 2, 5), ["PCT_CLAY", "not finite"]),
    "sand beyond 100 %": (
        value("surfdata.nc", "PCT_SAND", 130.0, 2, 5),
        ["PCT_SAND", "gridcell 6", "element 3", "130", "0.00000 to 100.000"],
    ),
    "soil order unknown": (
        value("surfdata.nc", "SOIL_ORDER", 99, 7),
        ["SOIL_ORDER", "gridcell 8", "99"],
    ),
    "negative P map": (value("surfdata.nc", "APATITE_P", -4.0, 3), ["APATITE_P", "gridcell 4"]),
    "labile P beyond sorption": (
        value("surfdata.nc", "LABILE_P", 5000.0, 1),
        ["gridcell 2", "labile phosphorus", "LABILE_P"],
    ),
    "burns more than all": (
        value("surfdata.nc", "FIRE_FRAC", 1.5, 4, 0),
        ["FIRE_FRAC", "gridcell 1", "element 5"],
    ),
    "plant shares": (value("surfdata.nc", "PCT_NAT_PFT", 77.0, 0, 2), ["PCT_NAT_PFT", "cell 3"]),
    "latitude": (value("domain.nc", "yc", 95.0, 0, 0), ["'yc'", "gridcell 1", "95"]),
    "no area": (value("domain.nc", "area", 0.0, 0, 1), ["'area'", "gridcell 2"]),
    "plant parameter": (value("clm_params.nc", "leafcn", 0.0, 4), ["leafcn", "plant type 4"]),
    "unknown namelist entry": (entry("nyears_suply = 2"), ["nyears_suply", "lnd_in"]),
    "namelist value of another kind": (entry("stop_n = 'ten'"), ["lnd_in"]),
    "start without a file": (entry("start_type = 'continue'"), ["start_type", "finidat"]),
    "unknown start": (entry("start_type = 'branch'"), ["start_type", "branch"]),
    "mortality factor": (entry("spinup_mortality_factor = 0.1"), ["spinup_mortality_factor"]),
    "no restart": (entry("finidat = 'none.nc'"), ["none.nc"]),
}  # fmt: skip


def broken(world: Path, folder: Path, change: Change, ranks: int) -> Run:
    own = folder / "world"
    shutil.copytree(world, own)
    change(own)
    extra = (own / "extra").read_text() if (own / "extra").exists() else ""
    elm = ElmNamelist.for_world(own, caseid=CASE, hist_nhtfrq="none")
    (folder / "lnd_in").write_text(group_text("elm_inparm", elm).replace("\n/\n", f"\n{extra}/\n"))
    return start([find_program("minielm-plain"), "lnd_in"], folder, ranks)


def check(run: Run, words: list[str]) -> None:
    assert run.status != 0, run.text
    lines = [line for line in run.errors.splitlines() if line.startswith("minielm: ")]
    assert len(lines) == 1, run.errors
    for word in words:
        assert word in lines[0], f"no '{word}' in: {lines[0]}"
    assert "Fortran runtime" not in run.errors
    assert "Backtrace" not in run.errors
    left = [path.name for path in run.folder.iterdir() if path.name.startswith(CASE)]
    assert not left, f"a refused run left {left}"


@pytest.mark.parametrize("case", CASES)
def test_mistakes_end_in_one_line(case: str, world: Path, tmp_path: Path) -> None:
    change, words = CASES[case]
    run = broken(world, tmp_path, change, 1)
    check(run, words)
    assert len(run.errors.splitlines()) == 1, run.errors


@pytest.mark.parametrize(
    "case",
    [
        "file missing: weather",
        "variable missing: plants",
        "wrong dimension: texture",
        "NaN in the weather",
        "soil order unknown",
        "sand beyond 100 %",
        "labile P beyond sorption",
        "unknown namelist entry",
    ],
)
def test_all_ranks_end(case: str, world: Path, tmp_path: Path) -> None:
    change, words = CASES[case]
    check(broken(world, tmp_path, change, 3), words)


def test_more_ranks_than_cells(world: Path, tmp_path: Path) -> None:
    run = broken(world, tmp_path, lambda folder: None, 9)
    check(run, ["9 MPI ranks for 8 gridcells", "at most 8"])


def test_the_mistake_is_made_on_every_rank_at_once(world: Path, tmp_path: Path) -> None:
    """Both ranks hold bad cells; the first one is named, once."""
    run = broken(world, tmp_path, value("surfdata.nc", "APATITE_P", -1.0), 2)
    check(run, ["APATITE_P", "gridcell 1 "])


def test_values_that_are_allowed_run(world: Path, tmp_path: Path) -> None:
    def edge(folder: Path) -> None:
        value("surfdata.nc", "PCT_SAND", 100.0, 2, 5)(folder)
        value("surfdata.nc", "NDEP", 0.0)(folder)
        value("surfdata.nc", "FIRE_FRAC", 0.0)(folder)

    run = broken(world, tmp_path, edge, 2)
    assert run.status == 0, run.text
    assert np.isfinite(float(netCDF4.Dataset(run.restart(2))["totcolc"][:].sum()))
