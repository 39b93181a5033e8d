"""How long `phase fuse` takes next to reading the same bytes with netCDF4 alone.

    python tests/benchmark/bench_fuse.py RUN WORLD

RUN is a folder with 20 years of monthly history of minielm and the restart at their end, WORLD the
world it ran on (`phase world`).
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import netCDF4

from phase_elm.fuse import FuseConfig, fuse
from phase_elm.fuse.plan import wanted_of
from phase_elm.schema import load_schema


def read_alone(paths: list[Path]) -> int:
    """The history variables and layers that are needed, read and dropped."""
    wanted = wanted_of(load_schema())
    count = 0
    for path in paths:
        with netCDF4.Dataset(path) as data:
            data.set_auto_maskandscale(False)
            for want in wanted:
                if want.name not in data.variables or want.by_patch != ("h1" in path.name):
                    continue
                levels = (slice(0, want.levels),) if want.levels else ()
                count += data[want.name][(slice(None), *levels)].nbytes
    return count


def main(run: Path, world: Path) -> None:
    history = sorted(run.glob("*.elm.h[01].*.nc"))
    restart = max(run.glob("*.elm.r.0021-01-01-00000.nc"))
    read_alone(history)  # what the file system has cached, it has cached for both
    started = time.perf_counter()
    nbytes = read_alone(history)
    alone = time.perf_counter() - started
    with tempfile.TemporaryDirectory() as folder:
        config = FuseConfig(
            out=Path(folder) / "set.nc",
            restart=restart,
            history=tuple(history),
            surface=world / "surfdata.nc",
            parameters=world / "clm_params.nc",
        )
        started = time.perf_counter()
        fuse(config)
        whole = time.perf_counter() - started
    print(f"{len(history)} files, {nbytes / 1e6:.0f} MB read")
    print(f"netCDF4 alone {alone:.2f} s, phase fuse {whole:.2f} s, ratio {whole / alone:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
