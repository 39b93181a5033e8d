"""``phase truth``: long runs of minielm and what is observed in them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel

from phase_elm.cli_common import bars, console, explain, fail, output_to

group = typer.Typer(
    help="Run minielm for many years and write training sets.",
    add_completion=False,
    pretty_exceptions_show_locals=False,
)
Tell = Callable[[int, str], None]
Result = TypeVar("Result")
_PROTOCOLS = ("reference", "native", "accelerated")
_REFERENCE_ONLY = ("years", "jumps", "horizon_years", "observe_years")
_SPINUP_ONLY = ("max_years", "extra_years", "area_share", "accelerated_years", "mortality_factor")
World = Annotated[Path, typer.Option(help="Folder of `phase world`.")]
Ranks = Annotated[int, typer.Option(min=1, help="MPI ranks to start.")]


def _on_ranks(name: str, config: BaseModel, ranks: int) -> None:
    """Start the same command under MPI and hand on its exit status."""
    from phase_elm.programs import mpi_environment, mpirun
    from phase_elm.truth.command import truth_command

    command = [*mpirun(ranks), *truth_command(name, config)]
    status = subprocess.run(command, env=mpi_environment(), check=False).returncode
    if status:
        raise typer.Exit(status)


def run_here(
    run: Callable[[Any, Callable[..., Any], Tell], Result],
    folder: Path,
    years: int,
    title: str,
) -> Result:
    """Run in this process, one rank of perhaps several, with a bar on rank 0.

    An error on one rank ends all of them.

    Parameters:
        run: Called with the communicator, the type of the model, and a function that moves the bar.
        folder: Folder of the run; what the model prints goes to ``model.log`` there.
        years: Length of the bar.
        title: Its name.
    """
    from mpi4py import MPI

    from phase_elm.minielm import MiniElm

    comm = MPI.COMM_WORLD
    try:
        with (
            output_to(folder / "model.log") as screen,
            bars(screen, hidden=comm.rank != 0) as progress,
        ):
            bar = progress.add_task(title, total=years, note="")
            return run(
                comm,
                MiniElm,
                lambda year, note: progress.update(bar, completed=year, note=note),
            )
    except Exception as error:
        if comm.size == 1:
            raise
        failure = fail(f"rank {comm.rank}: {explain(error)}")
        comm.Abort(1)
        raise failure from None


@group.callback(invoke_without_command=True)
def truth(
    context: typer.Context,
    world: Annotated[Path | None, typer.Option(help="Folder of `phase world`.")] = None,
    out: Annotated[Path | None, typer.Option(help="Training-set file to write.")] = None,
    protocol: Annotated[
        str,
        typer.Option(
            help="reference: a fixed number of years, with --jumps if asked; native or "
            "accelerated: by the model's own means until the criterion holds."
        ),
    ] = "reference",
    native: Annotated[
        bool, typer.Option("--native", help="The same as --protocol native.")
    ] = False,
    years: Annotated[int, typer.Option(help="reference: years to integrate.")] = 2000,
    max_years: Annotated[
        int, typer.Option(help="native, accelerated: years at most, all counted.")
    ] = 10_000,
    extra_years: Annotated[
        int, typer.Option(help="native, accelerated: years run on after the criterion holds.")
    ] = 500,
    accelerated_years: Annotated[
        int, typer.Option(help="accelerated: years before the exit.")
    ] = 240,
    mortality_factor: Annotated[
        float, typer.Option(help="accelerated: factor on the mortality of dead wood.")
    ] = 10.0,
    area_share: Annotated[
        float, typer.Option(help="native, accelerated: share of area that has to be at rest.")
    ] = 0.99,
    supply_years: Annotated[int, typer.Option(help="Years in which N and P are supplied.")] = 20,
    jumps: Annotated[
        int,
        typer.Option(help="reference: jumps of the weight-free balance, one each forcing cycle."),
    ] = 0,
    horizon_years: Annotated[float, typer.Option(help="Horizon of one such jump.")] = 10_000.0,
    checkpoint_years: Annotated[
        int | None, typer.Option(help="Years between restart files; 200, or 100 up to a criterion.")
    ] = None,
    observe_years: Annotated[int, typer.Option(help="Years the surrogate gets to see.")] = 20,
    work: Annotated[Path | None, typer.Option(help="Folder for the run.")] = None,
    ranks: Ranks = 1,
    compact: Annotated[
        Path | None, typer.Option(help="Also write the small file that `phase demo` compares with.")
    ] = None,
) -> None:
    """Run minielm for many years and write a training set.

    Start it again with the same folder to go on after an interruption.
    """
    from phase_elm.truth import TruthConfig, compact_truth, run_truth

    if context.invoked_subcommand:
        return
    if world is None or out is None:
        raise ValueError("a long run needs --world and --out")
    protocol = "native" if native else protocol
    _refuse_foreign_options(context, protocol)
    if protocol != "reference":
        _spin_up(
            ranks,
            compact,
            world=world,
            out=out,
            protocol=protocol,
            accelerated_years=accelerated_years,
            mortality_factor=mortality_factor,
            supply_years=supply_years,
            area_share=area_share,
            extra_years=extra_years,
            max_years=max_years,
            checkpoint_years=checkpoint_years or 100,
            work=work,
        )
        return
    config = TruthConfig(
        world=world,
        out=out,
        years=years,
        supply_years=supply_years,
        jumps=jumps,
        horizon_years=horizon_years,
        checkpoint_years=checkpoint_years or 200,
        observe_years=observe_years,
        work=work,
    )
    if ranks > 1:
        _on_ranks("", config, ranks)
        written: Path | None = out
    else:
        written = run_here(
            lambda comm, model, tell: run_truth(
                config,
                comm,
                model,
                lambda year, row: tell(year, f"TOTECOSYSC {row['TOTECOSYSC']:.0f} gC/m2"),
            ),
            config.folder,
            years,
            "long run",
        )
        if written is not None:
            console.print(f"wrote {written}")
    if written is not None and compact is not None:
        console.print(f"wrote {compact_truth(written, compact)}")


def _refuse_foreign_options(context: typer.Context, protocol: str) -> None:
    """Options that another protocol reads would be ignored in silence."""
    if protocol not in _PROTOCOLS:
        raise ValueError(f"--protocol: expected {', '.join(_PROTOCOLS)}; found {protocol}")
    foreign = _SPINUP_ONLY if protocol == "reference" else _REFERENCE_ONLY
    for name in foreign:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise ValueError(
                f"--{name.replace('_', '-')}: not an option of --protocol {protocol}; see "
                "`phase truth --help`"
            )


def _spin_up(ranks: int, compact: Path | None, **entries: Any) -> None:
    """Spin up to the criterion; status 2 when it was not met."""
    from phase_elm.truth import SpinupConfig, compact_truth, read_curve, run_spinup

    config = SpinupConfig(**entries)
    if ranks > 1:
        _on_ranks("", config, ranks)
        if compact is not None:
            console.print(f"wrote {compact_truth(config.out, compact)}")
        return
    written = run_here(
        lambda comm, model, tell: run_spinup(config, comm, model, tell),
        config.folder,
        config.max_years,
        f"{config.protocol} spin-up",
    )
    if written is None:
        return
    console.print(f"wrote {written}")
    if compact is not None:
        console.print(f"wrote {compact_truth(written, compact)}")
    met = read_curve(written).met_year
    if met is None:
        fail(
            f"the criterion did not hold within {config.max_years} years; the state and the curve "
            f"are in {written}, start again with more --max-years to go on"
        )
        raise typer.Exit(2)
    console.print(f"the criterion held at the end of year {met}")


@group.command()
def curve(
    files: Annotated[
        list[Path], typer.Argument(help="Training sets, or folders of runs in progress.")
    ],
    out: Annotated[Path | None, typer.Option(help="Figure to write (PNG).")] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="JSON to write.")] = None,
) -> None:
    """Show how many years runs took to come to rest."""
    from rich.table import Table

    from phase_elm.truth import read_curve
    from phase_elm.truth.curve_plot import plot_curves, write_curves_json

    names = [path.stem.removesuffix(".nc") for path in files]
    if len(set(names)) < len(names):
        names = [str(path) for path in files]
    curves = {name: read_curve(path) for name, path in zip(names, files, strict=True)}
    for name, found in curves.items():
        table = Table(title=f"{name}: criterion first met in year {found.met_year or '-'}")
        for heading in (
            "year",
            "mode",
            "area at rest",
            "columns",
            "median drift",
            "budgets close to",
            "not met",
        ):
            table.add_column(heading, justify="right")
        for row in found.rows():
            table.add_row(
                str(row.year),
                "accelerated" if row.accelerated else "normal",
                f"{row.area_at_rest:.1%}",
                str(row.cells_at_rest),
                f"{row.median_drift:.2f}",
                f"{row.closure:.0e}",
                row.holding,
            )
        console.print(table)
    if out is not None:
        console.print(f"wrote {plot_curves(curves, out)}")
    if as_json is not None:
        console.print(f"wrote {write_curves_json(curves, as_json)}")


@group.command()
def observe(
    world: World,
    equilibrium: Annotated[Path, typer.Option(help="File of `phase truth`: the end states.")],
    out: Annotated[Path, typer.Option(help="Training-set file to write.")],
    protocol: Annotated[str, typer.Option(help="cold or accelerated.")] = "cold",
    from_artifact: Annotated[
        Path | None, typer.Option(help="Artifact whose jump precedes the windows.")
    ] = None,
    states: Annotated[
        Path | None, typer.Option(help="File with the pools that the windows start from.")
    ] = None,
    perturb: Annotated[
        float | None, typer.Option(help="Spread of random errors of the pools at the start.")
    ] = None,
    samples: Annotated[int, typer.Option(help="Runs with errors of their own.")] = 1,
    windows: Annotated[int, typer.Option(help="Windows recorded, a jump before each.")] = 1,
    seed: Annotated[int, typer.Option(help="Seed of the random errors.")] = 1,
    work: Annotated[Path | None, typer.Option(help="Folder for the runs.")] = None,
    ranks: Ranks = 1,
) -> None:
    """Observe further windows of cells whose end states are known, and write a training set.

    Without --from-artifact, --states or --perturb it is the first window: from a cold start, N and
    P supplied. With one of them it is a later window: twenty years after a jump, nothing supplied.
    """
    from phase_elm.truth import ObserveConfig, run_observe

    config = ObserveConfig(
        world=world,
        equilibrium=equilibrium,
        out=out,
        protocol=protocol,
        from_artifact=from_artifact,
        states=states,
        perturb=perturb,
        samples=samples,
        windows=windows,
        seed=seed,
        work=work,
    )
    if ranks > 1:
        _on_ranks("observe", config, ranks)
        return
    total = config.samples * config.years
    written = run_here(
        lambda comm, model, tell: run_observe(config, comm, model, tell),
        config.folder,
        total,
        "observing",
    )
    if written is not None:
        console.print(f"wrote {written}")


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.add_typer(group, name="truth")
