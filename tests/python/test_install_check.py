"""`phase elm check` on a case of our own making: what is wrong, in words."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from elm_case import ENV, MACROS, USER_NL, pretend
from typer.testing import CliRunner

import phase_elm
from phase_elm.cli import app
from phase_elm.install import find_bridge, fortran_sources
from phase_elm.install.check import check, check_library, why_not_loaded
from phase_elm.install.check_case import check_settings
from phase_elm.install.findings import Findings
from phase_elm.install.parts import Bridge
from phase_elm.install.settings import Settings

ARTIFACT = Path(phase_elm.__file__).parent / "data" / "phase_steady_state.pt"
OPTIONS = ENV["env_run.xml"]["ELM_BLDNML_OPTS"]


@pytest.fixture
def case(tmp_path, monkeypatch):
    """An installed case with which nothing is wrong but that its bridge is no library."""
    monkeypatch.setattr("phase_elm.install.check.check_library", lambda bridge, found: None)
    made = pretend(tmp_path)
    made.bridge.library.parent.mkdir()
    made.bridge.library.write_text("no library")
    with (made.case / "user_nl_elm").open("a") as file:
        file.write("finidat = '/some/restart.nc'\n")
    made.plan(artifact=ARTIFACT, settings={"phase_method": "steady_state"}).commit()
    return made


def looked(case) -> Findings:
    return check(case.case, case.e3sm, case.bridge, fortran_sources())


def test_sound_case_has_no_errors(case):
    found = looked(case)
    assert found.errors == []
    assert found.warnings == []
    assert any("fits the case (short_accelerated)" in finding.text for finding in found.all)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("use_cn = .false.", "use_cn"),
        ("use_vertsoilc = .false.", "one layer"),
        ("use_fates = .true.", "FATES"),
        ("use_betr = .TRUE.", "BeTR"),
        ("use_pflotran = .true.", "use_pflotran"),
        ("use_elm_interface = T", "use_elm_interface"),
        ("use_crop = .true.", "prognostic crops"),
        ("flanduse_timeseries = '/in/landuse.nc'", "/in/landuse.nc"),
        ("do_transient_pfts = .true.", "land use"),
        ("do_harvest = .true.", "do_harvest"),
        ("use_c13 = .true.", "isotope"),
        ("use_c14 = .true.", "isotope"),
        ("ECA_Pconst_RGspin = .true.", "ECA_Pconst_RGspin"),
        ("do_budgets = .true.", "budget_ltann = 0"),
        ("nu_com = 'ECA'", "nu_com: the artifact was made for RD, the case has ECA"),
        ("use_century_decomp = .true.", "CENTURY"),
        ("more_vertlayers = .true.", "soil layers: the artifact was made for 10, the case has 23"),
        ("maxpatch_pft = 25", "PFTs: the artifact was made for 17, the case has 25"),
        ("suplphos = 'ALL'", "suplphos = 'ALL'"),
        ("suplnitro = 'ALL'", "suplnitro = 'ALL'"),
        ("phase_chunk = 1", "build-namelist refuses"),
    ],
)
def test_setting_that_does_not_go_is_named(case, line, told):
    with (case.case / "user_nl_elm").open("a") as file:
        file.write(line + "\n")
    assert any(told in text for text in looked(case).errors)


def test_budgets_are_fine_with_the_all_time_one_off(case):
    with (case.case / "user_nl_elm").open("a") as file:
        file.write("do_budgets = .true.\nbudget_ltann = 0\n")
    assert looked(case).errors == []


def test_lnd_in_is_read_and_the_users_last_word_wins(case):
    (case.rundir / "lnd_in").write_text(
        "&elm_inparm\n use_cn = .true.\n use_vertsoilc = .true.\n do_budgets = .true.\n"
        " use_dynroot = .true.\n flanduse_timeseries = '/in/old.nc'\n/\n"
    )
    found = looked(case)
    assert any("/in/old.nc" in text for text in found.errors)
    assert not any("budget" in text for text in found.errors)
    assert any("use_dynroot" in text for text in found.warnings)


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"ELM_BLDNML_OPTS": "-bgc fates"}, "FATES"),
        ({"ELM_BLDNML_OPTS": OPTIONS + " -crop"}, "prognostic crops"),
        ({"ELM_BLDNML_OPTS": OPTIONS.replace("rd", "eca")}, "nu_com"),
        ({"ELM_BLDNML_OPTS": OPTIONS.replace("ctc", "century")}, "cascade"),
        ({"ELM_BLDNML_OPTS": OPTIONS.replace("cnp", "c")}, "suplnitro"),
        ({"ELM_BLDNML_OPTS": OPTIONS + " -betr_mode on"}, "BeTR"),
        ({"ELM_NML_USE_CASE": "20thC_transient"}, "20thC_transient"),
        ({"MPILIB": "mpi-serial"}, "mpi-serial"),
        ({"COMP_IAC": "gcam"}, "gcam"),
        ({"SRCROOT": "/another/e3sm"}, "/another/e3sm"),
        ({"CONTINUE_RUN": "TRUE"}, "rpointer.lnd"),
    ],
)
def test_variable_of_the_case_that_does_not_go_is_named(case, variables, told):
    case.set_env(**variables)
    assert any(told in text for text in looked(case).errors)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda case: case.set_pes(NTHRDS="4"), "NTHRDS_LND = 4"),
        (lambda case: case.set_env(COMPILER="intel"), "intel"),
        (lambda case: case.set_env(COMP_INTERFACE="moab"), "moab"),
        (lambda case: case.set_env(STOP_OPTION="nyears", STOP_N="10"), "year 21"),
        (lambda case: case.set_env(STOP_OPTION="nyears", STOP_N="15", RESUBMIT="1"), "30 years"),
        (lambda case: (case.case / "user_nl_elm").write_text(USER_NL), "cold start"),
        (
            lambda case: case.set_env(ELM_BLDNML_OPTS=OPTIONS + " -bgc_spinup on"),
            "nyears_ad_carbon_only",
        ),
    ],
)
def test_doubtful_things_are_warnings(case, change, told):
    change(case)
    found = looked(case)
    assert found.errors == []
    assert any(told in text for text in found.warnings)


def test_plugin_state_of_a_continued_run_is_looked_for(case):
    case.set_env(CONTINUE_RUN="TRUE")
    (case.rundir / "rpointer.lnd").write_text("./pretended.elm.r.0011-01-01-00000.nc\n")
    assert any("pretended.phase.r.0011-01-01-00000.nc" in text for text in looked(case).errors)
    (case.rundir / "pretended.phase.r.0011-01-01-00000.nc").write_text("")
    assert looked(case).errors == []


def test_missing_anchor_names_the_expected_version(case):
    path = case.source / "elm_driver.F90"
    path.write_text(path.read_text().replace("get_curr_calday", "another_function"))
    errors = looked(case).errors
    assert any("75e17cce25" in text and "jday_mod" in text for text in errors)
    assert any("changed since the installation" in text for text in errors)


def test_reset_macros_lost_blocks_and_lost_files_are_named(case):
    (case.case / "cmake_macros" / "universal.cmake").write_text(MACROS)
    (case.mods / "phase_kinds_mod.F90").unlink()
    (case.rundir / "phase_in").unlink()
    errors = "\n".join(looked(case).errors)
    assert "do not define PHASE_SURROGATE" in errors
    assert "phase_kinds_mod.F90 is gone" in errors
    assert "phase_in is not there" in errors


def test_lost_bridge_is_named(case):
    case.bridge.library.unlink()
    assert any("which is gone" in text for text in looked(case).errors)


def test_no_installation_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("phase_elm.install.check.check_library", lambda bridge, found: None)
    assert any("not installed" in text for text in looked(pretend(tmp_path)).errors)


def test_entry_of_phase_in_that_is_none_is_named(case):
    path = case.rundir / "phase_in"
    path.write_text(path.read_text().replace("phase_max_jumps", "phase_max_jump"))
    assert any("did you mean phase_max_jumps" in text for text in looked(case).errors)


def test_old_lnd_in_of_another_place_does_not_matter(case):
    (case.rundir / "lnd_in").write_text(
        "&elm_inparm\n use_cn = .true.\n use_vertsoilc = .true.\n phase_chunk = 5\n/\n"
    )
    assert looked(case).errors == []


def test_switched_off_is_a_warning(case):
    path = case.rundir / "phase_in"
    path.write_text(path.read_text().replace(".true.", ".false."))
    found = looked(case)
    assert found.errors == []
    assert any("not on" in text for text in found.warnings)


def test_artifact_that_is_gone_changed_or_none_is_named(case, tmp_path):
    copy = tmp_path / "copy.pt"
    path = case.rundir / "phase_in"
    path.write_text(path.read_text().replace(str(ARTIFACT), str(copy)))
    assert any(f"{copy} is not there" in text for text in looked(case).errors)
    copy.write_text("no archive")
    assert any("is no artifact" in text for text in looked(case).errors)
    with zipfile.ZipFile(ARTIFACT) as old, zipfile.ZipFile(copy, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename.endswith("phase_schema.json"):
                schema = json.loads(content)
                schema["checksum"] = "0" * 64
                content = json.dumps(schema).encode()
            new.writestr(item, content)
    assert any("checksum does not hold" in text for text in looked(case).errors)


def test_every_refusal_has_words_of_its_own():
    found = Findings()
    entries = (
        "use_fates use_betr use_pflotran use_crop do_harvest use_c13 eca_pconst_rgspin do_budgets"
    )
    values = dict.fromkeys(entries.split(), ".true.")
    check_settings(Settings(values | {"budget_ltann": "1"}, "a test"), found)
    assert len(found.errors) == len(set(found.errors)) == 10


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("libtorch_cpu.so: cannot open shared object file: No such file", "libtorch not found"),
        ("x.so: undefined symbol: _ZN3c105ErrorC1E", "_GLIBCXX_USE_CXX11_ABI"),
        ("x.so: version `GLIBCXX_3.4.32' not found", "newer compiler"),
        ("x.so: invalid ELF header", "does not load"),
    ],
)
def test_why_a_library_does_not_load_is_told(message, told):
    assert told in why_not_loaded(Path("lib.so"), "OSError: " + message)


def test_file_that_is_no_library_is_named(tmp_path):
    path = tmp_path / "libphase_bridge.so"
    path.write_text("no library")
    found = Findings()
    check_library(Bridge(path, tmp_path), found)
    assert any("does not load" in text for text in found.errors)


@pytest.mark.compiled
def test_bridge_of_the_build_loads_with_its_libtorch():
    bridge = find_bridge()
    assert bridge.torch is not None
    found = Findings()
    check_library(bridge, found)
    assert found.errors == []


@pytest.mark.compiled
def test_commands_work_together(tmp_path):
    """Dry run, install, check, uninstall as a user types them."""
    made = pretend(tmp_path)
    before = made.tree()
    runner = CliRunner()
    at = ["--case", str(made.case)]
    install = ["elm", "install", *at, "--e3sm", str(made.e3sm), "--set", "phase_chunk=64"]
    told = runner.invoke(app, [*install, "--dry-run"])
    assert told.exit_code == 0, told.output
    assert made.tree() == before
    assert runner.invoke(app, install).exit_code == 0
    assert "0 files changed" in runner.invoke(app, install).output
    checked = runner.invoke(app, ["elm", "check", *at])
    assert checked.exit_code == 0, checked.output
    assert "0 errors" in checked.output
    (made.case / "user_nl_elm").write_text("use_fates = .true.\n")
    assert runner.invoke(app, ["elm", "check", *at]).exit_code == 1
    (made.case / "user_nl_elm").write_text(USER_NL)
    assert runner.invoke(app, ["elm", "uninstall", *at]).exit_code == 0
    assert made.tree() == before
    assert runner.invoke(app, install).exit_code == 0
    assert runner.invoke(app, [*install, "--uninstall"]).exit_code == 0
    assert made.tree() == before


def test_wrong_folder_is_named(tmp_path):
    told = CliRunner().invoke(app, ["elm", "check", "--case", str(tmp_path)])
    assert told.exit_code == 1
    assert "env_case.xml" in told.output


@pytest.mark.skipif("E3SM_ROOT" not in os.environ, reason="E3SM_ROOT names no checkout")
def test_real_checkout_passes(case):
    shutil.rmtree(case.e3sm)
    case.e3sm.symlink_to(os.environ["E3SM_ROOT"])
    assert not any("expected the line" in text for text in looked(case).errors)
