"""Rates and inputs that ELM's history does not hold, from what it does hold.

Litter and woody debris input of a pool over the window follows from its budget,

    input = trend + loss + fire - inflow - mixing,

each term a mean of the window: the trend from the states at its two ends, loss and fire from the
fluxes, inflow from woody debris, mixing from the profile and the thaw depth of each month.
Everything here is in the pools the model holds (an accelerated pool has its accelerated trend).
"""

from __future__ import annotations

import numpy as np
import torch

from phase_elm.model import constants as c
from phase_elm.model.steady_state import VerticalMixing

LITTER = ("LITR1", "LITR2", "LITR3")
INPUT_POOLS = (*LITTER, "CWD")
# Receivers of woody debris.
_FROM_CWD = {"LITR2": "CWDC_TO_LITR2C_vr", "LITR3": "CWDC_TO_LITR3C_vr"}
# Patch mean by schema name: history name of a tape by patch, and how to share out the column's
# mean without one: the history name of the column mean and the restart variable that tells the
# patches apart; a state without a column mean is the middle of its two ends.
PATCH_MEANS: dict[str, tuple[str, str | None, str | None]] = {
    "PFT_GPP": ("GPP", "GPP", "annsum_potential_gpp"),
    "PFT_NPP": ("NPP", "NPP", "annsum_npp"),
    "PFT_TLAI": ("TLAI", "TLAI", "tlai"),
    "PFT_FIRE_CLOSS": ("PFT_FIRE_CLOSS", None, None),
    "LEAFC": ("LEAFC", "LEAFC", "leafc"),
    "FROOTC": ("FROOTC", "FROOTC", "frootc"),
    "LIVESTEMC": ("LIVESTEMC", "LIVESTEMC", "livestemc"),
    "DEADSTEMC": ("DEADSTEMC", "DEADSTEMC", "deadstemc"),
    "LIVECROOTC": ("LIVECROOTC", "LIVECROOTC", "livecrootc"),
    "DEADCROOTC": ("DEADCROOTC", "DEADCROOTC", "deadcrootc"),
}


def transfer(name: str, respiration: np.ndarray, respired: float) -> np.ndarray:
    """Carbon passed on, from the carbon respired by the same decomposition."""
    if not 0.0 < respired < 1.0:
        raise ValueError(f"{name}: respired share {respired} is not between 0 and 1")
    return respiration * (1.0 - respired) / respired


def litter_input(
    pool: str,
    trend: np.ndarray,
    means: dict[str, np.ndarray],
    mixing: np.ndarray,
) -> np.ndarray:
    """Plant input to a pool, gC/m3/s (column, level).

    Args:
        pool: LITR1, LITR2, LITR3 or CWD.
        trend: change over the window divided by its length, gC/m3/s.
        means: loss and fire fluxes of the window by schema name, gC/m3/s.
        mixing: what mixing takes away from a layer, gC/m3/s.
    """
    loss = sum(
        means[name] for name in means if name == f"{pool}_HR_vr" or name.startswith(f"{pool}C_TO_")
    )
    inflow = means[_FROM_CWD[pool]] if pool in _FROM_CWD else 0.0
    return trend + loss + means[f"M_{pool}C_TO_FIRE_vr"] - inflow + mixing


def mixing_loss(
    profiles: dict[str, np.ndarray], thaw: np.ndarray, days: np.ndarray
) -> dict[str, np.ndarray]:
    """Mean of what mixing takes away by pool, gC/m3/s (column, level).

    Args:
        profiles: mean profile of each month by pool, gC/m3 (month, column, level).
        thaw: deepest thaw that mixing follows, m (month, column).
        days: days of each month.
    """
    mixing = VerticalMixing()
    pools = [torch.from_numpy(values) for values in profiles.values()]
    out = torch.zeros(len(pools), *pools[0].shape[1:], dtype=torch.float64)
    now = torch.empty_like(out)
    for month, share in enumerate(days / days.sum()):
        deepest = torch.from_numpy(np.ascontiguousarray(thaw[month]))[:, None]
        for pool, values in enumerate(pools):
            now[pool] = values[month]
        out += mixing.loss(deepest, now).mul_(share)
    return dict(zip(profiles, (out / c.SECONDS_PER_YEAR).numpy(), strict=True))


def thaw_by_month(deepest: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Deepest thaw of this year so far and of the whole year before (month, column).

    Args:
        deepest: deepest thaw of the year so far (month, column).
        before: of the year before the window (column).
    """
    years = deepest.reshape(-1, 12, *deepest.shape[1:])
    last = np.concatenate([before[None], years.max(1)[:-1]])
    return np.maximum(years, last[:, None]).reshape(deepest.shape)


def share_out(column: np.ndarray, by_patch: np.ndarray, wtcol: np.ndarray) -> np.ndarray:
    """Patch values whose weighted mean is the column's, in proportion to ``by_patch``.

    Where nothing tells the patches apart every vegetated patch gets the column's value over the
    vegetated weight.
    """
    by_patch = np.clip(by_patch, 0.0, None) * (wtcol > 0.0)
    total = (by_patch * wtcol).sum(1, keepdims=True)
    vegetated = wtcol.copy()
    vegetated[:, 0] = 0.0
    cover = vegetated.sum(1, keepdims=True)
    even = np.where(cover > 0.0, (vegetated > 0.0) / np.where(cover > 0.0, cover, 1.0), 0.0)
    share = np.where(total > 0.0, by_patch / np.where(total > 0.0, total, 1.0), even)
    return column[:, None] * share
