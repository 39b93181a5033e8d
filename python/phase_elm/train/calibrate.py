"""What error a trust score goes with, from training columns that a member left out."""

from __future__ import annotations

import torch
from torch import Tensor

from phase_elm.constraints import Columns
from phase_elm.constraints.drift import drift_by_part
from phase_elm.model.stage import Stage
from phase_elm.model.trust import Trust
from phase_elm.schema import Schema
from phase_elm.train.config import TrainConfig
from phase_elm.train.dataset import TRAINING, TrainingSet, take


@torch.no_grad()
def left_out(
    config: TrainConfig, schema: Schema, data: TrainingSet, members: list[Stage]
) -> tuple[Tensor, Tensor]:
    """Score and |implied drift| (gC/m2/yr) of training columns outside their own training.

    A member predicts the fold it left out, and the score of that fold is its distance to the other
    folds. Standardisation alone has seen all training columns.
    """
    rows = data.rows(TRAINING, config.largest_drift)
    fold = data.folds(rows, config.validation_folds, config.block_degrees, config.seed)
    seen = members[0].trust_features(members[0].encode(take(data.inputs, rows, schema)))
    scores: list[Tensor] = []
    errors: list[Tensor] = []
    for number, member in enumerate(members[: config.validation_folds]):
        out = torch.from_numpy(fold == number)
        trust = Trust(list(members[0].trust.sizes))
        trust.fit(seen[~out])
        scores.append(trust(seen[out])[:, 0])
        x = take(data.inputs, rows[out], schema)
        truth = take(data.truth, rows[out], schema)
        parts = drift_by_part(member.predict(x), truth, Columns.of(x))
        errors.append(torch.stack(list(parts.values())).sum(0).abs())
    return torch.cat(scores), torch.cat(errors)


def calibrate(config: TrainConfig, schema: Schema, data: TrainingSet, members: list[Stage]) -> None:
    """Fit the curve of expected error and put it into the buffers of every member."""
    score, error = left_out(config, schema, data, members)
    for member in members:
        member.trust.calibrate(score, error)
