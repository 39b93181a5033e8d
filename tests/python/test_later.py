"""The second stage: corrections of the polish, and where it makes none."""

from __future__ import annotations

import pytest
import torch
from surrogate_cases import Cases

from phase_elm.model import constants as c
from phase_elm.model.later import FULL_MOVEMENT, LEAST_MOVEMENT, LaterStage
from phase_elm.model.polish import DEAD_WOOD
from phase_elm.model.stage import SurrogateConfig
from phase_elm.schema import load_schema


class Trusting(torch.nn.Module):
    """Trusts every column."""

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return torch.ones_like(features[:, :1])


@pytest.fixture(scope="module")
def stage() -> LaterStage:
    torch.manual_seed(0)
    config = SurrogateConfig(width=8, members=1, later_members=1)
    stage = LaterStage(load_schema(), config).eval()
    stage.trust = Trusting()
    return stage


def window(moved: float) -> dict[str, torch.Tensor]:
    """Inputs whose soil3 carbon shrank by ``moved`` gC/m2/yr, everything else not at all.

    Plants get all the N that they ask for.
    """
    x = {name: torch.from_numpy(value) for name, value in Cases(6).observed.items()}
    for pool in c.POOLS:
        x[pool + "c_vr_start"] = x[pool + "c_vr"].clone()
    for organ in DEAD_WOOD:
        x[organ + "c_start"] = x[organ + "c"].clone()
    x["FPG"] = torch.ones_like(x["FPG"])
    top = c.layer_thickness()[0]
    x["soil3c_vr_start"][:, 0] += 20.0 * moved / top
    return x


def corrected(stage: LaterStage, x: dict[str, torch.Tensor]) -> torch.Tensor:
    """Leaf carbon over the polish's after a correction of one in every log ratio (col, pft)."""
    f = stage.encode(x)
    patch = torch.ones(6, c.NPFT, stage.patch_outputs, dtype=torch.float64)
    depth = torch.zeros(6, stage.depth_outputs, c.NLEVEL, dtype=torch.float64)
    out = stage.assemble(x, f, patch, depth)
    there = x["leafc"] > 1.0
    return (out["leafc"] / x["leafc"].clamp(min=1.0e-12))[there]


def test_movement_is_what_slow_carbon_did(stage):
    found = stage.movement(window(3.0))
    torch.testing.assert_close(found, torch.full_like(found, 3.0), rtol=1e-6, atol=0.0)


@pytest.mark.parametrize("moved", [0.0, LEAST_MOVEMENT])
def test_a_window_in_which_little_moved_is_left_to_the_polish(stage, moved):
    ratio = corrected(stage, window(moved))
    torch.testing.assert_close(ratio, torch.ones_like(ratio))


def test_the_network_has_its_say_by_how_much_moved(stage):
    little = corrected(stage, window(0.5 * (LEAST_MOVEMENT + FULL_MOVEMENT))).log()
    full = corrected(stage, window(FULL_MOVEMENT)).log()
    more = corrected(stage, window(4.0 * FULL_MOVEMENT)).log()
    assert (full > 0.0).any()
    torch.testing.assert_close(2.0 * little, full, rtol=1e-6, atol=1e-9)
    torch.testing.assert_close(more, full, rtol=1e-6, atol=1e-9)


def starved(gain: float) -> dict[str, torch.Tensor]:
    """Soil3 gains ``gain`` gC/m2/yr with all N that comes in, and plants ask for more."""
    x = window(-gain)
    for pool in ("soil3c_vr", "soil3c_vr_start"):
        x[pool] = x[pool] + 20.0 * gain / c.layer_thickness()[0]
    for flux in ("DENIT", "SMIN_NO3_LEACHED", "NFIX_TO_SMINN"):
        x[flux] = torch.zeros_like(x[flux])
    for flux in [name for name in x if "FIRE" in name]:
        x[flux] = torch.zeros_like(x[flux])
    nitrogen = gain / c.SOIL_CN[2] / c.SECONDS_PER_YEAR
    x["NDEP_TO_SMINN"] = torch.full_like(x["NDEP_TO_SMINN"], nitrogen)
    x["FPG"] = torch.full_like(x["FPG"], 0.8)
    return x


def grown(stage: LaterStage, x: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    """Growth to come, and leaf carbon over that of the window where nothing is corrected."""
    f = stage.encode(x)
    patch = torch.zeros(6, c.NPFT, stage.patch_outputs, dtype=torch.float64)
    depth = torch.zeros(6, stage.depth_outputs, c.NLEVEL, dtype=torch.float64)
    out = stage.assemble(x, f, patch, depth)
    there = x["leafc"] > 1.0
    ratio = torch.where(
        there, out["leafc"] / x["leafc"].clamp(min=1.0), torch.ones_like(x["leafc"])
    )
    return stage.growth_to_come(x), ratio


def test_near_rest_plants_follow_the_nitrogen_to_come(stage):
    growth, leaf = grown(stage, starved(1.0))
    assert (growth > 1.001).all()
    expected = 1.0 + stage.plant_share * (growth - 1.0)
    torch.testing.assert_close(leaf.max(1, keepdim=True).values, expected)


def test_a_column_that_moves_is_left_to_the_network(stage):
    growth, leaf = grown(stage, starved(FULL_MOVEMENT))
    assert (growth > 1.001).all()
    torch.testing.assert_close(leaf, torch.ones_like(leaf))
