"""Fusion: nothing by position, units by name, every column, and errors that name what is wrong."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from elm_files import ACTIVE_TYPES, LAT, LON, SOIL, ElmFiles

from phase_elm.cli_fuse import forcing_files
from phase_elm.fuse import FuseConfig, FuseError, fuse
from phase_elm.fuse.budgets import share_out
from phase_elm.fuse.history import HistoryFiles, Means, _weighted
from phase_elm.fuse.subgrid import Subgrid
from phase_elm.fuse.units import conversion
from phase_elm.fuse.window import MONTH_STARTS
from phase_elm.programs import mpi_environment
from phase_elm.world.split import region_id, split_of

CELL = np.array([0, 1, 1])  # gridcell of each soil column


def made(files: ElmFiles, **changes: object) -> netCDF4.Dataset:
    path = fuse(FuseConfig(**files.arguments(**changes)))
    return netCDF4.Dataset(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ElmFiles:
    return ElmFiles(tmp_path_factory.mktemp("elm")).write()


@pytest.fixture(scope="module")
def whole(files: ElmFiles) -> netCDF4.Dataset:
    return made(files)


def test_every_soil_column_of_every_gridcell_is_there(whole: netCDF4.Dataset) -> None:
    assert whole["column_index"][:].tolist() == (SOIL + 1).tolist()
    np.testing.assert_allclose(whole["lon"][:], LON[CELL])
    np.testing.assert_allclose(whole["column_weight"][:], [0.9, 0.5, 0.5])


def test_column_pools_come_by_index(files: ElmFiles, whole: netCDF4.Dataset) -> None:
    np.testing.assert_array_equal(
        whole["observed"]["soil4c_vr"][:], files.values["soil4c_vr"][SOIL, :10]
    )


def test_patches_come_by_plant_type_and_inactive_ones_are_masked(
    files: ElmFiles, whole: netCDF4.Dataset
) -> None:
    slots = files.patch_slots()
    found = whole["observed"]["leafc"][:]
    expected = np.where(slots >= 0, files.values["leafc"][slots], 0.0)
    np.testing.assert_array_equal(found, expected)
    weight = whole["observed"]["wtcol"][:]
    np.testing.assert_allclose(weight.sum(1), 1.0)
    for row, column in enumerate(SOIL):
        assert set(np.flatnonzero(weight[row])) == set(ACTIVE_TYPES[column])


def test_patch_history_in_another_order_is_matched_by_its_index_variables(
    files: ElmFiles, whole: netCDF4.Dataset
) -> None:
    slots = files.patch_slots()
    total = np.zeros(slots.shape)
    days = np.diff(MONTH_STARTS)
    for year in range(files.years):
        order = files.values[f"patch_order.{year}"]
        back = np.argsort(order)
        value = files.values[f"LEAFC.patch.{year}"][:, back].astype("f8")
        mean = days @ np.where(files.patch_active, value, 0.0)
        total += np.where(slots >= 0, mean[slots], 0.0)
    np.testing.assert_allclose(whole["observed"]["LEAFC"][:], total / 730.0, rtol=1e-12)


def test_means_are_weighted_by_days_and_months_stay_in_order(
    files: ElmFiles, whole: netCDF4.Dataset
) -> None:
    np.testing.assert_allclose(whole["observed"]["GPP"][:], files.mean("GPP")[CELL], rtol=1e-12)
    np.testing.assert_allclose(
        whole["observed"]["TSOI"][:], files.mean("TSOI")[:10].T[CELL], rtol=1e-12
    )
    months = np.concatenate([files.values[f"RAIN.{y}"] + 0.0 for y in range(2)]).astype("f8")
    months += np.concatenate([files.values[f"SNOW.{y}"] for y in range(2)])
    np.testing.assert_allclose(whole["observed"]["PRECTmms"][:], months.T[CELL], rtol=1e-12)


def test_transfers_come_from_respiration_and_say_so(
    files: ElmFiles, whole: netCDF4.Dataset
) -> None:
    found = whole["observed"]["SOIL1C_TO_SOIL2C_vr"]
    expected = files.mean("SOIL1_HR_vr")[:10].T[CELL] * 0.72 / 0.28
    np.testing.assert_allclose(found[:], expected, rtol=1e-12)
    assert found.origin == "respired share of the decomposition"
    assert whole["observed"]["LITR1C_INPUT_vr"].origin == "budget of the pool"
    assert whole["observed"]["GPP"].origin == "history"


def test_split_goes_by_region(whole: netCDF4.Dataset) -> None:
    region = region_id(LON, LAT)[CELL]
    assert whole["region"][:].tolist() == region.tolist()
    assert whole["split"][:].tolist() == split_of(region).tolist()


def test_the_set_has_cf_metadata(whole: netCDF4.Dataset) -> None:
    assert whole.Conventions.startswith("CF-")
    assert whole.pool_space == "normal"
    assert whole["level"].positive == "down"
    np.testing.assert_allclose(whole["level_bounds"][1:, 0], whole["level_bounds"][:-1, 1])
    for name, variable in whole["observed"].variables.items():
        assert variable.units, name
        assert variable.long_name, name


def test_blocks_of_columns_give_the_same_bits(files: ElmFiles, whole: netCDF4.Dataset) -> None:
    other = made(files, out=files.folder / "blocks.nc", block_columns=2)
    for name, variable in whole["observed"].variables.items():
        assert np.array_equal(variable[...], other["observed"][name][...]), name


@pytest.mark.parametrize("shape", [(12, 7), (12, 10, 7)])
def test_a_weighted_sum_has_the_same_bits_in_any_block(shape: tuple[int, ...]) -> None:
    values = np.random.default_rng(1).normal(size=shape)
    days = np.linspace(28.1, 31.3, shape[0])
    whole = _weighted(values, days)
    for size in (1, 2, 3):
        parts = [_weighted(values[..., k : k + size], days) for k in range(0, shape[-1], size)]
        assert np.array_equal(np.concatenate(parts, axis=-1), whole)


def test_memory_holds_one_block_of_columns(
    files: ElmFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No array of the history, of the window or of the set has more columns than a block."""
    held: list[int] = []

    def read(self: HistoryFiles, wanted: object, grid: Subgrid, *rest: object) -> Means:
        means = whole_read(self, wanted, grid, *rest)
        held.extend(v.shape[0] for v in means.mean.values())
        held.extend(v.shape[1] for v in means.month.values())
        return means

    whole_read = HistoryFiles.read
    monkeypatch.setattr(HistoryFiles, "read", read)
    made(files, out=files.folder / "bounded.nc", block_columns=2)
    assert len(held) > 100
    assert set(held) == {1, 2}


@pytest.mark.mpi
def test_ranks_share_the_files_and_agree_with_one(files: ElmFiles, whole: netCDF4.Dataset) -> None:
    out = files.folder / "ranks.nc"
    words = [sys.executable, "-m", "phase_elm.cli", "fuse", "--ranks", "2"]
    for name, value in files.arguments(out=out, fsoilordercon=files.soil_orders).items():
        for one in value if isinstance(value, tuple) else (value,):
            words += [f"--{name.replace('_', '-')}", str(one)]
    # Not what MPI, begun by another test of this process, has put into the environment besides.
    environment = mpi_environment()
    done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("wrote ") == 1
    with netCDF4.Dataset(out) as data:
        for name, variable in whole["observed"].variables.items():
            found = data["observed"][name][...]
            np.testing.assert_allclose(found, variable[...], rtol=1e-6, err_msg=name)
        assert data["observed"]["smax"][:].min() > 20.0


def test_start_and_target_come_from_their_own_restarts(tmp_path: Path) -> None:
    files = ElmFiles(tmp_path / "run", seed=1).write()
    begun = _like(files, tmp_path / "begun", 1)
    later = _like(files, tmp_path / "later", 203)
    with made(files, start_restart=begun.restart, equilibrium=later.restart) as data:
        np.testing.assert_array_equal(
            data["observed"]["cwdc_vr_start"][:], begun.values["cwdc_vr"][SOIL, :10]
        )
        np.testing.assert_array_equal(
            data["equilibrium"]["soil4p_vr"][:], later.values["soil4p_vr"][SOIL, :10]
        )
        trend = (files.values["cwdc_vr"] - begun.values["cwdc_vr"])[SOIL, :10] / (730 * 86400.0)
        mean = {n: files.mean(n)[:10].T[CELL] for n in (
            "CWDC_TO_LITR2C_vr", "CWDC_TO_LITR3C_vr", "M_CWDC_TO_FIRE_vr")}  # fmt: skip
        np.testing.assert_allclose(
            data["observed"]["CWDC_INPUT_vr"][:], trend + sum(mean.values()), rtol=1e-10
        )


def _like(files: ElmFiles, folder: Path, year: int) -> ElmFiles:
    other = ElmFiles(folder, seed=7, year=year)
    for name in ("order", "patch_column", "patch_kind", "patch_active", "patch_weight"):
        setattr(other, name, getattr(files, name))
    folder.mkdir(parents=True, exist_ok=True)
    other.write_restart(other.restart)
    return other


def test_accelerated_pools_become_normal_ones(tmp_path: Path) -> None:
    files = ElmFiles(tmp_path, spinup_state=1).write()
    with pytest.raises(FuseError, match="dead-wood-factor"):
        made(files)
    with made(files, dead_wood_factor=10.0) as data:
        assert data.pool_space_of_files == "accelerated"
        assert data.protocol == "accelerated"
        seen = data["observed"]
        factor = 1.0 / (0.000100005 * 365.0)
        np.testing.assert_allclose(
            seen["soil4n_vr"][:], files.values["soil4n_vr"][SOIL, :10] * factor
        )
        np.testing.assert_allclose(
            seen["SOIL4C_vr"][:], files.mean("SOIL4C_vr")[:10].T[CELL] * factor
        )
        np.testing.assert_allclose(
            seen["cwdc_vr"][:], files.values["cwdc_vr"][SOIL, :10] * 0.5 / (0.0010005 * 365.0)
        )
        np.testing.assert_array_equal(seen["soil1c_vr"][:], files.values["soil1c_vr"][SOIL, :10])
        slots = files.patch_slots()
        np.testing.assert_allclose(
            seen["deadstemc"][:],
            np.where(slots >= 0, 10.0 * files.values["deadstemc"][slots], 0.0),
        )


def test_scalaravg_counts_from_year_forty_on(tmp_path: Path) -> None:
    files = ElmFiles(tmp_path, spinup_state=1, year=60).write()
    with made(files, dead_wood_factor=1.0) as data:
        factor = 1.0 / (0.000100005 * 365.0) / 0.25
        np.testing.assert_allclose(
            data["observed"]["soil4c_vr"][:], files.values["soil4c_vr"][SOIL, :10] * factor
        )


def test_all_missing_variables_are_named_at_once_with_what_to_do(tmp_path: Path) -> None:
    files = ElmFiles(tmp_path).write()
    for year in range(2):
        files.write_history(year, skip=("SOIL3_HR_vr", "FPG", "TBOT"))
    with pytest.raises(FuseError) as found:
        made(files)
    text = str(found.value)
    for name in ("SOIL3_HR_vr", "FPG", "TBOT", "SOIL3C_TO_SOIL4C_vr"):
        assert name in text
    fields = text.partition("hist_fincl1 = ")[2]
    assert fields == "'TBOT', 'FPG', 'SOIL3_HR_vr'"
    assert "Not used" not in text


def test_variables_that_nobody_asked_for_are_named_beside_those_that_are_missing(
    tmp_path: Path,
) -> None:
    """A misspelt or renamed field shows itself."""
    files = ElmFiles(tmp_path).write()
    for path in files.history():
        if ".h0." in path.name:
            with netCDF4.Dataset(path, "a") as data:
                data.renameVariable("FPG", "FPG_N")
    with pytest.raises(FuseError, match=r"FPG.*Not used of the history: FPG_N"):
        made(files)


def test_advice_names_fields_that_elm_has(tmp_path: Path) -> None:
    """ELM stops at a name in hist_fincl1 that it does not know."""
    files = ElmFiles(tmp_path).write()
    for year in range(2):
        files.write_history(year, skip=("LITR1C_vr",))
    with pytest.raises(FuseError, match=r"LITR1C_INPUT_vr.*hist_fincl1 = 'LITR1C_vr'$"):
        made(files)


def test_history_of_other_years_is_an_error(files: ElmFiles) -> None:
    first = tuple(p for p in files.history() if ".0001" in p.name)
    wanted = r"no record .* in the years 2 to 2, it holds the years 1 to 1; name the history"
    with pytest.raises(FuseError, match=wanted):
        made(files, history=first, observe_years=1)


def test_a_folder_of_forcing_stands_for_its_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no netCDF files"):
        forcing_files([tmp_path])
    for name in ("b.nc", "a.nc", "zone_mappings.txt"):
        (tmp_path / name).touch()
    assert forcing_files([tmp_path]) == (tmp_path / "a.nc", tmp_path / "b.nc")
    assert forcing_files([tmp_path / "c.nc"]) == (tmp_path / "c.nc",)


def test_a_missing_month_is_an_error(files: ElmFiles) -> None:
    with pytest.raises(FuseError, match=r"too few days in year 2"):
        made(files, history=tuple(p for p in files.history() if ".h0.0002" not in p.name))


def test_a_year_twice_is_an_error(files: ElmFiles, tmp_path: Path) -> None:
    again = tmp_path / "again.h0.nc"
    again.write_bytes(files.history()[0].read_bytes())
    with pytest.raises(FuseError, match="too many days"):
        made(files, history=(*files.history(), again))


def test_files_of_another_place_are_refused(tmp_path: Path) -> None:
    files = ElmFiles(tmp_path).write()
    files.write_surface(LON + 0.5)
    with pytest.raises(FuseError, match="0 points at"):
        made(files)


def test_wrong_units_are_refused_and_others_converted(tmp_path: Path) -> None:
    files = ElmFiles(tmp_path).write()
    expected = files.mean("TSOI")[:10].T[CELL]
    for year in range(2):
        path = files.history()[year]
        with netCDF4.Dataset(path, "a") as data:
            data["TSOI"].units = "degC"
            data["GPP"].units = "kgC m-2 s-1"
    with made(files) as data:
        np.testing.assert_allclose(data["observed"]["TSOI"][:], expected + 273.15)
        np.testing.assert_allclose(data["observed"]["GPP"][:], 1000.0 * files.mean("GPP")[CELL])
    with netCDF4.Dataset(files.history()[0], "a") as data:
        data["GPP"].units = "gN/m^2/s"
    with pytest.raises(FuseError, match=r"GPP: units are 'gN/m\^2/s', expected 'gC/m2/s'"):
        made(files)


@pytest.mark.parametrize(
    ("found", "wanted", "factor"),
    [
        ("gC/m^2/s", "gC/m2/s", 1.0),
        ("gC m-2 s-1", "gC/m2/s", 1.0),
        ("gp/m^3", "gP/m3", 1.0),
        ("proportion", "1", 1.0),
        ("logical flag", "1", 1.0),
        ("m2/m2", "1", 1.0),
        ("mm3/mm3", "m3/m3", 1.0),
        ("years", "yr", 1.0),
        ("km^2", "km2", 1.0),
        ("radian2", "km2", 6371.22**2),
        ("hPa", "Pa", 100.0),
        ("mm/day", "mm/s", 1.0 / 86400.0),
        (None, "gC/m2", 1.0),
    ],
)
def test_units_are_read_by_meaning(found: str | None, wanted: str, factor: float) -> None:
    assert conversion(found, wanted, "x") == (pytest.approx(factor), 0.0)


@pytest.mark.parametrize("found", ["gN/m2", "gC/m3", "furlong", "gC/m2/s"])
def test_units_of_another_kind_are_refused(found: str) -> None:
    with pytest.raises(FuseError, match="expected 'gC/m2'"):
        conversion(found, "gC/m2", "file: leafc")


def test_forcing_files_stand_in_for_history(tmp_path: Path) -> None:
    files = ElmFiles(tmp_path).write()
    for year in range(2):
        files.write_history(year, skip=("TBOT",))
    path = tmp_path / "TBOT_z01.nc"
    years = 20
    value = 250.0 + np.arange(years)[None, :, None] + np.zeros((2, years, 1460))
    value[1] += 30.0
    with netCDF4.Dataset(path, "w") as nc:
        nc.createDimension("n", 2)
        nc.createDimension("DTIME", years * 1460)
        for name, values in (("LONGXY", LON + 0.1), ("LATIXY", LAT)):
            nc.createVariable(name, "f8", ("n",))[:] = values
        nc.createVariable("DTIME", "f8", ("DTIME",))[:] = np.arange(years * 1460) / 4.0
        nc["DTIME"].units = "days since 1901-01-01 00:00"
        packed = nc.createVariable("TBOT", "i2", ("n", "DTIME"))
        packed.setncatts({"scale_factor": 0.01, "add_offset": 260.0})
        packed[:] = value.reshape(2, -1)
    with made(files, forcing=(path,)) as data:
        found = data["observed"]["TBOT"][:]
        assert data["observed"]["TBOT"].origin == "forcing files"
    # ELM lays the cycle back from 1850: model year 1 is (1850 - 1901) mod 20 = year 9 of the file
    np.testing.assert_allclose(found[0, :12], 259.0, atol=0.01)
    np.testing.assert_allclose(found[2, 12:], 290.0, atol=0.01)
    with pytest.raises(FuseError, match="TBOT: no forcing file has it"):
        made(files, forcing=(path,), forcing_distance=0.01)


def test_sharing_out_keeps_the_columns_mean() -> None:
    weight = np.array([[0.2, 0.5, 0.3], [0.4, 0.6, 0.0], [1.0, 0.0, 0.0]])
    apart = np.array([[0.0, 2.0, 1.0], [0.0, 0.0, 5.0], [0.0, 0.0, 0.0]])
    found = share_out(np.array([3.0, 4.0, 0.0]), apart, weight)
    np.testing.assert_allclose((found * weight).sum(1), [3.0, 4.0, 0.0])
    assert found[0, 1] == 2.0 * found[0, 2]


def test_a_failed_fusion_leaves_no_file(files: ElmFiles, tmp_path: Path) -> None:
    with netCDF4.Dataset(files.folder / "bad.nc", "w"):
        pass
    with pytest.raises(FuseError, match=r"bad\.nc"):
        made(files, out=tmp_path / "set.nc", restart=files.folder / "bad.nc")
    assert not list(tmp_path.iterdir())
