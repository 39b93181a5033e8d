"""Finite-horizon balance of litter, wood debris and soil carbon, pool by pool over depth.

For each pool the layers obey

    dx/dt = input + transfers in - rate * x + mixing(x)

with the host's own annual-mean rates. One implicit step of H years from the present state,

    (1/H + rate + M) x = x_now / H + input + transfers in,

equals the steady state for pools that turn over much faster than H and stays near the present
state for frozen and deep layers, which have no practical equilibrium. The cascade has no
cycles and only neighbours mix, so the system over all pools and layers is block triangular with
tridiagonal blocks, which are factorised once for all steps.

Units: pools gC/m3, rates 1/yr, inputs gC/m3/yr, diffusivity m2/yr.
"""

from __future__ import annotations

from typing import Any, NamedTuple

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


class Factors(NamedTuple):
    """Factors of the implicit step, pools in the order of ``SteadyState.order``.

    Each layer's equation is solved for itself: y_l = scale b_l + down_l y_(l-1) from the top, then
    x_l = y_l + up_l x_(l+1) from the bottom. Nothing is negative, so that no digits cancel.
    """

    keep: Tensor  # scale / step length (level, pool, col)
    scale: Tensor  # (level, pool, col)
    down: Tensor  # (level, pool, col)
    up: Tensor  # (level, pool, col)
    gain: Tensor  # scaled rate of each transfer (transfer, level, col)


class SteadyState(nn.Module):
    """Pools after ``horizon`` years in ``steps`` implicit steps; differentiable in all inputs.

    A pool's step needs its donors' step, not the other pools': the pools take their steps at once,
    each as many steps behind as the cascade has transfers before it.
    """

    def __init__(self, horizon: float, steps: int = 1) -> None:
        super().__init__()
        if horizon <= 0.0 or steps < 1:
            raise ValueError(f"steady state: horizon {horizon} yr and {steps} steps, need > 0")
        self.step_years: float = horizon / steps
        self.steps: int = steps
        behind = [0] * len(c.POOLS)
        for pool in c.SOLVE_ORDER:
            given = [behind[donor] + 1 for donor, receiver, _, _ in c.TRANSFERS if receiver == pool]
            behind[pool] = max(given, default=0)
        self.order: list[int] = sorted(c.SOLVE_ORDER, key=lambda pool: behind[pool])
        self.place: list[int] = [self.order.index(pool) for pool in range(len(c.POOLS))]
        self.last: int = max(behind)
        # pools that are less than so many steps behind
        self.before: list[int] = [sum(b < n for b in behind) for n in range(self.last + 2)]
        self.donor_pool: list[int] = [t[0] for t in c.TRANSFERS]
        self.donor: list[int] = [self.place[t[0]] for t in c.TRANSFERS]
        self.receiver: list[int] = [self.place[t[1]] for t in c.TRANSFERS]
        # waves by which a donor is ahead of what its receiver needs
        self.ahead: list[int] = [behind[t[1]] - behind[t[0]] - 1 for t in c.TRANSFERS]
        self.cwd: int = c.CWD

    def arranged(self, pools: Tensor) -> Tensor:
        """(col, pool, level) as (level, pool, col) in the order of solution, along memory."""
        return pools[:, self.order].permute(2, 1, 0).contiguous()

    def factors(self, rate: Tensor, share: Tensor, fire: Tensor, mixing: Tensor) -> Factors:
        """Factors that serve all steps and right-hand sides; arguments as of ``forward``."""
        own = self.arranged(rate + fire) + 1.0 / self.step_years
        mixes = torch.ones(len(self.order), 1, dtype=own.dtype, device=own.device)
        mixes[self.place[self.cwd]] = 0.0
        above = (-mixing.diagonal(-1, 1, 2)).t().unsqueeze(1) * mixes
        below = (-mixing.diagonal(1, 1, 2)).t().unsqueeze(1) * mixes
        # by layer: what leaves it for good or upwards, as long as those above pass nothing back
        stays = own[0]
        scale: list[Tensor] = []
        down: list[Tensor] = [torch.zeros_like(stays)]
        up: list[Tensor] = []
        for level in range(own.shape[0]):
            if level > 0:
                stays = own[level] + above[level - 1] * (stays * scale[level - 1])
            whole = stays + below[level] if level < own.shape[0] - 1 else stays
            scale.append(1.0 / whole)
            if level > 0:
                down.append(above[level - 1] * scale[level])
            if level < own.shape[0] - 1:
                up.append(below[level] * scale[level])
        up.append(torch.zeros_like(stays))
        scales = torch.stack(scale)
        donors = torch.tensor(self.donor_pool, device=rate.device)
        receivers = torch.tensor(self.receiver, device=rate.device)
        gain = (share * rate[:, donors]).permute(1, 2, 0) * scales[:, receivers].transpose(0, 1)
        return Factors(
            scales / self.step_years, scales, torch.stack(down), torch.stack(up), gain.contiguous()
        )

    def advance(self, factors: Factors, now: Tensor, plant_input: Tensor) -> Tensor:
        """Solve for (col, pool, level) with given factors; arguments as of ``forward``."""
        given = self.arranged(plant_input) * factors.scale
        gain = factors.gain.unbind(0)
        down, up = factors.down.unbind(0), factors.up.unbind(0)
        state = self.arranged(now)
        earlier = state
        count = state.shape[1]
        for wave in range(self.steps + self.last):
            # pools that have begun, and have steps left
            first = self.before[max(wave - self.steps + 1, 0)]
            end = self.before[min(wave, self.last) + 1]
            source = factors.keep[:, first:end] * state[:, first:end] + given[:, first:end]
            shown, shown_earlier = state.unbind(1), earlier.unbind(1)
            for t in range(len(gain)):
                if first <= self.receiver[t] < end:
                    donor = shown_earlier if self.ahead[t] > 0 else shown
                    # sums and products, no fused operations: the bits must not depend on the batch
                    source.select(1, self.receiver[t] - first).add_(gain[t] * donor[self.donor[t]])
            if end - first < count:
                down, up = factors.down[:, first:end].unbind(0), factors.up[:, first:end].unbind(0)
            elif wave == self.last:
                down, up = factors.down.unbind(0), factors.up.unbind(0)
            layers: list[Tensor] = list(source.unbind(0))
            for level in range(1, len(layers)):
                layers[level] = layers[level] + down[level] * layers[level - 1]
            for k in range(1, len(layers)):
                level = len(layers) - 1 - k
                layers[level] = layers[level] + up[level] * layers[level + 1]
            after = torch.stack(layers)
            earlier = state
            if end - first < count:
                after = torch.cat([state[:, :first], after, state[:, end:]], 1)
            state = after
        return state[:, self.place].permute(2, 1, 0).contiguous()

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
        return self.advance(self.factors(rate, share, fire, mixing), now, plant_input)

    def _load_from_state_dict(self, state_dict: Any, prefix: str, *rest: Any) -> None:
        # Checkpoints of earlier versions, which inverted matrices, have one.
        state_dict.pop(prefix + "identity", None)
        super()._load_from_state_dict(state_dict, prefix, *rest)


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
