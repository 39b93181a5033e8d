"""A CIME case read from its files, without CIME."""

from __future__ import annotations

import os
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path


class CaseError(ValueError):
    """The folder is no case, or a case that is not set up."""


@dataclass
class Case:
    """The variables of a case's ``env_*.xml``.

    Example:
        case = Case.read(Path("mycase"))
        case.rundir
    """

    root: Path
    values: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, root: Path) -> Case:
        root = root.resolve()
        files = sorted(root.glob("env_*.xml"))
        if not (root / "env_case.xml").is_file() or not (root / "env_run.xml").is_file():
            raise CaseError(
                f"{root}: expected the folder of a CIME case with env_case.xml and env_run.xml, "
                f"found {len(files)} env_*.xml; give the case's CASEROOT"
            )
        case = cls(root)
        for path in files:
            try:
                tree = ElementTree.parse(path)
            except ElementTree.ParseError as error:
                raise CaseError(f"{path}: not XML: {error}") from error
            for entry in tree.iter("entry"):
                case._take(entry)
        # A case that was moved or copied still names its old folder.
        case.values["CASEROOT"] = str(root)
        return case

    def _take(self, entry: ElementTree.Element) -> None:
        name = entry.get("id")
        if not name:
            return
        if entry.get("value") is not None:
            self.values[name] = entry.get("value", "")
        for value in entry.iterfind("values/value"):
            part = value.get("compclass") or value.get("component")
            if part:
                self.values[f"{name}_{part.upper()}"] = (value.text or "").strip()

    def get(self, name: str, default: str = "") -> str:
        """A variable with all others in it resolved; a reference to nothing stays as it is."""
        value = self.values.get(name, default)
        for _ in range(20):
            resolved = re.sub(r"\$ENV\{(\w+)\}|\$\{(\w+)\}|\$(\w+)", self._reference, value)
            if resolved == value:
                break
            value = resolved
        return value

    def _reference(self, found: re.Match[str]) -> str:
        if found.group(1):
            return os.environ.get(found.group(1), found.group(0))
        name = found.group(2) or found.group(3)
        return self.values.get(name, os.environ.get(name, found.group(0)))

    @property
    def name(self) -> str:
        return self.get("CASE") or self.root.name

    @property
    def rundir(self) -> Path | None:
        """RUNDIR, None where it cannot be known."""
        text = self.get("RUNDIR")
        return Path(text) if text and "$" not in text and Path(text).is_absolute() else None

    @property
    def source_mods(self) -> Path:
        return self.root / "SourceMods" / "src.elm"

    @property
    def suffixes(self) -> list[str]:
        """What distinguishes the files of several instances of ELM; one blank for one instance."""
        count = self.get("NINST_LND", "1")
        number = int(count) if count.isdigit() else 1
        return [f"_{k:04d}" for k in range(1, number + 1)] if number > 1 else [""]

    def user_namelists(self) -> list[Path]:
        """``user_nl_elm`` of every instance."""
        return [self.root / f"user_nl_elm{suffix}" for suffix in self.suffixes]
