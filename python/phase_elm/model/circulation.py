"""Growth to come of plants that nitrogen limits, from the N balance of a window.

Growth takes what N circulates, and that changes by what is lost beyond what comes in. Nothing here
is learned.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model.allocation import Allocation
from phase_elm.model.features import ORGANS, PatchPhysics, organ_total
from phase_elm.model.mineral import MineralNitrogen
from phase_elm.model.steady_state import HostRates

DEAD_WOOD = ["deadstem", "deadcroot"]
LEAST_NITROGEN = 0.1  # gN/m2
LEAST_NPP = 1.0  # gC/m2/yr
LEAST_GROWTH = 0.7
HALVINGS = 30
TINY = 1.0e-6


class Circulation(nn.Module):
    """N that circulates, what it loses, and the growth that the rest allows.

    **Circulating** within the 20 years from the middle of one window to that of the next are living
    plants and their stores, and of dead wood, debris, litter and soil the share 1 - exp(-20 k) of
    each pool and layer, k its loss rate: all of litter, most of soil 3 in the warm and half of it
    in the cold, of soil 4 a third or little.
    **Lost** is what leaching, denitrification and fire take beyond deposition and fixation, less
    what soil has released of the N that does not circulate (the share exp(-20 k)): the jump puts
    soil to rest, and with the release ends the loss that it feeds.
    **Plants** give up N of their own where a window has begun with fuller stores than what
    circulates sustains, as after supplied years. Stores empty with a time of tau = 3 years x
    filling / (1 + respiration of growth), about 2 years, so that this happens early in the window:
    its production stands tau / 20 of what was given up above that of its end.
    **Growth** follows by the allocation law: its need of N is that of the window's growth times the
    share of N that is left. Less production means less wood and so more N per carbon, so that
    growth of woody plants falls by more than N.

    Args:
        early: count what plants give up. A stage that has learned to correct the growth to come
            without it goes on without it.
    """

    def __init__(self, early: bool) -> None:
        super().__init__()
        self.early: bool = early
        self.plants = PatchPhysics()
        self.allocation = Allocation()
        self.mineral = MineralNitrogen()
        self.rates = HostRates()
        self.organs: list[str] = ORGANS
        self.living: list[str] = [organ for organ in ORGANS if not organ.startswith("dead")]
        self.dead: list[str] = DEAD_WOOD
        self.pools: list[str] = c.POOLS
        self.soil_cn: list[float] = c.SOIL_CN
        self.cwd: int = c.CWD
        self.years: float = c.OBSERVED_YEARS
        self.seconds: float = c.SECONDS_PER_YEAR
        self.least_nitrogen: float = LEAST_NITROGEN
        self.least_npp: float = LEAST_NPP
        self.least_growth: float = LEAST_GROWTH
        self.halvings: int = HALVINGS
        self.tiny: float = TINY
        self.register_buffer("thickness", torch.tensor(c.layer_thickness(), dtype=torch.float64))

    def production(self, x: dict[str, Tensor]) -> Tensor:
        """Production of the window, gC/m2/yr (col, pft)."""
        return (x["PFT_NPP"] * self.seconds).clamp(min=0.0)

    def held(self, x: dict[str, Tensor]) -> Tensor:
        """N of living plants and their stores, gN/m2 (col, pft)."""
        plant = x["npool"] + x["retransn"]
        for organ in self.living:
            plant = plant + organ_total(x, organ, "n")
        return plant

    def circulating(self, x: dict[str, Tensor], kept: Tensor) -> Tensor:
        """N that changes hands in 20 years, gN/m2 (col, 1); ``kept`` is exp(-20 k) of each pool."""
        plant = self.held(x)
        for organ in self.dead:
            lost = 1.0 - torch.exp(-self.years * self.plants.wood_loss(x, organ))
            plant = plant + lost * x[organ + "n"]
        total = (x["wtcol"] * plant).sum(1, keepdim=True)
        for i in range(len(self.pools)):
            turned = (1.0 - kept[:, i]) * x[self.pools[i] + "n_vr"]
            total = total + (turned * self.thickness).sum(1, keepdim=True)
        return total

    def released(self, x: dict[str, Tensor], kept: Tensor) -> Tensor:
        """N that soil has given from what does not circulate, gN/m2/yr (col, 1)."""
        total = torch.zeros_like(x["wtcol"][:, :1])
        for i in range(self.cwd + 1, len(self.pools)):
            pool = self.pools[i] + "c_vr"
            fall = (x[pool + "_start"] - x[pool]) * kept[:, i] / self.soil_cn[i - self.cwd - 1]
            total = total + (fall * self.thickness).sum(1, keepdim=True)
        return total / self.years

    def per_carbon(self, x: dict[str, Tensor], name: str, element: str) -> Tensor:
        """N or P per carbon of a layered pool or of wood, 0 where there is none."""
        layered = name + "c_vr" in x
        carbon = x[name + "c_vr"] if layered else x[name + "c"]
        amount = x[name + element + "_vr"] if layered else x[name + element]
        known = carbon > self.tiny
        share = amount / torch.where(known, carbon, torch.ones_like(carbon))
        return torch.where(known, share, torch.zeros_like(share))

    def given_up(self, x: dict[str, Tensor], loss: Tensor) -> Tensor:
        """N that living plants have lost, gN/m2/yr (col, 1): the loss that nothing else made up.

        Args:
            x: named inputs.
            loss: what left the column beyond what came in, gN/m2/yr.
        """
        left = loss + self.stored(x)
        for i in range(self.cwd + 1):
            name = self.pools[i]
            fall = (x[name + "c_vr_start"] - x[name + "c_vr"]) * self.per_carbon(x, name, "n")
            left = left - (fall * self.thickness).sum(1, keepdim=True) / self.years
        for organ in self.dead:
            fall = (x[organ + "c_start"] - x[organ + "c"]) * self.per_carbon(x, organ, "n")
            left = left - (x["wtcol"] * fall).sum(1, keepdim=True) / self.years
        return left

    def burned(self, x: dict[str, Tensor]) -> Tensor:
        """N that fire has taken from plants, debris and litter, gN/m2/yr (col, 1)."""
        store = x["npool"] + x["retransn"]
        for organ in self.organs:
            store = store + x[organ + "n_storage"] + x[organ + "n_xfer"]
        fuel = self.plants.cc_store * store
        ratio: list[Tensor] = []
        for parameter in ("leafcn", "livewdcn", "deadwdcn"):
            given = x[parameter]
            one = torch.ones_like(given)
            inverse = 1.0 / torch.where(given > 0.0, given, one)
            ratio.append(torch.where(given > 0.0, inverse, torch.zeros_like(one)).unsqueeze(0))
        fuel = fuel + self.plants.cc_leaf * x["LEAFC"] * ratio[0]
        stem = x["LIVESTEMC"] * ratio[1] + x["DEADSTEMC"] * ratio[2]
        fuel = fuel + self.plants.cc_stem * stem
        burnt = (x["wtcol"] * self.plants.fire_rate(x) * fuel).sum(1, keepdim=True)
        for i in range(self.cwd + 1):
            name = self.pools[i]
            flux = x["M_" + name.upper() + "C_TO_FIRE_vr"] * self.seconds
            lost = flux * self.per_carbon(x, name, "n")
            burnt = burnt + (lost * self.thickness).sum(1, keepdim=True)
        return burnt

    def kept(self, x: dict[str, Tensor]) -> Tensor:
        """exp(-20 k), what is left of each pool after a window (col, pool, level)."""
        rate, _, fire = self.rates(x)
        return torch.exp(-self.years * (rate + fire))

    def loss(self, x: dict[str, Tensor]) -> Tensor:
        """N that leaves beyond what comes in, gN/m2/yr (col, 1)."""
        gain = (x["NDEP_TO_SMINN"] + x["NFIX_TO_SMINN"]).clamp(min=0.0)
        return (x["SMIN_NO3_LEACHED"] + x["DENIT"] - gain) * self.seconds + self.burned(x)

    def stored(self, x: dict[str, Tensor]) -> Tensor:
        """N that soil has gained, gN/m2/yr (col, 1)."""
        whole = torch.ones_like(x["soil4c_vr"]).unsqueeze(1).expand(-1, len(self.pools), -1)
        return -self.released(x, whole)

    def nitrogen_to_come(self, x: dict[str, Tensor]) -> Tensor:
        """N for growth in the next window over this one (col, pft); 1 where it does not limit.

        A gain is no sign of more growth: what comes in where N does not limit is lost again.
        """
        kept = self.kept(x)
        loss = self.loss(x)
        gone = (loss - self.released(x, kept)).clamp(min=0.0) * self.years
        share = gone / self.circulating(x, kept).clamp(min=self.least_nitrogen)
        missing = share.expand_as(x["wtcol"])
        if self.early:
            held = (x["wtcol"] * self.held(x)).sum(1, keepdim=True).clamp(min=self.least_nitrogen)
            drawn = (self.given_up(x, loss) * self.years / held - share).clamp(min=0.0)
            full = self.allocation.store_years * self.allocation.filling
            tau = full / (1.0 + x["grperc"].unsqueeze(0))
            missing = missing + tau / self.years * drawn
        limited = 1.0 - self.mineral.surplus(x)
        return (1.0 - missing * limited).clamp(min=self.least_growth)

    def growth(self, x: dict[str, Tensor]) -> Tensor:
        """Production of the next window over that of this one (col, pft)."""
        npp = self.production(x)
        left = self.nitrogen_to_come(x)
        goal = left * self.allocation.need(x, npp, "n")
        low = torch.full_like(npp, 0.5 * self.least_growth)
        high = torch.ones_like(npp)
        for _ in range(self.halvings):
            middle = 0.5 * (low + high)
            above = self.allocation.need(x, middle * npp, "n") >= goal
            high = torch.where(above, middle, high)
            low = torch.where(above, low, middle)
        return torch.where((npp > self.least_npp) & (left < 1.0), high, left)

    def wood(self, x: dict[str, Tensor], growth: Tensor) -> Tensor:
        """New wood over the window's, whose share of growth rises with production (col, pft)."""
        npp = self.production(x)
        before = self.allocation.wood_share(x, npp)
        known = before > 0.0
        share = self.allocation.wood_share(x, growth * npp) / torch.where(
            known, before, torch.ones_like(before)
        )
        return growth * torch.where(known, share, torch.ones_like(share))

    def litter(self, x: dict[str, Tensor], growth: Tensor) -> Tensor:
        """Leaf and root litter over the window's, the growth that is not wood (col, 1)."""
        npp = self.production(x)
        before = x["wtcol"] * npp * (1.0 - self.allocation.wood_share(x, npp))
        after = x["wtcol"] * growth * npp * (1.0 - self.allocation.wood_share(x, growth * npp))
        total = before.sum(1, keepdim=True)
        known = total > self.least_npp
        one = torch.ones_like(total)
        ratio = after.sum(1, keepdim=True) / torch.where(known, total, one)
        return torch.where(known, ratio, one)
