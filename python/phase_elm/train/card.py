"""The model card: what a surrogate was trained on, how well it does, and what it is not for."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import netCDF4
import torch

from phase_elm.constraints import LEVELS
from phase_elm.schema import Schema
from phase_elm.train.config import TrainConfig
from phase_elm.train.dataset import HELD_OUT, TRAINING, TrainingSet

SHOWN = (
    *("source", "protocol", "windows", "world_grid", "world_seed", "world_variety"),
    *("years", "horizon_years"),
)
HELD_BY_GRAPH = (
    ("sign", "no pool is negative"),
    ("zeros", "what the host has none of stays zero"),
    ("stoichiometry", "C:N:P of organs is the host's, soil C:N is 12, 12, 10, 10"),
    ("balance", "wood, litter, debris and soil carbon are one solution under the host's rates"),
)


def describe_sets(paths: Sequence[Path], data: TrainingSet) -> list[dict[str, Any]]:
    """Name, checksum, columns and attributes of each set."""
    out = []
    for path, checksum in zip(paths, data.checksums, strict=True):
        with netCDF4.Dataset(path) as file:
            split = file["split"][:]
            told = {name: str(file.getncattr(name)) for name in SHOWN if name in file.ncattrs()}
        out.append(
            {
                "name": path.name,
                "sha256": checksum,
                "training_columns": int((split == TRAINING).sum()),
                "held_out_columns": int((split == HELD_OUT).sum()),
                **told,
            }
        )
    return out


def versions() -> dict[str, str]:
    """Of what the weights depend on."""
    try:
        package = importlib.metadata.version("phase-elm")
    except importlib.metadata.PackageNotFoundError:
        package = "checkout"
    return {
        "phase-elm": package,
        "torch": torch.__version__,
        "lightning": importlib.metadata.version("lightning"),
        "python": platform.python_version(),
    }


def card(
    schema: Schema, config: TrainConfig, facts: dict[str, Any], artifact: dict[str, Any] | None
) -> str:
    """Markdown from facts alone; ``artifact`` is the artifact's own schema, if there is one."""
    parts = [
        [f"# {config.name}", "", _summary(schema, config)],
        _artifact(artifact) if artifact is not None else [],
        _data(config, facts),
        _training(config, facts),
        _constraints(config),
        _errors(facts),
        _limits(schema, facts),
    ]
    return "\n".join(line for part in parts if part for line in [*part, ""])


def _summary(schema: Schema, config: TrainConfig) -> str:
    model = config.model
    later = f", {model.later_members} of later windows" if model.later_members else ""
    width = f"width {model.width}"
    if model.later_members and model.later_width not in (0, model.width):
        width += f", {model.later_width} of later windows"
    return (
        f"From {schema.observe_years} observed years of a land model's column to its carbon, "
        "nitrogen "
        f"and phosphorus pools near equilibrium ({schema.horizon_years:g} years). Ensemble of "
        f"{model.members} networks of first windows{later}; {width}."
    )


def _artifact(artifact: dict[str, Any]) -> list[str]:
    return [
        "## Artifact",
        "",
        f"* checksum {artifact['checksum']}, written {artifact['created']}",
        f"* {len(artifact['inputs'])} inputs, {len(artifact['outputs'])} outputs, trust threshold "
        f"{artifact['trust_threshold']:g}",
    ]


def _data(config: TrainConfig, facts: dict[str, Any]) -> list[str]:
    lines = ["## Data", ""]
    for kind in ("first", "later", "test"):
        for entry in facts.get("sets", {}).get(kind, []):
            told = ", ".join(f"{key} {entry[key]}" for key in SHOWN if key in entry)
            lines.append(
                f"* {kind} windows: `{entry['name']}`, {entry['training_columns']} training and "
                f"{entry['held_out_columns']} held-out columns; {told}; "
                f"sha256 {entry['sha256'][:16]}"
            )
    lines.append(
        f"* split: by region, as written in the sets (`split` 0 is training); "
        f"{config.validation_folds} "
        f"folds of blocks of {config.block_degrees:g} degrees decide when a member stops"
    )
    if config.largest_drift > 0.0:
        lines.append(
            f"* {facts.get('training_columns_used', 'those')} training columns whose end state "
            "drifts "
            f"by no more than {config.largest_drift:g} gC/m2/yr were used"
        )
    return lines


def _training(config: TrainConfig, facts: dict[str, Any]) -> list[str]:
    used = config.optimiser
    made = ", ".join(f"{name} {value}" for name, value in facts.get("versions", {}).items())
    tuned = facts.get("finetuned_on")
    return [
        "## Training",
        "",
        f"* AdamW, learning rate {used.learning_rate:g}, weight decay {used.weight_decay:g}, "
        "at most "
        f"{used.epochs} epochs, patience {used.patience}, {used.batch_size or 'all'} columns a "
        "step, "
        f"dropout {config.model.dropout:g}, {used.precision}",
        f"* seed {config.seed}; {made}",
        *(
            [
                f"* fine-tuned on {facts['finetuned_columns']} columns of {', '.join(tuned)}, "
                f"{facts['finetuned_epochs']} epochs"
            ]
            if tuned
            else []
        ),
    ]


def _constraints(config: TrainConfig) -> list[str]:
    lines = ["## Constraints", "", "| constraint | level | how |", "|---|---|---|"]
    for name, states in HELD_BY_GRAPH:
        off = name in config.model.without
        lines.append(f"| {name} | local | {'taken out' if off else 'in the graph: ' + states} |")
    for name, level in LEVELS.items():
        weight = getattr(config.loss, name)
        if weight > 0.0:
            lines.append(f"| {name} | {level} | loss, weight {weight:g} |")
    return lines


def _errors(facts: dict[str, Any]) -> list[str]:
    lines = [
        "## Errors", "",
        "Of pools, against the end states; what the land model does after the jump is measured "
        "with the land model.", "",
        "| columns | | drift, median (gC/m2/yr) | mean | within 1 | leaf C | dead stem C | "
        "soil4 C |",
        "|---|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for split, entry in facts.get("errors", {}).items():
        for who in ("do_nothing", "surrogate"):
            found = entry[who]
            off = found["median_relative_error"]
            lines.append(
                f"| {split}, {entry['columns']} | {who.replace('_', ' ')} "
                f"| {found['drift_median_gC_m2_yr']:.2f} | {found['drift_mean_gC_m2_yr']:.2f} "
                f"| {100 * found['share_within_1_gC_m2_yr']:.0f} % "
                f"| {100 * off['leafc']:.1f} % | {100 * off['deadstemc']:.1f} % "
                f"| {100 * off['soil4c_vr']:.1f} % |"
            )
    curve = facts.get("trust_calibration")
    if curve:
        pairs = ", ".join(
            f"{score:.2f}: {error:.1f}"
            for score, error in dict(zip(curve["score"], curve["error"], strict=True)).items()
        )
        lines += ["", f"Expected drift (gC/m2/yr) by trust score: {pairs}."]
    return lines


def _limits(schema: Schema, facts: dict[str, Any]) -> list[str]:
    sets = [entry for kind in facts.get("sets", {}).values() for entry in kind]
    sources = sorted({entry["source"] for entry in sets if "source" in entry})
    return [
        "## Limits of use",
        "",
        f"* learned from: {', '.join(sources) or 'sets that do not say what made them'}; for "
        "another "
        "model it has to be fine-tuned or trained again",
        f"* windows that begin {' or '.join(schema.protocols)}, {schema.observe_years} years, "
        "pools in "
        f"{schema.pool_space} space",
        f"* nutrient competition {schema.nu_com}, cascade {schema.decomp_cascade}, "
        f"{schema.dims.level} soil layers, {schema.dims.pft} plant types",
        "* present climate and land cover of the training sets; a column below the trust threshold "
        "keeps the model's own state",
        "* a first guess for a spin-up, to be certified by the land model's own drift; no "
        "projection, "
        "no analysis of what the pools are today",
    ]
