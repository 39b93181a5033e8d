"""A plugin report for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from phase_elm.report.plugin import Jump
from phase_elm.report.plugin_view import NOTES, Limit, View, number, percent, reason_text

_ELEMENTS = {"C": "carbon", "N": "nitrogen", "P": "phosphorus"}
_COLOURS = {"met": "blue", "partly": "yellow", "unmet": "red", "unknown": "white"}
SHOWN = 10


def size(row: Limit, value: float | None) -> str:
    """A drift or a share for people."""
    if row.above:
        return percent(value)
    return "-" if value is None else f"{value:+.1e}"


def word(met: bool | None) -> str:
    """Whether a limit holds."""
    return "-" if met is None else "met" if met else "not met"


def _limits(view: View) -> Table:
    table = Table(title="Criterion: drift over whole forcing cycles")
    table.add_column("variable", no_wrap=True)
    for heading in ("limit", "before", "after", "year", "holds", "since"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in [view.area_limit, *(row for row in view.limits if row.in_criterion)]:
        table.add_row(
            "area at rest" if row.above else f"{row.name} ({row.units})",
            f">= {number(100 * (row.limit or 0.0))} %" if row.above else number(row.limit, 2),
            size(row, row.before),
            size(row, row.after),
            str(row.after_year or "-"),
            word(row.met),
            str(row.met_year or "-"),
        )
    table.caption = (
        f"At rest: {view.area_limit.name}; year: the cycle ends at its beginning; since: the "
        "beginning of the year since which it holds without a break"
    )
    return table


def _spent(view: View) -> Table | None:
    if not view.spent:
        return None
    table = Table(title=f"Years spent: {view.years_integrated}")
    for heading in ("years", "from year", "what"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for part in view.spent:
        table.add_row(str(part.years), str(part.first), part.text)
    return table


def _interventions(view: View) -> Table | None:
    if not view.interventions:
        return None
    table = Table(title="What was written into the model (area mean; a jump is not a flux)")
    table.add_column("")
    for heading in ("before", "after", "change", "round-off"):
        table.add_column(heading, justify="right", no_wrap=True)
    for item in view.interventions:
        if isinstance(item, Jump):
            what = f"jump, {item.columns_jumped} of {item.columns} columns"
            what += ", dry run" if item.dry_run else ""
        else:
            what = f"taken back in {item.columns_rolled_back} columns"
        table.add_row(f"[bold]year {item.year or '-'}: {what}[/]")
        for name, part in item.ledger.items():
            table.add_row(
                f"  {_ELEMENTS.get(name, name)} (g{name}/m2)",
                number(part.before_g_m2, 5),
                number(part.after_g_m2, 5),
                number(part.change_g_m2, 4),
                number(part.max_column_error_g_m2, 2),
            )
        table.add_section()
    return table


def _remarks(view: View) -> list[str]:
    """What happened to columns at the jumps, in lines."""
    lines = [f"{view.left_to_the_model}."] if view.left_to_the_model else []
    for jump in view.report.jumps:
        counts = [
            f"{count} {text}" for key, text in NOTES.items() if (count := getattr(jump, key, None))
        ]
        if counts:
            lines.append(f"Jump of year {jump.year}: {'; '.join(counts)}.")
        for cell in jump.gated[:SHOWN]:
            lines.append(
                f"  column {cell.gid} ({number(cell.lat)} N, {number(cell.lon)} E): "
                f"{reason_text(cell.reason)}; {cell.variable} element {cell.element} "
                f"is {number(cell.value)}"
            )
    return lines


def _holding(view: View) -> Table | None:
    found = view.report.certificate.holding_back
    if not found:
        return None
    many = view.report.certificate.columns_not_at_rest
    table = Table(
        title=f"Columns that hold the certificate back: {min(SHOWN, len(found))} of {many}"
    )
    for heading in ("column", "lat", "lon", "km2", "gC/m2/yr", "mostly", "gC/m2/yr", "latest jump"):
        table.add_column(heading, justify="right")
    for cell in found[:SHOWN]:
        table.add_row(
            str(cell.gid),
            number(cell.lat, 4),
            number(cell.lon, 4),
            number(cell.area_km2),
            number(cell.drift_gC_m2_yr),
            cell.pool or "-",
            number(cell.pool_drift_gC_m2_yr),
            (cell.status or "-").replace("_", " "),
        )
    return table


def print_view(view: View, console: Console) -> None:
    """Print the verdict, then the tables that the report has numbers for."""
    ruling = view.ruling
    text = Text("\n".join(filter(None, ruling.sentences)))
    colour = _COLOURS[ruling.kind]
    console.print(Panel(text, title=f"[bold]{ruling.headline}[/]", border_style=colour))
    for table in (_limits(view), _spent(view), _interventions(view)):
        if table is not None:
            console.print(table)
    for line in _remarks(view):
        console.print(line, markup=False, highlight=False)
    holding = _holding(view)
    if holding is not None:
        console.print(holding)
    timing, share = view.report.timing, view.plugin_share
    if share is not None:
        console.print(
            f"Wall clock of this segment: {number(timing.plugin_seconds)} s in the plugin "
            f"({percent(share)}), {number(timing.model_seconds)} s in the model",
            highlight=False,
        )
    artifact = view.report.artifact
    checksum = (artifact.checksum or "")[:16]
    console.print(
        f"Artifact {artifact.name or '-'} {checksum}; {artifact.file or ''}",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
