"""How much a column resembles the columns of training, and how far its members agree."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

TRUST_THRESHOLD = 0.2
_CALIBRATION_QUANTILE = 0.99
KNOTS = 16
NEAREST = 4
MOST_NEIGHBOURS = 1024
# Quantiles of left-out columns: nearness to the climates of training where it alone is too far,
# and expected error that halves the score.
NEAREST_FAR = 0.995
ERROR_FAR = 0.99
APART_FLOOR = 0.1  # gC/m2/yr, below which members agree
ERROR_FLOOR = 0.5  # gC/m2/yr
LEAST_IN_BIN = 8
# Small, so that what goes together in training (warm air and moist air) is told from what does not.
SHRINKAGE = 1.0e-3


class Trust(nn.Module):
    """How far a column lies from training, and how far the members lie apart.

    **Distance** is Mahalanobis's by data type, in units of the 99th percentile d99 of training
    columns: climate, surface, fluxes with stocks, and plant types are judged apart, because a
    climate that no training column has is not made up for by soils and plants that many have. For
    the climate it is also that to the nearest training columns: warm and moist are known each, and
    warm, moist and dim together may be unknown. The worst counts, 1.4 d99 is too far.

    **Error** is the drift that the members' disagreement (``FirstStage.apart``) and the distance to
    the nearest climates went with on columns that a member had left out, by a power law.

    trust = 1 / (1 + 4 (d / 1.4 d99)^8 + (e / e99)^2), e99 the 99th percentile of left-out columns:
    0.2 at 1.4 d99 or 2 e99, and less where both are near. Well inside training the error ranks the
    columns. Before ``calibrate_error``, and in models of earlier versions, it is distance alone,
    1 / (1 + (d / d99)^4).

    ``expected_error`` says what error a score went with on columns that were left out of training:
    a curve that never rises with the score, flat beyond its ends, so that below the smallest score
    seen it is a lower bound. Zero where it was never fitted.
    """

    def __init__(self, sizes: list[int]) -> None:
        super().__init__()
        features = sum(sizes)
        self.sizes: list[int] = sizes
        self.nearest_count: int = NEAREST
        self.apart_floor: float = APART_FLOOR
        self.register_buffer("centre", torch.zeros(1, features, dtype=torch.float64))
        self.register_buffer("whiten", torch.eye(features, dtype=torch.float64))
        self.register_buffer("reference", torch.ones(len(sizes), dtype=torch.float64))
        self.register_buffer("knot_score", torch.linspace(0.0, 1.0, KNOTS, dtype=torch.float64))
        self.register_buffer("knot_error", torch.zeros(KNOTS, dtype=torch.float64))
        # Whitened climates of training, none before calibration.
        self.register_buffer("neighbours", torch.zeros(0, sizes[0], dtype=torch.float64))
        self.register_buffer("nearest_far", torch.ones(1, dtype=torch.float64))
        # ln(error) = first + others * ln(plants apart, soil apart, nearest)
        self.register_buffer("error_power", torch.zeros(4, dtype=torch.float64))
        self.register_buffer("error_far", torch.ones(1, dtype=torch.float64))

    def parts(self, features: Tensor) -> Tensor:
        """Distance of each data type from the middle of training (col, data type).

        Root mean square of the whitened features, so that types with many features do not weigh
        more; ``features`` (col, feature) are those of ``Stage.trust_features``.
        """
        away = (features - self.centre) @ self.whiten
        out: list[Tensor] = []
        at = 0
        for size in self.sizes:
            out.append(away[:, at : at + size].square().mean(1).sqrt())
            at += size
        return torch.stack(out, 1)

    def climate(self, features: Tensor) -> Tensor:
        """Whitened features of the climate (col, feature)."""
        size = self.sizes[0]
        away = (features - self.centre)[:, :size]
        return away @ self.whiten[:size, :size]

    def nearest(self, features: Tensor) -> Tensor:
        """Mean distance to the nearest climates of training (col); root mean square as above."""
        own = self.climate(features)
        # without matrix products, so that the bits do not depend on the batch
        away = torch.cdist(own, self.neighbours, 2.0, "donot_use_mm_for_euclid_dist")
        count = min(self.nearest_count, self.neighbours.shape[0])
        found = torch.topk(away, count, 1, False)[0]
        return (found.square() / own.shape[1]).sqrt().mean(1)

    def error_from(self, apart: Tensor, nearest: Tensor) -> Tensor:
        """Drift, gC/m2/yr, to expect of members so far apart (col, 2), so far from training."""
        shown = self.predictors(apart, nearest)
        return torch.exp(self.error_power[0] + (shown * self.error_power[1:]).sum(1))

    def predictors(self, apart: Tensor, nearest: Tensor) -> Tensor:
        """Logarithms that the expected error is a power law of (col, 3)."""
        far = nearest.clamp(min=1.0e-6).unsqueeze(1)
        return torch.log(torch.cat([apart + self.apart_floor, far], 1))

    def forward(self, features: Tensor) -> Tensor:
        """Trust by distance alone, 0 to 1 (col, 1)."""
        worst = (self.parts(features) / self.reference).amax(1, keepdim=True)
        return 1.0 / (1.0 + worst**4)

    def judge(self, features: Tensor, apart: Tensor) -> Tensor:
        """Trust by distance and by how far the members are apart, 0 to 1 (col, 1)."""
        if self.neighbours.shape[0] == 0:
            return self(features)
        nearest = self.nearest(features)
        worst = (self.parts(features) / self.reference).amax(1)
        distance = torch.maximum(worst.square() / 2.0, (nearest / self.nearest_far).square())
        error = self.error_from(apart, nearest) / self.error_far
        return (1.0 / (1.0 + 4.0 * distance**4 + error.square())).unsqueeze(1)

    @torch.jit.export
    def expected_error(self, score: Tensor) -> Tensor:
        """Implied drift, gC/m2/yr, that goes with a score; linear between knots."""
        x = torch.minimum(torch.maximum(score, self.knot_score[0]), self.knot_score[-1])
        right = torch.searchsorted(self.knot_score, x.contiguous())
        right = right.clamp(1, self.knot_score.shape[0] - 1)
        left = right - 1
        width = (self.knot_score[right] - self.knot_score[left]).clamp(min=1.0e-12)
        share = ((x - self.knot_score[left]) / width).clamp(0.0, 1.0)
        return self.knot_error[left] + share * (self.knot_error[right] - self.knot_error[left])

    def calibrate(self, score: Tensor, error: Tensor) -> None:
        """Mean error in bins of equal counts, made to fall with the score by pooling neighbours.

        Args:
            score: trust of left-out columns (col).
            error: their |implied drift|, gC/m2/yr (col). Too few columns leave the curve as it is.
        """
        bins = min(KNOTS, len(score) // LEAST_IN_BIN)
        if bins < 2:
            return
        order = score.argsort()
        parts = torch.tensor_split(order, bins)
        x = [float(score[part].mean()) for part in parts]
        blocks: list[list[float]] = []  # sum of errors, columns, bins
        for part in parts:
            blocks.append([float(error[part].sum()), float(len(part)), 1.0])
            while len(blocks) > 1 and _mean(blocks[-1]) > _mean(blocks[-2]):
                last = blocks.pop()
                blocks[-1] = [a + b for a, b in zip(blocks[-1], last, strict=True)]
        y = [_mean(block) for block in blocks for _ in range(int(block[2]))]
        pad = KNOTS - bins
        self.knot_score.copy_(torch.tensor(x + x[-1:] * pad))
        self.knot_error.copy_(torch.tensor(y + y[-1:] * pad))

    def remember(self, features: Tensor) -> None:
        """Keep the climates of training columns to measure nearness to, evenly thinned."""
        climates = torch.unique(self.climate(features), dim=0)
        count = min(len(climates), MOST_NEIGHBOURS)
        kept = torch.linspace(0, len(climates) - 1, count, dtype=torch.float64).round().long()
        self.neighbours = climates[kept].clone()

    def calibrate_error(self, apart: Tensor, nearest: Tensor, error: Tensor) -> None:
        """Fit the power law of the error, and where error and nearness reach the threshold.

        Least squares of the logarithm; what does not vary, or would speak for less error where it
        is larger, is left out.

        Args:
            apart: drift that the members differ by (col, 2).
            nearest: distance of left-out columns to the others' climates (col).
            error: their |implied drift|, gC/m2/yr (col).
        """
        shown = self.predictors(apart, nearest)
        target = torch.log(error + ERROR_FLOOR)
        middle = shown.mean(0)
        used = [k for k in range(shown.shape[1]) if float(shown[:, k].std()) > 1.0e-6]
        power = torch.zeros(shown.shape[1], dtype=torch.float64)
        while used:
            away = (shown - middle)[:, used]
            found = torch.linalg.lstsq(away, (target - target.mean()).unsqueeze(1)).solution[:, 0]
            if bool((found >= 0.0).all()):
                power[used] = found
                break
            used = [k for k, value in zip(used, found.tolist(), strict=True) if value >= 0.0]
        first = target.mean() - (power * middle).sum()
        self.error_power.copy_(torch.cat([first.unsqueeze(0), power]))
        self.error_far.copy_(torch.quantile(self.error_from(apart, nearest), ERROR_FAR))
        self.nearest_far.copy_(torch.quantile(nearest, NEAREST_FAR).clamp(min=1.0e-3))

    def fit(self, features: Tensor) -> None:
        """Shrunk covariance of each data type, then the quantile of the columns' distances."""
        self.centre.copy_(features.mean(0, keepdim=True))
        centred = features - self.centre
        self.whiten.zero_()
        at = 0
        for size in self.sizes:
            own = slice(at, at + size)
            covariance = centred[:, own].T @ centred[:, own] / max(features.shape[0] - 1, 1)
            scale = covariance.diagonal().mean()
            covariance = (1.0 - SHRINKAGE) * covariance + SHRINKAGE * scale * torch.eye(
                size, dtype=torch.float64
            )
            values, vectors = torch.linalg.eigh(covariance)
            self.whiten[own, own] = vectors / values.clamp(min=1.0e-6).sqrt()
            at += size
        quantile = torch.quantile(self.parts(features), _CALIBRATION_QUANTILE, dim=0)
        self.reference.copy_(quantile.clamp(min=1.0e-3))

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        # Checkpoints of earlier versions have no knots, one distance over all features, and neither
        # neighbours nor a law of the error.
        for name, value in self.named_buffers():
            if name not in ("centre", "whiten", "reference"):
                state_dict.setdefault(prefix + name, value)
        kept = state_dict[prefix + "neighbours"]
        self.neighbours = torch.zeros_like(kept, device=self.neighbours.device)
        found = state_dict.get(prefix + "reference")
        if found is not None and found.numel() == 1 != len(self.sizes):
            self.sizes = [sum(self.sizes)]
            self.reference = torch.ones(1, dtype=torch.float64)
        super()._load_from_state_dict(state_dict, prefix, *rest)


def _mean(block: list[float]) -> float:
    return block[0] / block[1]
