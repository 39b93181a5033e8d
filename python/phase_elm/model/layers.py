"""Soil that ends above the deepest layer: layers below bedrock are masked out.

A host with variable soil thickness has all layers in its arrays; those below bedrock hold no
water and no carbon. Nothing mixes into them, the networks do not see what stands in them, and
the graph gives back what the host has there.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.schema import Schema

# Of soil, not of what it holds: below bedrock as in the deepest layer above it.
KINDS = ("TSOI", "T_SCALAR", "W_SCALAR", "O_SCALAR", "PCT_SAND", "PCT_CLAY", "FPI_vr", "FPI_P_vr")
WATER = "H2OSOI"


def active_layers(x: dict[str, Tensor]) -> Tensor:
    """1 down to the deepest layer with water or carbon, 0 below (col, level)."""
    carbon = torch.zeros_like(x["soil1c_vr"])
    for pool in ["litr1", "litr2", "litr3", "cwd", "soil1", "soil2", "soil3", "soil4"]:
        carbon = carbon + x[pool + "c_vr"].clamp(min=0.0)
    if "H2OSOI" not in x:
        return torch.ones_like(carbon)
    used = ((x["H2OSOI"] > 0.0) | (carbon > 0.0)).to(carbon.dtype)
    return torch.cummax(used.flip(1), 1)[0].flip(1)


def deepest_below(layered: Tensor, active: Tensor) -> Tensor:
    """The value of the deepest active layer in all layers below it; the last axis is the level."""
    last = (active.sum(1, keepdim=True).long() - 1).clamp(min=0)
    level = torch.arange(layered.shape[-1], device=layered.device).unsqueeze(0)
    index = torch.minimum(level, last)
    if layered.dim() == 3:
        index = index.unsqueeze(1).expand(-1, layered.shape[1], -1)
    return layered.gather(layered.dim() - 1, index)


class Layers(nn.Module):
    """Masks of a graph's inputs and outputs."""

    def __init__(self, schema: Schema) -> None:
        super().__init__()
        level = [v for v in schema.variables if v.dims == "column_level"]
        inputs = {v.name for v in schema.inputs}
        self.kinds: list[str] = [v.name for v in level if v.name in inputs and v.name in KINDS]
        self.contents: list[str] = [
            v.name for v in level if v.name in inputs and v.name not in KINDS and v.name != WATER
        ]
        outputs = {v.name for v in schema.outputs}
        self.outputs: list[str] = [v.name for v in level if v.name in outputs]
        self.water: str = WATER

    def emptied(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Inputs that are the same whatever stands in layers below bedrock."""
        active = active_layers(x)
        if bool((active > 0.5).all()):
            return x
        out: dict[str, Tensor] = {}
        for name, value in x.items():
            out[name] = value
        for name in self.kinds:
            if name in x:
                out[name] = deepest_below(x[name], active)
        for name in self.contents:
            if name in x:
                out[name] = torch.where(active > 0.5, x[name], torch.zeros_like(active))
        if self.water in x:
            water = x[self.water]
            out[self.water] = torch.where(active > 0.5, water, torch.zeros_like(active))
        return out

    def kept(self, x: dict[str, Tensor], out: dict[str, Tensor]) -> dict[str, Tensor]:
        """Outputs with the host's own values below bedrock, which are zero for carbon."""
        active = active_layers(x)
        if bool((active > 0.5).all()):
            return out
        new: dict[str, Tensor] = {}
        for name, value in out.items():
            new[name] = value
        for name in self.outputs:
            if name in x and name in out:
                new[name] = torch.where(active > 0.5, out[name], x[name])
        return new
