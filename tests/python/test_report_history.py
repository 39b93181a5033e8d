"""Certificates from history files."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from rich.console import Console

from phase_elm.report.drift import VARIABLES
from phase_elm.report.history import certify_history, print_certificates, read_annual

DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def write_history(folder, years, values, *, monthly=True, ncell=3):
    """One file a year; ``values(name, year)`` gives the level of a variable."""
    paths = []
    for year in range(1, years + 1):
        lengths = DAYS if monthly else np.array([365])
        ends = np.cumsum(lengths) + 365 * (year - 1)
        file = xr.Dataset(
            {
                "time_bounds": (("time", "hist_interval"), np.column_stack([ends - lengths, ends])),
                "area": ("lndgrid", np.full(ncell, 3000.0)),
                "landfrac": ("lndgrid", np.array([1.0, 0.5, 0.0])[:ncell]),
            },
            coords={"time": ("time", ends.astype(float), {"bounds": "time_bounds"})},
        )
        for name in VARIABLES:
            level = np.full((len(lengths), ncell), values(name, year))
            file[name] = (("time", "lndgrid"), level)
        path = folder / f"a.elm.h0.{year:04d}-02-01-00000.nc"
        file.to_netcdf(path)
        paths.append(path)
    return paths


@pytest.mark.parametrize("monthly", [True, False])
def test_a_resting_model_is_certified(tmp_path, monthly):
    files = write_history(tmp_path, 41, lambda name, year: 1.0e-9, monthly=monthly)
    found = certify_history(files)
    assert [item.last_year for item in found] == [21, 41]
    assert all(item.certificate.met for item in found)
    assert found[-1].certificate.ncell == 2  # the cell without land does not count


def test_a_trend_is_found(tmp_path):
    files = write_history(
        tmp_path, 21, lambda name, year: 3.0 * year if name == "TOTECOSYSC" else 0.0
    )
    certificate = certify_history(files)[-1].certificate
    assert certificate.variables["TOTECOSYSC"].mean == pytest.approx(3.0)
    assert certificate.variables["TOTECOSYSC"].total == pytest.approx(3.0 * 4500 * 1e-9)
    assert certificate.area_at_rest == 0.0
    assert not certificate.met


def test_gpp_is_a_yearly_sum(tmp_path):
    files = write_history(tmp_path, 2, lambda name, year: 1.0 / (365 * 86400))
    table, area = read_annual(files)
    np.testing.assert_allclose(table["GPP"].values, 1.0)
    np.testing.assert_allclose(area, [3000.0, 1500.0])


def test_a_short_record_is_refused(tmp_path):
    files = write_history(tmp_path, 20, lambda name, year: 0.0)
    with pytest.raises(ValueError, match="found 20 years"):
        certify_history(files)


def test_a_missing_variable_is_named(tmp_path):
    (path,) = write_history(tmp_path, 1, lambda name, year: 0.0)
    with xr.open_dataset(path, decode_times=False) as file:
        less = file.drop_vars("TLAI").load()
    less.to_netcdf(tmp_path / "less.nc")
    with pytest.raises(ValueError, match="TLAI"):
        read_annual([tmp_path / "less.nc"])


def test_the_table_shows_the_verdict(tmp_path):
    files = write_history(tmp_path, 21, lambda name, year: 0.0)
    console = Console(record=True, width=140)
    print_certificates(certify_history(files), console)
    text = console.export_text()
    assert "100.0%" in text
    assert "met" in text
