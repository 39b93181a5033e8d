"""Which columns are written; the others keep the model's own state, as in the plugin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

MAY_BE_NEGATIVE = ("cpool", "xsmrpool", "annsum_npp")


@dataclass(frozen=True)
class Gate:
    """Parameters:
    applied: Columns that are written.
    reason: Why a column keeps its state, empty where it is written.
    """

    applied: np.ndarray
    reason: list[str]


def gate(
    predicted: dict[str, np.ndarray],
    wtcol: np.ndarray,
    present: np.ndarray,
    threshold: float,
    max_pool: float,
) -> Gate:
    """Columns whose prediction is trusted, finite and within bounds.

    Args:
        predicted: pools and ``trust`` by name (column, feature).
        wtcol: weight of each patch (column, pft).
        present: the patch is there and active (column, pft).
        threshold: least trust.
        max_pool: largest believable value.
    """
    trust = predicted["trust"].reshape(-1)
    reason = [""] * len(trust)
    for i in np.flatnonzero(~(trust >= threshold)):
        reason[i] = f"trust {trust[i]:.3g} is below {threshold:.3g}"
    for name, values in predicted.items():
        if name == "trust":
            continue
        lower = -max_pool if name in MAY_BE_NEGATIVE else 0.0
        good = (values >= lower) & (values <= max_pool)
        if values.shape == wtcol.shape:
            good |= ~present
        for i in np.flatnonzero(~good.all(1)):
            if not reason[i]:
                k = int(np.flatnonzero(~good[i])[0])
                reason[i] = (
                    f"predicted {name} element {k + 1} is {values[i, k]:.6g}, expected "
                    f"{lower:g} to {max_pool:g}"
                )
    return Gate(np.array([not text for text in reason]), reason)
