"""What the verbs share: errors, progress bars, and the log of a model that runs in the process.

Nothing heavy is imported here or in the modules of the verbs: ``phase --help`` is quick.
"""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from typer.core import TyperGroup

console = Console()
TRACEBACK = "PHASE_TRACEBACK"
# What a user's files, options and machine can bring about; anything else is a fault of the package.
_EXPLAINED = (ValueError, OSError, LookupError, RuntimeError, ArithmeticError, ImportError)

_REASONS = {
    errno.ENOENT: "no such file or folder",
    errno.EEXIST: "is a file, expected a folder",
    errno.ENOTDIR: "is below a file, expected a folder",
    -51: "is no netCDF file (NetCDF: Unknown file format)",
    -101: "is damaged, or cut short (NetCDF: HDF error)",
}
_REMARKS = ("The TorchScript type system", "'torch.load' received")


def fail(message: object) -> typer.Exit:
    """Tell a message on standard error; raise what it returns to end with status 1."""
    text = escape(str(message))
    Console(stderr=True, soft_wrap=True).print(f"[bold]phase:[/] {text}", highlight=False)
    return typer.Exit(1)


class Verbs(TyperGroup):
    """The verbs: an error in one of them ends in its message and status 1.

    With ``PHASE_TRACEBACK`` set it ends in Python's traceback instead.
    """

    def invoke(self, ctx: typer.Context) -> object:
        """Run the verb that the command line asks for."""
        for remark in _REMARKS:  # of PyTorch to its programmers
            warnings.filterwarnings("ignore", remark, UserWarning)
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except _EXPLAINED as error:
            if os.environ.get(TRACEBACK):
                raise
            raise fail(explain(error)) from None


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


def explain(error: Exception) -> str:
    """The message of an error for somebody who sees only the command line.

    A refused entry of a configuration is named as the option that set it.
    """
    if isinstance(error, ValidationError):
        return "; ".join(_refused(item) for item in error.errors())
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {_REASONS.get(error.errno, error.strerror)}"
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    return str(error) or type(error).__name__


def _refused(item: dict[str, Any]) -> str:
    """One finding of pydantic: option, what was expected, what was found."""
    text = item["msg"].removeprefix("Value error, ")
    text = text.replace("Input should be", "expected").replace("String should", "expected to")
    found = item["input"]
    if "found" not in text and isinstance(found, str | int | float):
        text += f"; found {found!r}"
    option = str(item["loc"][0]).replace("_", "-") if item["loc"] else ""
    return f"--{option}: {text}" if option else text
