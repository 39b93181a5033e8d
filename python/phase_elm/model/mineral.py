"""Mineral nitrogen at rest.

At rest the organic pools give back what they take, so that deposition and fixation have to make
up for leaching and denitrification. Both losses grow with the pool. A pool that loses more than
comes in is fed by a surplus that ends with the jump (the release of soils above rest), and as long
as its store lasts the plants do not show how nitrogen will limit them.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MINERAL_NITROGEN = ["smin_no3_vr", "smin_nh4_vr"]
LEAST_LOSS = 1.0e-12  # gN/m2/s
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

    def forward(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """New pools by name."""
        left = self.left(x)
        out: dict[str, Tensor] = {}
        for name in self.names:
            out[name] = x[name] * torch.where(x[name] > 0.0, left, torch.ones_like(left))
        return out
