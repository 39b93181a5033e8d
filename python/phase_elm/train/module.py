"""Lightning module: trains one member on its fold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lightning
import torch
from torch import Tensor

from phase_elm.constraints import Columns, Named, terms_of, total_loss
from phase_elm.constraints.drift import drift_by_part
from phase_elm.model.stage import Stage
from phase_elm.schema import Schema
from phase_elm.train.config import LossWeights, Optimiser
from phase_elm.train.dataset import take
from phase_elm.train.distributed import Ranks

OF_RANK = 1_000_003  # apart, so that the processes of a training drop out different features
CATEGORIES = ("order", "colour")
MEMBER_INPUTS = (
    "patch", "present", "cycle", "climate", "surface", "order", "colour", "column", "depth",
)  # fmt: skip


class Rows(torch.utils.data.Dataset):
    """Row numbers as a data set; the tensors stay in the module."""

    def __init__(self, rows: Tensor) -> None:
        self.rows = rows

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Tensor:
        return self.rows[index]


class EpochOrder(torch.utils.data.Sampler):
    """A new order each epoch that depends on seed and epoch only, so that a resumed run agrees."""

    def __init__(self, count: int, seed: int) -> None:
        self.count = count
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self.seed + self.epoch)
        return iter(torch.randperm(self.count, generator=generator).tolist())


def loader(rows: Tensor, batch_size: int, seed: int) -> torch.utils.data.DataLoader:
    """Batches of row numbers; size 0 is one batch of all in their own order."""
    order = EpochOrder(len(rows), seed) if batch_size else None
    return torch.utils.data.DataLoader(
        Rows(rows), batch_size=batch_size or len(rows), sampler=order, num_workers=0
    )


class MemberTraining(lightning.LightningModule):
    """Training and validation of a one-member stage on rows of the training set."""

    def __init__(
        self, model: Stage, schema: Schema, inputs: Named, truth: Named, loss: LossWeights,
        optimiser: Optimiser, seed: int, ranks: Ranks | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.seed = seed
        self.ranks = ranks or Ranks()
        self.model = model
        self.schema = schema
        self.inputs = inputs
        self.truth = truth
        self.loss = loss
        self.settings = optimiser
        self.terms = terms_of(loss.tolerance, loss.band_degrees)
        with torch.no_grad():
            self.features = model.encode(inputs)
        self.columns = Columns.of(inputs)

    def _predict(self, rows: Tensor) -> Named:
        x = take(self.inputs, rows, self.schema)
        f = {name: value[rows] for name, value in self.features.items()}
        patch, level = self._corrections(f)
        return self.model.assemble(x, f, patch, level)

    def _corrections(self, f: Named) -> tuple[Tensor, Tensor]:
        """Of the one network; with mixed precision computed in bfloat16 from 64-bit weights."""
        if self.settings.precision == "64-true":
            return self.model.corrections(f)
        member = self.model.members[0]
        weights = {name: value.float() for name, value in member.named_parameters()}
        given = [f[name] if name in CATEGORIES else f[name].float() for name in MEMBER_INPUTS]
        with torch.autocast("cpu", torch.bfloat16):
            patch, level = torch.func.functional_call(member, weights, tuple(given))
        return (
            self.model.patch_correction(patch.double()),
            self.model.depth_correction(level.double()),
        )

    def _known(self, rows: Tensor) -> tuple[Named, Columns]:
        """End states, and what is known of the columns."""
        truth = {name: value[rows] for name, value in self.truth.items()}
        return truth, self.columns.take(rows, take(self.inputs, rows, self.schema))

    def training_step(self, rows: Tensor, _: int) -> Tensor:
        # Dropout depends on seed and step only, so that a resumed run agrees with an unbroken one.
        ranks = self.ranks
        torch.manual_seed(self.seed + self.global_step + OF_RANK * ranks.rank)
        if ranks.world == 1:
            predicted = self._predict(rows)
        else:
            predicted = ranks.whole(self._predict(ranks.share(rows)), len(rows))
        truth, columns = self._known(rows)
        loss, terms = total_loss(predicted, truth, columns, self.terms, self.loss)
        self.log("train_loss", loss, prog_bar=True, on_step=False, on_epoch=True)
        for name, value in terms.items():
            self.log(f"train_{name}", value, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, rows: Tensor, _: int) -> None:
        predicted = self._predict(rows)
        truth, columns = self._known(rows)
        loss, _ = total_loss(predicted, truth, columns, self.terms, self.loss)
        drift = torch.stack(list(drift_by_part(predicted, truth, columns).values())).sum(0).abs()
        self.log("val_loss", loss, prog_bar=True)
        self.log("val_drift", drift.median(), prog_bar=True)
        self.log("val_share_at_rest", (drift <= 1.0).double().mean(), prog_bar=True)

    def configure_optimizers(self) -> Any:
        settings = self.settings
        optimiser = torch.optim.AdamW(
            [p for p in self.parameters() if p.requires_grad],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(
            optimiser, settings.epochs, eta_min=0.02 * settings.learning_rate
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule}}
