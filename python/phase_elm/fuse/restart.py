"""Instantaneous state from a restart file, by schema name."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.opened import opened
from phase_elm.fuse.places import FILL
from phase_elm.fuse.pool_space import PoolSpace
from phase_elm.fuse.subgrid import Subgrid
from phase_elm.fuse.units import conversion
from phase_elm.schema import Schema, Variable


def restart_date(path: Path) -> int:
    """Date of a restart file, YYYYMMDD."""
    with opened(path) as data:
        if "timemgr_rst_curr_ymd" not in data.variables:
            raise FuseError(f"{path}: is no ELM restart, it lacks timemgr_rst_curr_ymd")
        if int(data["timemgr_rst_curr_tod"][...]) != 0:
            raise FuseError(f"{path}: was not written at midnight")
        return int(data["timemgr_rst_curr_ymd"][...])


def cascade(path: Path) -> str:
    """Decomposition cascade: ``CTC`` or ``CENTURY`` (units digit of ``decomp_cascade_state``)."""
    with opened(path) as data:
        if "decomp_cascade_state" not in data.variables:
            raise FuseError(f"{path}: lacks decomp_cascade_state, so its cascade is not known")
        return "CENTURY" if int(data["decomp_cascade_state"][...]) % 10 else "CTC"


def missing_names(path: Path, names: Iterable[str]) -> list[str]:
    """Names that the file does not have."""
    with opened(path) as data:
        return [name for name in names if name not in data.variables]


def read_state(
    path: Path,
    variables: Iterable[Variable],
    schema: Schema,
    grid: Subgrid,
    space: PoolSpace,
    year: int,
    file_names: dict[str, str] | None = None,
) -> dict[str, np.ndarray]:
    """Pools and other state on the given columns, in normal pool space.

    Parameters:
        path: Restart file.
        variables: Schema variables to read.
        schema: Extents.
        grid: Columns and patches, of this file.
        space: Pool space of this file.
        year: Model year that begins at the restart.
        file_names: Name in the file where it is not the schema's.
    """
    names = file_names or {}
    wanted = {v.name: names.get(v.name, v.name) for v in variables}
    missing = missing_names(path, wanted.values())
    if missing:
        raise FuseError(
            f"{path}: lacks {len(missing)} variables: {', '.join(missing)}; expected a restart of "
            "a run with active C, N and P and layered soil"
        )
    out = {}
    with opened(path) as data:
        for variable in variables:
            name = wanted[variable.name]
            found = data[name]
            unit = getattr(found, "units", None)
            factor, offset = conversion(unit, variable.units, f"{path}: {name}")
            values = _values(found, variable, schema, grid, f"{path}: {name}")
            if (factor, offset) != (1.0, 0.0):
                values = factor * values + offset
            out[variable.name] = values * space.factor(name, year)
    return out


def _values(
    found: netCDF4.Variable, variable: Variable, schema: Schema, grid: Subgrid, where: str
) -> np.ndarray:
    expected = {
        "column": ("column",),
        "column_level": ("column", "levgrnd"),
        "patch": ("pft",),
    }[variable.dims]
    if found.dimensions != expected:
        raise FuseError(f"{where}: dimensions are {found.dimensions}, expected {expected}")
    values = np.asarray(found[...], dtype=np.float64)
    if variable.dims == "patch":
        out = np.zeros(grid.patch.shape)
        there = grid.patch >= 0
        out[there] = values[grid.patch[there]]
        where_bad = np.abs(out) >= FILL
    elif variable.dims == "column_level":
        nlevel = schema.dims.level
        if values.shape[1] < nlevel:
            raise FuseError(f"{where}: {values.shape[1]} layers, expected {nlevel} or more")
        out = values[grid.column, :nlevel]
        where_bad = ~(np.abs(out) < FILL)
    else:
        out = values[grid.column]
        where_bad = ~(np.abs(out) < FILL)
    if where_bad.any() or not np.isfinite(out).all():
        row = int(np.argwhere(where_bad | ~np.isfinite(out))[0][0])
        raise FuseError(
            f"{where}: missing or not finite in column {grid.column[row] + 1} "
            f"({grid.lat[row]:.3f} N, {grid.lon[row]:.3f} E)"
        )
    return out
