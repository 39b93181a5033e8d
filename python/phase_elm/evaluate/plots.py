"""Scatter plots of totals, profiles over depth, and maps of errors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

from phase_elm.atomic import complete
from phase_elm.evaluate.cases import Columns, Named
from phase_elm.evaluate.metrics import totals
from phase_elm.report.stocks import layer_nodes_m

SHOWN = ("TOTSOMC", "TOTVEGC", "TOTLITC", "SMINN", "TOTSOMP", "SMINP")
PROFILES = ("soil4c_vr", "soil3c_vr", "cwdc_vr", "labilep_vr")
COLOURS = plt.get_cmap("cividis")


def write_plots(
    test: Columns, states: dict[str, Named], folder: Path, units: dict[str, str]
) -> list[Path]:
    """Write the figures into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    first = next(iter(states))
    return [
        _save(_scatter(test, states), folder / "totals.png"),
        _save(_profiles(test, states, units), folder / "profiles.png"),
        _save(_map(test, states[first], first), folder / "map.png"),
    ]


def write_trust_plot(name: str, trust: dict[str, Any], folder: Path) -> Path:
    """Implied drift against score, with the calibrated curve and the threshold."""
    figure, axes = plt.subplots(
        2, 1, figsize=(7, 7), layout="constrained", sharex=True, height_ratios=[3, 2]
    )
    columns = trust["columns"]
    score = np.array(columns["score"])
    axes[0].plot(score, columns["drift_gC_m2_yr"], "o", ms=4, color=COLOURS(0.2), label="columns")
    if columns["expected_drift_gC_m2_yr"] is not None:
        order = np.argsort(score)
        expected = np.array(columns["expected_drift_gC_m2_yr"])
        axes[0].plot(score[order], expected[order], "-", color=COLOURS(0.8), label="expected")
    axes[0].set(ylabel="implied drift (gC/m2/yr)", yscale="symlog", title=f"Trust of {name}")
    rows = list(trust["outside"])
    for k, who in enumerate(rows):
        row = trust["outside"][who]
        axes[1].plot([row["smallest"], row["median"]], [k, k], "-", color=COLOURS(0.5))
        axes[1].plot(row["median"], k, "s", color=COLOURS(0.2))
    axes[1].set(xlabel="trust score: smallest and median", xlim=(0.0, 1.0))
    axes[1].set_yticks(range(len(rows)), rows)
    for axis in axes:
        axis.axvline(trust["threshold"], color="k", ls=":", lw=1, label="threshold")
    axes[0].legend(fontsize=8)
    return _save(figure, folder / f"trust_{name.replace(' ', '_')}.png")


def _save(figure: plt.Figure, path: Path) -> Path:
    with complete(path) as partial:
        figure.savefig(partial, format="png", dpi=110)
    plt.close(figure)
    return path


def _colours(states: dict[str, Named]) -> dict[str, tuple[float, ...]]:
    return {n: COLOURS(k / max(1, len(states) - 1)) for k, n in enumerate(states)}


def _scatter(test: Columns, states: dict[str, Named]) -> plt.Figure:
    figure, axes = plt.subplots(2, 3, figsize=(12, 8), layout="constrained")
    truth = totals(test.truth, test.inputs["wtcol"])
    colours = _colours(states)
    for axis, name in zip(axes.flat, SHOWN, strict=True):
        for who, state in states.items():
            found = totals(state, test.inputs["wtcol"])[name]
            axis.plot(truth[name], found, "o", ms=3, alpha=0.7, color=colours[who], label=who)
        low, high = axis.get_xlim()
        axis.plot([low, high], [low, high], "k-", lw=0.8)
        axis.set(
            title=name,
            xlabel=f"end state (g{name[-1]}/m2)",
            ylabel=f"predicted (g{name[-1]}/m2)",
        )
    axes.flat[0].legend(fontsize=8)
    return figure


def _profiles(test: Columns, states: dict[str, Named], units: dict[str, str]) -> plt.Figure:
    figure, axes = plt.subplots(1, len(PROFILES), figsize=(14, 4.5), layout="constrained")
    depth = layer_nodes_m(10)
    weight = test.area / test.area.sum()
    colours = _colours(states)
    for axis, name in zip(axes, PROFILES, strict=True):
        axis.plot(weight @ test.truth[name], depth, "k-", lw=2, label="end state")
        for who, state in states.items():
            axis.plot(weight @ state[name], depth, "-", color=colours[who], label=who)
        axis.invert_yaxis()
        axis.set(title=name, xlabel=units[name], ylabel="depth (m)", yscale="log")
        axis.invert_yaxis()
        axis.set_ylim(depth[-1], depth[0])
    axes[0].legend(fontsize=8)
    return figure


def _map(test: Columns, state: Named, who: str) -> plt.Figure:
    figure, axes = plt.subplots(1, 2, figsize=(13, 4), layout="constrained")
    wtcol = test.inputs["wtcol"]
    found, truth = totals(state, wtcol), totals(test.truth, wtcol)
    for axis, name in zip(axes, ("TOTSOMC", "TOTVEGC"), strict=True):
        error = 100.0 * (found[name] - truth[name]) / np.maximum(truth[name], 1.0)
        lon = (test.lon + 180.0) % 360.0 - 180.0
        points = axis.scatter(lon, test.lat, c=error, cmap="PuOr", vmin=-20, vmax=20, s=28)
        axis.set(
            title=f"{name}, {who}: error", xlabel="longitude (degrees east)",
            ylabel="latitude (degrees north)", xlim=(-180, 180), ylim=(-90, 90),
        )  # fmt: skip
        figure.colorbar(points, ax=axis, label="%")
    return figure
