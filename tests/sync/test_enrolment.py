"""The enrolment file: what a station prints is what the county reads."""

import json
from pathlib import Path

import pytest

from sync.enrolment import Enrolment, parse_key, parse_station_id, read_enrolment
from sync.errors import SyncError
from sync.settings import BadSettings

KEY = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


@pytest.mark.parametrize("name", ["张家村", 'a "quoted" \\ name', "tab\tand\nline", ""])
def test_what_is_printed_is_read_back(tmp_path: Path, name: str) -> None:
    """TOML, whatever the name holds."""
    enrolment = Enrolment(id="v001", name=name, public_key=KEY)
    path = tmp_path / "v001.toml"
    path.write_text(enrolment.to_toml(), encoding="utf-8")
    assert read_enrolment(path) == enrolment


def test_json_is_read_too(tmp_path: Path) -> None:
    """For other makers' tools."""
    path = tmp_path / "v001.json"
    path.write_text(json.dumps({"id": "v001", "public_key": KEY}), encoding="utf-8")
    assert read_enrolment(path).public_key == KEY


@pytest.mark.parametrize(
    ("text", "faults"), [("{", 1), ("[1]", 1), ('{"id": "a b", "public_key": "zz", "nmae": 1}', 3)]
)
def test_every_mistake_in_a_file_is_told(tmp_path: Path, text: str, faults: int) -> None:
    """As in any configuration."""
    path = tmp_path / "v001.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings) as bad:
        read_enrolment(path)
    assert len(bad.value.faults) == faults
    with pytest.raises(BadSettings):
        read_enrolment(tmp_path / "nowhere.json")


def test_typed_keys_and_names_are_checked() -> None:
    """A name must be able to stand in a topic."""
    assert parse_key(f" {KEY.upper()}\n") == bytes.fromhex(KEY)
    assert parse_station_id("v-001.a_b") == "v-001.a_b"
    for wrong in ("", "a" * 64 + "z", KEY[:-1]):
        with pytest.raises(SyncError):
            parse_key(wrong)
    for wrong in ("", "a/b", "+", "#", "村", "x" * 33, "-a"):
        with pytest.raises(SyncError):
            parse_station_id(wrong)
