"""Strict reader of ``variables.yaml`` and writer of the artifact's schema JSON."""

from __future__ import annotations

import json
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

DimsName = Literal["column", "column_level", "patch", "column_month", "pft"]
# What a run has gone through when its window begins, and what a plugin may ask of a graph.
PROTOCOLS = ("cold", "short_accelerated", "accelerated")
METHODS = ("hybrid", "surrogate", "steady_state")
METHOD_INPUT = "jump_method"
# What tells how fast pools decompose: inputs that a graph does without when ``host_rates`` is off.
RATE_INPUTS = (
    "T_SCALAR", "W_SCALAR", "O_SCALAR",
    "LITR1_HR_vr", "LITR2_HR_vr", "LITR3_HR_vr",
    "SOIL1_HR_vr", "SOIL2_HR_vr", "SOIL3_HR_vr", "SOIL4_HR_vr",
    "LITR1C_TO_SOIL1C_vr", "LITR2C_TO_SOIL2C_vr", "LITR3C_TO_SOIL3C_vr",
    "SOIL1C_TO_SOIL2C_vr", "SOIL2C_TO_SOIL3C_vr", "SOIL3C_TO_SOIL4C_vr",
    "CWDC_TO_LITR2C_vr", "CWDC_TO_LITR3C_vr",
)  # fmt: skip
_STRICT = ConfigDict(extra="forbid", frozen=True)
# the same documents, read ten times as fast, where libyaml is there
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def method_code(method: str) -> float:
    """What the control input ``jump_method`` of a graph is told for a method of the plugin."""
    return float(METHODS.index(method))


class SchemaError(ValueError):
    """The schema is not usable; the message says what was found and what was expected."""


class Dims(BaseModel):
    """Sizes of the axes other than the column axis."""

    model_config = _STRICT
    level: int
    pft: int
    month: int


class Variable(BaseModel):
    """One variable: names and units are ELM's, bounds are in those units."""

    model_config = _STRICT
    name: str
    long_name: str
    units: str
    dims: DimsName
    sample: Literal["instant", "mean", "monthly", "static", "start", "control", "none"]
    role: str
    use: Literal["input", "output", "both"]
    transform: Literal["log", "linear", "category", "sincos"]
    lower: float | None
    upper: float | None
    zeros: Literal["none", "observed", "training"]
    constraint: Literal[
        "none", "organ_ratio", "steady_state", "soil_cn", "litter_ratio", "ratio_by_layer"
    ]

    @model_validator(mode="after")
    def _consistent(self) -> Variable:
        if self.use == "both" and self.sample != "instant":
            raise ValueError(f"{self.name}: read and predicted, so sample must be instant")
        if self.lower is not None and self.upper is not None and self.lower >= self.upper:
            raise ValueError(f"{self.name}: lower {self.lower} is not below upper {self.upper}")
        return self

    def shape(self, dims: Dims) -> list[int]:
        """Tensor shape, -1 for the column axis."""
        features = {
            "column": 1,
            "column_level": dims.level,
            "patch": dims.pft,
            "column_month": dims.month,
        }
        return [dims.pft] if self.dims == "pft" else [-1, features[self.dims]]

    def dim_names(self) -> list[str]:
        """Axis names as the artifact and the training set carry them."""
        return {
            "column": ["column"],
            "column_level": ["column", "level"],
            "patch": ["column", "pft"],
            "column_month": ["column", "month"],
            "pft": ["pft"],
        }[self.dims]


class ContextVariable(BaseModel):
    """What a training set may hold besides the schema's variables; no artifact knows of it.

    Parameters:
        file: ``soil_orders`` (ELM's ``fsoilordercon``) or ``restart``.
        default: ELM's value where the file does not have the variable.
    """

    model_config = _STRICT
    name: str
    long_name: str
    units: str
    dims: Literal["column", "column_level"]
    file: Literal["soil_orders", "restart"]
    default: float | None = None

    def dim_names(self) -> list[str]:
        """Axis names as the training set carries them."""
        return ["column", "level"] if self.dims == "column_level" else ["column"]


class Schema(BaseModel):
    """All variables in artifact order, with the protocol they belong to.

    ``host_rates`` off: the host gives no decomposition rates, and the graph finds them by ELM's law
    with the e-folding depth ``depth_efolding`` (m).
    """

    model_config = _STRICT
    format_version: Literal[1]
    dims: Dims
    observe_years: int
    mean_years: int
    horizon_years: float
    pool_space: Literal["normal", "accelerated"]
    protocol: str
    protocols: tuple[str, ...] = ()
    nu_com: str
    decomp_cascade: str
    host_rates: bool = True
    depth_efolding: float = Field(0.33, gt=0.0)
    variables: tuple[Variable, ...]

    @model_validator(mode="after")
    def _protocols_known(self) -> Schema:
        unknown = sorted({self.protocol, *self.protocols} - set(PROTOCOLS))
        if unknown:
            raise ValueError(
                f"protocols: unknown {', '.join(unknown)}, expected of {', '.join(PROTOCOLS)}"
            )
        return self

    @model_validator(mode="after")
    def _unique(self) -> Schema:
        seen: set[str] = set()
        for variable in self.variables:
            if variable.name in seen:
                raise ValueError(f"{variable.name} is listed twice")
            seen.add(variable.name)
        return self

    @cached_property
    def inputs(self) -> tuple[Variable, ...]:
        return tuple(v for v in self.variables if v.use in ("input", "both"))

    @cached_property
    def outputs(self) -> tuple[Variable, ...]:
        return tuple(v for v in self.variables if v.use in ("output", "both"))

    def changed(self, **values: Any) -> Schema:
        """The same with other values, and what derives from them."""
        return type(self)(
            **{name: getattr(self, name) for name in type(self).model_fields} | values
        )

    @cached_property
    def asked(self) -> tuple[Variable, ...]:
        """Inputs that the host is asked for, in the order of the graph."""
        return tuple(v for v in self.inputs if self.host_rates or v.name not in RATE_INPUTS)

    @cached_property
    def asked_names(self) -> list[str]:
        return [v.name for v in self.asked]

    @cached_property
    def by_name(self) -> dict[str, Variable]:
        return {v.name: v for v in self.variables}

    @cached_property
    def input_names(self) -> list[str]:
        return [v.name for v in self.inputs]

    @cached_property
    def output_names(self) -> list[str]:
        return [v.name for v in self.outputs]

    def shape_of(self, name: str, ncol: int) -> tuple[int, ...]:
        """Array shape of a variable for ``ncol`` columns."""
        shape = self.by_name[name].shape(self.dims)
        return tuple(ncol if size == -1 else size for size in shape)

    def artifact(
        self,
        *,
        name: str,
        checksum: str,
        created: str,
        trust_threshold: float,
        provenance: dict[str, Any],
        methods: tuple[str, ...] = METHODS,
    ) -> dict[str, Any]:
        """The JSON document that travels inside the artifact."""
        return {
            "format_version": self.format_version,
            "name": name,
            "checksum": checksum,
            "created": created,
            "provenance": provenance,
            "pool_space": self.pool_space,
            "protocol": self.protocol,
            "protocols": list(self.protocols or (self.protocol,)),
            "methods": list(methods),
            "nu_com": self.nu_com,
            "decomp_cascade": self.decomp_cascade,
            "host_rates": self.host_rates,
            **({} if self.host_rates else {"depth_efolding": self.depth_efolding}),
            "observe_years": self.observe_years,
            "horizon_years": self.horizon_years,
            "trust_threshold": trust_threshold,
            "dims": self.dims.model_dump(),
            "inputs": [self._tensor(v, as_input=True) for v in self.asked],
            "outputs": [self._tensor(v, as_input=False) for v in self.outputs],
        }

    def _tensor(self, variable: Variable, *, as_input: bool) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "name": variable.name,
            "long_name": variable.long_name,
            "units": variable.units,
            "dims": variable.dim_names(),
            "shape": variable.shape(self.dims),
            "dtype": "float64",
            "role": variable.role,
        }
        if as_input:
            entry["sample"] = variable.sample
            if variable.sample == "mean":
                entry["mean_years"] = self.mean_years
        return entry


def load_schema(path: Path | None = None) -> Schema:
    """Read a schema file; without a path, the package's own, which is read once."""
    if path is None:
        return _own()[0]
    return _parsed(Path(path).read_text(), str(path))[0]


def load_context() -> tuple[ContextVariable, ...]:
    """What a training set may hold besides, from the package's own schema file."""
    return _own()[1]


@cache
def _own() -> tuple[Schema, tuple[ContextVariable, ...]]:
    name = "variables.yaml"
    text = resources.files("phase_elm.schema").joinpath(name).read_text()
    return _parsed(text, f"phase_elm/schema/{name}")


def _parsed(text: str, where: str) -> tuple[Schema, tuple[ContextVariable, ...]]:
    try:
        document = yaml.load(text, Loader=_LOADER)
        context = document.pop("context", []) if isinstance(document, dict) else []
        listed = tuple(ContextVariable.model_validate(entry) for entry in context)
        return Schema.model_validate(document), listed
    except (ValidationError, yaml.YAMLError) as error:
        raise SchemaError(f"{where}: not a valid schema: {error}") from error


def schema_from_artifact_json(text: str) -> dict[str, Any]:
    """Parse and check the schema JSON of an artifact."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise SchemaError(f"artifact schema is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise SchemaError(f"artifact schema is a {type(document).__name__}, expected an object")
    required = {
        "format_version", "name", "checksum", "created", "provenance", "pool_space", "protocol",
        "nu_com", "decomp_cascade", "observe_years", "horizon_years", "trust_threshold", "dims",
        "inputs", "outputs",
    }  # fmt: skip
    missing = sorted(required - document.keys())
    if missing:
        raise SchemaError(f"artifact schema lacks {', '.join(missing)}: export the artifact again")
    if document["format_version"] != 1:
        raise SchemaError(
            f"artifact schema has format_version {document['format_version']}, this package reads 1"
        )
    return document
