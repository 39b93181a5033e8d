"""The further jump, on a host whose wood and soil are exactly linear."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from phase_elm.model import constants as c
from phase_elm.model.polish import DEAD_WOOD, Polish
from phase_elm.schema import load_schema

COLUMNS = 3
HORIZON = 1.0e6
RATE = [8.0, 1.5, 0.4, 0.1, 2.0, 0.5, 0.05, 0.004]  # 1/yr, in the order of the pools
INPUT = [30.0, 50.0, 20.0, 12.0]  # gC/m3/yr to litr1-3 and cwd
MORTALITY = c.WOOD_MORTALITY_PER_YEAR


def system() -> tuple[np.ndarray, np.ndarray]:
    """dx/dt = A x + b of one layer without mixing."""
    a = np.diag([-rate for rate in RATE])
    for donor, receiver, share, _ in c.TRANSFERS:
        a[receiver, donor] += share * RATE[donor]
    return a, np.array(INPUT + [0.0] * 4)


def window(start: np.ndarray, wood: float, wood_rest: float) -> dict[str, torch.Tensor]:
    """What a host shows over 20 years, started from ``start`` (pool) and ``wood``."""
    schema = load_schema()
    x = {
        v.name: torch.zeros(schema.shape_of(v.name, COLUMNS), dtype=torch.float64)
        for v in schema.inputs
    }
    a, b = system()
    values, vectors = np.linalg.eig(a)
    rest = np.linalg.solve(a, -b)
    away = np.linalg.solve(vectors, start - rest)

    def at(years: float) -> np.ndarray:
        return rest + (vectors @ (np.exp(values * years) * away)).real

    mean = np.mean([at(t) for t in np.linspace(0.0, 20.0, 4001)], axis=0)
    end = at(20.0)
    for i, pool in enumerate(c.POOLS):
        x[pool + "c_vr"] += end[i]
        x[pool + "n_vr"] += end[i] / 40.0
        x[pool + "p_vr"] += end[i] / 500.0
        x[pool + "c_vr_start"] += start[i]
        x[pool.upper() + "C_vr"] += mean[i]
        passed = 0.0
        for donor, _, share, name in c.TRANSFERS:
            if donor == i:
                x[name] += share * RATE[i] * mean[i] / c.SECONDS_PER_YEAR
                passed += share
        if i != c.CWD:
            respired = (1.0 - passed) * RATE[i] * mean[i]
            x[pool.upper() + "_HR_vr"] += respired / c.SECONDS_PER_YEAR
    for i in range(4):
        x[c.POOLS[i].upper() + "C_INPUT_vr"] += INPUT[i] / c.SECONDS_PER_YEAR
    x["wtcol"][:, 4] = 1.0
    x["FPG"] += 1.0  # N does not limit
    for organ in DEAD_WOOD:
        kept = np.exp(-20.0 * MORTALITY)
        end_wood = wood_rest + (wood - wood_rest) * kept
        mean_wood = wood_rest + (wood - wood_rest) * (1.0 - kept) / (20.0 * MORTALITY)
        x[organ + "c"][:, 4] = end_wood
        x[organ + "n"][:, 4] = end_wood / 500.0
        x[organ + "c_start"][:, 4] = wood
        x[organ.upper() + "C"][:, 4] = mean_wood
    return x


def polished(x: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return Polish(HORIZON)(x, load_schema().output_names)


def rest() -> np.ndarray:
    a, b = system()
    return np.linalg.solve(a, -b)


def test_a_host_at_rest_stays_where_it_is():
    x = window(rest(), 4000.0, 4000.0)
    new = polished(x)
    for pool in c.POOLS:
        torch.testing.assert_close(new[pool + "c_vr"], x[pool + "c_vr"], rtol=1e-4, atol=0.0)
    for organ in DEAD_WOOD:
        torch.testing.assert_close(new[organ + "c"], x[organ + "c"], rtol=1e-12, atol=0.0)
    torch.testing.assert_close(new["leafc"], x["leafc"], rtol=0.0, atol=0.0)
    assert torch.all(new["trust"] == 1.0)


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_what_the_host_leaves_alone_stays_though_its_means_disagree(factor):
    """Pools back where they began, means of input and rates that would have moved them."""
    x = window(rest(), 4000.0, 4000.0)
    for i in range(4):
        x[c.POOLS[i].upper() + "C_INPUT_vr"] *= factor
    x["SOIL3_HR_vr"] *= factor
    new = polished(x)
    for pool in c.POOLS:
        torch.testing.assert_close(new[pool + "c_vr"], x[pool + "c_vr"], rtol=1e-3, atol=0.0)


def test_a_frozen_layer_stays():
    """A layer that loses nothing keeps what it holds, and spoils no other."""
    x = window(rest(), 4000.0, 4000.0)
    for i, pool in enumerate(c.POOLS):
        names = [n for donor, _, _, n in c.TRANSFERS if donor == i]
        for name in [*names, pool.upper() + "_HR_vr", pool.upper() + "C_INPUT_vr"]:
            if name in x:
                x[name][:, -1] = 0.0
        x[pool + "c_vr"][:, -1] = x[pool + "c_vr_start"][:, -1]
    new = polished(x)
    for pool in c.POOLS:
        torch.testing.assert_close(new[pool + "c_vr"], x[pool + "c_vr"], rtol=1e-3, atol=0.0)


@pytest.mark.parametrize("factor", [0.9, 1.1])
def test_pools_go_to_rest(factor):
    """Slow pools ten percent off are brought within a percent; steps of the window cost that."""
    start = rest()
    start[[c.SOIL3, c.SOIL4, c.CWD]] *= factor
    new = polished(window(start, 4000.0, 4000.0))
    for i, pool in enumerate(c.POOLS):
        found = new[pool + "c_vr"].numpy()
        np.testing.assert_allclose(found, rest()[i], rtol=0.01)


@pytest.mark.parametrize("start", [3000.0, 5000.0])
def test_wood_goes_to_rest_and_its_debris_follows(start):
    x = window(rest(), start, 4000.0)
    new = polished(x)
    for organ in DEAD_WOOD:
        np.testing.assert_allclose(new[organ + "c"][:, 4], 4000.0, rtol=1e-12)
        np.testing.assert_allclose(new[organ + "n"][:, 4], 8.0, rtol=1e-12)
    mean = float(x["DEADSTEMC"][0, 4])
    ratio = new["cwdc_vr"][0, 0] / rest()[c.CWD]
    assert abs(float(ratio) - 4000.0 / mean) < 0.02
    assert (ratio > 1.0) == (start < 4000.0)


def test_stoichiometry():
    start = rest()
    start[c.SOIL4] *= 0.8
    x = window(start, 3500.0, 4000.0)
    new = polished(x)
    for i in range(4, 8):
        pool = c.POOLS[i]
        ratio = new[pool + "c_vr"] / new[pool + "n_vr"]
        torch.testing.assert_close(ratio, torch.full_like(ratio, c.SOIL_CN[i - 4]))
    for pool in c.POOLS:
        ratio = new[pool + "c_vr"] / new[pool + "p_vr"]
        torch.testing.assert_close(ratio, torch.full_like(ratio, 500.0))


def test_only_unsupplied_columns_are_due():
    x = window(rest(), 4000.0, 4000.0)
    x["SUPPLEMENT_TO_SMINN"][1, 0] = 1.0e-9
    assert Polish(HORIZON).due(x)[:, 0].tolist() == [True, False, True]
