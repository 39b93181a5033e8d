"""The calls into ELM's own sources: where they go, verified line by line.

Nothing of ELM's text is kept here but the lines that are looked for. A line is compared without
case, spacing and trailing comment.
"""

from __future__ import annotations

from dataclasses import dataclass

from phase_elm.install import blocks

#: ELM whose sources the anchors were checked against.
CHECKED_E3SM = "E3SM master 75e17cce25 (August 2026)"
CPP_FLAG = "PHASE_SURROGATE"


class AnchorError(ValueError):
    """Sources of ELM without the expected lines."""


@dataclass(frozen=True)
class Edit:
    """Lines to insert beside an anchor.

    Parameters:
        anchor: A line of the source, which has to be there exactly once.
        lines: What goes in, between ``#ifdef`` and ``#endif``.
        before: In front of the anchor instead of after it.
        ahead_of: Beginning of a line that has to come later: the insertion's place in the step.
    """

    anchor: str
    lines: tuple[str, ...]
    before: bool = False
    ahead_of: str = ""


@dataclass(frozen=True)
class Hook:
    """Edits of one source file; ``path`` is below ``components/elm/src``."""

    path: str
    edits: tuple[Edit, ...]

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


DRIVER = Hook(
    "main/elm_driver.F90",
    (
        Edit(
            "use timeinfoMod",
            ("  use elm_phase_mod           , only : phase_driver, phase_driver_restart_write",),
        ),
        Edit(
            "jday_mod = get_curr_calday()",
            ("    call phase_driver(bounds_proc)",),
            ahead_of="call BeginGridCBalance(",
        ),
        Edit(
            "call t_stopf('elm_drv_io_wrest')",
            (
                "          call phase_driver_restart_write(bounds_proc, &",
                "               year_curr, mon_curr, day_curr, secs_curr)",
            ),
            before=True,
        ),
    ),
)
FINALIZE = Hook(
    "main/elm_finalizeMod.F90",
    (
        Edit(
            "use SoilLittVertTranspMod, only : cleanupLitterTransportList",
            (
                "  use decompMod, only : bounds_type, get_proc_bounds",
                "  use elm_phase_mod, only : phase_driver_final",
            ),
        ),
        Edit(
            "if (use_cn) then",
            (
                "    block",
                "      type(bounds_type) :: bounds_proc",
                "      call get_proc_bounds(bounds_proc)",
                "      call phase_driver_final(bounds_proc)",
                "    end block",
            ),
            before=True,
        ),
    ),
)
HOOKS = (DRIVER, FINALIZE)


def _plain(line: str) -> str:
    """A source line without comment, case and spacing; blank for a comment line."""
    quote = ""
    for k, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "!":
            line = line[:k]
            break
    return "".join(line.split()).lower()


def _place(lines: list[str], edit: Edit, name: str) -> tuple[int, str]:
    """Number of the line to insert in front of, or what is wrong."""
    wanted = _plain(edit.anchor)
    found = [number for number, line in enumerate(lines) if line == wanted]
    if len(found) != 1:
        where = "nowhere" if not found else f"{len(found)} times"
        return 0, f"{name}: expected the line '{edit.anchor}' exactly once, found it {where}"
    later = _plain(edit.ahead_of)
    if later and not any(line.startswith(later) for line in lines[found[0] :]):
        return 0, (
            f"{name}: expected a line that begins with '{edit.ahead_of}' after the line "
            f"'{edit.anchor}', found none"
        )
    return found[0] + (0 if edit.before else 1), ""


def problems(text: str, hook: Hook) -> list[str]:
    """What keeps the hook from going into a source; empty when nothing does."""
    lines = [_plain(line) for line in blocks.lines_of(blocks.without(text, hook.name))]
    return [message for edit in hook.edits if (message := _place(lines, edit, hook.name)[1])]


def apply(text: str, hook: Hook) -> str:
    """The source with the hook's blocks; earlier blocks are replaced.

    Raises
    ------
    AnchorError
        With every anchor that is missing or ambiguous.
    """
    wrong = problems(text, hook)
    if wrong:
        raise AnchorError(
            "; ".join(wrong)
            + f". The anchors are those of {CHECKED_E3SM}; this source differs there"
        )
    text = blocks.without(text, hook.name)
    lines = [_plain(line) for line in blocks.lines_of(text)]
    places = [(_place(lines, edit, hook.name)[0], edit) for edit in hook.edits]
    for at, edit in sorted(places, key=lambda place: -place[0]):
        guarded = (f"#ifdef {CPP_FLAG}", *edit.lines, "#endif")
        text = blocks.insert(text, at, guarded, "!")
    return text
