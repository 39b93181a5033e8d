"""What a check found, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing found: an error will make the build or the run fail."""

    level: Literal["ok", "warning", "error"]
    text: str


@dataclass
class Findings:
    """A list of findings in the order they were made."""

    all: list[Finding] = field(default_factory=list)

    def ok(self, text: str) -> None:
        self.all.append(Finding("ok", text))

    def warn(self, text: str) -> None:
        self.all.append(Finding("warning", text))

    def error(self, text: str) -> None:
        self.all.append(Finding("error", text))

    def refuse(self, applies: bool, text: str) -> None:
        """An error where something applies."""
        if applies:
            self.error(text)

    @property
    def errors(self) -> list[str]:
        return [finding.text for finding in self.all if finding.level == "error"]

    @property
    def warnings(self) -> list[str]:
        return [finding.text for finding in self.all if finding.level == "warning"]
