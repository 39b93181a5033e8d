"""The list of variables and what derives from it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from phase_elm.schema import SchemaError, load_schema, schema_from_artifact_json

TEXT = resources.files("phase_elm.schema").joinpath("variables.yaml").read_text()


def test_every_output_but_trust_is_read_at_the_jump() -> None:
    schema = load_schema()
    instant = {v.name for v in schema.inputs if v.sample == "instant"}
    assert {v.name for v in schema.outputs} - {"trust"} <= instant


def test_states_of_all_three_elements_are_listed() -> None:
    names = load_schema().by_name
    for element in "cnp":
        for pool in ("litr1", "litr2", "litr3", "cwd", "soil1", "soil2", "soil3", "soil4"):
            assert names[f"{pool}{element}_vr"].units == f"g{element.upper()}/m3"
        for organ in ("leaf", "froot", "livestem", "deadstem", "livecroot", "deadcroot"):
            for part in ("", "_storage", "_xfer"):
                assert names[f"{organ}{element}{part}"].dims == "patch"


def test_artifact_schema_carries_every_key_the_bridge_reads() -> None:
    schema = load_schema()
    document = schema.artifact(
        name="x", checksum="0", created="2026-01-01", trust_threshold=0.2, provenance={}
    )
    assert len(document["inputs"]) == len(schema.inputs)
    by_name = {entry["name"]: entry for entry in document["inputs"]}
    assert by_name["leafc"]["shape"] == [-1, 17]
    assert by_name["leafc"]["dims"] == ["column", "pft"]
    assert by_name["TBOT"]["shape"] == [-1, 240]
    assert by_name["leafcn"]["shape"] == [17]
    assert by_name["lat"]["shape"] == [-1, 1]
    assert by_name["LITR1C_vr"]["mean_years"] == 20
    assert document["outputs"][-1]["name"] == "trust"
    assert all(entry["dtype"] == "float64" for entry in document["outputs"])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("role: surface, use: input", "role: surface, used: input", "used"),
        ("name: lon,", "name: lat,", "lat is listed twice"),
        ("dims: column_month, sample: monthly", "dims: columns, sample: monthly", "columns"),
        ("lower: -90.0, upper: 90.0", "lower: 90.0, upper: -90.0", "is not below"),
    ],
)
def test_a_slip_in_the_schema_is_named(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in TEXT
    path = tmp_path / "variables.yaml"
    path.write_text(TEXT.replace(old, new, 1))
    with pytest.raises(SchemaError, match=says):
        load_schema(path)


def test_an_artifact_schema_without_a_key_is_refused() -> None:
    with pytest.raises(SchemaError, match="checksum"):
        schema_from_artifact_json('{"format_version": 1}')
