"""What the verbs share: errors, progress bars, and the log of a model that runs in the process."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

console = Console()


def fail(message: object) -> typer.Exit:
    Console(stderr=True, soft_wrap=True).print(f"[bold]phase:[/] {message}", highlight=False)
    return typer.Exit(1)


@contextmanager
def output_to(path: Path) -> Iterator[Console]:
    """Send what the process and the model in it print to a file; yields the screen."""
    path.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    saved = os.dup(1)
    with path.open("a") as log, os.fdopen(saved, "w") as screen:
        os.dup2(log.fileno(), 1)
        try:
            yield Console(file=screen)
        finally:
            os.dup2(screen.fileno(), 1)


def bars(screen: Console = console, hidden: bool = False) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("years"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=screen,
        disable=hidden,
    )


def first_message(error: Exception) -> str:
    """The message of an error, of a pydantic error without its preamble."""
    from pydantic import ValidationError

    if isinstance(error, ValidationError):
        return "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors()
        )
    return str(error)
