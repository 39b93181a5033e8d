"""Make the small TorchScript artifacts of the bridge's tests: ``make_artifacts.py FOLDER``.

One good artifact, and for every way an artifact can be bad, one that is bad in just that way.
"""

from __future__ import annotations

import copy
import io
import json
import sys
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

SCHEMA_FILE = "phase_schema.json"
Schema = dict[str, Any]


def tensor_entry(
    name: str, dims: list[str], shape: list[int], dtype: str = "float64", **more: Any
) -> dict[str, Any]:
    entry = {
        "name": name,
        "units": "gC/m2",
        "dims": dims,
        "shape": shape,
        "dtype": dtype,
        "role": "patch_state",
        "long_name": f"test tensor {name}",
    }
    return {**entry, **more}


def schema_of(inputs: list[dict[str, Any]], outputs: list[dict[str, Any]]) -> Schema:
    return {
        "format_version": 1,
        "name": "tiny",
        "checksum": "0" * 64,
        "created": "2026-01-01",
        "provenance": {"note": 'quote " and \u00e9 survive'},
        "protocol": "cold",
        "trust_threshold": 0.5,
        "supported": True,
        "dims": {"level": 4, "pft": 3},
        "inputs": [{"sample": "instant", **entry} for entry in inputs],
        "outputs": outputs,
    }


LEAFC = tensor_entry("leafc", ["column", "pft"], [-1, 3])
SOIL = tensor_entry("soil4c_vr", ["column", "level"], [-1, 4], units="gC/m3")
SLATOP = tensor_entry("slatop", ["pft"], [3], units="m2/gC", sample="static", role="pft_parameter")
TRUST = tensor_entry("trust", ["column"], [-1, 1], units="1", role="trust")

GOOD = schema_of([LEAFC, SOIL, SLATOP], [LEAFC, TRUST])
ONE_TO_ONE = schema_of([LEAFC], [LEAFC])


class Good(nn.Module):
    """leafc * slatop + sum of soil, and a small network for trust."""

    def __init__(self) -> None:
        super().__init__()
        self.network = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).double()

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        leafc, soil, slatop = inputs[0], inputs[1], inputs[2]
        return [
            leafc * slatop + soil.sum(1, keepdim=True),
            torch.sigmoid(self.network(soil * 1.0e-3)),
        ]


class Chain(nn.Module):
    """Element-wise operations that an optimising executor would fuse."""

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        x = inputs[0]
        for _ in range(4):
            x = torch.tanh(x * 1.1 + 0.3) * torch.exp(-x * x) + torch.sin(x) / (1.7 + x * x)
        return [x]


class NanOutput(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [torch.log(inputs[0] - 1.0e6)]


class Traps(nn.Module):
    """Raises invalid, divide-by-zero and overflow, and selects the results away."""

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        x = inputs[0]
        zero = x - x
        bad = torch.log(zero - 1.0) + 1.0 / zero + torch.exp(x + 1.0e4) + zero / zero
        return [torch.where(x < -1.0e300, bad, x)]


class WrongExtent(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [inputs[0][:, :2]]


class WrongRank(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [inputs[0].sum(1)]


class WrongDtype(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [inputs[0].to(torch.float32)]


class WrongCount(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [inputs[0], inputs[0]]


class Raises(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        if inputs[0].size(0) > 0:
            raise ValueError("this graph always refuses")
        return [inputs[0]]


class BadOperation(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [torch.matmul(inputs[0], torch.zeros(5, 3, dtype=torch.float64))]


class Huge(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [inputs[0] + torch.zeros(1 << 46, dtype=torch.float64).sum()]


class InPlace(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [inputs[0].add_(1.0)]


class Identity(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return inputs


class Transposed(nn.Module):
    """Returns a view whose memory is not in the order of its dimensions."""

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [inputs[0].t().contiguous().t()]


class ColumnMean(nn.Module):
    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [inputs[0].mean(0)]


class TrainingSwitch(nn.Module):
    """Adds noise in training mode only."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.5)

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [self.dropout(inputs[0])]


class SingleTensor(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x


class Mlp(nn.Module):
    """64-64-64, for the benchmark."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 64)
        ).double()

    def forward(self, inputs: list[Tensor]) -> list[Tensor]:
        return [self.layers(inputs[0])]


def save(path: Path, module: nn.Module, schema: Schema | str | None) -> None:
    """Write an artifact; a schema given as text is stored as it is."""
    extra = {}
    if schema is not None:
        text = schema if isinstance(schema, str) else json.dumps(schema, ensure_ascii=False)
        extra[SCHEMA_FILE] = text
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.jit.save(torch.jit.script(module), str(path), _extra_files=extra)


def edited(edit: Callable[[Schema], object]) -> Schema:
    """Return the good schema with one change."""
    schema = copy.deepcopy(GOOD)
    edit(schema)
    return schema


BAD_SCHEMAS: dict[str, Schema | str] = {
    "schema_not_json": '{"format_version": 1,, }',
    "schema_not_object": "[1, 2]",
    "schema_version_2": edited(lambda s: s.update(format_version=2)),
    "schema_inputs_not_array": edited(lambda s: s.update(inputs={})),
    "schema_no_outputs": edited(lambda s: s.update(outputs=[])),
    "schema_name_not_string": edited(lambda s: s.update(name=3)),
    "schema_bad_dtype": edited(lambda s: s["inputs"][0].update(dtype="float16")),
    "schema_bad_extent": edited(lambda s: s["inputs"][0].update(shape=[-1, 0])),
    "schema_extent_not_whole": edited(lambda s: s["inputs"][0].update(shape=[-1, 2.5])),
    "schema_column_last": edited(
        lambda s: s["inputs"][0].update(dims=["pft", "column"], shape=[3, -1])
    ),
    "schema_dims_differ": edited(lambda s: s["inputs"][0].update(dims=["column"])),
    "schema_twice": edited(lambda s: s["inputs"].append(copy.deepcopy(s["inputs"][0]))),
    "schema_flag_not_bool": edited(lambda s: s["inputs"][0].update(nonfinite_ok="yes")),
}
for _key in ("format_version", "name", "checksum", "inputs", "outputs"):
    BAD_SCHEMAS[f"schema_without_{_key}"] = edited(lambda s, k=_key: s.pop(k))
for _key in ("name", "units", "dims", "shape", "dtype", "role", "sample"):
    BAD_SCHEMAS[f"schema_input_without_{_key}"] = edited(lambda s, k=_key: s["inputs"][1].pop(k))

ONE_TO_ONE_GRAPHS: dict[str, nn.Module] = {
    "chain": Chain(),
    "nan_output": NanOutput(),
    "traps": Traps(),
    "wrong_extent": WrongExtent(),
    "wrong_rank": WrongRank(),
    "wrong_dtype": WrongDtype(),
    "wrong_count": WrongCount(),
    "raises": Raises(),
    "bad_operation": BadOperation(),
    "huge": Huge(),
    "in_place": InPlace(),
    "transposed": Transposed(),
    "single_tensor": SingleTensor(),
    "training_switch": TrainingSwitch().train(),
}


def flip_byte(archive: bytes, record_ending: str) -> bytes:
    """Damage the middle byte of one record and leave the rest of the archive as it is."""
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        info = next(i for i in zipped.infolist() if i.filename.endswith(record_ending))
    name_length = int.from_bytes(
        archive[info.header_offset + 26 : info.header_offset + 28], "little"
    )
    extra_length = int.from_bytes(
        archive[info.header_offset + 28 : info.header_offset + 30], "little"
    )
    begin = info.header_offset + 30 + name_length + extra_length
    damaged = bytearray(archive)
    damaged[begin + info.compress_size // 2] ^= 0x10
    return bytes(damaged)


def make_all(folder: Path) -> None:
    """Write every artifact into ``folder``."""
    torch.manual_seed(1)
    folder.mkdir(parents=True, exist_ok=True)
    good = folder / "good.pt"
    save(good, Good(), GOOD)
    save(folder / "no_schema.pt", Good(), None)
    for name, schema in BAD_SCHEMAS.items():
        save(folder / f"{name}.pt", Identity(), schema)
    for name, module in ONE_TO_ONE_GRAPHS.items():
        save(folder / f"{name}.pt", module, ONE_TO_ONE)

    gap = tensor_entry("leafc", ["column", "pft"], [-1, 3], nonfinite_ok=True)
    save(folder / "nonfinite_ok.pt", Identity(), schema_of([gap], [gap]))

    kinds = [
        tensor_entry("f32", ["column", "pft"], [-1, 3], "float32"),
        tensor_entry("i64", ["column", "pft"], [-1, 3], "int64"),
        tensor_entry("i32", ["column", "pft"], [-1, 3], "int32"),
    ]
    save(folder / "dtypes.pt", Identity(), schema_of(kinds, kinds))

    mean = tensor_entry("leafc_mean", ["pft"], [3])
    save(folder / "column_mean.pt", ColumnMean(), schema_of([LEAFC], [mean]))

    wide = tensor_entry("x", ["column", "feature"], [-1, 64])
    save(folder / "mlp64.pt", Mlp(), schema_of([wide], [wide]))

    archive = good.read_bytes()
    (folder / "empty.pt").write_bytes(b"")
    (folder / "not_an_archive.pt").write_bytes(b"this is no archive\n" * 50)
    (folder / "truncated.pt").write_bytes(archive[: len(archive) // 2])
    (folder / "flipped_weight.pt").write_bytes(flip_byte(archive, "data/0"))
    (folder / "flipped_code.pt").write_bytes(flip_byte(archive, ".py"))
    (folder / "flipped_schema.pt").write_bytes(flip_byte(archive, SCHEMA_FILE))
    with zipfile.ZipFile(folder / "not_torchscript.pt", "w") as zipped:
        zipped.writestr("tiny/version", "3\n")
        zipped.writestr(f"tiny/extra/{SCHEMA_FILE}", json.dumps(GOOD))


if __name__ == "__main__":
    make_all(Path(sys.argv[1]))
