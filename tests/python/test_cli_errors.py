"""A user's mistakes on the command line end in one clear line and a status that is not zero.

Each row is a command and what its message has to name. Nothing here runs a model.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.cli_common import TRACEBACK
from phase_elm.demo.config import DATA
from phase_elm.programs import last_words, run_minielm
from phase_elm.world import WorldConfig, build_world, write_world

runner = CliRunner()
PREDICT = "predict --restart text.nc --artifact a.pt --parameters text.nc --out o.nc"
FUSE = "fuse --surface world/surfdata.nc --parameters world/clm_params.nc --out o.nc"

ERRORS = [
    # phase world
    ("world --out w --grid 7x5", ["--grid", "7", "evenly"]),
    ("world --out w --grid abc", ["--grid", "4x5", "abc"]),
    ("world --out w --subset none", ["--subset", "heldout", "none"]),
    ("world --out w --grid 90x180 --subset heldout", ["90x180", "finer"]),
    ("world --out text.nc --grid 12x15 --max-cells 1", ["text.nc"]),
    # phase truth, phase compact
    ("truth", ["--world", "--out"]),
    ("truth --world none --out t.nc", ["--world", "none", "domain.nc", "phase world"]),
    ("truth --world world --out t.nc --protocol cold", ["--protocol", "native", "cold"]),
    ("truth --world world --out t.nc --years 50", ["--years", "20 years", "50"]),
    ("truth --world world --out t.nc --years 40 --jumps 3", ["3 jumps", "100", "40"]),
    ("truth --world world --out t.nc --native --years 800", ["--years", "native"]),
    ("truth --world world --out t.nc --max-years 800", ["--max-years", "reference"]),
    (
        "truth --world world --out t.nc --protocol accelerated --accelerated-years 30",
        ["--accelerated-years", "40", "30"],
    ),
    ("truth curve none.nc", ["none.nc", "no such file"]),
    ("truth curve text.nc", ["text.nc", "NetCDF"]),
    ("truth curve world/surfdata.nc", ["surfdata.nc", "no spin-up curve", "--protocol"]),
    ("truth observe --world world --equilibrium none.nc --out o.nc", ["--equilibrium", "none.nc"]),
    (
        "truth observe --world world --equilibrium a.pt --out o.nc --protocol short",
        ["--protocol", "accelerated", "short"],
    ),
    ("truth observe --world world --equilibrium a.pt --out o.nc --samples 2", ["perturb"]),
    ("compact none.nc o.nc", ["none.nc", "no such file"]),
    ("compact text.nc o.nc", ["text.nc", "NetCDF"]),
    ("compact world/surfdata.nc o.nc", ["surfdata.nc", "equilibrium", "phase truth"]),
    # phase train
    ("train none.yaml --part 3/2", ["--part", "K/N", "3/2"]),
    # phase fuse, phase predict
    (f"{FUSE} --restart none.nc --history text.nc", ["none.nc", "restart"]),
    (f"{FUSE} --restart text.nc --history empty", ["empty", "--history"]),
    (f"{FUSE} --restart text.nc --history text.nc", ["text.nc", "NetCDF"]),
    (f"{FUSE} --restart text.nc --history text.nc --protocol x", ["--protocol", "cold", "'x'"]),
    (f"{PREDICT} --observed none.nc", ["none.nc", "phase fuse"]),
    (f"{PREDICT} --observed text.nc", ["text.nc", "NetCDF"]),
    (f"{PREDICT} --observed world/surfdata.nc", ["surfdata.nc", "observed", "phase fuse"]),
    (f"{PREDICT} --observed text.nc --method x", ["--method", "hybrid", "'x'"]),
    # phase train, export, inspect and their like
    ("train none.yaml", ["none.yaml", "no such configuration"]),
    ("train a.pt", ["a.pt", "YAML"]),
    ("train text.nc", ["text.nc", "training configuration"]),
    ("train set.yaml", ["none.nc", "phase truth"]),
    ("check set.yaml", ["none.nc", "phase truth"]),
    ("ablate set.yaml", ["none.nc", "phase truth"]),
    ("export -o o.pt", ["checkpoint", "--steady-state"]),
    ("export none.ckpt -o o.pt", ["none.ckpt", "phase train"]),
    ("export text.nc -o o.pt", ["text.nc", "phase train"]),
    ("export world/surfdata.nc -o o.pt", ["surfdata.nc", "phase train"]),
    ("export --steady-state --horizon -5 -o o.pt", ["horizon", "-5"]),
    ("inspect none.pt", ["none.pt", "phase export"]),
    ("inspect text.nc", ["text.nc", "TorchScript"]),
    ("inspect world/surfdata.nc", ["surfdata.nc", "TorchScript"]),
    ("evaluate --train none.nc --out e", ["none.nc", "phase truth"]),
    ("evaluate --train text.nc --out e", ["text.nc", "NetCDF"]),
    ("evaluate --train text.nc --out e --baseline x", ["--baselines", "ridge", "'x'"]),
    ("evaluate-elm --observed none.nc --reference x=none.nc --out e", ["none.nc"]),
    ("finetune none.ckpt --data text.nc --out o.ckpt", ["none.ckpt", "phase train"]),
    ("finetune text.nc --data text.nc --out o.ckpt", ["text.nc", "phase train"]),
    ("finetune text.nc --data text.nc --out o.ckpt --share 0.5", ["--share", "0.05", "0.5"]),
    # phase report, phase certify, phase demo
    ("report none.json", ["none.json", "phase demo"]),
    ("report text.nc", ["text.nc", "JSON"]),
    ("report list.json", ["list.json", "object", "list"]),
    ("report empty", ["empty", "phase_report.json"]),
    ("report other.json", ["other.json"]),
    ("certify none.nc", ["none.nc", "no such file"]),
    ("certify text.nc", ["text.nc", "netCDF"]),
    ("certify empty", ["empty", "folder", "*.h0.*.nc"]),
    ("certify world/forcing.nc", ["forcing.nc", "time_bounds"]),
    ("demo --out d --device tpu", ["--device", "tpu"]),
    ("demo --out d --artifact none.pt", ["none.pt", "--artifact"]),
    # phase elm
    ("elm install --case none", ["none", "CASEROOT"]),
    ("elm check --case empty", ["empty", "CASEROOT"]),
    ("elm uninstall --case text.nc", ["text.nc", "CASEROOT"]),
    # phase compare, phase minielm
    ("compare --out c --methods x", ["--methods", "native", "'x'"]),
    ("compare --out c --world none", ["--world", "none", "phase world"]),
    ("compare --out c --world world --artifact none.pt", ["--artifact", "none.pt"]),
    ("compare --out c --methods native --years native=30", ["native", "20 years", "30"]),
    ("compare --out c --methods hybrid --years hybrid=30", ["hybrid", "41", "30"]),
    ("compare-elm --reference none --out c", ["--reference", "inputs", "none"]),
    ("minielm check --out c.json --world none", ["--world", "none", "phase world"]),
    ("minielm check --out c.json --world world --mode x", ["--mode", "accelerated", "'x'"]),
    ("minielm check --out c.json --world world --years 0", ["--years", "1", "0"]),
    ("minielm bench --work b --columns 0", ["--columns", "1", "0"]),
    ("minielm bench --work b --years 1", ["--years", "2", "1"]),
    ("minielm cost --work b --years 5", ["--years", "22", "5"]),
    ("minielm cost --work b --artifact none.pt", ["--artifact", "none.pt"]),
]
# The command line itself is wrong: usage and a box, status 2.
MISUSE = [
    ("nonsense", ["nonsense"]),
    ("world", ["--out"]),
    ("world --out w --sead 1", ["--sead"]),
    ("world --out w --max-cells 0", ["--max-cells"]),
    ("demo --years 30", ["--years", "41"]),
    ("demo --ranks 0", ["--ranks"]),
    ("elm install --case empty --set abc", ["--set", "entry=value"]),
    ("compare --out c --years abc", ["--years", "hybrid"]),
    ("certify", ["files"]),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of every wrong kind."""
    place = tmp_path_factory.mktemp("mistakes")
    write_world(build_world(WorldConfig(grid="12x15", max_cells=1)), place / "world")
    (place / "empty").mkdir()
    (place / "text.nc").write_text("hello\n")
    (place / "list.json").write_text("[1, 2]\n")
    (place / "other.json").write_text('{"kind": "phase demo"}\n')
    (place / "set.yaml").write_text("data: [none.nc]\noutput: o\n")
    (place / "a.pt").symlink_to(DATA / "phase_minielm.pt")
    return place


@pytest.mark.parametrize(("command", "told"), ERRORS, ids=[command for command, _ in ERRORS])
def test_a_mistake_is_told_in_one_line(command, told, folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.delenv(TRACEBACK, raising=False)
    found = runner.invoke(app, shlex.split(command))
    assert isinstance(found.exception, SystemExit), repr(found.exception)
    assert found.exit_code == 1
    lines = found.stderr.strip().splitlines()
    assert len(lines) == 1, found.stderr
    assert lines[0].startswith("phase: ")
    assert [word for word in told if word not in lines[0]] == [], lines[0]
    assert "Value error" not in lines[0]


@pytest.mark.parametrize(("command", "told"), MISUSE, ids=[command for command, _ in MISUSE])
def test_a_misused_command_shows_its_usage(command, told, folder, monkeypatch):
    monkeypatch.chdir(folder)
    found = runner.invoke(app, shlex.split(command))
    assert found.exit_code == 2
    assert isinstance(found.exception, SystemExit)
    assert "Usage" in found.output
    assert [word for word in told if word not in found.output] == []


def test_the_traceback_is_there_for_who_asks(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.setenv(TRACEBACK, "1")
    found = runner.invoke(app, ["inspect", "none.pt"])
    assert isinstance(found.exception, ValueError)


def test_brackets_of_a_message_are_shown(folder, monkeypatch):
    monkeypatch.chdir(folder)
    found = runner.invoke(app, ["inspect", "a[/b]c.pt"])
    assert found.exit_code == 1
    assert "a[/b]c.pt" in found.stderr


def test_a_netcdf_file_in_the_place_of_a_report_is_named(folder, monkeypatch):
    monkeypatch.chdir(folder)
    found = runner.invoke(app, ["report", "world/surfdata.nc"])
    assert found.exit_code == 1
    assert "surfdata.nc" in found.stderr


def test_last_words_are_those_of_the_program(tmp_path):
    log = tmp_path / "log"
    log.write_text("minielm: of an earlier run\n")
    begin = log.stat().st_size
    with log.open("a") as file:
        file.write(" year 1\nminielm: 'x.nc' has no TBOT\n---\nMPI_ABORT was invoked\n")
        file.write("minielm: 'x.nc' has no TBOT\n")
    assert last_words(log, begin) == "'x.nc' has no TBOT"
    log.write_text("one\ntwo\n")
    assert last_words(log).splitlines()[1:] == ["one", "two"]
    assert "no reason" in last_words(tmp_path / "none")


def test_minielm_runs_in_the_folder_of_its_namelist(tmp_path, monkeypatch):
    program = tmp_path / "fortran" / "minielm" / "minielm"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho year 1\ncat "$1" >&2\n! grep -q minielm: "$1"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PHASE_BUILD_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    lnd_in = Path("run") / "lnd_in"
    lnd_in.parent.mkdir()
    lnd_in.write_text("&elm_inparm /\n")
    log = run_minielm(lnd_in)
    assert log == lnd_in.with_name("run.log")
    assert log.read_text().splitlines() == ["year 1", "&elm_inparm /"]
    lnd_in.write_text("minielm: 'x.nc' has no TBOT\n")
    with pytest.raises(RuntimeError, match=r"status 1: 'x\.nc' has no TBOT \(log: run/run\.log\)"):
        run_minielm(lnd_in)
