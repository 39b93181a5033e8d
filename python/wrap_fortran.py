"""Wrap one Fortran module for Python with f90wrap and f2py, for Meson.

    wrap_fortran.py NAME SOURCE OUTPUT_FOLDER

Leaves in the folder the flat Fortran wrappers, the extension ``_NAME`` in C with f2py's
support code, and the Python module ``NAME.py`` that calls it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy.f2py

# Kinds that the wrapped module names, in C's terms.
KINDS = {"real": {"r8": "double"}, "integer": {"int64": "long_long"}}

F2PY = "import sys; from f90wrap.scripts.f2py_f90wrap import main; sys.exit(main())"
F90WRAP = "import sys; from f90wrap.scripts.main import main; sys.exit(main())"


def run(code: str, *arguments: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"wrapping Fortran for Python failed:\n{done.stdout}\n{done.stderr}")


def main(name: str, source: str, output_folder: str) -> None:
    folder = Path(output_folder).resolve()
    path = Path(source).resolve()
    kinds = folder / "kinds"
    kinds.write_text(repr(KINDS))
    run(F90WRAP, "-m", name, "-k", str(kinds), "--return-decoded", str(path), folder=folder)

    # f90wrap writes an import of a top-level extension; here it lies beside the module.
    module = folder / f"{name}.py"
    module.write_text(module.read_text().replace(f"import _{name}", f"from . import _{name}", 1))

    wrappers = f"f90wrap_{path.stem}.f90"
    run(F2PY, "--lower", "--quiet", "-m", f"_{name}", wrappers, folder=folder)
    support = Path(numpy.f2py.__file__).parent / "src"
    for file in ("fortranobject.c", "fortranobject.h"):
        shutil.copy(support / file, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
