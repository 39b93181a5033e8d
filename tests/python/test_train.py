"""Configuration, data set, losses and the training loop."""

from __future__ import annotations

import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import torch

from phase_elm.constraints import Columns
from phase_elm.constraints.drift import drift_by_part
from phase_elm.export import read_checkpoint
from phase_elm.model.surrogate import FirstStage, SurrogateConfig
from phase_elm.schema import Schema, load_schema
from phase_elm.train.config import ConfigError, TrainConfig, load_config
from phase_elm.train.dataset import (
    TRAINING,
    TrainingSetError,
    read_training_set,
    read_training_sets,
    take,
)
from phase_elm.train.evaluate import physical_errors
from phase_elm.train.run import check, read_data, train
from phase_elm.train.statistics import fit_statistics, implied_litter

SCHEMA = load_schema()
CONFIGS = sorted((Path(__file__).parents[2] / "python/phase_elm/train/configs").glob("*.yaml"))


@pytest.fixture(scope="module")
def data(training_file):
    return read_training_set(training_file, SCHEMA)


def test_packaged_configurations_are_valid() -> None:
    assert [path.stem for path in CONFIGS] == ["demo", "first", "packaged", "second"]
    for path in CONFIGS:
        assert load_config(path).data[0].parent == path.resolve().parent


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("epoch: 3", "epoch"),
        ("model: {width: 24, depth: 2}", "depth"),
        ("optimiser: {learning_rate: -1}", "learning_rate"),
        ("model: {width: 9, heads: 2}", "multiple"),
        ("model: {width: 8, heads: 2, later_width: 9}", "later_width 9"),
    ],
)
def test_a_mistyped_key_is_an_error(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"data: a.nc\noutput: out\n{line}\n")
    with pytest.raises(ConfigError, match=says):
        load_config(path)


def test_training_set_comes_back_as_written(data, cases) -> None:
    np.testing.assert_array_equal(data.inputs["leafc"].numpy(), cases.observed["leafc"])
    np.testing.assert_array_equal(data.truth["soil4c_vr"].numpy(), cases.equilibrium["soil4c_vr"])
    assert data.inputs["lat"].shape == (cases.ncol, 1)


def test_several_sets_are_put_together(training_file: Path, cases) -> None:
    both = read_training_sets([training_file, training_file], SCHEMA)
    assert len(both) == 2 * cases.ncol
    assert both.inputs["leafcn"].shape == (17,)
    fold = both.folds(both.rows(TRAINING), 3, 10.0, seed=0)
    half = len(fold) // 2
    np.testing.assert_array_equal(fold[:half], fold[half:])


def test_protocols_of_the_sets_go_into_the_schema(
    training_file: Path, tmp_path: Path, short_config: TrainConfig
) -> None:
    paths = []
    for protocol in ("cold", "accelerated"):
        paths.append(tmp_path / f"{protocol}.nc")
        shutil.copy(training_file, paths[-1])
        with netCDF4.Dataset(paths[-1], "a") as file:
            file.protocol = protocol
    config = short_config.model_copy(update={"data": tuple(paths)})
    schema, data, _ = read_data(config)
    assert data.protocols == ["accelerated", "cold"]
    assert schema.protocols == ("accelerated", "cold")
    assert schema.protocol == "cold"
    assert check(config)["protocols"] == "accelerated, cold"


def test_neighbours_share_a_fold(data) -> None:
    rows = data.rows(TRAINING)
    fold = data.folds(rows, 3, 30.0, seed=1)
    assert set(fold) == {0, 1, 2}
    block = np.floor(data.lat[rows] / 30.0) * 1000 + np.floor(data.lon[rows] % 360 / 30.0)
    for b in np.unique(block):
        assert len(set(fold[block == b])) == 1


def test_a_hole_in_the_training_set_is_named(training_file: Path, tmp_path: Path) -> None:
    path = tmp_path / "broken.nc"
    shutil.copy(training_file, path)
    with netCDF4.Dataset(path, "a") as file:
        file["observed"]["GPP"][3] = np.nan
    with pytest.raises(TrainingSetError, match="GPP has 1 missing"):
        read_training_set(path, SCHEMA)


def test_missing_and_unknown_variables_are_named_at_once(training_file: Path) -> None:
    """A set of another version: what is not there, and what nobody knows any more."""
    listed = SCHEMA.model_dump()
    for entry in listed["variables"]:
        if entry["name"] in ("GPP", "leafc"):
            entry["name"] += "_new"
    says = "observed: 2 variables are missing: GPP_new, leafc_new; not of the schema: GPP, leafc"
    with pytest.raises(TrainingSetError, match=says):
        read_training_set(training_file, Schema.model_validate(listed))


def test_litter_fall_is_found_from_soil3_at_rest(data, cases) -> None:
    """Litter fall implied by the end state against the generator's own."""
    model = FirstStage(SCHEMA, SurrogateConfig(width=8, members=1))
    ratio, known = implied_litter(model, data.inputs, data.truth)
    thickness = model.column_pools.mixing.thickness.numpy()
    end = (cases.end_input[:, :3] * thickness).sum((1, 2))
    observed = sum(
        (cases.observed[f"LITR{i}C_INPUT_vr"] * thickness).sum(1) * 3.1536e7 for i in (1, 2, 3)
    )
    assert known.double().mean() > 0.8
    np.testing.assert_allclose(ratio[known], (end / observed)[known], rtol=0.1)


def test_implied_drift_of_fast_pools_is_their_whole_error(data) -> None:
    columns = Columns.of(data.inputs)
    less = dict(data.truth)
    less["frootc"] = data.truth["frootc"] - 20.0 * (columns.patch > 0.0)
    parts = drift_by_part(less, data.truth, columns)
    torch.testing.assert_close(parts["plant"], columns.patch.sum(1), rtol=1e-9, atol=1e-9)
    assert float(parts["soil"].abs().max()) == 0.0


def test_statistics_alone_beat_doing_nothing(data) -> None:
    """Heads at zero: the physical baseline with the mean correction."""
    rows = data.rows(TRAINING)
    model = FirstStage(SCHEMA, SurrogateConfig(width=8, members=1)).eval()
    fit_statistics(model, take(data.inputs, rows, SCHEMA), take(data.truth, rows, SCHEMA))
    with torch.no_grad():
        for parameter in model.members.parameters():
            parameter.zero_()
    errors = physical_errors(model, SCHEMA, data)["held_out"]
    mine, nothing = errors["surrogate"], errors["do_nothing"]
    assert mine["drift_median_gC_m2_yr"] < 0.6 * nothing["drift_median_gC_m2_yr"]


def test_training_learns_and_reports_held_out_errors(checkpoint: Path) -> None:
    model, _, _, facts = read_checkpoint(checkpoint)
    errors = facts["errors"]["held_out"]
    assert len(model.first.members) == 2
    mine, nothing = errors["surrogate"], errors["do_nothing"]
    assert mine["drift_median_gC_m2_yr"] < 0.6 * nothing["drift_median_gC_m2_yr"]


def test_held_out_columns_leave_no_trace_in_the_statistics(
    short_config: TrainConfig, training_file: Path, tmp_path: Path
) -> None:
    """Nonsense in the held-out columns changes nothing that is trained."""
    path = tmp_path / "nonsense.nc"
    shutil.copy(training_file, path)
    with netCDF4.Dataset(path, "a") as file:
        held = np.flatnonzero(file["split"][:] == 1)
        for name in ("GPP", "TBOT", "soil4c_vr"):
            values = file["observed"][name][:]
            values[held] *= 7.0
            file["observed"][name][:] = values
    quick = short_config.optimiser.model_copy(update={"epochs": 2})
    one = short_config.model.model_copy(update={"members": 1})
    states = []
    for number, source in enumerate((training_file, path)):
        config = short_config.model_copy(
            update={
                "data": (source,),
                "output": tmp_path / str(number),
                "optimiser": quick,
                "model": one,
            }
        )
        states.append(read_checkpoint(train(config)[0])[0].state_dict())
    for name, value in states[0].items():
        assert torch.equal(value, states[1][name]), name
