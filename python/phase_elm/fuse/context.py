"""What a set holds besides the schema's variables: how pools were scaled, soil-order parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from phase_elm.fuse.assemble import start_year
from phase_elm.fuse.config import FuseConfig
from phase_elm.fuse.held import EQUILIBRIUM, RESTART, SCALARS, START
from phase_elm.fuse.pool_space import SCALAR, PoolSpace, read_pool_space
from phase_elm.fuse.restart import restart_date
from phase_elm.fuse.soil_orders import SoilOrders
from phase_elm.fuse.statics import SurfaceData
from phase_elm.fuse.subgrid import Subgrid
from phase_elm.fuse.window import Window
from phase_elm.schema import ContextVariable, Schema, load_context


@dataclass(frozen=True)
class Context:
    """Context of a set.

    Parameters:
        spaces: Pool space and model year of each restart.
        values: By group and name, over all columns.
        origin: Where each comes from, in words.
    """

    spaces: dict[str, tuple[PoolSpace, int]]
    values: dict[tuple[str, str], np.ndarray]
    origin: dict[str, str]

    def variables(self, group: str) -> list[ContextVariable]:
        """What a group holds."""
        kinds = {v.name: v for v in load_context()}
        return [
            kinds[name.removesuffix("_start")].model_copy(update={"name": name})
            for where, name in self.values
            if where == group
        ]

    def rows(self, group: str, rows: slice) -> dict[str, np.ndarray]:
        """Values of some columns."""
        return {name: value[rows] for (where, name), value in self.values.items() if where == group}


def read_context(
    config: FuseConfig,
    schema: Schema,
    window: Window,
    grid: Subgrid,
    start: Subgrid | None,
    target: Subgrid | None,
    surface: SurfaceData,
) -> Context:
    """Read what the files of a run have of it."""
    values: dict[tuple[str, str], np.ndarray] = {}
    origin: dict[str, str] = {}
    if config.soil_orders is not None:
        orders = SoilOrders(config.soil_orders)
        order = surface.values(schema.by_name["SOIL_ORDER"], schema, grid)
        found = orders.of(order, grid.lat, grid.lon)
        values |= {("observed", name): value for name, value in found.items()}
        origin |= orders.origin
    spaces = {}
    for moment, path, part, year in (
        (RESTART, config.restart, grid, window.last_year + 1),
        (START, config.start_restart, start, start_year(config, window)),
        (EQUILIBRIUM, config.equilibrium, target, None),
    ):
        if path is None or part is None:
            continue
        space = read_pool_space(
            path, part, config.parameters, config.dead_wood_factor, schema.dims.level
        )
        spaces[moment] = space, restart_date(path) // 10_000 if year is None else year
        if space.scalar is not None:
            values[SCALARS[moment]] = space.scalar
            origin[SCALARS[moment][1]] = f"{SCALAR} of the restart, which is an accelerated one"
    return Context(spaces, values, origin)
