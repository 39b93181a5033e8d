"""The steady-state layer against real ELM.

Needs a folder with monthly history of observed normal-mode years (`observed/*.h0.*.nc`) and
restarts of the same cells (`jumped/`, `later/`). Say where it is with

    PHASE_ELM_REFERENCE=/path/to/elm_reference pytest tests/python/test_steady_state_reference.py

Without it these tests are skipped. Plant inputs are not part of ELM's history, so they are taken
from the budget of each litter pool (trend + loss + fire - transfers in + mixing).
"""

from __future__ import annotations

import os
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import torch

from phase_elm.model import constants as c
from phase_elm.model.steady_state import HostRates, SteadyState, VerticalMixing, tendency

REFERENCE = os.environ.get("PHASE_ELM_REFERENCE")
pytestmark = pytest.mark.skipif(
    REFERENCE is None, reason="PHASE_ELM_REFERENCE does not name a folder of real ELM files"
)
CWD_AND_LITTER = [c.LITR1, c.LITR2, c.LITR3, c.CWD]
SOILS = [c.SOIL1, c.SOIL2, c.SOIL3, c.SOIL4]
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) / 365.0


class Observed:
    """Twenty observed years of real ELM as the layer's inputs."""

    def __init__(self) -> None:
        files = sorted(Path(str(REFERENCE), "observed").glob("*.h0.*.nc"))
        names = [f"{p.upper()}C_vr" for p in c.POOLS]
        names += [f"{p.upper()}_HR_vr" for p in c.POOLS if p != "cwd"]
        names += ["CWDC_TO_LITR2C_vr", "CWDC_TO_LITR3C_vr", "T_SCALAR", "W_SCALAR", "O_SCALAR"]
        names += [f"M_{p.upper()}C_TO_FIRE_vr" for p in c.POOLS[:4]]
        series: dict[str, list[np.ndarray]] = {name: [] for name in [*names, "ALTMAX"]}
        for file in files:
            with netCDF4.Dataset(file) as data:
                for name in names:
                    values = np.ma.filled(data[name][:, : c.NLEVEL], np.nan).astype(np.float64)
                    series[name].append(np.moveaxis(values, 1, 2))
                series["ALTMAX"].append(np.asarray(data["ALTMAX"][:], np.float64)[..., None])
        weight = np.tile(DAYS, len(files)) / len(files)
        self.series = {name: np.concatenate(parts) for name, parts in series.items()}
        mean = {n: torch.tensor(np.einsum("t,tcj->cj", weight, v)) for n, v in self.series.items()}
        respired = {0: 0.39, 1: 0.55, 2: 0.29, 4: 0.28, 5: 0.46, 6: 0.55}
        for donor, _, share, name in c.TRANSFERS:
            if donor != c.CWD:
                hr = mean[f"{c.POOLS[donor].upper()}_HR_vr"]
                mean[name] = hr / respired[donor] * share
        self.mean = mean
        self.years = float(len(files))
        self.pools = torch.stack([mean[n] for n in names[:8]], 1)
        with netCDF4.Dataset(sorted(Path(str(REFERENCE), "observed").glob("*.r.*.nc"))[0]) as data:
            self.final = restart_pools(data)
        # History starts at the restart the run began from; its first month stands for day one.
        first = np.stack([self.series[n][:12].mean(0) for n in names[:8]], 1)
        last = np.stack([self.series[n][-12:].mean(0) for n in names[:8]], 1)
        self.trend = torch.tensor((last - first) / (self.years - 1.0))
        yearly = self.series["ALTMAX"].reshape(-1, 12, *self.series["ALTMAX"].shape[1:])
        self.thaw = torch.tensor(yearly.max(1).mean(0))
        self.rate, self.share, self.fire = HostRates()(mean)
        self.mixing = VerticalMixing()(self.thaw)
        still = torch.zeros_like(self.pools)
        self.plant_input = self.trend - tendency(
            self.pools, still, self.rate, self.share, self.fire, self.mixing
        )
        self.plant_input[:, 4:] = 0.0


def restart_pools(data: netCDF4.Dataset) -> torch.Tensor:
    """C pools (column, pool, level) of an ELM restart file."""
    values = [np.asarray(data[f"{p}c_vr"][:, : c.NLEVEL], np.float64) for p in c.POOLS]
    return torch.tensor(np.stack(values, 1))


@pytest.fixture(scope="module")
def observed() -> Observed:
    return Observed()


def test_soil_budget_closes_on_real_elm(observed: Observed) -> None:
    """Trend of the four soil pools equals the layer's tendency within a few percent of the flux."""
    thickness = VerticalMixing().thickness
    found = tendency(
        observed.pools,
        observed.plant_input,
        observed.rate,
        observed.share,
        observed.fire,
        observed.mixing,
    )
    residual = ((found - observed.trend)[:, SOILS] * thickness).sum((1, 2)).abs()
    flux = (observed.rate * observed.pools)[:, SOILS].mul(thickness).sum((1, 2))
    assert (residual / flux).max() < 0.05
    assert (residual / flux).median() < 0.02


def solve(observed: Observed, horizon: float, steps: int) -> torch.Tensor:
    return SteadyState(horizon, steps)(
        observed.final,
        observed.plant_input.clamp(min=0.0),
        observed.rate,
        observed.share,
        observed.fire,
        observed.mixing,
    )


def state_at(*where: str) -> torch.Tensor:
    with netCDF4.Dataset(Path(str(REFERENCE), *where)) as data:
        return restart_pools(data)


def test_infinite_horizon_is_the_solution_by_hand(observed: Observed) -> None:
    """Soil4 of every cell and layer against the steady state solved by hand for the first jump."""
    by_hand = state_at("jumped", "jump1_start.elm.r.nc")
    error = (solve(observed, 1.0e8, 1) / by_hand)[:, c.SOIL4].log().abs()
    assert error.median() < 0.05
    assert error.max() < 0.2


def test_finite_horizon_comes_close_to_elm_at_rest(observed: Observed) -> None:
    """Upper seven layers of soil4 against ELM twenty years after its second jump by hand."""
    rest = state_at("jumped", "jump2_end.elm.r.nc")[:, c.SOIL4, :7]
    solved = solve(observed, 1500.0, 8)[:, c.SOIL4, :7]
    before = observed.final[:, c.SOIL4, :7]
    warm = observed.mean["T_SCALAR"][:, 3] > 0.5
    error = (solved / rest)[warm].log().abs().median()
    assert error < 0.10
    assert error < 0.25 * (before / rest)[warm].log().abs().median()
