"""`phase compare`: settings, what counts as a certificate, table and figure."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugin_report_examples import example
from pydantic import ValidationError
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.compare import race
from phase_elm.compare.method_table import by_cycle, markdown, plot, row, write_comparison
from phase_elm.compare.methods import ALL, METHODS, MethodsConfig
from phase_elm.compare.outcome import (
    After,
    Outcome,
    Point,
    curve_outcome,
    plugin_outcome,
    proven_years,
)
from phase_elm.report.drift import Criterion
from phase_elm.report.plugin import PluginReport
from phase_elm.truth.curve import FLUXES, NORMAL, Curve
from phase_elm.truth.gather import STOCKS

runner = CliRunner()


def outcome(method: str = "hybrid", proven: int | None = 61, **changes: object) -> Outcome:
    return Outcome(
        method=method,
        label=METHODS[method].label,
        text=METHODS[method].text,
        settings={},
        columns=40,
        years=changes.pop("years", 61),
        held_years=None if proven is None else proven - 1,
        proven_years=proven,
        points=[Point(years=y, area_at_rest=y / 100) for y in (20, 40, 60)],
        jumps=[20, 40],
        seconds=12.0,
        **changes,
    )


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ({"methods": ("native", "native")}, "different"),
        ({"methods": ("magic",)}, "native"),
        ({"years": {"hybrid": 40}}, "41 or more"),
        ({"years": {"native": 50}}, "whole cycles"),
        ({"artifact": Path("none.pt")}, "no such artifact"),
        ({"world": Path("none")}, "lacks"),
        ({"accelerated_years": 40}, "greater than 40"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_settings_that_make_no_sense_are_refused(entries, word):
    with pytest.raises(ValidationError, match=word):
        MethodsConfig(**entries)


def test_methods_differ_in_what_the_plugin_is_told():
    config = MethodsConfig(rollback=False, trust_threshold=0.25, anderson_depth=3)
    told = {name: config.phase(name) for name in ALL}
    assert {name: entry.get("phase_method") for name, entry in told.items()} == {
        "native": None,
        "accelerated": None,
        "steady_state": "steady_state",
        "surrogate": "surrogate",
        "hybrid": "hybrid",
        "hybrid_anderson": "hybrid",
    }
    assert told["surrogate"]["phase_max_jumps"] == 1
    assert told["hybrid_anderson"]["phase_accelerate"] == "anderson"
    assert told["hybrid_anderson"]["phase_anderson_depth"] == 3
    assert "phase_anderson_depth" not in told["hybrid"]
    assert "phase_trust_threshold" not in told["steady_state"]
    assert told["hybrid"]["phase_rollback"] is False


def report(**changes: object) -> PluginReport:
    return PluginReport.model_validate({**example(), **changes})


def test_a_certificate_counts_all_years():
    """At rest in the cycle from year 41 on: measured at the beginning of year 61, 60 years."""
    found = plugin_outcome(report(), method="hybrid", label="", text="", settings={}, seconds=1.0)
    assert found.proven_years == 60
    assert found.held_years == 60
    assert found.jumps == [20, 40]
    assert found.years == 61
    assert [point.years for point in found.points] == [20, 40, 60, 61]
    assert found.holding == []
    assert found.columns_kept == 2


def test_what_is_not_measured_proves_nothing():
    """GPP and leaf area need a year more than stocks."""
    years = example()["years"]
    years[60]["drifts"]["GPP"] = None
    assert proven_years(report(years=years)) == 61
    years[61]["drifts"]["TLAI"] = 0.3
    found = report(years=years)
    assert proven_years(found) is None


def test_rest_before_a_jump_proves_nothing():
    years = [{**item, "jumps_done": 0} for item in example()["years"]]
    assert proven_years(report(years=years)) is None


@given(st.floats(0.0, 1.0), st.floats(-3.0e-4, 3.0e-4))
def test_proof_is_the_criterion(share, drift):
    years = example()["years"][:61]
    years[60]["share_at_rest"] = share
    years[60]["drifts"]["TOTSOMC"] = drift
    expected = 60 if share >= 0.97 and abs(drift) <= 1.0e-4 else None
    assert proven_years(report(years=years)) == expected


def test_a_run_without_jumps_is_judged_by_its_curve():
    curve = Curve(np.array([1.0e5, 1.0e5]), Criterion())
    for year, level in ((20, 100.0), (40, 200.0), (60, 200.0)):
        curve.add(year, NORMAL, dict.fromkeys((*STOCKS, *FLUXES), np.full(2, level)))
    found = curve_outcome(curve, method="native", label="", text="", settings={}, seconds=1.0)
    assert found.proven_years == 60
    assert [point.area_at_rest for point in found.points] == [0.0, 1.0]
    assert found.years == 60


@pytest.mark.parametrize(
    ("year", "jump", "expected"),
    [(1, None, 42), (42, 21, 62), (42, 41, 62), (43, 42, 63), (62, 61, 82)],
)
def test_runs_stop_where_the_latest_jump_can_be_judged(year, jump, expected):
    found = None if jump is None else report(jumps=[{"year": jump}])
    assert race._next_stop(year, found) == expected


def test_the_table_tells_what_was_not_reached():
    text = markdown([outcome(), outcome("native", None, years=2000, holding=["area", "GPP"])])
    assert "| hybrid | 61 | 60 | 61 | 60.0 % | 2 |" in text
    assert "| native | more than 2000 | - | 2000 |" in text
    assert "area, GPP" in text
    assert "The model alone" not in text


def test_the_years_after_are_shown():
    after = After(
        years=500, net_change=0.004, mean_change=0.011, least_area_at_rest=0.98, stays=True
    )
    text = markdown([outcome(after=after)])
    assert "| hybrid | 500 | +0.40 % | 1.10 % | 98.0 % | holds all the time |" in text


def test_files_are_written_whole(tmp_path):
    found = [outcome(), outcome("native", None), outcome("accelerated", 300, years=320)]
    paths = write_comparison(found, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "comparison.json",
        "comparison.md",
        "comparison.png",
    ]
    document = json.loads(paths[1].read_text())
    assert [Outcome.model_validate(item) for item in document["methods"]] == found
    (panel,) = plot(found).axes
    assert "%" in panel.get_ylabel()
    labels = [text.get_text() for text in panel.get_legend().get_texts()]
    assert labels == [
        "hybrid: 61 years",
        "native: not within 61",
        "accelerated protocol: 300 years",
    ]


def test_the_figure_shows_a_measure_a_cycle_and_the_certificate():
    points = [Point(years=y, area_at_rest=1.0) for y in (20, *range(40, 82))]
    found = outcome(proven=62, years=81).model_copy(update={"points": points})
    assert [point.years for point in by_cycle(found)] == [20, 40, 60, 62]


def test_a_table_of_nothing_measured():
    empty = outcome().model_copy(update={"points": [], "jumps": []})
    assert row(empty)[4] == "-"
    assert plot([empty]).axes


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["--years", "magic=3"], 2),
        (["--years", "soon"], 2),
        (["--methods", "magic"], 1),
        (["--years", "hybrid=10"], 1),
    ],
)
def test_the_command_refuses_what_makes_no_sense(tmp_path, words, status):
    found = runner.invoke(app, ["compare", "--out", str(tmp_path), *words])
    assert found.exit_code == status, found.output
    assert list(tmp_path.iterdir()) == []
