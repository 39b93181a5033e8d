"""ELM's inputs and state as minielm reads them."""

from __future__ import annotations

import shutil
from pathlib import Path

import netCDF4
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

SECONDS_A_YEAR = 365.0 * 86400.0
LITTER_BURNED = 0.5  # share of litter that burns where ELM's fire passes
CWD_BURNED = 0.25  # of coarse woody debris

# Where ELM's restart has another name, or none: sums of signed terms.
_RENAMED: dict[str, tuple[tuple[str, float], ...]] = {
    "T10": (("T10_VALUE", 1.0),),
    "prec10": (("PREC10_VALUE", 1.0),),
    "smin_nh4_vr": (("sminn_vr", 1.0), ("smin_no3_vr", -1.0)),
}


def history_files(folder: Path) -> list[Path]:
    """ELM's history files of a folder in order of time."""
    files = sorted(folder.glob("*.elm.h0.*.nc"))
    if not files:
        raise FileNotFoundError(f"no history files (*.elm.h0.*.nc) in '{folder}'")
    return files


def mean_of(files: list[Path], name: str, years: range | None = None) -> Array:
    """Mean over the records of all files, of the given years alone where these are named.

    A record bears the date of the end of its interval.
    """
    total: Array | float = 0.0
    count = 0
    for path in files:
        with netCDF4.Dataset(path) as data:
            values = np.asarray(data[name][:], dtype=float)
            dates = np.asarray(data["mcdate"][:], dtype=int)
        if years is not None:
            of_year = dates // 10000 - (dates % 10000 == 101)
            values = values[np.isin(of_year, np.asarray(years))]
        total = total + values.sum(axis=0)
        count += values.shape[0]
    if count == 0:
        raise ValueError(f"no record of the years {years} of {name} in '{files[0].parent}'")
    return np.asarray(total / count)


def burned_fraction(files: list[Path], thickness: Array) -> Array:
    """Burned fraction of the columns a year, from what ELM's fire took of litter and debris."""
    lost: Array | float = 0.0
    stock: Array | float = 0.0
    layers = len(thickness)
    for pool, share in (
        ("LITR2C", LITTER_BURNED),
        ("LITR3C", LITTER_BURNED),
        ("CWDC", CWD_BURNED),
    ):
        fire = mean_of(files, f"M_{pool}_TO_FIRE_vr")[:layers]
        held = mean_of(files, f"{pool}_vr")[:layers]
        lost = lost + (fire * thickness[:, None]).sum(axis=0)
        stock = stock + share * (held * thickness[:, None]).sum(axis=0)
    return np.asarray(lost / np.maximum(stock, 1.0e-12) * SECONDS_A_YEAR)


def layer_thickness(layers: int = 10) -> Array:
    """Thickness of ELM's soil layers (m)."""
    node = 0.025 * (np.exp(0.5 * (np.arange(1, layers + 2) - 0.5)) - 1.0)
    interface = np.concatenate([[0.0], 0.5 * (node[:-1] + node[1:])])
    return np.asarray(np.diff(interface))


def write_surface_data(reference: Path, path: Path) -> Path:
    """ELM's surface data with the deposition and the burned fraction that ELM itself had."""
    shutil.copyfile(reference / "inputs" / "surfdata.nc", path)
    path.chmod(0o644)
    observed = history_files(reference / "observed")
    burned = burned_fraction(observed, layer_thickness())
    ndep = mean_of(observed, "NDEP_TO_SMINN") * SECONDS_A_YEAR
    with netCDF4.Dataset(path, "a") as data:
        variable = data.createVariable("NDEP", "f8", ("gridcell",))
        variable.long_name = "nitrogen deposition of the ELM run (gN/m2/yr)"
        variable[:] = ndep
        variable = data.createVariable("FIRE_FRAC", "f8", ("natpft", "gridcell"))
        variable.long_name = "burned fraction of the ELM run (1/yr)"
        variable[:] = np.broadcast_to(burned, variable.shape)
    return path


def write_initial_state(elm: Path, template: Path, path: Path) -> list[str]:
    """Put ELM's state into a minielm restart; returns the variables that ELM's file lacks.

    The dimensions of the two files are the same; ELM's soil temperature and water have the snow
    layers before those of the soil. Patches without plants in ELM keep the template's values.
    """
    shutil.copyfile(template, path)
    missing: list[str] = []
    with netCDF4.Dataset(elm) as source, netCDF4.Dataset(path, "a") as target:
        for name, variable in target.variables.items():
            if name.startswith(("timemgr", "grid1d", "topo1d", "land1d", "cols1d", "pfts1d")):
                continue
            if variable.ndim == 0:
                continue
            terms = _RENAMED.get(name, ((name, 1.0),))
            if any(part not in source.variables for part, _ in terms):
                missing.append(name)
                continue
            values = sum(
                np.ma.filled(source[part][:].astype(float), np.nan) * factor
                for part, factor in terms
            )
            values = np.asarray(values)
            if values.ndim == 2:
                values = values[:, -variable.shape[1] :]
            if values.shape[0] != variable.shape[0]:  # of patches in ELM, of the column in minielm
                values = values.reshape(variable.shape[0], -1)[:, 0]
            old = np.asarray(variable[:], dtype=float)
            values = np.where(np.isfinite(values) & (np.abs(values) < 1.0e30), values, old)
            variable[:] = values
        target["timemgr_rst_nstep"][...] = 0
        target["timemgr_rst_curr_ymd"][...] = 10101
    return missing
