"""What a UART reads of bytes sent with other settings, against bits drawn by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim_hardware.uart import LineSettings, misread, waveform, with_parity

AT_9600 = LineSettings(9600)


def test_a_character_on_the_line() -> None:
    """Idle, start 0, `W` = 57h lowest bit first, stop 1; 7E1 has seven bits and an even parity."""
    assert waveform(b"W", AT_9600) == [1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1]
    assert waveform(b"W", LineSettings(9600, 7, "E")) == [1, 0, 1, 1, 1, 0, 1, 0, 1, 1, 1]
    assert waveform(b"W", LineSettings(9600, 7, "O")) == [1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1]


@given(st.binary(max_size=40), st.sampled_from([600, 1200, 9600, 115_200]), st.sampled_from(["N", "E", "O"]))
def test_equal_settings_read_what_was_sent(data: bytes, baud: int, parity: str) -> None:
    """Any bytes at any rate, with eight data bits."""
    line = LineSettings(baud, 8, parity)  # type: ignore[arg-type]
    assert misread(data, line, line) == data


def test_half_the_rate_reads_every_second_bit() -> None:
    """FFh at 9600: start bit 104 us, then high; at 4800 the start's middle is its end: a glitch, nothing is read."""
    assert misread(b"\xff", AT_9600, LineSettings(4800)) == b""
    # 00: nine bits low, then high. At 4800 it looks after 3, 5, 7, 9 ... of them: three lows, then the stop bit.
    assert misread(b"\x00", AT_9600, LineSettings(4800)) == b"\xf8"


def test_double_the_rate_reads_every_bit_twice() -> None:
    """55h at 9600 read at 19200: start is two bits, so bit 0 is 0; then pairs of 1, 0, 1, and half a bit of the 0."""
    assert misread(b"\x55", AT_9600, LineSettings(19_200))[0] == 0b01100110


def test_7e1_read_as_8n1_shows_the_parity_in_bit_7() -> None:
    """devices.md A6: 02 becomes 82, and so the whole recorded frame of the Toledo 8217."""
    seen = misread(b"\x0201.234\r", LineSettings(9600, 7, "E"), AT_9600)
    assert seen.hex() == "8230b12eb233b48d"
    assert bytes(with_parity(byte, "E") for byte in b"\x0201.234\r") == seen
    assert with_parity(0x02, "O") == 0x02
    assert with_parity(0xFF, "N") == 0x7F


@given(st.binary(max_size=30), st.sampled_from([1200, 4800, 19_200, 38_400]))
def test_a_wrong_rate_ends_and_invents_no_more_than_the_time_allows(data: bytes, host_baud: int) -> None:
    """Never more characters than fit into the time at the host's rate, plus one that runs into the idle line."""
    seen = misread(data, AT_9600, LineSettings(host_baud))
    assert len(seen) <= len(data) * host_baud / 9600 * 10 / 9.5 + 1


@pytest.mark.parametrize(("baud", "bits", "parity"), [(0, 8, "N"), (9600, 6, "N"), (9600, 8, "X")])
def test_settings_no_uart_has_are_refused(baud: int, bits: int, parity: str) -> None:
    """A mistake of the test."""
    with pytest.raises(ValueError, match="no line"):
        LineSettings(baud, bits, parity)  # type: ignore[arg-type]
