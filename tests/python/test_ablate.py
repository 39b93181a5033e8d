"""The ablation: variants, the graph without its constraints, and the table."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import netCDF4
import pytest
import torch
import yaml
from typer.testing import CliRunner

from phase_elm.ablate import AblateConfig, AblateError, ablate
from phase_elm.ablate.variants import ALL, OTHER_SEED, variants
from phase_elm.cli import app
from phase_elm.constraints import Columns, terms_of
from phase_elm.export import ArtifactError, export_checkpoint
from phase_elm.model.ablated import AblatedStage
from phase_elm.model.first import FirstStage
from phase_elm.model.surrogate import SurrogateConfig
from phase_elm.schema import load_schema
from phase_elm.train.config import TrainConfig
from phase_elm.train.statistics import fit_statistics

SCHEMA = load_schema()
TERM = {"stoichiometry": "organ_stoichiometry", "zeros": "zeros", "sign": "sign"}


@pytest.fixture(scope="module")
def x(cases) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(value) for name, value in cases.observed.items()}


@pytest.fixture(scope="module")
def truth(cases) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(value) for name, value in cases.equilibrium.items()}


def wild(x, truth, kind: type, without: tuple[str, ...]) -> dict[str, torch.Tensor]:
    """What a stage far from trained predicts."""
    torch.manual_seed(2)
    stage = kind(SCHEMA, SurrogateConfig(width=8, members=1, without=without))
    fit_statistics(stage, x, truth)
    with torch.no_grad():
        for parameter in stage.members.parameters():
            parameter.add_(0.7 * torch.randn_like(parameter))
        return stage.eval().predict(x)


def test_nothing_taken_out_is_the_first_stage(x, truth) -> None:
    one, other = (wild(x, truth, kind, ()) for kind in (FirstStage, AblatedStage))
    for name, value in one.items():
        assert torch.equal(value, other[name]), name


@pytest.mark.parametrize("name", sorted(TERM))
def test_what_is_taken_out_of_the_graph_no_longer_holds(name: str, x, truth) -> None:
    terms, columns = terms_of(0.1), Columns.of(x)
    out = wild(x, truth, AblatedStage, (name,))
    for other, term in TERM.items():
        value = float(terms[term](out, truth, columns))
        assert (value > 1.0e-6) == (other == name), (other, value)


def test_without_balance_soils_stay_where_they_are_but_for_corrections(x, truth) -> None:
    stage = AblatedStage(SCHEMA, SurrogateConfig(width=8, members=1, without=("balance",)))
    with torch.no_grad():
        stage.depth_correction.std.zero_()
        stage.depth_correction.mean.zero_()
        out = stage.eval().predict(x)
    torch.testing.assert_close(out["soil4c_vr"], x["soil4c_vr"])


def test_every_switch_has_its_variant(short_config: TrainConfig) -> None:
    names = [v.name for v in variants(short_config)]
    assert names[:2] == [ALL, OTHER_SEED]
    assert len(names) == 2 + 4 + 6
    more = variants(short_config, add=True)
    assert "with loss term bands" in [v.name for v in more]
    bands = next(v for v in more if v.name.endswith("bands"))
    assert bands.level == "globe"
    assert bands.config.loss.bands > 0.0
    assert bands.config.seed == short_config.seed


def test_the_command_writes_the_table_and_goes_on_where_it_stopped(
    short_config: TrainConfig, tmp_path: Path
) -> None:
    config = short_config.model_copy(update={"output": tmp_path / "out"})
    file = tmp_path / "config.yaml"
    file.write_text(yaml.safe_dump(config.model_dump(mode="json")))
    chosen = ["without balance in the graph", "without loss term drift"]
    words = ["ablate", str(file), "--epochs", "2", "--members", "1"]
    for name in chosen:
        words += ["--only", name]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    folder = tmp_path / "out/ablation"
    document = json.loads((folder / "ablation.json").read_text())
    assert list(document["variants"]) == [ALL, *chosen]
    assert (document["epochs"], document["members"]) == (2, 1)
    full = document["variants"][ALL]
    assert full["negative_pools"] == full["zeros_filled"] == 0
    assert full["stoichiometry_departs"] < 1.0e-12
    assert full["totals"]["TOTSOMC"]["nrmse"] > 0.0
    lost = document["variants"][chosen[0]]
    assert lost["soil_balance_residual_median"] > full["soil_balance_residual_median"]
    assert "| without loss term drift | column |" in (folder / "ablation.md").read_text()

    # A variant that is there is read; one of other settings is trained again.
    result = folder / "all_on/result.json"
    result.write_text(json.dumps(full | {"median_r2": 0.5}))
    settings = folder / "without_loss_term_drift/variant.json"
    settings.write_text("{}")
    again = ablate(AblateConfig(train=config, epochs=2, members=1, only=tuple(chosen)))
    assert again["variants"][ALL]["median_r2"] == 0.5
    drift = "without loss term drift"
    assert again["variants"][drift]["totals"] == document["variants"][drift]["totals"]

    # Sets of held-out columns alone may be judged.
    held = tmp_path / "held.nc"
    shutil.copy(config.data[0], held)
    with netCDF4.Dataset(held, "a") as data:
        data["split"][:] = 1
    other = ablate(AblateConfig(train=config, test=(held,), epochs=2, members=1, only=(ALL,)))
    assert other["test_columns"] == 40

    with pytest.raises(ArtifactError, match="trained without balance"):
        export_checkpoint(folder / "without_balance_in_the_graph/surrogate.ckpt", tmp_path / "a.pt")
    with pytest.raises(AblateError, match="no variant luck; expected of: all on"):
        ablate(AblateConfig(train=config, only=("luck",)))
