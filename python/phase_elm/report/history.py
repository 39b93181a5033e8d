"""Certificates from history files alone, for runs with or without the plugin.

The window is one forcing cycle between years of the same phase, as in CTSM's SpinupStability.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from phase_elm.atomic import write_text
from phase_elm.report.drift import VARIABLES, Certificate, Criterion, at_rest, certify, drift
from phase_elm.report.record import Record, RecordError

LISTED = 10


@dataclass(frozen=True)
class Restless:
    """A cell that is not at rest; ``lat`` and ``lon`` are nan where the files hold none."""

    cell: int
    lat: float
    lon: float
    area_km2: float
    drift: float


@dataclass(frozen=True)
class HistoryCertificate:
    """The verdict on the cycle that ends with a year of the record.

    Parameters:
        first_year, last_year: Years whose means are compared.
        certificate: The verdict.
        missing: Variables of the criterion that the files do not hold.
        unknown_cells: Cells with missing values, which count as not at rest.
        left_out: Land cells without plants or without soil.
        restless: The cells furthest from rest, by area times drift.
    """

    first_year: int
    last_year: int
    certificate: Certificate
    missing: tuple[str, ...] = ()
    unknown_cells: int = 0
    left_out: int = 0
    restless: tuple[Restless, ...] = ()


def _windows(years: Sequence[int], cycle_years: int) -> list[tuple[int, int]]:
    """Cycles that end with the last year, and those before them."""
    known, found = set(years), []
    last = years[-1]
    while last - cycle_years in known:
        found.append((last - cycle_years, last))
        last -= cycle_years
    return found[::-1]


def certify_history(
    files: Sequence[Path],
    cycle_years: int = 20,
    criterion: Criterion | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[HistoryCertificate]:
    """Judge every whole cycle at the end of the record, the last one last.

    Parameters:
        files: History files of one run: any grid or list of cells, means of a year or less.
        cycle_years: Length of the forcing cycle.
        criterion: Limits; default is the community's.
        progress: Called with the years read so far and in all.
    """
    criterion = criterion or Criterion()
    record = Record(files)
    windows = _windows(record.years, cycle_years)
    if not windows:
        raise RecordError(
            f"expected more than one cycle of {cycle_years} years of history, so that years "
            f"{record.years[-1] - cycle_years} and {record.years[-1]} are there; found "
            f"{len(record.years)} whole years, {record.years[0]} to {record.years[-1]}"
        )
    names = [name for name in VARIABLES if record.has(name)]
    missing = tuple(name for name in VARIABLES if name not in names)
    wanted = sorted({year for window in windows for year in window})
    table: dict[int, dict[str, np.ndarray]] = {}
    for done, year in enumerate(wanted):
        table[year] = record.annual(names, year)
        progress(done + 1, len(wanted))
    land = record.cells.area > 0.0
    kept = land & _with_plants(list(table.values()))
    if not kept.any():
        raise RecordError("no cell of the files has plants in the years that are compared")
    area = record.cells.area[kept]
    found = []
    for first, last in windows:
        drifts = {
            name: drift(table[first][name][kept], table[last][name][kept], cycle_years)
            for name in names
        }
        whole = drifts["TOTECOSYSC"]
        found.append(
            HistoryCertificate(
                first,
                last,
                certify(drifts, area, criterion),
                missing,
                int(np.isnan(np.array(list(drifts.values()))).any(axis=0).sum()),
                int((land & ~kept).sum()),
                _restless(whole, record, kept, criterion.column),
            )
        )
    return found


def _with_plants(years: Sequence[dict[str, np.ndarray]]) -> np.ndarray:
    """Cells that hold carbon and a sign of plants in at least one year."""
    alive = np.zeros_like(years[0]["TOTECOSYSC"], dtype=bool)
    for values in years:
        signs = [values[name] for name in ("TOTVEGC", "GPP", "TLAI") if name in values]
        if not signs:
            signs = [values["TOTECOSYSC"]]
        alive |= np.any([np.nan_to_num(sign) != 0.0 for sign in signs], axis=0)
    return alive


def _restless(
    whole: np.ndarray, record: Record, kept: np.ndarray, limit: float
) -> tuple[Restless, ...]:
    cells, place = record.cells, np.flatnonzero(kept)
    restless = np.flatnonzero(~at_rest(whole, limit))
    size = np.nan_to_num(np.abs(whole[restless]), nan=np.inf) * cells.area[place[restless]]
    order = restless[np.argsort(-size, kind="stable")][:LISTED]
    return tuple(
        Restless(
            int(place[k]) + 1,
            float(cells.lat[place[k]]),
            float(cells.lon[place[k]]),
            float(cells.area[place[k]]),
            float(whole[k]),
        )
        for k in order
    )


def write_certificates(found: Sequence[HistoryCertificate], path: Path) -> Path:
    """Write the verdicts as JSON; it appears under its name only when complete."""

    def number(value: float) -> float | None:
        return value if np.isfinite(value) else None

    def entry(item: HistoryCertificate) -> dict:
        verdict = item.certificate
        return {
            "first_year": item.first_year,
            "last_year": item.last_year,
            "met": verdict.met,
            "area_at_rest": verdict.area_at_rest,
            "cells_at_rest": verdict.cells_at_rest,
            "cells": verdict.ncell,
            "cells_with_missing_values": item.unknown_cells,
            "cells_left_out": item.left_out,
            "variables_missing": list(item.missing),
            "variables": {
                name: {
                    "total": number(part.total),
                    "limit": part.limit,
                    "met": part.met,
                    "mean": number(part.mean),
                    "mean_absolute": number(part.mean_absolute),
                    "units_of_means": part.units,
                }
                for name, part in verdict.variables.items()
            },
            "not_at_rest": [
                {name: number(value) for name, value in vars(cell).items()}
                for cell in item.restless
            ],
        }

    limits = vars(found[-1].certificate.criterion)
    document = {"criterion": limits, "cycles": [entry(item) for item in found]}
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_text(path, json.dumps(document, indent=1, allow_nan=False) + "\n")


def print_certificates(found: Sequence[HistoryCertificate], console: Console) -> None:
    """One row a cycle, the limits below; then what holds the last one back."""
    latest = found[-1]
    names = list(latest.certificate.variables)
    years = latest.last_year - latest.first_year
    table = Table(
        title=f"Drift over whole forcing cycles of {years} years",
        caption="totals in PgC/yr (GPP: PgC/yr per year) of the area in the files; TLAI: m2/m2/yr",
        box=SIMPLE,
        padding=0,
    )
    for heading in ("up to", "area", *names, "met"):
        table.add_column(f" {heading}", justify="right", no_wrap=True)
    for item in found:
        verdict = item.certificate
        table.add_row(
            str(item.last_year),
            f"{100 * verdict.area_at_rest:.1f}%",
            *(f"{verdict.variables[name].total:+.1e}" for name in names),
            "yes" if verdict.met else "no",
        )
    last = latest.certificate
    table.add_section()
    table.add_row(
        "limit",
        f"{100 * last.criterion.area_share:.0f}%",
        *(f"{last.variables[name].limit:.1e}" for name in names),
        "",
    )
    console.print(table)
    remarks = []
    if latest.missing:
        names = ", ".join(latest.missing)
        remarks.append(f"not in the files, so the criterion cannot hold: {names}")
    if latest.unknown_cells:
        remarks.append(f"{latest.unknown_cells} cells with missing values count as not at rest")
    if latest.left_out:
        remarks.append(f"{latest.left_out} land cells without plants are left out")
    for cell in latest.restless:
        where = f" ({cell.lat:.4g} N, {cell.lon:.4g} E)" if np.isfinite(cell.lat) else ""
        remarks.append(f"cell {cell.cell}{where}: {cell.drift:+.3g} gC/m2/yr")
    for text in remarks:
        console.print(text, highlight=False)
    word = "At rest" if last.met else "Not at rest"
    console.print(
        f"[bold]{word}[/]: {last.cells_at_rest} of {last.ncell} cells, "
        f"{100 * last.area_at_rest:.1f}% of the area, within {last.criterion.column:g} gC/m2/yr "
        f"over years {latest.first_year} to {latest.last_year}",
        highlight=False,
        soft_wrap=True,
    )
