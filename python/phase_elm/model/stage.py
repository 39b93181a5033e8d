"""What the learned stages share: features, statistics, the ensemble, bounded corrections."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model import physics
from phase_elm.model.features import (
    ClimateFeatures,
    ColumnFeatures,
    DepthFeatures,
    PatchFeatures,
    SurfaceFeatures,
)
from phase_elm.model.layers import active_layers, deepest_below
from phase_elm.model.network import N_COLOUR, N_ORDER, Member, Sizes, Standardise
from phase_elm.model.trust import Trust
from phase_elm.schema import Schema

N_KINDS = 4  # shares of trees, shrubs, grasses and bare ground, for trust
KINDS_SCALE = 3.0  # of these shares next to standardised features


@dataclass(frozen=True)
class SurrogateConfig:
    """Size of the surrogate.

    Parameters:
        width: features per token.
        heads: attention heads; divides width.
        dropout: during training only.
        members: networks whose corrections are averaged inside the graph.
        steps: implicit steps that the horizon of the steady-state layer is split into.
        later_members: networks of later windows; none leaves these to the balance alone.
        later_width, later_heads: size of these networks; 0 is that of the first.
        without: constraints that are taken out of the graph (``phase ablate``).
    """

    width: int = 24
    heads: int = 2
    dropout: float = 0.1
    members: int = 4
    steps: int = 4
    later_members: int = 0
    later_width: int = 0
    later_heads: int = 0
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.width < 4 or self.width % self.heads != 0:
            raise ValueError(
                f"width {self.width} must be at least 4 and a multiple of {self.heads}"
            )
        if self.members < 1 or self.steps < 1 or not 0.0 <= self.dropout < 1.0:
            raise ValueError("members and steps must be at least 1, dropout within [0, 1)")
        if self.later_members < 0:
            raise ValueError(f"later_members {self.later_members} must not be negative")
        if self.later_width or self.later_heads:
            self.of_later()

    def of_later(self) -> SurrogateConfig:
        """The same with the size of the networks of later windows."""
        width, heads = self.later_width or self.width, self.later_heads or self.heads
        return replace(self, width=width, heads=heads, later_width=0, later_heads=0)


class Stage(nn.Module):
    """Encoders, networks and corrections; a stage says what its corrections are applied to.

    A stage overrides ``patch_features_of``, ``column_features_of``, ``depth_features_of`` when
    it sees more than the plain features, and implements ``assemble``.
    """

    def __init__(self, schema: Schema, config: SurrogateConfig, members: int) -> None:
        super().__init__()
        self.patch_features = PatchFeatures()
        self.climate_features = ClimateFeatures()
        self.surface_features = SurfaceFeatures()
        self.column_features = ColumnFeatures()
        self.depth_features = DepthFeatures()
        self.patch_pools = physics.PatchPools()
        self.column_pools = physics.ColumnPools(schema.horizon_years, config.steps)
        self.balanced: bool = True
        self.patch_outputs: int = physics.N_PATCH
        self.depth_outputs: int = physics.N_DEPTH
        self.order_top: int = N_ORDER - 1
        self.colour_top: int = N_COLOUR - 1
        self.kinds_scale: float = KINDS_SCALE
        self.first_tree: int = c.FIRST_TREE
        self.first_shrub: int = c.FIRST_SHRUB
        self.first_grass: int = c.FIRST_GRASS
        self.patch_correction = physics.Correction(1, c.NPFT, physics.N_PATCH)
        self.depth_correction = physics.Correction(1, physics.N_DEPTH, c.NLEVEL)
        self._prepare(schema)
        sizes = self._sizes(schema)
        self.patch_scale = Standardise(1, 1, sizes.patch)
        self.cycle_scale = Standardise(1, sizes.cycle, 1)
        self.climate_scale = Standardise(1, sizes.climate)
        self.surface_scale = Standardise(1, sizes.surface)
        self.column_scale = Standardise(1, sizes.column)
        self.depth_scale = Standardise(1, sizes.depth, c.NLEVEL)
        self.trust = Trust([sizes.climate, sizes.surface, sizes.column, N_KINDS])
        self.members = nn.ModuleList(
            [Member(sizes, config.width, config.heads, config.dropout) for _ in range(members)]
        )

    def _prepare(self, schema: Schema) -> None:
        """What a stage needs besides, before its features are counted."""

    def _sizes(self, schema: Schema) -> Sizes:
        """Feature counts, found by running the feature code on two columns of ones."""
        probe = {
            v.name: torch.ones(schema.shape_of(v.name, 2), dtype=torch.float64)
            for v in schema.inputs
        }
        known = self.known(probe)
        cycle, climate = self.climate_features(probe)
        return Sizes(
            patch=self.patch_features_of(probe, known).shape[2],
            cycle=cycle.shape[1],
            climate=climate.shape[1],
            surface=self.surface_features(probe).shape[1],
            column=self.column_features_of(probe, known).shape[1],
            depth=self.depth_features_of(probe, known).shape[1],
            patch_outputs=physics.N_PATCH,
            depth_outputs=physics.N_DEPTH,
        )

    def known(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """What is computed once for features and corrections."""
        rate, _, _ = self.column_pools.rates(x)
        return {"rate": rate}

    def patch_features_of(self, x: dict[str, Tensor], known: dict[str, Tensor]) -> Tensor:
        """Features of a patch (col, pft, feature)."""
        return self.patch_features(x)

    def column_features_of(self, x: dict[str, Tensor], known: dict[str, Tensor]) -> Tensor:
        """Features of a column (col, feature)."""
        return self.column_features(x)

    def depth_features_of(self, x: dict[str, Tensor], known: dict[str, Tensor]) -> Tensor:
        """Features by layer (col, channel, level)."""
        return self.depth_features(x, known["rate"])

    def kinds(self, x: dict[str, Tensor]) -> Tensor:
        """Share of the column under trees, shrubs, grasses and bare ground (col, 4)."""
        weight = x["wtcol"]
        return torch.stack(
            [
                weight[:, self.first_tree : self.first_shrub].sum(1),
                weight[:, self.first_shrub : self.first_grass].sum(1),
                weight[:, self.first_grass :].sum(1),
                weight[:, 0],
            ],
            1,
        )

    def encode(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Standardised features and categories of all data types, and what is known."""
        features = self.known(x)
        cycle, climate = self.climate_features(x)
        present = self.patch_features.physics.presence(x)
        patch = self.patch_scale(self.patch_features_of(x, features))
        column = self.column_scale(self.column_features_of(x, features))
        depth = self.depth_scale(self.depth_features_of(x, features))
        depth = deepest_below(depth, active_layers(x))
        features["present"] = present
        features["patch"] = patch * present.unsqueeze(-1)
        features["cycle"] = self.cycle_scale(cycle)
        features["climate"] = self.climate_scale(climate)
        features["surface"] = self.surface_scale(self.surface_features(x))
        features["column"] = column
        features["depth"] = depth
        features["order"] = x["SOIL_ORDER"][:, 0].round().long().clamp(0, self.order_top)
        features["colour"] = x["SOIL_COLOR"][:, 0].round().long().clamp(0, self.colour_top)
        features["kinds"] = self.kinds(x)
        return features

    def trust_features(self, f: dict[str, Tensor]) -> Tensor:
        """What the resemblance to training is judged by (col, feature), data type by data type."""
        kinds = self.kinds_scale * f["kinds"]
        return torch.cat([f["climate"], f["surface"], f["column"], kinds], 1)

    def each(self, f: dict[str, Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        """What the heads of each member say, in units of the spread to learn.

        (col, pft, patch correction), zero where there is no plant, and (col, layer correction,
        level).
        """
        by_patch: list[Tensor] = []
        by_level: list[Tensor] = []
        for member in self.members:
            said, level = member(
                f["patch"], f["present"], f["cycle"], f["climate"], f["surface"], f["order"],
                f["colour"], f["column"], f["depth"],
            )  # fmt: skip
            by_patch.append(said)
            by_level.append(level)
        return by_patch, by_level

    def averaged(self, each: list[Tensor]) -> Tensor:
        """Mean of the members."""
        total = torch.zeros_like(each[0])
        for one in each:
            total = total + one
        return total / float(len(each))

    def raw_corrections(self, f: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """``each``, averaged over the ensemble."""
        by_patch, by_level = self.each(f)
        return self.averaged(by_patch), self.averaged(by_level)

    @torch.jit.export
    def corrections(self, f: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Bounded log ratios, averaged over the ensemble before bounding; shapes of ``each``."""
        by_patch, by_level = self.raw_corrections(f)
        return self.patch_correction(by_patch), self.depth_correction(by_level)

    def assemble(
        self,
        x: dict[str, Tensor],
        f: dict[str, Tensor],
        patch_correction: Tensor,
        depth_correction: Tensor,
    ) -> dict[str, Tensor]:
        """Physics on given corrections."""
        raise NotImplementedError

    def predict(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Named outputs from named inputs."""
        f = self.encode(x)
        patch_correction, depth_correction = self.corrections(f)
        return self.assemble(x, f, patch_correction, depth_correction)
