"""The tiny surrogate that the plugin's test programs load."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.fixture(scope="session", autouse=True)
def phase_artifacts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Make it once; the programs find it by PHASE_TEST_ARTIFACTS."""
    folder = tmp_path_factory.mktemp("phase_artifacts")
    subprocess.run(
        [sys.executable, str(HERE / "make_phase_artifacts.py"), str(folder)],
        check=True,
        timeout=300,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PHASE_TEST_ARTIFACTS", str(folder))
        yield folder
