"""Reader of the training set: what twenty years show, and where the columns came to rest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import torch
from torch import Tensor

from phase_elm.model.layers import Layers
from phase_elm.model.modelled_rates import ModelledRates
from phase_elm.schema import Schema

TRAINING, HELD_OUT = 0, 1


class TrainingSetError(ValueError):
    """The file is no usable training set; the message names file, group and variable."""


@dataclass(frozen=True)
class TrainingSet:
    """Inputs and end states by schema name, float64, one row a column."""

    inputs: dict[str, Tensor]
    truth: dict[str, Tensor]
    lat: np.ndarray
    lon: np.ndarray
    split: np.ndarray
    drift: np.ndarray  # of the end state, gC/m2/yr
    attributes: dict[str, Any]
    checksums: tuple[str, ...] = ()  # SHA-256 of the files

    def __len__(self) -> int:
        return len(self.split)

    @property
    def fingerprint(self) -> str:
        """Changes with the files the set was read from."""
        return hashlib.sha256("".join(self.checksums).encode()).hexdigest()

    @property
    def protocols(self) -> list[str]:
        """Protocols that the windows were observed in."""
        if "protocols" in self.attributes:
            return list(self.attributes["protocols"])
        return [str(self.attributes["protocol"])] if "protocol" in self.attributes else []

    def horizon_years(self, default: float) -> float:
        """Horizon that the end states stand for, as the set says, else the schema's."""
        return float(self.attributes.get("horizon_years", default))

    def rows(self, split: int, largest_drift: float = 0.0) -> Tensor:
        """Row numbers of one part of the split, without end states that drift by more."""
        wanted = self.split == split
        if largest_drift > 0.0:
            wanted = wanted & (np.abs(self.drift) <= largest_drift)
        return torch.from_numpy(np.flatnonzero(wanted))

    def folds(self, rows: Tensor, count: int, block_degrees: float, seed: int) -> np.ndarray:
        """Fold number of each given row; columns of one block share a fold.

        The blocks go round the folds in an order drawn from the seed, largest imbalance first,
        so that the folds have similar sizes.
        """
        index = rows.numpy()
        block = np.stack(
            [
                np.floor(self.lat[index] / block_degrees),
                np.floor(self.lon[index] % 360.0 / block_degrees),
            ],
            1,
        )
        _, label = np.unique(block, axis=0, return_inverse=True)
        label = label.reshape(-1)
        order = np.random.default_rng(seed).permutation(label.max() + 1)
        size = np.zeros(count)
        fold_of_block = np.zeros(label.max() + 1, dtype=np.int64)
        for b in order:
            fold = int(size.argmin())
            fold_of_block[b] = fold
            size[fold] += (label == b).sum()
        return fold_of_block[label]


def take(values: dict[str, Tensor], rows: Tensor, schema: Schema) -> dict[str, Tensor]:
    """The given rows of every tensor with a column axis."""
    return {
        name: value if schema.by_name[name].dims == "pft" else value[rows]
        for name, value in values.items()
    }


def _read(group: netCDF4.Group, name: str, shape: tuple[int, ...], where: str) -> Tensor:
    values = np.ma.filled(group.variables[name][:].astype(np.float64), np.nan)
    if values.size != int(np.prod(shape)):
        raise TrainingSetError(f"{where}: {name} has shape {values.shape}, expected {shape}")
    if not np.isfinite(values).all():
        raise TrainingSetError(f"{where}: {name} has {(~np.isfinite(values)).sum()} missing values")
    return torch.from_numpy(values.reshape(shape))


def _check_names(group: netCDF4.Group, needed: set[str], known: set[str], where: str) -> None:
    """All variables that are missing, and those that no schema entry is about, in one message."""
    missing = sorted(needed - set(group.variables))
    if missing:
        extra = sorted(set(group.variables) - known)
        besides = f"; not of the schema: {', '.join(extra)}" if extra else ""
        raise TrainingSetError(
            f"{where}: {len(missing)} variables are missing: {', '.join(missing)}{besides}; "
            "make the set again"
        )


def _inputs(group: netCDF4.Group, schema: Schema, ncol: int, where: str) -> dict[str, Tensor]:
    """Every schema input. What only a further jump or the plugin tells may be absent.

    Rates are those of the model where the schema says that the host gives none; layers below
    bedrock are emptied as in the graph.
    """
    optional = ("polish", "control")
    needed = {v.name for v in schema.asked if v.role not in optional}
    _check_names(group, needed, set(schema.input_names), where)
    inputs: dict[str, Tensor] = {}
    for v in schema.asked:
        shape = schema.shape_of(v.name, ncol)
        if v.role in optional and v.name not in group.variables:
            inputs[v.name] = torch.zeros(shape, dtype=torch.float64)
        else:
            inputs[v.name] = _read(group, v.name, shape, where)
    if not schema.host_rates:
        with torch.no_grad():
            inputs |= ModelledRates(schema.depth_efolding)(inputs)
    return Layers(schema).emptied(inputs)


def read_training_sets(
    paths: Sequence[Path], schema: Schema, for_training: bool = True
) -> TrainingSet:
    """Read several files and put their columns together; PFT parameters must agree."""
    parts = [read_training_set(path, schema) for path in paths]
    for path, part in zip(paths[1:], parts[1:], strict=True):
        for variable in schema.inputs:
            name = variable.name
            if variable.dims == "pft" and not torch.equal(part.inputs[name], parts[0].inputs[name]):
                raise TrainingSetError(f"{path}: PFT parameter {name} differs from {paths[0]}")
        found, expected = (
            part.attributes.get("horizon_years"),
            parts[0].attributes.get("horizon_years"),
        )
        if found != expected:
            raise TrainingSetError(
                f"{path}: horizon_years is {found}, in {paths[0]} it is {expected}; "
                "sets of one training stand for the same kind of state"
            )

    if for_training and not any((part.split == TRAINING).any() for part in parts):
        places = ", ".join(str(path) for path in paths)
        raise TrainingSetError(f"{places}: no column has split {TRAINING} (training)")

    def together(values: list[dict[str, Tensor]]) -> dict[str, Tensor]:
        return {
            name: first
            if schema.by_name[name].dims == "pft"
            else torch.cat([v[name] for v in values])
            for name, first in values[0].items()
        }

    return TrainingSet(
        together([part.inputs for part in parts]),
        together([part.truth for part in parts]),
        np.concatenate([part.lat for part in parts]),
        np.concatenate([part.lon for part in parts]),
        np.concatenate([part.split for part in parts]),
        np.concatenate([part.drift for part in parts]),
        {**parts[0].attributes, "protocols": sorted({p for part in parts for p in part.protocols})},
        tuple(checksum for part in parts for checksum in part.checksums),
    )


def read_training_set(path: Path, schema: Schema) -> TrainingSet:
    """Read the file that ``phase truth`` wrote."""
    if not Path(path).is_file():
        raise TrainingSetError(f"{path}: no such training set; write one with `phase truth`")
    with netCDF4.Dataset(path) as data:
        for group in ("observed", "equilibrium"):
            if group not in data.groups:
                raise TrainingSetError(f"{path}: group {group} is missing")
        ncol = data.dimensions["column"].size
        inputs = _inputs(data["observed"], schema, ncol, f"{path} observed")
        state = [v for v in schema.outputs if v.role != "trust"]
        names = {v.name for v in state}
        _check_names(data["equilibrium"], names, names, f"{path} equilibrium")
        truth = {
            v.name: _read(
                data["equilibrium"], v.name, schema.shape_of(v.name, ncol), f"{path} equilibrium"
            )
            for v in state
        }
        root = {n: np.asarray(data[n][:], dtype=np.float64) for n in ("lat", "lon", "split")}
        drift = np.zeros(ncol)
        if "drift_TOTECOSYSC" in data.variables:
            drift = np.asarray(data["drift_TOTECOSYSC"][:], dtype=np.float64)
        attributes = {name: data.getncattr(name) for name in data.ncattrs()}
    split = root["split"].astype(np.int64)
    with Path(path).open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    return TrainingSet(
        inputs, truth, root["lat"], root["lon"], split, drift, attributes, (checksum,)
    )
