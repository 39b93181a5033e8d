"""Run the Fortran test programs: one case a program and number of ranks."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from phase_elm.programs import mpi_environment, mpirun

HERE = Path(__file__).parent

# Programs that also have something to show on several ranks; all others run on one.
RANKS: dict[str, tuple[int, ...]] = {
    "test_minielm_files": (1, 2, 4),
    "test_minielm_grid": (1, 2, 4),
    "test_phase_empty_rank": (1, 2, 3),
    "test_phase_monitor": (1, 2, 4),
    "test_phase_parallel": (1, 2, 4),
    "test_phase_sequence": (1, 2),
    "test_phase_spinup": (1, 2),
}

CASES = [
    (path.stem, ranks)
    for path in sorted(HERE.glob("test_*.F90"))
    for ranks in RANKS.get(path.stem, (1,))
]


@pytest.mark.compiled
@pytest.mark.parametrize(("name", "ranks"), CASES, ids=[f"{n}-{r}" for n, r in CASES])
def test_program(name: str, ranks: int, program: Callable[[str], Path], tmp_path: Path) -> None:
    command = [str(program(name))]
    if ranks > 1:
        command = mpirun(ranks) + command
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=mpi_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, f"{name} on {ranks} rank(s):\n{done.stdout}\n{done.stderr}"
