"""The stage that knows windows in which N and P were supplied."""

from __future__ import annotations

from torch import Tensor

from phase_elm.model import physics
from phase_elm.model.linear import LinearPart
from phase_elm.model.stage import Stage, SurrogateConfig
from phase_elm.schema import Schema


class FirstStage(Stage):
    """From a window in which N and P were supplied: how will limitation set in?"""

    def __init__(self, schema: Schema, config: SurrogateConfig) -> None:
        super().__init__(schema, config, config.members)
        self.litter_at: int = physics.LITTER
        self.linear = LinearPart(self._sizes(schema))

    def corrections(self, f: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Bounded log ratios of ensemble and regression together."""
        by_patch, by_level = self.raw_corrections(f)
        by_patch, by_level = self.linear(f, by_patch, by_level)
        return self.patch_correction(by_patch), self.depth_correction(by_level)

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
        out["trust"] = self.trust(self.trust_features(f))
        return out
