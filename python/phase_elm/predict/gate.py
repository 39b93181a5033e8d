"""Which columns are written; the others keep the model's own state, as in the plugin.

The plugin's rules: ``phase_infer_mod.F90`` for inputs, ``phase_jump_mod.F90`` for predictions.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from phase_elm.export import Artifact

MAY_BE_NEGATIVE = ("cpool", "xsmrpool", "annsum_npp")
ROUND_OFF = -1.0e-6  # g/m2 or g/m3: a pool that a model's round-off made negative is still usable


@dataclass(frozen=True)
class Gate:
    """Which columns are written.

    Parameters:
        applied: Columns that are written.
        reason: Why a column keeps its state, empty where it is written.
        trust: Of each column; NaN where nothing was asked, because its inputs are not usable.
        pools: Predictions by name (column, feature); of columns that are not written any value.
    """

    applied: np.ndarray
    reason: list[str]
    trust: np.ndarray
    pools: dict[str, np.ndarray]


def ask(
    artifact: Artifact,
    inputs: dict[str, np.ndarray],
    pools: Collection[str],
    present: np.ndarray,
    threshold: float,
    max_pool: float,
) -> Gate:
    """Predictions of the columns whose inputs can be used, and which of them are believed.

    Args:
        artifact: what predicts.
        inputs: by name, (column, feature) in schema units.
        pools: states of the restart that may not be negative.
        present: the patch is there and active (column, pft).
        threshold: least trust.
        max_pool: largest believable value.
    """
    reason = [""] * len(present)
    for entry in artifact.schema["inputs"]:
        if entry["shape"][0] == -1:
            _close_bad_inputs(entry, inputs[entry["name"]], pools, reason)
    asked = np.array([not text for text in reason])
    out: dict[str, np.ndarray] = {}
    for entry in artifact.schema["outputs"]:
        out[entry["name"]] = np.full((len(asked), entry["shape"][-1]), np.nan)
    if asked.any():
        columns = {entry["name"] for entry in artifact.schema["inputs"] if entry["shape"][0] == -1}
        some = {n: v[asked] if n in columns else v for n, v in inputs.items()}
        for name, values in artifact.predict(some).items():
            out[name][asked] = values
    roles = {entry["name"]: entry["role"] for entry in artifact.schema["outputs"]}
    trust = out[next(name for name, role in roles.items() if role == "trust")][:, 0]
    for i in np.flatnonzero(asked & ~(trust >= threshold)):
        reason[i] = f"trust {trust[i]:.3g} is below {threshold:.3g}"
    for entry in artifact.schema["outputs"]:
        if entry["role"] not in ("trust", "diagnostic"):
            _close_bad_pools(entry, out[entry["name"]], present, max_pool, reason)
    kept = {n: v for n, v in out.items() if roles[n] not in ("trust", "diagnostic")}
    return Gate(np.array([not text for text in reason]), reason, trust, kept)


def _close_bad_inputs(
    entry: dict[str, Any], given: np.ndarray, pools: Collection[str], reason: list[str]
) -> None:
    """Columns that hold what no artifact can use."""
    name = entry["name"]
    values = given.reshape(len(reason), -1)
    least = ROUND_OFF if entry["sample"] == "instant" and name in pools else -np.inf
    bad = ~np.isfinite(values) | (values < least)
    for i in np.flatnonzero(bad.any(1)):
        k = int(np.flatnonzero(bad[i])[0])
        told = "negative" if np.isfinite(values[i, k]) else "not finite"
        reason[i] = reason[i] or f"{name} element {k + 1} is {told} ({values[i, k]:.6g})"


def _close_bad_pools(
    entry: dict[str, Any],
    values: np.ndarray,
    present: np.ndarray,
    max_pool: float,
    reason: list[str],
) -> None:
    """Columns with a prediction that is not finite or beyond its bounds."""
    name = entry["name"]
    lower = entry.get("lower", -np.inf if name in MAY_BE_NEGATIVE else 0.0)
    upper = entry.get("upper", max_pool)
    good = (values >= lower) & (values <= upper) & np.isfinite(values)
    if values.shape == present.shape:
        good |= ~present
    for i in np.flatnonzero(~good.all(1)):
        k = int(np.flatnonzero(~good[i])[0])
        reason[i] = reason[i] or (
            f"predicted {name} element {k + 1} is {values[i, k]:.6g}, expected {lower:g} to "
            f"{upper:g}"
        )
