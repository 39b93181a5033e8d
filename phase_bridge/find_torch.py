"""Say where libtorch is, for the build: prefix, version, C++ ABI and CUDA, one a line.

Order: the folder given (option ``torch_dir`` or ``$TORCH_DIR``), the interpreter that runs
this script, the site-packages behind an isolated build, ``$VIRTUAL_ENV``. PyTorch is never
imported: an import takes seconds, and in an isolated build it is not importable.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

MINIMUM = (2, 4)

HELP = f"""\
libtorch was not found, so the bridge between Fortran and PyTorch cannot be built.
Looked in: {{looked}}
Do one of these, then build again:
  * install PyTorch {MINIMUM[0]}.{MINIMUM[1]} or newer for the building Python (pip install torch);
  * set TORCH_DIR (or -Dtorch_dir=...) to a folder that has include/ and lib/libtorch_cpu.so:
    an unpacked libtorch, or .../site-packages/torch."""

PROBE = (
    "import importlib.util as u; s = u.find_spec('torch'); "
    "print(s.submodule_search_locations[0] if s else '')"
)


def candidates(torch_dir: str) -> Iterator[tuple[str, Path | None]]:
    """Yield (where it comes from, prefix or None), best first."""
    named = torch_dir or os.environ.get("TORCH_DIR", "")
    if named:
        # A folder named by hand is the only candidate: silently taking another one would
        # build against a PyTorch the user did not ask for.
        path = Path(named).expanduser()
        yield f"TORCH_DIR={named}", path.parents[2] if path.name == "Torch" else path
        return

    spec = importlib.util.find_spec("torch")
    locations = spec.submodule_search_locations if spec else None
    yield f"PyTorch of {sys.executable}", Path(locations[0]) if locations else None

    # pip's build isolation hides site-packages from sys.path, not from sysconfig.
    site = Path(sysconfig.get_paths()["platlib"]) / "torch"
    yield str(site), site

    virtual_env = os.environ.get("VIRTUAL_ENV", "")
    if virtual_env:
        python = Path(virtual_env) / "bin" / "python"
        yield f"PyTorch of {python}", _ask(python)


def _ask(python: Path) -> Path | None:
    if not python.exists():
        return None
    answer = subprocess.run([python, "-c", PROBE], capture_output=True, text=True, check=False)
    prefix = answer.stdout.strip()
    return Path(prefix) if prefix else None


def is_libtorch(prefix: Path) -> bool:
    return (prefix / "lib" / "libtorch_cpu.so").exists() and (prefix / "include").is_dir()


def version_of(prefix: Path) -> str:
    for name, pattern in (
        ("version.py", r"^__version__ = '([^']+)'"),
        ("build-version", r"^(\S+)"),
    ):
        file = prefix / name
        if file.exists():
            match = re.search(pattern, file.read_text(), re.MULTILINE)
            if match:
                return match.group(1)
    return "unknown"


def cxx11_abi(prefix: Path) -> str:
    """PyTorch says which C++ string ABI it was built with; wheels before 2.7 used the old one."""
    config = prefix / "share" / "cmake" / "Torch" / "TorchConfig.cmake"
    if config.exists():
        match = re.search(r"_GLIBCXX_USE_CXX11_ABI=([01])", config.read_text())
        if match:
            return match.group(1)
    return "1"


def main() -> int:
    looked = []
    for origin, prefix in candidates(sys.argv[1] if len(sys.argv) > 1 else ""):
        looked.append(origin)
        if prefix is None or not is_libtorch(prefix):
            continue
        version = version_of(prefix)
        numbers = re.findall(r"\d+", version)
        if len(numbers) >= 2 and (int(numbers[0]), int(numbers[1])) < MINIMUM:
            looked[-1] += f" (version {version}, too old)"
            continue
        cuda = (prefix / "lib" / "libtorch_cuda.so").exists()
        print(prefix.resolve(), version, cxx11_abi(prefix), "cuda" if cuda else "cpu", sep="\n")
        return 0
    print(HELP.format(looked="; ".join(looked)), file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
