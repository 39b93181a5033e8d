"""Normal and accelerated pools.

In accelerated decomposition (``spinup_state`` 1) ELM turns the slow pools over faster by a factor
and lets dead wood die faster; the pools it holds are smaller by the same factor. With K the
turnover of normal mode, K X is the same flux as (f K) (X / f), so fluxes need no conversion. From
year 40 on ELM divides the factor by ``scalaravg_col``, the mean of the environmental scalars.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from phase_elm.fuse.config import FuseError
from phase_elm.fuse.opened import opened
from phase_elm.fuse.places import FILL
from phase_elm.fuse.subgrid import Subgrid

SCALAR, SCALAR_YEAR = "scalaravg_col", 40
_RATES = {"soil3": "k_s3", "soil4": "k_s4", "cwd": "k_frag"}
_DEAD_WOOD = ("deadstem", "deadcroot")


@dataclass(frozen=True)
class PoolSpace:
    """How a restart's pools become those of normal mode.

    Parameters:
        accelerated: ``spinup_state`` is 1.
        factors: Acceleration of each slow pool.
        dead_wood: ``spinup_mortality_factor``.
        scalar: ``scalaravg_col`` (column, level), in use from year 40 on.
    """

    accelerated: bool
    factors: dict[str, float]
    dead_wood: float
    scalar: np.ndarray | None

    @property
    def name(self) -> str:
        return "accelerated" if self.accelerated else "normal"

    def rows(self, rows: slice) -> PoolSpace:
        """Of some columns."""
        return self if self.scalar is None else replace(self, scalar=self.scalar[rows])

    def factor(self, variable: str, year: int) -> np.ndarray | float:
        """Normal over held pool, for a restart or history name in a model year."""
        if not self.accelerated:
            return 1.0
        lower = variable.lower()
        for pool, factor in self.factors.items():
            if lower in (f"{pool}{element}_vr" for element in "cnp"):
                if year >= SCALAR_YEAR and self.scalar is not None and factor > 1.0:
                    return factor / self.scalar
                return factor
        if lower in (f"{organ}{element}" for organ in _DEAD_WOOD for element in "cnp"):
            return self.dead_wood
        return 1.0


def spinup_factors(parameters: Path) -> dict[str, float]:
    """ELM's acceleration factors, from the turnover rates of the parameter file."""
    out = {}
    with opened(parameters) as data:
        for pool, name in _RATES.items():
            if name not in data.variables:
                raise FuseError(f"{parameters}: lacks {name}, needed for accelerated pools")
            rate = float(np.asarray(data[name][...]).reshape(-1)[0]) * 365.0
            factor = 1.0 / rate
            out[pool] = max(1.0, 0.5 * factor if pool == "cwd" else factor)
    return out


def read_pool_space(
    restart: Path, grid: Subgrid, parameters: Path, dead_wood: float | None, nlevel: int
) -> PoolSpace:
    """What the restart says of its pools."""
    with opened(restart) as data:
        if "spinup_state" not in data.variables:
            raise FuseError(f"{restart}: lacks spinup_state, so its pool space is not known")
        accelerated = int(data["spinup_state"][...]) == 1
        if not accelerated:
            return PoolSpace(False, {}, 1.0, None)
        if dead_wood is None:
            raise FuseError(
                f"{restart}: is of an accelerated run; give its spinup_mortality_factor with "
                "--dead-wood-factor (1 where the namelist does not set it)"
            )
        year = int(data["timemgr_rst_curr_ymd"][...]) // 10_000
        scalar = None
        if SCALAR in data.variables:
            scalar = np.asarray(data[SCALAR][...])[grid.column, :nlevel]
            if not (np.abs(scalar) < FILL).all():
                scalar = None
        if year >= SCALAR_YEAR and (scalar is None or not (scalar > 0.0).all()):
            raise FuseError(
                f"{restart}: {SCALAR} is missing or zero in year {year}; ELM divides the "
                f"acceleration by it from year {SCALAR_YEAR} on"
            )
        return PoolSpace(True, spinup_factors(parameters), dead_wood, scalar)
