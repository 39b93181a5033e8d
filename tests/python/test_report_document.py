"""The demonstration's report: to a file and back, tables, figures."""

from __future__ import annotations

import json

import pytest
from report_examples import example_report
from rich.console import Console

from phase_elm.report import plots
from phase_elm.report.document import ReportError, read_report, write_report
from phase_elm.report.tables import print_report


@pytest.mark.parametrize(("reference", "native"), [(True, True), (True, False), (False, False)])
def test_round_trip(tmp_path, reference, native):
    report = example_report(reference, native)
    path = write_report(report, tmp_path / "sub" / "report.json")
    assert read_report(path) == report
    assert [item.name for item in path.parent.iterdir()] == ["report.json"]


def test_the_document_says_what_it_is(tmp_path):
    document = json.loads(write_report(example_report(), tmp_path / "report.json").read_text())
    assert document["format_version"] == 1
    assert document["kind"] == "phase demo"
    assert document["jump"]["variables"]["TLAI"]["units"] == "m2/m2/yr"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"format_version": 2}, "format_version"),
        ({"kind": "other"}, "kind"),
        ({"ranks": "many"}, "ranks"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_other_documents_are_refused_by_name(tmp_path, change, word):
    document = json.loads(example_report().model_dump_json()) | change
    path = tmp_path / "report.json"
    path.write_text(json.dumps(document))
    with pytest.raises(ReportError, match=word):
        read_report(path)


def test_a_missing_or_broken_file_is_named(tmp_path):
    with pytest.raises(ReportError, match=r"none\.json"):
        read_report(tmp_path / "none.json")
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    with pytest.raises(ReportError, match=r"broken\.json"):
        read_report(broken)


def test_tables_show_what_was_asked_for():
    console = Console(record=True, width=180)
    print_report(example_report(), console)
    text = console.export_text()
    for expected in (
        "41 (20 observed + 20 after the first jump + 1",
        "21 to 41",
        "bit for bit",
        "carbon",
        "nitrogen",
        "phosphorus",
        "TOTECOSYSC",
        "gC/m2/yr",
        "TLAI",
        "2 of 3 (50% of area)",
        "0123456789abcdef",
        "reference state (long run, 780 years)",
        "N and P supplied for 120 years",
        "19 jumps of the weight-free balance, one in each forcing cycle; last 200 years untouched",
        "native, 2000 years",
        "12.5%",
        "Native integration for 2000 years, same columns",
    ):
        assert expected in text


def test_tables_without_a_reference_state_say_why():
    console = Console(record=True, width=180)
    print_report(example_report(reference=False), console)
    text = console.export_text()
    assert "No reference state: truth.nc: of another world" in text
    assert "Distance from" not in text


def test_tables_without_a_native_run_do_not_name_one():
    console = Console(record=True, width=180)
    print_report(example_report(native=False), console)
    text = console.export_text()
    assert "Distance from the reference state" in text
    assert "ative" not in text


def test_a_reference_without_supply_or_balance_is_described_as_such():
    part = example_report().reference.model_copy(
        update={"supply_years": 20, "jumps": 0, "untouched_years": 760}
    )
    assert part.made == "cold start; N and P supplied for 20 years; last 760 years untouched"


@pytest.mark.parametrize("reference", [True, False])
def test_figures_are_written(tmp_path, reference):
    paths = plots.write_plots(example_report(reference), tmp_path / "figures")
    assert {path.name for path in paths} == {
        "time_series.png",
        "profiles.png",
        "drift_bars.png",
        "drift_map.png",
    }
    for path in paths:
        assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
        assert path.stat().st_size > 10_000


def test_figures_name_the_reference_state():
    for figure in (plots.time_series(example_report()), plots.profiles(example_report())):
        labels = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
        assert "reference state (long run, 780 years)" in labels


def test_axes_carry_units():
    series = plots.time_series(example_report())
    shown = [axes for axes in series.axes if axes.get_visible()]
    assert [axes.get_ylabel() for axes in shown] == [
        "TOTECOSYSC (gC/m2)",
        "GPP (gC/m2/yr)",
        "TLAI (m2/m2)",
    ]
    (profile,) = plots.profiles(example_report()).axes
    assert profile.get_xlabel() == "soil carbon (gC/m3)"
    assert profile.get_ylabel().endswith("(m)")
    (bars,) = plots.drift_bars(example_report()).axes
    assert "gC/m2/yr" in bars.get_ylabel()
