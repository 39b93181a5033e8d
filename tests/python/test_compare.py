"""The comparison with ELM: reading histories, moving a state, the table."""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import pytest

from phase_elm.compare.config import CompareConfig
from phase_elm.compare.inputs import (
    SECONDS_A_YEAR,
    burned_fraction,
    layer_thickness,
    mean_of,
    write_initial_state,
)
from phase_elm.compare.table import ROWS, collect, markdown


def history(path: Path, values: dict[str, np.ndarray], dates: list[int]) -> Path:
    with netCDF4.Dataset(path, "w") as data:
        data.createDimension("time", len(dates))
        data.createVariable("mcdate", "i4", ("time",))[:] = dates
        for name, array in values.items():
            dims = tuple(f"{name}_{axis}" for axis in range(1, array.ndim))
            for dim, size in zip(dims, array.shape[1:], strict=True):
                data.createDimension(dim, size)
            data.createVariable(name, "f8", ("time", *dims))[:] = array
    return path


def test_layers_are_those_of_the_specification():
    assert layer_thickness()[[0, 4, 9]] == pytest.approx([0.0175, 0.1236, 1.5058], abs=1e-4)
    assert layer_thickness().sum() == pytest.approx(3.8019, abs=1e-4)


def test_a_record_belongs_to_the_year_before_its_date(tmp_path):
    values = {"GPP": np.array([[1.0], [2.0], [3.0], [4.0]])}
    path = history(tmp_path / "a.nc", values, [30101, 40101, 40701, 50101])
    assert mean_of([path], "GPP") == pytest.approx(2.5)
    assert mean_of([path], "GPP", range(3, 4)) == pytest.approx(2.0)
    assert mean_of([path], "GPP", range(4, 5)) == pytest.approx(3.5)
    with pytest.raises(ValueError, match="no record of the years"):
        mean_of([path], "GPP", range(7, 9))


def test_burned_fraction_is_the_one_that_took_the_litter(tmp_path):
    burned = np.array([0.0, 0.2])
    layers, values = 3, {}
    for pool, share in (("LITR2C", 0.5), ("LITR3C", 0.5), ("CWDC", 0.25)):
        stock = np.full((1, layers, 2), 40.0)
        values[f"{pool}_vr"] = stock
        values[f"M_{pool}_TO_FIRE_vr"] = share * stock * burned / SECONDS_A_YEAR
    path = history(tmp_path / "a.nc", values, [20101])
    assert burned_fraction([path], layer_thickness(layers)) == pytest.approx(burned)


def test_state_moves_by_name_below_the_snow_layers(tmp_path):
    elm, template = tmp_path / "elm.nc", tmp_path / "template.nc"
    with netCDF4.Dataset(elm, "w") as data:
        for dim, size in (("column", 2), ("pft", 4), ("levtot", 5), ("levgrnd", 3)):
            data.createDimension(dim, size)
        soil = np.arange(10.0).reshape(2, 5)
        data.createVariable("T_SOISNO", "f8", ("column", "levtot"))[:] = soil
        data.createVariable("sminn_vr", "f8", ("column", "levgrnd"))[:] = 5.0
        data.createVariable("smin_no3_vr", "f8", ("column", "levgrnd"))[:] = 2.0
        data.createVariable("leafc", "f8", ("pft",))[:] = [1.0e36, 7.0, 1.0e36, 8.0]
        data.createVariable("PREC10_VALUE", "f8", ("pft",))[:] = [0.1, 0.1, 0.2, 0.2]
    with netCDF4.Dataset(template, "w") as data:
        for dim, size in (("column", 2), ("pft", 4), ("levgrnd", 3)):
            data.createDimension(dim, size)
        for name in ("T_SOISNO", "smin_nh4_vr"):
            data.createVariable(name, "f8", ("column", "levgrnd"))[:] = -1.0
        data.createVariable("leafc", "f8", ("pft",))[:] = 0.0
        data.createVariable("prec10", "f8", ("column",))[:] = 0.0
        data.createVariable("altmax", "f8", ("column",))[:] = 3.0
        for name in ("timemgr_rst_nstep", "timemgr_rst_curr_ymd"):
            data.createVariable(name, "i4", ())[...] = 365
    missing = write_initial_state(elm, template, tmp_path / "state.nc")
    assert missing == ["altmax"]
    with netCDF4.Dataset(tmp_path / "state.nc") as state:
        assert np.array_equal(state["T_SOISNO"][:], soil[:, 2:])
        assert np.all(state["smin_nh4_vr"][:] == 3.0)
        assert state["leafc"][:].tolist() == [0.0, 7.0, 0.0, 8.0]
        assert state["prec10"][:].tolist() == [0.1, 0.2]
        assert state["altmax"][:].tolist() == [3.0, 3.0]
        assert int(state["timemgr_rst_nstep"][...]) == 0


def test_table_counts_the_cells_within_the_factor(tmp_path):
    year = 1.0 / SECONDS_A_YEAR
    elm = history(tmp_path / "e.nc", {"GPP": np.array([[100.0, 100.0, 0.0]]) * year}, [1410101])
    own = history(tmp_path / "m.nc", {"GPP": np.array([[140.0, 60.0, 5.0]]) * year}, [20101])
    pairs = collect([elm], range(140, 141), [own])
    assert [pair.row.name for pair in pairs] == ["GPP"]
    assert pairs[0].inside() == 1
    text = markdown(pairs)
    assert "| 1.40 | 0.60 | - | 1 of 3 (x1.5) |" in text


def test_rows_have_names_of_their_own():
    labels = [row.label for row in ROWS]
    assert len(labels) == len(set(labels))


def test_reference_must_be_there(tmp_path):
    with pytest.raises(ValueError, match="found no 'inputs'"):
        CompareConfig(reference=tmp_path, out=tmp_path)
