"""Observing further windows, with a stand-in for the model."""

from __future__ import annotations

import netCDF4
import numpy as np
import pytest
import torch
import xarray as xr
from truth_cases import NCELL, GrowingModel, OneRank

from phase_elm.fuse.soil_orders import order_variables
from phase_elm.schema import load_schema
from phase_elm.truth import ObserveConfig, TruthConfig, run_observe, run_truth
from phase_elm.truth.gather import observed_names, state_names
from phase_elm.truth.states import perturbed, write_given_states
from phase_elm.world import WorldConfig, build_world, write_world

SCHEMA = load_schema()


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reference")
    world = build_world(WorldConfig(grid="12x15", seed=1, max_cells=NCELL))
    write_world(world, folder / "world")
    GrowingModel.world, GrowingModel.starts, GrowingModel.stop_at = world, [], None
    config = TruthConfig(
        world=folder / "world", out=folder / "truth.nc", years=60, checkpoint_years=20
    )
    return config.world, run_truth(config, OneRank(), GrowingModel)


def config(reference, out, **entries):
    world, equilibrium = reference
    return ObserveConfig(world=world, equilibrium=equilibrium, out=out, **entries)


def test_the_first_window_of_another_protocol(reference, tmp_path):
    settings = config(reference, tmp_path / "o.nc", protocol="accelerated")
    path = run_observe(settings, OneRank(), GrowingModel)
    text = (settings.folder / "lnd_in").read_text()
    assert "spinup_state = 1" in text
    assert "nyears_supl = 20" in text
    assert "phase_dry_run = .true." in text
    with xr.open_dataset(path) as head, xr.open_dataset(reference[1]) as old:
        assert head.attrs["protocol"] == "accelerated"
        assert head.attrs["windows"] == "first"
        assert head.attrs["years"] == 60
        np.testing.assert_array_equal(head["gid"], old["gid"])
        np.testing.assert_array_equal(head["drift_TOTSOMC"], old["drift_TOTSOMC"])
        assert set(head["window"].values) == {1}
    with xr.open_dataset(path, group="observed") as observed:
        assert float(observed["leafc"][0, 1]) == 20.0
    with xr.open_dataset(path, group="equilibrium") as state:
        assert float(state["leafc"][0, 1]) == 60.0


def test_later_windows_are_stacked(reference, tmp_path):
    settings = config(reference, tmp_path / "o.nc", perturb=0.1, samples=2, seed=5)
    GrowingModel.jumps = []
    path = run_observe(settings, OneRank(), GrowingModel)
    assert GrowingModel.jumps == [20, 20]
    text = (settings.folder / "lnd_in").read_text()
    assert "phase_dry_run = .false." in text
    assert "states1.pt" in text
    with xr.open_dataset(path) as head, xr.open_dataset(path, group="observed") as observed:
        assert head.sizes["column"] == 2 * NCELL
        np.testing.assert_array_equal(head["sample"], np.repeat([1, 2], NCELL))
        assert set(head["window"].values) == {2}
        assert observed.sizes["column"] == 2 * NCELL
        by_order = {v.name for v in order_variables()}
        assert set(observed.data_vars) == set(observed_names(SCHEMA)) | by_order
        assert float(observed["leafc"][0, 1]) == 40.0
        assert observed["leafcn"].dims == ("pft",)
        # Every pool grows by one unit a year, so the drift is that of the truth run's last cycle.
        np.testing.assert_allclose(head["window_drift_TOTSOMC"], head["drift_TOTSOMC"])


def test_given_states_are_found_by_place(tmp_path):
    rng = np.random.default_rng(1)
    states = xr.Dataset(
        {
            name: (SCHEMA.by_name[name].dim_names(), rng.random(SCHEMA.shape_of(name, NCELL)))
            for name in state_names(SCHEMA)
        }
    )
    lat, lon = np.array([10.0, -5.0, 40.0, 70.0]), np.array([20.0, 359.0, -100.0, 0.0])
    path = write_given_states(SCHEMA, states, lat, lon, tmp_path / "s.pt", "cold")
    model = torch.jit.load(str(path))
    inputs = [
        torch.zeros(SCHEMA.shape_of(name, 3), dtype=torch.float64) for name in SCHEMA.input_names
    ]
    inputs[SCHEMA.input_names.index("lat")] = torch.tensor([[40.0], [-5.0], [1.0]]).double()
    inputs[SCHEMA.input_names.index("lon")] = torch.tensor([[260.0], [-1.0], [1.0]]).double()
    outputs = dict(zip(SCHEMA.output_names, model(inputs), strict=True))
    np.testing.assert_array_equal(outputs["trust"][:, 0], [1.0, 1.0, 0.0])
    for name in ("leafc", "soil4c_vr", "primp_vr"):
        np.testing.assert_array_equal(outputs[name][0], states[name][2])
        np.testing.assert_array_equal(outputs[name][1], states[name][1])


def test_random_errors_hang_together():
    ncol = 400
    states = xr.Dataset(
        {
            name: (SCHEMA.by_name[name].dim_names(), np.ones(SCHEMA.shape_of(name, ncol)))
            for name in state_names(SCHEMA)
        }
    )
    states["frootc"][:, 3] = 0.0
    found = perturbed(states, 0.1, seed=2)
    assert found.equals(perturbed(states, 0.1, seed=2))
    assert not found.equals(perturbed(states, 0.1, seed=3))
    for name in ("leafc", "soil4c_vr", "cwdc_vr"):
        assert np.log(found[name].values).std() == pytest.approx(0.1, rel=0.1)
    np.testing.assert_array_equal(found["deadstemn"], found["deadstemc"])
    np.testing.assert_array_equal(found["soil3n_vr"], found["soil3c_vr"])
    assert (found["litr2n_vr"] != found["litr2c_vr"]).all()
    assert float(found["frootc"][:, 3].sum()) == 0.0
    np.testing.assert_array_equal(found["primp_vr"], states["primp_vr"])


@pytest.mark.parametrize(
    ("entries", "word"),
    [
        ({"samples": 2}, "would be the same"),
        ({"windows": 2, "perturb": 0.1}, "need from_artifact"),
        ({"from_artifact": "no.pt"}, "no such file"),
        ({"protocol": "warm"}, "protocol"),
        ({"perturb": -0.1}, "perturb"),
    ],
)
def test_bad_settings_are_named(reference, tmp_path, entries, word):
    with pytest.raises(ValueError, match=word):
        config(reference, tmp_path / "o.nc", **entries)


def test_artifact_and_given_pools_exclude_each_other(reference, tmp_path):
    with pytest.raises(ValueError, match="not from both"):
        config(reference, tmp_path / "o.nc", from_artifact=reference[1], perturb=0.1)


def test_end_states_of_another_world_are_refused(reference, tmp_path):
    world, equilibrium = reference
    other = tmp_path / "other"
    write_world(build_world(WorldConfig(grid="12x15", seed=1, max_cells=3 * NCELL)), other)
    with pytest.raises(ValueError, match="lacks"):
        run_observe(config((other, equilibrium), tmp_path / "o.nc"), OneRank(), GrowingModel)
    changed = tmp_path / "changed"
    changed.mkdir()
    for path in world.glob("*.nc"):
        (changed / path.name).write_bytes(path.read_bytes())
    with netCDF4.Dataset(changed / "surfdata.nc", "a") as data:
        data["NDEP"][:] = 2.0
    with pytest.raises(ValueError, match="other inputs than those in"):
        run_observe(config((changed, equilibrium), tmp_path / "o.nc"), OneRank(), GrowingModel)
