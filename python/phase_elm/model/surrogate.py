"""The whole graph: physical units in, physical units out, in schema order."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model import physics
from phase_elm.model.balance import Balance
from phase_elm.model.features import (
    ClimateFeatures,
    ColumnFeatures,
    DepthFeatures,
    PatchFeatures,
    SurfaceFeatures,
)
from phase_elm.model.network import N_COLOUR, N_ORDER, Member, Sizes, Standardise
from phase_elm.model.trust import Trust
from phase_elm.schema import Schema

N_KINDS = 4  # shares of trees, shrubs, grasses and bare ground, for trust


@dataclass(frozen=True)
class SurrogateConfig:
    """Size of the surrogate.

    Parameters:
        width: features per token.
        heads: attention heads; divides width.
        dropout: during training only.
        members: networks whose corrections are averaged inside the graph.
        steps: implicit steps that the horizon of the steady-state layer is split into.
    """

    width: int = 24
    heads: int = 2
    dropout: float = 0.1
    members: int = 4
    steps: int = 4

    def __post_init__(self) -> None:
        if self.width < 4 or self.width % self.heads != 0:
            raise ValueError(
                f"width {self.width} must be at least 4 and a multiple of {self.heads}"
            )
        if self.members < 1 or self.steps < 1 or not 0.0 <= self.dropout < 1.0:
            raise ValueError("members and steps must be at least 1, dropout within [0, 1)")


class Surrogate(nn.Module):
    """Near-equilibrium pools on Jan 1 from the observed years."""

    def __init__(self, schema: Schema, config: SurrogateConfig) -> None:
        super().__init__()
        self.input_names: list[str] = schema.input_names
        self.output_names: list[str] = schema.output_names
        self.patch_features = PatchFeatures()
        self.climate_features = ClimateFeatures()
        self.surface_features = SurfaceFeatures()
        self.column_features = ColumnFeatures()
        self.depth_features = DepthFeatures()
        self.patch_pools = physics.PatchPools()
        self.column_pools = physics.ColumnPools(schema.horizon_years, config.steps)
        self.balance = Balance(schema.horizon_years)
        sizes = self._sizes(schema)
        self.patch_scale = Standardise(1, 1, sizes.patch)
        self.cycle_scale = Standardise(1, sizes.cycle, 1)
        self.climate_scale = Standardise(1, sizes.climate)
        self.surface_scale = Standardise(1, sizes.surface)
        self.column_scale = Standardise(1, sizes.column)
        self.depth_scale = Standardise(1, sizes.depth, c.NLEVEL)
        self.patch_correction = physics.Correction(1, c.NPFT, physics.N_PATCH)
        self.depth_correction = physics.Correction(1, physics.N_DEPTH, c.NLEVEL)
        self.trust = Trust(sizes.climate + sizes.surface + sizes.column + N_KINDS)
        self.members = nn.ModuleList(
            [
                Member(sizes, config.width, config.heads, config.dropout)
                for _ in range(config.members)
            ]
        )
        self.patch_outputs: int = physics.N_PATCH
        self.depth_outputs: int = physics.N_DEPTH
        self.litter_at: int = physics.LITTER
        self.order_top: int = N_ORDER - 1
        self.colour_top: int = N_COLOUR - 1

    def _sizes(self, schema: Schema) -> Sizes:
        """Feature counts, found by running the feature code on two columns of ones."""
        probe = {
            v.name: torch.ones(schema.shape_of(v.name, 2), dtype=torch.float64)
            for v in schema.inputs
        }
        rate, _, _ = self.column_pools.rates(probe)
        cycle, climate = self.climate_features(probe)
        return Sizes(
            patch=self.patch_features(probe).shape[2],
            cycle=cycle.shape[1],
            climate=climate.shape[1],
            surface=self.surface_features(probe).shape[1],
            column=self.column_features(probe).shape[1],
            depth=self.depth_features(probe, rate).shape[1],
            patch_outputs=physics.N_PATCH,
            depth_outputs=physics.N_DEPTH,
        )

    def named_inputs(self, inputs: list[Tensor]) -> dict[str, Tensor]:
        """Schema-ordered tensors as a mapping."""
        x: dict[str, Tensor] = {}
        for i in range(len(self.input_names)):
            x[self.input_names[i]] = inputs[i]
        return x

    def kinds(self, x: dict[str, Tensor]) -> Tensor:
        """Share of the column under trees, shrubs, grasses and bare ground (col, 4)."""
        weight = x["wtcol"]
        return torch.stack(
            [
                weight[:, 1:9].sum(1),
                weight[:, 9:12].sum(1),
                weight[:, 12:].sum(1),
                weight[:, 0],
            ],
            1,
        )

    def encode(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Standardised features and categories of all data types."""
        rate, _, _ = self.column_pools.rates(x)
        cycle, climate = self.climate_features(x)
        features: dict[str, Tensor] = {}
        present = self.patch_features.physics.presence(x)
        features["present"] = present
        patch = self.patch_scale(self.patch_features(x))
        features["patch"] = patch * present.unsqueeze(-1)
        features["cycle"] = self.cycle_scale(cycle)
        features["climate"] = self.climate_scale(climate)
        features["surface"] = self.surface_scale(self.surface_features(x))
        features["column"] = self.column_scale(self.column_features(x))
        features["depth"] = self.depth_scale(self.depth_features(x, rate))
        features["order"] = x["SOIL_ORDER"][:, 0].round().long().clamp(0, self.order_top)
        features["colour"] = x["SOIL_COLOR"][:, 0].round().long().clamp(0, self.colour_top)
        features["kinds"] = self.kinds(x)
        return features

    def trust_features(self, f: dict[str, Tensor]) -> Tensor:
        return torch.cat([f["climate"], f["surface"], f["column"], 3.0 * f["kinds"]], 1)

    def corrections(self, f: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Bounded corrections, averaged over the ensemble before bounding."""
        by_patch = torch.zeros(
            f["patch"].shape[0], f["patch"].shape[1], self.patch_outputs, dtype=torch.float64
        ).to(f["patch"].device)
        by_level = torch.zeros(
            f["depth"].shape[0], self.depth_outputs, f["depth"].shape[2], dtype=torch.float64
        ).to(f["patch"].device)
        count = 0
        for member in self.members:
            patch, level = member(
                f["patch"], f["present"], f["cycle"], f["climate"], f["surface"], f["order"],
                f["colour"], f["column"], f["depth"],
            )  # fmt: skip
            by_patch = by_patch + patch
            by_level = by_level + level
            count += 1
        return (
            self.patch_correction(by_patch / float(count)),
            self.depth_correction(by_level / float(count)),
        )

    def predict(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Named outputs from named inputs."""
        f = self.encode(x)
        patch_correction, depth_correction = self.corrections(f)
        return self.assemble(x, f, patch_correction, depth_correction)

    def assemble(
        self,
        x: dict[str, Tensor],
        f: dict[str, Tensor],
        patch_correction: Tensor,
        depth_correction: Tensor,
    ) -> dict[str, Tensor]:
        """Physics on given corrections."""
        present = f["present"]
        out = self.patch_pools(x, present, patch_correction)
        litter = patch_correction[:, :, self.litter_at]
        column = self.column_pools(x, present, out, litter, depth_correction)
        for name, value in column.items():
            out[name] = value
        out["trust"] = self.trust(self.trust_features(f))
        return out

    def staged(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """By column: the learned jump after a supplied window, the balance elsewhere or if asked.

        ``jump_method``: 0 as above, 1 the network everywhere, 2 the balance everywhere.
        """
        method = x["jump_method"]
        balanced = (method > 1.5) | ((method < 0.5) & self.balance.polish.due(x))
        if bool(balanced.all()):
            return self.balance(x, self.output_names)
        out = self.predict(x)
        if bool(balanced.any()):
            other = self.balance(x, self.output_names)
            for name in self.output_names:
                out[name] = torch.where(balanced, other[name], out[name])
        return out

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        """Schema-ordered outputs from schema-ordered inputs."""
        named = self.staged(self.named_inputs(inputs))
        out: list[Tensor] = []
        for name in self.output_names:
            out.append(named[name])
        return out
