"""Which column and patch is which, from the index variables of a restart file.

Nothing is taken by position: columns by land unit and activity, patches by ``pfts1d_itypveg`` and
``pfts1d_column_index``, gridcells by their indices in the grid, checked against longitude and
latitude.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.opened import opened

SOIL_LANDUNITS = (1, 2)  # natural vegetation and, without prognostic crops, the crop land unit
SAME_PLACE_DEGREES = 2.0e-3  # history files hold coordinates in single precision


@dataclass(frozen=True)
class Subgrid:
    """Soil columns of a restart file and their patches.

    Parameters:
        column: Position of each soil column in the file's ``column`` dimension.
        patch: Position of the patch of each plant type, -1 where there is none (column, pft).
        wtcol: Weight of each patch on its column (column, pft).
        cell: Gridcell of each column, counted from 0.
        lon, lat: Of each column, degrees.
        ixy, jxy: Indices of the gridcell in the grid, counted from 0.
        weight: Weight of the column on its gridcell.
        patch_keys: Of every patch of the file: ixy, jxy, land unit type and plant type.
    """

    path: Path
    column: np.ndarray
    patch: np.ndarray
    wtcol: np.ndarray
    cell: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    ixy: np.ndarray
    jxy: np.ndarray
    weight: np.ndarray
    patch_keys: np.ndarray

    def __len__(self) -> int:
        return len(self.column)

    @property
    def shares_cells(self) -> bool:
        """Some gridcell holds several soil columns."""
        return len(np.unique(self.cell)) < len(self.cell)

    def rows(self, rows: slice) -> Subgrid:
        """Part of the columns."""
        parts = {
            name: getattr(self, name)[rows]
            for name in ("column", "patch", "wtcol", "cell", "lon", "lat", "ixy", "jxy", "weight")
        }
        return Subgrid(path=self.path, patch_keys=self.patch_keys, **parts)


def read_subgrid(path: Path, npft: int) -> Subgrid:
    """Read the index variables; every active soil column of every gridcell is kept."""
    with opened(path) as data:
        where = _index_variables(data, path)
        kept = np.isin(where["cols1d_ityplun"], SOIL_LANDUNITS) & (where["cols1d_active"] == 1)
        column = np.flatnonzero(kept)
        if not len(column):
            raise FuseError(
                f"{path}: no active column on a vegetated land unit (cols1d_ityplun 1 or 2)"
            )
        place = np.full(len(kept), -1)
        place[column] = np.arange(len(column))
        row = place[where["pfts1d_column_index"] - 1]
        active = (where["pfts1d_active"] == 1) & (row >= 0)
        kind = where["pfts1d_itypveg"]
        odd = active & ((kind < 0) | (kind >= npft)) & (where["pfts1d_wtcol"] > 0.0)
        if odd.any():
            first = int(np.flatnonzero(odd)[0])
            raise FuseError(
                f"{path}: patch {first + 1} is of plant type {kind[first]}, the schema has types 0 "
                f"to {npft - 1}; prognostic crops are not covered"
            )
        active &= (kind >= 0) & (kind < npft)
        chosen = np.flatnonzero(active)
        patch = np.full((len(column), npft), -1)
        weight = np.zeros((len(column), npft))
        if len(np.unique(row[chosen] * npft + kind[chosen])) < len(chosen):
            raise FuseError(f"{path}: a column holds two active patches of one plant type")
        patch[row[chosen], kind[chosen]] = chosen
        weight[row[chosen], kind[chosen]] = where["pfts1d_wtcol"][chosen]
        cell = where["cols1d_gridcell_index"][column] - 1
        keys = np.stack(
            [
                where["pfts1d_ixy"],
                where["pfts1d_jxy"],
                where["pfts1d_ityplun"],
                where["pfts1d_itypveg"],
            ],
            1,
        )
        return Subgrid(
            path=path,
            column=column,
            patch=patch,
            wtcol=weight,
            cell=cell,
            lon=where["grid1d_lon"][cell],
            lat=where["grid1d_lat"][cell],
            ixy=where["grid1d_ixy"][cell] - 1,
            jxy=where["grid1d_jxy"][cell] - 1,
            weight=where["cols1d_wtxy"][column],
            patch_keys=keys,
        )


_INDEX = (
    "grid1d_lon", "grid1d_lat", "grid1d_ixy", "grid1d_jxy", "cols1d_ityplun", "cols1d_active",
    "cols1d_gridcell_index", "cols1d_wtxy", "pfts1d_column_index", "pfts1d_itypveg",
    "pfts1d_active", "pfts1d_wtcol", "pfts1d_ixy", "pfts1d_jxy", "pfts1d_ityplun",
)  # fmt: skip


def _index_variables(data: netCDF4.Dataset, path: Path) -> dict[str, np.ndarray]:
    missing = [name for name in _INDEX if name not in data.variables]
    if missing:
        raise FuseError(f"{path}: is no ELM restart, it lacks {', '.join(missing)}")
    return {name: np.asarray(data[name][...]) for name in _INDEX}


def degrees_apart(lon: np.ndarray, lat: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Distance on the sphere in degrees."""
    a, b, c, d = (np.deg2rad(v) for v in (lat, y, lon, x))
    half = np.sin((a - b) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin((c - d) / 2) ** 2
    return np.rad2deg(2.0 * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def locate_cells(
    grid: Subgrid, lon: np.ndarray, lat: np.ndarray, shape: tuple[int, ...], where: str
) -> np.ndarray:
    """Flat position of each column's gridcell among the points of another file of the same run.

    The grid indices of the restart tell the position, longitude and latitude have to agree. Where
    they do not (a file of part of the grid) the point at the same place is taken; none or several
    are an error.
    """
    lon, lat = np.asarray(lon, float).reshape(-1), np.asarray(lat, float).reshape(-1)
    guess = grid.ixy + (grid.jxy * shape[1] if len(shape) == 2 else 0)
    if len(shape) == 1 and grid.jxy.any():
        guess = grid.cell
    inside = (guess >= 0) & (guess < len(lon))
    safe = np.where(inside, guess, 0)
    good = inside & (degrees_apart(grid.lon, grid.lat, lon[safe], lat[safe]) < SAME_PLACE_DEGREES)
    found = safe.copy()
    for i in np.flatnonzero(~good):
        near = np.flatnonzero(
            degrees_apart(grid.lon[i], grid.lat[i], lon, lat) < SAME_PLACE_DEGREES
        )
        if len(near) != 1:
            raise FuseError(
                f"{where}: {len(near)} points at {grid.lat[i]:.3f} N, {grid.lon[i]:.3f} E (column "
                f"{grid.column[i] + 1} of {grid.path}), expected one; is it of the same run?"
            )
        found[i] = near[0]
    return found


def nearest_points(
    grid: Subgrid, lon: np.ndarray, lat: np.ndarray, limit: float, where: str
) -> np.ndarray:
    """Nearest point of a forcing data set for each column, not farther than ``limit`` degrees."""
    found = np.empty(len(grid), dtype=np.int64)
    for i in range(len(grid)):
        apart = degrees_apart(grid.lon[i], grid.lat[i], lon, lat)
        found[i] = int(apart.argmin())
        if apart[found[i]] > limit:
            raise FuseError(
                f"{where}: the nearest point to {grid.lat[i]:.3f} N, {grid.lon[i]:.3f} E is "
                f"{apart[found[i]]:.2f} degrees away, allowed are {limit:g}"
            )
    return found


def locate_patches(grid: Subgrid, keys: np.ndarray, where: str) -> np.ndarray:
    """Position in another file of every patch of the restart, by grid indices and plant type.

    Patches with the same key (several columns of one land unit) keep their order. -1 where the
    other file has none.
    """

    def ranked(rows: np.ndarray) -> list[tuple[int, ...]]:
        seen: dict[tuple[int, ...], int] = {}
        out = []
        for row in map(tuple, rows.tolist()):
            seen[row] = seen.get(row, -1) + 1
            out.append((*row, seen[row]))
        return out

    if np.array_equal(keys, grid.patch_keys):
        return np.arange(len(keys))
    there = {key: i for i, key in enumerate(ranked(keys))}
    place = np.array([there.get(key, -1) for key in ranked(grid.patch_keys)])
    needed = grid.patch[grid.patch >= 0]
    if (place[needed] < 0).any():
        lost = int(needed[place[needed] < 0][0])
        raise FuseError(
            f"{where}: has no patch like number {lost + 1} of {grid.path} "
            f"(ixy, jxy, land unit, plant type {grid.patch_keys[lost].tolist()})"
        )
    return place
