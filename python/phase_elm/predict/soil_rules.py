"""Soil states that have to agree with each other after a jump.

The rules of the adapter (``fortran/elm/elm_phase_rules_mod.F90``) on arrays (column, level).
"""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.fuse.soil_orders import SoilOrders, order_variables
from phase_elm.predict.config import PredictError
from phase_elm.predict.plant_rules import State

MAX_SATURATION = 0.99
TINY_POOL = 1.0e-8
LITTER = ("litr1", "litr2", "litr3", "cwd")
SOIL = ("soil1", "soil2", "soil3", "soil4")
MINERALS = (
    "smin_no3_vr", "smin_nh4_vr", "solutionp_vr", "labilep_vr", "secondp_vr", "occlp_vr",
    "primp_vr",
)  # fmt: skip


def soil_variables() -> list[str]:
    """Restart variables the rules read or write; all are empty below the decomposing layers."""
    pools = [f"{pool}{e}_vr" for pool in (*LITTER, *SOIL) for e in "cnp"]
    return [*pools, *MINERALS, "sminn_vr"]


def read_ratios(parameters: Path) -> dict[str, tuple[float, float]]:
    """C:N and C:P that ELM gives new litter, debris and soil organic matter (CTC cascade)."""
    out = dict.fromkeys(LITTER, (90.0, 900.0))
    out["cwd"] = (500.0, 5000.0)
    with netCDF4.Dataset(parameters) as data:
        for k, pool in enumerate(SOIL, 1):
            names = (f"cn_s{k}", f"np_s{k}_new")
            missing = [name for name in names if name not in data.variables]
            if missing:
                raise PredictError(f"{parameters}: lacks {', '.join(missing)}")
            cn, np_ratio = (float(np.asarray(data[n][...]).reshape(-1)[0]) for n in names)
            out[pool] = (cn, cn * np_ratio)
    return out


def read_sorption(
    path: Path, order: np.ndarray, lat: np.ndarray, lon: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Sorption capacity and half saturation of each column, gP/m3, by soil order."""
    wanted = [v for v in order_variables() if v.name in ("smax", "ks_sorption")]
    found = SoilOrders(path, wanted).of(order, lat, lon)
    return found["smax"], found["ks_sorption"]


def apply_soil_rules(
    new: State,
    applied: np.ndarray,
    ratios: dict[str, tuple[float, float]],
    sorption: tuple[np.ndarray, np.ndarray] | None,
) -> None:
    """Change ``new`` in place in the written columns.

    Args:
        new: State with the predictions written, decomposing layers only (column, level).
        applied: Columns that were written.
        ratios: C:N and C:P by pool.
        sorption: Capacity and half saturation by column, where mineral P is predicted.
    """
    rows = applied[:, None]

    def put(name: str, where: np.ndarray, value: np.ndarray) -> None:
        new[name] = np.where(where & rows, value, new[name])

    everywhere = np.ones_like(new["sminn_vr"], dtype=bool)
    for pool, (cn, cp) in ratios.items():
        carbon = new[f"{pool}c_vr"]
        lacks = (carbon > TINY_POOL) & ~(new[f"{pool}n_vr"] > 0.0)
        put(f"{pool}n_vr", everywhere if pool in SOIL else lacks, carbon / cn)
        lacks = (carbon > TINY_POOL) & ~(new[f"{pool}p_vr"] > 0.0)
        put(f"{pool}p_vr", lacks, carbon / cp)
    for name in ("smin_no3_vr", "smin_nh4_vr"):
        put(name, everywhere, np.maximum(0.0, new[name]))
    put("sminn_vr", everywhere, new["smin_no3_vr"] + new["smin_nh4_vr"])
    if sorption is None:
        return
    capacity, half = sorption[0][:, None], sorption[1][:, None]
    sorbs = everywhere & (capacity > 0.0)
    put("labilep_vr", sorbs, np.minimum(new["labilep_vr"], MAX_SATURATION * capacity))
    free = np.where(sorbs, capacity - new["labilep_vr"], 1.0)
    put("solutionp_vr", sorbs, half * new["labilep_vr"] / free)
