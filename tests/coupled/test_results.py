"""The plugin's results per column, as a file that maps onto the model's grid."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest
from support import (
    CASE,
    OBSERVE_YEARS,
    Run,
    run_case,
    surrogate,
    variables,
    write_growth_artifact,
)

pytestmark = [pytest.mark.compiled]


def test_results_follow_cf(jumped: Run) -> None:
    with netCDF4.Dataset(jumped.folder / f"{CASE}.phase.nc") as data:
        assert data.Conventions.startswith("CF-")
        assert data.date == "0033-01-01-00000"
        assert data.run_mode == "normal"
        assert data.variables["lat"].standard_name == "latitude"
        for name in ("trust", "drift_before", "drift_after"):
            variable = data.variables[name]
            assert variable.units
            assert variable.long_name
            assert variable.coordinates == "lat lon"
            assert "_FillValue" in variable.ncattrs()


def test_columns_lie_where_the_grid_has_them(world: Path, jumped: Run) -> None:
    found = variables(jumped.folder / f"{CASE}.phase.nc")
    domain = variables(world / "domain.nc")
    place = (found["cols1d_jxy"] - 1, found["cols1d_ixy"] - 1)
    np.testing.assert_allclose(domain["yc"][place], found["lat"], atol=1e-9)
    np.testing.assert_allclose(domain["xc"][place] % 360, found["lon"] % 360, atol=1e-9)


def test_columns_below_trust_are_counted_and_mapped(world: Path, tmp_path: Path) -> None:
    """Left to the model: in the jump, in the certificate, by column, and on the map."""
    doubtful = write_growth_artifact(tmp_path / "doubtful.pt", north=0.1, trust_threshold=0.2)
    run = run_case(world, tmp_path, OBSERVE_YEARS + 1, phase=surrogate(doubtful))
    assert run.status == 0, run.text
    cells = {name: np.array(values) for name, values in run.report["cells"].items()}
    north = cells["lat"] > 0.0
    assert 0 < north.sum() < north.size, "both hemispheres are there"
    expected = np.where(north, "below_trust", "jumped")
    assert cells["status"].tolist() == expected.tolist()
    (jump,) = run.report["jumps"]
    assert (jump["columns_below_trust"], jump["columns_jumped"]) == (north.sum(), (~north).sum())
    kept = run.report["certificate"]["kept_own_state"]
    assert (kept["columns"], kept["below_trust"]) == (north.sum(), north.sum())
    area = cells["area_km2"]
    assert kept["area_share"] == pytest.approx(area[north].sum() / area.sum())
    found = variables(run.folder / f"{CASE}.phase.nc")
    np.testing.assert_array_equal(found["jumped"] > 0.5, ~north)
    np.testing.assert_allclose(found["lat"], cells["lat"])
    assert len(set(found["status"][north])) == 1
    assert not set(found["status"][north]) & set(found["status"][~north])


@pytest.mark.mpi
def test_results_do_not_depend_on_the_ranks(
    world: Path, artifact: Path, jumped: Run, tmp_path: Path
) -> None:
    start = {"finidat": str(jumped.restart(31)), "phase": surrogate(artifact)}
    one = run_case(world, tmp_path / "one", 2, **start)
    three = run_case(world, tmp_path / "three", 2, ranks=3, **start)
    assert one.status == three.status == 0, one.text + three.text
    left, right = (variables(run.folder / f"{CASE}.phase.nc") for run in (one, three))
    assert left.keys() == right.keys()
    for name in left:
        assert left[name].tobytes() == right[name].tobytes(), name
