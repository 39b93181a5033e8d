"""Run minielm on ELM's cells: once from ELM's own state, once from a cold start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from phase_elm.compare.config import CompareConfig
from phase_elm.compare.inputs import write_initial_state, write_surface_data
from phase_elm.programs import run_minielm
from phase_elm.world.config import CYCLE_YEARS
from phase_elm.world.namelist import ElmNamelist, write_namelist

Progress = Callable[[str], None]


def namelist(config: CompareConfig, case: str, **entries: Any) -> Path:
    """Write the ``lnd_in`` of a case on ELM's inputs in a new folder; returns its path."""
    folder = (config.out / case).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.nc"):
        old.unlink()
    inputs = config.reference.resolve() / "inputs"
    elm = ElmNamelist(
        caseid=case,
        rundir=str(folder),
        fatmlndfrc=str(inputs / "domain.nc"),
        fsurdat=str((config.out / "surfdata.nc").resolve()),
        paramfile=str(inputs / "clm_params.nc"),
        fsoilordercon=str(inputs / "CNP_parameters.nc"),
        fmet=str(inputs / "met"),
        **entries,
    )
    return write_namelist(folder / "lnd_in", elm)


def run_program(lnd_in: Path) -> Path:
    """Run minielm on a namelist; returns the folder of its output."""
    return run_minielm(lnd_in).parent


def restart_of(folder: Path) -> Path:
    """The last restart of a run."""
    found = sorted(folder.glob("*.elm.r.*.nc"))
    if not found:
        raise FileNotFoundError(f"no restart in '{folder}'")
    return found[-1]


def from_elm_state(config: CompareConfig) -> Path:
    """One cycle of the weather from ELM's restart; returns the folder with its history."""
    template = run_program(namelist(config, "template", stop_n=1, hist_nhtfrq="none"))
    state = config.out / "elm_state.nc"
    write_initial_state(config.restart, restart_of(template), state)
    entries = {"finidat": str(state.resolve()), "stop_n": config.years, "hist_nhtfrq": "month"}
    return run_program(namelist(config, "from_state", **entries))


def spin_up(lnd_in: Path, config: CompareConfig) -> None:
    """Run from cold start in this process; slow soil pools are balanced after the named years."""
    from phase_elm.compare.soil_polish import SoilPolish
    from phase_elm.minielm import MiniElm

    with MiniElm(lnd_in) as model:
        polish = SoilPolish(model, config.horizon_years)
        for year in range(1, config.long_years + 1):
            if -(-year // CYCLE_YEARS) * CYCLE_YEARS in config.polish_years:
                polish.watch_year()
            else:
                model.run_years(1)
            if year in config.polish_years:
                polish.apply()


def from_cold_start(config: CompareConfig) -> Path:
    """A long run with balanced soil, then one cycle; returns the folder with its history."""
    entries = {"nyears_supl": config.supply_years, "hist_nhtfrq": "none"}
    lnd_in = namelist(config, "cold_start", stop_n=config.long_years, **entries)
    spin_up(lnd_in, config)
    state = restart_of(lnd_in.parent)
    entries = {"finidat": str(state), "stop_n": config.years, "hist_nhtfrq": "month"}
    return run_program(namelist(config, "spun_up", **entries))


def compare_with_elm(config: CompareConfig, progress: Progress = lambda _: None) -> list[Path]:
    """Run both cases and write a table of each; returns the tables."""
    from phase_elm.compare.table import write_tables

    config.out.mkdir(parents=True, exist_ok=True)
    write_surface_data(config.reference, config.out / "surfdata.nc")
    progress("minielm from ELM's state")
    folders = {"from_state": from_elm_state(config)}
    if config.long_years:
        progress(f"minielm from a cold start, {config.long_years} years")
        folders["spun_up"] = from_cold_start(config)
    return write_tables(config, folders)
