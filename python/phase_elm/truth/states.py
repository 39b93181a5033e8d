"""States that a run is set to: those of a file, or the same with random errors.

The pools are handed to the plugin as the prediction of an artifact, so that they get into the
model the way a surrogate's do: the same checks, the same rules for what follows from them.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from phase_elm.schema import Schema
from phase_elm.truth.gather import state_names

ORGANS = ("leaf", "froot", "livestem", "deadstem", "livecroot", "deadcroot")
POOLS = ("litr1", "litr2", "litr3", "cwd", "soil1", "soil2", "soil3", "soil4")
STORES = ("cpool", "npool", "ppool", "retransn", "retransp")
# How far apart the parts of a mineral form may lie, in units of the pools' spread.
MINERAL_SPREAD = {"smin_no3_vr": 2.0, "smin_nh4_vr": 2.0, "labilep_vr": 1.0, "secondp_vr": 1.0}
RATIO_SPREAD = 0.5
DEPTH_MEMORY = 0.8


def _profiles(generator: np.random.Generator, columns: int, levels: int) -> np.ndarray:
    """Standard normal numbers that resemble each other from layer to layer, (column, level)."""
    noise = generator.standard_normal((columns, levels))
    for level in range(1, levels):
        noise[:, level] = (
            DEPTH_MEMORY * noise[:, level - 1] + np.sqrt(1.0 - DEPTH_MEMORY**2) * noise[:, level]
        )
    return noise


def perturbed(states: xr.Dataset, spread: float, seed: int) -> xr.Dataset:
    """Pools times random factors exp(``spread`` z) that hang together as a surrogate's errors do.

    The errors of a column's carbon pools have three parts of equal variance: one of the column, one
    of the plant type or soil pool, one of the organ or layer. Nitrogen and phosphorus go with
    carbon, phosphorus of litter and soil and nitrogen of litter with half the spread of their own;
    mineral forms have a profile of their own. Zeros stay zero.

    Parameters:
        states: Pools by schema name, (column, pft) or (column, level).
        spread: Standard deviation of the logarithm of a carbon pool.
        seed: Of everything random.
    """
    found = states.copy(deep=True)
    generator = np.random.default_rng(seed)
    columns, plants = states["leafc"].shape
    levels = states["soil4c_vr"].shape[1]
    column = generator.standard_normal((columns, 1))
    plant = column + generator.standard_normal((columns, plants))

    def scale(name: str, z: np.ndarray) -> None:
        found[name] = found[name] * np.exp(spread * z)

    for organ in ORGANS:
        z = (plant + generator.standard_normal((columns, plants))) / np.sqrt(3.0)
        for element in "cnp":
            for part in ("", "_storage", "_xfer"):
                scale(f"{organ}{element}{part}", z)
        if organ == "leaf":
            for name in ("gresp_storage", "gresp_xfer", "annsum_npp"):
                scale(name, z)
    for name in STORES:
        scale(name, (plant + generator.standard_normal((columns, plants))) / np.sqrt(3.0))
    for pool in POOLS:
        own = generator.standard_normal((columns, 1))
        z = (column + own + _profiles(generator, columns, levels)) / np.sqrt(3.0)
        ratio_n, ratio_p = (RATIO_SPREAD * _profiles(generator, columns, levels) for _ in "np")
        scale(f"{pool}c_vr", z)
        scale(f"{pool}n_vr", z if pool.startswith("soil") else z + ratio_n)
        scale(f"{pool}p_vr", z + ratio_p)
    for name, times in MINERAL_SPREAD.items():
        scale(name, times * _profiles(generator, columns, levels))
    return found


class _GivenStates(torch.nn.Module):
    """Finds each column by its place and returns the pools that belong there."""

    def __init__(
        self,
        positions: tuple[int, int],
        place: torch.Tensor,
        table: torch.Tensor,
        widths: list[int],
    ) -> None:
        super().__init__()
        self.lat, self.lon = positions
        self.widths = widths
        self.register_buffer("place", place)
        self.register_buffer("table", table)

    def forward(self, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
        lat, lon = inputs[self.lat], inputs[self.lon]
        east = torch.remainder(lon - self.place[:, 1] + 180.0, 360.0) - 180.0
        gap = (lat - self.place[:, 0]).abs() + east.abs()
        nearest = gap.argmin(1)
        known = gap.gather(1, nearest.unsqueeze(1)) < 1.0e-3
        outputs: list[torch.Tensor] = []
        for part in torch.split(self.table[nearest], self.widths, 1):
            outputs.append(part)
        outputs.append(known.to(self.table.dtype))
        return outputs


def write_given_states(
    schema: Schema, states: xr.Dataset, lat: np.ndarray, lon: np.ndarray, path: Path, protocol: str
) -> Path:
    """Write an artifact that predicts given pools.

    Parameters:
        schema: What the artifact reads and predicts.
        states: Every predicted pool, (column, pft) or (column, level).
        lat, lon: Places of the columns.
        path: Artifact to write.
        protocol: Protocol of the run that is to load it.
    """
    names = state_names(schema)
    parts = [torch.from_numpy(np.array(states[name].values, dtype=np.float64)) for name in names]
    order = {name: index for index, name in enumerate(schema.input_names)}
    module = torch.jit.script(
        _GivenStates(
            (order["lat"], order["lon"]),
            torch.from_numpy(np.stack([lat, lon], 1).astype(np.float64)),
            torch.cat(parts, 1),
            [part.shape[1] for part in parts],
        )
    )
    document = schema.artifact(
        name="given states",
        checksum="",
        created=datetime.datetime.now(datetime.UTC).date().isoformat(),
        trust_threshold=0.5,
        provenance={"purpose": "sets a run to given states; predicts nothing"},
    )
    document.update(protocol=protocol, protocols=[protocol])
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.jit.save(module, str(path), _extra_files={"phase_schema.json": json.dumps(document)})
    return path
