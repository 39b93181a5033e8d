"""What a set records of the pool space of its files, and the way back to the pools they held."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.pool_space import SCALAR, SCALAR_YEAR, PoolSpace
from phase_elm.schema import load_schema

# The restarts of a set, as its attributes name them, and where the set keeps their scalar.
RESTART, START, EQUILIBRIUM = "restart", "start_restart", "equilibrium"
SCALARS = {
    RESTART: ("observed", SCALAR),
    START: ("observed", f"{SCALAR}_start"),
    EQUILIBRIUM: ("equilibrium", SCALAR),
}


def space_attributes(spaces: Mapping[str, tuple[PoolSpace, int]]) -> dict[str, Any]:
    """Global attributes that tell how the pools of each restart became normal ones.

    Parameters:
        spaces: Pool space and model year of each restart that there is.
    """
    out: dict[str, Any] = {"pool_space": "normal", "pool_space_of_files": spaces[RESTART][0].name}
    for moment, (space, year) in spaces.items():
        out[f"{moment}_pool_space"] = space.name
        out[f"{moment}_year"] = np.int32(year)
        if space.accelerated:
            out["spinup_factors"] = ", ".join(f"{k} {v!r}" for k, v in space.factors.items())
            out["spinup_mortality_factor"] = space.dead_wood
    return out


def recorded_factors(attributes: Mapping[str, Any]) -> tuple[dict[str, float], float]:
    """Acceleration of each slow pool, and of dead wood; none where no restart was accelerated."""
    pairs = [text.split() for text in str(attributes.get("spinup_factors", "")).split(",") if text]
    factors = {name: float(value) for name, value in pairs}
    return factors, float(attributes.get("spinup_mortality_factor", 1.0))


def held_pools(path: Path, group: str = "observed") -> dict[str, np.ndarray]:
    """The states of a set as the restarts held them, accelerated where they were.

    Parameters:
        path: Set that ``phase fuse`` made.
        group: ``observed`` or ``equilibrium``.

    Returns:
        States by name, with those of a start restart under ``..._start``. To normal space and
        back they change by no more than one unit in the last place.
    """
    schema = load_schema()
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        if group not in data.groups:
            raise FuseError(f"{path}: no group {group}, found {', '.join(data.groups) or 'none'}")
        facts = {name: data.getncattr(name) for name in data.ncattrs()}
        if group == EQUILIBRIUM:
            names = {EQUILIBRIUM: [v.name for v in schema.outputs if v.role != "trust"]}
        else:
            names = {RESTART: [v.name for v in schema.inputs if v.sample == "instant"]}
            if facts.get("start_restart_file"):
                names[START] = [v.name for v in schema.inputs if v.sample == "start"]
        out = {}
        for moment, listed in names.items():
            space, year = _recorded_space(data, facts, moment, path)
            for name in listed:
                factor = space.factor(name.removesuffix("_start"), year)
                out[name] = data[group][name][...] / factor
        return out


def _recorded_space(
    data: netCDF4.Dataset, facts: dict[str, Any], moment: str, path: Path
) -> tuple[PoolSpace, int]:
    """Pool space and model year of one restart of a set."""
    kind, year = facts.get(f"{moment}_pool_space"), facts.get(f"{moment}_year")
    if kind is None and moment == RESTART and "pool_space_of_files" in facts:
        # a set of before the others were recorded
        kind = facts["pool_space_of_files"]
        year = facts["first_observed_year"] + facts["observe_years"]
    if kind is None or year is None:
        raise FuseError(
            f"{path}: does not tell the pool space of its {moment} (attribute "
            f"{moment}_pool_space); make the set again with `phase fuse`"
        )
    if kind != "accelerated":
        return PoolSpace(False, {}, 1.0, None), int(year)
    factors, dead_wood = recorded_factors(facts)
    group, name = SCALARS[moment]
    scalar = data[group][name][...] if name in data[group].variables else None
    if year >= SCALAR_YEAR and scalar is None:
        raise FuseError(
            f"{path}: lacks {name} in group {group}, and its {moment} is an accelerated one of "
            f"year {year}; ELM divides the acceleration by it from year {SCALAR_YEAR} on. Make "
            "the set again with `phase fuse`"
        )
    return PoolSpace(True, factors, dead_wood, scalar), int(year)
