"""Growth to come of plants that nitrogen limits."""

from __future__ import annotations

import pytest
import torch
from surrogate_cases import Cases
from test_supplied import GRASS, TREE, window

from phase_elm.model import constants as c
from phase_elm.model.balance import STEADY_STATE_OUTPUTS, Balance
from phase_elm.model.circulation import Circulation

YEAR = c.SECONDS_PER_YEAR
DEPTH = sum(c.layer_thickness())
HORIZON = 2000.0


def plants(net_loss: float, met: float = 0.9) -> dict[str, torch.Tensor]:
    """100 gN/m2 in plants and stores, in soil that does not turn over much more."""
    x = window()
    x["leafn"][0, [TREE, GRASS]] = 20.0
    x["npool"][0, [TREE, GRASS]] = 80.0
    x["soil4n_vr"] += 1.0e3
    x["NDEP_TO_SMINN"] += 1.0 / YEAR
    x["DENIT"] += (1.0 + net_loss) / YEAR
    x["FPG"] += met
    return x


def to_come(x: dict[str, torch.Tensor], early: bool = False) -> float:
    """Share of N that grass has in the next window."""
    return float(Circulation(early).nitrogen_to_come(x)[0, GRASS])


@pytest.mark.parametrize(
    ("net_loss", "met", "left"),
    [
        (0.5, 0.9, 0.9),  # 10 of 100 gN/m2 leave in 20 years
        (0.5, 1.0, 1.0),  # plants have all the N they ask for
        (0.0, 0.9, 1.0),  # at rest
        (-0.5, 0.9, 1.0),  # a gain
        (8.0, 0.9, 0.7),  # bounded
    ],
)
def test_what_is_lost_beyond_what_comes_in_is_missing(net_loss, met, left):
    assert to_come(plants(net_loss, met)) == pytest.approx(left)


def test_a_loss_that_soil_feeds_ends_with_the_jump():
    x = plants(0.5)
    x["soil4c_vr"] += 1.0e3
    x["soil4c_vr_start"] += 1.0e3 + 0.5 * 20.0 * 10.0 / DEPTH  # 0.5 gN/m2/yr at C:N 10
    assert to_come(x) == pytest.approx(1.0)


def test_what_plants_give_up_early_stood_in_the_mean():
    """Soil has taken what does not circulate from plants: half of their N in 20 years."""
    x = plants(0.0)
    x["soil4c_vr"] += 1.0e3
    x["soil4c_vr_start"] += 1.0e3 - 2.5 * 20.0 * 10.0 / DEPTH  # 2.5 gN/m2/yr at C:N 10
    share = 0.5  # of what circulates, which is what plants hold
    assert to_come(x) == pytest.approx(max(1.0 - share, 0.7))
    x["SOIL3C_vr"] += 1.0
    x["SOIL3_HR_vr"] += 1.0 / YEAR
    x["soil3n_vr"] += 900.0 / DEPTH  # 1000 gN/m2 circulate
    tau = 3.0 * 0.9 / 1.3
    assert to_come(x) == pytest.approx(1.0 - 0.05)
    assert to_come(x, early=True) == pytest.approx(1.0 - 0.05 - tau / 20.0 * 0.45)


def test_soil_that_turns_over_circulates():
    x = plants(0.5)
    x["SOIL4C_vr"] += 1.0
    x["SOIL4_HR_vr"] += 0.05 / YEAR  # exp(-1) is left after 20 years
    circulation = Circulation(early=False)
    rate, _, _ = circulation.rates(x)
    kept = torch.exp(-20.0 * rate)
    turned = 1.0e3 * DEPTH * (1.0 - float(torch.exp(torch.tensor(-1.0))))
    assert float(circulation.circulating(x, kept)) == pytest.approx(100.0 + turned)


def test_fire_takes_nitrogen_from_all_that_burns():
    """A tenth of the grass burns: its carbon tells the share, its stores burn with it."""
    x = plants(0.0)
    completeness = c.CC_STORE[GRASS]
    x["LEAFC"][0, GRASS], x["cpool"][0, GRASS] = 100.0, 300.0
    x["PFT_FIRE_CLOSS"][0, GRASS] = 0.1 * (100.0 * c.CC_LEAF[GRASS] + 300.0 * completeness) / YEAR
    taken = 0.5 * 0.1 * (100.0 / 25.0 * c.CC_LEAF[GRASS] + 80.0 * completeness)
    x["LITR1C_vr"] += 10.0
    x["litr1c_vr"] += 10.0
    x["litr1n_vr"] += 0.5
    x["M_LITR1C_TO_FIRE_vr"] += 0.2 / YEAR
    assert float(Circulation(early=False).burned(x)) == pytest.approx(
        taken + 0.01 * DEPTH, rel=1.0e-4
    )


def test_woody_growth_falls_by_more_than_nitrogen():
    x = plants(0.5)
    circulation = Circulation(early=False)
    growth = circulation.growth(x)
    npp = circulation.production(x)
    need = circulation.allocation.need
    ratio = need(x, growth * npp, "n") / need(x, npp, "n")
    assert float(growth[0, GRASS]) == pytest.approx(0.9)
    assert 0.8 < float(growth[0, TREE]) < 0.89
    assert float(ratio[0, TREE]) == pytest.approx(0.9)
    # what is not wood is litter
    wood = circulation.wood(x, growth)
    share = circulation.allocation.wood_share(x, npp)
    grown = (x["wtcol"] * growth * npp).sum()
    new_wood = (x["wtcol"] * wood * npp * share).sum()
    litter = circulation.litter(x, growth) * (x["wtcol"] * npp * (1.0 - share)).sum()
    assert float(new_wood + litter) == pytest.approx(float(grown))


def test_wood_debris_and_litter_follow_the_growth_to_come(cases: Cases):
    """A window at rest that leaks N: wood, debris, litter and soil move by it, mineral N stays."""
    x = {n: torch.tensor(v) for n, v in cases.observed.items()}
    for name in list(x):
        if name.endswith("_start"):
            x[name] = x[name.removesuffix("_start")].clone()
    x["SUPPLEMENT_TO_SMINN"] = torch.zeros_like(x["SUPPLEMENT_TO_SMINN"])
    x["PFT_FIRE_CLOSS"] = torch.zeros_like(x["PFT_FIRE_CLOSS"])
    for pool in ("LITR1", "LITR2", "LITR3", "CWD"):
        x[f"M_{pool}C_TO_FIRE_vr"] = torch.zeros_like(x[f"M_{pool}C_TO_FIRE_vr"])
    x["DENIT"] = x["NDEP_TO_SMINN"] + x["NFIX_TO_SMINN"]
    x["SMIN_NO3_LEACHED"] = torch.zeros_like(x["DENIT"])
    x["FPG"] = torch.full_like(x["FPG"], 0.9)
    polish = Balance(HORIZON).polish
    calm = polish(x, STEADY_STATE_OUTPUTS)
    rate, _, fire = polish.circulation.rates(x)
    circulating = polish.circulation.circulating(x, torch.exp(-20.0 * (rate + fire)))
    x["DENIT"] = x["DENIT"] + 0.05 * circulating / (20.0 * YEAR)
    leaks = polish(x, STEADY_STATE_OUTPUTS)
    growth = polish.circulation.growth(x)
    assert torch.all(growth <= 0.95 + 1.0e-6)
    wood = polish.circulation.wood(x, growth)
    torch.testing.assert_close(leaks["deadstemc"], wood * calm["deadstemc"])
    for pool in ("cwd", "litr3", "soil2"):
        assert torch.all(leaks[pool + "c_vr"] <= calm[pool + "c_vr"] + 1.0e-9)
    torch.testing.assert_close(leaks["smin_no3_vr"], calm["smin_no3_vr"])
