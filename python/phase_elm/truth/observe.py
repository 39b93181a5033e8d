"""Observation windows that belong to known end states: more samples for the same targets.

A first window shows a run from its cold start, with N and P supplied. A later window shows what
follows a jump: the model left alone from pools that an artifact predicted, or that lie a random
error away from the end states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import xarray as xr
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from phase_elm.report.drift import drift
from phase_elm.schema import Schema, load_schema
from phase_elm.truth.config import world_complete
from phase_elm.truth.files import PLACE, cells_of, open_group, write_set
from phase_elm.truth.gather import STOCKS, Gatherer, observed_names, state_names
from phase_elm.truth.observer import write_observer
from phase_elm.truth.states import perturbed, write_given_states
from phase_elm.world.config import CYCLE_YEARS
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, write_namelist

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

MORTALITY_FACTOR = 10.0
NEVER_MET = 1.0e-9


class ObserveConfig(BaseModel):
    """Windows to observe.

    Parameters:
        world: Folder with the five files of a world.
        equilibrium: File of ``phase truth`` with the end states of the same cells.
        out: Training-set file to write.
        protocol: ``cold``: normal decomposition; ``accelerated``: accelerated decomposition.
        from_artifact: Artifact whose jump precedes the windows.
        states: File whose group ``equilibrium`` holds the pools that the windows start from.
        perturb: Spread of random errors (of the logarithm) of these pools; of the end states when
            neither an artifact nor states are given.
        samples: Runs with errors of their own.
        windows: Windows recorded after the jump; before each but the first there is a further jump.
        seed: Seed of the errors of the first sample; the next ones count up.
        work: Folder for the runs; default is next to ``out``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    world: Path
    equilibrium: Path
    out: Path
    protocol: Literal["cold", "accelerated"] = "cold"
    from_artifact: Path | None = None
    states: Path | None = None
    perturb: float | None = Field(default=None, ge=0.0, le=2.0)
    samples: int = Field(default=1, ge=1)
    windows: int = Field(default=1, ge=1)
    seed: int = Field(default=1, ge=0)
    work: Path | None = None

    _world = field_validator("world")(world_complete)

    @field_validator("equilibrium", "from_artifact", "states")
    @classmethod
    def _is_there(cls, value: Path | None) -> Path | None:
        if value is not None and not value.is_file():
            raise ValueError(f"{value}: no such file")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> ObserveConfig:
        if self.from_artifact and (self.states or self.perturb is not None):
            raise ValueError(
                "from_artifact: a window starts from the artifact's prediction or from given "
                "pools (states, perturb), not from both"
            )
        if self.samples > 1 and not self.perturb:
            raise ValueError(
                f"samples: {self.samples} samples without random errors (perturb) would be the same"
            )
        if self.windows > 1 and not self.from_artifact:
            raise ValueError(
                f"windows: expected 1, found {self.windows}; further jumps need from_artifact"
            )
        return self

    @property
    def later(self) -> bool:
        """Are the windows those after a jump?"""
        return bool(self.from_artifact or self.states or self.perturb is not None)

    @property
    def years(self) -> int:
        """Years of each run."""
        return CYCLE_YEARS * (1 + (self.windows if self.later else 0))

    @property
    def folder(self) -> Path:
        """Folder of the runs."""
        return self.work or self.out.with_name(self.out.name + ".run")


def _targets(config: ObserveConfig, schema: Schema, path: Path) -> xr.Dataset:
    """End states in the order of the world's cells, with the head's variables of a column."""
    with xr.open_dataset(config.world / "surfdata.nc") as surface:
        cells = cells_of(
            config.world,
            xr.Dataset(
                {
                    "lat": ("column", surface["LATIXY"].values),
                    "lon": ("column", surface["LONGXY"].values),
                }
            ),
        )
    with open_group(path) as head, open_group(path, "equilibrium") as state:
        place = {int(number): index for index, number in enumerate(head["gid"].values)}
        missing = [int(number) for number in cells["gid"].values if int(number) not in place]
        if missing:
            raise ValueError(
                f"{path}: lacks {len(missing)} of the {cells.sizes['column']} cells of "
                f"{config.world}, first of them gid {missing[0]}; run `phase truth` for this world"
            )
        order = [place[int(number)] for number in cells["gid"].values]
        if "world_digest" in head:
            differ = head["world_digest"].values[order] != cells["world_digest"].values
            if differ.any():
                raise ValueError(
                    f"{path}: the end states of {int(differ.sum())} cells were made from other "
                    f"inputs than those in {config.world}"
                )
        lacking = [name for name in state_names(schema) if name not in state]
        if lacking:
            raise ValueError(f"{path}: the end states lack {', '.join(lacking)}; make them again")
        kept = state[state_names(schema)].isel(column=order).load()
        for name in STOCKS:
            kept[f"drift_{name}"] = head[f"drift_{name}"].isel(column=order).load()
        kept.attrs = dict(head.attrs)
        for name in ("lat", "lon"):
            kept[name] = cells[name]
    return kept


def _artifact(config: ObserveConfig, schema: Schema, sample: int) -> Path:
    """The artifact that a run loads; rank 0 only."""
    folder = config.folder.resolve()
    if config.from_artifact:
        from phase_elm.export import load

        path = config.from_artifact.resolve()
        unread = set(observed_names(schema)) - set(load(path).input_names)
        if unread:
            raise ValueError(
                f"{path}: the artifact does not read {', '.join(sorted(unread))}, which a training "
                "set needs; export it with this version"
            )
        return path
    if not config.later:
        return write_observer(schema, folder / "observer.pt", config.protocol)
    states = _targets(config, schema, config.states or config.equilibrium)
    if config.perturb:
        states = perturbed(states, config.perturb, config.seed + sample)
    path = folder / f"states{sample}.pt"
    lat, lon = states["lat"].values, states["lon"].values
    return write_given_states(schema, states, lat, lon, path, config.protocol)


def _prepare(config: ObserveConfig, schema: Schema, sample: int) -> Path:
    folder = config.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    accelerated = config.protocol == "accelerated"
    elm = ElmNamelist.for_world(
        config.world,
        caseid="observe",
        rundir=str(folder),
        spinup_state=int(accelerated),
        spinup_mortality_factor=MORTALITY_FACTOR if accelerated else 1.0,
        nyears_supl=CYCLE_YEARS,
        hist_nhtfrq="none",
        stop_n=config.years + 1,  # no restart file at the end of the windows
    )
    phase = PhaseNamelist(
        use_phase_spinup=True,
        phase_dry_run=not config.later,
        phase_model_file=str(_artifact(config, schema, sample)),
        phase_observe_years=CYCLE_YEARS,
        phase_relax_years=CYCLE_YEARS,
        phase_max_jumps=config.windows + 1,
        phase_crit_totecosysc=NEVER_MET,
        phase_device="cpu",
        phase_report_file=str(folder / "phase_report.json"),
    )
    return write_namelist(folder / "lnd_in", elm, phase)


def _windows(
    config: ObserveConfig,
    comm: Comm,
    model_type: Callable[..., Any],
    schema: Schema,
    sample: int,
    progress: Callable[[int, str], None],
) -> Iterator[xr.Dataset | None]:
    """Run one sample; yields each window on rank 0, ``None`` elsewhere."""
    root = comm.rank == 0
    namelist = comm.bcast(_prepare(config, schema, sample) if root else None, root=0)
    with model_type(comm=comm, namelist=str(namelist)) as model:
        gather = Gatherer(comm, model, schema)
        for cycle in range(1 + (config.windows if config.later else 0)):
            if cycle > 0:
                model.jump()
            before = gather.stocks()
            for year in range(1, CYCLE_YEARS + 1):
                model.run_years(1)
                if root:
                    note = f"sample {sample + 1}, window {cycle + 1}"
                    progress(sample * config.years + cycle * CYCLE_YEARS + year, note)
            if config.later and cycle == 0:
                continue
            after = gather.stocks()
            moved = {name: drift(before[name], after[name], CYCLE_YEARS) for name in STOCKS}
            found = gather.dataset(observed_names(schema))
            parts = comm.gather(moved, root=0)
            if not root:
                yield None
                continue
            for name in STOCKS:
                found[f"window_drift_{name}"] = (
                    "column",
                    np.concatenate([part[name] for part in parts]),
                    {"units": "gC/m2/yr", "long_name": f"drift of {name} over the window"},
                )
            count = found.sizes["column"]
            found["window"] = ("column", np.full(count, cycle + 1, dtype=np.int32))
            found["sample"] = ("column", np.full(count, sample + 1, dtype=np.int32))
            yield found


def _together(windows: list[xr.Dataset]) -> xr.Dataset:
    """Windows below each other; what has no column axis is the same in all."""
    common = [name for name in windows[0].data_vars if "column" not in windows[0][name].dims]
    rest = xr.concat([window.drop_vars(common) for window in windows], dim="column")
    return rest.assign({name: windows[0][name] for name in common})


def run_observe(
    config: ObserveConfig,
    comm: Comm,
    model_type: Callable[..., Any],
    progress: Callable[[int, str], None] = lambda year, note: None,
) -> Path | None:
    """Make the training set of further windows.

    Parameters:
        config: What to observe.
        comm: Communicator; all its ranks call this.
        model_type: ``phase_elm.minielm.MiniElm`` or a stand-in with its methods.
        progress: Called on rank 0 after each year with the years done and what is being done.

    Returns:
        The file written, on rank 0.
    """
    schema = load_schema()
    root = comm.rank == 0
    if root:
        targets = _targets(config, schema, config.equilibrium)
    seen = [
        window
        for sample in range(config.samples)
        for window in _windows(config, comm, model_type, schema, sample, progress)
    ]
    if not root:
        return None
    observed = _together(seen)
    own = ["window", "sample", *(f"window_drift_{name}" for name in STOCKS)]
    places = [cells_of(config.world, window[list(PLACE)]) for window in seen]
    head = xr.concat(places, dim="column", combine_attrs="override")
    equilibrium = xr.concat([targets[state_names(schema)]] * len(seen), dim="column")
    equilibrium.attrs = {}
    for name in STOCKS:
        head[f"drift_{name}"] = xr.concat([targets[f"drift_{name}"]] * len(seen), dim="column")
    for name in own:
        head[name] = observed[name]
    head.attrs = {
        **targets.attrs,
        **places[0].attrs,
        "title": "observed windows of minielm and the end states that belong to them",
        "source": "phase truth observe (minielm)",
        "protocol": config.protocol,
        "windows": "later" if config.later else "first",
        "perturb": config.perturb or 0.0,
        "seed": np.int32(config.seed),
    }
    return write_set(head, observed.drop_vars(own), equilibrium, config.world, config.out)
