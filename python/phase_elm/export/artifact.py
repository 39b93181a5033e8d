"""A loaded artifact: its schema and a prediction on named arrays."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from phase_elm.export.archive import (
    CHECKSUM_VERSION,
    SCHEMA_FILE,
    archive_checksum,
    graph_checksum,
)
from phase_elm.schema import SchemaError, schema_from_artifact_json


class ArtifactError(ValueError):
    """The file is no usable artifact, or the inputs do not fit it."""


@dataclass(frozen=True)
class Artifact:
    """TorchScript module with its schema.

    Example:
        artifact = load("surrogate.pt")
        outputs = artifact.predict({name: array for name in artifact.input_names})
    """

    path: Path
    module: torch.jit.ScriptModule
    schema: dict[str, Any]
    device: torch.device

    @property
    def input_names(self) -> list[str]:
        return [entry["name"] for entry in self.schema["inputs"]]

    @property
    def output_names(self) -> list[str]:
        return [entry["name"] for entry in self.schema["outputs"]]

    @property
    def trust_threshold(self) -> float:
        return float(self.schema["trust_threshold"])

    @property
    def learned(self) -> bool:
        """Whether it holds networks, and so knows the columns it was trained on."""
        return "surrogate" in self.schema.get("methods", ["surrogate"])

    def checksum_holds(self) -> bool:
        """Whether tensors, code and schema are those that were exported.

        Artifacts of the first checksum version are judged by what it covers, tensors and the
        outermost method.
        """
        if self.schema.get("checksum_version", 1) < CHECKSUM_VERSION:
            return graph_checksum(self.module) == self.schema["checksum"]
        try:
            return archive_checksum(self.path, self.schema) == self.schema["checksum"]
        except zipfile.BadZipFile:
            return False

    def expected_error(self, score: np.ndarray) -> np.ndarray | None:
        """Implied drift (gC/m2/yr) that goes with trust scores; None where none was fitted."""
        first = getattr(self.module, "first", None)
        trust = getattr(first, "trust", None)
        if not hasattr(trust, "expected_error") or not bool((trust.knot_error > 0.0).any()):
            return None
        given = torch.from_numpy(np.ascontiguousarray(score, dtype=np.float64)).to(self.device)
        found: np.ndarray = trust.expected_error(given).cpu().numpy()
        return found

    def predict(self, inputs: dict[str, np.ndarray], chunk: int = 256) -> dict[str, np.ndarray]:
        """Outputs by name, (column, feature) float64, from inputs by name in schema units.

        A per-column scalar may come as (column,) or (column, 1). Columns go through in chunks
        that bound memory; they do not influence each other.
        """
        tensors, ncol = self._tensors(inputs)
        parts: list[list[torch.Tensor]] = []
        with torch.no_grad():
            for first in range(0, ncol, chunk):
                rows = slice(first, min(first + chunk, ncol))
                parts.append(
                    self.module(
                        [
                            (tensor if entry["shape"][0] != -1 else tensor[rows]).to(self.device)
                            for tensor, entry in zip(tensors, self.schema["inputs"], strict=True)
                        ]
                    )
                )
        return {
            name: torch.cat([part[i].cpu() for part in parts]).numpy()
            for i, name in enumerate(self.output_names)
        }

    def _tensors(self, inputs: dict[str, np.ndarray]) -> tuple[list[torch.Tensor], int]:
        missing = [name for name in self.input_names if name not in inputs]
        if missing:
            raise ArtifactError(
                f"{self.path}: {len(missing)} inputs are missing, first {', '.join(missing[:5])}"
            )
        ncol = -1
        tensors = []
        for entry in self.schema["inputs"]:
            name, shape = entry["name"], entry["shape"]
            array = np.ascontiguousarray(inputs[name], dtype=np.float64)
            if len(shape) == 2 and shape[1] == 1 and array.ndim == 1:
                array = array[:, None]
            fits = array.ndim == len(shape) and array.shape[-1] == shape[-1]
            if shape[0] == -1 and fits:
                ncol = array.shape[0] if ncol < 0 else ncol
                fits = array.shape[0] == ncol
            if not fits:
                columns = "columns" if ncol < 0 else ncol
                wanted = [columns if size == -1 else size for size in shape]
                raise ArtifactError(
                    f"{self.path}: input {name} has shape {array.shape}, expected {wanted}"
                )
            bad = int((~np.isfinite(array)).sum())
            if bad:
                raise ArtifactError(
                    f"{self.path}: input {name} has {bad} values that are not finite"
                )
            tensors.append(torch.from_numpy(array))
        if ncol < 1:
            raise ArtifactError(f"{self.path}: no column in the inputs")
        return tensors, ncol


def load(path: str | Path, device: str = "cpu") -> Artifact:
    """Load an artifact. The archive holds tensors and TorchScript, no Python pickles are run."""
    path = Path(path)
    if not path.is_file():
        raise ArtifactError(f"{path}: no such artifact; write one with `phase export`")
    extra = {SCHEMA_FILE: ""}
    try:
        module = torch.jit.load(str(path), map_location=device, _extra_files=extra)
    except RuntimeError as error:
        reason = str(error).split(". ")[0].split("\n")[0]
        raise ArtifactError(f"{path}: not a TorchScript archive ({reason})") from error
    text = extra[SCHEMA_FILE]
    if not text:
        raise ArtifactError(f"{path}: has no {SCHEMA_FILE}; it was not written by `phase export`")
    try:
        schema = schema_from_artifact_json(text.decode() if isinstance(text, bytes) else text)
    except (SchemaError, UnicodeDecodeError) as error:
        raise ArtifactError(f"{path}: {error}") from error
    return Artifact(path, module.eval(), schema, torch.device(device))
