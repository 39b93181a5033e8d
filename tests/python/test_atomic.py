"""Files that appear under their name only when they are complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from phase_elm.atomic import complete, write_text


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    with complete(tmp_path / "a.nc") as partial:
        partial.write_bytes(b"half")
        assert not (tmp_path / "a.nc").exists()
        partial.write_bytes(b"whole")
    assert (tmp_path / "a.nc").read_bytes() == b"whole"
    assert names(tmp_path) == ["a.nc"]


@pytest.mark.parametrize("old", [None, b"old"])
def test_a_failure_leaves_what_was_there(tmp_path: Path, old: bytes | None) -> None:
    path = tmp_path / "a.nc"
    if old is not None:
        path.write_bytes(old)

    def fail() -> None:
        with complete(path) as partial:
            partial.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert names(tmp_path) == ([] if old is None else ["a.nc"])
    assert old is None or path.read_bytes() == old


def test_a_block_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), complete(tmp_path / "a.nc"):
        pass
    assert names(tmp_path) == []


def test_a_text_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert write_text(path, "ä") == path
    write_text(path, "b\n")
    assert path.read_bytes() == b"b\n"
    assert names(tmp_path) == ["a.json"]
