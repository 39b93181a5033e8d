"""What long run to make."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from phase_elm.world.config import CYCLE_YEARS
from phase_elm.world.files import FILE_NAMES


def world_complete(value: Path) -> Path:
    """Refuse a folder that lacks files of a world."""
    missing = [name for name in FILE_NAMES if not (value / name).is_file()]
    if missing:
        raise ValueError(
            f"{value}: the world lacks {', '.join(missing)}; make one with `phase world`"
        )
    return value


def whole_cycles(value: int) -> int:
    """Refuse years that are not whole forcing cycles."""
    if value % CYCLE_YEARS:
        raise ValueError(
            f"expected a multiple of the forcing cycle ({CYCLE_YEARS} years), found {value}"
        )
    return value


class TruthConfig(BaseModel):
    """A long run from a cold start.

    Parameters:
        world: Folder with the five files of a world.
        out: Training-set file to write.
        years: Years to integrate, whole forcing cycles.
        observe_years: Years from the cold start that the surrogate gets to see.
        supply_years: Years from the cold start in which N and P are supplied, at least the
            observed ones. A longer supply builds the soil's nitrogen capital, which inputs alone
            take thousands of years to build, and so brings the native state to rest sooner.
        polish_years: Ends of forcing cycles at which the slow soil pools are set to the balance
            of their own rates (:class:`phase_elm.truth.polish.SoilPolish`); none for a purely
            native run.
        horizon_years: Horizon of that balance.
        checkpoint_years: Years between restart files, whole forcing cycles.
        work: Folder for the run; default is next to ``out``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    world: Path
    out: Path
    years: int = Field(default=2000, ge=2 * CYCLE_YEARS)
    observe_years: int = Field(default=CYCLE_YEARS, ge=1)
    supply_years: int = Field(default=CYCLE_YEARS, ge=1)
    polish_years: tuple[int, ...] = ()
    horizon_years: float = Field(default=200_000.0, gt=0.0)
    checkpoint_years: int = Field(default=200, ge=CYCLE_YEARS)
    work: Path | None = None

    _cycles = field_validator("years", "observe_years", "checkpoint_years")(whole_cycles)
    _world = field_validator("world")(world_complete)

    @model_validator(mode="after")
    def _ends_after_observing(self) -> TruthConfig:
        if self.years < self.observe_years + CYCLE_YEARS:
            raise ValueError(
                f"years: expected at least one cycle after the {self.observe_years} observed "
                f"years, found {self.years}"
            )
        for year in self.polish_years:
            whole = year % CYCLE_YEARS == 0 and year % self.checkpoint_years
            if not whole or not self.observe_years < year <= self.years - 2 * CYCLE_YEARS:
                raise ValueError(
                    f"polish_years: expected ends of forcing cycles ({CYCLE_YEARS} years) between "
                    f"the observed years and the last two cycles, and no checkpoint year; "
                    f"found {year}"
                )
        if not self.observe_years <= self.supply_years < self.years:
            raise ValueError(
                f"supply_years: expected at least the {self.observe_years} observed years and less "
                f"than {self.years}, found {self.supply_years}"
            )
        return self

    @property
    def folder(self) -> Path:
        """Folder of the model run."""
        return self.work or self.out.with_name(self.out.name + ".run")
