"""The artifact of a run that only observes: it predicts the present state.

The plugin accumulates what an artifact asks for. To collect training data before the first
surrogate exists, the run loads this one, which asks for every variable of the schema and changes
nothing.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import torch

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
