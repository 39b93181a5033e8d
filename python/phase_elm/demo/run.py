"""Run the demonstration and put its report together."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import xarray as xr

from phase_elm.demo import results
from phase_elm.demo.case import Case, RunError
from phase_elm.demo.config import CLOSING_YEARS, CYCLE_YEARS, OBSERVE_YEARS, DemoConfig
from phase_elm.demo.reference import Reference
from phase_elm.demo.results import History
from phase_elm.report import document
from phase_elm.report.drift import Criterion, at_rest, certify, settled_share
from phase_elm.report.stocks import NLEVDECOMP, SOIL, layer_nodes_m
from phase_elm.world import Subset, WorldConfig, build_world, write_world
from phase_elm.world.generator import World
from phase_elm.world.namelist import PhaseNamelist

JUMP_YEAR = OBSERVE_YEARS + 1
MODEL = "minielm (a stand-in for ELM; not ELM)"
Progress = Callable[[str, int], None]


def _version() -> str:
    try:
        return version("phase-elm")
    except PackageNotFoundError:
        return "not installed"


def _cases(config: DemoConfig, world: Path) -> dict[str, Case]:
    phase = PhaseNamelist(
        use_phase_spinup=True,
        phase_model_file=str(config.artifact.resolve()),
        phase_observe_years=OBSERVE_YEARS,
        phase_relax_years=CYCLE_YEARS,
        phase_max_jumps=len(config.jump_years),
        phase_device=config.device,
    )
    out = config.out.resolve()

    def case(name: str, entries: PhaseNamelist | None) -> Case:
        return Case(out / name, name, world, config.years, OBSERVE_YEARS, entries)

    return {"jump": case("jump", phase), "no_jump": case("no_jump", None)}


def _series(
    histories: dict[str, History], state: xr.Dataset | None, area: np.ndarray
) -> dict[str, document.SeriesPart]:
    units = {"GPP": "gC/m2/yr", "TLAI": "m2/m2"}
    found = {}
    for name in results.SERIES:
        means = {
            run: np.average(history.annual[name].values, axis=1, weights=area).tolist()
            for run, history in histories.items()
        }
        level = None
        if state is not None and name in state:
            level = float(np.average(state[name].values, weights=area))
        found[name] = document.SeriesPart(units=units.get(name, "gC/m2"), reference=level, **means)
    return found


def _windows(
    config: DemoConfig,
    no_jump: History,
    plugin: results.PluginResults,
    area: np.ndarray,
    limit: float,
) -> list[document.WindowPart]:
    """Share of area at rest over the forcing cycle that follows each jump, in both runs.

    In the jump run a January that begins with the next jump shows the state after it, so there
    the plugin's own measure is taken, which ends before.
    """
    measured = {item["year"]: item["share_at_rest"] for item in plugin.report["years"]}
    found = []
    for year in config.jump_years:
        drift = no_jump.drifts(year, CYCLE_YEARS)["TOTECOSYSC"]
        found.append(
            document.WindowPart(
                jump_year=year,
                end_year=year + CYCLE_YEARS,
                no_jump=float(area[at_rest(drift, limit)].sum() / area.sum()),
                jump=measured.get(year + CYCLE_YEARS),
            )
        )
    return found


def _profile(
    histories: dict[str, History], state: xr.Dataset | None, area: np.ndarray, end: int
) -> document.ProfilePart:
    def mean(layers: np.ndarray) -> list[float]:
        return np.average(layers, axis=0, weights=area).tolist()

    jump, no_jump = histories["jump"].january["soil"], histories["no_jump"].january["soil"]
    reference = None
    if state is not None:
        reference = mean(sum(state[f"{pool}c_vr"] for pool in SOIL).values)
    return document.ProfilePart(
        depth_m=layer_nodes_m(NLEVDECOMP).tolist(),
        before=mean(no_jump.sel(year=JUMP_YEAR).values),
        after=mean(jump.sel(year=JUMP_YEAR).values),
        jump_end=mean(jump.sel(year=end).values),
        no_jump_end=mean(no_jump.sel(year=end).values),
        reference=reference,
    )


def _collect(
    config: DemoConfig, world: World, cases: dict[str, Case], seconds: dict[str, float]
) -> document.DemoReport:
    criterion = Criterion()
    area = world.area * world.geography.land_fraction
    histories = {run: results.read_history(case) for run, case in cases.items()}
    january = {run: history.january for run, history in histories.items()}
    plugin = results.read_plugin(cases["jump"])
    start = config.jump_years[-1]
    end = start + CYCLE_YEARS
    drifts = {run: table.drifts(start, CYCLE_YEARS) for run, table in histories.items()}
    before, after = drifts["no_jump"]["TOTECOSYSC"], drifts["jump"]["TOTECOSYSC"]
    share, settled, restless = settled_share(before, after, area, criterion.column)
    reference = Reference.load(config.truth, cases["jump"].world)
    resting = at_rest(plugin.drift_after, criterion.column)
    plugin_share = float(area[resting].sum() / area.sum())
    jump, timing = plugin.jump, plugin.report["timing"]
    return document.DemoReport(
        created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        package_version=_version(),
        model=MODEL,
        world=document.WorldPart(
            grid=world.config.grid,
            seed=world.config.seed,
            subset="held-out",
            cells=world.ncell,
            land_area_km2=float(area.sum()),
        ),
        years=document.YearsPart(
            observed=OBSERVE_YEARS,
            after_jump=config.years - OBSERVE_YEARS - CLOSING_YEARS,
            closing=CLOSING_YEARS,
            total=config.years,
            jumps=[item["year"] for item in plugin.report["jumps"]],
            judged_from=start,
        ),
        ranks=plugin.report["run"]["ranks"],
        device=plugin.report["run"]["device"],
        artifact=document.ArtifactPart(
            file=str(config.artifact),
            name=plugin.report["artifact"]["name"],
            checksum=plugin.report["artifact"]["checksum"],
        ),
        timing_s=document.TimingPart(
            jump_run=seconds["jump"],
            no_jump_run=seconds["no_jump"],
            plugin=timing["plugin_seconds"],
            model=timing["model_seconds"],
        ),
        criterion=document.CriterionPart(
            column_gc_m2_yr=criterion.column,
            area_share=criterion.area_share,
            global_pgc_yr=criterion.global_pg,
            tlai_m2_m2_yr=criterion.tlai,
            land_area_km2=criterion.land_area_km2,
        ),
        identical_before_jump=results.same_state(
            cases["jump"].restart(JUMP_YEAR), cases["no_jump"].restart(JUMP_YEAR)
        ),
        jump=document.run_part(certify(drifts["jump"], area, criterion)),
        no_jump=document.run_part(certify(drifts["no_jump"], area, criterion)),
        settled=document.SettledPart(
            restless_cells=restless,
            settled_cells=settled,
            settled_area_share=share if restless else None,
        ),
        plugin_area_at_rest=plugin_share,
        cells_gated=jump["columns"] - jump["columns_jumped"],
        ledger={
            element: document.LedgerPart(
                before=item["before_g_m2"],
                after=item["after_g_m2"],
                change=item["change_g_m2"],
                units=f"g{element}/m2",
            )
            for element, item in jump["ledger"].items()
        },
        errors=reference.errors(january, (JUMP_YEAR, end), area),
        reference=reference.part(area, criterion),
        reference_absent=reference.absent,
        native=reference.native_part(area, criterion),
        cells=[
            document.CellPart(
                gid=int(world.gid[index]),
                lat=float(world.lat[index]),
                lon=float(world.lon[index]),
                area_km2=float(area[index]),
                drift_before=float(before[index]),
                drift_after=float(after[index]),
                jumped=bool(plugin.jumped[index]),
                trust=float(plugin.trust[index]),
            )
            for index in range(world.ncell)
        ],
        series_year=list(range(1, config.years + 1)),
        series=_series(histories, reference.state, area),
        profile=_profile(histories, reference.state, area, end),
        windows=_windows(config, histories["no_jump"], plugin, area, criterion.column),
    )


def run_demo(
    config: DemoConfig, progress: Progress = lambda run, year: None
) -> document.DemoReport:
    """Build the world, run both cases, collect and write ``report.json``.

    Parameters:
        config: What to run.
        progress: Called with the run's name (``jump``, ``no_jump``) and each finished year.
    """
    if not config.artifact.is_file():
        raise RunError(
            f"{config.artifact}: no such surrogate; name one with --artifact "
            "(`phase export` writes it)"
        )
    world = build_world(
        WorldConfig(
            grid=config.grid, seed=config.seed, subset=Subset.heldout, max_cells=config.cells
        )
    )
    folder = config.out / "world"
    write_world(world, folder)
    cases = _cases(config, folder)
    seconds = {}
    for run, case in cases.items():
        seconds[run] = case.run(config.ranks, lambda year, run=run: progress(run, year))
    report = _collect(config, world, cases, seconds)
    document.write_report(report, config.out / "report.json")
    return report
