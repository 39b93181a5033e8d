"""Features of the network, computed inside the graph from the host's physical values.

Longitude, area and land fraction are inputs of the artifact (they place a column) but no
features: a surrogate that is judged on regions it has not seen must not learn where it is.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from phase_elm.model import constants as c

ORGANS = ["leaf", "froot", "livestem", "deadstem", "livecroot", "deadcroot"]
WOOD = ["livestem", "deadstem", "livecroot", "deadcroot"]
FORCING = ["TBOT", "PRECTmms", "FSDS", "FLDS", "QBOT", "PSRF"]
PFT_PARAMETERS = [
    "leafcn", "frootcn", "lflitcn", "livewdcn", "deadwdcn", "leafcp", "frootcp", "livewdcp",
    "deadwdcp", "slatop", "dsladlai", "leaf_long", "froot_leaf", "stem_leaf", "croot_stem",
    "flivewd", "fcur", "flnr", "roota_par", "rootb_par", "rootprof_beta", "smpso", "smpsc",
    "woody", "evergreen", "season_decid", "stress_decid", "grperc",
]  # fmt: skip
MINERALS = [
    "smin_no3_vr", "smin_nh4_vr", "solutionp_vr", "labilep_vr", "secondp_vr", "occlp_vr",
    "primp_vr",
]  # fmt: skip
MINERAL_FLOOR = 1.0e-6
FASTEST_WOOD = 1.0  # 1/yr


def log_of(value: Tensor, floor: float) -> Tensor:
    """Logarithm that is safe at zero and below."""
    return torch.log(value.clamp(min=0.0) + floor)


def organ_total(x: dict[str, Tensor], organ: str, element: str) -> Tensor:
    """Display, storage and transfer of one organ and element (col, pft)."""
    name = organ + element
    return x[name] + x[name + "_storage"] + x[name + "_xfer"]


class PatchPhysics(nn.Module):
    """Presence, and what the observed years say about the end state of each patch."""

    def __init__(self) -> None:
        super().__init__()
        slot = torch.ones(1, c.NPFT, dtype=torch.float64)
        slot[0, 0] = 0.0
        self.register_buffer("vegetated_slot", slot)
        for name, values in (
            ("cc_leaf", c.CC_LEAF),
            ("cc_stem", c.CC_STEM),
            ("cc_store", c.CC_STORE),
            ("fm_stem", c.FM_STEM),
            ("fm_root", c.FM_ROOT),
        ):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float64).unsqueeze(0))
        self.organs: list[str] = ORGANS
        self.mortality: float = c.WOOD_MORTALITY_PER_YEAR
        self.turnover: float = c.LIVE_WOOD_TURNOVER_PER_YEAR
        self.fastest: float = FASTEST_WOOD
        self.years: float = c.OBSERVED_YEARS
        self.seconds: float = c.SECONDS_PER_YEAR

    def presence(self, x: dict[str, Tensor]) -> Tensor:
        """1 where a vegetated patch holds carbon, else 0 (col, pft)."""
        carbon = torch.zeros_like(x["wtcol"])
        for organ in self.organs:
            carbon = carbon + organ_total(x, organ, "c")
        alive = (x["wtcol"] > 0.0) & (carbon > 1.0e-6)
        return alive.to(carbon.dtype) * self.vegetated_slot

    def fire_rate(self, x: dict[str, Tensor]) -> Tensor:
        """Share of the patch that burns, 1/yr: what was emitted over what burning it all emits."""
        fuel = self.cc_leaf * x["LEAFC"] + self.cc_stem * (x["LIVESTEMC"] + x["DEADSTEMC"])
        for organ in self.organs:
            store = x[organ + "c_storage"] + x[organ + "c_xfer"]
            fuel = fuel + self.cc_store * store
        stored = x["cpool"] + x["gresp_storage"] + x["gresp_xfer"]
        fuel = fuel + self.cc_store * stored.clamp(min=0.0)
        rate = x["PFT_FIRE_CLOSS"] * self.seconds / (fuel + 1.0e-3)
        return rate.clamp(0.0, 0.5)

    def wood_loss(self, x: dict[str, Tensor], organ: str) -> Tensor:
        """Loss rate of wood, 1/yr: mortality and fire. Stems burn and die, roots only die."""
        if organ == "deadstem" or organ == "livestem":
            share = self.cc_stem + (1.0 - self.cc_stem) * self.fm_stem
        else:
            share = self.fm_root
        return self.mortality + share * self.fire_rate(x)

    def dead_over_live(self, x: dict[str, Tensor], organ: str) -> Tensor:
        """Dead over live wood at rest, of stems or coarse roots.

        Live wood turns into dead at t, and of new wood a share w is live:
        0 = w a - (t + m) L and 0 = (1 - w) a + t L - m D give D / L.
        """
        loss = self.wood_loss(x, organ)
        live = x["flivewd"].unsqueeze(0).clamp(min=1.0e-3)
        return (self.turnover + (1.0 - live) / live * (self.turnover + loss)) / loss

    def relaxation_rate(self, x: dict[str, Tensor], organ: str) -> Tensor:
        """Rate at which dead wood nears its end state, 1/yr: its loss rate, or faster.

        Under accelerated mortality a pool of normal size relaxes faster than it is lost. A
        growing pool shows how fast: of the growth from x0 to its last value, the mean has
        (1 - g) / (1 - e) (see ``relaxed_wood``): half for steady growth, more the sooner growth
        slows down. The rate is where that share is met, and never below the loss rate.
        """
        loss = self.wood_loss(x, organ)
        start = x[organ + "c_start"]
        growth = x[organ + "c"] - start
        growing = (growth > 1.0) & (growth > 0.5 * start)
        one = torch.ones_like(growth)
        share = (x[organ.upper() + "C"] - start) / torch.where(growing, growth, one)
        low, high = loss, torch.full_like(loss, self.fastest)
        for _ in range(20):
            m = 0.5 * (low + high)
            e = torch.exp(-self.years * m)
            above = (1.0 - (1.0 - e) / (self.years * m)) / (1.0 - e) > share
            high = torch.where(above, m, high)
            low = torch.where(above, low, m)
        return torch.where(growing, low, loss)

    def relaxed_wood(self, x: dict[str, Tensor], organ: str) -> Tensor:
        """End state of a pool that decays at the mortality rate, from its last value and its mean.

        x(t) = x* + (x0 - x*) exp(-m t) has last value x* + (x0 - x*) e and mean
        x* + (x0 - x*) g with e = exp(-20 m), g = (1 - e) / (20 m), so that x* follows from both
        without knowing x0. A pool near rest gives back its own value.
        """
        m = self.relaxation_rate(x, organ)
        e = torch.exp(-self.years * m)
        g = (1.0 - e) / (self.years * m)
        last = x[organ + "c"]
        end = (last * g - x[organ.upper() + "C"] * e) / (g - e)
        return torch.minimum(torch.maximum(end, 0.3 * last), 6.0 * last)


class PatchFeatures(nn.Module):
    """Features of a patch (col, pft, feature), not yet standardised.

    Carbon of organs, last year's and mean production, stores over what they serve, C:N:P of leaves
    and roots, cover, fire, where wood is heading, and the plant type's parameters.
    """

    def __init__(self) -> None:
        super().__init__()
        self.physics = PatchPhysics()
        self.organs: list[str] = ORGANS
        self.traits: list[str] = PFT_PARAMETERS
        self.seconds: float = c.SECONDS_PER_YEAR

    def forward(self, x: dict[str, Tensor]) -> Tensor:
        out: list[Tensor] = []
        for organ in self.organs:
            total = organ_total(x, organ, "c")
            out.append(log_of(total, 1.0e-2))
            out.append(log_of(total, 1.0e-2) - log_of(x[organ.upper() + "C"], 1.0e-2))
        leaf_c = organ_total(x, "leaf", "c")
        fast_c = leaf_c + organ_total(x, "froot", "c")
        fast_n = organ_total(x, "leaf", "n") + organ_total(x, "froot", "n")
        fast_p = organ_total(x, "leaf", "p") + organ_total(x, "froot", "p")
        npp_year = x["PFT_NPP"] * self.seconds
        gpp_year = x["PFT_GPP"] * self.seconds
        out.append(x["leafc"] / (leaf_c + 1.0e-3))
        out.append(torch.asinh(x["annsum_npp"] / 20.0))
        out.append(torch.asinh(x["annsum_npp"] / 20.0) - torch.asinh(npp_year / 20.0))
        out.append(log_of(gpp_year, 5.0))
        out.append(((npp_year + 1.0) / (gpp_year + 5.0)).clamp(-1.0, 1.0))
        out.append(log_of(x["PFT_TLAI"], 2.0e-2))
        out.append(log_of(x["npool"], 1.0e-2) - log_of(fast_n, 1.0e-2))
        out.append(log_of(x["ppool"], 1.0e-3) - log_of(fast_p, 1.0e-3))
        out.append(log_of(x["cpool"], 1.0e-1) - log_of(fast_c, 1.0e-1))
        out.append(log_of(x["retransn"], 1.0e-2) - log_of(fast_n, 1.0e-2))
        out.append(log_of(x["retransp"], 1.0e-3) - log_of(fast_p, 1.0e-3))
        out.append(log_of(fast_c, 1.0e-1) - log_of(fast_n, 1.0e-2))
        out.append(log_of(fast_c, 1.0e-1) - log_of(fast_p, 1.0e-3))
        out.append(x["wtcol"])
        out.append(log_of(x["wtcol"], 1.0e-2))
        out.append(log_of(self.physics.fire_rate(x), 1.0e-4))
        relaxed = self.physics.relaxed_wood(x, "deadstem")
        out.append(log_of(relaxed, 0.1) - log_of(x["deadstemc"], 0.1))
        for name in self.traits:
            out.append(x[name].unsqueeze(0).expand_as(leaf_c))
        return torch.stack(out, -1)


class ClimateFeatures(nn.Module):
    """Seasonal cycle (col, channel, 12) and climate summary (col, feature) of the forcing."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = FORCING

    def forward(self, x: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        cycle: list[Tensor] = []
        summary: list[Tensor] = []
        for name in self.names:
            series = x[name]
            if name == "PRECTmms":
                series = torch.sqrt(series.clamp(min=0.0) * 86400.0)
            if name == "QBOT":
                series = log_of(series, 1.0e-5)
            years = series.reshape(series.shape[0], -1, 12)
            season = years.mean(1)
            annual = years.mean(2)
            cycle.append(season)
            apart = (years - season.unsqueeze(1)).square().sum(1) / (years.shape[1] - 1)
            cycle.append(apart.sqrt())
            summary.append(season.mean(1))
            summary.append(season.std(1))
            summary.append(annual.std(1))
        temperature = x["TBOT"].reshape(x["TBOT"].shape[0], -1, 12).mean(1) - 273.15
        rain = x["PRECTmms"].reshape(x["TBOT"].shape[0], -1, 12).mean(1) * 86400.0
        summary.append(temperature.max(1)[0])
        summary.append(temperature.min(1)[0])
        summary.append(temperature.clamp(min=0.0).mean(1))
        total = rain.sum(1) + 1.0e-3
        summary.append((rain * (temperature < 0.0).to(rain.dtype)).sum(1) / total)
        summary.append((rain * (temperature > 10.0).to(rain.dtype)).sum(1) / total)
        summary.append(torch.log1p(rain.min(1)[0].clamp(min=0.0)))
        return torch.stack(cycle, 1), torch.stack(summary, 1)


class SurfaceFeatures(nn.Module):
    """Static surface (col, feature) without the categories."""

    def forward(self, x: dict[str, Tensor]) -> Tensor:
        latitude = torch.deg2rad(x["lat"])
        parts = [
            torch.sin(latitude).abs(),
            torch.cos(latitude),
            x["PCT_SAND"].mean(1, keepdim=True),
            x["PCT_CLAY"].mean(1, keepdim=True),
            x["PCT_CLAY"][:, :3].mean(1, keepdim=True) - x["PCT_CLAY"][:, 6:].mean(1, keepdim=True),
            log_of(x["LABILE_P"], 1.0e-2),
            log_of(x["SECONDARY_P"], 1.0e-2),
            log_of(x["OCCLUDED_P"], 1.0e-2),
            log_of(x["APATITE_P"], 1.0e-2),
        ]
        return torch.cat(parts, 1)


class ColumnFeatures(nn.Module):
    """Fluxes, stocks and nutrient supply of the column (col, feature)."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("thickness", torch.tensor(c.layer_thickness(), dtype=torch.float64))
        self.seconds: float = c.SECONDS_PER_YEAR
        self.pools: list[str] = c.POOLS
        self.minerals: list[str] = MINERALS
        self.transfer_names: list[str] = [t[3] for t in c.TRANSFERS]
        self.donor: list[int] = [t[0] for t in c.TRANSFERS]
        self.receiver: list[int] = [t[1] for t in c.TRANSFERS]
        self.slow: list[int] = [c.CWD, c.SOIL3, c.SOIL4]
        self.years: float = c.OBSERVED_YEARS

    def total(self, layered: Tensor) -> Tensor:
        """Layer values (per m3) summed to the column (per m2), (col, 1)."""
        return (layered * self.thickness).sum(1, keepdim=True)

    def pace(self, x: dict[str, Tensor], i: int) -> Tensor:
        """How much more a slow pool changed than its fluxes say: 0, unless accelerated (col, 1)."""
        pool = self.pools[i]
        change = self.total(x[pool + "c_vr"] - x[pool + "c_vr_start"]) / self.years
        net = torch.zeros_like(change)
        if i < 4:
            net = net + self.total(x[pool.upper() + "C_INPUT_vr"])
            net = net - self.total(x["M_" + pool.upper() + "C_TO_FIRE_vr"])
        if pool != "cwd":
            net = net - self.total(x[pool.upper() + "_HR_vr"])
        for t in range(len(self.transfer_names)):
            flux = self.total(x[self.transfer_names[t]])
            if self.receiver[t] == i:
                net = net + flux
            if self.donor[t] == i:
                net = net - flux
        return torch.asinh(change) - torch.asinh(net * self.seconds)

    def forward(self, x: dict[str, Tensor]) -> Tensor:
        s = self.seconds
        out: list[Tensor] = []
        npp = x["NPP"] * s
        out.append(torch.asinh(npp / 20.0))
        out.append(log_of(x["GPP"] * s, 5.0))
        out.append(log_of(x["HR"] * s, 5.0))
        for pool in self.pools:
            out.append(log_of(self.total(x[pool + "c_vr"]), 1.0))
            out.append(
                log_of(self.total(x[pool + "c_vr"]), 1.0)
                - log_of(self.total(x[pool.upper() + "C_vr"]), 1.0)
            )
        for pool in self.pools[:4]:
            out.append(log_of(self.total(x[pool.upper() + "C_INPUT_vr"]) * s, 1.0))
        for i in self.slow:
            out.append(self.pace(x, i))
        for mineral in self.minerals:
            out.append(log_of(self.total(x[mineral]), 1.0e-3))
        supply = (x["NDEP_TO_SMINN"] + x["NFIX_TO_SMINN"]) * s
        loss = (x["SMIN_NO3_LEACHED"] + x["DENIT"]) * s
        shortfall_n = x["SUPPLEMENT_TO_SMINN"] * s
        shortfall_p = x["SUPPLEMENT_TO_SMINP"] * s
        out.append(log_of(supply, 1.0e-2))
        out.append(log_of(x["NDEP_TO_SMINN"] * s, 1.0e-2))
        out.append(log_of(loss, 1.0e-3))
        out.append(log_of(shortfall_n, 1.0e-2))
        out.append(log_of(shortfall_p, 1.0e-3))
        out.append(log_of(shortfall_n, 1.0e-2) - log_of(supply, 1.0e-2))
        out.append(log_of(shortfall_n, 1.0e-1) - log_of(npp, 10.0))
        out.append(log_of(shortfall_p, 1.0e-2) - log_of(npp, 10.0))
        out.append(log_of(supply, 1.0e-1) - log_of(npp, 10.0))
        out.append(x["FPG"])
        out.append(x["FPG_P"])
        out.append(log_of(torch.maximum(x["altmax"], x["altmax_lastyear"]).clamp(max=4.0), 0.05))
        out.append(log_of(x["ALTMAX"].clamp(max=4.0), 0.05))
        environment = x["T_SCALAR"] * x["W_SCALAR"] * x["O_SCALAR"]
        for level in (0, 2, 4, 6):
            out.append(log_of(environment[:, level : level + 1], 1.0e-3))
        return torch.cat(out, 1)


class DepthFeatures(nn.Module):
    """Features by layer (col, channel, level), not yet standardised.

    ``rate`` is the decomposition rate of ``HostRates``, 1/yr (col, pool, level).
    """

    def __init__(self) -> None:
        super().__init__()
        self.pools: list[str] = c.POOLS
        self.minerals: list[str] = MINERALS
        self.seconds: float = c.SECONDS_PER_YEAR
        self.mineral_floor: float = MINERAL_FLOOR
        depth = torch.tensor(c.layer_nodes(c.NLEVEL), dtype=torch.float64)
        self.register_buffer("log_depth", depth.log().unsqueeze(0))

    def forward(self, x: dict[str, Tensor], rate: Tensor) -> Tensor:
        out: list[Tensor] = [self.log_depth.expand_as(x["TSOI"])]
        for i in range(len(self.pools)):
            pool = self.pools[i]
            carbon = x[pool + "c_vr"]
            out.append(log_of(carbon, 1.0e-2))
            out.append(log_of(carbon, 1.0e-2) - log_of(x[pool.upper() + "C_vr"], 1.0e-2))
            out.append(log_of(rate[:, i], 1.0e-8))
            out.append(log_of(carbon, 1.0e-2) - log_of(x[pool + "p_vr"], 1.0e-5))
        for pool in self.pools[:4]:
            out.append(log_of(x[pool + "c_vr"], 1.0e-2) - log_of(x[pool + "n_vr"], 1.0e-4))
            out.append(log_of(x[pool.upper() + "C_INPUT_vr"] * self.seconds, 1.0e-2))
        for mineral in self.minerals:
            out.append(log_of(x[mineral], self.mineral_floor))
        for name in ("FPI_vr", "FPI_P_vr", "T_SCALAR", "W_SCALAR", "O_SCALAR", "H2OSOI"):
            out.append(x[name])
        out.append(x["TSOI"] - 273.15)
        out.append(x["PCT_SAND"])
        out.append(x["PCT_CLAY"])
        return torch.stack(out, 1)
