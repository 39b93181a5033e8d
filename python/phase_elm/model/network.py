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
    """Convolution over the soil layers; keeps the layers and also pools them to one token.

    Written out as matrix products, which are faster than a convolution in 64 bits.
    """

    def __init__(self, channels: int, width: int, dropout: float) -> None:
        super().__init__()
        self.mix = nn.Linear(channels, width, dtype=torch.float64)
        self.neighbours = nn.Linear(3 * width, width, dtype=torch.float64)
        self.drop = nn.Dropout(dropout)
        self.level = nn.Parameter(torch.zeros(1, c.NLEVEL, width, dtype=torch.float64))
        self.pool = nn.Linear(width * 3, width, dtype=torch.float64)

    def forward(self, layers: Tensor) -> tuple[Tensor, Tensor]:
        """Layers (col, level, width) and a token (col, width) from (col, channel, level)."""
        hidden = nn.functional.gelu(self.mix(layers.transpose(1, 2)) + self.level)
        none = torch.zeros_like(hidden[:, :1])
        above = torch.cat([none, hidden[:, :-1]], 1)
        below = torch.cat([hidden[:, 1:], none], 1)
        around = self.neighbours(torch.cat([above, hidden, below], 2))
        hidden = hidden + self.drop(nn.functional.gelu(around))
        pooled = torch.cat([hidden[:, :3].mean(1), hidden[:, 3:7].mean(1), hidden.mean(1)], 1)
        return hidden, self.pool(pooled)


class DepthHead(nn.Module):
    """Two-layer perceptron for every layer, given what the layers of a column share."""

    def __init__(self, width: int, shared: int, outputs: int, dropout: float) -> None:
        super().__init__()
        self.width: int = width
        self.hidden = nn.Linear(width + shared, 2 * width, dtype=torch.float64)
        self.drop = nn.Dropout(dropout)
        self.out = nn.Linear(2 * width, outputs, dtype=torch.float64)

    def forward(self, layers: Tensor, shared: Tensor) -> Tensor:
        """Corrections (col, output, level) from (col, level, width) and (col, shared)."""
        weight = self.hidden.weight
        # what is shared is multiplied once, not once a layer
        own = nn.functional.linear(layers, weight[:, : self.width])
        common = nn.functional.linear(shared, weight[:, self.width :], self.hidden.bias)
        hidden = self.drop(nn.functional.gelu(own + common.unsqueeze(1)))
        return self.out(hidden).transpose(1, 2)


class Attention(nn.Module):
    """One pre-norm block of masked self-attention over the tokens of a column.

    Written out so that absent patches cost nothing, in 64 bits and in TorchScript: few of the plant
    types are there. ``query`` projects to query, key and value in one.
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

    def forward(self, tokens: Tensor, at: Tensor, taken: Tensor) -> Tensor:
        """Tokens (token, width) after each has looked at those of its column.

        Args:
            tokens: those that are there, of all columns (token, width).
            at: seat of each, counted through all columns (token).
            taken: 1 where a seat of a column has a token (col, seat).
        """
        n, seats, width = taken.shape[0], taken.shape[1], tokens.shape[1]
        qkv = self.query(self.norm(tokens))
        qkv = qkv.new_zeros(n * seats, 3 * width).index_copy_(0, at, qkv)
        qkv = qkv.reshape(n, seats, 3, self.heads, width // self.heads)
        q, k, v = qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2]
        score = torch.einsum("nqhd,nkhd->nhqk", q, k) * self.scale
        score = score.masked_fill(taken[:, None, None, :] < 0.5, -1.0e9)
        mixed = torch.einsum("nhqk,nkhd->nqhd", torch.softmax(score, -1), v)
        mixed = mixed.reshape(n * seats, width).index_select(0, at)
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
        self.depth_head = DepthHead(width, 2 * width, sizes.depth_outputs, dropout)
        for layer in (self.patch_head[-1], self.patch_skip, self.depth_head.out):
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
    ) -> tuple[Tensor, Tensor]:
        """Return corrections (col, pft, patch output), 0 where there is no plant, and
        (col, depth output, level).

        Args:
            patch: features (col, pft, feature).
            present: 1 where there is a plant (col, pft).
            cycle: seasonal cycle (col, channel, 12).
            climate, surface, column: features (col, feature).
            order, colour: classes of the soil, whole numbers (col).
            layers: features by layer (col, channel, level).
        """
        n, types = present.shape[0], present.shape[1]
        there = present > 0.5
        plants = there.nonzero()
        row, kind = plants[:, 0], plants[:, 1]
        which = row * types + kind
        seen = patch.flatten(0, 1).index_select(0, which)
        own = self.patch(seen) + self.kind[0].index_select(0, kind)

        land = torch.cat([surface, self.order(order), self.colour(colour)], 1)
        depth, depth_token = self.depth(layers)
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

        # Plants of a column sit behind its column tokens, in order of their types.
        count = there.sum(1)
        most = max(int(count.max()), 1)
        number = there.cumsum(1).flatten().index_select(0, which) - 1
        seats = torch.arange(n * (n_column + most), device=present.device)
        seats = seats.reshape(n, n_column + most)
        at = torch.cat([seats[:, :n_column].flatten(), seats[row, n_column + number]])
        taken = present.new_zeros(n * (n_column + most)).index_fill_(0, at, 1.0)
        tokens = torch.cat([column_tokens.flatten(0, 1), own])
        tokens = self.attention(tokens, at, taken.reshape(n, n_column + most))

        context = tokens[: n * n_column].reshape(n, n_column, -1).mean(1)
        answer = tokens[n * n_column :]
        wide = torch.cat([answer, own, context.index_select(0, row)], 1)
        said = self.patch_head(self.patch_norm(wide)) + self.patch_skip(seen)
        by_patch = said.new_zeros(n * types, said.shape[1]).index_copy_(0, which, said)
        by_patch = by_patch.reshape(n, types, -1)

        # summed seat by seat: the order, and with it the bits, are those of the plant types
        answers = answer.new_zeros(n * most, answer.shape[1])
        answers = answers.index_copy_(0, row * most + number, answer).reshape(n, most, -1)
        together = answers.sum(1) / count.clamp(min=1).unsqueeze(1)
        shared = self.depth_norm(torch.cat([context, together], 1))
        by_level = self.depth_head(depth, shared)
        return by_patch, by_level
