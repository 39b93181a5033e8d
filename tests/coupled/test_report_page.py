"""`phase report` on what real runs leave: whole, cut before a cycle was measured, and dry."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from support import Run, run_case, surrogate
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.report.plugin import read_plugin_report

pytestmark = [pytest.mark.compiled]


def shown(run: Run, folder: Path) -> tuple[str, ElementTree.Element]:
    """Terminal text and page."""
    found = CliRunner().invoke(app, ["report", str(run.folder), "--out", str(folder)])
    assert found.exit_code == 0, found.output
    text = (folder / "phase_report.html").read_text()
    return found.output, ElementTree.fromstring(text.partition("\n")[2])


@pytest.fixture(scope="module")
def measured(world: Path, artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Two jumps, the second after a cycle that was measured; a year to close the last one."""
    folder = tmp_path_factory.mktemp("measured")
    phase = surrogate(artifact, phase_max_jumps=2, phase_trust_threshold=0.0)
    run = run_case(world, folder, 62, phase=phase)
    assert run.status == 0, run.text
    return run


def test_a_whole_run(measured: Run, tmp_path: Path) -> None:
    text, tree = shown(measured, tmp_path)
    page = " ".join(tree.itertext())
    assert len(tree.findall(".//img")) == 4
    verdict = "The model is at rest" if measured.report["certificate"]["met"] else "Not at rest"
    assert verdict in text
    assert verdict in page
    assert "62 years were integrated in all" in page
    checksum = measured.report["artifact"]["checksum"]
    assert checksum in page
    for element in ("carbon (gC/m2)", "nitrogen (gN/m2)", "phosphorus (gP/m2)"):
        assert element in page


def test_nothing_of_a_real_report_is_left_unread(measured: Run) -> None:
    """What the plugin writes and the reader knows are the same entries."""
    document = measured.report
    model = read_plugin_report(measured.folder / "phase_report.json")
    for key, value in document.items():
        known = set(type(model).model_fields)
        assert key in known
        part = getattr(model, key)
        inside = part if not isinstance(part, list) else part[0] if part else None
        given = value if not isinstance(value, list) else value[0] if value else {}
        if inside is not None and isinstance(given, dict):
            assert set(given) <= set(type(inside).model_fields), key


def test_a_run_that_was_not_measured(jumped: Run, tmp_path: Path) -> None:
    text, tree = shown(jumped, tmp_path)
    assert "Not measured yet" in text
    assert "before a whole cycle" in " ".join(tree.itertext())


def test_a_dry_run(world: Path, artifact: Path, tmp_path: Path) -> None:
    phase = surrogate(artifact, phase_dry_run=True)
    run = run_case(world, tmp_path / "dry", 22, phase=phase)
    text, tree = shown(run, tmp_path / "out")
    assert "A dry run: jumps were predicted" in text
    assert "(dry run)" in " ".join(tree.itertext())
