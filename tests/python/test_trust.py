"""The trust score: calibration, error against score, and columns from another climate."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from phase_elm.evaluate import EvaluateConfig, evaluate
from phase_elm.evaluate.plots import write_trust_plot
from phase_elm.evaluate.report import write_report
from phase_elm.evaluate.trust import shifted
from phase_elm.export import Artifact, export_checkpoint, read_checkpoint
from phase_elm.model.trust import APART_FLOOR, ERROR_FLOOR, KNOTS, TRUST_THRESHOLD, Trust
from phase_elm.schema import load_schema
from phase_elm.train.calibrate import left_out
from phase_elm.train.dataset import read_training_set

SCHEMA = load_schema()


@pytest.fixture(scope="module")
def artifact(checkpoint: Path) -> Artifact:
    return export_checkpoint(checkpoint, checkpoint.parent / "trusted.pt")


def test_neighbouring_bins_are_pooled_until_error_falls_with_score() -> None:
    """Three bins of eight with errors 4, 6 and 1: the first two become 5."""
    trust = Trust([2])
    score = torch.linspace(0.0, 1.0, 24, dtype=torch.float64)
    error = torch.tensor([4.0] * 8 + [6.0] * 8 + [1.0] * 8, dtype=torch.float64)
    trust.calibrate(score, error)
    middle = [float(part.mean()) for part in score.split(8)]
    found = trust.expected_error(torch.tensor([0.0, *middle, 1.0], dtype=torch.float64))
    torch.testing.assert_close(found, torch.tensor([5.0, 5.0, 5.0, 1.0, 1.0], dtype=torch.float64))
    half = torch.tensor([0.5 * (middle[1] + middle[2])], dtype=torch.float64)
    assert float(trust.expected_error(half)) == pytest.approx(3.0)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), count=st.integers(0, 400))
def test_expected_error_never_rises_with_score(seed: int, count: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    score, error = torch.rand(2, count, generator=generator, dtype=torch.float64)
    trust = Trust([2])
    trust.calibrate(score, error)
    curve = trust.expected_error(torch.linspace(-0.1, 1.1, 101, dtype=torch.float64))
    assert (curve.diff() <= 1.0e-12).all()
    assert curve.shape == (101,)
    if count < 16:
        assert float(curve.abs().max()) == 0.0
    else:
        assert float(curve.min()) >= float(error.min())
        assert float(curve.max()) <= float(error.max())


def test_checkpoints_of_earlier_versions_still_load() -> None:
    """One distance over all features, and no knots."""
    old = Trust([3])
    old.fit(torch.randn(50, 3, dtype=torch.float64))
    state = {n: old.state_dict()[n] for n in ("centre", "whiten", "reference")}
    trust = Trust([1, 2])
    trust.load_state_dict(state)
    features = torch.randn(9, 3, dtype=torch.float64)
    torch.testing.assert_close(trust(features), old(features))
    assert trust.knot_score.shape == (KNOTS,)
    apart = torch.full((9, 2), 1.0e3, dtype=torch.float64)
    assert torch.equal(trust.judge(features, apart), trust(features))
    calibrated = Trust([1, 2])
    calibrated.fit(torch.randn(50, 3, dtype=torch.float64))
    calibrated.remember(features)
    trust = Trust([1, 2])
    trust.load_state_dict(calibrated.state_dict())
    assert torch.equal(trust.nearest(features), calibrated.nearest(features))


def test_the_worst_data_type_counts() -> None:
    """Unit normal features of two data types; one of them three times as far out as its 99 %."""
    torch.manual_seed(0)
    trust = Trust([2, 3])
    seen = torch.randn(4000, 5, dtype=torch.float64)
    trust.fit(seen)
    assert float((trust(seen) < 0.5).double().mean()) == pytest.approx(0.02, abs=0.005)
    strange = torch.zeros(1, 5, dtype=torch.float64)
    strange[0, 0] = 3.0 * float(trust.reference[0]) * 2.0**0.5
    assert float(trust(strange)) == pytest.approx(1.0 / 82.0, rel=0.1)
    assert float(trust(0.0 * strange)) > 0.99


def test_columns_are_judged_by_members_that_left_them_out(
    checkpoint: Path, training_file: Path
) -> None:
    model, schema, config, _ = read_checkpoint(checkpoint)
    data = read_training_set(training_file, schema)
    rows = data.rows(0)
    fold = data.folds(rows, config.validation_folds, config.block_degrees, config.seed)
    found = left_out(config, schema, data, [model.first, model.first])
    count = int((fold < 2).sum())
    assert [len(found.all(v)) for v in (found.features, found.apart, found.error)] == [count] * 3
    # the only other member is the same one: nobody to be apart from
    assert float(found.all(found.apart).abs().max()) == 0.0
    assert float(found.nearest.min()) > 0.0
    for number, trust in enumerate(found.trust):
        assert 0 < len(trust.neighbours) <= int((fold != number).sum())


def test_members_that_agree_are_not_apart_and_those_that_differ_are(
    checkpoint: Path, training_file: Path
) -> None:
    """A tenth more leaves by one of two members: half the difference times sqrt 2, over 20 years"""
    model, schema, _, _ = read_checkpoint(checkpoint)
    stage = model.first
    x = read_training_set(training_file, schema).inputs
    with torch.no_grad():
        f = stage.encode(x)
        patch, level = stage.each(f)
        out = stage.assemble(x, f, *stage.together(f, patch, level))
        same = stage.apart(x, f, out, [patch[0]] * 3, [level[0]] * 3)
        alone = stage.apart(x, f, out, patch[:1], level[:1])
        other = patch[0].clone()
        other[:, :, stage.display_at] += 0.1
        apart = stage.apart(x, f, out, [patch[0], other], [level[0]] * 2)
        change = stage.patch_correction(other) - stage.patch_correction(patch[0])
        leaves = (out["leafc"] * change[:, :, 0] * x["wtcol"] * f["present"]).sum(1)
    assert float(same.abs().max()) < 1.0e-9
    assert float(alone.abs().max()) == 0.0
    torch.testing.assert_close(apart[:, 0], leaves.abs() / 2.0**0.5 / 20.0)
    assert bool((apart[:, 1] > 0.0).any())


def test_the_law_of_the_error_is_found_and_never_rewards_disagreement() -> None:
    generator = torch.Generator().manual_seed(3)
    spread = torch.rand(4000, 3, generator=generator, dtype=torch.float64) * 20.0
    apart, nearest = spread[:, :2], spread[:, 2] + 0.1
    trust = Trust([2])
    law = (apart[:, 0] + APART_FLOOR) ** 0.5 * nearest**0.25
    trust.calibrate_error(apart, nearest, law - ERROR_FLOOR)
    expected = torch.tensor([0.0, 0.5, 0.0, 0.25], dtype=torch.float64)
    torch.testing.assert_close(trust.error_power, expected, atol=1.0e-9, rtol=0.0)
    trust.calibrate_error(apart, nearest, 100.0 / (1.0 + apart[:, 0]))
    assert (trust.error_power[1:] >= 0.0).all()


def test_trust_falls_with_distance_and_with_disagreement() -> None:
    generator = torch.Generator().manual_seed(5)
    seen = torch.randn(600, 5, generator=generator, dtype=torch.float64)
    trust = Trust([3, 2])
    trust.fit(seen)
    apart = torch.rand(600, 2, generator=generator, dtype=torch.float64)
    torch.testing.assert_close(trust.judge(seen, apart), trust(seen))  # not calibrated
    trust.remember(seen[:300])
    nearest = trust.nearest(seen)
    assert float(nearest[:300].max()) < float(nearest[300:].max())
    trust.calibrate_error(apart, nearest, 10.0 * apart.sum(1))
    at_home = trust.judge(seen, apart)
    assert float((at_home < TRUST_THRESHOLD).double().mean()) < 0.03
    assert (trust.judge(seen, 3.0 * apart) < at_home).all()
    assert float(trust.judge(seen + 20.0, apart).max()) < 1.0e-3
    one_by_one = torch.cat([trust.judge(seen[i : i + 1], apart[i : i + 1]) for i in range(40)])
    assert torch.equal(one_by_one, at_home[:40])


def test_the_artifact_knows_what_error_a_score_goes_with(artifact: Artifact) -> None:
    found = artifact.expected_error(np.array([0.1, 0.5, 0.9, 1.0]))
    assert found is not None
    assert (np.diff(found) <= 0.0).all()
    assert (found > 0.0).all()


def test_scores_fall_in_another_climate_and_the_threshold_separates(
    artifact: Artifact, training_file: Path, tmp_path: Path
) -> None:
    document, _, _ = evaluate(
        EvaluateConfig(
            train=(training_file,),
            artifacts={"mine": artifact.path},
            outside=(training_file,),
            baselines=("no_change",),
        )
    )
    trust = document["predictors"]["mine"]["trust"]
    assert "trust" not in document["predictors"]["no change"]
    scores = trust["outside"]
    at_home = scores["as they are"]
    assert at_home["share_below_threshold"] < 0.4
    assert scores["training"]["columns"] == 40
    for name, row in scores.items():
        if name not in ("as they are", "training"):
            fall = 0.5 if " K " in name else 1.0
            assert row["median"] < fall * at_home["median"], name
    far = scores["15 K warmer, three times the rain"]
    assert far["share_below_threshold"] > 0.9
    assert sum(row["columns"] for row in trust["bins"]) == document["test_columns"]
    inside = document["predictors"]["mine"]["layer_residual"]
    assert set(inside) == {"soil1", "soil2", "soil3", "soil4"}
    assert all(row["median"] < 0.001 for name, row in inside.items() if name != "soil4")
    low = [row["score_from"] for row in trust["bins"]]
    assert low == sorted(low)
    text = write_report(document, tmp_path)[1].read_text()
    assert "## Trust of mine" in text
    assert "| held out, as they are |" in text
    assert write_trust_plot("mine", trust, tmp_path).is_file()


def test_a_shift_of_climate_keeps_what_it_does_not_name(training_file: Path) -> None:
    data = read_training_set(training_file, SCHEMA)
    inputs = {name: value.numpy() for name, value in data.inputs.items()}
    warm = shifted(inputs, 8.0, 0.5)
    np.testing.assert_allclose(warm["TBOT"], inputs["TBOT"] + 8.0)
    np.testing.assert_allclose(warm["PRECTmms"], 0.5 * inputs["PRECTmms"])
    same = {n for n in inputs if warm[n] is inputs[n]}
    assert set(inputs) - same == {"TBOT", "TSOI", "QBOT", "FLDS", "PRECTmms"}
