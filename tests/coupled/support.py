"""Run minielm cases and compare what they leave behind."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
import torch

from phase_elm.programs import find_program, mpi_environment, mpirun
from phase_elm.schema import load_schema
from phase_elm.world.namelist import ElmNamelist, PhaseNamelist, write_namelist

OBSERVE_YEARS = 20
END = 32  # years of the long runs: the jump is at the beginning of year 21
CASE = "case"
WALL_CLOCK = (7, 8)  # places of the times in a record of the plugin's state variable `jumps`


def surrogate(artifact: Path, **entries: object) -> dict[str, object]:
    """Entries of ``&phase_inparm`` that switch the plugin on."""
    return {
        "use_phase_spinup": True,
        "phase_model_file": str(artifact),
        "phase_device": "cpu",
        **entries,
    }


@dataclass(frozen=True)
class Run:
    """A finished run: its folder, exit status and what it wrote to the terminal."""

    folder: Path
    status: int
    log: str
    errors: str

    @property
    def text(self) -> str:
        return self.log + self.errors

    def restart(self, year: int) -> Path:
        return self.folder / f"{CASE}.elm.r.{year:04d}-01-01-00000.nc"

    def plugin_state(self, year: int) -> Path:
        return self.folder / f"{CASE}.phase.r.{year:04d}-01-01-00000.nc"

    @property
    def report(self) -> dict:
        return json.loads((self.folder / "phase_report.json").read_text())


def start(command: list[str | Path], folder: Path, ranks: int = 1) -> Run:
    """Run a command on some ranks in a folder; it must come to an end by itself."""
    folder.mkdir(parents=True, exist_ok=True)
    prefix = mpirun(ranks) if ranks > 1 else []
    done = subprocess.run(
        [*prefix, *map(str, command)],
        cwd=folder,
        env=mpi_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    return Run(folder, done.returncode, done.stdout, done.stderr)


def run_case(
    world: Path,
    folder: Path,
    years: int,
    *,
    program: str | Path = "minielm",
    arguments: tuple[str, ...] = (),
    ranks: int = 1,
    phase: dict[str, object] | None = None,
    **elm: object,
) -> Run:
    """Write ``lnd_in`` and run minielm; ``phase`` are entries of ``&phase_inparm``."""
    namelist = ElmNamelist.for_world(
        world, caseid=CASE, hist_nhtfrq="none", nyears_supl=OBSERVE_YEARS, stop_n=years
    )
    for name, value in elm.items():
        setattr(namelist, name, value)
    write_namelist(folder / "lnd_in", namelist, None if phase is None else PhaseNamelist(**phase))
    path = program if isinstance(program, Path) else find_program(program)
    return start([path, "lnd_in", *arguments], folder, ranks)


def python(script: str, *arguments: str | Path, folder: Path, ranks: int = 1) -> Run:
    """Run one of the scripts of this folder, where every rank makes a ``MiniElm``."""
    path = Path(__file__).parent / "scripts" / script
    return start([sys.executable, path, *arguments], folder, ranks)


def variables(path: Path) -> dict[str, np.ndarray]:
    """All variables of a file, fill values and all."""
    with netCDF4.Dataset(path) as data:
        data.set_auto_mask(False)
        return {name: np.asarray(variable[...]) for name, variable in data.variables.items()}


def assert_same_bits(found: Path, expected: Path) -> None:
    """Every variable of two files is the same to the last bit.

    The plugin's state also holds, with each jump, two wall-clock times (for the report of a run
    in several segments); those are left out.
    """
    left, right = variables(found), variables(expected)
    assert left.keys() == right.keys()
    for record in (left, right):
        if "jumps" in record:
            record["jumps"] = np.delete(record["jumps"], WALL_CLOCK, axis=-1)
    different = [
        name for name in left if left[name].tobytes() != right[name].tobytes()
    ]  # bytes, not values: a NaN equals itself, and -0.0 differs from 0.0
    assert not different, f"{found} and {expected} differ in {', '.join(different)}"


class _Growth(torch.nn.Module):
    """Multiplies every pool by a factor of its own and trusts every column, the north as told."""

    def __init__(self, positions: list[int], factors: list[float], lat: int, north: float) -> None:
        super().__init__()
        self.positions = positions
        self.factors = factors
        self.lat = lat
        self.north = north

    def forward(self, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
        outputs: list[torch.Tensor] = []
        for position, factor in zip(self.positions, self.factors):  # noqa: B905 (TorchScript)
            outputs.append(inputs[position] * factor)
        trust = torch.ones_like(outputs[0][:, 0:1])
        outputs.append(torch.where(inputs[self.lat] > 0.0, self.north * trust, trust))
        return outputs


def write_growth_artifact(
    path: Path,
    *,
    factor: float | None = None,
    predicts: str = "",
    north: float = 1.0,
    **changes: object,
) -> Path:
    """Write an artifact for the full schema whose prediction is known: present pools, grown.

    C, N and P of a pool grow alike, so that stoichiometry stays as it was; ``factor`` is one for
    all pools, ``predicts`` a pattern of the pools that are predicted at all, and ``north`` the
    trust in columns of the northern hemisphere. ``changes`` replace entries of the artifact's
    schema.
    """
    schema = load_schema()
    pools = [v for v in schema.outputs if v.role != "trust" and re.search(predicts, v.name)]
    order = {name: index for index, name in enumerate(schema.input_names)}
    factors = [factor or (2.0 if "dead" in variable.name else 1.25) for variable in pools]
    module = torch.jit.script(_Growth([order[v.name] for v in pools], factors, order["lat"], north))
    document = schema.artifact(
        name="growth",
        checksum="",
        created="2026-01-01",
        trust_threshold=0.0,
        provenance={"purpose": "coupled tests"},
    )
    kept = {variable.name for variable in pools} | {"trust"}
    document["outputs"] = [entry for entry in document["outputs"] if entry["name"] in kept]
    document.update(changes)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.jit.save(module, str(path), _extra_files={"phase_schema.json": json.dumps(document)})
    return path
