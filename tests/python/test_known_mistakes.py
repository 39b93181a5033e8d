"""Mistakes that surrogates of spin-up and tools that rewrite restarts make, row by row.

Each row names the tests that keep it out; those without a file are in this one.

* squared errors alone, no budget, no ratio: stoichiometry_and_signs_hold_far_from_training
* outputs clipped at zero, production and deficits too: only_amounts_are_kept_positive
* pools written or judged in normalised units: test_predict, errors_are_in_physical_units
* scalers fitted on training and test columns together: test_train (no trace of held-out columns)
* scalers fitted anew at inference, never saved: a_column_is_predicted_alone_as_among_others,
  what_a_prediction_depends_on_is_in_the_artifact
* the test split alone written, the first column of a gridcell alone:
  every_column_of_a_gridcell_and_every_split_is_written
* a random split, neighbours on both sides: no_block_of_the_split_lies_on_both_sides
* the k-th prediction written to the k-th patch: test_predict, test_fuse (by plant type)
* the nearest point at any distance, or the row number: test_fuse (files of another place)
* errors passed over, weights loaded loosely: nothing_is_passed_over
* loss weights that no term reads: test_constraints (every weight has its term)
* an export that does not work: test_export
* pickles read, paths of one machine: nothing_unpickles_objects, no_path_of_a_machine
* documentation that names what is not there: test_documentation
* netCDF attributes and compression lost: test_predict, a_compressed_restart_stays_compressed
"""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import torch
from surrogate_cases import Cases
from test_predict import Case

from phase_elm.evaluate.cases import read_columns
from phase_elm.evaluate.metrics import of_totals, stoichiometry
from phase_elm.export import Artifact, export_checkpoint
from phase_elm.predict import predict
from phase_elm.schema import load_schema
from phase_elm.world.split import region_id, split_of

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "python" / "phase_elm").rglob("*.py"))
SCHEMA = load_schema()


@pytest.fixture(scope="module")
def artifact(checkpoint: Path) -> Artifact:
    return export_checkpoint(checkpoint, checkpoint.parent / "mistakes.pt")


def test_stoichiometry_and_signs_hold_far_from_training(
    artifact: Artifact, training_file: Path, cases: Cases
) -> None:
    """Inputs that no column of training resembles: ratios, zeros and signs hold all the same."""
    strange = dict(cases.observed)
    strange["TBOT"] = strange["TBOT"] + 30.0
    strange["NPP"] = 20.0 * strange["NPP"]
    strange["soil4c_vr"] = 50.0 * strange["soil4c_vr"]
    strange["soil4n_vr"] = strange["soil4c_vr"] / 10.0
    found = artifact.predict(strange)
    _, test = read_columns([training_file], SCHEMA)
    rows = np.flatnonzero(cases.split == 1)
    per_column = {v.name for v in SCHEMA.inputs if v.dims != "pft"}
    inputs = {n: v[rows] if n in per_column else v for n, v in strange.items()}
    test = type(test)(inputs, test.truth, test.lat, test.lon, test.region, test.area)
    held = stoichiometry({n: found[n][rows] for n in test.truth}, test)
    assert held["largest_departure"] < 1.0e-12
    assert held["zeros_filled"] == held["negative_pools"] == 0


def test_only_amounts_are_kept_positive(artifact: Artifact, cases: Cases) -> None:
    """A respiration deficit stays a deficit, production may be a loss, amounts are amounts."""
    signed = {v.name for v in SCHEMA.outputs if v.lower is None and v.role != "trust"}
    assert {"xsmrpool", "annsum_npp"} <= signed
    owing = dict(cases.observed)
    owing["xsmrpool"] = -5.0 * (owing["leafc"] > 1.0)
    found = artifact.predict(owing)
    there = owing["xsmrpool"] < 0.0
    assert there.any()
    assert (found["xsmrpool"][there] < 0.0).all()
    for variable in SCHEMA.outputs:
        if variable.lower == 0.0:
            assert (found[variable.name] >= 0.0).all(), variable.name


def test_errors_are_in_physical_units(training_file: Path) -> None:
    """Vegetation that is 100 gC/m2 too large on every plant has a bias of 100 gC/m2."""
    _, test = read_columns([training_file], SCHEMA)
    more = test.truth | {"leafc": test.truth["leafc"] + 100.0}
    found = of_totals(more, test)["TOTVEGC"]
    assert found["units"] == "gC/m2"
    assert found["bias"] == pytest.approx(100.0 * test.inputs["wtcol"].sum(1).mean(), rel=1e-9)


def test_a_column_is_predicted_alone_as_among_others(artifact: Artifact, cases: Cases) -> None:
    """Statistics travel inside the artifact: what is predicted with a column changes nothing."""
    among = artifact.predict(cases.observed)
    per_column = {v.name for v in SCHEMA.inputs if v.dims != "pft"}
    one = {n: v[:1] if n in per_column else v for n, v in cases.observed.items()}
    for name, value in artifact.predict(one).items():
        np.testing.assert_allclose(value, among[name][:1], rtol=1e-10, atol=1e-12, err_msg=name)


def test_no_block_of_the_split_lies_on_both_sides() -> None:
    lon, lat = (v.ravel() for v in np.meshgrid(np.arange(0.0, 360.0, 2.5), np.arange(-88, 90, 2.0)))
    region = region_id(lon, lat)
    split = split_of(region)
    assert {0, 1} <= set(split.tolist())
    for block in np.unique(region):
        assert len(set(split[region == block].tolist())) == 1


def test_a_compressed_restart_stays_compressed(tmp_path: Path) -> None:
    """The copy has the filters and chunks of the restart."""
    case = Case(tmp_path)
    plain = case.files.restart
    packed = tmp_path / "packed.nc"
    with netCDF4.Dataset(plain) as old, netCDF4.Dataset(packed, "w", format="NETCDF4") as new:
        old.set_auto_mask(False)
        new.setncatts({name: old.getncattr(name) for name in old.ncattrs()})
        for name, dim in old.dimensions.items():
            new.createDimension(name, dim.size)
        for name, variable in old.variables.items():
            deflated = bool(variable.dimensions)
            made = new.createVariable(
                name, variable.dtype, variable.dimensions, zlib=deflated, complevel=4
            )
            made[...] = variable[...]
    shutil.move(packed, plain)
    done = predict(case.config())
    with netCDF4.Dataset(plain) as old, netCDF4.Dataset(done.out) as new:
        assert old.data_model == new.data_model == "NETCDF4"
        for name, variable in old.variables.items():
            assert new[name].filters() == variable.filters(), name
            assert new[name].chunking() == variable.chunking(), name
        assert new["leafc"].filters()["complevel"] == 4


def test_every_column_of_a_gridcell_and_every_split_is_written(tmp_path: Path) -> None:
    """Training or held out, first or second column of its cell: all that is trusted is written."""
    case = Case(tmp_path)
    done = predict(case.config())
    with netCDF4.Dataset(case.observed) as data:
        assert len(data["split"][:]) == len(done.gate.applied) == 3
        assert data.gridcells_share_columns == 1
    assert done.gate.applied.sum() == 2  # the third is distrusted


def _trees() -> list[tuple[Path, ast.Module]]:
    return [(path, ast.parse(path.read_text())) for path in SOURCES]


def _callee(node: ast.Call) -> str:
    return ast.unparse(node.func)


def test_nothing_is_passed_over() -> None:
    """No handler for everything, none that does nothing, and no weights loaded loosely.

    One call loads with ``strict=False`` and raises on every tensor that is not a constant.
    """
    found = []
    loose = []
    for path, tree in _trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                kind = "" if node.type is None else ast.unparse(node.type)
                again = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
                if (kind in ("", "Exception", "BaseException") and not again) or all(
                    isinstance(inner, ast.Pass) for inner in node.body
                ):
                    found.append(f"{path}:{node.lineno}")
            loads = isinstance(node, ast.Call) and _callee(node).endswith("load_state_dict")
            if loads and any(word.arg == "strict" for word in node.keywords):
                loose.append(path.name)
    assert not found
    assert loose == ["writer.py"]


def test_nothing_unpickles_objects() -> None:
    found = []
    for path, tree in _trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call):
                continue
            name = _callee(node)
            unpickles = re.fullmatch(r"(pickle|cPickle|dill|joblib)\.loads?|pd\.read_pickle", name)
            safe = any(
                word.arg == "weights_only" and ast.unparse(word.value) == "True"
                for word in node.keywords
            )
            allowed = any(word.arg == "allow_pickle" for word in node.keywords)
            if unpickles or allowed or (name == "torch.load" and not safe):
                found.append(f"{path}:{node.lineno}: {name}")
    assert not found


def test_no_path_of_a_machine_is_in_the_sources() -> None:
    """Absolute folders that only one computer has."""
    pattern = re.compile(
        r"""["'](/(?:global|mnt|home|Users|lustre|scratch|gpfs|work|data)\b[^"']*)"""
    )
    found = [f"{path}: {match}" for path in SOURCES for match in pattern.findall(path.read_text())]
    assert not found


def test_what_a_prediction_depends_on_is_in_the_artifact(artifact: Artifact) -> None:
    """Every mean and spread that was fitted is a buffer of the graph, in 64 bits."""
    state = artifact.module.state_dict()
    for scale in ("patch", "cycle", "climate", "surface", "column", "depth"):
        for statistic in ("mean", "std"):
            value = state[f"first.{scale}_scale.{statistic}"]
            assert value.dtype == torch.float64
            assert float(value.std()) > 0.0
