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

from phase_elm.atomic import write_text
from phase_elm.export.archive import holds_schema, write_archive
from phase_elm.export.artifact import Artifact, ArtifactError, load
from phase_elm.model.balance import SteadyStateGraph, steady_state_schema
from phase_elm.model.surrogate import Surrogate
from phase_elm.model.trust import TRUST_THRESHOLD
from phase_elm.schema import PROTOCOLS, Schema, load_schema
from phase_elm.train.card import card
from phase_elm.train.config import TrainConfig
from phase_elm.train.run import CHECKPOINT_FORMAT, build

STEADY_STATE_HORIZON = 10000.0  # years; see docs/surrogate.md


def read_checkpoint(path: Path) -> tuple[Surrogate, Schema, TrainConfig, dict[str, Any]]:
    """Read ``surrogate.ckpt``, or an artifact that was exported from one.

    Tensors and JSON text, nothing that could run code; an artifact's graph is loaded, not run.
    """
    path = Path(path)
    if not path.is_file():
        raise ArtifactError(f"{path}: no such checkpoint; write one with `phase train`")
    if holds_schema(path):
        return _read_artifact(path)
    try:
        payload = torch.load(path, weights_only=True, map_location="cpu")
    except (RuntimeError, LookupError, EOFError, pickle.UnpicklingError) as error:
        raise ArtifactError(
            f"{path}: neither a checkpoint of `phase train` (surrogate.ckpt) nor an artifact of "
            "`phase export`, or cut short"
        ) from error
    found = payload.get("format") if isinstance(payload, dict) else None
    if found != CHECKPOINT_FORMAT:
        raise ArtifactError(
            f"{path}: checkpoint format {found}, expected {CHECKPOINT_FORMAT}; train again"
        )
    config = TrainConfig.model_validate_json(payload["config"])
    schema = Schema.model_validate_json(payload["schema"])
    model = _rebuilt(config, schema, payload["state_dict"], path)
    return model, schema, config, json.loads(payload["facts"])


def _read_artifact(path: Path) -> tuple[Surrogate, Schema, TrainConfig, dict[str, Any]]:
    """What an artifact keeps of its checkpoint."""
    artifact = load(path)
    kept = artifact.schema.get("training")
    if kept is None:
        raise ArtifactError(
            f"{path}: keeps no training configuration (it holds no weights, or an earlier version "
            "of this package wrote it); use the surrogate.ckpt it was exported from"
        )
    if not artifact.checksum_holds():
        raise ArtifactError(f"{path}: changed since it was exported: its checksum does not hold")
    config = TrainConfig.model_validate(kept["config"])
    schema = Schema.model_validate(kept["schema"])
    model = _rebuilt(config, schema, artifact.module.state_dict(), path)
    provenance = artifact.schema["provenance"]
    facts = {name: provenance[name] for name in kept["facts"]}
    return model, schema, config, facts


def _kept(config: TrainConfig, schema: Schema, facts: dict[str, Any]) -> dict[str, Any]:
    """What an artifact needs to be trained on; of files no more than their names."""
    told = config.model_dump(mode="json")
    for name in ("data", "later", "test"):
        told[name] = [Path(file).name for file in told[name]]
    told["output"] = Path(told["output"]).name
    return {"config": told, "schema": schema.model_dump(mode="json"), "facts": list(facts)}


def _rebuilt(
    config: TrainConfig, schema: Schema, state: dict[str, torch.Tensor], path: Path
) -> Surrogate:
    """With its weights and statistics; constants of the balance are those of this version."""
    model = build(config, schema)
    found = model.load_state_dict(state, strict=False)
    other = [
        name
        for name in [*found.missing_keys, *found.unexpected_keys]
        if not name.startswith(("balance.", "first.linear.", "modelled."))
        and ".polish." not in name
    ]
    if other:
        raise ArtifactError(
            f"{path}: of another version of this package: {len(other)} tensors differ, first "
            f"{other[0]}; train again"
        )
    return model.eval()


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


def _write(module: torch.nn.Module, output: Path, document: dict[str, Any]) -> Artifact:
    """Script a graph, write it with its schema, and load what was written."""
    module.eval().requires_grad_(False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        # taken for an empty list: torch's check knows List[str] but not list[str]
        warnings.filterwarnings("ignore", "The TorchScript type system")
        scripted = torch.jit.script(module)
    write_archive(scripted, output, document)
    return load(output)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0).isoformat()


def _origin() -> dict[str, Any]:
    return {"package": _version(), "commit": _commit(), "torch": torch.__version__}


def export_checkpoint(
    checkpoint: Path, output: Path, host_rates: bool = True, efolding: float | None = None
) -> Artifact:
    """Script the surrogate, put the schema into the archive, load it; the card lies beside it.

    Parameters:
        checkpoint: Of ``phase train``, or an artifact, to change what its host gives.
        output: Artifact to write.
        host_rates: Whether the host gives decomposition rates; else the graph finds them.
        efolding: Without rates: e-folding depth of decomposition (m), by default the checkpoint's.
    """
    model, schema, config, facts = read_checkpoint(checkpoint)
    if not host_rates:
        schema = _without_rates(schema, efolding)
        known = model.state_dict()
        model = build(config, schema)
        given = {n: v for n, v in known.items() if "modelled." not in n}
        model.load_state_dict(model.state_dict() | given)
    if config.model.without:
        raise ArtifactError(
            f"{checkpoint}: trained without {', '.join(config.model.without)} to see what that "
            "costs; train with model.without empty for use"
        )

    document = schema.artifact(
        name=config.name,
        checksum="",
        created=_now(),
        trust_threshold=TRUST_THRESHOLD,
        provenance={
            **_origin(), "seed": config.seed, "model": config.model.model_dump(), **facts,
        },
    )  # fmt: skip
    document["training"] = _kept(config, schema, facts)
    artifact = _write(model, Path(output), document)
    write_text(Path(output).with_suffix(".md"), card(schema, config, facts, artifact.schema))
    return artifact


def _without_rates(schema: Schema, efolding: float | None) -> Schema:
    """The schema of a host that gives no decomposition rates."""
    depth = schema.depth_efolding if efolding is None else efolding
    if depth <= 0.0:
        raise ArtifactError(f"depth-efolding: expected metres above 0, found {depth}")
    return schema.changed(host_rates=False, depth_efolding=depth)


def export_steady_state(
    output: Path,
    horizon_years: float = STEADY_STATE_HORIZON,
    host_rates: bool = True,
    efolding: float | None = None,
) -> Artifact:
    """Write the artifact that holds no weights, only the balance.

    Parameters:
        output: Artifact to write.
        horizon_years: What the balance stands for; frozen layers have no practical equilibrium.
        host_rates: Whether the host gives decomposition rates; else the graph finds them.
        efolding: Without rates: e-folding depth of decomposition (m), by default ELM's.
    """
    if horizon_years <= 0.0:
        raise ArtifactError(f"horizon: expected years above 0, found {horizon_years}")
    own = load_schema() if host_rates else _without_rates(load_schema(), efolding)
    schema = steady_state_schema(own, horizon_years)

    document = schema.artifact(
        name="phase-steady-state",
        checksum="",
        created=_now(),
        trust_threshold=0.0,
        provenance={
            **_origin(),
            "weights": f"none: balance of {'the host' if host_rates else 'ELM'}'s own rates",
        },
        methods=("hybrid", "steady_state"),
    )
    document["protocols"] = list(PROTOCOLS)
    return _write(SteadyStateGraph(schema), Path(output), document)
