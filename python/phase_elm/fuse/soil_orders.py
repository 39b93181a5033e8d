"""Parameters by soil order (ELM's ``fsoilordercon``), given to columns by their soil order."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.opened import opened
from phase_elm.fuse.places import FILL
from phase_elm.fuse.units import conversion
from phase_elm.schema import ContextVariable, load_context

DIMENSION = "soilorder"


def order_variables() -> tuple[ContextVariable, ...]:
    """All that ELM reads by soil order."""
    return tuple(v for v in load_context() if v.file == "soil_orders")


class SoilOrders:
    """The tables of one file, in schema units.

    Parameters:
        path: The run's ``fsoilordercon``.
        variables: What to read of it.
    """

    def __init__(self, path: Path, variables: Iterable[ContextVariable] | None = None) -> None:
        self.path = path
        self.origin: dict[str, str] = {}
        self.tables: dict[str, np.ndarray] = {}
        wanted = order_variables() if variables is None else tuple(variables)
        if not path.is_file():
            raise FuseError(f"{path}: no such file of soil orders")
        with opened(path) as data:
            needed = [v.name for v in wanted if v.default is None]
            missing = [name for name in needed if name not in data.variables]
            if missing or DIMENSION not in data.dimensions:
                listed = ", ".join(missing or [f"the dimension {DIMENSION}"])
                raise FuseError(f"{path}: lacks {listed}; expected the run's fsoilordercon")
            self.count = len(data.dimensions[DIMENSION])
            for v in wanted:
                if v.name not in data.variables:
                    self.tables[v.name] = np.full(self.count, v.default)
                    self.origin[v.name] = "ELM's default, the soil-order file has none"
                    continue
                found, where = data[v.name], f"{path}: {v.name}"
                if found.dimensions != (DIMENSION,):
                    raise FuseError(
                        f"{where}: dimensions are {found.dimensions}, expected ('{DIMENSION}',)"
                    )
                factor, offset = conversion(getattr(found, "units", None), v.units, where)
                self.tables[v.name] = factor * np.asarray(found[...], dtype=np.float64) + offset
                self.origin[v.name] = "soil-order file, by SOIL_ORDER of the surface data"

    def of(self, order: np.ndarray, lat: np.ndarray, lon: np.ndarray) -> dict[str, np.ndarray]:
        """Each table's value for each column.

        Parameters:
            order: Soil order of each column as the surface data count them: 1 is Andisols, and 0,
                the first entry of the file, water.
            lat, lon: Of each column, for the message.
        """
        odd = ~((order >= 0) & (order < self.count) & (np.rint(order) == order))
        if odd.any():
            row = int(np.flatnonzero(odd)[0])
            raise FuseError(
                f"SOIL_ORDER of the surface data is {order[row]:g} at {lat[row]:.3f} N, "
                f"{lon[row]:.3f} E ({int(odd.sum())} such columns), expected a whole number "
                f"from 0 to {self.count - 1}, the soil orders of {self.path}"
            )
        index = order.astype(np.int64)
        out = {name: table[index] for name, table in self.tables.items()}
        for name, values in out.items():
            bad = ~(np.abs(values) < FILL)
            if bad.any():
                raise FuseError(
                    f"{self.path}: {name} is missing or not finite for soil order "
                    f"{int(index[np.flatnonzero(bad)[0]])}, which the run has"
                )
        return out
