"""Decomposition rates for a host that gives none: ELM's law, held to the budgets of fast pools.

The scalars follow ELM's decomposition cascade (temperature by Q10 1.5 above and below freezing,
moisture by the logarithm of the water potential, oxygen 1, depth by exponential) from monthly
temperatures and the mean soil water, the potential by Clapp and Hornberger with the texture's
coefficients. What decomposes of litter and of the two fastest soil pools in the whole column is
known besides: what came in, less fire and what the pool grew by. Their rates are scaled to it, and
those of wood debris and slow soil by the factor of the second soil pool, which no season and no
shortage of nutrients blurs. Transfer shares are ELM's.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c

Q10 = 1.5
REFERENCE_K = 298.15
FREEZING_K = 273.15
DRIEST_MPA = -10.0
FREEZING_MPA_PER_K = 1.22  # potential of water in frozen soil
HEAD_TO_MPA = -9.8e-6  # of suction in mm
DAMPING_M = 2.2  # depth at which the year's wave of temperature has 1 / e of its size
SNOW_SHARE = 0.8  # of the wave, in soils that freeze
COLD_K = 281.0
SCALE_LIMIT = 10.0
LEAST_MET = 0.05
FAST = [c.LITR1, c.LITR2, c.LITR3, c.SOIL1, c.SOIL2]


class ModelledRates(nn.Module):
    """Scalars, respiration and transfers of every pool, by input name, gC/m3/s.

    Args:
        efolding: e-folding depth of decomposition, m.
    """

    def __init__(self, efolding: float = c.DEPTH_EFOLD_M) -> None:
        super().__init__()
        depth = torch.tensor(c.layer_nodes(c.NLEVEL), dtype=torch.float64)
        base = torch.tensor(c.BASE_K, dtype=torch.float64) * 365.0
        self.register_buffer("depth", depth)
        self.register_buffer("base", base[:, None] * torch.exp(-depth / efolding)[None, :])
        self.register_buffer("thickness", torch.tensor(c.layer_thickness(), dtype=torch.float64))
        month = (torch.arange(12, dtype=torch.float64) + 0.5) / 12.0 * 2.0 * math.pi
        self.register_buffer("month", month)
        self.pools: list[str] = c.POOLS
        self.fast: list[int] = FAST
        self.order: list[int] = c.SOLVE_ORDER
        self.donor: list[int] = [t[0] for t in c.TRANSFERS]
        self.receiver: list[int] = [t[1] for t in c.TRANSFERS]
        self.share: list[float] = [t[2] for t in c.TRANSFERS]
        self.transfer_names: list[str] = [t[3] for t in c.TRANSFERS]
        self.cwd: int = c.CWD
        self.soil2: int = c.SOIL2
        self.years: float = c.OBSERVED_YEARS
        self.seconds: float = c.SECONDS_PER_YEAR
        self.log_q10: float = math.log(Q10) / 10.0
        self.reference: float = REFERENCE_K
        self.freezing: float = FREEZING_K
        self.driest: float = DRIEST_MPA
        self.frozen: float = FREEZING_MPA_PER_K
        self.head: float = HEAD_TO_MPA
        self.damping: float = DAMPING_M
        self.snow: float = SNOW_SHARE
        self.cold: float = COLD_K
        self.limit: float = SCALE_LIMIT
        self.least_met: float = LEAST_MET

    def temperature(self, x: dict[str, Tensor]) -> Tensor:
        """Monthly temperature of the layers, K (col, level, 12).

        The mean of the layer, with the first harmonic of the air's year, damped and late by depth.
        """
        year = x["TBOT"].reshape(x["TBOT"].shape[0], -1, 12).mean(1)
        even = 2.0 * (year * torch.cos(self.month)).mean(1)
        odd = 2.0 * (year * torch.sin(self.month)).mean(1)
        size = torch.sqrt(even * even + odd * odd)
        size = torch.where(x["TSOI"][:, 0] < self.cold, self.snow * size, size)
        late = self.depth / self.damping
        phase = self.month[None, None, :] - torch.atan2(odd, even)[:, None, None]
        wave = torch.cos(phase - late[None, :, None]) * torch.exp(-late)[None, :, None]
        return x["TSOI"].unsqueeze(2) + size[:, None, None] * wave

    def moisture(self, x: dict[str, Tensor], temperature: Tensor) -> Tensor:
        """Scalar of moisture by month (col, level, 12)."""
        sand, clay = x["PCT_SAND"], x["PCT_CLAY"]
        pores = 0.489 - 0.00126 * sand
        wet = self.head * 10.0 * torch.exp(math.log(10.0) * (1.88 - 0.0131 * sand))
        filled = (x["H2OSOI"] / pores).clamp(0.01, 1.0)
        potential = wet * torch.exp(-(2.91 + 0.159 * clay) * torch.log(filled))
        ice = self.frozen * (temperature - self.freezing).clamp(max=0.0)
        wettest = wet.unsqueeze(2)
        found = torch.minimum(torch.minimum(potential.unsqueeze(2), ice), wettest)
        found = found.clamp(min=self.driest)
        return torch.log(self.driest / found) / torch.log(self.driest / wettest)

    def column(self, layered: Tensor) -> Tensor:
        """Layer values (per m3) summed to the column (per m2), (col)."""
        return (layered * self.thickness).sum(1)

    def forward(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """What is missing, by input name (col, level)."""
        temperature = self.temperature(x)
        warmth = torch.exp(self.log_q10 * (temperature - self.reference))
        moisture = self.moisture(x, temperature)
        environment = (warmth * moisture).mean(2)
        out: dict[str, Tensor] = {}
        out["T_SCALAR"] = warmth.mean(2)
        out["W_SCALAR"] = moisture.mean(2)
        out["O_SCALAR"] = torch.ones_like(environment)
        potential: list[Tensor] = []
        for i in range(len(self.pools)):
            pool = x[self.pools[i].upper() + "C_vr"].clamp(min=0.0)
            pace = self.base[i] * environment
            if i < self.cwd:
                # what immobilises waits for nutrients
                met = torch.minimum(x["FPI_vr"], x["FPI_P_vr"])
                pace = pace * met.clamp(self.least_met, 1.0)
            potential.append(pool * pace)
        scale = self.scales(x, potential)
        loss: list[Tensor] = []
        for i in range(len(self.pools)):
            loss.append(potential[i] * scale[i].unsqueeze(1) / self.seconds)
        respired: list[Tensor] = []
        for value in loss:
            respired.append(value)
        for t in range(len(self.transfer_names)):
            flux = loss[self.donor[t]] * self.share[t]
            out[self.transfer_names[t]] = flux
            respired[self.donor[t]] = respired[self.donor[t]] - flux
        for i in range(len(self.pools)):
            if i != self.cwd:
                out[self.pools[i].upper() + "_HR_vr"] = respired[i]
        return out

    def scales(self, x: dict[str, Tensor], potential: list[Tensor]) -> list[Tensor]:
        """Loss of each pool over that by the law, whole column (col)."""
        gone: list[Tensor] = [self.column(value) for value in potential]
        one = torch.ones_like(gone[0])
        scale: list[Tensor] = [one for _ in range(len(gone))]
        for i in self.order:
            if i not in self.fast:
                continue
            pool = self.pools[i]
            gain = -self.column(x[pool + "c_vr"] - x[pool + "c_vr_start"]) / self.years
            if i < self.cwd:
                name = pool.upper() + "C"
                fed = x[name + "_INPUT_vr"] - x["M_" + name + "_TO_FIRE_vr"]
                gain = gain + self.column(fed) * self.seconds
            for t in range(len(self.donor)):
                if self.receiver[t] == i:
                    gain = gain + self.share[t] * gone[self.donor[t]]
            known = (gone[i] > 1.0e-6) & (gain > 0.0)
            ratio = torch.where(known, gain, one) / torch.where(known, gone[i], one)
            scale[i] = torch.where(known, ratio.clamp(1.0 / self.limit, self.limit), one)
            gone[i] = gone[i] * scale[i]
        for i in range(len(gone)):
            if i not in self.fast:
                scale[i] = scale[self.soil2]
        return scale
