"""A run in accelerated mode: the plugin sees and writes pools at their normal size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support import (
    END,
    Run,
    assert_same_bits,
    run_case,
    surrogate,
    variables,
    write_growth_artifact,
)

pytestmark = [pytest.mark.compiled, pytest.mark.mpi]

ACCELERATED = {"spinup_state": 1, "spinup_mortality_factor": 10.0}
SOIL4_FACTOR = 27.4  # 1 / (365 days x 1.00005e-4 a day)


def thickness() -> np.ndarray:
    """ELM's ten upper layers (m)."""
    nodes = 0.025 * (np.exp(0.5 * (np.arange(1, 12) - 0.5)) - 1.0)
    edges = np.concatenate([[0.0], 0.5 * (nodes[1:] + nodes[:-1])])
    return np.diff(edges)


@pytest.fixture(scope="module")
def artifact_of_both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("artifact_of_both")
    return write_growth_artifact(folder / "growth.pt", protocols=["cold", "accelerated"])


@pytest.fixture(scope="module")
def accelerated(
    world: Path, artifact_of_both: Path, tmp_path_factory: pytest.TempPathFactory
) -> Run:
    run = run_case(
        world,
        tmp_path_factory.mktemp("accelerated"),
        END,
        phase=surrogate(artifact_of_both),
        rest_n=10,
        **ACCELERATED,
    )
    assert run.status == 0, run.text
    return run


def test_protocol_that_the_artifact_does_not_list(
    world: Path, artifact: Path, tmp_path: Path
) -> None:
    run = run_case(world, tmp_path, 1, phase=surrogate(artifact), **ACCELERATED)
    assert run.status != 0
    for word in ("protocol", "'cold'", "'accelerated'", "phase_allow_protocol_mismatch"):
        assert word in run.text


def test_jump_is_booked_at_normal_size(
    world: Path, accelerated: Run, artifact_of_both: Path, tmp_path: Path
) -> None:
    """Soil 4 grows by a quarter; the ledger books 27 times what ELM's small pool gained."""
    run = run_case(
        world,
        tmp_path,
        1,
        phase=surrogate(artifact_of_both),
        finidat=str(accelerated.restart(21)),
        **ACCELERATED,
    )
    assert run.status == 0, run.text
    before, after = variables(accelerated.restart(21)), variables(run.restart(22))
    old, new = before["soil4c_vr"][:, :10], after["soil4c_vr"][:, :10]
    grown = old > 1.0
    assert grown.any()
    ratio = new[grown] / old[grown]
    assert 1.1 < np.median(ratio) < 1.4  # a quarter more, and a year of fast decomposition
    ledger = run.report["jumps"][0]["ledger"]["C"]
    assert abs(ledger["host_rules_g_m2"]) < 1e-6
    assert abs(ledger["max_column_error_g_m2"]) < 1e-6
    soil4 = SOIL4_FACTOR * (old * thickness()).sum(axis=1)
    assert ledger["before_g_m2"] > soil4.min()
    assert ledger["max_column_change_g_m2"] > 0.25 * soil4.max()


@pytest.mark.parametrize(
    ("done", "ranks"), [(10, 2), (20, 1), (30, 1)], ids=lambda value: str(value)
)
def test_exact_restart(
    done: int, ranks: int, world: Path, artifact_of_both: Path, accelerated: Run, tmp_path: Path
) -> None:
    run = run_case(
        world,
        tmp_path,
        END - done,
        ranks=ranks,
        phase=surrogate(artifact_of_both),
        finidat=str(accelerated.restart(done + 1)),
        **ACCELERATED,
    )
    assert run.status == 0, run.text
    assert_same_bits(run.restart(END + 1), accelerated.restart(END + 1))
    assert_same_bits(run.plugin_state(END + 1), accelerated.plugin_state(END + 1))


def test_exit_gives_the_pools_of_the_jump(world: Path, accelerated: Run, tmp_path: Path) -> None:
    """The exit, years after the jump: by the factor, not by the scalar gathered since."""
    artifact = write_growth_artifact(tmp_path / "g.pt", protocols=["short_accelerated"])
    run = run_case(
        world,
        tmp_path / "normal",
        1,
        phase=surrogate(artifact),
        finidat=str(accelerated.restart(END + 1)),
        start_type="startup",
        spinup_mortality_factor=ACCELERATED["spinup_mortality_factor"],
    )
    assert run.status == 0, run.text
    before, after = variables(accelerated.restart(END + 1)), variables(run.restart(2))
    np.testing.assert_allclose(before["scalaravg_col"][:, :10], 1.0, rtol=1e-4)
    assert after["spinup_state"] == 0
    small = before["soil4c_vr"][:, :10]
    grown = small > 1.0
    ratio = after["soil4c_vr"][:, :10][grown] / small[grown]
    assert 0.95 * SOIL4_FACTOR < np.median(ratio) < 1.05 * SOIL4_FACTOR
    assert run.report["run"]["start_year"] == 1, "a new observation"
    assert not run.report["jumps"]


def test_state_of_the_other_mode_is_not_taken_on(
    world: Path, accelerated: Run, tmp_path: Path
) -> None:
    """A run that goes on in the other mode observes anew, and says so."""
    artifact = write_growth_artifact(tmp_path / "g.pt", protocols=["short_accelerated"])
    state = {"phase_restart_file": str(accelerated.plugin_state(END + 1))}
    run = run_case(
        world,
        tmp_path / "normal",
        1,
        phase=surrogate(artifact, **state),
        finidat=str(accelerated.restart(END + 1)),
        start_type="startup",
        spinup_mortality_factor=ACCELERATED["spinup_mortality_factor"],
    )
    assert run.status == 0, run.text
    assert "accelerated mode" in run.text
    assert "a new observation begins" in run.text
    assert not run.report["jumps"]
