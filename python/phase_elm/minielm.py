"""minielm from Python: run the Fortran model and see its arrays in place.

The only module that imports the compiled extension; everything else in :mod:`phase_elm` works
without it.

    with MiniElm("lnd_in") as model:
        model.run_years(20)
        leaf = model.field("leafc")      # a view: no copy, writing changes the model
        leaf[:] *= 2.0
        seen = model.packed("leafc")     # (column, pft), as the surrogate sees it

Under MPI every rank makes its own ``MiniElm`` with the same communicator and sees its own
cells. The model's state is Fortran module data, so a process can hold one model at a time.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

# libtorch must be the one of this interpreter: PyTorch loads it, the extension then finds it.
import torch  # noqa: F401

import phase_elm

if os.environ.get("PHASE_BUILD_DIR"):
    # A developer's build folder comes before the installed extension, as for the programs.
    phase_elm.__path__.insert(0, str(Path(os.environ["PHASE_BUILD_DIR"]).resolve() / "python"))

try:
    from phase_elm.minielm_fortran import minielm_api as _api
except ImportError as error:
    raise ImportError(
        "phase_elm was installed without its Fortran extension (_minielm_fortran), or the "
        f"extension cannot be loaded: {error}. Build it in a checkout with `ci/setup` or "
        "`pip install .` (needs gfortran, MPI and netCDF-Fortran), or point PHASE_BUILD_DIR at "
        "a Meson build folder."
    ) from error

Array = npt.NDArray[np.float64]


class Date(NamedTuple):
    """Model date at the end of the last step."""

    year: int
    month: int
    day: int
    second: int


class MiniElmError(RuntimeError):
    """The model or the plugin refused a request."""


@dataclass(frozen=True)
class Field:
    """One of the model's variables as the adapter registers it."""

    index: int
    name: str
    units: str
    on: str  # column, column_level, patch or pft
    parts: int  # arrays whose sum is the variable


class MiniElm:
    """A running minielm.

    Parameters
    ----------
    namelist:
        The namelist file (``lnd_in``). Relative file names in it are relative to the working
        folder, as for the program.
    comm:
        An mpi4py communicator; the world communicator when left out.
    """

    _running: MiniElm | None = None

    def __init__(self, namelist: str | os.PathLike[str] = "lnd_in", comm: Any = None) -> None:
        from mpi4py import MPI  # importing it initialises MPI: not before a model is wanted

        if MiniElm._running is not None:
            raise MiniElmError("a minielm runs already in this process; close it first")
        path = Path(namelist)
        if not path.is_file():
            raise FileNotFoundError(f"namelist file not found: {path.absolute()}")
        self.comm = MPI.COMM_WORLD if comm is None else comm
        _api.start(self.comm.py2f(), str(path))
        MiniElm._running = self
        self._fields = {field.name: field for field in _registered()}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # After an exception the other ranks may be elsewhere: no collective farewell then.
        if kind is None:
            self.close()
        else:
            MiniElm._running = None

    def close(self) -> None:
        """Write what is due at the end of a run and release the model's memory.

        Views of fields must not be used afterwards.
        """
        if MiniElm._running is self:
            _api.finish()
            MiniElm._running = None
            self._fields = {}

    def step(self, n: int = 1) -> None:
        """Run ``n`` time steps (days)."""
        self._require_running()
        _api.run_steps(n)

    def run_years(self, n: int) -> None:
        """Run ``n`` years."""
        self._require_running()
        _api.run_years(n)

    @property
    def date(self) -> Date:
        """Model date."""
        self._require_running()
        return Date(*(int(number) for number in _api.current_date()))

    def fields(self) -> list[Field]:
        """List the variables that the adapter registers."""
        return list(self._fields.values())

    def field(self, name: str, part: int = 0) -> Array:
        """View one of the model's arrays in place.

        The shape is (columns,), (columns, layers), (patches,) or (pfts,) of this rank, with the
        column fastest in memory as in Fortran. A variable that is the sum of several arrays has
        several parts.
        """
        self._require_running()
        if name not in self._fields:
            raise KeyError(
                f"the adapter registers no variable '{name}'; MiniElm.fields() lists them"
            )
        field = self._fields[name]
        if not 0 <= part < field.parts:
            raise IndexError(f"'{name}' has {field.parts} part(s), asked for part {part}")
        address, n1, n2, stride1, stride2 = (
            int(number) for number in _api.field_part(field.index, part + 1)
        )
        shape = (n1, n2) if n2 > 0 else (n1,)
        strides = (stride1, stride2)[: len(shape)]
        # From the first element to the end of the last: what the view may touch.
        extent = sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True)) + 8
        memory = (ctypes.c_char * extent).from_address(address)
        return np.ndarray(shape, dtype=np.float64, buffer=memory, strides=strides)

    def packed(self, name: str) -> Array:
        """Copy a variable as the plugin packs it for the surrogate: (column, feature)."""
        self._require_running()
        nfeature, ncol = (int(number) for number in _api.packed_shape(name))
        if nfeature < 0:
            raise MiniElmError(_api.last_error())
        buffer = np.zeros((nfeature, ncol), dtype=np.float64, order="F")
        if _api.packed(name, buffer) != 0:
            raise MiniElmError(_api.last_error())
        return buffer.T

    def jump(self) -> None:
        """Make the jump that is due when the next year begins, at the end of a year. Collective."""
        self._require_running()
        if _api.jump() != 0:
            raise MiniElmError(_api.last_error())

    def closure(self) -> dict[str, float]:
        """Largest relative error of last year's budgets among this rank's columns, by element.

        ``P_all`` is phosphorus with its occluded and primary forms.
        """
        self._require_running()
        values = np.zeros(4)
        _api.closure(values)
        return dict(zip(("C", "N", "P", "P_all"), (float(v) for v in values), strict=True))

    def _require_running(self) -> None:
        if MiniElm._running is not self:
            raise MiniElmError("this minielm is closed")


def _registered() -> Iterator[Field]:
    for index in range(1, int(_api.field_count()) + 1):
        name, units, on, parts = _api.field_at(index)
        yield Field(index, name, units, on, int(parts))
