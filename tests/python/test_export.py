"""The artifact: parity with the eager module, schema, refusals, command line."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.export import (
    Artifact,
    ArtifactError,
    export_checkpoint,
    export_steady_state,
    load,
    read_checkpoint,
)
from phase_elm.export.archive import graph_checksum
from phase_elm.schema import METHOD_INPUT, METHODS, method_code


@pytest.fixture(scope="module")
def artifact(checkpoint: Path) -> Artifact:
    return export_checkpoint(checkpoint, checkpoint.parent / "artifact.pt")


@pytest.mark.parametrize("window", ["supplied", "own"])
@pytest.mark.parametrize("method", METHODS)
def test_artifact_equals_the_eager_module(
    artifact, checkpoint, cases, window: str, method: str
) -> None:
    """Every way through the graph, with supply and without."""
    model, _, _, _ = read_checkpoint(checkpoint)
    given = cases.observed | {METHOD_INPUT: np.full((cases.ncol, 1), method_code(method))}
    if window == "own":
        given = {n: np.zeros_like(v) if n.startswith("SUPPLEMENT") else v for n, v in given.items()}
        given |= {n: given[n.removesuffix("_start")] for n in given if n.endswith("_start")}
    with torch.no_grad():
        eager = model.staged({name: torch.tensor(value) for name, value in given.items()})
    scripted = artifact.predict(given)
    assert list(scripted) == artifact.output_names
    for name, value in scripted.items():
        np.testing.assert_allclose(value, eager[name].numpy(), rtol=1e-10, atol=0.0, err_msg=name)


def test_constants_of_the_balance_may_be_newer_than_a_checkpoint_but_weights_may_not(
    checkpoint: Path, tmp_path: Path
) -> None:
    payload = torch.load(checkpoint, weights_only=True)
    constant = next(name for name in payload["state_dict"] if name.startswith("balance."))
    path = tmp_path / "older.ckpt"
    del payload["state_dict"][constant]
    torch.save(payload, path)
    assert constant in read_checkpoint(path)[0].state_dict()
    del payload["state_dict"]["first.members.0.kind"]
    torch.save(payload, path)
    with pytest.raises(ArtifactError, match=r"another version.*first\.members\.0\.kind; train"):
        read_checkpoint(path)


def test_an_artifact_is_as_good_as_its_checkpoint(artifact, checkpoint, tmp_path: Path) -> None:
    """Weights, statistics, schema, settings and facts; of files no more than their names."""
    model, schema, config, facts = read_checkpoint(checkpoint)
    again = read_checkpoint(artifact.path)
    state = again[0].state_dict()
    assert list(state) == list(model.state_dict())
    assert all(torch.equal(value, state[name]) for name, value in model.state_dict().items())
    assert again[1] == schema
    assert again[3] == facts
    assert again[2].data == tuple(Path(path.name) for path in config.data)
    assert again[2].model == config.model
    assert again[2].loss == config.loss
    assert again[2].optimiser == config.optimiser
    assert str(checkpoint.parent) not in json.dumps(artifact.schema["training"])
    once_more = export_checkpoint(artifact.path, tmp_path / "again.pt")
    assert once_more.schema["training"] == artifact.schema["training"]
    assert graph_checksum(once_more.module) == graph_checksum(artifact.module)


def test_an_artifact_without_weights_is_no_checkpoint(tmp_path: Path) -> None:
    path = export_steady_state(tmp_path / "balance.pt").path
    with pytest.raises(ArtifactError, match="keeps no training configuration"):
        read_checkpoint(path)


def test_chunks_make_no_difference(artifact, cases) -> None:
    whole = artifact.predict(cases.observed)
    parts = artifact.predict(cases.observed, chunk=7)
    for name, value in whole.items():
        np.testing.assert_allclose(parts[name], value, rtol=1e-10, atol=1e-12, err_msg=name)


def test_archive_describes_itself(artifact, cases) -> None:
    with zipfile.ZipFile(artifact.path) as archive:
        names = [n for n in archive.namelist() if n.endswith("extra/phase_schema.json")]
        document = json.loads(archive.read(names[0]))
    assert document == artifact.schema
    assert document["provenance"]["training_columns"] == int((cases.split == 0).sum())
    assert 0.0 < document["trust_threshold"] < 1.0
    assert artifact.checksum_holds()
    assert not list(artifact.path.parent.glob("*.part*"))


def rewritten(source: Path, target: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The archive with its records passed through a function of name and content."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return target


def test_a_rewritten_archive_is_the_same_artifact(artifact, tmp_path: Path) -> None:
    assert load(rewritten(artifact.path, tmp_path / "same.pt", lambda _, b: b)).checksum_holds()


@pytest.mark.parametrize(
    ("record", "old", "new"),
    [
        # the code of a module inside, an attribute that is no tensor, the schema
        ("model/steady_state.py", b"torch.mul(", b"torch.div("),
        ("model/physics.py", b"torch.tanh(", b"torch.sin("),
        ("extra/phase_schema.json", b'"trust_threshold": 0.2', b'"trust_threshold": 0.0'),
    ],
)
def test_a_change_of_code_or_schema_is_noticed(
    artifact, tmp_path: Path, record: str, old: bytes, new: bytes
) -> None:
    def change(name: str, content: bytes) -> bytes:
        if not name.endswith(record):
            return content
        assert old in content
        return content.replace(old, new, 1)

    assert not load(rewritten(artifact.path, tmp_path / "changed.pt", change)).checksum_holds()


def test_a_changed_weight_is_noticed(artifact, tmp_path: Path) -> None:
    largest = max(
        (i for i in zipfile.ZipFile(artifact.path).infolist() if "/data/" in i.filename),
        key=lambda info: info.file_size,
    )

    def change(name: str, content: bytes) -> bytes:
        return content[:-1] + bytes([content[-1] ^ 1]) if name == largest.filename else content

    assert not load(rewritten(artifact.path, tmp_path / "changed.pt", change)).checksum_holds()


def test_artifacts_of_the_first_checksum_version_are_judged_by_what_it_covers(
    artifact, tmp_path: Path
) -> None:
    module = torch.jit.load(str(artifact.path))
    document = {k: v for k, v in artifact.schema.items() if k != "checksum_version"}
    path = tmp_path / "older.pt"

    def save() -> Artifact:
        torch.jit.save(module, str(path), _extra_files={"phase_schema.json": json.dumps(document)})
        return load(path)

    document["checksum"] = graph_checksum(module)
    assert save().checksum_holds()
    with torch.no_grad():
        next(iter(module.parameters())).add_(1.0e-9)
    assert not save().checksum_holds()


def test_scalars_may_come_without_a_feature_axis(artifact, cases) -> None:
    flat = {n: v[:, 0] if v.ndim == 2 and v.shape[1] == 1 else v for n, v in cases.observed.items()}
    np.testing.assert_array_equal(
        artifact.predict(flat)["leafc"], artifact.predict(cases.observed)["leafc"]
    )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"GPP": None}, "inputs are missing, first GPP"),
        ({"leafc": np.zeros((40, 3))}, r"input leafc has shape \(40, 3\), expected \[40, 17\]"),
        ({"NPP": np.full((40, 1), np.nan)}, "input NPP has 40 values that are not finite"),
    ],
)
def test_inputs_that_do_not_fit_are_named(artifact, cases, change, says) -> None:
    inputs = {**cases.observed, **change}
    inputs = {name: value for name, value in inputs.items() if value is not None}
    with pytest.raises(ArtifactError, match=says):
        artifact.predict(inputs)


def test_files_that_are_no_artifacts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="no such artifact"):
        load(tmp_path / "missing.pt")
    text = tmp_path / "text.pt"
    text.write_text("not an archive")
    with pytest.raises(ArtifactError, match="not a TorchScript archive"):
        load(text)
    plain = tmp_path / "plain.pt"
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), str(plain))
    with pytest.raises(ArtifactError, match=r"has no phase_schema\.json"):
        load(plain)


class _Bomb:
    def __reduce__(self):
        return (Path.touch, (Path("bomb_went_off"),))


def test_a_checkpoint_never_runs_code(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.ckpt"
    torch.save({"format": 1, "state_dict": _Bomb()}, path, pickle_module=pickle)
    with pytest.raises(ArtifactError, match="neither a checkpoint"):
        read_checkpoint(path)
    assert not Path("bomb_went_off").exists()


@pytest.mark.parametrize("kind", ["pickle", "tensors of torch.save", "record of an archive"])
def test_an_artifact_never_runs_code(artifact, tmp_path: Path, monkeypatch, kind: str) -> None:
    """Neither a pickle under an artifact's name nor one in the place of an archive's record."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "evil.pt"
    if kind == "pickle":
        path.write_bytes(pickle.dumps(_Bomb()))
    elif kind == "tensors of torch.save":
        torch.save({"weights": _Bomb()}, path, pickle_module=pickle)
    else:
        bomb = pickle.dumps(_Bomb(), protocol=2)
        rewritten(artifact.path, path, lambda n, b: bomb if n.endswith("/data.pkl") else b)
    with pytest.raises(ArtifactError, match=r"evil\.pt: not a TorchScript archive"):
        load(path)
    assert not Path("bomb_went_off").exists()


def test_commands_train_export_inspect(training_file: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(
        f"data: {training_file}\noutput: out\nvalidation_folds: 3\n"
        "model: {width: 8, members: 1}\noptimiser: {epochs: 2}\n"
    )
    runner = CliRunner()
    done = runner.invoke(app, ["train", str(config)])
    assert done.exit_code == 0, done.output
    target = tmp_path / "a.pt"
    done = runner.invoke(app, ["export", str(tmp_path / "out/surrogate.ckpt"), "-o", str(target)])
    assert done.exit_code == 0, done.output
    done = runner.invoke(app, ["inspect", str(target)])
    assert done.exit_code == 0, done.output
    assert "trust_threshold" in done.output
    done = runner.invoke(app, ["inspect", str(target), "--json"])
    assert json.loads(done.output)["format_version"] == 1
