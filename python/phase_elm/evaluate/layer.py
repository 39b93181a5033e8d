"""Does the balance inside an artifact close: soil pools as solved, under the rates of the solve."""

from __future__ import annotations

from typing import Any

import torch

from phase_elm.evaluate.cases import Named, tensors
from phase_elm.export import Artifact
from phase_elm.model import constants as c
from phase_elm.model import physics
from phase_elm.model.steady_state import HostRates, VerticalMixing, inflow

LEAST_GAIN = 1.0  # gC/m2/yr


@torch.no_grad()
def layer_residual(artifact: Artifact, inputs: Named) -> dict[str, dict[str, float]] | None:
    """|gain - loss| over gain of each soil pool of a column, before the corrections for Jan 1.

    Rates are the host's times the network's corrections; mixing cancels in the column. None for
    graphs without a stage that solves.
    """
    stage = getattr(artifact.module, "first", None)
    if stage is None or not hasattr(stage, "column_pools"):
        return None
    given = tensors(inputs)
    x = artifact.module.named_inputs([given[name] for name in artifact.input_names])
    f = stage.encode(x)
    patch, level = stage.corrections(f)
    after = stage.patch_pools(x, f["present"], patch)
    carbon = stage.column_pools.solve(x, f["present"], after, patch[:, :, physics.LITTER], level)
    rate, share, _ = HostRates()(x)
    rate = rate * torch.exp(level[:, physics.RATE : physics.RATE + len(c.POOLS)])
    loss, gains = rate * carbon, inflow(carbon, rate, share)
    thickness = VerticalMixing().thickness
    out = {}
    for i, pool in enumerate(c.POOLS[c.SOIL1 :], start=c.SOIL1):
        net = ((gains[:, i] - loss[:, i]) * thickness).sum(1).abs()
        total = (gains[:, i] * thickness).sum(1)
        relative = (net / total.clamp(min=LEAST_GAIN))[total > LEAST_GAIN]
        if len(relative):
            out[pool] = {"median": float(relative.median()), "largest": float(relative.max())}
    return out


def layer_lines(entry: dict[str, Any]) -> list[str]:
    """One sentence for the report."""
    pools = ", ".join(
        f"{pool} {100.0 * row['median']:.3f} %" for pool, row in entry["layer_residual"].items()
    )
    return [f"Balance inside the graph, median of |gain - loss| over gain: {pools}.", ""]
