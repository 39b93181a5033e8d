"""From a checkpoint of ``phase train`` to an artifact."""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import pickle
import subprocess
import warnings
from pathlib import Path
from typing import Any

import torch

from phase_elm.export.artifact import SCHEMA_FILE, Artifact, ArtifactError, checksum_of, load
from phase_elm.model.surrogate import Surrogate
from phase_elm.model.trust import TRUST_THRESHOLD
from phase_elm.schema import Schema
from phase_elm.train.config import TrainConfig
from phase_elm.train.run import CHECKPOINT_FORMAT, build


def read_checkpoint(path: Path) -> tuple[Surrogate, Schema, TrainConfig, dict[str, Any]]:
    """Read ``surrogate.ckpt``: tensors and JSON text, nothing that could run code."""
    path = Path(path)
    if not path.is_file():
        raise ArtifactError(f"{path}: no such checkpoint; write one with `phase train`")
    try:
        payload = torch.load(path, weights_only=True, map_location="cpu")
    except (RuntimeError, pickle.UnpicklingError) as error:
        raise ArtifactError(f"{path}: not a checkpoint of `phase train`: {error}") from error
    found = payload.get("format") if isinstance(payload, dict) else None
    if found != CHECKPOINT_FORMAT:
        raise ArtifactError(
            f"{path}: checkpoint format {found}, expected {CHECKPOINT_FORMAT}; train again"
        )
    config = TrainConfig.model_validate_json(payload["config"])
    schema = Schema.model_validate_json(payload["schema"])
    model = build(config, schema, config.model.members)
    model.load_state_dict(payload["state_dict"])
    return model.eval(), schema, config, json.loads(payload["facts"])


def _commit() -> str:
    """Commit of the checkout the package runs from, if it runs from one."""
    try:
        done = subprocess.run(
            ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()


def _version() -> str:
    try:
        return importlib.metadata.version("phase-elm")
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


def export_checkpoint(checkpoint: Path, output: Path) -> Artifact:
    """Script the surrogate, put the schema into the archive, write it in one move, load it."""
    model, schema, config, facts = read_checkpoint(checkpoint)
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = torch.jit.script(model)
    document = schema.artifact(
        name=config.name,
        checksum=checksum_of(scripted),
        created=datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat(),
        trust_threshold=TRUST_THRESHOLD,
        provenance={
            "package": _version(),
            "commit": _commit(),
            "torch": torch.__version__,
            "seed": config.seed,
            "model": config.model.model_dump(),
            **facts,
        },
    )
    output = Path(output)
    output.parent.mkdir(parents=True, exist_ok=True)
    part = output.with_name(output.name + ".part")
    torch.jit.save(scripted, str(part), _extra_files={SCHEMA_FILE: json.dumps(document)})
    part.replace(output)
    return load(output)
