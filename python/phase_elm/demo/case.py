"""One run of the compiled minielm in a folder of its own."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from phase_elm.programs import find_program, last_words, mpi_environment, mpirun
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, write_namelist

_YEAR = re.compile(r"\byear\s+(\d+)\b", re.IGNORECASE)


class RunError(RuntimeError):
    """The model stopped with an error, or its output is not what was asked for."""


@dataclass(frozen=True)
class Case:
    """A run of minielm.

    Parameters:
        folder: Where it runs and writes.
        name: First part of its output file names.
        world: Folder with the world's files.
        years: Years to integrate.
        observe_years: Years in which N and P are supplied and the plugin watches.
        phase: Entries of the plugin's namelist, or ``None`` for a run without the plugin.
    """

    folder: Path
    name: str
    world: Path
    years: int
    observe_years: int
    phase: PhaseNamelist | None

    def write(self) -> Path:
        """Write ``lnd_in``; returns its path."""
        elm = ElmNamelist.for_world(
            self.world,
            caseid=self.name,
            nyears_supl=self.observe_years,
            hist_nhtfrq="month",
            stop_n=self.years,
            rest_n=self.observe_years,
        )
        return write_namelist(self.folder / "lnd_in", elm, self.phase)

    def run(self, ranks: int, progress: Callable[[int], None] = lambda year: None) -> float:
        """Run it; returns wall-clock seconds.

        Parameters:
            ranks: MPI ranks.
            progress: Called with each finished year.
        """
        namelist = self.write()
        command = [*mpirun(ranks), str(find_program("minielm")), namelist.name]
        log = self.folder / "run.log"
        start = time.perf_counter()
        with (
            log.open("w") as file,
            subprocess.Popen(
                command,
                cwd=self.folder,
                env=mpi_environment(),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
            ) as process,
        ):
            for line in process.stdout or ():
                file.write(line)
                found = None if "PHASE" in line else _YEAR.search(line)
                if found:
                    progress(int(found.group(1)))
        if process.returncode != 0:
            raise RunError(
                f"minielm stopped with status {process.returncode}: {last_words(log)} (log: {log})"
            )
        return time.perf_counter() - start

    def restart(self, year: int) -> Path:
        """Restart file of 1 January of a year."""
        return self.folder / f"{self.name}.elm.r.{year:04d}-01-01-00000.nc"

    def history(self) -> list[Path]:
        """History files, one per year."""
        return sorted(self.folder.glob(f"{self.name}.elm.h0.*.nc"))
