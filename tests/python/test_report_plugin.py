"""The page, the figures and the tables of a plugin's report."""

from __future__ import annotations

import base64
import copy
import math
from xml.etree import ElementTree

import numpy as np
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plugin_report_examples import example, parsed, words, write
from rich.console import Console
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.report.document import ReportError
from phase_elm.report.page import page
from phase_elm.report.plugin import PluginReport, read_plugin_report
from phase_elm.report.plugin_figures import draw_all, grid_steps
from phase_elm.report.plugin_text import print_view
from phase_elm.report.plugin_view import View

runner = CliRunner()


def view_of(document: dict) -> View:
    return View(PluginReport.model_validate(document), "phase_report.json")


def text_of(view: View) -> str:
    console = Console(record=True, width=100)
    print_view(view, console)
    return console.export_text()


def test_a_folder_becomes_a_page(tmp_path):
    write(example(), tmp_path / "phase_report.json")
    found = runner.invoke(app, ["report", str(tmp_path), "--title", "my case"])
    assert found.exit_code == 0, found.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "phase_report.html",
        "phase_report.json",
        *(f"phase_report_{name}.png" for name in ("drift", "map", "rest", "series")),
    ]
    tree = parsed((tmp_path / "phase_report.html").read_text())
    assert len(tree.findall(".//img")) == 4
    for image in tree.iter("img"):
        drawing = base64.b64decode(image.get("src").partition(",")[2])
        assert ElementTree.fromstring(drawing).tag.endswith("svg")
        assert image.get("alt")
    text = words(tree)
    for expected in (
        "Spin-up report: my case",
        "The model is at rest",
        "since the beginning of year 61, after 60 years",
        "62 years were integrated in all",
        "carbon (gC/m2)",
        "phosphorus (gP/m2)",
        "Year 41: taken back in 1 columns",
        "prediction out of bounds",
        "deadstemc",
        "Trusted too little",
        "written with a limited step",
        "0123456789abcdef" * 4,
        "a<b>&\"c'.pt",
        "5.0 %",
    ):
        assert expected in text, expected


def test_a_model_that_drifts_is_said_to_drift():
    view = view_of(example(met=False))
    assert view.ruling.kind == "unmet"
    text = words(parsed(page(view, {})))
    assert "Not at rest" in text
    assert "50.0 % of the vegetated area" in text
    assert "Global drift beyond its limit: TOTSOMC" in text
    assert "3 columns are not at rest" in text
    assert "Not at rest" in text_of(view)
    assert "TOTVEGC" in text_of(view)


def test_an_incomplete_measure_is_no_certificate():
    document = example()
    document["certificate"]["complete"] = False
    assert view_of(document).ruling.kind == "partly"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"jumps": [], "certificate": {}, "years": []}, "unknown"),
        ({"certificate": {"met": False}, "years": []}, "unknown"),
        ({"certificate": None}, "unmet"),
    ],
)
def test_the_verdict_without_a_certificate(change, kind):
    document = {**example(met=False), **change}
    assert view_of(document).ruling.kind == kind


def test_years_add_up_to_all_years():
    view = view_of(example())
    assert [(part.kind, part.first, part.years) for part in view.spent] == [
        ("observed", 1, 20),
        ("relaxed", 21, 20),
        ("proof", 41, 22),
    ]
    assert sum(part.years for part in view.spent) == view.years_integrated


def test_a_measure_before_a_rollback_is_taken_from_the_years():
    document = example(met=False)
    document["certificate"]["area_at_rest"]["share_after"] = None
    for item in document["certificate"]["variables"]:
        item["drift_after"] = None
    document["rollbacks"][0]["year"] = 62
    view = view_of(document)
    assert view.area_limit.after == 0.5
    assert view.area_limit.after_year == 62
    text = " ".join(view.ruling.sentences)
    assert "taken back at the beginning of year 62" in text
    assert "jumped again" not in text
    document["jumps"].append({"year": 62})
    assert "jumped again at the beginning of year 62" in " ".join(
        view_of(document).ruling.sentences
    )


def test_stocks_are_means_over_the_area():
    years, values, epochs, units = view_of(example()).series("TOTVEGC")
    assert units == "gC/m2"
    assert years[0] == 2
    assert epochs[0] == 0
    np.testing.assert_allclose(values[-1], 20.0e15 / 6.0e11)
    document = example()
    del document["run"]["vegetated_area_km2"]
    assert view_of(document).series("GPP")[3] == "PgC/yr"


def test_time_by_kind_of_year():
    view = view_of(example())
    assert [(kind, count) for kind, count, _, _ in view.pace] == [
        ("observed", 20),
        ("with a jump", 2),
        ("after a jump", 39),
    ]
    assert view.pace[0][2:] == (0.008, 0.152)
    assert "Seconds of one year" in words(parsed(page(view, {})))


def test_cells_without_plants_are_not_shown():
    view = view_of(example())
    assert view.cells.shown().sum() == 5
    assert [status for _, status in view.kept] == ["rolled_back", "below_trust", "out_of_bounds"]


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        ([0.0], [0.0], None),
        ([0.0, 4.0, 12.0], [0.0, 5.0, 25.0], (4.0, 5.0)),
        ([0.0, 4.1, 12.0], [0.0, 5.0, 25.0], None),
        ([10.0, 10.0], [0.0, 5.0], None),
        ([0.0, 30.0, 60.0], [0.0, 5.0, 25.0], None),
    ],
)
def test_areas_are_drawn_on_regular_grids_only(lat, lon, expected):
    assert grid_steps(np.array(lat), np.array(lon)) == expected


@pytest.mark.parametrize("cells", [1, 2, 40, 4000])
def test_maps_of_few_and_many_cells(cells):
    random = np.random.default_rng(1)
    document = example()
    document["cells"] = {
        "lat": (-50.0 + 0.5 * (np.arange(cells) % 240)).tolist(),
        "lon": (0.5 * (np.arange(cells) // 240)).tolist(),
        "drift_before": random.normal(0.0, 50.0, cells).tolist(),
        "drift_after": random.normal(0.0, 1.0, cells).tolist(),
    }
    view = view_of(document)
    drawn = draw_all(view)
    assert "map" in drawn
    assert len(page(view, drawn)) < 3_000_000


def test_large_runs_take_columns_from_the_results_file(tmp_path):
    document = example()
    cells = document.pop("cells")
    write(document, tmp_path / "phase_report.json")
    file = xr.Dataset(
        {
            "lat": ("column", cells["lat"]),
            "lon": ("column", cells["lon"]),
            "drift_before": ("column", cells["drift_before"]),
            "status": ("column", [0.0, 6.0, 1.0, 2.0, np.nan, 99.0]),
        },
        attrs={"title": "PHASE results per column", "run_mode": "normal", "host": "ELM <1>"},
    )
    file.to_netcdf(tmp_path / "my.case.phase.nc")
    found = runner.invoke(app, ["report", str(tmp_path / "phase_report.json")])
    assert found.exit_code == 0, found.output
    text = words(parsed((tmp_path / "phase_report.html").read_text()))
    assert "ELM <1>" in text
    assert "Spin-up report: my.case" in text
    assert (tmp_path / "phase_report_map.png").is_file()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        ('{"report_format": 2}', "report_format 2"),
        ("{}", "no report_format"),
        ("[1]", "list"),
        ("{", "JSON"),
        ('{"report_format": 1, "run": {"ranks": "many"}}', "run.ranks"),
        ('{"report_format": 1, "years": [{"totals": {}}]}', "years.0.year"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path, content, word):
    path = tmp_path / "phase_report.json"
    path.write_text(content)
    with pytest.raises(ReportError, match=word):
        read_plugin_report(path)
    assert runner.invoke(app, ["report", str(path)]).exit_code == 1


def test_a_folder_without_a_report_is_named(tmp_path):
    found = runner.invoke(app, ["report", str(tmp_path)])
    assert found.exit_code == 1
    assert "phase_report.json" in found.output.replace("\n", " ")


def test_columns_that_the_latest_jump_left_are_told():
    line = "The latest jump left 2 columns (25.0% of the area) to the model: 2 below trust."
    view = view_of(example())
    assert line in " ".join(text_of(view).split())
    assert line in words(parsed(page(view, {})))


def test_the_smallest_report_makes_a_page():
    view = view_of({"report_format": 1})
    assert draw_all(view) == {}
    assert "No jump yet" in words(parsed(page(view, {})))
    assert "No jump yet" in text_of(view)


def _places(node: object, path: tuple = ()) -> list[tuple]:
    """All places in a document."""
    items = node.items() if isinstance(node, dict) else enumerate(node)
    found = []
    for key, value in items:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += _places(value, (*path, key))
    return found


PLACES = [
    place
    for place in _places(example(met=False))
    if place != ("report_format",) and place[-1] != "year" and place[-2:-1] != ("years",)
]
_ODD = st.sampled_from([None, math.nan, math.inf, "gone"])
SETTINGS = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _changed(changes: list[tuple[tuple, object]]) -> dict:
    """The example without some parts, or with something that is not known in their place."""
    document = copy.deepcopy(example(met=False))
    for place, odd in changes:
        node = document
        for key in place[:-1]:
            inside = isinstance(node, dict) and key in node
            node = node[key] if inside or (isinstance(node, list) and key < len(node)) else None
            if not isinstance(node, dict | list):
                break
        last = place[-1]
        if isinstance(node, dict) and last in node and last != "name":
            if odd == "gone":
                del node[last]
            elif odd is None or isinstance(node[last], float):
                node[last] = odd
        elif (
            isinstance(node, list)
            and isinstance(last, int)
            and last < len(node)
            and isinstance(node[last], float | int)
        ):
            node[last] = None if odd == "gone" else odd
    return document


@SETTINGS
@given(st.lists(st.tuples(st.sampled_from(PLACES), _ODD), max_size=40))
def test_missing_parts_never_break_the_page(changes):
    view = view_of(_changed(changes))
    parsed(page(view, {}))
    text_of(view)


@settings(SETTINGS, max_examples=3)
@given(st.lists(st.tuples(st.sampled_from(PLACES), _ODD), min_size=5, max_size=200))
def test_missing_parts_never_break_the_figures(changes):
    view = view_of(_changed(changes))
    parsed(page(view, draw_all(view)))


@SETTINGS
@given(st.text(), st.text())
def test_any_text_stays_text(name, reason):
    document = example()
    document["artifact"]["name"] = name
    document["jumps"][0]["gated"][0]["reason"] = reason
    tree = parsed(page(view_of(document), {}, title=name))
    assert tree.find(".//script") is None
