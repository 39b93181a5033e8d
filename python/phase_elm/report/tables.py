"""The demonstration's tables for a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from phase_elm.report.document import (
    DemoReport,
    DistancePart,
    ErrorPart,
    NativePart,
    ReferencePart,
)

_LEDGER_NAMES = {"C": "carbon", "N": "nitrogen", "P": "phosphorus"}


def _verdict(met: bool) -> str:
    return "[bold blue]met[/]" if met else "[bold]not met[/]"


def _run_table(report: DemoReport) -> Table:
    years = report.years
    table = Table(title="The jump run")
    table.add_column("quantity")
    table.add_column("value", justify="right")
    table.add_row("model", report.model)
    world = report.world
    cells = f"{world.cells} ({world.subset}, {world.grid} degrees, seed {world.seed})"
    table.add_row("columns", cells)
    table.add_row("land area", f"{world.land_area_km2:.3g} km2")
    table.add_row(
        "years integrated",
        f"{years.total} ({years.observed} observed + {years.after_jump} after the first jump + "
        f"{years.closing} to close the window of GPP and TLAI)",
    )
    if report.reference:
        table.add_row("compared with", report.reference.label)
    table.add_row("MPI ranks, device", f"{report.ranks}, {report.device}")
    table.add_row("surrogate", report.artifact.name)
    table.add_row("sha256", report.artifact.checksum[:16])
    time = report.timing_s
    table.add_row("time in model", f"{time.model:.1f} s")
    table.add_row("time in plugin", f"{time.plugin:.2f} s")
    table.add_row("time of the run without a jump", f"{time.no_jump_run:.1f} s")
    table.add_row(
        "same state before the jump", "yes, bit for bit" if report.identical_before_jump else "no"
    )
    table.add_row("columns that kept their own state", str(report.cells_gated))
    return table


def _drift_table(report: DemoReport) -> Table:
    first = report.years.judged_from
    table = Table(title=f"Drift over one forcing cycle, years {first} to {first + 20}")
    table.add_column("variable", no_wrap=True)
    for title in ("mean size\nno jump", "\njump", "total\nno jump", "\njump", "\nlimit", "\njump"):
        table.add_column(title, justify="right", no_wrap=True)
    for name, after in report.jump.variables.items():
        before = report.no_jump.variables[name]
        table.add_row(
            name,
            f"{before.mean_absolute:.3g}",
            f"{after.mean_absolute:.3g}",
            f"{before.total:+.1e}",
            f"{after.total:+.1e}",
            f"{after.limit:.1e}",
            _verdict(after.met),
        )
    table.caption = (
        "Sizes in gC/m2/yr (GPP: gC/m2/yr per year), totals and limits in PgC/yr of all columns; "
        "TLAI in m2/m2/yr"
    )
    return table


def _rest_table(report: DemoReport) -> Table:
    limit, native = report.criterion, report.native
    table = Table(title=f"At rest: |dTOTECOSYSC/dt| <= {limit.column_gc_m2_yr:g} gC/m2/yr")
    table.add_column("")
    for title in ("no jump", "jump", "required"):
        table.add_column(title, justify="right")
    if native is not None:
        table.add_column(f"native, {native.years} years", justify="right")

    def share(value: float) -> str:
        return f"{100 * value:.1f}%"

    table.add_row(
        "land area",
        share(report.no_jump.area_at_rest),
        share(report.jump.area_at_rest),
        share(limit.area_share),
        *([share(native.area_at_rest)] if native is not None else []),
    )
    table.add_row("land area, as the plugin measured it", "", share(report.plugin_area_at_rest))
    table.add_row("columns", str(report.no_jump.cells_at_rest), str(report.jump.cells_at_rest))
    settled = report.settled
    text = f"{settled.settled_cells} of {settled.restless_cells}"
    if settled.settled_area_share is not None:
        text += f" ({100 * settled.settled_area_share:.0f}% of area)"
    table.add_row("columns too fast without, at rest with the jump", "", text)
    table.add_row("the whole criterion", _verdict(report.no_jump.met), _verdict(report.jump.met))
    return table


def _window_table(report: DemoReport) -> Table:
    table = Table(title="Share of area at rest over the forcing cycle after each jump")
    table.add_column("years")
    for title in ("no jump", "jump"):
        table.add_column(title, justify="right")
    for item in report.windows:
        measured = "" if item.jump is None else f"{100 * item.jump:.1f}%"
        table.add_row(
            f"{item.jump_year} to {item.end_year}", f"{100 * item.no_jump:.1f}%", measured
        )
    table.caption = "Jump run: as the plugin measured it; vegetated area"
    return table


def _ledger_table(report: DemoReport) -> Table:
    table = Table(title="Ledger of the first jump (area mean; a jump is not a flux)")
    for title in ("element", "before", "after", "change", "units"):
        table.add_column(title, justify="left" if title == "element" else "right")
    for name, item in report.ledger.items():
        table.add_row(
            _LEDGER_NAMES.get(name, name),
            f"{item.before:.5g}",
            f"{item.after:.5g}",
            f"{item.change:+.5g}",
            item.units,
        )
    return table


def _distances(item: DistancePart) -> list[str]:
    return [f"{item.rmse:.4g}", f"{item.bias:+.4g}", f"{item.normalised:.3f}"]


def _error_table(errors: list[ErrorPart], reference: ReferencePart) -> Table:
    table = Table(title=f"Distance from the {reference.label}")
    for title in ("January of year", "variable"):
        table.add_column(title)
    for run in ("no jump", "jump"):
        for kind in ("rmse", "bias", "nrmse"):
            table.add_column(f"{run}: {kind}", justify="right")

    previous = None
    for item in errors:
        if previous is not None and item.year != previous:
            table.add_section()
        previous = item.year
        name = f"{item.variable} ({item.units})"
        table.add_row(str(item.year), name, *_distances(item.no_jump), *_distances(item.jump))
    return table


def _native_table(native: NativePart, limit: float) -> Table:
    table = Table(title=f"Native integration for {native.years} years, same columns")
    table.add_column("distance from the reference state")
    for kind in ("rmse", "bias", "nrmse"):
        table.add_column(kind, justify="right")
    for name, item in native.distance.items():
        table.add_row(f"{name} (gC/m2)", *_distances(item))
    table.caption = (
        f"{100 * native.area_at_rest:.1f}% of the land area within {limit:g} gC/m2/yr, mean "
        f"|drift| {native.mean_absolute_drift:.3g} gC/m2/yr, over its last 20 years"
    )
    return table


def print_report(report: DemoReport, console: Console) -> None:
    """Print all tables."""
    console.print(_run_table(report))
    console.print(_ledger_table(report))
    console.print(_drift_table(report))
    console.print(_window_table(report))
    console.print(_rest_table(report))
    reference = report.reference
    if report.errors is None or reference is None:
        console.print(f"No reference state: {report.reference_absent}", markup=False)
        return
    console.print(_error_table(report.errors, reference))
    console.print(
        f"Reference state: {reference.made}; {100 * reference.area_at_rest:.1f}% of the area at "
        f"rest, mean |drift| {reference.mean_absolute_drift:.3g} gC/m2/yr over its last 20 years",
        highlight=False,
    )
    if report.native is not None:
        console.print(_native_table(report.native, report.criterion.column_gc_m2_yr))
