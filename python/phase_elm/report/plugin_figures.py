"""Figures of a plugin report: area at rest, time series, drift by area, maps of drift."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from matplotlib import colormaps, rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.collections import PatchCollection
from matplotlib.colors import BoundaryNorm
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator

from phase_elm.atomic import complete
from phase_elm.report.plots import BLACK, BLUE, GREEN, GREY, ORANGE
from phase_elm.report.plugin_view import View
from phase_elm.world.geography import LAND

SERIES = (
    "TOTECOSYSC",
    "TOTVEGC",
    "TOTSOMC",
    "CWDC",
    "TOTECOSYSN",
    "TOTECOSYSP",
    "GPP",
    "TLAI",
)
MANY = 3000  # cells beyond which a map is a picture inside the drawing
COARSEST = 6.0  # degrees between neighbours of a grid with few cells
_STEPS = (1.0, 3.0, 10.0, 30.0, 100.0)
Draw = Callable[[View], Figure | None]


def _figure(width: float, height: float) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def _mark(panel, view: View, text: bool = False) -> None:
    """Jumps as full lines, rollbacks as broken ones."""
    for years, style, colour, word in (
        (view.jump_years, "-", GREY, "jump"),
        (view.rollback_years, "--", ORANGE, "taken back"),
    ):
        for place, year in enumerate(years):
            panel.axvline(year, color=colour, linewidth=0.9, linestyle=style, zorder=1)
            if text and place == 0:
                panel.annotate(
                    word,
                    (year, 0.5 if style == "-" else 0.38),
                    xycoords=("data", "axes fraction"),
                    xytext=(3, 0),
                    textcoords="offset points",
                    fontsize=8,
                    color="#555555",
                )


def rest(view: View) -> Figure | None:
    """Share of the area at rest over the cycle that ends with each year."""
    years, shares = view.shares
    if not len(years):
        return None
    figure = _figure(9.0, 2.6)
    panel = figure.subplots()
    panel.plot(years, 100.0 * shares, "o", color=BLUE, markersize=5)
    _mark(panel, view, text=True)
    required = view.area_limit.limit
    if required is not None:
        panel.axhline(100.0 * required, color=GREEN, linestyle=":", linewidth=1.4)
        panel.annotate(
            f"required: {100 * required:g} %",
            (0.005, 100.0 * required - 3.0),
            xycoords=("axes fraction", "data"),
            ha="left",
            va="top",
            fontsize=8,
            color=GREEN,
        )
    panel.set_ylim(-3.0, 104.0)
    panel.set_ylabel("area at rest (%)")
    panel.set_xlabel("beginning of year; over the forcing cycle that ends there")
    last = view.report.years[-1].year
    panel.set_xlim((view.first_year or 1) - 0.5, max(last, years[-1]) + 1.0)
    panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def time_series(view: View) -> Figure | None:
    """Stocks and fluxes by year; the line breaks where something was written into the model."""
    found = {name: view.series(name) for name in SERIES}
    found = {name: item for name, item in found.items() if len(item[0])}
    if not found:
        return None
    rows = (len(found) + 1) // 2
    figure = _figure(9.0, 2.1 * rows + 0.4)
    axes = figure.subplots(rows, 2, squeeze=False, sharex=True)
    for panel, (name, (years, values, epochs, units)) in zip(
        axes.flat, found.items(), strict=False
    ):
        for epoch in np.unique(epochs):
            inside = epochs == epoch
            panel.plot(
                years[inside],
                values[inside],
                "-",
                color=BLUE,
                linewidth=1.5,
                marker=_dot(inside),
                markersize=4,
            )
        for place in np.flatnonzero(np.diff(epochs) != 0):
            pair = slice(place, place + 2)
            panel.plot(years[pair], values[pair], ":", color=BLUE, linewidth=1.0)
        _mark(panel, view, text=name == next(iter(found)))
        panel.set_ylabel(f"{name}\n({units})", fontsize=9)
        panel.margins(x=0.02)
        panel.xaxis.set_major_locator(MaxNLocator(integer=True))
    for panel in axes.flat[len(found) :]:
        panel.set_visible(False)
    for panel in axes[-1]:
        panel.set_xlabel("beginning of year")
    return figure


def _dot(inside: np.ndarray) -> str:
    """A line of one point needs a marker to be seen."""
    return "o" if inside.sum() == 1 else ""


def drift_by_area(view: View) -> Figure | None:
    """Share of area that drifts by no more than so much, before and after."""
    cells = view.cells
    limit = view.report.certificate.area_at_rest.limit_gC_m2_yr
    figure = _figure(9.0, 3.0)
    panel = figure.subplots()
    drawn = False
    for values, colour, style, label in (
        (cells.before, ORANGE, "--", "before the first jump"),
        (cells.after, BLUE, "-", "after the last jump"),
    ):
        known = np.isfinite(values) & ~(cells.area == 0.0)
        if not known.any():
            continue
        weight = np.where(np.isfinite(cells.area), cells.area, 1.0)[known]
        size = np.maximum(np.abs(values[known]), 1.0e-3)
        order = np.argsort(size)
        height = 100.0 * np.cumsum(weight[order]) / weight.sum()
        ends = [max(3.0 * size.max(), 10.0), 100.0]
        panel.step(
            np.append(size[order], ends[0]),
            np.append(height, ends[1]),
            where="post",
            color=colour,
            linestyle=style,
            label=label,
        )
        drawn = True
    if not drawn:
        return None
    panel.set_xscale("log")
    if limit:
        panel.axvline(limit, color=GREEN, linestyle=":", label=f"limit, {limit:g} gC/m2/yr")
    panel.set_ylim(0.0, 102.0)
    panel.set_xlabel("|dTOTECOSYSC/dt| (gC/m2/yr)")
    panel.set_ylabel("area that drifts\nno more (%)")
    panel.legend(fontsize=8, loc="best")
    return figure


def grid_steps(lat: np.ndarray, lon: np.ndarray) -> tuple[float, float] | None:
    """Spacing of a regular grid that the cells lie on; none where they are points."""
    steps = []
    for values in (lat, lon):
        distinct = np.unique(np.round(values, 6))
        if len(distinct) < 3:
            return None
        gaps = np.diff(distinct)
        step = float(gaps.min())
        if step < 1.0e-3 or np.abs(gaps / step - np.round(gaps / step)).max() > 0.02:
            return None
        steps.append(step)
    if max(steps) > COARSEST and len(lat) < 50:
        return None
    return steps[0], steps[1]


def _window(lat: np.ndarray, lon: np.ndarray) -> tuple[float, float, float, float]:
    """West, east, south and north of the map."""
    if np.ptp(lon) > 120.0 or np.ptp(lat) > 60.0:
        return -180.0, 180.0, min(-60.0, lat.min() - 4.0), max(85.0, lat.max() + 4.0)
    room = max(0.15 * np.ptp(lon), 0.3 * np.ptp(lat), 8.0)
    south, north = max(lat.min() - room, -90.0), min(lat.max() + room, 90.0)
    return lon.min() - 1.6 * room, lon.max() + 1.6 * room, south, north


def _classes(limit: float) -> tuple[BoundaryNorm, object]:
    edges = [limit * step for step in _STEPS]
    bounds = [*(-edge for edge in reversed(edges)), *edges]
    colours = colormaps["PuOr_r"].resampled(len(bounds) + 1)
    return BoundaryNorm(bounds, colours.N, extend="both"), colours


def _outlines(panel) -> None:
    for outline in LAND.values():
        path = Outline([*outline, outline[0]], closed=True)
        panel.add_patch(PathPatch(path, facecolor="#f1f1ee", edgecolor="#c4c4c0", linewidth=0.5))


def drift_map(view: View) -> Figure | None:
    """Drift of every column before and after; white is at rest; marks where a jump did not stay."""
    cells = view.cells
    shown = cells.shown()
    if not shown.any():
        return None
    lat, lon = cells.lat[shown], (cells.lon[shown] + 180.0) % 360.0 - 180.0
    west, east, south, north = _window(lat, lon)
    tall = min(max(7.4 * (north - south) / (east - west), 2.6), 6.0)
    figure = _figure(9.0, 2.0 * tall + 0.6)
    axes = figure.subplots(2, 1, sharex=True, sharey=True)
    norm, colours = _classes(view.report.certificate.area_at_rest.limit_gC_m2_yr or 1.0)
    steps = grid_steps(lat, lon)
    for panel, every, title in (
        (axes[0], cells.before, "before the first jump"),
        (axes[1], cells.after, "after the last jump"),
    ):
        _outlines(panel)
        values = every[shown]
        _cells(panel, lat, lon, values, steps, norm, colours)
        known = "" if np.isfinite(values).any() else ": not measured"
        panel.set_title(title + known, fontsize=10)
        panel.set_ylabel("latitude (°N)")
        panel.set_xlim(west, east)
        panel.set_ylim(south, north)
        panel.set_facecolor("#fbfcfd")
    _kept(axes[1], view, shown, lat, lon)
    axes[1].set_xlabel("longitude (°E)")
    scale = figure.colorbar(
        _scale(norm, colours), ax=axes, extend="both", shrink=0.75, spacing="uniform"
    )
    scale.set_label("dTOTECOSYSC/dt (gC/m2/yr)")
    scale.set_ticks(list(norm.boundaries), labels=[f"{edge:g}" for edge in norm.boundaries])
    return figure


def _scale(norm: BoundaryNorm, colours: object) -> ScalarMappable:
    return ScalarMappable(norm=norm, cmap=colours)


def _cells(panel, lat, lon, values, steps, norm, colours) -> None:
    """Cells as areas on a regular grid, as points elsewhere; crosses where nothing is known."""
    known = np.isfinite(values)
    many = len(lat) > MANY
    if steps is None:
        panel.scatter(
            lon[known],
            lat[known],
            c=values[known],
            norm=norm,
            cmap=colours,
            s=70 if len(lat) < 60 else 34 if len(lat) < 400 else 8,
            edgecolors="#444444",
            linewidths=0.5,
            zorder=3,
            rasterized=many,
        )
    else:
        high, wide = steps
        boxes = [
            Rectangle((x - wide / 2, y - high / 2), wide, high)
            for x, y in zip(lon[known], lat[known], strict=True)
        ]
        patches = PatchCollection(
            boxes,
            norm=norm,
            cmap=colours,
            edgecolors="#777777",
            linewidths=0.0 if many else 0.3,
            zorder=3,
            rasterized=many,
        )
        patches.set_array(values[known])
        panel.add_collection(patches)
    panel.plot(
        lon[~known],
        lat[~known],
        "x",
        color="#777777",
        markersize=4,
        linestyle="none",
        zorder=3,
        rasterized=many,
    )


def _kept(panel, view: View, shown: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> None:
    """Rings around columns whose jump was taken back, triangles where none was made."""
    place = np.cumsum(shown) - 1
    marks: dict[str, list[int]] = {}
    for position, status in view.kept:
        if shown[position]:
            marks.setdefault(status, []).append(int(place[position]))
    shapes = {"rolled_back": "o", "below_trust": "^"}
    for status, where in sorted(marks.items()):
        panel.plot(
            lon[where],
            lat[where],
            shapes.get(status, "s"),
            markerfacecolor="none",
            markeredgecolor=BLACK,
            markersize=11 if status == "rolled_back" else 8,
            markeredgewidth=1.1,
            linestyle="none",
            zorder=4,
            label=status.replace("_", " "),
        )
    if marks:
        panel.legend(fontsize=8, loc="lower left", framealpha=0.9)


FIGURES: dict[str, tuple[Draw, str]] = {
    "rest": (rest, "Share of the vegetated area at rest, by year"),
    "series": (time_series, "Stocks and fluxes by year, jumps marked"),
    "drift": (drift_by_area, "Area by size of drift, before and after"),
    "map": (drift_map, "Maps of drift before and after"),
}


def draw_all(view: View) -> dict[str, Figure]:
    """Every figure that the report has numbers for."""
    drawn = {name: draw(view) for name, (draw, _) in FIGURES.items()}
    return {name: figure for name, figure in drawn.items() if figure is not None}


def svg(figure: Figure) -> bytes:
    """A figure as SVG, the same bytes every time, with letters as shapes."""
    stream = io.BytesIO()
    with rc_context({"svg.fonttype": "path", "svg.hashsalt": "phase"}):
        figure.savefig(stream, format="svg", dpi=130, metadata={"Date": None})
    return stream.getvalue()


def write_pngs(figures: dict[str, Figure], folder: Path, stem: str) -> list[Path]:
    """Write figures as ``<stem>_<name>.png``; each appears under its name only when complete."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in figures.items():
        path = folder / f"{stem}_{name}.png"
        with complete(path) as partial:
            figure.savefig(partial, format="png", dpi=150)
        paths.append(path)
    return paths
