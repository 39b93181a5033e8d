"""The plugin's namelist entries, and reading and changing namelist text."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path

GROUP = "phase_inparm"


class NamelistError(ValueError):
    """An entry that does not exist, or a value of the wrong kind."""


@dataclass(frozen=True)
class Entry:
    """One entry of ``&phase_inparm`` as the Fortran source declares it."""

    name: str
    kind: str
    length: str
    default: str
    note: str

    def literal(self, value: str) -> str:
        """The value as Fortran writes it."""
        text = value.strip()
        if self.kind == "character":
            if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
                text = text[1:-1]
            return "'" + text.replace("'", "''") + "'"
        patterns = {
            "logical": r"\.?(t|f|true|false)\.?",
            "integer": r"[+-]?\d+",
            "real": r"[+-]?(\d+\.?\d*|\.\d+)([ed][+-]?\d+)?(_r8)?",
        }
        if not re.fullmatch(patterns[self.kind], text, re.IGNORECASE):
            raise NamelistError(f"{self.name}: expected a {self.kind} value, found '{value}'")
        if self.kind == "logical":
            return ".true." if text.strip(".").lower().startswith("t") else ".false."
        return text.removesuffix("_r8")


def entries(config_source: Path) -> dict[str, Entry]:
    """All entries, from ``phase_config_mod.F90``: the one place that defines them."""
    text = config_source.read_text()
    body = re.search(r"^\s*type :: phase_config_type\n(.*?)^\s*contains", text, re.M | re.S)
    lengths = dict(re.findall(r"parameter(?:, public)? :: (phase_path_len) = (\d+)", text))
    found: dict[str, Entry] = {}
    pattern = re.compile(
        r"^\s*(logical|integer|real|character)(?:\(([^)]*)\))? :: (\w+) = (.*?)\s*(?:!!? ?(.*))?$"
    )
    for line in (body.group(1) if body else "").splitlines():
        match = pattern.match(line)
        if match:
            kind, size, name, default, note = match.groups()
            length = (size or "").removeprefix("len=") if kind == "character" else ""
            length = lengths.get(length, length if length.isdigit() else "1024")
            found[name] = Entry(
                name, kind, length if kind == "character" else "", default, note or ""
            )
    if "use_phase_spinup" not in found:
        raise NamelistError(f"{config_source}: no entries of &{GROUP} found in phase_config_type")
    return found


def checked(settings: dict[str, str], known: dict[str, Entry]) -> dict[str, str]:
    """Settings as Fortran literals.

    Raises
    ------
    NamelistError
        With every unknown name and every value of the wrong kind.
    """
    wrong: list[str] = []
    right: dict[str, str] = {}
    for name, value in settings.items():
        entry = known.get(name.lower())
        if entry is None:
            near = difflib.get_close_matches(name.lower(), known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            wrong.append(f"{name}: no entry of &{GROUP}{hint}")
            continue
        try:
            right[entry.name] = entry.literal(value)
        except NamelistError as error:
            wrong.append(str(error))
    if wrong:
        raise NamelistError("; ".join(wrong))
    return right


def phase_in(settings: dict[str, str]) -> str:
    """A ``phase_in`` with the given literals."""
    width = max(map(len, settings))
    body = "".join(f"  {name:<{width}} = {value}\n" for name, value in settings.items())
    return f"&{GROUP}\n{body}/\n"


def changed(text: str, settings: dict[str, str]) -> str:
    """Namelist text with the given literals, in their lines or in front of its last line."""
    for name, value in settings.items():
        pattern = re.compile(rf"^(\s*{name}\s*=\s*).*$", re.MULTILINE | re.IGNORECASE)
        new, count = pattern.subn(lambda found, value=value: found.group(1) + value, text)
        if not count:
            lines = text.rstrip("\n").split("\n")
            lines.insert(len(lines) - 1, f"  {name} = {value}")
            new = "\n".join(lines) + "\n"
        text = new
    return text


def parsed(text: str) -> dict[str, str]:
    """Entries of all groups by lower-case name, as written; the last one of a name wins."""
    code, mask = _without_comments(text)
    starts = list(re.finditer(r"\b([a-z]\w*)\s*(?:\([^)=]*\))?\s*=", mask, re.IGNORECASE))
    found = {}
    for k, start in enumerate(starts):
        end = starts[k + 1].start() if k + 1 < len(starts) else len(code)
        stop = re.search(r"^\s*/|\s/\s*$|^\s*&", mask[start.end() : end], re.MULTILINE)
        if stop:
            end = start.end() + stop.start()
        found[start.group(1).lower()] = code[start.end() : end].strip().rstrip(",").strip()
    return found


def unquoted(value: str) -> str:
    """A character value without its quotes."""
    value = value.strip()
    return (
        value[1:-1].strip()
        if len(value) > 1 and value[0] == value[-1] == "'"
        else value.strip('" ')
    )


def is_true(value: str) -> bool:
    return value.strip().strip(".").lower().startswith("t")


def _without_comments(text: str) -> tuple[str, str]:
    """The text without comments, and the same with quoted characters blanked."""
    code, mask, quote, comment = [], [], "", False
    for letter in text:
        if letter == "\n":
            quote, comment = "", False
        elif comment:
            continue
        elif quote:
            quote = "" if letter == quote else quote
            code.append(letter)
            mask.append("_" if quote else letter)
            continue
        elif letter == "!":
            comment = True
            continue
        elif letter in "'\"":
            quote = letter
        code.append(letter)
        mask.append(letter)
    return "".join(code), "".join(mask)
