"""Strictly validated training configuration."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

_STRICT = ConfigDict(extra="forbid", frozen=True)
Positive = Annotated[float, Field(gt=0.0)]
NotNegative = Annotated[float, Field(ge=0.0)]


class ConfigError(ValueError):
    """The configuration cannot be used; the message names the file and the key."""


class ModelSettings(BaseModel):
    """Size of the surrogate, see ``SurrogateConfig``."""

    model_config = _STRICT
    width: int = Field(24, ge=4)
    heads: int = Field(2, ge=1)
    dropout: float = Field(0.1, ge=0.0, lt=1.0)
    members: int = Field(4, ge=1)
    steps: int = Field(4, ge=1)
    later_members: int = Field(0, ge=0, description="networks of later windows")
    later_width: int = Field(0, ge=0, description="width of these; 0: that of the first")
    later_heads: int = Field(0, ge=0, description="heads of these; 0: those of the first")
    without: tuple[Literal["balance", "stoichiometry", "zeros", "sign"], ...] = Field(
        (), description="constraints taken out of the graph; of `phase ablate`, not for use"
    )

    @model_validator(mode="after")
    def _whole_heads(self) -> ModelSettings:
        if self.width % self.heads:
            raise ValueError(f"width {self.width} is not a multiple of heads {self.heads}")
        width, heads = self.later_width or self.width, self.later_heads or self.heads
        if width % heads:
            raise ValueError(f"later_width {width} is not a multiple of heads {heads}")
        return self


class LossWeights(BaseModel):
    """Weights of the loss terms (``phase_elm.constraints``); zero leaves a term out."""

    model_config = _STRICT
    patch: NotNegative = 1.0
    layer: NotNegative = 1.0
    nutrient: NotNegative = 0.3
    drift: NotNegative = 0.5
    consistency: NotNegative = 1.0
    growth: NotNegative = 0.3
    organ_nutrient: NotNegative = 0.0
    sign: NotNegative = 0.0
    zeros: NotNegative = 0.0
    organ_stoichiometry: NotNegative = 0.0
    soil_stoichiometry: NotNegative = 0.0
    litter_stoichiometry: NotNegative = 0.0
    at_rest: NotNegative = 0.0
    carbon_balance: NotNegative = 0.0
    nitrogen_balance: NotNegative = 0.0
    phosphorus_balance: NotNegative = 0.0
    organ_ratios: NotNegative = 0.0
    bands: NotNegative = 0.0
    band_degrees: Positive = Field(30.0, description="height of the bands of ``bands``")
    tolerance: Positive = Field(0.1, description="log error beyond which a pool counts linearly")


class Optimiser(BaseModel):
    """AdamW with a cosine schedule."""

    model_config = _STRICT
    learning_rate: Positive = 3.0e-3
    weight_decay: NotNegative = 0.05
    epochs: int = Field(600, ge=1)
    batch_size: int = Field(0, ge=0, description="columns a step, 0 is all")
    patience: int = Field(120, ge=1, description="epochs without a better validation loss")
    gradient_clip: Positive = 1.0
    precision: Literal["64-true", "bf16-mixed"] = Field(
        "64-true", description="of the networks; weights and physics are always 64-bit"
    )


class TrainConfig(BaseModel):
    """Everything ``phase train`` needs.

    Parameters:
        data: training set, relative to the configuration file; or a list of sets, whose columns
            are put together (the same place may occur in several).
        test: sets of first windows that take no part in training; their columns of split 1 are
            judged at its end, for the model card.
        later: sets of later windows, for ``model.later_members`` networks.
        largest_drift: columns whose end state still drifts by more (gC/m2/yr) teach nothing;
            0 takes all.
        output: folder for checkpoints, relative to the configuration file.
        validation_folds: groups of neighbouring training columns; each member leaves one out.
        block_degrees: size of the blocks that keep neighbours together.
        threads: CPU threads, 0 leaves torch's default.
        host_rates: whether the host gives decomposition rates; else they follow ELM's law, in
            training as in use.
        depth_efolding: without rates: e-folding depth of decomposition, m.
    """

    model_config = _STRICT
    name: str = "phase-surrogate"
    data: tuple[Path, ...] = Field(min_length=1)
    later: tuple[Path, ...] = ()
    test: tuple[Path, ...] = ()
    output: Path
    seed: int = 0
    threads: int = Field(0, ge=0)
    validation_folds: int = Field(5, ge=2)
    block_degrees: Positive = 10.0
    largest_drift: NotNegative = 0.0
    host_rates: bool = True
    depth_efolding: Positive = 0.33
    model: ModelSettings = ModelSettings()
    loss: LossWeights = LossWeights()
    optimiser: Optimiser = Optimiser()
    later_loss: LossWeights = LossWeights(tolerance=0.02)
    later_optimiser: Optimiser = Optimiser()

    @field_validator("data", "later", "test", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return [value] if isinstance(value, str | Path) else value

    @model_validator(mode="after")
    def _later_complete(self) -> TrainConfig:
        if (self.model.later_members > 0) != bool(self.later):
            raise ValueError(
                f"later: {len(self.later)} sets of later windows for "
                f"{self.model.later_members} later_members; expected both or neither"
            )
        return self


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _findings(error: ValidationError) -> str:
    """Every entry that is refused, and why."""
    found = []
    for item in error.errors():
        entry = ".".join(str(part) for part in item["loc"])
        text = item["msg"].removeprefix("Value error, ")
        found.append(f"{entry}: {text}" if entry else text)
    return "; ".join(found)


def load_config(path: Path) -> TrainConfig:
    """Read a configuration; paths inside it are relative to its folder."""
    try:
        values = yaml.safe_load(path.read_text())
        config = TrainConfig.model_validate(values)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: no such configuration file") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: cannot be read as YAML: {_in_one_line(error)}") from error
    except ValidationError as error:
        raise ConfigError(f"{path}: not a training configuration: {_findings(error)}") from error
    folder = path.resolve().parent
    return config.model_copy(
        update={
            "data": tuple(folder / path for path in config.data),
            "later": tuple(folder / path for path in config.later),
            "test": tuple(folder / path for path in config.test),
            "output": folder / config.output,
        }
    )
