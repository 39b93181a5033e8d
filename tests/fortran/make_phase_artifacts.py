"""Write the tiny surrogates that the plugin's Fortran tests load.

    make_phase_artifacts.py FOLDER

Four PFTs, three layers, two observed years. Its rules can be checked by hand: leaf carbon doubles,
the soil pool grows by its layer number times the mean temperature, columns north of 60 degrees are
not trusted, south of 60 degrees leaf carbon turns negative, and a GPP above 1000 gives a NaN.

phase_rules.pt knows one method. phase_methods.pt is told which (0 hybrid, 1 surrogate, 2 steady
state) and multiplies leaf carbon by 2 plus that number; phase_no_network.pt lacks the surrogate.
phase_no_numbers.pt has words in its schema where numbers belong.
"""

from __future__ import annotations

import hashlib
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import torch

LEVEL, PFT, MONTH = 3, 4, 24


class Rules(torch.nn.Module):
    """Inputs and outputs in the order of the schema below."""

    def forward(self, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
        tbot, leafcn, gpp, tlai, lat, leafc, soil1c = inputs
        depth = torch.arange(1, soil1c.shape[1] + 1, dtype=torch.float64)
        leaf = torch.where(lat < -60.0, -torch.ones_like(leafc), 2.0 * leafc)
        leaf = torch.where(leafcn[None, :] < 0.0, tlai, leaf)
        soil = soil1c + depth[None, :] * tbot.mean(dim=1, keepdim=True)
        soil = torch.where(gpp > 1000.0, torch.full_like(soil, float("nan")), soil)
        trust = torch.where(lat > 60.0, torch.full_like(lat, 0.1), torch.ones_like(lat))
        return [leaf, soil, trust]


class Methods(torch.nn.Module):
    """The rules, with one more input at the end: the method asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.rules = Rules()

    def forward(self, inputs: list[torch.Tensor]) -> list[torch.Tensor]:
        leaf, soil, trust = self.rules(inputs[:7])
        return [leaf * (2.0 + inputs[7]) / 2.0, soil, trust]


def tensor(
    name: str, units: str, dims: list[str], shape: list[int], role: str, **extra: Any
) -> dict[str, Any]:
    return {
        "name": name, "units": units, "dims": dims, "shape": shape, "dtype": "float64",
        "role": role, "long_name": name, **extra,
    }  # fmt: skip


def schema() -> dict[str, Any]:
    column, level, patch = ["column"], ["column", "level"], ["column", "pft"]
    month = ["column", "month"]
    return {
        "format_version": 1,
        "name": "two-year rules",
        "checksum": hashlib.sha256(b"two-year rules").hexdigest(),
        "created": "2026-01-01",
        "provenance": {},
        "pool_space": "normal",
        "protocol": "cold",
        "nu_com": "RD",
        "decomp_cascade": "CTC",
        "observe_years": MONTH // 12,
        "horizon_years": 1000.0,
        "trust_threshold": 0.5,
        "dims": {"level": LEVEL, "pft": PFT, "month": MONTH},
        "inputs": [
            tensor("TBOT", "K", month, [-1, MONTH], "forcing", sample="monthly"),
            tensor("leafcn", "gC/gN", ["pft"], [PFT], "pft_parameter", sample="static"),
            tensor("GPP", "gC/m2/s", column, [-1, 1], "flux", sample="mean", mean_years=2),
            tensor("PFT_TLAI", "m2/m2", patch, [-1, PFT], "rate", sample="mean", mean_years=1),
            tensor("lat", "degrees_north", column, [-1, 1], "surface", sample="static"),
            tensor("leafc", "gC/m2", patch, [-1, PFT], "patch_state", sample="instant"),
            tensor("soil1c_vr", "gC/m3", level, [-1, LEVEL], "column_state", sample="instant"),
        ],
        "outputs": [
            tensor("leafc", "gC/m2", patch, [-1, PFT], "patch_state"),
            tensor("soil1c_vr", "gC/m3", level, [-1, LEVEL], "column_state"),
            tensor("trust", "1", column, [-1, 1], "trust"),
        ],
    }


def methods_schema(*methods: str) -> dict[str, Any]:
    document = schema()
    document["inputs"].append(
        tensor("jump_method", "1", ["column"], [-1, 1], "control", sample="control")
    )
    document["methods"] = list(methods)
    return document


def write(path: Path, module: torch.nn.Module, document: dict[str, Any]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = torch.jit.script(module)
        text = json.dumps(document, indent=1)
        torch.jit.save(graph, str(path), _extra_files={"phase_schema.json": text})


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "phase_rules.pt", Rules(), schema())
    methods = methods_schema("hybrid", "surrogate", "steady_state")
    write(folder / "phase_methods.pt", Methods(), methods)
    no_numbers = schema()
    no_numbers["trust_threshold"] = "high"
    no_numbers["outputs"][1]["upper"] = "much"
    write(folder / "phase_no_numbers.pt", Rules(), no_numbers)
    limited = methods_schema("hybrid", "steady_state")
    write(folder / "phase_no_network.pt", Methods(), limited)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
