"""What the package brings along for a case: Fortran sources, bridge, artifact."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parents[1]
LIBRARY = "libphase_bridge.so"


class PartsError(FileNotFoundError):
    """Something that a case needs is not on this machine."""


def fortran_sources() -> dict[str, Path]:
    """Sources of the plugin and of ELM's adapter by file name.

    Raises
    ------
    PartsError
        With the places looked in.
    """
    looked = [_PACKAGE / "fortran", _CHECKOUT / "fortran"]
    for root in looked:
        found = [*sorted((root / "phase").glob("*.F90")), *sorted((root / "elm").glob("*.F90"))]
        if found:
            return {path.name: path for path in found}
    raise PartsError(
        "the Fortran sources of the plugin were not found; looked in "
        + ", ".join(map(str, looked))
        + "; install the package with `pip install .` in a checkout"
    )


@dataclass(frozen=True)
class Bridge:
    """The C interface to libtorch, as a case links it."""

    library: Path
    include: Path
    torch: Path | None = None

    @property
    def rpath(self) -> list[Path]:
        return [self.library.parent, *([self.torch] if self.torch else [])]


def find_bridge(prefix: Path | None = None) -> Bridge:
    """The bridge in a folder with ``lib`` and ``include``, else the build's, else the package's.

    Raises
    ------
    PartsError
        With the places looked in and what to do.
    """
    places: list[tuple[Path, Path]] = []
    build = os.environ.get("PHASE_BUILD_DIR")
    if prefix is not None:
        prefix = prefix.resolve()
        places += [(prefix / lib, prefix / "include") for lib in ("lib", "lib64")]
    else:
        if build:
            folder = Path(build).resolve() / "phase_bridge"
            places.append((folder, _CHECKOUT / "phase_bridge" / "include"))
        places.append((_PACKAGE / "lib", _PACKAGE / "include"))
    for lib, include in places:
        library = lib / LIBRARY
        if library.is_file():
            return Bridge(library, include, torch_of(library))
    raise PartsError(
        f"{LIBRARY} was not found; looked in {', '.join(str(lib) for lib, _ in places)}; install "
        "the package with `pip install .` in a checkout, or build the bridge alone "
        "(meson setup build -Dbridge_only=true) and name its folder with --bridge"
    )


def torch_of(library: Path) -> Path | None:
    """Folder of the libtorch that a bridge would load here, or None when it finds none."""
    try:
        listed = subprocess.run(["ldd", library], capture_output=True, text=True, check=False)
    except OSError:
        return None
    found = re.search(r"libtorch_cpu\.so\S* => (/\S+)", listed.stdout)
    return Path(found.group(1)).resolve().parent if found else None


def packaged_artifact() -> Path | None:
    """The weight-free artifact that serves any host with ELM's layers, where it is packaged."""
    path = _PACKAGE / "data" / "phase_steady_state.pt"
    return path if path.is_file() else None
