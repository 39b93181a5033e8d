"""What a window of the host's own says of the nutrients that growth will have, as features.

Plants that nitrogen limits grow as N circulates. Where organic matter gains N, the loss and the
immobilisation that this takes end at rest, and growth rises; where soil releases N it falls. The
network is given the terms of that balance as shares of what comes in, what the polish will still
ask for, and the same of phosphorus as far as a window shows it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model.circulation import Circulation

LEAST_GAIN = 0.02  # gN/m2/yr
LEAST_NITROGEN = 0.1  # gN/m2
LEAST_PHOSPHORUS = 1.0e-3  # gP/m2
FINE = 0.02  # log ratios and shares of this size matter; larger ones count by their logarithm
SHARE = 0.1  # of what comes in: smaller terms count linearly, larger ones by their logarithm


class NutrientBudget(nn.Module):
    """Terms of the N and P balance of a window (col, feature), and growth to come (col, pft)."""

    def __init__(self) -> None:
        super().__init__()
        self.circulation = Circulation(True)
        self.years: float = c.OBSERVED_YEARS
        self.seconds: float = c.SECONDS_PER_YEAR
        self.least_gain: float = LEAST_GAIN
        self.least: float = LEAST_NITROGEN
        self.least_p: float = LEAST_PHOSPHORUS
        self.fine: float = FINE
        self.share: float = SHARE
        self.pools: list[str] = c.POOLS
        self.weathering: float = 1.0 / c.PRIMARY_P_TAU_YEARS

    def change(self, x: dict[str, Tensor], carbon: Tensor, element: str) -> Tensor:
        """N or P in changes of litter, debris and soil carbon (col, pool, level), g/m2 (col, 1)."""
        part = self.circulation
        total = torch.zeros_like(x["wtcol"][:, :1])
        for i in range(len(self.pools)):
            ratio = part.per_carbon(x, self.pools[i], element)
            total = total + (carbon[:, i] * ratio * part.thickness).sum(1, keepdim=True)
        return total

    def phosphorus(self, x: dict[str, Tensor], moved: Tensor, missing: Tensor) -> list[Tensor]:
        """P that organic matter gained and will take, over what weathers and what is there."""
        part = self.circulation
        weathered = (x["primp_vr"] * part.thickness).sum(1, keepdim=True) * self.weathering
        stock = torch.zeros_like(weathered)
        for name in ("solutionp_vr", "labilep_vr"):
            stock = stock + (x[name] * part.thickness).sum(1, keepdim=True)
        stock = stock.clamp(min=self.least_p)
        gained = self.change(x, moved, "p") / self.years
        asked = self.change(x, missing, "p")
        return [
            torch.asinh(gained / weathered.clamp(min=self.least_p) / self.share),
            torch.asinh(gained * self.years / stock / self.share),
            torch.asinh(asked / stock / self.share),
            torch.log(stock / weathered.clamp(min=self.least_p)),
        ]

    def forward(self, x: dict[str, Tensor], moved: Tensor, missing: Tensor) -> Tensor:
        """Losses, release, gain and demand of organic matter, over what comes in; years of supply.

        Args:
            x: named inputs.
            moved: change of litter, debris and soil carbon over the window (col, pool, level).
            missing: what the polish adds to it.
        """
        part = self.circulation
        kept = part.kept(x)
        gain = (x["NDEP_TO_SMINN"] + x["NFIX_TO_SMINN"]).clamp(min=0.0) * self.seconds
        gain = gain.clamp(min=self.least_gain)
        leached = x["SMIN_NO3_LEACHED"] * self.seconds
        denitrified = x["DENIT"] * self.seconds
        burned = part.burned(x)
        loss = leached + denitrified + burned - gain
        given = part.given_up(x, loss)
        circulating = part.circulating(x, kept)
        held = (x["wtcol"] * part.held(x)).sum(1, keepdim=True)
        out: list[Tensor] = []
        for term in (
            leached,
            denitrified,
            burned,
            loss,
            part.released(x, kept),
            given,
            given - loss,
        ):
            out.append(torch.asinh(term / gain / self.share))
        out.append(torch.asinh(loss * self.years / circulating.clamp(min=self.least) / self.fine))
        out.append(torch.asinh(given * self.years / held.clamp(min=self.least) / self.fine))
        out.append(torch.log(circulating.clamp(min=self.least) / gain))
        out.append(torch.log(held.clamp(min=self.least) / circulating.clamp(min=self.least)))
        out.append(part.mineral.surplus(x))
        asked = self.change(x, missing, "n")
        out.append(torch.asinh(asked / circulating.clamp(min=self.least) / self.fine))
        out.append(torch.asinh(asked / gain / self.years / self.share))
        out.extend(self.phosphorus(x, moved, missing))
        return torch.cat(out, 1)

    def growth(self, x: dict[str, Tensor]) -> Tensor:
        """Log of growth to come over the window's, in parts of 2 % (col, pft)."""
        return torch.asinh(torch.log(self.circulation.growth(x)) / self.fine)
