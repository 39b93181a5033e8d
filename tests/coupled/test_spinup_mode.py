"""Accelerated decomposition in minielm, and the ways out of it: as ELM does."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from support import CASE, Run, assert_same_bits, python, run_case, variables

from phase_elm.model import constants as c
from phase_elm.world.namelist import ElmNamelist, write_namelist

pytestmark = [pytest.mark.compiled, pytest.mark.mpi]

MORTALITY = 10.0
END = 45
POOLS = ("litr1", "litr2", "litr3", "cwd", "soil1", "soil2", "soil3", "soil4")
# Rates a day of the pools that ELM accelerates; all turn over in a year then, woody debris in two.
RATES = {"soil3": -np.log(1 - 0.0014), "soil4": -np.log(1 - 0.0001), "cwd": -np.log(1 - 0.001)}
FACTORS = {pool: (0.5 if pool == "cwd" else 1.0) / (365.0 * k) for pool, k in RATES.items()}
LAYERS = slice(0, c.NLEVEL)


def accelerated(world: Path, folder: Path, years: int, **elm: object) -> Run:
    entries = {"spinup_state": 1, "spinup_mortality_factor": MORTALITY, "program": "minielm-plain"}
    return run_case(world, folder, years, **{**entries, **elm})


@pytest.fixture(scope="module")
def run(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """45 accelerated years, N and P supplied in the first 20; every balance check passes."""
    done = accelerated(world, tmp_path_factory.mktemp("accelerated"), END, rest_n=15)
    assert done.status == 0, done.text
    return done


def leave(world: Path, folder: Path, restart: Path, **elm: object) -> ElmNamelist:
    entries = {
        "start_type": "startup",
        "finidat": str(restart),
        "spinup_mortality_factor": MORTALITY,
        "hist_nhtfrq": "none",
        "caseid": CASE,
        **elm,
    }
    namelist = ElmNamelist.for_world(world, **entries)
    write_namelist(folder / "lnd_in", namelist)
    return namelist


def test_the_mean_scalar_is_that_of_the_years_20_to_39(run: Run) -> None:
    early, middle, late = (variables(run.restart(year)) for year in (16, 31, 46))
    for state in (early, middle, late):
        mean = state["scalaravg_col"][:, LAYERS]
        assert np.array_equal(mean, np.repeat(mean[:, :1], c.NLEVEL, axis=1))
    assert (early["scalaravg_col"] == 0.0).all()
    share = middle["scalaravg_col"][:, 0] / late["scalaravg_col"][:, 0]
    np.testing.assert_allclose(share, 11.0 / 20.0, atol=0.1)
    assert ((late["scalaravg_col"][:, 0] > 1e-3) & (late["scalaravg_col"][:, 0] < 2.0)).all()
    assert int(late["spinup_state"]) == 1


@pytest.mark.parametrize(("done", "ranks"), [(30, 1), (15, 2)])
def test_exact_restart(done: int, ranks: int, world: Path, run: Run, tmp_path: Path) -> None:
    again = accelerated(
        world, tmp_path, END - done, ranks=ranks, finidat=str(run.restart(done + 1))
    )
    assert again.status == 0, again.text
    assert_same_bits(again.restart(END + 1), run.restart(END + 1))


def test_leaving_it_converts_the_pools(world: Path, run: Run, tmp_path: Path) -> None:
    leave(world, tmp_path, run.restart(46))
    organic = [f"{pool}{element}_vr" for pool in POOLS for element in "cnp"]
    wood = [f"dead{part}{element}" for part in ("stem", "croot") for element in "cnp"]
    mineral = ["solutionp_vr", "labilep_vr", "secondp_vr", "occlp_vr", "primp_vr", "smin_no3_vr"]
    plants = ["leafc", "leafp", "leafp_storage", "ppool", "npool"]
    done = python(
        "state.py", "lnd_in", "state.npz", *organic, *wood, *mineral, *plants, folder=tmp_path
    )
    assert done.status == 0, done.text
    before, after = variables(run.restart(46)), np.load(tmp_path / "state.npz")
    assert tuple(after["date"]) == (1, 1, 1, 0)

    mean = before["scalaravg_col"][:, LAYERS]
    added = np.zeros(3)
    thickness = np.array(c.layer_thickness())[LAYERS]
    weight = _land(world)
    for pool in POOLS:
        factor = FACTORS[pool] / mean if pool in FACTORS else 1.0
        for i, element in enumerate("cnp"):
            name = f"{pool}{element}_vr"
            new = before[name][:, LAYERS] * factor
            np.testing.assert_allclose(after[name][:, LAYERS], new, rtol=1e-9, err_msg=name)
            gain = (after[name] - before[name])[:, LAYERS] @ thickness
            added[i] += (gain * weight).sum() / weight.sum()
    for name in wood:
        np.testing.assert_allclose(after[name], MORTALITY * before[name], rtol=1e-14, err_msg=name)
    for name in ("leafc", "npool", "smin_no3_vr"):
        assert np.array_equal(after[name], before[name]), name

    # Mineral P is that of the cold start again, and every plant has a store of P.
    leave(world, tmp_path / "cold", Path(" "), finidat=" ", spinup_mortality_factor=1.0)
    cold = python("state.py", "lnd_in", "state.npz", *mineral, folder=tmp_path / "cold")
    assert cold.status == 0, cold.text
    fresh = np.load(tmp_path / "cold" / "state.npz")
    for name in mineral[:-1]:
        assert np.array_equal(after[name], fresh[name]), name
        assert not np.array_equal(after[name], before[name]), name
    short = before["ppool"] < before["leafp"]
    np.testing.assert_array_equal(after["ppool"][short], before["leafp"][short])

    # What was added is printed.
    printed = dict(re.findall(r"^ +(.+?)  +\S+ +(\S+)$", done.log, flags=re.MULTILINE))
    for i, element in enumerate("CNP"):
        assert float(printed[f"soil, debris {element}"]) == pytest.approx(added[i], rel=1e-5)


def _land(world: Path) -> np.ndarray:
    surface = variables(world / "surfdata.nc")
    return surface["AREA"].ravel() * surface["LANDFRAC_PFT"].ravel()


def test_the_run_goes_on_in_normal_mode_on_two_ranks(world: Path, run: Run, tmp_path: Path) -> None:
    ends = []
    for ranks in (1, 2):
        folder = tmp_path / str(ranks)
        done = run_case(
            world,
            folder,
            5,
            program="minielm-plain",
            ranks=ranks,
            finidat=str(run.restart(46)),
            start_type="startup",
            spinup_mortality_factor=MORTALITY,
            nyears_supl=0,
        )
        assert done.status == 0, done.text
        assert "leaving accelerated decomposition" in done.log
        ends.append(done.restart(6))
    assert_same_bits(*ends)
    assert int(variables(ends[0])["spinup_state"]) == 0


def test_leaving_and_entering_again_gives_the_pools_back(
    world: Path, run: Run, tmp_path: Path
) -> None:
    out = run_case(
        world,
        tmp_path / "out",
        1,
        program="minielm-plain",
        finidat=str(run.restart(46)),
        start_type="startup",
        spinup_mortality_factor=MORTALITY,
    )
    assert out.status == 0, out.text
    leave(world, tmp_path, out.restart(2), spinup_state=1)
    back = python("state.py", "lnd_in", "state.npz", "soil4c_vr", "deadstemc", folder=tmp_path)
    assert back.status == 0, back.text
    assert "entering accelerated decomposition" in back.log
    normal, again = variables(out.restart(2)), np.load(tmp_path / "state.npz")
    factor = FACTORS["soil4"] / normal["scalaravg_col"][:, LAYERS]
    np.testing.assert_allclose(
        again["soil4c_vr"][:, LAYERS] * factor, normal["soil4c_vr"][:, LAYERS], rtol=1e-9
    )
    np.testing.assert_allclose(again["deadstemc"] * MORTALITY, normal["deadstemc"], rtol=1e-14)


@pytest.mark.parametrize("ranks", [1, 2])
@pytest.mark.parametrize(
    ("year", "entries", "words"),
    [
        (46, {"start_type": "continue"}, ["a continued run cannot change it", "='startup'"]),
        (46, {"spinup_mortality_factor": 1.0}, ["spinup_mortality_factor", "10.0", "the same"]),
        (16, {}, ["scalaravg_col is 0 in gridcell", "run accelerated beyond year 40"]),
    ],
)
def test_what_elm_refuses_or_should(
    world: Path, run: Run, tmp_path: Path, year: int, entries: dict, words: list, ranks: int
) -> None:
    done = run_case(
        world,
        tmp_path,
        1,
        program="minielm-plain",
        ranks=ranks,
        **{
            "finidat": str(run.restart(year)),
            "start_type": "startup",
            "spinup_mortality_factor": MORTALITY,
            **entries,
        },
    )
    assert done.status != 0
    lines = [line for line in done.errors.splitlines() if line.startswith("minielm: ")]
    assert len(lines) >= 1, done.errors
    for word in words:
        assert word in lines[0]


def test_leaving_it_before_year_40_inflates_the_pools_as_in_elm(
    world: Path, run: Run, tmp_path: Path
) -> None:
    leave(world, tmp_path, run.restart(31))
    done = python("state.py", "lnd_in", "state.npz", "soil4c_vr", folder=tmp_path)
    assert done.status == 0, done.text
    assert "WARNING: the accelerated run ended in year 31" in done.log
    before = variables(run.restart(31))
    np.testing.assert_allclose(
        np.load(tmp_path / "state.npz")["soil4c_vr"][:, LAYERS],
        before["soil4c_vr"][:, LAYERS] * FACTORS["soil4"] / before["scalaravg_col"][:, LAYERS],
        rtol=1e-9,
    )
