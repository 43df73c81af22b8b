"""Lines, parity, silence and noise, apart from any device."""

import pytest

from drivers.framing import NOISE_QUIET_S, RAW_KEPT, LineCutter, LineEnd, NoiseGate, Silence, bad, reparity, unparity
from drivers.readings import Reason


def cutter(max_bytes: int = 8) -> LineCutter:
    """A cutter of CR LF lines that begin anew at STX."""
    return LineCutter(terminators=b"\r\n", starts=b"\x02", max_bytes=max_bytes)


def test_cr_lf_is_one_end_and_empty_lines_vanish() -> None:
    """CR LF, LF CR and bare terminators give no empty lines."""
    assert [line.raw for line in cutter().feed(b"\r\nab\r\n\n\rcd\n")] == [b"ab", b"cd"]


def test_a_start_byte_ends_what_was_begun() -> None:
    """What stands before a start byte is told as cut."""
    lines = cutter().feed(b"ab\x02cd\r")
    assert [(line.raw, line.end) for line in lines] == [(b"ab", LineEnd.CUT), (b"cd", LineEnd.TERMINATED)]


@pytest.mark.parametrize("step", [1, 3, 100])
def test_a_line_of_the_bound_passes_and_one_byte_more_does_not(step: int) -> None:
    """The bound is exact, whatever the cut; the line after a long one is read."""
    data = b"12345678\r" + b"123456789abcdef\r" + b"ok\r"
    subject = cutter()
    lines = [line for start in range(0, len(data), step) for line in subject.feed(data[start : start + step])]
    assert [line.end for line in lines] == [LineEnd.TERMINATED, LineEnd.TOO_LONG, LineEnd.TERMINATED]
    assert lines[2].raw == b"ok"


def test_dropping_forgets_a_begun_line_and_a_long_one() -> None:
    """After a drop the next byte begins a line, even in the middle of one that was too long."""
    subject = cutter()
    subject.feed(b"ab")
    assert subject.waiting
    assert subject.drop() == b"ab"
    subject.feed(b"123456789")
    assert subject.waiting
    assert subject.drop() == b""
    assert [line.raw for line in subject.feed(b"new\r")] == [b"new"]


def test_terminators_may_be_any_bytes() -> None:
    """Bytes that mean something in a regular expression are taken as themselves."""
    assert [line.raw for line in LineCutter(terminators=b"]^-\\", max_bytes=8).feed(b"a]b^c-d\\")] == [
        b"a",
        b"b",
        b"c",
        b"d",
    ]


def test_a_bad_reading_keeps_a_bounded_piece() -> None:
    """A long frame is cut to what is kept."""
    assert len(bad(Reason.NOISE, b"x" * 1000, 0.0).raw) == RAW_KEPT


def test_noise_is_told_once_a_second_and_of_each_kind() -> None:
    """The same complaint within the quiet time is swallowed; another kind, or one after it, is told."""
    gate = NoiseGate()
    assert gate.passes(Reason.MALFORMED, 10.0)
    assert not gate.passes(Reason.MALFORMED, 10.5)
    assert gate.passes(Reason.TOO_LONG, 10.5)
    assert gate.passes(Reason.MALFORMED, 10.0 + NOISE_QUIET_S)


def test_something_good_makes_the_next_complaint_news() -> None:
    """A person who scans a good code and then a bad one at once is answered both times."""
    gate = NoiseGate()
    assert gate.passes(Reason.MALFORMED, 10.0)
    assert gate.noisy(10.1)
    gate.reset()
    assert not gate.noisy(10.1)
    assert gate.passes(Reason.MALFORMED, 10.2)


def test_silence_is_told_once_and_again_after_speech() -> None:
    """The watch starts at the first look, reports once, and starts anew when the device speaks."""
    silence = Silence(3.0)
    deadlines = [silence.deadline_s]
    assert silence.check(100.0) == []
    deadlines.append(silence.deadline_s)
    assert [reading.reason for reading in silence.check(103.0)] == [Reason.NO_DATA]
    assert silence.check(200.0) == []
    deadlines.append(silence.deadline_s)
    silence.heard(201.0)
    deadlines.append(silence.deadline_s)
    assert deadlines == [None, 103.0, None, 204.0]
    assert len(silence.check(204.0)) == 1


def test_a_device_that_speaks_when_used_is_never_silent() -> None:
    """Zero turns the watch off."""
    silence = Silence(0.0)
    silence.check(0.0)
    assert silence.check(1e6) == []
    assert silence.deadline_s is None


def parity_set(text: bytes, ones: int) -> bytes:
    """The text as a 7-bit device with parity sends it: bit 7 makes the count of ones even (0) or odd (1)."""
    return bytes(b | 0x80 if b.bit_count() % 2 != ones else b for b in text)


@pytest.mark.parametrize(("parity", "ones"), [("E", 0), ("O", 1)])
def test_visible_parity_is_cleared(parity: str, ones: int) -> None:
    """A 7E1 or 7O1 line gives the plain text through an adapter that shows the parity in bit 7, or hides it."""
    table = unparity(7, parity)
    assert parity_set(b"ST,GS,+1.234kg\r\n", ones).translate(table) == b"ST,GS,+1.234kg\r\n"
    assert b"ST,GS,+1.234kg\r\n".translate(table) == b"ST,GS,+1.234kg\r\n"


def test_wrong_parity_is_not_cleared() -> None:
    """A byte whose parity bit is wrong turns into one that no grammar accepts; 7N1 has none to check; 8 bits stay."""
    assert b"\xb3".translate(unparity(7, "E")) == b"\xff"
    assert b"\xb3".translate(unparity(7, "N")) == b"3"
    assert b"\xb3".translate(unparity(8, "N")) == b"\xb3"


@pytest.mark.parametrize("parity", ["E", "O"])
def test_parity_put_in_by_hand_is_what_a_7_bit_line_carries(parity: str) -> None:
    """Every character gets the bit that `unparity` believes, and loses it again; without parity bit 7 is clear."""
    text = bytes(range(128))
    sent = text.translate(reparity(parity))
    assert sent.translate(unparity(7, parity)) == text
    assert all(byte.bit_count() % 2 == (parity == "O") for byte in sent)
    assert sent.translate(reparity("N")) == text
