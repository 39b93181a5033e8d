"""`phase compare` on few columns and years: every method, resumed, and after a certificate."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support import run_case, surrogate, write_growth_artifact
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.compare import race
from phase_elm.compare.methods import ALL, MethodsConfig
from phase_elm.report.plugin import read_plugin_report
from phase_elm.world import WorldConfig, build_world, write_world

pytestmark = [pytest.mark.compiled]
CELLS = 2


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_world(build_world(WorldConfig(grid="4x5", seed=3, max_cells=CELLS)), folder)
    return folder


@pytest.fixture(scope="module")
def growth(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A jump that is far from rest, so that a second one follows; knows every method."""
    path = tmp_path_factory.mktemp("growth") / "growth.pt"
    return write_growth_artifact(path, methods=["hybrid", "surrogate", "steady_state"])


def options(small: Path, growth: Path, out: Path, years: int = 62) -> list[str]:
    words = ["compare", "--world", str(small), "--out", str(out), "--artifact", str(growth)]
    words += ["--years", str(years), "--years", "native=40", "--years", "accelerated=100"]
    return [*words, "--accelerated-years", "60"]


@pytest.fixture(scope="module")
def compared(small: Path, growth: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("compared")
    found = CliRunner().invoke(app, options(small, growth, out))
    assert found.exit_code == 0, found.output
    return out


def test_all_methods_are_in_the_table(compared: Path) -> None:
    document = json.loads((compared / "comparison.json").read_text())
    assert [item["method"] for item in document["methods"]] == list(ALL)
    by_name = {item["method"]: item for item in document["methods"]}
    assert all(item["columns"] == CELLS for item in by_name.values())
    assert by_name["native"]["years"] == 40
    assert by_name["accelerated"]["years"] == 100
    assert {point["accelerated"] for point in by_name["accelerated"]["points"]} == {True, False}
    assert by_name["surrogate"]["jumps"] == [20]
    assert by_name["hybrid"]["jumps"] == [20, 40, 60]
    assert by_name["hybrid"]["years"] == 62
    text = (compared / "comparison.md").read_text()
    assert "| steady state alone |" in text


def test_cycles_in_pieces_are_the_run_in_one(
    small: Path, growth: Path, compared: Path, tmp_path: Path
) -> None:
    """Every stop of a method is a restart of the model and of the plugin, and changes nothing."""
    phase = surrogate(growth, phase_max_jumps=64)
    whole = run_case(small, tmp_path / "whole", 62, phase=phase)
    assert whole.status == 0, whole.text
    one = read_plugin_report(whole.folder / "phase_report.json")
    pieces = read_plugin_report(compared / "hybrid" / "report_0063.json")
    assert pieces.years == one.years
    assert pieces.certificate == one.certificate


def test_finished_methods_are_not_run_again(small: Path, growth: Path, compared: Path) -> None:
    logs = {name: (compared / name / "run.log").stat().st_mtime_ns for name in ALL}
    results = {name: (compared / name / "result.json").read_text() for name in ALL}
    found = CliRunner().invoke(app, options(small, growth, compared))
    assert found.exit_code == 0, found.output
    assert {name: (compared / name / "run.log").stat().st_mtime_ns for name in ALL} == logs
    assert {name: (compared / name / "result.json").read_text() for name in ALL} == results


def test_more_years_go_on_where_a_method_ended(small: Path, growth: Path, compared: Path) -> None:
    before = json.loads((compared / "steady_state" / "result.json").read_text())
    words = [*options(small, growth, compared, 82), "--methods", "steady_state"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0, found.output
    after = json.loads((compared / "steady_state" / "result.json").read_text())
    assert after["points"][: len(before["points"])] == before["points"]
    if before["proven_years"] is None:
        assert after["years"] > before["years"]
    document = json.loads((compared / "comparison.json").read_text())
    assert [item["method"] for item in document["methods"]] == list(ALL)


def test_the_model_alone_from_a_state_on(small: Path, growth: Path, tmp_path: Path) -> None:
    config = MethodsConfig(out=tmp_path, world=small, artifact=growth, extra_years=21)
    folder = config.folder("surrogate")
    folder.mkdir(parents=True)
    report = race._segment(config, "surrogate", small, 1, 42)
    after = race._after(config, "surrogate", small, 42, report)
    assert after.years == 21
    assert abs(after.net_change) <= after.mean_change
    assert after.mean_change > 0.0
    assert not after.stays
    assert race._done(folder, 999)[0] == 42  # what follows a certificate is not gone on from


@pytest.mark.mpi
def test_ranks_change_nothing(small: Path, growth: Path, compared: Path, tmp_path: Path) -> None:
    words = [*options(small, growth, tmp_path), "--ranks", "2", "--methods", "native,hybrid"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 0, found.output
    for name in ("native", "hybrid"):
        one, two = (
            json.loads((out / name / "result.json").read_text()) for out in (compared, tmp_path)
        )
        assert one["points"] == two["points"]


def test_an_error_of_the_model_is_shown(small: Path, growth: Path, tmp_path: Path) -> None:
    words = [*options(small, growth, tmp_path), "--methods", "hybrid", "--device", "cuda:99"]
    found = CliRunner().invoke(app, words)
    assert found.exit_code == 1
    assert "run.log" in found.output
