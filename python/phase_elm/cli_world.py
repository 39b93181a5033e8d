"""``phase world``: generate a world for minielm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from phase_elm.world.config import Subset


def world(
    out: Annotated[Path, typer.Option(help="Folder for the five netCDF files.")],
    grid: Annotated[str, typer.Option(help="Degrees latitude x degrees longitude.")] = "4x5",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the weather.")] = 1,
    subset: Annotated[
        Subset, typer.Option(help="Cells of the training regions, of the held-out ones, or all.")
    ] = Subset.all,
    max_cells: Annotated[
        int | None, typer.Option(min=1, help="At most so many cells, drawn by land area.")
    ] = None,
) -> None:
    """Write domain, surface data, parameters and 20 years of daily weather."""
    from pydantic import ValidationError

    from phase_elm.world import WorldConfig, build_world, write_world

    try:
        config = WorldConfig(grid=grid, seed=seed, subset=subset, max_cells=max_cells)
        made = build_world(config)
    except ValidationError as error:
        raise typer.BadParameter("; ".join(item["msg"] for item in error.errors())) from None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    write_world(made, out)
    table = Table(title=f"World in {out}", show_header=False)
    held_out = int((made.split == 1).sum())
    table.add_row("cells", f"{made.ncell} ({held_out} held out)")
    table.add_row("land area", f"{(made.area * made.geography.land_fraction).sum():.4g} km2")
    mean_c = made.climate.annual_temperature_c
    table.add_row("mean temperature", f"{mean_c.min():.1f} to {mean_c.max():.1f} C")
    rain = made.climate.annual_precipitation_mm
    table.add_row("precipitation", f"{rain.min():.0f} to {rain.max():.0f} mm/yr")
    Console().print(table)


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(world)
