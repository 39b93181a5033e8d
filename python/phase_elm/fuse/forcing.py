"""Monthly means of the forcing from the files that the model read.

Two layouts: one file with daily values on (time, gridcell), as ``phase world`` writes it, and
ELM's CPL_BYPASS one, a file per variable (and zone) with packed 6-hourly values on (n, DTIME).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.subgrid import Subgrid, degrees_apart, nearest_points
from phase_elm.fuse.units import conversion
from phase_elm.fuse.window import DAYS_PER_YEAR, MONTH_STARTS, Window
from phase_elm.schema import Variable

FIRST_TRANSIENT_YEAR = 1850  # ELM: the cycle of the spin-up is laid back from here


def read_forcing(
    paths: Iterable[Path], variable: Variable, grid: Subgrid, window: Window, limit: float
) -> np.ndarray:
    """Monthly means (column, month of the window); the years of the file are cycled."""
    out = np.full((len(grid), 12 * window.years), np.nan)
    near = np.full(len(grid), np.inf)
    for path in paths:
        with netCDF4.Dataset(path) as data:
            if variable.name not in data.variables:
                continue
            _read_one(data, path, variable, grid, window, limit, out, near)
    lost = np.flatnonzero(~np.isfinite(out).all(1))
    if len(lost):
        raise FuseError(
            f"{variable.name}: no forcing file has it for column {grid.column[lost[0]] + 1} "
            f"({grid.lat[lost[0]]:.3f} N, {grid.lon[lost[0]]:.3f} E)"
        )
    return out


def _read_one(
    data: netCDF4.Dataset,
    path: Path,
    variable: Variable,
    grid: Subgrid,
    window: Window,
    limit: float,
    out: np.ndarray,
    near: np.ndarray,
) -> None:
    found = data[variable.name]
    where = f"{path}: {variable.name}"
    time = next((d for d in ("DTIME", "time") if d in found.dimensions), None)
    if time is None or len(found.dimensions) != 2:
        raise FuseError(f"{where}: dimensions are {found.dimensions}, expected points and time")
    lon, lat = np.asarray(data["LONGXY"][...]), np.asarray(data["LATIXY"][...])
    # Zones come in several files: a file gives the columns that it is nearest to.
    some = len(lon) < len(grid) or time == "DTIME"
    point = nearest_points(grid, lon, lat, 360.0 if some else limit, where)
    apart = degrees_apart(grid.lon, grid.lat, lon[point], lat[point])
    mine = np.flatnonzero((apart < near) & (apart <= limit))
    factor, offset = conversion(getattr(found, "units", None), variable.units, where)
    steps = found.shape[found.dimensions.index(time)]
    years, per_day = _length(steps, where)
    start = _first_index(data[time], path, years, window, time)
    for i in mine:
        rows = (slice(None), point[i]) if found.dimensions[0] == time else (point[i], slice(None))
        series = np.ma.filled(found[rows].astype(np.float64), np.nan).reshape(years, -1)
        if not np.isfinite(series).all():
            raise FuseError(f"{where}: missing values at point {point[i] + 1}")
        starts = MONTH_STARTS[:-1] * per_day
        sums = np.add.reduceat(series, starts, axis=1)
        months = sums / (np.diff(MONTH_STARTS) * per_day)
        order = (start + np.arange(window.years)) % years
        out[i] = (factor * months[order] + offset).reshape(-1)
        near[i] = apart[i]


def _length(steps: int, where: str) -> tuple[int, int]:
    """Years and values a day."""
    for per_day in (1, 4, 8, 24):
        years, rest = divmod(steps, per_day * DAYS_PER_YEAR)
        if rest == 0 and 0 < years <= 200 and (per_day > 1 or years * DAYS_PER_YEAR == steps):
            if per_day == 1 and years > 60:
                continue
            return years, per_day
    raise FuseError(f"{where}: {steps} values are no whole number of noleap years")


def _first_index(time: netCDF4.Variable, path: Path, years: int, window: Window, name: str) -> int:
    """Year of the file that the window's first model year used."""
    if name == "time":
        return (window.first_year - 1) % years
    match = re.match(r"days since (\d+)-", str(getattr(time, "units", "")))
    if not match:
        raise FuseError(f"{path}: {name} lacks units 'days since YYYY-...'")
    # ELM lays the cycle so that the year before the transient run starts continues it.
    return (window.first_year - 1 + FIRST_TRANSIENT_YEAR - int(match.group(1))) % years
