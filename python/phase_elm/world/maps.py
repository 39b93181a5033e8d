"""Maps of a world: climate, plants, soils, and which regions are held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from phase_elm.atomic import complete
from phase_elm.world.generator import World
from phase_elm.world.soils import ORDER_NAMES
from phase_elm.world.split import BLOCK_LAT_DEG, BLOCK_LON_DEG

# Colours that stay apart for colour-blind readers; the plant types are put into groups.
PLANTS = (
    ("bare", (0,), "#dddddd"),
    ("needleleaf evergreen", (1, 2), "#0b4f3c"),
    ("larch", (3,), "#44aa99"),
    ("broadleaf evergreen", (4, 5), "#117733"),
    ("broadleaf deciduous", (6, 7, 8), "#999933"),
    ("shrubs", (9, 10, 11), "#aa4499"),
    ("C3 grass", (12, 13), "#88ccee"),
    ("C4 grass", (14,), "#ddcc77"),
    ("crops", (15, 16), "#cc6677"),
)
_ORDERS = (
    "#000000", "#88ccee", "#332288", "#ddcc77", "#999933", "#f0e0b0", "#882255",
    "#117733", "#44aa99", "#bbbbbb", "#cc6677", "#aa3311",
)  # fmt: skip
_OUTSIDE = "#f7f7f7"


def dominant_group(shares: np.ndarray) -> np.ndarray:
    """Index in :data:`PLANTS` of the group with the largest share, by cell; ``shares`` is
    (17, cell). Bare ground counts only where nothing grows."""
    groups = np.stack([shares[list(members)].sum(axis=0) for _, members, _ in PLANTS])
    groups[0] = np.where(shares[1:].sum(axis=0) > 0.0, 0.0, 1.0)
    return np.argmax(groups, axis=0)


def _show(panel: Axes, world: World, values: np.ndarray, **style):
    """Cells of a grid as they lie on it, sites as points."""
    panel.set_facecolor(_OUTSIDE)
    panel.set_xlim(-180.0, 180.0)
    panel.set_ylim(-60.0, 85.0)
    panel.set_xticks([])
    panel.set_yticks([])
    if world.config.sites:
        east = (world.lon + 180.0) % 360.0 - 180.0
        return panel.scatter(east, world.lat, c=values, s=16, **style)
    nlat, nlon = world.config.shape
    field = np.full(nlat * nlon, np.nan)
    field[world.gid - 1] = values
    return panel.pcolormesh(
        np.linspace(-180.0, 180.0, nlon + 1),
        np.linspace(-90.0, 90.0, nlat + 1),
        np.ma.masked_invalid(field.reshape(nlat, nlon)),
        rasterized=True,
        **style,
    )


def _numbers(panel: Axes, world: World, values: np.ndarray, title: str, colours: str) -> None:
    found = _show(panel, world, values, cmap=colours)
    panel.figure.colorbar(found, ax=panel, shrink=0.85, pad=0.02)
    panel.set_title(title, fontsize=10)


def _kinds(
    panel: Axes,
    world: World,
    kinds: np.ndarray,
    title: str,
    names: tuple[str, ...],
    colours: tuple[str, ...],
) -> None:
    found = _show(
        panel, world, kinds, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(names) - 0.5
    )
    bar = panel.figure.colorbar(found, ax=panel, shrink=0.85, pad=0.02, ticks=range(len(names)))
    bar.ax.set_yticklabels(names, fontsize=7)
    panel.set_title(title, fontsize=10)


def plot_world(world: World, path: Path) -> Path:
    """Draw eight maps of a world into a PNG file."""
    figure = Figure(figsize=(12.0, 10.5), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(4, 2)
    climate, soil = world.climate, world.soil
    numbers = (
        (panels[0, 0], climate.annual_temperature_c, "mean temperature (C)", "plasma"),
        (panels[0, 1], climate.annual_precipitation_mm, "precipitation (mm/yr)", "cividis"),
        (panels[2, 0], soil.sand[0], "sand, top layer (%)", "cividis"),
        (panels[2, 1], soil.labile, "labile P, top 0.5 m (gP/m2)", "viridis"),
        (panels[3, 0], soil.nitrogen_deposition, "N deposition (gN/m2/yr)", "viridis"),
    )
    for panel, values, title, colours in numbers:
        _numbers(panel, world, values, title, colours)
    names, _, colours = zip(*PLANTS, strict=True)
    _kinds(panels[1, 0], world, dominant_group(world.pft), "largest plant group", names, colours)
    _kinds(panels[1, 1], world, soil.order - 1, "soil order", ORDER_NAMES, _ORDERS)
    sides = ("training", "held out")
    _kinds(panels[3, 1], world, world.split, "regions", sides, ("#0072b2", "#d55e00"))
    for value in np.arange(-180.0, 180.0, BLOCK_LON_DEG):
        panels[3, 1].axvline(value, color="white", linewidth=0.4)
    for value in np.arange(-90.0, 90.0, BLOCK_LAT_DEG):
        panels[3, 1].axhline(value, color="white", linewidth=0.4)
    figure.suptitle(
        f"phase world, {world.config.label}, seed {world.config.seed}, {world.ncell} cells: "
        "generated, not observed",
        fontsize=11,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with complete(path) as partial:
        figure.savefig(partial, dpi=100, format="png")
    return path
