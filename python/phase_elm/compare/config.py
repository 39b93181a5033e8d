"""What the comparison reads and how long it runs."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator


class CompareConfig(BaseModel):
    """Settings of ``phase compare-elm``.

    Parameters:
        reference: Folder of ELM's files: ``inputs``, ``observed``, ``later``.
        out: Folder for the runs and the tables.
        years: Years that the fluxes are averaged over: one cycle of the weather.
        start_year: Year of the restart in ``later`` that minielm starts from.
        supply_years: Years of the long run in which N and P are supplied.
        long_years: Years of the run from cold start; 0 leaves it out.
        horizon_years: Age that the balanced soil stands for: that of ELM's accelerated phase, 100
            years with the slowest pool 27.4 times faster and freed of scalars near 0.15.
        polish_years: Ends of cycles at which slow soil pools are balanced in the long run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: Path
    out: Path
    years: int = Field(default=20, ge=1)
    start_year: int = Field(default=141, ge=1)
    supply_years: int = Field(default=120, ge=0)
    long_years: int = Field(default=780, ge=0)
    horizon_years: float = Field(default=20_000.0, gt=0.0)
    polish_years: tuple[int, ...] = (60, 120, 180, 240, 300, 380, 480, 580)

    @model_validator(mode="after")
    def _files(self) -> CompareConfig:
        for name in ("inputs", "later", "observed"):
            if not (self.reference / name).is_dir():
                raise ValueError(
                    f"--reference: expected a folder with inputs, observed and later; "
                    f"found no '{name}' in '{self.reference}'"
                )
        return self

    @property
    def restart(self) -> Path:
        """ELM's restart that the first run starts from."""
        found = sorted((self.reference / "later").glob(f"*.elm.r.{self.start_year:04d}-*.nc"))
        if not found:
            raise FileNotFoundError(
                f"no restart of year {self.start_year} in '{self.reference / 'later'}'"
            )
        return found[0]
