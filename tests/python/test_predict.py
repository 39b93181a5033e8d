"""The jump on files: by index, all columns, nothing else touched, and the plugin's refusals."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import torch
from elm_files import SOIL, ElmFiles
from typer.testing import CliRunner

from phase_elm.cli import app
from phase_elm.export import ArtifactError, load
from phase_elm.export.archive import write_archive
from phase_elm.fuse import FuseConfig, fuse
from phase_elm.predict import PredictConfig, PredictError, predict
from phase_elm.predict.plant_rules import MEMORIES, leaf_area
from phase_elm.schema import Schema

DISTRUSTED = 1  # row of the column that the artifact does not know
FACTOR = 5.0


class _Times(torch.nn.Module):
    """Every pool times a factor; the trust of one column is small."""

    def __init__(self, positions: list[int], factor: float, distrusted: int) -> None:
        super().__init__()
        self.positions = positions
        self.factor = factor
        self.distrusted = distrusted

    def forward(self, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
        outputs: list[torch.Tensor] = []
        for position in self.positions:
            outputs.append(inputs[position] * self.factor)
        trust = torch.ones_like(outputs[0][:, 0:1])
        if self.distrusted >= 0:
            trust[self.distrusted] = 0.01
        outputs.append(trust)
        return outputs


def write_artifact(
    path: Path, schema: Schema, factor: float = FACTOR, distrusted: int = DISTRUSTED,
    change: Callable[[dict], None] = lambda document: None, **changes: object,
) -> Path:  # fmt: skip
    """An artifact; ``changes`` are entries of its schema, ``change`` is applied to it."""
    order = {name: index for index, name in enumerate(schema.input_names)}
    state = [v.name for v in schema.outputs if v.role != "trust"]
    module = torch.jit.script(_Times([order[name] for name in state], factor, distrusted))
    document = schema.artifact(
        name="times", checksum="", created="2026-01-01", trust_threshold=0.2, provenance={}
    )
    document |= changes
    change(document)
    write_archive(module, path, document)
    return path


class Case:
    """Files of a run, fused, with an artifact."""

    def __init__(self, folder: Path, **entries: object) -> None:
        self.folder = folder
        self.files = ElmFiles(folder, **entries).write()
        wood = {"dead_wood_factor": 10.0} if self.files.spinup_state else {}
        self.observed = fuse(FuseConfig(**self.files.arguments(**wood)))
        protocol = "accelerated" if self.files.spinup_state else "cold"
        self.artifact = write_artifact(folder / "times.pt", self.files.schema, protocols=[protocol])
        self.wood = wood

    def config(self, **changes: object) -> PredictConfig:
        entries: dict[str, object] = {
            "restart": self.files.restart,
            "observed": self.observed,
            "artifact": self.artifact,
            "out": self.folder / "jumped.nc",
            "parameters": self.files.parameters,
            "soil_orders": self.files.soil_orders,
            **self.wood,
        }
        return PredictConfig(**{**entries, **changes})


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    return Case(tmp_path_factory.mktemp("predict"))


def contents(path: Path) -> dict[str, tuple[bytes, dict[str, object]]]:
    with netCDF4.Dataset(path) as data:
        data.set_auto_maskandscale(False)
        return {
            name: (
                np.asarray(v[...]).tobytes(),
                {key: str(v.getncattr(key)) for key in v.ncattrs()},
            )
            for name, v in data.variables.items()
        }


def values(path: Path, name: str) -> np.ndarray:
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        return np.asarray(data[name][...])


def test_pools_are_written_in_physical_units_to_every_trusted_column(case: Case) -> None:
    done = predict(case.config())
    before, after = (values(p, "litr2c_vr") for p in (case.files.restart, done.out))
    rows = np.delete(SOIL, DISTRUSTED)
    np.testing.assert_allclose(after[rows, :10], FACTOR * before[rows, :10], rtol=1e-12)
    assert (after[rows, 10:] == 0.0).all()
    # the distrusted soil column and the lake keep every bit
    kept = [SOIL[DISTRUSTED], 0]
    assert after[kept].tobytes() == before[kept].tobytes()
    assert done.gate.applied.tolist() == [True, False, True]
    assert "trust 0.01 is below 0.2" in done.gate.reason[DISTRUSTED]


def test_patches_are_written_by_plant_type_and_inactive_ones_stay(case: Case) -> None:
    done = predict(case.config())
    before, after = (values(p, "deadstemc") for p in (case.files.restart, done.out))
    slots = case.files.patch_slots()
    written = slots[[0, 2]][slots[[0, 2]] >= 0]
    np.testing.assert_allclose(after[written], FACTOR * before[written], rtol=1e-12)
    others = np.setdiff1d(np.arange(len(before)), written)
    assert after[others].tobytes() == before[others].tobytes()


def test_what_is_not_predicted_stays_to_the_bit_with_its_attributes(case: Case) -> None:
    done = predict(case.config())
    before, after = contents(case.files.restart), contents(done.out)
    assert before.keys() == after.keys()
    predicted = {v.name for v in case.files.schema.outputs}
    derived = {"sminn_vr", *MEMORIES}
    for name in before.keys() - predicted - derived:
        assert before[name] == after[name], name
    assert all(before[name][1] == after[name][1] for name in before)
    with netCDF4.Dataset(case.files.restart) as old, netCDF4.Dataset(done.out) as new:
        assert old.data_model == new.data_model
        for name in old.ncattrs():
            if name != "history":
                assert old.getncattr(name) == new.getncattr(name)
        assert new.history.startswith(old.history + "\n")
        assert done.checksum in new.history
        assert [len(d) for d in old.dimensions.values()] == [
            len(d) for d in new.dimensions.values()
        ]


def test_derived_states_follow_the_rules_of_the_adapter(case: Case) -> None:
    done = predict(case.config())
    row, column = 0, SOIL[0]
    carbon, nitrogen = values(done.out, "soil4c_vr"), values(done.out, "soil4n_vr")
    np.testing.assert_array_equal(nitrogen[column], carbon[column] / 10.0)
    total = values(done.out, "smin_no3_vr")[column] + values(done.out, "smin_nh4_vr")[column]
    np.testing.assert_array_equal(values(done.out, "sminn_vr")[column], total)
    labile = values(done.out, "labilep_vr")[column, :10]
    order = int(case.files.values["SOIL_ORDER"][0])
    smax, half = case.files.sorption(order)
    assert (labile <= 0.99 * smax).all()
    np.testing.assert_allclose(
        values(done.out, "solutionp_vr")[column, :10], half * labile / (smax - labile)
    )
    slots = case.files.patch_slots()[row]
    kind = int(np.flatnonzero((slots >= 0) & (np.arange(17) > 0))[0])
    parameters = {n: case.files.values[n][:17] for n in ("slatop", "dsladlai")}
    leaf = values(done.out, "leafc")[slots[kind]]
    expected = leaf_area(np.full((1, 17), leaf), parameters)[0, kind]
    assert values(done.out, "tlai")[slots[kind]] == pytest.approx(expected, rel=1e-12)


def test_accelerated_pools_are_written_in_the_models_own_space(tmp_path: Path) -> None:
    case = Case(tmp_path, spinup_state=1)
    done = predict(case.config(soil_orders=case.files.soil_orders))
    for name in ("soil4c_vr", "cwdp_vr"):
        before, after = (values(p, name)[SOIL[0], :10] for p in (case.files.restart, done.out))
        np.testing.assert_allclose(after, FACTOR * before, rtol=1e-12)
    assert (values(done.out, "scalaravg_col")[SOIL] == 1.0).all()
    assert (values(done.out, "scalaravg_col")[0] == 0.25).all()


def test_factors_of_another_run_are_refused(tmp_path: Path) -> None:
    case = Case(tmp_path, spinup_state=1)
    with pytest.raises(PredictError, match=r"dead-wood-factor\) 10.0, the prediction has 1.0"):
        predict(case.config(dead_wood_factor=1.0))
    with netCDF4.Dataset(case.files.parameters, "a") as data:
        data["k_s4"][:] = 2.0e-4
    with pytest.raises(PredictError, match=r"acceleration of soil4 \(--parameters\) 27.3"):
        predict(case.config())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"protocols": ["accelerated"]}, "protocol: the artifact was trained for accelerated"),
        ({"decomp_cascade": "CENTURY"}, "decomp_cascade: the artifact was trained for 'CENTURY'"),
        ({"pool_space": "accelerated"}, "pool_space"),
        ({"nu_com": "ECA"}, "nu_com"),
        ({"observe_years": 20}, "observe_years"),
        ({"methods": ["steady_state"]}, "method 'hybrid'"),
    ],
)
def test_an_artifact_that_does_not_fit_is_refused(
    case: Case, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    entries = {"protocols": ["cold"], **changes}
    artifact = write_artifact(tmp_path / "x.pt", case.files.schema, **entries)
    with pytest.raises(PredictError, match="does not fit the run, 1 problem") as found:
        predict(case.config(artifact=artifact, out=tmp_path / "out.nc"))
    assert message in str(found.value)
    assert not (tmp_path / "out.nc").exists()


def _tensor(side: str, which: str, /, **entries: object) -> Callable[[dict], None]:
    """Change one tensor of a schema."""

    def change(document: dict) -> None:
        next(e for e in document[side] if e["name"] == which).update(entries)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_tensor("inputs", "GPP", units="kgC/m2/s"), "input GPP: units of the artifact kgC/m2/s"),
        (_tensor("inputs", "GPP", name="GPP2"), "input GPP2: the set does not hold it"),
        (_tensor("inputs", "GPP", dtype="float32"), "input GPP: type float32, expected float64"),
        (_tensor("inputs", "GPP", dims=["column", "level"]), "input GPP: the artifact has it on"),
        (_tensor("inputs", "GPP", sample="median"), "input GPP: unknown sample 'median'"),
        (_tensor("inputs", "GPP", mean_years=30), "input GPP: mean over 30 years, observed are 2"),
        (_tensor("inputs", "TBOT", sample="mean"), "sample 'mean' does not go with column, month"),
        (_tensor("inputs", "TSOI", shape=[-1, 15]), "input TSOI: 10 values, the artifact expects"),
        (_tensor("inputs", "jump_method", name="pace"), "input pace: no such control is known"),
        (_tensor("inputs", "jump_method", dtype="int64"), "expected one float64 value per column"),
        (_tensor("outputs", "leafc", units="kgC/m2"), "output leafc: units of the artifact kgC/m2"),
        (_tensor("outputs", "leafc", name="leaves"), "output leaves: the restart has no such"),
        (_tensor("outputs", "leafc", dims=["column", "level"]), "output leafc: the artifact has"),
        (
            _tensor("outputs", "trust", shape=[-1, 2]),
            "output trust: trust has one value per column",
        ),
        (_tensor("outputs", "trust", role="diagnostic"), "has 0 outputs of role trust"),
        (_tensor("outputs", "leafc", role="trust", shape=[-1, 1]), "has 2 outputs of role trust"),
    ],
)
def test_a_tensor_that_does_not_fit_is_refused(
    case: Case, tmp_path: Path, change: Callable[[dict], None], message: str
) -> None:
    """Row by row what ``phase_startup_check`` of the plugin refuses of a tensor."""
    artifact = write_artifact(
        tmp_path / "x.pt", case.files.schema, change=change, protocols=["cold"]
    )
    with pytest.raises(PredictError, match="does not fit the run, 1 problem") as found:
        predict(case.config(artifact=artifact, out=tmp_path / "out.nc"))
    assert message in str(found.value)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("use_c13 = .true.", "use_c13"),
        ("do_harvest = .true.", "do_harvest"),
        ("flanduse_timeseries = 'x.nc'", "land use changes"),
        ("use_betr = .true.", "BeTR"),
        ("suplphos = 'ALL'", "suplphos: the artifact was trained for 'NONE', the run is 'ALL'"),
    ],
)
def test_settings_that_the_plugin_refuses_are_refused(
    case: Case, tmp_path: Path, lines: str, message: str
) -> None:
    path = tmp_path / "lnd_in"
    path.write_text(f"&elm_inparm\n budget_ltann = 0\n {lines}\n/\n")
    with pytest.raises(PredictError, match="does not fit the run, 1 problem") as found:
        predict(case.config(namelist=path, out=tmp_path / "out.nc"))
    assert message in str(found.value)
    path.write_text("&elm_inparm\n budget_ltann = 0\n/\n")
    assert predict(case.config(namelist=path, out=tmp_path / "out.nc")).gate.applied.any()


def test_an_artifact_that_was_changed_is_refused(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    with zipfile.ZipFile(case.artifact) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, content.replace(b'"nu_com": "RD"', b'"nu_com": "rd"'))
    with pytest.raises(PredictError, match="checksum: tensors, code or schema"):
        predict(case.config(artifact=path))


def test_all_problems_come_in_one_message(case: Case, tmp_path: Path) -> None:
    other = ElmFiles(tmp_path, years=3, year=4).schema
    artifact = write_artifact(tmp_path / "x.pt", other, nu_com="ECA", protocols=["cold"])
    with pytest.raises(PredictError) as found:
        predict(case.config(artifact=artifact))
    text = str(found.value)
    assert "nu_com" in text
    assert "input TBOT: 24 values, the artifact expects 36" in text


def test_columns_with_impossible_pools_keep_their_state(case: Case, tmp_path: Path) -> None:
    artifact = write_artifact(
        tmp_path / "x.pt", case.files.schema, factor=-1.0, distrusted=-1, protocols=["cold"]
    )
    done = predict(case.config(artifact=artifact, out=tmp_path / "out.nc"))
    assert not done.gate.applied.any()
    assert "is -" in done.gate.reason[0]
    before, after = contents(case.files.restart), contents(done.out)
    assert before == after


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (-1.0e-3, "soil2c_vr element 4 is negative"),
        (np.nan, "soil2c_vr element 4 is not finite"),
        # the model's round-off is no reason; what this artifact makes of it is
        (-1.0e-9, "predicted soil2c_vr element 4 is -5e-09"),
    ],
)
def test_a_column_with_inputs_that_no_artifact_can_use_keeps_its_state(
    case: Case, tmp_path: Path, value: float, reason: str
) -> None:
    """One column's bad value costs that column its jump and nobody else theirs."""
    observed = tmp_path / "set.nc"
    shutil.copy(case.observed, observed)
    with netCDF4.Dataset(observed, "a") as data:
        data["observed"]["soil2c_vr"][0, 3] = value
    artifact = write_artifact(
        tmp_path / "x.pt", case.files.schema, distrusted=-1, protocols=["cold"]
    )
    done = predict(case.config(observed=observed, artifact=artifact, out=tmp_path / "out.nc"))
    assert done.gate.applied.tolist() == [False, True, True]
    assert reason in done.gate.reason[0]


def test_bounds_of_the_artifact_count(case: Case, tmp_path: Path) -> None:
    artifact = write_artifact(
        tmp_path / "x.pt", case.files.schema, distrusted=-1, protocols=["cold"],
        change=_tensor("outputs", "soil1c_vr", upper=1.0),
    )  # fmt: skip
    done = predict(case.config(artifact=artifact, out=tmp_path / "out.nc"))
    assert "predicted soil1c_vr" in done.gate.reason[0]
    assert "expected 0 to 1" in done.gate.reason[0]


def test_a_threshold_above_one_is_refused(case: Case) -> None:
    with pytest.raises(ValueError, match="less than or equal to 1"):
        case.config(trust_threshold=1.5)


def test_a_set_of_another_restart_is_refused(case: Case, tmp_path: Path) -> None:
    other = tmp_path / "other.elm.r.0003-01-01-00000.nc"
    other.write_bytes(case.files.restart.read_bytes())
    with pytest.raises(PredictError, match="run `phase fuse` with this restart"):
        predict(case.config(restart=other))


def test_mineral_p_needs_the_soil_orders(case: Case) -> None:
    with pytest.raises(PredictError, match="--soil-orders"):
        predict(case.config(soil_orders=None))


def test_a_pickle_is_no_artifact(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "x.pt"
    torch.save({"weights": torch.ones(3)}, path)
    with pytest.raises(ArtifactError, match="not a TorchScript archive"):
        load(path)


def test_the_command_writes_restart_and_report(case: Case, tmp_path: Path) -> None:
    config = case.config(out=tmp_path / "out.nc")
    arguments = ["predict", "--report", str(tmp_path / "r.json")]
    for name in ("restart", "observed", "artifact", "parameters", "out", "soil_orders"):
        arguments += [f"--{name.replace('_', '-')}", str(getattr(config, name))]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["columns_written"] == 2
    assert report["kept"][0]["column"] == DISTRUSTED + 1
    bad = CliRunner().invoke(app, [*arguments, "--method", "surrogat"])
    assert bad.exit_code == 1
