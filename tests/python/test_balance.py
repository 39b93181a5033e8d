"""The graph without weights, and which way a column takes through a trained one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.export import Artifact, ArtifactError, export_steady_state, read_checkpoint
from phase_elm.model import constants as c
from phase_elm.model.balance import STEADY_STATE_OUTPUTS, Balance
from phase_elm.model.polish import SUPPLY

HORIZON = 5.0e4


@pytest.fixture(scope="module")
def steady(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return export_steady_state(tmp_path_factory.mktemp("steady") / "steady.pt", HORIZON)


def own_window(observed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The same columns as if nothing had been supplied and nothing had changed."""
    x = {**observed, SUPPLY: np.zeros_like(observed[SUPPLY])}
    for name in observed:
        if name.endswith("_start"):
            x[name] = observed[name.removesuffix("_start")]
    return x


def test_it_reads_only_what_the_balance_needs(steady: Artifact) -> None:
    assert sorted(steady.output_names) == sorted(STEADY_STATE_OUTPUTS)
    assert "jump_method" in steady.input_names
    assert not {"PRECTmms", "slatop", "GPP", "occlp_vr"} & set(steady.input_names)
    assert steady.schema["methods"] == ["hybrid", "steady_state"]
    assert steady.schema["protocols"] == ["cold", "short_accelerated", "accelerated"]
    assert steady.schema["horizon_years"] == HORIZON
    assert steady.checksum_holds()


def test_it_is_the_eager_balance(steady: Artifact, cases) -> None:
    mixed = {n: v.copy() for n, v in cases.observed.items()}
    own = own_window(cases.observed)
    for name in (SUPPLY, *[n for n in own if n.endswith("_start")]):
        mixed[name][::2] = own[name][::2]
    eager = Balance(HORIZON)({n: torch.tensor(v) for n, v in mixed.items()}, STEADY_STATE_OUTPUTS)
    for name, value in steady.predict(mixed).items():
        np.testing.assert_allclose(value, eager[name].numpy(), rtol=1e-10, atol=0.0)


def test_a_supplied_window_comes_to_rest_under_its_own_growth(steady: Artifact, cases) -> None:
    """Wood grows to what the window's growth sustains; soil follows; ratios stay."""
    x = cases.observed
    out = steady.predict(x)
    trees = x["deadstemc"] > 100.0
    assert np.all(out["deadstemc"][trees] > x["deadstemc"][trees])
    np.testing.assert_allclose(
        out["deadstemn"][trees] * x["deadstemc"][trees],
        out["deadstemc"][trees] * x["deadstemn"][trees],
        rtol=1e-12,
    )
    for pool, ratio in zip(c.POOLS[4:], c.SOIL_CN, strict=True):
        np.testing.assert_allclose(out[pool + "n_vr"] * ratio, out[pool + "c_vr"], rtol=1e-12)
    assert np.all(out["soil4c_vr"] >= 0.0)
    assert np.all(out["trust"] == 1.0)


def test_the_method_decides_the_way(checkpoint: Path, cases) -> None:
    model, schema, _, _ = read_checkpoint(checkpoint)
    own = own_window(cases.observed)

    def run(x: dict[str, np.ndarray], method: float) -> dict[str, torch.Tensor]:
        asked = {**x, "jump_method": np.full((cases.ncol, 1), method)}
        named = {name: torch.tensor(asked[name]) for name in schema.input_names}
        with torch.no_grad():
            return model.staged(named)

    def same(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
        return all(torch.equal(a[name], b[name]) for name in a)

    for x, learned in ((cases.observed, True), (own, False)):
        graph, network, balance = (run(x, method) for method in (0.0, 1.0, 2.0))
        assert not same(network, balance)
        assert same(graph, network if learned else balance)


def test_command_writes_it(tmp_path: Path) -> None:
    target = tmp_path / "s.pt"
    done = CliRunner().invoke(app, ["export", "--steady-state", "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert target.is_file()
    done = CliRunner().invoke(app, ["export", "x.ckpt", "--steady-state", "-o", str(target)])
    assert done.exit_code == 1
    assert "either a checkpoint" in done.output


def test_a_horizon_of_no_years_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match="above 0"):
        export_steady_state(tmp_path / "s.pt", 0.0)
