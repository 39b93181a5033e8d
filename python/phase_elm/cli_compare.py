"""``phase compare``: ways to spin up, side by side; ``phase compare-elm``: minielm next to ELM."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from phase_elm.cli_common import bars, console


def _years(words: list[str]) -> dict[str, int]:
    """``hybrid=100`` or ``400``, which is for all methods."""
    from phase_elm.compare.methods import ALL

    found: dict[str, int] = {}
    for text in words:
        name, _, value = text.rpartition("=")
        if not value.isdigit() or (name and name not in ALL):
            raise typer.BadParameter(
                f"expected YEARS or METHOD=YEARS with a method of {', '.join(ALL)}; found '{text}'",
                param_hint="--years",
            )
        found |= {method: int(value) for method in ([name] if name else ALL)}
    return found


def compare(
    out: Annotated[Path, typer.Option(help="Folder for runs and results.")] = Path("phase_compare"),
    world: Annotated[
        Path | None, typer.Option(help="Folder of `phase world`; default: held-out columns.")
    ] = None,
    cells: Annotated[int, typer.Option(min=1, help="Columns, without --world.")] = 40,
    methods: Annotated[
        str, typer.Option(help="Names with commas; default: all, in the order of the table.")
    ] = "",
    years: Annotated[
        list[str] | None, typer.Option(help="Years at most: 400, or hybrid=100; repeatable.")
    ] = None,
    artifact: Annotated[
        Path | None, typer.Option(help="Surrogate; default: the packaged one.")
    ] = None,
    steady_state_artifact: Annotated[
        Path | None, typer.Option(help="For the steady state alone; default: without weights.")
    ] = None,
    ranks: Annotated[int, typer.Option(min=1, help="MPI ranks of each run.")] = 1,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "cpu",
    accelerated_years: Annotated[int, typer.Option(help="Years before the exit.")] = 240,
    extra_years: Annotated[
        int, typer.Option(help="Years that the model runs on alone after the certificate.")
    ] = 0,
    rollback: Annotated[
        bool | None,
        typer.Option("--rollback/--no-rollback", help="Take jumps back that made drift worse."),
    ] = None,
    trust_threshold: Annotated[
        float | None, typer.Option(help="Of surrogate and hybrid; default: the artifact's.")
    ] = None,
    max_step: Annotated[float | None, typer.Option(help="phase_max_step.")] = None,
    anderson_depth: Annotated[int | None, typer.Option(help="phase_anderson_depth.")] = None,
    anderson_damping: Annotated[float | None, typer.Option(help="phase_anderson_damping.")] = None,
) -> None:
    """Spin up minielm in several ways and compare the years to the certificate.

    A method that is finished is not run again; one that was interrupted goes on.
    """
    from phase_elm.compare.method_table import row, write_comparison
    from phase_elm.compare.methods import METHODS, MethodsConfig
    from phase_elm.compare.race import compare_methods

    given = {
        "artifact": artifact,
        "steady_state_artifact": steady_state_artifact,
        "methods": tuple(word.strip() for word in methods.split(",") if word.strip()) or None,
    }
    config = MethodsConfig(
        out=out,
        world=world,
        cells=cells,
        years=_years(years or []),
        ranks=ranks,
        device=device,
        accelerated_years=accelerated_years,
        extra_years=extra_years,
        rollback=rollback,
        trust_threshold=trust_threshold,
        max_step=max_step,
        anderson_depth=anderson_depth,
        anderson_damping=anderson_damping,
        **{key: value for key, value in given.items() if value is not None},
    )
    with bars() as progress:
        tasks = {
            name: progress.add_task(METHODS[name].label, total=config.limit(name), note="")
            for name in config.methods
        }
        outcomes = compare_methods(
            config,
            lambda name, done, note: progress.update(tasks[name], completed=done, note=note),
        )
    paths = write_comparison(outcomes, out)
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE, padding=0)
    shown = {0: "method", 1: "certificate (years)", 3: "years run", 4: "at rest", 5: "jumps"}
    for place, heading in shown.items():
        table.add_column(f" {heading}", justify="left" if place == 0 else "right", no_wrap=True)
    for outcome in outcomes:
        cells = row(outcome)
        table.add_row(*(cells[place] for place in shown))
    console.print(table)
    console.print(f"wrote {', '.join(str(path) for path in paths)}", soft_wrap=True)


def compare_elm(
    reference: Annotated[Path, typer.Option(help="ELM's inputs, observed and later runs.")],
    out: Annotated[Path, typer.Option(help="Folder for runs and tables.")],
    long_years: Annotated[
        int, typer.Option(help="Years of the run from a cold start; 0 leaves it out.")
    ] = 780,
) -> None:
    """Run minielm on ELM's cells and write tables of both models.

    One run starts from ELM's own state, the other from a cold start.
    """
    from phase_elm.compare import CompareConfig, compare_with_elm

    config = CompareConfig(reference=reference, out=out, long_years=long_years)
    tables = compare_with_elm(config, progress=console.print)
    for table in tables:
        console.print(f"{table}\n{table.read_text()}", markup=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command()(compare)
    app.command("compare-elm")(compare_elm)
