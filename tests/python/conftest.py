"""Fixtures of the Python tests: synthetic columns, and a surrogate trained on them for a moment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from surrogate_cases import Cases

from phase_elm.train.config import TrainConfig
from phase_elm.train.run import train

# Small tensors: more threads only wait for each other.
torch.set_num_threads(1)


@pytest.fixture(scope="session")
def cases() -> Cases:
    """Forty columns with a known end state."""
    return Cases(40, seed=3)


@pytest.fixture(scope="session")
def training_file(cases: Cases, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("training") / "training.nc"
    cases.write(path)
    return path


@pytest.fixture(scope="session")
def short_config(training_file: Path) -> TrainConfig:
    """A training that takes seconds."""
    return TrainConfig(
        data=training_file,
        output=training_file.parent / "surrogate",
        validation_folds=3,
        model={"width": 8, "heads": 2, "members": 2},
        optimiser={"epochs": 12, "patience": 12},
    )


@pytest.fixture(scope="session")
def checkpoint(short_config: TrainConfig) -> Path:
    path, _ = train(short_config)
    return path
