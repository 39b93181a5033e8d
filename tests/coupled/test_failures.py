"""Whatever is wrong at start-up ends the run with a message that says what, and leaves no harm."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import netCDF4
import pytest
import torch
from support import CASE, Run, run_case, start, surrogate, write_growth_artifact

from phase_elm.programs import find_program
from phase_elm.schema import load_schema
from phase_elm.world.namelist import ElmNamelist, group_text

pytestmark = pytest.mark.compiled


def fingerprint(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def assert_refused(run: Run, *words: str) -> None:
    assert run.status != 0, run.text
    for word in words:
        assert word in run.text, f"no '{word}' in:\n{run.text}"
    left = [path.name for path in run.folder.iterdir() if path.name.startswith(CASE)]
    assert not left, f"a refused run left {left}"


# ---------------------------------------------------------------- the plugin and its artifact


def test_artifact_is_missing(world: Path, tmp_path: Path) -> None:
    before = fingerprint(world)
    run = run_case(world, tmp_path, 1, phase=surrogate(tmp_path / "no_such.pt"))
    assert_refused(run, "no_such.pt")
    assert fingerprint(world) == before, "the host's files are as they were"


def test_artifact_is_no_artifact(world: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pt"
    bad.write_text("not an archive")
    assert_refused(run_case(world, tmp_path, 1, phase=surrogate(bad)), "bad.pt")


def test_artifact_has_no_schema(world: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.pt"
    torch.jit.save(torch.jit.script(torch.nn.Identity()), str(bare))
    assert_refused(
        run_case(world, tmp_path, 1, phase=surrogate(bare)), "bare.pt", "phase_schema.json"
    )


def test_artifact_wants_what_the_host_lacks(world: Path, tmp_path: Path) -> None:
    inputs = [dict(entry) for entry in artifact_schema()["inputs"]]
    inputs[3]["name"] = "snowfall_on_mars"
    other = write_growth_artifact(tmp_path / "other.pt", inputs=inputs)
    assert_refused(run_case(world, tmp_path, 1, phase=surrogate(other)), "snowfall_on_mars")


def test_artifact_of_other_units(world: Path, tmp_path: Path) -> None:
    inputs = [dict(entry) for entry in artifact_schema()["inputs"]]
    leafc = next(entry for entry in inputs if entry["name"] == "leafc")
    leafc["units"] = "kgC/m2"
    other = write_growth_artifact(tmp_path / "other.pt", inputs=inputs)
    assert_refused(run_case(world, tmp_path, 1, phase=surrogate(other)), "leafc", "kgC/m2", "gC/m2")


@pytest.mark.parametrize(
    ("entry", "value", "words"),
    [
        ("protocols", ["hot"], ("protocol", "hot", "phase_allow_protocol_mismatch")),
        ("nu_com", "ECA", ("nu_com", "ECA", "RD")),
        ("pool_space", "accelerated", ("pool_space", "accelerated", "normal")),
        ("decomp_cascade", "CENTURY", ("decomp_cascade", "CENTURY", "CTC")),
        ("observe_years", 10, ("observe_years", "10", "20")),
    ],
)
def test_artifact_for_another_host(
    entry: str, value: object, words: tuple[str, ...], world: Path, tmp_path: Path
) -> None:
    other = write_growth_artifact(tmp_path / "other.pt", **{entry: value})
    assert_refused(run_case(world, tmp_path, 1, phase=surrogate(other)), *words)


@pytest.mark.parametrize("supply", ["suplnitro", "suplphos"])
def test_supply_the_artifact_was_not_trained_for(
    supply: str, world: Path, artifact: Path, tmp_path: Path
) -> None:
    run = run_case(world, tmp_path, 1, phase=surrogate(artifact), **{supply: "ALL"})
    assert_refused(run, f"{supply}: the artifact was trained for 'NONE'", "'ALL'")


def test_supply_the_artifact_was_trained_for(world: Path, tmp_path: Path) -> None:
    other = write_growth_artifact(tmp_path / "other.pt", suplnitro="ALL")
    run = run_case(world, tmp_path, 1, phase=surrogate(other), suplnitro="ALL")
    assert run.status == 0, run.text


def test_format_of_the_future(world: Path, tmp_path: Path) -> None:
    other = write_growth_artifact(tmp_path / "other.pt", format_version=99)
    assert_refused(run_case(world, tmp_path, 1, phase=surrogate(other)), "99")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_gpu_that_is_not_there(world: Path, artifact: Path, tmp_path: Path) -> None:
    run = run_case(world, tmp_path, 1, phase=surrogate(artifact, phase_device="cuda"))
    assert_refused(run, "cuda")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("phase_observe_yaers = 20", ("phase_observe_yaers",)),
        ("phase_observe_years = 0", ("phase_observe_years", "0")),
        ("phase_device = 'tpu'", ("device", "tpu")),
        ("phase_method = 'magic'", ("phase_method", "magic")),
    ],
)
def test_namelist_of_the_plugin(
    line: str, words: tuple[str, ...], world: Path, artifact: Path, tmp_path: Path
) -> None:
    elm = group_text("elm_inparm", ElmNamelist.for_world(world, caseid=CASE))
    (tmp_path / "lnd_in").write_text(
        f"{elm}\n&phase_inparm\n  use_phase_spinup = .true.\n"
        f"  phase_model_file = '{artifact}'\n  {line}\n/\n"
    )
    assert_refused(start([find_program("minielm"), "lnd_in"], tmp_path), *words)


@pytest.mark.mpi
def test_failure_ends_all_ranks(world: Path, tmp_path: Path) -> None:
    run = run_case(world, tmp_path, 1, ranks=2, phase=surrogate(tmp_path / "no_such.pt"))
    assert_refused(run, "no_such.pt", "rank 0")


def artifact_schema() -> dict:
    return load_schema().artifact(
        name="growth", checksum="", created="2026-01-01", trust_threshold=0.0, provenance={}
    )


# ---------------------------------------------------------------- the model itself


def test_no_namelist(tmp_path: Path) -> None:
    assert_refused(start([find_program("minielm"), "no_such_file"], tmp_path), "no_such_file")


def test_namelist_without_group(tmp_path: Path) -> None:
    (tmp_path / "lnd_in").write_text("&something_else\n/\n")
    assert_refused(start([find_program("minielm"), "lnd_in"], tmp_path), "elm_inparm")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nyears_supply = 3", ("nyears_supply",)),
        ("nu_com = 'ECA'", ("nu_com", "ECA")),
        ("use_century_decomp = .true.", ("use_century_decomp",)),
        ("spinup_state = 7", ("spinup_state", "7")),
        ("suplnitro = 'SOME'", ("suplnitro", "SOME")),
        ("hist_nhtfrq = 'hour'", ("hist_nhtfrq", "hour")),
        ("stop_n = 0", ("stop_n",)),
        ("finidat = 'no_restart.nc'", ("no_restart.nc",)),
        ("fmet = 'no_weather.nc'", ("no_weather.nc",)),
        ("fsurdat = ' '", ("fsurdat",)),
        ("rundir = 'no/such/folder'", ("no/such/folder",)),
    ],
)
def test_namelist_of_the_model(
    line: str, words: tuple[str, ...], world: Path, tmp_path: Path
) -> None:
    elm = group_text("elm_inparm", ElmNamelist.for_world(world, caseid=CASE))
    (tmp_path / "lnd_in").write_text(elm.replace("\n/\n", f"\n  {line}\n/\n"))
    assert_refused(start([find_program("minielm"), "lnd_in"], tmp_path), *words)


def test_restart_of_another_world(world: Path, plain: Run, tmp_path: Path) -> None:
    from phase_elm.world import WorldConfig, build_world, write_world

    write_world(build_world(WorldConfig(grid="4x5", seed=3, max_cells=5)), tmp_path / "small")
    run = run_case(tmp_path / "small", tmp_path, 1, finidat=str(plain.restart(26)))
    assert_refused(run, str(plain.restart(26)), "5", "8")


def test_surface_file_without_a_variable(world: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.nc"
    with netCDF4.Dataset(world / "surfdata.nc") as source, netCDF4.Dataset(broken, "w") as copy:
        for name, dimension in source.dimensions.items():
            copy.createDimension(name, len(dimension))
        for name, variable in source.variables.items():
            if name != "LABILE_P":
                copy.createVariable(name, variable.dtype, variable.dimensions)[...] = variable[...]
    run = run_case(world, tmp_path, 1, fsurdat=str(broken))
    assert_refused(run, "broken.nc", "LABILE_P")


def test_the_cases_above_have_one_mistake(world: Path, artifact: Path, tmp_path: Path) -> None:
    """The cases without their mistake run."""
    run = run_case(world, tmp_path, 1, phase=surrogate(artifact))
    assert run.status == 0, run.text
    assert json.loads((tmp_path / "phase_report.json").read_text())
