"""A list of places instead of a grid."""

from __future__ import annotations

import re
from pathlib import Path

Site = tuple[float, float]  # latitude, longitude in degrees


def read_sites(path: Path) -> tuple[Site, ...]:
    """Read places from a text file.

    One place a line: latitude and longitude in degrees north and east, separated by a comma or
    blanks; what follows is a remark. Empty lines, lines that begin with ``#`` and a heading are
    passed over.

    Raises:
        ValueError: A line holds no place; the message names it.
    """
    found: list[Site] = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        words = [word for word in re.split(r"[,;\s]+", line.strip()) if word]
        if not words or words[0].startswith("#"):
            continue
        try:
            lat, lon = (float(word) for word in words[:2])
        except ValueError:
            if not found and not re.search(r"\d", line):
                continue  # the heading
            raise ValueError(
                f"{path}, line {number}: expected latitude and longitude in degrees, found '{line}'"
            ) from None
        found.append((lat, lon))
    if not found:
        raise ValueError(f"{path}: holds no place; write latitude and longitude, one place a line")
    return tuple(found)
