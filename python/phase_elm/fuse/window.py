"""The observed window and the records of a history file that lie in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.fuse.config import FuseError

DAYS_PER_YEAR = 365
STEP_DAYS = 0.13  # no step is longer than three hours
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
MONTH_STARTS = np.concatenate([[0], np.cumsum(MONTH_DAYS)])


@dataclass(frozen=True)
class Records:
    """The records of one file that lie in the window, the same for all its variables.

    Parameters:
        span: From the first to the last of them in the file.
        chosen: Positions in that span; ``None`` where all of it is chosen.
        days: Length of each.
        months: Months of the window that each touches, with its share of each.
        years: Years of the window, with the records of each; ``None`` where all are of that year.
    """

    span: slice
    chosen: np.ndarray | None
    days: np.ndarray
    months: list[list[tuple[int, float]]]
    years: list[tuple[int, np.ndarray | None]]


@dataclass(frozen=True)
class Window:
    """Whole model years on the noleap calendar.

    Parameters:
        first_year: First year of the window.
        years: Its length.
    """

    first_year: int
    years: int

    @classmethod
    def before(cls, restart_date: int, years: int, path: Path) -> Window:
        """The window that ends where a restart (YYYYMMDD) stands."""
        year, day = divmod(int(restart_date), 10_000)
        if day != 101:
            raise FuseError(
                f"{path}: its date is {restart_date}, expected 1 January; pools are predicted for "
                "the beginning of a year"
            )
        if year - years < 0:
            raise FuseError(
                f"{path}: its date is {restart_date}, too early for {years} observed years"
            )
        return cls(year - years, years)

    @property
    def last_year(self) -> int:
        return self.first_year + self.years - 1

    @property
    def days(self) -> int:
        return self.years * DAYS_PER_YEAR

    @property
    def first_day(self) -> int:
        """Days from 0001-01-01 to the window's start."""
        return (self.first_year - 1) * DAYS_PER_YEAR

    def spans(self, data: netCDF4.Dataset, path: Path) -> np.ndarray:
        """Days from the window's start at which each record of a history file begins and ends."""
        for name in ("time", "time_bounds"):
            if name not in data.variables:
                raise FuseError(f"{path}: is no history file of time means, it lacks {name}")
        calendar = getattr(data["time"], "calendar", "noleap")
        if calendar not in ("noleap", "365_day"):
            raise FuseError(f"{path}: calendar is {calendar}, expected noleap")
        origin = _origin(getattr(data["time"], "units", ""), path)
        bounds = np.asarray(data["time_bounds"][...], float) + origin - self.first_day
        # ELM's first mean of a run begins one step before midnight, at its step 0.
        day = np.round(bounds)
        return np.where(np.abs(bounds - day) < STEP_DAYS, day, bounds)

    def records(self, data: netCDF4.Dataset, path: Path) -> Records | None:
        """The records of a history file in the window; ``None`` without any."""
        bounds = self.spans(data, path)
        inside = (bounds[:, 0] >= -1e-6) & (bounds[:, 1] <= self.days + 1e-6)
        inside &= bounds[:, 1] > bounds[:, 0]
        partly = ~inside & (bounds[:, 0] < self.days - 1e-6) & (bounds[:, 1] > 1e-6)
        if partly.any():
            raise FuseError(
                f"{path}: record {int(np.flatnonzero(partly)[0]) + 1} lies partly outside of the "
                f"window, years {self.first_year} to {self.last_year}"
            )
        position = np.flatnonzero(inside)
        if not len(position):
            return None
        start, stop = bounds[position, 0], bounds[position, 1]
        year = np.floor(start / DAYS_PER_YEAR + 1e-9)
        if (np.ceil(stop / DAYS_PER_YEAR - 1e-9) - 1 != year).any():
            raise FuseError(f"{path}: a record spans two years, expected means within a year")
        first, last = int(position[0]), int(position[-1]) + 1
        whole = len(position) == last - first
        found, of = np.unique(year.astype(int), return_inverse=True)
        return Records(
            span=slice(first, last),
            chosen=None if whole else position - first,
            days=stop - start,
            months=self._months(start, stop),
            years=[
                (int(one), None if len(found) == 1 else np.flatnonzero(of == k))
                for k, one in enumerate(found)
            ],
        )

    def _months(self, start: np.ndarray, stop: np.ndarray) -> list[list[tuple[int, float]]]:
        """Months of the window that each span of days touches, with the share of each month."""
        first, last = (
            np.searchsorted(self.month_starts, days, side="right") - 1
            for days in (start + 1e-6, stop - 1e-6)
        )
        edge = self.month_starts.tolist()
        return [
            [
                (m, (min(end, edge[m + 1]) - max(begin, edge[m])) / (edge[m + 1] - edge[m]))
                for m in range(one, other + 1)
            ]
            for begin, end, one, other in zip(
                start.tolist(), stop.tolist(), first.tolist(), last.tolist(), strict=True
            )
        ]

    @cached_property
    def month_starts(self) -> np.ndarray:
        """Day on which each month of the window begins, and the day after the last."""
        years = DAYS_PER_YEAR * np.arange(self.years)[:, None]
        return np.append((years + MONTH_STARTS[:-1]).reshape(-1), self.days)


def _origin(units: str, path: Path) -> int:
    """Days from 0001-01-01 to the date that times count from."""
    found = re.match(r"days since (\d+)-(\d+)-(\d+)(?:[ T]00:00(?::00)?)?\s*$", units.strip())
    if not found:
        raise FuseError(f"{path}: time units are {units!r}, expected 'days since YYYY-MM-DD'")
    year, month, day = (int(part) for part in found.groups())
    return (year - 1) * DAYS_PER_YEAR + int(MONTH_STARTS[month - 1]) + day - 1
