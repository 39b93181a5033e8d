"""Run the bridge's C++ test cases, one pytest case each, on artifacts made for them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.compiled

HERE = Path(__file__).parent
CASES = sorted(
    name
    for path in HERE.glob("cases_*.cpp")
    for name in re.findall(r"^PHASE_TEST\((\w+)\)", path.read_text(), re.MULTILINE)
)
Program = Callable[[str], Path]


def run(command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="session")
def artifacts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifacts")
    done = run([sys.executable, HERE / "make_artifacts.py", folder])
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("case", CASES)
def test_case(case: str, program: Program, artifacts: Path) -> None:
    done = run([program("test_bridge"), case, artifacts])
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_case_is_run(program: Program) -> None:
    assert run([program("test_bridge"), "--list"]).stdout.split() == CASES


def test_header_is_plain_c(program: Program) -> None:
    assert run([program("test_bridge_header")]).returncode == 0


@pytest.fixture
def fortran_program(program: Program) -> Path:
    build = os.environ.get("PHASE_BUILD_DIR")
    if build and not (Path(build) / "fortran").is_dir():
        pytest.skip("a build with -Dbridge_only=true has no Fortran")
    return program("test_phase_bridge")


def test_fortran_binding(fortran_program: Path, artifacts: Path) -> None:
    done = run([fortran_program, artifacts])
    assert done.returncode == 0, done.stderr


def test_fortran_error_without_status_ends_the_program(
    fortran_program: Path, artifacts: Path
) -> None:
    done = run([fortran_program, artifacts, "stop"])
    assert done.returncode != 0
    assert "PHASE error" in done.stderr
    assert "input 'leafc'" in done.stderr
    assert "bind every tensor" in done.stderr


def test_cuda_kernels_cannot_be_dropped_by_the_linker(program: Program) -> None:
    """No symbol is taken from libtorch.so itself, but through it the CUDA part is loaded."""
    loaded = run(["ldd", program("test_bridge_header")]).stdout
    assert "libtorch.so =>" in loaded, loaded


def test_benchmark_runs_and_agrees_with_direct_calls(program: Program, artifacts: Path) -> None:
    done = run([program("bench_bridge"), artifacts / "mlp64.pt"])
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("ratio") == 3
