"""``phase minielm``: the stand-in model judged by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from phase_elm.atomic import write_text
from phase_elm.cli_common import console
from phase_elm.cli_truth import run_here

group = typer.Typer(
    help="Check the budgets of minielm in long runs, and measure its speed.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
)


@group.command()
def check(
    out: Annotated[Path, typer.Option(help="JSON file with the result.")],
    world: Annotated[
        Path | None, typer.Option(help="Folder of `phase world`; default: one is made.")
    ] = None,
    mode: Annotated[str, typer.Option(help="normal or accelerated.")] = "normal",
    years: Annotated[int, typer.Option(help="Years to run.")] = 3000,
    columns: Annotated[int, typer.Option(help="Columns of the world that is made.")] = 200,
    ranks: Annotated[int, typer.Option(min=1, help="MPI ranks to start.")] = 1,
) -> None:
    """Run many columns for long and compare every year's budgets with the stocks.

    Status 1 when a budget does not close to 1e-10 of the stock. Start it again to go on after an
    interruption.
    """
    from phase_elm.programs import mpi_environment, mpirun
    from phase_elm.selfcheck import ClosureConfig, run_closure
    from phase_elm.world import WorldConfig, build_world, write_world

    if world is None:
        world = out.with_name(out.name + ".world")
        if not (world / "forcing.nc").is_file():
            made = WorldConfig(grid="4x5", seed=11, subset="all", max_cells=columns)
            write_world(build_world(made), world)
    config = ClosureConfig(world=world, out=out, mode=mode, years=years)
    if ranks > 1:
        words = ["minielm", "check", "--out", out, "--world", world, "--mode", mode]
        command = [*mpirun(ranks), sys.executable, "-m", "phase_elm.cli", *map(str, words)]
        command += ["--years", str(years)]
        raise typer.Exit(subprocess.run(command, env=mpi_environment(), check=False).returncode)
    result = run_here(
        lambda comm, model, tell: run_closure(config, comm, model, tell),
        config.folder,
        years,
        f"{mode} decomposition",
    )
    if result is None:
        return
    table = Table(title=f"{result['columns']} columns, {result['years']} years, {mode}")
    for heading in ("budget", "largest error of a year, relative to the stock", "year"):
        table.add_column(heading, justify="right")
    for element, value in result["worst"].items():
        table.add_row(element, f"{value:.1e}", str(result["worst_year"].get(element, "-")))
    console.print(table)
    console.print("no step was off by more than 1e-7 g/m2 (the run would have stopped)")
    if not result["closed"]:
        raise typer.Exit(1)


@group.command()
def bench(
    work: Annotated[Path, typer.Option(help="Folder for worlds and runs.")] = Path("phase_bench"),
    columns: Annotated[
        list[int] | None, typer.Option(help="Number of columns; repeatable.")
    ] = None,
    years: Annotated[int, typer.Option(help="Years of each run.")] = 5,
    ranks: Annotated[int, typer.Option(min=1, help="Ranks of the parallel run.")] = 2,
    as_json: Annotated[Path | None, typer.Option("--json", help="JSON to write.")] = None,
) -> None:
    """Measure column-years a second, memory a column and what a second rank brings."""
    from phase_elm.selfcheck import BenchConfig, run_bench

    config = BenchConfig(
        work=work, years=years, ranks=ranks, **({"columns": tuple(columns)} if columns else {})
    )
    result = run_bench(config)
    table = Table(title="minielm: 4 plant types, 10 layers, C, N and P a column")
    for heading in ("columns", "ranks", "column-years/s", "peak memory (MB)"):
        table.add_column(heading, justify="right")
    for run in result.runs:
        memory = f"{run.memory_mb:.0f}" if run.memory_mb else ""
        table.add_row(str(run.columns), str(run.ranks), f"{run.speed:.0f}", memory)
    console.print(table)
    console.print(f"best speed of one core: {result.speed_per_core:.0f} column-years/s")
    console.print(
        f"memory: {result.memory_kb_per_column:.0f} kB a column, within "
        f"{result.memory_deviation:.1%} of a straight line"
    )
    console.print(f"{ranks} ranks are {result.parallel_ratio:.2f} times as fast as one")
    if as_json is not None:
        write_text(as_json, json.dumps(result.document(), indent=1) + "\n")


@group.command()
def cost(
    work: Annotated[Path, typer.Option(help="Folder for world and runs.")] = Path("phase_cost"),
    columns: Annotated[int, typer.Option(min=1, help="Columns, on one rank.")] = 1000,
    years: Annotated[int, typer.Option(help="Years of each run; the jump is in year 21.")] = 25,
    pairs: Annotated[int, typer.Option(min=1, help="Runs with the plugin on, and off.")] = 2,
    artifact: Annotated[
        Path | None, typer.Option(help="Surrogate; default: the packaged one.")
    ] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="JSON to write.")] = None,
) -> None:
    """Measure what the plugin costs: the same run with it on and off."""
    from phase_elm.selfcheck import CostConfig, run_cost

    config = CostConfig(
        work=work,
        columns=columns,
        years=years,
        pairs=pairs,
        **({"artifact": artifact} if artifact else {}),
    )
    result = run_cost(config)
    table = Table(title=f"{columns} columns, 4 plant types, one rank, {pairs} pair(s) of runs")
    for heading in ("years", "of minielm's time", "by pairs", "us/column/step", "of ELM's step"):
        table.add_column(heading, justify="right")
    for name, phase in (("observing", result.observing), ("watching", result.watching)):
        table.add_row(
            name,
            f"{phase.share:.2%}",
            f"{phase.share_by_pairs:+.1%}",
            f"{phase.us_per_column_step:.3f}",
            f"{phase.share_of_elm:.2%}",
        )
    console.print(table)
    console.print(
        f"minielm: {result.host_us_per_column_step:.2f} us a column and daily step; "
        f"a jump: {result.jump_ms_per_column:.2f} ms a column, {result.jump_share:.2%} of "
        f"20 years of minielm, {result.jump_share_of_elm:.3%} of ELM's"
    )
    console.print(
        f"monitor and polish (watching, and a jump every 20 years): "
        f"{result.monitor_and_polish_share:.2%} of minielm's time; with the years observed for "
        f"the jump: {result.polish_share:.2%}"
    )
    if as_json is not None:
        write_text(as_json, json.dumps(result.document(), indent=1) + "\n")


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.add_typer(group, name="minielm")
