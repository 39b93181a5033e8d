"""Compile the plugin and the adapter against the module files of an ELM that is already built.

    ci/check_elm_compile.py EXEROOT [--compiler mpif90] [--keep FOLDER]

EXEROOT is the build folder of a case (`./xmlquery EXEROOT`). Nothing of ELM is compiled: every
source of fortran/phase and fortran/elm is, in the order its `use` statements ask for, with the
project's warnings on. Any error or warning is printed and makes the exit status 1.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("fortran/phase", "fortran/elm")
# One module of each place where a case leaves the module files an adapter needs.
LANDMARKS = ("columndatatype.mod", "shr_kind_mod.mod", "mct_mod.mod", "pio.mod")
FLAGS = [
    *("-std=f2018", "-ffree-line-length-132", "-fimplicit-none", "-cpp"),
    *("-Wall", "-Wextra", "-Wimplicit-interface", "-Wimplicit-procedure"),
    *("-Wno-unused-dummy-argument", "-Wno-compare-reals", "-Wno-maybe-uninitialized"),
]


def sources() -> list[Path]:
    """All sources, each after those whose modules it uses."""
    by_module = {path.stem: path for folder in FOLDERS for path in (ROOT / folder).glob("*.F90")}
    used = {
        name: [m for m in re.findall(r"(?mi)^\s*use\s+(\w+)", path.read_text()) if m in by_module]
        for name, path in by_module.items()
    }
    ordered: list[Path] = []

    def visit(name: str) -> None:
        if by_module[name] in ordered:
            return
        for other in used[name]:
            visit(other)
        ordered.append(by_module[name])

    for name in sorted(by_module):
        visit(name)
    return ordered


def module_folders(exeroot: Path) -> list[Path]:
    """Where the case keeps its module files."""
    found: list[Path] = []
    for landmark in LANDMARKS:
        hits = sorted(exeroot.rglob(landmark))
        if hits and hits[0].parent not in found:
            found.append(hits[0].parent)
    if not any((folder / LANDMARKS[0]).exists() for folder in found):
        raise SystemExit(
            f"{exeroot}: no {LANDMARKS[0]} below it; expected the EXEROOT of a case that "
            "has been built (./case.build), as ./xmlquery EXEROOT prints it"
        )
    return found


def netcdf_folder() -> Path:
    """Where netCDF-Fortran keeps its module file."""
    answer = subprocess.run(
        ["nf-config", "--includedir"], capture_output=True, text=True, check=True
    )
    return Path(answer.stdout.strip())


def compile_all(exeroot: Path, compiler: str, work: Path) -> int:
    """Number of sources with an error or a warning."""
    # our own first: the case may hold module files of an earlier plugin
    includes = [f"-I{folder}" for folder in [work, *module_folders(exeroot), netcdf_folder()]]
    bad = 0
    for path in sources():
        command = [compiler, *FLAGS, *includes, f"-J{work}", "-c", str(path)]
        command += ["-o", str(work / (path.stem + ".o"))]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        if result.returncode or result.stderr.strip():
            bad += 1
            print(f"{path.relative_to(ROOT)}\n{result.stderr}", file=sys.stderr)
            if result.returncode:
                break
    return bad


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("exeroot", type=Path)
    parser.add_argument("--compiler", default="mpif90")
    parser.add_argument("--keep", type=Path, help="leave objects and module files here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        work = options.keep or Path(scratch)
        work.mkdir(parents=True, exist_ok=True)
        bad = compile_all(options.exeroot, options.compiler, work)
    if bad:
        raise SystemExit(f"{bad} source(s) with errors or warnings")
    print(f"{len(sources())} sources compiled without a warning")


if __name__ == "__main__":
    main()
