"""Plant states that have to agree with each other after a jump.

The rules of the adapter (``fortran/elm/elm_phase_plant_rules_mod.F90``) on arrays (column, pft).
What the artifact predicts is taken as it is; other pools and memories of a patch follow it.
"""

from __future__ import annotations

import numpy as np

ORGANS = ("leaf", "froot", "livestem", "deadstem", "livecroot", "deadcroot")
LIVING = ("leaf", "froot", "livestem", "livecroot")
PARTS = ("", "_storage", "_xfer")
ELEMENTS = ("c", "n", "p")
LABILE = {
    "gresp_storage": "c", "gresp_xfer": "c", "cpool": "c", "xsmrpool": "c", "npool": "n",
    "retransn": "n", "ppool": "p", "retransp": "p",
}  # fmt: skip
MEMORIES = (
    "annmax_retransn", "annmax_retransp", "annsum_potential_gpp", "prev_leafc_to_litter",
    "prev_frootc_to_litter", "offset_flag", "dormant_flag", "tlai",
)  # fmt: skip
TINY_POOL = 1.0e-8
MAX_RATIO = 100.0
MAX_EXPONENT = 20.0
EXTINCTION = 0.5
State = dict[str, np.ndarray]


def plant_variables() -> list[str]:
    """Restart variables the rules read or write."""
    organs = [f"{o}{e}{part}" for e in ELEMENTS for o in ORGANS for part in PARTS]
    return [*organs, *LABILE, "annsum_npp", *MEMORIES]


def apply_plant_rules(
    old: State, new: State, predicted: set[str], there: np.ndarray, parameters: State
) -> None:
    """Change ``new`` in place where ``there`` holds.

    Args:
        old: State before the jump, by restart name (column, pft).
        new: State with the predictions written.
        predicted: Names that the artifact predicts.
        there: Vegetated active patches of written columns.
        parameters: PFT parameters by name (pft).
    """
    growth = {e: _ratio_of_living(old, new, predicted, e) for e in ELEMENTS}
    for e in ("n", "p"):
        living = [f"{o}{e}{part}" for o in LIVING for part in PARTS]
        if not predicted & set(living):
            growth[e] = growth["c"]
    _follow_carbon(old, new, predicted, there, growth["c"])
    _follow_plant(old, new, predicted, there, growth)
    _dormant_leaves(old, new, there, parameters)
    _stoichiometry(new, there, parameters)
    _annual_memory(old, new, predicted, there, growth, parameters)
    _leaf_fall(old, new, there, parameters)


def _bounded(new: np.ndarray, old: np.ndarray, otherwise: np.ndarray | float) -> np.ndarray:
    """new/old within bounds, ``otherwise`` where there was nothing."""
    known = old > TINY_POOL
    ratio = np.clip(new / np.where(known, old, 1.0), 0.0, MAX_RATIO)
    return np.where(known, ratio, otherwise)


def _put(new: State, name: str, there: np.ndarray, value: np.ndarray) -> None:
    new[name] = np.where(there, value, new[name])


def _ratio_of_living(old: State, new: State, predicted: set[str], element: str) -> np.ndarray:
    """By how much the predicted living tissue has grown."""
    names = [f"{o}{element}{part}" for o in LIVING for part in PARTS]
    names = [name for name in names if name in predicted]
    if not names:
        return np.ones_like(old["leafc"])
    return _bounded(sum(new[n] for n in names), sum(old[n] for n in names), 1.0)


def _follow_carbon(
    old: State, new: State, predicted: set[str], there: np.ndarray, growth: np.ndarray
) -> None:
    """Stored pools that are not predicted grow with the plant, N and P keep the ratio to carbon."""
    for organ in ORGANS:
        for part in PARTS:
            carbon = f"{organ}c{part}"
            if carbon in predicted:
                ratio = _bounded(new[carbon], old[carbon], 1.0)
            elif part == "":
                continue
            else:
                ratio = growth
                _put(new, carbon, there, old[carbon] * ratio)
            for element in ("n", "p"):
                name = f"{organ}{element}{part}"
                if name not in predicted:
                    _put(new, name, there, old[name] * ratio)


def _follow_plant(
    old: State, new: State, predicted: set[str], there: np.ndarray, growth: State
) -> None:
    """Growth respiration reserves follow the stored tissue, the rest the plant in its element."""
    for name, element in LABILE.items():
        if name in predicted:
            continue
        ratio = growth[element]
        if name.startswith("gresp"):
            stored = [f"{organ}c{name.removeprefix('gresp')}" for organ in ORGANS]
            ratio = _bounded(sum(new[n] for n in stored), sum(old[n] for n in stored), growth["c"])
        _put(new, name, there, old[name] * ratio)


def _dormant_leaves(old: State, new: State, there: np.ndarray, parameters: State) -> None:
    """A dormant plant that showed no leaves shows none after the jump; they are in store."""
    deciduous = (parameters["season_decid"] > 0.0) | (parameters["stress_decid"] > 0.0)
    dormant = there & (np.rint(old["dormant_flag"]) == 1) & deciduous[None, :]
    for organ in ("leaf", "froot"):
        hidden = dormant & (old[f"{organ}c"] <= TINY_POOL) & (new[f"{organ}c"] > TINY_POOL)
        for element in ELEMENTS:
            shown = new[f"{organ}{element}"]
            store = f"{organ}{element}_storage"
            new[store] = np.where(hidden, new[store] + shown, new[store])
            new[f"{organ}{element}"] = np.where(hidden, 0.0, shown)


def _stoichiometry(new: State, there: np.ndarray, parameters: State) -> None:
    """Carbon without nitrogen or phosphorus gets the plant type's ratio."""
    kinds = {"leaf": "leaf", "froot": "froot", "livestem": "livewd", "livecroot": "livewd"}
    for organ in ORGANS:
        for element in ("n", "p"):
            ratio = parameters[f"{kinds.get(organ, 'deadwd')}c{element}"][None, :]
            for part in PARTS:
                carbon, name = new[f"{organ}c{part}"], f"{organ}{element}{part}"
                lacks = there & (ratio > 0.0) & (carbon > TINY_POOL) & ~(new[name] > 0.0)
                _put(new, name, lacks, carbon / np.where(ratio > 0.0, ratio, 1.0))


def _annual_memory(
    old: State,
    new: State,
    predicted: set[str],
    there: np.ndarray,
    growth: State,
    parameters: State,
) -> None:
    """Last year's sums become those of the new plant."""
    if "annsum_npp" not in predicted:
        _put(new, "annsum_npp", there, old["annsum_npp"] * growth["c"])
    for element in ("n", "p"):
        pool, memory = f"retrans{element}", f"annmax_retrans{element}"
        ratio = _bounded(new[pool], old[pool], growth[element])
        _put(new, memory, there, old[memory] * ratio)
    before, after = (sum(state[f"leafc{part}"] for part in PARTS) for state in (old, new))
    light = _bounded(_intercepted(after, parameters), _intercepted(before, parameters), 1.0)
    _put(new, "annsum_potential_gpp", there, old["annsum_potential_gpp"] * light)


def _leaf_fall(old: State, new: State, there: np.ndarray, parameters: State) -> None:
    """Leaf fall of the step before and the remembered leaf area belong to the old plant."""
    falling = there & (np.rint(old["offset_flag"]) == 1)
    for organ, memory in (("leafc", "prev_leafc_to_litter"), ("frootc", "prev_frootc_to_litter")):
        had = falling & (old[organ] > 0.0)
        ratio = new[organ] / np.where(old[organ] > 0.0, old[organ], 1.0)
        _put(new, memory, had, old[memory] * ratio)
    changed = there & (new["leafc"] != old["leafc"])
    _put(new, "tlai", changed, leaf_area(new["leafc"], parameters))


def leaf_area(leafc: np.ndarray, parameters: State) -> np.ndarray:
    """Leaf area of leaf carbon as ELM's vegetation structure has it (m2/m2)."""
    top, slope = parameters["slatop"][None, :], parameters["dsladlai"][None, :]
    safe = np.where(slope > 0.0, slope, 1.0)
    curved = top * (np.exp(np.minimum(leafc * slope, MAX_EXPONENT)) - 1.0) / safe
    return np.maximum(0.0, np.where(slope > 0.0, curved, top * leafc))


def _intercepted(leafc: np.ndarray, parameters: State) -> np.ndarray:
    return 1.0 - np.exp(-EXTINCTION * leaf_area(leafc, parameters))
