"""What an installation did to a case: enough to undo it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

NAME = "phase_elm_manifest.json"


class ManifestError(ValueError):
    """The record of an installation cannot be read."""


class Record(BaseModel):
    """One file.

    Parameters:
        path: Below the case's folder, or absolute.
        kind: ``created`` is the installer's own, ``copied`` is ELM's file with blocks, ``patched``
            the user's file with blocks, ``shared`` a file of the checkout that several cases use.
        written: SHA-256 of what the installer wrote.
        before: SHA-256 of the file without blocks; blank for the installer's own.
        blocks: SHA-256 of the blocks.
    """

    model_config = ConfigDict(extra="forbid")

    path: str
    kind: Literal["created", "copied", "patched", "shared"]
    written: str
    before: str = ""
    blocks: str = ""


class Manifest(BaseModel):
    """All files of an installation, and the folders made for them."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = 1
    namelist: Literal["phase_in", "user_nl"] = "phase_in"
    e3sm: str = ""
    files: list[Record] = Field(default_factory=list)
    folders: list[str] = Field(default_factory=list)

    @staticmethod
    def path(caseroot: Path) -> Path:
        return caseroot / "SourceMods" / "src.elm" / NAME

    @classmethod
    def read(cls, caseroot: Path) -> Manifest | None:
        """The manifest of a case, None where nothing is installed."""
        path = cls.path(caseroot)
        if not path.is_file():
            return None
        try:
            return cls.model_validate_json(path.read_text())
        except ValidationError as error:
            raise ManifestError(
                f"{path}: not a manifest of this version: {error.errors()[0]['msg']}; restore it, "
                "or take the installation out by hand and delete it"
            ) from error

    def content(self) -> bytes:
        return (self.model_dump_json(indent=1) + "\n").encode()

    def record(self, path: str) -> Record | None:
        return next((record for record in self.files if record.path == path), None)


def place_of(path: Path, caseroot: Path) -> str:
    """How a manifest names a path."""
    return str(path.relative_to(caseroot)) if path.is_relative_to(caseroot) else str(path)
