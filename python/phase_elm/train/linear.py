"""The linear part of the first stage: ridge regressions, and how far each is to be believed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from phase_elm.model import constants as c
from phase_elm.model import linear, physics
from phase_elm.model.features import MINERALS
from phase_elm.model.stage import Stage
from phase_elm.schema import Schema
from phase_elm.train.config import TrainConfig
from phase_elm.train.dataset import TRAINING, TrainingSet, take
from phase_elm.train.statistics import layer_targets, patch_targets, patch_weight

PENALTIES = (0.1, 1.0, 10.0, 100.0, 1000.0)  # times the variance of a feature, over all rows
SHARES = tuple(k / 10.0 for k in range(11))
FAR = 3.0  # errors beyond count as this much: a patch that dies says little
FEWEST = 50  # rows with a target below which nothing is fitted
# Organs and production stay the network's: they are tied to each other and feed the soil.
PATCH_OUTPUTS = (*range(physics.LABILE, physics.ANNSUM), physics.DEFICIT)


def ridge(
    x: Tensor, y: Tensor, weight: Tensor, penalties: Sequence[float]
) -> tuple[Tensor, Tensor]:
    """Weighted ridge regression with a free intercept, for several penalties at once.

    Args:
        x: features (row, feature).
        y: target (row).
        weight: of rows (row), not all zero.
        penalties: added to the Gram matrix, whose rows weigh 1 in the mean.

    Returns:
        Coefficients (penalty, feature) and intercepts (penalty).
    """
    weight = weight * (len(weight) / weight.sum())
    x_mean = (weight.unsqueeze(1) * x).mean(0)
    y_mean = (weight * y).mean()
    centred = x - x_mean
    weighted = weight.unsqueeze(1) * centred
    size, axes = torch.linalg.eigh(centred.T @ weighted)
    projected = axes.T @ (weighted.T @ (y - y_mean))
    found = [axes @ (projected / (size.clamp(min=0.0) + penalty)) for penalty in penalties]
    slope = torch.stack(found)
    return slope, y_mean - slope @ x_mean


def fit_one(
    x: Tensor, y: Tensor, weight: Tensor, fold: Tensor, network: Tensor, seen: Tensor
) -> tuple[Tensor, Tensor, float]:
    """Coefficients, intercept and share of one correction.

    Penalty and share are those with the smallest error on folds that took no part.

    Args:
        x, y, weight: as of ``ridge``.
        fold: of each row.
        network: what the network says that left the row's fold out.
        seen: rows that such a network exists for.
    """
    known = weight > 0.0
    x, y, weight, fold = x[known], y[known], weight[known], fold[known]
    network, seen = network[known], seen[known]
    zero = torch.zeros(x.shape[1], dtype=x.dtype)
    if len(y) < FEWEST or not bool(seen.any()):
        return zero, torch.zeros((), dtype=x.dtype), 0.0
    left_out = torch.zeros(len(PENALTIES), len(y), dtype=y.dtype)
    for k in fold.unique().tolist():
        out = fold == k
        if bool(out.all()):
            return zero, torch.zeros((), dtype=x.dtype), 0.0
        slope, intercept = ridge(x[~out], y[~out], weight[~out], PENALTIES)
        left_out[:, out] = slope @ x[out].T + intercept.unsqueeze(1)
    left_out = left_out.clamp(-linear.LIMIT, linear.LIMIT)
    best = int(_error(left_out, y, weight).argmin())
    shares = torch.tensor(SHARES, dtype=y.dtype).unsqueeze(1)
    own, other = left_out[best, seen], network[seen]
    blended = _error(other + shares * (own - other), y[seen], weight[seen])
    share = SHARES[int(blended.argmin())]
    slope, intercept = ridge(x, y, weight, PENALTIES[best : best + 1])
    return slope[0], intercept[0], share


def _error(guess: Tensor, y: Tensor, weight: Tensor) -> Tensor:
    """Mean square, far errors bounded (guess)."""
    return (weight * (guess - y).abs().clamp(max=FAR) ** 2).sum(1) / weight.sum()


@torch.no_grad()
def fit_linear(
    config: TrainConfig, schema: Schema, data: TrainingSet, members: list[Stage]
) -> None:
    """Fit the linear part and write it into every member of the first stage."""
    rows = data.rows(TRAINING, config.largest_drift)
    x, truth = take(data.inputs, rows, schema), take(data.truth, rows, schema)
    fold = torch.from_numpy(
        data.folds(rows, config.validation_folds, config.block_degrees, config.seed)
    )
    first = members[0]
    part = first.linear
    f = first.encode(x)
    by_patch, by_level, seen = _left_out(members, f, fold)

    target, known = patch_targets(first, x, truth, f["present"])
    weight = patch_weight(x, known)
    correction = first.patch_correction
    target = (target - correction.mean[..., : physics.N_PATCH]) / correction.std[
        ..., : physics.N_PATCH
    ]
    features = part.patch_features(f).flatten(0, 1)
    of_patch = fold.repeat_interleave(c.NPFT), seen.repeat_interleave(c.NPFT)
    for k in PATCH_OUTPUTS:
        part.patch_weight[:, k], part.patch_bias[k], part.patch_share[k] = fit_one(
            features, target[:, :, k].flatten().clamp(-linear.LIMIT, linear.LIMIT),
            weight[:, :, k].flatten(), of_patch[0], by_patch[:, :, k].flatten(), of_patch[1],
        )  # fmt: skip

    carbon = torch.stack([truth[pool + "c_vr"] for pool in c.POOLS], 1)
    target, known = layer_targets(first, x, truth, carbon)
    amount = _amounts(truth)
    middle = amount.flatten(2).transpose(0, 1).flatten(1).median(1).values
    known = known * amount / (amount + middle.view(1, -1, 1) + 1.0e-12)
    correction = first.depth_correction
    target = (target - correction.mean[:, : physics.N_DEPTH]) / correction.std[:, : physics.N_DEPTH]
    layers = part.depth_features(f)
    for level in range(c.NLEVEL):
        for k in range(linear.N_DEPTH):
            at = linear.FIRST_DEPTH + k
            (
                part.depth_weight[level, :, k],
                part.depth_bias[level, k],
                part.depth_share[level, k],
            ) = fit_one(
                layers[level], target[:, at, level].clamp(-linear.LIMIT, linear.LIMIT),
                known[:, at, level], fold, by_level[:, at, level], seen,
            )  # fmt: skip
    for member in members[1:]:
        member.linear.load_state_dict(part.state_dict())


def _amounts(truth: dict[str, Tensor]) -> Tensor:
    """What each layer output is about, g/m3 (col, layer output, level): little counts little."""
    names = [pool + "c_vr" for pool in c.POOLS]
    nitrogen = [pool + "n_vr" for pool in c.POOLS[:4]]
    phosphorus = [pool + "p_vr" for pool in c.POOLS]
    in_order = [*names, *names[:4], *names, *nitrogen, *phosphorus, *MINERALS]
    return torch.stack([truth[name].clamp(min=0.0) for name in in_order], 1)


def _left_out(
    members: list[Stage], f: dict[str, Tensor], fold: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Corrections of each column by a network that left its fold out; and which have one.

    As ``raw_corrections``; the regression has no part in it.
    """
    by_patch = torch.zeros(len(fold), c.NPFT, physics.N_PATCH, dtype=torch.float64)
    by_level = torch.zeros(len(fold), physics.N_DEPTH, c.NLEVEL, dtype=torch.float64)
    seen = torch.zeros(len(fold), dtype=torch.bool)
    for number, member in enumerate(members[: int(fold.max()) + 1]):
        out = fold == number
        patch, level = member.raw_corrections({name: value[out] for name, value in f.items()})
        by_patch[out], by_level[out] = patch, level
        seen |= out
    return by_patch, by_level, seen
