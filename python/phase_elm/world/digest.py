"""Short numbers that tell whether two cells have the same inputs."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import xarray as xr

_NO_INPUT = ("split", "region")
_SHARED = ("clm_params.nc", "CNP_parameters.nc")


def _text(values: np.ndarray) -> bytes:
    # Six significant digits: two machines may differ in the last bits of what they generate.
    return ",".join(f"{value:.5e}" for value in np.ravel(values)).encode()


def _shared(folder: Path) -> bytes:
    """The parameters that all cells share."""
    parts = []
    for file_name in _SHARED:
        with xr.open_dataset(folder / file_name) as file:
            for name in sorted(file.data_vars):
                if file[name].dtype.kind in "fiu":
                    parts += [name.encode(), _text(file[name].values)]
    return b";".join(parts)


def world_digest(folder: Path) -> str:
    """SHA-256 of the inputs of all cells of a world."""
    return hashlib.sha256(cell_digests(folder).astype("S").tobytes()).hexdigest()


def cell_digests(folder: Path) -> np.ndarray:
    """One int64 per cell of a world, in the order of ``surfdata.nc``.

    It depends on the cell's surface data, on mean and spread of each weather variable and on all
    parameters, not on which other cells the world has.

    Parameters:
        folder: Folder with the five files of a world.
    """
    rows: list[tuple[str, np.ndarray]] = []
    with xr.open_dataset(folder / "surfdata.nc") as file:
        for name in sorted(set(file.data_vars) - set(_NO_INPUT)):
            rows.append((name, file[name].transpose("gridcell", ...).values))
    with xr.open_dataset(folder / "forcing.nc") as file:
        for name in sorted(file.data_vars):
            if "time" in file[name].dims and "gridcell" in file[name].dims:
                values = file[name].transpose("gridcell", "time").values.astype(np.float64)
                rows.append((name, np.stack([values.mean(axis=1), values.std(axis=1)], axis=1)))
    shared = hashlib.sha256(_shared(folder))
    found = np.zeros(len(rows[0][1]), dtype=np.int64)
    for cell in range(len(found)):
        digest = shared.copy()
        for name, values in rows:
            digest.update(name.encode() + b":" + _text(values[cell]) + b";")
        found[cell] = int.from_bytes(digest.digest()[:8], "big", signed=True)
    return found
