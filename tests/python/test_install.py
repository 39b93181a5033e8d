"""`phase elm install` and `uninstall` on a checkout and a case of our own making."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest
from elm_case import DRIVER, MACROS, pretend

from phase_elm.install import InstallError, blocks, hooks, plan_uninstall
from phase_elm.install.changes import Changes
from phase_elm.install.manifest import Manifest
from phase_elm.install.namelist import parsed


@pytest.fixture
def case(tmp_path):
    return pretend(tmp_path)


def test_install_then_uninstall_leaves_no_trace(case):
    before = case.tree()
    case.plan(set_budget=True).commit()
    assert case.tree() != before
    plan_uninstall(case.case).commit()
    assert case.tree() == before


def test_second_install_changes_nothing(case):
    case.plan(settings={"phase_max_jumps": "3"}).commit()
    once = case.tree()
    again = case.plan(settings={"phase_max_jumps": "3"})
    assert again.steps() == []
    again.commit()
    assert case.tree() == once


def test_plan_alone_changes_nothing(case):
    before = case.tree()
    assert case.plan().steps()
    assert case.tree() == before


def test_adapter_is_elms_not_minielms(case):
    case.plan().commit()
    site = (case.mods / "elm_phase_site_mod.F90").read_text()
    assert "shr_kind_mod" in site
    assert "inst_suffix" in site
    assert (case.mods / "phase_spinup_mod.F90").is_file()
    assert not list(case.mods.glob("*/"))


def test_calls_stand_where_they_belong(case):
    case.plan().commit()
    lines = (case.mods / "elm_driver.F90").read_text().splitlines()
    (call,) = [k for k, line in enumerate(lines) if "call phase_driver(" in line]
    (balance,) = [k for k, line in enumerate(lines) if "call BeginGridCBalance" in line]
    (bounds,) = [k for k, line in enumerate(lines) if "call get_proc_bounds" in line]
    assert bounds < call < balance
    assert lines[call - 1] == "#ifdef PHASE_SURROGATE"
    assert lines[call + 1] == "#endif"
    restart = [k for k, line in enumerate(lines) if "call phase_driver_restart_write" in line]
    wrest = [k for k, line in enumerate(lines) if "t_stopf('elm_drv_io_wrest')" in line]
    assert restart[0] < wrest[0]
    assert "call phase_driver_final" in (case.mods / "elm_finalizeMod.F90").read_text()
    assert blocks.without("\n".join(lines) + "\n") == DRIVER


def test_macros_are_guarded_to_elm_and_the_executable(case):
    case.plan().commit()
    text = (case.case / "cmake_macros" / "universal.cmake").read_text()
    assert text.startswith(MACROS)
    elm, _, cpl = text.partition('elseif (COMP_NAME STREQUAL "cpl")')
    assert "-DPHASE_SURROGATE" in elm
    assert "USER_INCLDIR" in elm
    for name in ("CMAKE_Fortran_STANDARD_LIBRARIES", "CMAKE_CXX_STANDARD_LIBRARIES"):
        assert name in cpl
    assert f"-Wl,-rpath,{case.bridge.torch}" in cpl


def test_phase_in_lies_in_the_run_folder(case):
    case.plan(settings={"phase_observe_years": "10", "phase_device": "cpu"}).commit()
    entries = parsed((case.rundir / "phase_in").read_text())
    assert entries["use_phase_spinup"] == ".true."
    assert entries["phase_model_file"] == f"'{case.root / 'artifact.pt'}'"
    assert entries["phase_observe_years"] == "10"
    assert entries["phase_device"] == "'cpu'"


def test_edited_phase_in_is_kept_by_install_and_named_by_uninstall(case):
    case.plan().commit()
    path = case.rundir / "phase_in"
    path.write_text(path.read_text().replace("/\n", "  phase_chunk = 64\n/\n"))
    case.plan(settings={"phase_max_jumps": "4"}).commit()
    entries = parsed(path.read_text())
    assert entries["phase_chunk"] == "64"
    assert entries["phase_max_jumps"] == "4"
    path.write_text(path.read_text() + "! a remark\n")
    before = case.tree()
    with pytest.raises(InstallError, match="phase_in was edited"):
        plan_uninstall(case.case)
    assert case.tree() == before
    plan_uninstall(case.case, force=True).commit()
    assert not path.exists()


def test_unreachable_run_folder_leaves_phase_in_in_the_case(case):
    case.set_env(RUNDIR="$NOBODY/run")
    plan = case.plan()
    plan.commit()
    assert (case.case / "phase_in").is_file()
    assert any("copy" in note for note in plan.notes)


@pytest.mark.parametrize("victim", ["elm_driver.F90", "elm_finalizeMod.F90"])
@pytest.mark.parametrize("what", ["missing", "twice"])
def test_sources_without_their_anchors_change_nothing(case, victim, what):
    path = case.source / victim
    hook = next(hook for hook in hooks.HOOKS if hook.name == victim)
    anchor = hook.edits[1].anchor
    lines = path.read_text().splitlines()
    wanted = "".join(anchor.split()).lower()
    at = next(k for k, text in enumerate(lines) if "".join(text.split()).lower().startswith(wanted))
    lines[at : at + 1] = [] if what == "missing" else [lines[at]] * 2
    path.write_text("\n".join(lines) + "\n")
    before = case.tree()
    with pytest.raises(InstallError, match="exactly once") as raised:
        case.plan()
    assert victim in str(raised.value)
    assert "75e17cce25" in str(raised.value)
    assert case.tree() == before


def test_call_that_would_come_after_the_balance_is_refused(case):
    text = DRIVER.replace("    call BeginGridCBalance(bounds_clump)\n", "")
    (case.source / "elm_driver.F90").write_text(text)
    with pytest.raises(InstallError, match="BeginGridCBalance"):
        case.plan()


def test_users_own_version_is_kept(case):
    mine = DRIVER.replace("one step", "my own step")
    (case.mods / "elm_driver.F90").write_text(mine)
    before = case.tree()
    plan = case.plan()
    assert any("your own version" in note for note in plan.notes)
    plan.commit()
    hooked = (case.mods / "elm_driver.F90").read_text()
    assert "my own step" in hooked
    assert "call phase_driver(" in hooked
    plan_uninstall(case.case).commit()
    assert case.tree() == before


def test_edit_of_the_hooked_copy_survives_both_ways(case):
    case.plan().commit()
    path = case.mods / "elm_driver.F90"
    path.write_text(path.read_text().replace("one step", "another step"))
    case.plan().commit()
    assert "another step" in path.read_text()
    plan_uninstall(case.case).commit()
    assert path.read_text() == DRIVER.replace("one step", "another step")


def test_new_checkout_renews_the_hooked_copy(case):
    case.plan().commit()
    (case.source / "elm_driver.F90").write_text(DRIVER.replace("one step", "a newer step"))
    case.plan().commit()
    assert "a newer step" in (case.mods / "elm_driver.F90").read_text()
    plan_uninstall(case.case).commit()
    assert not (case.mods / "elm_driver.F90").exists()


def test_foreign_file_of_the_same_name_is_refused(case):
    (case.mods / "phase_config_mod.F90").write_text("! not ours\n")
    before = case.tree()
    with pytest.raises(InstallError, match="was not written by the installer"):
        case.plan()
    assert case.tree() == before


def test_edited_source_is_not_overwritten_without_force(case):
    case.plan().commit()
    path = case.mods / "phase_config_mod.F90"
    path.write_text(path.read_text() + "! edited\n")
    with pytest.raises(InstallError, match="was edited"):
        case.plan()
    with pytest.raises(InstallError, match="was edited"):
        plan_uninstall(case.case)
    case.plan(force=True).commit()
    assert "! edited" not in path.read_text()


def test_failure_half_way_changes_nothing(case, monkeypatch):
    before = case.tree()
    plan = case.plan()
    real, calls = Path.replace, []

    def breaks(self, target):
        calls.append(target)
        if len(calls) == 20:
            raise OSError("disk full")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", breaks)
    with pytest.raises(OSError, match="disk full"):
        plan.commit()
    monkeypatch.undo()
    assert case.tree() == before


def test_other_checkout_than_the_cases_is_refused(case, tmp_path):
    case.set_env(SRCROOT=str(tmp_path / "another"))
    with pytest.raises(InstallError, match="another"):
        case.plan()


def test_case_without_elm_is_refused(case):
    case.set_env(COMP_LND="slnd")
    with pytest.raises(InstallError, match="slnd"):
        case.plan()


def test_nothing_installed_is_said(case):
    with pytest.raises(InstallError, match="not installed"):
        plan_uninstall(case.case)


def test_clone_of_a_case_is_completed(case):
    """create_clone takes SourceMods and user_nl_elm along, the macros not."""
    case.plan(set_budget=True).commit()
    (case.case / "cmake_macros" / "universal.cmake").write_text(MACROS)
    case.plan(set_budget=True).commit()
    assert "PHASE_SURROGATE" in (case.case / "cmake_macros" / "universal.cmake").read_text()


def test_manifest_names_every_file(case):
    before = set(case.tree())
    case.plan().commit()
    manifest = Manifest.read(case.case)
    named = {str((case.case / record.path).relative_to(case.root)) for record in manifest.files}
    new = {name for name in set(case.tree()) - before if (case.root / name).is_file()}
    assert new - named == {str(Manifest.path(case.case).relative_to(case.root))}


@pytest.mark.parametrize("seed", range(20))
def test_blocks_come_out_as_they_went_in(seed):
    """Any text, with or without a last line end, any places."""
    rng = random.Random(seed)
    letters = "ab\n\r\x0c\x85! '\"#"
    text = "".join(rng.choice(letters) for _ in range(rng.randrange(60)))
    changed = text
    for at in sorted((rng.randrange(4) for _ in range(3)), reverse=True):
        if at < len(blocks.lines_of(text)):
            changed = blocks.insert(changed, at, ["x", "y"], "!")
    changed = blocks.append(changed, ["z"], "#")
    assert changed != text
    assert blocks.without(changed) == text


def test_damaged_block_is_named():
    text = blocks.append("a\n", ["b"], "!").replace(blocks.END, "")
    with pytest.raises(blocks.BlockError, match="no end line"):
        blocks.without(text, "file")


def test_changes_keep_permissions(tmp_path):
    path = tmp_path / "script"
    path.write_text("a")
    path.chmod(0o755)
    changes = Changes()
    changes.set(path, b"b")
    changes.commit()
    assert path.stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif("E3SM_ROOT" not in os.environ, reason="E3SM_ROOT names no checkout")
@pytest.mark.parametrize("hook", hooks.HOOKS, ids=lambda hook: hook.name)
def test_anchors_are_in_real_elm(hook):
    path = Path(os.environ["E3SM_ROOT"]) / "components" / "elm" / "src" / hook.path
    text = path.read_text(errors="surrogateescape")
    assert hooks.problems(text, hook) == []
    assert blocks.without(hooks.apply(text, hook)) == text
