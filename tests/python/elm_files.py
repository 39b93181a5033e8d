"""Small files in the layout of ELM's, with values that tell where they came from.

Two gridcells. The first has a lake column before its soil column; the second has two soil columns
(two topounits), so three soil columns in all. Patches lie in an order of their own, and some are
inactive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import netCDF4
import numpy as np

from phase_elm.fuse.plan import FORCING, INPUTS, TRANSFERS, wanted_of
from phase_elm.fuse.soil_orders import order_variables
from phase_elm.fuse.window import MONTH_DAYS, MONTH_STARTS
from phase_elm.schema import Schema, load_schema

NPFT, NLEVGRND = 17, 15
LON, LAT = np.array([267.8, 25.0]), np.array([38.74, -14.5])
# land unit (1 soil, 5 lake) and gridcell of each column
COLUMN_LANDUNIT = np.array([5, 1, 1, 1])
COLUMN_CELL = np.array([1, 1, 2, 2])
MEMORIES = (
    "tlai", "annsum_potential_gpp", "prev_leafc_to_litter", "prev_frootc_to_litter",
    "annmax_retransn", "annmax_retransp",
)  # fmt: skip
SOIL = np.flatnonzero(COLUMN_LANDUNIT == 1)
ACTIVE_TYPES = {1: (7, 13, 0), 2: (4, 14), 3: (4, 6)}
ELM_UNITS = {"gC/m2/s": "gC/m^2/s", "gC/m3": "gC/m^3", "gC/m3/s": "gC/m^3/s", "W/m2": "W/m^2",
             "gN/m2/s": "gN/m^2/s", "gP/m2/s": "gP/m^2/s", "m3/m3": "mm3/mm3"}  # fmt: skip


def small_schema(years: int) -> Schema:
    """The package's schema with a shorter window."""
    schema = load_schema()
    dims = schema.dims.model_copy(update={"month": 12 * years})
    return schema.model_copy(update={"observe_years": years, "mean_years": years, "dims": dims})


@dataclass
class ElmFiles:
    """The files of a run, and the values that a reader has to find."""

    folder: Path
    years: int = 2
    seed: int = 0
    spinup_state: int = 0
    year: int = 3
    scalar: np.ndarray = field(default_factory=lambda: np.full((4, NLEVGRND), 0.25))
    order: np.ndarray = field(default_factory=lambda: np.zeros(0, int))
    values: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.schema = small_schema(self.years)
        column = np.repeat(SOIL, NPFT)
        kind = np.tile(np.arange(NPFT), len(SOIL))
        self.order = self.rng.permutation(len(column))
        self.patch_column, self.patch_kind = column[self.order], kind[self.order]
        self.patch_active = np.array(
            [k in ACTIVE_TYPES[c] for c, k in zip(self.patch_column, self.patch_kind, strict=True)]
        )
        count = np.array([len(ACTIVE_TYPES[c]) for c in self.patch_column])
        self.patch_weight = np.where(self.patch_active, 1.0 / count, 0.0)

    @property
    def restart(self) -> Path:
        return self.folder / f"case.elm.r.{self.year:04d}-01-01-00000.nc"

    @property
    def surface(self) -> Path:
        return self.folder / "surfdata.nc"

    @property
    def parameters(self) -> Path:
        return self.folder / "clm_params.nc"

    @property
    def soil_orders(self) -> Path:
        return self.folder / "CNP_parameters.nc"

    def sorption(self, order: int) -> tuple[float, float]:
        """Capacity and half saturation of a soil order."""
        return 20.0 + order, 60.0

    def history(self) -> tuple[Path, ...]:
        return tuple(sorted(self.folder.glob("*.h[01].*.nc")))

    def arguments(self, **changes: object) -> dict[str, object]:
        """Arguments of a ``FuseConfig``."""
        return {
            "out": self.folder / "set.nc",
            "restart": self.restart,
            "history": self.history(),
            "surface": self.surface,
            "parameters": self.parameters,
            "observe_years": self.years,
            **changes,
        }

    def write(self) -> ElmFiles:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.write_restart(self.restart)
        self.write_surface()
        self.write_parameters()
        for year in range(self.years):
            self.write_history(year)
            self.write_patch_history(year)
        return self

    def write_restart(self, path: Path) -> None:
        with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_DATA") as nc:
            nc.setncatts({"Conventions": "CF-1.7", "source": "E3SM Land Model", "case": "case",
                          "history": "created on some day"})  # fmt: skip
            for dim, size in (("gridcell", 2), ("column", 4), ("pft", len(self.order)),
                              ("levgrnd", NLEVGRND)):  # fmt: skip
                nc.createDimension(dim, size)
            put = lambda *a, **k: _put(nc, *a, **k)  # noqa: E731
            cell = COLUMN_CELL[self.patch_column]
            put("timemgr_rst_curr_ymd", (), self.year * 10_000 + 101, "i4")
            put("timemgr_rst_curr_tod", (), 0, "i4")
            put("spinup_state", (), self.spinup_state, "i4")
            put("decomp_cascade_state", (), 10, "i4")
            put("grid1d_lon", ("gridcell",), LON)
            put("grid1d_lat", ("gridcell",), LAT)
            put("grid1d_ixy", ("gridcell",), [1, 2], "i4")
            put("grid1d_jxy", ("gridcell",), [1, 1], "i4")
            put("cols1d_ityplun", ("column",), COLUMN_LANDUNIT, "i4")
            put("cols1d_active", ("column",), np.ones(4), "i4")
            put("cols1d_gridcell_index", ("column",), COLUMN_CELL, "i4")
            put("cols1d_wtxy", ("column",), [0.1, 0.9, 0.5, 0.5])
            put("pfts1d_column_index", ("pft",), self.patch_column + 1, "i4")
            put("pfts1d_itypveg", ("pft",), self.patch_kind, "i4")
            put("pfts1d_active", ("pft",), self.patch_active, "i4")
            put("pfts1d_wtcol", ("pft",), self.patch_weight)
            put("pfts1d_ixy", ("pft",), cell, "i4")
            put("pfts1d_jxy", ("pft",), np.ones(len(cell)), "i4")
            put("pfts1d_ityplun", ("pft",), np.ones(len(cell)), "i4")
            put("scalaravg_col", ("column", "levgrnd"), self.scalar)
            put("sminn_vr", ("column", "levgrnd"), np.full((4, NLEVGRND), 9.0))
            put("T_GRND", ("column",), 280.0 + np.arange(4))
            for name in MEMORIES:
                put(name, ("pft",), self.rng.uniform(0.5, 1.5, len(cell)))
            for name in ("offset_flag", "dormant_flag"):
                put(name, ("pft",), self.rng.integers(0, 2, len(cell)))
            for v in self.schema.variables:
                if v.sample != "instant":
                    continue
                shape = {"patch": ("pft",), "column": ("column",),
                         "column_level": ("column", "levgrnd")}[v.dims]  # fmt: skip
                size = [nc.dimensions[d].size for d in shape]
                value = self.rng.uniform(1.0, 2.0, size)
                if v.dims == "column_level":
                    value[:, 10:] = 0.0
                if v.dims == "patch":
                    value[~self.patch_active] = 1.0e36
                put(v.name, shape, value)
                self.values[v.name] = value

    def write_surface(self, lon: np.ndarray = LON) -> None:
        with netCDF4.Dataset(self.surface, "w", format="NETCDF3_64BIT_OFFSET") as nc:
            nc.createDimension("gridcell", 2)
            nc.createDimension("nlevsoi", 10)
            _put(nc, "LONGXY", ("gridcell",), lon)
            _put(nc, "LATIXY", ("gridcell",), LAT)
            for v in self.schema.inputs:
                if v.role != "surface" or v.name in ("lat", "lon", "area", "landfrac", "wtcol"):
                    continue
                layered = v.dims == "column_level"
                value = self.rng.uniform(1.0, 9.0, (10, 2) if layered else 2).round(1)
                if v.transform == "category":
                    value = value.round()
                _put(nc, v.name, ("nlevsoi", "gridcell") if layered else ("gridcell",), value)
                self.values[v.name] = value

    def write_parameters(self) -> None:
        with netCDF4.Dataset(self.parameters, "w") as nc:
            nc.createDimension("pft", 25)
            nc.createDimension("allpfts", 1)
            for v in self.schema.inputs:
                if v.dims == "pft":
                    self.values[v.name] = self.rng.uniform(0.5, 1.5, 25)
                    _put(nc, v.name, ("pft",), self.values[v.name], units=v.units)
            for name, value in (
                ("k_s3", 0.00140098), ("k_s4", 0.000100005), ("k_frag", 0.0010005),
                ("rf_l1s1", 0.39), ("rf_l2s2", 0.55), ("rf_l3s3", 0.29), ("rf_s1s2", 0.28),
                ("rf_s2s3", 0.46), ("rf_s3s4", 0.55),
            ):  # fmt: skip
                _put(nc, name, ("allpfts",), [value])
            for k, (cn, ratio) in enumerate(((12, 30), (12, 30), (10, 50), (10, 50)), 1):
                _put(nc, f"cn_s{k}", ("allpfts",), [cn])
                _put(nc, f"np_s{k}_new", ("allpfts",), [ratio])
        with netCDF4.Dataset(self.soil_orders, "w") as nc:
            nc.createDimension("soilorder", 16)
            for v in order_variables():
                self.values[v.name] = self.rng.uniform(0.001, 0.5, 16)
            table = np.array([self.sorption(k) for k in range(16)])
            self.values["smax"], self.values["ks_sorption"] = table.T
            # ELM's file holds no units
            for v in order_variables():
                _put(nc, v.name, ("soilorder",), self.values[v.name])

    def _time(self, nc: netCDF4.Dataset, year: int) -> None:
        nc.createDimension("time", None)
        nc.createDimension("hist_interval", 2)
        bounds = 365.0 * (self.year - 1 - self.years + year) + np.stack(
            [MONTH_STARTS[:-1], MONTH_STARTS[1:]], 1
        )
        _put(nc, "time", ("time",), bounds[:, 1], units="days since 0001-01-01 00:00:00")
        nc["time"].calendar = "noleap"
        _put(nc, "time_bounds", ("time", "hist_interval"), bounds)

    def write_history(self, year: int, skip: tuple[str, ...] = ()) -> Path:
        """Gridcell means; the lake's cell has the same values everywhere."""
        path = self.folder / f"case.elm.h0.{self.year - self.years + year:04d}-02-01-00000.nc"
        with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_DATA") as nc:
            self._time(nc, year)
            nc.createDimension("lndgrid", 2)
            nc.createDimension("levdcmp", NLEVGRND)
            _put(nc, "lon", ("lndgrid",), LON - 360.0 * (LON > 180.0), "f4")
            _put(nc, "lat", ("lndgrid",), LAT, "f4")
            _put(nc, "area", ("lndgrid",), [3000.0, 4000.0], "f4", units="km^2")
            _put(nc, "landfrac", ("lndgrid",), [1.0, 0.5], "f4")
            for want in wanted_of(self.schema):
                derived = want.name in INPUTS or want.name in TRANSFERS
                if want.by_patch or derived or want.name in skip:
                    continue
                size = (12, NLEVGRND, 2) if want.levels else (12, 2)
                value = self.rng.uniform(1.0, 2.0, size).astype("f4")
                dims = ("time", "levdcmp", "lndgrid") if want.levels else ("time", "lndgrid")
                unit = ELM_UNITS.get(want.units, want.units)
                _put(nc, want.name, dims, value, "f4", units=unit, fill=1.0e36)
                self.values[f"{want.name}.{year}"] = value
        return path

    def write_patch_history(self, year: int) -> Path:
        path = self.folder / f"case.elm.h1.{self.year - self.years + year:04d}-02-01-00000.nc"
        again = self.rng.permutation(len(self.order))
        with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_DATA") as nc:
            self._time(nc, year)
            nc.createDimension("pft", len(self.order))
            # Another order than the restart's; patches alike in place and type keep their sequence.
            for cell in np.unique(COLUMN_CELL):
                for kind in range(NPFT):
                    alike = (COLUMN_CELL[self.patch_column] == cell) & (self.patch_kind == kind)
                    slots = np.flatnonzero(np.isin(again, np.flatnonzero(alike)))
                    again[slots] = np.sort(again[slots])
            self.values[f"patch_order.{year}"] = again
            _put(nc, "pfts1d_ixy", ("pft",), COLUMN_CELL[self.patch_column][again], "i4")
            _put(nc, "pfts1d_jxy", ("pft",), np.ones(len(again)), "i4")
            _put(nc, "pfts1d_itype_lunit", ("pft",), np.ones(len(again)), "i4")
            _put(nc, "pfts1d_itype_veg", ("pft",), self.patch_kind[again], "i4")
            for want in wanted_of(self.schema):
                if not want.by_patch:
                    continue
                value = self.rng.uniform(1.0, 2.0, (12, len(again))).astype("f4")
                value[:, ~self.patch_active[again]] = 1.0e36
                unit = ELM_UNITS.get(want.units, want.units)
                _put(nc, want.name, ("time", "pft"), value, "f4", units=unit, fill=1.0e36)
                self.values[f"{want.name}.patch.{year}"] = value
        return path

    def mean(self, name: str) -> np.ndarray:
        """Window mean of a gridcell variable, (level,) cell."""
        months = np.concatenate([self.values[f"{name}.{y}"] for y in range(self.years)])
        weight = np.tile(MONTH_DAYS, self.years) / (365.0 * self.years)
        return np.tensordot(weight, months.astype("f8"), 1)

    def patch_slots(self) -> np.ndarray:
        """Position of each patch in the restart by soil column and plant type, -1 if inactive."""
        slots = np.full((len(SOIL), NPFT), -1)
        for p in np.flatnonzero(self.patch_active):
            slots[np.flatnonzero(self.patch_column[p] == SOIL)[0], self.patch_kind[p]] = p
        return slots


def forcing_names() -> list[str]:
    return [name for names in FORCING.values() for name in names]


def _put(
    nc: netCDF4.Dataset,
    name: str,
    dims: tuple[str, ...],
    value: object,
    kind: str = "f8",
    units: str | None = None,
    fill: float | None = None,
) -> None:
    variable = nc.createVariable(name, kind, dims, fill_value=fill)
    variable[...] = np.asarray(value)
    if units is not None:
        variable.units = units
