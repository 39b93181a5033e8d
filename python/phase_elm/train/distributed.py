"""Several processes of one training, as ``torchrun`` starts them.

Every process holds all columns and sees the same steps; of each step it predicts its share, the
predictions are gathered, and the loss is that of the whole step in every process. Terms that are
ratios of sums, or sums over bands of latitude, are therefore the same in one process and in many.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed
from torch import Tensor

Named = dict[str, Tensor]


@dataclass(frozen=True)
class Ranks:
    """This process among its fellows."""

    rank: int = 0
    world: int = 1
    on_node: int = 1

    @staticmethod
    def from_environment() -> Ranks:
        """As ``torchrun`` tells by RANK, WORLD_SIZE and LOCAL_WORLD_SIZE; else alone."""
        if "LOCAL_WORLD_SIZE" not in os.environ:
            return Ranks()
        return Ranks(*(int(os.environ[n]) for n in ("RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE")))

    @property
    def first(self) -> bool:
        return self.rank == 0

    def trainer_options(self) -> dict[str, Any]:
        """What Lightning has to know."""
        if self.world == 1:
            return {"devices": 1}
        from lightning.pytorch.strategies import DDPStrategy

        return {
            "devices": self.on_node,
            "num_nodes": self.world // self.on_node,
            "strategy": DDPStrategy(process_group_backend="gloo", broadcast_buffers=False),
            "use_distributed_sampler": False,
        }

    def share(self, rows: Tensor) -> Tensor:
        """Every world-th row; all processes get as many, repeating the last row if need be."""
        size = -(-len(rows) // self.world)
        own = rows[self.rank :: self.world]
        return torch.cat([own, rows[-1:].expand(size - len(own))])

    def whole(self, own: Named, count: int) -> Named:
        """Predictions of all ``count`` rows from those of every process; differentiable."""
        from torch.distributed.nn.functional import all_gather

        flat = torch.cat([value.flatten(1) for value in own.values()], 1)
        # (row of a process, process) is the order in which ``share`` dealt them out
        rows = torch.stack(all_gather(flat.contiguous()), 1).flatten(0, 1)[:count]
        out: Named = {}
        at = 0
        for name, value in own.items():
            width = value[0].numel()
            out[name] = rows[:, at : at + width].reshape(count, *value.shape[1:])
            at += width
        return out

    def leave(self) -> None:
        """Wait for all and take the group of processes down."""
        if self.world > 1 and torch.distributed.is_initialized():
            torch.distributed.barrier()
            torch.distributed.destroy_process_group()
