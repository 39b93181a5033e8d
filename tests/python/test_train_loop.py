"""The loop: exact resume, seeds, early stopping, mixed precision, several processes."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from phase_elm.export import read_checkpoint
from phase_elm.train.config import ConfigError, TrainConfig
from phase_elm.train.distributed import Ranks
from phase_elm.train.run import train, train_part

State = dict[str, torch.Tensor]


class StoppedError(Exception):
    """What a job limit does."""


def settings_of(short: TrainConfig, output: Path, **entries: Any) -> TrainConfig:
    """A training of one member; entries of model and optimiser are mixed in."""
    model = {"members": 1} | entries.pop("model", {})
    optimiser = {"epochs": 30, "patience": 30} | entries.pop("optimiser", {})
    return short.model_copy(
        update={
            "output": output,
            "model": short.model.model_copy(update=model),
            "optimiser": short.optimiser.model_copy(update=optimiser),
            **entries,
        }
    )


def weights(path: Path) -> State:
    return read_checkpoint(path)[0].state_dict()


def same(one: State, other: State) -> None:
    assert one.keys() == other.keys()
    for name, value in one.items():
        assert torch.equal(other[name], value), name


def test_members_trained_in_parts_are_those_trained_in_a_row(
    short_config: TrainConfig, tmp_path: Path
) -> None:
    chosen: dict[str, Any] = {"model": {"members": 3, "dropout": 0.2}, "optimiser": {"epochs": 3}}
    whole = settings_of(short_config, tmp_path / "whole", **chosen)
    parts = settings_of(short_config, tmp_path / "parts", **chosen)
    assert [train_part(parts, (k, 2)) for k in (2, 1)] == [1, 2]
    assert not (tmp_path / "parts/surrogate.ckpt").exists()
    told: list[str] = []
    path, _ = train(parts, resume=True, report=lambda text, share: told.append(text))
    assert told == []
    same(weights(train(whole)[0]), weights(path))


@pytest.mark.parametrize("stop_in", ["first member", "second member"])
def test_an_interrupted_training_ends_where_the_unbroken_one_does(
    short_config: TrainConfig, tmp_path: Path, stop_in: str
) -> None:
    size = {"members": 1 if stop_in == "first member" else 2, "dropout": 0.2}
    chosen: dict[str, Any] = {"model": size, "optimiser": {"batch_size": 9}}
    whole = settings_of(short_config, tmp_path / "whole", **chosen)
    broken = settings_of(short_config, tmp_path / "broken", **chosen)
    unbroken = weights(train(whole)[0])

    def stop(text: str, share: float) -> None:
        if f"member {size['members']}/" in text and share > 27.5 / 30.0:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(broken, report=stop)
    assert not (tmp_path / "broken/surrogate.ckpt").exists()
    told: list[str] = []
    path, _ = train(broken, resume=True, report=lambda text, share: told.append(text))
    # From the checkpoint of epoch 25 on; a finished member is read.
    assert len(told) == 5
    same(unbroken, weights(path))


def test_a_finished_training_is_read_and_other_settings_are_refused(
    short_config: TrainConfig, tmp_path: Path
) -> None:
    config = settings_of(short_config, tmp_path / "a", optimiser={"epochs": 2})
    first = weights(train(config)[0])
    told: list[str] = []
    same(first, weights(train(config, True, lambda text, share: told.append(text))[0]))
    assert told == []
    more = config.model_copy(
        update={"optimiser": config.optimiser.model_copy(update={"epochs": 3})}
    )
    with pytest.raises(ConfigError, match="was trained with another optimiser"):
        train(more, resume=True)


def test_one_seed_one_result(short_config: TrainConfig, tmp_path: Path) -> None:
    states = [
        weights(
            train(settings_of(short_config, tmp_path / n, optimiser={"epochs": 3}, seed=seed))[0]
        )
        for n, seed in (("a", 5), ("b", 5), ("c", 6))
    ]
    same(states[0], states[1])
    name = "first.members.0.climate.0.weight"
    assert not torch.equal(states[0][name], states[2][name])


def test_training_stops_early_and_keeps_the_best_epoch(
    short_config: TrainConfig, tmp_path: Path
) -> None:
    config = settings_of(
        short_config, tmp_path, optimiser={"epochs": 200, "patience": 2, "learning_rate": 0.3}
    )
    path, _ = train(config)
    with (tmp_path / "log/first0/metrics.csv").open() as file:
        losses = [float(row["val_loss"]) for row in csv.DictReader(file) if row["val_loss"]]
    assert len(losses) < 200
    assert losses.index(min(losses)) == len(losses) - 3
    best = torch.load(tmp_path / "first0/best.ckpt", weights_only=True)
    assert best["epoch"] == losses.index(min(losses))
    kept = weights(path)["first.members.0.climate.0.weight"]
    assert torch.equal(kept, best["state_dict"]["model.members.0.climate.0.weight"])


def test_progress_is_in_physical_units(short_config: TrainConfig, tmp_path: Path) -> None:
    told: list[tuple[str, float]] = []
    config = settings_of(short_config, tmp_path, optimiser={"epochs": 4})
    train(config, report=lambda text, share: told.append((text, share)))
    assert [share for _, share in told] == [0.25, 0.5, 0.75, 1.0]
    for text, _ in told:
        assert re.search(r"member 1/1: drift \d+\.\d\d gC/m2/yr, at rest \d+%", text)


def test_mixed_precision_trains_the_same_weights_less_exactly(
    short_config: TrainConfig, tmp_path: Path
) -> None:
    found = {}
    for precision in ("64-true", "bf16-mixed"):
        chosen = {"epochs": 8, "precision": precision}
        config = settings_of(
            short_config, tmp_path / precision, optimiser=chosen, model={"dropout": 0.0}
        )
        path, errors = train(config)
        state = weights(path)
        assert all(value.dtype != torch.bfloat16 for value in state.values())
        found[precision] = (state, errors["held_out"]["surrogate"]["drift_median_gC_m2_yr"])
    name = "first.members.0.climate.0.weight"
    exact, mixed = (found[p][0][name] for p in ("64-true", "bf16-mixed"))
    assert not torch.equal(exact, mixed)
    # Statistics come before training and know nothing of precision.
    statistic = "first.patch_correction.mean"
    assert torch.equal(found["64-true"][0][statistic], found["bf16-mixed"][0][statistic])
    assert found["bf16-mixed"][1] < 2.0 * found["64-true"][1]


@pytest.mark.parametrize("count", [1, 5, 6])
def test_every_row_has_its_process(count: int) -> None:
    rows = torch.arange(count)
    shares = [Ranks(rank, 3, 3).share(rows) for rank in range(3)]
    assert len({len(share) for share in shares}) == 1
    dealt = torch.stack(shares, 1).flatten()[:count]
    assert torch.equal(dealt, rows)


def test_two_processes_end_where_one_does(short_config: TrainConfig, tmp_path: Path) -> None:
    """To 1e-9 of the largest weight after 3 epochs of uneven steps, bands of latitude included."""
    loss = {"bands": 0.5, "carbon_balance": 0.1, "organ_ratios": 0.1}
    optimiser = {"epochs": 3, "batch_size": 7}
    paths = {}
    for name, count in (("one", 1), ("two", 2)):
        config = settings_of(
            short_config, tmp_path / name, model={"dropout": 0.0, "members": 2}, optimiser=optimiser
        )
        values = config.model_dump(mode="json") | {"loss": loss}
        file = tmp_path / f"{name}.yaml"
        file.write_text(yaml.safe_dump(values))
        launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(count)]
        done = subprocess.run(
            [sys.executable, *launcher, "-m", "phase_elm.cli", "train", str(file)],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        assert done.stdout.count("checkpoint:") == 1
        paths[name] = weights(tmp_path / name / "surrogate.ckpt")
    for name, value in paths["one"].items():
        counts = value.is_floating_point() and value.numel() > 0
        scale = float(value.abs().max()) if counts else 1.0
        torch.testing.assert_close(paths["two"][name], value, rtol=0.0, atol=1e-9 * max(scale, 1.0))
