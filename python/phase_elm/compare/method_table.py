"""The comparison for people and machines: Markdown, JSON and a figure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter, ScalarFormatter

from phase_elm.atomic import complete
from phase_elm.compare.outcome import Outcome, Point
from phase_elm.report.plots import BLACK, BLUE, GREEN, GREY, ORANGE, SKY
from phase_elm.world.config import CYCLE_YEARS

REQUIRED = 0.97
HEADS = (
    "method",
    "years to the certificate",
    "held after",
    "years run",
    "area at rest, last cycle",
    "jumps",
    "does not hold at the end",
    "seconds",
)
_STYLES = {
    "native": (GREY, "-", "o"),
    "accelerated": (ORANGE, "-", "s"),
    "steady_state": (GREEN, "--", "^"),
    "surrogate": (SKY, "--", "v"),
    "hybrid": (BLUE, "-", "o"),
    "hybrid_anderson": (BLACK, ":", "D"),
}
_TICKS = (20, 40, 60, 100, 200, 400, 600, 1000, 2000, 4000)


def last_point(outcome: Outcome) -> Point | None:
    """The last measure of the share of area at rest."""
    return outcome.points[-1] if outcome.points else None


def by_cycle(outcome: Outcome) -> list[Point]:
    """The measures a cycle apart, and that of the certificate; the plugin measures every year."""
    kept: list[Point] = []
    for point in outcome.points:
        apart = not kept or point.years - kept[-1].years >= CYCLE_YEARS
        if apart or point.years == outcome.proven_years:
            kept.append(point)
    return kept


def row(outcome: Outcome) -> list[str]:
    """One line of the table."""
    point = last_point(outcome)
    proven = outcome.proven_years
    return [
        outcome.label,
        str(proven) if proven is not None else f"more than {outcome.years}",
        str(outcome.held_years) if outcome.held_years is not None else "-",
        str(outcome.years),
        f"{100 * point.area_at_rest:.1f} %" if point else "-",
        str(len(outcome.jumps)) if outcome.jumps else "-",
        ", ".join(outcome.holding) or "-",
        f"{outcome.seconds:.0f}",
    ]


def markdown(outcomes: Sequence[Outcome]) -> str:
    """The table, and what its words mean."""
    columns = max((outcome.columns for outcome in outcomes), default=0)
    lines = [
        "# Years to the certificate",
        "",
        f"minielm (not ELM), {columns} columns, from a cold start. Every year the model ran "
        "counts: observed, accelerated, relaxed, and the forcing cycle of 20 years that proves it.",
        "",
        "| " + " | ".join(HEADS) + " |",
        "|---|" + "---:|" * (len(HEADS) - 3) + "---|---:|",
        *("| " + " | ".join(row(outcome)) + " |" for outcome in outcomes),
        "",
        "Certificate: 97 % of the vegetated area within 1 gC/m2/yr over a forcing cycle, and the "
        "global limits of TOTECOSYSC, TOTSOMC, TOTVEGC, GPP and TLAI, all measured. Held after: "
        "the same as far as it was measured then; GPP and TLAI of whole years need a year more.",
        "",
        *(f"* {outcome.label}: {outcome.text}." for outcome in outcomes),
    ]
    after = [outcome for outcome in outcomes if outcome.after is not None]
    if after:
        lines += ["", "## The model alone from the certified state", ""]
        lines += [
            "| method | years | change of TOTECOSYSC, net | of columns, mean size | area at rest, "
            "least | criterion |",
            "|---|---:|---:|---:|---:|---|",
        ]
    for outcome in after:
        part = outcome.after
        lines.append(
            f"| {outcome.label} | {part.years} | {100 * part.net_change:+.2f} % | "
            f"{100 * part.mean_change:.2f} % | {100 * part.least_area_at_rest:.1f} % | "
            f"{'holds all the time' if part.stays else 'does not hold all the time'} |"
        )
    return "\n".join(lines) + "\n"


def plot(outcomes: Sequence[Outcome]) -> Figure:
    """Share of area at rest against years integrated; stars are certificates."""
    figure = Figure(figsize=(9.0, 5.0), layout="constrained")
    FigureCanvasAgg(figure)
    panel = figure.subplots()
    longest = 40
    for outcome in outcomes:
        colour, style, marker = _STYLES.get(outcome.method, (BLACK, "-", "o"))
        shown = by_cycle(outcome)
        normal = [point for point in shown if not point.accelerated]
        fast = [point for point in shown if point.accelerated]
        longest = max(longest, outcome.years)
        label = outcome.label
        if outcome.proven_years is not None:
            label += f": {outcome.proven_years} years"
        else:
            label += f": not within {outcome.years}"
        for points, line, text in ((fast, ":", None), (normal, style, label)):
            panel.plot(
                [point.years for point in points],
                [100.0 * point.area_at_rest for point in points],
                line,
                color=colour,
                marker=marker if text and len(points) < 30 else None,
                markersize=4,
                linewidth=1.5,
                label=text,
            )
        if outcome.proven_years is not None:
            share = [p.area_at_rest for p in outcome.points if p.years <= outcome.proven_years]
            panel.plot(
                outcome.proven_years,
                100.0 * (share[-1] if share else REQUIRED),
                "*",
                color=colour,
                markeredgecolor=BLACK,
                markersize=15,
                zorder=5,
            )
    panel.axhline(100.0 * REQUIRED, color=GREY, linestyle=":", linewidth=1.0)
    panel.set_xscale("log")
    panel.set_xlim(18.0, 1.15 * longest)
    panel.set_xticks([tick for tick in _TICKS if tick <= 1.15 * longest])
    panel.xaxis.set_major_formatter(ScalarFormatter())
    panel.xaxis.set_minor_formatter(NullFormatter())
    panel.set_ylim(-2.0, 103.0)
    panel.set_xlabel("years integrated, all counted (dotted: accelerated decomposition)")
    panel.set_ylabel("vegetated area within 1 gC/m2/yr (%)")
    panel.legend(fontsize=8, frameon=False, loc="best")
    columns = max((outcome.columns for outcome in outcomes), default=0)
    panel.set_title(f"minielm, {columns} columns, from a cold start", fontsize=10)
    return figure


def write_comparison(outcomes: Sequence[Outcome], folder: Path) -> list[Path]:
    """Write ``comparison.md``, ``.json`` and ``.png``; each appears only when complete."""
    folder.mkdir(parents=True, exist_ok=True)
    document = {"format": 1, "methods": [outcome.model_dump() for outcome in outcomes]}
    paths = []
    for name, write in (
        ("comparison.md", lambda path: path.write_text(markdown(outcomes))),
        ("comparison.json", lambda path: path.write_text(json.dumps(document, indent=1) + "\n")),
        ("comparison.png", lambda path: plot(outcomes).savefig(path, format="png", dpi=150)),
    ):
        path = folder / name
        with complete(path) as partial:
            write(partial)
        paths.append(path)
    return paths
