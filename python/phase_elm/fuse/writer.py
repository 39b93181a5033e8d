"""The training set: the layout of ``phase truth``, with CF metadata, written block by block."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import netCDF4
import numpy as np

from phase_elm.atomic import complete
from phase_elm.model import constants as c
from phase_elm.schema import ContextVariable, Schema, Variable

CONVENTIONS = "CF-1.11"


class SetWriter:
    """A training set under a temporary name until it is complete.

    Parameters:
        path: File to write.
        schema: Names, units and extents.
        ncol: Columns in all.
        context: Groups of the file, ``observed`` and perhaps ``equilibrium``, and what each holds
            besides the schema's variables.
        origin: How each observed variable was made.
        attributes: Global attributes.
    """

    def __init__(
        self,
        path: Path,
        schema: Schema,
        ncol: int,
        context: dict[str, list[ContextVariable]],
        origin: dict[str, str],
        attributes: dict[str, Any],
    ) -> None:
        self.schema = schema
        self.extent = {"column": ncol, **_extents(schema)}
        path.parent.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            partial = stack.enter_context(complete(path))
            self.data = stack.enter_context(netCDF4.Dataset(partial, "w"))
            self._begin("equilibrium" in context, origin, attributes)
            for name, variables in context.items():
                for v in variables:
                    self._place(self.groups[name], v, origin[v.name])
            self._open = stack.pop_all()

    def _begin(self, with_target: bool, origin: dict[str, str], attributes: dict[str, Any]) -> None:
        self.data.setncatts({"Conventions": CONVENTIONS, **attributes})
        self.data.createDimension("column", self.extent["column"])
        self._axes()
        for name, (kind, units, text) in _ROOT.items():
            self._define(self.data, name, kind, ("column",), units, text)
        self.groups = {"observed": self.data.createGroup("observed")}
        self._group("observed", list(self.schema.inputs), origin)
        if with_target:
            self.groups["equilibrium"] = self.data.createGroup("equilibrium")
            state = [v for v in self.schema.outputs if v.role != "trust"]
            self._group("equilibrium", state, {v.name: "restart" for v in state})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, value, traceback)

    def root(self, rows: slice, values: dict[str, np.ndarray]) -> None:
        """Place and split of some columns."""
        for name, value in values.items():
            self.data[name][rows] = value

    def put(self, group: str, rows: slice, values: dict[str, np.ndarray]) -> None:
        """Variables of some columns; PFT parameters have no column axis."""
        for name, value in values.items():
            variable = self.groups[group][name]
            variable[rows if "column" in variable.dimensions else slice(None)] = value

    def _axes(self) -> None:
        self.data.createDimension("level", self.schema.dims.level)
        self.data.createDimension("bounds", 2)
        depth = self._define(self.data, "level", "f8", ("level",), "m", "depth of the layer")
        depth.setncatts({"positive": "down", "axis": "Z", "bounds": "level_bounds"})
        depth[:] = c.layer_nodes(self.schema.dims.level)
        edges = np.array([0.0, *c.layer_interfaces()])
        bounds = self.data.createVariable("level_bounds", "f8", ("level", "bounds"))
        bounds[:] = np.stack([edges[:-1], edges[1:]], 1)

    def _group(self, name: str, variables: list[Variable], origin: dict[str, str]) -> None:
        group = self.groups[name]
        used = ["column", *dict.fromkeys(d for v in variables for d in v.dim_names())]
        for dim in dict.fromkeys(used):
            group.createDimension(dim, self.extent[dim])
        for v in variables:
            made = self._place(group, v, origin.get(v.name, ""))
            if v.sample in ("mean", "monthly") and name == "observed":
                made.cell_methods = "time: mean"

    def _place(self, group: Any, v: Variable | ContextVariable, origin: str) -> netCDF4.Variable:
        made = self._define(group, v.name, "f8", tuple(v.dim_names()), v.units, v.long_name)
        made.origin = origin
        if v.dims != "pft":
            made.coordinates = "lat lon"
        return made

    @staticmethod
    def _define(
        group: Any, name: str, kind: str, dims: tuple[str, ...], units: str, text: str
    ) -> netCDF4.Variable:
        variable = group.createVariable(name, kind, dims, **_PACKING.get(dims, {}))
        variable.setncatts({"units": units, "long_name": text})
        return variable


# Plant types that are not there are zeros; nothing else packs well enough for the time it takes.
_PACKING = {("column", "pft"): {"zlib": True, "complevel": 1, "shuffle": False}}
_ROOT = {
    "lat": ("f8", "degrees_north", "latitude"),
    "lon": ("f8", "degrees_east", "longitude"),
    "area": ("f8", "km2", "gridcell area"),
    "landfrac": ("f8", "1", "land fraction"),
    "gid": ("i4", "1", "number of the column"),
    "split": ("i4", "1", "0 training, 1 held out"),
    "region": ("i4", "1", "number of the block of 20 by 30 degrees"),
    "column_index": ("i4", "1", "number of the column in the restart file"),
    "column_weight": ("f8", "1", "weight of the column on its gridcell"),
}


def _extents(schema: Schema) -> dict[str, int]:
    return {"level": schema.dims.level, "pft": schema.dims.pft, "month": schema.dims.month}
