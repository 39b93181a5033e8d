"""``phase elm install``: the whole of it, as one plan."""

from __future__ import annotations

import os
from pathlib import Path

from phase_elm.install import blocks, cmake, hooks, namelist
from phase_elm.install.case import Case
from phase_elm.install.manifest import Manifest
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
    e3sm = options.e3sm.resolve()
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
    _phase_in(draft, settings)
    if options.set_budget:
        for path in case.user_namelists():
            draft.patched(path, lambda text: blocks.append(text, [" budget_ltann = 0"], "!"))
    return draft.finish()


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


def _phase_in(draft: Draft, settings: dict[str, str]) -> None:
    rundir = draft.case.rundir
    path = draft.case.root / "phase_in"
    if rundir is not None and _can_be_made(rundir):
        path = rundir / "phase_in"
    else:
        where = rundir if rundir is not None else "the run folder (RUNDIR)"
        draft.notes.append(f"copy {path} to {where} before the run: it cannot be written from here")
    fresh = "" if path.is_file() else namelist.phase_in(fresh_settings(settings))
    draft.editable(path, fresh, lambda text: namelist.changed(text, settings))


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
