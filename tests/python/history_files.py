"""History files with known numbers, cut and laid out in many ways."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from phase_elm.report.drift import SECONDS_PER_YEAR, VARIABLES

DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
UNITS = {"GPP": "gC/m^2/s", "TLAI": "m^2/m^2"}


def levels(years: int, ncell: int, value: float = 1.0) -> dict[str, np.ndarray]:
    """The same value in all years and cells, per month: dims (12 * years, cell)."""
    return {name: np.full((12 * years, ncell), value) for name in VARIABLES}


def dataset(
    values: dict[str, np.ndarray],
    area: np.ndarray,
    *,
    lengths: np.ndarray | None = None,
    grid: tuple[int, int] | None = None,
    first_day: float = 0.0,
) -> xr.Dataset:
    """A history of records one after the other; GPP is given in gC/m2/yr."""
    count, ncell = values["TOTECOSYSC"].shape
    lengths = np.resize(DAYS, count) if lengths is None else lengths
    ends = first_day + np.cumsum(lengths)
    dims: tuple[str, ...] = ("lndgrid",)
    shape: tuple[int, ...] = (ncell,)
    if grid is not None:
        dims, shape = ("lat", "lon"), grid
    if ncell == 1 and grid is None:
        dims, shape = (), ()
    file = xr.Dataset(
        {
            "time_bounds": (("time", "hist_interval"), np.column_stack([ends - lengths, ends])),
            "area": (dims, np.asarray(area, dtype=float).reshape(shape), {"units": "km^2"}),
            "landfrac": (dims, np.ones(shape)),
        },
        coords={"time": ("time", ends.astype(float))},
    )
    file["time"].attrs = {
        "units": "days since 0001-01-01 00:00:00",
        "calendar": "noleap",
        "bounds": "time_bounds",
    }
    for name, numbers in values.items():
        scaled = numbers / SECONDS_PER_YEAR if name == "GPP" else numbers
        attrs = {"units": UNITS.get(name, "gC/m^2")}
        file[name] = (("time", *dims), scaled.reshape(count, *shape), attrs)
    if grid is not None:
        file["lat"] = ("lat", np.linspace(-40.0, 40.0, shape[0]))
        file["lon"] = ("lon", np.linspace(0.0, 90.0, shape[1]))
    elif dims:
        file["lat"] = (dims, np.linspace(-40.0, 40.0, ncell))
        file["lon"] = (dims, np.linspace(0.0, 90.0, ncell))
    return file


def cut(file: xr.Dataset, folder: Path, sizes: list[int]) -> list[Path]:
    """Write a history as files of so many records each, the last one with the rest."""
    folder.mkdir(parents=True, exist_ok=True)
    paths, start = [], 0
    for size in [*sizes, file.sizes["time"]]:
        part = file.isel(time=slice(start, start + size))
        if part.sizes["time"]:
            path = folder / f"a.elm.h0.{start:05d}.nc"
            part.to_netcdf(path, encoding={n: {"_FillValue": None} for n in part.variables})
            paths.append(path)
        start += size
    return paths
