"""From bounded corrections to pools in physical units.

Patch pools are the host's own pools times a ratio per PFT and organ, so that zeros stay zero and
C:N:P of an organ stays the host's. Litter, wood debris and soil carbon come from the steady-state
layer, fed with the predicted wood and litter fall; their N and P follow by ratios.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model.features import (
    MINERAL_FLOOR,
    MINERALS,
    ORGANS,
    WOOD,
    PatchPhysics,
    organ_total,
)
from phase_elm.model.steady_state import HostRates, SteadyState, VerticalMixing

# Patch corrections, in this order.
DISPLAY = 0  # six organs, displayed carbon
STORAGE = 6  # six organs, storage and transfer
LABILE = 12  # cpool, npool, ppool, retransn, retransp
ANNSUM = 17
LITTER = 18
DEFICIT = 19
N_PATCH = 20
LABILE_POOLS = ["cpool", "npool", "ppool", "retransn", "retransp"]
LABILE_ZERO = 1.0e-3
LEAST_LABILE = 0.05

# Layer corrections, in this order.
RATE = 0  # eight pools
INPUT = 8  # litr1-3, cwd
POOL = 12  # eight pools, after the solve
NITROGEN = 20  # litr1-3, cwd
PHOSPHORUS = 24  # eight pools
MINERAL = 32  # seven mineral forms
N_DEPTH = 39

# Mineral forms whose observed value says little after years of supply: predicted outright.
OUTRIGHT = 3
DEFAULT_CN = [90.0, 90.0, 90.0, 500.0]
DEFAULT_CP = [900.0, 900.0, 900.0, 5000.0, 360.0, 360.0, 500.0, 500.0]
TINY = 1.0e-6
CORRECTION_LIMIT = 6.0


class Correction(nn.Module):
    """mean + std * z, with z held within CORRECTION_LIMIT standard deviations."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(*shape, dtype=torch.float64))
        self.register_buffer("std", torch.full(shape, 0.1, dtype=torch.float64))
        self.limit: float = CORRECTION_LIMIT

    def forward(self, z: Tensor) -> Tensor:
        return self.mean + self.std * self.limit * torch.tanh(z / self.limit)


class PatchPools(nn.Module):
    """Patch pools at the end state, g/m2, from log corrections (col, pft, N_PATCH).

    An organ's C, N and P of one form are the host's times one ratio, so that zeros stay zero and
    C:N:P stays the host's; labile pools are predicted by themselves, zero where training columns of
    the plant type never hold any (``holds``).
    """

    def __init__(self) -> None:
        super().__init__()
        self.physics = PatchPhysics()
        self.organs: list[str] = ORGANS
        self.labile: list[str] = LABILE_POOLS
        self.display_at: int = DISPLAY
        self.storage_at: int = STORAGE
        self.labile_at: int = LABILE
        self.annsum_at: int = ANNSUM
        self.deficit_at: int = DEFICIT
        self.tiny: float = TINY
        self.labile_zero: float = LABILE_ZERO
        self.least_labile: float = LEAST_LABILE
        self.register_buffer("holds", torch.ones(1, c.NPFT, N_PATCH, dtype=torch.float64))

    def base(self, x: dict[str, Tensor]) -> Tensor:
        """What each correction is a log ratio to (col, pft, N_PATCH); never zero."""
        fast: list[Tensor] = []
        for element in ("c", "n", "p"):
            fast.append(organ_total(x, "leaf", element) + organ_total(x, "froot", element))
        out: list[Tensor] = []
        for organ in self.organs:
            display = x[organ + "c"]
            if organ == "deadstem" or organ == "deadcroot":
                display = self.physics.relaxed_wood(x, organ)
            out.append(display)
        for organ in self.organs:
            out.append(x[organ + "c_storage"] + x[organ + "c_xfer"])
        elements = [0, 1, 2, 1, 2]
        for k in range(len(self.labile)):
            # What a plant holds ready is of the size of its leaves and roots, if it holds any.
            out.append(torch.maximum(x[self.labile[k]], self.least_labile * fast[elements[k]]))
        out.append(x["annsum_npp"].clamp(min=0.0) + 1.0)
        out.append(torch.ones_like(fast[0]))
        out.append(-x["xsmrpool"])
        return torch.stack(out, -1).clamp(min=1.0e-12)

    def forward(
        self, x: dict[str, Tensor], present: Tensor, correction: Tensor
    ) -> dict[str, Tensor]:
        """Pools by name (col, pft); patches that are not present keep the host's."""
        out: dict[str, Tensor] = {}
        value = self.base(x) * torch.exp(correction)
        for k in range(len(self.organs)):
            organ = self.organs[k]
            display = value[:, :, self.display_at + k] / x[organ + "c"].clamp(min=1.0e-12)
            display = torch.where(x[organ + "c"] > self.tiny, display, torch.ones_like(display))
            stored = torch.exp(correction[:, :, self.storage_at + k])
            display = torch.where(present > 0.5, display, torch.ones_like(display))
            stored = torch.where(present > 0.5, stored, torch.ones_like(stored))
            for element in ("c", "n", "p"):
                name = organ + element
                out[name] = x[name] * display
                out[name + "_storage"] = x[name + "_storage"] * stored
                out[name + "_xfer"] = x[name + "_xfer"] * stored
            if k == 0:
                out["gresp_storage"] = x["gresp_storage"] * stored
                out["gresp_xfer"] = x["gresp_xfer"] * stored
        for k in range(len(self.labile)):
            name = self.labile[k]
            base = value[:, :, self.labile_at + k]
            floor = self.labile_zero * base / torch.exp(correction[:, :, self.labile_at + k])
            pool = (base - floor).clamp(min=0.0) * self.holds[:, :, self.labile_at + k]
            out[name] = torch.where(present > 0.5, pool, x[name])
        npp = (value[:, :, self.annsum_at] - 1.0) * self.holds[:, :, self.annsum_at]
        out["annsum_npp"] = torch.where(present > 0.5, npp, x["annsum_npp"])
        deficit = torch.exp(correction[:, :, self.deficit_at])
        owes = (x["xsmrpool"] < 0.0) & (present > 0.5)
        deficit = torch.where(owes, deficit, torch.ones_like(deficit))
        out["xsmrpool"] = x["xsmrpool"] * deficit
        return out


class PlantInputs(nn.Module):
    """Plant input to litter and wood debris at the end state, gC/m3/yr (col, pool, level)."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = [p.upper() + "C_INPUT_vr" for p in c.POOLS[:4]]
        self.wood: list[str] = WOOD
        self.seconds: float = c.SECONDS_PER_YEAR

    def litter_ratio(
        self,
        x: dict[str, Tensor],
        present: Tensor,
        after: dict[str, Tensor],
        correction: Tensor,
    ) -> Tensor:
        """Litter fall follows leaves and fine roots: end state over observed mean (col, 1).

        The last year's production over the observed mean says how far litter fall had risen by
        the end of the observed years; production of a single later year says little, because a
        plant short of nutrients respires what it cannot use.
        """
        mean = x["PFT_NPP"] * self.seconds
        before = organ_total(x, "leaf", "c") + organ_total(x, "froot", "c")
        end = organ_total(after, "leaf", "c") + organ_total(after, "froot", "c")
        grows = (mean > 1.0) & (before > 0.1) & (present > 0.5)
        one = torch.ones_like(mean)
        risen = (x["annsum_npp"] / torch.where(grows, mean, one)).clamp(0.2, 5.0)
        change = end / torch.where(grows, before, one)
        ratio = torch.where(grows, risen * change, one)
        weight = x["wtcol"] * mean.clamp(min=0.0) * present + 1.0e-9
        column = (weight * ratio * torch.exp(correction)).sum(1, keepdim=True)
        return (column / weight.sum(1, keepdim=True)).clamp(0.02, 50.0)

    def wood_ratio(self, x: dict[str, Tensor], after: dict[str, Tensor]) -> Tensor:
        """Wood mortality follows the wood there is: end state over observed mean (col, 1)."""
        mean = torch.zeros_like(x["wtcol"])
        end = torch.zeros_like(mean)
        for organ in self.wood:
            mean = mean + x[organ.upper() + "C"]
            end = end + after[organ + "c"]
        mean_column = (mean * x["wtcol"]).sum(1, keepdim=True)
        end_column = (end * x["wtcol"]).sum(1, keepdim=True)
        there = mean_column > 1.0e-3
        ratio = end_column / torch.where(there, mean_column, torch.ones_like(mean_column))
        return torch.where(there, ratio.clamp(0.05, 40.0), torch.ones_like(ratio))

    def forward(
        self,
        x: dict[str, Tensor],
        present: Tensor,
        after: dict[str, Tensor],
        litter: Tensor,
        by_level: Tensor,
    ) -> Tensor:
        """Observed input times what feeds it at the end state over what fed it.

        Args:
            x: named inputs.
            present: 1 where a vegetated patch holds carbon (col, pft).
            after: plant pools at the end state, by name (col, pft).
            litter: log correction of litter fall (col, pft).
            by_level: log corrections of the inputs to litr1-3 and cwd (col, 4, level).
        """
        from_litter = self.litter_ratio(x, present, after, litter)
        from_wood = self.wood_ratio(x, after)
        out: list[Tensor] = []
        for i in range(len(self.names)):
            ratio = from_wood if i == 3 else from_litter
            observed = x[self.names[i]].clamp(min=0.0) * self.seconds
            out.append(observed * ratio * torch.exp(by_level[:, i]))
        for _ in range(4):
            out.append(torch.zeros_like(out[0]))
        return torch.stack(out, 1)


class ColumnPools(nn.Module):
    """Column pools at the end state, g/m3, from log corrections (col, N_DEPTH, level).

    Carbon solves the balance under corrected rates and inputs and is corrected for 1 January; soil
    N is C over its fixed ratio, litter N and all P follow C by a corrected ratio of the host's.
    """

    def __init__(self, horizon: float, steps: int) -> None:
        super().__init__()
        self.rates = HostRates()
        self.mixing = VerticalMixing()
        self.inputs = PlantInputs()
        self.balance = SteadyState(horizon, steps)
        self.pools: list[str] = c.POOLS
        self.minerals: list[str] = MINERALS
        self.soil_cn: list[float] = c.SOIL_CN
        self.default_cn: list[float] = DEFAULT_CN
        self.default_cp: list[float] = DEFAULT_CP
        self.rate_at: int = RATE
        self.input_at: int = INPUT
        self.pool_at: int = POOL
        self.nitrogen_at: int = NITROGEN
        self.phosphorus_at: int = PHOSPHORUS
        self.mineral_at: int = MINERAL
        self.outright: int = OUTRIGHT
        self.mineral_floor: float = MINERAL_FLOOR
        self.weathered: float = -horizon / c.PRIMARY_P_TAU_YEARS

    def ratio_base(self, x: dict[str, Tensor], element: str, pool: str, default: float) -> Tensor:
        """Log of the observed element to carbon ratio, within a factor of 20 of the default."""
        carbon = x[pool + "c_vr"]
        known = (carbon > 1.0e-4) & (x[pool + element + "_vr"] > 0.0)
        ratio = x[pool + element + "_vr"] / torch.where(known, carbon, torch.ones_like(carbon))
        ratio = torch.where(known, ratio * default, torch.ones_like(ratio)).clamp(0.05, 20.0)
        return torch.log(ratio / default)

    def mineral_base(self, x: dict[str, Tensor], k: int) -> Tensor:
        """Log of what a mineral form is expected to be before correction."""
        observed = x[self.minerals[k]].clamp(min=0.0)
        if k < self.outright:
            return torch.zeros_like(observed)
        base = torch.log(observed + self.mineral_floor)
        if self.minerals[k] == "primp_vr":
            base = base + self.weathered
        return base

    def solve(
        self,
        x: dict[str, Tensor],
        present: Tensor,
        after: dict[str, Tensor],
        litter: Tensor,
        correction: Tensor,
    ) -> Tensor:
        """Carbon (col, pool, level) of the steady-state layer, before the Jan-1 correction."""
        rate, share, fire = self.rates(x)
        rate = rate * torch.exp(correction[:, self.rate_at : self.rate_at + 8])
        plant_input = self.inputs(
            x, present, after, litter, correction[:, self.input_at : self.input_at + 4]
        )
        now: list[Tensor] = []
        for pool in self.pools:
            now.append(x[pool + "c_vr"].clamp(min=0.0))
        return self.balance(torch.stack(now, 1), plant_input, rate, share, fire, self.mixing.of(x))

    def carbon_and_ratios(
        self,
        x: dict[str, Tensor],
        present: Tensor,
        after: dict[str, Tensor],
        litter: Tensor,
        correction: Tensor,
    ) -> dict[str, Tensor]:
        """C, N and P of litter, wood debris and soil."""
        carbon = self.solve(x, present, after, litter, correction)
        carbon = (carbon * torch.exp(correction[:, self.pool_at : self.pool_at + 8])).clamp(min=0.0)
        return self.with_ratios(x, carbon, correction)

    def with_ratios(
        self, x: dict[str, Tensor], carbon: Tensor, correction: Tensor
    ) -> dict[str, Tensor]:
        """Carbon (col, pool, level) with its N and P, by name."""
        out: dict[str, Tensor] = {}
        for i in range(len(self.pools)):
            pool = self.pools[i]
            out[pool + "c_vr"] = carbon[:, i]
            if i < 4:
                base = self.ratio_base(x, "n", pool, self.default_cn[i])
                ratio = torch.exp(base + correction[:, self.nitrogen_at + i])
                out[pool + "n_vr"] = carbon[:, i] * ratio
            else:
                out[pool + "n_vr"] = carbon[:, i] / self.soil_cn[i - 4]
            base = self.ratio_base(x, "p", pool, self.default_cp[i])
            out[pool + "p_vr"] = carbon[:, i] * torch.exp(
                base + correction[:, self.phosphorus_at + i]
            )
        return out

    def forward(
        self,
        x: dict[str, Tensor],
        present: Tensor,
        after: dict[str, Tensor],
        litter: Tensor,
        correction: Tensor,
    ) -> dict[str, Tensor]:
        """All column pools by name, g/m3 (col, level); arguments as of ``PlantInputs.forward``."""
        out = self.carbon_and_ratios(x, present, after, litter, correction)
        for k in range(len(self.minerals)):
            value = torch.exp(self.mineral_base(x, k) + correction[:, self.mineral_at + k])
            out[self.minerals[k]] = (value - self.mineral_floor).clamp(min=0.0)
        return out
