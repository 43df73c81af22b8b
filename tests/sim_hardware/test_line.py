"""The pure part of a wire: pacing and spoiling."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.line import Interference, Pacer


def test_a_12_byte_frame_takes_12_and_a_half_milliseconds_at_9600_baud() -> None:
    """devices.md G: 1.04 ms a byte at 9600 baud, 12 bytes in 12.5 ms."""
    pacer = Pacer(9600)
    assert pacer.queue(b"twelve bytes", 100.0)
    assert pacer.take_due(100.00103) == b""
    assert pacer.take_due(100.00105) == b"t"
    assert pacer.take_due(100.0124) == b"welve byte"
    assert pacer.take_due(100.0125) == b"s"
    assert pacer.next_due_s is None


def test_1200_baud_takes_100_milliseconds_for_12_bytes() -> None:
    """devices.md G again, the slow end."""
    pacer = Pacer(1200)
    pacer.queue(b"twelve bytes", 0.0)
    assert pacer.take_due(0.099) == b"twelve byte"
    assert pacer.take_due(0.1) == b"s"


def test_a_byte_queued_behind_another_waits_for_the_line() -> None:
    """The line is one: a second write starts when the first is through, even if its bytes were taken late."""
    pacer = Pacer(1000)  # 10 ms a byte
    pacer.queue(b"a", 0.0)
    pacer.queue(b"b", 0.005)
    assert pacer.next_due_s == pytest.approx(0.01)
    assert pacer.take_due(0.015) == b"a"
    assert pacer.take_due(0.02) == b"b"
    pacer.queue(b"c", 0.021)
    assert pacer.next_due_s == pytest.approx(0.031)


def test_a_write_that_does_not_fit_is_refused_whole() -> None:
    """A device that cannot send a frame skips it; half a frame is never queued."""
    pacer = Pacer(9600, capacity_bytes=4)
    assert pacer.queue(b"abc", 0.0)
    assert not pacer.queue(b"de", 0.0)
    assert pacer.take_due(1.0) == b"abc"


@pytest.mark.parametrize(("baud", "room"), [(0, 1), (-9600, 1), (9600, 0)])
def test_a_pacer_without_rate_or_room_is_refused(baud: int, room: int) -> None:
    """A baud rate of nothing would send nothing for ever."""
    with pytest.raises(ValueError, match="positive"):
        Pacer(baud, capacity_bytes=room)


@given(
    st.lists(st.tuples(st.binary(max_size=20), st.floats(0, 0.1)), max_size=20),
    st.integers(300, 115200),
)
def test_pacing_keeps_every_byte_in_order_and_none_early(writes: list[tuple[bytes, float]], baud: int) -> None:
    """Whatever the rhythm of writes and looks: same bytes, same order, and never more than the rate allows."""
    pacer = Pacer(baud)
    now_s, out = 0.0, b""
    for data, pause_s in writes:
        now_s += pause_s
        assert pacer.queue(data, now_s)
        out += pacer.take_due(now_s)
        assert len(out) <= now_s * baud / 10 + 1e-3
    out += pacer.take_due(now_s + 1000)
    assert out == b"".join(data for data, _ in writes)


def test_a_clean_line_changes_nothing() -> None:
    """Nothing is spoiled unasked."""
    assert Interference().pass_through(b"ST,GS,+  1.234kg\r\n") == b"ST,GS,+  1.234kg\r\n"


def test_flipped_bits_hit_the_named_bits_once() -> None:
    """Bit 0 is the lowest of the first byte, bit 15 the highest of the second; the next bytes are clean again."""
    noise = Interference()
    noise.flip_bits([0, 15, 16])
    assert noise.pass_through(b"\x00\x00") == b"\x01\x80"
    assert noise.pass_through(b"\x00\x00") == b"\x01\x00"
    assert noise.pass_through(b"\x00") == b"\x00"


def test_a_flip_of_bit_7_on_a_digit_makes_the_byte_the_vectors_show() -> None:
    """vectors stgs_ascii-17: the digit 3 arrives as B3; it is byte 12 of the line, counted from 0."""
    noise = Interference()
    noise.flip_bits([12 * 8 + 7])
    assert noise.pass_through(b"ST,GS,+  1.234kg\r\n") == bytes.fromhex("53542c47532c2b2020312e32b3346b670d0a")


def test_garbled_bytes_are_all_wrong_and_the_same_for_a_seed() -> None:
    """A fault can be replayed from its seed, and no garbled byte is right by chance."""
    first, second = Interference(), Interference()
    first.garble(200, seed=7)
    second.garble(200, seed=7)
    clean = bytes(200)
    spoiled = first.pass_through(clean)
    assert spoiled == second.pass_through(clean)
    assert all(spoiled)
    assert first.pass_through(b"ok") == b"ok"


def test_lost_bytes_are_gone_and_the_rest_keeps_its_order() -> None:
    """`T,GS,+  1.234kg`: a line whose head is cut, as devices.md A8 warns of."""
    noise = Interference()
    noise.lose(1)
    assert noise.pass_through(b"ST,GS,+  1.234kg\r\n") == b"T,GS,+  1.234kg\r\n"


def test_faults_ahead_are_bounded() -> None:
    """A mistaken number does not fill the memory."""
    noise = Interference()
    with pytest.raises(ValueError, match="count from 0"):
        noise.flip_bits([-1])
    with pytest.raises(ValueError, match="count from 0"):
        noise.flip_bits(range(100_000))
    with pytest.raises(ValueError, match="byte count"):
        noise.garble(-1, seed=0)
    with pytest.raises(ValueError, match="byte count"):
        noise.lose(1_000_000)
