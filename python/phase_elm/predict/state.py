"""The parts of a restart file that a prediction changes, by column and plant type, and back."""

from __future__ import annotations

import datetime
import shutil
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.atomic import complete
from phase_elm.fuse.subgrid import Subgrid
from phase_elm.predict.config import PredictError
from phase_elm.predict.plant_rules import State


@dataclass(frozen=True)
class Kinds:
    """Which variables are on patches, on layers and on columns."""

    patch: tuple[str, ...]
    layer: tuple[str, ...]
    column: tuple[str, ...]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.patch, *self.layer, *self.column)

    @property
    def dims(self) -> dict[str, tuple[str, ...]]:
        """Dimensions by name, as the schema has them."""
        kinds = ((self.patch, "pft"), (self.layer, "level"))
        out = {name: ("column", axis) for names, axis in kinds for name in names}
        return out | dict.fromkeys(self.column, ("column",))


def read_held(path: Path, kinds: Kinds, grid: Subgrid, nlevel: int) -> State:
    """State as the model holds it (accelerated pools are not converted)."""
    out: State = {}
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        missing = [name for name in kinds.all if name not in data.variables]
        if missing:
            raise PredictError(
                f"{path}: lacks {len(missing)} variables that have to change with the pools: "
                f"{', '.join(missing)}"
            )
        there = grid.patch >= 0
        for name in kinds.patch:
            values = np.asarray(data[name][...], dtype=np.float64)
            out[name] = np.zeros(grid.patch.shape)
            out[name][there] = values[grid.patch[there]]
        for name in kinds.layer:
            out[name] = np.asarray(data[name][...], dtype=np.float64)[grid.column, :nlevel]
        for name in kinds.column:
            out[name] = np.asarray(data[name][...], dtype=np.float64)[grid.column]
    return out


def write_held(
    source: Path,
    out: Path,
    kinds: Kinds,
    grid: Subgrid,
    state: State,
    applied: np.ndarray,
    note: str,
    scalar_held: bool,
) -> None:
    """Copy the restart and write the changed columns; all else stays to the bit.

    Parameters:
        source: Restart to copy.
        out: Restart to write, in one move.
        kinds: What to write.
        grid: Where.
        state: New state as the model holds it.
        applied: Columns to write.
        note: Line for the file's history attribute.
        scalar_held: Set ``scalaravg_col`` to one (a jump in accelerated mode before year 40).
    """
    if out.resolve() == source.resolve():
        raise PredictError(f"{out}: is the restart that is read; name another file")
    out.parent.mkdir(parents=True, exist_ok=True)
    with complete(out) as partial:
        shutil.copyfile(source, partial)
        partial.chmod(0o644)
        with netCDF4.Dataset(partial, "a") as data:
            data.set_auto_maskandscale(False)
            _write(data, kinds, grid, state, applied)
            if scalar_held and "scalaravg_col" in data.variables:
                values = data["scalaravg_col"][...]
                values[grid.column] = 1.0
                data["scalaravg_col"][...] = values
            now = datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat()
            before = getattr(data, "history", "")
            data.setncattr("history", f"{before}\n{now} {note}".lstrip("\n"))


def _write(
    data: netCDF4.Dataset, kinds: Kinds, grid: Subgrid, state: State, applied: np.ndarray
) -> None:
    there = (grid.patch >= 0) & applied[:, None]
    for name in kinds.patch:
        values = data[name][...]
        values[grid.patch[there]] = state[name][there]
        data[name][...] = values
    rows = grid.column[applied]
    for name in kinds.layer:
        values = data[name][...]
        nlevel = state[name].shape[1]
        values[rows, :nlevel] = state[name][applied]
        values[rows, nlevel:] = 0.0
        data[name][...] = values
    for name in kinds.column:
        values = data[name][...]
        values[rows] = state[name][applied]
        data[name][...] = values
