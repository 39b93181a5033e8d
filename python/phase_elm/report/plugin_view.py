"""What a plugin report says, worked out once for the terminal, the figures and the page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from phase_elm.report.drift import VARIABLES
from phase_elm.report.plugin import Jump, PluginReport, Rollback, Variable

G_M2_PER_PG_KM2 = 1.0e15 / 1.0e6
MEANS = ("TLAI", "TWS", "H2OSNO")  # area means in the report; all others are totals in Pg
REASONS = {
    "jumped": "jumped",
    "below_trust": "trusted too little: the model's own state was kept",
    "out_of_bounds": "prediction out of bounds: the model's own state was kept",
    "input_not_finite": "an input is not finite: the model's own state was kept",
    "input_negative": "a pool is negative: the model's own state was kept",
    "output_not_finite": "prediction not finite: the model's own state was kept",
    "rolled_back": "the jump made its drift worse and was taken back",
    "no_jump_yet": "no jump yet",
}
NOTES = {
    "columns_below_trust": "below the trust threshold",
    "columns_out_of_bounds": "prediction out of bounds",
    "columns_not_finite": "values not finite or negative",
    "columns_rolled_back": "held because their last jump was taken back",
    "columns_limited": "written with a limited step",
    "columns_accelerated": "slow pools from the sequence of jumps",
}


def reason_text(status: str | None) -> str:
    """A status of the report in words."""
    return REASONS.get(status or "", (status or "not known").replace("_", " "))


@dataclass(frozen=True)
class Ruling:
    """The verdict in words; ``kind`` is met, partly, unmet or unknown."""

    kind: str
    headline: str
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class Segment:
    """A part of the years spent."""

    kind: str
    first: int
    years: int
    text: str


@dataclass(frozen=True)
class Limit:
    """One line of the criterion's table; drifts with the year that their cycle ends at."""

    name: str
    units: str
    limit: float | None
    before: float | None
    before_year: int | None
    after: float | None
    after_year: int | None
    met: bool | None
    met_year: int | None
    in_criterion: bool
    above: bool = False  # the limit is a minimum, as for the share of area


@dataclass(frozen=True)
class CellTable:
    """Results by column; numbers that are not known are nan."""

    gid: np.ndarray
    lat: np.ndarray
    lon: np.ndarray
    area: np.ndarray
    before: np.ndarray
    after: np.ndarray
    trust: np.ndarray
    status: tuple[str, ...]

    @property
    def count(self) -> int:
        return len(self.gid)

    def shown(self) -> np.ndarray:
        """Columns that can be put on a map: with a place, and with plants where that is known."""
        with_plants = ~(self.area == 0.0)
        return np.isfinite(self.lat) & np.isfinite(self.lon) & with_plants


def number(value: float | None, digits: int = 3) -> str:
    """A number for people, a dash for one that is not known."""
    if value is None or not np.isfinite(value):
        return "-"
    whole = 10**digits <= abs(value) < 1.0e7
    return f"{value:.0f}" if whole else f"{value:.{digits}g}"


def percent(value: float | None) -> str:
    """A share as a percentage."""
    return "-" if value is None else f"{100 * value:.1f} %"


class View:
    """A report with what follows from it."""

    def __init__(self, report: PluginReport, source: str = "") -> None:
        self.report, self.source = report, source

    @cached_property
    def first_year(self) -> int | None:
        """First observed year."""
        if self.report.run.start_year is not None:
            return self.report.run.start_year
        return self.report.years[0].year if self.report.years else None

    @cached_property
    def jump_years(self) -> list[int]:
        return [jump.year for jump in self.report.jumps if jump.year is not None]

    @cached_property
    def rollback_years(self) -> list[int]:
        return [item.year for item in self.report.rollbacks if item.year is not None]

    @cached_property
    def left_to_the_model(self) -> str:
        """How many columns the latest jump left as they were; blank where it left none."""
        found = self.report.certificate.kept_own_state
        if not found.columns:
            return ""
        reasons = [
            f"{count} {name.replace('_', ' ')}"
            for name in REASONS
            if (count := getattr(found, name, None))
        ]
        share = "" if found.area_share is None else f" ({found.area_share:.1%} of the area)"
        return f"The latest jump left {found.columns} columns{share} to the model: " + ", ".join(
            reasons
        )

    @cached_property
    def years_integrated(self) -> int | None:
        return self.report.run.years_integrated

    @cached_property
    def cells(self) -> CellTable:
        found = self.report.cells
        size = max(
            (len(getattr(found, name)) for name in type(found).model_fields),
            default=0,
        )

        def reals(name: str) -> np.ndarray:
            values = np.full(size, np.nan)
            given = [np.nan if value is None else value for value in getattr(found, name)]
            values[: len(given)] = given
            return values

        status = [text or "" for text in found.status]
        gid = np.arange(1, size + 1)
        for place, value in enumerate(found.gid):
            gid[place] = value if value is not None else place + 1
        return CellTable(
            gid,
            reals("lat"),
            reals("lon"),
            reals("area_km2"),
            reals("drift_before"),
            reals("drift_after"),
            reals("trust"),
            tuple(status + [""] * (size - len(status))),
        )

    def series(self, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
        """Years, values, jumps done before them, and units; stocks as means over the area."""
        kept = [item for item in self.report.years if item.totals.get(name) is not None]
        years = np.array([item.year for item in kept], dtype=float)
        values = np.array([item.totals[name] for item in kept], dtype=float)
        epochs = np.array([item.jumps_done or 0 for item in kept], dtype=int)
        if name in MEANS:
            return years, values, epochs, {"TLAI": "m2/m2"}.get(name, "mm")
        element = "C" if name == "GPP" else name[-1]
        per_year = "/yr" if name == "GPP" else ""
        area = self.report.run.vegetated_area_km2
        if not area:
            return years, values, epochs, f"Pg{element}{per_year}"
        return years, values * G_M2_PER_PG_KM2 / area, epochs, f"g{element}/m2{per_year}"

    @cached_property
    def shares(self) -> tuple[np.ndarray, np.ndarray]:
        """Share of area at rest over the cycle that ends with each year."""
        kept = [item for item in self.report.years if item.share_at_rest is not None]
        return (
            np.array([item.year for item in kept], dtype=float),
            np.array([item.share_at_rest for item in kept], dtype=float),
        )

    def _latest(self, name: str | None) -> tuple[float | None, int | None]:
        """Latest measure after a jump in the yearly entries; ``None`` is the share of area."""
        for item in reversed(self.report.years):
            value = item.share_at_rest if name is None else item.drifts.get(name)
            if value is not None and (item.jumps_done or 0) > 0:
                return value, item.year
        return None, None

    @cached_property
    def area_limit(self) -> Limit:
        """The share of area at rest against what is required."""
        part = self.report.certificate.area_at_rest
        after, year = part.share_after, None
        latest, latest_year = self._latest(None)
        if after is None:
            after, year = latest, latest_year
        elif latest is not None:
            year = latest_year
        required = part.share_required
        met = None if after is None or required is None else after >= required
        text = number(part.limit_gC_m2_yr) if part.limit_gC_m2_yr is not None else "the limit"
        return Limit(
            f"area within {text} gC/m2/yr",
            "share of vegetated area",
            required,
            part.share_before,
            None,
            after,
            year,
            met,
            part.met_year,
            True,
            above=True,
        )

    def _limit(self, item: Variable) -> Limit:
        after, year = item.drift_after, item.drift_after_year
        if after is None:
            after, year = self._latest(item.name)
        known = after is not None and item.limit is not None
        return Limit(
            item.name,
            item.units or "",
            item.limit,
            item.drift_before,
            item.drift_before_year,
            after,
            year,
            abs(after) <= item.limit if known else None,
            item.met_year,
            item.name in VARIABLES if item.in_criterion is None else item.in_criterion,
        )

    @cached_property
    def limits(self) -> list[Limit]:
        """The variables of the criterion, then the others."""
        rows = [self._limit(item) for item in self.report.certificate.variables]
        return sorted(rows, key=lambda row: (not row.in_criterion, row.limit is None))

    @cached_property
    def ruling(self) -> Ruling:
        """The verdict; of a dry run with the remark that it was one."""
        found = self._ruling()
        if not self.report.run.dry_run:
            return found
        remark = "A dry run: jumps were predicted, nothing was written into the model."
        return Ruling(found.kind, found.headline, (remark, *found.sentences))

    def _ruling(self) -> Ruling:
        verdict = self.report.certificate
        area = self.area_limit
        spent = self.years_integrated
        in_all = f" {spent} years were integrated in all, every one counted." if spent else ""
        if verdict.met:
            since = verdict.met_at_year
            held = verdict.years_integrated_when_met
            when = f" It has held since the beginning of year {since}" if since else ""
            when += f", after {held} years of integration." if since and held is not None else ""
            when += "." if since and held is None else ""
            sentence = f"{percent(area.after)} of the vegetated area is within the limit.{when}"
            if verdict.complete is False:
                return Ruling(
                    "partly",
                    "At rest as far as it could be measured",
                    (sentence + in_all, "Some variables need a longer record: see the criterion."),
                )
            return Ruling("met", "The model is at rest", (sentence + in_all,))
        if not self.report.jumps and area.after is None:
            text = f"Before a jump {percent(area.before)} of the area is within the limit."
            return Ruling("unknown", "No jump yet", (text + in_all,))
        failing = [row.name for row in self.limits if row.in_criterion and row.met is False]
        if area.after is None and not failing:
            wanted = self.report.run.cycle_years or "the forcing cycle's"
            text = f"The run ended before a whole cycle ({wanted} years) had passed after the jump."
            return Ruling("unknown", "Not measured yet", (text + in_all,))
        sentences = []
        if area.after is not None:
            year = f" over the cycle up to the beginning of year {area.after_year}" * bool(
                area.after_year
            )
            sentences.append(
                f"{percent(area.after)} of the vegetated area is within the limit{year}; "
                f"{percent(area.limit)} is required."
            )
        if failing:
            sentences.append(f"Global drift beyond its limit: {', '.join(failing)}.")
        for years, text in (
            (self.rollback_years, "Jumps were taken back"),
            (self.jump_years, "The model jumped again"),
        ):
            late = [year for year in years if area.after_year and year >= area.after_year]
            if late:
                sentences.append(f"{text} at the beginning of year {late[-1]}, after this measure.")
        return Ruling("unmet", "Not at rest", (*sentences, in_all.strip()))

    @cached_property
    def spent(self) -> list[Segment]:
        """The years, part by part: observed, relaxed after each jump."""
        first, total = self.first_year, self.years_integrated
        if first is None or total is None or total <= 0:
            return []
        end = first + total
        marks = sorted({year for year in self.jump_years if first < year < end})
        observed = (marks[0] if marks else end) - first
        found = [Segment("observed", first, observed, "observed")]
        for place, year in enumerate(marks):
            until = marks[place + 1] if place + 1 < len(marks) else end
            last = until == end
            text = f"after jump {place + 1}" + (", to the end" if last else "")
            found.append(Segment("proof" if last else "relaxed", year, until - year, text))
        return found

    @cached_property
    def interventions(self) -> list[Jump | Rollback]:
        """Jumps and rollbacks in the order of years; a rollback comes before a jump."""
        both = [*self.report.jumps, *self.report.rollbacks]
        return sorted(both, key=lambda item: (item.year or 0, isinstance(item, Jump)))

    @cached_property
    def kept(self) -> list[tuple[int, str]]:
        """Positions (in ``cells``) of the columns whose latest state is not a jump, with it."""
        quiet = ("", "jumped", "no_jump_yet")
        return [(k, text) for k, text in enumerate(self.cells.status) if text not in quiet]

    @cached_property
    def plugin_share(self) -> float | None:
        """Share of the wall clock spent in the plugin."""
        inside, outside = self.report.timing.plugin_seconds, self.report.timing.model_seconds
        if inside is None or outside is None or inside + outside <= 0.0:
            return None
        return inside / (inside + outside)

    @cached_property
    def pace(self) -> list[tuple[str, int, float, float]]:
        """Kind of year, how many, and the median seconds of one in the plugin and in the model."""
        first = min(self.jump_years, default=None)
        kinds: dict[str, list[tuple[float, float]]] = {}
        times = self.report.timing.years
        for year, inside, outside in zip(
            times.year, times.plugin_seconds, times.model_seconds, strict=False
        ):
            if year is None or inside is None or outside is None:
                continue
            kind = "observed" if first is None or year < first else "after a jump"
            if year in self.jump_years:
                kind = "with a jump"
            kinds.setdefault(kind, []).append((inside, outside))
        return [
            (kind, len(found), *(float(part) for part in np.median(np.array(found), axis=0)))
            for kind, found in kinds.items()
        ]
