"""``phase compact`` and ``phase demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phase_elm.cli_common import bars, console
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

    written = compact_truth(reference, out, native, world)
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
    from phase_elm.cli_report import show_plugin_report
    from phase_elm.demo.run import run_demo
    from phase_elm.report.plots import write_plots
    from phase_elm.report.tables import print_report

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
    print_report(report, console)
    paths = write_plots(report, out)
    page = show_plugin_report(
        out / "jump" / "phase_report.json", out, "phase demo, the run with the jump", quiet=True
    )
    console.print(f"report {out / 'report.json'}; figures {', '.join(path.name for path in paths)}")
    console.print(f"page of the run with the jump: {page}")


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    for verb in (compact, demo):
        app.command()(verb)
