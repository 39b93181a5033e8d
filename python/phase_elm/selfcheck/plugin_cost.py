"""What the plugin costs: the same run of minielm with it on and off, in pairs.

The plugin observes 20 years, jumps, and then only watches. Its own clock (``timing.years`` of the
report) gives the time inside it next to the model's in the same year, which a busy machine hardly
disturbs; the pairs say the same of whole years, with what the plugin does to the model's caches.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from phase_elm.demo.config import DATA, OBSERVE_YEARS
from phase_elm.programs import last_words, run_minielm
from phase_elm.selfcheck.bench import bench_world
from phase_elm.world import WorldConfig, build_world, write_world
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, write_namelist

STEPS = 365  # of minielm in a year
ELM_STEP_US = 42.0  # of real ELM for a column and a half-hour step, 1.35 column-years a second
ELM_STEPS = 48 * 365
_YEAR = re.compile(r"year +(\d+) .*column-years/s +([0-9.]+)")


class CostConfig(BaseModel):
    """What to measure.

    Parameters:
        columns: Columns of the run, on one rank.
        years: Years of each run; year 21 begins with the jump, the first one is not counted.
        pairs: Runs with the plugin on and off.
        cells: Cells of the world, repeated until there are enough columns.
        artifact: Surrogate.
        work: Folder for world and runs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: int = Field(default=1000, ge=1)
    years: int = Field(default=OBSERVE_YEARS + 5, ge=OBSERVE_YEARS + 2)
    pairs: int = Field(default=2, ge=1)
    cells: int = Field(default=50, ge=1)
    artifact: Path = DATA / "phase_minielm.pt"
    work: Path = Path("phase_cost")

    @field_validator("artifact")
    @classmethod
    def _is_there(cls, value: Path) -> Path:
        if not value.is_file():
            raise ValueError(f"{value}: no such artifact; `phase export` writes one")
        return value


@dataclass(frozen=True)
class Timed:
    """One run, by year: seconds of the whole year, and of it inside the plugin (zeros: off)."""

    year: np.ndarray
    seconds: np.ndarray
    inside: np.ndarray
    jump_seconds: float = 0.0


@dataclass(frozen=True)
class Phase:
    """Years of one kind."""

    share: float  # time inside the plugin next to the model's, median of years
    share_by_pairs: float  # medians of the years with and without the plugin
    us_per_column_step: float
    share_of_elm: float  # the same microseconds next to a step of real ELM


@dataclass(frozen=True)
class CostResult:
    """All that was measured."""

    columns: int
    pairs: int
    host_us_per_column_step: float
    observing: Phase
    watching: Phase
    jump_ms_per_column: float
    jump_share: float  # of the model's time for the 20 years between two jumps
    jump_share_of_elm: float

    @property
    def monitor_and_polish_share(self) -> float:
        """What every year costs without observing: watching, and a jump every 20 years."""
        return self.watching.share + self.jump_share

    @property
    def polish_share(self) -> float:
        """A jump and the observed years it needs."""
        return self.observing.share + self.jump_share

    def document(self) -> dict[str, object]:
        """For a JSON file."""
        return {
            **asdict(self),
            "monitor_and_polish_share": self.monitor_and_polish_share,
            "polish_share": self.polish_share,
        }


def _run(world: Path, config: CostConfig, on: bool, folder: Path) -> Timed:
    folder.mkdir(parents=True, exist_ok=True)
    elm = ElmNamelist.for_world(
        world,
        caseid="cost",
        rundir=str(folder),
        hist_nhtfrq="none",
        nyears_supl=OBSERVE_YEARS,
        stop_n=config.years,
    )
    phase = PhaseNamelist(
        use_phase_spinup=on, phase_model_file=str(config.artifact.resolve()), phase_device="cpu"
    )
    log = run_minielm(write_namelist(folder / "lnd_in", elm, phase))
    found = _YEAR.findall(log.read_text(errors="replace"))
    if len(found) != config.years:
        raise RuntimeError(f"minielm stopped: {last_words(log)} (log: {log})")
    year = np.array([int(number) for number, _ in found])
    seconds = config.columns / np.array([float(speed) for _, speed in found])
    if not on:
        return Timed(year, seconds, np.zeros(len(year)))
    report = json.loads((folder / "phase_report.json").read_text())
    clock = report["timing"]["years"]
    if [int(number) for number in clock["year"]] != list(year):
        raise RuntimeError(f"{folder}: the report does not tell the time of every year")
    jump = report["jumps"][0]["total_seconds"]
    return Timed(year, seconds, np.array(clock["plugin_seconds"]), jump)


def _phase(on: list[Timed], off: list[Timed], first: int, last: int, columns: int) -> Phase:
    def of(runs: list[Timed], what: str) -> np.ndarray:
        return np.array(
            [getattr(run, what)[(run.year >= first) & (run.year <= last)] for run in runs]
        )

    inside, whole = of(on, "inside"), of(on, "seconds")
    us = float(np.median(inside)) / columns / STEPS * 1e6
    return Phase(
        share=float(np.median(inside / (whole - inside))),
        share_by_pairs=float(np.median(whole) / np.median(of(off, "seconds")) - 1.0),
        us_per_column_step=us,
        share_of_elm=us / ELM_STEP_US,
    )


def run_cost(config: CostConfig) -> CostResult:
    """Build the world, run the pairs, draw the conclusions."""
    work = config.work.resolve()
    base = build_world(WorldConfig(grid="4x5", seed=1, max_cells=min(config.cells, config.columns)))
    write_world(base, work / "base")
    world = bench_world(work / "base", config.columns, work / "world")
    runs: dict[bool, list[Timed]] = {True: [], False: []}
    for pair in range(config.pairs):
        for on in (pair % 2 == 1, pair % 2 == 0):
            folder = work / f"{'on' if on else 'off'}{pair + 1}"
            runs[on].append(_run(world, config, on, folder))
    host = float(np.median([run.seconds[1:] for run in runs[False]]))
    jump = float(np.median([run.jump_seconds for run in runs[True]])) / config.columns
    year = host / config.columns
    return CostResult(
        columns=config.columns,
        pairs=config.pairs,
        host_us_per_column_step=year / STEPS * 1e6,
        observing=_phase(runs[True], runs[False], 2, OBSERVE_YEARS, config.columns),
        watching=_phase(runs[True], runs[False], OBSERVE_YEARS + 2, config.years, config.columns),
        jump_ms_per_column=jump * 1e3,
        jump_share=jump / (OBSERVE_YEARS * year),
        jump_share_of_elm=jump / (OBSERVE_YEARS * ELM_STEPS * ELM_STEP_US * 1e-6),
    )
