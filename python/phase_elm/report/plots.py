"""The demonstration's figures.

Colours are those of Okabe and Ito, which colour-blind readers can tell apart; runs differ in line
style as well.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator

from phase_elm.atomic import complete
from phase_elm.report.document import DemoReport
from phase_elm.world.geography import LAND

BLUE, ORANGE, GREEN, GREY, BLACK, SKY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#999999",
    "#000000",
    "#56B4E9",
)
_RUNS = {"no_jump": ("without a jump", ORANGE, "--"), "jump": ("with the jump", BLUE, "-")}


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _note(report: DemoReport) -> str:
    world = report.world
    return f"minielm, {world.cells} {world.subset} columns, area mean"


def time_series(report: DemoReport) -> Figure:
    """Area means by year, the jump marked, the reference state as a line."""
    names = list(report.series)
    columns = 2
    rows = (len(names) + columns - 1) // columns
    figure = _figure(9.0, 2.6 * rows)
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True)
    years = np.asarray(report.series_year)
    for position, name in enumerate(names):
        panel, item = axes.flat[position], report.series[name]
        for run, (label, colour, style) in _RUNS.items():
            panel.plot(years, getattr(item, run), style, color=colour, label=label, linewidth=1.6)
        if item.reference is not None and report.reference is not None:
            label = report.reference.label
            panel.axhline(item.reference, color=GREEN, linestyle=":", label=label)
        for jump in report.years.jumps:
            panel.axvline(jump - 0.5, color=GREY, linewidth=0.9)
        panel.set_ylabel(f"{name} ({item.units})")
        panel.margins(x=0.02)
    for panel in axes.flat[len(names) :]:
        panel.set_visible(False)
    for panel in axes[-1]:
        panel.set_xlabel("year of the run")
    # beside the panel that holds the legend
    axes.flat[min(1, len(names) - 1)].annotate(
        "jump",
        (report.years.observed + 0.5, 0.45),
        xycoords=("data", "axes fraction"),
        xytext=(3, 0),
        textcoords="offset points",
        va="top",
        fontsize=8,
        color="#555555",
    )
    axes.flat[0].legend(fontsize=8, loc="best")
    figure.suptitle(_note(report), fontsize=10)
    return figure


def profiles(report: DemoReport) -> Figure:
    """Area-mean soil carbon with depth before the jump, after it, and in the reference state."""
    figure = _figure(6.0, 5.0)
    panel = figure.subplots()
    item = report.profile
    depth = np.asarray(item.depth_m)
    first, last = report.years.observed + 1, report.years.judged_from + 20
    for values, style, colour, label in (
        (item.before, "s-.", GREY, f"without a jump, January of year {first}"),
        (item.no_jump_end, "^--", ORANGE, f"without a jump, January of year {last}"),
        (item.after, "v-", SKY, f"with the jump, January of year {first}"),
        (item.jump_end, "o-", BLUE, f"with the jump, January of year {last}"),
    ):
        panel.plot(values, depth, style, color=colour, label=label, markersize=4)
    if item.reference is not None and report.reference is not None:
        label = report.reference.label
        panel.plot(item.reference, depth, "D:", color=GREEN, label=label, markersize=4)
    panel.set_yscale("log")
    panel.invert_yaxis()
    panel.set_ylabel("depth of layer (m)")
    panel.set_xlabel("soil carbon (gC/m3)")
    panel.legend(fontsize=8)
    panel.set_title(_note(report), fontsize=10)
    return figure


def drift_bars(report: DemoReport) -> Figure:
    """|Drift| of every column without and with the jump, sorted, against the limit."""
    figure = _figure(9.0, 3.8)
    panel = figure.subplots()
    before = np.abs([cell.drift_before for cell in report.cells])
    after = np.abs([cell.drift_after for cell in report.cells])
    order = np.argsort(before)[::-1]
    place = np.arange(len(order))
    floor = 1.0e-2
    panel.vlines(
        place,
        np.maximum(after[order], floor),
        np.maximum(before[order], floor),
        color=GREY,
        linewidth=0.8,
    )
    panel.plot(
        place,
        np.maximum(before[order], floor),
        "^",
        color=ORANGE,
        markersize=5,
        label="without a jump",
    )
    panel.plot(
        place, np.maximum(after[order], floor), "o", color=BLUE, markersize=5, label="with the jump"
    )
    limit = report.criterion.column_gc_m2_yr
    panel.axhline(limit, color=BLACK, linestyle=":", linewidth=1.0, label=f"limit, {limit:g}")
    panel.set_yscale("log")
    panel.set_ylabel("|dTOTECOSYSC/dt| (gC/m2/yr)")
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    panel.set_xlabel("column, sorted by its drift without a jump")
    panel.legend(fontsize=8)
    panel.set_title(f"minielm, {report.world.cells} {report.world.subset} columns", fontsize=10)
    return figure


def drift_map(report: DemoReport) -> Figure:
    """Where the columns lie and how fast they drift without and with the jump."""
    figure = _figure(9.0, 6.6)
    axes = figure.subplots(2, 1, sharex=True)
    lon = (np.array([cell.lon for cell in report.cells]) + 180.0) % 360.0 - 180.0
    lat = np.array([cell.lat for cell in report.cells])
    scale = 10.0
    marks = None
    for panel, key, title in (
        (axes[0], "drift_before", "without a jump"),
        (axes[1], "drift_after", "with the jump"),
    ):
        for outline in LAND.values():
            path = Outline([*outline, outline[0]], closed=True)
            panel.add_patch(
                PathPatch(path, facecolor="#eeeeee", edgecolor="#bbbbbb", linewidth=0.5)
            )
        values = np.array([getattr(cell, key) for cell in report.cells])
        marks = panel.scatter(
            lon,
            lat,
            c=values,
            cmap="PuOr_r",
            vmin=-scale,
            vmax=scale,
            s=34,
            edgecolors="#444444",
            linewidths=0.5,
            zorder=3,
        )
        panel.set_xlim(-180.0, 180.0)
        panel.set_ylim(-60.0, 85.0)
        panel.set_ylabel("latitude (degrees north)")
        panel.set_title(title, fontsize=10)
    axes[1].set_xlabel("longitude (degrees east)")
    figure.colorbar(marks, ax=axes, label="dTOTECOSYSC/dt (gC/m2/yr)", extend="both", shrink=0.8)
    return figure


_FIGURES = {
    "time_series.png": time_series,
    "profiles.png": profiles,
    "drift_bars.png": drift_bars,
    "drift_map.png": drift_map,
}


def write_plots(report: DemoReport, folder: Path) -> list[Path]:
    """Write all figures as PNG; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, draw in _FIGURES.items():
        path = folder / name
        with complete(path) as partial:
            draw(report).savefig(partial, format="png", dpi=150)
        paths.append(path)
    return paths
