"""What all tests share: the compiled programs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from phase_elm.programs import find_program

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def program() -> Callable[[str], Path]:
    """Find a compiled program by name; the test fails with the reason when it is missing.

    Test programs are not installed: they lie in the Meson build folder, the checkout's ``build``
    unless ``PHASE_BUILD_DIR`` names another.
    """
    build = Path(os.environ.get("PHASE_BUILD_DIR", ROOT / "build"))

    def find(name: str) -> Path:
        for folder in ("fortran", "bridge"):
            path = build.resolve() / "tests" / folder / name
            if path.is_file():
                return path
        return find_program(name)

    return find
