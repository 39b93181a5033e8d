"""Means over the observed window from any number of history files, read once, file by file.

Memory holds the sums of one block of columns and one variable of one file. Under MPI the files
are dealt out to the ranks and the sums are added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import netCDF4
import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.places import GRIDS, LEVELS, Piece, Places, Wanted
from phase_elm.fuse.subgrid import Subgrid
from phase_elm.fuse.units import conversion
from phase_elm.fuse.window import DAYS_PER_YEAR, Window

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

MOST_OPEN = 200  # files kept open between scan and read


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
        self.pieces: dict[tuple[str, bool], list[Piece]] = {}
        self.initial_file = ""
        self.source = ""
        self._open: dict[Path, netCDF4.Dataset] = {}

    def close(self) -> None:
        """Close the files that were kept open."""
        for data in self._open.values():
            data.close()
        self._open = {}

    def scan(self, wanted: Iterable[Wanted]) -> None:
        """Find every wanted variable and check that its records fill the window once."""
        wanted = list(wanted)
        some = False
        for path in self.paths:
            if not path.is_file():
                raise FuseError(f"{path}: no such history file")
            data = netCDF4.Dataset(path)
            data.set_auto_maskandscale(False)
            some |= self._scan_file(path, data, wanted)
            if len(self._open) < MOST_OPEN:
                self._open[path] = data
            else:
                data.close()
        if not some:
            raise FuseError(self._other_years())
        for key, pieces in self.pieces.items():
            self._check_filled(key, pieces)

    def has(self, name: str, by_patch: bool = False) -> bool:
        return (name, by_patch) in self.pieces

    def is_monthly(self, name: str) -> bool:
        pieces = self.pieces.get((name, False), [])
        return bool(pieces) and all(
            len(touched) == 1 for piece in pieces for touched in piece.records.months
        )

    def names(self) -> list[str]:
        """Fields of all files, wanted or not."""
        found: set[str] = set()
        for path in self.paths:
            with self._dataset(path) as data:
                found |= {
                    name
                    for name, variable in data.variables.items()
                    if len(variable.dimensions) > 1 and variable.dimensions[0] == "time"
                }
        return sorted(found)

    @contextmanager
    def _dataset(self, path: Path) -> Iterator[netCDF4.Dataset]:
        """A file, as it was opened by the scan or opened again."""
        if path in self._open:
            yield self._open[path]
        else:
            with netCDF4.Dataset(path) as data:
                data.set_auto_maskandscale(False)
                yield data

    def _other_years(self) -> str:
        """All files are of years outside of the window."""
        days: list[float] = []
        for path in self.paths:
            with self._dataset(path) as data:
                spans = self.window.spans(data, path)
            days += [spans.min(initial=np.inf), spans.max(initial=-np.inf)]
        first, last = self.window.first_year, self.window.last_year
        text = (
            f"{self.paths[0].parent}: no record of the history lies in the years {first} to {last}"
        )
        if np.isfinite(days).any():
            begin, end = np.floor(min(days) / DAYS_PER_YEAR), np.ceil(max(days) / DAYS_PER_YEAR)
            text += f", it holds the years {first + begin:.0f} to {first + end - 1:.0f}"
        return text + "; name the history of the years before the restart"

    def _scan_file(self, path: Path, data: netCDF4.Dataset, wanted: list[Wanted]) -> bool:
        """Find the variables of one file; false where none of its records is in the window."""
        self.initial_file = self.initial_file or str(
            getattr(data, "Initial_conditions_dataset", "")
        )
        self.source = self.source or str(getattr(data, "source", getattr(data, "title", "")))
        records = self.window.records(data, path)
        if records is None:
            return False
        for want in wanted:
            if want.name not in data.variables:
                continue
            variable = data.variables[want.name]
            dims = variable.dimensions
            if dims[0] != "time":
                continue
            level_axis = len(dims) > 2 and dims[1] in LEVELS
            grid = dims[1 + level_axis :]
            kind = GRIDS.get(grid)
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
            piece = Piece(
                path, records, grid,
                conversion(getattr(variable, "units", None), want.units, f"{path}: {want.name}"),
                level_axis,
            )  # fmt: skip
            self.pieces.setdefault(want.key, []).append(piece)
        return True

    def _check_filled(self, key: tuple[str, bool], pieces: list[Piece]) -> None:
        covered = np.zeros(self.window.years)
        for piece in pieces:
            for year, rows in piece.records.years:
                days = piece.records.days
                covered[year] += (days if rows is None else days[rows]).sum()
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
        by_path: dict[Path, list[tuple[Wanted, Piece]]] = {path: [] for path in self.paths}
        for want in wanted:
            for piece in self.pieces[want.key]:
                by_path[piece.path].append((want, piece))
        known: dict[Any, np.ndarray] = {}
        size, rank = (comm.size, comm.rank) if comm is not None else (1, 0)
        failure: Exception | None = None
        for number, (path, tasks) in enumerate(by_path.items()):
            if number % size == rank and tasks:
                try:
                    with self._dataset(path) as data:
                        places = Places(data, path, grid, known)
                        for want, piece in tasks:
                            self._add(means, want, piece, places, scale)
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
        piece: Piece,
        places: Places,
        scale: Callable[[str, int], np.ndarray | float],
    ) -> None:
        """Add the records of one file to the means and months."""
        values = places.values(want, piece)
        if want.monthly:
            _add_months(means.month[want.key], values, piece)
        if not want.mean:
            return
        factor, offset = piece.convert
        mean = means.mean[want.key]
        for year, rows in piece.records.years:
            days = piece.records.days if rows is None else piece.records.days[rows]
            part = values if rows is None else values[rows]
            total = _weighted(part, days)
            if (factor, offset) != (1.0, 0.0):
                total = factor * total + offset * days.sum()
            total = total.T if piece.level_axis else total
            to_normal = scale(want.name, year)
            if not isinstance(to_normal, float) or to_normal != 1.0:
                total = total * to_normal
            if want.by_patch:
                mean[places.grid.patch >= 0] += total
            else:
                mean += total


def _weighted(values: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Sum of the records, each times its length, one after the other.

    A matrix product, or a sum over the records of a single column, would choose another order, and
    the last bits would depend on the size of the block.
    """
    if values[0].size == 1:
        return np.cumsum(values.T * days, axis=-1)[..., -1].T
    return np.einsum("r...,r->...", values, days)


def _add_months(series: np.ndarray, values: np.ndarray, piece: Piece) -> None:
    """Add the records of one file to the months that they touch."""
    factor, offset = piece.convert
    turned = values.swapaxes(1, 2) if piece.level_axis else values
    for value, touched in zip(turned, piece.records.months, strict=True):
        for month, share in touched:
            if month >= len(series):
                continue
            if (share, factor, offset) == (1.0, 1.0, 0.0):
                series[month] += value
            else:
                series[month] += share * (factor * value.astype(np.float64) + offset)


def _add_up(means: Means, comm: Comm) -> None:
    from mpi4py import MPI

    for sums in (means.mean, means.month):
        for values in sums.values():
            comm.Allreduce(MPI.IN_PLACE, values)


def history_advice(names: Iterable[str]) -> str:
    """What to put into ``user_nl_elm`` so that the next run writes what is missing."""
    quoted = ", ".join(f"'{name}'" for name in names)
    return f"hist_nhtfrq = 0 and hist_fincl1 = {quoted}"
