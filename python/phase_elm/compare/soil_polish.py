"""Bring the slow soil pools of a long run to rest with their own rates.

Deep soil carbon takes thousands of years to fill. Integrating that natively is what a spin-up
costs; here the linear balance of soil1 to soil4 is solved from one forcing cycle of the running
model's own fluxes, and the pools are set to the result. The model then runs on: what it does in
the untouched years at the end, not the solution, decides whether a state is at rest.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from phase_elm.model import constants as c
from phase_elm.model.steady_state import SteadyState, VerticalMixing

SOIL = ("soil1", "soil2", "soil3", "soil4")
_FED_BY = ("LITR1C_TO_SOIL1C_vr", "LITR2C_TO_SOIL2C_vr", "LITR3C_TO_SOIL3C_vr", None)
_PASSES_ON = ("SOIL1C_TO_SOIL2C_vr", "SOIL2C_TO_SOIL3C_vr", "SOIL3C_TO_SOIL4C_vr", None)
_TRANSFER_NAMES = [name for _, _, _, name in c.TRANSFERS]
LARGEST_FACTOR = 1.0e4
TINY = 1.0e-6


class SoilPolish:
    """Watch one forcing cycle day by day, then set the soil pools to their balance.

    Parameters:
        model: A ``MiniElm``; its fields are read and written in place.
        horizon: Years of the single implicit step from empty soil. The soil is left with a drift
            of its stock over ``horizon``; frozen layers, which have no practical equilibrium,
            stay finite.
    """

    def __init__(self, model: Any, horizon: float) -> None:
        self.model, self.horizon = model, horizon
        self.names = [f"{pool}c_vr" for pool in SOIL] + ["altmax"]
        self.names += [f"{pool.upper()}_HR_vr" for pool in SOIL]
        self.names += [name for name in (*_FED_BY, *_PASSES_ON) if name]
        self.days = 0
        self.sums: dict[str, np.ndarray] = {}

    def watch_year(self) -> None:
        """Run one year and add its days to the means."""
        views = {name: self.model.field(name) for name in self.names}
        for _ in range(365):
            self.model.step(1)
            for name, view in views.items():
                total = self.sums.setdefault(name, np.zeros(view.shape))
                total += view
            self.days += 1

    def _mean(self, name: str) -> np.ndarray:
        values = self.sums[name] / self.days
        return values[:, : c.NLEVEL] if values.ndim == 2 else values

    def solve(self) -> list[np.ndarray]:
        """Balanced pools in gC/m3, one (column, level) array for each of soil1 to soil4."""
        shape = self._mean(self.names[0]).shape
        rate = np.zeros((shape[0], len(c.POOLS), shape[1]))
        source = np.zeros_like(rate)
        share = np.zeros((shape[0], len(c.TRANSFERS), shape[1]))
        for pool, fed_by, passes_on in zip(SOIL, _FED_BY, _PASSES_ON, strict=True):
            i = c.POOLS.index(pool)
            present = self._mean(f"{pool}c_vr")
            loss = self._mean(f"{pool.upper()}_HR_vr") * c.SECONDS_PER_YEAR
            if passes_on:
                passed = self._mean(passes_on) * c.SECONDS_PER_YEAR
                loss = loss + passed
                known = loss > 0.0
                share[:, _TRANSFER_NAMES.index(passes_on)] = np.where(
                    known, passed / np.where(known, loss, 1.0), 0.0
                )
            known = present > TINY
            rate[:, i] = np.where(known, loss / np.where(known, present, 1.0), 0.0)
            if fed_by:
                source[:, i] = self._mean(fed_by) * c.SECONDS_PER_YEAR
        mixing = VerticalMixing()(torch.from_numpy(self._mean("altmax")[:, None]))
        nothing = np.zeros_like(rate)
        arrays = (nothing, source, rate, share, nothing)
        solved = SteadyState(self.horizon)(*map(torch.from_numpy, arrays), mixing).numpy()
        return [solved[:, c.POOLS.index(pool)] for pool in SOIL]

    def apply(self) -> None:
        """Scale C, N and P of each soil pool to its balance; forget the watched years."""
        for pool, solved in zip(SOIL, self.solve(), strict=True):
            mean = self._mean(f"{pool}c_vr")
            known = mean > TINY
            factor = np.where(known, solved / np.where(known, mean, 1.0), 1.0)
            factor = np.clip(factor, 1.0 / LARGEST_FACTOR, LARGEST_FACTOR)
            for element in "cnp":
                self.model.field(f"{pool}{element}_vr")[:, : c.NLEVEL] *= factor
        self.days, self.sums = 0, {}
