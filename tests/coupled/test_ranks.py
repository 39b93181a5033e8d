"""How the cells are shared out, among ranks or in chunks, makes no difference to any cell."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import END, Run, assert_same_bits, run_case, surrogate

pytestmark = [pytest.mark.compiled, pytest.mark.mpi]


@pytest.mark.parametrize("ranks", [2, 4])
def test_several_ranks(
    ranks: int, world: Path, artifact: Path, jumped: Run, tmp_path: Path
) -> None:
    run = run_case(world, tmp_path, END, ranks=ranks, phase=surrogate(artifact))
    assert run.status == 0, run.text
    assert_same_bits(run.restart(END + 1), jumped.restart(END + 1))
    assert_same_bits(run.plugin_state(END + 1), jumped.plugin_state(END + 1))


@pytest.mark.parametrize("chunk", [1, 3])
def test_chunks(chunk: int, world: Path, artifact: Path, jumped: Run, tmp_path: Path) -> None:
    run = run_case(
        world,
        tmp_path,
        END - 20,
        phase=surrogate(artifact, phase_chunk=chunk),
        finidat=str(jumped.restart(21)),
    )
    assert run.status == 0, run.text
    assert_same_bits(run.restart(END + 1), jumped.restart(END + 1))


def test_more_ranks_than_cells(world: Path, tmp_path: Path) -> None:
    run = run_case(world, tmp_path, 1, ranks=9)
    assert run.status != 0
    assert "9 MPI ranks for 8 gridcells" in run.text
