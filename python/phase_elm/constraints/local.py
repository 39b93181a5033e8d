"""Constraints of a single pool, patch or layer.

In the graph the first four hold by construction, and ``LocalProjection`` imposes them on any other
prediction; as losses they are zero for the graph and teach a network that is free to break them.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from phase_elm.constraints.columns import FORMS, Columns, Named, carbon_of, huber, zero_like
from phase_elm.model import constants as c
from phase_elm.model.features import ORGANS
from phase_elm.model.physics import DEFAULT_CN, DEFAULT_CP
from phase_elm.model.steady_state import inflow
from phase_elm.schema import load_schema

TINY = 1.0e-12
# Beyond this factor of the usual ratio the graph's own base is not followed either.
LITTER_FACTOR = 20.0
REST_YEARS = 2000.0


def never_negative() -> list[str]:
    """Pools whose lower bound in the schema is zero."""
    return [v.name for v in load_schema().outputs if v.lower == 0.0 and v.role != "trust"]


def keep_zeros() -> list[str]:
    """Pools that stay zero where the host has none (``zeros: observed`` in the schema)."""
    return [v.name for v in load_schema().outputs if v.zeros == "observed"]


class NonNegative:
    """x >= 0 for every pool but the respiration deficit and production.

    Source: a pool is an amount (ELM ends the run or zeroes it below -1e-8,
    PrecisionControlMod.F90). Loss: mean of max(-x, 0) over the mean size of the host's pool.
    """

    def __init__(self) -> None:
        self.names = never_negative()

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        error = zero_like(predicted)
        for name in self.names:
            scale = columns.inputs[name].abs().mean() + TINY
            error = error + (-predicted[name]).clamp(min=0.0).mean() / scale
        return error


class StructuralZeros:
    """x = 0 where the host's x = 0: a grass has no stem, an evergreen stores no leaves.

    Source: structure of the host's vegetation (woody, evergreen of its PFT parameters), which its
    own zeros show. Loss: mean of |x| there over the mean size of the pool.
    """

    def __init__(self) -> None:
        self.names = keep_zeros()

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        error = zero_like(predicted)
        for name in self.names:
            host = columns.inputs[name]
            there = torch.where(host == 0.0, predicted[name].abs(), torch.zeros_like(host))
            error = error + there.mean() / (host.abs().mean() + TINY)
        return error


class OrganStoichiometry:
    """N_end / C_end = N_host / C_host, and so for P, in each organ and form of it.

    Source: fixed C:N and C:P of plant tissue (leafcn, frootcn, livewdcn, deadwdcn and their P
    twins of ELM's parameter file; AllocationMod.F90). Loss: log departures, Huber at 1 %.
    """

    def __init__(self) -> None:
        self.parts = [organ + "{}" + form for organ in ORGANS for form in FORMS]

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        error, host = zero_like(predicted), columns.inputs
        for part in self.parts:
            carbon = part.format("c")
            for element in "np":
                name = part.format(element)
                known = (host[carbon] > 1.0e-6) & (host[name] > 0.0) & (columns.patch > 0.0)
                expected = torch.where(known, host[name], torch.ones_like(host[name]))
                expected = expected / torch.where(known, host[carbon], torch.ones_like(expected))
                error = error + _departure(predicted[name], predicted[carbon] * expected, known)
        return error


class SoilStoichiometry:
    """soil_k N = soil_k C / r_k with r = 12, 12, 10, 10.

    Source: initial_cn_ratio of the CTC cascade (DecompCascadeCNMod.F90). Loss: log departures,
    Huber at 1 %.
    """

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        error = zero_like(predicted)
        for pool, ratio in zip(c.POOLS[4:], c.SOIL_CN, strict=True):
            carbon = predicted[pool + "c_vr"]
            known = columns.inputs[pool + "c_vr"] > 1.0e-6
            error = error + _departure(predicted[pool + "n_vr"], carbon / ratio, known)
        return error


def _departure(found: Tensor, expected: Tensor, known: Tensor) -> Tensor:
    there = known & (expected > TINY)
    one = torch.ones_like(expected)
    ratio = torch.where(there, found.clamp(min=TINY), one) / torch.where(there, expected, one)
    return (huber(torch.log(ratio), 0.01) * there).sum() / there.sum().clamp(min=1)


class LitterStoichiometry:
    """C:N of litter and debris, C:P of litter, debris and soil within a factor of the usual ones.

    Source: these ratios float between what falls and what decomposers leave; beyond a factor of
    20 of the usual one there is no such matter. Loss: log distance outside the bounds.
    """

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        error, most = zero_like(predicted), math.log(LITTER_FACTOR)
        for element, usual in (("n", DEFAULT_CN), ("p", DEFAULT_CP)):
            for pool, ratio in zip(c.POOLS, usual, strict=False):
                carbon = predicted[pool + "c_vr"]
                there = (carbon > 1.0e-3) & (columns.inputs[f"{pool}{element}_vr"] > 0.0)
                expected = torch.where(there, carbon / ratio, torch.ones_like(carbon))
                found = torch.where(there, predicted[f"{pool}{element}_vr"], expected)
                size = torch.log(found.clamp(min=TINY) / expected).abs()
                error = error + (size - most).clamp(min=0.0).mean()
        return error


def soil_residual(state: Named, columns: Columns) -> tuple[Tensor, Tensor]:
    """Net change and gain of each soil pool and layer, gC/m3/yr (col, 4, level).

    dx/dt = sum_d f_d k_d x_d - k x - M x with the host's own rates. Net change is weighted by
    1 - exp(-k 2000 yr): what does not turn over within the horizon has no rest to be at.
    """
    pools = carbon_of(state)
    soil = slice(c.SOIL1, len(c.POOLS))
    gain = inflow(pools, columns.rate, columns.share)[:, soil]
    rate, pools = columns.rate[:, soil], pools[:, soil]
    moved = torch.einsum("cij,cpj->cpi", columns.mixing, pools)
    turns = 1.0 - torch.exp(-REST_YEARS * rate)
    return turns * (gain - rate * pools - moved), gain


class SoilAtRest:
    """0 = sum_d f_d k_d x_d - k x - M x for soil pools and layers, under the host's rates.

    Source: the balance that ``model.steady_state.SteadyState`` solves (Thornton and Rosenbloom
    2005; ELM's SoilLittVertTranspMod.F90 for M). That layer is the projection. Loss: the residual
    summed up in size over its gain, Huber at 1 %.
    """

    def __call__(self, predicted: Named, truth: Named, columns: Columns) -> Tensor:
        net, gain = soil_residual(predicted, columns)
        residual = columns.of_layers(net.abs()).sum(1)
        return huber(residual / (columns.of_layers(gain).sum(1) + 1.0), 0.01).mean()


class LocalProjection(nn.Module):
    """Sign, structural zeros and fixed ratios, imposed on any prediction; TorchScript.

    Carbon is kept and N and P follow it; only pools that break a constraint change, so that the
    outputs of the surrogate come back as they are.
    """

    def __init__(self) -> None:
        super().__init__()
        self.positive = never_negative()
        self.zeros = keep_zeros()
        self.parts = [
            (organ + "c" + form, organ + "n" + form, organ + "p" + form)
            for organ in ORGANS
            for form in FORMS
        ]
        self.soil = c.POOLS[4:]
        self.soil_cn = c.SOIL_CN
        self.tolerance: float = 1.0e-12

    def tied(self, found: Tensor, expected: Tensor, known: Tensor) -> Tensor:
        """``expected`` where ``found`` departs from it."""
        off = (found - expected).abs() > self.tolerance * expected.abs()
        return torch.where(known & off, expected, found)

    def forward(self, state: dict[str, Tensor], x: dict[str, Tensor]) -> dict[str, Tensor]:
        """The prediction as it has to be; ``x`` are the host's inputs by name."""
        out: dict[str, Tensor] = {}
        for name, value in state.items():
            out[name] = value
        for name in self.positive:
            out[name] = out[name].clamp(min=0.0)
        for name in self.zeros:
            out[name] = torch.where(x[name] == 0.0, torch.zeros_like(out[name]), out[name])
        for carbon, nitrogen, phosphorus in self.parts:
            known = x[carbon] > 1.0e-12
            safe = torch.where(known, x[carbon], torch.ones_like(x[carbon]))
            for name in (nitrogen, phosphorus):
                expected = out[carbon] * (x[name] / safe)
                out[name] = self.tied(out[name], expected, known)
        for k in range(len(self.soil)):
            carbon = out[self.soil[k] + "c_vr"]
            name = self.soil[k] + "n_vr"
            out[name] = self.tied(out[name], carbon / self.soil_cn[k], carbon >= 0.0)
        return out
