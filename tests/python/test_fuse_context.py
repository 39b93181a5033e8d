"""What a fused set holds besides the schema: soil-order parameters, and the way to held pools."""

from __future__ import annotations

import os
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from elm_files import NLEVGRND, SOIL, ElmFiles, small_schema

from phase_elm.fuse import FuseConfig, FuseError, fuse, held_pools
from phase_elm.fuse.soil_orders import SoilOrders, order_variables
from phase_elm.schema import load_context, load_schema
from phase_elm.train.dataset import read_training_set
from phase_elm.world.parameters import ORDER_PARAMETERS

CELL = np.array([0, 1, 1])  # gridcell of each soil column
ULP = 2.3e-16
REFERENCE = os.environ.get("PHASE_ELM_REFERENCE")
real = pytest.mark.skipif(REFERENCE is None, reason="PHASE_ELM_REFERENCE names no folder")


def made(files: ElmFiles, **changes: object) -> Path:
    return fuse(FuseConfig(**files.arguments(**changes)))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ElmFiles:
    return ElmFiles(tmp_path_factory.mktemp("elm")).write()


def like(files: ElmFiles, folder: Path, **changes: object) -> ElmFiles:
    """Another restart of the same run."""
    other = ElmFiles(folder, seed=7, **changes)
    for name in ("order", "patch_column", "patch_kind", "patch_active", "patch_weight"):
        setattr(other, name, getattr(files, name))
    folder.mkdir(parents=True, exist_ok=True)
    other.write_restart(other.restart)
    return other


def test_context_is_no_part_of_what_artifacts_read() -> None:
    schema = load_schema()
    assert not {v.name for v in load_context()} & set(schema.by_name)
    assert "context" not in schema.model_dump()
    assert {v.name for v in order_variables()} == set(ORDER_PARAMETERS)


def test_soil_order_parameters_come_by_the_order_of_the_column(files: ElmFiles) -> None:
    order = files.values["SOIL_ORDER"].astype(int)
    assert order[0] != order[1]
    with netCDF4.Dataset(made(files, soil_orders=files.soil_orders)) as data:
        assert data.soil_order_file == files.soil_orders.name
        for v in order_variables():
            found = data["observed"][v.name]
            # entry 0 of the file is water, so that order 1 is the second entry
            np.testing.assert_array_equal(found[:], files.values[v.name][order[CELL]])
            assert (found.units, found.long_name) == (v.units, v.long_name)
            assert found.coordinates == "lat lon"
            assert found.origin == "soil-order file, by SOIL_ORDER of the surface data"


def test_training_reads_the_same_from_sets_with_and_without_them(tmp_path: Path) -> None:
    files = ElmFiles(tmp_path / "run").write()
    later = like(files, tmp_path / "later", year=203)
    schema = small_schema(files.years)
    sets = [
        read_training_set(made(files, equilibrium=later.restart, **given), schema)
        for given in ({}, {"soil_orders": files.soil_orders})
    ]
    for old, new in zip(*([s.inputs, s.truth] for s in sets), strict=True):
        assert list(old) == list(new)
        assert all(bool((old[name] == new[name]).all()) for name in old)


@pytest.fixture
def orders(tmp_path: Path) -> ElmFiles:
    files = ElmFiles(tmp_path)
    files.write_parameters()
    return files


def test_units_are_converted_by_meaning_and_others_refused(orders: ElmFiles) -> None:
    with netCDF4.Dataset(orders.soil_orders, "a") as data:
        data["smax"].units = "kgP m-3"
        data["r_adsorp"].units = "month-1"
    found = SoilOrders(orders.soil_orders).tables
    np.testing.assert_allclose(found["smax"], 1000.0 * orders.values["smax"], rtol=1e-15)
    np.testing.assert_array_equal(found["r_adsorp"], orders.values["r_adsorp"])
    for name, unit in (("smax", "gN/m3"), ("ks_sorption", "furlong"), ("r_weather", "1/yr")):
        with netCDF4.Dataset(orders.soil_orders, "a") as data:
            before = getattr(data[name], "units", "none")
            data[name].units = unit
        with pytest.raises(FuseError, match=f"{name}: units are '{unit}', expected"):
            SoilOrders(orders.soil_orders)
        with netCDF4.Dataset(orders.soil_orders, "a") as data:
            data[name].units = before


def test_missing_parameters_are_named_and_elms_default_is_told(orders: ElmFiles) -> None:
    with netCDF4.Dataset(orders.soil_orders, "a") as data:
        data.renameVariable("r_mort_soilorder", "x")
    found = SoilOrders(orders.soil_orders)
    assert (found.tables["r_mort_soilorder"] == 0.02).all()
    assert found.origin["r_mort_soilorder"].startswith("ELM's default")
    with netCDF4.Dataset(orders.soil_orders, "a") as data:
        data.renameVariable("r_occlude", "y")
        data.renameVariable("k_s4_biochem", "z")
    with pytest.raises(FuseError, match=r"lacks r_occlude, k_s4_biochem; expected"):
        SoilOrders(orders.soil_orders)


@pytest.mark.parametrize("odd", [-1.0, 16.0, 2.5, np.nan])
def test_an_order_that_the_file_does_not_list_is_named(orders: ElmFiles, odd: float) -> None:
    lat, lon = np.array([10.0, -14.5]), np.array([20.0, 25.0])
    wanted = rf"SOIL_ORDER .* is {odd:g} at -14.500 N, 25.000 E .* 0 to 15"
    with pytest.raises(FuseError, match=wanted):
        SoilOrders(orders.soil_orders).of(np.array([3.0, odd]), lat, lon)


def test_a_value_that_is_no_number_matters_where_the_run_has_the_order(orders: ElmFiles) -> None:
    with netCDF4.Dataset(orders.soil_orders, "a") as data:
        data["smax"][12] = np.nan
    found, place = SoilOrders(orders.soil_orders), np.zeros(1)
    assert found.of(np.array([11.0]), place, place)["smax"] == orders.values["smax"][11]
    with pytest.raises(FuseError, match="smax is missing or not finite for soil order 12"):
        found.of(np.array([12.0]), place, place)


@real
def test_elms_own_soil_order_file_is_read() -> None:
    found = SoilOrders(Path(str(REFERENCE)) / "inputs/CNP_parameters.nc")
    place = np.zeros(2)
    by_column = found.of(np.array([1.0, 12.0]), place, place)
    assert set(by_column) == {v.name for v in order_variables()}
    assert by_column["smax"].tolist() == [80.0, 133.0]


def accelerated(folder: Path, year: int) -> ElmFiles:
    scalar = np.random.default_rng(3).uniform(0.05, 1.5, (4, NLEVGRND))
    return ElmFiles(folder, spinup_state=1, year=year, scalar=scalar).write()


def assert_held(files: ElmFiles, found: dict[str, np.ndarray], suffix: str = "") -> None:
    slots = files.patch_slots()
    for name in ("soil1c_vr", "soil3c_vr", "soil4c_vr", "cwdc_vr"):
        expected = files.values[name][SOIL, :10]
        np.testing.assert_allclose(found[name + suffix], expected, rtol=ULP, atol=0.0)
    expected = np.where(slots >= 0, files.values["deadstemc"][slots], 0.0)
    np.testing.assert_allclose(found["deadstemc" + suffix], expected, rtol=ULP, atol=0.0)


@pytest.mark.parametrize("year", [21, 60])
def test_accelerated_pools_come_back_from_the_set(tmp_path: Path, year: int) -> None:
    files = accelerated(tmp_path / "run", year)
    start = like(files, tmp_path / "start", spinup_state=1, year=year - 2, scalar=files.scalar)
    end = like(files, tmp_path / "end", spinup_state=1, year=81, scalar=files.scalar[::-1])
    path = made(
        files, start_restart=start.restart, equilibrium=end.restart, dead_wood_factor=10.0,
        block_columns=2,
    )  # fmt: skip
    with netCDF4.Dataset(path) as data:
        for group, name, scalar in (
            ("observed", "scalaravg_col", files.scalar),
            ("observed", "scalaravg_col_start", files.scalar),
            ("equilibrium", "scalaravg_col", files.scalar[::-1]),
        ):
            np.testing.assert_array_equal(data[group][name][:], scalar[SOIL, :10])
            assert data[group][name].units == "1"
    found = held_pools(path)
    assert_held(files, found)
    assert_held(start, found, "_start")
    assert_held(end, held_pools(path, "equilibrium"))


def test_pools_of_normal_runs_are_held_as_they_are(files: ElmFiles) -> None:
    path = made(files)
    with netCDF4.Dataset(path) as data:
        assert not {"scalaravg_col", "smax"} & set(data["observed"].variables)
    assert_held(files, held_pools(path))


def test_a_set_without_the_scalar_is_refused_where_it_is_needed(tmp_path: Path) -> None:
    late, early = (accelerated(tmp_path / str(year), year) for year in (60, 21))
    for files in (late, early):
        path = made(files, dead_wood_factor=1.0)
        with netCDF4.Dataset(path, "a") as data:
            data["observed"].renameVariable("scalaravg_col", "x")
            # as in sets of before
            for name in ("restart_pool_space", "restart_year"):
                data.delncattr(name)
    assert_held(early, held_pools(early.folder / "set.nc"))
    with pytest.raises(FuseError, match=r"lacks scalaravg_col .* year 60"):
        held_pools(late.folder / "set.nc")


@real
def test_pools_of_elms_accelerated_year_41_come_back(tmp_path: Path) -> None:
    folder = Path(str(REFERENCE))
    start = folder / "accelerated/rad.elm.r.0041-01-01-00000.nc"
    path = fuse(
        FuseConfig(
            out=tmp_path / "observed.nc",
            restart=folder / "observed/robs.elm.r.0021-01-01-00000.nc",
            start_restart=start,
            history=tuple(folder.glob("observed/*.h0.*.nc")),
            surface=folder / "inputs/surfdata.nc",
            parameters=folder / "inputs/clm_params.nc",
            soil_orders=folder / "inputs/CNP_parameters.nc",
            dead_wood_factor=10.0,
        )
    )
    found = held_pools(path)
    with netCDF4.Dataset(path) as data, netCDF4.Dataset(start) as restart:
        assert (data.restart_pool_space, data.start_restart_pool_space) == ("normal", "accelerated")
        column = data["column_index"][:] - 1
        normal = data["observed"]["soil4c_vr_start"][:]
        for pool in ("soil3", "soil4", "cwd", "soil1"):
            expected = restart[f"{pool}c_vr"][:][column, :10]
            np.testing.assert_allclose(found[f"{pool}c_vr_start"], expected, rtol=ULP, atol=0.0)
        scalar = restart["scalaravg_col"][:][column, :10]
        factor = 1.0 / (restart["soil4c_vr"][:][column, :10] / normal) * scalar
        assert np.ptp(scalar) > 0.1
        np.testing.assert_allclose(factor, factor[0, 0], rtol=1e-12)
        assert set(np.unique(data["observed"]["smax"])) <= {50, 55, 75, 78, 80, 100, 133}
