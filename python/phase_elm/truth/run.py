"""Run minielm for many years and keep what the surrogate sees and what it must predict.

Soil takes thousands of years to fill by itself. With ``jumps`` the plugin jumps at the end of each
forcing cycle by the weight-free balance of the model's own rates, until nothing moves; what the
model does in the untouched cycles at the end decides whether a state is at rest.

All ranks call :func:`run_truth`; rank 0 writes. A run that was interrupted goes on from its last
restart file when it is started again with the same folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from phase_elm.report.drift import drift
from phase_elm.schema import Schema, load_schema
from phase_elm.truth.config import TruthConfig
from phase_elm.truth.files import (
    CASE,
    PLACE,
    cells_of,
    claim_folder,
    last_restart,
    write_atomic,
    write_set,
)
from phase_elm.truth.gather import STOCKS, Gatherer, observed_names, state_names
from phase_elm.truth.observer import write_balancer, write_observer
from phase_elm.world.config import CYCLE_YEARS
from phase_elm.world.digest import world_digest
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, write_namelist

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

Progress = Callable[[int, dict[str, float]], None]
NEVER_MET = 1.0e-9  # gC/m2/yr: a jump in every cycle, at rest or not


def _prepare(config: TruthConfig, schema: Schema) -> tuple[Path, int]:
    """Write the case's files; returns the namelist and the years already done."""
    folder = config.folder.resolve()
    settings = config.model_dump(include={"observe_years", "supply_years", "jumps"})
    if config.jumps:
        settings["horizon_years"] = config.horizon_years
    claim_folder(folder, {"world": world_digest(config.world), **settings})
    if config.jumps:
        artifact = write_balancer(schema, folder / "balancer.pt", config.horizon_years)
    else:
        artifact = write_observer(schema, folder / "observer.pt")
    # The last cycle is always run, since the last drift is measured over it.
    latest = config.years - CYCLE_YEARS + 1
    restart = last_restart(folder, latest) if (folder / "observed.nc").is_file() else None
    done = restart[1] - 1 if restart else 0
    elm = ElmNamelist.for_world(
        config.world,
        caseid=CASE,
        rundir=str(folder),
        finidat=str(restart[0]) if restart else " ",
        nyears_supl=config.supply_years,
        hist_nhtfrq="none",
        stop_n=config.years - done,
        rest_n=config.checkpoint_years,
    )
    phase = PhaseNamelist(
        use_phase_spinup=True,
        phase_dry_run=not config.jumps,
        phase_model_file=str(artifact),
        phase_observe_years=config.observe_years,
        phase_relax_years=CYCLE_YEARS,
        phase_max_jumps=max(config.jumps, 1),
        phase_rollback=False,
        phase_crit_totecosysc=NEVER_MET,
        phase_device="cpu",
        phase_report_file=str(folder / "phase_report.json"),
    )
    return write_namelist(folder / "lnd_in", elm, phase), done


def _series(folder: Path) -> list[dict[str, float]]:
    path = folder / "series.nc"
    if not path.is_file():
        return []
    with xr.open_dataset(path) as saved:
        return [
            {name: float(saved[name][index]) for name in saved.variables}
            for index in range(saved.sizes["year"])
        ]


def _series_dataset(rows: list[dict[str, float]]) -> xr.Dataset:
    series = xr.Dataset(
        {name: ("year", [row[name] for row in rows], {"units": "gC/m2"}) for name in STOCKS}
    )
    return series.assign_coords(year=("year", [int(row["year"]) for row in rows]))


def run_truth(
    config: TruthConfig,
    comm: Comm,
    model_type: Callable[..., Any],
    progress: Progress = lambda year, row: None,
) -> Path | None:
    """Make the training set.

    Parameters:
        config: What to run.
        comm: Communicator; all its ranks call this.
        model_type: ``phase_elm.minielm.MiniElm`` or a stand-in with its methods.
        progress: Called on rank 0 after each year with the area means of the stocks.

    Returns:
        The file written, on rank 0.
    """
    schema = load_schema()
    root = comm.rank == 0
    namelist, done = comm.bcast(_prepare(config, schema) if root else None, root=0)
    folder = config.folder.resolve()
    rows = [row for row in _series(folder) if row["year"] <= done] if root else []
    with model_type(comm=comm, namelist=str(namelist)) as model:
        gather = Gatherer(comm, model, schema)
        area = (gather.local("area") * gather.local("landfrac"))[:, 0]
        total_area = comm.allreduce(float(area.sum()))
        old_stocks = gather.stocks()
        for year in range(done + 1, config.years + 1):
            model.run_years(1)
            stocks = gather.stocks()
            row = {
                name: comm.allreduce(float((stocks[name] * area).sum())) / total_area
                for name in STOCKS
            }
            if root:
                rows.append({"year": float(year), **row})
                progress(year, row)
            if year == config.observe_years:
                observed = gather.dataset(observed_names(schema))
                if root:
                    write_atomic({"": observed}, folder / "observed.nc")
            if year == config.years - CYCLE_YEARS:
                old_stocks = stocks
            if root and year % config.checkpoint_years == 0:
                write_atomic({"": _series_dataset(rows)}, folder / "series.nc")
        equilibrium = gather.dataset(state_names(schema))
        local_drift = {name: drift(old_stocks[name], stocks[name], CYCLE_YEARS) for name in STOCKS}
        gathered = comm.gather(local_drift, root=0)
    if not root:
        return None
    with xr.open_dataset(folder / "observed.nc") as saved:
        observed = saved.load()
    cells = cells_of(config.world, observed[list(PLACE)])
    for name in STOCKS:
        cells[f"drift_{name}"] = (
            "column",
            np.concatenate([part[name] for part in gathered]),
            {"units": "gC/m2/yr", "long_name": f"drift of {name} over the last forcing cycle"},
        )
    series = _series_dataset(rows)
    head = xr.merge([cells, series.rename({name: f"series_{name}" for name in STOCKS})])
    head.attrs = {
        **cells.attrs,
        "title": "long minielm run: observed years and the state it came to",
        "source": "phase truth (minielm)",
        "years": np.int32(config.years),
        "observe_years": np.int32(config.observe_years),
        "supply_years": np.int32(config.supply_years),
        "jumps": np.int32(config.jumps),
        "horizon_years": config.jumps * config.horizon_years,
        "schema_format_version": np.int32(schema.format_version),
        "protocol": schema.protocol,
    }
    return write_set(head, observed, equilibrium, config.world, config.out)
