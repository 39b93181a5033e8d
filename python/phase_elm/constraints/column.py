"""Constraints of a whole column: what enters it leaves it, and organs fit each other.

At rest inputs and losses of a column are equal. Losses follow from the predicted pools under the
host's own rates, inputs from the predicted plants; the end state itself misses the balance by what
that estimate leaves out, so the losses compare the imbalance with that of the end state.
"""

from __future__ import annotations

import torch
from torch import Tensor

from phase_elm.constraints.columns import (
    PLANT_POOLS,
    Columns,
    Named,
    carbon_of,
    huber,
    log_error,
    zero_like,
)
from phase_elm.model import constants as c
from phase_elm.model.features import MINERALS, PatchPhysics, organ_total
from phase_elm.model.physics import PlantInputs

MINERAL_P = MINERALS[2:]


class CarbonBalance:
    """Litter and debris input = respiration + fire of litter, debris and soil, gC/m2/yr.

    I = litter_obs (leaves and roots)_end / (..)_obs + debris_obs wood_end / wood_obs and
    O = sum_i (k_i (1 - sum f_i) + fire_i) x_i: at rest NPP = I + fire and I = O. Source: column
    carbon balance of ELM (ColCBalanceCheck, EcosystemBalanceCheckMod.F90). Loss: difference of
    (I - O) to that of the end state over O, Huber at ``tolerance``.
    """

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance
        self.inputs = PlantInputs()
        self.plants = PatchPhysics()

    def fluxes(self, state: Named, columns: Columns) -> tuple[Tensor, Tensor]:
        """Input and loss of the dead pools (col), gC/m2/yr."""
        x = columns.inputs
        present = self.plants.presence(x)
        litter = self.inputs.litter_ratio(x, present, state, torch.zeros_like(present))[:, 0]
        wood = self.inputs.wood_ratio(x, state)[:, 0]
        gain = torch.zeros_like(wood)
        for k, name in enumerate(self.inputs.names):
            observed = columns.of_layers(x[name].clamp(min=0.0)) * c.SECONDS_PER_YEAR
            gain = gain + observed * (wood if k == c.CWD else litter)
        passed = torch.zeros_like(columns.rate)
        for t, (donor, _, _, _) in enumerate(c.TRANSFERS):
            passed[:, donor] += columns.share[:, t]
        # respired and burnt; what is passed on stays in the column
        lost = (columns.rate * (1.0 - passed) + columns.fire) * carbon_of(state)
        return gain, columns.of_layers(lost).sum(1)

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        gain, loss = self.fluxes(predicted, columns)
        gain_true, loss_true = self.fluxes(truth, columns)
        imbalance = (gain - loss) - (gain_true - loss_true)
        return huber(imbalance / (loss_true + 1.0), self.tolerance).mean()


class NitrogenBalance:
    """Deposition + fixation = leaching + denitrification, gN/m2/yr.

    Losses are the observed share of mineral N lost in a year times the mineral N of the state.
    Source: column nitrogen balance of ELM (ColNBalanceCheck). Loss: difference of the imbalance to
    that of the end state over the input, Huber at ``tolerance``.
    """

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance

    @staticmethod
    def fluxes(state: Named, columns: Columns) -> tuple[Tensor, Tensor]:
        """Input and loss of mineral N (col), gN/m2/yr."""
        x = columns.inputs
        year = c.SECONDS_PER_YEAR
        gain = (x["NDEP_TO_SMINN"] + x["NFIX_TO_SMINN"])[:, 0] * year
        lost = (x["SMIN_NO3_LEACHED"] + x["DENIT"])[:, 0].clamp(min=0.0) * year
        held = columns.of_layers(x["smin_no3_vr"].clamp(min=0.0)) + 1.0e-6
        return gain, lost / held * columns.of_layers(state["smin_no3_vr"])

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        gain, loss = self.fluxes(predicted, columns)
        _, loss_true = self.fluxes(truth, columns)
        return huber((loss - loss_true) / (gain + 0.1), self.tolerance).mean()


class PhosphorusBalance:
    """All P of a column, gP/m2: what weathers stays in it, in whatever form.

    P_total = plants + litter + debris + soil + solution + labile + secondary + occluded + primary
    changes by deposition and leaching alone, small against it even in the horizon. Source: column
    phosphorus balance of ELM (ColPBalanceCheck). Loss: log error of the total, Huber at
    ``tolerance``.
    """

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance

    @staticmethod
    def total(state: Named, columns: Columns) -> Tensor:
        """gP/m2 (col)."""
        held = columns.of_patches(state, PLANT_POOLS["p"])
        for name in [*(pool + "p_vr" for pool in c.POOLS), *MINERAL_P]:
            held = held + columns.of_layers(state[name])
        return held

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        error = log_error(self.total(predicted, columns), self.total(truth, columns), 1.0e-3)
        return huber(error, self.tolerance).mean()


class OrganRatios:
    """Fine root to leaf, root to stem and dead to live wood fit each other, PFT by PFT.

    At rest an organ holds allocation times turnover time, so its ratio to another does not depend
    on how much grows: froot / leaf = froot_leaf t_froot / t_leaf, and dead over live wood is that
    of ``PatchPhysics.dead_over_live``. Source: ELM's AllocationMod.F90. Loss: log error of the
    ratios to those of the end state, Huber at ``tolerance``.
    """

    pairs = (
        ("froot", "leaf"), ("livecroot", "livestem"), ("deadcroot", "deadstem"),
        ("deadstem", "livestem"),
    )  # fmt: skip

    def __init__(self, tolerance: float) -> None:
        self.tolerance = tolerance

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        weight = columns.patch.sqrt()
        error = zero_like(predicted)
        for one, other in self.pairs:
            found = [organ_total(predicted, organ, "c") for organ in (one, other)]
            true = [organ_total(truth, organ, "c") for organ in (one, other)]
            there = weight * (true[0] > 1.0e-3) * (true[1] > 1.0e-3)
            e = log_error(found[0], true[0], 1.0e-2) - log_error(found[1], true[1], 1.0e-2)
            error = error + (huber(e, self.tolerance) * there).sum() / there.sum().clamp(min=1e-9)
        return error
