"""Does the artifact fit the run? The checks of the plugin at start-up, in one message."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from phase_elm.export import Artifact
from phase_elm.predict.config import PredictError

METHOD_CODES = {"hybrid": 0.0, "surrogate": 1.0, "steady_state": 2.0}
METHOD_INPUT = "jump_method"


@dataclass(frozen=True)
class Observed:
    """A fused set: what the artifact reads, and where its columns are.

    Parameters:
        values: Inputs by name.
        attributes: Global attributes of the set.
        column: Position of each column in the restart file.
    """

    path: Path
    values: dict[str, np.ndarray]
    units: dict[str, str]
    attributes: dict[str, Any]
    column: np.ndarray


def read_observed(path: Path) -> Observed:
    """Read the observed group of a set that ``phase fuse`` made."""
    if not path.is_file():
        raise PredictError(f"{path}: no such set; make one with `phase fuse`")
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        if "observed" not in data.groups or "column_index" not in data.variables:
            raise PredictError(
                f"{path}: has no group observed with column_index; make it with `phase fuse` from "
                "the files of the run"
            )
        group = data["observed"]
        values = {n: np.asarray(v[...], dtype=np.float64) for n, v in group.variables.items()}
        units = {n: str(getattr(v, "units", "")) for n, v in group.variables.items()}
        attributes = {name: data.getncattr(name) for name in data.ncattrs()}
        column = np.asarray(data["column_index"][...]) - 1
    return Observed(path, values, units, attributes, column)


def problems(
    artifact: Artifact, observed: Observed, method: str, allow_protocol_mismatch: bool
) -> list[str]:
    """Everything in which artifact and run differ."""
    schema, facts = artifact.schema, observed.attributes
    out = []
    if not artifact.checksum_holds():
        out.append("checksum: tensors or code are not those that were exported")
    for key in ("pool_space", "nu_com", "decomp_cascade", "observe_years"):
        if str(schema[key]) != str(facts.get(key)):
            out.append(
                f"{key}: the artifact was trained for '{schema[key]}', the run is "
                f"'{facts.get(key)}'"
            )
    listed = schema.get("protocols") or [schema["protocol"]]
    if facts.get("protocol") not in listed and not allow_protocol_mismatch:
        out.append(
            f"protocol: the artifact was trained for {', '.join(listed)}, the run is "
            f"'{facts.get('protocol')}' (--allow-protocol-mismatch overrides)"
        )
    methods = schema.get("methods") or ["hybrid"]
    asked = any(entry["name"] == METHOD_INPUT for entry in schema["inputs"])
    if method not in methods or (method != "hybrid" and not asked):
        out.append(f"method '{method}': the artifact has {', '.join(methods)}")
    for entry in schema["inputs"]:
        if entry["name"] == METHOD_INPUT:
            continue
        out += _tensor_problems(entry, observed)
    return out


def _tensor_problems(entry: dict[str, Any], observed: Observed) -> list[str]:
    name = entry["name"]
    if name not in observed.values:
        return [f"input {name}: the set does not hold it"]
    out = []
    if observed.units[name] != entry["units"]:
        out.append(
            f"input {name}: units of the artifact {entry['units']}, of the set "
            f"{observed.units[name]}"
        )
    shape = observed.values[name].shape
    wanted = [size for size in entry["shape"] if size not in (-1,)]
    if list(shape[-1:]) != wanted[-1:] and not (wanted[-1:] == [1] and len(shape) == 1):
        out.append(f"input {name}: {shape[-1]} values, the artifact expects {wanted[-1]}")
    return out


def inputs_of(artifact: Artifact, observed: Observed, method: str) -> dict[str, np.ndarray]:
    """What the graph reads."""
    out = {}
    for name in artifact.input_names:
        if name == METHOD_INPUT:
            out[name] = np.full(len(observed.column), METHOD_CODES[method])
        else:
            out[name] = observed.values[name]
    return out
