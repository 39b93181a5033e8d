"""The netCDF files: names, dims, units and values that a land model expects."""

from __future__ import annotations

import netCDF4
import numpy as np
import pytest

from phase_elm.world import WorldConfig, build_world, parameters, write_world
from phase_elm.world.files import FILE_NAMES, new_netcdf
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, group_text, write_namelist


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("world")
    write_world(build_world(WorldConfig(grid="12x15", seed=1, max_cells=6)), path)
    return path


def test_all_files_are_there_and_nothing_else(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILE_NAMES)


SURFACE = {
    "LONGXY": ("gridcell",),
    "LATIXY": ("gridcell",),
    "LANDFRAC_PFT": ("gridcell",),
    "AREA": ("gridcell",),
    "SOIL_COLOR": ("gridcell",),
    "SOIL_ORDER": ("gridcell",),
    "LABILE_P": ("gridcell",),
    "SECONDARY_P": ("gridcell",),
    "OCCLUDED_P": ("gridcell",),
    "APATITE_P": ("gridcell",),
    "PCT_NATVEG": ("gridcell",),
    "PCT_NAT_PFT": ("natpft", "gridcell"),
    "PCT_SAND": ("nlevsoi", "gridcell"),
    "PCT_CLAY": ("nlevsoi", "gridcell"),
    "NDEP": ("gridcell",),
    "PDEP": ("gridcell",),
    "FIRE_FRAC": ("natpft", "gridcell"),
    "split": ("gridcell",),
    "region": ("gridcell",),
    "gid": ("gridcell",),
}


def test_surface_data(folder):
    with netCDF4.Dataset(folder / "surfdata.nc") as nc:
        assert {name: nc[name].dimensions for name in SURFACE} == SURFACE
        assert nc.dimensions["natpft"].size == 17
        assert nc.dimensions["nlevsoi"].size == 10
        np.testing.assert_allclose(nc["PCT_NAT_PFT"][:].sum(axis=0), 100.0, atol=1e-9)
        assert np.all(nc["PCT_SAND"][:] + nc["PCT_CLAY"][:] <= 95.0 + 1e-9)
        assert set(np.unique(nc["SOIL_ORDER"][:])) <= set(range(1, 13))
        assert np.all((nc["NDEP"][:] >= 0.1) & (nc["NDEP"][:] <= 1.0))
        assert np.all((nc["PDEP"][:] >= 0.002) & (nc["PDEP"][:] <= 0.01))
        assert all(nc[name].units for name in SURFACE)


def test_labile_phosphorus_fits_on_the_sorption_sites(folder):
    smax = parameters.as_array(parameters.ORDER_PARAMETERS["smax"])
    with netCDF4.Dataset(folder / "surfdata.nc") as nc:
        assert np.all(nc["LABILE_P"][:] / 0.5 < smax[nc["SOIL_ORDER"][:]])


def test_domain(folder):
    with netCDF4.Dataset(folder / "domain.nc") as nc:
        for name in ("xc", "yc", "area", "mask", "frac"):
            assert nc[name].dimensions == ("nj", "ni")
        assert nc["area"].units == "radian2"
        with netCDF4.Dataset(folder / "surfdata.nc") as surface:
            km2 = nc["area"][0] * 6371.0**2
            np.testing.assert_allclose(km2, surface["AREA"][:])


def test_forcing(folder):
    with netCDF4.Dataset(folder / "forcing.nc") as nc:
        assert nc.calendar == "noleap"
        assert nc.cycle_years == 20
        for name in ("FLDS", "FSDS", "PRECTmms", "PSRF", "QBOT", "TBOT", "WIND"):
            assert nc[name].dimensions == ("time", "gridcell")
            assert nc[name].dtype == np.float32
        assert nc.dimensions["time"].size == 7300


def test_parameters(folder):
    with netCDF4.Dataset(folder / "clm_params.nc") as nc:
        assert nc.dimensions["pft"].size == 17
        for name in parameters.PFT_PARAMETERS:
            assert nc[name].dimensions == ("pft",)
        for name in parameters.GLOBAL_PARAMETERS:
            assert nc[name].dimensions == ("allpfts",)
        names = netCDF4.chartostring(nc["pftname"][:])
        assert names[4].strip() == "broadleaf_evergreen_tropical_tree"
    with netCDF4.Dataset(folder / "CNP_parameters.nc") as nc:
        assert nc.dimensions["soilorder"].size == 16
        assert nc["smax"][12] == 133.0


def test_each_pft_has_one_leaf_habit():
    table = parameters.PFT_PARAMETERS
    habits = sum(
        parameters.as_array(table[name]) for name in ("evergreen", "season_decid", "stress_decid")
    )
    np.testing.assert_array_equal(habits, [0.0] + [1.0] * 16)


def test_every_parameter_has_a_value_for_every_pft_and_order():
    for item in parameters.PFT_PARAMETERS.values():
        assert len(parameters.as_array(item)) == 17
    for item in parameters.ORDER_PARAMETERS.values():
        assert len(parameters.as_array(item)) == 16
    for item in parameters.GLOBAL_PARAMETERS.values():
        assert len(parameters.as_array(item)) == 1


def test_litter_shares_sum_to_one():
    table = parameters.PFT_PARAMETERS
    for tissue in ("lf", "fr"):
        parts = [f"{tissue}_flab", f"{tissue}_fcel", f"{tissue}_flig"]
        total = sum(parameters.as_array(table[name]) for name in parts)
        np.testing.assert_allclose(total[1:], 1.0)


def test_a_failed_write_leaves_no_file(tmp_path):
    path = tmp_path / "broken.nc"

    def fail_half_way():
        with new_netcdf(path) as nc:
            nc.createDimension("x", 1)
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        fail_half_way()
    assert list(tmp_path.iterdir()) == []


def test_namelist_names_the_world_and_leaves_defaults_out(folder, tmp_path):
    elm = ElmNamelist.for_world(folder, caseid="a", stop_n=3)
    path = write_namelist(tmp_path / "run" / "lnd_in", elm, PhaseNamelist())
    text = path.read_text()
    assert f"fsurdat = '{folder.resolve()}/surfdata.nc'" in text
    assert "stop_n = 3" in text
    assert "&phase_inparm\n  use_phase_spinup = .false.\n/" in text


def test_namelist_without_plugin_has_one_group(folder):
    text = group_text("elm_inparm", ElmNamelist.for_world(folder))
    assert text.startswith("&elm_inparm\n")
    assert text.endswith("/\n")


def test_a_quote_in_a_path_is_doubled():
    assert "'it''s.pt'" in group_text(
        "phase_inparm", PhaseNamelist(use_phase_spinup=True, phase_model_file="it's.pt")
    )


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ({"use_phase_spinup": True}, "phase_model_file"),
        ({"phase_device": "gpu"}, "phase_device"),
        ({"phase_observe_years": 0}, "phase_observe_years"),
        ({"phase_obsrve_years": 20}, "phase_obsrve_years"),
    ],
)
def test_bad_plugin_entries_are_named(entries, word):
    with pytest.raises(ValueError, match=word):
        PhaseNamelist(**entries)


def test_bad_model_entries_are_named(folder):
    with pytest.raises(ValueError, match="suplnitro"):
        ElmNamelist.for_world(folder, suplnitro="SOME")
    with pytest.raises(ValueError, match="stop_n"):
        ElmNamelist.for_world(folder, stop_n=0)
