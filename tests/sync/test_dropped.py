"""telemetry.dropped: the range it names is read as the README draws it, and nothing else is one."""

import re
from pathlib import Path

import pytest

from sync.dropped import GONE, KIND, Dropped, dropped_by, dropped_in
from sync.entry import FORMAT, ROOT, After, Entry, Header, Lane, Trust, encode_body, entry_hash

EPOCH = bytes.fromhex("0011223344556677")
BODY = {"epoch": EPOCH, "lane": 1, "first": 5, "last": 9, "first_hash": b"\x11" * 32, "hash": b"\x22" * 32}


def entry(body: bytes, kind: str = KIND, lane: Lane = Lane.CUSTODY) -> Entry:
    """An entry with this body."""
    after = After(0, bytes(8)) if lane is Lane.TELEMETRY else None
    header = Header(FORMAT, "v001", EPOCH, lane, 3, 1, 1, 1, Trust.KEPT, kind, bytes(8), after).encode()
    return Entry(header, body, None, entry_hash(ROOT, header, body, None))


def test_the_body_in_the_readme_is_what_is_written_and_read() -> None:
    """The vector holds both ways."""
    text = (Path(__file__).parents[2] / "sync" / "README.md").read_text("utf-8")
    shown = re.search(r"places 5 to 9:\n\n((?:    [0-9a-f]+\n)+)", text)
    assert shown is not None
    packed = bytes.fromhex("".join(shown[1].split()))
    assert packed == encode_body(BODY)
    assert dropped_by(entry(packed)) == Dropped(EPOCH, 1, 5, 9, b"\x22" * 32)


@pytest.mark.parametrize(
    "body",
    [
        b"\xc1",
        b"",
        encode_body({}),
        encode_body({**BODY, "lane": 0}),
        encode_body({**BODY, "first": 10}),
        encode_body({**BODY, "first": -1}),
        encode_body({**BODY, "hash": b"short"}),
        encode_body({**BODY, "epoch": "text"}),
        b"\x91" * 30_000,
    ],
)
def test_what_is_said_wrongly_names_nothing(body: bytes) -> None:
    """Custody never goes for want of room, and no body makes the county fail."""
    assert dropped_by(entry(body)) is None


def test_a_range_the_county_had_once_may_be_of_either_lane() -> None:
    """journal.gone names custody too, with the hash of its last entry alone."""
    for lane in (0, 1):
        body = {"epoch": EPOCH, "lane": lane, "first": 0, "last": 9, "hash": b"\x22" * 32}
        assert dropped_by(entry(encode_body(body), kind=GONE)) == Dropped(EPOCH, lane, 0, 9, b"\x22" * 32)
        assert dropped_by(entry(encode_body({**body, "lane": 2}), kind=GONE)) is None


def test_only_custody_entries_of_that_kind_name_a_range() -> None:
    """Another kind, or a telemetry entry, says nothing of the sort."""
    packed = encode_body(BODY)
    assert dropped_by(entry(packed, lane=Lane.TELEMETRY)) is None
    assert dropped_by(entry(packed, kind="parcel.received")) is None
    assert dropped_by(entry(packed, kind=f"x{KIND}")) is None


def test_every_range_of_a_batch_is_found_and_in_its_order() -> None:
    """Also where what one entry ends with and the next begins with reads like the mark: each is looked at by itself."""
    named = [Dropped(EPOCH, 1, 5, 9, b"\x22" * 32), Dropped(EPOCH, 0, 0, 9, b"\x22" * 32)]
    other = entry(encode_body(BODY), kind="parcel.received")
    gone = entry(encode_body({"epoch": EPOCH, "lane": 0, "first": 0, "last": 9, "hash": b"\x22" * 32}), kind=GONE)
    halves = [other._replace(header=b"\xb1telemetry."), other._replace(header=b"dropped")]
    assert dropped_in([other, entry(encode_body(BODY)), other, gone, *halves]) == named
    assert dropped_in([]) == dropped_in([other]) == []
