"""Column stocks from the pools of a model state, and a reader of restart files.

A *state* is a dataset with ELM's restart names on dims ``column``, ``level`` (the ten
biogeochemical layers) and ``pft`` (slot = ELM's type number), and ``wtcol(column, pft)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import xarray as xr

NLEVDECOMP = 10
NPFT = 17
ORGANS = ("leaf", "froot", "livestem", "deadstem", "livecroot", "deadcroot")
FORMS = ("", "_storage", "_xfer")
LITTER = ("litr1", "litr2", "litr3")
SOIL = ("soil1", "soil2", "soil3", "soil4")
_OTHER_PATCH_POOLS = {
    "c": ("gresp_storage", "gresp_xfer", "cpool", "xsmrpool"),
    "n": ("npool", "retransn"),
    "p": ("ppool", "retransp"),
}


def layer_nodes_m(count: int) -> np.ndarray:
    """Depth of ELM's soil layer nodes in m."""
    return 0.025 * (np.exp(0.5 * (np.arange(1, count + 1) - 0.5)) - 1.0)


def layer_thickness_m() -> np.ndarray:
    """Thickness of the ten biogeochemical layers in m."""
    node = layer_nodes_m(NLEVDECOMP + 1)
    middle = 0.5 * (node[:-1] + node[1:])
    return np.diff(np.concatenate([[0.0], middle]))


def plant_pools(element: str) -> list[str]:
    """Restart names of the patch pools of ``c``, ``n`` or ``p``."""
    organs = [f"{organ}{element}{form}" for organ in ORGANS for form in FORMS]
    return [*organs, *_OTHER_PATCH_POOLS[element]]


def carbon_names() -> list[str]:
    """Restart names of all carbon pools."""
    return [*plant_pools("c"), *(f"{pool}c_vr" for pool in (*LITTER, "cwd", *SOIL))]


def carbon_totals(pools: Mapping[str, np.ndarray], wtcol: np.ndarray) -> dict[str, np.ndarray]:
    """Column carbon stocks in gC/m2 from plain arrays.

    Parameters:
        pools: Pools by restart name: (column, pft) in gC/m2, (column, level) in gC/m3.
        wtcol: Weight of each patch on its column, (column, pft).

    Returns:
        TOTVEGC, TOTLITC, CWDC, TOTSOMC and their sum TOTECOSYSC, each (column,).
    """
    thickness = layer_thickness_m()

    def layered(names: tuple[str, ...]) -> np.ndarray:
        # Not a matrix product: its rounding depends on how many columns a rank holds.
        return (sum(pools[f"{name}c_vr"] for name in names) * thickness).sum(axis=1)

    plants = sum(pools[name] for name in plant_pools("c"))
    totals = {
        "TOTVEGC": (plants * wtcol).sum(axis=1),
        "TOTLITC": layered(LITTER),
        "CWDC": layered(("cwd",)),
        "TOTSOMC": layered(SOIL),
    }
    return {**totals, "TOTECOSYSC": sum(totals.values())}


def carbon_stocks(state: xr.Dataset) -> xr.Dataset:
    """Column carbon stocks of a state, gC/m2 on ``column``; see :func:`carbon_totals`."""
    pools = {name: state[name].values for name in carbon_names()}
    totals = carbon_totals(pools, state["wtcol"].values)
    return xr.Dataset(
        {name: ("column", values, {"units": "gC/m2"}) for name, values in totals.items()}
    )


def _by_pft(values: np.ndarray, column: np.ndarray, pft: np.ndarray, ncol: int) -> np.ndarray:
    out = np.zeros((ncol, NPFT))
    out[column, pft] = values
    return out


def read_restart(path: Path, names: Iterable[str] | None = None) -> xr.Dataset:
    """Read pools of a restart file of minielm or ELM into a state.

    Vegetated columns of natural soil are kept, one per gridcell; patches go to the slot of their
    type. Missing values become zero.

    Parameters:
        path: A ``*.elm.r.*.nc`` file.
        names: Restart names wanted; default is what :func:`carbon_stocks` needs.
    """
    wanted = list(names) if names is not None else carbon_names()
    with xr.open_dataset(path, decode_times=False) as file:
        missing = [name for name in wanted if name not in file]
        if missing:
            raise KeyError(
                f"{path}: the restart lacks {', '.join(missing[:5])}"
                f"{' and more' if len(missing) > 5 else ''}; expected the pools of a CNP run"
            )
        # Land unit 1 is natural vegetation in ELM.
        keep = np.flatnonzero(file["cols1d_ityplun"].values == 1)
        position = np.full(file.sizes["column"], -1)
        position[keep] = np.arange(len(keep))
        column = position[file["pfts1d_column_index"].values - 1]
        kind = file["pfts1d_itypveg"].values
        patch = (column >= 0) & (kind >= 0) & (kind < NPFT)

        def field(name: str) -> tuple[tuple[str, ...], np.ndarray]:
            values = np.nan_to_num(np.where(np.abs(file[name].values) > 1.0e30, 0.0, file[name]))
            if file[name].dims[0] == "pft":
                return ("column", "pft"), _by_pft(
                    values[patch], column[patch], kind[patch], len(keep)
                )
            if file[name].ndim == 2:
                return ("column", "level"), values[keep, :NLEVDECOMP]
            return ("column",), values[keep]

        state = xr.Dataset({name: field(name) for name in wanted})
        state["wtcol"] = field("pfts1d_wtcol")
        cell = file["cols1d_gridcell_index"].values[keep] - 1
        state["lat"] = ("column", file["grid1d_lat"].values[cell])
        state["lon"] = ("column", file["grid1d_lon"].values[cell])
    return state
