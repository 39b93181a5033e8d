"""``phase elm check``: what is wrong with an installation, in words."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from phase_elm.install import blocks, cmake, hooks, namelist
from phase_elm.install.case import Case
from phase_elm.install.changes import digest, read
from phase_elm.install.check_case import (
    check_artifact,
    check_case,
    check_continued,
    check_length,
    check_settings,
)
from phase_elm.install.findings import Findings
from phase_elm.install.install import CONFIG_SOURCE, commit_of, phase_in_paths
from phase_elm.install.manifest import Manifest, ManifestError
from phase_elm.install.parts import Bridge, torch_of
from phase_elm.install.settings import effective

_LOAD = "import ctypes, os, sys; ctypes.CDLL(sys.argv[1], mode=os.RTLD_NOW)"


def check(caseroot: Path, e3sm: Path | None, bridge: Bridge, sources: dict[str, Path]) -> Findings:
    """All findings about a case; nothing is changed."""
    found = Findings()
    case = Case.read(caseroot)
    e3sm = _checkout(case, e3sm, found)
    manifest = _installed(case, e3sm, sources, found)
    if e3sm is not None:
        _anchors(e3sm, manifest, found)
    used = _linked(case, found) or bridge
    check_library(used, found)
    _executable(case, found)
    check_case(case, found)
    known = namelist.entries(sources[CONFIG_SOURCE])
    for suffix, path in zip(case.suffixes, phase_in_paths(case), strict=True):
        settings = effective(case, suffix)
        check_settings(settings, found)
        user = case.root / f"user_nl_elm{suffix}"
        entries = _entries(path, user, manifest, known, found)
        if namelist.is_true(entries.get("use_phase_spinup", ".false.")):
            artifact = namelist.unquoted(entries.get("phase_model_file", "''"))
            base = case.rundir or case.root
            check_artifact(base / artifact, entries, case, settings, found)
            check_length(case, entries, found)
            check_continued(case, entries, found)
        else:
            found.warn("use_phase_spinup is not on: ELM runs as if nothing were installed")
    return found


def _checkout(case: Case, e3sm: Path | None, found: Findings) -> Path | None:
    """The checkout of the case; the one named has to be it."""
    own = case.get("SRCROOT")
    e3sm = e3sm or (Path(own) if own else None)
    if e3sm is None or not (e3sm / "components" / "elm" / "src").is_dir():
        found.error(f"{e3sm}: expected an E3SM checkout with components/elm/src")
        return None
    if own and Path(own).resolve() != e3sm.resolve():
        found.error(f"the case is built from SRCROOT = {own}, not from {e3sm}")
    return e3sm.resolve()


def _anchors(e3sm: Path, manifest: Manifest | None, found: Findings) -> None:
    commit = commit_of(e3sm)
    wrong = []
    for hook in hooks.HOOKS:
        content = read(e3sm / "components" / "elm" / "src" / hook.path)
        if content is None:
            wrong.append(f"{hook.path} is not there")
        else:
            wrong += hooks.problems(blocks.decode(content), hook)
    for text in wrong:
        found.error(
            f"{text}; expected the sources of {hooks.CHECKED_E3SM}, found {commit or 'no git'}"
        )
    if not wrong:
        found.ok(f"ELM's sources have all anchors (commit {commit[:10] or 'unknown'})")
    if manifest is not None and manifest.e3sm and manifest.e3sm != commit:
        found.warn(
            f"installed from E3SM {manifest.e3sm[:10]}, the checkout now stands at "
            f"{commit[:10] or 'no commit'}: run phase elm install again"
        )


def _installed(
    case: Case, e3sm: Path | None, sources: dict[str, Path], found: Findings
) -> Manifest | None:
    """Are all files there, as they were installed, and those of this package?"""
    try:
        manifest = Manifest.read(case.root)
    except ManifestError as error:
        found.error(str(error))
        return None
    if manifest is None:
        found.error(f"PHASE is not installed in {case.root}: run phase elm install")
        return None
    before = len(found.errors)
    for record in manifest.files:
        path = case.root / record.path
        content = read(path)
        if content is None:
            found.error(f"{path} is gone: run phase elm install again")
        elif record.kind in ("copied", "patched"):
            now = "".join(blocks.split(blocks.decode(content), str(path))[1])
            if not now:
                found.error(f"{path} has lost the installer's block: run phase elm install again")
            elif digest(now.encode()) != record.blocks and not path.name.startswith("user_nl"):
                found.warn(f"{path}: the installer's block was edited")
        elif path.suffix == ".F90" and digest(content) != record.written:
            found.warn(f"{path} was edited since it was installed")
    macros = cmake.macro_file(case.root)
    if macros is None or hooks.CPP_FLAG not in macros.read_text(errors="replace"):
        found.error(
            f"the CMake macros of the case do not define {hooks.CPP_FLAG} (a cloned or "
            "reset case?): "
            "run phase elm install again"
        )
    stale = [
        name
        for name, source in sources.items()
        if read(case.source_mods / name) not in (None, source.read_bytes())
    ]
    missing = [name for name in sources if not (case.source_mods / name).is_file()]
    if stale or missing:
        found.warn(
            f"{len(stale)} sources differ from this package's and {len(missing)} are "
            "missing (first "
            f"{(stale + missing)[0]}): run phase elm install again"
        )
    if e3sm is not None:
        _copies(case, e3sm, manifest, found)
    if len(found.errors) == before:
        found.ok(f"{len(manifest.files)} files are installed in {case.root}")
    return manifest


def _copies(case: Case, e3sm: Path, manifest: Manifest, found: Findings) -> None:
    """Hooked copies of ELM's files belong to the checkout as it is now."""
    for hook in hooks.HOOKS:
        record = manifest.record(f"SourceMods/src.elm/{hook.name}")
        content = read(e3sm / "components" / "elm" / "src" / hook.path)
        if record is None or content is None or record.kind != "copied":
            continue
        if digest(content) != record.before:
            found.error(
                f"{hook.path} of the checkout changed since the installation, so the case would "
                "compile the old one: run phase elm install again"
            )


def _linked(case: Case, found: Findings) -> Bridge | None:
    """The bridge that the case's link line names."""
    macros = cmake.macro_file(case.root)
    text = "".join(blocks.split(blocks.decode(read(macros) or b""))[1]) if macros else ""
    library = re.search(r'" (\S+\.so) -Wl,-rpath', text)
    if library is None:
        return None
    path = Path(library.group(1))
    if not path.is_file():
        found.error(f"the link line names {path}, which is gone: run phase elm install again")
        return None
    return Bridge(path, path.parent, torch_of(path))


def check_library(bridge: Bridge, found: Findings) -> None:
    """Can the bridge be loaded, with the libtorch it finds?"""
    loaded = subprocess.run(
        [sys.executable, "-c", _LOAD, str(bridge.library)],
        capture_output=True,
        text=True,
        check=False,
    )
    if loaded.returncode == 0:
        found.ok(f"{bridge.library} loads, with libtorch from {bridge.torch}")
    else:
        found.error(why_not_loaded(bridge.library, loaded.stderr.strip().rpartition("\n")[2]))
    _standard_library(bridge, found)


def why_not_loaded(library: Path, message: str) -> str:
    """Why a shared library does not load."""
    message = message.removeprefix("OSError: ")
    if ("cannot open shared object file" in message and "torch" in message) or "libc10" in message:
        return (
            f"libtorch not found: {message}. PyTorch moved or was removed since {library} "
            "was built: "
            "build it again (pip install .) with the PyTorch to use"
        )
    if "undefined symbol" in message:
        abi = "c10" in message or "torch" in message or "cxx11" in message.lower()
        why = (
            "libtorch has another C++ ABI (_GLIBCXX_USE_CXX11_ABI) or version than at build time"
            if abi
            else "a library it was linked with has changed"
        )
        return f"{library} does not load: {message}. {why}: build it again (pip install .)"
    if "GLIBCXX" in message or "GLIBC_" in message:
        return (
            f"{library} does not load: {message}. It was built with a newer compiler than this "
            "environment's: load the newer compiler's module, or build it again here"
        )
    return f"{library} does not load: {message}"


def _standard_library(bridge: Bridge, found: Findings) -> None:
    """The C++ compiler that links the model must know the standard library of bridge "
    "and libtorch."""
    files = [bridge.library]
    if bridge.torch is not None:
        files.append(bridge.torch / "libc10.so")
    needed = max((_glibcxx(path) for path in files), default=())
    try:
        told = subprocess.run(
            ["g++", "-print-file-name=libstdc++.so.6"], capture_output=True, text=True, check=False
        )
    except OSError:
        return
    available = _glibcxx(Path(told.stdout.strip()))
    if available and needed > available:
        found.error(
            f"bridge and libtorch need GLIBCXX_{'.'.join(map(str, needed))}, this "
            "environment's g++ "
            f"has {'.'.join(map(str, available))}: load a newer compiler before "
            "./case.build, or build "
            "the bridge with the machine's compiler and a libtorch that fits it"
        )


def _glibcxx(path: Path) -> tuple[int, ...]:
    """Newest version of the C++ standard library that a file speaks of."""
    content = read(path) or b""
    found = re.findall(rb"GLIBCXX_(\d+(?:\.\d+)+)", content)
    return max((tuple(map(int, text.split(b"."))) for text in found), default=())


def _executable(case: Case, found: Findings) -> None:
    """An executable that is there already has to be one with the bridge."""
    exeroot = case.get("EXEROOT")
    path = Path(exeroot) / "e3sm.exe" if exeroot and "$" not in exeroot else None
    if path is None or not path.is_file():
        return
    told = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
    if "libphase_bridge" not in told:
        found.warn(f"{path} was built without the plugin: ./case.build")
    elif "not found" in told:
        missing = re.findall(r"(\S+) => not found", told)
        found.error(
            f"{path} does not find {', '.join(missing)} in this environment "
            "(source .env_mach_specific.sh of the case first)"
        )
    else:
        found.ok(f"{path} is linked with the bridge and finds its libraries")


def _entries(
    path: Path,
    user: Path,
    manifest: Manifest | None,
    known: dict[str, namelist.Entry],
    found: Findings,
) -> dict[str, str]:
    """The plugin's entries as it will read them: from ``phase_in``, else from ``user_nl_elm``."""
    written = namelist.parsed(blocks.decode(read(user) or b""))
    from_elm = {name: value for name, value in written.items() if name in known}
    content = read(path)
    through_user_nl = manifest is not None and manifest.namelist == "user_nl"
    if from_elm and not through_user_nl:
        found.error(
            f"{user} has {', '.join(sorted(from_elm))}: build-namelist refuses these names unless "
            "the plugin was installed with --namelist user_nl; put them into phase_in"
        )
    if content is None:
        if not through_user_nl:
            found.error(f"{path} is not there: the plugin would stay off; run phase elm install")
        return from_elm
    if from_elm:
        found.warn(f"{path} is there and wins over the entries in user_nl_elm")
    entries = namelist.parsed(blocks.decode(content))
    try:
        namelist.checked(entries, known)
    except namelist.NamelistError as error:
        found.error(f"{path}: {error}")
    return entries
