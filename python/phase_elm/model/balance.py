"""Pools from the balance alone: nothing learned, one graph for any host with this cascade.

A window of the host's own (nothing supplied) is continued by ``Polish``. A window in which N and P
were supplied shows plants that still grow and nutrients that do not limit yet; all the balance can
say of it is where wood, debris, litter and soil would come to rest if that went on.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model import physics
from phase_elm.model.features import PatchPhysics
from phase_elm.model.polish import BALANCE_STEPS, DEAD_WOOD, SUPPLY, Polish
from phase_elm.schema import Schema, Variable

POOLS = [pool + element + "_vr" for pool in c.POOLS for element in ("c", "n", "p")]
WOOD = [organ + element for organ in DEAD_WOOD for element in ("c", "n", "p")]
STEADY_STATE_OUTPUTS = [*WOOD, *POOLS, "trust"]


class SuppliedBalance(nn.Module):
    """Wood, debris, litter and soil at rest under the growth that a supplied window shows.

    Dead wood is what the live wood of the window's end sustains, or, where there is none, relaxes
    from its last value and its mean; debris input follows wood, litter input follows the last
    year's production.
    """

    def __init__(self, horizon: float) -> None:
        super().__init__()
        self.plants = PatchPhysics()
        self.column_pools = physics.ColumnPools(horizon, BALANCE_STEPS)
        self.patch_outputs: int = physics.N_PATCH
        self.depth_outputs: int = physics.N_DEPTH
        self.wood: list[str] = DEAD_WOOD
        self.pools: list[str] = POOLS
        self.levels: int = c.NLEVEL

    def forward(self, x: dict[str, Tensor], names: list[str]) -> dict[str, Tensor]:
        """New pools by output name; what the balance does not know stays as it is."""
        weight = x["wtcol"]
        new: dict[str, Tensor] = {}
        for name in names:
            if name in x:
                new[name] = x[name]
            else:
                new[name] = torch.ones_like(weight[:, :1])
        present = self.plants.presence(x)
        after: dict[str, Tensor] = {}
        for name, value in x.items():
            after[name] = value
        for organ in self.wood:
            carbon = x[organ + "c"]
            known = (carbon > 1.0) & (present > 0.5)
            live = x["livestemc" if organ == "deadstem" else "livecrootc"]
            sustained = (live > 1.0e-3) & (x["flivewd"].unsqueeze(0) > 0.0)
            rest = torch.where(
                sustained,
                live * self.plants.dead_over_live(x, organ),
                self.plants.relaxed_wood(x, organ),
            ) / torch.where(known, carbon, torch.ones_like(carbon))
            ratio = torch.where(known, rest, torch.ones_like(rest))
            for element in ("c", "n", "p"):
                after[organ + element] = x[organ + element] * ratio
                new[organ + element] = after[organ + element]
        litter = torch.zeros_like(weight)
        correction = torch.zeros(
            weight.shape[0], self.depth_outputs, self.levels, dtype=weight.dtype
        ).to(weight.device)
        solved = self.column_pools.carbon_and_ratios(x, present, after, litter, correction)
        for name in self.pools:
            new[name] = solved[name]
        return new


class Balance(nn.Module):
    """Supplied windows by ``SuppliedBalance``, all others by ``Polish``."""

    def __init__(self, horizon: float) -> None:
        super().__init__()
        self.polish = Polish(horizon)
        self.supplied = SuppliedBalance(horizon)

    def forward(self, x: dict[str, Tensor], names: list[str]) -> dict[str, Tensor]:
        """Named outputs; every column by the kind of its window."""
        due = self.polish.due(x)
        if bool(due.all()):
            return self.polish(x, names)
        new = self.supplied(x, names)
        if bool(due.any()):
            polished = self.polish(x, names)
            for name in names:
                new[name] = torch.where(due, polished[name], new[name])
        return new


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
        self.input_names: list[str] = schema.input_names
        self.output_names: list[str] = schema.output_names
        self.balance = Balance(schema.horizon_years)

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        """Schema-ordered outputs from schema-ordered inputs."""
        named: dict[str, Tensor] = {}
        for i in range(len(self.input_names)):
            named[self.input_names[i]] = inputs[i]
        new = self.balance(named, self.output_names)
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
        balance(recorder, STEADY_STATE_OUTPUTS)
        read |= recorder.read

    def part(v: Variable) -> Variable | None:
        output = v.name in STEADY_STATE_OUTPUTS
        if v.use == "output" or v.name not in read:
            return v if output and v.use == "output" else None
        return v.model_copy(update={"use": "both" if output else "input"})

    kept = tuple(p for p in map(part, schema.variables) if p is not None)
    values = {name: getattr(schema, name) for name in type(schema).model_fields}
    return Schema(**{**values, "variables": kept, "horizon_years": horizon})
