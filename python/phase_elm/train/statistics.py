"""Statistics of the training columns, written into the surrogate's buffers before training.

Afterwards the surrogate with its heads at zero is the physical baseline with the mean correction
of the training columns, and every head output is in units of the spread that is left to learn.
"""

from __future__ import annotations

import torch
from torch import Tensor

from phase_elm.model import constants as c
from phase_elm.model import physics
from phase_elm.model.ablated import AblatedStage
from phase_elm.model.features import MINERAL_FLOOR, MINERALS, ORGANS, organ_total
from phase_elm.model.later import LaterStage
from phase_elm.model.stage import Stage

SMALLEST_SPREAD = 0.02
# Spread of corrections whose target is only seen through the solve.
LITTER_SPREAD = 0.15
LITTER_RATE_SPREAD = 0.3  # shortage of nutrients slows what immobilises them
SOIL_RATE_SPREAD = 0.05
INPUT_SPREAD = (0.1, 0.4)  # least and most
# Slow pools have no season: what they lack must come through their inputs, not be added after.
LARGEST_POOL_SPREAD = {c.CWD: 0.05, c.SOIL1: 0.15, c.SOIL2: 0.15, c.SOIL3: 0.05, c.SOIL4: 0.1}
SHRINK = 3.0  # patches' worth of the all-PFT middle in the mean of one PFT
SPARSE = 30.0  # gC/m2 of leaves and fine roots below which a patch counts little
FAR = 1.5  # log distance from the middle beyond which a patch is dying or newly grown
LATER_SPREAD = (0.003, 0.3)  # least and most that a later window's correction is scaled by
_PATCH = range(physics.N_PATCH)


def _quantile(values: Tensor, weight: Tensor, share: float) -> Tensor:
    """Weighted quantile; zero where nothing has weight."""
    order = values.reshape(-1).argsort()
    cumulated = weight.reshape(-1)[order].cumsum(0)
    if float(cumulated[-1]) <= 0.0:
        return torch.zeros((), dtype=values.dtype)
    index = int((cumulated < share * cumulated[-1]).sum())
    return values.reshape(-1)[order[min(index, len(order) - 1)]]


def patch_targets(
    model: Stage, x: dict[str, Tensor], truth: dict[str, Tensor], present: Tensor
) -> tuple[Tensor, Tensor]:
    """Log corrections that would give the truth, and where they are defined (col, pft, N_PATCH)."""
    base = model.patch_pools.base(x)
    target = torch.zeros_like(base)
    known = torch.zeros_like(base)

    def put(k: int, value: Tensor, reference: Tensor, least: float) -> None:
        there = (present > 0.5) & (value > least) & (reference > least)
        ratio = torch.where(there, value / reference.clamp(min=1.0e-12), torch.ones_like(value))
        target[:, :, k] = ratio.log()
        known[:, :, k] = there.to(base.dtype)

    for k, organ in enumerate(ORGANS):
        put(physics.DISPLAY + k, truth[organ + "c"], base[:, :, physics.DISPLAY + k], 1.0e-4)
        stored = truth[organ + "c_storage"] + truth[organ + "c_xfer"]
        put(physics.STORAGE + k, stored, base[:, :, physics.STORAGE + k], 1.0e-4)
    for k, name in enumerate(physics.LABILE_POOLS):
        reference = base[:, :, physics.LABILE + k]
        put(physics.LABILE + k, truth[name] + physics.LABILE_ZERO * reference, reference, 1.0e-9)
    npp = truth["annsum_npp"].clamp(min=0.0) + 1.0
    put(physics.ANNSUM, npp, base[:, :, physics.ANNSUM], 1.0e-9)
    put(physics.DEFICIT, -truth["xsmrpool"], base[:, :, physics.DEFICIT], 1.0e-6)
    return target, known


def patch_weight(x: dict[str, Tensor], known: Tensor) -> Tensor:
    """Weight of targets that are known (col, pft, N_PATCH): a sparse patch counts little."""
    fast = organ_total(x, "leaf", "c") + organ_total(x, "froot", "c")
    return known * (fast / (fast + SPARSE)).unsqueeze(-1)


def _fit_patch(
    model: Stage, x: dict[str, Tensor], truth: dict[str, Tensor], present: Tensor
) -> None:
    target, known = patch_targets(model, x, truth, present)
    weight = patch_weight(x, known)
    middle = torch.stack([_quantile(target[:, :, k], weight[:, :, k], 0.5) for k in _PATCH])
    near = weight * ((target - middle).abs() < FAR).to(weight.dtype)
    count = near.sum(0, keepdim=True)
    mean = ((target * near).sum(0, keepdim=True) + SHRINK * middle) / (count + SHRINK)
    left = (target - mean).abs()
    spread = torch.stack([_quantile(left[:, :, k], weight[:, :, k], 0.8) for k in _PATCH])
    std = (spread / 1.28).clamp(min=SMALLEST_SPREAD).expand_as(mean).clone()
    mean[:, :, physics.LITTER] = 0.0
    std[:, :, physics.LITTER] = LITTER_SPREAD
    model.patch_correction.mean[:, :, : physics.N_PATCH] = mean
    model.patch_correction.std[:, :, : physics.N_PATCH] = std
    holds = torch.ones_like(model.patch_pools.holds)
    names = [*physics.LABILE_POOLS, "annsum_npp"]
    for k, name in enumerate(names):
        seen = (truth[name].abs() * present).amax(0) > 1.0e-9
        holds[0, :, physics.LABILE + k] = seen.to(holds.dtype)
    model.patch_pools.holds.copy_(holds)


def layer_targets(
    model: Stage, x: dict[str, Tensor], truth: dict[str, Tensor], carbon: Tensor
) -> tuple[Tensor, Tensor]:
    """As patch_targets for the layer corrections; ``carbon`` is what the solve gives now."""
    ncol = carbon.shape[0]
    target = torch.zeros(ncol, physics.N_DEPTH, c.NLEVEL, dtype=torch.float64)
    known = torch.zeros_like(target)

    def put(k: int, value: Tensor, there: Tensor) -> None:
        target[:, k] = torch.where(there, value, torch.zeros_like(value))
        known[:, k] = there.to(value.dtype)

    column = model.column_pools
    for i, pool in enumerate(c.POOLS):
        end = truth[pool + "c_vr"]
        there = (end > 1.0e-3) & (carbon[:, i] > 1.0e-3)
        put(physics.POOL + i, (end / carbon[:, i]).clamp(min=1.0e-12).log(), there)
        for element, start, default in (
            ("n", physics.NITROGEN, column.default_cn),
            ("p", physics.PHOSPHORUS, column.default_cp),
        ):
            if element == "n" and i > 3:
                continue
            ratio = truth[f"{pool}{element}_vr"] / end.clamp(min=1.0e-12)
            seen = (end > 1.0e-3) & (ratio > 0.0)
            base = column.ratio_base(x, element, pool, default[i])
            put(start + i, ratio.clamp(min=1.0e-12).log() - base, seen)
    for k, name in enumerate(MINERALS):
        end = (truth[name].clamp(min=0.0) + MINERAL_FLOOR).log()
        put(physics.MINERAL + k, end - column.mineral_base(x, k), torch.ones_like(end) > 0.0)
    return target, known


def implied_litter(
    model: Stage, x: dict[str, Tensor], truth: dict[str, Tensor]
) -> tuple[Tensor, Tensor]:
    """Litter fall over the observed one that the end state's soil3 needs, and where it is known.

    At rest soil3 loses what reaches it: fixed shares of litter fall and of wood debris input, which
    is the observed one times end over observed wood. Soil3 forgets in years, has no season and is
    never short of nutrients, so this sees litter fall itself (col).
    """
    rate, _, _ = model.column_pools.rates(x)
    thickness = model.column_pools.mixing.thickness
    inputs = model.column_pools.inputs

    def column(layered: Tensor) -> Tensor:
        return (layered * thickness).sum(1)

    observed = [column(x[name].clamp(min=0.0)) * c.SECONDS_PER_YEAR for name in inputs.names]
    reach = _share_that_reaches_soil3()
    wood = observed[c.CWD] * inputs.wood_ratio(x, truth)[:, 0]
    loss = column(rate[:, c.SOIL3] * truth["soil3c_vr"])
    from_litter = sum(reach[i] * observed[i] for i in range(3))
    known = (from_litter > 1.0) & (loss - reach[c.CWD] * wood > 0.1 * loss)
    safe = torch.where(known, from_litter, torch.ones_like(from_litter))
    return torch.where(known, (loss - reach[c.CWD] * wood) / safe, torch.ones_like(loss)), known


def _share_that_reaches_soil3() -> list[float]:
    """Share of the input to each of litr1-3 and cwd that passes through soil3."""
    share = [0.0] * len(c.POOLS)
    share[c.SOIL3] = 1.0
    for pool in reversed(c.SOLVE_ORDER):
        if pool != c.SOIL3:
            share[pool] = sum(f * share[r] for d, r, f, _ in c.TRANSFERS if d == pool)
    return share


def _fit_layers(
    model: Stage, x: dict[str, Tensor], truth: dict[str, Tensor], f: dict[str, Tensor]
) -> None:
    ncol = f["patch"].shape[0]
    correction = model.depth_correction
    patch = model.patch_correction.mean[:, :, : physics.N_PATCH].expand(ncol, -1, -1)
    after = model.patch_pools(x, f["present"], patch)
    litter = patch[:, :, physics.LITTER]

    correction.mean.zero_()
    correction.std[:, physics.RATE : physics.RATE + 4] = LITTER_RATE_SPREAD
    correction.std[:, physics.RATE + 4 : physics.RATE + 8] = SOIL_RATE_SPREAD
    needed, known = implied_litter(model, x, truth)
    base = model.column_pools.inputs.litter_ratio(x, f["present"], truth, litter)[:, 0]
    change = (needed / base).clamp(min=1.0e-6).log()[known]
    if len(change) > 2:
        middle = change.median()
        spread = 1.5 * (change - middle).abs().median()
        correction.mean[:, physics.INPUT : physics.INPUT + 3] = middle
        correction.std[:, physics.INPUT : physics.INPUT + 3] = spread.clamp(*INPUT_SPREAD)
    correction.std[:, physics.INPUT + c.CWD] = INPUT_SPREAD[0]

    carbon = model.column_pools.solve(
        x, f["present"], after, litter, correction.mean.expand(ncol, -1, -1)
    )
    target, known_layers = layer_targets(model, x, truth, carbon)
    count = known_layers.sum(0, keepdim=True).clamp(min=1.0)
    mean = (target * known_layers).sum(0, keepdim=True) / count
    std = (((target - mean) ** 2 * known_layers).sum(0, keepdim=True) / count).sqrt()
    seen = slice(physics.POOL, physics.N_DEPTH)
    correction.mean[:, seen] = mean[:, seen]
    correction.std[:, seen] = std[:, seen].clamp(min=SMALLEST_SPREAD)
    for pool, largest in LARGEST_POOL_SPREAD.items() if model.balanced else ():
        correction.std[:, physics.POOL + pool].clamp_(max=largest)


def _fit_scales(model: Stage, x: dict[str, Tensor], present: Tensor) -> None:
    one = torch.ones(1, 1, dtype=torch.float64)
    known = model.known(x)
    cycle, climate = model.climate_features(x)
    model.patch_scale.fit(model.patch_features_of(x, known), present.unsqueeze(-1))
    model.cycle_scale.fit(cycle, one.unsqueeze(-1))
    model.climate_scale.fit(climate, one)
    model.surface_scale.fit(model.surface_features(x), one)
    model.column_scale.fit(model.column_features_of(x, known), one)
    model.depth_scale.fit(model.depth_features_of(x, known), one.unsqueeze(-1))


@torch.no_grad()
def fit_statistics(model: Stage, x: dict[str, Tensor], truth: dict[str, Tensor]) -> None:
    """Set every statistics buffer of the first stage from the training columns."""
    present = model.patch_features.physics.presence(x)
    _fit_scales(model, x, present)
    f = model.encode(x)
    model.trust.fit(model.trust_features(f))
    _fit_patch(model, x, truth, present)
    _fit_layers(model, x, truth, f)
    if isinstance(model, AblatedStage):
        model.fit_free(x, truth, present)


def _spread(target: Tensor, known: Tensor) -> Tensor:
    """Size below which four fifths of the |targets| lie, over 1.28; bounded."""
    if not bool(known.any()):
        return torch.tensor(LATER_SPREAD[0], dtype=target.dtype)
    size = torch.quantile(target[known].abs()[:1_000_000], 0.8) / 1.28
    return size.clamp(*LATER_SPREAD)


@torch.no_grad()
def fit_later(model: LaterStage, x: dict[str, Tensor], truth: dict[str, Tensor]) -> None:
    """Statistics of the later stage: its corrections have no mean, so that none is the polish."""
    present = model.patch_features.physics.presence(x)
    _fit_scales(model, x, present)
    f = model.encode(x)
    model.trust.fit(model.trust_features(f))

    def ratio(name: str, base: Tensor) -> tuple[Tensor, Tensor]:
        end = truth[name]
        known = (end > 1.0e-4) & (base > 1.0e-4)
        if end.shape[1] == c.NPFT:
            known = known & (present > 0.5)
        one = torch.ones_like(end)
        return (torch.where(known, end, one) / torch.where(known, base, one)).log(), known

    patch = model.patch_correction.std
    display = model.display_base(x, f)
    for k, organ in enumerate(ORGANS):
        spread = _spread(*ratio(organ + "c", x[organ + "c"] * display[k]))
        patch[:, :, physics.DISPLAY + k] = spread
        patch[:, :, physics.STORAGE + k] = _spread(
            *ratio(organ + "c_storage", x[organ + "c_storage"])
        )
    for k, name in enumerate([*physics.LABILE_POOLS, "annsum_npp"]):
        patch[:, :, physics.LABILE + k] = _spread(*ratio(name, x[name]))
    patch[:, :, physics.LITTER] = patch[:, :, physics.DISPLAY]
    patch[:, :, physics.DEFICIT] = LATER_SPREAD[0]

    depth = model.depth_correction.std
    depth.fill_(LATER_SPREAD[0])
    for i, pool in enumerate(c.POOLS):
        target, known = ratio(pool + "c_vr", f["polished"][:, i])
        depth[:, physics.POOL + i] = torch.stack(
            [_spread(target[:, j], known[:, j]) for j in range(c.NLEVEL)]
        )
        now = x[pool + "c_vr"]
        for element, at in (("n", physics.NITROGEN), ("p", physics.PHOSPHORUS)):
            if element == "n" and i > 3:
                continue
            name = pool + element + "_vr"
            base = x[name] / now.clamp(min=1.0e-9) * truth[pool + "c_vr"]
            depth[:, at + i] = _spread(*ratio(name, base))
    for k, name in enumerate(MINERALS):
        depth[:, physics.MINERAL + k] = _spread(*ratio(name, x[name]))
