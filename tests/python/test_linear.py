"""The regression beside the ensemble: what it fits, and how far it is believed."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from phase_elm.export import read_checkpoint
from phase_elm.model import linear, physics
from phase_elm.model.first import FirstStage
from phase_elm.schema import load_schema
from phase_elm.train.config import TrainConfig
from phase_elm.train.dataset import read_training_set
from phase_elm.train.linear import PENALTIES, fit_linear, fit_one, ridge
from phase_elm.train.run import read_data

ROWS = 300
SEEN = torch.ones(ROWS, dtype=torch.bool)
FOLD = torch.arange(ROWS) % 5


def law(noise: float) -> tuple[Tensor, Tensor, Tensor]:
    """Features, y = 0.6 a - 0.3 b + 0.9 with noise, and coefficients."""
    torch.manual_seed(3)
    x = torch.randn(ROWS, 4, dtype=torch.float64)
    slope = torch.tensor([0.6, -0.3, 0.0, 0.0], dtype=torch.float64)
    return x, x @ slope + 0.9 + noise * torch.randn(ROWS, dtype=torch.float64), slope


def test_ridge_is_the_solution_of_its_normal_equations() -> None:
    x, y, _ = law(0.5)
    torch.manual_seed(4)
    weight = torch.rand(ROWS, dtype=torch.float64)
    slope, intercept = ridge(x, y, weight, PENALTIES)
    scaled = weight * (ROWS / weight.sum())
    for k, penalty in enumerate(PENALTIES):
        left = y - x @ slope[k] - intercept[k]
        torch.testing.assert_close(x.T @ (scaled * left), penalty * slope[k])
        assert float((scaled * left).sum()) == pytest.approx(0.0, abs=1.0e-9)


def test_a_linear_law_is_found_and_believed_over_a_network_that_errs() -> None:
    x, y, true = law(0.01)
    torch.manual_seed(5)
    network = y + 0.5 * torch.randn(ROWS, dtype=torch.float64)
    slope, intercept, share = fit_one(x, y, torch.ones_like(y), FOLD, network, SEEN)
    torch.testing.assert_close(slope, true, atol=0.01, rtol=0.0)
    assert float(intercept) == pytest.approx(0.9, abs=0.01)
    assert share == 1.0


def test_two_guesses_with_errors_of_their_own_share_the_say() -> None:
    x, y, _ = law(1.0)
    torch.manual_seed(6)
    network = y + torch.randn(ROWS, dtype=torch.float64)
    assert 0.3 <= fit_one(x, y, torch.ones_like(y), FOLD, network, SEEN)[2] <= 0.7


def test_a_network_that_is_right_is_left_alone() -> None:
    x, y, _ = law(0.5)
    assert fit_one(x, y, torch.ones_like(y), FOLD, y, SEEN)[2] == 0.0


def test_rows_without_weight_and_folds_without_a_network_teach_nothing() -> None:
    x, y, _ = law(0.1)
    weight = torch.ones_like(y)
    y[FOLD == 4], weight[FOLD == 4] = 1.0e6, 0.0
    network = torch.where(FOLD == 3, y, torch.zeros_like(y))
    slope, _, share = fit_one(x, y, weight, FOLD, network, FOLD != 3)
    assert float(slope.abs().max()) < 1.0
    assert share == 1.0
    few = torch.zeros_like(y)
    few[:20] = 1.0
    slope, _, share = fit_one(x, y, few, FOLD, network, SEEN)
    assert share == 0.0
    assert float(slope.abs().max()) == 0.0


@pytest.fixture(scope="module")
def stage(checkpoint: Path) -> FirstStage:
    return read_checkpoint(checkpoint)[0].first


@torch.no_grad()
def test_shares_say_whom_a_correction_follows(stage: FirstStage, training_file: Path) -> None:
    """Without a share it is the ensemble's, bit for bit; with all of it the regression's."""
    data = read_training_set(training_file, load_schema())
    f = stage.encode(data.inputs)
    generator = torch.Generator().manual_seed(1)
    part = linear.LinearPart(stage._sizes(load_schema()))
    for name in ("patch_weight", "depth_weight", "patch_bias", "depth_bias"):
        value = getattr(part, name)
        value.copy_(0.05 * torch.randn(value.shape, generator=generator, dtype=value.dtype))
    by_patch, by_level = stage.raw_corrections(f)
    for was, now in zip((by_patch, by_level), part(f, by_patch, by_level), strict=True):
        assert torch.equal(was, now)
    part.patch_share[physics.LABILE] = 1.0
    part.depth_share[4, physics.MINERAL - linear.FIRST_DEPTH] = 1.0
    one = part(f, by_patch, by_level)
    other = part(f, by_patch + 1.0, by_level + 1.0)
    labile, mineral = physics.LABILE, physics.MINERAL
    torch.testing.assert_close(one[0][:, :, labile], other[0][:, :, labile])
    torch.testing.assert_close(one[1][:, mineral, 4], other[1][:, mineral, 4])
    kept = torch.ones(physics.N_PATCH, dtype=torch.bool)
    kept[physics.LABILE] = False
    torch.testing.assert_close(other[0][:, :, kept], by_patch[:, :, kept] + 1.0)
    expected = (
        part.depth_features(f)[4] @ part.depth_weight[4, :, physics.MINERAL - linear.FIRST_DEPTH]
    )
    expected = expected + part.depth_bias[4, physics.MINERAL - linear.FIRST_DEPTH]
    torch.testing.assert_close(
        one[1][:, physics.MINERAL, 4], expected.clamp(-linear.LIMIT, linear.LIMIT)
    )


def test_training_fits_it_for_nutrients_only(
    stage: FirstStage, short_config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert float(stage.linear.depth_share.abs().max()) == 0.0  # too few columns to be believed
    monkeypatch.setattr("phase_elm.train.linear.FEWEST", 5)
    schema, data, _ = read_data(short_config)
    fit_linear(short_config, schema, data, [stage])
    share = stage.linear.patch_share
    assert float(share[: physics.LABILE].abs().max()) == 0.0
    assert float(share[physics.ANNSUM : physics.DEFICIT].abs().max()) == 0.0
    assert 0.0 < float(stage.linear.depth_share.max()) <= 1.0
    assert torch.isfinite(stage.linear.depth_weight).all()
    assert float(stage.linear.depth_weight.abs().max()) > 0.0
