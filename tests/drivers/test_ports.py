"""SerialPort against a real pty: what a tty does, and what becomes of its errors."""

import errno
import os
import select
import termios
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import serial

from drivers.errors import BadSettings, DriverError, PortLost, PortUnavailable
from drivers.models import MODELS, Model
from drivers.ports import SETTLE_S, SerialPort, port_for
from drivers.settings import SampledSettings, SerialSettings

SOON_S = 5.0
"""More than enough on a busy machine; nothing here waits so long unless it fails."""


class Pty:
    """Both ends of a pty; the far one is the device."""

    def __init__(self) -> None:
        self.far, self.near = os.openpty()
        tty.setraw(self.near)
        self.path = os.ttyname(self.near)

    def receive(self, count: int) -> bytes:
        """What the port sent, `count` bytes of it."""
        got = b""
        while len(got) < count and select.select([self.far], [], [], SOON_S)[0]:
            got += os.read(self.far, count - len(got))
        return got

    def unplug(self) -> None:
        """Take the device away; may be called twice."""
        for descriptor in (self.far, self.near):
            if descriptor >= 0:
                os.close(descriptor)
        self.far = self.near = -1


@pytest.fixture
def pty() -> Iterator[Pty]:
    """A pty that is gone after the test."""
    ends = Pty()
    yield ends
    ends.unplug()


def port_on(path: str, **keys: Any) -> SerialPort:
    """A port that does not wait to settle."""
    return SerialPort(SerialSettings(path=path, **keys), settle_s=0.0)


@pytest.fixture
def port(pty: Pty) -> Iterator[SerialPort]:
    """An open port on the pty."""
    subject = port_on(pty.path)
    subject.open()
    yield subject
    subject.close()


def test_one_byte_is_given_at_once(pty: Pty, port: SerialPort) -> None:
    """Read returns what is there; it waits neither for more bytes nor for its time-out."""
    os.write(pty.far, b"S")
    begun_s = time.monotonic()
    assert port.read(4096, 60.0) == b"S"
    assert time.monotonic() - begun_s < SOON_S


def test_no_more_than_asked_is_given(pty: Pty, port: SerialPort) -> None:
    """What does not fit comes with the next read."""
    os.write(pty.far, b"SF123")
    assert port.read(2, SOON_S) == b"SF"
    assert port.read(4096, SOON_S) == b"123"


def test_silence_is_an_empty_read(port: SerialPort) -> None:
    """A time-out is no error; nor is one of nothing."""
    assert port.read(4096, 0.01) == b""
    assert port.read(4096, 0.0) == b""


def test_binary_passes_both_ways(pty: Pty, port: SerialPort) -> None:
    """No byte is taken for flow control, an interrupt or a line end, 11h and 13h least of all."""
    every = bytes(range(256))
    port.write(every)
    assert pty.receive(256) == every
    os.write(pty.far, every)
    got = b""
    while len(got) < 256 and (piece := port.read(4096, SOON_S)):
        got += piece
    assert got == every


def test_what_was_said_before_opening_is_forgotten(pty: Pty) -> None:
    """Bytes from before, and those of the settling time, never reach a decoder."""
    os.write(pty.far, b"old")
    pauses: list[float] = []

    def settle(seconds: float) -> None:
        pauses.append(seconds)
        os.write(pty.far, b"greeting")

    subject = SerialPort(SerialSettings(path=pty.path), pause=settle)
    subject.open()
    assert pauses == [SETTLE_S]
    assert subject.read(4096, 0.0) == b""
    os.write(pty.far, b"new")
    assert subject.read(4096, SOON_S) == b"new"
    subject.close()


def test_the_port_is_ours_alone(pty: Pty, port: SerialPort) -> None:
    """A second open is refused with a hint about the other program, and succeeds when the first lets go."""
    second = port_on(pty.path)
    with pytest.raises(PortUnavailable) as caught:
        second.open()
    assert "other program" in caught.value.hint
    port.close()
    second.open()
    second.close()


def test_an_unplugged_device_is_lost(pty: Pty, port: SerialPort) -> None:
    """Reading and writing after the device went are PortLost with a hint about the cable, and closing is quiet."""
    pty.unplug()
    with pytest.raises(PortLost) as caught:
        port.read(4096, SOON_S)
    assert "cable" in caught.value.hint
    with pytest.raises(PortLost):
        port.write(b"x")
    port.close()
    port.close()


def test_a_closed_port_is_lost(port: SerialPort) -> None:
    """Neither read nor write works on a closed port, and an interrupt is ignored there."""
    port.close()
    port.interrupt()
    with pytest.raises(PortLost):
        port.read(1, 0.0)
    with pytest.raises(PortLost):
        port.write(b"x")


def test_an_interrupt_ends_the_read_in_progress(port: SerialPort) -> None:
    """A read that would wait for a minute returns empty when another thread interrupts it."""
    other = threading.Timer(0.02, port.interrupt)
    other.start()
    begun_s = time.monotonic()
    assert port.read(4096, 60.0) == b""
    assert time.monotonic() - begun_s < SOON_S
    other.join()


def test_an_interrupt_before_the_read_is_not_forgotten(pty: Pty, port: SerialPort) -> None:
    """It makes the next read return, once, however often it was called; bytes that are there are read first."""
    for _ in range(100_000):  # more than the pipe holds
        port.interrupt()
    os.write(pty.far, b"S")
    assert port.read(4096, 60.0) == b"S"
    assert port.read(4096, 60.0) == b""
    begun_s = time.monotonic()
    assert port.read(4096, 0.05) == b""
    assert time.monotonic() - begun_s >= 0.05


@pytest.mark.parametrize("keys", [{"bytesize": 7, "parity": "E"}, {"parity": "E"}, {"bytesize": 7}, {"parity": "O"}])
def test_a_pty_opens_again_and_again_as_8n1(pty: Pty, keys: dict[str, Any]) -> None:
    """The parity a pty cannot do is refused on some opens only; all of them work, so a reconnect does."""
    for _ in range(4):
        subject = port_on(pty.path, **keys)
        subject.open()
        os.write(pty.far, b"S\xc6")
        assert subject.read(4096, SOON_S)
        subject.close()


def refusing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Make every open fail so."""

    def fail(_: serial.Serial) -> None:
        raise error

    monkeypatch.setattr(serial.Serial, "open", fail)


@pytest.mark.parametrize(
    ("error", "kind", "word"),
    [
        (termios.error(errno.EINVAL, "Invalid argument"), BadSettings, "FTDI"),
        (ValueError("Not a valid baudrate"), BadSettings, "FTDI"),
        (termios.error(errno.EIO, "Input/output error"), PortUnavailable, "cable"),
        (serial.SerialException(errno.EACCES, "Permission denied"), PortUnavailable, "dialout"),
        (serial.SerialException(errno.EBUSY, "busy"), PortUnavailable, "other program"),
        (serial.SerialException(errno.ENXIO, "no such device"), PortUnavailable, "cable"),
        (serial.SerialException("Could not configure port"), PortUnavailable, "cable"),
    ],
)
def test_every_refusal_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, kind: type[DriverError], word: str
) -> None:
    """On a real tty each way of failing is told apart, and the hint names the repair."""
    refusing(monkeypatch, error)
    with pytest.raises(DriverError) as caught:
        port_on(str(tmp_path / "ttyUSB0")).open()
    assert type(caught.value) is kind
    assert word in caught.value.hint


def test_a_missing_device_may_come_back(tmp_path: Path) -> None:
    """No such file is no mistake of the configuration: the cable may be plugged in later."""
    with pytest.raises(PortUnavailable) as caught:
        port_on(str(tmp_path / "none")).open()
    assert not isinstance(caught.value, PortLost)
    assert "cable" in caught.value.hint


def test_what_is_no_tty_is_a_mistake(tmp_path: Path) -> None:
    """A file, a folder and /dev/null are told to be no serial device."""
    file = tmp_path / "file"
    file.write_bytes(b"")
    for path in (str(file), str(tmp_path), "/dev/null"):
        with pytest.raises(BadSettings) as caught:
            port_on(path).open()
        assert "/dev/serial/by-path" in caught.value.hint


def test_a_failed_open_leaves_nothing_open(pty: Pty) -> None:
    """No descriptor is lost in an outage of many attempts."""
    descriptors = Path("/proc/self/fd")
    holder = port_on(pty.path)
    holder.open()
    before = len(list(descriptors.iterdir()))
    for _ in range(20):
        with pytest.raises(PortUnavailable):
            port_on(pty.path).open()
    assert len(list(descriptors.iterdir())) == before
    holder.close()


def test_a_model_gets_the_port_of_its_transport() -> None:
    """A serial model gets a SerialPort; a transport without a port is told before anything is opened."""
    scale = MODELS["stgs_ascii"]
    assert isinstance(port_for(scale, scale.settings()(path="/dev/null")), SerialPort)
    with pytest.raises(BadSettings):
        port_for(Model("new", "scanner", "evdev", "drivers.new"), SampledSettings(path="/dev/null"))
