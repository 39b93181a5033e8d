"""``phase world``: generate a world for minielm."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from phase_elm.cli_common import console


def world(
    out: Annotated[Path, typer.Option(help="Folder for the five netCDF files.")],
    grid: Annotated[str, typer.Option(help="Degrees latitude x degrees longitude.")] = "4x5",
    seed: Annotated[int, typer.Option(min=0, help="Seed of the weather.")] = 1,
    subset: Annotated[
        str, typer.Option(help="train, heldout (cells of held-out regions), or all.")
    ] = "all",
    sites: Annotated[
        Path | None,
        typer.Option(help="Text file of places instead of a grid: latitude, longitude a line."),
    ] = None,
    max_cells: Annotated[
        int | None, typer.Option(min=1, help="At most so many cells, drawn by land area.")
    ] = None,
    variety: Annotated[
        float,
        typer.Option(min=0.0, max=2.0, help="Mix climates, plants and grounds anew; 1 is strong."),
    ] = 0.0,
    maps: Annotated[Path | None, typer.Option(help="Figure of the world to write (PNG).")] = None,
) -> None:
    """Write domain, surface data, parameters and 20 years of daily weather."""
    from phase_elm.world import WorldConfig, build_world, write_world
    from phase_elm.world.sites import read_sites

    config = WorldConfig(
        grid=grid,
        seed=seed,
        subset=subset,
        max_cells=max_cells,
        sites=read_sites(sites) if sites is not None else (),
        variety=variety,
    )
    made = build_world(config)
    write_world(made, out)
    table = Table(title=f"World in {out}", show_header=False)
    held_out = int((made.split == 1).sum())
    table.add_row("cells", f"{made.ncell} ({held_out} held out)")
    table.add_row("land area", f"{(made.area * made.geography.land_fraction).sum():.4g} km2")
    mean_c = made.climate.annual_temperature_c
    table.add_row("mean temperature", f"{mean_c.min():.1f} to {mean_c.max():.1f} C")
    rain = made.climate.annual_precipitation_mm
    table.add_row("precipitation", f"{rain.min():.0f} to {rain.max():.0f} mm/yr")
    console.print(table)
    if maps is not None:
        from phase_elm.world.maps import plot_world

        console.print(f"wrote {plot_world(made, maps)}")


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(world)
