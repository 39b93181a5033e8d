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
from phase_elm.model.allocation import Allocation
from phase_elm.model.circulation import DEAD_WOOD, Circulation
from phase_elm.model.features import PatchPhysics
from phase_elm.model.mineral import MineralNitrogen
from phase_elm.model.steady_state import HostRates, SteadyState, VerticalMixing

WINDOW_YEARS = 20.0
WINDOW_STEPS = 20
# One implicit step of H years leaves 1/(1 + kH) of a distance from rest, many leave exp(-kH).
BALANCE_STEPS = 40
WOOD_LIMIT = 2.0
POOL_LIMIT = 10.0
SWEEPS = 10
UNSEEN_LIMIT = 0.5
TINY = 1.0e-6
LEAST_LOSS = 1.0e-7  # 1/yr
SUPPLY = "SUPPLEMENT_TO_SMINN"
SUPPLY_TINY = 1.0e-15


class Polish(nn.Module):
    """Pools at rest from one window of the host's own means and the state at its two ends.

    A pool's new value is its present one, plus what the balance of all pools (horizon of the
    artifact, inputs that follow the new wood) differs from where the same linear system, started
    from the pools at the window's start and corrected to reach the observed end, stands then. Both
    sides are annual means, so the season drops out; a pool at rest keeps its value.

    Args:
        horizon: years that the balance stands for.
        early: as in ``Circulation``.
    """

    def __init__(self, horizon: float, early: bool = False) -> None:
        super().__init__()
        self.plants = PatchPhysics()
        self.mineral = MineralNitrogen()
        self.circulation = Circulation(early)
        self.allocation = Allocation()
        self.rates = HostRates()
        self.mixing = VerticalMixing()
        self.balance = SteadyState(horizon, BALANCE_STEPS)
        self.window = SteadyState(WINDOW_YEARS, WINDOW_STEPS)
        self.pools: list[str] = c.POOLS
        self.wood: list[str] = DEAD_WOOD
        self.soil_cn: list[float] = c.SOIL_CN
        self.seconds: float = c.SECONDS_PER_YEAR
        self.years: float = WINDOW_YEARS
        self.sweeps: int = SWEEPS
        self.unseen_limit: float = UNSEEN_LIMIT
        self.wood_limit: float = WOOD_LIMIT
        self.pool_limit: float = POOL_LIMIT
        self.tiny: float = TINY
        self.least_loss: float = LEAST_LOSS
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

    def wood_ratios(self, x: dict[str, Tensor]) -> list[Tensor]:
        """``wood_ratio`` of each dead wood pool."""
        out: list[Tensor] = []
        for organ in self.wood:
            out.append(self.wood_ratio(x, organ))
        return out

    def debris_change(self, x: dict[str, Tensor], ratios: list[Tensor]) -> Tensor:
        """Wood debris input at rest over the window's: dead wood at rest over its mean (col, 1).

        The mean is that of the relaxation from x0 to x*, x* + (x0 - x*) (1 - exp(-20 m)) / (20 m),
        and not the window's own: growth varies from year to year, so that even wood at rest has
        another mean than its value on 1 January, which would change the input for ever.
        """
        mean = torch.zeros_like(x["wtcol"][:, :1])
        rest = torch.zeros_like(mean)
        for k in range(len(self.wood)):
            organ = self.wood[k]
            m = self.plants.wood_loss(x, organ)
            share = (1.0 - torch.exp(-self.years * m)) / (self.years * m)
            now, start = x[organ + "c"], x[organ + "c_start"]
            end = now * ratios[k]
            known = (now > 1.0) & (start > 1.0)
            passed = torch.where(known, end + (start - end) * share, end)
            mean = mean + (x["wtcol"] * passed).sum(1, keepdim=True)
            rest = rest + (x["wtcol"] * end).sum(1, keepdim=True)
        there = mean > 1.0
        one = torch.ones_like(mean)
        more = torch.where(there, rest / torch.where(there, mean, one), one)
        return more.clamp(1.0 / self.wood_limit, self.wood_limit)

    def seen_input(self, x: dict[str, Tensor]) -> Tensor:
        """Plant input of the window, gC/m3/yr (col, pool, level)."""
        out: list[Tensor] = []
        for i in range(len(self.pools)):
            pool = self.pools[i]
            if i <= self.rates.cwd:
                out.append(x[pool.upper() + "C_INPUT_vr"].clamp(min=0.0) * self.seconds)
            else:
                out.append(torch.zeros_like(x[pool + "c_vr"]))
        return torch.stack(out, 1)

    def present_pools(self, x: dict[str, Tensor], suffix: str) -> Tensor:
        """Carbon now, or with ``_start`` at the window's start (col, pool, level)."""
        out: list[Tensor] = []
        for pool in self.pools:
            out.append(x[pool + "c_vr" + suffix].clamp(min=0.0))
        return torch.stack(out, 1)

    def anchor(self, x: dict[str, Tensor]) -> Tensor:
        """What is added to the balance so that it speaks of the window's end, gC/m3.

        Minus where the linear system, started from the pools at the window's start, stands at its
        end, plus what an unseen source would add. Rates and pools vary together over the year and
        mixing is parameterised, so that annual means alone miss the observed end by a little.
        Corrections u += w (end - reached), w = k / (1 - exp(-20 k)), find the source u that does
        not, and u stays in the balance: pools that the host leaves where they were are then at rest
        for the balance too. Without it a sequence of jumps converges to a state that drifts by what
        the means miss. Where mixing changes its regime from year to year what is missed is no
        source; how far u may move a pool is therefore bounded (``unseen_limit``).
        """
        rate, share, fire = self.rates(x)
        mixing = self.mixing.of(x)
        now = self.present_pools(x, "")
        start = self.present_pools(x, "_start")
        seen = self.seen_input(x)
        # frozen layers lose nothing: the limit of w is 1 / 20 there
        loss = (rate + fire).clamp(min=self.least_loss)
        weight = loss / (1.0 - torch.exp(-self.years * loss))
        unseen = torch.zeros_like(now)
        window = self.window.factors(rate, share, fire, mixing)
        reached = self.window.advance(window, start, seen)
        end = reached
        for _ in range(self.sweeps):
            unseen = unseen + weight * (now - end)
            end = self.window.advance(window, start, seen + unseen)
        # both systems are linear: the balance with u is the one without, plus this
        added = self.balance(torch.zeros_like(now), unseen, rate, share, fire, mixing)
        most = self.unseen_limit * now
        more = torch.minimum(torch.maximum(added - (end - reached), -most), most)
        return more - reached

    def carbon(
        self, x: dict[str, Tensor], anchor: Tensor, debris: Tensor, litter: Tensor
    ) -> Tensor:
        """Debris, litter and soil at rest (col, pool, level).

        Args:
            x: named inputs.
            anchor: of ``anchor``.
            debris, litter: input at rest over the window's (col, 1).
        """
        rate, share, fire = self.rates(x)
        mixing = self.mixing.of(x)
        now = self.present_pools(x, "")
        seen = self.seen_input(x)
        after: list[Tensor] = []
        for i in range(len(self.pools)):
            after.append(seen[:, i] * (debris if i == self.rates.cwd else litter))
        rest = self.balance(now, torch.stack(after, 1), rate, share, fire, mixing)
        moved = now + rest + anchor
        moved = torch.minimum(torch.maximum(moved, now / self.pool_limit), now * self.pool_limit)
        return torch.where(now > self.tiny, moved, now)

    def limited_stores(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """N store and carbon pool of plants that a surplus of N feeds, as they will be without it.

        Once the surplus is gone the store is not quite full and a part of what is assimilated
        stays unused (see ``Allocation``); both go there by the share of the surplus.
        """
        npp = (x["PFT_NPP"] * self.seconds).clamp(min=0.0)
        gone = ((1.0 - self.mineral.left(x)) * self.plants.presence(x)).clamp(0.0, 1.0)
        filled = self.allocation.store(x, npp, "n") * self.allocation.filling
        unused = self.allocation.unused(x, npp)
        out: dict[str, Tensor] = {}
        out["npool"] = x["npool"] - gone * (x["npool"] - filled).clamp(min=0.0)
        out["cpool"] = x["cpool"] + gone * (unused - x["cpool"]).clamp(min=0.0)
        return out

    def forward(self, x: dict[str, Tensor], names: list[str]) -> dict[str, Tensor]:
        """New pools by output name. What is not slow and linear stays as it is."""
        new: dict[str, Tensor] = {}
        for name in names:
            if name in x:
                new[name] = x[name]
            else:
                # trust: the state is the host's own
                new[name] = torch.ones_like(x["wtcol"][:, :1])
        growth = self.circulation.growth(x)
        new_wood = self.circulation.wood(x, growth)
        ratios: list[Tensor] = []
        for ratio in self.wood_ratios(x):
            ratios.append(ratio * new_wood)
        for k in range(len(self.wood)):
            for element in ("c", "n", "p"):
                name = self.wood[k] + element
                new[name] = x[name] * ratios[k]
        debris = self.debris_change(x, ratios)
        moved = self.carbon(x, self.anchor(x), debris, self.circulation.litter(x, growth))
        for i in range(len(self.pools)):
            pool = self.pools[i]
            now = x[pool + "c_vr"].clamp(min=0.0)
            known = now > self.tiny
            carbon = moved[:, i]
            factor = carbon / torch.where(known, now, torch.ones_like(carbon))
            factor = torch.where(known, factor, torch.ones_like(factor))
            new[pool + "c_vr"] = carbon
            new[pool + "p_vr"] = x[pool + "p_vr"] * factor
            if i > self.rates.cwd:
                new[pool + "n_vr"] = carbon / self.soil_cn[i - 4]
            else:
                new[pool + "n_vr"] = x[pool + "n_vr"] * factor
        for name, value in self.mineral(x).items():
            new[name] = value
        for name, value in self.limited_stores(x).items():
            new[name] = value
        return new
