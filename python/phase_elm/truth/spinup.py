"""Spin minielm up by itself until the criterion holds, natively or by ELM's own protocol.

Native: normal decomposition from a cold start. Accelerated: accelerated decomposition, the exit,
then normal decomposition. Nothing is set or balanced by hand. All ranks call :func:`run_spinup`;
rank 0 writes. A run that was interrupted goes on from its last restart file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from phase_elm.report.drift import SECONDS_PER_YEAR, Criterion
from phase_elm.schema import Schema, load_schema
from phase_elm.truth.config import whole_cycles, world_complete
from phase_elm.truth.curve import ACCELERATED, FLUXES, NORMAL, Curve, read_curve
from phase_elm.truth.files import (
    PLACE,
    cells_of,
    claim_folder,
    last_restart,
    write_atomic,
    write_set,
)
from phase_elm.truth.gather import STOCKS, Gatherer, observed_names, state_names
from phase_elm.truth.observer import write_observer
from phase_elm.world.config import CYCLE_YEARS
from phase_elm.world.digest import world_digest
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, write_namelist

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

DAYS = 365
EARLIEST_EXIT = 40
Progress = Callable[[int, str], None]


class SpinupConfig(BaseModel):
    """A spin-up to the criterion.

    Parameters:
        world: Folder with the five files of a world.
        out: Training-set file to write.
        protocol: ``native`` or ``accelerated``.
        accelerated_years: Years of accelerated decomposition, beyond year 40.
        supply_years: Years from the cold start in which N and P are supplied, as ELM does in the
            carbon-only years of an accelerated run. Without any, plants have nothing to begin with.
        area_share: Share of the vegetated area that has to be at rest.
        extra_years: Years run on after the criterion has held for the first time.
        max_years: Years at most, accelerated ones included.
        checkpoint_years: Years between restart files.
        mortality_factor: Factor on dead wood mortality in accelerated mode.
        work: Folder for the run; default is next to ``out``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    world: Path
    out: Path
    protocol: Literal["native", "accelerated"]
    accelerated_years: int = Field(default=240, gt=EARLIEST_EXIT)
    supply_years: int = Field(default=CYCLE_YEARS, ge=CYCLE_YEARS)
    area_share: float = Field(default=0.99, gt=0.0, le=1.0)
    extra_years: int = Field(default=500, ge=0)
    max_years: int = Field(default=10_000, ge=2 * CYCLE_YEARS)
    checkpoint_years: int = Field(default=100, ge=CYCLE_YEARS)
    mortality_factor: float = Field(default=10.0, ge=1.0)
    work: Path | None = None

    _world = field_validator("world")(world_complete)
    _cycles = field_validator("accelerated_years", "supply_years", "max_years", "checkpoint_years")(
        whole_cycles
    )

    @model_validator(mode="after")
    def _has_time(self) -> SpinupConfig:
        least = self.first_normal_year + 2 * CYCLE_YEARS
        if self.max_years < least:
            raise ValueError(f"max_years: expected at least {least}, found {self.max_years}")
        return self

    @property
    def first_normal_year(self) -> int:
        """Years before normal decomposition begins."""
        return self.accelerated_years if self.protocol == "accelerated" else 0

    @property
    def folder(self) -> Path:
        """Folder of the model run."""
        return self.work or self.out.with_name(self.out.name + ".run")


@dataclass(frozen=True)
class Phase:
    """One run of the model: a part of the spin-up in one mode."""

    case: str
    mode: int
    before: int  # years of the spin-up before this part
    years: int  # at most


def _phases(config: SpinupConfig) -> list[Phase]:
    first = config.first_normal_year
    normal = Phase("normal", NORMAL, first, config.max_years - first)
    return [Phase("accelerated", ACCELERATED, 0, first), normal] if first else [normal]


def _prepare(config: SpinupConfig, phase: Phase, schema: Schema, done: int) -> Path:
    """Write the case of one part, which goes on after ``done`` years of its own."""
    folder = config.folder.resolve()
    accelerated = phase.mode == ACCELERATED
    protocol = "accelerated" if accelerated else "short_accelerated" if phase.before else "cold"
    observer = write_observer(schema, folder / f"observer_{phase.case}.pt", protocol)

    def restart(case: str, year: int) -> str:
        return str(folder / f"{case}.elm.r.{year + 1:04d}-01-01-00000.nc")

    start = {"finidat": restart(phase.case, done), "start_type": "continue"} if done else {}
    if not done and phase.before:
        start = {"finidat": restart("accelerated", phase.before), "start_type": "startup"}
    leaves = config.protocol == "accelerated"
    elm = ElmNamelist.for_world(
        config.world,
        caseid=phase.case,
        rundir=str(folder),
        spinup_state=int(accelerated),
        spinup_mortality_factor=config.mortality_factor if leaves else 1.0,
        nyears_supl=max(config.supply_years - phase.before, 0),
        hist_nhtfrq="none",
        stop_n=phase.years - done,
        rest_n=config.checkpoint_years,
        **start,
    )
    namelist = PhaseNamelist(
        use_phase_spinup=True,
        phase_dry_run=True,
        phase_model_file=str(observer),
        phase_observe_years=CYCLE_YEARS,
        phase_device="cpu",
        phase_report_file=str(folder / "phase_report.json"),
    )
    return write_namelist(folder / f"lnd_in_{phase.case}", elm, namelist)


def _settings(config: SpinupConfig) -> dict[str, Any]:
    """What the years that lie behind an interrupted run depend on."""
    of_all = {"protocol", "supply_years", "area_share"}
    of_mode = {"accelerated_years", "mortality_factor"}
    names = of_all | (of_mode if config.protocol == "accelerated" else set())
    return {"world": world_digest(config.world), **config.model_dump(include=names)}


def _begin(config: SpinupConfig) -> tuple[int, int]:
    """Index of the part that a run goes on with, and that part's years already done."""
    folder, phases = config.folder.resolve(), _phases(config)
    claim_folder(folder, _settings(config))
    seen = (folder / "observed.nc").is_file() and (folder / "curve.nc").is_file()
    for index in reversed(range(len(phases))):
        phase = phases[index]
        # The last cycle is always run, since the end state is taken from the running model.
        latest = phase.years - (CYCLE_YEARS if phase.mode == NORMAL else 0)
        found = last_restart(folder, latest + 1, phase.case) if seen else None
        if found is None:
            continue
        if phase.mode == ACCELERATED and found[1] - 1 == phase.years:
            return index + 1, 0
        return index, found[1] - 1
    return 0, 0


def _last_year_means(model: Any, local: Gatherer) -> dict[str, np.ndarray]:
    """Run one year by days; its GPP in gC/m2/yr and mean TLAI by column of this rank."""
    weight = local.local("wtcol")
    gpp, tlai = model.field("GPP"), model.field("PFT_TLAI")
    total, leaves = np.zeros(len(weight)), np.zeros(weight.shape)
    for _ in range(DAYS):
        model.step(1)
        total += gpp
        leaves += tlai.reshape(weight.shape)
    means = (total * SECONDS_PER_YEAR / DAYS, (leaves / DAYS * weight).sum(axis=1))
    return dict(zip(FLUXES, means, strict=True))


def _gathered(comm: Comm, local: dict[str, np.ndarray]) -> dict[str, np.ndarray] | None:
    parts = comm.gather(local, root=0)
    if parts is None:
        return None
    return {name: np.concatenate([part[name] for part in parts]) for name in local}


def _cycles(
    model: Any, gather: Gatherer, phase: Phase, done: int, progress: Callable[[int], None]
) -> Iterator[tuple[int, dict[str, np.ndarray] | None, float]]:
    """Run cycle by cycle; yields the years done in this part, the state (on rank 0) and the largest
    relative error of a column's budgets in a year of this cycle."""
    while done < phase.years:
        errors = []
        for year in range(CYCLE_YEARS):
            if year < CYCLE_YEARS - 1:
                model.run_years(1)
            else:
                means = _last_year_means(model, gather)
            errors += model.closure().values()
            done += 1
            progress(done)
        closure = float(np.max(gather.comm.allgather(float(np.max(errors)))))
        yield done, _gathered(gather.comm, {**gather.stocks(), **means}), closure


def _first_state(gather: Gatherer, config: SpinupConfig, phase: Phase, year: int) -> Curve | None:
    """The curve so far on rank 0, with the state that this part begins with."""
    weight = gather.local("wtcol")
    area = (gather.local("area") * gather.local("landfrac"))[:, 0]
    area = np.where(weight[:, 1:].sum(axis=1) > 0.0, area, 0.0)
    unknown = np.full(len(area), np.nan)  # no year has been run yet
    state = {**gather.stocks(), **dict.fromkeys(FLUXES, unknown)}
    found = _gathered(gather.comm, {"area": area, **state})
    if found is None:
        return None
    path = config.folder / "curve.nc"
    if year > 0 and path.is_file():
        curve = read_curve(path).until(year)
    else:
        curve = Curve(found["area"], Criterion(area_share=config.area_share))
    if not curve.years or curve.years[-1] != year or curve.modes[-1] != phase.mode:
        curve.add(year, phase.mode, found)
    return curve


def _run_phase(
    config: SpinupConfig,
    phase: Phase,
    done: int,
    comm: Comm,
    model_type: Callable[..., Any],
    schema: Schema,
    progress: Progress,
) -> tuple[Curve | None, xr.Dataset | None]:
    """Run one part to its end; the curve and the end state, on rank 0."""
    root = comm.rank == 0
    folder = config.folder.resolve()
    namelist = comm.bcast(_prepare(config, phase, schema, done) if root else None, root=0)
    note = ""
    with model_type(comm=comm, namelist=str(namelist)) as model:
        gather = Gatherer(comm, model, schema)
        curve = _first_state(gather, config, phase, phase.before + done)
        tell = lambda year: progress(phase.before + year, note) if root else None  # noqa: E731
        for year, state, closure in _cycles(model, gather, phase, done, tell):
            if phase.before + year == CYCLE_YEARS:
                observed = gather.dataset(observed_names(schema))
                if root:
                    write_atomic({"": observed}, folder / "observed.nc")
            finished = False
            if root and curve is not None and state is not None:
                curve.add(phase.before + year, phase.mode, state, closure)
                curve.write(folder / "curve.nc")
                row = curve.row(len(curve.years) - 1)
                if row is not None:
                    note = f"{row.area_at_rest:.1%} of the area at rest"
                met = curve.met_year
                finished = met is not None and phase.before + year >= met + config.extra_years
            if comm.bcast(finished, root=0):
                break
        return curve, gather.dataset(state_names(schema))


def run_spinup(
    config: SpinupConfig,
    comm: Comm,
    model_type: Callable[..., Any],
    progress: Progress = lambda year, note: None,
) -> Path | None:
    """Spin up and write the training set with its spin-up curve.

    Parameters:
        config: What to run.
        comm: Communicator; all its ranks call this.
        model_type: ``phase_elm.minielm.MiniElm`` or a stand-in with its methods.
        progress: Called on rank 0 after each year with the year and the share of area at rest.

    Returns:
        The file written, on rank 0.
    """
    schema = load_schema()
    root = comm.rank == 0
    index, done = comm.bcast(_begin(config) if root else None, root=0)
    for phase in _phases(config)[index:]:
        curve, state = _run_phase(config, phase, done, comm, model_type, schema, progress)
        done = 0
    if not root or curve is None or state is None:
        return None
    return _write(config, schema, curve, state)


def _write(config: SpinupConfig, schema: Schema, curve: Curve, state: xr.Dataset) -> Path:
    with xr.open_dataset(config.folder / "observed.nc") as saved:
        observed = saved.load()
    cells = cells_of(config.world, observed[list(PLACE)])
    for name, values in (curve.drifts(len(curve.years) - 1) or {}).items():
        if name in STOCKS:
            text = f"drift of {name} over the last forcing cycle"
            attrs = {"units": "gC/m2/yr", "long_name": text}
            cells[f"drift_{name}"] = ("column", values, attrs)
    head = xr.merge([cells, curve.dataset()])
    accelerated = config.protocol == "accelerated"
    head.attrs = {
        **cells.attrs,
        **curve.dataset().attrs,
        "title": "minielm spun up by itself: observed years, spin-up curve and end state",
        "source": "phase truth (minielm)",
        "spinup": config.protocol,
        "years": np.int32(curve.years[-1]),
        "accelerated_years": np.int32(config.first_normal_year),
        "criterion_met_year": np.int32(curve.met_year or 0),
        "observe_years": np.int32(CYCLE_YEARS),
        "supply_years": np.int32(config.supply_years),
        "jumps": np.int32(0),
        "horizon_years": 0.0,
        "schema_format_version": np.int32(schema.format_version),
        "protocol": "accelerated" if accelerated else "cold",
    }
    return write_set(head, observed, state, config.world, config.out)
