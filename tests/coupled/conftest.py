"""Fixtures of the coupled tests: a small world, an artifact, and the runs that many tests share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support import END, Run, run_case, surrogate, write_growth_artifact

from phase_elm.world import WorldConfig, build_world, write_world

CELLS = 8


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(build_world(WorldConfig(grid="4x5", seed=3, max_cells=CELLS)), folder)
    return folder


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_growth_artifact(tmp_path_factory.mktemp("artifact") / "growth.pt")


@pytest.fixture(scope="session")
def jumped(world: Path, artifact: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One rank, jump at the beginning of year 21, restart files every ten years."""
    run = run_case(
        world,
        tmp_path_factory.mktemp("jumped"),
        END,
        phase=surrogate(artifact),
        rest_n=10,
    )
    assert run.status == 0, run.text
    return run


@pytest.fixture(scope="session")
def plain(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The plugin compiled out, 25 years."""
    run = run_case(world, tmp_path_factory.mktemp("plain"), 25, program="minielm-plain")
    assert run.status == 0, run.text
    return run
