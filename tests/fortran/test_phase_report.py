"""The plugin's report is JSON as docs/report.md says."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from phase_elm.programs import mpi_environment

pytestmark = pytest.mark.compiled


def report_of(program: Callable[[str], Path], case: str, name: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(
        [str(program("test_phase_spinup")), case],
        cwd=folder,
        env=mpi_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / name).read_text())


@pytest.fixture(scope="module")
def report(
    program: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("report")
    return report_of(program, "report", "phase_report_test.json", folder)


def test_column_that_is_not_finite_is_named(program: Callable[[str], Path], tmp_path: Path) -> None:
    """Where it is, which variable, layer and value; the certificate counts it with its reason."""
    report = report_of(program, "nan_input", "phase_report_gated.json", tmp_path)
    gated = {entry["gid"]: entry for entry in report["jumps"][0]["gated"]}
    lost = gated[2]
    assert (lost["reason"], lost["variable"], lost["element"]) == (
        "input_not_finite", "soil1c_vr", 2,
    )  # fmt: skip
    assert lost["value"] is None
    assert lost["lat"] is not None
    assert lost["area_km2"] == pytest.approx(102.0)
    kept = report["certificate"]["kept_own_state"]
    assert kept["input_not_finite"] == 1
    assert report["cells"]["status"][report["cells"]["gid"].index(2)] == "input_not_finite"
    assert report["years"][-1]["columns_not_finite"] >= 1


def test_sections(report: dict[str, Any]) -> None:
    assert report["report_format"] == 1
    assert set(report) == {
        "report_format", "artifact", "run", "timing", "jumps", "rollbacks", "certificate", "years",
        "cells",
    }  # fmt: skip
    assert len(report["artifact"]["checksum"]) == 64
    assert report["run"]["columns"] == 4
    assert report["run"]["years_integrated"] == 6


def test_jump(report: dict[str, Any]) -> None:
    (jump,) = report["jumps"]
    assert jump["year"] == 3
    assert jump["columns_jumped"] == 2
    assert jump["columns_below_trust"] == 1
    assert jump["columns_out_of_bounds"] == 1
    carbon = jump["ledger"]["C"]
    assert carbon["change_Pg"] == pytest.approx(carbon["after_Pg"] - carbon["before_Pg"])
    assert carbon["max_column_error_g_m2"] < 1e-9
    assert jump["ledger"]["N"]["host_rules_g_m2"] > 0.0


def test_years(report: dict[str, Any]) -> None:
    years = {record["year"]: record for record in report["years"]}
    assert sorted(years) == [1, 2, 3, 4, 5, 6, 7]
    assert years[2]["share_at_rest"] is None
    assert years[3]["jumps_done"] == 0
    assert years[4]["drifts"]["TOTECOSYSC"] is None  # the cycle holds the jump
    # 1e-4 gC/m3 a day over 1 m of soil and 410 km2
    assert years[7]["drifts"]["TOTECOSYSC"] == pytest.approx(1e-4 * 365 * 410 * 1e-9, rel=1e-9)


def test_certificate(report: dict[str, Any]) -> None:
    certificate = report["certificate"]
    assert certificate["met"] is True
    assert certificate["complete"] is True
    assert certificate["met_at_year"] == 5
    assert certificate["years_integrated_when_met"] == 4
    kept = certificate["kept_own_state"]
    assert (kept["columns"], kept["below_trust"], kept["out_of_bounds"]) == (2, 1, 1)
    assert kept["area_share"] == pytest.approx((103 + 104) / 410)
    variables = {entry["name"]: entry for entry in certificate["variables"]}
    assert variables["TOTECOSYSC"]["met_after"] is True
    assert variables["GPP"]["drift_before"] is None
    assert variables["TLAI"]["units"] == "m2/m2/yr"
    assert variables["TOTSOMN"]["limit"] is None
