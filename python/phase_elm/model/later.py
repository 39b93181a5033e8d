"""A further jump, learned: what the polish of the host's own window still misses.

After the first jump the host runs on by itself. Its window shows state, rates, inputs and where all
of them are heading; ``Polish`` continues that by linear balance. It cannot know that growth
answers to what the pools mineralise, nor that a window after a jump still carries its transients.
The network corrects the polish by bounded log ratios. Where little moves it is silent, and the
stage is the polish with the growth that ``Accrual`` still expects.
"""

from __future__ import annotations

import torch
from torch import Tensor

from phase_elm.model import constants as c
from phase_elm.model import physics
from phase_elm.model.accrual import Accrual
from phase_elm.model.budget import FINE, NutrientBudget
from phase_elm.model.features import MINERALS, ORGANS, organ_total
from phase_elm.model.network import Standardise
from phase_elm.model.polish import DEAD_WOOD, Polish
from phase_elm.model.stage import Stage, SurrogateConfig
from phase_elm.schema import Schema

LEAST_MOVEMENT, FULL_MOVEMENT = 2.0, 5.0  # gC/m2/yr
PLANT_SHARE = 0.7  # of the growth to come near rest that plants take at the jump


def fine_ratio(a: Tensor, b: Tensor, floor: float, fine: float = FINE) -> Tensor:
    """Log ratio of two amounts, magnified where they are nearly equal; 0 where one is lacking."""
    known = (a > floor) & (b > floor)
    one = torch.ones_like(a)
    ratio = torch.log(torch.where(known, a, one) / torch.where(known, b, one))
    return torch.asinh(ratio / fine)


class LaterStage(Stage):
    """Corrections of the polish, for windows in which nothing was supplied."""

    def __init__(self, schema: Schema, config: SurrogateConfig) -> None:
        super().__init__(schema, config.of_later(), config.later_members)
        # What matters in a patch differs between plant types by more than between its windows.
        self.patch_scale = Standardise(1, c.NPFT, self.patch_scale.mean.shape[2])
        self.minerals: list[str] = MINERALS
        self.labile: list[str] = physics.LABILE_POOLS
        self.soil_cn: list[float] = c.SOIL_CN
        self.display_at: int = physics.DISPLAY
        self.storage_at: int = physics.STORAGE
        self.labile_at: int = physics.LABILE
        self.annsum_at: int = physics.ANNSUM
        self.litter_at: int = physics.LITTER
        self.deficit_at: int = physics.DEFICIT
        self.pool_at: int = physics.POOL
        self.nitrogen_at: int = physics.NITROGEN
        self.phosphorus_at: int = physics.PHOSPHORUS
        self.mineral_at: int = physics.MINERAL
        self.least_movement: float = LEAST_MOVEMENT
        self.more_movement: float = FULL_MOVEMENT - LEAST_MOVEMENT
        self.plant_share: float = PLANT_SHARE

    def _prepare(self, schema: Schema) -> None:
        """What features need: they are counted before the rest is built."""
        self.polish = Polish(schema.horizon_years)
        self.budget = NutrientBudget()
        self.accrual = Accrual(c.OBSERVED_YEARS)
        self.fine: float = FINE
        self.years: float = c.OBSERVED_YEARS
        self.seconds: float = c.SECONDS_PER_YEAR
        self.organs: list[str] = ORGANS
        self.pools: list[str] = c.POOLS
        self.wood: list[str] = DEAD_WOOD

    def known(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """The polish, and what of it does not depend on corrections."""
        rate, _, _ = self.column_pools.rates(x)
        ratios = self.polish.wood_ratios(x)
        debris = self.polish.debris_change(x, ratios)
        anchor = self.polish.anchor(x)
        return {
            "rate": rate,
            "stem": ratios[0],
            "root": ratios[1],
            "anchor": anchor,
            "movement": self.movement(x),
            "polished": self.polish.carbon(x, anchor, debris, torch.ones_like(debris)),
        }

    def patch_features_of(self, x: dict[str, Tensor], known: dict[str, Tensor]) -> Tensor:
        """The plain features, and where wood, leaves and production are heading."""
        out: list[Tensor] = []
        out.append(torch.asinh(torch.log(known["stem"]) / self.fine))
        out.append(torch.asinh(torch.log(known["root"]) / self.fine))
        plants = self.patch_features.physics
        for organ in self.wood:
            out.append(fine_ratio(x[organ + "c"], x[organ + "c_start"], 1.0e-3))
            live = x["livestemc" if organ == "deadstem" else "livecrootc"]
            sustained = live * plants.dead_over_live(x, organ)
            out.append(fine_ratio(sustained, x[organ + "c"], 1.0e-3))
        for organ in self.organs:
            out.append(fine_ratio(x[organ + "c"], x[organ.upper() + "C"], 1.0e-3))
        fast = organ_total(x, "leaf", "c") + organ_total(x, "froot", "c")
        npp = x["PFT_NPP"] * self.seconds
        gpp = x["PFT_GPP"] * self.seconds
        out.append(fine_ratio(x["annsum_npp"], npp, 1.0))
        out.append(fine_ratio(npp, gpp, 1.0))
        out.append(fine_ratio(fast, npp, 1.0))
        out.append(fine_ratio(organ_total(x, "leaf", "c"), organ_total(x, "froot", "c"), 1.0e-2))
        out.append(self.budget.growth(x))
        fine = torch.stack(out, -1)
        return torch.cat([self.patch_features(x), fine], -1)

    def column_features_of(self, x: dict[str, Tensor], known: dict[str, Tensor]) -> Tensor:
        """The plain features, and the drift of each pool with what the polish makes of it."""
        out: list[Tensor] = [self.column_features(x)]
        now = self.polish.present_pools(x, "")
        start = self.polish.present_pools(x, "_start")
        for i in range(len(self.pools)):
            drift = self.column_features.total(now[:, i] - start[:, i]) / self.years
            move = self.column_features.total(known["polished"][:, i] - now[:, i]) / self.years
            out.append(torch.asinh(drift))
            out.append(torch.asinh(move))
        wood = torch.zeros_like(x["NPP"])
        for organ in self.wood:
            change = (x[organ + "c"] - x[organ + "c_start"]) * x["wtcol"]
            wood = wood + change.sum(1, keepdim=True) / self.years
        out.append(torch.asinh(wood))
        out.append(torch.asinh((x["NPP"] - x["HR"]) * self.seconds))
        out.append(fine_ratio(x["NPP"], x["GPP"], 1.0e-9))
        out.append(self.budget(x, now - start, known["polished"] - now))
        return torch.cat(out, 1)

    def depth_features_of(self, x: dict[str, Tensor], known: dict[str, Tensor]) -> Tensor:
        """The plain features, and by pool: the polish, the window's change, Jan 1 over the mean."""
        now = self.polish.present_pools(x, "")
        start = self.polish.present_pools(x, "_start")
        fine: list[Tensor] = []
        for i in range(len(self.pools)):
            mean = x[self.pools[i].upper() + "C_vr"]
            fine.append(fine_ratio(known["polished"][:, i], now[:, i], 1.0e-4))
            fine.append(fine_ratio(now[:, i], start[:, i], 1.0e-4))
            fine.append(fine_ratio(now[:, i], mean, 1.0e-4))
        return torch.cat([self.depth_features(x, known["rate"]), torch.stack(fine, 1)], 1)

    def display_base(self, x: dict[str, Tensor], known: dict[str, Tensor]) -> list[Tensor]:
        """Displayed organs over the present ones before correction: the polish's wood."""
        out: list[Tensor] = []
        for organ in self.organs:
            if organ == "deadstem":
                out.append(known["stem"])
            elif organ == "deadcroot":
                out.append(known["root"])
            else:
                out.append(torch.ones_like(x["wtcol"]))
        return out

    def litter_change(
        self, x: dict[str, Tensor], ratios: list[Tensor], correction: Tensor
    ) -> Tensor:
        """Litter fall follows leaves and fine roots, and a correction of its own (col, 1)."""
        leaf, root = organ_total(x, "leaf", "c"), organ_total(x, "froot", "c")
        after = (leaf * ratios[0] + root * ratios[1]) * torch.exp(correction)
        before = ((leaf + root) * x["wtcol"]).sum(1, keepdim=True)
        there = before > 1.0
        after = (after * x["wtcol"]).sum(1, keepdim=True)
        one = torch.ones_like(before)
        change = torch.where(there, after / torch.where(there, before, one), one)
        return change.clamp(0.5, 2.0)

    def movement(self, x: dict[str, Tensor]) -> Tensor:
        """How fast slow carbon moved in the window, gC/m2/yr (col, 1): each part by its size.

        Dead wood, debris and litter, soil. Where nothing moves the polish is right, and an error of
        the network would be all that moves.
        """
        now = self.polish.present_pools(x, "")
        start = self.polish.present_pools(x, "_start")
        moved: list[Tensor] = [torch.zeros_like(x["NPP"]), torch.zeros_like(x["NPP"])]
        for i in range(len(self.pools)):
            part = 1 if i > self.polish.rates.cwd else 0
            moved[part] = moved[part] + self.column_features.total(now[:, i] - start[:, i])
        wood = torch.zeros_like(x["NPP"])
        for organ in self.wood:
            change = (x[organ + "c"] - x[organ + "c_start"]) * x["wtcol"]
            wood = wood + change.sum(1, keepdim=True)
        return (moved[0].abs() + moved[1].abs() + wood.abs()) / self.years

    def predict(self, x: dict[str, Tensor]) -> dict[str, Tensor]:
        """Named outputs from named inputs; the networks run where they have a say."""
        f = self.encode(x)
        moving = (f["movement"] > self.least_movement)[:, 0].nonzero()[:, 0]
        by_patch = torch.zeros_like(f["present"]).unsqueeze(2).repeat(1, 1, self.patch_outputs)
        by_level = torch.zeros_like(f["rate"][:, :1]).repeat(1, self.depth_outputs, 1)
        if moving.shape[0] > 0:
            part: dict[str, Tensor] = {}
            for name, value in f.items():
                part[name] = value[moving]
            said, level = self.corrections(part)
            by_patch = by_patch.index_copy(0, moving, said)
            by_level = by_level.index_copy(0, moving, level)
        return self.assemble(x, f, by_patch, by_level)

    def growth_to_come(self, x: dict[str, Tensor]) -> Tensor:
        """``Accrual`` from the N balance of the window (col, 1)."""
        part = self.polish.circulation
        return self.accrual(
            x["FPG"],
            part.mineral.surplus(x),
            -part.loss(x),
            part.stored(x),
            part.circulating(x, part.kept(x)),
        )

    def assemble(
        self,
        x: dict[str, Tensor],
        f: dict[str, Tensor],
        patch_correction: Tensor,
        depth_correction: Tensor,
    ) -> dict[str, Tensor]:
        """The polish times exp(correction), pool by pool; near rest the growth still to come."""
        # Columns unlike those of training, and those that hardly move, get the polish alone.
        gate = (2.0 * self.trust(self.trust_features(f))).clamp(max=1.0)
        moves = ((f["movement"] - self.least_movement) / self.more_movement).clamp(0.0, 1.0)
        more = (self.growth_to_come(x) - 1.0) * (1.0 - moves)
        plants = 1.0 + self.plant_share * more
        inputs = 1.0 + (1.0 - self.plant_share) * more
        gate = (gate * moves).unsqueeze(2)
        by_patch = patch_correction * gate * f["present"].unsqueeze(2)
        by_level = depth_correction * gate
        factor = torch.exp(by_patch) * plants.unsqueeze(2)
        out: dict[str, Tensor] = {}
        ratios = self.display_base(x, f)
        for k in range(len(self.organs)):
            ratios[k] = ratios[k] * factor[:, :, self.display_at + k]
            stored = factor[:, :, self.storage_at + k]
            for element in ("c", "n", "p"):
                name = self.organs[k] + element
                out[name] = x[name] * ratios[k]
                out[name + "_storage"] = x[name + "_storage"] * stored
                out[name + "_xfer"] = x[name + "_xfer"] * stored
            if k == 0:
                out["gresp_storage"] = x["gresp_storage"] * stored
                out["gresp_xfer"] = x["gresp_xfer"] * stored
        for k in range(len(self.labile)):
            out[self.labile[k]] = x[self.labile[k]] * factor[:, :, self.labile_at + k]
        out["annsum_npp"] = x["annsum_npp"] * factor[:, :, self.annsum_at]
        out["xsmrpool"] = x["xsmrpool"] * factor[:, :, self.deficit_at]
        debris = self.polish.debris_change(x, [ratios[3], ratios[5]])
        litter = self.litter_change(x, ratios, by_patch[:, :, self.litter_at])
        carbon = self.polish.carbon(x, f["anchor"], debris * inputs, litter * inputs)
        carbon = carbon * torch.exp(by_level[:, self.pool_at : self.pool_at + 8])
        for i in range(len(self.pools)):
            pool = self.pools[i]
            now = x[pool + "c_vr"].clamp(min=0.0)
            known = now > 1.0e-6
            grown = carbon[:, i] / torch.where(known, now, torch.ones_like(now))
            grown = torch.where(known, grown, torch.ones_like(grown))
            out[pool + "c_vr"] = carbon[:, i]
            ratio_p = torch.exp(by_level[:, self.phosphorus_at + i])
            out[pool + "p_vr"] = x[pool + "p_vr"] * grown * ratio_p
            if i < 4:
                ratio_n = torch.exp(by_level[:, self.nitrogen_at + i])
                out[pool + "n_vr"] = x[pool + "n_vr"] * grown * ratio_n
            else:
                out[pool + "n_vr"] = carbon[:, i] / self.soil_cn[i - 4]
        for k in range(len(self.minerals)):
            name = self.minerals[k]
            out[name] = x[name] * torch.exp(by_level[:, self.mineral_at + k])
        # The state is the host's own, and what is unlike training is left to the polish.
        out["trust"] = torch.ones_like(x["wtcol"][:, :1])
        return out
