"""HidrawPort on what looks like a hidraw node: a pty, which can vanish, and a FIFO."""

import errno
import fcntl
import os
import threading
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import BadSettings, DriverError, PortLost, PortUnavailable
from drivers.models import Model
from drivers.ports import port_for
from drivers.ports_hidraw import HidrawPort
from drivers.settings import HidrawSettings

REPORT = bytes.fromhex("030402001400")
SOON_S = 5.0


@pytest.fixture
def ends() -> Iterator[tuple[int, str]]:
    """The far end of a pty, and the path of the near one; far is closed by the test or here."""
    far, near = os.openpty()
    tty.setraw(near)
    yield far, os.ttyname(near)
    for descriptor in (far, near):
        try:
            os.close(descriptor)
        except OSError:
            continue


@pytest.fixture
def port(ends: tuple[int, str]) -> Iterator[HidrawPort]:
    """An open port."""
    subject = HidrawPort(HidrawSettings(path=ends[1]))
    subject.open()
    yield subject
    subject.close()


def test_a_report_passes_each_way(ends: tuple[int, str], port: HidrawPort) -> None:
    """What the device sends is read as it is, and the zero report reaches it."""
    os.write(ends[0], REPORT)
    assert port.read(4096, SOON_S) == REPORT
    port.write(b"\x02\x02")
    assert os.read(ends[0], 16) == b"\x02\x02"


def test_silence_is_an_empty_read(port: HidrawPort) -> None:
    """A time-out is no error; nor is one of nothing."""
    assert port.read(4096, 0.01) == b""
    assert port.read(4096, 0.0) == b""


def test_the_node_is_ours_alone(ends: tuple[int, str], port: HidrawPort) -> None:
    """The kernel lets any number open a hidraw node; we do not, and say so; when the first lets go it works."""
    second = HidrawPort(HidrawSettings(path=ends[1]))
    with pytest.raises(PortUnavailable) as caught:
        second.open()
    assert "other program" in caught.value.hint
    port.close()
    second.open()
    second.close()


def test_an_unplugged_scale_is_lost(ends: tuple[int, str], port: HidrawPort) -> None:
    """Reading and writing after the device went are PortLost with a hint about the cable, and closing is quiet."""
    os.close(ends[0])
    with pytest.raises(PortLost) as caught:
        port.read(4096, SOON_S)
    assert "cable" in caught.value.hint
    with pytest.raises(PortLost):
        port.write(b"\x02\x02")
    port.close()
    port.close()


def test_a_closed_port_is_lost(port: HidrawPort) -> None:
    """Neither read nor write works on a closed port, and an interrupt is ignored there."""
    port.close()
    port.interrupt()
    with pytest.raises(PortLost):
        port.read(1, 0.0)
    with pytest.raises(PortLost):
        port.write(b"x")


def test_an_interrupt_ends_the_read_in_progress(port: HidrawPort) -> None:
    """A read that would wait for a minute returns empty when another thread interrupts it."""
    other = threading.Timer(0.02, port.interrupt)
    other.start()
    begun_s = time.monotonic()
    assert port.read(4096, 60.0) == b""
    assert time.monotonic() - begun_s < SOON_S
    other.join()


def test_a_fifo_will_do(tmp_path: Path) -> None:
    """A simulated device may be any path that carries bytes."""
    os.mkfifo(path := tmp_path / "hidraw0")
    subject = HidrawPort(HidrawSettings(path=str(path)))
    subject.open()
    subject.write(REPORT)
    assert subject.read(4096, SOON_S) == REPORT
    subject.close()


@pytest.mark.parametrize(
    ("number", "kind", "word"),
    [
        (errno.EACCES, PortUnavailable, "plugdev"),
        (errno.EPERM, PortUnavailable, "udev"),
        (errno.ENOENT, PortUnavailable, "cable"),
        (errno.ENODEV, PortUnavailable, "cable"),
        (errno.EIO, PortUnavailable, "cable"),
        (errno.EBUSY, PortUnavailable, "other program"),
        (errno.EINVAL, BadSettings, "/dev/hidraw"),
    ],
)
def test_every_refusal_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, number: int, kind: type[DriverError], word: str
) -> None:
    """Each way of failing is told apart, and the hint names the repair, Chinese first."""

    def refuse(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(DriverError) as caught:
        HidrawPort(HidrawSettings(path="/dev/hidraw9")).open()
    assert type(caught.value) is kind
    chinese, _, english = caught.value.hint.partition(" / ")
    assert not chinese.isascii()
    assert word in english


def test_what_is_no_node_is_a_mistake(tmp_path: Path) -> None:
    """A file and a folder are told to be no device, and a path with a NUL is no path."""
    (file := tmp_path / "file").write_bytes(REPORT)
    for path in (str(file), str(tmp_path), "/dev/hid\0raw"):
        with pytest.raises(BadSettings) as caught:
            HidrawPort(HidrawSettings(path=path)).open()
        assert "/dev/hidraw" in caught.value.hint


def test_a_failed_open_leaves_nothing_open(ends: tuple[int, str]) -> None:
    """No descriptor is lost in an outage of many attempts."""
    holder = os.open(ends[1], os.O_RDWR | os.O_NOCTTY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    descriptors = Path("/proc/self/fd")
    before = len(list(descriptors.iterdir()))
    for _ in range(20):
        with pytest.raises(PortUnavailable):
            HidrawPort(HidrawSettings(path=ends[1])).open()
    assert len(list(descriptors.iterdir())) == before
    os.close(holder)


def test_a_hidraw_model_gets_this_port() -> None:
    """The transport chooses the port."""
    model = Model("new", "scale", "hidraw", "drivers.new")
    assert isinstance(port_for(model, HidrawSettings(path="/dev/hidraw0")), HidrawPort)
