"""What ELM's allocation says about a plant at rest (AllocationMod, relative demand).

New growth is split in fixed proportions to leaves, fine roots and wood; wood's part rises with
last year's production. Growth waits for nutrients: it is the demand times the filling of the
plant's N and P stores, whose full size is so many years of need. PFT parameters tell all of it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c

MOST_PRODUCTIVE = 5000.0  # gC/m2/yr
LEAST_NEED = 0.01  # g/m2/yr, below it ELM holds the store's full size
HALVINGS = 40


class Allocation(nn.Module):
    """Shares of growth and sizes of stores (col, pft), from production in gC/m2/yr."""

    def __init__(self) -> None:
        super().__init__()
        self.store_years: float = c.NUTRIENT_STORE_YEARS
        self.filling: float = c.STORE_FILLING
        self.respired: float = c.EXCESS_RESPIRATION_PER_YEAR
        self.q10: float = c.RESPIRATION_Q10
        self.turnover: float = c.LIVE_WOOD_TURNOVER_PER_YEAR
        self.most: float = MOST_PRODUCTIVE
        self.least: float = LEAST_NEED
        self.halvings: int = HALVINGS

    def stem(self, x: dict[str, Tensor], npp: Tensor) -> Tensor:
        """New stem over new leaf carbon; a negative parameter makes it rise with production."""
        parameter = x["stem_leaf"].unsqueeze(0).expand_as(npp)
        rising = -parameter * 2.7 / (1.0 + torch.exp(-0.004 * (npp - 300.0))) - 0.4
        stem = torch.where(parameter < 0.0, rising.clamp(min=0.2), parameter)
        return stem * x["woody"].unsqueeze(0)

    def growth(self, x: dict[str, Tensor], npp: Tensor) -> Tensor:
        """New carbon of all organs over that of leaves."""
        wood = self.stem(x, npp) * (1.0 + x["croot_stem"].unsqueeze(0))
        return 1.0 + x["froot_leaf"].unsqueeze(0) + wood

    def wood_share(self, x: dict[str, Tensor], npp: Tensor) -> Tensor:
        """Share of growth that becomes wood, live or dead."""
        wood = self.stem(x, npp) * (1.0 + x["croot_stem"].unsqueeze(0))
        return wood / self.growth(x, npp)

    def need(self, x: dict[str, Tensor], npp: Tensor, element: str) -> Tensor:
        """N or P of a year's growth, g/m2."""
        one = torch.ones_like(x["woody"])
        ratio: list[Tensor] = []
        for organ in ("leaf", "froot", "livewd", "deadwd"):
            given = x[organ + "c" + element]
            inverse = 1.0 / torch.where(given > 0.0, given, one)
            ratio.append(torch.where(given > 0.0, inverse, torch.zeros_like(one)).unsqueeze(0))
        wood = self.stem(x, npp) * (1.0 + x["croot_stem"].unsqueeze(0))
        live = x["flivewd"].unsqueeze(0)
        leaf = ratio[0] + x["froot_leaf"].unsqueeze(0) * ratio[1]
        total = leaf + wood * (live * ratio[2] + (1.0 - live) * ratio[3])
        respired = 1.0 + x["grperc"].unsqueeze(0)
        return npp.clamp(min=0.0) * total / (respired * self.growth(x, npp))

    def store(self, x: dict[str, Tensor], npp: Tensor, element: str) -> Tensor:
        """Full size of the N or P store; below it growth falls short of the demand."""
        return self.store_years * self.need(x, npp, element).clamp(min=self.least)

    def unused(self, x: dict[str, Tensor], npp: Tensor) -> Tensor:
        """Carbon pool of plants whose stores are filled as far as at rest, gC/m2.

        Growth is the filling times the demand; the rest of what was assimilated stays in the pool
        until it is respired.
        """
        excess = npp.clamp(min=0.0) * (1.0 + x["grperc"].unsqueeze(0))
        excess = excess * (1.0 - self.filling) / self.filling
        warmth = self.q10 ** ((x["TBOT"] - 293.15) / 10.0)
        return excess / (self.respired * warmth.mean(1, keepdim=True))

    def sustaining(self, x: dict[str, Tensor], loss: Tensor, slowest: Tensor) -> Tensor:
        """Production whose new wood makes up for a loss of dead wood.

        Args:
            x: named inputs.
            loss: dead stem and coarse root lost, gC/m2/yr.
            slowest: loss rate of live wood, 1/yr; of new live wood the rest turns into dead.
        """
        live = x["flivewd"].unsqueeze(0)
        dead = 1.0 - live + live * self.turnover / (self.turnover + slowest)
        low = torch.zeros_like(loss)
        high = torch.full_like(loss, self.most)
        for _ in range(self.halvings):
            npp = 0.5 * (low + high)
            above = npp * self.wood_share(x, npp) * dead > loss
            high = torch.where(above, npp, high)
            low = torch.where(above, low, npp)
        return 0.5 * (low + high)
