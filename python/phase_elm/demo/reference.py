"""The state that the demonstration's runs are compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from phase_elm.report import document
from phase_elm.report.drift import Criterion, at_rest
from phase_elm.truth.compact import STOCKS, NoReference, read_compact
from phase_elm.world.config import CYCLE_YEARS


def _distance(values: np.ndarray, truth: np.ndarray, area: np.ndarray) -> document.DistancePart:
    gap = values - truth
    rmse = float(np.sqrt(np.average(gap**2, weights=area)))
    mean = max(float(np.average(truth, weights=area)), 1.0e-12)
    bias = float(np.average(gap, weights=area))
    return document.DistancePart(rmse=rmse, bias=bias, normalised=rmse / mean)


def _rest(drift: np.ndarray, area: np.ndarray, criterion: Criterion) -> dict[str, float]:
    resting = at_rest(drift, criterion.column)
    return {
        "area_at_rest": float(area[resting].sum() / area.sum()),
        "mean_absolute_drift": float(np.average(np.abs(drift), weights=area)),
    }


@dataclass(frozen=True)
class Reference:
    """End state of a long run of the same columns, if there is one.

    Parameters:
        state: What ``phase compact`` kept, columns in the order of the world.
        absent: Why there is none.
    """

    state: xr.Dataset | None
    absent: str | None = None

    @classmethod
    def load(cls, path: Path, world: Path) -> Reference:
        """Read the reference of a world's cells; wrong files leave it absent."""
        try:
            return cls(read_compact(path, world))
        except NoReference as reason:
            return cls(None, str(reason))

    def errors(
        self, january: Mapping[str, xr.Dataset], years: Iterable[int], area: np.ndarray
    ) -> list[document.ErrorPart] | None:
        """Distance of each run's state from the reference.

        Parameters:
            january: January means by run, as in ``History.january``.
            years: Years to compare.
            area: Land area of the columns.
        """
        if self.state is None:
            return None
        found = []
        for year in years:
            for name in STOCKS:
                truth = self.state[name].values.astype(float)
                sizes = {
                    run: _distance(table[name].sel(year=year).values, truth, area)
                    for run, table in january.items()
                }
                found.append(document.ErrorPart(year=year, variable=name, units="gC/m2", **sizes))
        return found

    def part(self, area: np.ndarray, criterion: Criterion) -> document.ReferencePart | None:
        """How the reference was made and how far it is at rest."""
        if self.state is None:
            return None
        attrs = self.state.attrs
        years, supply = int(attrs["years"]), int(attrs["supply_years"])
        jumps = int(attrs["jumps"])
        last = int(attrs["observe_years"]) + (jumps - 1) * CYCLE_YEARS if jumps else 0
        return document.ReferencePart(
            years=years,
            supply_years=supply,
            jumps=jumps,
            untouched_years=years - max(supply, last),
            **_rest(self.state["drift_TOTECOSYSC"].values, area, criterion),
        )

    def native_part(self, area: np.ndarray, criterion: Criterion) -> document.NativePart | None:
        """The purely native run of the same columns, where the file holds one."""
        if self.state is None or "native_years" not in self.state.attrs:
            return None
        state = self.state.astype(float)
        return document.NativePart(
            years=int(self.state.attrs["native_years"]),
            distance={
                name: _distance(state[f"native_{name}"].values, state[name].values, area)
                for name in STOCKS
            },
            **_rest(state["native_drift_TOTECOSYSC"].values, area, criterion),
        )
