"""Rest from a window in which N and P were supplied: plants by allocation, soil by balance.

Nothing here is learned. That growth falls short of the demand once the supply ends is known only as
one number, the usual filling of the stores; by how much it does so where, is not.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model import physics
from phase_elm.model.allocation import Allocation
from phase_elm.model.features import PatchPhysics, organ_total
from phase_elm.model.mineral import MineralNitrogen
from phase_elm.model.polish import (
    BALANCE_STEPS,
    DEAD_WOOD,
    TINY,
    WINDOW_STEPS,
    WINDOW_YEARS,
)
from phase_elm.model.steady_state import SteadyState

# Litter and soil that follow their input within a few years.
YOUNG_POOLS = ["litr1", "litr2", "litr3", "soil1", "soil2"]
LEAST_WOOD = 1.0  # gC/m2
LEAST_LIVE = 1.0e-3  # gC/m2
LEAST_NPP = 1.0  # gC/m2/yr
NPP_RANGE = 3.0
SEASON_LIMIT = 10.0
ESTABLISHING_YEARS = 3.0
# Of its rest, what wood has reached that is lost ten times as fast (0.2/yr) and grows for the rest
# of the window.
REACHED = 1.0 - math.exp(-0.2 * (WINDOW_YEARS - ESTABLISHING_YEARS))


class SuppliedPlants(nn.Module):
    """What plants come to under the growth at the end of a supplied window.

    **Growth** will be the demand that the window shows times the filling of the stores at rest.
    **Dead wood** is what the live wood of the window's end sustains. In an accelerated run dead
    wood (here of normal size) relaxes many times as fast, and has all but come to rest in the
    window: where it is nearer to what live wood sustains than the normal loss rate allows, it
    counts itself.
    **Production** follows from dead wood at rest: new wood makes up for its loss, and wood is a
    known share of growth. Unlike last year's production it remembers several years' weather.
    **Stores** of N and P are small while both are supplied, and growth waits for them afterwards:
    they are filled as far as at rest, and the carbon pool to what this leaves unused.
    """

    def __init__(self) -> None:
        super().__init__()
        self.plants = PatchPhysics()
        self.allocation = Allocation()
        self.wood: list[str] = DEAD_WOOD
        self.young: list[str] = YOUNG_POOLS
        self.reached: float = REACHED
        self.years: float = WINDOW_YEARS
        self.seconds: float = c.SECONDS_PER_YEAR
        self.least_wood: float = LEAST_WOOD
        self.least_live: float = LEAST_LIVE
        self.least_npp: float = LEAST_NPP
        self.establishing: float = ESTABLISHING_YEARS
        self.npp_range: float = NPP_RANGE

    def sustained(self, x: dict[str, Tensor], organ: str) -> Tensor:
        """Dead wood that live wood sustains, or where there is none what it relaxes to."""
        live = x["livestemc" if organ == "deadstem" else "livecrootc"]
        lives = (live > self.least_live) & (x["flivewd"].unsqueeze(0) > 0.0)
        return torch.where(
            lives, live * self.plants.dead_over_live(x, organ), self.plants.relaxed_wood(x, organ)
        )

    def at_rest(self, x: dict[str, Tensor]) -> Tensor:
        """True for columns whose dead wood has relaxed faster than it is lost (col, 1)."""
        now = torch.zeros_like(x["wtcol"][:, :1])
        rest = torch.zeros_like(now)
        slow = torch.zeros_like(now)
        for organ in self.wood:
            kept = torch.exp(-self.years * self.plants.wood_loss(x, organ))
            goal = self.sustained(x, organ)
            start = x[organ + "c_start"]
            now = now + (x["wtcol"] * x[organ + "c"]).sum(1, keepdim=True)
            rest = rest + (x["wtcol"] * goal).sum(1, keepdim=True)
            slow = slow + (x["wtcol"] * (goal + (start - goal) * kept)).sum(1, keepdim=True)
        return (now - rest).abs() < (now - slow).abs()

    def dead_wood(self, x: dict[str, Tensor], present: Tensor) -> dict[str, Tensor]:
        """Carbon of dead stems and coarse roots at rest, by name."""
        there = self.at_rest(x).expand_as(present)
        out: dict[str, Tensor] = {}
        for organ in self.wood:
            carbon = x[organ + "c"]
            shown = torch.where(there, carbon / self.reached, self.sustained(x, organ))
            moves = (carbon > self.least_wood) & (present > 0.5)
            out[organ + "c"] = torch.where(moves, shown * self.allocation.filling, carbon)
        return out

    def ripeness(self, x: dict[str, Tensor]) -> Tensor:
        """How much of litter and fast soil carbon the window has built: 1 from bare ground."""
        now = torch.zeros_like(x["wtcol"][:, 0])
        start = torch.zeros_like(now)
        for pool in self.young:
            now = now + x[pool + "c_vr"].sum(1)
            start = start + x[pool + "c_vr_start"].sum(1)
        grown = 1.0 - start / now.clamp(min=1.0e-6)
        return grown.clamp(0.0, 1.0).unsqueeze(1)

    def production(
        self, x: dict[str, Tensor], present: Tensor, wood: dict[str, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Production at the window's end and over the window, gC/m2/yr (col, pft).

        Plants without wood have no such memory: they produce what they did on average, but for
        the years that they needed to establish themselves, from bare ground.
        """
        mean = (x["PFT_NPP"] * self.seconds).clamp(min=0.0)
        loss = torch.zeros_like(mean)
        held = torch.zeros_like(mean)
        for organ in self.wood:
            held = held + wood[organ + "c"]
            loss = loss + self.plants.wood_loss(x, organ) * wood[organ + "c"]
        slowest = self.plants.wood_loss(x, "deadstem")
        grows = (mean > self.least_npp) & (present > 0.5)
        safe = torch.where(grows, mean, torch.ones_like(mean))
        woody = grows & (held > self.least_wood) & (x["woody"].unsqueeze(0) > 0.5)
        by_wood = self.allocation.sustaining(x, loss, slowest) / safe
        by_wood = by_wood.clamp(1.0 / self.npp_range, self.npp_range)
        missed = self.establishing * self.ripeness(x) / self.years
        by_year = (self.allocation.filling / (1.0 - missed)).expand_as(mean)
        ratio = torch.where(woody, by_wood, by_year)
        return torch.where(grows, mean * ratio, mean), mean

    def stores(self, x: dict[str, Tensor], present: Tensor, npp: Tensor) -> dict[str, Tensor]:
        """N and P stores and the carbon pool, filled as far as at rest where they were not."""
        out: dict[str, Tensor] = {}
        fills = (present > 0.5) & (npp > self.least_npp)
        for element in ("n", "p"):
            name = element + "pool"
            filled = self.allocation.store(x, npp, element) * self.allocation.filling
            out[name] = torch.where(fills, torch.maximum(x[name], filled), x[name])
        unused = self.allocation.unused(x, npp)
        out["cpool"] = torch.where(fills, torch.maximum(x["cpool"], unused), x["cpool"])
        return out

    def litter_change(
        self, x: dict[str, Tensor], present: Tensor, npp: Tensor, mean: Tensor
    ) -> Tensor:
        """Leaf and root litter at rest over the window's (col, 1).

        At rest plants shed what they grow besides wood; in the window they kept the leaves and
        roots that they have now, as far as these grew in it.
        """
        weight = x["wtcol"] * present
        rest = npp * (1.0 - self.allocation.wood_share(x, npp))
        shed = mean * (1.0 - self.allocation.wood_share(x, mean))
        kept = (organ_total(x, "leaf", "c") + organ_total(x, "froot", "c")) / self.years
        kept = torch.minimum(kept * self.ripeness(x), 0.5 * shed)
        before = (weight * (shed - kept)).sum(1, keepdim=True)
        after = (weight * rest).sum(1, keepdim=True)
        known = before > self.least_npp
        ratio = torch.where(known, after / torch.where(known, before, torch.ones_like(before)), 1.0)
        return ratio.clamp(1.0 / self.npp_range, self.npp_range)


class SuppliedBalance(nn.Module):
    """Wood, debris, litter and soil at rest under the growth that a supplied window shows."""

    def __init__(self, horizon: float) -> None:
        super().__init__()
        self.plants = PatchPhysics()
        self.growth = SuppliedPlants()
        self.mineral = MineralNitrogen()
        self.column_pools = physics.ColumnPools(horizon, BALANCE_STEPS)
        self.wood: list[str] = DEAD_WOOD
        self.carbon_pools: list[str] = c.POOLS
        self.seconds: float = c.SECONDS_PER_YEAR
        self.cwd: int = c.CWD
        self.corrections: int = physics.N_DEPTH
        self.window = SteadyState(WINDOW_YEARS, WINDOW_STEPS)
        self.window_years: float = WINDOW_YEARS
        self.young: list[str] = YOUNG_POOLS
        self.season_limit: float = SEASON_LIMIT
        self.tiny: float = TINY

    def plant_input(self, x: dict[str, Tensor], after: dict[str, Tensor], litter: Tensor) -> Tensor:
        """Plant input at rest, gC/m3/yr (col, pool, level): debris follows wood."""
        debris = self.column_pools.inputs.wood_ratio(x, after)
        out: list[Tensor] = []
        for i in range(len(self.carbon_pools)):
            pool = self.carbon_pools[i]
            if i > self.cwd:
                out.append(torch.zeros_like(x[pool + "c_vr"]))
            else:
                seen = x[pool.upper() + "C_INPUT_vr"].clamp(min=0.0) * self.seconds
                out.append(seen * (debris if i == self.cwd else litter))
        return torch.stack(out, 1)

    def season(
        self,
        x: dict[str, Tensor],
        now: Tensor,
        source: Tensor,
        rate: Tensor,
        share: Tensor,
        fire: Tensor,
        mixing: Tensor,
    ) -> Tensor:
        """Pools on 1 January over what annual means say (col, pool, level), for fast pools.

        The window's end over what the linear system reaches under the input of its last years;
        the faster a pool, the less it knows of earlier ones.
        """
        start: list[Tensor] = []
        for pool in self.carbon_pools:
            start.append(x[pool + "c_vr_start"].clamp(min=0.0))
        reached = self.window(torch.stack(start, 1), source, rate, share, fire, mixing)
        known = (now > self.tiny) & (reached > self.tiny)
        one = torch.ones_like(now)
        ratio = torch.where(known, now / torch.where(known, reached, one), one)
        fast = 1.0 - torch.exp(-self.window_years * rate)
        factor = ratio.clamp(1.0 / self.season_limit, self.season_limit) ** fast
        out: list[Tensor] = []
        for i in range(len(self.carbon_pools)):
            young = self.carbon_pools[i] in self.young
            out.append(factor[:, i] if young else one[:, i])
        return torch.stack(out, 1)

    def forward(self, x: dict[str, Tensor], names: list[str]) -> dict[str, Tensor]:
        """New pools by output name; what the balance does not know stays as it is."""
        new: dict[str, Tensor] = {}
        for name in names:
            if name in x:
                new[name] = x[name]
            else:
                new[name] = torch.ones_like(x["wtcol"][:, :1])
        present = self.plants.presence(x)
        wood = self.growth.dead_wood(x, present)
        after: dict[str, Tensor] = {}
        for name, value in x.items():
            after[name] = value
        for organ in self.wood:
            carbon = x[organ + "c"]
            known = carbon > 0.0
            ratio = wood[organ + "c"] / torch.where(known, carbon, torch.ones_like(carbon))
            ratio = torch.where(known, ratio, torch.ones_like(ratio))
            for element in ("c", "n", "p"):
                after[organ + element] = x[organ + element] * ratio
                new[organ + element] = after[organ + element]
        npp, mean = self.growth.production(x, present, wood)
        litter = self.growth.litter_change(x, present, npp, mean)
        rate, share, fire = self.column_pools.rates(x)
        now: list[Tensor] = []
        for pool in self.carbon_pools:
            now.append(x[pool + "c_vr"].clamp(min=0.0))
        present_pools = torch.stack(now, 1)
        mixing = self.column_pools.mixing.of(x)
        source = self.plant_input(x, after, litter)
        rest = self.column_pools.balance(present_pools, source, rate, share, fire, mixing)
        rest = rest * self.season(x, present_pools, source, rate, share, fire, mixing)
        none = torch.zeros(rest.shape[0], self.corrections, rest.shape[2], dtype=rest.dtype).to(
            rest.device
        )
        for name, value in self.column_pools.with_ratios(x, rest, none).items():
            new[name] = value
        for name, value in self.growth.stores(x, present, npp).items():
            new[name] = value
        for name, value in self.mineral(x).items():
            new[name] = value
        return new
