"""Balancing the slow soil pools of a long run, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from phase_elm.compare.soil_polish import SOIL, SoilPolish
from phase_elm.model import constants as c

YEAR = c.SECONDS_PER_YEAR
RATE = {"soil1": 2.0, "soil2": 0.5, "soil3": 0.05, "soil4": 0.004}  # 1/yr
RESPIRED = {"soil1": 0.28, "soil2": 0.46, "soil3": 0.55, "soil4": 1.0}
FED = {"soil1": 30.0, "soil2": 20.0, "soil3": 10.0}  # gC/m3/yr
COLUMNS, LAYERS = 3, 15


class LinearSoil:
    """A soil with constant rates and inputs whose pools are far below their balance."""

    def __init__(self, thaw: float) -> None:
        self.days = 0
        self.fields = {"altmax": np.full(COLUMNS, thaw)}
        for i, pool in enumerate(SOIL):
            carbon = np.full((COLUMNS, LAYERS), 5.0 + i)
            self.fields[f"{pool}c_vr"] = carbon
            self.fields[f"{pool}n_vr"] = carbon / c.SOIL_CN[i]
            self.fields[f"{pool}p_vr"] = carbon / 400.0
            loss = carbon * RATE[pool] / YEAR
            self.fields[f"{pool.upper()}_HR_vr"] = loss * RESPIRED[pool]
            if i < 3:
                passed = f"{pool.upper()}C_TO_SOIL{i + 2}C_vr"
                self.fields[passed] = loss * (1.0 - RESPIRED[pool])
                litter = f"LITR{i + 1}C_TO_SOIL{i + 1}C_vr"
                self.fields[litter] = np.full((COLUMNS, LAYERS), FED[pool] / YEAR)

    def field(self, name: str) -> np.ndarray:
        return self.fields[name]

    def step(self, n: int) -> None:
        self.days += n


def balance(horizon: float) -> dict[str, float]:
    """Pools without mixing: input over rate, one after another."""
    expected: dict[str, float] = {}
    from_above = 0.0
    for pool in SOIL:
        expected[pool] = (FED.get(pool, 0.0) + from_above) / (RATE[pool] + 1.0 / horizon)
        from_above = expected[pool] * RATE[pool] * (1.0 - RESPIRED[pool])
    return expected


@pytest.mark.parametrize("horizon", [100.0, 1.0e6])
def test_never_thawed_layers_balance_one_by_one(horizon):
    model = LinearSoil(thaw=0.0)
    polish = SoilPolish(model, horizon)
    polish.watch_year()
    polish.apply()
    assert model.days == 365
    for pool, expected in balance(horizon).items():
        carbon = model.fields[f"{pool}c_vr"]
        np.testing.assert_allclose(carbon[:, : c.NLEVEL], expected, rtol=1e-12)
        assert np.all(carbon[:, c.NLEVEL :] == 5.0 + SOIL.index(pool))


def test_stoichiometry_stays():
    model = LinearSoil(thaw=3.0)
    polish = SoilPolish(model, 1.0e5)
    polish.watch_year()
    polish.apply()
    for i, pool in enumerate(SOIL):
        carbon = model.fields[f"{pool}c_vr"]
        np.testing.assert_allclose(carbon / model.fields[f"{pool}n_vr"], c.SOIL_CN[i], rtol=1e-14)
        np.testing.assert_allclose(carbon / model.fields[f"{pool}p_vr"], 400.0, rtol=1e-14)


def test_mixing_moves_but_does_not_make_carbon():
    """What enters the soil is respired or still accumulating: input = losses + stock / horizon."""
    model, horizon = LinearSoil(thaw=3.0), 5.0e4
    polish = SoilPolish(model, horizon)
    polish.watch_year()
    solved = polish.solve()
    thickness = np.array(c.layer_thickness())[: c.NLEVEL]
    out = sum(
        ((RATE[pool] * RESPIRED[pool] + 1.0 / horizon) * values) @ thickness
        for pool, values in zip(SOIL, solved, strict=True)
    )
    np.testing.assert_allclose(out, sum(FED.values()) * thickness.sum(), rtol=1e-10)
