"""Finite-horizon balance of litter, wood debris and soil carbon, pool by pool over depth.

For each pool the layers obey

    dx/dt = input + transfers in - rate * x + mixing(x)

with the host's own annual-mean rates. One implicit step of H years from the present state,

    (1/H + rate + M) x = x_now / H + input + transfers in,

equals the steady state for pools that turn over much faster than H and stays near the present
state for frozen and deep layers, which have no practical equilibrium. The cascade has no
cycles, so the system over all pools and layers is block triangular and is solved exactly by
eight small systems, each inverted once for all steps.

Units: pools gC/m3, rates 1/yr, inputs gC/m3/yr, diffusivity m2/yr.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c
from phase_elm.model.layers import active_layers


class HostRates(nn.Module):
    """Annual-mean turnover rates and transfer shares, from the host's observed means.

    k = (respiration + transfers) / mean pool. Where the host shows no pool or no loss, k is ELM's
    base turnover under the observed scalars, k25 exp(-z / 0.33 m) t w o (``constants.BASE_K``).
    """

    def __init__(self) -> None:
        super().__init__()
        depth = torch.tensor(c.layer_nodes(c.NLEVEL), dtype=torch.float64)
        base = torch.tensor(c.BASE_K, dtype=torch.float64) * 365.0
        fallback = base[:, None] * torch.exp(-depth / c.DEPTH_EFOLD_M)[None, :]
        self.register_buffer("fallback_rate", fallback)
        self.register_buffer(
            "default_share", torch.tensor([t[2] for t in c.TRANSFERS], dtype=torch.float64)
        )
        self.pools: list[str] = [p.upper() for p in c.POOLS]
        self.transfer_names: list[str] = [t[3] for t in c.TRANSFERS]
        self.transfer_donor: list[int] = [t[0] for t in c.TRANSFERS]
        self.tiny: float = 1.0e-9
        self.seconds: float = c.SECONDS_PER_YEAR
        self.cwd: int = c.CWD

    def forward(self, x: dict[str, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Return rates, transfer shares and fire rates of named inputs.

        Rates are in 1/yr (col, pool, level); shares are of a donor's loss, dimensionless
        (col, transfer, level); fire rates in 1/yr (col, pool, level), zero for soil.
        """
        environment = (x["T_SCALAR"] * x["W_SCALAR"] * x["O_SCALAR"]).clamp(min=0.0)
        rates: list[Tensor] = []
        fire: list[Tensor] = []
        losses: list[Tensor] = []
        for i in range(len(self.pools)):
            name = self.pools[i]
            pool = x[name + "C_vr"]
            loss = torch.zeros_like(pool)
            if i != self.cwd:
                loss = loss + x[name + "_HR_vr"] * self.seconds
            for t in range(len(self.transfer_names)):
                if self.transfer_donor[t] == i:
                    loss = loss + x[self.transfer_names[t]] * self.seconds
            known = (pool > self.tiny) & (loss > 0.0)
            safe = torch.where(known, pool, torch.ones_like(pool))
            rates.append(torch.where(known, loss / safe, self.fallback_rate[i] * environment))
            losses.append(loss)
            burnt = torch.zeros_like(pool)
            if i <= self.cwd:
                flux = x["M_" + name + "C_TO_FIRE_vr"] * self.seconds
                burnt = torch.where(pool > self.tiny, flux / safe, burnt)
            fire.append(burnt)
        shares: list[Tensor] = []
        for t in range(len(self.transfer_names)):
            loss = losses[self.transfer_donor[t]]
            known = loss > self.tiny * 1.0e-3
            safe = torch.where(known, loss, torch.ones_like(loss))
            flux = x[self.transfer_names[t]] * self.seconds
            shares.append(torch.where(known, flux / safe, self.default_share[t].expand_as(loss)))
        return torch.stack(rates, 1), torch.stack(shares, 1), torch.stack(fire, 1)


def deepest_thaw(x: dict[str, Tensor]) -> Tensor:
    """Thaw depth (m) that mixing follows, (col, 1): the deepest the host has shown."""
    return torch.maximum(torch.maximum(x["altmax"], x["altmax_lastyear"]), x["ALTMAX"])


class VerticalMixing(nn.Module):
    """Mixing operator M (1/yr) per column: bio- or cryoturbation by thaw depth, no flux at ends."""

    def __init__(self) -> None:
        super().__init__()
        node = torch.tensor(c.layer_nodes(c.NLEVEL), dtype=torch.float64)
        bottom = torch.tensor(c.layer_interfaces(), dtype=torch.float64)
        self.register_buffer("gap", node[1:] - node[:-1])
        self.register_buffer("bottom", bottom[:-1])
        self.register_buffer("thickness", torch.tensor(c.layer_thickness(), dtype=torch.float64))
        self.bio: float = c.BIOTURBATION_M2_YR
        self.cryo: float = c.CRYOTURBATION_M2_YR
        self.max_alt: float = c.CRYOTURBATION_MAX_ALT_M
        self.max_depth: float = c.CRYOTURBATION_DEPTH_M

    def diffusivity(self, thaw: Tensor) -> Tensor:
        """Diffusivity (m2/yr) at the interfaces between layers from thaw depth (m), (col, 1)."""
        depth = self.bottom[None, :]
        ramp = (self.max_depth - depth) / (self.max_depth - thaw).clamp(min=0.1)
        cryo = self.cryo * torch.where(depth <= thaw, torch.ones_like(ramp), ramp.clamp(0.0, 1.0))
        bio = torch.full_like(cryo, self.bio)
        mixed = torch.where(thaw > self.max_alt, bio, cryo)
        return torch.where(thaw > 0.0, mixed, torch.zeros_like(mixed))

    def of(self, x: dict[str, Tensor]) -> Tensor:
        """M of named inputs; nothing mixes into layers below bedrock."""
        return self(deepest_thaw(x), active_layers(x))

    def forward(self, thaw: Tensor, active: Tensor | None = None) -> Tensor:
        """Return M (col, level, level) so that mixing(x) = -M x; ``active`` of active_layers."""
        conductance = self.diffusivity(thaw) / self.gap
        if active is not None:
            conductance = conductance * active[:, 1:]
        above = conductance / self.thickness[:-1]
        below = conductance / self.thickness[1:]
        zero = torch.zeros_like(conductance[:, :1])
        diagonal = torch.cat([above, zero], 1) + torch.cat([zero, below], 1)
        return (
            torch.diag_embed(diagonal)
            - torch.diag_embed(above, offset=1)
            - torch.diag_embed(below, offset=-1)
        )

    def loss(self, thaw: Tensor, pools: Tensor) -> Tensor:
        """M x from the flux between layers, without the matrix, gC/m3/yr (..., col, level)."""
        down = self.diffusivity(thaw) / self.gap * (pools[..., :-1] - pools[..., 1:])
        none = torch.zeros_like(pools[..., :1])
        return (torch.cat([down, none], -1) - torch.cat([none, down], -1)) / self.thickness


class SteadyState(nn.Module):
    """Pools after ``horizon`` years in ``steps`` implicit steps; differentiable in all inputs."""

    def __init__(self, horizon: float, steps: int = 1) -> None:
        super().__init__()
        if horizon <= 0.0 or steps < 1:
            raise ValueError(f"steady state: horizon {horizon} yr and {steps} steps, need > 0")
        self.register_buffer("identity", torch.eye(c.NLEVEL, dtype=torch.float64))
        self.step_years: float = horizon / steps
        self.steps: int = steps
        self.order: list[int] = c.SOLVE_ORDER
        self.donor: list[int] = [t[0] for t in c.TRANSFERS]
        self.receiver: list[int] = [t[1] for t in c.TRANSFERS]
        self.cwd: int = c.CWD

    def forward(
        self,
        now: Tensor,
        plant_input: Tensor,
        rate: Tensor,
        share: Tensor,
        fire: Tensor,
        mixing: Tensor,
    ) -> Tensor:
        """Solve for (col, pool, level).

        Args:
            now: present pools, gC/m3 (col, pool, level).
            plant_input: litter and wood debris input, gC/m3/yr (col, pool, level).
            rate: decomposition, 1/yr (col, pool, level).
            share: share of a donor's loss that reaches the receiver (col, transfer, level).
            fire: fire loss, 1/yr (col, pool, level).
            mixing: operator of VerticalMixing, 1/yr (col, level, level); wood debris never moves.
        """
        moves = mixing.unsqueeze(1).repeat(1, now.shape[1], 1, 1)
        moves[:, self.cwd] = 0.0
        system = torch.diag_embed(rate + fire) + self.identity / self.step_years + moves
        # one matrix a pool, used in every step, so that inverting pays
        # columns last, so that every product below runs along memory
        inverse = torch.linalg.inv(system).permute(1, 3, 2, 0).contiguous()
        given = plant_input.permute(1, 2, 0).contiguous()
        donors = torch.tensor(self.donor, device=rate.device)
        gain = (share * rate[:, donors]).permute(1, 2, 0).contiguous()
        start = now.permute(1, 2, 0).contiguous()
        state: list[Tensor] = [start[i] for i in range(start.shape[0])]
        for _ in range(self.steps):
            after: list[Tensor] = [state[i] for i in range(len(state))]
            for i in self.order:
                source = state[i] / self.step_years + given[i]
                for t in range(len(self.donor)):
                    if self.receiver[t] == i:
                        source = source + gain[t] * after[self.donor[t]]
                # product and sum, not a matrix product: the bits must not depend on the batch
                after[i] = (inverse[i] * source.unsqueeze(1)).sum(0)
            state = after
        return torch.stack(state).permute(2, 0, 1).contiguous()


def inflow(pools: Tensor, rate: Tensor, share: Tensor) -> Tensor:
    """What decomposition of the donors passes to each pool, gC/m3/yr (col, pool, level)."""
    passed = torch.zeros_like(pools)
    for t, (donor, receiver, _, _) in enumerate(c.TRANSFERS):
        passed[:, receiver] += share[:, t] * rate[:, donor] * pools[:, donor]
    return passed


def tendency(
    pools: Tensor,
    plant_input: Tensor,
    rate: Tensor,
    share: Tensor,
    fire: Tensor,
    mixing: Tensor,
) -> Tensor:
    """Rate of change of the pools, gC/m3/yr: the right-hand side that SteadyState balances.

    Shapes and units of the arguments are those of ``SteadyState.forward``.
    """
    moved = torch.einsum("cij,cpj->cpi", mixing, pools)
    moved[:, c.CWD] = 0.0
    return plant_input - (rate + fire) * pools + inflow(pools, rate, share) - moved
