"""The signal panel as a witness: every line, in order, with its time."""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim_hardware.panel import LINES_KEPT, LONGEST_LINE, PanelLine, SignalPanel, parse_line
from tests.sim_hardware.host import PATIENCE_S, is_gone, opened


@pytest.fixture
def panel(tmp_path: Path) -> Iterator[SignalPanel]:
    """A panel plugged in."""
    with SignalPanel(tmp_path / "panel") as plugged:
        yield plugged


def test_a_line_is_colour_sound_phrase_and_its_words() -> None:
    """The brief's example: `green high parcel.received 3-2-1008`."""
    raw = b"green high parcel.received 3-2-1008"
    assert parse_line(raw, 5) == PanelLine(raw, 5, "green", "high", "parcel.received", ("3-2-1008",))


def test_a_line_may_have_no_words_beside_the_phrase() -> None:
    """Three words are enough."""
    line = parse_line(b"red low disk.full", 0)
    assert (line.colour, line.sound, line.phrase_id, line.words) == ("red", "low", "disk.full", ())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"green",
        b"green high",
        b"green  high x",
        b"GREEN high x",
        b"blue high x",
        b" green high x",
        b"green high x ",
        b"green high \xe5\xb7\xb2",
        b"green high x\r",
        b"green\thigh\tx",
    ],
)
def test_what_is_no_answer_has_no_colour_but_is_kept(raw: bytes) -> None:
    """A witness writes down what it did not understand, and never calls it green."""
    assert parse_line(raw, 1) == PanelLine(raw, 1, None, "", "", ())


def test_lines_are_recorded_in_order_with_their_arrival(panel: SignalPanel) -> None:
    """Each wait returns the next line; arrival is between the write and the look, on the monotonic clock."""
    with opened(panel.wire.link) as fd:
        before_ns = time.monotonic_ns()
        os.write(fd, b"green high parcel.received 3-2-1008\nred low weight.bad\n")
        first = panel.wait_for_line(PATIENCE_S)
        second = panel.wait_for_line(PATIENCE_S)
    assert first is not None
    assert second is not None
    assert (first.phrase_id, second.phrase_id) == ("parcel.received", "weight.bad")
    assert before_ns <= first.arrived_ns <= second.arrived_ns <= time.monotonic_ns()
    assert panel.lines == (first, second)
    assert panel.greens == (first,)
    assert panel.wait_for_line(0.01) is None


def test_a_line_in_pieces_counts_when_it_is_whole(panel: SignalPanel) -> None:
    """Half a line is not an answer."""
    with opened(panel.wire.link) as fd:
        os.write(fd, b"yellow low sc")
        assert panel.wait_for_line(0.05) is None
        os.write(fd, b"an.twice\n")
        line = panel.wait_for_line(PATIENCE_S)
    assert line is not None
    assert line.raw == b"yellow low scan.twice"


def test_the_callback_hears_every_line(tmp_path: Path) -> None:
    """In the wire's thread, in order."""
    heard: queue.Queue[PanelLine] = queue.Queue()
    with SignalPanel(tmp_path / "panel", on_line=heard.put) as panel, opened(panel.wire.link) as fd:
        os.write(fd, b"green high a\ngreen high b\n")
        assert [heard.get(timeout=PATIENCE_S).phrase_id for _ in range(2)] == ["a", "b"]


def test_a_panel_pulled_out_forgets_half_a_line_and_keeps_the_rest(panel: SignalPanel) -> None:
    """The agent's next line after plugging in is not glued to what came before."""
    with opened(panel.wire.link) as fd:
        os.write(fd, b"green high a\ngreen hi")
        assert panel.wait_for_line(PATIENCE_S) is not None
        panel.unplug()
        assert is_gone(fd)
    panel.plug()
    with opened(panel.wire.link) as fd:
        os.write(fd, b"red low b\n")
        line = panel.wait_for_line(PATIENCE_S)
    assert line is not None
    assert line.colour == "red"
    assert len(panel.lines) == 2


def test_a_writer_of_no_lines_fills_no_memory(panel: SignalPanel) -> None:
    """What has no line feed is recorded in pieces, as not understood."""
    with opened(panel.wire.link) as fd:
        os.write(fd, b"x" * (LONGEST_LINE + 1))
        line = panel.wait_for_line(PATIENCE_S)
    assert line is not None
    assert line.colour is None


def test_the_memory_is_bounded_and_the_newest_stay(tmp_path: Path) -> None:
    """After LINES_KEPT lines the oldest go, and a wait goes on with the oldest still there."""
    last: queue.Queue[int] = queue.Queue()

    def note_the_last(line: PanelLine) -> None:
        if line.words == (str(LINES_KEPT + 49),):
            last.put(1)

    with SignalPanel(tmp_path / "panel", on_line=note_the_last) as panel, opened(panel.wire.link) as fd:
        os.set_blocking(fd, True)
        for number in range(LINES_KEPT + 50):
            os.write(fd, f"green high x {number}\n".encode("ascii"))
        last.get(timeout=PATIENCE_S)
        assert len(panel.lines) == LINES_KEPT
        oldest = panel.wait_for_line(0)
        assert oldest is not None
        assert oldest.words == ("50",)
