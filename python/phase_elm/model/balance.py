"""Pools from the balance alone: nothing learned, one graph for any host with this cascade.

A window of the host's own (nothing supplied) is continued by ``Polish``. A window in which N and P
were supplied shows plants that still grow and nutrients that do not limit yet; what the balance can
say of it is where wood, debris, litter and soil come to rest under its last growth.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model.columns import into_columns, of_columns
from phase_elm.model.layers import Layers
from phase_elm.model.mineral import MINERAL_NITROGEN
from phase_elm.model.modelled_rates import ModelledRates
from phase_elm.model.polish import DEAD_WOOD, SUPPLY, Polish
from phase_elm.model.supplied import SuppliedBalance
from phase_elm.schema import Schema, Variable

POOLS = [pool + element + "_vr" for pool in c.POOLS for element in ("c", "n", "p")]
WOOD = [organ + element for organ in DEAD_WOOD for element in ("c", "n", "p")]
STEADY_STATE_OUTPUTS = [*WOOD, "cpool", "npool", "ppool", *POOLS, *MINERAL_NITROGEN, "trust"]


class Balance(nn.Module):
    """Supplied windows by ``SuppliedBalance``, all others by ``Polish``."""

    def __init__(self, horizon: float) -> None:
        super().__init__()
        self.polish = Polish(horizon, early=True)
        self.supplied = SuppliedBalance(horizon)

    def forward(self, x: dict[str, Tensor], names: list[str]) -> dict[str, Tensor]:
        """Named outputs; every column by the kind of its window."""
        due = self.polish.due(x)
        count = due.shape[0]
        own, supplied = due.nonzero()[:, 0], (~due).nonzero()[:, 0]
        if own.shape[0] == count:
            return self.polish(x, names)
        if supplied.shape[0] == count:
            return self.supplied(x, names)
        polished = self.polish(of_columns(x, own), names)
        new = into_columns({}, polished, names, own, count)
        part = self.supplied(of_columns(x, supplied), names)
        return into_columns(new, part, names, supplied, count)


class _Recorder(dict):  # type: ignore[type-arg]
    """Remembers which entries were asked for."""

    def __init__(self, values: dict[str, Tensor]) -> None:
        super().__init__(values)
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Tensor:
        self.read.add(name)
        value: Tensor = super().__getitem__(name)
        return value


class SteadyStateGraph(nn.Module):
    """The graph of a weight-free artifact: schema-ordered tensors in and out."""

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        self.input_names: list[str] = schema.asked_names
        self.output_names: list[str] = schema.output_names
        self.balance = Balance(schema.horizon_years)
        self.layers = Layers(schema)
        self.host_rates: bool = schema.host_rates
        self.modelled = ModelledRates(schema.depth_efolding)

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        """Schema-ordered outputs from schema-ordered inputs."""
        named: dict[str, Tensor] = {}
        for i in range(len(self.input_names)):
            named[self.input_names[i]] = inputs[i]
        if not self.host_rates:
            for name, value in self.modelled(named).items():
                named[name] = value
        new = self.layers.kept(named, self.balance(self.layers.emptied(named), self.output_names))
        out: list[Tensor] = []
        for name in self.output_names:
            out.append(new[name])
        return out


def steady_state_schema(schema: Schema, horizon: float) -> Schema:
    """The part of the schema that the balance reads and writes."""
    probe = {
        v.name: torch.ones(schema.shape_of(v.name, 2), dtype=torch.float64) for v in schema.inputs
    }
    supplied = {**probe}
    own = {**probe, SUPPLY: torch.zeros(2, 1, dtype=torch.float64)}
    balance = Balance(horizon)
    read = {v.name for v in schema.inputs if v.sample == "control"}
    for window in (supplied, own):
        recorder = _Recorder(window)
        if not schema.host_rates:
            ModelledRates(schema.depth_efolding)(recorder)
        balance(recorder, STEADY_STATE_OUTPUTS)
        read |= recorder.read

    def part(v: Variable) -> Variable | None:
        output = v.name in STEADY_STATE_OUTPUTS
        if v.use == "output" or v.name not in read:
            return v if output and v.use == "output" else None
        return v.model_copy(update={"use": "both" if output else "input"})

    kept = tuple(p for p in map(part, schema.variables) if p is not None)
    return schema.changed(variables=kept, horizon_years=horizon)
