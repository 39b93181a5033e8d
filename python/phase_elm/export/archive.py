"""The archive of an artifact: TorchScript records, the schema beside them, and its checksum."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import torch

from phase_elm.atomic import complete

SCHEMA_FILE = "phase_schema.json"
# 1: tensors and the code of the outermost method. 2: every record that is run, and the schema.
CHECKSUM_VERSION = 2
# Records of the graph. Beside them lie version marks of the format and source positions.
_RUN = ("data.pkl", "constants.pkl", "data/", "constants/", "code/")
_NOT_RUN = ".debug_pkl"


def write_archive(
    module: torch.jit.ScriptModule, output: Path, document: dict[str, Any]
) -> dict[str, Any]:
    """Write a scripted graph with its schema in one move; return the schema with its checksum.

    Parameters:
        module: Scripted graph.
        output: Artifact to write.
        document: Schema; its checksum is filled in.
    """
    output.parent.mkdir(parents=True, exist_ok=True)
    # as it will be read again: keys are text, tuples are lists
    schema: dict[str, Any] = json.loads(json.dumps(document))
    schema["checksum_version"] = CHECKSUM_VERSION
    with complete(output) as partial:
        torch.jit.save(module, str(partial))
        schema["checksum"] = archive_checksum(partial, schema)
        torch.jit.save(module, str(partial), _extra_files={SCHEMA_FILE: json.dumps(schema)})
    return schema


def archive_checksum(path: Path, schema: dict[str, Any]) -> str:
    """SHA-256 over the schema without its checksum and over every record that is run.

    Records are tensors, constants, attributes and the code of all modules.
    """
    digest = hashlib.sha256()
    told = {key: value for key, value in schema.items() if key != "checksum"}
    digest.update(json.dumps(told, sort_keys=True).encode())
    with zipfile.ZipFile(path) as archive:
        # the first folder carries the name the file was written under
        records = {name.split("/", 1)[1]: name for name in archive.namelist()}
        for record in sorted(records):
            if record.startswith(_RUN) and not record.endswith(_NOT_RUN):
                content = archive.read(records[record])
                digest.update(f"\n{record} {len(content)}\n".encode())
                digest.update(content)
    return digest.hexdigest()


def holds_schema(path: Path) -> bool:
    """Whether the file is an archive with the schema of an artifact in it."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/extra/" + SCHEMA_FILE) for name in archive.namelist())


def graph_checksum(module: torch.jit.ScriptModule) -> str:
    """Checksum of version 1: names and bytes of all tensors, code of the outermost method."""
    digest = hashlib.sha256()
    for name, tensor in sorted(module.state_dict().items()):
        digest.update(name.encode())
        digest.update(str(tuple(tensor.shape)).encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    digest.update(module.code.encode())
    return digest.hexdigest()
