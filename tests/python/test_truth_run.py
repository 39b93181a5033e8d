"""Making a training set, with a stand-in for the model."""

from __future__ import annotations

import netCDF4
import numpy as np
import pytest
import xarray as xr
from truth_cases import NCELL, GrowingModel, OneRank

from phase_elm.fuse.soil_orders import order_variables
from phase_elm.report.stocks import carbon_stocks
from phase_elm.schema import load_schema
from phase_elm.truth import NoReference, TruthConfig, compact_truth, read_compact, run_truth
from phase_elm.truth.files import claim_folder
from phase_elm.truth.gather import observed_names
from phase_elm.truth.observer import write_observer
from phase_elm.truth.run import state_names
from phase_elm.world import WorldConfig, build_world, write_world
from phase_elm.world.digest import cell_digests
from phase_elm.world.parameters import ORDER_PARAMETERS, as_array


@pytest.fixture
def setting(tmp_path):
    world = build_world(WorldConfig(grid="12x15", seed=1, max_cells=NCELL))
    write_world(world, tmp_path / "world")
    GrowingModel.world, GrowingModel.starts, GrowingModel.stop_at = world, [], None
    config = TruthConfig(
        world=tmp_path / "world", out=tmp_path / "truth.nc", years=60, checkpoint_years=20
    )
    return world, config


def test_the_training_set_follows_the_schema(setting):
    world, config = setting
    path = run_truth(config, OneRank(), GrowingModel)
    schema = load_schema()
    with xr.open_dataset(path) as head:
        np.testing.assert_array_equal(head["gid"], world.gid)
        np.testing.assert_array_equal(head["split"], world.split)
        assert head.attrs["years"] == 60
        assert head.attrs["world_seed"] == 1
        assert head.sizes["year"] == 60
    with xr.open_dataset(path, group="observed") as observed:
        by_order = {v.name for v in order_variables()}
        assert set(observed.data_vars) == set(observed_names(schema)) | by_order
        capacity = as_array(ORDER_PARAMETERS["smax"])[world.soil.order]
        np.testing.assert_array_equal(observed["smax"], capacity)
        assert observed["smax"].attrs["units"] == "gP/m3"
        assert "jump_method" not in observed  # told by the plugin, not seen in the model
        for name in observed_names(schema):
            assert observed[name].dims == tuple(schema.by_name[name].dim_names())
            assert observed[name].size == np.prod(schema.shape_of(name, NCELL))
        assert float(observed["leafc"][0, 1]) == 20.0
        assert observed["leafc"].attrs["units"] == "gC/m2"
    with xr.open_dataset(path, group="equilibrium") as state:
        assert set(state.data_vars) == set(state_names(schema))
        assert "trust" not in state
        assert float(state["leafc"][0, 1]) == 60.0


def test_the_last_drift_is_of_the_last_cycle(setting):
    _, config = setting
    path = run_truth(config, OneRank(), GrowingModel)
    with xr.open_dataset(path) as head, xr.open_dataset(path, group="equilibrium") as state:
        with xr.open_dataset(path, group="observed") as observed:
            now = carbon_stocks(state.assign(wtcol=observed["wtcol"]))
        # Every pool went from 40 to 60 in the last cycle.
        np.testing.assert_allclose(head["drift_TOTSOMC"], now["TOTSOMC"] / 60.0)


def test_an_interrupted_run_goes_on(setting):
    _, config = setting
    GrowingModel.stop_at = 45
    with pytest.raises(KeyboardInterrupt):
        run_truth(config, OneRank(), GrowingModel)
    assert not config.out.exists()
    GrowingModel.stop_at = None
    path = run_truth(config, OneRank(), GrowingModel)
    assert GrowingModel.starts == [0, 40]
    with xr.open_dataset(path) as head:
        np.testing.assert_array_equal(head["year"], np.arange(1, 61))


def test_a_folder_of_other_settings_is_refused(setting, tmp_path):
    _, config = setting
    run_truth(config, OneRank(), GrowingModel)
    for other in (
        {"world": other_world(tmp_path / "seed", seed=2)},
        {"supply_years": 40},
        {"jumps": 1, "years": 60},
    ):
        changed = config.model_copy(update={"work": config.folder, **other})
        with pytest.raises(ValueError, match=f"other settings.*{next(iter(other))}"):
            run_truth(changed, OneRank(), GrowingModel)
    claim_folder(tmp_path / "own", {"world": "a", "years": 100})
    claim_folder(tmp_path / "own", {"world": "a", "years": 200}, free=("years",))


def test_values_that_are_not_finite_stop_the_run(setting, monkeypatch):
    _, config = setting
    good = GrowingModel.packed

    def bad(self, name):
        values = np.array(good(self, name))
        if name == "soil4c_vr":
            values[2, 3] = np.nan
        return values

    monkeypatch.setattr(GrowingModel, "packed", bad)
    with pytest.raises(ValueError, match="soil4c_vr is not finite in local column 3"):
        run_truth(config, OneRank(), GrowingModel)


def without_digest(path, out):
    """A copy of a training set that does not hold the digest of its inputs."""
    for group in (None, "observed", "equilibrium"):
        with xr.open_dataset(path, group=group) as part:
            kept = part.drop_vars("world_digest", errors="ignore").load()
        kept.to_netcdf(out, mode="a" if group else "w", group=group)
    return out


def other_world(folder, **entries):
    config = WorldConfig(**{"grid": "12x15", "seed": 1, "max_cells": NCELL} | entries)
    write_world(build_world(config), folder)
    return folder


@pytest.fixture
def reference(setting):
    return run_truth(setting[1], OneRank(), GrowingModel)


def test_the_compact_file_serves_its_own_world_only(setting, reference, tmp_path):
    world, config = setting
    small = compact_truth(reference, tmp_path / "demo_truth.nc")
    found = read_compact(small, config.world)
    np.testing.assert_array_equal(found["gid"], world.gid)
    assert float(found["TOTSOMC"][0]) > 0.0
    assert found.attrs["supply_years"] == 20
    with pytest.raises(NoReference, match="of another world: expected world_seed 2, found 1"):
        read_compact(small, other_world(tmp_path / "seed", seed=2))
    with pytest.raises(NoReference, match="lacks"):
        read_compact(small, other_world(tmp_path / "more", max_cells=3 * NCELL))
    with pytest.raises(NoReference, match="no such file"):
        read_compact(tmp_path / "none.nc", config.world)


@pytest.mark.parametrize(
    ("file", "name", "changed"),
    [("surfdata.nc", "APATITE_P", 1), ("forcing.nc", "TBOT", 1), ("clm_params.nc", "leafcn", 4)],
)
def test_changed_inputs_are_noticed(setting, reference, tmp_path, file, name, changed):
    _, config = setting
    small = compact_truth(reference, tmp_path / "demo_truth.nc")
    with netCDF4.Dataset(config.world / file, "a") as data:
        data[name][..., 1] = data[name][..., 1] * 1.01
    with pytest.raises(NoReference, match=f"of another world: {changed} of {NCELL} columns"):
        read_compact(small, config.world)
    with pytest.raises(ValueError, match="other inputs than those in"):
        compact_truth(reference, tmp_path / "again.nc", world=config.world)


def test_digests_do_not_depend_on_the_other_cells_or_the_last_bits(setting, tmp_path):
    _, config = setting
    digests = cell_digests(config.world)
    assert len(set(digests)) == NCELL
    folder = tmp_path / "part"
    folder.mkdir()
    for path in config.world.glob("*.nc"):
        with xr.open_dataset(path, decode_times=False) as file:
            part = file.isel(gridcell=[2, 0]) if "gridcell" in file.dims else file
            if path.name == "surfdata.nc":
                part["NDEP"] = part["NDEP"] * (1.0 + 4.0e-16)
            part.to_netcdf(folder / path.name)
    np.testing.assert_array_equal(cell_digests(folder), digests[[2, 0]])


def test_a_training_set_without_digest_needs_its_world(setting, reference, tmp_path):
    _, config = setting
    old = without_digest(reference, tmp_path / "old.nc")
    with pytest.raises(ValueError, match="--world"):
        compact_truth(old, tmp_path / "small.nc")
    # The stand-in model's soils are not those of the world, which is noticed.
    with pytest.raises(ValueError, match="other inputs"):
        compact_truth(old, tmp_path / "small.nc", world=config.world)
    with xr.open_dataset(config.world / "surfdata.nc") as surface:
        apatite = surface["APATITE_P"].values
    with netCDF4.Dataset(old, "a") as data:
        data["observed/APATITE_P"][:] = apatite
    small = compact_truth(old, tmp_path / "small.nc", world=config.world)
    assert read_compact(small, config.world).sizes["column"] == NCELL


def test_a_native_run_is_kept_beside_the_reference(setting, reference, tmp_path):
    _, config = setting
    longer = config.model_copy(update={"years": 100, "out": tmp_path / "native.nc"})
    native = run_truth(longer, OneRank(), GrowingModel)
    found = read_compact(compact_truth(reference, tmp_path / "s.nc", native), config.world)
    assert found.attrs["years"] == 60
    assert found.attrs["native_years"] == 100
    for name in ("TOTECOSYSC", "TOTSOMC", "TOTVEGC", "TOTLITC", "CWDC"):
        np.testing.assert_allclose(found[f"native_{name}"], found[name] / 0.6, rtol=1e-6)
        np.testing.assert_allclose(found[f"native_drift_{name}"], found[f"drift_{name}"], rtol=1e-6)
    without = read_compact(compact_truth(reference, tmp_path / "t.nc"), config.world)
    assert not [name for name in without.variables if name.startswith("native")]


def test_a_run_with_more_supply_is_not_native(setting, reference, tmp_path):
    _, config = setting
    supplied = config.model_copy(update={"supply_years": 40, "out": tmp_path / "native.nc"})
    native = run_truth(supplied, OneRank(), GrowingModel)
    with pytest.raises(ValueError, match="supplied for 40 years"):
        compact_truth(reference, tmp_path / "small.nc", native)


def test_a_native_run_of_another_world_is_refused(setting, reference, tmp_path):
    _, config = setting
    with netCDF4.Dataset(config.world / "surfdata.nc", "a") as data:
        data["NDEP"][:] = 2.0
    native = run_truth(
        config.model_copy(update={"out": tmp_path / "native.nc"}), OneRank(), GrowingModel
    )
    with pytest.raises(ValueError, match="other inputs than the reference run"):
        compact_truth(reference, tmp_path / "small.nc", native)


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ({"years": 50}, "multiple of the forcing cycle"),
        ({"years": 20}, "years"),
        ({"supply_years": 10}, "supply_years"),
        ({"supply_years": 60}, "supply_years"),
        ({"checkpoint_years": 30}, "multiple of the forcing cycle"),
    ],
)
def test_bad_settings_are_named(setting, entries, word):
    _, config = setting
    with pytest.raises(ValueError, match=word):
        TruthConfig(**{**config.model_dump(), **entries})


def test_an_incomplete_world_is_refused(tmp_path):
    with pytest.raises(ValueError, match="phase world"):
        TruthConfig(world=tmp_path, out=tmp_path / "out.nc")


def test_the_observer_predicts_the_present_state(tmp_path):
    import torch

    schema = load_schema()
    path = write_observer(schema, tmp_path / "observer.pt")
    model = torch.jit.load(str(path))
    inputs = [
        torch.rand(schema.shape_of(name, 2), dtype=torch.float64) for name in schema.input_names
    ]
    outputs = model(inputs)
    names = state_names(schema)
    assert len(outputs) == len(names) + 1
    order = {name: index for index, name in enumerate(schema.input_names)}
    for name, values in zip(names, outputs, strict=False):
        assert torch.equal(values, inputs[order[name]])
    assert torch.equal(outputs[-1], torch.ones((2, 1), dtype=torch.float64))
