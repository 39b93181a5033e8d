"""What ``phase predict`` is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class PredictError(ValueError):
    """The prediction was refused; the message says what does not fit and what to do."""


class PredictConfig(BaseModel):
    """Restart in, restart out.

    Parameters:
        restart: Restart at the end of the observed years.
        observed: Set that ``phase fuse`` made of the run up to that restart.
        artifact: Surrogate or weight-free artifact.
        out: Restart to write.
        soil_orders: ``fsoilordercon`` of the run, needed where mineral P is predicted.
        parameters: PFT parameter file of the run.
        method: What the artifact is asked for, as ``phase_method`` of the plugin.
        trust_threshold: A column trusted less keeps its state; the artifact's own by default.
        max_pool: Largest believable prediction.
        allow_protocol_mismatch: Accept an artifact that was trained for another protocol.
        dead_wood_factor: ``spinup_mortality_factor`` of an accelerated run.
        namelist: ELM's ``lnd_in`` of the run; its settings are judged as the plugin judges them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    restart: Path
    observed: Path
    artifact: Path
    out: Path
    parameters: Path
    soil_orders: Path | None = None
    method: Literal["hybrid", "surrogate", "steady_state"] = "hybrid"
    trust_threshold: float | None = Field(default=None, le=1.0)
    max_pool: float = Field(default=1.0e7, gt=0.0)
    allow_protocol_mismatch: bool = False
    dead_wood_factor: float | None = Field(default=None, ge=1.0)
    namelist: Path | None = None
