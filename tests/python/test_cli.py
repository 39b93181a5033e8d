"""The command: help of every verb, and the verbs that need no compiled program."""

from __future__ import annotations

import pytest
from report_examples import example_report
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.report.document import write_report

runner = CliRunner()


@pytest.mark.parametrize(
    "verb",
    [
        *("world", "truth", "compact", "train", "export", "inspect", "demo", "report"),
        *("certify", "elm", "compare", "compare-elm"),
    ],
)
def test_every_verb_has_help(verb):
    found = runner.invoke(app, [verb, "--help"])
    assert found.exit_code == 0
    assert "Usage" in found.output


def test_no_verb_shows_the_list():
    found = runner.invoke(app, [])
    assert "certify" in found.output


def test_world_writes_five_files(tmp_path):
    arguments = ["world", "--grid", "12x15", "--max-cells", "3", "--out", str(tmp_path / "w")]
    found = runner.invoke(app, arguments)
    assert found.exit_code == 0, found.output
    assert len(list((tmp_path / "w").glob("*.nc"))) == 5
    assert "3 (" in found.output


def test_world_refuses_an_odd_grid(tmp_path):
    found = runner.invoke(app, ["world", "--grid", "7x5", "--out", str(tmp_path)])
    assert found.exit_code == 2
    assert "evenly" in found.output.replace("\n", " ")


def test_report_is_made_again(tmp_path):
    path = write_report(example_report(), tmp_path / "report.json")
    found = runner.invoke(app, ["report", str(path)])
    assert found.exit_code == 0, found.output
    assert (tmp_path / "drift_map.png").is_file()
    assert "criterion" in found.output


def test_report_names_a_missing_file(tmp_path):
    found = runner.invoke(app, ["report", str(tmp_path / "none.json")])
    assert found.exit_code == 1


def test_demo_refuses_too_few_years():
    found = runner.invoke(app, ["demo", "--years", "30"])
    assert found.exit_code == 2


def test_demo_names_a_missing_artifact(tmp_path):
    arguments = ["demo", "--out", str(tmp_path), "--artifact", str(tmp_path / "none.pt")]
    found = runner.invoke(app, arguments)
    assert found.exit_code == 1
    assert "none.pt" in found.output.replace("\n", "")


def test_demo_refuses_an_unknown_device(tmp_path):
    found = runner.invoke(app, ["demo", "--device", "tpu", "--out", str(tmp_path)])
    assert found.exit_code == 1
    assert "device" in found.output


def test_truth_names_a_missing_world(tmp_path):
    arguments = ["truth", "--world", str(tmp_path), "--out", str(tmp_path / "t.nc")]
    found = runner.invoke(app, arguments)
    assert found.exit_code == 1
    assert "phase world" in found.output.replace("\n", " ")


def test_compact_names_a_missing_file(tmp_path):
    found = runner.invoke(app, ["compact", str(tmp_path / "none.nc"), str(tmp_path / "out.nc")])
    assert found.exit_code == 1
    assert "none.nc" in found.output.replace("\n", "")


def test_certify_refuses_a_foreign_file(tmp_path):
    found = runner.invoke(app, ["certify", str(tmp_path / "none.nc")])
    assert found.exit_code == 1
