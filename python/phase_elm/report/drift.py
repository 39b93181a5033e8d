"""Is a land model at rest? Drift over whole forcing cycles, and the community's criterion.

The limits are those of CTSM's SpinupStability: less than 3% of the land area with
|d TOTECOSYSC/dt| above 1 gC/m2/yr, and global changes below 0.02 PgC/yr for TOTECOSYSC, TOTSOMC,
TOTVEGC and GPP (here scaled to the simulated land area) and below 0.02 m2/m2/yr for TLAI.
Absolute values count: a losing cell is as far from rest as a gaining one. Both ends of a window
lie in the same phase of the forcing cycle, since a shorter window measures the weather.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr

PG_PER_G_KM2 = 1.0e6 * 1.0e-15
SECONDS_PER_YEAR = 365.0 * 86400.0
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], dtype=float)
GLOBAL_VARIABLES = ("TOTECOSYSC", "TOTSOMC", "TOTVEGC", "GPP")
VARIABLES = (*GLOBAL_VARIABLES, "TLAI")
UNITS = {
    "TOTECOSYSC": "gC/m2/yr",
    "TOTSOMC": "gC/m2/yr",
    "TOTVEGC": "gC/m2/yr",
    "GPP": "gC/m2/yr/yr",
    "TLAI": "m2/m2/yr",
}


@dataclass(frozen=True)
class Criterion:
    """Limits below which a model counts as at rest.

    Parameters:
        column: |d TOTECOSYSC/dt| of a column at rest, in gC/m2/yr.
        area_share: Share of the vegetated land area that must be at rest.
        global_pg: Change of a global total, in PgC/yr.
        tlai: Change of mean leaf area index, in m2/m2/yr.
        land_area_km2: Vegetated land area of the globe that ``global_pg`` stands for.
    """

    column: float = 1.0
    area_share: float = 0.97
    global_pg: float = 0.02
    tlai: float = 0.02
    land_area_km2: float = 1.30e8

    def __post_init__(self) -> None:
        for name in ("column", "global_pg", "tlai", "land_area_km2"):
            if getattr(self, name) <= 0.0:
                raise ValueError(f"{name}: expected a positive limit, found {getattr(self, name)}")
        if not 0.0 < self.area_share <= 1.0:
            raise ValueError(f"area_share: expected above 0 and up to 1, found {self.area_share}")

    def scaled_pg(self, area_km2: float) -> float:
        """The global limit scaled to a simulated area, in PgC/yr."""
        return self.global_pg * min(area_km2 / self.land_area_km2, 1.0)


@dataclass(frozen=True)
class VariableDrift:
    """Drift of one variable over all columns.

    Parameters:
        total: Net drift: PgC/yr (PgC/yr/yr for GPP), or the area mean in m2/m2/yr for TLAI.
        limit: What |total| must not exceed, in the same units.
        mean: Area-weighted mean drift, per column units.
        mean_absolute: Area-weighted mean of |drift|, per column units.
        units: Units of the means.
    """

    total: float
    limit: float
    mean: float
    mean_absolute: float
    units: str

    @property
    def met(self) -> bool:
        """Whether the global limit holds."""
        return abs(self.total) <= self.limit


@dataclass(frozen=True)
class Certificate:
    """The verdict on one window.

    Parameters:
        variables: Drift by variable.
        area_at_rest: Share of area whose |d TOTECOSYSC/dt| is within the limit.
        cells_at_rest: Number of such columns.
        ncell: Number of columns.
        criterion: The limits.
    """

    variables: Mapping[str, VariableDrift]
    area_at_rest: float
    cells_at_rest: int
    ncell: int
    criterion: Criterion = field(default_factory=Criterion)

    @property
    def met(self) -> bool:
        """Whether every part of the criterion holds; parts that were not given do not."""
        complete = all(name in self.variables for name in VARIABLES)
        area = self.area_at_rest >= self.criterion.area_share
        return complete and area and all(item.met for item in self.variables.values())


def drift(first: np.ndarray, last: np.ndarray, years: float) -> np.ndarray:
    """Rate of change per year between two states ``years`` apart."""
    if years <= 0.0:
        raise ValueError(f"years: expected a positive window, found {years}")
    first, last = np.asarray(first, dtype=float), np.asarray(last, dtype=float)
    if first.shape != last.shape:
        raise ValueError(f"the two states differ in shape: {first.shape} and {last.shape}")
    return (last - first) / years


def at_rest(drift_totecosysc: np.ndarray, limit: float) -> np.ndarray:
    """Columns whose |drift| is within ``limit``; a missing drift is not at rest."""
    return np.abs(drift_totecosysc) <= limit


def certify(
    drifts: Mapping[str, np.ndarray], area_km2: np.ndarray, criterion: Criterion | None = None
) -> Certificate:
    """Judge drifts per column against the criterion.

    Parameters:
        drifts: Drift per column by variable, in the units of ``UNITS``; needs TOTECOSYSC.
        area_km2: Vegetated land area of each column.
        criterion: Limits; default is the community's.
    """
    criterion = criterion or Criterion()
    area = np.asarray(area_km2, dtype=float)
    if "TOTECOSYSC" not in drifts:
        raise ValueError(f"drifts: expected TOTECOSYSC among {sorted(drifts)}")
    if area.sum() <= 0.0 or np.any(area < 0.0):
        raise ValueError("area_km2: expected non-negative areas with a positive sum")
    found = {}
    for name, values in drifts.items():
        values = np.asarray(values, dtype=float)
        if values.shape != area.shape:
            raise ValueError(f"{name}: expected {area.shape} columns, found {values.shape}")
        mean = float((values * area).sum() / area.sum())
        if name == "TLAI":
            total, limit = mean, criterion.tlai
        else:
            total = mean * float(area.sum()) * PG_PER_G_KM2
            limit = criterion.scaled_pg(float(area.sum()))
        size = float((np.abs(values) * area).sum() / area.sum())
        found[name] = VariableDrift(total, limit, mean, size, UNITS.get(name, "1/yr"))
    resting = at_rest(drifts["TOTECOSYSC"], criterion.column)
    share = float(area[resting].sum() / area.sum())
    return Certificate(found, share, int(resting.sum()), len(area), criterion)


def settled_share(
    before: np.ndarray, after: np.ndarray, area_km2: np.ndarray, limit: float
) -> tuple[float, int, int]:
    """Of the columns that drift too fast before, those at rest after.

    Returns:
        Their share by area (nan when none drifted too fast), their number, and the number that
        drifted too fast.
    """
    restless = ~at_rest(before, limit)
    settled = restless & at_rest(after, limit)
    area = np.asarray(area_km2, dtype=float)
    whole = area[restless].sum()
    share = float(area[settled].sum() / whole) if whole > 0.0 else float("nan")
    return share, int(settled.sum()), int(restless.sum())


def annual_means(monthly: xr.DataArray) -> xr.DataArray:
    """Annual means of a monthly series that starts in January (noleap), on dim ``year``."""
    months = monthly.sizes["time"]
    if months % 12:
        raise ValueError(
            f"{monthly.name}: expected whole years of 12 months, found {months} months"
        )
    shaped = monthly.values.reshape(months // 12, 12, *monthly.shape[1:])
    mean = np.average(shaped, axis=1, weights=MONTH_DAYS)
    dims = ("year", *monthly.dims[1:])
    return xr.DataArray(mean, dims=dims, name=monthly.name, attrs=monthly.attrs)


def cycle_drifts(annual: xr.DataArray, cycle_years: int) -> xr.DataArray:
    """Drift per year between cycle means of successive forcing cycles.

    The mean of a whole cycle does not depend on the weather of single years, so two of them show
    the trend of the state. Dim ``cycle`` counts from the second cycle.
    """
    cycles = annual.sizes["year"] // cycle_years
    if cycles < 2:
        raise ValueError(
            f"{annual.name}: expected at least two cycles of {cycle_years} years, found "
            f"{annual.sizes['year']} years"
        )
    used = annual.values[: cycles * cycle_years]
    means = used.reshape(cycles, cycle_years, *annual.shape[1:]).mean(axis=1)
    change = np.diff(means, axis=0) / cycle_years
    return xr.DataArray(change, dims=("cycle", *annual.dims[1:]), name=annual.name)
