"""The small file of native states that the demonstration compares with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from phase_elm.report.stocks import carbon_stocks, plant_pools

STOCKS = ("TOTECOSYSC", "TOTSOMC", "TOTVEGC", "TOTLITC", "CWDC")
_KEPT_LAYERED = (
    "litr1c_vr", "litr2c_vr", "litr3c_vr", "cwdc_vr", "soil1c_vr", "soil2c_vr", "soil3c_vr",
    "soil4c_vr", "soil4n_vr", "soil4p_vr", "smin_no3_vr", "smin_nh4_vr", "solutionp_vr",
    "labilep_vr", "secondp_vr",
)  # fmt: skip


def compact_truth(training_set: Path, out: Path) -> Path:
    """Keep stocks, soil profiles and plant carbon of a training set's native state.

    Parameters:
        training_set: A file of ``phase truth``.
        out: The small file.
    """
    with (
        xr.open_dataset(training_set) as head,
        xr.open_dataset(training_set, group="equilibrium") as state,
        xr.open_dataset(training_set, group="observed") as observed,
    ):
        small = xr.Dataset(attrs=dict(head.attrs))
        for name in ("gid", "lat", "lon", "area", "landfrac", "split"):
            small[name] = head[name]
        for name in STOCKS:
            small[f"drift_{name}"] = head[f"drift_{name}"].astype(np.float32)
        stocks = carbon_stocks(state.assign(wtcol=observed["wtcol"]))
        for name in STOCKS:
            small[name] = stocks[name].astype(np.float32)
        for name in [*_KEPT_LAYERED, *plant_pools("c"), "annsum_npp"]:
            small[name] = state[name].astype(np.float32)
        small["wtcol"] = observed["wtcol"].astype(np.float32)
        out.parent.mkdir(parents=True, exist_ok=True)
        encoding = {name: {"zlib": True, "complevel": 9} for name in small.data_vars}
        small.to_netcdf(out, encoding=encoding)
    return out


def read_compact(path: Path, gid: np.ndarray, attrs: dict[str, object]) -> xr.Dataset | None:
    """Native state of the cells ``gid`` in their order; ``None`` when it is of another world.

    Parameters:
        path: File of :func:`compact_truth`.
        gid: Cell numbers wanted.
        attrs: ``world_grid`` and ``world_seed`` of the world at hand.
    """
    if not path.is_file():
        return None
    with xr.open_dataset(path) as file:
        for name in ("world_grid", "world_seed"):
            if str(file.attrs.get(name)) != str(attrs.get(name)):
                return None
        position = {int(number): index for index, number in enumerate(file["gid"].values)}
        if not all(int(number) in position for number in gid):
            return None
        return file.isel(column=[position[int(number)] for number in gid]).load()
