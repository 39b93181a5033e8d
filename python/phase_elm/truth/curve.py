"""How close to rest a long run is, forcing cycle by forcing cycle: the spin-up curve."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from phase_elm.report.drift import VARIABLES, Certificate, Criterion, certify, drift
from phase_elm.truth.files import open_group, write_atomic
from phase_elm.truth.gather import STOCKS
from phase_elm.world.config import CYCLE_YEARS

FLUXES = ("GPP", "TLAI")
ACCELERATED, NORMAL = 1, 0


class CurveError(ValueError):
    """The file holds no spin-up curve; the message names it."""


@dataclass(frozen=True)
class CycleRow:
    """One forcing cycle of a run, the year counted from the cold start in all modes together.

    ``closure`` is the largest error of a column's yearly C, N or P budget over its stock.
    """

    year: int
    accelerated: bool
    area_at_rest: float
    cells_at_rest: int
    median_drift: float
    totecosysc: float
    met: bool
    holding: str
    closure: float


class Curve:
    """States at the ends of cycles, and what the cycles between them say.

    Parameters:
        area: Vegetated land area of each column in km2; 0 without plants.
        criterion: The limits.
    """

    def __init__(self, area: np.ndarray, criterion: Criterion) -> None:
        self.area, self.criterion = np.asarray(area, dtype=float), criterion
        self.years: list[int] = []
        self.modes: list[int] = []
        self.closures: list[float] = []
        self.states: list[dict[str, np.ndarray]] = []

    def add(
        self, year: int, mode: int, state: Mapping[str, np.ndarray], closure: float = np.nan
    ) -> None:
        """Add the state at the end of a cycle: stocks in gC/m2, last year's GPP in gC/m2/yr and
        TLAI, and the largest error of its budgets."""
        self.years.append(year)
        self.modes.append(mode)
        self.closures.append(closure)
        self.states.append({name: np.asarray(state[name]) for name in (*STOCKS, *FLUXES)})

    def drifts(self, index: int) -> dict[str, np.ndarray] | None:
        """Drift per column over the cycle that ends with a state; none where the mode changed."""
        if index == 0 or self.modes[index] != self.modes[index - 1]:
            return None
        old, new = self.states[index - 1], self.states[index]
        if self.years[index] - self.years[index - 1] != CYCLE_YEARS:
            return None
        return {name: drift(old[name], new[name], CYCLE_YEARS) for name in (*STOCKS, *FLUXES)}

    def certificate(self, index: int) -> Certificate | None:
        """The verdict on that cycle."""
        found = self.drifts(index)
        if found is None or not np.isfinite(found["GPP"]).all():
            return None
        return certify({name: found[name] for name in VARIABLES}, self.area, self.criterion)

    def row(self, index: int) -> CycleRow | None:
        """That cycle in numbers."""
        verdict, found = self.certificate(index), self.drifts(index)
        if verdict is None or found is None:
            return None
        plants = self.area > 0.0
        holding = [name for name, item in verdict.variables.items() if not item.met]
        if verdict.area_at_rest < self.criterion.area_share:
            holding.insert(0, "area")
        total = self.states[index]["TOTECOSYSC"]
        return CycleRow(
            year=self.years[index],
            accelerated=self.modes[index] == ACCELERATED,
            area_at_rest=verdict.area_at_rest,
            cells_at_rest=int((np.abs(found["TOTECOSYSC"][plants]) <= self.criterion.column).sum()),
            median_drift=float(np.median(np.abs(found["TOTECOSYSC"][plants]))),
            totecosysc=float((total * self.area).sum() / self.area.sum()),
            met=verdict.met and self.modes[index] == NORMAL,
            holding=", ".join(holding),
            closure=self.closures[index],
        )

    def rows(self) -> list[CycleRow]:
        """All cycles that can be judged."""
        found = (self.row(index) for index in range(len(self.years)))
        return [row for row in found if row is not None]

    @property
    def met_year(self) -> int | None:
        """Year at whose end the criterion held for the first time."""
        return next((row.year for row in self.rows() if row.met), None)

    def until(self, year: int) -> Curve:
        """The same, without what lies after a year."""
        kept = Curve(self.area, self.criterion)
        for index, when in enumerate(self.years):
            if when <= year:
                kept.add(when, self.modes[index], self.states[index], self.closures[index])
        return kept

    def dataset(self) -> xr.Dataset:
        """For the file: states by cycle and column, with the limits."""
        found = xr.Dataset(
            {
                f"cycle_{name}": (
                    ("cycle", "column"),
                    np.array([state[name] for state in self.states]),
                )
                for name in (*STOCKS, *FLUXES)
            }
        )
        found["cycle_year"] = ("cycle", np.array(self.years, dtype=np.int32))
        found["cycle_mode"] = ("cycle", np.array(self.modes, dtype=np.int32))
        found["cycle_closure"] = ("cycle", np.array(self.closures))
        found["vegetated_area"] = ("column", self.area, {"units": "km2"})
        found.attrs = {f"criterion_{name}": value for name, value in asdict(self.criterion).items()}
        return found

    @classmethod
    def of(cls, found: xr.Dataset, path: Path) -> Curve:
        """Read what :meth:`dataset` made."""
        if "cycle_year" not in found:
            raise CurveError(
                f"{path}: holds no spin-up curve; make one with `phase truth --protocol native` or "
                "`--protocol accelerated`"
            )
        limits = {name: float(found.attrs[f"criterion_{name}"]) for name in asdict(Criterion())}
        curve = cls(found["vegetated_area"].values, Criterion(**limits))
        for index in range(found.sizes["cycle"]):
            state = {name: found[f"cycle_{name}"].values[index] for name in (*STOCKS, *FLUXES)}
            curve.add(
                int(found["cycle_year"][index]),
                int(found["cycle_mode"][index]),
                state,
                float(found["cycle_closure"][index]),
            )
        return curve

    def write(self, path: Path) -> None:
        """Write the curve alone."""
        write_atomic({"": self.dataset()}, path)


def read_curve(path: Path) -> Curve:
    """Read the curve of a finished run (its training set) or of a running one (its folder)."""
    file = path / "curve.nc" if path.is_dir() else path
    if not file.is_file():
        raise CurveError(f"{file}: no such file; `phase truth` writes it after the first cycle")
    with open_group(file) as found:
        return Curve.of(found.load(), file)
