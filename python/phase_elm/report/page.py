"""A plugin report as one page: style, figures and tables in a single HTML file.

The page is well-formed XML too, and refers to nothing outside itself.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from html import escape
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from matplotlib.figure import Figure

from phase_elm.atomic import write_text
from phase_elm.report.page_style import CSS
from phase_elm.report.plugin import Jump, Ledger
from phase_elm.report.plugin_figures import FIGURES, svg
from phase_elm.report.plugin_text import size, word
from phase_elm.report.plugin_view import NOTES, Limit, View, number, percent, reason_text

_ELEMENTS = {"C": "carbon", "N": "nitrogen", "P": "phosphorus"}
LISTED = 60  # rows of a list of columns
_CAPTIONS = {
    "rest": "Each point is the share of the vegetated area whose TOTECOSYSC drifts by no more than "
    "the limit, over the whole forcing cycle that ends at that beginning of a year; never "
    "across a jump.",
    "series": "At each beginning of a year, before a jump that happens then; GPP and TLAI are of "
    "the whole year before. Dotted: what a jump wrote. Area means where units are per m2.",
    "drift": "How much of the area drifts by no more than so much: the curve to the left and above "
    "is closer to rest.",
    "map": "White is at rest. Crosses: not measured. Marks in the lower map: columns whose latest "
    "jump was not made or was taken back. Coastlines are a sketch.",
}


def _clean(text: object) -> str:
    """Text for the page, without characters that XML cannot hold."""
    kept = (
        c for c in str(text) if c in "\t\n\r" or (ord(c) >= 32 and not 0xD800 <= ord(c) < 0xE000)
    )
    return escape("".join(c for c in kept if ord(c) not in (0xFFFE, 0xFFFF)), quote=True)


def _table(
    heads: Sequence[str],
    rows: Iterable[Sequence[object] | str],
    numbers: frozenset[int] = frozenset(),
) -> str:
    """A table; a row that is a text is a heading of those that follow."""

    def cell(tag: str, place: int, value: object) -> str:
        names = ["n"] if place in numbers else []
        names += {"met": ["yes"], "not met": ["no"]}.get(str(value), [])
        kind = f' class="{" ".join(names)}"' if names else ""
        return f"<{tag}{kind}>{_clean(value)}</{tag}>"

    head = "".join(cell("th", place, text) for place, text in enumerate(heads))
    body = []
    for row in rows:
        if isinstance(row, str):
            body.append(f'<tr class="head"><td colspan="{len(heads)}">{_clean(row)}</td></tr>')
            continue
        cells = "".join(cell("td", place, value) for place, value in enumerate(row))
        body.append(f"<tr>{cells}</tr>")
    return (
        f'<div class="scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>"
    )


def _section(title: str, *parts: str) -> str:
    inside = "".join(part for part in parts if part)
    return f"<section><h2>{_clean(title)}</h2>{inside}</section>" if inside else ""


def _paragraph(text: str, soft: bool = False) -> str:
    return f"<p{' class=' + chr(34) + 'soft' + chr(34) if soft else ''}>{_clean(text)}</p>"


def _verdict(view: View) -> str:
    ruling, run = view.ruling, view.report.run
    sentences = "".join(_paragraph(text) for text in ruling.sentences if text)
    area = view.area_limit
    facts = [
        (percent(area.after), "of the area at rest"),
        (percent(area.before), "before the first jump"),
        (view.years_integrated or "-", "years integrated, all counted"),
        (len(view.report.jumps), "jumps" + (" (dry run)" if run.dry_run else "")),
        (run.columns or "-", "columns"),
        (percent(view.plugin_share), "of the time in the plugin"),
    ]
    boxes = "".join(f"<div><b>{_clean(v)}</b><span>{_clean(t)}</span></div>" for v, t in facts)
    return (
        f'<div class="verdict {ruling.kind}"><strong>{_clean(ruling.headline)}</strong>'
        f'{sentences}</div><div class="facts">{boxes}</div>'
    )


def _limit_row(row: Limit) -> list[object]:
    ratio = "-"
    if row.above or row.limit is None or row.after is None:
        limit = f"at least {percent(row.limit)}" if row.above else number(row.limit)
    else:
        limit, ratio = number(row.limit), f"{abs(row.after) / row.limit:.2g}" if row.limit else "-"
    return [
        row.name,
        row.units,
        limit,
        size(row, row.before),
        size(row, row.after),
        ratio,
        row.after_year or "-",
        word(row.met),
        row.met_year or "-",
    ]


_LIMIT_HEADS = (
    "variable",
    "units",
    "limit",
    "before",
    "after",
    "times the limit",
    "cycle ends in year",
    "verdict",
    "holds since year",
)


def _criterion(view: View) -> str:
    counted = [view.area_limit, *(row for row in view.limits if row.in_criterion)]
    others = [row for row in view.limits if not row.in_criterion]
    numbers = frozenset({2, 3, 4, 5, 6, 8})
    main = _table(_LIMIT_HEADS, (_limit_row(row) for row in counted), numbers)
    more = ""
    if others:
        table = _table(_LIMIT_HEADS, (_limit_row(row) for row in others), numbers)
        more = f"<details><summary>Further variables, not asked for</summary>{table}</details>"
    note = (
        "Drift is what the model's own state changed by over one whole forcing cycle, per year; "
        "losing counts as much as gaining. Global limits are scaled to the simulated area."
    )
    return main + more + _paragraph(note, soft=True)


def _years(view: View) -> str:
    if not view.spent:
        return ""
    parts = "".join(
        f'<div class="{part.kind}" style="flex: {part.years} 1 0" title="{_clean(part.text)}, '
        f'from year {part.first}">{part.years}</div>'
        for part in view.spent
    )
    rows: list[list[object]] = [[p.text, p.first, p.years] for p in view.spent]
    rows.append(["in all", "", view.years_integrated or "-"])
    return f'<div class="years">{parts}</div>' + _table(
        ("part of the run", "from year", "years"), rows, frozenset({1, 2})
    )


def _ledger_rows(ledger: dict[str, Ledger]) -> list[list[object]]:
    return [
        [
            f"{_ELEMENTS.get(name, name)} (g{name}/m2)",
            number(part.before_g_m2, 6),
            number(part.after_g_m2, 6),
            number(part.change_g_m2, 5),
            number(part.change_Pg, 4),
            number(part.host_rules_g_m2),
            number(part.max_column_change_g_m2, 4),
            part.max_column_change_gid or "-",
            number(part.max_column_error_g_m2, 2),
        ]
        for name, part in ledger.items()
    ]


def _ledgers(view: View) -> str:
    rows: list[list[object] | str] = []
    for item in view.interventions:
        if isinstance(item, Jump):
            count = "-" if item.columns_jumped is None else item.columns_jumped
            what = f"jump, written in {count} of {item.columns or '-'} columns"
            what += " (dry run)" if item.dry_run else ""
        else:
            what = f"taken back in {item.columns_rolled_back or '-'} columns"
        rows += [f"Year {item.year or '-'}: {what}", *_ledger_rows(item.ledger)]
    if not rows:
        return ""
    heads = (
        "element", "before", "after", "change", "change (Pg)", "of it host rules",
        "largest change", "in column", "round-off",
    )  # fmt: skip
    note = (
        "Area means in g/m2. A jump is not a flux: this is all that was put in or taken out. Host "
        "rules: what the model's own consistency adds. Round-off: largest difference of a column "
        "between what was to be written and what the model's arrays hold."
    )
    return _table(heads, rows, frozenset(range(1, 9))) + _paragraph(note, soft=True)


def _places(view: View) -> str:
    """Gated, rolled-back and limited columns."""
    parts = []
    if view.left_to_the_model:
        parts.append(_paragraph(f"{view.left_to_the_model}."))
    counts = [
        [jump.year or "-", text, count]
        for jump in view.report.jumps
        for key, text in NOTES.items()
        if (count := getattr(jump, key))
    ]
    if counts:
        parts.append(_table(("jump of year", "columns that", "number"), counts, frozenset({0, 2})))
    gated = [
        [
            jump.year or "-", cell.gid or "-", number(cell.lat, 4), number(cell.lon, 4),
            number(cell.area_km2), reason_text(cell.reason), cell.variable or "-",
            cell.element or "-", number(cell.value), "-" if cell.rank is None else cell.rank,
        ]
        for jump in view.report.jumps for cell in jump.gated
    ]  # fmt: skip
    if gated:
        heads = (
            "year",
            "column",
            "lat",
            "lon",
            "km2",
            "why",
            "variable",
            "element",
            "value",
            "rank",
        )
        parts.append("<h3>Kept their own state</h3>")
        parts.append(_table(heads, gated[:LISTED], frozenset({0, 1, 2, 3, 4, 7, 8, 9})))
    back = [
        [
            item.year or "-", cell.gid or "-", number(cell.lat, 4), number(cell.lon, 4),
            number(cell.area_km2), cell.jump_year or "-", number(cell.drift_before),
            number(cell.drift_after),
        ]
        for item in view.report.rollbacks for cell in item.cells
    ]  # fmt: skip
    if back:
        heads = ("year", "column", "lat", "lon", "km2", "jump of year", "drift before", "after")
        parts.append("<h3>Taken back, since the jump made the drift worse (gC/m2/yr)</h3>")
        parts.append(_table(heads, back[:LISTED], frozenset(range(8))))
    cells = view.cells
    low = [k for k, status in view.kept if status == "below_trust"]
    if low:
        rows = [
            [cells.gid[k], number(cells.lat[k], 4), number(cells.lon[k], 4), number(cells.trust[k])]
            for k in low[:LISTED]
        ]
        parts.append("<h3>Trusted too little at the latest jump</h3>")
        parts.append(_table(("column", "lat", "lon", "trust"), rows, frozenset(range(4))))
    total = max(len(gated), len(back), len(low))
    if total > LISTED:
        parts.append(_paragraph(f"Lists show the first {LISTED} columns of {total}.", soft=True))
    if not parts and view.report.jumps:
        parts.append(_paragraph("None: every column took every jump, as predicted."))
    return "".join(parts)


def _holding(view: View) -> str:
    found = view.report.certificate.holding_back
    if not found:
        return ""
    rows = [
        [
            cell.gid or "-", number(cell.lat, 4), number(cell.lon, 4), number(cell.area_km2),
            number(cell.drift_gC_m2_yr), cell.pool or "-", number(cell.pool_drift_gC_m2_yr),
            reason_text(cell.status),
        ]
        for cell in found
    ]  # fmt: skip
    many = view.report.certificate.columns_not_at_rest
    heads = (
        "column", "lat", "lon", "km2", "drift (gC/m2/yr)", "drifts most in", "its drift",
        "latest jump",
    )  # fmt: skip
    text = f"{many if many is not None else len(found)} columns are not at rest; "
    text += f"the {len(found)} with the largest area times drift:"
    return _paragraph(text) + _table(heads, rows, frozenset({0, 1, 2, 3, 4, 6}))


def _time(view: View) -> str:
    timing, share = view.report.timing, view.plugin_share
    rows = []
    for label, value in (("model", timing.model_seconds), ("plugin", timing.plugin_seconds)):
        if value is not None:
            rows.append([label, number(value, 4)])
    for jump in view.report.jumps:
        if jump.total_seconds is not None:
            text = f"of it, jump of year {jump.year} (inference {number(jump.inference_seconds)} s)"
            rows.append([text, number(jump.total_seconds, 4)])
    if not rows:
        return ""
    pace = [
        [kind, count, number(inside), number(outside), percent(inside / (inside + outside))]
        for kind, count, inside, outside in view.pace
        if inside + outside > 0.0
    ]
    heads = ("years", "how many", "plugin (s)", "model (s)", "share of the plugin")
    by_year = _table(heads, pace, frozenset({1, 2, 3, 4})) if pace else ""
    by_year += _paragraph("Seconds of one year: the median of its kind.", soft=True) if pace else ""
    note = f"The plugin took {percent(share)} of the time. " if share is not None else ""
    note += "Wall clock of the last segment of the run, slowest rank."
    whole = _table(("time in", "seconds"), rows, frozenset({1})) + _paragraph(note, soft=True)
    return whole + by_year


def _provenance(view: View, host: dict[str, str]) -> str:
    artifact, run = view.report.artifact, view.report.run
    onoff = {True: "yes", False: "no"}
    entries = {
        "artifact": artifact.name,
        "file of the artifact": artifact.file,
        "SHA-256": artifact.checksum,
        "horizon of its steady state": f"{number(artifact.horizon_years, 6)} years",
        "columns": run.columns,
        "vegetated area": f"{number(run.vegetated_area_km2, 4)} km2",
        "method": run.method,
        "acceleration of the sequence": run.accelerate,
        "jumps may be taken back": onoff.get(run.rollback),
        "dry run": onoff.get(run.dry_run),
        "mode of the run, pools seen": f"{run.run_mode or '-'}, {run.pool_space or '-'}",
        "years observed, relaxed, of a cycle": f"{run.observe_years or '-'}, "
        f"{run.relax_years or '-'}, {run.cycle_years or '-'}",
        "time steps": run.steps,
        "MPI ranks, device": f"{run.ranks or '-'}, {run.device or '-'}",
        **host,
        "report": view.source,
    }
    items = "".join(
        f"<dt>{_clean(key)}</dt><dd>{_clean(value)}</dd>"
        for key, value in entries.items()
        if value not in (None, "")
    )
    return f"<dl>{items}</dl>"


def _figure(name: str, drawn: dict[str, Figure]) -> str:
    if name not in drawn:
        return ""
    data = base64.b64encode(svg(drawn[name])).decode()
    alternative = FIGURES[name][1]
    return (
        f'<figure><img alt="{_clean(alternative)}" src="data:image/svg+xml;base64,{data}"/>'
        f"<figcaption>{_clean(_CAPTIONS[name])}</figcaption></figure>"
    )


def _package() -> str:
    try:
        return f"phase-elm {version('phase-elm')}"
    except PackageNotFoundError:
        return "phase-elm"


def page(
    view: View, drawn: dict[str, Figure], title: str = "", host: dict[str, str] | None = None
) -> str:
    """The page.

    Parameters:
        view: What the report says.
        drawn: Figures by name.
        title: Name of the run.
        host: Further lines about the host model.
    """
    heading = f"Spin-up report{': ' + title if title else ''}"
    body = "".join(
        (
            f"<h1>{_clean(heading)}</h1>",
            _verdict(view),
            _section("How much of the area is at rest", _figure("rest", drawn)),
            _section("Criterion", _criterion(view)),
            _section("Years spent", _years(view)),
            _section("Where", _figure("map", drawn), _figure("drift", drawn)),
            _section("Columns that hold the certificate back", _holding(view)),
            _section("Stocks and fluxes", _figure("series", drawn)),
            _section("Ledger of carbon, nitrogen and phosphorus", _ledgers(view)),
            _section("Gated, taken back, limited", _places(view)),
            _section("Time", _time(view)),
            _section("Provenance", _provenance(view, host or {})),
            f"<footer>Made by <code>phase report</code> ({_clean(_package())}) from the plugin's "
            "own report; every number is the model's own drift or the plugin's ledger.</footer>",
        )
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{_clean(heading)}: {_clean(view.ruling.headline)}</title>"
        f"<style>{CSS}</style></head><body><main>{body}</main></body></html>\n"
    )


def write_page(text: str, path: Path) -> Path:
    """Write the page; it appears under its name only when complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_text(path, text)
