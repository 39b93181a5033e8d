"""A data-driven network in the layout of the published PHASE and AI4BGC, as a baseline.

LSTM over the monthly forcing, dense encoders of surface and PFT parameters and of patch pools, a
one-dimensional convolution over depth of the column pools, a transformer that fuses them, one head
for patches and one for columns; trained on mean squared errors of standardised pools. No physics:
it knows neither balance nor stoichiometry.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from phase_elm.evaluate.cases import Columns, Named
from phase_elm.evaluate.features import FORCING, Features, Targets
from phase_elm.schema import Schema

EPOCHS = 150


class PublishedNetwork(nn.Module):
    """Four tokens, fused by attention."""

    def __init__(
        self, surface: int, parameters: int, patch: int, channels: int, levels: int,
        patch_out: int, column_out: int, width: int,
    ) -> None:  # fmt: skip
        super().__init__()
        self.forcing = nn.LSTM(len(FORCING), width, batch_first=True)
        self.surface = nn.Sequential(nn.Linear(surface, width), nn.ReLU(), nn.Linear(width, width))
        self.traits = nn.Sequential(nn.Linear(parameters, width), nn.ReLU())
        self.patch = nn.Sequential(
            nn.Linear(patch, 2 * width), nn.ReLU(), nn.Linear(2 * width, width)
        )
        self.depth = nn.Sequential(
            nn.Conv1d(channels, width, 3, padding=1), nn.ReLU(),
            nn.Conv1d(width, width, 3, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.flat = nn.Linear(width * levels, width)
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, 0.1, batch_first=True)
        self.fusion = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.patch_head = nn.Linear(5 * width, patch_out)
        self.column_head = nn.Linear(5 * width, column_out)

    def forward(self, x: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Standardised patch and column pools."""
        forcing = self.forcing(x["forcing"])[1][0][-1]
        depth = self.flat(self.depth(x["depth"]).flatten(1))
        tokens = torch.stack(
            [
                forcing, self.surface(x["surface"]), self.traits(x["parameters"]),
                self.patch(x["patch"]), depth,
            ],
            1,
        )  # fmt: skip
        fused = self.fusion(tokens).flatten(1)
        return self.patch_head(fused), self.column_head(fused)


class MseNetwork:
    """Trains and asks the network.

    Parameters:
        width: Features of a token.
        epochs: At most, which bounds the cost; training stops when a tenth of the regions gets no
            better.
        seed: Of everything random.
    """

    name = "MSE network"

    def __init__(self, width: int = 64, epochs: int = EPOCHS, seed: int = 0) -> None:
        self.width, self.epochs, self.seed = width, epochs, seed

    def fit(self, train: Columns, schema: Schema) -> None:
        # random numbers of its own: who evaluates goes on with theirs
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self._fit(train, schema)

    def _fit(self, train: Columns, schema: Schema) -> None:
        self.schema = schema
        self.features, self.targets = Features(train, schema), Targets(train, schema)
        raw = self._inputs(train.inputs)
        self.scale = {n: (v.mean(0), v.std(0) + 1.0e-6) for n, v in raw.items()}
        patch, column = self._pools(train)
        self.pool_scale = [(v.mean(0), v.std(0) + 1.0e-6) for v in (patch, column)]
        x = self._scaled(raw)
        y = [
            torch.tensor((v - mean) / std, dtype=torch.float32)
            for v, (mean, std) in zip((patch, column), self.pool_scale, strict=True)
        ]
        self.network = PublishedNetwork(
            x["surface"].shape[1], x["parameters"].shape[1], x["patch"].shape[1],
            x["depth"].shape[1], x["depth"].shape[2], patch.shape[1], column.shape[1], self.width,
        )  # fmt: skip
        self._train(x, y, train.region)

    def _train(self, x: dict[str, Tensor], y: list[Tensor], region: np.ndarray) -> None:
        kinds = np.random.default_rng(self.seed).permutation(np.unique(region))
        held = torch.from_numpy(np.isin(region, kinds[: max(1, len(kinds) // 10)]))
        if held.all():
            held = torch.arange(len(region)) % 10 == 0
        rows = torch.nonzero(~held)[:, 0]
        optimiser = torch.optim.Adam(self.network.parameters(), lr=2.0e-3, weight_decay=1.0e-5)
        best, kept, waited = float("inf"), None, 0
        for _ in range(self.epochs):
            self.network.train()
            for batch in rows[torch.randperm(len(rows))].split(64):
                found = self.network({n: v[batch] for n, v in x.items()})
                loss = sum(((a - b[batch]) ** 2).mean() for a, b in zip(found, y, strict=True))
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            self.network.eval()
            with torch.no_grad():
                found = self.network({n: v[held] for n, v in x.items()})
                loss = sum(((a - b[held]) ** 2).mean() for a, b in zip(found, y, strict=True))
            if float(loss) < best:
                best, waited = float(loss), 0
                kept = {n: v.clone() for n, v in self.network.state_dict().items()}
            else:
                waited += 1
            if waited > 40:
                break
        if kept is not None:
            self.network.load_state_dict(kept)

    def predict(self, test: Columns) -> Named:
        self.network.eval()
        with torch.no_grad():
            found = self.network(self._scaled(self._inputs(test.inputs)))
        patch, column = (
            v.double().numpy() * std + mean
            for v, (mean, std) in zip(found, self.pool_scale, strict=True)
        )
        npft = test.inputs["wtcol"].shape[1]
        width = column.shape[1] // len(self.targets.layer)
        out: Named = {}
        for k, name in enumerate(self.targets.patch):
            out[name] = self._pool(name, patch[:, k * npft : (k + 1) * npft])
        for k, name in enumerate(self.targets.layer):
            out[name] = self._pool(name, column[:, k * width : (k + 1) * width])
        return out

    def _pool(self, name: str, squashed: np.ndarray) -> np.ndarray:
        """The published rule: no pool is negative, production included."""
        value = self.targets.squash[name].back(squashed)
        return value if name == "xsmrpool" else np.maximum(value, 0.0)

    def _pools(self, columns: Columns) -> tuple[np.ndarray, np.ndarray]:
        squash = self.targets.squash
        patch = [squash[n](columns.truth[n]) for n in self.targets.patch]
        layer = [squash[n](columns.truth[n]) for n in self.targets.layer]
        return np.concatenate(patch, 1), np.concatenate(layer, 1)

    def _inputs(self, inputs: Named) -> Named:
        ncol = len(inputs["lat"])
        names = [v.name for v in self.schema.inputs if v.dims == "pft"]
        parameters = np.concatenate([inputs[n] for n in names])
        layered = [
            n
            for n in self.features.squash
            if self.schema.by_name[n].dims == "column_level" and not n.endswith("_start")
        ]
        return {
            "forcing": np.stack([inputs[n] for n in FORCING], 2),
            "surface": self.features.column(inputs),
            "parameters": np.broadcast_to(parameters, (ncol, len(parameters))),
            "patch": self.features.patches(inputs).reshape(ncol, -1),
            "depth": np.stack([self.features.squash[n](inputs[n]) for n in layered], 1),
        }

    def _scaled(self, raw: Named) -> dict[str, Tensor]:
        return {
            n: torch.tensor((v - self.scale[n][0]) / self.scale[n][1], dtype=torch.float32)
            for n, v in raw.items()
        }
