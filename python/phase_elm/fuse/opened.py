"""Files that many small things are asked of: opened once while a fusion runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import netCDF4

_kept: dict[Path, netCDF4.Dataset] | None = None


@contextmanager
def keep_open() -> Iterator[None]:
    """What :func:`opened` opens stays open until the block ends."""
    global _kept
    outer, _kept = _kept, {}
    try:
        yield
    finally:
        for data in _kept.values():
            data.close()
        _kept = outer


@contextmanager
def opened(path: Path) -> Iterator[netCDF4.Dataset]:
    """A netCDF file to read, without masks; closed afterwards unless it is kept open."""
    data = None if _kept is None else _kept.get(path)
    if data is not None:
        yield data
        return
    data = netCDF4.Dataset(path)
    data.set_auto_mask(False)
    if _kept is not None:
        _kept[path] = data
        yield data
        return
    with data:
        yield data
