"""Does the artifact fit the run? The checks of the plugin at start-up, in one message.

The same refusals as ``fortran/phase/phase_check_mod.F90``, and with the run's namelist those of
``fortran/elm/elm_phase_settings_mod.F90``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from phase_elm.export import Artifact
from phase_elm.install.check_case import check_settings
from phase_elm.install.findings import Findings
from phase_elm.install.namelist import parsed
from phase_elm.install.settings import DEFAULTS, Settings
from phase_elm.predict.config import PredictError
from phase_elm.schema import METHOD_INPUT, method_code

SAMPLES = ("instant", "static", "monthly", "mean", "start")
SUPPLIES = ("suplnitro", "suplphos")
# Where the plugin's registry keeps what has these dimensions.
_ON = {("column", "month"): ("column",)}


@dataclass(frozen=True)
class Observed:
    """A fused set: what the artifact reads, and where its columns are.

    Parameters:
        path: File it was read from.
        values: Inputs by name.
        units: Of each input.
        dims: Names of its dimensions.
        attributes: Global attributes of the set.
        column: Position of each column in the restart file.
    """

    path: Path
    values: dict[str, np.ndarray]
    units: dict[str, str]
    dims: dict[str, tuple[str, ...]]
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
        held = data["observed"].variables
        return Observed(
            path,
            values={n: np.asarray(v[...], dtype=np.float64) for n, v in held.items()},
            units={n: str(getattr(v, "units", "")) for n, v in held.items()},
            dims={n: v.dimensions for n, v in held.items()},
            attributes={name: data.getncattr(name) for name in data.ncattrs()},
            column=np.asarray(data["column_index"][...]) - 1,
        )


def problems(
    artifact: Artifact,
    observed: Observed,
    written: Mapping[str, tuple[str, ...]],
    method: str,
    allow_protocol_mismatch: bool,
) -> list[str]:
    """Everything in which artifact and run differ.

    Parameters:
        artifact: What predicts.
        observed: What was observed.
        written: Dimensions of every state that can be written back, by restart name.
        method: ``phase_method``.
        allow_protocol_mismatch: Any protocol will do.
    """
    schema, facts = artifact.schema, observed.attributes
    out = []
    if not artifact.checksum_holds():
        out.append("checksum: tensors, code or schema are not those that were exported")
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
    out += _method_problems(schema, method)
    for entry in schema["inputs"]:
        out += _input_problems(entry, observed, int(schema["observe_years"]))
    trusts = [entry for entry in schema["outputs"] if entry["role"] == "trust"]
    if len(trusts) != 1:
        out.append(f"the artifact has {len(trusts)} outputs of role trust, expected one")
    for entry in schema["outputs"]:
        out += _output_problems(entry, observed, written)
    return out


def host_problems(path: Path, schema: dict[str, Any]) -> list[str]:
    """What the settings of the run forbid, from ELM's ``lnd_in``."""
    if not path.is_file():
        raise PredictError(f"{path}: no such namelist; name the lnd_in of the run")
    settings = Settings(DEFAULTS | parsed(path.read_text(errors="replace")), str(path))
    found = Findings()
    check_settings(settings, found)
    out = list(found.errors)
    if settings.number("spinup_state") != 1:
        for name in SUPPLIES:
            expected = schema.get(name, "NONE")
            if settings.text(name) != expected:
                out.append(
                    f"{name}: the artifact was trained for '{expected}', the run is "
                    f"'{settings.text(name)}'"
                )
    return out


def _method_problems(schema: dict[str, Any], method: str) -> list[str]:
    asked = any(entry["name"] == METHOD_INPUT for entry in schema["inputs"])
    methods = schema.get("methods") or [method]
    if method != "hybrid" and not asked:
        return [f"method '{method}': the artifact has no input {METHOD_INPUT}, only 'hybrid'"]
    if method not in methods:
        return [f"method '{method}': the artifact has {', '.join(methods)}"]
    return []


def _input_problems(entry: dict[str, Any], observed: Observed, years: int) -> list[str]:
    name, sample = entry["name"], entry["sample"]
    where = f"input {name}"
    if sample == "control":
        fits = entry["dims"] == ["column"] and entry["dtype"] == "float64"
        if name != METHOD_INPUT:
            return [f"{where}: no such control is known, only {METHOD_INPUT}"]
        return [] if fits else [f"{where}: expected one float64 value per column"]
    if name not in observed.values:
        return [f"{where}: the set does not hold it"]
    out = _tensor_problems(where, entry, observed.units[name], observed.dims[name])
    if sample not in SAMPLES:
        out.append(f"{where}: unknown sample '{sample}'")
    if ("month" in entry["dims"]) != (sample == "monthly"):
        out.append(f"{where}: sample '{sample}' does not go with {', '.join(entry['dims'])}")
    if sample == "mean" and not 1 <= int(entry.get("mean_years", years)) <= years:
        out.append(f"{where}: mean over {entry['mean_years']} years, observed are {years}")
    found = observed.values[name]
    width = 1 if observed.dims[name] == ("column",) else found.shape[-1]
    if entry["shape"][-1] != width:
        out.append(f"{where}: {width} values, the artifact expects {entry['shape'][-1]}")
    return out


def _output_problems(
    entry: dict[str, Any], observed: Observed, written: Mapping[str, tuple[str, ...]]
) -> list[str]:
    name = entry["name"]
    where = f"output {name}"
    if entry["role"] == "diagnostic":
        return []
    if entry["role"] == "trust":
        return [] if entry["shape"][-1] == 1 else [f"{where}: trust has one value per column"]
    if name not in written:
        return [f"{where}: the restart has no such state that can be written"]
    return _tensor_problems(where, entry, observed.units.get(name, entry["units"]), written[name])


def _tensor_problems(
    where: str, entry: dict[str, Any], units: str, dims: tuple[str, ...]
) -> list[str]:
    """Units, dimensions and type of one tensor against what the run has."""
    out = []
    if units != entry["units"]:
        out.append(f"{where}: units of the artifact {entry['units']}, of the run {units}")
    own = tuple(entry["dims"])
    if _ON.get(own, own) != _ON.get(dims, dims):
        out.append(f"{where}: the artifact has it on {', '.join(own)}, the run on "
                   f"{', '.join(dims)}")  # fmt: skip
    if entry["dtype"] != "float64":
        out.append(f"{where}: type {entry['dtype']}, expected float64")
    return out


def inputs_of(artifact: Artifact, observed: Observed, method: str) -> dict[str, np.ndarray]:
    """What the graph reads."""
    out = {}
    for name in artifact.input_names:
        if name == METHOD_INPUT:
            out[name] = np.full(len(observed.column), method_code(method))
        else:
            out[name] = observed.values[name]
    return out
