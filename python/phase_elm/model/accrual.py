"""Growth still to come in a column near rest, from the N that its organic matter gains or loses.

With all pools in balance with present growth a column may drift on: as long as its plants lack N,
what soil gains or loses of it changes growth. Nothing here is learned.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

AHEAD = 2.0  # windows of gain that one jump runs ahead
ROOM = 0.7  # share of the unmet demand that one jump fills at most
MOST_LOSS = 0.02  # of growth, in one jump
LEAST_GAIN = 0.02  # gN/m2/yr
LEAST_CIRCULATING = 10.0  # gN/m2
# Shares of the net input that soil has stored between which it is taken for accumulation: less goes
# where the budget does not see it (runoff), more comes from elsewhere and ends.
STORED_FROM, STORED_TO, STORED_WIDTH = 0.3, 1.2, 0.2


class Accrual(nn.Module):
    """Growth after the next jump over that of the window (col, 1), 1 where N does not limit.

    **Gain**: deposition and fixation beyond gas, leaching and fire raise what circulates in each
    window by 20 years of it, and growth and losses with it, until as much is lost as comes in. That
    takes centuries, in which the column gains some 10 gC for each gN. A jump takes ``AHEAD``
    windows at once and fills at most ``ROOM`` of the demand not met: plants whose demand is met
    grow no more. Only where soil has stored a like amount is it a gain that stays.
    **Loss**: N that soil has released beyond what it took is missing in the next window.

    Source: N balance of ELM's column (EcosystemBalanceCheckMod), demand not met from ``FPG``.

    Args:
        years: length of a window.
    """

    def __init__(self, years: float) -> None:
        super().__init__()
        self.years: float = years
        self.ahead: float = AHEAD
        self.room: float = ROOM
        self.most_loss: float = MOST_LOSS
        self.least_gain: float = LEAST_GAIN
        self.least_circulating: float = LEAST_CIRCULATING
        self.stored_from: float = STORED_FROM
        self.stored_to: float = STORED_TO
        self.stored_width: float = STORED_WIDTH

    def stays(self, net: Tensor, stored: Tensor) -> Tensor:
        """1 where soil has stored what came in, 0 where not (col, 1)."""
        share = stored / net.clamp(min=self.least_gain)
        above = ((share - self.stored_from) / self.stored_width).clamp(0.0, 1.0)
        below = ((self.stored_to - share) / self.stored_width).clamp(0.0, 1.0)
        return above * below

    def forward(
        self, fpg: Tensor, surplus: Tensor, net: Tensor, stored: Tensor, circulating: Tensor
    ) -> Tensor:
        """Growth as far as one jump goes.

        Args:
            fpg: share of the plants' demand that is met (col, 1).
            surplus: of ``MineralNitrogen``, 1 where it is met in full (col, 1).
            net: input less losses, gN/m2/yr (col, 1).
            stored: gain of soil, gN/m2/yr (col, 1).
            circulating: of ``Circulation``, gN/m2 (col, 1).
        """
        window = self.years / circulating.clamp(min=self.least_circulating)
        unmet = 1.0 / fpg.clamp(0.5, 1.0) - 1.0
        gain = net.clamp(min=0.0)
        up = torch.minimum(self.ahead * gain * window, self.room * unmet)
        down = (stored.clamp(max=0.0) * window).clamp(min=-self.most_loss)
        return 1.0 + up * self.stays(gain, stored.clamp(min=0.0)) + down * (1.0 - surplus)
