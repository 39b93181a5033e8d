"""Bring what the ranks of a run hold to rank 0."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from phase_elm.report.stocks import carbon_names, carbon_totals
from phase_elm.schema import Schema

if TYPE_CHECKING:
    from mpi4py.MPI import Comm

STOCKS = ("TOTECOSYSC", "TOTSOMC", "TOTVEGC", "TOTLITC", "CWDC")


class Gatherer:
    """Brings packed variables of all ranks to rank 0, columns in global order.

    Parameters:
        comm: Communicator of the run.
        model: A ``MiniElm``.
        schema: Names, dims and units.
    """

    def __init__(self, comm: Comm, model: Any, schema: Schema) -> None:
        self.comm, self.model, self.schema = comm, model, schema

    def local(self, name: str) -> np.ndarray:
        """One variable on this rank, (column, feature) or (pft,) for parameters."""
        values = np.array(self.model.packed(name), dtype=np.float64)
        if not np.all(np.isfinite(values)):
            column = int(np.argwhere(~np.isfinite(values.reshape(len(values), -1)))[0, 0])
            raise ValueError(
                f"rank {self.comm.rank}: {name} is not finite in local column {column + 1}; "
                "the model run is not usable for training"
            )
        return values

    def variable(self, name: str) -> xr.DataArray | None:
        """One schema variable over all columns on rank 0, ``None`` elsewhere."""
        variable = self.schema.by_name[name]
        local = self.local(name)
        attrs = {"units": variable.units, "long_name": variable.long_name}
        if variable.dims == "pft":
            return xr.DataArray(local.reshape(-1), dims=variable.dim_names(), attrs=attrs)
        parts = self.comm.gather(local, root=0)
        if parts is None:
            return None
        values = np.concatenate(parts)
        if variable.dims == "column":
            values = values[:, 0]
        return xr.DataArray(values, dims=variable.dim_names(), attrs=attrs)

    def dataset(self, names: list[str]) -> xr.Dataset | None:
        """Several variables on rank 0."""
        found = {name: self.variable(name) for name in names}
        if self.comm.rank != 0:
            return None
        return xr.Dataset(found)

    def stocks(self) -> dict[str, np.ndarray]:
        """Carbon stocks of this rank's columns, gC/m2."""
        pools = {name: self.local(name) for name in carbon_names()}
        return carbon_totals(pools, self.local("wtcol"))


def state_names(schema: Schema) -> list[str]:
    """Outputs that are model state (trust is not)."""
    return [variable.name for variable in schema.outputs if variable.role != "trust"]


def observed_names(schema: Schema) -> list[str]:
    """Inputs that are seen in the model; what the plugin itself tells an artifact is not."""
    return [variable.name for variable in schema.inputs if variable.role != "control"]
