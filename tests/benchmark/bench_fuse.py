"""How long `phase fuse` takes next to reading the same bytes with netCDF4 alone.

    python tests/benchmark/bench_fuse.py RUN WORLD

RUN is a folder with 20 years of monthly history of minielm and the restart at their end, WORLD the
world it ran on (`phase world`).
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.fuse import FuseConfig, fuse
from phase_elm.fuse.plan import wanted_of
from phase_elm.schema import load_schema

REPEATS = 8


@dataclass(frozen=True)
class Run:
    """Files of a run of minielm and of the world it ran on."""

    folder: Path
    world: Path

    @property
    def history(self) -> list[Path]:
        return sorted(self.folder.glob("*.elm.h[01].*.nc"))

    @property
    def restart(self) -> Path:
        return max(self.folder.glob("*.elm.r.0021-01-01-00000.nc"))

    @property
    def static(self) -> list[Path]:
        return [self.world / "surfdata.nc", self.world / "clm_params.nc"]


def read_alone(run: Run) -> int:
    """What is needed of every file, read and dropped; bytes."""
    schema = load_schema()
    wanted = wanted_of(schema)
    count = 0
    for path in run.history:
        with netCDF4.Dataset(path) as data:
            data.set_auto_maskandscale(False)
            for want in wanted:
                if want.name not in data.variables or want.by_patch != ("h1" in path.name):
                    continue
                levels = (slice(0, want.levels),) if want.levels else ()
                count += data[want.name][(slice(None), *levels)].nbytes
    for path in (run.restart, *run.static):
        with netCDF4.Dataset(path) as data:
            data.set_auto_maskandscale(False)
            names = [n for n in schema.input_names if n in data.variables]
            count += sum(np.asarray(data[name][...]).nbytes for name in names)
    return count


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - processor


def main(run: Run) -> None:
    """Read and fuse in turn; the fastest of each counts."""
    nbytes = read_alone(run)  # what the file system has cached, it has cached for both
    alone, whole = [], []
    with tempfile.TemporaryDirectory() as folder:
        config = FuseConfig(
            out=Path(folder) / "set.nc",
            restart=run.restart,
            history=tuple(run.history),
            surface=run.static[0],
            parameters=run.static[1],
        )
        for _ in range(REPEATS):
            alone.append(timed(lambda: read_alone(run)))
            whole.append(timed(lambda: fuse(config)))
    print(f"{len(run.history)} history files, {nbytes / 1e6:.0f} MB read")
    for k, what in enumerate(("clock", "processor")):
        least, most = min(t[k] for t in alone), min(t[k] for t in whole)
        print(
            f"{what}: netCDF4 alone {least:.2f} s, phase fuse {most:.2f} s, "
            f"ratio {most / least:.2f}"
        )


if __name__ == "__main__":
    main(Run(Path(sys.argv[1]), Path(sys.argv[2])))
