"""A host that gives no decomposition rates: ELM's law, the flag, artifacts without them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.export import (
    ArtifactError,
    export_checkpoint,
    export_steady_state,
    load,
    read_checkpoint,
)
from phase_elm.model import constants as c
from phase_elm.model.modelled_rates import ModelledRates
from phase_elm.model.steady_state import HostRates
from phase_elm.schema import RATE_INPUTS, Schema, load_schema
from phase_elm.train.dataset import read_training_set
from phase_elm.train.run import check, read_data, train

SCHEMA = load_schema()
BARE = SCHEMA.changed(host_rates=False, depth_efolding=0.5)


@pytest.fixture
def observed(training_file: Path) -> dict[str, Tensor]:
    return read_training_set(training_file, SCHEMA).inputs


def given(observed: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value for name, value in observed.items() if name not in RATE_INPUTS}


@pytest.mark.filterwarnings("ignore:The TorchScript type system")
def test_what_is_missing_is_found_and_nothing_else(observed: dict[str, Tensor]) -> None:
    found = ModelledRates()(given(observed))
    assert set(found) == set(RATE_INPUTS)
    for name, value in found.items():
        assert value.shape == observed[name].shape
        assert bool((value >= 0.0).all() & value.isfinite().all()), name
    scripted = torch.jit.script(ModelledRates())(given(observed))
    assert all(torch.equal(scripted[name], found[name]) for name in found)


def test_fast_pools_lose_what_came_in_less_what_they_grew_by(observed: dict[str, Tensor]) -> None:
    x = {**observed}
    for pool in c.POOLS:
        x[pool + "c_vr_start"] = 0.9 * x[pool + "c_vr"]
        x[pool.upper() + "C_vr"] = x[pool + "c_vr"]
    law = ModelledRates()
    found = law(given(x))
    for i, name in ((c.LITR1, "LITR1C"), (c.SOIL1, None)):
        pool = c.POOLS[i]
        loss = found[pool.upper() + "_HR_vr"] + found[c.TRANSFERS[0 if name else 3][3]]
        if name:
            fed = x[name + "_INPUT_vr"] - x[f"M_{name}_TO_FIRE_vr"]
        else:
            fed = found["LITR1C_TO_SOIL1C_vr"]
        grown = (x[pool + "c_vr"] - x[pool + "c_vr_start"]) / c.OBSERVED_YEARS
        gain = law.column(fed) - law.column(grown) / c.SECONDS_PER_YEAR
        known = gain > 1.0e-9
        ratio = law.column(loss)[known] / gain[known]
        assert bool(known.any())
        # a factor of ten from the law is believed, more is not
        inside = (ratio - 1.0).abs() < 1.0e-9
        assert float(inside.double().mean()) > 0.5, pool


def test_wet_soil_at_25_degrees_all_year_turns_over_at_its_base_rate(
    observed: dict[str, Tensor],
) -> None:
    x = given(observed) | {
        "TBOT": torch.full_like(observed["TBOT"], 298.15),
        "TSOI": torch.full_like(observed["TSOI"], 298.15),
        "H2OSOI": torch.ones_like(observed["H2OSOI"]),
    }
    law = ModelledRates(0.5)
    found = law(x)
    for name in ("T_SCALAR", "W_SCALAR", "O_SCALAR"):
        torch.testing.assert_close(found[name], torch.ones_like(found[name]))
    scale = law.scales(x, [x[p.upper() + "C_vr"] * law.base[i] for i, p in enumerate(c.POOLS)])
    rate, share, _ = HostRates()({**x, **found})
    depth = torch.tensor(c.layer_nodes(c.NLEVEL), dtype=torch.float64)
    base = 365.0 * c.BASE_K[c.SOIL4] * torch.exp(-depth / 0.5) * scale[c.SOIL2][:, None]
    held = x["SOIL4C_vr"] > 1.0e-3
    torch.testing.assert_close(rate[:, c.SOIL4][held], base[held], rtol=1.0e-9, atol=0.0)
    told = torch.tensor([t[2] for t in c.TRANSFERS], dtype=torch.float64)
    torch.testing.assert_close(share[held[:, 0], :, 0], told.expand(int(held[:, 0].sum()), -1))


def test_cold_or_dry_soil_is_slower(observed: dict[str, Tensor]) -> None:
    law = ModelledRates()

    def environment(**change: Tensor) -> Tensor:
        found = law(given(observed) | change)
        return found["T_SCALAR"] * found["W_SCALAR"]

    as_is = environment()
    assert bool((environment(TSOI=observed["TSOI"] - 5.0) < as_is).all())
    assert bool((environment(H2OSOI=0.5 * observed["H2OSOI"]) <= as_is).all())


def test_the_flag_is_in_the_schema_and_schemas_from_before_have_rates() -> None:
    assert set(SCHEMA.input_names) - set(BARE.asked_names) == set(RATE_INPUTS)
    assert SCHEMA.asked_names == SCHEMA.input_names == BARE.input_names
    text = json.loads(SCHEMA.model_dump_json())
    del text["host_rates"], text["depth_efolding"]
    assert Schema.model_validate(text).host_rates
    assert Schema.model_validate_json(BARE.model_dump_json()) == BARE


@pytest.mark.parametrize("weights", [False, True])
def test_an_artifact_asks_for_no_rates_and_agrees_with_the_law(
    weights: bool, checkpoint: Path, observed: dict[str, Tensor], tmp_path: Path
) -> None:
    words = [str(checkpoint)] if weights else ["--steady-state", "--horizon", "2000"]
    bare, full = tmp_path / "bare.pt", tmp_path / "full.pt"
    for path, more in ((bare, ["--no-host-rates", "--depth-efolding", "0.5"]), (full, [])):
        done = CliRunner().invoke(app, ["export", *words, *more, "-o", str(path)])
        assert done.exit_code == 0, done.output
    artifact, with_rates = load(bare), load(full)
    assert artifact.schema["host_rates"] is False
    assert artifact.schema["depth_efolding"] == 0.5
    assert with_rates.schema["host_rates"] is True
    assert not set(artifact.input_names) & set(RATE_INPUTS)
    assert artifact.checksum_holds()
    inputs = {name: value.numpy() for name, value in observed.items()}
    few = {name: inputs[name] for name in artifact.input_names}
    found = artifact.predict(few)
    law = {name: v.numpy() for name, v in ModelledRates(0.5)(given(observed)).items()}
    expected = with_rates.predict({**inputs, **law})
    for name in artifact.output_names:
        np.testing.assert_allclose(found[name], expected[name], rtol=1.0e-12, err_msg=name)


def test_a_set_without_rates_trains_as_one_with_them(
    short_config, training_file: Path, observed: dict[str, Tensor]
) -> None:
    config = short_config.model_copy(update={"host_rates": False, "depth_efolding": 0.5})
    schema, data, _ = read_data(config)
    assert not schema.host_rates
    law = ModelledRates(0.5)(given(observed))
    assert all(torch.equal(data.inputs[name], law[name]) for name in RATE_INPUTS)
    assert check(config)["training columns"] == check(short_config)["training columns"]


def test_a_surrogate_trained_without_rates_never_asks_for_them(
    short_config, observed: dict[str, Tensor], tmp_path: Path
) -> None:
    """Trained, exported and asked; what is exported is what was trained on the law's rates."""
    few = {"optimiser": short_config.optimiser.model_copy(update={"epochs": 2})}
    bare = {"host_rates": False, "depth_efolding": 0.5, "output": tmp_path / "surrogate"}
    path, _ = train(short_config.model_copy(update={**few, **bare}))
    artifact = export_checkpoint(path, tmp_path / "bare.pt")
    assert artifact.schema["host_rates"] is False
    assert artifact.schema["depth_efolding"] == 0.5
    assert not set(artifact.input_names) & set(RATE_INPUTS)
    model = read_checkpoint(path)[0]
    with torch.no_grad():
        expected = model.staged({**given(observed), **ModelledRates(0.5)(given(observed))})
    found = artifact.predict({name: observed[name].numpy() for name in artifact.input_names})
    for name in artifact.output_names:
        np.testing.assert_allclose(found[name], expected[name].numpy(), rtol=1.0e-10, err_msg=name)


def test_a_depth_without_its_flag_is_a_mistake(checkpoint: Path, tmp_path: Path) -> None:
    words = ["export", str(checkpoint), "--depth-efolding", "0.5", "-o", str(tmp_path / "x.pt")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert "--no-host-rates" in str(done.output) + str(done.exception)
    with pytest.raises(ArtifactError, match="metres above 0, found -1"):
        export_checkpoint(checkpoint, tmp_path / "x.pt", False, -1.0)
    with pytest.raises(ArtifactError, match="metres above 0, found 0"):
        export_steady_state(tmp_path / "x.pt", 2000.0, False, 0.0)
