"""README and docs name only what there is: verbs, options, files, links and tests."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from phase_elm.cli import app

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = "ci|docs|fortran|phase_bridge|python|tests"
page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)


def _command(words: list[str]) -> tuple[Any, list[str]]:
    """The command that some words name, and the words after it."""
    command: Any = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    return command, words


def _told(text: str) -> list[str]:
    """Commands of the page: lines of its code blocks, put together at a backslash, and in line."""
    joined = re.sub(r"\\\n\s*", " ", text)
    block = re.findall(r"^    (?:\S+=\S+ )*(phase [^\n#|;&]*)", joined, re.MULTILINE)
    return [*block, *re.findall(r"`(phase [^`\n]+)`", joined)]


@page
def test_commands_exist_with_their_options(path: Path) -> None:
    wrong = []
    for line in _told(path.read_text()):
        words = shlex.split(line.replace("'", "").replace("[", "").replace("]", ""))[1:]
        command, rest = _command(words)
        options = {name for p in command.params for name in (*p.opts, *p.secondary_opts)}
        given = {word.split("=")[0] for word in rest if re.match(r"--?[a-z]", word)}
        if not words or (re.fullmatch(r"[a-z-]+", words[0]) and rest == words):
            wrong.append(f"{line}: no such verb")
        elif given - options - {"--help"}:
            wrong.append(f"{line}: no option {', '.join(given - options)}")
    assert not wrong


@page
def test_files_exist(path: Path) -> None:
    named = re.findall(rf"`((?:{FOLDERS})/[\w./-]+\w)`", path.read_text())
    assert not [name for name in named if not (ROOT / name).exists()]


@page
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", path.read_text())
    missing = [
        link for link in links if "://" not in link and not (path.parent / link).resolve().exists()
    ]
    assert not missing


def anchors(path: Path) -> set[str]:
    """Anchors of the headings: lower case, hyphens for blanks, without other marks."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.M)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


@page
def test_links_into_a_page_lead_to_a_heading(path: Path) -> None:
    """A section that is taken out takes the links to it along."""
    broken = []
    for page, anchor in re.findall(r"\]\(([^)#\s:]*)#([^)\s]+)\)", path.read_text()):
        target = (path.parent / page).resolve() if page else path
        if target.suffix == ".md" and anchor not in anchors(target):
            broken.append(f"{page}#{anchor}")
    assert not broken


def test_tests_that_are_named_exist() -> None:
    there = set()
    for file in (ROOT / "tests").rglob("test_*"):
        if file.suffix in (".py", ".F90"):
            there |= {file.stem, *re.findall(r"\b(test_\w+)", file.read_text())}
    for path in PAGES:
        named = set(re.findall(r"`(?:coupled/)?(test_\w+)`", path.read_text()))
        assert not named - there, path
