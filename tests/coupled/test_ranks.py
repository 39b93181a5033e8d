"""How the cells are shared out, among ranks or in chunks, makes no difference to any cell."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support import END, Run, assert_same_bits, run_case, surrogate, variables

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


@pytest.mark.parametrize("empty", [0, 1])
def test_rank_without_a_soil_column(
    empty: int,
    program: Callable[[str], Path],
    world: Path,
    artifact: Path,
    jumped: Run,
    tmp_path: Path,
) -> None:
    """The first or the other of two ranks has none: the other's columns are as ever."""
    minielm: dict[str, object] = {
        "program": program("minielm_without_soil"),
        "arguments": (str(empty),),
        "ranks": 2,
        "phase": surrogate(artifact),
    }
    run = run_case(world, tmp_path / "whole", END, rest_n=10, **minielm)
    assert run.status == 0, run.text
    gids = [5, 6, 7, 8] if empty == 0 else [1, 2, 3, 4]
    assert run.report["run"]["columns"] == len(gids)
    assert run.report["cells"]["gid"] == gids
    assert run.report["cells"]["status"] == ["jumped"] * len(gids)
    found, expected = variables(run.restart(END + 1)), variables(jumped.restart(END + 1))
    for name in ("soil4c_vr", "labilep_vr", "deadstemc", "leafc", "cpool"):
        cells = len(found[name]) // 8  # columns, or patches of each
        mine = np.concatenate([np.arange(cells) + (gid - 1) * cells for gid in gids])
        assert found[name][mine].tobytes() == expected[name][mine].tobytes(), name
    again = run_case(
        world, tmp_path / "rest", END - 20, finidat=str(run.restart(21)), rest_n=0, **minielm
    )
    assert again.status == 0, again.text
    assert_same_bits(again.restart(END + 1), run.restart(END + 1))
    assert_same_bits(again.plugin_state(END + 1), run.plugin_state(END + 1))


def test_more_ranks_than_cells(world: Path, tmp_path: Path) -> None:
    run = run_case(world, tmp_path, 1, ranks=9)
    assert run.status != 0
    assert "9 MPI ranks for 8 gridcells" in run.text
