"""Rollback and acceleration in coupled runs: ranks and restarts make no difference."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import Run, assert_same_bits, run_case, surrogate

pytestmark = [pytest.mark.compiled, pytest.mark.mpi]

YEARS = 62  # jumps at the beginning of years 21, 41 and 61
ENTRIES = {
    "phase_max_jumps": 3,
    "phase_relax_years": 20,
    "phase_rollback_factor": 1.0,
    "phase_rollback_drift": 0.0,
    "phase_accelerate": "anderson",
}


@pytest.fixture(scope="module")
def sequence(world: Path, artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = run_case(
        world,
        tmp_path_factory.mktemp("sequence"),
        YEARS,
        phase=surrogate(artifact, **ENTRIES),
        rest_n=10,
    )
    assert run.status == 0, run.text
    return run


def test_both_happen(sequence: Run) -> None:
    """Wood is doubled again and again, so jumps are taken back; what stays is accelerated."""
    report = sequence.report
    assert [jump["year"] for jump in report["jumps"]] == [21, 41, 61]
    assert sum(undone["columns_rolled_back"] for undone in report["rollbacks"]) > 0
    assert report["jumps"][2]["columns_accelerated"] > 0


def test_ranks(world: Path, artifact: Path, sequence: Run, tmp_path: Path) -> None:
    run = run_case(world, tmp_path, YEARS, ranks=2, phase=surrogate(artifact, **ENTRIES))
    assert run.status == 0, run.text
    assert_same_bits(run.restart(YEARS + 1), sequence.restart(YEARS + 1))
    assert_same_bits(run.plugin_state(YEARS + 1), sequence.plugin_state(YEARS + 1))


@pytest.mark.parametrize(("done", "ranks"), [(40, 1), (50, 2), (60, 1)])
def test_restart(
    done: int, ranks: int, world: Path, artifact: Path, sequence: Run, tmp_path: Path
) -> None:
    """Cut where jumps are judged and made at once, and between two of them."""
    run = run_case(
        world,
        tmp_path,
        YEARS - done,
        ranks=ranks,
        phase=surrogate(artifact, **ENTRIES),
        finidat=str(sequence.restart(done + 1)),
    )
    assert run.status == 0, run.text
    assert_same_bits(run.restart(YEARS + 1), sequence.restart(YEARS + 1))
    assert_same_bits(run.plugin_state(YEARS + 1), sequence.plugin_state(YEARS + 1))
    assert run.report["rollbacks"] == sequence.report["rollbacks"]
