"""Tables of minielm next to ELM: text for the screen, Markdown for the documentation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.atomic import write_text
from phase_elm.compare.config import CompareConfig
from phase_elm.compare.inputs import SECONDS_A_YEAR, Array, history_files, mean_of

CELLS = (
    "temperate deciduous",
    "tropical evergreen",
    "boreal evergreen",
    "grassland",
    "savanna",
    "boreal larch",
    "tundra",
    "temperate evergreen",
    "tropical deciduous",
    "shrubland",
    "temperate mixed",
    "C3 crop and grass",
    "temperate deciduous 2",
    "tropical evergreen 2",
    "boreal evergreen 2",
    "grassland 2",
)


@dataclass(frozen=True)
class Row:
    """One line of the table: a variable of both models' history."""

    name: str
    units: str
    factor: float = 1.0
    layer: int | None = None
    ratio: bool = True
    within: float | None = None

    @property
    def label(self) -> str:
        """Name, with the layer counted from 1."""
        return self.name if self.layer is None else f"{self.name} layer {self.layer + 1}"


ROWS = (
    Row("GPP", "gC/m2/yr", SECONDS_A_YEAR, within=1.5),
    Row("NPP", "gC/m2/yr", SECONDS_A_YEAR, within=1.5),
    Row("HR", "gC/m2/yr", SECONDS_A_YEAR),
    Row("TLAI", "m2/m2"),
    Row("TOTVEGC", "gC/m2", within=1.5),
    Row("TOTSOMC", "gC/m2", within=2.0),
    Row("TOTLITC", "gC/m2"),
    Row("CWDC", "gC/m2"),
    Row("TOTECOSYSN", "gN/m2"),
    Row("TOTECOSYSP", "gP/m2"),
    Row("SMINN", "gN/m2"),
    Row("SOLUTIONP", "gP/m2"),
    Row("LABILEP", "gP/m2"),
    Row("NFIX_TO_SMINN", "gN/m2/yr", SECONDS_A_YEAR),
    Row("DENIT", "gN/m2/yr", SECONDS_A_YEAR),
    Row("FPG", "1", ratio=False),
    Row("FPG_P", "1", ratio=False),
    Row("FPI", "1", ratio=False),
    Row("FPI_P", "1", ratio=False),
    Row("TSOI", "K", layer=2, ratio=False),
    Row("TSOI", "K", layer=6, ratio=False),
    Row("H2OSOI", "m3/m3", layer=2, ratio=False),
    Row("H2OSOI", "m3/m3", layer=6, ratio=False),
    Row("H2OSNO", "mm", ratio=False),
)


@dataclass(frozen=True)
class Pair:
    """A row's values in both models, by cell."""

    row: Row
    elm: Array
    minielm: Array

    @property
    def ratio(self) -> Array:
        """minielm over ELM; NaN where ELM has nothing."""
        safe = np.where(np.abs(self.elm) > 1.0e-6, self.elm, np.nan)
        return np.asarray(self.minielm / safe)

    def inside(self) -> int | None:
        """Cells within the row's factor."""
        if self.row.within is None:
            return None
        ratio = self.ratio
        return int(np.sum((ratio <= self.row.within) & (ratio >= 1.0 / self.row.within)))


def collect(reference: list[Path], years: range, mine: list[Path]) -> list[Pair]:
    """Means of every row that both histories hold, of ELM over the given years."""
    pairs = []
    with netCDF4.Dataset(reference[0]) as a, netCDF4.Dataset(mine[0]) as b:
        both = set(a.variables) & set(b.variables)
    for row in ROWS:
        if row.name not in both:
            continue
        elm, own = mean_of(reference, row.name, years), mean_of(mine, row.name)
        if row.layer is not None:
            elm, own = elm[row.layer], own[row.layer]
        pairs.append(Pair(row, elm * row.factor, own * row.factor))
    return pairs


def _number(value: float) -> str:
    if not np.isfinite(value):
        return "-"
    if abs(value) >= 100.0:
        return f"{value:.0f}"
    return f"{value:.1f}" if abs(value) >= 10.0 else f"{value:.2f}"


def markdown(pairs: list[Pair]) -> str:
    """Ratio of minielm to ELM by cell, both values where a ratio says little."""
    cells = len(pairs[0].elm)
    head = "| variable | model | " + " | ".join(str(i + 1) for i in range(cells)) + " | within |"
    lines = [head, "|" + "---|" * (cells + 3)]
    for pair in pairs:
        inside = pair.inside()
        note = "" if inside is None else f"{inside} of {cells} (x{pair.row.within})"
        name = f"{pair.row.label} ({pair.row.units})"
        elm = " | ".join(_number(value) for value in pair.elm)
        lines.append(f"| {name} | ELM | {elm} | |")
        second = pair.ratio if pair.row.ratio else pair.minielm
        kind = "ratio" if pair.row.ratio else "minielm"
        text = " | ".join(_number(value) for value in second)
        lines.append(f"| | {kind} | {text} | {note} |")
    return "\n".join(lines) + "\n"


def write_tables(config: CompareConfig, folders: dict[str, Path]) -> list[Path]:
    """Write ``<name>.md`` for each run; returns the files."""
    reference = history_files(config.reference / "later")
    years = range(config.start_year, config.start_year + config.years)
    written = []
    for name, folder in folders.items():
        text = markdown(collect(reference, years, history_files(folder)))
        written.append(write_text(config.out / f"{name}.md", text))
    return written
