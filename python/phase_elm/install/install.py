"""``phase elm install``: the whole of it, as one plan."""

from __future__ import annotations

import os
from pathlib import Path

from phase_elm.install import blocks, cmake, hooks, namelist, user_nl
from phase_elm.install.case import Case
from phase_elm.install.manifest import Manifest, place_of
from phase_elm.install.parts import Bridge, packaged_artifact
from phase_elm.install.plan import Draft, InstallError, Options, Plan

CONFIG_SOURCE = "phase_config_mod.F90"


def plan_install(options: Options, bridge: Bridge, sources: dict[str, Path]) -> Plan:
    """What an installation changes.

    Parameters:
        options: What the user asked for.
        bridge: The library to link.
        sources: Fortran sources by file name.

    Raises
    ------
    InstallError
        With all that is in the way; nothing is changed.
    """
    case = Case.read(options.caseroot)
    e3sm = _checkout(case, options)
    draft = Draft(case, Manifest.read(case.root), options.force)
    draft.new.namelist = options.namelist
    draft.new.e3sm = commit_of(e3sm)
    for name, source in sources.items():
        draft.own(case.source_mods / name, source.read_bytes())
    for hook in hooks.HOOKS:
        draft.hooked(
            e3sm / "components" / "elm" / "src" / hook.path,
            case.source_mods / hook.name,
            lambda text, hook=hook: hooks.apply(text, hook),
        )
    macros = cmake.macro_file(case.root)
    if macros is None:
        draft.conflicts.append(
            f"{case.root / 'cmake_macros' / 'universal.cmake'} is not there: run ./case.setup first"
        )
    else:
        lines = cmake.macro_lines(bridge)
        draft.patched(macros, lambda text: blocks.append(text, lines, "#"))
    if bridge.torch is None:
        draft.conflicts.append(
            f"libtorch was not found by {bridge.library}: `ldd` shows what is missing; rebuild the "
            "bridge with the PyTorch of this environment (pip install .)"
        )
    known = namelist.entries(sources[CONFIG_SOURCE])
    settings = namelist.checked(_settings(options), known)
    if options.namelist == "phase_in":
        _phase_in(draft, settings)
    else:
        _user_nl(draft, e3sm, known, options.edit_e3sm)
    for path in case.user_namelists():
        _user_nl_block(draft, path, known, settings, options)
    return draft.finish()


def _checkout(case: Case, options: Options) -> Path:
    """The checkout that the case compiles; hooks taken from another would not fit."""
    if case.get("COMP_LND") not in ("", "elm"):
        raise InstallError(
            f"{case.root}: expected a case with ELM, found COMP_LND = {case.get('COMP_LND')}"
        )
    own = case.get("SRCROOT")
    if options.e3sm is None and not own:
        raise InstallError(f"{case.root} names no SRCROOT: give the checkout with --e3sm")
    e3sm = (options.e3sm or Path(own)).resolve()
    if own and "$" not in own and Path(own).resolve() != e3sm and not options.force:
        raise InstallError(
            f"the case is built from SRCROOT = {own}, not from {e3sm}: leave out --e3sm to take "
            "the case's own (--force installs all the same)"
        )
    return e3sm


def _settings(options: Options) -> dict[str, str]:
    """Entries the user named; those of a fresh file are added by its writer."""
    settings = dict(options.settings)
    if options.artifact is not None:
        if not options.artifact.is_file():
            raise InstallError(f"{options.artifact}: no such artifact")
        settings["phase_model_file"] = str(options.artifact.resolve())
    return settings


def fresh_settings(settings: dict[str, str]) -> dict[str, str]:
    """The entries a new case begins with, as literals."""
    fresh = {"use_phase_spinup": ".true."}
    artifact = packaged_artifact()
    if "phase_model_file" not in settings:
        if artifact is None:
            raise InstallError("no artifact: name one with --artifact")
        fresh["phase_model_file"] = f"'{artifact}'"
        fresh["phase_method"] = "'steady_state'"
    fresh |= {"phase_observe_years": "20", "phase_relax_years": "20", "phase_max_jumps": "2"}
    return fresh | settings


def phase_in_paths(case: Case) -> list[Path]:
    """``phase_in`` of every instance: in the run folder, or in the case where that is "
    "out of reach."""
    rundir = case.rundir
    folder = rundir if rundir is not None and _can_be_made(rundir) else case.root
    return [folder / f"phase_in{suffix}" for suffix in case.suffixes]


def _phase_in(draft: Draft, settings: dict[str, str]) -> None:
    for path in phase_in_paths(draft.case):
        if path.parent != draft.case.rundir:
            where = draft.case.rundir or "the run folder (RUNDIR)"
            draft.notes.append(
                f"copy {path} to {where} before the run: it cannot be written from here"
            )
        fresh = "" if path.is_file() else namelist.phase_in(fresh_settings(settings))
        draft.editable(path, fresh, lambda text: namelist.changed(text, settings))


def _user_nl(draft: Draft, e3sm: Path, known: dict[str, namelist.Entry], allowed: bool) -> None:
    """What lets entries of the plugin through from ``user_nl_elm`` to the plugin."""
    hook = user_nl.control_hook(known.values())
    draft.hooked(
        e3sm / "components" / "elm" / "src" / hook.path,
        draft.case.source_mods / hook.name,
        lambda text: hooks.apply(text, hook),
    )

    def define(text: str) -> str:
        if 'id="use_phase_spinup"' in blocks.without(text, "namelist_definition.xml"):
            return text
        cases = [*user_nl.cases_of(text), str(draft.case.root)]
        return user_nl.definition(text, known.values(), cases)

    draft.shared(e3sm / user_nl.DEFINITION, define, allowed)
    for path in phase_in_paths(draft.case):
        if path.is_file() and draft.old.record(place_of(path, draft.case.root)) is None:
            draft.conflicts.append(
                f"{path} is there and would win over user_nl_elm: move it away first"
            )


def _user_nl_block(
    draft: Draft,
    path: Path,
    known: dict[str, namelist.Entry],
    settings: dict[str, str],
    options: Options,
) -> None:
    """The block of one ``user_nl_elm``: the plugin's entries and, where asked, the budget's."""

    def lines(bare: str, inside: str) -> list[str]:
        users, now = namelist.parsed(bare), namelist.parsed(inside)
        wanted = {name: value for name, value in now.items() if name not in known}
        if options.namelist == "user_nl":
            mine = {name: value for name, value in now.items() if name in known}
            if not mine and "use_phase_spinup" not in users:
                mine = fresh_settings(settings)
            for name in sorted(set(users) & set(settings)):
                draft.conflicts.append(f"{path} has {name} itself: change it there")
            wanted |= {k: v for k, v in (mine | settings).items() if k not in users}
        if options.set_budget:
            if namelist.is_true(users.get("do_budgets", ".true.")) and "budget_ltann" not in users:
                wanted["budget_ltann"] = "0"
            elif users.get("budget_ltann", "0") != "0":
                draft.conflicts.append(f"{path} has budget_ltann itself: set it to 0 there")
        if wanted == now:
            return [line.removesuffix("\n") for line in blocks.lines_of(inside)]
        return [f" {name} = {value}" for name, value in wanted.items()]

    draft.own_block(path, lines)


def _can_be_made(folder: Path) -> bool:
    for parent in (folder, *folder.parents):
        if parent.exists():
            return parent.is_dir() and os.access(parent, os.W_OK)
    return False


def commit_of(e3sm: Path) -> str:
    """The commit a checkout stands at, from its files; blank where it is no git checkout."""
    git = e3sm / ".git"
    if git.is_file():
        git = (e3sm / git.read_text().partition("gitdir:")[2].strip()).resolve()
    head = git / "HEAD"
    if not head.is_file():
        return ""
    text = head.read_text().strip()
    if not text.startswith("ref:"):
        return text
    reference = text.partition("ref:")[2].strip()
    for folder in (git, git.parent.parent):
        if (folder / reference).is_file():
            return (folder / reference).read_text().strip()
        packed = folder / "packed-refs"
        if packed.is_file():
            for line in packed.read_text().splitlines():
                if line.endswith(f" {reference}"):
                    return line.split()[0]
    return ""
