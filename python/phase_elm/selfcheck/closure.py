"""Long runs that watch the budgets: carbon, nitrogen and phosphorus of every column and year.

minielm stops by itself where a step does not close to 1e-7 g/m2. Here the errors of whole years,
relative to the stock of the column, are recorded as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from phase_elm.atomic import write_text
from phase_elm.truth.config import world_complete
from phase_elm.truth.files import claim_folder
from phase_elm.world.config import CYCLE_YEARS
from phase_elm.world.digest import world_digest
from phase_elm.world.namelist import ElmNamelist, write_namelist

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

ELEMENTS = ("C", "N", "P", "P_all")
SPINUP_MORTALITY = 10.0


class ClosureConfig(BaseModel):
    """A long run that is only watched.

    Parameters:
        world: Folder with the five files of a world.
        out: JSON file with the result.
        mode: Decomposition mode.
        years: Years to run.
        tolerance: Largest error of a year relative to the stock.
        checkpoint_years: Years between restart files.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    world: Path
    out: Path
    mode: Literal["normal", "accelerated"] = "normal"
    years: int = Field(default=3000, ge=1)
    tolerance: float = Field(default=1.0e-10, gt=0.0)
    checkpoint_years: int = Field(default=100, ge=1)

    _world = field_validator("world")(world_complete)

    @property
    def folder(self) -> Path:
        """Folder of the model run."""
        return self.out.with_name(self.out.name + ".run")


def _begin(config: ClosureConfig) -> tuple[Path, int, dict[str, Any]]:
    """Namelist, years already done and the record so far."""
    folder = config.folder.resolve()
    claim_folder(folder, {"world": world_digest(config.world), "mode": config.mode})
    record: dict[str, Any] = {"worst": dict.fromkeys(ELEMENTS, 0.0), "worst_year": {}}
    done, finidat = 0, " "
    for path in sorted(folder.glob("closure.elm.r.*.nc"), reverse=True):
        year = int(path.name.split(".r.")[1][:4]) - 1
        saved = folder / f"record_{year}.json"
        if year < config.years and saved.is_file():
            done, finidat, record = year, str(path), json.loads(saved.read_text())
            break
    accelerated = config.mode == "accelerated"
    elm = ElmNamelist.for_world(
        config.world,
        caseid="closure",
        rundir=str(folder),
        finidat=finidat,
        spinup_state=int(accelerated),
        spinup_mortality_factor=SPINUP_MORTALITY if accelerated else 1.0,
        nyears_supl=CYCLE_YEARS,
        hist_nhtfrq="none",
        stop_n=config.years - done,
        rest_n=config.checkpoint_years,
    )
    return write_namelist(folder / "lnd_in", elm), done, record


def run_closure(
    config: ClosureConfig,
    comm: Comm,
    model_type: Callable[..., Any],
    progress: Callable[[int, str], None] = lambda year, note: None,
) -> dict[str, Any] | None:
    """Run and watch; the result on rank 0.

    Parameters:
        config: What to run. A run that was interrupted goes on from its last restart file.
        comm: Communicator; all its ranks call this.
        model_type: ``phase_elm.minielm.MiniElm`` or a stand-in with its methods.
        progress: Called on rank 0 after each year.
    """
    root = comm.rank == 0
    namelist, done, record = comm.bcast(_begin(config) if root else None, root=0)
    with model_type(comm=comm, namelist=str(namelist)) as model:
        columns = sum(comm.allgather(len(model.field("GPP"))))
        for year in range(done + 1, config.years + 1):
            model.run_years(1)
            found = comm.allgather(model.closure())
            if not root:
                continue
            for element in ELEMENTS:
                value = max(part[element] for part in found)
                if not value <= record["worst"][element]:
                    record["worst"][element], record["worst_year"][element] = value, year
            if year % config.checkpoint_years == 0:
                path = config.folder / f"record_{year}.json"
                write_text(path, json.dumps(record))
            progress(year, f"worst {max(record['worst'].values()):.1e}")
    if not root:
        return None
    worst = max(record["worst"].values())
    result = {
        "mode": config.mode,
        "years": config.years,
        "columns": columns,
        "tolerance": config.tolerance,
        **record,
        "closed": worst <= config.tolerance,
    }
    config.out.parent.mkdir(parents=True, exist_ok=True)
    write_text(config.out, json.dumps(result, indent=1) + "\n")
    return result
