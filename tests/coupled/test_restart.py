"""A run that was interrupted and goes on is the run that was not, bit for bit."""

from __future__ import annotations

import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from support import (
    END,
    Run,
    assert_same_bits,
    run_case,
    surrogate,
    write_growth_artifact,
)

pytestmark = [pytest.mark.compiled, pytest.mark.mpi]


@pytest.mark.parametrize(
    ("done", "ranks"), [(10, 1), (20, 1), (20, 2), (30, 1)], ids=lambda value: str(value)
)
def test_exact_restart(
    done: int, ranks: int, world: Path, artifact: Path, jumped: Run, tmp_path: Path
) -> None:
    """Amid the observation, at the jump (which the restarted run does) and after it."""
    run = run_case(
        world,
        tmp_path,
        END - done,
        ranks=ranks,
        phase=surrogate(artifact),
        finidat=str(jumped.restart(done + 1)),
    )
    assert run.status == 0, run.text
    assert_same_bits(run.restart(END + 1), jumped.restart(END + 1))
    assert_same_bits(run.plugin_state(END + 1), jumped.plugin_state(END + 1))
    assert len(run.report["jumps"]) == 1


def continued(world: Path, artifact: Path, jumped: Run, folder: Path, state: Path | str) -> Run:
    """A year from the restart of year 11, with a plugin state of one's own."""
    return run_case(
        world,
        folder,
        1,
        phase=surrogate(artifact, phase_restart_file=str(state)),
        finidat=str(jumped.restart(11)),
    )


def assert_told(run: Run, *words: str) -> None:
    assert run.status != 0, run.text
    for word in words:
        assert word in run.text, f"no '{word}' in:\n{run.text}"


def test_restart_without_the_plugins_state(
    world: Path, artifact: Path, jumped: Run, tmp_path: Path
) -> None:
    """Half the state is refused: observing anew amid a run is not what was asked for."""
    alone = tmp_path / "elsewhere" / jumped.restart(11).name
    alone.parent.mkdir()
    shutil.copy(jumped.restart(11), alone)
    run = run_case(world, tmp_path, 1, phase=surrogate(artifact), finidat=str(alone))
    assert_told(run, "case.phase.r.0011-01-01-00000.nc", "phase_restart_file", "'none'")


def test_state_of_another_date(world: Path, artifact: Path, jumped: Run, tmp_path: Path) -> None:
    run = continued(world, artifact, jumped, tmp_path, jumped.plugin_state(21))
    assert_told(run, "0021-01-01", "0011-01-01", "state file written with")


def test_state_of_another_artifact(world: Path, jumped: Run, tmp_path: Path) -> None:
    other = write_growth_artifact(tmp_path / "other.pt", factor=1.5)
    run = continued(world, other, jumped, tmp_path, jumped.plugin_state(11))
    assert_told(run, "sha256", "same artifact", "'none'")


def test_state_of_another_grid(world: Path, artifact: Path, jumped: Run, tmp_path: Path) -> None:
    other = tmp_path / "other.nc"
    shutil.copy(jumped.plugin_state(11), other)
    with netCDF4.Dataset(other, "a") as data:
        data["gid"][0] = 999
    run = continued(world, artifact, jumped, tmp_path, other)
    assert_told(run, "other.nc", "columns")


def test_state_that_was_cut_off(world: Path, artifact: Path, jumped: Run, tmp_path: Path) -> None:
    cut = tmp_path / "cut.nc"
    cut.write_bytes(jumped.plugin_state(11).read_bytes()[:1000])
    assert_told(continued(world, artifact, jumped, tmp_path, cut), "cut.nc")


def test_state_of_a_later_format(world: Path, artifact: Path, jumped: Run, tmp_path: Path) -> None:
    later = tmp_path / "later.nc"
    shutil.copy(jumped.plugin_state(11), later)
    with netCDF4.Dataset(later, "a") as data:
        data.phase_state_format = np.int32(99)
    run = continued(world, artifact, jumped, tmp_path, later)
    assert_told(run, "phase_state_format", "99")


def test_observing_anew_is_possible_when_asked_for(
    world: Path, artifact: Path, jumped: Run, tmp_path: Path
) -> None:
    listed = write_growth_artifact(tmp_path / "any.pt", protocols=["cold", "short_accelerated"])
    run = continued(world, listed, jumped, tmp_path, "none")
    assert run.status == 0, run.text
    assert run.report["run"]["start_year"] == 11


def test_states_appear_whole(jumped: Run) -> None:
    """Written under another name and renamed: no part files are left."""
    assert not list(jumped.folder.glob("*.tmp"))


def test_state_that_cannot_be_written_does_not_end_the_run(
    world: Path, artifact: Path, tmp_path: Path
) -> None:
    (tmp_path / "case.phase.r.0002-01-01-00000.nc.tmp").mkdir(parents=True)
    run = run_case(world, tmp_path, 1, phase=surrogate(artifact))
    assert run.status == 0, run.text
    assert "cannot be continued from this date" in run.text
    assert run.restart(2).exists()
    assert not run.plugin_state(2).exists()


def test_plain_program_restarts_too(world: Path, plain: Run, tmp_path: Path) -> None:
    first = run_case(world, tmp_path / "first", 7, program="minielm-plain")
    assert first.status == 0, first.text
    rest = run_case(
        world, tmp_path / "rest", 18, program="minielm-plain", finidat=str(first.restart(8))
    )
    assert rest.status == 0, rest.text
    assert_same_bits(rest.restart(26), plain.restart(26))
