"""One adapter for both hosts: what is compiled with minielm is what a case gets."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from phase_elm.install.parts import fortran_sources

ROOT = Path(__file__).resolve().parents[2]
ADAPTER = ROOT / "fortran" / "elm"
SITE = "elm_phase_site_mod.F90"


def code(path: Path) -> str:
    """Statements of a source without comments and continuation marks, in lower case."""
    lines = [re.sub(r"!.*", "", line) for line in path.read_text().splitlines()]
    return re.sub(r"&\s*\n\s*&?", " ", "\n".join(lines)).lower()


def interface(path: Path) -> dict[str, list[tuple[str, str]]]:
    """Public procedures with the declarations of their arguments."""
    text = code(path)
    names = re.search(r"public :: (.+)", text)
    assert names
    found = {}
    for name in re.split(r"[,\s]+", names.group(1).strip()):
        body = re.search(
            rf"(?:function|subroutine) {name}\(([^)]*)\)(.*?)end (?:function|subroutine) {name}",
            text,
            re.S,
        )
        assert body, f"{path}: no procedure {name}"
        arguments = [a.strip() for a in body.group(1).split(",") if a.strip()]
        declared = []
        for argument in arguments:
            line = re.search(rf"^\s*(.*?)\s*::.*\b{argument}\b", body.group(2), re.M)
            assert line, f"{name}: {argument} is not declared"
            declared.append((argument, line.group(1)))
        found[name] = declared
    return found


def compiled_sources() -> list[Path]:
    """Sources of the adapter in the library that minielm is linked with."""
    build = Path(os.environ.get("PHASE_BUILD_DIR", ROOT / "build"))
    database = build / "compile_commands.json"
    if not database.is_file():
        pytest.skip("no build folder")
    files = []
    for entry in json.loads(database.read_text()):
        path = (Path(entry["directory"]) / entry["file"]).resolve()
        if ADAPTER in path.parents and "minielm_core" in entry["output"]:
            files.append(path)
    return files


def test_the_adapter_is_one_and_the_same() -> None:
    """Only the small file of what the two models name differently is another."""
    built = {path.name: path for path in compiled_sources()}
    copied = {name: path for name, path in fortran_sources().items() if name.startswith("elm_")}
    assert built.keys() == copied.keys()
    for name, path in built.items():
        if name == SITE:
            assert path.parent == ADAPTER / "minielm"
        else:
            assert path.read_bytes() == copied[name].read_bytes(), name
    assert [path.name for path in (ADAPTER / "minielm").glob("*.F90")] == [SITE]


def test_the_file_that_differs_has_one_interface() -> None:
    assert interface(ADAPTER / SITE) == interface(ADAPTER / "minielm" / SITE)


def test_the_adapter_decides_nothing_by_host() -> None:
    """No preprocessing in the shared files."""
    for path in ADAPTER.glob("*.F90"):
        assert not re.search(r"^\s*#", path.read_text(), re.M), path.name


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"get_clump_bounds", "ends ELM's run outside a threaded region"),
        (r"mpi_comm_world", "ELM has its own communicator"),
        (r"unformatted|access\s*=\s*'stream'", "depends on -fconvert=big-endian"),
        (r"\bstop\b(?!_on)", "ends one rank only"),
        (r"\bspinup_state\s*=[^=]", "ELM refuses a run whose restart says another mode"),
    ],
)
def test_plugin_and_adapter_keep_off(pattern: str, why: str) -> None:
    for name, path in fortran_sources().items():
        text = re.sub(r"'[^']*'", "''", code(path)) if "stop" in pattern else code(path)
        if name == "phase_status_mod.F90" and "stop" in pattern:
            continue  # the caller that passes no status asks for it
        assert not re.search(pattern, text), f"{name}: {pattern} ({why})"
