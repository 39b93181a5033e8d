"""The demonstration's ``report.json``: one versioned document with everything shown.

Tables and plots are made from this document alone, so that they can be made again anywhere.
``docs/demo_report.md`` explains every entry.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from phase_elm.atomic import write_text
from phase_elm.report.drift import Certificate

FORMAT_VERSION = 1


class ReportError(ValueError):
    """A report file that cannot be used; the message says why."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WorldPart(_Part):
    """The columns that were run."""

    grid: str
    seed: int
    subset: str
    cells: int
    land_area_km2: float


class YearsPart(_Part):
    """Every year the model ran, with its purpose."""

    observed: int
    after_jump: int
    closing: int
    total: int
    jumps: list[int]
    judged_from: int


class ArtifactPart(_Part):
    """The surrogate that was used."""

    file: str
    name: str
    checksum: str


class TimingPart(_Part):
    """Wall-clock seconds."""

    jump_run: float
    no_jump_run: float
    plugin: float
    model: float


class CriterionPart(_Part):
    """Limits; see ``phase_elm.report.drift.Criterion``."""

    column_gc_m2_yr: float
    area_share: float
    global_pgc_yr: float
    tlai_m2_m2_yr: float
    land_area_km2: float


class DriftPart(_Part):
    """Drift of one variable in one run."""

    total: float
    limit: float
    met: bool
    mean: float
    mean_absolute: float
    units: str


class RunPart(_Part):
    """The verdict on one run."""

    variables: dict[str, DriftPart]
    area_at_rest: float
    cells_at_rest: int
    met: bool


class SettledPart(_Part):
    """Cells that drift too fast without the jump, and what became of them with it."""

    restless_cells: int
    settled_cells: int
    settled_area_share: float | None


class WindowPart(_Part):
    """Share of area at rest over the forcing cycle that follows a jump, in both runs.

    ``jump`` is null in a cycle that the plugin did not measure.
    """

    jump_year: int
    end_year: int
    no_jump: float
    jump: float | None


class LedgerPart(_Part):
    """One element before and after the jump, area mean in g/m2, and what the jump put in."""

    before: float
    after: float
    change: float
    units: str


class DistancePart(_Part):
    """Distance from the reference state; ``normalised`` is rmse over the reference mean."""

    rmse: float
    bias: float
    normalised: float


class ErrorPart(_Part):
    """Distances of one variable in January of one year."""

    year: int
    variable: str
    units: str
    jump: DistancePart
    no_jump: DistancePart


class ReferencePart(_Part):
    """How the state that runs are compared with was made, and how fast it still drifts."""

    years: int
    supply_years: int
    jumps: int
    untouched_years: int
    area_at_rest: float
    mean_absolute_drift: float

    @property
    def label(self) -> str:
        """Its name in tables and figures."""
        return f"reference state (long run, {self.years} years)"

    @property
    def made(self) -> str:
        """How it was made, in one line."""
        steps = ["cold start", f"N and P supplied for {self.supply_years} years"]
        if self.jumps:
            steps.append(
                f"{self.jumps} jumps of the weight-free balance, one in each forcing cycle"
            )
        steps.append(f"last {self.untouched_years} years untouched")
        return "; ".join(steps)


class NativePart(_Part):
    """Purely native integration: nothing applied after the observed years."""

    years: int
    area_at_rest: float
    mean_absolute_drift: float
    distance: dict[str, DistancePart]


class CellPart(_Part):
    """One column; drifts are of TOTECOSYSC in gC/m2/yr."""

    gid: int
    lat: float
    lon: float
    area_km2: float
    drift_before: float
    drift_after: float
    jumped: bool
    trust: float


class SeriesPart(_Part):
    """Area means by year of one variable in both runs."""

    units: str
    jump: list[float]
    no_jump: list[float]
    reference: float | None


class ProfilePart(_Part):
    """Area-mean soil carbon by layer, gC/m3, around the jump and one cycle later."""

    depth_m: list[float]
    before: list[float]
    after: list[float]
    jump_end: list[float]
    no_jump_end: list[float]
    reference: list[float] | None


class DemoReport(_Part):
    """The whole document."""

    format_version: Literal[1] = FORMAT_VERSION
    kind: Literal["phase demo"] = "phase demo"
    created: str
    package_version: str
    model: str
    world: WorldPart
    years: YearsPart
    ranks: int
    device: str
    artifact: ArtifactPart
    timing_s: TimingPart
    criterion: CriterionPart
    identical_before_jump: bool
    jump: RunPart
    no_jump: RunPart
    settled: SettledPart
    plugin_area_at_rest: float
    cells_gated: int
    ledger: dict[str, LedgerPart]
    errors: list[ErrorPart] | None
    reference: ReferencePart | None
    reference_absent: str | None
    native: NativePart | None
    cells: list[CellPart]
    series_year: list[int]
    series: dict[str, SeriesPart]
    profile: ProfilePart
    windows: list[WindowPart]


def run_part(certificate: Certificate) -> RunPart:
    """A certificate as it stands in the document."""
    return RunPart(
        variables={
            name: DriftPart(
                total=item.total,
                limit=item.limit,
                met=item.met,
                mean=item.mean,
                mean_absolute=item.mean_absolute,
                units=item.units,
            )
            for name, item in certificate.variables.items()
        },
        area_at_rest=certificate.area_at_rest,
        cells_at_rest=certificate.cells_at_rest,
        met=certificate.met,
    )


def write_report(report: DemoReport, path: Path) -> Path:
    """Write the document; it appears under its name only when complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_text(path, report.model_dump_json(indent=1) + "\n")


def read_report(path: Path) -> DemoReport:
    """Read and check a document."""
    from pydantic import ValidationError

    try:
        return DemoReport.model_validate_json(path.read_text())
    except FileNotFoundError:
        raise ReportError(f"{path}: no such file; `phase demo` writes it as report.json") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ReportError(
            f"{path}: not a demo report of format {FORMAT_VERSION}: {where}: {first['msg']}"
        ) from None
