"""``phase fuse``: a run's own files to one training set."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from phase_elm.cli_common import console, explain, fail


def history_files(given: list[Path]) -> tuple[Path, ...]:
    """Files as given; of a folder its history tapes."""
    found: list[Path] = []
    for path in given:
        tapes = sorted(path.glob("*.h[0-9]*.nc")) if path.is_dir() else [path]
        if not tapes:
            raise ValueError(
                f"{path}: the folder holds no history files (*.h0.*.nc, *.h1.*.nc, ...); name the "
                "run folder or the files with --history"
            )
        found += tapes
    return tuple(found)


def forcing_files(given: list[Path]) -> tuple[Path, ...]:
    """Files as given; of a folder its netCDF files."""
    found: list[Path] = []
    for path in given:
        files = sorted(path.glob("*.nc")) if path.is_dir() else [path]
        if not files:
            raise ValueError(f"{path}: the folder holds no netCDF files; name the forcing's")
        found += files
    return tuple(found)


def fuse(
    restart: Annotated[Path, typer.Option(help="Restart at the end of the observed years.")],
    history: Annotated[
        list[Path], typer.Option(help="History file, or folder with history files; repeatable.")
    ],
    surface: Annotated[Path, typer.Option(help="Surface data of the run.")],
    parameters: Annotated[Path, typer.Option(help="PFT parameter file of the run.")],
    out: Annotated[Path, typer.Option(help="Training set to write.")],
    soil_orders: Annotated[
        Path | None,
        typer.Option(
            "--soil-orders",
            "--fsoilordercon",
            help="Soil-order parameter file of the run; its parameters come into the set.",
        ),
    ] = None,
    forcing: Annotated[
        list[Path] | None,
        typer.Option(help="Forcing file or folder, where the history lacks it; repeatable."),
    ] = None,
    start_restart: Annotated[
        Path | None, typer.Option(help="Restart that the observed years began from.")
    ] = None,
    equilibrium: Annotated[
        Path | None, typer.Option(help="Restart of the state that is the target.")
    ] = None,
    observe_years: Annotated[int, typer.Option(min=1, help="Observed years.")] = 20,
    dead_wood_factor: Annotated[
        float | None, typer.Option(help="spinup_mortality_factor of an accelerated run.")
    ] = None,
    protocol: Annotated[
        str, typer.Option(help="cold, short_accelerated, accelerated, or auto.")
    ] = "auto",
    horizon_years: Annotated[
        float | None, typer.Option(help="Horizon that the target stands for.")
    ] = None,
    block_columns: Annotated[int, typer.Option(min=1, help="Columns in memory at a time.")] = 8_192,
    ranks: Annotated[int, typer.Option(min=1, help="MPI ranks to deal the files out to.")] = 1,
) -> None:
    """Put restart, history, surface data, PFT parameters and forcing of a run into one file."""
    from phase_elm.fuse import FuseConfig
    from phase_elm.fuse import fuse as run

    if ranks > 1:
        from phase_elm.programs import mpi_environment, mpirun

        own = [argument for argument in sys.argv[1:] if not argument.startswith("--ranks=")]
        if "--ranks" in own:
            at = own.index("--ranks")
            del own[at : at + 2]
        command = [*mpirun(ranks), sys.executable, "-m", "phase_elm.cli", *own]
        raise typer.Exit(subprocess.run(command, env=mpi_environment(), check=False).returncode)

    comm = None
    if _under_mpi():
        from mpi4py import MPI

        comm = MPI.COMM_WORLD
    root = comm is None or comm.rank == 0
    config = FuseConfig(
        out=out,
        restart=restart,
        history=history_files(history),
        surface=surface,
        parameters=parameters,
        soil_orders=soil_orders,
        forcing=forcing_files(forcing or []),
        start_restart=start_restart,
        equilibrium=equilibrium,
        observe_years=observe_years,
        dead_wood_factor=dead_wood_factor,
        protocol=protocol,
        horizon_years=horizon_years,
        block_columns=block_columns,
    )
    try:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not root,
        ) as bars:
            bar = bars.add_task("history files", total=None)
            written = run(
                config, comm, lambda done, total: bars.update(bar, completed=done, total=total)
            )
    except (ValueError, OSError, LookupError) as error:
        # All ranks come here together; the first one tells why.
        if comm is None:
            raise
        failure = fail(explain(error)) if root else typer.Exit(1)
        if root:
            comm.Abort(1)
        raise failure from None
    if written is not None:
        console.print(f"wrote {written}", soft_wrap=True)


def _under_mpi() -> bool:
    """Whether a launcher started this process as one of several ranks."""
    return any(
        int(os.environ.get(name, "1")) > 1
        for name in ("OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "MPI_LOCALNRANKS")
    )


def register(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command()(fuse)
