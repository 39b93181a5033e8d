"""What the constraints know about the columns, and what they measure errors with."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from phase_elm.model import constants as c
from phase_elm.model.features import ORGANS, PatchPhysics
from phase_elm.model.steady_state import HostRates, VerticalMixing

Named = dict[str, Tensor]
DRIFT_SCALE = 2.0  # gC/m2/yr beyond which a column is lost anyway and counts logarithmically
FORMS = ("", "_storage", "_xfer")
C_POOLS = [f"{o}c{s}" for o in ORGANS for s in FORMS] + [
    "gresp_storage", "gresp_xfer", "cpool", "xsmrpool",
]  # fmt: skip
N_POOLS = [f"{o}n{s}" for o in ORGANS for s in FORMS] + ["npool", "retransn"]
P_POOLS = [f"{o}p{s}" for o in ORGANS for s in FORMS] + ["ppool", "retransp"]
PLANT_POOLS = {"c": C_POOLS, "n": N_POOLS, "p": P_POOLS}


@dataclass(frozen=True)
class Columns:
    """Weights of patches, layers and columns, the host's rates, and how fast layers forget."""

    inputs: Named
    patch: Tensor  # weight of present patches on their column (col, pft)
    area: Tensor  # land area, km2 (col)
    thickness: Tensor  # m (level)
    rate: Tensor  # decomposition, 1/yr (col, pool, level)
    share: Tensor  # of a donor's loss that reaches the receiver (col, transfer, level)
    fire: Tensor  # 1/yr (col, pool, level)
    mixing: Tensor  # operator of VerticalMixing, 1/yr (col, level, level)
    forget: Tensor  # share of an error that is gone after 20 years (col, pool, level)
    wood_forget: Tensor  # the same for wood (col, pft)

    @staticmethod
    @torch.no_grad()
    def of(x: Named) -> Columns:
        """From named inputs, on the device they are on."""
        device = x["wtcol"].device
        plants, mixing = PatchPhysics().to(device), VerticalMixing().to(device)
        rate, share, fire = HostRates().to(device)(x)
        mortality = plants.wood_loss(x, "deadstem")
        return Columns(
            inputs=x,
            patch=x["wtcol"] * plants.presence(x),
            area=(x["area"] * x["landfrac"])[:, 0],
            thickness=mixing.thickness,
            rate=rate,
            share=share,
            fire=fire,
            mixing=mixing.of(x),
            forget=1.0 - torch.exp(-c.OBSERVED_YEARS * (rate + fire)),
            wood_forget=1.0 - torch.exp(-c.OBSERVED_YEARS * mortality),
        )

    def take(self, rows: Tensor, inputs: Named) -> Columns:
        """Some columns; ``inputs`` are theirs."""
        return Columns(
            inputs=inputs,
            patch=self.patch[rows],
            area=self.area[rows],
            thickness=self.thickness,
            rate=self.rate[rows],
            share=self.share[rows],
            fire=self.fire[rows],
            mixing=self.mixing[rows],
            forget=self.forget[rows],
            wood_forget=self.wood_forget[rows],
        )

    def of_layers(self, layered: Tensor) -> Tensor:
        """Layer values (per m3) summed over the column (per m2); the last axis is the level."""
        return (layered * self.thickness).sum(-1)

    def of_patches(self, pools: Named, names: list[str]) -> Tensor:
        """Patch pools summed over the column (per m2 of column)."""
        total = torch.zeros_like(self.patch)
        for name in names:
            total = total + pools[name]
        return (total * self.patch).sum(1)


def zero_like(state: Named) -> Tensor:
    """A scalar zero of the type and on the device of the state, to sum errors up from."""
    some = next(iter(state.values()))
    return torch.zeros((), dtype=some.dtype, device=some.device)


def log_error(predicted: Tensor, truth: Tensor, floor: float) -> Tensor:
    """Log ratio of prediction to truth, flat below ``floor``."""
    return torch.log((predicted.clamp(min=0.0) + floor) / (truth.clamp(min=0.0) + floor))


def huber(error: Tensor, at: float) -> Tensor:
    """Quadratic near zero, linear beyond ``at``, in units of ``at``."""
    scaled = error / at
    return torch.sqrt(1.0 + scaled * scaled) - 1.0


def saturating(drift: Tensor) -> Tensor:
    """Grows like |drift| up to DRIFT_SCALE, like its logarithm beyond."""
    smooth = torch.sqrt(drift * drift + 0.01) - 0.1
    return DRIFT_SCALE * torch.log1p(smooth / DRIFT_SCALE)


def carbon_of(pools: Named) -> Tensor:
    """Litter, debris and soil carbon (col, pool, level)."""
    return torch.stack([pools[pool + "c_vr"] for pool in c.POOLS], 1)
