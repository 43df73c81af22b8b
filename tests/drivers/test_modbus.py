"""Modbus frames: the CRC, requests, and replies found anywhere in a stream."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus import Damaged, Reply, ReplyCutter, crc16, gap_s, read_request, signed16

REPLY = bytes.fromhex("01040201317974")
REQUEST = bytes.fromhex("010400010001600a")


def cutter() -> ReplyCutter:
    """Waits for one register of addresses 1 and 4, function 04."""
    return ReplyCutter({1: REQUEST, 4: read_request(4, 4, 1, 1)}, frozenset({1}))


@pytest.mark.parametrize(
    ("address", "function", "first", "count", "expected"),
    [
        (1, 4, 1, 1, "010400010001600a"),
        (1, 4, 1, 2, "010400010002200b"),
        (1, 3, 1, 2, "01030001000295cb"),
    ],
)
def test_requests_are_those_of_the_manuals(address: int, function: int, first: int, count: int, expected: str) -> None:
    """The request builder gives the bytes printed in three manuals, CRC low byte first."""
    assert read_request(address, function, first, count).hex() == expected


def test_the_crc_over_a_frame_and_itself_is_zero() -> None:
    """The right humidity CRC of the printed manual is 38 49, not the D1 BA it shows."""
    assert crc16(bytes.fromhex("01040202223849")) == 0
    assert crc16(bytes.fromhex("0104020222d1ba")) != 0


def test_registers_are_two_s_complement() -> None:
    """FF33h is -205, 0131h is 305."""
    assert (signed16(0xFF33), signed16(0x0131), signed16(0x8000)) == (-205, 305, -32768)


def test_the_gap_is_that_of_the_sheet() -> None:
    """3.65 ms at 9600 8N1, 4.01 ms with 11 bits, 1.75 ms at any high speed."""
    assert gap_s(9600, 10) == pytest.approx(0.00365, abs=5e-6)
    assert gap_s(9600, 11) == pytest.approx(0.00401, abs=5e-6)
    assert gap_s(115200, 10) == 0.00175


def test_an_echo_is_dropped_only_where_it_is_ours() -> None:
    """The echo of our request goes; it stays in the raw bytes of the reply, so that the line counts as understood."""
    (reply,) = cutter().feed(REQUEST + REPLY)
    assert reply == Reply(1, (0x0131,), None, REQUEST + REPLY)
    other = cutter()
    assert other.feed(read_request(9, 4, 1, 1) + REPLY) == [Reply(1, (0x0131,), None, REPLY)]


def test_a_reply_may_begin_inside_what_looked_like_one() -> None:
    """A false head before a reply is told as damaged and costs nothing."""
    damaged, reply = cutter().feed(b"\x01\x04\x02" + REPLY)
    assert damaged == Damaged(b"\x01\x04\x02" + REPLY[:4])
    assert reply == Reply(1, (0x0131,), None, REPLY)


def test_another_length_another_function_another_address_are_no_reply() -> None:
    """Good frames of other devices on the line are skipped."""
    for other in ("010404013102222ace", "01030400c10000abcf", "02040201317930"):
        assert not [found for found in cutter().feed(bytes.fromhex(other)) if isinstance(found, Reply)]


@given(bit=st.integers(min_value=0, max_value=len(REPLY) * 8 - 1))
def test_no_damaged_bit_gives_a_reply(bit: int) -> None:
    """Each single flipped bit is found by address, function, length or CRC."""
    frame = bytearray(REPLY)
    frame[bit // 8] ^= 1 << bit % 8
    assert not [found for found in cutter().feed(bytes(frame)) if isinstance(found, Reply)]


@given(noise=st.binary(max_size=4096))
def test_memory_is_bounded(noise: bytes) -> None:
    """Whatever comes, no more is kept than one frame and a sample of the noise."""
    line = cutter()
    line.feed(noise)
    assert len(line.drop()) <= 8
    assert len(line.skipped) <= 64
    line.feed(REQUEST * 100)
    assert len(line.echoes) <= 96


def test_what_was_begun_can_be_given_up() -> None:
    """Half a reply waits, and after `drop` a new one is read from its first byte."""
    line = cutter()
    assert not line.feed(REPLY[:5])
    assert line.waiting
    assert line.drop() == REPLY[:5]
    assert line.drop() == b""
    assert len(line.feed(REPLY)) == 1
