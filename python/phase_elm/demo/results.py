"""Read what a run left: history, and the plugin's own report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
import xarray as xr

from phase_elm.demo.case import Case, RunError
from phase_elm.report.drift import SECONDS_PER_YEAR, annual_means, drift
from phase_elm.report.stocks import NLEVDECOMP, SOIL

STOCKS = ("TOTECOSYSC", "TOTSOMC", "TOTVEGC", "TOTLITC", "CWDC")
SERIES = ("TOTECOSYSC", "TOTSOMC", "TOTVEGC", "CWDC", "GPP", "TLAI")
_WHOLE_YEAR = ("GPP", "TLAI")
_SOIL_LAYERS = tuple(f"{pool.upper()}C_vr" for pool in SOIL)


@dataclass(frozen=True)
class History:
    """The history of one run.

    Parameters:
        annual: Annual means of ``SERIES``, dims (year, column); GPP in gC/m2/yr.
        january: January means of ``STOCKS`` and of ``soil`` (soil carbon by layer, gC/m3), dims
            (year, column[, level]). The jump happens on 1 January, so the January of a jump's
            year is the state right after it.
    """

    annual: xr.Dataset
    january: xr.Dataset

    def drifts(self, first_year: int, years: int) -> dict[str, np.ndarray]:
        """Drift per column over a window of whole forcing cycles.

        Stocks: between the Januaries at both ends. GPP and TLAI: between the whole years.
        """
        last_year = first_year + years
        found = {}
        for name in ("TOTECOSYSC", "TOTSOMC", "TOTVEGC", *_WHOLE_YEAR):
            table = self.annual if name in _WHOLE_YEAR else self.january
            ends = [table[name].sel(year=year).values for year in (first_year, last_year)]
            found[name] = drift(*ends, years)
        return found


def read_history(case: Case) -> History:
    """Read the monthly history of a run, one file a year."""
    files = case.history()
    if len(files) != case.years:
        raise RunError(f"{case.folder}: expected {case.years} history files, found {len(files)}")
    annual: dict[str, list[np.ndarray]] = {name: [] for name in SERIES}
    january: dict[str, list[np.ndarray]] = {name: [] for name in (*STOCKS, "soil")}
    for path in files:
        with xr.open_dataset(path, decode_times=False) as file:
            missing = [name for name in (*SERIES, *STOCKS, *_SOIL_LAYERS) if name not in file]
            if missing:
                raise RunError(f"{path}: the history lacks {', '.join(missing)}")
            for name in SERIES:
                annual[name].append(annual_means(file[name]).values[0])
            for name in STOCKS:
                january[name].append(file[name].values[0])
            layers = sum(file[name].values[0] for name in _SOIL_LAYERS)
            january["soil"].append(layers[:NLEVDECOMP].T)
    year = {"year": np.arange(1, len(files) + 1)}

    def table(parts: dict[str, list[np.ndarray]]) -> xr.Dataset:
        dims = ("year", "column", "level")
        arrays = {name: np.array(values, dtype=float) for name, values in parts.items()}
        return xr.Dataset({name: (dims[: a.ndim], a) for name, a in arrays.items()}, coords=year)

    means = table(annual)
    means["GPP"] = means["GPP"] * SECONDS_PER_YEAR
    return History(annual=means, january=table(january))


def same_state(one: Path, other: Path) -> bool:
    """Whether two restart files hold the same numbers, bit for bit."""
    with netCDF4.Dataset(one) as left, netCDF4.Dataset(other) as right:
        for file in (left, right):
            file.set_auto_mask(False)
        if set(left.variables) != set(right.variables):
            return False
        return all(
            left[name][...].tobytes() == right[name][...].tobytes()
            for name in left.variables
            if left[name].dtype.kind in "fi"
        )


@dataclass(frozen=True)
class PluginResults:
    """What the plugin wrote at the end of a run, columns in the model's order.

    Parameters:
        report: Its JSON document.
        drift_after: Its own measure of the drift of TOTECOSYSC after the jump, gC/m2/yr; nan
            where it has none.
        jumped: Columns that were written.
        trust: Trust of the surrogate.
    """

    report: dict
    drift_after: np.ndarray
    jumped: np.ndarray
    trust: np.ndarray

    @property
    def jump(self) -> dict:
        """The first jump, the one that the surrogate learned."""
        if not self.report["jumps"]:
            raise RunError("the plugin's report lists no jump; see run.log of the jump run")
        return self.report["jumps"][0]


def read_plugin(case: Case) -> PluginResults:
    """Read the plugin's report and its results per column."""
    report_file = case.folder / "phase_report.json"
    column_file = case.folder / f"{case.name}.phase.nc"
    for path in (report_file, column_file):
        if not path.is_file():
            raise RunError(f"{path}: not written by the run; see {case.folder / 'run.log'}")
    with xr.open_dataset(column_file) as file:
        ordered = file.sortby("gid")
        return PluginResults(
            report=json.loads(report_file.read_text()),
            drift_after=ordered["drift_after"].values,
            jumped=ordered["jumped"].values > 0.5,
            trust=ordered["trust"].values,
        )
