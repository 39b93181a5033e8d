"""The command: help of every verb, and verbs that need no compiled program."""

from __future__ import annotations

import subprocess
import sys

import pytest
from report_examples import example_report
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.report.document import write_report

runner = CliRunner()
ALONE = (
    *("world", "truth", "compact", "fuse", "train", "check", "ablate", "export", "inspect"),
    *("predict", "evaluate", "evaluate-elm", "finetune", "report", "certify", "demo"),
    *("compare", "compare-elm"),
)
GROUPS = {
    "elm": ("install", "check", "uninstall"),
    "truth": ("curve", "observe"),
    "minielm": ("check", "bench", "cost"),
}
EVERY = [[verb] for verb in ALONE]
EVERY += [[group, verb] for group, verbs in GROUPS.items() for verb in verbs]


@pytest.mark.parametrize("verb", EVERY, ids=" ".join)
def test_every_verb_has_help(verb):
    found = runner.invoke(app, [*verb, "--help"])
    assert found.exit_code == 0
    assert "Usage" in found.output


def test_no_verb_shows_the_list():
    found = runner.invoke(app, [])
    assert [verb for verb in EVERY if verb[0] not in found.output] == []


def test_help_does_not_wait_for_what_the_verbs_need():
    heavy = ("torch", "scipy", "xarray", "netCDF4", "matplotlib", "mpi4py", "numpy")
    code = f"import sys, phase_elm.cli; print(sorted(set({heavy}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_world_writes_five_files(tmp_path):
    arguments = ["world", "--grid", "12x15", "--max-cells", "3", "--out", str(tmp_path / "w")]
    found = runner.invoke(app, arguments)
    assert found.exit_code == 0, found.output
    assert len(list((tmp_path / "w").glob("*.nc"))) == 5
    assert "3 (" in found.output


def test_report_is_made_again(tmp_path):
    path = write_report(example_report(), tmp_path / "report.json")
    found = runner.invoke(app, ["report", str(path)])
    assert found.exit_code == 0, found.output
    assert (tmp_path / "drift_map.png").is_file()
    assert "criterion" in found.output
