"""Cold, accelerated and later windows in one training, and the card that tells of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import torch
from surrogate_cases import Cases

from phase_elm.export import export_checkpoint, read_checkpoint
from phase_elm.train.card import card
from phase_elm.train.config import TrainConfig
from phase_elm.train.run import train


@pytest.fixture(scope="module")
def sets(cases: Cases, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two protocols, and a later window: nothing supplied, the host's own pools near their end."""
    folder = tmp_path_factory.mktemp("kinds")
    out = {}
    for kind in ("cold", "accelerated", "later", "test"):
        out[kind] = folder / f"{kind}.nc"
        cases.write(out[kind])
        with netCDF4.Dataset(out[kind], "a") as file:
            file.protocol = kind if kind == "accelerated" else "cold"
            if kind == "test":
                file["split"][:] = 1
            file.source = "synthetic columns"
            if kind == "accelerated":
                file["observed"]["deadstemc"][:] *= 1.5
            if kind == "later":
                for element in "NP":
                    file["observed"][f"SUPPLEMENT_TO_SMIN{element}"][:] = 0.0
                for name, values in cases.equilibrium.items():
                    where = file["observed"][name]
                    where[:] = np.reshape(values, where.shape) * 1.02
    return out


@pytest.fixture(scope="module")
def trained(sets: dict[str, Path], short_config: TrainConfig) -> Path:
    config = short_config.model_copy(
        update={
            "data": (sets["cold"], sets["accelerated"]),
            "later": (sets["later"],),
            "test": (sets["test"],),
            "output": sets["cold"].parent / "surrogate",
            "model": short_config.model.model_copy(update={"members": 1, "later_members": 1}),
            "optimiser": short_config.optimiser.model_copy(update={"epochs": 3}),
            "later_optimiser": short_config.optimiser.model_copy(update={"epochs": 2}),
        }
    )
    path, errors = train(config)
    assert set(errors) == {"training", "held_out", "test", "later_training", "later_held_out"}
    assert errors["test"]["columns"] == 40
    return path


def test_three_kinds_train_export_and_predict(
    trained: Path, sets: dict[str, Path], cases: Cases
) -> None:
    model, schema, _, facts = read_checkpoint(trained)
    assert schema.protocols == ("accelerated", "cold")
    assert facts["training_columns"] == 2 * int((cases.split == 0).sum())
    artifact = export_checkpoint(trained, trained.parent / "kinds.pt")
    assert artifact.schema["protocols"] == ["accelerated", "cold"]
    with netCDF4.Dataset(sets["later"]) as file:
        later = {
            name: np.reshape(file["observed"][name][:], cases.observed[name].shape)
            for name in artifact.input_names
        }
    own = artifact.predict(later)
    named = {name: torch.tensor(np.asarray(value)) for name, value in later.items()}
    with torch.no_grad():
        stage = model.later.predict(named)
    for name, value in own.items():
        np.testing.assert_allclose(value, stage[name].numpy(), rtol=1e-10, atol=0.0, err_msg=name)
    first = artifact.predict(cases.observed)
    for name, value in own.items():
        assert np.isfinite(value).all(), name
        assert np.isfinite(first[name]).all(), name


def test_the_card_tells_what_was_done(trained: Path, sets: dict[str, Path], cases: Cases) -> None:
    beside = trained.with_suffix(".md").read_text()
    artifact = export_checkpoint(trained, trained.parent / "carded.pt")
    text = (trained.parent / "carded.md").read_text()
    assert "## Artifact" not in beside
    assert artifact.schema["checksum"] in text
    for kind in sets:
        digest = hashlib.sha256(sets[kind].read_bytes()).hexdigest()[:16]
        where = kind if kind in ("later", "test") else "first"
        line = next(line for line in text.splitlines() if f"`{kind}.nc`" in line)
        assert line.startswith(f"* {where} windows")
        assert digest in line
        count = 0 if kind == "test" else int((cases.split == 0).sum())
        assert f"{count} training and" in line
    _, schema, config, facts = read_checkpoint(trained)
    assert f"near equilibrium ({schema.horizon_years:g} years)" in text
    assert f"seed {config.seed}; phase-elm" in text
    assert f"torch {torch.__version__}" in text
    assert "| drift | column | loss, weight 0.5 |" in text
    assert "| stoichiometry | local | in the graph" in text
    drift = facts["errors"]["held_out"]["surrogate"]["drift_median_gC_m2_yr"]
    held = facts["errors"]["held_out"]["columns"]
    assert f"| held_out, {held} | surrogate | {drift:.2f} |" in text
    assert "windows that begin accelerated or cold, 20 years" in text
    assert "learned from: synthetic columns" in text
    assert not list(trained.parent.glob("*.part*"))
    tuned = {"finetuned_on": ["fine.nc"], "finetuned_columns": 7, "finetuned_epochs": 5}
    assert "fine-tuned on 7 columns of fine.nc, 5 epochs" in card(
        schema, config, facts | tuned, None
    )
