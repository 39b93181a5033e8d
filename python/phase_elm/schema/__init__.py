"""The one list of variables, and what derives from it."""

from phase_elm.schema.loader import (
    METHODS,
    PROTOCOLS,
    Dims,
    Schema,
    SchemaError,
    Variable,
    load_schema,
    schema_from_artifact_json,
)

__all__ = [
    "METHODS",
    "PROTOCOLS",
    "Dims",
    "Schema",
    "SchemaError",
    "Variable",
    "load_schema",
    "schema_from_artifact_json",
]
