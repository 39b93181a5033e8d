"""Encoders by data type, attention over tokens, and the heads; small on purpose.

The heads return standardised log corrections. What they are corrections of, and how far they
may go, is decided in ``physics.py``; with all weights at zero the model is the physical baseline
with the mean correction of the training columns.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c

N_COLOUR = 21
N_ORDER = 16


class Standardise(nn.Module):
    """(x - mean) / std with statistics of the training columns, clipped to what they can teach."""

    def __init__(self, *shape: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(*shape, dtype=torch.float64))
        self.register_buffer("std", torch.ones(*shape, dtype=torch.float64))

    def forward(self, x: Tensor) -> Tensor:
        return ((x - self.mean) / self.std).clamp(-6.0, 6.0)

    def fit(self, x: Tensor, weight: Tensor) -> None:
        """Weighted statistics; ``x`` and ``weight`` reduce over all axes where the buffer is 1."""
        axes = [i for i, n in enumerate(self.mean.shape) if n == 1]
        total = weight.expand_as(x).sum(axes, keepdim=True).clamp(min=1.0e-12)
        mean = (x * weight).sum(axes, keepdim=True) / total
        variance = ((x - mean) ** 2 * weight).sum(axes, keepdim=True) / total
        self.mean.copy_(mean)
        self.std.copy_(torch.where(variance > 1.0e-12, variance.sqrt(), torch.ones_like(variance)))


def dense(inputs: int, width: int, outputs: int, dropout: float) -> nn.Sequential:
    """Two-layer perceptron."""
    return nn.Sequential(
        nn.Linear(inputs, width, dtype=torch.float64),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Linear(width, outputs, dtype=torch.float64),
    )


class SeasonEncoder(nn.Module):
    """Circular convolution over the mean seasonal cycle and its year-to-year spread."""

    def __init__(self, channels: int, width: int, dropout: float) -> None:
        super().__init__()
        self.convolution = nn.Conv1d(
            channels, width, 3, padding=1, padding_mode="circular", dtype=torch.float64
        )
        self.out = dense(2 * width, width, width, dropout)

    def forward(self, cycle: Tensor) -> Tensor:
        """One token (col, width) from the cycle (col, channel, 12)."""
        hidden = nn.functional.gelu(self.convolution(cycle))
        return self.out(torch.cat([hidden.mean(2), hidden.amax(2)], 1))


class DepthEncoder(nn.Module):
    """Convolution over the soil layers; keeps the layers and also pools them to one token."""

    def __init__(self, channels: int, width: int, dropout: float) -> None:
        super().__init__()
        self.mix = nn.Conv1d(channels, width, 1, dtype=torch.float64)
        self.neighbours = nn.Conv1d(width, width, 3, padding=1, dtype=torch.float64)
        self.drop = nn.Dropout(dropout)
        self.level = nn.Parameter(torch.zeros(1, width, c.NLEVEL, dtype=torch.float64))
        self.pool = nn.Linear(width * 3, width, dtype=torch.float64)

    def forward(self, layers: Tensor) -> tuple[Tensor, Tensor]:
        """Layers (col, width, level) and a token (col, width) from (col, channel, level)."""
        hidden = nn.functional.gelu(self.mix(layers) + self.level)
        hidden = hidden + self.drop(nn.functional.gelu(self.neighbours(hidden)))
        pooled = torch.cat([hidden[:, :, :3].mean(2), hidden[:, :, 3:7].mean(2), hidden.mean(2)], 1)
        return hidden, self.pool(pooled)


class Attention(nn.Module):
    """One pre-norm block of masked self-attention over the tokens of a column.

    Written out so that absent patches drop out by a plain mask in 64 bits and in TorchScript.
    ``query`` projects to query, key and value in one.
    """

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads: int = heads
        self.scale: float = 1.0 / math.sqrt(width / heads)
        self.norm = nn.LayerNorm(width, dtype=torch.float64)
        self.query = nn.Linear(width, 3 * width, dtype=torch.float64)
        self.out = nn.Linear(width, width, dtype=torch.float64)
        self.drop = nn.Dropout(dropout)
        self.norm2 = nn.LayerNorm(width, dtype=torch.float64)
        self.feed = dense(width, 2 * width, width, dropout)

    def forward(self, tokens: Tensor, present: Tensor) -> Tensor:
        """Tokens (col, token, width), of which ``present`` (col, token; 0 or 1) are attended to."""
        n, t, width = tokens.shape[0], tokens.shape[1], tokens.shape[2]
        qkv = self.query(self.norm(tokens)).reshape(n, t, 3, self.heads, width // self.heads)
        q, k, v = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
        score = torch.einsum("nqhd,nkhd->nhqk", q, k) * self.scale
        score = score.masked_fill(present[:, None, None, :] < 0.5, -1.0e9)
        mixed = torch.einsum("nhqk,nkhd->nqhd", torch.softmax(score, -1), v).reshape(n, t, width)
        tokens = tokens + self.drop(self.out(mixed))
        return tokens + self.feed(self.norm2(tokens))


@dataclass(frozen=True)
class Sizes:
    """Numbers of features by data type, and of outputs, that a member is built for."""

    patch: int
    cycle: int
    climate: int
    surface: int
    column: int
    depth: int
    patch_outputs: int
    depth_outputs: int


class Member(nn.Module):
    """One network of the ensemble."""

    def __init__(self, sizes: Sizes, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.season = SeasonEncoder(sizes.cycle, width, dropout)
        self.climate = dense(sizes.climate, width, width, dropout)
        self.order = nn.Embedding(N_ORDER, 4, dtype=torch.float64)
        self.colour = nn.Embedding(N_COLOUR, 2, dtype=torch.float64)
        self.surface = dense(sizes.surface + 6, width, width, dropout)
        self.column = dense(sizes.column, width, width, dropout)
        self.depth = DepthEncoder(sizes.depth, width, dropout)
        self.patch = dense(sizes.patch, width, width, dropout)
        self.kind = nn.Parameter(torch.zeros(1, c.NPFT, width, dtype=torch.float64))
        self.attention = Attention(width, heads, dropout)
        self.patch_norm = nn.LayerNorm(3 * width, dtype=torch.float64)
        self.patch_head = dense(3 * width, 2 * width, sizes.patch_outputs, dropout)
        self.patch_skip = nn.Linear(sizes.patch, sizes.patch_outputs, dtype=torch.float64)
        self.depth_norm = nn.LayerNorm(2 * width, dtype=torch.float64)
        self.depth_head = nn.Sequential(
            nn.Conv1d(3 * width, 2 * width, 1, dtype=torch.float64),
            nn.GELU(),
            nn.Dropout(dropout),
            nn.Conv1d(2 * width, sizes.depth_outputs, 1, dtype=torch.float64),
        )
        for layer in (self.patch_head[-1], self.patch_skip, self.depth_head[-1]):
            nn.init.normal_(layer.weight, std=1.0e-3)
            nn.init.zeros_(layer.bias)

    def forward(
        self,
        patch: Tensor,
        present: Tensor,
        cycle: Tensor,
        climate: Tensor,
        surface: Tensor,
        order: Tensor,
        colour: Tensor,
        column: Tensor,
        layers: Tensor,
        slot: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return corrections (col, pft, patch output) and (col, depth output, level).

        Args:
            patch: features (col, pft, feature), zero where there is no plant.
            present: 1 where there is one (col, pft).
            cycle: seasonal cycle (col, channel, 12).
            climate, surface, column: features (col, feature).
            order, colour: classes of the soil, whole numbers (col).
            layers: features by layer (col, channel, level).
            slot: plant type of each patch (col, pft), where not all types are given in order.
        """
        land = torch.cat([surface, self.order(order), self.colour(colour)], 1)
        depth, depth_token = self.depth(layers)
        own = self.patch(patch) + (self.kind if slot is None else self.kind[0][slot])
        column_tokens = torch.stack(
            [
                self.season(cycle),
                self.climate(climate),
                self.surface(land),
                self.column(column),
                depth_token,
            ],
            1,
        )
        n_column = column_tokens.shape[1]
        tokens = torch.cat([column_tokens, own], 1)
        seen = torch.cat([present.new_ones(present.shape[0], n_column), present], 1)
        tokens = self.attention(tokens, seen)
        context = tokens[:, :n_column].mean(1)
        weight = present.unsqueeze(-1)
        plants = (tokens[:, n_column:] * weight).sum(1) / weight.sum(1).clamp(min=1.0)
        wide = torch.cat(
            [tokens[:, n_column:], own, context.unsqueeze(1).expand(-1, own.shape[1], -1)], 2
        )
        by_patch = self.patch_head(self.patch_norm(wide)) + self.patch_skip(patch)
        shared = self.depth_norm(torch.cat([context, plants], 1)).unsqueeze(2)
        by_level = self.depth_head(torch.cat([depth, shared.expand(-1, -1, depth.shape[2])], 1))
        return by_patch, by_level
