"""All inputs of one block of columns, in schema units and normal pool space."""

from __future__ import annotations

from dataclasses import dataclass

import netCDF4
import numpy as np

from phase_elm.fuse import budgets
from phase_elm.fuse.config import FuseConfig, FuseError
from phase_elm.fuse.forcing import read_forcing
from phase_elm.fuse.history import HistoryFiles, Means
from phase_elm.fuse.plan import FIRE_FROM_LITTER, FORCING, INPUTS, POOL_MEANS, TRANSFERS, Plan
from phase_elm.fuse.pool_space import PoolSpace
from phase_elm.fuse.restart import missing_names, read_state, restart_date
from phase_elm.fuse.statics import SurfaceData, respired_shares
from phase_elm.fuse.subgrid import Subgrid, locate_cells
from phase_elm.fuse.window import MONTH_DAYS, Window
from phase_elm.model import constants as c
from phase_elm.schema import Schema, Variable

LITTER_COMBUSTION = 0.5  # ELM: completeness of combustion of litter


@dataclass(frozen=True)
class Block:
    """One block: its columns in the restart at the end and, where there is one, at the start."""

    grid: Subgrid
    space: PoolSpace
    start_grid: Subgrid | None
    start_space: PoolSpace | None


class Assembler:
    """Makes the observed variables of a block from what was read."""

    def __init__(
        self,
        config: FuseConfig,
        schema: Schema,
        window: Window,
        plan: Plan,
        history: HistoryFiles,
        surface: SurfaceData,
        parameters: dict[str, np.ndarray],
    ) -> None:
        self.config, self.schema, self.window, self.plan = config, schema, window, plan
        self.history, self.surface, self.parameters = history, surface, parameters
        self.respired = respired_shares(config.parameters)

    def observed(self, block: Block, means: Means) -> dict[str, np.ndarray]:
        """Every input of the schema but the PFT parameters."""
        schema, grid = self.schema, block.grid
        out = self._place(grid)
        end_year = self.window.last_year + 1
        state = [v for v in schema.inputs if v.sample == "instant"]
        out.update(read_state(self.config.restart, state, schema, grid, block.space, end_year))
        out.update(self._start(block, means, out))
        for v in schema.inputs:
            if v.name in out or v.dims == "pft":
                continue
            if v.sample == "control":
                out[v.name] = np.zeros(len(grid))
            elif self.plan.origin[v.name] == "surface data":
                out[v.name] = self.surface.values(v, schema, grid)
            elif v.name in FORCING:
                out[v.name] = self._forcing(v, grid, means)
            elif self.plan.origin[v.name] == "history":
                out[v.name] = means.mean[v.name, False]
        for name, pool in TRANSFERS.items():
            if name not in out and name in schema.by_name:
                out[name] = budgets.transfer(name, out[f"{pool}_HR_vr"], self.respired[pool])
        self._inputs(block, means, out)
        self._patches(block, means, out)
        return out

    def target(self, grid: Subgrid, space: PoolSpace, year: int) -> dict[str, np.ndarray]:
        """The state that counts as equilibrium."""
        wanted = [v for v in self.schema.outputs if v.role != "trust"]
        assert self.config.equilibrium is not None
        return read_state(self.config.equilibrium, wanted, self.schema, grid, space, year)

    def _place(self, grid: Subgrid) -> dict[str, np.ndarray]:
        out = {"lat": grid.lat, "lon": grid.lon, "wtcol": grid.wtcol}
        path = self.history.paths[0]
        for path in self.history.paths:
            with netCDF4.Dataset(path) as data:
                if "area" not in data.variables or "landfrac" not in data.variables:
                    continue
                data.set_auto_mask(False)
                lon, lat = data["lon"][...], data["lat"][...]
                if data["area"].ndim == 2:
                    lon, lat = np.meshgrid(lon, lat)
                at = locate_cells(grid, lon, lat, lon.shape, str(path))
                for name in ("area", "landfrac"):
                    out[name] = np.asarray(data[name][...], dtype=np.float64).reshape(-1)[at]
                return out
        raise FuseError(f"{path.parent}: no history file holds area and landfrac of the gridcells")

    def _forcing(self, variable: Variable, grid: Subgrid, means: Means) -> np.ndarray:
        if variable.name in self.plan.forcing_files:
            return read_forcing(
                self.config.forcing, variable, grid, self.window, self.config.forcing_distance
            )
        return sum(means.month[name, False] for name in FORCING[variable.name]).T

    def _start(
        self, block: Block, means: Means, state: dict[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        variables = [v for v in self.schema.inputs if v.sample == "start"]
        if block.start_grid is not None and block.start_space is not None:
            assert self.config.start_restart is not None
            names = {v.name: v.name.removesuffix("_start") for v in variables}
            return read_state(
                self.config.start_restart, variables, self.schema, block.start_grid,
                block.start_space, start_year(self.config, self.window), names,
            )  # fmt: skip
        out = {}
        for v in variables:
            pool = v.name.removesuffix("_start")
            held = means.month.get((pool.upper().replace("_VR", "_vr"), False))
            if held is None:
                out[v.name] = state[pool].copy()
            else:
                first = held[0].astype(np.float64)
                out[v.name] = first * block.space.factor(pool, self.window.first_year)
        return out

    def _trend(
        self, pool: str, block: Block, means: Means, out: dict[str, np.ndarray]
    ) -> np.ndarray:
        """Mean rate of change of a pool the model holds, per second."""
        name = f"{pool}C_vr"
        lower = f"{pool.lower()}c_vr"
        if block.start_grid is not None:
            first = out[f"{lower}_start"] / block.space.factor(lower, self.window.first_year)
            last = out[lower] / block.space.factor(lower, self.window.last_year + 1)
            return (last - first) / (self.window.days * 86400.0)
        last = out[lower] / block.space.factor(lower, self.window.last_year + 1)
        return (last - means.month[name, False][0]) / (
            (self.window.days - 0.5 * MONTH_DAYS[0]) * 86400.0
        )

    def _inputs(self, block: Block, means: Means, out: dict[str, np.ndarray]) -> None:
        if all(name in out for name in INPUTS):
            return
        deepest = means.month["ALTMAX", False]
        thaw = budgets.thaw_by_month(deepest, self._thaw_before(block, deepest))
        days = np.tile(MONTH_DAYS, self.window.years)
        mixing = budgets.mixing_loss(
            {pool: means.month[f"{pool}C_vr", False] for pool in budgets.LITTER}, thaw, days
        )
        for name, pool in INPUTS.items():
            if name not in out:
                trend = self._trend(pool, block, means, out)
                moved = mixing.get(pool, np.zeros_like(trend))
                out[name] = budgets.litter_input(pool, trend, out, moved)

    def _thaw_before(self, block: Block, deepest: np.ndarray) -> np.ndarray:
        """Deepest thaw of the year before the window; of its first year where nothing tells."""
        path = self.config.start_restart
        if block.start_grid is None or path is None or missing_names(path, ["altmax"]):
            return deepest[:12].max(0)
        assert block.start_space is not None
        return read_state(
            path, [self.schema.by_name["altmax"]], self.schema, block.start_grid,
            block.start_space, 0,
        )["altmax"]  # fmt: skip

    def _patches(self, block: Block, means: Means, out: dict[str, np.ndarray]) -> None:
        for name, (tape, column, marker) in budgets.PATCH_MEANS.items():
            if name not in self.schema.by_name:
                continue
            if (tape, True) in means.mean:
                out[name] = means.mean[tape, True]
            elif column is not None and (column, False) in means.mean:
                apart = self._marker(name, marker, block, out)
                out[name] = budgets.share_out(means.mean[column, False], apart, block.grid.wtcol)
            elif name == "PFT_FIRE_CLOSS":
                out[name] = self._fire(out)
            elif name in ("LEAFC", "FROOTC") and "PFT_TLAI" in out:
                out[name] = self._leaf_from_area(out)
                if name == "FROOTC":
                    out[name] *= _ratio(_total(out, "froot"), _total(out, "leaf"))
            else:
                pool = name.lower()
                start = out.get(f"{pool}_start", out[pool])
                out[name] = 0.5 * (out[pool] + start)

    def _marker(
        self, name: str, marker: str | None, block: Block, out: dict[str, np.ndarray]
    ) -> np.ndarray:
        """What tells the patches of a column apart."""
        if marker is None:
            return np.zeros_like(block.grid.wtcol)
        if marker == "tlai":
            # 1 January has no leaves on many plants; their stores tell how many there will be
            return self.parameters["slatop"] * _total(out, "leaf")
        if marker in out:
            return out[marker]
        if missing_names(self.config.restart, [marker]):
            return _total(out, "leaf")
        like = self.schema.by_name["annsum_npp"].model_copy(update={"name": marker})
        year = self.window.last_year + 1
        return read_state(self.config.restart, [like], self.schema, block.grid, block.space, year)[
            marker
        ]

    def _leaf_from_area(self, out: dict[str, np.ndarray]) -> np.ndarray:
        """Leaf carbon from leaf area: tlai = slatop (exp(leafc dsladlai) - 1) / dsladlai."""
        area, top, slope = out["PFT_TLAI"], self.parameters["slatop"], self.parameters["dsladlai"]
        safe = np.where(top > 0.0, top, 1.0)
        curved = np.log1p(area * slope / safe) / np.where(slope > 0.0, slope, 1.0)
        return np.where(top > 0.0, np.where(slope > 0.0, curved, area / safe), 0.0)

    def _fire(self, out: dict[str, np.ndarray]) -> np.ndarray:
        """Plant carbon emitted by fire, from the share of the litter that burnt."""
        thick = np.asarray(c.layer_thickness())
        burnt = sum((out[name] * thick).sum(1) for name in FIRE_FROM_LITTER)
        held = sum((out[name] * thick).sum(1) for name in POOL_MEANS[:3])
        rate = np.where(held > 0.0, burnt / np.where(held > 0.0, held, 1.0), 0.0)
        rate = rate[:, None] / LITTER_COMBUSTION
        cc = {k: self.parameters.get(f"cc_{k}", np.zeros(1)) for k in _COMBUSTION}
        stored = sum(
            out[f"{organ}c_storage"] + out[f"{organ}c_xfer"]
            for organ in ("leaf", "froot", "livestem", "deadstem", "livecroot", "deadcroot")
        )
        return rate * (
            cc["leaf"] * out["leafc"]
            + cc["lstem"] * out["livestemc"]
            + cc["dstem"] * out["deadstemc"]
            + cc["other"] * (stored + out["gresp_storage"] + out["gresp_xfer"])
        )


_COMBUSTION = ("leaf", "lstem", "dstem", "other")
COMBUSTION_PARAMETERS = tuple(f"cc_{k}" for k in _COMBUSTION)


def _total(out: dict[str, np.ndarray], organ: str) -> np.ndarray:
    return out[f"{organ}c"] + out[f"{organ}c_storage"] + out[f"{organ}c_xfer"]


def _ratio(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    return np.where(under > 0.0, over / np.where(under > 0.0, under, 1.0), 0.0)


def start_year(config: FuseConfig, window: Window) -> int:
    """Model year that begins at the start restart, in that run's own count of years."""
    if config.start_restart is None:
        return window.first_year
    return restart_date(config.start_restart) // 10_000
