"""The small file of reference states that the demonstration compares with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from phase_elm.report.stocks import carbon_stocks, plant_pools
from phase_elm.truth.files import open_group
from phase_elm.world.digest import cell_digests

STOCKS = ("TOTECOSYSC", "TOTSOMC", "TOTVEGC", "TOTLITC", "CWDC")
_KEPT_LAYERED = (
    "litr1c_vr", "litr2c_vr", "litr3c_vr", "cwdc_vr", "soil1c_vr", "soil2c_vr", "soil3c_vr",
    "soil4c_vr", "soil4n_vr", "soil4p_vr", "smin_no3_vr", "smin_nh4_vr", "solutionp_vr",
    "labilep_vr", "secondp_vr",
)  # fmt: skip


class NoReference(ValueError):
    """There is no reference state of the columns at hand; the message says why."""


def _positions(path: Path, have: np.ndarray, wanted: np.ndarray) -> list[int]:
    place = {int(number): index for index, number in enumerate(have)}
    missing = [int(number) for number in wanted if int(number) not in place]
    if missing:
        raise NoReference(
            f"{path}: lacks {len(missing)} of the {len(wanted)} columns, first of them gid "
            f"{missing[0]}"
        )
    return [place[int(number)] for number in wanted]


def _stocks(path: Path) -> xr.Dataset:
    with (
        open_group(path, "equilibrium") as state,
        open_group(path, "observed") as observed,
    ):
        return carbon_stocks(state.assign(wtcol=observed["wtcol"]))


def _digests(path: Path, world: Path | None) -> np.ndarray:
    """Digest of the inputs of each column of a training set, in its order."""
    with open_group(path) as head, open_group(path, "observed") as observed:
        own = head["world_digest"].values if "world_digest" in head else None
        if world is None:
            if own is None:
                raise ValueError(
                    f"{path}: the file does not hold the digest of its inputs; name the folder of "
                    "its world with --world"
                )
            return own
        with open_group(world / "surfdata.nc") as surface:
            order = _positions(world / "surfdata.nc", surface["gid"].values, head["gid"].values)
            shares = surface["PCT_NAT_PFT"].transpose("gridcell", "natpft").values[order] / 100.0
            apatite = surface["APATITE_P"].values[order]
        found = cell_digests(world)[order]
        if own is None:
            same = np.allclose(observed["wtcol"], shares, rtol=1e-5, atol=1e-8)
            same = same and np.allclose(observed["APATITE_P"], apatite, rtol=1e-5)
        else:
            same = np.array_equal(own, found)
    if not same:
        raise ValueError(f"{path}: the run had other inputs than those in {world}")
    return found


def _add_native(small: xr.Dataset, path: Path, world: Path | None) -> None:
    with open_group(path) as head:
        if head.attrs["jumps"] or head.attrs["supply_years"] != head.attrs["observe_years"]:
            raise ValueError(
                f"{path}: expected a run with nothing applied after its "
                f"{head.attrs['observe_years']} observed years, found N and P supplied for "
                f"{head.attrs['supply_years']} years and {head.attrs['jumps']} jumps; make one "
                "with `phase truth` without --supply-years and --jumps"
            )
        order = _positions(path, head["gid"].values, small["gid"].values)
        if not np.array_equal(_digests(path, world)[order], small["world_digest"].values):
            raise ValueError(f"{path}: the native run had other inputs than the reference run")
        stocks = _stocks(path)
        for name in STOCKS:
            for ours, values in (
                (f"native_{name}", stocks[name]),
                (f"native_drift_{name}", head[f"drift_{name}"]),
            ):
                small[ours] = ("column", values.values[order].astype(np.float32), values.attrs)
        small.attrs["native_years"] = head.attrs["years"]


def compact_truth(
    training_set: Path, out: Path, native: Path | None = None, world: Path | None = None
) -> Path:
    """Keep stocks, soil profiles and plant carbon of the end state of a long run.

    Parameters:
        training_set: A file of ``phase truth``, the reference run.
        out: The small file.
        native: A second file of ``phase truth`` with the same columns and nothing applied after
            the observed years; its stocks and drifts are kept as well.
        world: Folder of the world that both were run with. Needed for files that do not hold
            ``world_digest``, checked against it otherwise.
    """
    with (
        open_group(training_set) as head,
        open_group(training_set, "equilibrium") as state,
        open_group(training_set, "observed") as observed,
    ):
        small = xr.Dataset(attrs=dict(head.attrs))
        small.attrs["title"] = "end state of a long minielm run, reference of the demonstration"
        for name in ("gid", "lat", "lon", "area", "landfrac", "split"):
            small[name] = head[name]
        small["world_digest"] = ("column", _digests(training_set, world))
        for name in STOCKS:
            small[f"drift_{name}"] = head[f"drift_{name}"].astype(np.float32)
        stocks = _stocks(training_set)
        for name in STOCKS:
            small[name] = stocks[name].astype(np.float32)
        for name in [*_KEPT_LAYERED, *plant_pools("c"), "annsum_npp"]:
            small[name] = state[name].astype(np.float32)
        small["wtcol"] = observed["wtcol"].astype(np.float32)
        if native is not None:
            _add_native(small, native, world)
        out.parent.mkdir(parents=True, exist_ok=True)
        encoding = {name: {"zlib": True, "complevel": 9} for name in small.data_vars}
        small.to_netcdf(out, encoding=encoding)
    return out


def read_compact(path: Path, world: Path) -> xr.Dataset:
    """Reference state of the cells of a world, in their order.

    Parameters:
        path: File of :func:`compact_truth`.
        world: Folder of the world at hand.

    Raises:
        NoReference: The file is missing, lacks cells, or was made from other inputs.
    """
    if not path.is_file():
        raise NoReference(f"{path}: no such file; `phase compact` writes it")
    with open_group(world / "surfdata.nc") as surface, open_group(path) as file:
        for name in ("world_grid", "world_seed"):
            ours, theirs = surface.attrs.get(name), file.attrs.get(name)
            if str(ours) != str(theirs):
                raise NoReference(
                    f"{path}: the reference state is of another world: expected {name} {ours}, "
                    f"found {theirs}"
                )
        order = _positions(path, file["gid"].values, surface["gid"].values)
        found = file.isel(column=order).load()
    changed = int((found["world_digest"].values != cell_digests(world)).sum())
    if changed:
        raise NoReference(
            f"{path}: the reference state is of another world: {changed} of {len(order)} columns "
            "had other inputs; make it again with `phase truth` and `phase compact`"
        )
    return found
