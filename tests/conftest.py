"""What all tests share: the compiled programs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from phase_elm.programs import find_program


@pytest.fixture(scope="session")
def program() -> Callable[[str], Path]:
    """Find a compiled program by name; the test fails with the reason when it is missing."""
    return find_program
