"""Who else predicts: nothing, ridge regression, boosted trees, the balance alone, an artifact."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from phase_elm.evaluate.cases import Columns, EvaluateError, Named
from phase_elm.evaluate.features import Features, Targets
from phase_elm.export import load
from phase_elm.schema import METHOD_INPUT, Schema, method_code


class NoChange:
    """The state as it is at the end of the window."""

    name = "no change"

    def fit(self, train: Columns, schema: Schema) -> None:
        """Nothing to learn."""

    def predict(self, test: Columns) -> Named:
        return {name: test.inputs[name] for name in test.truth}


class ArtifactPredictor:
    """An artifact of ``phase export``, as the plugin asks it.

    Parameters:
        path: Artifact.
        name: How it is called in the tables.
        method: ``phase_method`` of the plugin: hybrid, surrogate or steady_state.
    """

    def __init__(self, path: Path, name: str, method: str = "hybrid") -> None:
        self.artifact, self.name, self.method = load(path), name, method

    def fit(self, train: Columns, schema: Schema) -> None:
        """It was trained before."""

    def predict(self, test: Columns) -> Named:
        return self.ask(test.inputs)

    def ask(self, inputs: Named) -> Named:
        """Outputs, trust included, from inputs by name."""
        asked = {n: inputs[n] for n in self.artifact.input_names if n in inputs}
        if METHOD_INPUT in self.artifact.input_names:
            asked[METHOD_INPUT] = np.full(len(inputs["lat"]), method_code(self.method))
        return self.artifact.predict(asked)


class _Regression:
    """Common to the statistical baselines: a model of layers, a model of patches."""

    name = "regression"

    def model(self, kind: str) -> Any:
        raise NotImplementedError

    def fit(self, train: Columns, schema: Schema) -> None:
        self.features, self.targets = Features(train, schema), Targets(train, schema)
        column = self.features.column(train.inputs)
        layers = np.concatenate([column, self.features.layers(train.inputs)], 1)
        self.layer_model = self.model("layer").fit(layers, self.targets.layer_change(train))
        there = self._present(train.inputs)
        patches = self._patches(column, train.inputs)[there]
        self.patch_model = self.model("patch").fit(patches, self.targets.patch_change(train)[there])

    def predict(self, test: Columns) -> Named:
        column = self.features.column(test.inputs)
        layers = np.concatenate([column, self.features.layers(test.inputs)], 1)
        out = self.targets.layer_pools(self.layer_model.predict(layers), test.inputs)
        there = self._present(test.inputs)
        change = np.zeros((*there.shape, len(self.targets.patch)))
        change[there] = self.patch_model.predict(self._patches(column, test.inputs)[there])
        return out | self.targets.patch_pools(change, test.inputs)

    @staticmethod
    def _present(inputs: Named) -> np.ndarray:
        there = inputs["wtcol"] > 0.0
        there[:, 0] = False
        return there

    def _patches(self, column: np.ndarray, inputs: Named) -> np.ndarray:
        own = self.features.patches(inputs)
        spread = np.broadcast_to(column[:, None], (*own.shape[:2], column.shape[1]))
        return np.concatenate([spread, own], 2)


class Ridge(_Regression):
    """Linear regression with a penalty chosen by leave-one-out error on training columns."""

    name = "ridge"

    def model(self, kind: str) -> Any:
        sklearn = _sklearn("linear_model")
        preprocessing = _sklearn("preprocessing")
        pipeline = _sklearn("pipeline")
        return pipeline.make_pipeline(
            preprocessing.StandardScaler(),
            sklearn.RidgeCV(alphas=np.logspace(0.0, 5.0, 11)),
        )


class BoostedTrees(_Regression):
    """Gradient-boosted trees on the leading components of the pools' changes."""

    name = "boosted trees"

    def __init__(self, components: int = 16, seed: int = 0) -> None:
        self.components, self.seed = components, seed

    def model(self, kind: str) -> Any:
        return _ComponentTrees(self.components, self.seed)


class _ComponentTrees:
    """A boosted regression for each principal component of many targets."""

    def __init__(self, components: int, seed: int) -> None:
        self.components, self.seed = components, seed

    def fit(self, features: np.ndarray, target: np.ndarray) -> _ComponentTrees:
        ensemble = _sklearn("ensemble")
        self.mean, self.std = target.mean(0), target.std(0) + 1.0e-9
        scaled = (target - self.mean) / self.std
        _, _, axes = np.linalg.svd(scaled, full_matrices=False)
        self.axes = axes[: self.components]
        values = scaled @ self.axes.T
        self.models = [
            ensemble.HistGradientBoostingRegressor(
                max_iter=80, learning_rate=0.1, max_leaf_nodes=12, min_samples_leaf=8,
                max_features=0.2, l2_regularization=1.0, random_state=self.seed,
            ).fit(features, values[:, k])
            for k in range(len(self.axes))
        ]  # fmt: skip
        return self

    def predict(self, features: np.ndarray) -> np.ndarray:
        values = np.stack([model.predict(features) for model in self.models], 1)
        return values @ self.axes * self.std + self.mean


def _sklearn(part: str) -> Any:
    import importlib

    try:
        return importlib.import_module(f"sklearn.{part}")
    except ImportError as error:
        raise EvaluateError(
            "the regression baselines need scikit-learn: pip install 'phase-elm[evaluate]', or "
            "leave them out with --baseline"
        ) from error
