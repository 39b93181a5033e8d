"""The whole graph: physical units in, physical units out, in schema order."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model.ablated import AblatedStage
from phase_elm.model.balance import Balance
from phase_elm.model.columns import into_columns, of_columns
from phase_elm.model.first import FirstStage
from phase_elm.model.later import LaterStage
from phase_elm.model.layers import Layers
from phase_elm.model.modelled_rates import ModelledRates
from phase_elm.model.stage import SurrogateConfig
from phase_elm.schema import Schema

__all__ = ["FirstStage", "Surrogate", "SurrogateConfig"]


class Surrogate(nn.Module):
    """Near-equilibrium pools on Jan 1 from a window of observed years.

    ``first`` knows windows in which N and P were supplied, ``later`` those of the host's own,
    ``balance`` holds no weights. ``jump_method`` 0 takes, by column, the stage that knows the
    window (the balance where none does); 1 the network everywhere; 2 the balance everywhere.
    """

    def __init__(self, schema: Schema, config: SurrogateConfig) -> None:
        super().__init__()
        self.input_names: list[str] = schema.asked_names
        self.output_names: list[str] = schema.output_names
        self.first = (AblatedStage if config.without else FirstStage)(schema, config)
        self.later = LaterStage(schema, config)
        self.balance = Balance(schema.horizon_years)
        self.has_later: bool = config.later_members > 0
        self.layers = Layers(schema)
        self.host_rates: bool = schema.host_rates
        self.modelled = ModelledRates(schema.depth_efolding)

    def given(self, inputs: list[Tensor]) -> dict[str, Tensor]:
        """Schema-ordered tensors as a mapping."""
        x: dict[str, Tensor] = {}
        for i in range(len(self.input_names)):
            x[self.input_names[i]] = inputs[i]
        return x

    def named_inputs(self, inputs: list[Tensor]) -> dict[str, Tensor]:
        """What is given, with rates where the host gives none, and nothing below bedrock."""
        x = self.given(inputs)
        if not self.host_rates:
            for name, value in self.modelled(x).items():
                x[name] = value
        return self.layers.emptied(x)

    def predicted(self, kind: int, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """All columns by one stage: 0 the first, 1 the later, 2 the balance."""
        if kind == 0:
            return self.first.predict(x)
        if kind == 1:
            return self.later.predict(x)
        return self.balance(x, self.output_names)

    def staged(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Every column by the stage that its window and the method call for."""
        method = x["jump_method"]
        own = self.balance.polish.due(x)
        learned_later = own & (method < 1.5)
        balanced = method > 1.5
        if not self.has_later:
            balanced = balanced | (learned_later & (method < 0.5))
            learned_later = torch.zeros_like(own)
        learned_first = ~(balanced | learned_later)
        count = method.shape[0]
        out: dict[str, Tensor] = {}
        kinds = [learned_first, learned_later, balanced]
        for kind in range(len(kinds)):
            rows = kinds[kind].nonzero()[:, 0]
            if rows.shape[0] == count:
                return self.predicted(kind, x)
            if rows.shape[0] > 0:
                part = self.predicted(kind, of_columns(x, rows))
                out = into_columns(out, part, self.output_names, rows, count)
        return out

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        """Schema-ordered outputs from schema-ordered inputs."""
        named = self.layers.kept(self.given(inputs), self.staged(self.named_inputs(inputs)))
        out: list[Tensor] = []
        for name in self.output_names:
            out.append(named[name])
        return out
