"""The steady-state layer against direct solves, long integration and its own budget."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phase_elm.model import constants as c
from phase_elm.model.steady_state import HostRates, SteadyState, VerticalMixing, tendency

NCOL = 3


def problem(seed: int = 0) -> dict[str, torch.Tensor]:
    """Random but plausible balance problem of NCOL columns."""
    g = torch.Generator().manual_seed(seed)

    def random(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=g, dtype=torch.float64)

    base = HostRates().fallback_rate
    rate = base[None] * (0.2 + random(NCOL, 8, c.NLEVEL))
    share = torch.tensor([t[2] for t in c.TRANSFERS], dtype=torch.float64)
    share = share[None, :, None] * (0.8 + 0.2 * random(NCOL, 8, c.NLEVEL))
    plant_input = 50.0 * random(NCOL, 8, c.NLEVEL)
    plant_input[:, 4:] = 0.0
    fire = torch.zeros_like(rate)
    fire[:, :4] = 0.02 * random(NCOL, 4, 1)
    thaw = torch.tensor([[0.0], [1.2], [9.0]], dtype=torch.float64)
    return {
        "now": 1000.0 * random(NCOL, 8, c.NLEVEL),
        "plant_input": plant_input,
        "rate": rate,
        "share": share,
        "fire": fire,
        "mixing": VerticalMixing()(thaw),
    }


def full_matrix(p: dict[str, torch.Tensor], column: int) -> np.ndarray:
    """Dense operator over all pools and layers of one column, written independently."""
    n = c.NLEVEL
    matrix = np.zeros((8 * n, 8 * n))
    for i in range(8):
        block = slice(i * n, (i + 1) * n)
        loss = p["rate"][column, i] + p["fire"][column, i]
        matrix[block, block] += np.diag(loss.numpy())
        if i != c.CWD:
            matrix[block, block] += p["mixing"][column].numpy()
    for t, (donor, receiver, _, _) in enumerate(c.TRANSFERS):
        gain = p["share"][column, t] * p["rate"][column, donor]
        rows, columns = np.arange(n) + receiver * n, np.arange(n) + donor * n
        matrix[rows, columns] -= gain.numpy()
    return matrix


@pytest.mark.parametrize("horizon", [20.0, 2000.0, 1.0e7])
def test_block_solution_equals_the_dense_one(horizon: float) -> None:
    p = problem()
    solved = SteadyState(horizon)(**p)
    for column in range(NCOL):
        matrix = full_matrix(p, column) + np.eye(8 * c.NLEVEL) / horizon
        right = (
            p["now"][column].numpy().ravel() / horizon + p["plant_input"][column].numpy().ravel()
        )
        expected = np.linalg.solve(matrix, right).reshape(8, c.NLEVEL)
        np.testing.assert_allclose(solved[column].numpy(), expected, rtol=1e-9)


def test_many_steps_equal_long_integration() -> None:
    """Against yearly explicit sub-steps of the matrix exponential, 300 years."""
    p = problem(1)
    steps = 600
    solved = SteadyState(300.0, steps)(**p)
    for column in range(NCOL):
        matrix = full_matrix(p, column)
        rest = np.linalg.solve(matrix, p["plant_input"][column].numpy().ravel())
        values, vectors = np.linalg.eig(matrix)
        start = np.linalg.solve(vectors, p["now"][column].numpy().ravel() - rest)
        exact = rest + (vectors @ (np.exp(-300.0 * values) * start)).real
        np.testing.assert_allclose(solved[column].numpy().ravel(), exact, rtol=5e-3, atol=1e-6)


def test_budget_of_the_implicit_step_closes() -> None:
    """What is stored equals what comes in minus what is respired and burnt, per column."""
    p = problem(2)
    horizon = 500.0
    after = SteadyState(horizon)(**p)
    thickness = VerticalMixing().thickness
    stored = ((after - p["now"]) / horizon * thickness).sum((1, 2))
    came = (p["plant_input"] * thickness).sum((1, 2))
    gone = ((p["rate"] + p["fire"]) * after * thickness).sum((1, 2))
    for t, (donor, _, _, _) in enumerate(c.TRANSFERS):
        gone = gone - (p["share"][:, t] * p["rate"][:, donor] * after[:, donor] * thickness).sum(1)
    torch.testing.assert_close(stored, came - gone, rtol=1e-10, atol=1e-10)
    change = tendency(after, *[p[k] for k in ("plant_input", "rate", "share", "fire", "mixing")])
    torch.testing.assert_close(change, (after - p["now"]) / horizon, rtol=1e-8, atol=1e-8)


def test_mixing_moves_but_neither_makes_nor_loses() -> None:
    mixing = VerticalMixing()
    operator = mixing(torch.tensor([[0.5], [1.9], [3.0]], dtype=torch.float64))
    pools = torch.rand(3, c.NLEVEL, dtype=torch.float64)
    moved = operator @ pools.unsqueeze(-1)
    thaw = torch.tensor([[0.5], [1.9], [3.0]], dtype=torch.float64)
    torch.testing.assert_close(mixing.loss(thaw, pools), moved.squeeze(-1), rtol=1e-12, atol=1e-12)
    lost = (moved.squeeze(-1) * mixing.thickness).sum(1)
    torch.testing.assert_close(lost, torch.zeros(3, dtype=torch.float64), atol=1e-12, rtol=0)


def test_diffusivity_follows_thaw_depth() -> None:
    d = VerticalMixing().diffusivity(torch.tensor([[0.0], [1.0], [5.0]], dtype=torch.float64))
    assert (d[0] == 0.0).all()
    assert (d[2] == c.BIOTURBATION_M2_YR).all()
    assert d[1, 0] == c.CRYOTURBATION_M2_YR
    assert 0.0 < d[1, -1] < c.CRYOTURBATION_M2_YR


def test_gradients_are_those_of_finite_differences() -> None:
    p = problem(3)
    layer = SteadyState(100.0, 2)

    def solve(rate: torch.Tensor, plant_input: torch.Tensor) -> torch.Tensor:
        return layer(p["now"], plant_input, rate, p["share"], p["fire"], p["mixing"])[:1]

    rate = p["rate"].clone().requires_grad_()
    plant_input = p["plant_input"].clone().requires_grad_()
    assert torch.autograd.gradcheck(solve, (rate, plant_input), fast_mode=True, rtol=1e-3)


def test_host_rates_come_from_fluxes_and_fall_back_where_a_pool_is_empty(cases) -> None:
    x = {name: torch.tensor(value) for name, value in cases.observed.items()}
    rate, share, fire = HostRates()(x)
    np.testing.assert_allclose(rate.numpy(), cases.rate, rtol=1e-6)
    expected = np.array([t[2] for t in c.TRANSFERS])
    np.testing.assert_allclose(share.numpy()[:, :, 0], np.tile(expected, (40, 1)), rtol=1e-6)
    assert (fire == 0.0).all()
    for name in ("SOIL4C_vr", "SOIL4_HR_vr"):
        x[name] = torch.zeros_like(x[name])
    empty, _, _ = HostRates()(x)
    np.testing.assert_allclose(empty[:, c.SOIL4].numpy(), cases.rate[:, c.SOIL4], rtol=1e-6)


def test_layer_reproduces_the_synthetic_end_state(cases) -> None:
    """With the true inputs, 2000 years in steps of 20 give the pools of the generator."""
    x = {name: torch.tensor(value) for name, value in cases.observed.items()}
    rate, share, fire = HostRates()(x)
    now = torch.stack([x[p + "c_vr"] for p in c.POOLS], 1)
    end = torch.stack([torch.tensor(cases.equilibrium[p + "c_vr"]) for p in c.POOLS], 1)
    mixing = VerticalMixing()(x["altmax"])
    plant_input = torch.tensor(cases.end_input)
    solved = SteadyState(2000.0, 100)(now, plant_input, rate, share, fire, mixing)
    np.testing.assert_allclose(solved.numpy(), end.numpy(), rtol=1e-5, atol=1e-6)
    coarse = SteadyState(2000.0, 4)(now, plant_input, rate, share, fire, mixing)
    np.testing.assert_allclose(coarse[:, :, :5].numpy(), end[:, :, :5].numpy(), rtol=0.05)


def test_bits_do_not_depend_on_the_batch() -> None:
    p = problem()
    layer = SteadyState(2000.0, 7)
    whole = layer(**p)
    for column in range(NCOL):
        alone = layer(**{name: value[column : column + 1] for name, value in p.items()})
        assert torch.equal(alone, whole[column : column + 1])


def test_checkpoints_of_the_layer_with_a_matrix_load() -> None:
    layer = SteadyState(2000.0, 7)
    layer.load_state_dict({"identity": torch.eye(c.NLEVEL, dtype=torch.float64)})
