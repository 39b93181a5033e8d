"""Run the methods of ``phase compare``; what is finished is not run again."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from phase_elm.atomic import write_text
from phase_elm.compare.methods import METHODS, MethodsConfig
from phase_elm.compare.outcome import (
    After,
    Outcome,
    curve_outcome,
    holds,
    plugin_outcome,
    proven_years,
    write_outcome,
)
from phase_elm.export import load
from phase_elm.programs import find_program, last_words, mpi_environment, mpirun
from phase_elm.report.plugin import PluginReport, read_plugin_report
from phase_elm.report.stocks import carbon_stocks, read_restart
from phase_elm.truth import SpinupConfig, read_curve
from phase_elm.truth.command import truth_command
from phase_elm.truth.files import claim_folder, last_restart
from phase_elm.world import Subset, WorldConfig, build_world, write_world
from phase_elm.world.config import CYCLE_YEARS
from phase_elm.world.digest import world_digest
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, write_namelist

CASE = "run"
AREA_SHARE = 0.97
POLL_SECONDS = 1.0
Progress = Callable[[str, int, str], None]


class CompareError(RuntimeError):
    """A method cannot be run; the message says which and why."""


def _world(config: MethodsConfig) -> Path:
    if config.world is not None:
        return config.world
    folder = config.out / "world"
    if not (folder / "forcing.nc").is_file():
        asked = WorldConfig(subset=Subset.heldout, max_cells=config.cells)
        write_world(build_world(asked), folder)
    return folder


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _phase(config: MethodsConfig, name: str) -> dict[str, Any]:
    """Entries of the plugin's namelist; the first jump of both methods of the network is one."""
    entries = config.phase(name)
    if entries.get("phase_method") == "surrogate":
        artifact = load(config.artifact_of(name))
        if "jump_method" not in artifact.input_names:
            entries["phase_method"] = "hybrid"
    return entries


def _settings(config: MethodsConfig, name: str, world: Path) -> dict[str, Any]:
    """All that a result depends on."""
    found: dict[str, Any] = {"world": world_digest(world), "years": config.limit(name)}
    if METHODS[name].jumps is None:
        if name == "accelerated":
            found["accelerated_years"] = config.accelerated_years
        return found
    artifact = config.artifact_of(name)
    found |= {"artifact": _sha256(artifact), "phase": _phase(config, name)}
    return found | {"extra_years": config.extra_years}


def _finished(path: Path, settings: dict[str, Any]) -> Outcome | None:
    """The result of an earlier run with the same settings."""
    if not path.is_file():
        return None
    found = Outcome.model_validate_json(path.read_text())
    return found if found.settings == settings else None


def _clock(folder: Path, more: float) -> float:
    """Wall clock of a method so far, interrupted runs included."""
    path = folder / "seconds.json"
    total = more + (json.loads(path.read_text()) if path.is_file() else 0.0)
    write_text(path, json.dumps(total))
    return total


def _spin_up(
    config: MethodsConfig, name: str, world: Path, settings: dict[str, Any], progress: Progress
) -> Outcome:
    """Native or accelerated: `phase truth` until the criterion holds."""
    folder = config.folder(name).resolve()
    asked = SpinupConfig(
        world=world.resolve(),
        out=folder / "spinup.nc",
        protocol=name,
        accelerated_years=config.accelerated_years,
        area_share=AREA_SHARE,
        extra_years=0,
        max_years=config.limit(name),
        work=folder / "run",
    )
    ranks = mpirun(config.ranks) if config.ranks > 1 else []
    command = [*ranks, *truth_command("", asked)]
    log, begun = folder / "run.log", time.perf_counter()
    with (
        log.open("w") as file,
        subprocess.Popen(
            command, env=mpi_environment(), stdout=file, stderr=subprocess.STDOUT
        ) as process,
    ):
        seen = 0.0
        while True:
            try:
                status = process.wait(POLL_SECONDS)
                break
            except subprocess.TimeoutExpired:
                curve = asked.folder / "curve.nc"
                if curve.is_file() and curve.stat().st_mtime > seen:
                    seen = curve.stat().st_mtime
                    rows = read_curve(asked.folder).rows()
                    if rows:
                        progress(name, rows[-1].year, f"{rows[-1].area_at_rest:.0%} at rest")
    if status not in (0, 2) or not asked.out.is_file():
        raise CompareError(f"{name} stopped with status {status}: {last_words(log)} (log: {log})")
    return curve_outcome(
        read_curve(asked.out),
        method=name,
        label=METHODS[name].label,
        text=METHODS[name].text,
        settings=settings,
        seconds=_clock(folder, time.perf_counter() - begun),
    )


def _segment(
    config: MethodsConfig, name: str, world: Path, begin: int, end: int, jumps: int | None = None
) -> PluginReport:
    """Run from the beginning of one year to that of another; the plugin's report.

    With ``jumps``, no more than so many, and the report is not one to go on from.
    """
    folder = config.folder(name).resolve()
    start = {}
    if begin > 1:
        restart = folder / f"{CASE}.elm.r.{begin:04d}-01-01-00000.nc"
        start = {"finidat": str(restart), "start_type": "continue"}
    elm = ElmNamelist.for_world(
        world,
        caseid=CASE,
        rundir=str(folder),
        nyears_supl=CYCLE_YEARS,
        hist_nhtfrq="none",
        stop_n=end - begin,
        **start,
    )
    entries = _phase(config, name)
    if jumps is not None:
        entries["phase_max_jumps"] = jumps
    report = folder / f"{'report' if jumps is None else 'after'}_{end:04d}.json"
    phase = PhaseNamelist(
        use_phase_spinup=True,
        phase_model_file=str(config.artifact_of(name).resolve()),
        phase_observe_years=CYCLE_YEARS,
        phase_relax_years=CYCLE_YEARS,
        phase_device=config.device,
        phase_report_file=str(report),
        **entries,
    )
    write_namelist(folder / "lnd_in", elm, phase)
    ranks = mpirun(config.ranks) if config.ranks > 1 else []
    command = [*ranks, str(find_program("minielm")), "lnd_in"]
    log, begun = folder / "run.log", time.perf_counter()
    earlier = log.stat().st_size if log.is_file() else 0
    with log.open("a") as file:
        status = subprocess.run(
            command, cwd=folder, env=mpi_environment(), stdout=file, stderr=file, check=False
        ).returncode
    _clock(folder, time.perf_counter() - begun)
    if status or not report.is_file():
        words = last_words(log, earlier)
        raise CompareError(f"{name} stopped with status {status}: {words} (log: {log})")
    return read_plugin_report(report)


def _done(folder: Path, latest: int) -> tuple[int, PluginReport | None]:
    """The year that an interrupted run goes on from, and its report so far."""
    found = last_restart(folder, latest, CASE)
    while found is not None:
        path = folder / f"report_{found[1]:04d}.json"
        if path.is_file():
            return found[1], read_plugin_report(path)
        found = last_restart(folder, found[1] - 1, CASE)
    return 1, None


def _clean(folder: Path, keep: int) -> None:
    """Remove restart files before a year; the ones of that year are what goes on."""
    for path in folder.glob(f"{CASE}.*.r.*.nc"):
        if int(path.name.split(".r.")[1][:4]) < keep:
            path.unlink()


def _next_stop(year: int, report: PluginReport | None) -> int:
    """The beginning of a year at which all that follows the latest jump can be measured."""
    if report is None:
        return 2 * CYCLE_YEARS + 2
    jump = max((item.year or 0 for item in report.jumps), default=0)
    whole = jump + CYCLE_YEARS + 1
    return whole if whole > year else year + CYCLE_YEARS


def _jumping(
    config: MethodsConfig, name: str, world: Path, settings: dict[str, Any], progress: Progress
) -> Outcome:
    """A method with jumps, cycle by cycle until the certificate or the last year."""
    folder, last = config.folder(name).resolve(), config.limit(name) + 1
    year, report = _done(folder, last)
    while year < last and (report is None or proven_years(report) is None):
        end = min(_next_stop(year, report), last)
        report = _segment(config, name, world, year, end)
        year = end
        _clean(folder, year)
        share = next((i.share_at_rest for i in reversed(report.years) if i.share_at_rest), 0.0)
        progress(name, year - 1, f"{share:.0%} at rest")
    if report is None:
        raise CompareError(f"{folder}: nothing was run")
    after = None
    if config.extra_years and proven_years(report) is not None:
        after = _after(config, name, world, year, report)
    return plugin_outcome(
        report,
        method=name,
        label=METHODS[name].label,
        text=METHODS[name].text,
        settings=settings,
        seconds=_clock(folder, 0.0),
        after=after,
    )


def _after(config: MethodsConfig, name: str, world: Path, year: int, report: PluginReport) -> After:
    """The model alone from the certified state on."""
    folder, end = config.folder(name).resolve(), year + config.extra_years
    found = _segment(config, name, world, year, end, max(len(report.jumps), 1))

    def stock(when: int) -> np.ndarray:
        path = folder / f"{CASE}.elm.r.{when:04d}-01-01-00000.nc"
        return carbon_stocks(read_restart(path))["TOTECOSYSC"].values

    before, later = stock(year), stock(end)
    area = np.array([value or 0.0 for value in found.cells.area_km2])
    if len(area) != len(before) or len(found.jumps) != len(report.jumps):
        raise CompareError(f"{folder}: the years after the certificate are not of the same run")
    kept = [k for k, item in enumerate(found.years) if item.year > year]
    shares = [found.years[k].share_at_rest for k in kept]
    mean = float((before * area).sum())
    return After(
        years=config.extra_years,
        net_change=float(((later - before) * area).sum()) / mean,
        mean_change=float((np.abs(later - before) * area).sum()) / mean,
        least_area_at_rest=min((share for share in shares if share is not None), default=0.0),
        stays=all(holds(found, k) for k in kept),
    )


def compare_methods(
    config: MethodsConfig, progress: Progress = lambda name, years, note: None
) -> list[Outcome]:
    """Run what is not finished.

    Parameters:
        config: What to compare.
        progress: Called with a method, the years it has integrated, and a remark.

    Returns:
        One result a method, those that other calls left in the folder for the same world included.
    """
    world = _world(config)
    found: dict[str, Outcome] = {}
    for name in config.methods:
        path = config.folder(name) / "result.json"
        settings = json.loads(json.dumps(_settings(config, name, world)))
        outcome = _finished(path, settings)
        if outcome is None:
            claim_folder(path.parent, settings, free=("years", "extra_years"))
            progress(name, 0, "")
            run = _jumping if METHODS[name].jumps is not None else _spin_up
            outcome = run(config, name, world, settings, progress)
            write_outcome(outcome, path)
        best = f"certificate after {outcome.proven_years}" if outcome.proven_years else "not met"
        progress(name, outcome.years, best)
        found[name] = outcome
    for name in METHODS:
        path = config.folder(name) / "result.json"
        if name not in found and path.is_file():
            other = Outcome.model_validate_json(path.read_text())
            if other.settings.get("world") == settings["world"]:
                found[name] = other
    return [found[name] for name in METHODS if name in found]
