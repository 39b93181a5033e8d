"""The block for a case's CMake macros: CPP flag, include folder and link line."""

from __future__ import annotations

from pathlib import Path

from phase_elm.install.hooks import CPP_FLAG
from phase_elm.install.parts import Bridge


def macro_file(caseroot: Path) -> Path | None:
    """The macro file of the case that every component reads first."""
    for name in ("cmake_macros/universal.cmake", "Macros.cmake"):
        if (caseroot / name).is_file():
            return caseroot / name
    return None


def macro_lines(bridge: Bridge) -> list[str]:
    """ELM alone gets the flag, the executable alone the library.

    The library goes to the end of the link line, whichever compiler links.
    """
    folders = [str(folder) for folder in bridge.rpath]
    for path in (str(bridge.library), str(bridge.include), *folders):
        if set(path) & set(" \t\"';$"):
            raise ValueError(
                f"{path}: the path goes onto a link line and must hold no blank, quote, semicolon "
                "or dollar sign; install the bridge elsewhere"
            )
    link = " ".join([str(bridge.library), *(f"-Wl,-rpath,{folder}" for folder in folders)])
    return [
        'if (COMP_NAME STREQUAL "elm")',
        f'  string(APPEND CPPDEFS " -D{CPP_FLAG}")',
        f'  list(APPEND USER_INCLDIR "{bridge.include}")',
        'elseif (COMP_NAME STREQUAL "cpl")',
        f'  string(APPEND CMAKE_Fortran_STANDARD_LIBRARIES " {link}")',
        f'  string(APPEND CMAKE_CXX_STANDARD_LIBRARIES " {link}")',
        "endif()",
    ]
