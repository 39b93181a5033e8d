"""Constraints at three levels: closed forms, properties, and the projection in TorchScript."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from surrogate_cases import Cases

from phase_elm.constraints import LEVELS, Columns, LocalProjection, terms_of, total_loss
from phase_elm.constraints.column import CarbonBalance, NitrogenBalance, PhosphorusBalance
from phase_elm.constraints.columns import huber
from phase_elm.constraints.globe import BandStocks, column_stocks
from phase_elm.constraints.local import soil_residual
from phase_elm.evaluate.metrics import totals
from phase_elm.model import constants as c
from phase_elm.model.features import PatchPhysics
from phase_elm.model.physics import PlantInputs
from phase_elm.model.steady_state import SteadyState, VerticalMixing, deepest_thaw
from phase_elm.model.surrogate import Surrogate, SurrogateConfig
from phase_elm.schema import load_schema
from phase_elm.train.config import LossWeights
from phase_elm.train.dataset import take
from phase_elm.train.statistics import fit_statistics

SCHEMA = load_schema()
TERMS = terms_of(0.1)
# Laws speak of the prediction alone; all other terms compare it with the end state.
LAWS = {
    "sign", "zeros", "organ_stoichiometry", "soil_stoichiometry", "litter_stoichiometry", "at_rest",
}  # fmt: skip
Named = dict[str, torch.Tensor]


def tensors(values: dict[str, np.ndarray]) -> Named:
    return {name: torch.tensor(value) for name, value in values.items()}


@pytest.fixture(scope="module")
def x(cases: Cases) -> Named:
    return tensors(cases.observed)


@pytest.fixture(scope="module")
def truth(cases: Cases) -> Named:
    return tensors(cases.equilibrium)


@pytest.fixture(scope="module")
def columns(x: Named) -> Columns:
    lossy = torch.full_like(x["DENIT"], 1.0 / c.SECONDS_PER_YEAR)
    return Columns.of(x | {"DENIT": lossy})


@pytest.fixture(scope="module")
def host(x: Named, truth: Named) -> Named:
    """The host's own state."""
    return {name: x[name].clone() for name in truth}


@pytest.fixture(scope="module")
def rest(x: Named, host: Named, columns: Columns) -> Named:
    """The host's plants, and soils at rest under what those plants would feed them."""
    present = PatchPhysics().presence(x)
    nothing = torch.zeros(len(present), 39, c.NLEVEL, dtype=torch.float64)
    feed = PlantInputs()(x, present, host, torch.zeros_like(present), nothing)
    start = torch.stack([x[pool + "c_vr"] for pool in c.POOLS], 1)
    mixing = VerticalMixing()(deepest_thaw(x))
    solve = SteadyState(1.0e9, 1)
    carbon = solve(start, feed, columns.rate, columns.share, columns.fire, mixing)
    return host | {pool + "c_vr": carbon[:, i] for i, pool in enumerate(c.POOLS)}


def changed(state: Named, name: str, factor: float) -> Named:
    return state | {name: state[name] * factor}


def test_every_weight_has_its_term_and_its_level() -> None:
    weights = set(LossWeights.model_fields) - {"tolerance", "band_degrees"}
    assert weights == set(TERMS) == set(LEVELS)
    assert set(LEVELS.values()) == {"error", "local", "column", "globe"}
    for term in TERMS.values():
        assert type(term).__doc__


def test_what_compares_vanishes_at_the_truth_and_not_beside_it(
    truth: Named, columns: Columns
) -> None:
    wrong = {name: value * 1.2 for name, value in truth.items()}
    for name in set(TERMS) - LAWS - {"organ_ratios"}:
        assert float(TERMS[name](truth, truth, columns)) == pytest.approx(0.0, abs=1e-9), name
        assert float(TERMS[name](wrong, truth, columns)) > 1e-3, name
    # One factor for all organs keeps their ratios, but for the floor of the logarithm.
    assert float(TERMS["organ_ratios"](wrong, truth, columns)) < 1e-3
    roots = truth | {n: v * 1.2 for n, v in truth.items() if n.startswith("frootc")}
    expected = float(huber(torch.tensor(math.log(1.2)), 0.1))
    found = float(TERMS["organ_ratios"](roots, truth, columns))
    assert found == pytest.approx(expected, rel=0.05)


def test_a_negative_pool_counts_by_its_size(x: Named, host: Named, columns: Columns) -> None:
    term = TERMS["sign"]
    assert float(term(host, host, columns)) == 0.0
    wrong = host | {"soil4c_vr": host["soil4c_vr"].clone()}
    wrong["soil4c_vr"][3, 2] = -7.0
    expected = 7.0 / host["soil4c_vr"].numel() / float(x["soil4c_vr"].mean())
    assert float(term(wrong, host, columns)) == pytest.approx(expected, rel=1e-9)


def test_wood_of_a_grass_counts(x: Named, host: Named, columns: Columns) -> None:
    term = TERMS["zeros"]
    assert float(term(host, host, columns)) == 0.0
    assert (x["deadstemc"][:, 13] == 0.0).all()
    wrong = host | {"deadstemc": host["deadstemc"].clone()}
    wrong["deadstemc"][:, 13] = 1.0
    expected = 1.0 / c.NPFT / float(x["deadstemc"].mean())
    assert float(term(wrong, host, columns)) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("term", "pool"), [("organ_stoichiometry", "frootn"), ("soil_stoichiometry", "soil3n_vr")]
)
def test_one_percent_off_the_ratio_is_one_unit_of_huber(
    term: str, pool: str, host: Named, columns: Columns
) -> None:
    off = changed(host, pool, math.exp(0.01))
    expected = math.sqrt(2.0) - 1.0
    assert float(TERMS[term](host, host, columns)) == pytest.approx(0.0, abs=1e-9)
    assert float(TERMS[term](off, host, columns)) == pytest.approx(expected, rel=1e-6)


def test_litter_may_float_within_a_factor_of_twenty(host: Named, columns: Columns) -> None:
    term = TERMS["litter_stoichiometry"]
    assert float(term(changed(host, "litr2n_vr", 3.0), host, columns)) == 0.0
    poor = changed(host, "litr2n_vr", 1.0e-3)
    assert float(term(poor, host, columns)) == pytest.approx(math.log(1000 / 30), rel=0.01)


def test_solved_soils_are_at_rest_and_others_by_their_excess(rest: Named, columns: Columns) -> None:
    net, gain = soil_residual(rest, columns)
    residual = columns.of_layers(net.abs()).sum(1) / columns.of_layers(gain).sum(1)
    assert float(residual.max()) < 1.0e-6
    assert float(TERMS["at_rest"](rest, rest, columns)) < 1.0e-6
    twice, _ = soil_residual(changed(rest, "soil4c_vr", 2.0), columns)
    # At rest it loses what it gains; twice as much loses twice that, mixing included.
    turns = 1.0 - torch.exp(-2000.0 * columns.rate[:, c.SOIL4])
    torch.testing.assert_close(twice[:, 3], -turns * gain[:, 3], rtol=1e-5, atol=1e-4)


def test_carbon_that_enters_solved_soils_leaves_them(rest: Named, columns: Columns) -> None:
    balance = CarbonBalance(0.1)
    gain, loss = balance.fluxes(rest, columns)
    torch.testing.assert_close(loss, gain, rtol=1e-6, atol=1e-9)
    more = {pool + "c_vr": rest[pool + "c_vr"] * 1.1 for pool in c.POOLS}
    _, loss = balance.fluxes(rest | more, columns)
    torch.testing.assert_close(loss, 1.1 * gain, rtol=1e-6, atol=1e-9)


def test_nitrogen_loss_follows_nitrate(x: Named, host: Named, columns: Columns) -> None:
    gain, loss = NitrogenBalance.fluxes(changed(host, "smin_no3_vr", 3.0), columns)
    torch.testing.assert_close(loss, torch.full_like(loss, 3.0), rtol=1e-5, atol=0.0)
    deposited = (x["NDEP_TO_SMINN"] + x["NFIX_TO_SMINN"])[:, 0] * c.SECONDS_PER_YEAR
    torch.testing.assert_close(gain, deposited)


def test_phosphorus_may_change_its_form_but_not_its_total(truth: Named, columns: Columns) -> None:
    moved = truth["primp_vr"] * 0.3
    other = truth | {"primp_vr": truth["primp_vr"] - moved, "occlp_vr": truth["occlp_vr"] + moved}
    assert float(PhosphorusBalance(0.1)(other, truth, columns)) == pytest.approx(0.0, abs=1e-9)
    less = truth | {"primp_vr": truth["primp_vr"] - moved}
    assert float(PhosphorusBalance(0.1)(less, truth, columns)) > 1.0e-2


def test_stocks_are_those_of_the_evaluation(cases: Cases, truth: Named, columns: Columns) -> None:
    found = column_stocks(truth, columns)
    other = totals(cases.equilibrium, cases.observed["wtcol"])
    for name in ("TOTVEGC", "TOTSOMC", "TOTVEGN", "TOTSOMP", "SMINN", "SMINP"):
        np.testing.assert_allclose(found[name].numpy(), other[name], rtol=1e-9)


def test_bands_see_errors_of_one_sign_only(truth: Named, columns: Columns) -> None:
    """In a band of two columns of one area, what one has too much the other lacks."""
    term = BandStocks(0.1, 180.0)
    pair = torch.tensor([0, 1])
    inputs = take(columns.inputs, pair, SCHEMA)
    inputs["lat"] = torch.tensor([[10.0], [20.0]], dtype=torch.float64)
    two = columns.take(pair, inputs)
    end = {name: value[pair] for name, value in truth.items()}
    shift = torch.tensor([[1.0], [-1.0]], dtype=torch.float64)
    moved = end | {"soil4c_vr": end["soil4c_vr"] + shift}
    assert float(term(moved, end, two)) == pytest.approx(0.0, abs=1e-12)
    both = end | {"soil4c_vr": end["soil4c_vr"] + shift.abs()}
    assert float(term(both, end, two)) > 0.0
    bands = BandStocks(0.1, 30.0).bands(columns)
    torch.testing.assert_close(bands[:-1].sum(0), columns.area)
    torch.testing.assert_close(bands[-1], columns.area)


def test_zero_weight_leaves_a_term_out(truth: Named, columns: Columns) -> None:
    wrong = {name: value * 1.1 for name, value in truth.items()}
    alone = LossWeights(**dict.fromkeys(TERMS, 0.0) | {"bands": 2.0})
    total, found = total_loss(wrong, truth, columns, TERMS, alone)
    assert list(found) == ["bands"]
    assert float(total) == pytest.approx(2.0 * float(found["bands"]))


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), size=st.floats(0.0, 3.0))
def test_no_term_is_negative_and_gradients_are_finite(seed: int, size: float) -> None:
    case = _few()
    generator = torch.Generator().manual_seed(seed)
    noise = {
        name: torch.randn(value.shape, generator=generator, dtype=torch.float64)
        for name, value in case[1].items()
    }
    factor = torch.tensor(size, dtype=torch.float64, requires_grad=True)
    wrong = {name: value * torch.exp(factor * noise[name]) for name, value in case[1].items()}
    for name, term in TERMS.items():
        value = term(wrong, case[1], case[2])
        assert float(value) >= -1e-12, name
        if value.requires_grad:
            (slope,) = torch.autograd.grad(value, factor, retain_graph=True)
            assert torch.isfinite(slope), name


_CACHE: list[tuple[Named, Named, Columns]] = []


def _few() -> tuple[Named, Named, Columns]:
    if not _CACHE:
        case = Cases(6, seed=11)
        inputs = tensors(case.observed)
        _CACHE.append((inputs, tensors(case.equilibrium), Columns.of(inputs)))
    return _CACHE[0]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**31 - 1))
def test_projection_makes_any_prediction_obey_and_changes_it_once(seed: int) -> None:
    x, truth, columns = _few()
    generator = torch.Generator().manual_seed(seed)
    wild = {
        name: value + 10.0 * torch.randn(value.shape, generator=generator, dtype=torch.float64)
        for name, value in truth.items()
    }
    project = LocalProjection()
    once = project(wild, x)
    for name in ("sign", "zeros", "organ_stoichiometry", "soil_stoichiometry"):
        assert float(TERMS[name](once, truth, columns)) == pytest.approx(0.0, abs=1e-9), name
    for name, value in project(once, x).items():
        assert torch.equal(value, once[name]), name


def test_projection_runs_in_torchscript_and_leaves_the_surrogate_alone(
    x: Named, truth: Named
) -> None:
    torch.manual_seed(1)
    model = Surrogate(SCHEMA, SurrogateConfig(width=8, members=1))
    fit_statistics(model.first, x, truth)
    with torch.no_grad():
        for parameter in model.first.members.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
        found = model.eval().first.predict(x)
    scripted = torch.jit.script(LocalProjection())
    after = scripted(found, x)
    for name, value in found.items():
        assert torch.equal(after[name], value), name
    wild = {name: value - 5.0 for name, value in truth.items()}
    eager, script = LocalProjection()(wild, x), scripted(wild, x)
    for name, value in eager.items():
        assert torch.equal(script[name], value), name
