"""Plugin and adapter against the module files of a real ELM.

Needs the build folder of a case (``./xmlquery EXEROOT``, after ``./case.build``):

    ELM_EXEROOT=/path/to/bld pytest tests/python/test_elm_compile.py

Without it only the refusal of a folder that is none is tested.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "ci" / "check_elm_compile.py"
EXEROOT = os.environ.get("ELM_EXEROOT")


def check(exeroot: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), exeroot]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(EXEROOT is None, reason="ELM_EXEROOT does not name the build folder of a case")
def test_plugin_and_adapter_compile_against_elm_without_a_warning() -> None:
    result = check(str(EXEROOT))
    assert result.returncode == 0, result.stderr
    assert "without a warning" in result.stdout


def test_a_folder_without_module_files_is_refused(tmp_path: Path) -> None:
    result = check(str(tmp_path))
    assert result.returncode == 1
    assert "columndatatype.mod" in result.stderr
    assert "case.build" in result.stderr
