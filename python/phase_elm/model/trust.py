"""How much a column resembles the columns of training."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

TRUST_THRESHOLD = 0.2
_CALIBRATION_QUANTILE = 0.99
KNOTS = 16
LEAST_IN_BIN = 8
# Small, so that what goes together in training (warm air and moist air) is told from what does not.
SHRINKAGE = 1.0e-3


class Trust(nn.Module):
    """Mahalanobis distance by data type, in units of what training columns show; the worst counts.

    trust = 1 / (1 + (d / d99)^4): one half where only one training column in a hundred lies
    farther out, 0.2 at about 1.4 times that distance. Climate, surface, fluxes with stocks, and
    plant types are judged apart: a climate that no training column has is not made up for by soils
    and plants that many have.

    ``expected_error`` says what error a score went with on columns that were left out of training:
    a curve that never rises with the score, flat beyond its ends, so that below the smallest score
    seen it is a lower bound. Zero where it was never fitted.
    """

    def __init__(self, sizes: list[int]) -> None:
        super().__init__()
        features = sum(sizes)
        self.sizes: list[int] = sizes
        self.register_buffer("centre", torch.zeros(1, features, dtype=torch.float64))
        self.register_buffer("whiten", torch.eye(features, dtype=torch.float64))
        self.register_buffer("reference", torch.ones(len(sizes), dtype=torch.float64))
        self.register_buffer("knot_score", torch.linspace(0.0, 1.0, KNOTS, dtype=torch.float64))
        self.register_buffer("knot_error", torch.zeros(KNOTS, dtype=torch.float64))

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

    def forward(self, features: Tensor) -> Tensor:
        """Trust of each column, 0 to 1 (col, 1)."""
        worst = (self.parts(features) / self.reference).amax(1, keepdim=True)
        return 1.0 / (1.0 + worst**4)

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
        # Checkpoints of earlier versions have no knots, and one distance over all features.
        for name in ("knot_score", "knot_error"):
            state_dict.setdefault(prefix + name, getattr(self, name))
        found = state_dict.get(prefix + "reference")
        if found is not None and found.numel() == 1 != len(self.sizes):
            self.sizes = [sum(self.sizes)]
            self.reference = torch.ones(1, dtype=torch.float64)
        super()._load_from_state_dict(state_dict, prefix, *rest)


def _mean(block: list[float]) -> float:
    return block[0] / block[1]
