"""Budgets of whole years close to 1e-10 of the stock, in both modes and on every rank."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from support import start

pytestmark = [pytest.mark.compiled, pytest.mark.mpi]


@pytest.mark.parametrize(("mode", "years", "ranks"), [("normal", 25, 1), ("accelerated", 44, 2)])
def test_budgets_close(mode: str, years: int, ranks: int, world: Path, tmp_path: Path) -> None:
    """In accelerated mode beyond year 40, where the rates change."""
    words = ["-m", "phase_elm.cli", "minielm", "check", "--out", "c.json", "--world", str(world)]
    words += ["--mode", mode, "--years", str(years)]
    run = start([sys.executable, *words], tmp_path, ranks)
    assert run.status == 0, run.text
    result = json.loads((tmp_path / "c.json").read_text())
    assert result["columns"] == 8
    assert result["closed"]
    assert 0.0 < max(result["worst"].values()) < 1e-12
