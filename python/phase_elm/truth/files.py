"""Files of long runs: restart pairs, netCDF with groups, and which cell a column is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from phase_elm.atomic import complete, write_text
from phase_elm.fuse.soil_orders import SoilOrders, order_variables
from phase_elm.world.digest import cell_digests

CASE = "truth"
PLACE = ("lat", "lon", "area", "landfrac")


def open_group(path: Path, group: str | None = None) -> xr.Dataset:
    """Open a netCDF file, or one group of a training set.

    Raises:
        OSError: The file is missing or is not netCDF; the error names it.
        ValueError: The group is missing.
    """
    try:
        return xr.open_dataset(path, group=group, engine="netcdf4")
    except OSError as error:
        if isinstance(error.strerror, KeyError):
            raise ValueError(
                f"{path}: expected a training set, found no group '{group}' in it; `phase truth` "
                "and `phase fuse` write training sets"
            ) from None
        raise


def claim_folder(folder: Path, settings: dict[str, Any], free: tuple[str, ...] = ()) -> None:
    """Make a run's folder, or refuse one that holds a run with other settings.

    An interrupted run goes on from what lies in its folder; of another run that would be a mixture.

    Parameters:
        folder: Folder of the run.
        settings: What its results depend on; kept there as ``settings.json``.
        free: Settings that a run may go on with changed.

    Raises:
        ValueError: With the settings that differ.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "settings.json"
    settings = json.loads(json.dumps(settings))
    if path.is_file():
        other = json.loads(path.read_text())
        names = sorted({*other, *settings} - set(free))
        differ = [name for name in names if other.get(name) != settings.get(name)]
        if differ:
            raise ValueError(
                f"{folder}: holds a run with other settings ({', '.join(differ)}); delete it, or "
                "name another --out"
            )
    write_text(path, json.dumps(settings, indent=1) + "\n")


def last_restart(folder: Path, latest_year: int, case: str = CASE) -> tuple[Path, int] | None:
    """Newest restart file up to a year that has its plugin state beside it, and its year."""
    found = []
    for path in folder.glob(f"{case}.elm.r.*.nc"):
        match = re.search(r"\.r\.(\d+)-01-01-00000\.nc$", path.name)
        partner = path.with_name(path.name.replace(".elm.r.", ".phase.r."))
        if match and int(match.group(1)) <= latest_year and partner.is_file():
            found.append((int(match.group(1)), path))
    if not found:
        return None
    year, path = max(found)
    return path, year


def write_atomic(tree: dict[str, xr.Dataset], path: Path) -> None:
    """Write groups of a netCDF file; it appears under its name only when complete."""
    mode = "w"
    with complete(path) as partial:
        for group, dataset in tree.items():
            variables = [name for name in dataset.data_vars if dataset[name].ndim]
            encoding = {name: {"zlib": True, "complevel": 3} for name in variables}
            dataset.to_netcdf(partial, mode=mode, group=group or None, encoding=encoding)
            mode = "a"


def write_set(
    head: xr.Dataset, observed: xr.Dataset, equilibrium: xr.Dataset, world: Path, path: Path
) -> Path:
    """Write a training set; the parameters of each column's soil order join what was observed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seen = _with_soil_orders(observed, world)
    write_atomic({"": head, "observed": seen, "equilibrium": equilibrium}, path)
    return path


def _with_soil_orders(observed: xr.Dataset, world: Path) -> xr.Dataset:
    orders = SoilOrders(world / "CNP_parameters.nc")
    place = observed["lat"].values, observed["lon"].values
    found = orders.of(observed["SOIL_ORDER"].values, *place)
    kept = {
        v.name: (
            v.dim_names(),
            found[v.name],
            {"units": v.units, "long_name": v.long_name, "origin": orders.origin[v.name]},
        )
        for v in order_variables()
    }
    return observed.assign(kept)


def cells_of(world: Path, place: xr.Dataset) -> xr.Dataset:
    """Match columns with the world's cells by position; adds gid, split, region."""
    with xr.open_dataset(world / "surfdata.nc") as surface:
        lon, lat = surface["LONGXY"].values, surface["LATIXY"].values
        gap = np.abs(place["lon"].values[:, None] % 360.0 - lon % 360.0) + np.abs(
            place["lat"].values[:, None] - lat
        )
        nearest = gap.argmin(axis=1)
        worst = gap[np.arange(len(nearest)), nearest].max()
        if worst > 1.0e-3 or len(set(nearest)) != len(nearest):
            raise ValueError(
                f"{world}: the model's columns do not match the cells of surfdata.nc "
                f"(largest distance {worst:.3g} degrees)"
            )
        cells = place.copy()
        for name in ("gid", "split", "region"):
            cells[name] = ("column", surface[name].values[nearest])
        cells["world_digest"] = ("column", cell_digests(world)[nearest])
        cells.attrs = {name: value for name, value in surface.attrs.items() if "world" in name}
    return cells
