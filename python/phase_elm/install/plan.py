"""What an installation would change, found out before anything is changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from phase_elm.install import blocks, hooks, user_nl
from phase_elm.install.case import Case
from phase_elm.install.changes import Changes, digest, read
from phase_elm.install.manifest import Manifest, Record, place_of


class InstallError(ValueError):
    """The installation cannot be made or undone as asked; nothing was changed."""


@dataclass(frozen=True)
class Options:
    """What the user asked for.

    Parameters:
        caseroot: The case.
        e3sm: The E3SM checkout; None is the one that the case is built from.
        namelist: Where the entries of ``&phase_inparm`` go.
        artifact: The artifact to use; None keeps what is there, or takes the packaged one.
        settings: Further entries, by name, as the user wrote them.
        set_budget: Put ``budget_ltann = 0`` into ``user_nl_elm``.
        edit_e3sm: Allow the one change in the checkout that ``user_nl`` needs.
        force: Overwrite or delete files that were edited since they were installed.
    """

    caseroot: Path
    e3sm: Path | None = None
    namelist: Literal["phase_in", "user_nl"] = "phase_in"
    artifact: Path | None = None
    settings: dict[str, str] = field(default_factory=dict)
    set_budget: bool = False
    edit_e3sm: bool = False
    force: bool = False


@dataclass
class Plan:
    """Changes to files of a case, with what to tell the user.

    Example:
        plan = plan_install(options, bridge, sources)
        plan.commit()
    """

    case: Case
    changes: Changes
    manifest: Manifest | None
    notes: list[str] = field(default_factory=list)

    def steps(self) -> list[str]:
        """The changes in words, one a file."""
        told = []
        for path, want in self.changes.needed().items():
            verb = "delete" if want is None else "change" if path.exists() else "write"
            told.append(f"{verb} {path}")
        return told

    def commit(self) -> list[Path]:
        return self.changes.commit()


class Draft:
    """Collects the changes of an installation; conflicts are told together at the end."""

    def __init__(self, case: Case, old: Manifest | None, force: bool) -> None:
        self.case = case
        self.old = old or Manifest()
        self.new = Manifest()
        self.changes = Changes()
        self.conflicts: list[str] = []
        self.notes: list[str] = []
        self.force = force

    def own(self, path: Path, content: bytes) -> None:
        """A file that only the installer writes."""
        present, record = read(path), self._old(path)
        if present is not None and present != content and not self.force:
            if record is None:
                self.conflicts.append(
                    f"{path} is there already and was not written by the installer: move it away"
                )
            elif digest(present) != record.written:
                self.conflicts.append(
                    f"{path} was edited since it was installed: --force overwrites it"
                )
        self._set(path, content, Record(path="", kind="created", written=digest(content)))

    def editable(self, path: Path, fresh: str, update: Callable[[str], str]) -> None:
        """A file that the installer begins and the user may change."""
        present, record = read(path), self._old(path)
        if present is None or (record is None and self.force):
            content = blocks.encode(fresh)
        elif record is None:
            self.notes.append(f"{path} was there before and is left as it is")
            return
        else:
            content = blocks.encode(update(blocks.decode(present)))
        written = digest(content)
        if record is not None and present is not None and digest(present) != record.written:
            written = record.written  # an edit by the user stays visible as one
        self._set(path, content, Record(path="", kind="created", written=written))

    def hooked(self, source: Path, path: Path, apply: Callable[[str], str]) -> None:
        """ELM's file, or the user's version of it, with blocks."""
        original = read(source)
        present, record = read(path), self._old(path)
        if original is None and present is None:
            self.conflicts.append(
                f"{source} is not there: expected the sources of {hooks.CHECKED_E3SM} or alike; "
                "give the checkout's folder with --e3sm"
            )
            return
        base, kind = original, "copied"
        if present is not None:
            bare = blocks.encode(self._bare(path, present, record))
            is_copy = (
                record is not None and record.kind == "copied" and digest(bare) == record.before
            )
            if bare != original and not is_copy:
                base, kind = bare, "patched"
                self.notes.append(f"{path} is your own version: the calls go into it")
        if base is not None:
            self._write_blocks(path, base, kind, apply)

    def patched(self, path: Path, apply: Callable[[str], str]) -> None:
        """A file of the user's with blocks; made where it does not exist."""
        present, record = read(path), self._old(path)
        bare = "" if present is None else self._bare(path, present, record)
        kind = record.kind if record is not None else "copied" if present is None else "patched"
        self._write_blocks(path, blocks.encode(bare), kind, apply)

    def own_block(self, path: Path, lines: Callable[[str, str], list[str]]) -> None:
        """A block that the installer begins and the user may change, in a file of the user's.

        ``lines`` makes its lines from the text around it and from the lines it has.
        """
        present, record = read(path), self._old(path)
        bare, found = blocks.split(blocks.decode(present or b""), str(path))
        wanted = lines(bare, "".join(blocks.inner(part) for part in found))
        if not wanted and not found:
            return
        text = blocks.append(bare, wanted, "!") if wanted else bare
        if not wanted:
            self.changes.set(path, blocks.encode(text))
            return
        now, written = digest("".join(blocks.split(text)[1]).encode()), digest(blocks.encode(text))
        if record is not None and digest("".join(found).encode()) != record.blocks:
            # An edit by the user stays visible as one.
            now, written = record.blocks, record.written
        kind = record.kind if record is not None else "copied" if present is None else "patched"
        base = digest(blocks.encode(bare))
        self._set(
            path,
            blocks.encode(text),
            Record(path="", kind=kind, written=written, before=base, blocks=now),
        )

    def shared(self, path: Path, apply: Callable[[str], str], allowed: bool) -> None:
        """A file of the checkout that several cases use."""
        present = read(path)
        if present is None:
            self.conflicts.append(f"{path} is not there; give the checkout's folder with --e3sm")
            return
        try:
            content = blocks.encode(apply(blocks.decode(present)))
        except hooks.AnchorError as error:
            self.conflicts.append(str(error))
            return
        if content != present and not allowed:
            self.conflicts.append(
                "ELM's build-namelist refuses names that are not in its definition file and reads "
                f"no other: entries in user_nl_elm need a block in {path}. --edit-e3sm allows "
                "it (uninstall takes it out again); --namelist phase_in needs no such change"
            )
        self._set(path, content, Record(path="", kind="shared", written=digest(content)))

    def finish(self) -> Plan:
        """The plan; what an earlier installation left and this one does not need is undone."""
        kept = {record.path for record in self.new.files}
        for record in self.old.files:
            if record.path not in kept:
                undo(record, self.case.root, self.changes, self.conflicts, self.notes, self.force)
        if self.conflicts:
            raise InstallError("\n".join(self.conflicts))
        self.new.folders = list(
            dict.fromkeys(
                [
                    *self.old.folders,
                    *(place_of(folder, self.case.root) for folder in self.changes.folders()),
                ]
            )
        )
        self.changes.set(Manifest.path(self.case.root), self.new.content())
        return Plan(self.case, self.changes, self.new, self.notes)

    def _old(self, path: Path) -> Record | None:
        return self.old.record(place_of(path, self.case.root))

    def _bare(self, path: Path, present: bytes, record: Record | None) -> str:
        bare, found = blocks.split(blocks.decode(present), str(path))
        edited = record is not None and record.blocks != digest("".join(found).encode())
        if found and edited and not self.force:
            self.conflicts.append(
                f"{path}: the installer's block was edited since: --force overwrites it"
            )
        return bare

    def _write_blocks(
        self, path: Path, base: bytes, kind: str, apply: Callable[[str], str]
    ) -> None:
        try:
            text = apply(blocks.decode(base))
        except hooks.AnchorError as error:
            self.conflicts.append(str(error))
            return
        found = blocks.split(text, str(path))[1]
        record = Record(
            path="",
            kind=kind,
            written=digest(blocks.encode(text)),
            before=digest(base),
            blocks=digest("".join(found).encode()),
        )
        self._set(path, blocks.encode(text), record)

    def _set(self, path: Path, content: bytes, record: Record) -> None:
        record.path = place_of(path, self.case.root)
        self.changes.set(path, content)
        self.new.files.append(record)


def undo(
    record: Record,
    caseroot: Path,
    changes: Changes,
    conflicts: list[str],
    notes: list[str],
    force: bool,
) -> None:
    """Take one file back to what it was before the installation."""
    path = caseroot / record.path
    present = read(path)
    if present is None:
        notes.append(f"{path} was removed by somebody already")
        return
    if record.kind == "created":
        if digest(present) != record.written and not force:
            conflicts.append(f"{path} was edited since it was installed: --force deletes it")
        changes.set(path, None)
        return
    if record.kind == "shared":
        text = user_nl.without_case(blocks.decode(present), str(caseroot))
        changes.set(path, blocks.encode(text))
        return
    bare, found = blocks.split(blocks.decode(present), str(path))
    if found and digest("".join(found).encode()) != record.blocks and not force:
        conflicts.append(f"{path}: the installer's block was edited since: --force deletes it")
    content = blocks.encode(bare)
    if record.kind == "copied" and digest(content) == record.before:
        changes.set(path, None)
        return
    if digest(content) != record.before:
        notes.append(f"{path} was edited since: your edits stay, the installer's blocks go")
    changes.set(path, content)


def plan_uninstall(caseroot: Path, force: bool = False) -> Plan:
    """What takes an installation out again.

    Raises
    ------
    InstallError
        Where nothing is installed, or files were edited since.
    """
    case = Case.read(caseroot)
    manifest = Manifest.read(case.root)
    if manifest is None:
        raise InstallError(
            f"{Manifest.path(case.root)} is not there: PHASE is not installed in this case"
        )
    changes, conflicts, notes = Changes(), [], []
    for record in manifest.files:
        undo(record, case.root, changes, conflicts, notes, force)
    if conflicts:
        raise InstallError("\n".join(conflicts))
    changes.set(Manifest.path(case.root), None)
    for folder in reversed(manifest.folders):
        changes.remove_folder(case.root / folder)
    return Plan(case, changes, None, notes)
