"""What the graph guarantees, whatever its weights are."""

from __future__ import annotations

import pytest
import torch

from phase_elm.model import constants as c
from phase_elm.model.features import ORGANS, PatchPhysics
from phase_elm.model.network import Attention, DepthEncoder, DepthHead
from phase_elm.model.surrogate import Surrogate, SurrogateConfig
from phase_elm.schema import load_schema
from phase_elm.train.statistics import fit_statistics

SCHEMA = load_schema()


@pytest.fixture(scope="module")
def inputs(cases) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(value) for name, value in cases.observed.items()}


@pytest.fixture(scope="module")
def wild(cases, inputs) -> Surrogate:
    """Fitted statistics, weights far from trained: guarantees must hold all the same."""
    torch.manual_seed(0)
    model = Surrogate(SCHEMA, SurrogateConfig(width=8, members=2))
    truth = {name: torch.tensor(value) for name, value in cases.equilibrium.items()}
    fit_statistics(model.first, inputs, truth)
    with torch.no_grad():
        for parameter in model.first.members.parameters():
            parameter.add_(0.5 * torch.randn_like(parameter))
    return model.eval()


@pytest.fixture(scope="module")
def outputs(wild, inputs) -> dict[str, torch.Tensor]:
    with torch.no_grad():
        return wild.staged(inputs)


def test_outputs_come_in_schema_order_and_shape(wild, inputs, outputs, cases) -> None:
    with torch.no_grad():
        ordered = wild([inputs[name] for name in SCHEMA.input_names])
    assert len(ordered) == len(SCHEMA.outputs)
    for variable, value in zip(SCHEMA.outputs, ordered, strict=True):
        assert tuple(value.shape) == SCHEMA.shape_of(variable.name, cases.ncol)
        assert value.dtype == torch.float64
        assert torch.isfinite(value).all(), variable.name
        assert torch.equal(value, outputs[variable.name])


def test_pools_are_never_negative(outputs) -> None:
    for variable in SCHEMA.outputs:
        if variable.lower == 0.0:
            assert (outputs[variable.name] >= 0.0).all(), variable.name


def test_zero_stays_zero_in_patch_pools(inputs, outputs) -> None:
    for variable in SCHEMA.outputs:
        if variable.zeros == "observed":
            empty = inputs[variable.name] == 0.0
            assert (outputs[variable.name][empty] == 0.0).all(), variable.name


def test_organs_keep_the_stoichiometry_of_the_host(inputs, outputs) -> None:
    for organ in ORGANS:
        for part in ("", "_storage", "_xfer"):
            for element in "np":
                before = inputs[organ + "c" + part] * outputs[organ + element + part]
                after = outputs[organ + "c" + part] * inputs[organ + element + part]
                torch.testing.assert_close(after, before, rtol=1e-12, atol=1e-14)


def test_soil_nitrogen_is_carbon_over_the_fixed_ratio(outputs) -> None:
    for pool, ratio in zip(c.POOLS[4:], c.SOIL_CN, strict=True):
        torch.testing.assert_close(
            outputs[pool + "n_vr"] * ratio, outputs[pool + "c_vr"], rtol=1e-14, atol=0.0
        )


def test_columns_do_not_influence_each_other(wild, inputs, outputs) -> None:
    rows = torch.tensor([5, 17])
    some = {
        name: value if SCHEMA.by_name[name].dims == "pft" else value[rows]
        for name, value in inputs.items()
    }
    with torch.no_grad():
        alone = wild.staged(some)
    for name, value in alone.items():
        torch.testing.assert_close(value, outputs[name][rows], rtol=1e-10, atol=1e-12)


def test_networks_see_the_plants_that_are_there(wild, inputs) -> None:
    """What stands at plant types that a column lacks is not looked at, and gets no correction."""
    with torch.no_grad():
        f = wild.first.encode(inputs)
        by_patch, by_level = wild.first.each(f)
        there = f["present"] > 0.5
        assert 0 < int(there.sum()) < there.numel()
        other = f["patch"] + 3.0 * (~there).unsqueeze(2)
        patch, level = wild.first.each(f | {"patch": other})
        for k in range(len(by_patch)):
            assert torch.equal(by_patch[k], patch[k])
            assert torch.equal(by_level[k], level[k])
            assert (by_patch[k][~there] == 0.0).all()
            assert (by_patch[k][there] != 0.0).any()


def test_attention_is_that_of_torch_and_skips_empty_seats() -> None:
    """Three columns of 4, 2 and 0 plants behind 2 tokens of the column."""
    torch.manual_seed(5)
    attention = Attention(8, 2, 0.0).eval()
    taken = torch.zeros(3, 6, dtype=torch.float64)
    taken[0], taken[1, :4], taken[2, :2] = 1.0, 1.0, 1.0
    at = torch.tensor([0, 1, 6, 7, 12, 13, 2, 3, 4, 5, 8, 9])
    tokens = torch.randn(12, 8, dtype=torch.float64)
    found = torch.zeros(18, 8, dtype=torch.float64).index_copy(0, at, attention(tokens, at, taken))
    dense = torch.zeros(18, 8, dtype=torch.float64).index_copy(0, at, tokens).reshape(3, 6, 8)
    q, k, v = attention.query(attention.norm(dense)).reshape(3, 6, 3, 2, 4).permute(2, 0, 3, 1, 4)
    mask = (taken > 0.5)[:, None, None, :]
    mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    expected = dense + attention.out(mixed.transpose(1, 2).reshape(3, 6, 8))
    expected = expected + attention.feed(attention.norm2(expected))
    there = taken.flatten() > 0.5
    torch.testing.assert_close(found[there], expected.reshape(18, 8)[there], rtol=1e-12, atol=1e-12)


def test_layers_are_convolved_with_their_neighbours() -> None:
    """The products are those of a convolution over the layers, and of the head on each of them."""
    torch.manual_seed(6)
    encoder, head = DepthEncoder(3, 4, 0.0).eval(), DepthHead(4, 5, 2, 0.0).eval()
    layers, shared = torch.randn(2, 3, c.NLEVEL).double(), torch.randn(2, 5).double()
    hidden, _ = encoder(layers)
    mixed = torch.nn.functional.gelu(encoder.mix(layers.transpose(1, 2)) + encoder.level)
    kernel = encoder.neighbours.weight.reshape(4, 3, 4).permute(0, 2, 1)
    around = torch.nn.functional.conv1d(
        mixed.transpose(1, 2), kernel, encoder.neighbours.bias, padding=1
    )
    expected = mixed + torch.nn.functional.gelu(around).transpose(1, 2)
    torch.testing.assert_close(hidden, expected, rtol=1e-12, atol=1e-12)
    each = torch.cat([hidden, shared.unsqueeze(1).expand(-1, c.NLEVEL, -1)], 2)
    said = head.out(torch.nn.functional.gelu(head.hidden(each))).transpose(1, 2)
    torch.testing.assert_close(head(hidden, shared), said, rtol=1e-12, atol=1e-12)


def test_each_stage_computes_its_own_columns(wild, inputs) -> None:
    """Columns of several methods in one batch get what each gets among its own kind."""
    mixed = dict(inputs)
    mixed["jump_method"] = torch.zeros_like(inputs["jump_method"])
    mixed["jump_method"][::3] = 2.0
    with torch.no_grad():
        found = wild.staged(mixed)
        for method in (0.0, 2.0):
            rows = mixed["jump_method"][:, 0] == method
            alone = wild.staged(
                inputs | {"jump_method": torch.full_like(inputs["jump_method"], method)}
            )
            for name, value in alone.items():
                torch.testing.assert_close(found[name][rows], value[rows], rtol=1e-9, atol=1e-12)


def test_place_is_no_predictor(wild, inputs, outputs) -> None:
    """Longitude, area and land fraction leave every prediction as it is."""
    moved = dict(inputs)
    moved["lon"] = inputs["lon"] + 33.0
    moved["area"] = inputs["area"] * 2.0
    moved["landfrac"] = inputs["landfrac"] * 0.5
    with torch.no_grad():
        predicted = wild.staged(moved)
    for name, value in predicted.items():
        assert torch.equal(value, outputs[name]), name


def test_empty_columns_and_first_years_give_finite_numbers(wild, inputs) -> None:
    bare = {
        name: torch.zeros_like(value)
        if SCHEMA.by_name[name].sample in ("instant", "mean")
        else value
        for name, value in inputs.items()
    }
    with torch.no_grad():
        predicted = wild.staged(bare)
    for name, value in predicted.items():
        assert torch.isfinite(value).all(), name


def test_trust_falls_with_distance_from_training(wild, inputs, outputs) -> None:
    assert ((outputs["trust"] > 0.0) & (outputs["trust"] <= 1.0)).all()
    strange = dict(inputs)
    strange["TBOT"] = inputs["TBOT"] + 40.0
    strange["PRECTmms"] = inputs["PRECTmms"] * 30.0
    with torch.no_grad():
        trust = wild.staged(strange)["trust"]
    assert trust.median() < 0.2 < outputs["trust"].median()


@pytest.mark.parametrize("start", [0.0, 500.0, 4000.0])
def test_relaxed_wood_is_found_from_last_value_and_mean(start: float, cases) -> None:
    x = {name: torch.tensor(value) for name, value in cases.observed.items()}
    end, m, years = 3000.0, c.WOOD_MORTALITY_PER_YEAR, 20.0
    decayed = (start - end) * torch.exp(torch.tensor(-m * years, dtype=torch.float64))
    mean = end + (start - end - decayed) / (m * years)
    x["deadstemc"] = torch.full_like(x["deadstemc"], end) + decayed
    x["DEADSTEMC"] = torch.full_like(x["deadstemc"], float(mean))
    x["deadstemc_start"] = torch.full_like(x["deadstemc"], start)
    found = PatchPhysics().relaxed_wood(x, "deadstem")
    torch.testing.assert_close(found, torch.full_like(found, end), rtol=1e-9, atol=0.0)


def test_a_config_that_cannot_work_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple of 3"):
        SurrogateConfig(width=8, heads=3)
