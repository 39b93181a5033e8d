"""`phase elm install --namelist user_nl`: entries of the plugin in user_nl_elm."""

from __future__ import annotations

import os
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from elm_case import CONTROL, DEFINITION, USER_NL, pretend

from phase_elm.install import InstallError, blocks, fortran_sources, hooks, plan_uninstall
from phase_elm.install.namelist import (
    NamelistError,
    changed,
    checked,
    entries,
    parsed,
    unquoted,
)
from phase_elm.install.user_nl import control_hook, definition

KNOWN = entries(fortran_sources()["phase_config_mod.F90"])


@pytest.fixture
def case(tmp_path):
    return pretend(tmp_path)


def user_nl(case, **options):
    return case.plan(namelist="user_nl", edit_e3sm=True, **options)


def test_entries_are_those_of_the_fortran_source():
    text = fortran_sources()["phase_config_mod.F90"].read_text()
    known = text[text.index("known(*)") : text.index("contains\n\n  subroutine phase_config_read")]
    assert [f"'{name}'" in known for name in KNOWN] == [True] * len(KNOWN)
    assert known.count("'") == 2 * len(KNOWN)
    assert KNOWN["phase_observe_years"].kind == "integer"
    assert KNOWN["phase_model_file"].length == "1024"
    assert KNOWN["phase_crit_area"].kind == "real"


def test_checkout_is_not_touched_without_leave(case):
    before = case.tree()
    with pytest.raises(InstallError, match="--edit-e3sm"):
        case.plan(namelist="user_nl")
    assert case.tree() == before


def test_entries_go_through_definition_and_control(case):
    user_nl(case, settings={"phase_chunk": "64"}).commit()
    entered = parsed((case.case / "user_nl_elm").read_text())
    assert entered["use_phase_spinup"] == ".true."
    assert entered["phase_chunk"] == "64"
    assert (case.case / "user_nl_elm").read_text().startswith(USER_NL)
    defined = {entry.get("id"): entry for entry in ElementTree.parse(case.definition).iter("entry")}
    assert set(KNOWN) | {"nu_com"} == set(defined)
    assert {defined[name].get("group") for name in KNOWN} == {"elm_inparm"}
    assert defined["phase_device"].get("type") == "char*32"
    control = (case.mods / "controlMod.F90").read_text()
    for name in KNOWN:
        assert control.count(name) >= 2, name
    assert blocks.without(control) == CONTROL
    assert not (case.rundir / "phase_in").exists()


def test_no_trace_and_twice_is_once(case):
    before = case.tree()
    user_nl(case, set_budget=True).commit()
    once = case.tree()
    again = user_nl(case, set_budget=True)
    assert again.steps() == []
    again.commit()
    assert case.tree() == once
    plan_uninstall(case.case).commit()
    assert case.tree() == before


def test_definition_stays_as_long_as_a_case_needs_it(case):
    user_nl(case).commit()
    other = case.root / "other"
    shutil.copytree(case.case, other)
    (other / "SourceMods" / "src.elm" / "phase_elm_manifest.json").unlink()
    user_nl(case, caseroot=other, force=True).commit()
    plan_uninstall(case.case).commit()
    assert "phase_model_file" in case.definition.read_text()
    assert str(case.case) + " " not in case.definition.read_text()
    plan_uninstall(other).commit()
    assert case.definition.read_text() == DEFINITION


def test_change_of_place_moves_the_entries(case):
    before = case.tree()
    case.plan().commit()
    user_nl(case).commit()
    assert not (case.rundir / "phase_in").exists()
    case.plan().commit()
    assert (case.rundir / "phase_in").is_file()
    assert (case.case / "user_nl_elm").read_text() == USER_NL
    assert case.definition.read_text() == DEFINITION
    plan_uninstall(case.case).commit()
    assert case.tree() == before


def test_users_own_phase_in_would_win_and_is_refused(case):
    case.rundir.mkdir(parents=True)
    (case.rundir / "phase_in").write_text("&phase_inparm\n/\n")
    with pytest.raises(InstallError, match="would win"):
        user_nl(case)


def test_entries_the_user_wrote_are_left_to_the_user(case):
    path = case.case / "user_nl_elm"
    path.write_text(USER_NL + "use_phase_spinup = .false.\nphase_chunk = 8\n")
    user_nl(case, settings={"phase_device": "cpu"}).commit()
    text = path.read_text()
    assert text.count("use_phase_spinup") == 1
    assert "phase_device = 'cpu'" in text
    with pytest.raises(InstallError, match="phase_chunk itself"):
        user_nl(case, settings={"phase_chunk": "9"})


def test_edits_in_the_block_are_kept_and_named(case):
    user_nl(case).commit()
    path = case.case / "user_nl_elm"
    path.write_text(path.read_text().replace("phase_max_jumps = 2", "phase_max_jumps = 5"))
    assert user_nl(case).steps() == []
    user_nl(case, settings={"phase_chunk": "9"}).commit()
    assert parsed(path.read_text())["phase_max_jumps"] == "5"
    with pytest.raises(InstallError, match="block was edited"):
        plan_uninstall(case.case)
    plan_uninstall(case.case, force=True).commit()
    assert path.read_text() == USER_NL


def test_instances_get_their_own_block(case):
    case.set_pes(NINST="2")
    (case.case / "user_nl_elm").unlink()
    for number in (1, 2):
        (case.case / f"user_nl_elm_{number:04d}").write_text(USER_NL)
    user_nl(case).commit()
    for number in (1, 2):
        assert "use_phase_spinup" in (case.case / f"user_nl_elm_{number:04d}").read_text()


@pytest.mark.parametrize(
    ("own", "asked"),
    [
        ("", True),
        ("do_budgets = .false.\n", False),
        ("budget_ltann = 0\n", False),
        ("do_budgets = .true.\n", True),
    ],
)
def test_budget_line_is_written_where_needed(case, own, asked):
    path = case.case / "user_nl_elm"
    path.write_text(own)
    case.plan(set_budget=True).commit()
    assert (path.read_text() != own) == asked
    assert ("budget_ltann = 0" in path.read_text()) == (asked or "ltann" in own)


def test_budget_of_the_users_is_not_doubled(case):
    (case.case / "user_nl_elm").write_text("budget_ltann = 1\n")
    with pytest.raises(InstallError, match="budget_ltann itself"):
        case.plan(set_budget=True)


@pytest.mark.parametrize(
    ("name", "value", "literal"),
    [
        ("phase_model_file", "/a/it's.pt", "'/a/it''s.pt'"),
        ("phase_device", "'cpu'", "'cpu'"),
        ("phase_dry_run", "T", ".true."),
        ("PHASE_DRY_RUN", ".False.", ".false."),
        ("phase_crit_area", "9.5e-1", "9.5e-1"),
        ("phase_chunk", "-1", "-1"),
    ],
)
def test_values_become_literals(name, value, literal):
    assert checked({name: value}, KNOWN) == {name.lower(): literal}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"phase_maxjumps": "1"}, "phase_max_jumps"),
        ({"phase_chunk": "many"}, "integer"),
        ({"phase_dry_run": "perhaps"}, "logical"),
        ({"phase_crit_area": "1,0"}, "real"),
    ],
)
def test_wrong_settings_are_named(settings, told):
    with pytest.raises(NamelistError, match=told):
        checked(settings, KNOWN)


def test_namelist_text_is_read():
    text = """
    &elm_inparm ! group
      Finidat = '/a/b=c!d' , fsurdat='x' ! comment with y = 2
      hist_fincl1 = 'A','B',
                    'C'
      dtime = 1800 /
    &next
     z(1) = 3
    /
    """
    found = parsed(text)
    assert unquoted(found["finidat"]) == "/a/b=c!d"
    assert unquoted(found["fsurdat"]) == "x"
    assert "".join(found["hist_fincl1"].split()) == "'A','B','C'"
    assert found["dtime"] == "1800"
    assert found["z"] == "3"
    assert "y" not in found


def test_namelist_text_is_changed_in_place():
    text = "&phase_inparm\n  phase_chunk = 5 ! mine\n/\n"
    assert changed(text, {"phase_chunk": "6"}).splitlines()[1] == "  phase_chunk = 6"
    assert "phase_max_jumps = 2\n/\n" in changed(text, {"phase_max_jumps": "2"})


@pytest.mark.skipif("E3SM_ROOT" not in os.environ, reason="E3SM_ROOT names no checkout")
def test_real_definition_and_control_take_the_entries():
    elm = Path(os.environ["E3SM_ROOT"]) / "components" / "elm"
    text = (elm / "bld" / "namelist_files" / "namelist_definition.xml").read_text()
    new = definition(text, KNOWN.values(), ["/a/case"])
    ids = [entry.get("id") for entry in ElementTree.fromstring(new).iter("entry")]
    assert set(KNOWN) <= set(ids)
    assert blocks.without(new) == text
    hook = control_hook(KNOWN.values())
    source = (elm / "src" / hook.path).read_text()
    assert hooks.problems(source, hook) == []
