"""A demonstration's report with made-up numbers."""

from __future__ import annotations

import numpy as np

from phase_elm.report import document
from phase_elm.report.drift import VARIABLES, certify

AREA = np.array([2.0e5, 1.0e5, 3.0e5])


def run_part(scale: float) -> document.RunPart:
    return document.run_part(
        certify({name: scale * np.array([0.4, -0.2, 5.0]) for name in VARIABLES}, AREA)
    )


def example_report(reference: bool = True, native: bool = True) -> document.DemoReport:
    """A complete document, or one without a reference state or its native companion."""
    before, after = [12.0, -30.0, 55.0], [0.4, -0.2, 5.0]
    distance = document.DistancePart(rmse=800.0, bias=-120.0, normalised=0.07)
    layers = np.linspace(9000.0, 500.0, 10).tolist()
    return document.DemoReport(
        created="2026-11-23T00:00:00+00:00",
        package_version="0",
        model="minielm",
        world=document.WorldPart(
            grid="4x5", seed=1, subset="held-out", cells=3, land_area_km2=float(AREA.sum())
        ),
        years=document.YearsPart(
            observed=20, after_jump=20, closing=1, total=41, jumps=[21], judged_from=21
        ),
        windows=[
            document.WindowPart(jump_year=21, end_year=41, no_jump=0.0, jump=0.5),
        ],
        ranks=2,
        device="cpu",
        artifact=document.ArtifactPart(file="a.pt", name="a", checksum="0123456789abcdef" * 4),
        timing_s=document.TimingPart(jump_run=30.0, no_jump_run=28.0, plugin=1.25, model=28.5),
        criterion=document.CriterionPart(
            column_gc_m2_yr=1.0,
            area_share=0.97,
            global_pgc_yr=0.02,
            tlai_m2_m2_yr=0.02,
            land_area_km2=1.3e8,
        ),
        identical_before_jump=True,
        jump=run_part(1.0),
        no_jump=run_part(20.0),
        settled=document.SettledPart(restless_cells=3, settled_cells=2, settled_area_share=0.5),
        plugin_area_at_rest=0.5,
        cells_gated=1,
        ledger={
            element: document.LedgerPart(
                before=100.0, after=250.0, change=150.0, units=f"g{element}/m2"
            )
            for element in "CNP"
        },
        errors=[
            document.ErrorPart(
                year=year, variable="TOTSOMC", units="gC/m2", jump=distance, no_jump=distance
            )
            for year in (21, 41)
        ]
        if reference
        else None,
        reference=document.ReferencePart(
            years=780,
            supply_years=120,
            jumps=19,
            untouched_years=200,
            area_at_rest=0.9,
            mean_absolute_drift=0.6,
        )
        if reference
        else None,
        reference_absent=None if reference else "truth.nc: of another world",
        native=document.NativePart(
            years=2000,
            area_at_rest=0.125,
            mean_absolute_drift=4.5,
            distance={"TOTSOMC": distance},
        )
        if reference and native
        else None,
        cells=[
            document.CellPart(
                gid=index + 1,
                lat=10.0 * index,
                lon=100.0 * index,
                area_km2=float(AREA[index]),
                drift_before=before[index],
                drift_after=after[index],
                jumped=index != 2,
                trust=0.9,
            )
            for index in range(3)
        ],
        series_year=list(range(1, 42)),
        series={
            name: document.SeriesPart(
                units=units,
                jump=np.linspace(0.0, 100.0, 41).tolist(),
                no_jump=np.linspace(0.0, 60.0, 41).tolist(),
                reference=120.0 if reference else None,
            )
            for name, units in (("TOTECOSYSC", "gC/m2"), ("GPP", "gC/m2/yr"), ("TLAI", "m2/m2"))
        },
        profile=document.ProfilePart(
            depth_m=[0.007, 0.028, 0.062, 0.119, 0.212, 0.366, 0.62, 1.038, 1.728, 2.865],
            before=layers,
            after=layers,
            jump_end=layers,
            no_jump_end=layers,
            reference=layers if reference else None,
        ),
    )
