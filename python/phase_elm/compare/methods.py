"""Ways to spin up that ``phase compare`` sets side by side, and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from phase_elm.truth.config import world_complete
from phase_elm.truth.spinup import EARLIEST_EXIT
from phase_elm.world.config import CYCLE_YEARS

DATA = Path(__file__).resolve().parent.parent / "data"
Name = Literal[
    "native", "accelerated", "steady_state", "surrogate", "hybrid", "hybrid_anderson"
]  # fmt: skip
MANY_JUMPS = 64  # what the plugin can count


@dataclass(frozen=True)
class Method:
    """A way to spin up.

    Parameters:
        label: Its name in tables and figures.
        text: What is done, in one line.
        years: Years it may take by default.
        jumps: Jumps at most; none: the plugin does not jump.
        phase: Further entries of the plugin's namelist.
    """

    label: str
    text: str
    years: int
    jumps: int | None = None
    phase: dict[str, Any] | None = None


METHODS: dict[str, Method] = {
    "native": Method(
        "native", "normal decomposition, N and P supplied in the first 20 years", 2000
    ),
    "accelerated": Method(
        "accelerated protocol",
        "accelerated decomposition, N and P supplied in the first 20 years; exit; normal years",
        2000,
    ),
    "steady_state": Method(
        "steady state alone",
        "the balance of slow pools, nothing learned, at the end of every cycle",
        400,
        MANY_JUMPS,
        {"phase_method": "steady_state"},
    ),
    "surrogate": Method(
        "surrogate alone",
        "one jump by the network, then the model alone",
        400,
        1,
        {"phase_method": "surrogate"},
    ),
    "hybrid": Method(
        "hybrid",
        "a jump by the network, then a polish at the end of every cycle",
        400,
        MANY_JUMPS,
        {"phase_method": "hybrid"},
    ),
    "hybrid_anderson": Method(
        "hybrid + Anderson",
        "the same, slow carbon from the sequence of jumps",
        400,
        MANY_JUMPS,
        {"phase_method": "hybrid", "phase_accelerate": "anderson"},
    ),
}
ALL = tuple(METHODS)


class MethodsConfig(BaseModel):
    """Settings of ``phase compare``.

    Parameters:
        out: Folder for runs and results.
        world: Folder of a world; none: held-out columns are generated in ``out``.
        cells: Columns of that world.
        methods: Which ways, in which order.
        years: Years at most, by method; of the others, their own.
        artifact: Surrogate of surrogate and hybrid.
        steady_state_artifact: Artifact of the steady state alone.
        ranks: MPI ranks of each run.
        device: Where artifacts run.
        accelerated_years: Years of accelerated decomposition, beyond year 40.
        extra_years: Years the model runs on alone from a certified state, to show that it stays.
        rollback: Take jumps back that made drift worse; none: the plugin's default.
        trust_threshold: Of surrogate and hybrid; none: the artifact's.
        max_step: Largest factor by which a jump changes a pool; none: the plugin's default.
        anderson_depth, anderson_damping: None: the plugin's defaults.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    out: Path = Path("phase_compare")
    world: Path | None = None
    cells: int = Field(default=40, ge=1)
    methods: tuple[Name, ...] = ALL
    years: dict[Name, int] = {}
    artifact: Path = DATA / "phase_minielm.pt"
    steady_state_artifact: Path = DATA / "phase_steady_state.pt"
    ranks: int = Field(default=1, ge=1)
    device: str = Field(default="cpu", pattern=r"^(auto|cpu|cuda(:\d+)?)$")
    accelerated_years: int = Field(default=240, gt=EARLIEST_EXIT)
    extra_years: int = Field(default=0, ge=0)
    rollback: bool | None = None
    trust_threshold: float | None = None
    max_step: float | None = Field(default=None, ge=0.0)
    anderson_depth: int | None = Field(default=None, ge=1, le=8)
    anderson_damping: float | None = Field(default=None, gt=0.0, le=1.0)

    @field_validator("world")
    @classmethod
    def _complete(cls, value: Path | None) -> Path | None:
        return None if value is None else world_complete(value)

    @field_validator("methods")
    @classmethod
    def _some(cls, value: tuple[Name, ...]) -> tuple[Name, ...]:
        if not value or len(set(value)) != len(value):
            raise ValueError(f"expected different methods of {', '.join(ALL)}; found {value}")
        return value

    @field_validator("artifact", "steady_state_artifact")
    @classmethod
    def _file(cls, value: Path) -> Path:
        if not value.is_file():
            raise ValueError(f"{value}: no such artifact; `phase export` writes one")
        return value

    @model_validator(mode="after")
    def _years_suffice(self) -> MethodsConfig:
        for name in self.methods:
            found = self.limit(name)
            if METHODS[name].jumps is not None:
                if found < 2 * CYCLE_YEARS + 1:
                    raise ValueError(
                        f"years: {name} needs {2 * CYCLE_YEARS + 1} or more (a cycle observed, one "
                        f"to prove it, a year for GPP and TLAI); found {found}"
                    )
            elif found % CYCLE_YEARS:
                raise ValueError(
                    f"years: {name} runs whole cycles of {CYCLE_YEARS} years; found {found}"
                )
        return self

    def limit(self, name: str) -> int:
        """Years that a method may take."""
        return self.years.get(name, METHODS[name].years)  # type: ignore[call-overload]

    def folder(self, name: str) -> Path:
        """Folder of a method."""
        return self.out / name

    def artifact_of(self, name: str) -> Path:
        """Artifact of a method with jumps."""
        return self.steady_state_artifact if name == "steady_state" else self.artifact

    def phase(self, name: str) -> dict[str, Any]:
        """Entries of the plugin's namelist that a method asks for; none are left out."""
        method = METHODS[name]
        entries = {
            **(method.phase or {}),
            "phase_rollback": self.rollback,
            "phase_max_step": self.max_step,
            "phase_max_jumps": method.jumps,
        }
        if name != "steady_state":
            entries["phase_trust_threshold"] = self.trust_threshold
        if name == "hybrid_anderson":
            entries["phase_anderson_depth"] = self.anderson_depth
            entries["phase_anderson_damping"] = self.anderson_damping
        return {key: value for key, value in entries.items() if value is not None}
