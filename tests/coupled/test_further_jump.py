"""The packaged surrogate jumps twice in a run: the learned jump, then the polish."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support import Run, assert_same_bits, run_case, surrogate, variables

from phase_elm.demo.config import DemoConfig

pytestmark = [pytest.mark.compiled, pytest.mark.mpi]

YEARS = 50  # jumps at the beginning of years 21 and 41
ENTRIES = {"phase_max_jumps": 2, "phase_relax_years": 20, "phase_trust_threshold": 0.0}


@pytest.fixture(scope="module")
def polished(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = run_case(
        world,
        tmp_path_factory.mktemp("polished"),
        YEARS,
        phase=surrogate(DemoConfig().artifact, **ENTRIES),
        rest_n=10,
    )
    assert run.status == 0, run.text
    return run


def test_both_jumps_are_made(polished: Run) -> None:
    """The second, from a state near rest, moves far less carbon than the first."""
    first, second = polished.report["jumps"]
    assert (first["year"], second["year"]) == (21, 41)
    assert first["columns_jumped"] > 0
    moved = [abs(jump["ledger"]["C"]["change_g_m2"]) for jump in (first, second)]
    assert 0.0 < moved[1] < 0.2 * moved[0]


def test_polish_leaves_the_plants_alone(world: Path, polished: Run, tmp_path: Path) -> None:
    """The year that begins with the polish has the plants of the year before."""
    run = run_case(
        world,
        tmp_path,
        1,
        phase=surrogate(DemoConfig().artifact, **ENTRIES),
        finidat=str(polished.restart(41)),
    )
    assert run.status == 0, run.text
    before, after = variables(polished.restart(41)), variables(run.restart(42))
    grown = before["leafc_storage"] > 1.0
    assert grown.any()
    ratio = after["leafc_storage"][grown] / before["leafc_storage"][grown]
    assert np.median(np.abs(np.log(ratio))) < 0.2
    assert len(run.report["jumps"]) == 2


@pytest.mark.parametrize(("done", "ranks"), [(30, 1), (40, 2)], ids=lambda value: str(value))
def test_exact_restart_in_the_second_window(
    done: int, ranks: int, world: Path, polished: Run, tmp_path: Path
) -> None:
    """Means and the values at the window's start survive; so does a jump due at once."""
    run = run_case(
        world,
        tmp_path,
        YEARS - done,
        ranks=ranks,
        phase=surrogate(DemoConfig().artifact, **ENTRIES),
        finidat=str(polished.restart(done + 1)),
    )
    assert run.status == 0, run.text
    if ranks == 1:
        assert_same_bits(run.restart(YEARS + 1), polished.restart(YEARS + 1))
        assert_same_bits(run.plugin_state(YEARS + 1), polished.plugin_state(YEARS + 1))
        return
    # Torch may order a sum differently for another number of columns in a batch.
    found, expected = variables(run.restart(YEARS + 1)), variables(polished.restart(YEARS + 1))
    for name in ("soil4c_vr", "deadstemc", "cwdc_vr", "leafc"):
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-8, atol=1e-8, err_msg=name)
