"""``phase predict``: the jump of the plugin on files, for those who cannot rebuild the model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from phase_elm.export import Artifact, load
from phase_elm.fuse.held import recorded_factors
from phase_elm.fuse.pool_space import SCALAR_YEAR, PoolSpace, read_pool_space
from phase_elm.fuse.restart import missing_names, restart_date
from phase_elm.fuse.subgrid import Subgrid, read_subgrid
from phase_elm.predict.config import PredictConfig, PredictError
from phase_elm.predict.fit import (
    Observed,
    host_problems,
    inputs_of,
    problems,
    read_observed,
)
from phase_elm.predict.gate import MAY_BE_NEGATIVE, Gate, ask
from phase_elm.predict.plant_rules import State, apply_plant_rules, plant_variables
from phase_elm.predict.soil_rules import (
    apply_soil_rules,
    read_ratios,
    read_sorption,
    soil_variables,
)
from phase_elm.predict.state import Kinds, read_held, write_held

COLUMN_NPP = "cannsum_npp"


@dataclass(frozen=True)
class Prediction:
    """What was done.

    Parameters:
        out: Restart written.
        gate: Columns written and why others were not.
        lat, lon: Of each column.
        checksum: SHA-256 of the artifact's file.
    """

    out: Path
    gate: Gate
    lat: np.ndarray
    lon: np.ndarray
    checksum: str


def predict(config: PredictConfig) -> Prediction:
    """Write the predicted pools into a copy of the restart."""
    artifact = load(config.artifact)
    observed = read_observed(config.observed)
    kinds = _kinds(config.restart)
    found = problems(artifact, observed, kinds.dims, config.method, config.allow_protocol_mismatch)
    if config.namelist is not None:
        found += host_problems(config.namelist, artifact.schema)
    if found:
        listed = "\n".join(f"  {k}. {text}" for k, text in enumerate(found, 1))
        raise PredictError(
            f"artifact {config.artifact} does not fit the run, {len(found)} problem(s):\n{listed}"
        )
    dims = artifact.schema["dims"]
    grid = read_subgrid(config.restart, dims["pft"])
    _check_same_run(config, observed, grid)
    threshold = config.trust_threshold
    decided = ask(
        artifact, inputs_of(artifact, observed, config.method),
        set(kinds.all) - set(MAY_BE_NEGATIVE), grid.patch >= 0,
        artifact.trust_threshold if threshold is None else threshold, config.max_pool,
    )  # fmt: skip
    old = read_held(config.restart, kinds, grid, dims["level"])
    new = {name: values.copy() for name, values in old.items()}
    space = read_pool_space(
        config.restart, grid, config.parameters, config.dead_wood_factor, dims["level"]
    )
    _check_same_factors(config, observed, space)
    year = restart_date(config.restart) // 10_000
    rows = decided.applied[:, None]
    for name, values in decided.pools.items():
        held = values / space.factor(name, year)
        new[name] = np.where(rows & _writable(name, kinds, grid), held, new[name])
    _rules(config, artifact, observed, grid, decided, old, new, kinds)
    checksum = hashlib.sha256(config.artifact.read_bytes()).hexdigest()
    note = (
        f"phase predict: pools of {int(decided.applied.sum())} of {len(grid)} soil columns from "
        f"artifact {config.artifact.name} (sha256 {checksum}), method {config.method}"
    )
    held_scalar = space.accelerated and year < SCALAR_YEAR and bool(decided.applied.any())
    write_held(config.restart, config.out, kinds, grid, new, decided.applied, note, held_scalar)
    return Prediction(config.out, decided, grid.lat, grid.lon, checksum)


def _check_same_run(config: PredictConfig, observed: Observed, grid: Subgrid) -> None:
    """The set was fused from this restart."""
    values = observed.values
    same = len(observed.column) == len(grid) and np.array_equal(observed.column, grid.column)
    same = same and np.allclose(values["lat"], grid.lat) and np.allclose(values["lon"], grid.lon)
    if not same or observed.attributes.get("restart_file") != config.restart.name:
        raise PredictError(
            f"{config.observed}: was fused from "
            f"'{observed.attributes.get('restart_file', 'another file')}', not from "
            f"{config.restart}; run `phase fuse` with this restart"
        )


def _check_same_factors(config: PredictConfig, observed: Observed, space: PoolSpace) -> None:
    """Predicted pools are divided by what the observed ones were multiplied with."""
    if not space.accelerated:
        return
    factors, dead_wood = recorded_factors(observed.attributes)
    wood = "spinup_mortality_factor (--dead-wood-factor)"
    pairs: dict[str, tuple[float | None, float]] = {wood: (dead_wood, space.dead_wood)}
    for pool, factor in space.factors.items():
        pairs[f"acceleration of {pool} (--parameters)"] = factors.get(pool), factor
    for name, (fused, here) in pairs.items():
        # sets of before tell six digits
        if fused is None or abs(fused - here) > 1.0e-5 * here:
            raise PredictError(
                f"{config.observed}: was fused with {name} {fused}, the prediction has {here}; "
                "both have to be the run's"
            )


def _kinds(restart: Path) -> Kinds:
    column = () if missing_names(restart, [COLUMN_NPP]) else (COLUMN_NPP,)
    return Kinds(tuple(plant_variables()), tuple(soil_variables()), column)


def _writable(name: str, kinds: Kinds, grid: Subgrid) -> np.ndarray:
    return grid.patch >= 0 if name in kinds.patch else np.ones((len(grid), 1), dtype=bool)


def _rules(
    config: PredictConfig,
    artifact: Artifact,
    observed: Observed,
    grid: Subgrid,
    decided: Gate,
    old: State,
    new: State,
    kinds: Kinds,
) -> None:
    """The host's own rules after a jump."""
    outputs = set(decided.pools)
    sorption = None
    if outputs & {"labilep_vr", "solutionp_vr"} and artifact.schema["nu_com"] == "RD":
        if config.soil_orders is None:
            raise PredictError(
                "the artifact predicts labile P, which solution P follows by the soil order's "
                "sorption: name the run's fsoilordercon with --soil-orders"
            )
        sorption = read_sorption(
            config.soil_orders, observed.values["SOIL_ORDER"], grid.lat, grid.lon
        )
    apply_soil_rules(new, decided.applied, read_ratios(config.parameters), sorption)
    there = (grid.patch >= 0) & decided.applied[:, None]
    vegetated = there.copy()
    vegetated[:, 0] = False
    apply_plant_rules(old, new, outputs, vegetated, observed.values)
    if kinds.column:
        total = (grid.wtcol * np.where(there, new["annsum_npp"], 0.0)).sum(1)
        new[COLUMN_NPP] = np.where(decided.applied, total, new[COLUMN_NPP])
