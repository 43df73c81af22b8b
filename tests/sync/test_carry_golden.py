"""The carried files' vectors, held still: `python -m tests.sync.test_carry_golden` writes them anew.

HPKE draws its own key, so that a sealed file is opened and never made again.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sync.carry_file import Down, Up, UpHead, encode_down, encode_mark, encode_up, open_up, read_down, read_mark
from sync.entry import FORMAT, key_id
from sync.keys import verifier
from tests.sync.make_golden import COUNTY_SEED, STATION, signing_key
from tests.sync.memory import NOW_MS

CASES = Path(__file__).parents[1] / "cases" / "carry.json"
WIRE = Path(__file__).parents[1] / "cases" / "wire.json"
SEALING_SEED = bytes(range(64, 96))
STICK = bytes.fromhex("d0d1d2d3d4d5d6d7")
TRIP = 38


def make() -> dict[str, Any]:
    """Everything in the file; its messages are those of the wire's own vectors."""
    wire = json.loads(WIRE.read_text(encoding="utf-8"))
    up = [wire["hellos"][0]["message"], wire["held"][0]["message"], wire["batches"][0]["message"]]
    down = [wire["receipts"][1]["message"], wire["receipts"][0]["message"], wire["lists"][0]["message"]]
    county, sealing = signing_key(COUNTY_SEED), X25519PrivateKey.from_private_bytes(SEALING_SEED)
    public = sealing.public_key().public_bytes_raw()
    head = UpHead(FORMAT, STATION, key_id(public), TRIP, NOW_MS)
    content = Down(FORMAT, STATION, key_id(county.public), TRIP, NOW_MS + 1, [bytes.fromhex(each) for each in down])
    return {
        "county_seed": COUNTY_SEED.hex(),
        "sealing_seed": SEALING_SEED.hex(),
        "sealing_public": public.hex(),
        "stick": STICK.hex(),
        "mark": encode_mark(STICK, NOW_MS, county=county.public, sign=county.sign).hex(),
        "trip": TRIP,
        "up_messages": up,
        "up": encode_up(head, [bytes.fromhex(each) for each in up], public).hex(),
        "down_messages": down,
        "down": encode_down(content, county.sign).hex(),
    }


@pytest.fixture(scope="module")
def golden() -> dict[str, Any]:
    """The recorded vectors."""
    recorded: dict[str, Any] = json.loads(CASES.read_text(encoding="utf-8"))
    return recorded


def test_what_is_made_is_what_was_recorded(golden: dict[str, Any]) -> None:
    """All but the sealed file, byte by byte."""
    made = make()
    assert {name: made[name] for name in made if name != "up"} == {
        name: golden[name] for name in golden if name != "up"
    }


def test_the_recorded_files_are_read(golden: dict[str, Any]) -> None:
    """The mark, the sealed file with the recorded key, and the county's file."""
    county = signing_key(COUNTY_SEED).public
    check = verifier(county)
    assert read_mark(bytes.fromhex(golden["mark"]), county=county, verify=check).hex() == golden["stick"]
    up = open_up(bytes.fromhex(golden["up"]), X25519PrivateKey.from_private_bytes(SEALING_SEED))
    head = UpHead(FORMAT, STATION, key_id(bytes.fromhex(golden["sealing_public"])), golden["trip"], NOW_MS)
    assert up == Up(head, [bytes.fromhex(each) for each in golden["up_messages"]])
    down = read_down(bytes.fromhex(golden["down"]), station=STATION, county=county, verify=check)
    assert (down.trip, [each.hex() for each in down.messages]) == (golden["trip"], golden["down_messages"])


if __name__ == "__main__":
    CASES.write_text(json.dumps(make(), indent=1) + "\n", encoding="utf-8")
