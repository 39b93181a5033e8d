"""``phase truth``, ``phase compact``, ``phase demo``, ``phase report`` and ``phase certify``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from phase_elm.demo.config import SHORTEST, DemoConfig

_DEMO = DemoConfig()
console = Console()


def _fail(message: object) -> typer.Exit:
    Console(stderr=True, soft_wrap=True).print(f"[bold]phase:[/] {message}", highlight=False)
    return typer.Exit(1)


@contextmanager
def _output_to(path: Path) -> Iterator[Console]:
    """Send what the process and the model in it print to a file; yields the screen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    saved = os.dup(1)
    with path.open("a") as log, os.fdopen(saved, "w") as screen:
        os.dup2(log.fileno(), 1)
        try:
            yield Console(file=screen)
        finally:
            os.dup2(screen.fileno(), 1)


def _bars(screen: Console = console, hidden: bool = False) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("years"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=screen,
        disable=hidden,
    )


def _first_message(error: Exception) -> str:
    """The message of an error, of a pydantic error without its preamble."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        )
    return str(error)


def truth(
    world: Annotated[Path, typer.Option(help="Folder of `phase world`.")],
    out: Annotated[Path, typer.Option(help="Training-set file to write.")],
    years: Annotated[int, typer.Option(help="Years to integrate.")] = 2000,
    supply_years: Annotated[int, typer.Option(help="Years in which N and P are supplied.")] = 20,
    polish: Annotated[
        list[int] | None,
        typer.Option(help="End of a cycle at which slow soil pools are balanced; repeatable."),
    ] = None,
    checkpoint_years: Annotated[int, typer.Option(help="Years between restart files.")] = 200,
    ranks: Annotated[int, typer.Option(min=1, help="MPI ranks to start.")] = 1,
    compact: Annotated[
        Path | None, typer.Option(help="Also write the small file that `phase demo` compares with.")
    ] = None,
) -> None:
    """Run minielm for many years and write a training set.

    Start it again with the same folder to go on after an interruption.
    """
    from phase_elm.truth import TruthConfig, compact_truth, run_truth

    try:
        config = TruthConfig(
            world=world,
            out=out,
            years=years,
            supply_years=supply_years,
            polish_years=tuple(polish or ()),
            checkpoint_years=checkpoint_years,
        )
    except ValueError as error:
        raise _fail(_first_message(error)) from None
    if ranks > 1:
        from phase_elm.programs import mpi_environment, mpirun

        own = [sys.executable, "-m", "phase_elm.cli", "truth", "--world", str(world)]
        own += ["--out", str(out), "--years", str(years)]
        own += ["--supply-years", str(supply_years)]
        own += ["--checkpoint-years", str(checkpoint_years)]
        for year in config.polish_years:
            own += ["--polish", str(year)]
        if compact is not None:
            own += ["--compact", str(compact)]
        command = [*mpirun(ranks), *own]
        raise typer.Exit(subprocess.run(command, env=mpi_environment(), check=False).returncode)

    from mpi4py import MPI

    from phase_elm.minielm import MiniElm

    comm = MPI.COMM_WORLD
    log = config.folder / "model.log"
    with _output_to(log) as screen, _bars(screen, hidden=comm.rank != 0) as bars:
        bar = bars.add_task("long run", total=years, note="")

        def tell(year: int, row: dict[str, float]) -> None:
            bars.update(bar, completed=year, note=f"TOTECOSYSC {row['TOTECOSYSC']:.0f} gC/m2")

        written = run_truth(config, comm, MiniElm, tell)
    if written is not None:
        console.print(f"wrote {written}")
        if compact is not None:
            console.print(f"wrote {compact_truth(written, compact)}")


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
        raise _fail(error) from None
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
        with _bars() as bars:
            tasks = {
                run: bars.add_task(text, total=years, note="")
                for run, text in (("jump", "with the jump"), ("no_jump", "without a jump"))
            }
            report = run_demo(config, lambda run, year: bars.update(tasks[run], completed=year))
    except (RunError, FileNotFoundError, ValueError) as error:
        raise _fail(_first_message(error)) from None
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
        raise _fail(error) from None
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
        raise _fail(error) from None
    print_certificates(found, console)
    if not found[-1].certificate.met:
        raise typer.Exit(2)


def register(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    for verb in (truth, compact, demo, report, certify):
        app.command()(verb)
