"""EvdevPort: on a pty and a FIFO in place of an event node, and its dealings with the kernel's grab."""

import errno
import fcntl
import os
import stat
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import BadSettings, PortLost, PortUnavailable
from drivers.models import MODELS
from drivers.ports import port_for
from drivers.ports_evdev import EVIOCGRAB, INPUT_MAJOR, EvdevPort, is_input_node
from drivers.settings import EvdevSettings

EVENT = bytes(16) + b"\x01\x00\x1e\x00\x01\x00\x00\x00"
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


def opened(path: str) -> EvdevPort:
    """An open port."""
    port = EvdevPort(EvdevSettings(path=path))
    port.open()
    return port


def test_events_are_given_as_they_come(ends: tuple[int, str]) -> None:
    """All that is there in one read; silence is an empty read."""
    port = opened(ends[1])
    os.write(ends[0], EVENT * 3)
    assert port.read(4096, SOON_S) == EVENT * 3
    assert port.read(4096, 0.0) == b""
    port.close()


def test_a_fifo_serves_as_well(tmp_path: Path) -> None:
    """A simulated gun may be a FIFO; while its writer lives, silence is silence, and its end is an unplugging."""
    path = tmp_path / "event0"
    os.mkfifo(path)
    port = opened(str(path))
    writer = os.open(path, os.O_WRONLY)
    assert port.read(4096, 0.0) == b""
    os.write(writer, EVENT)
    assert port.read(4096, SOON_S) == EVENT
    os.close(writer)
    with pytest.raises(PortLost):
        port.read(4096, SOON_S)
    port.close()


def test_several_guns_are_several_ports(ends: tuple[int, str], tmp_path: Path) -> None:
    """Each reads its own node only."""
    other = tmp_path / "event1"
    os.mkfifo(other)
    first, second = opened(ends[1]), opened(str(other))
    os.write(ends[0], EVENT)
    assert first.read(4096, SOON_S) == EVENT
    assert second.read(4096, 0.0) == b""
    first.close()
    second.close()


def test_an_unplugged_gun_is_lost(ends: tuple[int, str]) -> None:
    """Reading after the device went is PortLost, and closing is quiet."""
    port = opened(ends[1])
    os.close(ends[0])
    with pytest.raises(PortLost):
        port.read(4096, SOON_S)
    port.close()
    port.close()


def test_only_the_kernels_input_nodes_are_grabbed() -> None:
    """A character device of major 13 is one; a tty, a FIFO or a file that shares the number is none."""
    assert is_input_node(stat.S_IFCHR | 0o660, os.makedev(INPUT_MAJOR, 64))
    assert not is_input_node(stat.S_IFCHR | 0o660, os.makedev(136, 0))
    assert not is_input_node(stat.S_IFIFO | 0o660, os.makedev(INPUT_MAJOR, 64))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Make every node look like the kernel's own, and collect what is asked of it; the kernel grants all."""
    calls: list[tuple[int, int]] = []
    monkeypatch.setattr("drivers.ports_evdev.INPUT_MAJOR", 136)  # the major of ptys
    monkeypatch.setattr(fcntl, "ioctl", lambda _, request, value: calls.append((request, value)))
    return calls


def test_a_gun_is_grabbed_when_it_is_opened(ends: tuple[int, str], asked: list[tuple[int, int]]) -> None:
    """EVIOCGRAB with 1, once; a port that only listens asks for nothing."""
    opened(ends[1]).close()
    assert asked == [(EVIOCGRAB, 1)]
    listener = EvdevPort(EvdevSettings(path=ends[1]), grab=False)
    listener.open()
    listener.close()
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("number", "word"),
    [
        (errno.EBUSY, "another program has grabbed it"),
        (errno.ENODEV, "cable"),
        (errno.EACCES, "group input"),
        (errno.ENOTTY, "cable"),
    ],
)
@pytest.mark.usefixtures("asked")
def test_a_refused_grab_is_never_passed_over(
    ends: tuple[int, str], monkeypatch: pytest.MonkeyPatch, number: int, word: str
) -> None:
    """On an input node every refusal of the kernel counts, and the node is let go of again."""

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "ioctl", refuse)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(PortUnavailable) as caught:
        opened(ends[1])
    assert word in caught.value.hint
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_gun_takes_no_bytes(ends: tuple[int, str]) -> None:
    """What cannot be written to says so; it does not look like an unplugging."""
    port = opened(ends[1])
    with pytest.raises(BadSettings):
        port.write(b"\x07")
    port.close()


def test_a_missing_node_may_come_back_and_a_file_is_a_mistake(tmp_path: Path) -> None:
    """No such node: plug it in. A file: the path in the configuration is wrong."""
    with pytest.raises(PortUnavailable):
        opened(str(tmp_path / "none"))
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(BadSettings) as caught:
        opened(str(file))
    assert "/dev/input/by-path" in caught.value.hint


@pytest.mark.parametrize("name", ["scan_evdev", "keypad_evdev"])
def test_an_evdev_model_gets_an_evdev_port(name: str) -> None:
    """By its transport."""
    model = MODELS[name]
    assert isinstance(port_for(model, model.settings()(path="/dev/null")), EvdevPort)
