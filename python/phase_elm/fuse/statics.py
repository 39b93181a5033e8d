"""What is read once: surface data and PFT parameters."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.opened import opened
from phase_elm.fuse.subgrid import Subgrid, locate_cells
from phase_elm.fuse.units import conversion
from phase_elm.schema import Schema, Variable

_PLACES = (("gridcell",), ("lsmlat", "lsmlon"), ("nj", "ni"), ("lat", "lon"))


class SurfaceData:
    """Surface data set of a run, by the columns of a restart."""

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise FuseError(f"{path}: no such surface data set")
        self.path = path
        self.data = netCDF4.Dataset(path)
        self.data.set_auto_mask(False)
        missing = [name for name in ("LONGXY", "LATIXY") if name not in self.data.variables]
        if missing:
            raise FuseError(f"{path}: is no surface data set, it lacks {', '.join(missing)}")

    def close(self) -> None:
        self.data.close()

    def missing(self, variables: Iterable[Variable]) -> list[str]:
        return [v.name for v in variables if v.name not in self.data.variables]

    def position(self, grid: Subgrid) -> np.ndarray:
        """Flat position of each column's gridcell."""
        lon, lat = self.data["LONGXY"][...], self.data["LATIXY"][...]
        return locate_cells(grid, lon, lat, lon.shape, str(self.path))

    def values(self, variable: Variable, schema: Schema, grid: Subgrid) -> np.ndarray:
        """One variable on the given columns, in schema units."""
        found = self.data[variable.name]
        where = f"{self.path}: {variable.name}"
        factor, offset = conversion(getattr(found, "units", None), variable.units, where)
        values = np.asarray(found[...], dtype=np.float64)
        layered = variable.dims == "column_level"
        horizontal = found.dimensions[1:] if layered else found.dimensions
        if horizontal not in _PLACES:
            raise FuseError(f"{where}: dimensions are {found.dimensions}, expected a gridcell axis")
        if layered:
            if values.shape[0] < schema.dims.level:
                raise FuseError(
                    f"{where}: {values.shape[0]} layers, expected {schema.dims.level} or more"
                )
            values = values.reshape(values.shape[0], -1)[: schema.dims.level]
            values = values[:, self.position(grid)].T
        else:
            values = values.reshape(-1)[self.position(grid)]
        return factor * values + offset

    def optional(self, name: str, grid: Subgrid) -> np.ndarray | None:
        """A variable that only some data sets have, such as the split of a generated world."""
        if name not in self.data.variables:
            return None
        return np.asarray(self.data[name][...]).reshape(-1)[self.position(grid)]


def read_parameters(path: Path, variables: Iterable[Variable], npft: int) -> dict[str, np.ndarray]:
    """PFT parameters in schema units."""
    if not path.is_file():
        raise FuseError(f"{path}: no such parameter file")
    out = {}
    with opened(path) as data:
        missing = [v.name for v in variables if v.name not in data.variables]
        if missing:
            raise FuseError(f"{path}: lacks {len(missing)} parameters: {', '.join(missing)}")
        for variable in variables:
            found = data[variable.name]
            where = f"{path}: {variable.name}"
            if found.dimensions != ("pft",) or found.shape[0] < npft:
                raise FuseError(
                    f"{where}: dimensions {found.dimensions} of {found.shape}, expected pft of "
                    f"{npft} or more"
                )
            unit = _parameter_unit(getattr(found, "units", None), variable.units)
            factor, offset = conversion(unit, variable.units, where)
            out[variable.name] = factor * np.asarray(found[:npft], dtype=np.float64) + offset
    return out


def _parameter_unit(found: str | None, wanted: str) -> str | None:
    """ELM's parameter files call dimensionless numbers by many names; a ratio gC/gC is one."""
    return "1" if found is not None and wanted == "1" and found.strip() == "gC/gC" else found


def respired_shares(path: Path) -> dict[str, float]:
    """Respired share of the decomposition of each pool but woody debris, CTC cascade."""
    names = {
        "LITR1": "rf_l1s1", "LITR2": "rf_l2s2", "LITR3": "rf_l3s3", "SOIL1": "rf_s1s2",
        "SOIL2": "rf_s2s3", "SOIL3": "rf_s3s4",
    }  # fmt: skip
    with opened(path) as data:
        missing = [name for name in names.values() if name not in data.variables]
        if missing:
            raise FuseError(f"{path}: lacks {', '.join(missing)} of the CTC cascade")
        return {
            pool: float(np.asarray(data[name][...]).reshape(-1)[0]) for pool, name in names.items()
        }
