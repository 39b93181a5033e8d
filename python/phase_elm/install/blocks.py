"""Blocks of lines that the installer puts into other people's files, and takes out again.

A block begins and ends with a marker line in the file's own comment syntax, so that a file without
its blocks is, byte for byte, the file before them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

BEGIN = ">>> PHASE for ELM: written by phase elm install, taken out by phase elm uninstall"
END = "<<< PHASE for ELM"
_JOINED = " (no line end above)"


class BlockError(ValueError):
    """A block is damaged: one of its marker lines is missing."""


def decode(content: bytes) -> str:
    """Text whose encoding gives the same bytes again, whatever they are."""
    return content.decode("utf-8", "surrogateescape")


def encode(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def lines_of(text: str) -> list[str]:
    """Lines with their ends; unlike ``str.splitlines`` only a line feed ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def block(lines: Iterable[str], comment: str, note: str = "") -> str:
    """The lines between markers; ``comment`` is ``!`` or ``#``, or ``<!--`` for XML."""
    tail = " -->" if comment == "<!--" else ""
    body = "".join(f"{line}\n" for line in lines)
    return f"{comment} {BEGIN}{note}{tail}\n{body}{comment} {END}{tail}\n"


def append(text: str, lines: Iterable[str], comment: str) -> str:
    """The text with a block as its last lines."""
    if text and not text.endswith("\n"):
        return text + "\n" + block(lines, comment, _JOINED)
    return text + block(lines, comment)


def insert(text: str, at: int, lines: Iterable[str], comment: str) -> str:
    """The text with a block in front of its line number ``at``, counted from 0."""
    parts = lines_of(text)
    return "".join(parts[:at]) + block(lines, comment) + "".join(parts[at:])


def split(text: str, name: str = "file") -> tuple[str, list[str]]:
    """The text without its blocks, and the blocks.

    Raises
    ------
    BlockError
        When a begin has no end, or an end no begin.
    """
    outside: list[str] = []
    blocks: list[str] = []
    inside: list[str] | None = None
    for number, line in enumerate(lines_of(text), 1):
        begins, ends = BEGIN in line, END in line
        if begins and inside is None:
            inside = [line]
            if _JOINED in line and outside:
                outside[-1] = outside[-1].removesuffix("\n")
        elif ends and inside is not None:
            blocks.append("".join([*inside, line]))
            inside = None
        elif begins or ends:
            raise BlockError(
                f"{name}, line {number}: expected PHASE blocks with one begin and one end each, "
                f"found '{line.strip()}' out of order; take the block out by hand"
            )
        elif inside is not None:
            inside.append(line)
        else:
            outside.append(line)
    if inside is not None:
        raise BlockError(
            f"{name}: the PHASE block has no end line ('{END}'); take the block out by hand"
        )
    return "".join(outside), blocks


def without(text: str, name: str = "file") -> str:
    """The text without its blocks."""
    return split(text, name)[0]


def inner(text: str) -> str:
    """A block without its marker lines."""
    return "".join(line for line in lines_of(text) if BEGIN not in line and END not in line)
