"""Trust of the first stage, from training columns that a member left out."""

from __future__ import annotations

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from phase_elm.constraints import Columns
from phase_elm.constraints.drift import drift_by_part
from phase_elm.model.first import FirstStage
from phase_elm.model.stage import Stage
from phase_elm.model.trust import Trust
from phase_elm.schema import Schema
from phase_elm.train.config import TrainConfig
from phase_elm.train.dataset import TRAINING, TrainingSet, take


@dataclass(frozen=True)
class LeftOut:
    """Training columns as they look to those who have not seen them, fold by fold.

    A member predicts the fold it left out, and trust of that fold is the distance to the other
    folds. How far members are apart is taken from the others, because the member's own distance to
    them is its error: they have seen the fold, so that they agree rather better than on new
    columns, and the expected error rather exceeds what comes.
    """

    trust: list[Trust]  # by fold, fitted to the other folds
    features: list[Tensor]
    apart: list[Tensor]
    error: list[Tensor]  # |implied drift|, gC/m2/yr

    def all(self, values: list[Tensor]) -> Tensor:
        """Of all folds."""
        return torch.cat(values)

    @property
    def nearest(self) -> Tensor:
        """Distance to the climates of the other folds."""
        pairs = zip(self.trust, self.features, strict=True)
        return torch.cat([trust.nearest(features) for trust, features in pairs])


@torch.no_grad()
def left_out(
    config: TrainConfig, schema: Schema, data: TrainingSet, members: list[Stage]
) -> LeftOut:
    """Look at every fold that a member left out. Standardisation alone has seen all columns."""
    rows = data.rows(TRAINING, config.largest_drift)
    fold = data.folds(rows, config.validation_folds, config.block_degrees, config.seed)
    stage = members[0]
    assert isinstance(stage, FirstStage)
    x = take(data.inputs, rows, schema)
    f = stage.encode(x)
    seen = stage.trust_features(f)
    said = [member.each(f) for member in members]
    found = LeftOut([], [], [], [])
    for number, member in enumerate(members[: config.validation_folds]):
        inside = torch.from_numpy(fold != number)
        out = torch.from_numpy(fold == number)
        trust = Trust(list(stage.trust.sizes))
        trust.fit(seen[inside])
        trust.remember(seen[inside])
        own = take(data.inputs, rows[out], schema)
        features = {name: value[out] for name, value in f.items()}
        predicted = member.predict(own)
        truth = take(data.truth, rows[out], schema)
        parts = drift_by_part(predicted, truth, Columns.of(own))
        others = [k for k in range(len(members)) if k % config.validation_folds != number]
        by_patch = [said[k][0][0][out] for k in others or [number]]
        by_level = [said[k][1][0][out] for k in others or [number]]
        found.trust.append(trust)
        found.features.append(seen[out])
        found.apart.append(stage.apart(own, features, predicted, by_patch, by_level))
        found.error.append(torch.stack(list(parts.values())).sum(0).abs())
    return found


@torch.no_grad()
def fitted(seen: Tensor, trust: Trust, found: LeftOut) -> Trust:
    """A trust as the given one, with nearness, law and curve of the error.

    Args:
        seen: features of all training columns.
        trust: fitted to them.
        found: columns that members left out.
    """
    new = copy.deepcopy(trust)
    new.remember(seen)
    error = found.all(found.error)
    new.calibrate_error(found.all(found.apart), found.nearest, error)
    scores: list[Tensor] = []
    for own, features, apart in zip(found.trust, found.features, found.apart, strict=True):
        for name in ("error_power", "error_far", "nearest_far"):
            getattr(own, name).copy_(getattr(new, name))
        scores.append(own.judge(features, apart)[:, 0])
    new.calibrate(torch.cat(scores), error)
    return new


@torch.no_grad()
def calibrate(config: TrainConfig, schema: Schema, data: TrainingSet, members: list[Stage]) -> None:
    """Fit the trust of the first stage and put it into every member."""
    found = left_out(config, schema, data, members)
    rows = data.rows(TRAINING, config.largest_drift)
    stage = members[0]
    seen = stage.trust_features(stage.encode(take(data.inputs, rows, schema)))
    trust = fitted(seen, stage.trust, found)
    for member in members:
        member.trust.load_state_dict(trust.state_dict())
