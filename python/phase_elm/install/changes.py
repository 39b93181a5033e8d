"""A set of file changes that happens as a whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read(path: Path) -> bytes | None:
    """Content of a file, or None where there is none."""
    return path.read_bytes() if path.is_file() else None


@dataclass
class Changes:
    """What files are to hold; None stands for no file.

    Example:
        changes = Changes()
        changes.set(path, b"text")
        changes.commit()
    """

    wanted: dict[Path, bytes | None] = field(default_factory=dict)
    gone: list[Path] = field(default_factory=list)
    made: list[Path] = field(default_factory=list)

    def set(self, path: Path, content: bytes | None) -> None:
        self.wanted[path] = content

    def remove_folder(self, path: Path) -> None:
        """Remove a folder at the end if it is empty then."""
        self.gone.append(path)

    def needed(self) -> dict[Path, bytes | None]:
        """The changes that differ from what is there."""
        return {path: want for path, want in self.wanted.items() if read(path) != want}

    def folders(self) -> list[Path]:
        """Folders that do not exist yet, outermost first."""
        missing: list[Path] = []
        for path, want in self.needed().items():
            if want is None:
                continue
            for parent in reversed(path.parents):
                if not parent.exists() and parent not in missing:
                    missing.append(parent)
        return missing

    def commit(self) -> list[Path]:
        """Write everything under temporary names, then rename; undo all when anything fails."""
        needed = self.needed()
        before = {path: read(path) for path in needed}
        staged: dict[Path, Path] = {}
        done: list[Path] = []
        self.made = self.folders()
        try:
            for folder in self.made:
                folder.mkdir()
            for path, want in needed.items():
                if want is not None:
                    staged[path] = _stage(path, want)
            for path in needed:
                done.append(path)
                if path in staged:
                    staged[path].replace(path)
                else:
                    path.unlink(missing_ok=True)
        except BaseException:
            for path in reversed(done):
                old = before[path]
                if old is None:
                    path.unlink(missing_ok=True)
                elif read(path) != old:
                    _stage(path, old).replace(path)
            for temporary in staged.values():
                temporary.unlink(missing_ok=True)
            for folder in reversed(self.made):
                with contextlib.suppress(OSError):
                    folder.rmdir()
            raise
        for folder in self.gone:
            with contextlib.suppress(OSError):
                folder.rmdir()
        return list(needed)


def _stage(path: Path, content: bytes) -> Path:
    """The content under a temporary name beside its place, with the permissions of the old file."""
    temporary = path.with_name(f".{path.name}.phase-{os.getpid()}")
    try:
        temporary.write_bytes(content)
        if path.exists():
            temporary.chmod(path.stat().st_mode & 0o7777)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
