"""A further jump, from what the host showed after an earlier one.

In the first window N and P are supplied, and the network has to say how limitation will set in.
In a later window the host has shown that itself: plants, rates and inputs are the model's own.
What is still missing is slow, and linear: wood relaxes to what growth sustains, and wood debris,
litter and soil follow. Nothing here is learned.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model.features import PatchPhysics
from phase_elm.model.steady_state import HostRates, SteadyState, VerticalMixing, deepest_thaw

WINDOW_YEARS = 20.0
WINDOW_STEPS = 40
# One implicit step of H years leaves 1/(1 + kH) of a distance from rest, many leave exp(-kH).
BALANCE_STEPS = 40
DEAD_WOOD = ["deadstem", "deadcroot"]
WOOD_LIMIT = 2.0
POOL_LIMIT = 10.0
TINY = 1.0e-6
SUPPLY = "SUPPLEMENT_TO_SMINN"
SUPPLY_TINY = 1.0e-15


class Polish(nn.Module):
    """Pools at rest from one window of the host's own means and the state at its two ends.

    A pool's new value is its present one, plus what the balance of all pools (horizon of the
    artifact, inputs that follow the new wood) differs from where the same linear system, started
    from the pools at the window's start, stands at its end. Both sides are annual means, so the
    season drops out; a pool at rest keeps its value.
    """

    def __init__(self, horizon: float) -> None:
        super().__init__()
        self.plants = PatchPhysics()
        self.rates = HostRates()
        self.mixing = VerticalMixing()
        self.balance = SteadyState(horizon, BALANCE_STEPS)
        self.window = SteadyState(WINDOW_YEARS, WINDOW_STEPS)
        self.pools: list[str] = c.POOLS
        self.wood: list[str] = DEAD_WOOD
        self.soil_cn: list[float] = c.SOIL_CN
        self.seconds: float = c.SECONDS_PER_YEAR
        self.years: float = WINDOW_YEARS
        self.wood_limit: float = WOOD_LIMIT
        self.pool_limit: float = POOL_LIMIT
        self.tiny: float = TINY
        self.supply: str = SUPPLY
        self.supply_tiny: float = SUPPLY_TINY

    def due(self, x: dict[str, Tensor]) -> Tensor:
        """True for columns whose window was the host's own, with nothing supplied (col, 1)."""
        return x[self.supply] <= self.supply_tiny

    def wood_ratio(self, x: dict[str, Tensor], organ: str) -> Tensor:
        """Dead wood at rest over dead wood now (col, pft).

        x* = (x20 - x0 exp(-20 m)) / (1 - exp(-20 m)), m the loss rate, from the same day at both
        ends of the window.
        """
        kept = torch.exp(-self.years * self.plants.wood_loss(x, organ))
        now, start = x[organ + "c"], x[organ + "c_start"]
        rest = (now - start * kept) / (1.0 - kept)
        known = (now > 1.0) & (start > 1.0)
        ratio = rest / torch.where(known, now, torch.ones_like(now))
        ratio = ratio.clamp(1.0 / self.wood_limit, self.wood_limit)
        return torch.where(known, ratio, torch.ones_like(ratio))

    def plant_input(self, x: dict[str, Tensor], ratios: list[Tensor]) -> tuple[Tensor, Tensor]:
        """Inputs of the window and those that go with the wood at rest, gC/m3/yr."""
        mean = torch.zeros_like(x["wtcol"][:, :1])
        rest = torch.zeros_like(mean)
        for k in range(len(self.wood)):
            organ = self.wood[k]
            mean = mean + (x["wtcol"] * x[organ.upper() + "C"]).sum(1, keepdim=True)
            rest = rest + (x["wtcol"] * x[organ + "c"] * ratios[k]).sum(1, keepdim=True)
        there = mean > 1.0
        one = torch.ones_like(mean)
        more = torch.where(there, rest / torch.where(there, mean, one), one)
        more = more.clamp(1.0 / self.wood_limit, self.wood_limit)
        seen: list[Tensor] = []
        after: list[Tensor] = []
        for i in range(len(self.pools)):
            pool = self.pools[i]
            if i <= self.rates.cwd:
                flux = x[pool.upper() + "C_INPUT_vr"].clamp(min=0.0) * self.seconds
            else:
                flux = torch.zeros_like(x[pool + "c_vr"])
            seen.append(flux)
            after.append(flux * more if i == self.rates.cwd else flux)
        return torch.stack(seen, 1), torch.stack(after, 1)

    def forward(self, x: dict[str, Tensor], names: list[str]) -> dict[str, Tensor]:
        """New pools by output name. What is not slow and linear stays as it is."""
        new: dict[str, Tensor] = {}
        for name in names:
            if name in x:
                new[name] = x[name]
            else:
                # trust: the state is the host's own
                new[name] = torch.ones_like(x["wtcol"][:, :1])
        ratios: list[Tensor] = []
        for organ in self.wood:
            ratio = self.wood_ratio(x, organ)
            ratios.append(ratio)
            for element in ("c", "n", "p"):
                new[organ + element] = x[organ + element] * ratio
        seen, after = self.plant_input(x, ratios)
        rate, share, fire = self.rates(x)
        mixing = self.mixing(deepest_thaw(x))
        now_list: list[Tensor] = []
        start_list: list[Tensor] = []
        for pool in self.pools:
            now_list.append(x[pool + "c_vr"].clamp(min=0.0))
            start_list.append(x[pool + "c_vr_start"].clamp(min=0.0))
        now = torch.stack(now_list, 1)
        reached = self.window(torch.stack(start_list, 1), seen, rate, share, fire, mixing)
        rest = self.balance(now, after, rate, share, fire, mixing)
        moved = now + rest - reached
        moved = torch.minimum(torch.maximum(moved, now / self.pool_limit), now * self.pool_limit)
        for i in range(len(self.pools)):
            pool = self.pools[i]
            known = now[:, i] > self.tiny
            carbon = torch.where(known, moved[:, i], now[:, i])
            factor = carbon / torch.where(known, now[:, i], torch.ones_like(carbon))
            factor = torch.where(known, factor, torch.ones_like(factor))
            new[pool + "c_vr"] = carbon
            new[pool + "p_vr"] = x[pool + "p_vr"] * factor
            if i > self.rates.cwd:
                new[pool + "n_vr"] = carbon / self.soil_cn[i - 4]
            else:
                new[pool + "n_vr"] = x[pool + "n_vr"] * factor
        return new
