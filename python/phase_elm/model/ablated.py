"""The first stage with constraints of the graph taken out, to measure what each is worth.

For ``phase ablate`` only: what such a stage predicts may be negative, break ratios or fill pools
that a plant does not have, so that it is never exported.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from phase_elm.model import constants as c
from phase_elm.model import physics
from phase_elm.model.features import ORGANS
from phase_elm.model.first import FirstStage
from phase_elm.model.network import Sizes
from phase_elm.model.stage import SurrogateConfig
from phase_elm.schema import Schema

FORMS = ("", "_storage", "_xfer")
PARTS = [(organ, element, form) for organ in ORGANS for element in "np" for form in FORMS]
FREE_SPREAD = (0.02, 0.5)  # least and most
# What a network without structural zeros cannot tell from nothing, g/m2: the floor of its errors.
FLOOR = {"c": 0.5, "n": 0.02, "p": 0.002}


class Unbalanced(physics.ColumnPools):
    """Litter, debris and soil as they are, instead of where they come to rest."""

    def solve(
        self,
        x: dict[str, Tensor],
        present: Tensor,
        after: dict[str, Tensor],
        litter: Tensor,
        correction: Tensor,
    ) -> Tensor:
        return torch.stack([x[pool + "c_vr"].clamp(min=0.0) for pool in self.pools], 1)


class AblatedStage(FirstStage):
    """``without`` names what is taken out.

    balance: corrections apply to the observed pools of litter, debris and soil.
    stoichiometry: N and P of every organ and form, and soil N, have corrections of their own.
    zeros: organs that the host does not have are predicted from a floor.
    sign: pools are linear in their corrections, so that they can become negative.
    """

    def __init__(self, schema: Schema, config: SurrogateConfig) -> None:
        self.without = config.without
        super().__init__(schema, config)
        self.positive = [v.name for v in schema.outputs if v.lower == 0.0 and v.role != "trust"]
        if "balance" in self.without:
            self.column_pools = Unbalanced(schema.horizon_years, config.steps)
            self.balanced = False

    @property
    def free(self) -> bool:
        return "stoichiometry" in self.without

    def _prepare(self, schema: Schema) -> None:
        if self.free:
            self.patch_outputs = physics.N_PATCH + len(PARTS)
            self.depth_outputs = physics.N_DEPTH + 4
            self.patch_correction = physics.Correction(1, c.NPFT, self.patch_outputs)
            self.depth_correction = physics.Correction(1, self.depth_outputs, c.NLEVEL)

    def _sizes(self, schema: Schema) -> Sizes:
        outputs = {"patch_outputs": self.patch_outputs, "depth_outputs": self.depth_outputs}
        return replace(super()._sizes(schema), **outputs)

    def fit_free(self, x: dict[str, Tensor], truth: dict[str, Tensor], present: Tensor) -> None:
        """Mean and spread of the ratios that are no longer fixed."""
        if not self.free:
            return
        for k, (organ, element, form) in enumerate(PARTS):
            own, carbon = organ + element + form, organ + "c" + form
            known = (present > 0.5) & (truth[carbon] > 1.0e-4) & (x[carbon] > 1.0e-4)
            known = known & (truth[own] > 0.0) & (x[own] > 0.0)
            at = physics.N_PATCH + k
            _fit(self.patch_correction, (0, slice(None), at), [
                truth[own], x[carbon], truth[carbon], x[own]
            ], known)  # fmt: skip
        for k, pool in enumerate(c.POOLS[4:]):
            known = truth[pool + "c_vr"] > 1.0e-3
            usual = torch.full_like(truth[pool + "c_vr"], c.SOIL_CN[k])
            one = torch.ones_like(usual)
            _fit(self.depth_correction, (0, physics.N_DEPTH + k, slice(None)), [
                truth[pool + "n_vr"], usual, truth[pool + "c_vr"], one
            ], known)  # fmt: skip

    def assemble(
        self,
        x: dict[str, Tensor],
        f: dict[str, Tensor],
        patch_correction: Tensor,
        depth_correction: Tensor,
    ) -> dict[str, Tensor]:
        out = self._assembled(x, f, patch_correction, depth_correction)
        if "sign" in self.without:
            middle = self._assembled(
                x,
                f,
                self.patch_correction.mean.expand_as(patch_correction),
                self.depth_correction.mean.expand_as(depth_correction),
            )
            for name in self.positive:
                there = (middle[name] > 0.0) & (out[name] > 0.0)
                one = torch.ones_like(out[name])
                ratio = torch.where(there, out[name], one) / torch.where(there, middle[name], one)
                linear = middle[name] * (1.0 + torch.log(ratio))
                out[name] = torch.where(there, linear, out[name])
        return out

    def _assembled(
        self,
        x: dict[str, Tensor],
        f: dict[str, Tensor],
        patch_correction: Tensor,
        depth_correction: Tensor,
    ) -> dict[str, Tensor]:
        own = patch_correction[:, :, : physics.N_PATCH]
        out = super().assemble(x, f, own, depth_correction)
        if self.free:
            for k, (organ, element, form) in enumerate(PARTS):
                factor = torch.exp(patch_correction[:, :, physics.N_PATCH + k])
                out[organ + element + form] = out[organ + element + form] * factor
            for k, pool in enumerate(c.POOLS[4:]):
                factor = torch.exp(depth_correction[:, physics.N_DEPTH + k])
                out[pool + "n_vr"] = out[pool + "n_vr"] * factor
        if "zeros" in self.without:
            for k, organ in enumerate(ORGANS):
                for form in FORMS:
                    at = physics.DISPLAY if form == "" else physics.STORAGE
                    factor = torch.exp(patch_correction[:, :, at + k])
                    for element, floor in FLOOR.items():
                        name = organ + element + form
                        filled = floor * factor * f["present"]
                        out[name] = torch.where(x[name] == 0.0, filled, out[name])
        return out


def _fit(
    correction: physics.Correction, at: tuple[object, ...], values: list[Tensor], known: Tensor
) -> None:
    """Mean and spread over columns of log (a b / (c d)) where it is known."""
    one = torch.ones_like(values[0])
    a, b, d, e = (torch.where(known, value, one) for value in values)
    target = torch.log(a * b / (d * e))
    count = known.sum(0).clamp(min=1)
    mean = (target * known).sum(0) / count
    spread = (((target - mean) ** 2 * known).sum(0) / count).sqrt()
    correction.mean[at] = mean
    correction.std[at] = spread.clamp(*FREE_SPREAD)
