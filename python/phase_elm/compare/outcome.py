"""What a method came to: the share of area at rest by years integrated, and the certificate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from phase_elm.atomic import write_text
from phase_elm.report.plugin import PluginReport
from phase_elm.report.plugin_view import View
from phase_elm.truth.curve import Curve

FORMAT = 1


class Point(BaseModel):
    """The share of the vegetated area at rest over the cycle that ends after so many years."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    years: int
    area_at_rest: float
    accelerated: bool = False


class After(BaseModel):
    """The model alone after the certificate.

    Parameters:
        years: Years it ran on.
        net_change: Change of TOTECOSYSC of all columns over its stock.
        mean_change: Mean size of the change of a column over the mean stock, by area.
        least_area_at_rest: Smallest share of area at rest over a cycle in these years.
        stays: Whether the whole criterion held in all of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    years: int
    net_change: float
    mean_change: float
    least_area_at_rest: float
    stays: bool


class Outcome(BaseModel):
    """The result of one method.

    Parameters:
        settings: What it was made with; another run with the same is not needed.
        years: Years integrated in all.
        held_years: Years integrated when the criterion first held, as far as it was measured then.
        proven_years: Years integrated when all of it was measured and held: the certificate.
        points: Share of area at rest.
        jumps: Years integrated before each jump.
        holding: Parts of the criterion that do not hold at the end.
        columns_kept: Columns that kept their own state at the last jump.
        seconds: Wall clock.
        after: The model alone after the certificate.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int = FORMAT
    method: str
    label: str
    text: str
    settings: dict[str, Any]
    columns: int
    years: int
    held_years: int | None
    proven_years: int | None
    points: list[Point]
    jumps: list[int] = []
    holding: list[str] = []
    columns_kept: int | None = None
    seconds: float
    after: After | None = None


def holds(report: PluginReport, position: int) -> bool | None:
    """Whether the whole criterion holds at a beginning of a year; none: not all is measured."""
    item, verdict = report.years[position], report.certificate
    required = verdict.area_at_rest.share_required
    if item.share_at_rest is None or required is None:
        return None
    counted = [part for part in verdict.variables if part.in_criterion]
    drifts = [(item.drifts.get(part.name), part.limit) for part in counted]
    if any(drift is None or limit is None for drift, limit in drifts):
        return None
    return item.share_at_rest >= required and all(abs(drift) <= limit for drift, limit in drifts)


def proven_years(report: PluginReport) -> int | None:
    """Years integrated when all of the criterion was measured and held for the first time."""
    start = report.run.start_year or 1
    for position, item in enumerate(report.years):
        if (item.jumps_done or 0) > 0 and holds(report, position):
            return item.year - start
    return None


def plugin_outcome(report: PluginReport, **facts: Any) -> Outcome:
    """The result of a method with jumps, from the plugin's report."""
    view, start = View(report), report.run.start_year or 1
    holding = [row.name for row in view.limits if row.in_criterion and row.met is False]
    if view.area_limit.met is False:
        holding.insert(0, "area")
    proven = proven_years(report)
    last = report.jumps[-1] if report.jumps else None
    kept = None
    if last is not None and last.columns is not None and last.columns_jumped is not None:
        kept = last.columns - last.columns_jumped
    return Outcome(
        columns=report.run.columns or 0,
        years=report.years[-1].year - start,
        held_years=report.certificate.years_integrated_when_met,
        proven_years=proven,
        points=[
            Point(years=item.year - start, area_at_rest=item.share_at_rest)
            for item in report.years
            if item.share_at_rest is not None
        ],
        jumps=[year - start for year in view.jump_years],
        holding=[] if proven is not None else holding,
        columns_kept=kept,
        **facts,
    )


def curve_outcome(curve: Curve, **facts: Any) -> Outcome:
    """The result of a run without jumps, from its spin-up curve."""
    rows = curve.rows()
    met = curve.met_year
    return Outcome(
        columns=len(curve.area),
        years=curve.years[-1],
        held_years=met,
        proven_years=met,
        points=[
            Point(years=row.year, area_at_rest=row.area_at_rest, accelerated=row.accelerated)
            for row in rows
        ],
        holding=[] if met is not None or not rows else rows[-1].holding.split(", "),
        **facts,
    )


def write_outcome(outcome: Outcome, path: Path) -> Path:
    """Write a result; it appears under its name only when complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_text(path, outcome.model_dump_json(indent=1) + "\n")
