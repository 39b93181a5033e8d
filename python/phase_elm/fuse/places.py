"""Which variables of history files are wanted, and where the columns of a block lie in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import netCDF4
import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.subgrid import SAME_PLACE_DEGREES, Subgrid, locate_cells, locate_patches
from phase_elm.fuse.window import Records

Kind = Literal["cell", "column", "patch"]
FILL = 1.0e30
GRIDS: dict[tuple[str, ...], Kind] = {
    ("lndgrid",): "cell",
    ("gridcell",): "cell",
    ("lat", "lon"): "cell",
    ("column",): "column",
    ("pft",): "patch",
}
_COORDINATES = {"cell": ("lon", "lat"), "column": ("cols1d_lon", "cols1d_lat")}
LEVELS = ("levdcmp", "levgrnd", "levsoi", "levtrc")


@dataclass(frozen=True)
class Wanted:
    """One history variable that is needed.

    Parameters:
        name: Name in the file.
        units: Wanted unit.
        by_patch: Patch values (a tape with ``hist_dov2xy=.false.``) instead of column values.
        levels: Layers to keep, 0 for a variable without layers.
        monthly: Keep the series of months too.
        first_only: Of that series keep the first month alone.
        mean: Keep the mean of the window.
    """

    name: str
    units: str
    by_patch: bool = False
    levels: int = 0
    monthly: bool = False
    first_only: bool = False
    mean: bool = True

    @property
    def key(self) -> tuple[str, bool]:
        return self.name, self.by_patch


@dataclass
class Piece:
    """The records of one variable in one file that lie in the window."""

    path: Path
    records: Records
    grid: tuple[str, ...]  # horizontal dimensions
    convert: tuple[float, float]
    level_axis: bool


@dataclass(frozen=True)
class Part:
    """What to read along the horizontal dimensions, and which of it is meant; ``None``: all."""

    slices: tuple[slice, ...]
    chosen: np.ndarray | None


class Places:
    """Where the columns and patches of a block lie in one history file.

    Parameters:
        data, path: The file.
        grid: Columns of the block.
        known: Positions found in other files, by the coordinates that they were found from.
    """

    def __init__(
        self, data: netCDF4.Dataset, path: Path, grid: Subgrid, known: dict[Any, np.ndarray]
    ) -> None:
        self.data, self.path, self.grid, self._known = data, path, grid, known
        self._parts: dict[tuple[str, ...], Part] = {}

    def part(self, dims: tuple[str, ...]) -> Part:
        """Where the block lies along the given dimensions: its columns or its active patches."""
        if dims not in self._parts:
            self._parts[dims] = self._part(dims)
        return self._parts[dims]

    def _part(self, dims: tuple[str, ...]) -> Part:
        kind = GRIDS[dims]
        names = self._patch_names() if kind == "patch" else _COORDINATES[kind]
        find = {"cell": self._cells, "column": self._columns, "patch": self._patches}[kind]
        keys = [np.asarray(self.data.variables[name][:]) for name in names]
        told = (dims, *(key.tobytes() for key in keys))
        if told not in self._known:
            self._known[told] = find(dims, *keys)
        at = self._known[told]
        if kind == "patch":
            at = at[self.grid.patch[self.grid.patch >= 0]]
        if not len(at):
            return Part((), at)
        width = self.data.dimensions[dims[-1]].size if len(dims) == 2 else 1
        first, last = int(at.min()) // width, int(at.max()) // width + 1
        at = at - first * width
        slices = (slice(first, last), slice(None))[: len(dims)]
        whole = np.array_equal(at, np.arange((last - first) * width))
        return Part(slices, None if whole else at)

    def _cells(self, dims: tuple[str, ...], lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        if len(dims) == 2:
            lon, lat = np.meshgrid(lon, lat)
        return locate_cells(self.grid, lon, lat, lon.shape, str(self.path))

    def _columns(self, dims: tuple[str, ...], lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
        at = self.grid.column
        fits = len(lon) > at.max() and np.all(
            (np.abs(lon[at] - self.grid.lon) % 360.0 < SAME_PLACE_DEGREES)
            & (np.abs(lat[at] - self.grid.lat) < SAME_PLACE_DEGREES)
        )
        if not fits:
            raise FuseError(
                f"{self.path}: its columns (cols1d_lon, cols1d_lat) are not those of "
                f"{self.grid.path}"
            )
        return at

    def _patch_names(self) -> tuple[str, ...]:
        names = {
            key: next((n for n in (key, old) if n in self.data.variables), None)
            for key, old in (
                ("pfts1d_ixy", "pfts1d_ixy"),
                ("pfts1d_jxy", "pfts1d_jxy"),
                ("pfts1d_itype_lunit", "pfts1d_ityplun"),
                ("pfts1d_itype_veg", "pfts1d_itypveg"),
            )
        }
        missing = [key for key, name in names.items() if name is None]
        if missing:
            raise FuseError(f"{self.path}: patch values without {', '.join(missing)}")
        return tuple(name for name in names.values() if name is not None)

    def _patches(self, dims: tuple[str, ...], *keys: np.ndarray) -> np.ndarray:
        return locate_patches(self.grid, np.stack(keys, 1), str(self.path))

    def values(self, want: Wanted, piece: Piece) -> np.ndarray:
        """The records of one variable, on the block's columns, as the file holds them.

        (record, column), (record, level, column), or of a tape by patch (record, active patch).
        """
        records, part = piece.records, self.part(piece.grid)
        if not part.slices:
            return np.zeros((len(records.days), 0))
        levels = (slice(0, want.levels),) if piece.level_axis else ()
        block = self.data.variables[want.name][(records.span, *levels, *part.slices)]
        if len(part.slices) == 2:
            block = block.reshape(*block.shape[:-2], -1)
        if part.chosen is not None:
            block = block.take(part.chosen, axis=-1)
        if records.chosen is not None:
            block = block[records.chosen]
        if not (block.max() < FILL and block.min() > -FILL):
            bad = ~(np.abs(block) < FILL)
            place = int(np.argwhere(bad)[0][-1])
            raise FuseError(
                f"{self.path}: {want.name} holds {int(bad.sum())} missing values where the model "
                f"is active, first at element {place + 1} of the block; was the run stopped?"
            )
        return block
