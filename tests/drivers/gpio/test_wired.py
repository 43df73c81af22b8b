"""A pin at the end of a wire: its bytes, its edges, and what happens when nobody is at the other end."""

import os
import pty
import threading
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.errors import BadSettings, PortLost, PortUnavailable
from drivers.gpio import wired
from drivers.gpio.pins import InputPin
from drivers.gpio.wired import WiredPin, contact_pin

PATIENCE_S = 10.0


class Far:
    """The far end of a wire, by hand."""

    def __init__(self) -> None:
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)

    def answer(self, level: bytes) -> threading.Thread:
        """Answer the next question in a thread of its own."""
        thread = threading.Thread(target=lambda: (os.read(self.master, 1), os.write(self.master, level)))
        thread.start()
        return thread

    def close(self) -> None:
        """Pull it out."""
        for fd in (self._slave, self.master):
            os.close(fd)


@pytest.fixture
def far() -> Iterator[Far]:
    """A wire that is taken away at the end unless the test did."""
    made = Far()
    yield made
    if Path(made.path).exists():
        made.close()


def opened(far: Far, level: bytes, edges: threading.Semaphore) -> WiredPin:
    """A pin on that wire, which stands at a level."""
    pin = WiredPin(far.path)
    thread = far.answer(level)
    pin.open(edges.release)
    thread.join()
    return pin


def test_a_wire_is_asked_how_it_stands_and_tells_every_edge(far: Far) -> None:
    """Low at the start; a repeated level and strange bytes are no edge; of two edges in one piece both count."""
    edges = threading.Semaphore(0)
    pin = opened(far, b"0", edges)
    assert pin.is_open
    assert pin.is_low()
    os.write(far.master, b"0\xff1")
    assert edges.acquire(timeout=PATIENCE_S)
    assert not pin.is_low()
    os.write(far.master, b"01")
    assert edges.acquire(timeout=PATIENCE_S)
    assert edges.acquire(timeout=PATIENCE_S)
    assert not pin.is_low()
    assert not edges.acquire(blocking=False)
    pin.close()
    pin.close()
    with pytest.raises(PortLost):
        pin.is_low()


def test_a_wire_pulled_out_is_lost_and_wakes_who_waits(far: Far) -> None:
    """Not taken for an open contact: the loss is told with what to do."""
    edges = threading.Semaphore(0)
    pin = opened(far, b"0", edges)
    far.close()
    assert edges.acquire(timeout=PATIENCE_S)
    with pytest.raises(PortLost) as caught:
        pin.is_low()
    assert "station-sim devices" in caught.value.hint
    pin.close()


def test_a_wire_that_does_not_answer_is_not_open(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else stands at the path says nothing of a pin: no level is guessed, and the path is given back."""
    monkeypatch.setattr(wired, "ANSWER_S", 0.01)
    pin = WiredPin(far.path)
    for _ in range(2):
        with pytest.raises(PortUnavailable) as caught:
            pin.open(lambda: None)
        assert "does not answer" in str(caught.value)
    assert not pin.is_open


def test_only_the_mock_factory_takes_a_path(tmp_path: Path) -> None:
    """A real factory never ends at a simulated wire; a missing wire and a plain file are told apart."""
    assert isinstance(contact_pin("/dev/pts/99", "lgpio"), InputPin)
    assert isinstance(contact_pin("GPIO17", "mock"), InputPin)
    with pytest.raises(PortUnavailable):
        contact_pin(str(tmp_path / "none"), "mock").open(lambda: None)
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSettings):
        contact_pin(str(tmp_path / "file"), "mock").open(lambda: None)
