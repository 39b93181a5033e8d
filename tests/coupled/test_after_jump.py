"""The model survives large jumps, with its balances checked in every step, and keeps its rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from support import Run, run_case, surrogate, variables, write_growth_artifact

pytestmark = [pytest.mark.compiled]

CN_SOIL = {"soil1": 12.0, "soil2": 12.0, "soil3": 10.0, "soil4": 10.0}


@pytest.fixture(scope="module", params=[5.0, 0.2], ids=["growth", "decline"])
def two_years(
    request: pytest.FixtureRequest,
    world: Path,
    jumped: Run,
    tmp_path_factory: pytest.TempPathFactory,
) -> Run:
    """Every pool jumps by one factor at the beginning of year 21; then two year ends."""
    folder = tmp_path_factory.mktemp("after_jump")
    artifact = write_growth_artifact(folder / "growth.pt", factor=request.param)
    first = run_case(world, folder / "observed", 20, phase=surrogate(artifact))
    assert first.status == 0, first.text
    run = run_case(
        world, folder / "jumped", 2, phase=surrogate(artifact), finidat=str(first.restart(21))
    )
    assert run.status == 0, run.text
    assert run.report["jumps"][0]["columns_jumped"] == run.report["run"]["columns"]
    return run


def test_run_survives_two_year_ends(two_years: Run) -> None:
    """minielm ends a run when a column's C, N or P balance is off by 1e-7 g/m2 in a step."""
    assert two_years.restart(23).exists()


def test_mineral_nitrogen_is_the_sum_of_its_parts(two_years: Run) -> None:
    data = variables(two_years.restart(23))
    assert np.array_equal(data["sminn_vr"], data["smin_no3_vr"] + data["smin_nh4_vr"])
    assert (data["smin_no3_vr"] >= 0.0).all()


def test_soil_nitrogen_follows_soil_carbon(two_years: Run) -> None:
    data = variables(two_years.restart(23))
    for pool, ratio in CN_SOIL.items():
        np.testing.assert_allclose(
            data[f"{pool}n_vr"] * ratio, data[f"{pool}c_vr"], rtol=1e-9, atol=1e-9, err_msg=pool
        )


def test_layers_below_stay_empty(two_years: Run) -> None:
    data = variables(two_years.restart(23))
    for pool in ("litr1", "cwd", "soil1", "soil4"):
        for element in "cnp":
            assert (data[f"{pool}{element}_vr"][:, 10:] == 0.0).all()


def test_no_carbon_without_nitrogen_or_phosphorus(two_years: Run) -> None:
    data = variables(two_years.restart(23))
    for pool in ("litr1", "litr2", "litr3", "cwd", "soil1", "soil2", "soil3", "soil4"):
        holds = data[f"{pool}c_vr"] > 1e-8
        assert (data[f"{pool}n_vr"][holds] > 0.0).all(), pool
        assert (data[f"{pool}p_vr"][holds] > 0.0).all(), pool


def test_stem_area_does_not_swallow_a_fall_in_leaf_area(two_years: Run, jumped: Run) -> None:
    before, after = variables(jumped.restart(21)), variables(two_years.restart(23))
    assert after["tsai"].max() < 1.5 * before["tsai"].max() + 0.5


def test_pools_that_are_not_predicted_follow(world: Path, tmp_path: Path) -> None:
    """An artifact of displayed pools only: stores and labile pools grow with the plant."""
    artifact = write_growth_artifact(
        tmp_path / "displayed.pt",
        factor=3.0,
        predicts=r"^(leaf|froot|(live|dead)(stem|croot))[cnp]$",
    )
    observed = run_case(world, tmp_path / "observed", 20, phase=surrogate(artifact))
    assert observed.status == 0, observed.text
    start = {"finidat": str(observed.restart(21))}
    jumped = run_case(world, tmp_path / "jumped", 2, phase=surrogate(artifact), **start)
    assert jumped.status == 0, jumped.text
    ledger = jumped.report["jumps"][0]["ledger"]
    for element in "CNP":
        assert ledger[element]["host_rules_g_m2"] > 0.0, element
