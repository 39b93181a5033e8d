"""The stage that knows windows in which N and P were supplied."""

from __future__ import annotations

import torch
from torch import Tensor

from phase_elm.model import constants as c
from phase_elm.model import physics
from phase_elm.model.features import ORGANS, organ_total
from phase_elm.model.linear import LinearPart
from phase_elm.model.stage import Stage, SurrogateConfig
from phase_elm.schema import Schema


class FirstStage(Stage):
    """From a window in which N and P were supplied: how will limitation set in?"""

    def __init__(self, schema: Schema, config: SurrogateConfig) -> None:
        super().__init__(schema, config, config.members)
        self.litter_at: int = physics.LITTER
        self.display_at: int = physics.DISPLAY
        self.storage_at: int = physics.STORAGE
        self.rate_at: int = physics.RATE
        self.input_at: int = physics.INPUT
        self.pool_at: int = physics.POOL
        self.organs: list[str] = ORGANS
        self.carbon_pools: list[str] = c.POOLS
        self.cwd: int = c.CWD
        self.years: float = c.OBSERVED_YEARS
        self.linear = LinearPart(self._sizes(schema))

    def together(
        self, f: dict[str, Tensor], by_patch: list[Tensor], by_level: list[Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Bounded log ratios of regression and members (``each``) together."""
        patch, level = self.linear(f, self.averaged(by_patch), self.averaged(by_level))
        return self.patch_correction(patch), self.depth_correction(level)

    @torch.jit.export
    def corrections(self, f: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Bounded log ratios of ensemble and regression together."""
        by_patch, by_level = self.each(f)
        return self.together(f, by_patch, by_level)

    def assemble(
        self,
        x: dict[str, Tensor],
        f: dict[str, Tensor],
        patch_correction: Tensor,
        depth_correction: Tensor,
    ) -> dict[str, Tensor]:
        """Corrected plants, then the balance of what they feed."""
        present = f["present"]
        out = self.patch_pools(x, present, patch_correction)
        litter = patch_correction[:, :, self.litter_at]
        column = self.column_pools(x, present, out, litter, depth_correction)
        for name, value in column.items():
            out[name] = value
        return out

    def leaning(
        self,
        x: dict[str, Tensor],
        f: dict[str, Tensor],
        out: dict[str, Tensor],
        patch_correction: Tensor,
        depth_correction: Tensor,
    ) -> Tensor:
        """Drift that corrections of one member come to, to first order, gC/m2/yr (col, 2).

        Of plants, each organ times its log correction and the share that is forgotten in 20 years,
        and of litter, debris and soil: each pool, so weighted, times the log change of what feeds
        it, of its turnover and of itself. Only differences between members mean something.
        """
        weight = x["wtcol"] * f["present"]
        forgets = 1.0 - torch.exp(
            -self.years * self.patch_features.physics.wood_loss(x, "deadstem")
        )
        plants = torch.zeros_like(weight)
        wood = torch.zeros_like(weight)
        fed_by_wood = torch.zeros_like(weight)
        for k in range(len(self.organs)):
            organ = self.organs[k]
            shown = out[organ + "c"] * patch_correction[:, :, self.display_at + k]
            stored = out[organ + "c_storage"] + out[organ + "c_xfer"]
            stored = stored * patch_correction[:, :, self.storage_at + k]
            if organ != "leaf" and organ != "froot":
                wood = wood + out[organ + "c"]
                fed_by_wood = fed_by_wood + shown
            if organ == "deadstem" or organ == "deadcroot":
                shown = shown * forgets
            plants = plants + shown + stored
        by_plants = (plants * weight).sum(1)
        leaf, root = organ_total(out, "leaf", "c"), organ_total(out, "froot", "c")
        fall = patch_correction[:, :, self.litter_at]
        fed = leaf * (patch_correction[:, :, self.display_at] + fall)
        fed = fed + root * (patch_correction[:, :, self.display_at + 1] + fall)
        litter = (fed * weight).sum(1) / (((leaf + root) * weight).sum(1) + 1.0e-3)
        debris = (fed_by_wood * weight).sum(1) / ((wood * weight).sum(1) + 1.0e-3)
        by_soil = torch.zeros_like(by_plants)
        thickness = self.column_pools.mixing.thickness
        for i in range(len(self.carbon_pools)):
            change = depth_correction[:, self.pool_at + i] - depth_correction[:, self.rate_at + i]
            if i <= self.cwd:
                change = change + depth_correction[:, self.input_at + i]
            change = change + (debris if i == self.cwd else litter).unsqueeze(1)
            forgotten = 1.0 - torch.exp(-self.years * f["rate"][:, i])
            pool = out[self.carbon_pools[i] + "c_vr"] * thickness
            by_soil = by_soil + (pool * forgotten * change).sum(1)
        return torch.stack([by_plants, by_soil], 1) / self.years

    def apart(
        self,
        x: dict[str, Tensor],
        f: dict[str, Tensor],
        out: dict[str, Tensor],
        by_patch: list[Tensor],
        by_level: list[Tensor],
    ) -> Tensor:
        """Standard deviation over members of the drift of plants and of soil, gC/m2/yr (col, 2).

        Args:
            x, f: named inputs, and their features.
            out: the pools that are predicted.
            by_patch, by_level: what each member says (``each``).
        """
        leanings: list[Tensor] = []
        for k in range(len(by_patch)):
            patch, level = self.patch_correction(by_patch[k]), self.depth_correction(by_level[k])
            leanings.append(self.leaning(x, f, out, patch, level))
        if len(leanings) < 2:
            return torch.zeros_like(leanings[0])
        return torch.stack(leanings).std(0)

    def predict(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Named outputs, and the trust in them, from named inputs."""
        f = self.encode(x)
        by_patch, by_level = self.each(f)
        patch, level = self.together(f, by_patch, by_level)
        out = self.assemble(x, f, patch, level)
        apart = self.apart(x, f, out, by_patch, by_level)
        out["trust"] = self.trust.judge(self.trust_features(f), apart)
        return out
