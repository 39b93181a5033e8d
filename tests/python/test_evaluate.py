"""Scores in physical units, baselines on the same split, fine-tuning, and the tables."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.evaluate import EvaluateConfig, EvaluateError, evaluate
from phase_elm.evaluate.baselines import BoostedTrees, NoChange, Ridge
from phase_elm.evaluate.cases import complete, read_columns
from phase_elm.evaluate.finetune import FinetuneConfig, draw, finetune
from phase_elm.evaluate.metrics import (
    by_variable,
    column_balance,
    implied_drift,
    scores,
    stoichiometry,
    totals,
)
from phase_elm.evaluate.published import MseNetwork
from phase_elm.evaluate.report import plain, write_report
from phase_elm.export import export_checkpoint, read_checkpoint
from phase_elm.schema import load_schema
from phase_elm.train.dataset import TRAINING, read_training_set

SCHEMA = load_schema()


@pytest.fixture(scope="module")
def columns(training_file: Path):
    return read_columns([training_file], SCHEMA)


def test_scores_are_those_of_the_textbook() -> None:
    truth, weight = np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 1.0, 2.0, 1.0])
    found = scores(truth + np.array([0.0, 1.0, -1.0, 0.0]), truth, weight)
    mean = (weight * truth).sum() / 5.0
    assert found["bias"] == pytest.approx(-0.2)
    assert found["rmse"] == pytest.approx(np.sqrt(3.0 / 5.0))
    assert found["nrmse"] == pytest.approx(np.sqrt(3.0 / 5.0) / mean)
    assert found["r2"] == pytest.approx(1.0 - 3.0 / (weight * (truth - mean) ** 2).sum())
    assert np.isnan(scores(truth, np.ones(4), weight)["r2"])


def test_the_truth_scores_one_and_drifts_not(columns) -> None:
    _, test = columns
    for name, row in by_variable(test.truth, test, SCHEMA).items():
        assert row["units"] == SCHEMA.by_name[name].units
        assert np.isnan(row["r2"]) or row["r2"] == 1.0
        assert row["rmse"] == 0.0
    assert np.abs(implied_drift(test.truth, test)).max() == 0.0


def test_totals_add_up(columns) -> None:
    _, test = columns
    found = totals(test.truth, test.inputs["wtcol"])
    parts = sum(found[name] for name in ("TOTVEGC", "TOTLITC", "CWDC", "TOTSOMC"))
    np.testing.assert_allclose(found["TOTECOSYSC"], parts, rtol=1e-12)
    for element in "CNP":
        assert (found[f"TOTECOSYS{element}"] > 0.0).all()


def test_stoichiometry_finds_what_departs(columns) -> None:
    _, test = columns
    state = {n: test.inputs[n].copy() for n in test.truth}
    found = stoichiometry(state, test)
    assert found["largest_departure"] < 1.0e-12
    assert found["zeros_filled"] == found["negative_pools"] == 0
    state["soil2n_vr"] = 1.01 * state["soil2n_vr"]
    state["frootp"] = 1.02 * state["frootp"]
    rooted = np.argwhere((test.inputs["frootc"] > 0.0) & (test.inputs["deadstemc"] == 0.0))[0]
    state["deadstemc"][tuple(rooted)] = 3.0
    state["litr1c_vr"][0, 0] = -1.0
    found = stoichiometry(state, test)
    assert found["soil_cn_largest_departure"] == pytest.approx(0.01, rel=1e-6)
    assert found["organ_cp_largest_departure"] == pytest.approx(0.02, rel=1e-6)
    assert found["organ_cn_largest_departure"] < 1.0e-12
    assert found["largest_departure"] == found["organ_cp_largest_departure"]
    assert found["zeros_filled"] == 1
    assert found["negative_pools"] == 1


def test_balances_of_a_column_close_where_nothing_moves(columns) -> None:
    """Twice the nitrate loses twice the nitrogen; P that is moved stays, P that is gone counts."""
    _, test = columns
    test = replace(test, inputs=test.inputs | {"DENIT": np.full((len(test), 1), 1.0 / 3.1536e7)})
    gain = (test.inputs["NDEP_TO_SMINN"] + test.inputs["NFIX_TO_SMINN"])[:, 0] * 3.1536e7
    host = {n: test.inputs[n].copy() for n in test.truth}
    found = column_balance(host, test)
    assert found["p"] == {"median": 0.0, "p90": 0.0}
    np.testing.assert_allclose(
        found["n"]["median"], np.median(np.abs(gain - 1.0) / (gain + 0.1)), rtol=1e-5
    )
    host["smin_no3_vr"] = 2.0 * host["smin_no3_vr"]
    host["occlp_vr"], host["primp_vr"] = host["primp_vr"], host["occlp_vr"]
    more = column_balance(host, test)
    assert more["p"]["median"] < 1.0e-12
    np.testing.assert_allclose(
        more["n"]["median"], np.median(np.abs(gain - 2.0) / (gain + 0.1)), rtol=1e-5
    )
    half = column_balance(host | {"primp_vr": 0.5 * host["primp_vr"]}, test)
    assert half["p"]["median"] > 0.01


def test_a_pool_that_is_not_predicted_stays_and_absent_patches_are_empty(columns) -> None:
    _, test = columns
    state = complete({"leafc": np.ones_like(test.truth["leafc"])}, test)
    np.testing.assert_array_equal(state["soil4c_vr"], test.inputs["soil4c_vr"])
    assert (state["leafc"][test.inputs["wtcol"] == 0.0] == 0.0).all()


@pytest.mark.parametrize(
    "predictor",
    [NoChange(), Ridge(), BoostedTrees(components=2), MseNetwork(width=8, epochs=2)],
    ids=lambda predictor: predictor.name,
)
def test_baselines_learn_from_training_columns_alone(columns, predictor) -> None:
    train, test = columns
    if predictor.name in ("ridge", "boosted trees"):
        pytest.importorskip("sklearn")
    predictor.fit(train, SCHEMA)
    first = complete(predictor.predict(test), test)
    assert first.keys() == test.truth.keys()
    for name, value in first.items():
        assert np.isfinite(value).all(), name
    # what is known of the test columns' end states is not asked for
    blind = test.take(np.arange(len(test)), SCHEMA)
    for value in blind.truth.values():
        value[...] = -1.0
    again = complete(predictor.predict(blind), blind)
    np.testing.assert_array_equal(again["soil4c_vr"], first["soil4c_vr"])


def test_one_table_in_two_forms(training_file: Path, tmp_path: Path) -> None:
    document, _, states = evaluate(
        EvaluateConfig(train=(training_file,), baselines=("no_change", "steady_state"))
    )
    assert list(states) == ["no change", "steady state alone"]
    paths = write_report(document, tmp_path)
    read = json.loads(paths[0].read_text())
    assert read["predictors"]["no change"]["totals"]["TOTSOMC"]["units"] == "gC/m2"
    text = paths[1].read_text()
    assert "| no change |" in text
    assert "soil4c_vr" in text
    for heading in ("## What has to hold", "## By region", "## no change"):
        assert heading in text
    regions = read["predictors"]["no change"]["regions"]
    assert sum(row["columns"] for row in regions.values()) == read["test_columns"]
    assert all(f"| {region} | {row['lat']:.0f} |" in text for region, row in regions.items())
    parts = paths[2].read_text()
    assert "| leafc | type 1 | gC/m2 |" in parts
    assert "| soil4c_vr | layer 10, 2.86 m | gC/m3 |" in parts
    assert parts.count("## ") == 2
    assert not list(tmp_path.glob("*.partial"))


def test_what_is_not_known_is_null() -> None:
    assert plain({"a": [float("nan"), 1.0]}) == {"a": [None, 1.0]}


def test_the_command_names_what_is_missing(training_file: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", "--train", str(training_file), "--out", str(tmp_path)]
    bad = CliRunner().invoke(app, [*arguments, "--baseline", "forest"])
    assert bad.exit_code == 1
    good = CliRunner().invoke(app, [*arguments, "--baseline", "no_change"])
    assert good.exit_code == 0, good.output
    for name in ("evaluation.json", "evaluation.md", "totals.png", "profiles.png", "map.png"):
        assert (tmp_path / name).is_file()


@pytest.mark.parametrize("exported", [False, True])
def test_finetuning_uses_few_columns_and_keeps_the_statistics(
    checkpoint: Path, training_file: Path, tmp_path: Path, exported: bool
) -> None:
    if exported:
        checkpoint = export_checkpoint(checkpoint, tmp_path / "artifact.pt").path
    data = read_training_set(training_file, SCHEMA)
    if len(data) < 20:
        with pytest.raises(EvaluateError, match="a larger set is needed"):
            draw(data, 0.05, 0)
    paths = (training_file,) * (1 + 40 // len(data))
    config = FinetuneConfig(checkpoint=checkpoint, data=paths, out=tmp_path / "t.ckpt", epochs=1)
    path, facts = finetune(config)
    assert 0.0 < facts["finetuned_share"] <= 0.05
    before, after = (read_checkpoint(p)[0].state_dict() for p in (checkpoint, path))
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed
    assert all(name.startswith("first.members.") for name in changed)


@pytest.mark.parametrize("entries", [{"share": 0.06}, {"epochs": 6}])
def test_finetuning_has_limits(entries: dict, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="less than or equal"):
        FinetuneConfig(checkpoint=tmp_path / "a", data=(tmp_path / "b",), out=tmp_path, **entries)


def test_drawn_columns_are_training_columns(training_file: Path) -> None:
    data = read_training_set(training_file, SCHEMA)
    share = 1.0 / len(data) + 1.0e-9
    rows = draw(data, share, 3)
    assert (data.split[rows] == TRAINING).all()


REFERENCE = os.environ.get("PHASE_ELM_REFERENCE")


@pytest.mark.skipif(REFERENCE is None, reason="PHASE_ELM_REFERENCE does not name a folder")
def test_soil_budget_of_real_elm_closes_and_the_balance_comes_close(tmp_path: Path) -> None:
    from phase_elm.evaluate.elm import ElmConfig, evaluate_elm
    from phase_elm.fuse import FuseConfig, fuse

    folder = Path(str(REFERENCE))
    observed = fuse(
        FuseConfig(
            out=tmp_path / "observed.nc",
            restart=folder / "observed/robs.elm.r.0021-01-01-00000.nc",
            start_restart=folder / "accelerated/rad.elm.r.0041-01-01-00000.nc",
            equilibrium=folder / "later/rfin.elm.r.0161-01-01-00000.nc",
            history=tuple(folder.glob("observed/*.h0.*.nc")),
            surface=folder / "inputs/surfdata.nc",
            parameters=folder / "inputs/clm_params.nc",
            dead_wood_factor=10.0,
        )
    )
    jumped = folder / "jumped/jump2_end.elm.r.nc"
    found = evaluate_elm(ElmConfig(observed=observed, references={"jumped": jumped}))
    assert found["closure"]["column"]["largest"] < 0.04
    alone = found["predictors"]["steady state alone"]["jumped"]["upper"]
    before = found["predictors"]["as observed"]["jumped"]["upper"]
    assert alone["cells_within_10_percent"] >= 12
    assert before["cells_within_10_percent"] <= 2
