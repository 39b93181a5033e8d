"""What is compared: columns with their observed years and end states, and who predicts them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import netCDF4
import numpy as np
import torch

from phase_elm.schema import Schema
from phase_elm.train.dataset import (
    HELD_OUT,
    TRAINING,
    TrainingSet,
    read_training_set,
    read_training_sets,
)

Named = dict[str, np.ndarray]


class EvaluateError(ValueError):
    """The evaluation cannot be made; the message says what is missing."""


@dataclass(frozen=True)
class Columns:
    """Some columns of one or several sets.

    Parameters:
        inputs: What was observed, by schema name: (column, feature), PFT parameters (pft).
        truth: The state they came to.
        lat, lon, region: Of each column.
        area: Land area, km2.
    """

    inputs: Named
    truth: Named
    lat: np.ndarray
    lon: np.ndarray
    region: np.ndarray
    area: np.ndarray

    def __len__(self) -> int:
        return len(self.lat)

    def take(self, rows: np.ndarray, schema: Schema) -> Columns:
        """Some of the columns."""
        inputs = {
            n: v if schema.by_name[n].dims == "pft" else v[rows] for n, v in self.inputs.items()
        }
        truth = {n: v[rows] for n, v in self.truth.items()}
        parts = (self.lat, self.lon, self.region, self.area)
        return Columns(inputs, truth, *(part[rows] for part in parts))


class Predictor(Protocol):
    """Something that predicts the state from what was observed."""

    name: str

    def fit(self, train: Columns, schema: Schema) -> None:
        """Learn from training columns; what learns nothing does nothing."""

    def predict(self, test: Columns) -> Named:
        """Pools by schema name; pools that are left out stay as they are."""


def read_columns(paths: list[Path], schema: Schema) -> tuple[Columns, Columns]:
    """Training and held-out columns of some sets."""
    data = read_training_sets(paths, schema)
    region = np.concatenate([_region(path) for path in paths])
    return tuple(_columns(data, region, split, schema) for split in (TRAINING, HELD_OUT))


def read_test(paths: list[Path], schema: Schema, held_out_only: bool = False) -> Columns:
    """All columns of some sets, whatever their split, or those of split 1."""
    parts = []
    for path in paths:
        data = read_training_set(path, schema)
        region = _region(path)
        parts.append(
            _columns(data, region, HELD_OUT, schema) if held_out_only else _all(data, region)
        )
    whole = parts[0]
    for part in parts[1:]:
        whole = join(whole, part, schema)
    return whole


def join(one: Columns, two: Columns, schema: Schema) -> Columns:
    """Columns of two sets together."""
    inputs = {
        n: v if schema.by_name[n].dims == "pft" else np.concatenate([v, two.inputs[n]])
        for n, v in one.inputs.items()
    }
    truth = {n: np.concatenate([v, two.truth[n]]) for n, v in one.truth.items()}
    rest = [
        np.concatenate([getattr(one, n), getattr(two, n)]) for n in ("lat", "lon", "region", "area")
    ]
    return Columns(inputs, truth, *rest)


def _region(path: Path) -> np.ndarray:
    with netCDF4.Dataset(path) as data:
        if "region" in data.variables:
            return np.asarray(data["region"][...])
        return np.zeros(len(data.dimensions["column"]), dtype=int)


def _all(data: TrainingSet, region: np.ndarray) -> Columns:
    inputs = {n: v.numpy() for n, v in data.inputs.items()}
    truth = {n: v.numpy() for n, v in data.truth.items()}
    area = (inputs["area"] * inputs["landfrac"])[:, 0]
    return Columns(inputs, truth, data.lat, data.lon, region, area)


def _columns(data: TrainingSet, region: np.ndarray, split: int, schema: Schema) -> Columns:
    return _all(data, region).take(np.flatnonzero(data.split == split), schema)


def tensors(values: Named) -> dict[str, torch.Tensor]:
    return {name: torch.from_numpy(np.ascontiguousarray(v)) for name, v in values.items()}


def complete(predicted: Named, test: Columns) -> Named:
    """All pools: those that were predicted, else as they are; none where there is no patch."""
    there = test.inputs["wtcol"] > 0.0
    out = {}
    for name, truth in test.truth.items():
        value = np.asarray(predicted.get(name, test.inputs[name]), dtype=np.float64)
        value = value.reshape(truth.shape)
        out[name] = np.where(there, value, 0.0) if value.shape == there.shape else value
    return out
