"""How much a column resembles the columns of training."""

from __future__ import annotations

import torch
from torch import Tensor, nn

TRUST_THRESHOLD = 0.2
_CALIBRATION_QUANTILE = 0.99


class Trust(nn.Module):
    """Mahalanobis distance in standardised feature space, calibrated on held-in columns.

    trust = 1 / (1 + (d / d99)^4): one half where only one training column in a hundred lies
    farther out, 0.2 at about 1.4 times that distance.
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        self.register_buffer("centre", torch.zeros(1, features, dtype=torch.float64))
        self.register_buffer("whiten", torch.eye(features, dtype=torch.float64))
        self.register_buffer("reference", torch.ones(1, dtype=torch.float64))

    def distance(self, features: Tensor) -> Tensor:
        return ((features - self.centre) @ self.whiten).square().mean(1, keepdim=True).sqrt()

    def forward(self, features: Tensor) -> Tensor:
        return 1.0 / (1.0 + (self.distance(features) / self.reference) ** 4)

    def fit(self, features: Tensor) -> None:
        """Shrunk covariance of the training columns, then the quantile of their distances."""
        self.centre.copy_(features.mean(0, keepdim=True))
        centred = features - self.centre
        covariance = centred.T @ centred / max(features.shape[0] - 1, 1)
        scale = covariance.diagonal().mean()
        covariance = 0.8 * covariance + 0.2 * scale * torch.eye(
            features.shape[1], dtype=torch.float64
        )
        values, vectors = torch.linalg.eigh(covariance)
        self.whiten.copy_(vectors / values.clamp(min=1.0e-6).sqrt())
        quantile = torch.quantile(self.distance(features), _CALIBRATION_QUANTILE)
        self.reference.copy_(quantile.clamp(min=1.0e-3))
