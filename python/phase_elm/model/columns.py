"""Some of the columns of a batch: each stage computes those that are its own, and no others."""

from __future__ import annotations

import torch
from torch import Tensor


def of_columns(x: dict[str, Tensor], rows: Tensor) -> dict[str, Tensor]:
    """Named tensors of some columns; tables per plant type, of one dimension, have none."""
    out: dict[str, Tensor] = {}
    for name, value in x.items():
        out[name] = value[rows] if value.dim() > 1 else value
    return out


def into_columns(
    out: dict[str, Tensor], part: dict[str, Tensor], names: list[str], rows: Tensor, count: int
) -> dict[str, Tensor]:
    """``out`` with what ``part`` says of some of ``count`` columns; the rest of new names is 0."""
    new: dict[str, Tensor] = {}
    for name in names:
        value = part[name]
        if name in out:
            whole = out[name]
        else:
            whole = torch.zeros(count, value.shape[1], dtype=value.dtype, device=value.device)
        new[name] = whole.index_copy(0, rows, value)
    return new
