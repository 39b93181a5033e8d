"""A host that registers its rates, and an artifact that does not ask for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support import run_case, surrogate, variables

from phase_elm.export import export_steady_state

pytestmark = [pytest.mark.compiled, pytest.mark.mpi]


def test_the_plugin_jumps_without_rates(world: Path, tmp_path: Path) -> None:
    """Soil after the jump is that of the host's own rates within a tenth."""
    soil = {}
    for name, rates in (("bare", False), ("full", True)):
        path = tmp_path / f"{name}.pt"
        export_steady_state(path, 2000.0, rates, None if rates else 0.5)
        run = run_case(world, tmp_path / name, 21, phase=surrogate(path))
        assert run.status == 0, run.text
        (jump,) = run.report["jumps"]
        assert jump["columns_jumped"] > 0
        soil[name] = variables(run.restart(22))["soil4c_vr"][:, :4].sum()
    assert np.isfinite(soil["bare"])
    assert abs(soil["bare"] / soil["full"] - 1.0) < 0.1
