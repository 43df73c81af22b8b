"""Virtual wires as a host sees them, down to the error numbers (devices.md G)."""

from __future__ import annotations

import errno
import os
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from sim_hardware.errors import PathTakenError
from sim_hardware.wire import VirtualWire
from tests.sim_hardware.host import PATIENCE_S, is_gone, is_silent, opened, read_until


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[VirtualWire]:
    """A plugged wire without pacing."""
    with VirtualWire(tmp_path / "by-path" / "gun", baud=None) as plugged:
        yield plugged


def test_bytes_arrive_as_sent_and_are_not_echoed_back(wire: VirtualWire) -> None:
    """All 256 byte values pass both ways: the line is raw, no echo, no CR to LF, no XON/XOFF."""
    everything = bytes(range(256))
    with opened(wire.link) as fd:
        assert wire.send(everything) == 256
        assert read_until(fd, 256) == everything
        os.write(fd, everything)
        assert wire.take_host_bytes(256, timeout_s=PATIENCE_S) == everything
        assert is_silent(fd)


def test_bytes_sent_before_the_host_opens_wait_for_it(wire: VirtualWire) -> None:
    """A slave kept open inside: no EIO, nothing lost, for a host that does not flush."""
    wire.send(b"early")
    with opened(wire.link) as fd:
        assert read_until(fd, 5) == b"early"


def test_a_full_buffer_drops_and_counts_and_never_waits(wire: VirtualWire) -> None:
    """Unread, the pty takes about 20 kB (18 048 to 20 480 measured); the rest is dropped at once."""
    sent = sum(wire.send(b"x" * 1000) for _ in range(40))
    assert 15_000 < sent < 25_000
    assert wire.dropped_bytes == 40_000 - sent
    with opened(wire.link) as fd:
        assert len(read_until(fd, sent)) == sent


def test_unplugging_gives_end_of_file_then_eio_and_removes_the_node(wire: VirtualWire) -> None:
    """What a host sees when the adapter is pulled out: nothing more to read, EIO on write, no link and no node."""
    node = wire.pts
    assert node is not None
    with opened(wire.link) as fd:
        wire.unplug()
        with pytest.raises(OSError, match="Input/output error") as failure:
            os.write(fd, b"?")
        assert failure.value.errno == errno.EIO
        assert is_gone(fd)
    assert not wire.link.is_symlink()
    assert not Path(node).exists()
    assert wire.send(b"nobody hears") == 0
    assert wire.dropped_bytes == 0


def test_pyserial_sees_the_errors_of_a_real_adapter(wire: VirtualWire) -> None:
    """devices.md G: reads and writes SerialException, `in_waiting` OSError 5."""
    with serial.Serial(str(wire.link), 9600, timeout=PATIENCE_S, exclusive=True) as port:
        wire.send(b"SF1234567890123\r")
        assert port.read(16) == b"SF1234567890123\r"
        wire.unplug()
        with pytest.raises(serial.SerialException):
            port.read(1)
        with pytest.raises(serial.SerialException):
            port.write(b"?")
        with pytest.raises(OSError, match="Input/output error"):
            _ = port.in_waiting


def test_a_replug_has_a_new_number_behind_the_same_path(wire: VirtualWire) -> None:
    """Like ttyUSB0 coming back as ttyUSB1: an old descriptor stays dead, the stable path leads to the new one."""
    first = wire.pts
    with opened(wire.link) as old:
        wire.unplug()
        wire.plug()
        assert wire.pts != first
        assert str(wire.link.readlink()) == wire.pts
        with opened(wire.link) as fd:
            wire.send(b"back")
            assert read_until(fd, 4) == b"back"
        with pytest.raises(OSError, match="Input/output error"):
            os.write(old, b"?")


def test_the_number_changes_even_when_no_host_held_the_old_one(wire: VirtualWire) -> None:
    """The kernel hands out the lowest free number; the wire sees to it that this is another one, ten times over."""
    for _ in range(10):
        before = wire.pts
        wire.unplug()
        wire.plug()
        assert wire.pts != before


def test_plug_and_unplug_may_be_repeated_without_effect(wire: VirtualWire) -> None:
    """Verbs of the world do not fail because the world is already so."""
    node = wire.pts
    wire.plug()
    assert wire.pts == node
    wire.unplug()
    wire.unplug()
    assert not wire.is_plugged
    assert wire.pts is None


def test_a_real_file_at_the_path_is_not_overwritten(tmp_path: Path) -> None:
    """A wrong path in a command must not cost anyone a file."""
    taken = tmp_path / "precious"
    taken.write_text("kept")
    with pytest.raises(PathTakenError) as failure:
        VirtualWire(taken).plug()
    assert "move it away" in failure.value.hint
    assert taken.read_text() == "kept"


def test_a_dead_link_of_an_earlier_run_is_taken_over(tmp_path: Path) -> None:
    """A simulator that was killed leaves its links behind; the next one starts all the same."""
    link = tmp_path / "gun"
    link.symlink_to("/dev/pts/987654")
    with VirtualWire(link, baud=None) as wire, opened(link) as fd:
        wire.send(b"alive")
        assert read_until(fd, 5) == b"alive"


def test_pacing_takes_the_time_of_a_real_line(tmp_path: Path) -> None:
    """60 bytes at 1200 baud are half a second: the last one is there no earlier, and its moment is kept."""
    with VirtualWire(tmp_path / "slow", baud=1200) as wire, opened(wire.link) as fd:
        started_ns = time.monotonic_ns()
        assert wire.send(b"x" * 60) == 60
        assert not wire.wait_sent(0)
        assert wire.wait_sent(PATIENCE_S)
        assert wire.last_byte_ns is not None
        assert wire.last_byte_ns - started_ns >= 0.5e9
        assert len(read_until(fd, 60)) == 60


def test_a_paced_device_that_talks_too_much_drops_whole_writes(tmp_path: Path) -> None:
    """The waiting room holds 4096 bytes; a frame that finds it full is skipped, not cut."""
    with VirtualWire(tmp_path / "slow", baud=300) as wire:
        assert wire.send(b"x" * 4096) == 4096
        assert wire.send(b"frame") == 0
        assert wire.dropped_bytes == 5


def test_unplugging_loses_what_was_on_its_way(tmp_path: Path) -> None:
    """Bytes not yet through when the plug is pulled never arrive, and nobody waits for them."""
    with VirtualWire(tmp_path / "slow", baud=300) as wire:
        wire.send(b"x" * 1000)
        wire.unplug()
        assert wire.wait_sent(0)
        wire.plug()
        with opened(wire.link) as fd:
            wire.send(b"new")
            assert read_until(fd, 3) == b"new"


def test_host_bytes_go_to_the_callback_when_there_is_one(tmp_path: Path) -> None:
    """A device that answers is told what the host wrote, in the wire's own thread."""
    heard: queue.Queue[bytes] = queue.Queue()
    with VirtualWire(tmp_path / "panel", baud=None, on_host_bytes=heard.put) as wire, opened(wire.link) as fd:
        os.write(fd, b"W")
        assert heard.get(timeout=PATIENCE_S) == b"W"
        assert wire.take_host_bytes(timeout_s=0) == b""


def test_a_device_can_answer_the_host(wire: VirtualWire) -> None:
    """Question and answer, as a Toledo 8217 has them (devices.md A6): `W` gets STX weight CR."""
    with opened(wire.link) as fd:
        os.write(fd, b"W")
        assert wire.take_host_bytes(timeout_s=PATIENCE_S) == b"W"
        wire.send(b"\x0201.234\r")
        assert read_until(fd, 8) == b"\x0201.234\r"


def test_noise_verbs_spoil_what_is_sent_next(wire: VirtualWire) -> None:
    """A flipped bit, garbled bytes and a lost head, each once."""
    with opened(wire.link) as fd:
        wire.flip_bits(5)
        wire.send(b"AB")
        wire.lose(2)
        wire.send(b"STX")
        wire.garble(3, seed=1)
        wire.send(b"aaab")
        got = read_until(fd, 7)
        assert got[:3] == b"aBX"
        assert all(byte != ord("a") for byte in got[3:6])
        assert got[6:] == b"b"


def test_closing_gives_every_descriptor_back(tmp_path: Path) -> None:
    """Fifty wires, each re-plugged once, leave no descriptor open."""
    before = _open_descriptors()
    for number in range(50):
        with VirtualWire(tmp_path / f"wire{number}") as wire:
            wire.unplug()
            wire.plug()
    assert _open_descriptors() == before
    assert list(tmp_path.iterdir()) == []


def _open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))
