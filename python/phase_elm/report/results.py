"""The plugin's results per column, ``<case>.phase.nc``: more about the host, and large grids."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from phase_elm.report.plugin import Cells, PluginReport

_STATUS = (
    "jumped",
    "below_trust",
    "out_of_bounds",
    "input_not_finite",
    "input_negative",
    "output_not_finite",
    "rolled_back",
    "no_jump_yet",
)
_NAMES = {
    "gid": "gid",
    "lat": "lat",
    "lon": "lon",
    "area_km2": "area_weight",
    "drift_before": "drift_before",
    "drift_after": "drift_after",
    "trust": "trust",
}


def results_beside(report: Path) -> Path | None:
    """The results file in the folder of a report, where there is exactly one."""
    found = sorted(report.parent.glob("*.phase.nc"))
    return found[0] if len(found) == 1 else None


def host_facts(path: Path) -> dict[str, str]:
    """What the file says about the run, for the provenance."""
    with xr.open_dataset(path, decode_times=False) as file:
        attributes = {
            name.replace("_", " "): str(value)
            for name, value in file.attrs.items()
            if name not in ("Conventions", "title")
        }
    return {"results per column": path.name, **attributes}


def with_cells(report: PluginReport, path: Path) -> PluginReport:
    """The report with its columns from the file, for a run too large to list them."""
    if report.cells.lat:
        return report
    with xr.open_dataset(path, decode_times=False) as file:
        lists: dict[str, list] = {}
        for name, variable in _NAMES.items():
            if variable in file:
                values = np.asarray(file[variable].values, dtype=float)
                lists[name] = [value if np.isfinite(value) else None for value in values.tolist()]
        if "status" in file:
            codes = np.nan_to_num(file["status"].values, nan=-1.0).astype(int)
            lists["status"] = [
                _STATUS[code] if 0 <= code < len(_STATUS) else None for code in codes
            ]
    return report.model_copy(update={"cells": Cells.model_validate(lists)})
