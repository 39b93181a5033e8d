"""A model with the plugin off, or watching only, is the model without the plugin, bit for bit."""

from __future__ import annotations

from pathlib import Path

import pytest
from support import Run, assert_same_bits, run_case, surrogate

pytestmark = pytest.mark.compiled

YEARS = 25


def test_compiled_in_but_off(world: Path, plain: Run, tmp_path: Path) -> None:
    run = run_case(world, tmp_path, YEARS)
    assert run.status == 0, run.text
    assert_same_bits(run.restart(YEARS + 1), plain.restart(YEARS + 1))
    assert not list(tmp_path.glob("*phase*")), "the plugin is off and leaves no files"


def test_switched_off_in_the_namelist(world: Path, plain: Run, tmp_path: Path) -> None:
    run = run_case(
        world,
        tmp_path,
        YEARS,
        # Off means off: not even the artifact is looked for.
        phase={"use_phase_spinup": False, "phase_model_file": "/does/not/exist.pt"},
    )
    assert run.status == 0, run.text
    assert_same_bits(run.restart(YEARS + 1), plain.restart(YEARS + 1))


def test_dry_run(world: Path, artifact: Path, plain: Run, tmp_path: Path) -> None:
    run = run_case(world, tmp_path, YEARS, phase=surrogate(artifact, phase_dry_run=True))
    assert run.status == 0, run.text
    assert_same_bits(run.restart(YEARS + 1), plain.restart(YEARS + 1))
    assert run.report["jumps"], "the report tells what the jump would have done"


def test_the_jump_is_no_dry_run(jumped: Run, plain: Run) -> None:
    """The comparisons above can fail: a jump does change the pools."""
    with pytest.raises(AssertionError, match="deadstemc"):
        assert_same_bits(jumped.restart(31), plain.restart(26))
