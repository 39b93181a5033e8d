"""Entries of the plugin in ``user_nl_elm``.

ELM's build-namelist lets only names pass that the checkout's ``namelist_definition.xml`` has; it
looks nowhere else. It writes them into ``&elm_inparm``, whose reader in ``controlMod.F90`` has to
know them too. The plugin then takes them from ``lnd_in`` itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.sax.saxutils import escape

from phase_elm.install import blocks
from phase_elm.install.hooks import AnchorError, Edit, Hook
from phase_elm.install.namelist import Entry

DEFINITION = "components/elm/bld/namelist_files/namelist_definition.xml"
_CLOSING = "</namelist_definition>"
_CASE = "<!-- used by the case {} -->"


def control_hook(entries: Iterable[Entry]) -> Hook:
    """Declarations that let ELM's own namelist read pass over the plugin's entries."""
    entries = list(entries)
    lines = []
    for kind, declared in (
        ("logical", "logical"),
        ("integer", "integer"),
        ("real", "real(r8)"),
    ):
        names = [entry.name for entry in entries if entry.kind == kind]
        lines += _wrapped(f"    {declared} :: ", names) if names else []
    for entry in entries:
        if entry.kind == "character":
            lines.append(f"    character(len={entry.length}) :: {entry.name}")
    lines += _wrapped("    namelist /elm_inparm/ ", [entry.name for entry in entries])
    return Hook(
        "main/controlMod.F90", (Edit("namelist /elm_inparm/ hist_wrtch4diag", tuple(lines)),)
    )


def _wrapped(start: str, names: list[str]) -> list[str]:
    """A statement over as many lines as it needs."""
    lines, line = [], start
    for k, name in enumerate(names):
        word = name + (", " if k < len(names) - 1 else "")
        if len(line) + len(word) > 100:
            lines.append(line + "&")
            line = "         "
        line += word
    return [*lines, line]


def definition(text: str, entries: Iterable[Entry], cases: Iterable[str]) -> str:
    """The definition file with the plugin's entries; ``cases`` are told in the block.

    Raises
    ------
    AnchorError
        When the file does not end as expected.
    """
    bare = blocks.without(text, "namelist_definition.xml")
    lines = blocks.lines_of(bare)
    ends = [k for k, line in enumerate(lines) if line.strip() == _CLOSING]
    if len(ends) != 1:
        raise AnchorError(
            f"namelist_definition.xml: expected the line '{_CLOSING}' exactly once, found it "
            f"{len(ends)} times"
        )
    body = [_CASE.format(case) for case in sorted(set(cases))]
    for entry in entries:
        kind = f"char*{entry.length}" if entry.kind == "character" else entry.kind
        values = ' valid_values=".true.,.false."' if entry.kind == "logical" else ""
        note = escape(entry.note or "see docs/namelist.md of PHASE for ELM")
        body += [
            f'<entry id="{entry.name}" type="{kind}" category="default_settings"',
            f'       group="elm_inparm"{values}>',
            f"PHASE spin-up: {note}",
            "</entry>",
        ]
    return blocks.insert(bare, ends[0], body, "<!--")


def cases_of(text: str) -> list[str]:
    """The cases that a definition file's block serves."""
    found = blocks.split(text, "namelist_definition.xml")[1]
    pattern = re.escape(_CASE).replace(r"\{\}", "(.+?)")
    return re.findall(pattern, "".join(found))


def without_case(text: str, case: str) -> str:
    """The definition file without a case; the block goes with its last case."""
    if set(cases_of(text)) <= {case}:
        return blocks.without(text, "namelist_definition.xml")
    return text.replace(_CASE.format(case) + "\n", "")
