"""Certificates from history files alone, for runs that had no plugin.

The window is one forcing cycle between years of the same phase, as in CTSM's SpinupStability;
annual and monthly files of ELM, CTSM and minielm serve alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from rich.console import Console
from rich.table import Table

from phase_elm.report.drift import (
    MONTH_DAYS,
    SECONDS_PER_YEAR,
    VARIABLES,
    Certificate,
    Criterion,
    certify,
    drift,
)


@dataclass(frozen=True)
class HistoryCertificate:
    """The verdict on the cycle that ends with a year of the record."""

    last_year: int
    certificate: Certificate


def read_annual(files: Sequence[Path]) -> tuple[xr.Dataset, np.ndarray]:
    """Annual means (year, cell) of the criterion's variables, and land area in km2.

    Years are counted from the first record; a file holds whole years of months or years.
    """
    if not files:
        raise ValueError("no history files given")
    annual: dict[str, list[np.ndarray]] = {name: [] for name in VARIABLES}
    months: dict[str, list[np.ndarray]] = {name: [] for name in VARIABLES}
    area = np.zeros(0)
    monthly = False
    for path in files:
        with xr.open_dataset(path, decode_times=False) as file:
            missing = [name for name in (*VARIABLES, "area", "landfrac") if name not in file]
            if missing:
                raise ValueError(f"{path}: the history lacks {', '.join(missing)}")
            land = file["landfrac"].values.ravel()
            area = np.where(land < 1.0e30, file["area"].values.ravel() * land, 0.0)
            length = _record_days(file, path)
            monthly = bool(np.all(length < 32.0))
            target = months if monthly else annual
            for name in VARIABLES:
                values = file[name].values.reshape(file.sizes["time"], -1)
                target[name].extend(np.where(np.abs(values) < 1.0e30, values, 0.0))
    if monthly:
        count = len(months["GPP"])
        if count % 12:
            raise ValueError(f"expected whole years of monthly history, found {count} months")
        for name, values in months.items():
            shaped = np.array(values).reshape(count // 12, 12, -1)
            annual[name] = list(np.average(shaped, axis=1, weights=MONTH_DAYS))
    table = xr.Dataset({name: (("year", "cell"), np.array(annual[name])) for name in VARIABLES})
    table["GPP"] = table["GPP"] * SECONDS_PER_YEAR
    keep = np.flatnonzero(np.nan_to_num(area) > 0.0)
    return table.isel(cell=keep), area[keep]


def _record_days(file: xr.Dataset, path: Path) -> np.ndarray:
    """Length of each mean in days, from the time bounds."""
    name = file["time"].attrs.get("bounds", "time_bounds")
    if name not in file:
        raise ValueError(f"{path}: the history lacks its time bounds ({name})")
    bounds = file[name].values
    return bounds[:, 1] - bounds[:, 0]


def certify_history(
    files: Sequence[Path], cycle_years: int = 20, criterion: Criterion | None = None
) -> list[HistoryCertificate]:
    """Judge every whole cycle at the end of the record, the last one last."""
    table, area = read_annual(files)
    years = table.sizes["year"]
    if years <= cycle_years:
        raise ValueError(
            f"expected more than one cycle of {cycle_years} years of history, found {years} years"
        )
    found = []
    for last in range(years - 1 - (years - 1) // cycle_years * cycle_years, years, cycle_years):
        if last < cycle_years:
            continue
        drifts = {
            name: drift(
                table[name].values[last - cycle_years], table[name].values[last], cycle_years
            )
            for name in VARIABLES
        }
        found.append(HistoryCertificate(last + 1, certify(drifts, area, criterion)))
    return found


def print_certificates(found: Sequence[HistoryCertificate], console: Console) -> None:
    """One row a cycle; the limits in the last row."""
    table = Table(
        title="Drift over whole forcing cycles",
        caption="totals in PgC/yr of the area in the files, TLAI in m2/m2/yr",
    )
    table.add_column("year", justify="right")
    table.add_column("at rest", justify="right")
    for name in VARIABLES:
        table.add_column(name, justify="right")
    table.add_column("limits")
    for item in found:
        verdict = item.certificate
        table.add_row(
            str(item.last_year),
            f"{100 * verdict.area_at_rest:.1f}%",
            *(f"{verdict.variables[name].total:+.1e}" for name in VARIABLES),
            "met" if verdict.met else "not met",
        )
    last = found[-1].certificate
    table.add_section()
    table.add_row(
        "limit",
        f"{100 * last.criterion.area_share:.0f}%",
        *(f"{last.variables[name].limit:.1e}" for name in VARIABLES),
        "",
    )
    console.print(table)
