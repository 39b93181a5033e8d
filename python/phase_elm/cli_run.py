"""``phase compact``, ``phase demo``, ``phase report`` and ``phase certify``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phase_elm.cli_common import bars, console, fail, first_message
from phase_elm.demo.config import SHORTEST, DemoConfig

_DEMO = DemoConfig()


def compact(
    reference: Annotated[Path, typer.Argument(help="File of `phase truth`: the reference run.")],
    out: Annotated[Path, typer.Argument(help="File to write.")],
    native: Annotated[
        Path | None,
        typer.Option(help="File of `phase truth`: same columns, nothing applied to the run."),
    ] = None,
    world: Annotated[
        Path | None, typer.Option(help="Folder of the world that the runs were made with.")
    ] = None,
) -> None:
    """Make the small file of reference states that `phase demo` compares with."""
    from phase_elm.truth import compact_truth

    try:
        written = compact_truth(reference, out, native, world)
    except (ValueError, KeyError, OSError) as error:
        raise fail(error) from None
    console.print(f"wrote {written}")


def demo(
    out: Annotated[Path, typer.Option(help="Folder for everything it writes.")] = _DEMO.out,
    years: Annotated[int, typer.Option(min=SHORTEST, help="Years of each run.")] = _DEMO.years,
    ranks: Annotated[int, typer.Option(min=1, help="MPI ranks.")] = _DEMO.ranks,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = _DEMO.device,
    cells: Annotated[int, typer.Option(min=1, help="Held-out columns.")] = _DEMO.cells,
    artifact: Annotated[Path, typer.Option(help="Surrogate.")] = _DEMO.artifact,
    truth_file: Annotated[
        Path, typer.Option("--truth", help="File of reference states (`phase compact`).")
    ] = _DEMO.truth,
) -> None:
    """Spin up held-out columns with and without the jump, and show the model's own verdict."""
    from phase_elm.demo import run_demo
    from phase_elm.demo.case import RunError
    from phase_elm.report.plots import write_plots
    from phase_elm.report.tables import print_report

    try:
        config = DemoConfig(
            out=out,
            years=years,
            ranks=ranks,
            device=device,
            cells=cells,
            artifact=artifact,
            truth=truth_file,
        )
        with bars() as progress:
            tasks = {
                run: progress.add_task(text, total=years, note="")
                for run, text in (("jump", "with the jump"), ("no_jump", "without a jump"))
            }
            report = run_demo(config, lambda run, year: progress.update(tasks[run], completed=year))
    except (RunError, FileNotFoundError, ValueError) as error:
        raise fail(first_message(error)) from None
    print_report(report, console)
    paths = write_plots(report, out)
    console.print(f"report {out / 'report.json'}; figures {', '.join(path.name for path in paths)}")


def report(
    file: Annotated[Path, typer.Argument(help="report.json of `phase demo`.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the figures; default: beside the report.")
    ] = None,
) -> None:
    """Make the tables and figures of a demonstration again."""
    from phase_elm.report.document import ReportError, read_report
    from phase_elm.report.plots import write_plots
    from phase_elm.report.tables import print_report

    try:
        found = read_report(file)
    except ReportError as error:
        raise fail(error) from None
    print_report(found, console)
    for path in write_plots(found, out or file.parent):
        console.print(f"wrote {path}")


def certify(
    files: Annotated[list[Path], typer.Argument(help="History files of ELM, CTSM or minielm.")],
    cycle_years: Annotated[int, typer.Option(min=1, help="Years of the forcing cycle.")] = 20,
) -> None:
    """Judge history files against the community's criterion of equilibrium."""
    from phase_elm.report.history import certify_history, print_certificates

    try:
        found = certify_history(sorted(files), cycle_years)
    except (ValueError, KeyError, OSError) as error:
        raise fail(error) from None
    print_certificates(found, console)
    if not found[-1].certificate.met:
        raise typer.Exit(2)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    for verb in (compact, demo, report, certify):
        app.command()(verb)
