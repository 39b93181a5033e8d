"""What the build lists by hand is what there is, and sources keep to the project's form."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FORTRAN = sorted([*ROOT.glob("fortran/**/*.F90"), *ROOT.glob("tests/**/*.F90")])


@pytest.mark.parametrize(
    "folder", ["fortran/phase", "fortran/elm", "fortran/minielm", "tests/fortran", "tests/bridge"]
)
def test_meson_names_every_source(folder: str) -> None:
    listed = (ROOT / folder / "meson.build").read_text()
    forgotten = [
        path.name
        for path in sorted((ROOT / folder).glob("*.F90"))
        if not re.search(rf"'{path.stem}(\.F90)?'", listed)
    ]
    assert not forgotten


def test_meson_names_every_subpackage() -> None:
    listed = (ROOT / "python" / "meson.build").read_text()
    package = ROOT / "python" / "phase_elm"
    found = {path.parent.name for path in package.glob("*/*.py")} - {package.name}
    assert found <= set(re.findall(r"'(\w+)'", listed))


@pytest.mark.parametrize("path", FORTRAN, ids=lambda path: str(path.relative_to(ROOT)))
def test_fortran_file_holds_one_unit_of_its_name(path: Path) -> None:
    text = path.read_text()
    units = re.findall(r"^(?:module|program)\s+(?!procedure\b)(\w+)", text, re.MULTILINE)
    assert path.stem in units
    long_lines = [n for n, line in enumerate(text.splitlines(), 1) if len(line) > 132]
    assert not long_lines, f"longer than 132 columns: lines {long_lines}"


def test_constraints_cover_the_requirements() -> None:
    """ci/setup installs known versions only."""
    required = subprocess.run(
        [sys.executable, ROOT / "ci" / "requirements.py"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "ci" / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    names = {re.match(r"[\w.-]+", line).group().lower() for line in required.splitlines()}
    assert names | {"torch"} <= pinned


def test_version_is_told_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    meson = (ROOT / "meson.build").read_text()
    assert f"version: '{project['version']}'" in meson
    assert f"version: {project['version']}" in (ROOT / "CITATION.cff").read_text()


def test_python_is_clean() -> None:
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--no-cache", str(ROOT)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
