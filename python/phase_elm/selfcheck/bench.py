"""Speed and memory of minielm on columns of four plant types.

The programs are run as a user runs them. Columns beyond the generated ones repeat them, and the
weather repeats every two years, so that the size of the input files plays no part.
"""

from __future__ import annotations

import re
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import netCDF4
import numpy as np
import xarray as xr
from pydantic import BaseModel, ConfigDict, Field

from phase_elm.programs import find_program, last_words, mpi_environment, mpirun
from phase_elm.world import WorldConfig, build_world, write_world
from phase_elm.world.namelist import ElmNamelist, write_namelist

PLANTS = 4
WEATHER_DAYS = 730
FILLERS = (1, 7, 13, 9, 4)
_SPEED = re.compile(r"column-years/s +([0-9.]+)")


class BenchConfig(BaseModel):
    """What to measure.

    Parameters:
        columns: Numbers of columns.
        years: Years of each run; the first year is not counted.
        ranks: Ranks of the parallel run, on the largest number of columns.
        work: Folder for worlds and runs.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    columns: tuple[Annotated[int, Field(ge=1)], ...] = (50, 200, 800)
    years: int = Field(default=5, ge=2)
    ranks: int = Field(default=2, ge=1)
    work: Path = Path("phase_bench")


@dataclass(frozen=True)
class Measurement:
    """One run."""

    columns: int
    ranks: int
    speed: float  # column-years per second of all ranks, median of the years after the first
    memory_mb: float  # peak of the process; of one rank only in a parallel run, 0 there


@dataclass(frozen=True)
class BenchResult:
    """All runs and what they say."""

    runs: list[Measurement]
    speed_per_core: float
    memory_kb_per_column: float
    memory_deviation: float  # largest distance of a run's memory from the straight line, relative
    parallel_ratio: float

    def document(self) -> dict[str, object]:
        """For a JSON file."""
        return asdict(self)


def four_plants(shares: np.ndarray) -> np.ndarray:
    """Columns with exactly four plant types: their largest shares, then common types."""
    found = np.zeros_like(shares)
    for column in range(shares.shape[1]):
        order = [int(kind) for kind in np.argsort(-shares[1:, column]) + 1]
        kinds = [kind for kind in order if shares[kind, column] > 0.0][:PLANTS]
        kinds += [kind for kind in FILLERS if kind not in kinds][: PLANTS - len(kinds)]
        for kind, share in zip(kinds, (40.0, 30.0, 20.0, 10.0), strict=True):
            found[kind, column] = share
    return found


def bench_world(base: Path, columns: int, folder: Path) -> Path:
    """Repeat the cells of a world until there are so many."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(base.glob("*.nc")):
        with xr.open_dataset(path, decode_times=False) as data:
            data = data.load()
        if "time" in data.dims:
            data = data.isel(time=slice(0, WEATHER_DAYS))
        for dim in ("gridcell", "ni"):
            if dim in data.dims:
                data = data.isel({dim: np.arange(columns) % data.sizes[dim]})
        data.to_netcdf(folder / path.name)
    with netCDF4.Dataset(folder / "surfdata.nc", "a") as data:
        data["PCT_NAT_PFT"][...] = four_plants(np.asarray(data["PCT_NAT_PFT"][...]))
    return folder


def _peak_memory(pid: int) -> float:
    """Peak memory of a running program in MB; 0 where the system does not tell.

    The resource usage of a child that has ended would count what this process held when it
    started the child.
    """
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    found = re.search(r"^VmHWM:\s*(\d+) kB", text, re.MULTILINE)
    return int(found[1]) / 1024.0 if found else 0.0


def _run(world: Path, columns: int, years: int, ranks: int, folder: Path) -> Measurement:
    folder.mkdir(parents=True, exist_ok=True)
    elm = ElmNamelist.for_world(
        world, caseid="bench", rundir=str(folder), hist_nhtfrq="none", nyears_supl=20, stop_n=years
    )
    write_namelist(folder / "lnd_in", elm)
    command = [*(mpirun(ranks) if ranks > 1 else []), str(find_program("minielm-plain")), "lnd_in"]
    with (folder / "log").open("w") as log:
        child = subprocess.Popen(
            command, cwd=folder, env=mpi_environment(), stdout=log, stdin=subprocess.DEVNULL
        )
        memory = 0.0
        while child.poll() is None:
            memory = max(memory, _peak_memory(child.pid))
            time.sleep(0.02)
    text = (folder / "log").read_text()
    speeds = [float(number) for number in _SPEED.findall(text)]
    if child.returncode or len(speeds) != years:
        log = folder / "log"
        raise RuntimeError(f"minielm stopped: {last_words(log)} (log: {log})")
    return Measurement(columns, ranks, float(np.median(speeds[1:])), memory if ranks == 1 else 0.0)


def run_bench(config: BenchConfig) -> BenchResult:
    """Build the worlds, run the programs, draw the conclusions."""
    work = config.work.resolve()
    base = build_world(WorldConfig(grid="4x5", seed=1, max_cells=min(config.columns)))
    write_world(base, work / "base")
    runs = []
    for columns in sorted(config.columns):
        world = bench_world(work / "base", columns, work / f"world{columns}")
        runs.append(_run(world, columns, config.years, 1, work / f"run{columns}"))
    largest = runs[-1]
    parallel = _run(world, columns, config.years, config.ranks, work / f"run{columns}_ranks")
    size = np.array([run.columns for run in runs], dtype=float)
    memory = np.array([run.memory_mb for run in runs])
    slope, offset = np.polyfit(size, memory, 1) if len(runs) > 1 else (0.0, memory[0])
    line = slope * size + offset
    return BenchResult(
        runs=[*runs, parallel],
        speed_per_core=max(run.speed for run in runs),
        memory_kb_per_column=float(slope) * 1024.0,
        memory_deviation=float(np.abs(memory / line - 1.0).max()),
        parallel_ratio=parallel.speed / largest.speed,
    )
