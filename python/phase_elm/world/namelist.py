"""Write the ``lnd_in`` of a minielm case: groups ``&elm_inparm`` and ``&phase_inparm``."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class ElmNamelist(BaseModel):
    """Entries of ``&elm_inparm`` that minielm reads; defaults are minielm's.

    Parameters:
        caseid: First part of the output file names.
        rundir: Folder of the output files, from where the model runs.
        finidat: Restart file to start from; blank is a cold start.
        fatmlndfrc, fsurdat, paramfile, fsoilordercon, fmet: The five files of a world.
        spinup_state: 0 normal mode, 1 accelerated decomposition.
        suplnitro, suplphos: ``ALL`` supplies the nutrient for ever.
        start_type: ``startup`` begins at 0001-01-01, ``continue`` goes on from finidat; blank is
            the latter where there is a finidat.
        nyears_supl: Supply N and P in the first so many years.
        hist_nhtfrq: Averaging period of the history.
        stop_n: Years to run.
        rest_n: Years between restart files; 0 is at the end only.
        co2_ppmv: Carbon dioxide in ppm.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    caseid: str = Field(default="minielm", pattern=r"^[A-Za-z0-9_.-]+$")
    rundir: str = "."
    finidat: str = " "
    fatmlndfrc: str
    fsurdat: str
    paramfile: str
    fsoilordercon: str
    fmet: str
    spinup_state: Literal[0, 1] = 0
    spinup_mortality_factor: float = Field(default=1.0, ge=1.0)
    suplnitro: Literal["NONE", "ALL"] = "NONE"
    suplphos: Literal["NONE", "ALL"] = "NONE"
    nyears_supl: int = Field(default=0, ge=0)
    hist_nhtfrq: Literal["month", "year", "none"] = "month"
    start_type: Literal[" ", "startup", "continue"] = " "
    stop_n: int = Field(default=1, ge=1)
    rest_n: int = Field(default=0, ge=0)
    co2_ppmv: float = Field(default=284.7, gt=0.0)

    @classmethod
    def for_world(cls, folder: Path, **entries: object) -> ElmNamelist:
        """A namelist that reads the world in ``folder``."""
        folder = folder.resolve()
        return cls(
            fatmlndfrc=str(folder / "domain.nc"),
            fsurdat=str(folder / "surfdata.nc"),
            paramfile=str(folder / "clm_params.nc"),
            fsoilordercon=str(folder / "CNP_parameters.nc"),
            fmet=str(folder / "forcing.nc"),
            **entries,
        )


class PhaseNamelist(BaseModel):
    """Entries of ``&phase_inparm``; entries left out keep the plugin's defaults.

    Parameters:
        use_phase_spinup: The one switch; off leaves the model as it is.
        phase_model_file: TorchScript artifact; blank observes only.
        phase_observe_years: Years watched before the jump.
        phase_relax_years: Years the model runs on before a further jump is considered.
        phase_max_jumps: Jumps at most.
        phase_device: Where the surrogate runs.
        phase_restart_file: The plugin's state of a run that goes on; blank is beside finidat.
        phase_report_file: Where the plugin writes its report.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    use_phase_spinup: bool = False
    phase_model_file: str | None = None
    phase_observe_years: int | None = Field(default=None, ge=1)
    phase_start_year: int | None = Field(default=None, ge=0)
    phase_relax_years: int | None = Field(default=None, ge=1)
    phase_max_jumps: int | None = Field(default=None, ge=0)
    phase_device: str | None = Field(default=None, pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    phase_threads: int | None = Field(default=None, ge=0)
    phase_chunk: int | None = Field(default=None, ge=0)
    phase_trust_threshold: float | None = None
    phase_method: Literal["surrogate", "steady_state", "hybrid"] | None = None
    phase_rollback: bool | None = None
    phase_rollback_factor: float | None = None
    phase_rollback_drift: float | None = None
    phase_max_step: float | None = Field(default=None, ge=0.0)
    phase_accelerate: Literal["none", "anderson"] | None = None
    phase_anderson_depth: int | None = Field(default=None, ge=1, le=8)
    phase_anderson_damping: float | None = Field(default=None, gt=0.0, le=1.0)
    phase_dry_run: bool | None = None
    phase_allow_protocol_mismatch: bool | None = None
    phase_restart_file: str | None = None
    phase_report_file: str | None = None
    phase_crit_totecosysc: float | None = Field(default=None, gt=0.0)
    phase_crit_area: float | None = Field(default=None, gt=0.0, le=1.0)
    phase_crit_tlai: float | None = Field(default=None, gt=0.0)

    @model_validator(mode="after")
    def _model_named(self) -> PhaseNamelist:
        jumps = self.use_phase_spinup and not self.phase_dry_run
        if jumps and not (self.phase_model_file or "").strip():
            raise ValueError(
                "phase_model_file: expected the path of an artifact since use_phase_spinup is on; "
                "found none. Name one, or set phase_dry_run to observe only."
            )
        return self


def _value(value: object) -> str:
    if isinstance(value, bool):
        return ".true." if value else ".false."
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, float):
        return repr(value)
    return str(value)


def group_text(name: str, entries: BaseModel) -> str:
    """One namelist group as Fortran reads it; entries that are ``None`` are left out."""
    lines = [
        f"  {key} = {_value(value)}"
        for key, value in entries.model_dump().items()
        if value is not None
    ]
    return "\n".join([f"&{name}", *lines, "/", ""])


def write_namelist(path: Path, elm: ElmNamelist, phase: PhaseNamelist | None = None) -> Path:
    """Write ``lnd_in``; without ``phase`` the plugin's group is left out and the plugin is off."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = group_text("elm_inparm", elm)
    if phase is not None:
        text += "\n" + group_text("phase_inparm", phase)
    path.write_text(text)
    return path
