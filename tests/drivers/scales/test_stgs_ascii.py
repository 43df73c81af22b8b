"""What the recorded cases of `stgs_ascii` do not show: every layout, every head, units, silence."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.readings import BadReading, Reading, Reason, Weight
from drivers.scales.decoding import MAX_LINE_BYTES, ScaleDecoder
from drivers.scales.stgs_ascii import Settings, decoder, parse_line

DEFAULTS = Settings(path="/dev/null")


def read(line: bytes, settings: Settings = DEFAULTS) -> Reading:
    """Read one line at time 0."""
    return parse_line(line, settings, 0.0)


def fresh(**keys: Any) -> ScaleDecoder:
    """A decoder under the given settings."""
    return decoder(Settings(path="/dev/null", **keys))


def reasons(readings: list[Reading]) -> list[Reason]:
    """Why the bad ones are bad."""
    return [reading.reason for reading in readings if isinstance(reading, BadReading)]


@pytest.mark.parametrize(
    ("line", "weight_g", "stable", "net"),
    [
        (b"ST,+001234.5  g", 1234.5, True, None),  # A&D EK-L, 17 bytes
        (b"ST,NT,+0012.34kg", 12340.0, True, True),  # AD-4404, 18 bytes
        (b"ST,GS,+  1.234kg", 1234.0, True, False),  # Chinese boards
        (b"US,GS,- 0.020 kg", -20.0, False, False),
        (b"ST,G,+   1.234kg", 1234.0, True, False),  # Excell
        (b"ST,N,+   1.234kg", 1234.0, True, True),
        (b"[01]ST,GS,     0.0,kg", 0.0, True, False),  # Dini Argeo
        (b"01ST,NT,  -12.5,kg", -12500.0, True, True),
        (b"ST,GS,+  12345 kg", 12_345_000.0, True, False),  # Keli
        (b"ST,GS,   245.6 g", 245.6, True, False),  # T-Scale
        (b"ST,GS,+0123456", 123_456_000.0, True, False),  # Autoda, kg by default
        (b"ST,GS,+  0.001 t", 1000.0, True, False),
        (b"ST,GS,+  1.000lb", 453.59237, True, False),
        (b"ST,GS,+  1.000KG", 1000.0, True, False),
        (b"ST,GS,-0000.000kg", 0.0, True, False),
    ],
)
def test_every_layout_gives_grams(line: bytes, weight_g: float, stable: bool, net: bool | None) -> None:
    """All layouts of the family read to the double nearest the shown decimal; minus zero is zero."""
    reading = read(line)
    assert reading == Weight(weight_g, stable, line, 0.0, net=net)
    assert isinstance(reading, Weight)
    assert str(reading.weight_g) == str(weight_g)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"OL,+999999.9  g", Reason.OVERLOAD),
        (b"OL,GS,+            ", Reason.OVERLOAD),
        (b"OL,GS,+       kg", Reason.OVERLOAD),
        (b"OL,-999999.9  g", Reason.UNDERLOAD),
        (b"UL,GS,     0.0,kg", Reason.UNDERLOAD),
        (b"LO,GS,+       kg", Reason.OUT_OF_RANGE),
        (b"ST,GS,+       kg", Reason.OUT_OF_RANGE),
        (b"QT,+00012345 PC", Reason.COUNTING),
        (b"ST,+00012345 PC", Reason.COUNTING),
        (b"ST,+00100.00  %", Reason.COUNTING),
        (b"ST,TR,+  1.234kg", Reason.TARE),
        (b"T,GS,+  1.234kg", Reason.MALFORMED),
        (b",GS,+  1.234kg", Reason.MALFORMED),
        (b"GS,+  1.234kg", Reason.MALFORMED),
        (b"+  1.234kg", Reason.MALFORMED),
        (b"ST,GS,+  1.234kgST,GS,+  1.234kg", Reason.MALFORMED),
        (b"ST,GS,+  1.234k", Reason.MALFORMED),
        (b"ST,GS,+  1.234oz", Reason.MALFORMED),
        (b"ST,GS,+ 1 .234kg", Reason.MALFORMED),
        (b"ST,GS,+  1..34kg", Reason.MALFORMED),
        (b"ST,GS,+   .234kg", Reason.MALFORMED),
        (b"ST,GS,+-  1.2kg", Reason.MALFORMED),
        (b"ST,GS,+  1,234kg", Reason.MALFORMED),
        (b"ST,GS,1\xc4,000013.5 kg", Reason.MALFORMED),  # CAS 22 bytes: another model
        (b" ST,GS,+  1.234kg", Reason.MALFORMED),
        (b"ST,GS,+ 1.2\xb34kg", Reason.MALFORMED),
        (b"ST,GS,+99999999999kg", Reason.MALFORMED),
        (b"st,gs,+  1.234kg", Reason.MALFORMED),
    ],
)
def test_what_is_no_weight_is_no_number(line: bytes, reason: Reason) -> None:
    """Overload, counting, tare, blanks and every damaged line say why they are no weight."""
    reading = read(line)
    assert isinstance(reading, BadReading)
    assert (reading.reason, reading.raw) == (reason, line)


def test_the_unit_setting_is_for_lines_without_one() -> None:
    """A unit in the line wins; decimals count only where neither unit nor point is shown."""
    grams = Settings(path="/dev/null", unit="g", decimals=1)
    assert isinstance(bare := read(b"ST,GS,+0123456", grams), Weight)
    assert bare.weight_g == 12345.6
    assert isinstance(pointed := read(b"ST,GS,+01234.56", grams), Weight)
    assert pointed.weight_g == 1234.56
    assert isinstance(named := read(b"ST,GS,+  123 kg", grams), Weight)
    assert named.weight_g == 123_000.0


@given(st.integers(min_value=-9_999_999, max_value=9_999_999), st.integers(min_value=0, max_value=4))
def test_grams_are_the_double_nearest_to_what_is_shown(counts: int, decimals: int) -> None:
    """No binary rounding on the way: kilograms become the same double as their grams written out."""
    shown = f"{'-' if counts < 0 else '+'}{abs(counts) / 10**decimals:08.{decimals}f}"
    reading = read(f"ST,GS,{shown}kg".encode())
    assert isinstance(reading, Weight)
    assert reading.weight_g == float(f"{counts}e{3 - decimals}")


def test_a_cut_line_waits_and_is_joined_to_its_tail() -> None:
    """Half a line stays in the buffer while the scale speaks on."""
    subject = fresh()
    assert subject.feed(b"ST,GS,+  1.2", 0.0) == []
    (reading,) = subject.feed(b"34kg\r\n", 0.9)
    assert isinstance(reading, Weight)
    assert reading.weight_g == 1234.0


def test_a_stale_head_is_never_joined_to_a_later_tail() -> None:
    """A pause of a second in a line means bytes were lost: both pieces are refused, no weight is made of them."""
    subject = fresh(silent_after_s=0.0)
    subject.feed(b"ST,GS,+  1.2", 0.0)
    assert subject.deadline_s == 1.0
    assert reasons(subject.feed(b"99kg\r\n", 1.0)) == [Reason.TRUNCATED, Reason.MALFORMED]


def test_a_line_too_long_is_told_once() -> None:
    """Noise without an end is one complaint; the next line is read."""
    subject = fresh()
    readings = subject.feed(b"S" * MAX_LINE_BYTES * 50 + b"\r\nST,GS,+  1.234kg\r\n", 0.0)
    assert reasons(readings) == [Reason.TOO_LONG]
    assert isinstance(readings[-1], Weight)


def test_silence_is_three_seconds_by_default() -> None:
    """A scale that stops is told once; lines that cannot be read are no sign of life; an overload is."""
    subject = fresh()
    subject.tick(0.0)
    assert reasons(subject.feed(b"OL,GS,+\r\n", 2.0)) == [Reason.OVERLOAD]
    assert reasons(subject.feed(b"garbage\r\n", 4.0)) == [Reason.MALFORMED]
    assert subject.deadline_s == 5.0
    assert reasons(subject.tick(5.0)) == [Reason.NO_DATA]
    assert reasons(subject.tick(9.0)) == []
    subject.feed(b"ST,GS,+  1.234kg\r\n", 10.0)
    assert subject.deadline_s == 13.0


def test_an_overload_is_told_as_often_as_the_scale_tells_it() -> None:
    """Only damage is told once a second; what the scale says clearly is passed on every time."""
    assert reasons(fresh().feed(b"OL,GS,+\r\n" * 5, 0.0)) == [Reason.OVERLOAD] * 5


def test_a_seven_bit_scale_is_read_through_its_parity() -> None:
    """A 7E1 scale on an adapter that shows parity reads as it should, and a damaged bit is seen."""
    subject = fresh(bytesize=7, parity="E")
    line = bytes(b | 0x80 if b.bit_count() % 2 else b for b in b"ST,+001234.5  g\r\n")
    assert isinstance(subject.feed(line, 0.0)[0], Weight)
    damaged = next(index for index, byte in enumerate(line) if byte & 0x80)
    line = line[:damaged] + bytes([line[damaged] ^ 1]) + line[damaged + 1 :]
    assert reasons(subject.feed(line, 0.0)) == [Reason.MALFORMED]


def test_the_maker_makes_a_decoder_that_asks_nothing() -> None:
    """The scale speaks unasked."""
    assert decoder(DEFAULTS).poll() == b""
