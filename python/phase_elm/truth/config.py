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
        jumps: Jumps of the weight-free balance, one at the end of each forcing cycle from the
            observed years on, the last one at least two cycles before the end; 0 for a purely
            native run.
        horizon_years: Horizon of the balance of one jump.
        checkpoint_years: Years between restart files, whole forcing cycles.
        work: Folder for the run; default is next to ``out``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    world: Path
    out: Path
    years: int = Field(default=2000, ge=2 * CYCLE_YEARS)
    observe_years: int = Field(default=CYCLE_YEARS, ge=1)
    supply_years: int = Field(default=CYCLE_YEARS, ge=1)
    jumps: int = Field(default=0, ge=0)
    horizon_years: float = Field(default=10_000.0, gt=0.0)
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
        least = self.observe_years + (self.jumps + 1) * CYCLE_YEARS
        if self.jumps and self.years < least:
            raise ValueError(
                f"years: {self.jumps} jumps after {self.observe_years} observed years, and two "
                f"cycles to show what they left, take at least {least} years; found {self.years}"
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
