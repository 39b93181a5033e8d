"""Growth still to come near rest, from what soil gains or loses of nitrogen."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from phase_elm.model.accrual import AHEAD, MOST_LOSS, ROOM, Accrual


def growth(
    net: float, stored: float, fpg: float = 0.9, surplus: float = 0.0, circulating: float = 400.0
) -> float:
    """Of one column."""
    given = [torch.tensor([[v]], dtype=torch.float64) for v in (fpg, surplus, net, stored)]
    return float(Accrual(20.0)(*given, torch.tensor([[circulating]], dtype=torch.float64)))


def test_a_column_at_rest_grows_no_more():
    assert growth(0.0, 0.0) == 1.0


def test_what_soil_has_stored_of_the_input_circulates_two_windows_ahead():
    assert growth(0.1, 0.08) == pytest.approx(1.0 + AHEAD * 0.1 * 20.0 / 400.0)


def test_growth_stays_below_the_demand():
    assert growth(2.0, 2.0, fpg=0.98) == pytest.approx(1.0 + ROOM * (1.0 / 0.98 - 1.0))
    assert growth(2.0, 2.0, fpg=1.0) == 1.0


@pytest.mark.parametrize(
    "stored",
    [
        0.0,  # the input has gone where the budget does not look
        0.03,
        0.13,  # soil takes from elsewhere, and that ends
    ],
)
def test_an_input_that_soil_has_not_stored_is_none(stored):
    assert growth(0.1, stored) == pytest.approx(1.0)


def test_what_soil_has_released_is_missing():
    assert growth(0.0, -0.1) == pytest.approx(1.0 - 0.1 * 20.0 / 400.0)
    assert growth(0.0, -0.1, surplus=1.0) == 1.0
    assert growth(0.0, -5.0) == pytest.approx(1.0 - MOST_LOSS)


@given(
    net=st.floats(-3.0, 3.0),
    stored=st.floats(-3.0, 3.0),
    fpg=st.floats(0.0, 1.0),
    surplus=st.floats(0.0, 1.0),
    circulating=st.floats(0.0, 2000.0),
)
def test_one_jump_stays_within_its_bounds(net, stored, fpg, surplus, circulating):
    found = growth(net, stored, fpg, surplus, circulating)
    assert 1.0 - MOST_LOSS <= found <= 1.0 + ROOM
    if stored > 0.0 and net <= 0.0:
        assert found == 1.0
