"""Which variables of history files are wanted, and where the columns of a block lie in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import netCDF4
import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.subgrid import SAME_PLACE_DEGREES, Subgrid, locate_cells, locate_patches

Kind = Literal["cell", "column", "patch"]
FILL = 1.0e30
GRIDS: dict[tuple[str, ...], Kind] = {
    ("lndgrid",): "cell",
    ("gridcell",): "cell",
    ("lat", "lon"): "cell",
    ("column",): "column",
    ("pft",): "patch",
}
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
    records: np.ndarray  # positions in the file
    start: np.ndarray  # days from the window's start
    stop: np.ndarray
    months: list[list[tuple[int, float]]]  # months that a record touches, with its share of each
    kind: Kind
    convert: tuple[float, float]
    level_axis: bool


class Places:
    """Where the columns and patches of a block lie in one history file."""

    def __init__(self, data: netCDF4.Dataset, path: Path, grid: Subgrid) -> None:
        self.data, self.path, self.grid = data, path, grid
        self._found: dict[tuple[str, ...], np.ndarray] = {}

    def position(self, dims: tuple[str, ...]) -> np.ndarray:
        """Flat position of every column (or patch of the restart) along the given dimensions."""
        if dims not in self._found:
            kind = GRIDS[dims]
            find = {"cell": self._cells, "column": self._columns, "patch": self._patches}[kind]
            self._found[dims] = find(dims)
        return self._found[dims]

    def _cells(self, dims: tuple[str, ...]) -> np.ndarray:
        lon, lat = self.data["lon"][:], self.data["lat"][:]
        if len(dims) == 2:
            lon, lat = np.meshgrid(lon, lat)
        return locate_cells(self.grid, lon, lat, lon.shape, str(self.path))

    def _columns(self, dims: tuple[str, ...]) -> np.ndarray:
        lon, lat = self.data["cols1d_lon"][:], self.data["cols1d_lat"][:]
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

    def _patches(self, dims: tuple[str, ...]) -> np.ndarray:
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
        keys = np.stack([np.asarray(self.data[name][:]) for name in names.values()], 1)
        return locate_patches(self.grid, keys, str(self.path))

    def values(self, want: Wanted, piece: Piece, data: netCDF4.Dataset) -> np.ndarray:
        """The records of one variable, on the block's columns, as the file holds them.

        (record, column), (record, level, column), or of a tape by patch (record, column, pft).
        """
        variable = data[want.name]
        dims = variable.dimensions[1 + piece.level_axis :]
        at = self.position(dims)
        if want.by_patch:
            slot = self.grid.patch >= 0
            at = at[self.grid.patch[slot]]
        if not len(at):
            return np.zeros((len(piece.records), *self.grid.patch.shape))
        first, last = int(piece.records.min()), int(piece.records.max()) + 1
        chosen = piece.records - first
        levels = (slice(0, want.levels),) if piece.level_axis else ()
        if len(dims) == 2:
            width = variable.shape[-1]
            row, end = int(at.min()) // width, int(at.max()) // width + 1
            block = variable[(slice(first, last), *levels, slice(row, end))]
            block = block.reshape(*block.shape[:-2], -1)
            at = at - row * width
        else:
            low, high = int(at.min()), int(at.max()) + 1
            block = variable[(slice(first, last), *levels, slice(low, high))]
            at = at - low
        if not (len(at) == block.shape[-1] and np.array_equal(at, np.arange(len(at)))):
            block = block[..., at]
        if not np.array_equal(chosen, np.arange(len(block))):
            block = block[chosen]
        if not (block.max() < FILL and block.min() > -FILL):
            bad = ~(np.abs(block) < FILL)
            place = int(np.argwhere(bad)[0][-1])
            raise FuseError(
                f"{self.path}: {want.name} holds {int(bad.sum())} missing values where the model "
                f"is active, first at element {place + 1} of the block; was the run stopped?"
            )
        if not want.by_patch:
            return block
        whole = np.zeros((len(block), *self.grid.patch.shape))
        whole[:, slot] = block
        return whole
