"""Mineral nitrogen at rest.

At rest the organic pools give back what they take, so that deposition and fixation have to make
up for leaching and denitrification. Both losses grow with the pool. A pool that loses more than
comes in is fed by a surplus that ends with the jump (the release of soils above rest), and as long
as its store lasts the plants do not show how nitrogen will limit them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model.features import ORGANS, organ_total

MINERAL_NITROGEN = ["smin_no3_vr", "smin_nh4_vr"]
LEAST_LOSS = 1.0e-12  # gN/m2/s
LEAST_NITROGEN = 0.1  # gN/m2
# Pools that hand their N on within a window, besides living plants and their stores.
CIRCULATING = ["litr1", "litr2", "litr3", "soil1", "soil2", "soil3"]
LEAST_GROWTH = 0.7
LIMITED = 0.02  # share of the demand not met


class MineralNitrogen(nn.Module):
    """NO3 and NH4 whose losses are what comes in, where the plants' demand was met.

    A pool that loses less stays as it is, and so does one that limits plants: what they take
    up at once has come to rest with them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = MINERAL_NITROGEN
        self.least: float = LEAST_LOSS
        self.limited: float = LIMITED
        self.organs: list[str] = [organ for organ in ORGANS if not organ.startswith("dead")]
        self.pools: list[str] = CIRCULATING
        self.least_nitrogen: float = LEAST_NITROGEN
        self.least_growth: float = LEAST_GROWTH
        self.years: float = c.OBSERVED_YEARS
        self.seconds: float = c.SECONDS_PER_YEAR
        self.register_buffer("thickness", torch.tensor(c.layer_thickness(), dtype=torch.float64))

    def surplus(self, x: dict[str, Tensor]) -> Tensor:
        """1 where the plants' demand was met, 0 where N limits them (col, 1)."""
        return (1.0 - (1.0 - x["FPG"]) / self.limited).clamp(0.0, 1.0)

    def left(self, x: dict[str, Tensor]) -> Tensor:
        """Share of the pools that stays (col, 1): 1 where there is no surplus."""
        gain = (x["NDEP_TO_SMINN"] + x["NFIX_TO_SMINN"]).clamp(min=0.0)
        loss = x["SMIN_NO3_LEACHED"] + x["DENIT"]
        known = loss > self.least
        one = torch.ones_like(loss)
        ratio = torch.where(known, gain / torch.where(known, loss, one), one).clamp(max=1.0)
        return ratio ** self.surplus(x)

    def circulating(self, x: dict[str, Tensor]) -> Tensor:
        """N of living plants, their stores, litter and all soil but the slowest, gN/m2 (col, 1)."""
        plant = x["npool"] + x["retransn"]
        for organ in self.organs:
            plant = plant + organ_total(x, organ, "n")
        total = (x["wtcol"] * plant).sum(1, keepdim=True)
        for pool in self.pools:
            total = total + (x[pool + "n_vr"] * self.thickness).sum(1, keepdim=True)
        return total

    def growth_to_come(self, x: dict[str, Tensor]) -> Tensor:
        """Growth of the coming years over the window's (col, 1), where N limits it.

        Growth is what N in circulation allows, and that changes by what is lost beyond what comes
        in: N = N0 - (loss - gain) * 20 from the middle of one window to that of the next. A gain
        is no sign of more growth, fire takes it.
        """
        gain = (x["NDEP_TO_SMINN"] + x["NFIX_TO_SMINN"]).clamp(min=0.0)
        loss = x["SMIN_NO3_LEACHED"] + x["DENIT"]
        gone = ((loss - gain) * self.seconds * self.years).clamp(min=0.0)
        share = gone / self.circulating(x).clamp(min=self.least_nitrogen)
        return (1.0 - share * (1.0 - self.surplus(x))).clamp(min=self.least_growth)

    def forward(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """New pools by name."""
        left = self.left(x)
        out: dict[str, Tensor] = {}
        for name in self.names:
            out[name] = x[name] * torch.where(x[name] > 0.0, left, torch.ones_like(left))
        return out
