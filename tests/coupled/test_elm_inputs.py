"""ELM's own files: its layout of the weather, its inputs and its state."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from support import assert_same_bits, run_case

from phase_elm.compare.config import CompareConfig
from phase_elm.compare.inputs import history_files, mean_of, write_surface_data
from phase_elm.compare.run import from_elm_state, namelist, run_program
from phase_elm.compare.table import collect

NAMES = ("TBOT", "PSRF", "QBOT", "WIND", "FSDS", "FLDS", "PRECTmms")


@pytest.fixture(scope="module")
def bypass_world(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world with its daily weather as a folder in ELM's layout, in another order of cells."""
    folder = tmp_path_factory.mktemp("bypass") / "world"
    shutil.copytree(world, folder, ignore=shutil.ignore_patterns("forcing.nc"))
    weather = folder / "forcing.nc"
    weather.mkdir()
    with netCDF4.Dataset(world / "domain.nc") as domain:
        lon, lat = domain["xc"][:].ravel(), domain["yc"][:].ravel()
    order = np.argsort(lat)[::-1]
    with netCDF4.Dataset(world / "forcing.nc") as daily:
        for name in NAMES:
            path = weather / f"CRUNCEP.v5_{name}_1901-2013_z01.nc"
            with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_DATA") as data:
                data.createDimension("n", len(order))
                data.createDimension("DTIME", len(daily["TBOT"][:]))
                days = np.arange(len(daily["TBOT"][:])) + 0.5
                data.createVariable("DTIME", "f8", ("DTIME",))[:] = days
                values = np.asarray(daily[name][:])[:, order].T
                data.createVariable(name, "f4", ("n", "DTIME"))[:] = values
    lines = [f"{lon[cell]} {lat[cell]} 1 {place + 1}" for place, cell in enumerate(order)]
    (weather / "zone_mappings.txt").write_text("\n".join(lines) + "\n")
    return folder


def test_weather_of_a_folder_is_that_of_the_file(world, bypass_world, tmp_path):
    one = run_case(world, tmp_path / "file", 2)
    two = run_case(bypass_world, tmp_path / "folder", 2, ranks=2)
    assert one.status == 0, one.text
    assert two.status == 0, two.text
    assert_same_bits(two.restart(3), one.restart(3))


def test_cell_without_weather_is_named(bypass_world, tmp_path):
    folder = tmp_path / "world"
    shutil.copytree(bypass_world, folder)
    (folder / "forcing.nc" / "zone_mappings.txt").write_text("0.0 -89.0 1 1\n")
    run = run_case(folder, tmp_path / "run", 1)
    assert run.status != 0
    assert "has no weather in" in run.errors


def reference_config(out: Path, years: int = 20) -> CompareConfig:
    folder = os.environ.get("PHASE_ELM_REFERENCE")
    if not folder:
        pytest.skip("PHASE_ELM_REFERENCE names no folder with files of ELM")
    return CompareConfig(reference=Path(folder), out=out, years=years)


def test_soil_and_weather_are_those_of_elm(tmp_path):
    config = reference_config(tmp_path, years=1)
    write_surface_data(config.reference, tmp_path / "surfdata.nc")
    folder = run_program(namelist(config, "one", stop_n=20, hist_nhtfrq="year"))
    own, elm = history_files(folder), history_files(config.reference / "observed")
    # the two models begin at different years of the same cycle
    assert mean_of(own, "TBOT") == pytest.approx(mean_of(elm, "TBOT"), abs=0.3)
    assert mean_of(own, "FLDS") == pytest.approx(mean_of(elm, "FLDS"), rel=0.02)
    water = [mean_of(files, "RAIN") + mean_of(files, "SNOW") for files in (own, elm)]
    assert water[0] == pytest.approx(water[1], rel=0.05)


def test_fluxes_from_elms_state_are_near_elms(tmp_path):
    config = reference_config(tmp_path)
    write_surface_data(config.reference, tmp_path / "surfdata.nc")
    folder = from_elm_state(config)
    later = history_files(config.reference / "later")
    years = range(config.start_year, config.start_year + config.years)
    inside = {pair.row.name: pair.inside() for pair in collect(later, years, history_files(folder))}
    for name in ("GPP", "NPP", "TOTVEGC", "TOTSOMC"):
        assert inside[name] >= 12, name
