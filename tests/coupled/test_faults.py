"""What goes wrong amid a run costs as little as it must, and nothing that was safe before."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import netCDF4
import pytest
from support import (
    CASE,
    OBSERVE_YEARS,
    assert_same_bits,
    python,
    run_case,
    surrogate,
    write_growth_artifact,
)

from phase_elm.programs import find_program, mpi_environment
from phase_elm.world import WorldConfig, build_world, write_world
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, write_namelist

pytestmark = pytest.mark.compiled

YEARS = OBSERVE_YEARS + 2  # the jump is made when year 21 begins


@pytest.fixture(scope="module")
def watched(world: Path, artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing happens to, with a restart file every year."""
    folder = tmp_path_factory.mktemp("watched")
    run = run_case(world, folder, YEARS, phase=surrogate(artifact), rest_n=1)
    assert run.status == 0, run.text
    return folder


def state_of(folder: Path, year: int) -> tuple[Path, Path]:
    return tuple(folder / f"{CASE}.{kind}.r.{year:04d}-01-01-00000.nc" for kind in ("elm", "phase"))


@pytest.mark.parametrize(
    "moment",
    [
        f"{CASE}.elm.r.0003*.tmp",
        f"{CASE}.phase.r.0004*.tmp",
        f"{CASE}.phase.r.0005*",
        f"{CASE}.phase.r.0021*",  # the jump comes next
        f"{CASE}.phase.r.0022*.tmp",  # the jump lies behind
        "phase_report.json*",
    ],
)
def test_killed_and_continued(
    moment: str, world: Path, artifact: Path, watched: Path, tmp_path: Path
) -> None:
    """kill -9 while a file is being written, or right after; the last whole pair goes on.

    Nothing is lost: the state at the end has the same bits, and the certificate says the same.
    """
    elm = ElmNamelist.for_world(
        world, caseid=CASE, hist_nhtfrq="none", nyears_supl=OBSERVE_YEARS, stop_n=YEARS, rest_n=1
    )
    write_namelist(tmp_path / "lnd_in", elm, PhaseNamelist(**surrogate(artifact)))
    process = subprocess.Popen(
        [str(find_program("minielm")), "lnd_in"],
        cwd=tmp_path,
        env=mpi_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        if any(tmp_path.glob(moment)):
            break
        time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    for path in tmp_path.glob("*.nc"):
        with netCDF4.Dataset(path) as data:
            assert data.variables, f"{path} is not whole"
    years = range(2, YEARS + 1)  # the end of the run is compared
    pairs = [year for year in years if all(path.exists() for path in state_of(tmp_path, year))]
    done = pairs[-1] - 1
    run = run_case(
        world,
        tmp_path / "rest",
        YEARS - done,
        phase=surrogate(artifact),
        finidat=str(state_of(tmp_path, done + 1)[0]),
    )
    assert run.status == 0, run.text
    for found, expected in zip(
        state_of(tmp_path / "rest", YEARS + 1), state_of(watched, YEARS + 1), strict=True
    ):
        assert_same_bits(found, expected)
    expected_report = json.loads((watched / "phase_report.json").read_text())
    assert run.report["certificate"] == expected_report["certificate"]
    assert [jump["year"] for jump in run.report["jumps"]] == [OBSERVE_YEARS + 1]
    assert run.report["jumps"][0]["ledger"] == expected_report["jumps"][0]["ledger"]


def test_files_that_cannot_be_written(world: Path, artifact: Path, tmp_path: Path) -> None:
    """A full disk under the restart state, a report that cannot be opened: messages, no more."""
    state = state_of(tmp_path, 2)[1]
    Path(f"{state}.tmp").symlink_to("/dev/full")
    (tmp_path / "phase_report.json.tmp").mkdir()
    run = run_case(world, tmp_path, 2, phase=surrogate(artifact), rest_n=1)
    assert run.status == 0, run.text
    assert "the report could not be written" in run.text
    assert "the run goes on" in run.text
    assert not (tmp_path / "phase_report.json").exists()
    assert not state.exists()
    assert state_of(tmp_path, 3)[1].exists(), "the next state is written"


def test_disk_is_full(world: Path, artifact: Path, tmp_path: Path) -> None:
    """No room for the plugin's state, the report, the results: messages, no broken file."""
    elm = ElmNamelist.for_world(
        world, caseid=CASE, hist_nhtfrq="none", nyears_supl=OBSERVE_YEARS, stop_n=2, rest_n=1
    )
    path = write_namelist(tmp_path / "lnd_in", elm, PhaseNamelist(**surrogate(artifact)))
    run = python("full_disk.py", path, folder=tmp_path)
    assert run.status == 0, run.text
    assert "the run came to its end" in run.text
    assert run.text.count("the run goes on, but cannot be continued from this date") == 1
    assert "the report could not be written" in run.text
    written = sorted(path.name for path in tmp_path.glob("*phase*"))
    assert written == [f"{CASE}.phase.r.0003-01-01-00000.nc"], "the year after, with room again"


@pytest.fixture
def bare(world: Path, tmp_path: Path) -> Path:
    """The world without a plant."""
    folder = tmp_path / "bare"
    shutil.copytree(world, folder)
    with netCDF4.Dataset(folder / "surfdata.nc", "a") as data:
        data["PCT_NAT_PFT"][...] = 0.0
        data["PCT_NAT_PFT"][0] = 100.0
    return folder


def test_no_vegetated_cell(bare: Path, artifact: Path, tmp_path: Path) -> None:
    """Nothing to certify: the run goes through the jump, and the report says so."""
    run = run_case(bare, tmp_path / "run", 42, phase=surrogate(artifact))
    assert run.status == 0, run.text
    assert run.report["run"]["vegetated_area_km2"] == 0.0
    assert run.report["certificate"]["met"] is False
    assert run.report["certificate"]["area_at_rest"]["share_after"] is None


def test_artifact_replaced(world: Path, watched: Path, tmp_path: Path) -> None:
    """A run does not go on with another artifact than it began with."""
    other = write_growth_artifact(tmp_path / "other.pt", name="another")
    run = run_case(world, tmp_path, 1, phase=surrogate(other), finidat=str(state_of(watched, 4)[0]))
    assert run.status != 0
    assert "sha256" in run.text
    assert "use the same artifact for the whole run" in run.text


def test_one_cell(artifact: Path, tmp_path: Path) -> None:
    write_world(build_world(WorldConfig(grid="4x5", seed=3, max_cells=1)), tmp_path / "world")
    run = run_case(tmp_path / "world", tmp_path, 22, phase=surrogate(artifact))
    assert run.status == 0, run.text
    (jump,) = run.report["jumps"]
    assert jump["columns_jumped"] == 1
    assert run.report["cells"]["status"] == ["jumped"]
