"""Synthetic columns with a known end state, for tests of the surrogate.

Plants grow from a seed for 20 years without nutrient limits, litter and wood debris feed the
decomposition cascade of ``constants.py``; afterwards limitation sets in, by a factor that depends
on climate and soil, and everything runs on for 2000 years. All pools are consistent with the
fluxes that the surrogate gets to see.
"""

from __future__ import annotations

from pathlib import Path

import netCDF4
import numpy as np
import torch

from phase_elm.model import constants as c
from phase_elm.model.steady_state import SteadyState, VerticalMixing
from phase_elm.schema import Schema, load_schema

YEAR = c.SECONDS_PER_YEAR
PFTS = {1: "tree", 4: "tree", 7: "tree", 10: "shrub", 13: "grass", 14: "grass"}
ORGANS = ["leaf", "froot", "livestem", "deadstem", "livecroot", "deadcroot"]
CN = dict(zip(ORGANS, [30.0, 42.0, 50.0, 500.0, 50.0, 500.0], strict=True))
CP = dict(zip(ORGANS, [450.0, 1000.0, 3000.0, 3000.0, 3000.0, 3000.0], strict=True))
TAU = dict(zip(ORGANS, [1.3, 1.2, 50.0, 50.0, 50.0, 50.0], strict=True))
MONTHS_OBSERVED = 240


class Cases:
    """``observed`` and ``equilibrium`` arrays by schema name, plus place and split."""

    def __init__(self, ncol: int, seed: int = 0) -> None:
        self.schema: Schema = load_schema()
        self.ncol = ncol
        self.rng = np.random.default_rng(seed)
        self.observed: dict[str, np.ndarray] = {}
        self.equilibrium: dict[str, np.ndarray] = {}
        for variable in self.schema.inputs:
            shape = self.schema.shape_of(variable.name, ncol)
            self.observed[variable.name] = np.zeros(shape)
        self._surface_and_climate()
        self._run()
        self.split = (self.lon > 60.0).astype(np.int32)
        self.gid = np.arange(ncol)

    def _surface_and_climate(self) -> None:
        n, rng, o = self.ncol, self.rng, self.observed
        self.lat = rng.uniform(-50, 70, n)
        self.lon = rng.uniform(-120, 120, n)
        warm = 27.0 - 0.45 * np.abs(self.lat) + rng.normal(0, 2, n)
        swing = 2.0 + 0.25 * np.abs(self.lat)
        rain = np.exp(rng.normal(np.log(2.5), 0.5, n))
        month = np.arange(MONTHS_OBSERVED)
        season = np.cos(2 * np.pi * (month - 6.0) / 12.0)[None, :] * np.sign(self.lat)[:, None]
        noise = rng.normal(0, 1, (n, MONTHS_OBSERVED))
        o["TBOT"][:] = 273.15 + warm[:, None] + swing[:, None] * season + noise
        o["PRECTmms"][:] = rain[:, None] / 86400.0 * np.exp(0.3 * season + 0.2 * noise)
        o["FSDS"][:] = 180.0 + 60.0 * season
        o["FLDS"][:] = 300.0 + 4.0 * warm[:, None]
        o["QBOT"][:] = 0.005 * np.exp(0.05 * warm[:, None])
        o["PSRF"][:] = 98000.0
        o["lat"][:, 0], o["lon"][:, 0] = self.lat, self.lon % 360.0
        o["area"][:], o["landfrac"][:] = 1.0e4, 1.0
        o["SOIL_COLOR"][:, 0] = rng.integers(1, 21, n)
        o["SOIL_ORDER"][:, 0] = rng.integers(1, 13, n)
        for name, middle in [("LABILE_P", 5), ("SECONDARY_P", 15), ("OCCLUDED_P", 40)]:
            o[name][:, 0] = middle * np.exp(rng.normal(0, 0.4, n))
        o["APATITE_P"][:, 0] = 60 * np.exp(rng.normal(0, 0.6, n))
        o["PCT_SAND"][:] = rng.uniform(10, 80, n)[:, None]
        o["PCT_CLAY"][:] = (100 - o["PCT_SAND"]) * 0.4
        for variable in self.schema.inputs:
            if variable.dims == "pft":
                o[variable.name][:] = rng.uniform(0.5, 1.5, c.NPFT)
        for row in range(n):
            kinds = rng.choice(list(PFTS), size=3, replace=False)
            o["wtcol"][row, kinds] = rng.dirichlet(np.ones(3)) * 0.9
            o["wtcol"][row, 0] = 1.0 - o["wtcol"][row, kinds].sum()
        self.potential = np.clip(60.0 * np.clip(warm + 8, 1, 35) * np.tanh(rain / 3.0), 30, None)
        # What the surrogate has to learn: how far production falls once nutrients limit.
        shortage = 0.3 + 0.25 * np.tanh((warm - 10) / 10) - 0.1 * np.log(o["APATITE_P"][:, 0] / 60)
        self.limit = np.clip(1.0 - shortage, 0.3, 0.98)
        depth = np.asarray(c.layer_nodes(c.NLEVEL))
        o["TSOI"][:] = 273.15 + warm[:, None]
        o["H2OSOI"][:] = 0.25
        o["T_SCALAR"][:] = 1.5 ** ((warm[:, None] - 25.0) / 10.0)
        o["W_SCALAR"][:] = np.clip(0.4 + 0.1 * rain, 0.1, 1.0)[:, None]
        o["O_SCALAR"][:] = 1.0
        environment = o["T_SCALAR"] * o["W_SCALAR"] * np.exp(-depth / c.DEPTH_EFOLD_M)
        self.rate = np.asarray(c.BASE_K)[None, :, None] * 365.0 * environment[:, None, :]
        o["ALTMAX"][:] = o["altmax"][:] = o["altmax_lastyear"][:] = 5.0
        o["FPG"][:] = o["FPG_P"][:] = o["FPI_vr"][:] = o["FPI_P_vr"][:] = 1.0
        o["NDEP_TO_SMINN"][:] = 0.5 / YEAR

    def _allocation(self, kind: str) -> dict[str, float]:
        if kind == "grass":
            return {"leaf": 0.4, "froot": 0.6}
        wood = 0.35 if kind == "tree" else 0.15
        share = (1.0 - wood) / 2.0
        return {
            "leaf": share, "froot": share, "livestem": 0.1 * wood, "deadstem": 0.65 * wood,
            "livecroot": 0.03 * wood, "deadcroot": 0.22 * wood,
        }  # fmt: skip

    def _step_plants(
        self, plants: dict[str, np.ndarray], limit: np.ndarray, years: float
    ) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Advance the organs by one implicit step; return NPP and losses, per patch and year."""
        weight = self.observed["wtcol"]
        npp = np.zeros_like(weight)
        loss = {organ: np.zeros_like(weight) for organ in ORGANS}
        for pft, kind in PFTS.items():
            cover = plants["leaf"][:, pft] / (plants["leaf"][:, pft] + 60.0)
            npp[:, pft] = self.potential * limit * cover * (weight[:, pft] > 0) * 1.5
            for organ, share in self._allocation(kind).items():
                before = plants[organ][:, pft]
                gain = share * npp[:, pft]
                after = (before + years * gain) / (1.0 + years / TAU[organ])
                loss[organ][:, pft] = after / TAU[organ]
                plants[organ][:, pft] = after
        return npp, loss

    def _plant_input(self, loss: dict[str, np.ndarray]) -> np.ndarray:
        """Litter and debris inputs, gC/m3/yr (column, pool, level)."""
        weight = self.observed["wtcol"]
        depth = np.asarray(c.layer_nodes(c.NLEVEL))
        surface = np.exp(-10.0 * depth)
        surface /= (surface * np.asarray(c.layer_thickness())).sum()
        roots = np.exp(-4.0 * depth)
        roots /= (roots * np.asarray(c.layer_thickness())).sum()
        column = {organ: (value * weight).sum(1)[:, None] for organ, value in loss.items()}
        fast = column["leaf"] * surface + column["froot"] * roots
        wood = (column["livestem"] + column["deadstem"]) * surface
        wood = wood + (column["livecroot"] + column["deadcroot"]) * roots
        still = np.zeros_like(fast)
        return np.stack([0.25 * fast, 0.5 * fast, 0.25 * fast, wood] + [still] * 4, 1)

    def _run(self) -> None:
        n, o = self.ncol, self.observed
        rate = torch.tensor(self.rate)
        share = torch.tensor([t[2] for t in c.TRANSFERS], dtype=torch.float64)
        share = share[None, :, None].expand(n, -1, c.NLEVEL)
        fire = torch.zeros_like(rate)
        mixing = VerticalMixing()(torch.tensor(o["altmax"]))
        plants = {organ: np.zeros((n, c.NPFT)) for organ in ORGANS}
        for pft in PFTS:
            plants["leaf"][:, pft] = 5.0 * (o["wtcol"][:, pft] > 0)
        pools = torch.zeros(n, 8, c.NLEVEL, dtype=torch.float64)
        monthly = SteadyState(1.0 / 12.0)
        plant_mean = {organ: np.zeros((n, c.NPFT)) for organ in ORGANS}
        pool_mean, input_mean = torch.zeros_like(pools), np.zeros(pools.shape)
        npp_mean = np.zeros((n, c.NPFT))
        npp_last = np.zeros((n, c.NPFT))
        free = np.ones(n)
        for step in range(MONTHS_OBSERVED):
            npp, loss = self._step_plants(plants, free, 1.0 / 12.0)
            entering = self._plant_input(loss)
            pools = monthly(pools, torch.tensor(entering), rate, share, fire, mixing)
            for organ in ORGANS:
                plant_mean[organ] += plants[organ] / MONTHS_OBSERVED
            pool_mean += pools / MONTHS_OBSERVED
            input_mean += entering / MONTHS_OBSERVED
            npp_mean += npp / MONTHS_OBSERVED
            if step >= MONTHS_OBSERVED - 12:
                npp_last += npp / 12.0
        self._state(o, plants, npp_last, pools.numpy())
        for organ in ORGANS:
            o[organ.upper() + "C"][:] = plant_mean[organ]
        o["PFT_NPP"][:] = npp_mean / YEAR
        o["PFT_GPP"][:] = 2.0 * npp_mean / YEAR
        o["PFT_TLAI"][:] = plant_mean["leaf"] * 0.02
        o["NPP"][:, 0] = (npp_mean * o["wtcol"]).sum(1) / YEAR
        o["GPP"][:], o["AR"][:], o["HR"][:] = 2 * o["NPP"], o["NPP"], 0.8 * o["NPP"]
        o["NFIX_TO_SMINN"][:] = 1.2 / YEAR
        o["SUPPLEMENT_TO_SMINN"][:, 0] = (1.0 - self.limit) * o["NPP"][:, 0] / 50.0
        o["SUPPLEMENT_TO_SMINP"][:] = o["SUPPLEMENT_TO_SMINN"] / 15.0
        mean = pool_mean.numpy()
        out = self.rate * mean / YEAR
        for i, pool in enumerate(c.POOLS):
            o[pool.upper() + "C_vr"][:] = mean[:, i]
            if i < 4:
                o[pool.upper() + "C_INPUT_vr"][:] = input_mean[:, i] / YEAR
        passed = np.zeros_like(out)
        for donor, _, fraction, name in c.TRANSFERS:
            o[name][:] = fraction * out[:, donor]
            passed[:, donor] += o[name]
        for i, pool in enumerate(c.POOLS):
            if pool != "cwd":
                o[pool.upper() + "_HR_vr"][:] = out[:, i] - passed[:, i]
        slow = SteadyState(20.0)
        for _ in range(2000):
            npp, loss = self._step_plants(plants, self.limit, 1.0)
        self.end_input = self._plant_input(loss)
        for _ in range(100):
            pools = slow(pools, torch.tensor(self.end_input), rate, share, fire, mixing)
        self._state(self.equilibrium, plants, npp, pools.numpy())

    def _state(
        self, out: dict[str, np.ndarray], plants: dict[str, np.ndarray], npp: np.ndarray,
        pools: np.ndarray,
    ) -> None:  # fmt: skip
        """Instantaneous pools of all elements under their schema names."""
        for variable in self.schema.outputs:
            if variable.name != "trust":
                out[variable.name] = np.zeros(self.schema.shape_of(variable.name, self.ncol))
        for organ in ORGANS:
            deciduous = 0.6 if organ in ("leaf", "froot") else 0.0
            stored = np.zeros(c.NPFT)
            stored[[7, 10, 13, 14]] = deciduous
            for element, ratio in (("c", 1.0), ("n", CN[organ]), ("p", CP[organ])):
                out[organ + element][:] = plants[organ] * (1.0 - stored) / ratio
                out[f"{organ}{element}_storage"][:] = plants[organ] * stored / ratio
        out["npool"][:] = 0.05 * plants["leaf"]
        out["ppool"][:] = 0.005 * plants["leaf"]
        out["retransn"][:] = 0.01 * plants["leaf"]
        out["retransp"][:] = 0.001 * plants["leaf"]
        out["cpool"][:] = 0.2 * plants["leaf"]
        out["annsum_npp"][:] = npp
        for i, pool in enumerate(c.POOLS):
            out[pool + "c_vr"][:] = pools[:, i]
            nitrogen = 60.0 if i < 3 else (300.0 if i == 3 else c.SOIL_CN[i - 4])
            out[pool + "n_vr"][:] = pools[:, i] / nitrogen
            out[pool + "p_vr"][:] = pools[:, i] / (nitrogen * 15.0)
        out["smin_no3_vr"][:] = 0.2 + 1.0e-4 * pools[:, c.SOIL4]
        out["smin_nh4_vr"][:] = 0.1
        for name, source in [("labilep_vr", "LABILE_P"), ("secondp_vr", "SECONDARY_P"),
                             ("occlp_vr", "OCCLUDED_P"), ("primp_vr", "APATITE_P")]:  # fmt: skip
            out[name][:] = 2.0 * self.observed[source]
        out["solutionp_vr"][:] = 0.02 * out["labilep_vr"]

    def write(self, path: Path) -> None:
        """Write the training-set file that ``phase truth`` would write."""
        with netCDF4.Dataset(path, "w") as data:
            for name, size in [("column", self.ncol), ("level", 10), ("pft", 17), ("month", 240)]:
                data.createDimension(name, size)
            for name, value in [("lat", self.lat), ("lon", self.lon), ("split", self.split),
                                ("gid", self.gid), ("area", np.full(self.ncol, 1e4))]:  # fmt: skip
                data.createVariable(name, value.dtype, ("column",))[:] = value
            data.world_seed = 0
            for group, values in [("observed", self.observed), ("equilibrium", self.equilibrium)]:
                place = data.createGroup(group)
                for name, value in values.items():
                    dims = self.schema.by_name[name].dim_names()
                    place.createVariable(name, "f8", dims)[:] = value.reshape(
                        [data.dimensions[d].size for d in dims]
                    )
