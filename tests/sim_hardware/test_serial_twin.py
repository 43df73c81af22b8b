"""The verbs every device on a wire has, on unpaced wires, and a small voice to hear them by."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim_hardware.scale import SerialScale
from sim_hardware.scales import FORMATS
from sim_hardware.serial_twin import SerialTwin
from sim_hardware.voice import Requests, Voice
from sim_hardware.wire import VirtualWire
from tests.sim_hardware.host import PATIENCE_S, is_gone, is_silent, opened, read_until


class Parrot(Voice):
    """Says back what it hears, and its name when it wakes."""

    def hear(self, data: bytes, now_s: float) -> bytes:
        """Echo."""
        del now_s
        return data

    def wake(self, now_s: float) -> bytes:
        """The banner."""
        del now_s
        return b"PARROT\r\n"


@pytest.fixture
def parrot(tmp_path: Path) -> Iterator[SerialTwin[Parrot]]:
    """A parrot on an unpaced wire, switched on."""
    with VirtualWire(tmp_path / "parrot", baud=None) as wire, SerialTwin(wire, Parrot()) as twin:
        yield twin


def said_to(fd: int, data: bytes, count: int) -> bytes:
    """Write to the device and read its answer."""
    import os  # noqa: PLC0415

    os.write(fd, data)
    return read_until(fd, count)


def test_it_answers_until_frozen(parrot: SerialTwin[Parrot]) -> None:
    """Freeze: plugged in and deaf; thaw: as before."""
    with opened(parrot.wire.link) as fd:
        assert said_to(fd, b"hello", 5) == b"hello"
        parrot.freeze()
        said_to(fd, b"lost", 0)
        assert is_silent(fd)
        parrot.thaw()
        assert said_to(fd, b"again", 5) == b"again"


def test_a_brown_out_is_dark_and_ends_with_the_banner(parrot: SerialTwin[Parrot]) -> None:
    """Deaf while dark, then the line it says at power-up, then as before; the port stays."""
    with opened(parrot.wire.link) as fd:
        parrot.brown_out(0.1)
        said_to(fd, b"lost", 0)
        assert read_until(fd, 8) == b"PARROT\r\n"
        assert said_to(fd, b"hello", 5) == b"hello"


def test_a_brown_out_takes_a_usb_powered_port_away(tmp_path: Path) -> None:
    """An HID scale lives on its port: the host's end is gone, and the scale is back under a new number."""
    with (
        VirtualWire(tmp_path / "scale", baud=None) as wire,
        SerialScale(wire, voice=FORMATS["hid_pos_scale"](), settle_s=0) as scale,
    ):
        scale.put_on(500)
        before = wire.pts
        with opened(wire.link) as fd:
            scale.brown_out(0.05)
            assert is_gone(fd)
        assert wire.pts != before
        with opened(wire.link) as fd:
            end_s = time.monotonic() + PATIENCE_S
            while read_until(fd, 6).hex() != "030202000000":
                assert time.monotonic() < end_s, "zero was never taken again"


def test_a_wrong_baud_rate_spoils_both_directions(parrot: SerialTwin[Parrot]) -> None:
    """00 at the host's 4800 is something else to the device, and its answer something else again; then it is right."""
    with opened(parrot.wire.link) as fd:
        parrot.wrong_baud(4800)
        assert said_to(fd, b"\x00", 1) not in (b"\x00", b"")
        while not is_silent(fd):
            read_until(fd, 1)
        parrot.wrong_baud(9600)
        assert said_to(fd, b"\x00", 1) == b"\x00"


def test_a_parity_mismatch_shows_in_bit_7(parrot: SerialTwin[Parrot]) -> None:
    """The device is 7E1, the host 8N1: odd characters get bit 7; what the host says loses it."""
    with opened(parrot.wire.link) as fd:
        parrot.parity_mismatch()
        assert said_to(fd, b"\x02A", 2) == b"\x82A"
        parrot.parity_mismatch(mismatched=False)
        assert said_to(fd, b"\x02A", 2) == b"\x02A"


def test_flipped_and_garbled_bytes_come_out_spoiled(parrot: SerialTwin[Parrot]) -> None:
    """Bit 0 of the next byte, then three other bytes."""
    with opened(parrot.wire.link) as fd:
        parrot.flip_bits(0)
        assert said_to(fd, b"AA", 2) == b"@A"
        parrot.garble(3)
        assert all(byte != ord("A") for byte in said_to(fd, b"AAA", 3))


def test_a_polled_scale_answers_on_its_wire(tmp_path: Path) -> None:
    """Through the pty: W gives the weight that was put on, jiggled it gives the status."""
    with (
        VirtualWire(tmp_path / "scale", baud=None) as wire,
        SerialScale(wire, voice=FORMATS["toledo8217"](), settle_s=0) as scale,
        opened(wire.link) as fd,
    ):
        scale.put_on(1_234)
        assert said_to(fd, b"W", 8) == b"\x0201.234\r"
        scale.jiggle(60)
        assert said_to(fd, b"W", 4) == b"\x02?A\r"
        scale.put_on(100)
        scale.press_tare()
        assert said_to(fd, b"W", 9) == b"\x0200.000N\r"
        scale.press_zero()
        assert said_to(fd, b"W", 8) == b"\x0200.000\r"


def test_half_a_request_is_forgotten_after_a_while() -> None:
    """Pieces within the time are one request; a line is cut at its end; no more than 256 bytes are kept."""
    requests = Requests(forget_after_s=0.5)
    requests.take(b"AB", 1.0)
    requests.take(b"C\rD", 1.4)
    assert requests.lines(b"\r") == [b"ABC"]
    assert bytes(requests.pending) == b"D"
    requests.take(b"E", 2.0)
    assert bytes(requests.pending) == b"E"
    requests.take(bytes(1000), 2.1)
    assert len(requests.pending) == 256
