"""A run that was interrupted and goes on is the run that was not, bit for bit."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support import END, Run, assert_same_bits, run_case, surrogate

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


def test_restart_without_the_plugins_state(
    world: Path, artifact: Path, jumped: Run, tmp_path: Path
) -> None:
    """Half the state is refused: observing anew amid a run is not what was asked for."""
    alone = tmp_path / "elsewhere" / jumped.restart(11).name
    alone.parent.mkdir()
    shutil.copy(jumped.restart(11), alone)
    run = run_case(world, tmp_path, 1, phase=surrogate(artifact), finidat=str(alone))
    assert run.status != 0
    assert "case.phase.r.0011-01-01-00000.nc" in run.text


def test_plain_program_restarts_too(world: Path, plain: Run, tmp_path: Path) -> None:
    first = run_case(world, tmp_path / "first", 7, program="minielm-plain")
    assert first.status == 0, first.text
    rest = run_case(
        world, tmp_path / "rest", 18, program="minielm-plain", finidat=str(first.restart(8))
    )
    assert rest.status == 0, rest.text
    assert_same_bits(rest.restart(26), plain.restart(26))
