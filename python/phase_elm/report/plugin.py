"""The plugin's own report of a run, read leniently: ``docs/report.md`` explains every entry.

Reports of other versions of the plugin may lack entries or hold more of them. What is missing is
``None`` or empty here; what is unknown is left out; numbers that are not finite are ``None``.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, model_validator

from phase_elm.report.document import ReportError

FORMAT = 1


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _whole(value: Any) -> Any:
    """Column numbers come as reals in lists."""
    value = _finite(value)
    return round(value) if isinstance(value, float) else value


Number = Annotated[float | None, BeforeValidator(_finite)]
Whole = Annotated[int | None, BeforeValidator(_whole)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)

    by_column: ClassVar[bool] = False  # lists have a place for every column or year, null or not

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        found = {}
        for key, value in data.items():
            if isinstance(value, dict):
                found[key] = {name: part for name, part in value.items() if part is not None}
            elif isinstance(value, list) and not cls.by_column:
                found[key] = [part for part in value if part is not None]
            elif value is not None:
                found[key] = value
        return found


class Artifact(_Part):
    file: str | None = None
    name: str | None = None
    checksum: str | None = None
    horizon_years: Number = None


class Run(_Part):
    ranks: Whole = None
    device: str | None = None
    columns: Whole = None
    vegetated_area_km2: Number = None
    dry_run: bool | None = None
    method: str | None = None
    rollback: bool | None = None
    accelerate: str | None = None
    run_mode: str | None = None
    pool_space: str | None = None
    start_year: Whole = None
    years_integrated: Whole = None
    steps: Whole = None
    observe_years: Whole = None
    relax_years: Whole = None
    cycle_years: Whole = None


class YearTimes(_Part):
    """Whole years of this segment of the run, one list each."""

    by_column: ClassVar[bool] = True

    year: list[Whole] = []
    plugin_seconds: list[Number] = []
    model_seconds: list[Number] = []


class Timing(_Part):
    plugin_seconds: Number = None
    model_seconds: Number = None
    years: YearTimes = YearTimes()


class Ledger(_Part):
    """One element."""

    before_Pg: Number = None
    after_Pg: Number = None
    change_Pg: Number = None
    before_g_m2: Number = None
    after_g_m2: Number = None
    change_g_m2: Number = None
    host_rules_g_m2: Number = None
    max_column_change_g_m2: Number = None
    max_column_change_gid: Whole = None
    max_column_error_g_m2: Number = None


class _Place(_Part):
    gid: Whole = None
    lat: Number = None
    lon: Number = None
    area_km2: Number = None


class Gated(_Place):
    """A column that kept its own state."""

    reason: str | None = None
    variable: str | None = None
    element: Whole = None
    value: Number = None
    rank: Whole = None


class Jump(_Part):
    year: Whole = None
    dry_run: bool | None = None
    method: str | None = None
    columns: Whole = None
    columns_jumped: Whole = None
    columns_accepted: Whole = None
    columns_below_trust: Whole = None
    columns_out_of_bounds: Whole = None
    columns_not_finite: Whole = None
    columns_rolled_back: Whole = None
    columns_limited: Whole = None
    columns_accelerated: Whole = None
    trust_threshold: Number = None
    inference_seconds: Number = None
    total_seconds: Number = None
    ledger: dict[str, Ledger] = {}
    gated: list[Gated] = []


class RolledBack(_Place):
    jump_year: Whole = None
    drift_before: Number = None
    drift_after: Number = None


class Rollback(_Part):
    year: Whole = None
    columns_rolled_back: Whole = None
    ledger: dict[str, Ledger] = {}
    cells: list[RolledBack] = []


class AtRest(_Part):
    limit_gC_m2_yr: Number = None
    share_required: Number = None
    share_before: Number = None
    share_after: Number = None
    met_year: Whole = None


class Variable(_Part):
    name: str
    units: str | None = None
    limit: Number = None
    drift_before: Number = None
    drift_before_year: Whole = None
    drift_after: Number = None
    drift_after_year: Whole = None
    met_before: bool | None = None
    met_after: bool | None = None
    in_criterion: bool | None = None
    met_year: Whole = None


class Holding(_Place):
    """A column that holds the certificate back."""

    drift_gC_m2_yr: Number = None
    pool: str | None = None
    pool_drift_gC_m2_yr: Number = None
    status: str | None = None


class KeptOwn(_Part):
    """Columns that the latest jump left to the model, and why."""

    columns: Whole = None
    area_share: Number = None
    below_trust: Whole = None
    out_of_bounds: Whole = None
    input_not_finite: Whole = None
    input_negative: Whole = None
    output_not_finite: Whole = None
    rolled_back: Whole = None


class Verdict(_Part):
    met: bool | None = None
    complete: bool | None = None
    met_at_year: Whole = None
    years_integrated_when_met: Whole = None
    area_at_rest: AtRest = AtRest()
    variables: list[Variable] = []
    columns_not_at_rest: Whole = None
    kept_own_state: KeptOwn = KeptOwn()
    holding_back: list[Holding] = []


class Year(_Part):
    """The beginning of a year, before a jump that happens then."""

    year: int
    jumps_done: Whole = None
    share_at_rest: Number = None
    columns_not_finite: Whole = None
    totals: dict[str, Number] = {}
    drifts: dict[str, Number] = {}


class Cells(_Part):
    """Results of all columns, one list each."""

    by_column: ClassVar[bool] = True

    gid: list[Whole] = []
    lat: list[Number] = []
    lon: list[Number] = []
    area_km2: list[Number] = []
    drift_before: list[Number] = []
    drift_after: list[Number] = []
    trust: list[Number] = []
    status: list[str | None] = []


class PluginReport(_Part):
    """The whole document."""

    report_format: int
    artifact: Artifact = Artifact()
    run: Run = Run()
    timing: Timing = Timing()
    jumps: list[Jump] = []
    rollbacks: list[Rollback] = []
    certificate: Verdict = Verdict()
    years: list[Year] = []
    cells: Cells = Cells()


def read_document(path: Path) -> dict[str, Any]:
    """The JSON object in a file, of whatever kind."""
    try:
        found = json.loads(path.read_text())
    except FileNotFoundError:
        raise ReportError(
            f"{path}: no such file; a run with the plugin writes phase_report.json, `phase demo` "
            "report.json"
        ) from None
    except (OSError, ValueError) as error:
        raise ReportError(f"{path}: cannot be read as JSON: {error}") from None
    if not isinstance(found, dict):
        raise ReportError(f"{path}: expected a JSON object, found {type(found).__name__}")
    return found


def read_plugin_report(path: Path) -> PluginReport:
    """Read a report of the plugin; another format or a wrong type is an error that names it."""
    document = read_document(path)
    number = document.get("report_format")
    if number != FORMAT:
        raise ReportError(
            f"{path}: expected a report of the plugin (report_format {FORMAT}), found "
            f"{'no report_format' if number is None else f'report_format {number}'}"
        )
    try:
        return PluginReport.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the document"
        raise ReportError(f"{path}: {where}: {first['msg']}") from None
