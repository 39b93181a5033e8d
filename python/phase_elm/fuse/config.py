"""What ``phase fuse`` is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class FuseError(ValueError):
    """The files cannot be fused; the message names file, variable, expected and found."""


class FuseConfig(BaseModel):
    """Files of a run and how to read them.

    Parameters:
        out: Training set to write.
        restart: Restart at the end of the observed window.
        history: History files of the observed years, any number of tapes.
        surface: Surface data set of the run.
        parameters: PFT parameter file of the run.
        soil_orders: ``fsoilordercon`` of the run; its parameters come into the set, by column.
        forcing: Forcing files, needed where the history lacks TBOT, PBOT, QBOT, FSDS, FLDS, RAIN
            and SNOW by month.
        start_restart: Restart the window began from; without it the start is taken from the
            history's first month.
        equilibrium: Restart of the state that counts as the target.
        observe_years: Years of the window; the window ends at the restart's date.
        dead_wood_factor: ``spinup_mortality_factor`` of the run, asked for where one of the
            restarts is an accelerated one.
        protocol: How the run began; ``auto`` reads it from the restart.
        nu_com: Nutrient competition of the run; ELM's files do not tell it.
        horizon_years: Horizon that the target stands for.
        forcing_distance: Largest distance of a forcing point from its gridcell in degrees.
        block_columns: Columns held in memory at a time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: Path
    restart: Path
    history: tuple[Path, ...] = Field(min_length=1)
    surface: Path
    parameters: Path
    soil_orders: Path | None = None
    forcing: tuple[Path, ...] = ()
    start_restart: Path | None = None
    equilibrium: Path | None = None
    observe_years: int = Field(default=20, ge=1)
    dead_wood_factor: float | None = Field(default=None, ge=1.0)
    protocol: Literal["auto", "cold", "short_accelerated", "accelerated"] = "auto"
    nu_com: str = "RD"
    horizon_years: float | None = Field(default=None, gt=0.0)
    forcing_distance: float = Field(default=0.75, gt=0.0)
    block_columns: int = Field(default=8_192, ge=1)
