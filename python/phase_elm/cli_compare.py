"""``phase compare-elm``: minielm next to real ELM on the same cells."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from phase_elm.cli_common import fail

console = Console()


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

    try:
        config = CompareConfig(reference=reference, out=out, long_years=long_years)
        tables = compare_with_elm(config, progress=console.print)
    except (ValueError, OSError, RuntimeError) as error:
        raise fail(error) from None
    for table in tables:
        console.print(f"{table}\n{table.read_text()}", markup=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("compare-elm")(compare_elm)
