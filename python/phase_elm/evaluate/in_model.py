"""Predicted pools put back into minielm: what the model does with them, without and with help.

Each prediction goes in through the plugin's own jump at the beginning of year 21 (an artifact that
knows the pools of every column), and the plugin measures the drift over the forcing cycles that
follow. Nothing else is done to the run.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from phase_elm.evaluate.cases import Columns, EvaluateError, Named
from phase_elm.programs import run_minielm
from phase_elm.schema import Schema
from phase_elm.truth.observer import write_observer
from phase_elm.truth.states import write_given_states
from phase_elm.world.config import CYCLE_YEARS
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, write_namelist

JUMP_YEAR = CYCLE_YEARS + 1
MORTALITY_FACTOR = 10.0
ACCELERATED_YEARS = 41  # ELM's own exit from accelerated mode needs so many
END_STATE = "end state itself"
NO_JUMP = "no jump"


def run_in_model(
    world: Path,
    test: Columns,
    states: dict[str, Named],
    schema: Schema,
    work: Path,
    cycles: int = 2,
    ranks: int = 1,
    progress: Callable[[str], None] = lambda text: None,
) -> dict[str, Any]:
    """Share of the vegetated area at rest after each cycle, by predictor.

    Parameters:
        world: World of the test columns.
        test: Columns; the truth goes in too, as the best that is possible.
        states: Pools of every predictor; columns that do not change are a run without a jump.
        schema: Names and extents.
        work: Folder for the runs.
        cycles: Cycles to run after the jump.
        ranks: MPI ranks.
    """
    _check_world(world, test)
    years = CYCLE_YEARS * (1 + cycles) + 1
    runs: dict[str, Any] = {}
    for name, state in {**states, END_STATE: test.truth}.items():
        if name == "no change":
            continue
        progress(f"{name}: in the model")
        folder = work / name.replace(" ", "_")
        path = _states_artifact(schema, state, test, folder)
        runs[name] = _run(world, folder, years, ranks, path, dry=False)
    progress(f"{NO_JUMP}: in the model")
    folder = work / "no_jump"
    observer = write_observer(schema, folder / "observer.pt", "cold")
    runs[NO_JUMP] = _run(world, folder, years, ranks, observer, dry=True)
    progress("accelerated protocol: in the model")
    name = f"{ACCELERATED_YEARS} accelerated years, then normal"
    runs[name] = _accelerated(world, work / "accelerated", schema, years, ranks)
    ends = [str(JUMP_YEAR + CYCLE_YEARS * k) for k in range(1, cycles + 1)]
    for run in runs.values():
        shares = run["share_of_area_at_rest"]
        run["share_of_area_at_rest"] = {end: shares.get(end, float("nan")) for end in ends}
    return {"jump_year": JUMP_YEAR, "years": years, "columns": len(test), "runs": runs}


def _check_world(world: Path, test: Columns) -> None:
    path = world / "surfdata.nc"
    if not path.is_file():
        raise EvaluateError(f"{world}: no world; name the folder of `phase world` with --in-model")
    with xr.open_dataset(path) as surface:
        lat, lon = surface["LATIXY"].values, surface["LONGXY"].values
    gap = np.abs(lat[:, None] - test.lat) + np.abs((lon[:, None] - test.lon + 180) % 360 - 180)
    lost = int((gap.min(1) > 1.0e-3).sum())
    if lost:
        raise EvaluateError(
            f"{world}: {lost} of its {len(lat)} cells are not among the test columns; expected the "
            "world that the test set was made on"
        )


def _states_artifact(schema: Schema, state: Named, test: Columns, folder: Path) -> Path:
    data = xr.Dataset(
        {name: (tuple(schema.by_name[name].dim_names()), values) for name, values in state.items()}
    )
    return write_given_states(schema, data, test.lat, test.lon, folder / "states.pt", "cold")


def _run(
    world: Path, folder: Path, years: int, ranks: int, artifact: Path, dry: bool,
    protocol_checked: bool = True, **elm: Any,
) -> dict[str, Any]:  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    entries = {"nyears_supl": CYCLE_YEARS, "stop_n": years, **elm}
    namelist = ElmNamelist.for_world(
        world, caseid="run", rundir=str(folder.resolve()), hist_nhtfrq="none", **entries
    )
    phase = PhaseNamelist(
        use_phase_spinup=True,
        phase_dry_run=dry,
        phase_model_file=str(artifact.resolve()),
        phase_observe_years=CYCLE_YEARS,
        phase_max_jumps=1,
        phase_device="cpu",
        phase_allow_protocol_mismatch=not protocol_checked,
        phase_report_file=str((folder / "report.json").resolve()),
    )
    run_minielm(write_namelist(folder / "lnd_in", namelist, phase), ranks)
    report = json.loads((folder / "report.json").read_text())
    return _summary(report)


def _summary(report: dict[str, Any]) -> dict[str, Any]:
    shares = {
        str(entry["year"]): entry["share_at_rest"]
        for entry in report["years"]
        if entry["share_at_rest"] is not None
    }
    jumps = report["jumps"]
    return {
        "share_of_area_at_rest": shares,
        "columns_jumped": jumps[0]["columns_jumped"] if jumps else 0,
    }


def _accelerated(
    world: Path, folder: Path, schema: Schema, years: int, ranks: int
) -> dict[str, Any]:
    """The same years spent on the usual protocol: accelerated decomposition, exit, normal years."""
    observer = write_observer(schema, folder / "observer.pt", "accelerated")
    _run(
        world, folder / "first", ACCELERATED_YEARS, ranks, observer, True,
        spinup_state=1, spinup_mortality_factor=MORTALITY_FACTOR,
    )  # fmt: skip
    restart = folder / "first" / f"run.elm.r.{ACCELERATED_YEARS + 1:04d}-01-01-00000.nc"
    observer = write_observer(schema, folder / "observer2.pt", "short_accelerated")
    found = _run(
        world, folder / "second", years - ACCELERATED_YEARS, ranks, observer, True,
        finidat=str(restart.resolve()), start_type="startup", nyears_supl=0,
        spinup_mortality_factor=MORTALITY_FACTOR,
    )  # fmt: skip
    own = found["share_of_area_at_rest"]
    found["share_of_area_at_rest"] = {
        str(int(year) + ACCELERATED_YEARS - 1): share for year, share in own.items()
    }
    # The last cycle of the same years in all ends one year early or late of the others'.
    last = max(found["share_of_area_at_rest"], key=int, default=None)
    if last is not None:
        share = found["share_of_area_at_rest"][last]
        found["share_of_area_at_rest"][str(years)] = share
    return found
