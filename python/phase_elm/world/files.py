"""Write a world as the netCDF files that minielm reads."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.atomic import complete
from phase_elm.world import parameters
from phase_elm.world.config import CYCLE_YEARS
from phase_elm.world.generator import World
from phase_elm.world.geography import EARTH_RADIUS_KM

FILE_NAMES = ("domain.nc", "surfdata.nc", "clm_params.nc", "CNP_parameters.nc", "forcing.nc")

_FORCING = {
    "TBOT": ("K", "air temperature"),
    "PRECTmms": ("mm/s", "precipitation"),
    "FSDS": ("W/m2", "downward shortwave radiation"),
    "FLDS": ("W/m2", "downward longwave radiation"),
    "QBOT": ("kg/kg", "specific humidity"),
    "PSRF": ("Pa", "surface pressure"),
    "WIND": ("m/s", "wind speed"),
}


@contextmanager
def new_netcdf(path: Path):
    """A new netCDF-4 file that appears under its name only when it is complete."""
    with complete(path) as partial, netCDF4.Dataset(partial, "w", format="NETCDF4") as dataset:
        yield dataset


def _put(
    dataset: netCDF4.Dataset,
    name: str,
    dims: tuple[str, ...],
    values: np.ndarray,
    units: str,
    long_name: str,
) -> None:
    values = np.asarray(values)
    variable = dataset.createVariable(name, values.dtype, dims)
    variable.units = units
    variable.long_name = long_name
    variable[...] = values


def _identify(dataset: netCDF4.Dataset, world: World, title: str) -> None:
    dataset.title = title
    dataset.source = "phase world: generated, not observed"
    dataset.world_grid = world.config.label
    dataset.world_seed = np.int32(world.config.seed)
    dataset.world_subset = str(world.config.subset)
    dataset.world_variety = np.float64(world.config.variety)


def _write_domain(world: World, path: Path) -> None:
    with new_netcdf(path) as nc:
        _identify(nc, world, "land domain")
        nc.createDimension("nj", 1)
        nc.createDimension("ni", world.ncell)
        dims = ("nj", "ni")
        _put(nc, "xc", dims, world.lon[None], "degrees_east", "longitude of cell centre")
        _put(nc, "yc", dims, world.lat[None], "degrees_north", "latitude of cell centre")
        area = world.area / EARTH_RADIUS_KM**2
        _put(nc, "area", dims, area[None], "radian2", "area of cell")
        _put(nc, "mask", dims, np.ones((1, world.ncell), np.int32), "1", "1 for land")
        fraction = world.geography.land_fraction[None]
        _put(nc, "frac", dims, fraction, "1", "land share of cell")


def _write_surface(world: World, path: Path) -> None:
    soil, cells = world.soil, ("gridcell",)
    with new_netcdf(path) as nc:
        _identify(nc, world, "surface data")
        nc.createDimension("gridcell", world.ncell)
        nc.createDimension("natpft", world.pft.shape[0])
        nc.createDimension("nlevsoi", soil.sand.shape[0])
        one = np.ones(world.ncell)
        for name, values, units, long_name in [
            ("LONGXY", world.lon, "degrees_east", "longitude"),
            ("LATIXY", world.lat, "degrees_north", "latitude"),
            ("LANDFRAC_PFT", world.geography.land_fraction, "1", "land share of cell"),
            ("AREA", world.area, "km2", "area of cell"),
            ("TOPO", world.geography.elevation, "m", "elevation"),
            ("SOIL_COLOR", soil.colour.astype(np.int32), "1", "soil colour class"),
            ("SOIL_ORDER", soil.order.astype(np.int32), "1", "soil order, 1 to 12"),
            ("LABILE_P", soil.labile, "gP/m2", "labile P in the top 0.5 m"),
            ("SECONDARY_P", soil.secondary, "gP/m2", "secondary mineral P in the top 0.5 m"),
            ("OCCLUDED_P", soil.occluded, "gP/m2", "occluded P in the top 0.5 m"),
            ("APATITE_P", soil.apatite, "gP/m2", "apatite P in the top 0.5 m"),
            ("PCT_NATVEG", 100.0 * one, "percent", "natural vegetation landunit"),
            ("NDEP", soil.nitrogen_deposition, "gN/m2/yr", "nitrogen deposition"),
            ("PDEP", soil.phosphorus_deposition, "gP/m2/yr", "phosphorus deposition"),
            ("split", world.split.astype(np.int32), "1", "0 training, 1 held out"),
            ("region", world.region.astype(np.int32), "1", "block of the training split"),
            ("gid", world.gid.astype(np.int32), "1", "number of the cell on the whole grid"),
        ]:
            _put(nc, name, cells, values, units, long_name)
        by_pft = ("natpft", "gridcell")
        _put(nc, "PCT_NAT_PFT", by_pft, 100.0 * world.pft, "percent", "PFT share")
        _put(nc, "FIRE_FRAC", by_pft, world.fire, "1/yr", "prescribed burned share of the PFT")
        by_level = ("nlevsoi", "gridcell")
        _put(nc, "PCT_SAND", by_level, soil.sand, "percent", "sand")
        _put(nc, "PCT_CLAY", by_level, soil.clay, "percent", "clay")


def _names(dataset: netCDF4.Dataset, name: str, dim: str, values: tuple[str, ...]) -> None:
    dataset.createDimension("string_length", 40)
    variable = dataset.createVariable(name, "S1", (dim, "string_length"))
    padded = np.array([value.ljust(40) for value in values], dtype="S40")
    variable[...] = padded.view("S1").reshape(len(values), 40)


def _write_parameters(world: World, path: Path) -> None:
    with new_netcdf(path) as nc:
        nc.title = "plant functional type and decomposition parameters"
        nc.createDimension("pft", len(parameters.PFT_NAMES))
        nc.createDimension("allpfts", 1)
        _names(nc, "pftname", "pft", parameters.PFT_NAMES)
        for dim, table in [
            ("pft", parameters.PFT_PARAMETERS),
            ("allpfts", parameters.GLOBAL_PARAMETERS),
        ]:
            for name, item in table.items():
                _put(nc, name, (dim,), parameters.as_array(item), item.units, item.long_name)


def _write_orders(world: World, path: Path) -> None:
    with new_netcdf(path) as nc:
        nc.title = "phosphorus parameters by soil order"
        nc.createDimension("soilorder", len(parameters.SOIL_ORDER_NAMES))
        _names(nc, "soilordername", "soilorder", parameters.SOIL_ORDER_NAMES)
        for name, item in parameters.ORDER_PARAMETERS.items():
            _put(nc, name, ("soilorder",), parameters.as_array(item), item.units, item.long_name)


def _write_forcing(world: World, path: Path) -> None:
    with new_netcdf(path) as nc:
        _identify(nc, world, "daily weather, one cycle")
        nc.calendar = "noleap"
        nc.cycle_years = np.int32(CYCLE_YEARS)
        days = world.weather.TBOT.shape[0]
        nc.createDimension("time", days)
        nc.createDimension("gridcell", world.ncell)
        time = np.arange(days) + 0.5
        _put(nc, "time", ("time",), time, "days since 0001-01-01 00:00:00", "middle of the day")
        nc["time"].calendar = "noleap"
        _put(nc, "LONGXY", ("gridcell",), world.lon, "degrees_east", "longitude")
        _put(nc, "LATIXY", ("gridcell",), world.lat, "degrees_north", "latitude")
        for name, (units, long_name) in _FORCING.items():
            values = getattr(world.weather, name)
            _put(nc, name, ("time", "gridcell"), values, units, long_name)


_WRITERS: dict[str, Callable[[World, Path], None]] = {
    "domain.nc": _write_domain,
    "surfdata.nc": _write_surface,
    "clm_params.nc": _write_parameters,
    "CNP_parameters.nc": _write_orders,
    "forcing.nc": _write_forcing,
}


def write_world(world: World, folder: Path) -> list[Path]:
    """Write the five files of a world into ``folder``; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in FILE_NAMES:
        path = folder / name
        _WRITERS[name](world, path)
        paths.append(path)
    return paths
