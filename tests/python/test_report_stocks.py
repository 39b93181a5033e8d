"""Column stocks and restart files."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from phase_elm.report.stocks import (
    LITTER,
    NLEVDECOMP,
    NPFT,
    SOIL,
    carbon_stocks,
    layer_nodes_m,
    layer_thickness_m,
    plant_pools,
    read_restart,
)

LAYERED = [f"{pool}c_vr" for pool in (*LITTER, "cwd", *SOIL)]


def make_state(ncol: int = 2) -> xr.Dataset:
    state = xr.Dataset(
        {name: (("column", "pft"), np.zeros((ncol, NPFT))) for name in plant_pools("c")}
    )
    for name in LAYERED:
        state[name] = (("column", "level"), np.zeros((ncol, NLEVDECOMP)))
    state["wtcol"] = (("column", "pft"), np.zeros((ncol, NPFT)))
    return state


def test_layers_are_elms():
    np.testing.assert_allclose(
        layer_nodes_m(10),
        [0.0071, 0.0279, 0.0623, 0.1189, 0.2122, 0.3661, 0.6198, 1.0380, 1.7276, 2.8646],
        atol=6.0e-5,
    )
    np.testing.assert_allclose(
        layer_thickness_m(),
        [0.0175, 0.0276, 0.0455, 0.0750, 0.1236, 0.2038, 0.3360, 0.5539, 0.9133, 1.5058],
        atol=6.0e-5,
    )


def test_plant_pools_of_an_element():
    carbon = plant_pools("c")
    assert len(carbon) == 6 * 3 + 4
    assert "leafc" in carbon
    assert "deadcrootc_xfer" in carbon
    assert plant_pools("n")[-2:] == ["npool", "retransn"]


def test_stocks_by_hand():
    state = make_state()
    state["leafc"][0, 7], state["leafc"][0, 13] = 100.0, 50.0
    state["deadstemc"][0, 7] = 1000.0
    state["wtcol"][0, 7], state["wtcol"][0, 13] = 0.5, 0.4
    state["soil4c_vr"][0, :] = 10.0
    state["cwdc_vr"][0, 0] = 100.0
    stocks = carbon_stocks(state).isel(column=0)
    assert float(stocks["TOTVEGC"]) == pytest.approx(0.5 * 1100 + 0.4 * 50)
    assert float(stocks["TOTSOMC"]) == pytest.approx(10.0 * 3.8019, rel=1.0e-4)
    assert float(stocks["CWDC"]) == pytest.approx(100.0 * 0.01751, rel=1.0e-3)
    assert float(stocks["TOTECOSYSC"]) == pytest.approx(
        sum(float(stocks[name]) for name in ("TOTVEGC", "TOTSOMC", "CWDC", "TOTLITC"))
    )
    assert stocks["TOTECOSYSC"].attrs["units"] == "gC/m2"


def write_restart_file(path, lake: bool = False) -> None:
    """Two vegetated columns of 17 patches each, with a lake column between them if asked."""
    kinds = [1, 5, 1] if lake else [1, 1]
    patch_columns, patch_types = [], []
    for column, kind in enumerate(kinds, start=1):
        count = NPFT if kind == 1 else 1
        patch_columns += [column] * count
        patch_types += list(range(NPFT)) if kind == 1 else [0]
    ncol, npatch = len(kinds), len(patch_types)
    file = xr.Dataset(
        {
            "cols1d_ityplun": ("column", kinds),
            "cols1d_gridcell_index": ("column", np.arange(1, ncol + 1)),
            "pfts1d_column_index": ("pft", patch_columns),
            "pfts1d_itypveg": ("pft", patch_types),
            "pfts1d_wtcol": ("pft", np.full(npatch, 1.0 / NPFT)),
            "grid1d_lat": ("gridcell", np.linspace(-10.0, 50.0, ncol)),
            "grid1d_lon": ("gridcell", np.linspace(5.0, 300.0, ncol)),
        }
    )
    for name in plant_pools("c"):
        file[name] = ("pft", np.zeros(npatch))
    file["leafc"] = ("pft", np.arange(npatch, dtype=float) + 1.0)
    for name in LAYERED:
        values = np.full((ncol, 15), 1.0e36)
        values[:, :NLEVDECOMP] = np.arange(ncol)[:, None] + 1.0
        file[name] = (("column", "levgrnd"), values)
    file.to_netcdf(path)


def test_restart_is_read_by_type_and_layer(tmp_path):
    write_restart_file(tmp_path / "a.elm.r.nc")
    state = read_restart(tmp_path / "a.elm.r.nc")
    assert state.sizes == {"column": 2, "level": NLEVDECOMP, "pft": NPFT}
    assert float(state["leafc"][1, 3]) == NPFT + 4.0
    assert float(state["soil4c_vr"][1, 9]) == 2.0
    assert float(state["lat"][1]) == 50.0


def test_lakes_are_left_out(tmp_path):
    write_restart_file(tmp_path / "a.elm.r.nc", lake=True)
    state = read_restart(tmp_path / "a.elm.r.nc")
    assert state.sizes["column"] == 2
    assert float(state["leafc"][1, 0]) == NPFT + 2.0
    assert float(state["soil1c_vr"][1, 0]) == 3.0


def test_a_missing_pool_is_named(tmp_path):
    write_restart_file(tmp_path / "a.elm.r.nc")
    with pytest.raises(KeyError, match="leafxyz"):
        read_restart(tmp_path / "a.elm.r.nc", ["leafc", "leafxyz"])
