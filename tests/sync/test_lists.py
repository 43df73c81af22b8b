"""Lists: what each may say, their messages, and the station's board, which takes only what the county signed for it."""

from datetime import date

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.board import AGAIN_S
from sync.contents import (
    MAX_CONTENT_BYTES,
    SHAPES,
    BagSeen,
    BagsSeen,
    Content,
    ExpectedParcel,
    ExpectedParcels,
    Flight,
    Flights,
    Line,
    LineKind,
    Lines,
    LineTrip,
    Manifest,
    ManifestBag,
    ManifestTrip,
    Notice,
    Notices,
    RevokedBadges,
    Stop,
    Way,
    pack_content,
    read_content,
)
from sync.entry import FORMAT
from sync.errors import MalformedMessage
from sync.lists import (
    EVERYBODY,
    MAX_LISTS,
    Held,
    SignedList,
    decode_held,
    decode_list,
    encode_list,
    held_message,
    list_message,
)
from sync.sender import State
from sync.trouble import Trouble
from sync.wire import encode_envelope, open_envelope
from tests.sync.memory import (
    COUNTY_KEY,
    NOW_MS,
    STATION,
    STATION_KEY,
    MemoryLedger,
    MemoryLists,
    cheap_verifier,
    make_board,
    make_journal,
    make_log,
    make_receiver,
    make_sender,
)

REVOKED = pack_content(RevokedBadges([3, 17]))
TRIP = LineTrip("a", Way.DOWN, [Stop("v001", 480), Stop("v002", 505)])
SAMPLES: list[Content] = [
    RevokedBadges([1, 2**32 - 1]),
    ExpectedParcels([ExpectedParcel("YT0000000000001", b"\x00sealed", "三号架"), ExpectedParcel("SF1")]),
    Manifest([ManifestTrip("L1", "a", date(2027, 1, 15), Way.UP, [ManifestBag("B1", "S1", 2, 8_300, ["SF1", "SF2"])])]),
    Lines([Line("L1", "大昌—槐花村", LineKind.BUS, [TRIP], "渝F00000", 200, 10)]),
    Flights([Flight("CF9001", "巫山—南京", NOW_MS, NOW_MS - 3_600_000, 15_000)]),
    Notices([Notice("YT0000000000001", NOW_MS)]),
    BagsSeen([BagSeen("B1", NOW_MS, NOW_MS + 1, "v900"), BagSeen("B2", NOW_MS)]),
]


def sign(
    content: bytes = REVOKED, version: int = 7, *, name: str = "badges.revoked", scope: str = EVERYBODY
) -> SignedList:
    """A list the county put up."""
    signature = COUNTY_KEY.sign(list_message(scope, name, version, content))
    return SignedList(scope, name, version, content, signature)


def take(store: MemoryLists, payload: bytes) -> list[bytes]:
    """Let a board take one message."""
    kind, content, signature = open_envelope(payload)
    assert kind == "list"
    return make_board(store).take(content, signature)


@pytest.mark.parametrize("content", SAMPLES, ids=lambda content: content.LIST)
def test_every_list_is_read_as_it_was_written(content: Content) -> None:
    """As bytes, and as the JSON people write."""
    shape = SHAPES[content.LIST]
    assert type(content) is shape
    assert read_content(pack_content(content), shape) == content
    assert msgspec.json.decode(msgspec.json.encode(content), type=shape) == content


def test_every_list_has_a_sample() -> None:
    """A new list needs one."""
    assert [content.LIST for content in SAMPLES] == list(SHAPES)


def test_a_newer_county_may_say_more() -> None:
    """A field nobody here knows is passed over; one out of bounds is refused."""
    more = msgspec.msgpack.encode({"ids": [3], "why": {"3": "lost"}})
    assert read_content(more, RevokedBadges) == RevokedBadges([3])
    for bad in ({"ids": [0]}, {"ids": "3"}, {}, [3], {"ids": [1] * 16_385}):
        with pytest.raises(MalformedMessage):
            read_content(msgspec.msgpack.encode(bad), RevokedBadges)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=2000), st.integers(0, 2**53 - 1), st.sampled_from(["*", "v001"]))
def test_a_message_gives_the_list_back(content: bytes, version: int, scope: str) -> None:
    """Any content, none too: a list that was taken down."""
    signed = sign(content, version, name="a.b", scope=scope)
    _, packed, signature = open_envelope(encode_list(signed))
    assert decode_list(packed, signature) == signed


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_is_malformed_and_nothing_else(garbage: bytes) -> None:
    """No byte from the wire ends a program."""
    with pytest.raises(MalformedMessage):
        decode_list(garbage, bytes(64))
    with pytest.raises(MalformedMessage):
        decode_held(garbage)


def test_a_list_that_would_burst_is_refused_before_it_is_inflated() -> None:
    """By the size its frame states, and by a frame that states none."""
    zeros = bytes(MAX_CONTENT_BYTES + 1)
    for frame in (zstandard.compress(zeros), zstandard.ZstdCompressor(write_content_size=False).compress(b"x")):
        content = msgspec.msgpack.encode([FORMAT, "*", "lines", 1, frame])
        with pytest.raises(MalformedMessage):
            decode_list(content, bytes(64))
    store = MemoryLists()
    largest = sign(bytes(MAX_CONTENT_BYTES), name="a")
    take(store, encode_list(largest))
    assert store.held() == [largest.held]


def test_any_flipped_bit_is_refused() -> None:
    """Each bit of a list's message: the board keeps the list as it was signed, or nothing."""
    signed = sign()
    message = encode_list(signed)
    kept = 0
    for place in range(len(message)):
        for bit in range(8):
            altered = bytearray(message)
            altered[place] ^= 1 << bit
            store = MemoryLists()
            make_sender(make_journal(), MemoryLedger(), board=make_board(store)).received(bytes(altered), 0.0)
            assert set(store.kept.values()) <= {signed}
            kept += len(store.kept)
    # The frame's header has bits that do not change what it inflates to.
    assert kept <= 4


def test_a_newer_list_takes_the_place_of_the_older_and_is_told() -> None:
    """Kept, and the county hears which version is here now, signed, without being asked for more."""
    store = MemoryLists()
    for version in (7, 8):
        (told,) = take(store, encode_list(sign(version=version)))
        kind, content, signature = open_envelope(told)
        said = decode_held(content)
        assert (kind, said.asks, said.held) == ("lists", 0, [Held("*", "badges.revoked", version)])
        assert cheap_verifier(STATION_KEY.public)(signature, held_message(content))
    assert store.troubles == []


@pytest.mark.parametrize(
    ("signed", "trouble"),
    [
        (sign(version=7), None),
        (sign(version=6), Trouble.LIST_OLDER),
        (sign(version=8)._replace(version=9), Trouble.LIST_REFUSED),
        (sign(version=8)._replace(signature=bytes(64)), Trouble.LIST_REFUSED),
        (sign(version=8, scope="v002"), Trouble.LIST_REFUSED),
        (sign(b"\xc1", 8), Trouble.LIST_UNREADABLE),
        (sign(pack_content(SAMPLES[3]), 8), Trouble.LIST_UNREADABLE),
    ],
)
def test_what_is_not_newer_good_and_ours_changes_nothing(signed: SignedList, trouble: Trouble | None) -> None:
    """The list we have stays, people are told, the county is not answered; the same version again is no trouble."""
    store = MemoryLists()
    take(store, encode_list(sign(version=7)))
    assert take(store, encode_list(signed)) == []
    assert store.held() == [Held("*", "badges.revoked", 7)]
    assert store.troubles == ([] if trouble is None else [trouble])


def test_a_list_taken_down_and_one_for_a_later_program_are_kept() -> None:
    """No content needs no shape; a name nobody here knows waits for the next upgrade."""
    store = MemoryLists()
    take(store, encode_list(sign(b"", 8)))
    take(store, encode_list(sign(b"\xc1", 1, name="later.list", scope=STATION)))
    assert store.held() == [Held("*", "badges.revoked", 8), Held(STATION, "later.list", 1)]


def test_lists_are_bounded() -> None:
    """Not one name more, but those there are still go on."""
    store = MemoryLists()
    names = ["a" * (number % 8) + "." + "b" * (number // 8) for number in range(MAX_LISTS)]
    for name in names:
        take(store, encode_list(sign(name=name)))
    assert len(store.kept) == MAX_LISTS
    assert take(store, encode_list(sign(name="z"))) == []
    assert store.troubles == [Trouble.LIST_REFUSED]
    assert take(store, encode_list(sign(name=names[0], version=8)))


def kinds(payloads: list[bytes]) -> list[str]:
    """What is published, by kind."""
    return [open_envelope(payload)[0] for payload in payloads]


def test_the_county_is_asked_once_a_connection_and_after_errors() -> None:
    """Not with every batch nor every idle question: nothing new costs one small message a connection."""
    journal, county = make_journal(2), make_receiver(make_log())
    sender = make_sender(journal, MemoryLedger(), board=make_board(MemoryLists()), longest_rests=True)

    def answer(payloads: list[bytes], now_s: float) -> list[bytes]:
        return sender.received(county.receive(STATION, payloads[-1], NOW_MS), now_s)

    said = answer(sender.connected(0.0), 0.0)
    assert kinds(said) == ["lists", "batch"]
    assert len(said[0]) < 200
    assert answer(said, 1.0) == []
    for now_s in range(1000, 20_000, 1000):
        assert kinds(answer(sender.tick(float(now_s)), float(now_s))) == []
    assert kinds(answer(sender.tick(AGAIN_S + 1), AGAIN_S + 1)) == ["lists"]
    journal.fill(1)
    sender.tick(30_000.0)
    sender.tick(30_020.0)
    assert sender.state is State.RESTING
    assert kinds(answer(sender.tick(31_000.0), 31_000.0)) == ["lists", "batch"]
    sender.disconnected()
    assert kinds(answer(sender.connected(32_000.0), 32_000.0)) == ["lists", "batch"]


def test_a_list_is_taken_whatever_is_outstanding() -> None:
    """While a batch waits for its receipt, and before any hello was answered; the batch still gets its receipt."""
    journal, county, store = make_journal(2), make_receiver(make_log()), MemoryLists()
    sender = make_sender(journal, MemoryLedger(), board=make_board(store))
    hello = sender.connected(0.0)
    assert kinds(sender.received(encode_list(sign(version=1)), 0.0)) == ["lists"]
    said = sender.received(county.receive(STATION, hello[0], NOW_MS), 0.0)
    assert kinds(sender.received(encode_list(sign(version=2)), 0.0)) == ["lists"]
    sender.received(county.receive(STATION, said[-1], NOW_MS), 0.0)
    assert store.held() == [Held("*", "badges.revoked", 2)]
    assert list(sender.waiting()) == []


def test_older_programs_leave_what_they_do_not_know_alone() -> None:
    """A station without a board drops a list and goes on; a county drops, as malformed, kinds it does not know."""
    journal, county = make_journal(1), make_receiver(make_log())
    sender = make_sender(journal, MemoryLedger())
    hello = sender.connected(0.0)
    assert sender.received(encode_list(sign()), 0.0) == []
    assert sender.received(encode_envelope("later", b"", bytes(64)), 0.0) == []
    said = sender.received(county.receive(STATION, hello[0], NOW_MS), 0.0)
    assert kinds(said) == ["batch"]
    (asked,) = make_board(MemoryLists()).ask(0.0)
    with pytest.raises(MalformedMessage):
        county.receive(STATION, asked, NOW_MS)
