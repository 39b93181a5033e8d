"""Soil that ends above the deepest layer, and plant types that are not there: masked out."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from phase_elm.export import read_checkpoint
from phase_elm.model import constants as c
from phase_elm.model.balance import SteadyStateGraph, steady_state_schema
from phase_elm.model.layers import active_layers, deepest_below
from phase_elm.model.steady_state import VerticalMixing, deepest_thaw
from phase_elm.schema import Schema, load_schema
from phase_elm.train.dataset import read_training_set

SCHEMA = load_schema()
LEVEL = [v.name for v in SCHEMA.inputs if v.dims == "column_level"]
PATCH = [v.name for v in SCHEMA.inputs if v.dims == "patch" and v.name != "wtcol"]
STATE = [v.name for v in SCHEMA.inputs if v.dims == "column_level" and v.sample == "instant"]


@pytest.fixture(scope="module")
def graphs(checkpoint: Path) -> dict[str, tuple[torch.nn.Module, Schema]]:
    model, schema, _, _ = read_checkpoint(checkpoint)
    bare = steady_state_schema(schema, 2000.0)
    return {"surrogate": (model, schema), "balance": (SteadyStateGraph(bare).eval(), bare)}


@pytest.fixture(scope="module")
def columns(training_file: Path) -> dict[str, Tensor]:
    found = read_training_set(training_file, SCHEMA).inputs
    return {n: v if v.dim() == 1 else v[:6].clone() for n, v in found.items()}


def run(graph: tuple[torch.nn.Module, Schema], x: dict[str, Tensor]) -> dict[str, Tensor]:
    module, schema = graph
    with torch.no_grad():
        found = module([x[name] for name in schema.asked_names])
    return dict(zip(schema.output_names, found, strict=True))


def cut(x: dict[str, Tensor], depth: list[int], seed: int) -> dict[str, Tensor]:
    """Column i has soil in its first depth[i] layers; below there is no water, no pool, and noise
    in whatever else has layers."""
    generator = torch.Generator().manual_seed(seed)
    level = torch.arange(c.NLEVEL).unsqueeze(0)
    below = level >= torch.tensor(depth).unsqueeze(1)
    new = {**x}
    for name in LEVEL:
        noise = 1.0e3 * torch.rand(x[name].shape, generator=generator, dtype=torch.float64)
        empty = name == "H2OSOI" or name in STATE
        new[name] = torch.where(below, torch.zeros_like(noise) if empty else noise, x[name])
    return new


@settings(max_examples=6, deadline=None)
@given(
    depth=st.lists(st.integers(1, c.NLEVEL), min_size=6, max_size=6),
    seeds=st.tuples(st.integers(0, 9999), st.integers(0, 9999)),
    own=st.booleans(),
    name=st.sampled_from(["surrogate", "balance"]),
)
def test_nothing_comes_to_layers_below_bedrock_and_nothing_comes_from_them(
    graphs, columns, depth: list[int], seeds: tuple[int, int], own: bool, name: str
) -> None:
    x = {**columns}
    if own:
        for supply in ("SUPPLEMENT_TO_SMINN", "SUPPLEMENT_TO_SMINP"):
            x[supply] = torch.zeros_like(x[supply])
    one, other = (run(graphs[name], cut(x, depth, seed)) for seed in seeds)
    full = run(graphs[name], x)
    whole = torch.tensor(depth) == c.NLEVEL
    for output, value in one.items():
        assert bool(value.isfinite().all()), output
        # whatever stands in masked layers, to the last bit
        assert torch.equal(value, other[output]), output
        assert torch.equal(value[whole], full[output][whole]), output
        if value.shape[1] == c.NLEVEL:
            for i, last in enumerate(depth):
                assert float(value[i, last:].abs().sum()) == 0.0, output
                if output == "soil4c_vr":
                    assert float(value[i, :last].sum()) > 0.0


def test_mixing_stops_at_bedrock_and_keeps_carbon(columns: dict[str, Tensor]) -> None:
    depth = [1, 3, 5, 7, 9, 10]
    x = cut(columns, depth, 0)
    active = active_layers(x)
    assert active.sum(1).tolist() == depth
    mixing = VerticalMixing()
    operator = mixing.of(x)
    for i, last in enumerate(depth):
        assert float(operator[i, :last, last:].abs().sum()) == 0.0
        assert float(operator[i, last:].abs().sum()) == 0.0
    moved = (mixing.thickness[:, None] * operator).sum(1)
    assert float(moved.abs().max()) < 1.0e-15
    assert torch.equal(mixing.of(columns), mixing(deepest_thaw(columns)))


def test_networks_see_the_deepest_layer_below_bedrock() -> None:
    layered = torch.arange(2.0 * 3 * c.NLEVEL, dtype=torch.float64).reshape(2, 3, c.NLEVEL)
    active = torch.ones(2, c.NLEVEL, dtype=torch.float64)
    active[0, 4:] = 0.0
    found = deepest_below(layered, active)
    assert torch.equal(found[1], layered[1])
    assert torch.equal(found[0, :, :4], layered[0, :, :4])
    assert torch.equal(found[0, :, 4:], layered[0, :, 3:4].expand(-1, c.NLEVEL - 4))


@pytest.mark.parametrize("name", ["surrogate", "balance"])
def test_plant_types_that_are_not_there_say_nothing(graphs, columns, name: str) -> None:
    """Numbers in the slots of plant types without weight change nothing else."""
    absent = columns["wtcol"] == 0.0
    assert bool(absent[:, 1:].any())
    noisy = {**columns}
    generator = torch.Generator().manual_seed(2)
    for patch in PATCH:
        noise = 50.0 * torch.rand(absent.shape, generator=generator, dtype=torch.float64)
        noisy[patch] = torch.where(absent, noise, columns[patch])
    before, after = run(graphs[name], columns), run(graphs[name], noisy)
    for output, value in before.items():
        if value.shape == absent.shape:
            assert torch.equal(value[~absent], after[output][~absent]), output
        else:
            assert torch.equal(value, after[output]), output
