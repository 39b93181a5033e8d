"""Plain features and targets of the statistical baselines.

The baselines get the same observed years as the surrogate, in logarithms where values span orders
of magnitude, and predict the logarithmic change of each pool, which is the strongest form of them
that was found. Statistics come from training columns only.
"""

from __future__ import annotations

import numpy as np

from phase_elm.evaluate.cases import Columns, Named
from phase_elm.report.stocks import layer_thickness_m
from phase_elm.schema import Schema

FORCING = ("TBOT", "PRECTmms", "FSDS", "FLDS", "QBOT", "PSRF")
N_ORDER = 16
SIGNED = ("xsmrpool", "annsum_npp")


class Squash:
    """asinh(x / scale): linear near zero, logarithmic beyond; the scale is the training median."""

    def __init__(self, values: np.ndarray) -> None:
        size = np.abs(values[np.abs(values) > 0.0])
        self.scale = 0.03 * float(np.median(size)) if size.size else 1.0

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return np.arcsinh(values / self.scale)

    def back(self, values: np.ndarray) -> np.ndarray:
        return self.scale * np.sinh(np.clip(values, -40.0, 40.0))


class Features:
    """Numbers of a column, and of a patch, from what was observed."""

    def __init__(self, train: Columns, schema: Schema) -> None:
        self.schema = schema
        self.squash = {
            v.name: Squash(train.inputs[v.name])
            for v in schema.inputs
            if v.dims != "pft" and v.sample in ("instant", "mean", "start")
        }
        self.surface = {
            name: Squash(train.inputs[name])
            for name in ("LABILE_P", "SECONDARY_P", "OCCLUDED_P", "APATITE_P")
        }
        raw = self._column(train.inputs)
        self.mean, self.std = raw.mean(0), raw.std(0)
        self.kept = self.std > 1.0e-9

    def column(self, inputs: Named) -> np.ndarray:
        """Standardised features of a column (column, feature)."""
        return ((self._column(inputs) - self.mean) / np.where(self.kept, self.std, 1.0))[
            :, self.kept
        ]

    def _column(self, inputs: Named) -> np.ndarray:
        parts = []
        for name in FORCING:
            series = inputs[name].reshape(len(inputs[name]), -1, 12)
            series = np.sqrt(np.maximum(series, 0.0)) if name == "PRECTmms" else series
            parts += [series.mean(1), series.mean(2).std(1, keepdims=True)]
        lat = np.deg2rad(inputs["lat"])
        parts += [np.abs(np.sin(lat)), np.cos(lat), inputs["PCT_SAND"], inputs["PCT_CLAY"]]
        parts += [squash(inputs[name]) for name, squash in self.surface.items()]
        order = np.rint(inputs["SOIL_ORDER"][:, 0]).astype(int).clip(0, N_ORDER - 1)
        parts += [np.eye(N_ORDER)[order], inputs["wtcol"]]
        dz = layer_thickness_m()
        weight = inputs["wtcol"]
        for name, squash in self.squash.items():
            dims = self.schema.by_name[name].dims
            value = inputs[name]
            if dims == "column_level":
                parts.append(squash((value * dz).sum(1, keepdims=True) / dz.sum()))
            elif dims == "patch":
                parts.append(squash((value * weight).sum(1, keepdims=True)))
            else:
                parts.append(squash(value))
        return np.concatenate(parts, 1)

    def layers(self, inputs: Named) -> np.ndarray:
        """Squashed layered state and means (column, variable x level)."""
        return np.concatenate(
            [
                squash(inputs[name])
                for name, squash in self.squash.items()
                if self.schema.by_name[name].dims == "column_level"
            ],
            1,
        )

    def patches(self, inputs: Named) -> np.ndarray:
        """Squashed patch state and means, weight and plant type (column, pft, feature)."""
        names = [n for n in self.squash if self.schema.by_name[n].dims == "patch"]
        own = np.stack([self.squash[name](inputs[name]) for name in names], 2)
        kind = np.broadcast_to(np.eye(own.shape[1]), (len(own), own.shape[1], own.shape[1]))
        return np.concatenate([own, inputs["wtcol"][:, :, None], kind], 2)


class Targets:
    """Pools as changes of squashed values, and back."""

    def __init__(self, train: Columns, schema: Schema) -> None:
        self.patch = [n for n in train.truth if schema.by_name[n].dims == "patch"]
        self.layer = [n for n in train.truth if schema.by_name[n].dims == "column_level"]
        self.squash = {name: Squash(value) for name, value in train.truth.items()}
        self.held = {
            name: (np.abs(train.truth[name]) > 1.0e-9).any(0) for name in (*self.patch, *self.layer)
        }

    def patch_change(self, columns: Columns) -> np.ndarray:
        """(column, pft, variable)."""
        return np.stack([self._change(columns, name) for name in self.patch], 2)

    def layer_change(self, columns: Columns) -> np.ndarray:
        """(column, variable x level)."""
        return np.concatenate([self._change(columns, name) for name in self.layer], 1)

    def _change(self, columns: Columns, name: str) -> np.ndarray:
        squash = self.squash[name]
        return squash(columns.truth[name]) - squash(columns.inputs[name])

    def patch_pools(self, change: np.ndarray, inputs: Named) -> Named:
        return {
            name: self._pool(name, change[:, :, k], inputs) for k, name in enumerate(self.patch)
        }

    def layer_pools(self, change: np.ndarray, inputs: Named) -> Named:
        width = change.shape[1] // len(self.layer)
        return {
            name: self._pool(name, change[:, k * width : (k + 1) * width], inputs)
            for k, name in enumerate(self.layer)
        }

    def _pool(self, name: str, change: np.ndarray, inputs: Named) -> np.ndarray:
        squash = self.squash[name]
        value = squash.back(squash(inputs[name]) + change)
        if name not in SIGNED:
            value = np.maximum(value, 0.0)
        return np.where(self.held[name][None, :], value, 0.0)
