"""Plants and mineral N of the balance: windows with supply, and surpluses of nitrogen."""

from __future__ import annotations

import math

import pytest
import torch
from surrogate_cases import Cases

from phase_elm.model import constants as c
from phase_elm.model.allocation import Allocation
from phase_elm.model.balance import STEADY_STATE_OUTPUTS, Balance
from phase_elm.model.mineral import MineralNitrogen
from phase_elm.model.polish import DEAD_WOOD
from phase_elm.model.supplied import SuppliedPlants
from phase_elm.schema import load_schema

HORIZON = 2000.0
TREE, GRASS = 7, 13
MORTALITY = c.WOOD_MORTALITY_PER_YEAR
TURNOVER = c.LIVE_WOOD_TURNOVER_PER_YEAR
PARAMETERS = {  # tree whose stem share rises with production, grass
    "woody": (1.0, 0.0),
    "stem_leaf": (-1.0, 0.0),
    "croot_stem": (0.3, 0.0),
    "froot_leaf": (1.0, 2.0),
    "flivewd": (0.1, 0.0),
    "grperc": (0.3, 0.3),
    "leafcn": (25.0, 25.0),
    "frootcn": (42.0, 42.0),
    "livewdcn": (50.0, 0.0),
    "deadwdcn": (500.0, 0.0),
    "leafcp": (500.0, 500.0),
    "frootcp": (840.0, 840.0),
    "livewdcp": (1000.0, 0.0),
    "deadwdcp": (10000.0, 0.0),
}
STEM = 2.7 / (1.0 + math.exp(-0.004 * (600.0 - 300.0))) - 0.4  # of the tree at 600 gC/m2/yr


def window() -> dict[str, torch.Tensor]:
    """Zeros by name, with the parameters, and one column half tree, half grass."""
    schema = load_schema()
    x = {
        v.name: torch.zeros(schema.shape_of(v.name, 1), dtype=torch.float64) for v in schema.inputs
    }
    for name, (tree, grass) in PARAMETERS.items():
        x[name][TREE], x[name][GRASS] = tree, grass
    x["wtcol"][0, [TREE, GRASS]] = 0.5
    x["leafc"][0, [TREE, GRASS]] = 100.0
    x["annsum_npp"][0, [TREE, GRASS]] = 600.0
    x["PFT_NPP"][0, [TREE, GRASS]] = 500.0 / c.SECONDS_PER_YEAR
    return x


def npp(value: float) -> torch.Tensor:
    return torch.full((1, c.NPFT), value, dtype=torch.float64)


def sustained_by(live: float) -> float:
    return live * (TURNOVER + 9.0 * (TURNOVER + MORTALITY)) / MORTALITY


def grown(x: dict[str, torch.Tensor], loss_factor: float) -> dict[str, torch.Tensor]:
    """Twenty years from bare ground to dead wood that is lost ``loss_factor`` times as fast."""
    for organ in DEAD_WOOD:
        live = "livestemc" if organ == "deadstem" else "livecrootc"
        x[live][0, TREE] = 20.0
        built = 1.0 - math.exp(-20.0 * MORTALITY * loss_factor)
        x[organ + "c"][0, TREE] = sustained_by(20.0) * built
        x[organ + "n"][0, TREE] = sustained_by(20.0) * built / 500.0
        x[organ.upper() + "C"][0, TREE] = 0.5 * sustained_by(20.0) * built
    return x


def test_wood_takes_its_share_of_growth():
    x = window()
    share = Allocation().wood_share(x, npp(600.0))[0]
    assert float(share[TREE]) == pytest.approx(1.3 * STEM / (2.0 + 1.3 * STEM), rel=1e-12)
    assert float(share[GRASS]) == 0.0


@pytest.mark.parametrize(("element", "scale"), [("n", 1.0), ("p", 20.0)])
def test_a_full_store_is_three_years_of_need(element, scale):
    x = window()
    store = Allocation().store(x, npp(600.0), element)[0]
    wood = 1.3 * STEM
    tree = (1 / 25 + 1 / 42 + wood * (0.1 / 50 + 0.9 / 500)) / (1.3 * (2.0 + wood))
    grass = (1 / 25 + 2 / 42) / (1.3 * 3.0)
    assert float(store[TREE]) == pytest.approx(3.0 * 600.0 * tree / scale, rel=1e-12)
    assert float(store[GRASS]) == pytest.approx(3.0 * 600.0 * grass / scale, rel=1e-12)


def test_production_follows_from_the_wood_it_sustains():
    x = window()
    allocation = Allocation()
    slowest = npp(MORTALITY)
    dead = 0.9 + 0.1 * TURNOVER / (TURNOVER + MORTALITY)
    for expected in (80.0, 600.0, 1500.0):
        loss = expected * allocation.wood_share(x, npp(expected)) * dead
        found = allocation.sustaining(x, loss, slowest)[0, TREE]
        assert float(found) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("loss_factor", "at_rest"), [(10.0, True), (1.0, False)])
def test_dead_wood_of_an_accelerated_window_is_at_rest(loss_factor, at_rest):
    x = grown(window(), loss_factor)
    plants = SuppliedPlants()
    new = plants.dead_wood(x, plants.plants.presence(x))
    for organ in DEAD_WOOD:
        reached = float(x[organ + "c"][0, TREE]) / (1.0 - math.exp(-0.2 * 17.0))
        expected = 0.9 * (reached if at_rest else sustained_by(20.0))
        assert float(new[organ + "c"][0, TREE]) == pytest.approx(expected, rel=1e-12)


def test_production_at_the_end_of_the_window():
    """A tree's follows from its wood, whatever the last year was; a grass's from the mean."""
    plants = SuppliedPlants()
    x = grown(window(), 10.0)
    present = plants.plants.presence(x)
    wood = plants.dead_wood(x, present)
    one, _ = plants.production(x, present, wood)
    x["annsum_npp"][0, TREE] = 50.0
    two, mean = plants.production(x, present, wood)
    assert float(one[0, TREE]) == float(two[0, TREE])
    assert float(mean[0, TREE]) == pytest.approx(500.0)
    assert float(two[0, GRASS]) == pytest.approx(0.9 * 500.0 * 20.0 / 17.0)
    for pool in plants.young:  # a window that began with its litter and soil in place
        x[pool + "c_vr"] += 10.0
        x[pool + "c_vr_start"] += 10.0
    three, _ = plants.production(x, present, wood)
    assert float(three[0, GRASS]) == pytest.approx(0.9 * 500.0)


def test_stores_are_filled_and_never_drained():
    plants = SuppliedPlants()
    x = window()
    x["TBOT"] += 293.15
    x["npool"][0, TREE], x["npool"][0, GRASS] = 1.0, 1.0e4
    present = plants.plants.presence(x)
    new = plants.stores(x, present, npp(600.0))
    full = plants.allocation.store(x, npp(600.0), "n")
    assert float(new["npool"][0, TREE]) == pytest.approx(0.9 * float(full[0, TREE]))
    assert float(new["npool"][0, GRASS]) == 1.0e4
    assert float(new["npool"][0, 1]) == 0.0


@pytest.mark.parametrize(("warmer", "slower"), [(0.0, 1.0), (-10.0, 1.5)])
def test_unused_carbon_is_respired_as_fast_as_it_comes(warmer, slower):
    """A tenth of the demand, with growth respiration, over 1e-8 / s at 20 C, Q10 1.5."""
    plants = SuppliedPlants()
    x = window()
    x["TBOT"] += 293.15 + warmer
    found = plants.stores(x, plants.plants.presence(x), npp(600.0))["cpool"]
    demand = 600.0 * 1.3 / 0.9
    assert float(found[0, TREE]) == pytest.approx(0.1 * demand / 0.31536 * slower, rel=1e-9)


def test_fast_pools_keep_their_season(cases: Cases):
    """Litter that stood above its annual mean on 1 January does so at rest."""
    x = {n: torch.tensor(v) for n, v in cases.observed.items()}
    more = dict(x)
    more["litr1c_vr"] = x["litr1c_vr"] * 2.0
    supplied = Balance(HORIZON).supplied
    ratio = supplied(more, STEADY_STATE_OUTPUTS)["litr1c_vr"]
    ratio = ratio / supplied(x, STEADY_STATE_OUTPUTS)["litr1c_vr"]
    assert float(ratio.median()) == pytest.approx(2.0, rel=0.02)


def flows(gain: float, loss: float, met: float) -> dict[str, torch.Tensor]:
    x = window()
    x["smin_no3_vr"] += 5.0
    x["smin_nh4_vr"] += 1.0
    x["NDEP_TO_SMINN"] += 0.2 * gain / c.SECONDS_PER_YEAR
    x["NFIX_TO_SMINN"] += 0.8 * gain / c.SECONDS_PER_YEAR
    x["DENIT"] += 0.7 * loss / c.SECONDS_PER_YEAR
    x["SMIN_NO3_LEACHED"] += 0.3 * loss / c.SECONDS_PER_YEAR
    x["FPG"] += met
    return x


@pytest.mark.parametrize(
    ("gain", "loss", "met", "left"),
    [
        (1.0, 10.0, 1.0, 0.1),  # a surplus: what comes in feeds a tenth of the losses
        (1.0, 10.0, 0.9, 1.0),  # the pool limits plants already
        (1.0, 0.5, 1.0, 1.0),  # it may grow, but not by the jump
        (1.0, 0.0, 1.0, 1.0),  # nothing is known of its losses
    ],
)
def test_mineral_nitrogen_whose_losses_are_what_comes_in(gain, loss, met, left):
    x = flows(gain, loss, met)
    new = MineralNitrogen()(x)
    for name in ("smin_no3_vr", "smin_nh4_vr"):
        torch.testing.assert_close(new[name], x[name] * left)


def test_both_ways_of_the_balance_set_mineral_nitrogen(cases: Cases):
    x = {n: torch.tensor(v) for n, v in cases.observed.items()}
    x["smin_no3_vr"] = torch.ones_like(x["smin_no3_vr"])
    for name, value in flows(1.0, 10.0, 1.0).items():
        if name in ("NDEP_TO_SMINN", "NFIX_TO_SMINN", "DENIT", "SMIN_NO3_LEACHED", "FPG"):
            x[name] = value.expand_as(x[name]).clone()
    balance = Balance(HORIZON)
    for part in (balance.polish, balance.supplied):
        new = part(x, STEADY_STATE_OUTPUTS)
        torch.testing.assert_close(new["smin_no3_vr"], 0.1 * x["smin_no3_vr"])


@pytest.mark.parametrize(("met", "share"), [(1.0, 0.9), (0.95, 0.0)])
def test_a_surplus_of_nitrogen_ends_in_plants_too(met, share):
    """Nine tenths of the mineral surplus go, and nine tenths of what the stores have of it."""
    x = flows(1.0, 10.0, met)
    x["TBOT"] += 293.15
    x["npool"][0, TREE], x["cpool"][0, TREE] = 50.0, 10.0
    polish = Balance(HORIZON).polish
    new = polish.limited_stores(x)
    filled = 0.9 * float(polish.allocation.store(x, npp(500.0), "n")[0, TREE])
    unused = float(polish.allocation.unused(x, npp(500.0))[0, TREE])
    assert filled < 50.0
    assert unused > 10.0
    assert float(new["npool"][0, TREE]) == pytest.approx(50.0 - share * (50.0 - filled))
    assert float(new["cpool"][0, TREE]) == pytest.approx(10.0 + share * (unused - 10.0))
