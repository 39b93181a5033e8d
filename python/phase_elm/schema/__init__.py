"""The one list of variables, and what derives from it."""

from phase_elm.schema.loader import (
    METHOD_INPUT,
    METHODS,
    PROTOCOLS,
    RATE_INPUTS,
    ContextVariable,
    Dims,
    Schema,
    SchemaError,
    Variable,
    load_context,
    load_schema,
    method_code,
    schema_from_artifact_json,
)

__all__ = [
    "METHODS",
    "METHOD_INPUT",
    "PROTOCOLS",
    "RATE_INPUTS",
    "ContextVariable",
    "Dims",
    "Schema",
    "SchemaError",
    "Variable",
    "load_context",
    "load_schema",
    "method_code",
    "schema_from_artifact_json",
]
