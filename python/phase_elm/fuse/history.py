"""Means over the observed window from any number of history files, read once, file by file.

Memory holds the sums of one block of columns and one variable of one file. Under MPI the files
are dealt out to the ranks and the sums are added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import netCDF4
import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.subgrid import SAME_PLACE_DEGREES, Subgrid, locate_cells, locate_patches
from phase_elm.fuse.units import conversion
from phase_elm.fuse.window import Window

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

Kind = Literal["cell", "column", "patch"]
FILL = 1.0e30
MOST_OPEN = 200  # files kept open between scan and read
_GRIDS: dict[tuple[str, ...], Kind] = {
    ("lndgrid",): "cell",
    ("gridcell",): "cell",
    ("lat", "lon"): "cell",
    ("column",): "column",
    ("pft",): "patch",
}
_LEVELS = ("levdcmp", "levgrnd", "levsoi", "levtrc")


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
class _Piece:
    """The records of one variable in one file that lie in the window."""

    path: Path
    records: np.ndarray  # positions in the file
    start: np.ndarray  # days from the window's start
    stop: np.ndarray
    kind: Kind
    convert: tuple[float, float]
    level_axis: bool


@dataclass
class Means:
    """What the window shows of one block of columns."""

    mean: dict[tuple[str, bool], np.ndarray] = field(default_factory=dict)
    month: dict[tuple[str, bool], np.ndarray] = field(default_factory=dict)


class HistoryFiles:
    """The history files of a run.

    Parameters:
        paths: Files, in any order, of any number of tapes.
        window: Observed years.
    """

    def __init__(self, paths: Iterable[Path], window: Window) -> None:
        self.paths = sorted(set(paths))
        self.window = window
        self.pieces: dict[tuple[str, bool], list[_Piece]] = {}
        self.initial_file = ""
        self.source = ""
        self._seen: dict[str, set[str]] = {}
        self._open: dict[Path, netCDF4.Dataset] = {}

    def close(self) -> None:
        """Close the files that were kept open."""
        for data in self._open.values():
            data.close()
        self._open = {}

    def scan(self, wanted: Iterable[Wanted]) -> None:
        """Find every wanted variable and check that its records fill the window once."""
        wanted = list(wanted)
        for path in self.paths:
            if not path.is_file():
                raise FuseError(f"{path}: no such history file")
            data = netCDF4.Dataset(path)
            data.set_auto_maskandscale(False)
            self._scan_file(path, data, wanted)
            if len(self._open) < MOST_OPEN:
                self._open[path] = data
            else:
                data.close()
        for key, pieces in self.pieces.items():
            self._check_filled(key, pieces)

    def has(self, name: str, by_patch: bool = False) -> bool:
        return (name, by_patch) in self.pieces

    def is_monthly(self, name: str) -> bool:
        pieces = self.pieces.get((name, False), [])
        return bool(pieces) and all(
            len(self.window.months_of(start, stop)) == 1
            for piece in pieces
            for start, stop in zip(piece.start, piece.stop, strict=True)
        )

    def names(self) -> list[str]:
        """Variables of all files, wanted or not."""
        return sorted(self._seen)

    def _scan_file(self, path: Path, data: netCDF4.Dataset, wanted: list[Wanted]) -> None:
        for name, variable in data.variables.items():
            if variable.dimensions and variable.dimensions[0] == "time":
                self._seen.setdefault(name, set()).add(str(path))
        self.initial_file = self.initial_file or str(
            getattr(data, "Initial_conditions_dataset", "")
        )
        self.source = self.source or str(getattr(data, "source", getattr(data, "title", "")))
        inside = self.window.records(data, path)
        if inside is None:
            return
        records, start, stop = inside
        for want in wanted:
            if want.name not in data.variables:
                continue
            variable = data[want.name]
            dims = variable.dimensions
            if dims[0] != "time":
                continue
            level_axis = len(dims) > 2 and dims[1] in _LEVELS
            kind = _GRIDS.get(dims[1 + level_axis :])
            if kind is None or (kind == "patch") != want.by_patch:
                continue
            if bool(want.levels) != level_axis:
                raise FuseError(
                    f"{path}: {want.name} has dimensions {dims}, expected "
                    f"{'layers' if want.levels else 'no layers'}"
                )
            if want.levels and variable.shape[1] < want.levels:
                raise FuseError(
                    f"{path}: {want.name} has {variable.shape[1]} layers, expected {want.levels}"
                )
            piece = _Piece(
                path, records, start, stop, kind,
                conversion(getattr(variable, "units", None), want.units, f"{path}: {want.name}"),
                level_axis,
            )  # fmt: skip
            self.pieces.setdefault(want.key, []).append(piece)

    def _check_filled(self, key: tuple[str, bool], pieces: list[_Piece]) -> None:
        covered = np.zeros(self.window.years)
        for piece in pieces:
            np.add.at(covered, (piece.start / 365.0).astype(int), piece.stop - piece.start)
        wrong = np.flatnonzero(np.abs(covered - 365.0) > 0.01)
        if len(wrong):
            year = int(self.window.first_year + wrong[0])
            what = "too few" if covered[wrong[0]] < 365.0 else "too many"
            raise FuseError(
                f"{pieces[0].path.parent}: {key[0]} has {what} days in year {year} "
                f"({covered[wrong[0]]:g} of 365; {len(wrong)} such years); expected every day of "
                f"the years {self.window.first_year} to {self.window.last_year} once"
            )

    def read(
        self,
        wanted: Iterable[Wanted],
        grid: Subgrid,
        scale: Callable[[str, int], np.ndarray | float],
        comm: Comm | None = None,
        progress: Callable[[int], None] = lambda done: None,
    ) -> Means:
        """Means of one block of columns.

        Parameters:
            wanted: What to read, of what :meth:`scan` found.
            grid: The columns.
            scale: Factor to the normal pool space by variable and year of the window.
            comm: Communicator over whose ranks the files are dealt out.
            progress: Called with the number of files done.
        """
        wanted = [want for want in wanted if want.key in self.pieces]
        means = Means()
        for want in wanted:
            self._allocate(means, want, grid)
        by_path: dict[Path, list[tuple[Wanted, _Piece]]] = {path: [] for path in self.paths}
        for want in wanted:
            for piece in self.pieces[want.key]:
                by_path[piece.path].append((want, piece))
        size, rank = (comm.size, comm.rank) if comm is not None else (1, 0)
        failure: Exception | None = None
        for number, (path, tasks) in enumerate(by_path.items()):
            if number % size == rank and tasks:
                try:
                    self._read_file(path, tasks, grid, means, scale)
                except (FuseError, OSError) as error:
                    failure = error
                    break
            progress(number + 1)
        if comm is not None and comm.size > 1:
            found = comm.allgather(None if failure is None else str(failure))
            failure = next((FuseError(text) for text in found if text is not None), None)
        if failure is not None:
            raise failure
        if comm is not None and comm.size > 1:
            _add_up(means, comm)
        for key in means.mean:
            means.mean[key] /= self.window.days
        return means

    def _read_file(
        self,
        path: Path,
        tasks: list[tuple[Wanted, _Piece]],
        grid: Subgrid,
        means: Means,
        scale: Callable[[str, int], np.ndarray | float],
    ) -> None:
        data = self._open.get(path) or netCDF4.Dataset(path)
        data.set_auto_maskandscale(False)
        try:
            places = _Places(data, path, grid)
            for want, piece in tasks:
                self._add(means, want, piece, data, places, scale)
        finally:
            if path not in self._open:
                data.close()

    def _allocate(self, means: Means, want: Wanted, grid: Subgrid) -> None:
        if want.by_patch:
            shape: tuple[int, ...] = grid.patch.shape
        else:
            shape = (len(grid), want.levels) if want.levels else (len(grid),)
        if want.mean:
            means.mean[want.key] = np.zeros(shape)
        if want.monthly:
            # Layered series are large; the files hold no more than single precision.
            kind = np.float32 if want.levels else np.float64
            count = 1 if want.first_only else 12 * self.window.years
            means.month[want.key] = np.zeros((count, *shape), dtype=kind)

    def _add(
        self,
        means: Means,
        want: Wanted,
        piece: _Piece,
        data: netCDF4.Dataset,
        places: _Places,
        scale: Callable[[str, int], np.ndarray | float],
    ) -> None:
        factor, offset = piece.convert
        for k, values in enumerate(places.values(want, piece, data)):
            value = values.astype(np.float64)
            if (factor, offset) != (1.0, 0.0):
                value = factor * value + offset
            if want.monthly:
                series = means.month[want.key]
                for month, share in self.window.months_of(piece.start[k], piece.stop[k]):
                    if month < len(series):
                        series[month] += share * value
            if not want.mean:
                continue
            ratio = scale(want.name, int(piece.start[k] // 365.0))
            if not (isinstance(ratio, float) and ratio == 1.0):
                value = value * ratio
            value *= piece.stop[k] - piece.start[k]
            means.mean[want.key] += value


class _Places:
    """Where the columns and patches of a block lie in one history file."""

    def __init__(self, data: netCDF4.Dataset, path: Path, grid: Subgrid) -> None:
        self.data, self.path, self.grid = data, path, grid
        self._found: dict[tuple[str, ...], np.ndarray] = {}

    def position(self, dims: tuple[str, ...]) -> np.ndarray:
        """Flat position of every column (or patch of the restart) along the given dimensions."""
        if dims not in self._found:
            kind = _GRIDS[dims]
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

    def values(self, want: Wanted, piece: _Piece, data: netCDF4.Dataset) -> list[np.ndarray]:
        """The records of one variable, on the block's columns."""
        variable = data[want.name]
        dims = variable.dimensions[1 + piece.level_axis :]
        at = self.position(dims)
        if want.by_patch:
            slot = self.grid.patch >= 0
            at = at[self.grid.patch[slot]]
        if not len(at):
            return [np.zeros(self.grid.patch.shape) for _ in piece.records]
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
        bad = ~(np.abs(block[chosen]) < FILL)
        if bad.any():
            place = int(np.argwhere(bad)[0][-1])
            raise FuseError(
                f"{self.path}: {want.name} holds {int(bad.sum())} missing values where the model "
                f"is active, first at element {place + 1} of the block; was the run stopped?"
            )
        out = []
        for k in chosen:
            one = block[k].T if piece.level_axis else block[k]
            if want.by_patch:
                full = np.zeros(self.grid.patch.shape)
                full[slot] = one
                one = full
            out.append(one)
        return out


def _add_up(means: Means, comm: Comm) -> None:
    from mpi4py import MPI

    for sums in (means.mean, means.month):
        for values in sums.values():
            comm.Allreduce(MPI.IN_PLACE, values)


def history_advice(names: Iterable[str], by_patch: Iterable[str]) -> str:
    """What to put into ``user_nl_elm`` so that the next run writes what is missing."""

    def quoted(values: Iterable[str]) -> str:
        return ", ".join(f"'{name}'" for name in values)

    text: list[str] = []
    names, by_patch = list(names), list(by_patch)
    if names:
        text.append(f"hist_nhtfrq = 0 and hist_fincl1 = {quoted(names)}")
    if by_patch:
        text.append(f"a tape with hist_dov2xy = .false. and {quoted(by_patch)}")
    return "; ".join(text)


def attributes(path: Path) -> dict[str, Any]:
    """Global attributes of a netCDF file."""
    with netCDF4.Dataset(path) as data:
        return {name: data.getncattr(name) for name in data.ncattrs()}
