"""The command line that asks for a long run, to start it on several ranks or beside others."""

from __future__ import annotations

import sys

from pydantic import BaseModel


def truth_command(name: str, config: BaseModel) -> list[str]:
    """The words of ``phase truth NAME`` (blank: none) that ask for the same as ``config``."""
    words = [sys.executable, "-m", "phase_elm.cli", "truth", *([name] if name else [])]
    for key, value in config.model_dump().items():
        option = "--" + key.replace("_", "-")
        for item in value if isinstance(value, tuple | list) else [value]:
            if item is not None:
                words += [option, str(item)]
    return words
