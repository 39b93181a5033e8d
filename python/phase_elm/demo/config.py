"""What the demonstration runs."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

OBSERVE_YEARS = 20
CYCLE_YEARS = 20
CLOSING_YEARS = 1
SHORTEST = OBSERVE_YEARS + CYCLE_YEARS + CLOSING_YEARS
DEFAULT_YEARS = SHORTEST + 2 * CYCLE_YEARS
DATA = Path(__file__).resolve().parent.parent / "data"


class DemoConfig(BaseModel):
    """The demonstration.

    Parameters:
        out: Folder for everything it writes.
        cells: Held-out columns to run.
        years: Years each run integrates. Twenty are observed, twenty more are one forcing cycle
            after the jump, and one closes the window of GPP and TLAI, which compare whole years
            of the same phase of the cycle (years 21 and 41). Each twenty more make room for
            another jump, which polishes from what the model showed after the one before.
        ranks: MPI ranks of each run.
        device: Where the surrogate runs.
        grid, seed: The world, as in training.
        artifact: Surrogate; default is the packaged one.
        truth: File of reference states; default is the packaged file.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: Path = Path("phase_demo")
    cells: int = Field(default=48, ge=1)
    years: int = Field(default=DEFAULT_YEARS, ge=SHORTEST)
    ranks: int = Field(default=2, ge=1)
    device: str = Field(default="auto", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    grid: str = "4x5"
    seed: int = Field(default=1, ge=0)
    artifact: Path = DATA / "phase_minielm.pt"
    truth: Path = DATA / "demo_truth.nc"

    @property
    def jump_years(self) -> list[int]:
        """Years that begin with a jump; a whole cycle and the closing year follow the last."""
        return list(range(OBSERVE_YEARS + 1, self.years - CYCLE_YEARS + 1, CYCLE_YEARS))
