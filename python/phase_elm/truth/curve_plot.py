"""The spin-up curve for people and machines: figure and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from phase_elm.atomic import write_text
from phase_elm.report.plots import BLACK, BLUE, GREEN, GREY, ORANGE, SKY
from phase_elm.truth.curve import Curve

_COLOURS = (ORANGE, BLUE, GREEN, SKY, BLACK)


def write_curves_json(curves: Mapping[str, Curve], path: Path) -> Path:
    """Write the cycles of each run, its limits and the year it met them."""
    document = {
        name: {
            "criterion": asdict(curve.criterion),
            "met_year": curve.met_year,
            "cycles": [asdict(row) for row in curve.rows()],
        }
        for name, curve in curves.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_text(path, json.dumps(document, indent=1) + "\n")


def plot_curves(curves: Mapping[str, Curve], path: Path) -> Path:
    """Share of area at rest and median drift against all years integrated."""
    figure = Figure(figsize=(8.0, 6.0), layout="constrained")
    FigureCanvasAgg(figure)
    share, size = figure.subplots(2, 1, sharex=True)
    for (name, curve), colour in zip(curves.items(), _COLOURS * len(curves), strict=False):
        rows = curve.rows()
        for accelerated, style, label in ((False, "-", name), (True, ":", f"{name}, accelerated")):
            part = [row for row in rows if row.accelerated == accelerated]
            if not part:
                continue
            years = [row.year for row in part]
            area = [100.0 * row.area_at_rest for row in part]
            share.plot(years, area, style, color=colour, label=label)
            size.semilogy(years, [row.median_drift for row in part], style, color=colour)
        if curve.met_year is not None:
            share.axvline(curve.met_year, color=colour, linewidth=0.8)
    limits = next(iter(curves.values())).criterion
    share.axhline(100.0 * limits.area_share, color=GREY, linewidth=0.8)
    size.axhline(limits.column, color=GREY, linewidth=0.8)
    share.set_ylabel("area at rest (%)")
    share.set_ylim(0.0, 100.0)
    share.legend(frameon=False)
    size.set_ylabel("median |d TOTECOSYSC/dt| (gC/m2/yr)")
    size.set_xlabel("years integrated (minielm)")
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
    return path
