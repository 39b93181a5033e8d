"""Artifacts of runs that make training data.

The plugin accumulates what an artifact asks for. To collect training data before the first
surrogate exists, a run loads one that asks for every variable of the schema: the observer predicts
the present state, the balancer what the weight-free balance makes of it.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import torch

from phase_elm.model.balance import STEADY_STATE_OUTPUTS, SteadyStateGraph
from phase_elm.schema import Schema


class _PresentState(torch.nn.Module):
    """Returns the inputs that are also outputs, and a trust of one."""

    def __init__(self, positions: list[int]) -> None:
        super().__init__()
        self.positions = positions

    def forward(self, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
        outputs: list[torch.Tensor] = []
        for position in self.positions:
            outputs.append(inputs[position])
        outputs.append(torch.ones_like(outputs[0][:, 0:1]))
        return outputs


def write_observer(schema: Schema, path: Path, protocol: str | None = None) -> Path:
    """Write the observing artifact for ``schema``, for its protocol or another."""
    state = [variable for variable in schema.outputs if variable.role != "trust"]
    unread = [variable.name for variable in state if variable.use != "both"]
    if unread:
        raise ValueError(
            f"the schema predicts {', '.join(unread)} without reading it; an observing run needs "
            "every output among the inputs"
        )
    order = {name: index for index, name in enumerate(schema.input_names)}
    module = torch.jit.script(_PresentState([order[variable.name] for variable in state]))
    document = schema.artifact(
        name="observer",
        checksum="",
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        trust_threshold=0.0,
        provenance={"purpose": "collects training data; predicts the present state"},
    )
    if protocol:
        document.update(protocol=protocol, protocols=[protocol])
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.jit.save(module, str(path), _extra_files={"phase_schema.json": json.dumps(document)})
    return path


def write_balancer(schema: Schema, path: Path, horizon_years: float) -> Path:
    """Write an artifact that reads everything and jumps by the weight-free balance alone."""
    variables = tuple(
        v.model_copy(update={"use": "input"})
        if v.use == "both" and v.name not in STEADY_STATE_OUTPUTS
        else v
        for v in schema.variables
    )
    balanced = schema.model_copy(update={"variables": variables, "horizon_years": horizon_years})
    document = balanced.artifact(
        name="balancer",
        checksum="",
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        trust_threshold=0.0,
        provenance={"purpose": "brings long runs to rest; holds no weights"},
        methods=("hybrid", "steady_state"),
    )
    module = torch.jit.script(SteadyStateGraph(balanced).eval())
    torch.jit.save(module, str(path), _extra_files={"phase_schema.json": json.dumps(document)})
    return path
