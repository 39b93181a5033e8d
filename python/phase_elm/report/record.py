"""History files as a record of whole years, whatever their grid, averaging period and cutting.

Only time axes are read at first; values are read year by year, when asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cftime
import numpy as np
import xarray as xr

from phase_elm.report.drift import SECONDS_PER_YEAR

SLACK_DAYS = 0.5  # models begin their first mean a step early
FILL = 1.0e30
_NOT_CELLS = ("pft", "natpft", "column", "landunit", "topounit", "cft")
_STEPS = {"seconds": 86400.0, "minutes": 1440.0, "hours": 24.0, "days": 1.0}


class RecordError(ValueError):
    """The files cannot be judged; the message says which and why."""


@dataclass(frozen=True)
class Piece:
    """A mean of a file: which one, and how many days of its year it stands for."""

    path: Path
    index: int
    days: float


@dataclass(frozen=True)
class Cells:
    """The land cells of the files, flattened.

    Parameters:
        dims: Dims of the grid in the files.
        shape: Their extents.
        area: Land area in km2; 1 each where the files hold none.
        lat, lon: Place; nan where the files hold none.
        with_area: The files hold areas.
    """

    dims: tuple[str, ...]
    shape: tuple[int, ...]
    area: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    with_area: bool


def _open(path: Path) -> xr.Dataset:
    if path.is_dir():
        raise RecordError(f"{path}: is a folder; name its history files, {path}/*.h0.*.nc")
    if not path.is_file():
        raise RecordError(f"{path}: no such file")
    try:
        return xr.open_dataset(path, decode_times=False, engine="netcdf4")
    except OSError as error:
        raise RecordError(f"{path}: cannot be read as netCDF: {error.strerror}") from None


def _pieces(path: Path) -> tuple[list[tuple[int, Piece]], dict[int, float]]:
    """The means of a file with their year, and the length of these years in days."""
    with _open(path) as file:
        if "time" not in file:
            raise RecordError(f"{path}: the history lacks its time axis (time)")
        axis = file["time"]
        name = axis.attrs.get("bounds", "time_bounds")
        if name not in file:
            raise RecordError(f"{path}: the history lacks its time bounds ({name})")
        bounds = np.asarray(file[name].values, dtype=float).reshape(-1, 2)
    units = str(axis.attrs.get("units", "days since 0001-01-01 00:00:00"))
    calendar = str(axis.attrs.get("calendar", "noleap"))
    step = _STEPS.get(units.split(" ")[0])
    if step is None:
        raise RecordError(f"{path}: time has units '{units}', expected days, hours or seconds")
    if not len(bounds):
        return [], {}
    first, last = (
        cftime.num2date(value, units, calendar=calendar).year
        for value in (bounds.min(), bounds.max())
    )
    edges = np.array(
        [
            cftime.date2num(cftime.datetime(year, 1, 1, calendar=calendar), units, calendar)
            for year in range(first, last + 2)
        ],
        dtype=float,
    )
    slack = SLACK_DAYS * step
    place = np.searchsorted(edges, bounds.mean(axis=1), side="right") - 1
    beyond = (bounds[:, 0] < edges[place] - slack) | (bounds[:, 1] > edges[place + 1] + slack)
    if beyond.any():
        at = int(np.flatnonzero(beyond)[0])
        raise RecordError(
            f"{path}: mean {at + 1} reaches over a turn of the year ({bounds[at, 0]:g} to "
            f"{bounds[at, 1]:g} {units}); expected means of at most a year"
        )
    days = (bounds[:, 1] - bounds[:, 0]) / step
    found = [
        (first + int(where), Piece(path, index, float(length)))
        for index, (where, length) in enumerate(zip(place, days, strict=True))
    ]
    lengths = {first + k: float(edges[k + 1] - edges[k]) / step for k in range(len(edges) - 1)}
    return found, lengths


def _flat_area(file: xr.Dataset, dims: tuple[str, ...], path: Path) -> tuple[np.ndarray, bool]:
    """Land area of every cell in km2, or its land fraction where there is no area."""
    shape = tuple(file.sizes[name] for name in dims)

    def flat(name: str) -> np.ndarray | None:
        if name not in file:
            return None
        values = file[name]
        if "time" in values.dims:
            values = values.isel(time=0)
        if not set(values.dims) <= set(dims):
            raise RecordError(
                f"{path}: {name} has dims {values.dims}, expected {dims or 'none'} as TOTECOSYSC"
            )
        values = values.broadcast_like(file["TOTECOSYSC"].isel(time=0)).transpose(*dims)
        numbers = np.asarray(values.values, dtype=float).reshape(shape).ravel()
        return np.where(np.isfinite(numbers) & (np.abs(numbers) < FILL), numbers, 0.0)

    area, land = flat("area"), flat("landfrac")
    given = area is not None
    if area is None:
        area = np.ones(int(np.prod(shape)))
    elif str(file["area"].attrs.get("units", "km2")).replace("^", "") in ("m2", "meter2"):
        area = area * 1.0e-6
    return area if land is None else area * land, given


def _cells(path: Path) -> Cells:
    with _open(path) as file:
        if "TOTECOSYSC" not in file:
            raise RecordError(f"{path}: the history lacks TOTECOSYSC")
        whole = file["TOTECOSYSC"]
        dims = tuple(name for name in whole.dims if name != "time")
        wrong = [n for n in dims if n in _NOT_CELLS or n.startswith("lev")]
        if wrong or "time" not in whole.dims:
            raise RecordError(
                f"{path}: TOTECOSYSC is on {whole.dims}; expected time and cells (a grid, a list "
                "of cells, or one point), as in the model's h0 files"
            )
        area, given = _flat_area(file, dims, path)
        if area.sum() <= 0.0 or (area < 0.0).any():
            raise RecordError(f"{path}: area times landfrac is nowhere positive, or negative")

        def place(name: str) -> np.ndarray:
            if name not in file or not set(file[name].dims) <= set(dims):
                return np.full(len(area), np.nan)
            like = whole.isel(time=0, drop=True)
            values = file[name].broadcast_like(like).transpose(*dims).values
            return np.asarray(values, dtype=float).ravel()

        shape = tuple(file.sizes[name] for name in dims)
        return Cells(dims, shape, area, place("lat"), place("lon"), given)


class Record:
    """Years of history that lie in some files, in any order and cut anywhere.

    Parameters:
        files: History files of one run.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        if not files:
            raise RecordError("no history files given")
        self._by_year: dict[int, list[Piece]] = defaultdict(list)
        self._units: dict[str, str] = {}
        lengths: dict[int, float] = {}
        for path in files:
            found, years = _pieces(path)
            lengths.update(years)
            for year, piece in found:
                self._by_year[year].append(piece)
        self.years = sorted(year for year in self._by_year if self._whole(year, lengths[year]))
        self.partial = sorted(set(self._by_year) - set(self.years))
        if not self.years:
            raise RecordError(
                f"expected whole years of history, found none in {len(files)} files"
                + (f"; years {self.partial} are not whole" if self.partial else "")
            )
        self.cells = _cells(self._by_year[self.years[-1]][0].path)

    def _whole(self, year: int, length: float) -> bool:
        pieces = self._by_year[year]
        days = sum(piece.days for piece in pieces)
        if days > length + SLACK_DAYS:
            many = Counter(piece.path.name for piece in pieces)
            raise RecordError(
                f"year {year} is there more than once ({days:g} of {length:g} days), in "
                f"{', '.join(sorted(many))}; name the files of one run and one tape"
            )
        return days > length - SLACK_DAYS

    def has(self, name: str) -> bool:
        """Whether the last year holds a variable."""
        with _open(self._by_year[self.years[-1]][0].path) as file:
            return name in file

    def annual(self, names: Sequence[str], year: int) -> dict[str, np.ndarray]:
        """Means of a year by cell: stocks in gC/m2, GPP in gC/m2/yr; nan where missing."""
        by_path: dict[Path, list[Piece]] = defaultdict(list)
        for piece in self._by_year[year]:
            by_path[piece.path].append(piece)
        parts: list[tuple[float, float, dict[str, np.ndarray]]] = []
        for path, pieces in by_path.items():
            with _open(path) as file:
                found = {name: self._values(file, name, path) for name in names}
                for piece in pieces:
                    numbers = {
                        name: np.asarray(values[piece.index].values, dtype=float).ravel()
                        for name, values in found.items()
                    }
                    parts.append((float(file["time"].values[piece.index]), piece.days, numbers))
        # Summed in the order of time, so that cutting and order of files change no bit.
        parts.sort(key=lambda part: part[0])
        days = sum(part[1] for part in parts)
        return {
            name: _factor(name, self._units[name])
            * sum(
                length * np.where(np.abs(values[name]) < FILL, values[name], np.nan)
                for _, length, values in parts
            )
            / days
            for name in names
        }

    def _values(self, file: xr.Dataset, name: str, path: Path) -> xr.DataArray:
        """A variable with time first and the grid's dims in the order of the other files."""
        cells = self.cells
        if name not in file:
            raise RecordError(f"{path}: the history lacks {name}, which the last file holds")
        values = file[name]
        if set(values.dims) != {"time", *cells.dims}:
            raise RecordError(f"{path}: {name} is on {values.dims}, TOTECOSYSC on {cells.dims}")
        values = values.transpose("time", *cells.dims)
        if values.shape[1:] != cells.shape:
            raise RecordError(
                f"{path}: {name} has {values.shape[1:]} cells, the last file {cells.shape}"
            )
        units = str(values.attrs.get("units", ""))
        if self._units.setdefault(name, units) != units:
            raise RecordError(
                f"{path}: {name} is in '{units}', in other files in '{self._units[name]}'"
            )
        return values


def _factor(name: str, units: str) -> float:
    """What turns a variable into gC/m2 or gC/m2/yr."""
    factor = 1000.0 if units.startswith("kg") else 1.0
    if name == "GPP" and "/yr" not in units and "/year" not in units:
        factor *= SECONDS_PER_YEAR
    return factor
