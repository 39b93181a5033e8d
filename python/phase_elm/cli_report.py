"""``phase report`` and ``phase certify``: what runs say about rest."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phase_elm.cli_common import bars, console

_NAMES = ("report.json", "phase_report.json")


def _document(place: Path) -> Path:
    """The report that a path stands for: itself, or one of those in a folder."""
    if not place.is_dir():
        return place
    for name in _NAMES:
        if (place / name).is_file():
            return place / name
    raise ValueError(
        f"{place}: holds neither report.json of `phase demo` nor phase_report.json of a run"
    )


def show_plugin_report(path: Path, folder: Path, title: str = "", quiet: bool = False) -> Path:
    """Write the page and the figures of a plugin report, then print it.

    Parameters:
        path: The report.
        folder: Where figures and page go.
        title: Name of the run on the page.
        quiet: Write the page alone.

    Returns:
        The page.
    """
    from phase_elm.report.page import page, write_page
    from phase_elm.report.plugin import read_plugin_report
    from phase_elm.report.plugin_figures import draw_all, write_pngs
    from phase_elm.report.plugin_text import print_view
    from phase_elm.report.plugin_view import View
    from phase_elm.report.results import host_facts, results_beside, with_cells

    report = read_plugin_report(path)
    results = results_beside(path)
    host = {}
    if results is not None:
        report, host = with_cells(report, results), host_facts(results)
        title = title or results.name.removesuffix(".phase.nc")
    view = View(report, path.name)
    drawn = draw_all(view)
    written = write_page(page(view, drawn, title, host), folder / f"{path.stem}.html")
    if not quiet:
        figures = write_pngs(drawn, folder, path.stem)
        print_view(view, console)
        for figure in figures:
            console.print(f"wrote {figure}")
    return written


def report(
    place: Annotated[
        Path,
        typer.Argument(
            help="phase_report.json of a run with the plugin, report.json of `phase demo`, or the "
            "folder of either."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for what it writes; default: beside the report.")
    ] = None,
    title: Annotated[str, typer.Option(help="Name of the run on the page.")] = "",
) -> None:
    """Show a run: verdict and tables here, figures, and one page of HTML to keep or mail."""
    from phase_elm.report.document import read_report
    from phase_elm.report.plots import write_plots
    from phase_elm.report.plugin import read_document
    from phase_elm.report.tables import print_report

    path = _document(place)
    folder = out or path.parent
    if read_document(path).get("kind") != "phase demo":
        console.print(f"wrote {show_plugin_report(path, folder, title)}")
        return
    found = read_report(path)
    print_report(found, console)
    for figure in write_plots(found, folder):
        console.print(f"wrote {figure}")
    plugin = path.parent / "jump" / "phase_report.json"
    if plugin.is_file():
        name = title or "phase demo, the run with the jump"
        console.print(f"wrote {show_plugin_report(plugin, folder, name, quiet=True)}")


def certify(
    files: Annotated[
        list[Path],
        typer.Argument(help="History files of one run of ELM, CTSM or minielm, in any order."),
    ],
    cycle_years: Annotated[int, typer.Option(min=1, help="Years of the forcing cycle.")] = 20,
    as_json: Annotated[Path | None, typer.Option("--json", help="JSON to write.")] = None,
) -> None:
    """Judge history files against the community's criterion of equilibrium.

    The exit status is 0 only when the model is at rest over the last cycle, 2 when it is not, and
    1 when the files cannot be judged.
    """
    from phase_elm.report.history import certify_history, print_certificates, write_certificates

    with bars() as progress:
        bar = progress.add_task("reading", total=None, note="")
        found = certify_history(
            files,
            cycle_years,
            progress=lambda done, total: progress.update(bar, completed=done, total=total),
        )
    if as_json is not None:
        write_certificates(found, as_json)
    print_certificates(found, console)
    if not found[-1].certificate.met:
        raise typer.Exit(2)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    for verb in (report, certify):
        app.command()(verb)
