"""The plugin's results per column, as a file that maps onto the model's grid."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest
from support import CASE, Run, run_case, surrogate, variables

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
