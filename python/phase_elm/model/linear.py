"""A linear regression beside the ensemble: what little data teach best.

Some corrections are all but linear in the logarithms that the networks see (N and P ratios of
litter, mineral forms), and a network that learns them among a hundred others does worse than a
ridge regression. Each correction is therefore the ensemble's and the regression's, blended by a
share that was found on training columns left out of both (``train/linear.py``).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model import physics
from phase_elm.model.network import N_ORDER, Sizes
from phase_elm.model.stage import N_KINDS

FIRST_DEPTH = physics.NITROGEN  # those before it are seen only through the solve
N_DEPTH = physics.N_DEPTH - FIRST_DEPTH
LIMIT = physics.CORRECTION_LIMIT


class LinearPart(nn.Module):
    """Linear corrections of patches and layers, in units of the spread to learn, and their shares.

    A patch is told by its own features, those of its column and its plant type, a layer by its own
    and those of its column. With all shares at zero the ensemble is alone.
    """

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        column = sizes.climate + sizes.surface + sizes.column + N_KINDS + N_ORDER
        self.n_patch: int = physics.N_PATCH
        self.first_depth: int = FIRST_DEPTH
        self.n_depth: int = physics.N_DEPTH
        self.orders: int = N_ORDER
        self.limit: float = LIMIT
        patch, depth = sizes.patch + column + c.NPFT, sizes.depth + column
        self.register_buffer("patch_weight", _zeros(patch, physics.N_PATCH))
        self.register_buffer("patch_bias", _zeros(physics.N_PATCH))
        self.register_buffer("patch_share", _zeros(physics.N_PATCH))
        self.register_buffer("depth_weight", _zeros(c.NLEVEL, depth, N_DEPTH))
        self.register_buffer("depth_bias", _zeros(c.NLEVEL, N_DEPTH))
        self.register_buffer("depth_share", _zeros(c.NLEVEL, N_DEPTH))
        self.register_buffer("types", torch.eye(c.NPFT, dtype=torch.float64))

    def column_features(self, f: dict[str, Tensor]) -> Tensor:
        """What is told of a column as a whole (col, feature)."""
        order = nn.functional.one_hot(f["order"], self.orders).to(f["climate"].dtype)
        return torch.cat([f["climate"], f["surface"], f["column"], f["kinds"], order], 1)

    def patch_features(self, f: dict[str, Tensor]) -> Tensor:
        """(col, pft, feature)."""
        own = f["patch"]
        column = self.column_features(f).unsqueeze(1).expand(-1, own.shape[1], -1)
        return torch.cat([own, column, self.types.unsqueeze(0).expand(own.shape[0], -1, -1)], 2)

    def depth_features(self, f: dict[str, Tensor]) -> Tensor:
        """(level, col, feature)."""
        own = f["depth"].permute(2, 0, 1)
        column = self.column_features(f).unsqueeze(0).expand(own.shape[0], -1, -1)
        return torch.cat([own, column], 2)

    def forward(
        self, f: dict[str, Tensor], by_patch: Tensor, by_level: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The ensemble's corrections (col, pft, patch output), (col, layer output, level), blended.

        Outputs beyond those of ``physics`` are left as they are.
        """
        # as patch_features(f) @ patch_weight: what is the same for all patches once a column
        column = self.column_features(f)
        own_size, column_size = f["patch"].shape[2], column.shape[1]
        by_own = f["patch"] @ self.patch_weight[:own_size]
        by_column = column @ self.patch_weight[own_size : own_size + column_size]
        by_type = self.patch_weight[own_size + column_size :] + self.patch_bias
        patch = by_own + by_column.unsqueeze(1) + by_type
        patch = patch.clamp(-self.limit, self.limit)
        own = by_patch[:, :, : self.n_patch]
        own = own + self.patch_share * (patch - own)
        layer_size = f["depth"].shape[1]
        depth = f["depth"].permute(2, 0, 1) @ self.depth_weight[:, :layer_size]
        depth = depth + column @ self.depth_weight[:, layer_size:] + self.depth_bias.unsqueeze(1)
        depth = depth.clamp(-self.limit, self.limit).permute(1, 2, 0)
        layer = by_level[:, self.first_depth : self.n_depth]
        layer = layer + self.depth_share.t() * (depth - layer)
        return (
            torch.cat([own, by_patch[:, :, self.n_patch :]], 2),
            torch.cat([by_level[:, : self.first_depth], layer, by_level[:, self.n_depth :]], 1),
        )


def _zeros(*shape: int) -> Tensor:
    return torch.zeros(*shape, dtype=torch.float64)
