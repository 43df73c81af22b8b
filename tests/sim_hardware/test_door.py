"""The lid's contact: pure chatter, and what it does to a pin; gpiozero's own mock pin takes it."""

import subprocess
import sys

import pytest

from sim_hardware.door import PRESSED_S, Lid, PushButton, chatter, glitch


class Pin:
    """Remembers the levels it was driven to."""

    def __init__(self) -> None:
        self.levels: list[bool] = []

    def drive_high(self) -> None:
        """High."""
        self.levels.append(True)

    def drive_low(self) -> None:
        """Low."""
        self.levels.append(False)


def test_a_chatter_begins_and_ends_with_the_new_level() -> None:
    """Open is high (a cut wire reads open); it falls back as often as asked, within the time, the same for a seed."""
    edges = chatter(10.0, becomes_open=True, bounces=3, within_s=0.02, seed=1)
    assert [level for _, level in edges] == [True, False, True, False, True, False, True]
    assert edges[0][0] == 10.0
    assert all(10.0 <= at_s <= 10.02 for at_s, _ in edges)
    assert sorted(edges) == sorted(edges, key=lambda edge: edge[0])
    assert edges == chatter(10.0, becomes_open=True, bounces=3, within_s=0.02, seed=1)
    assert edges != chatter(10.0, becomes_open=True, bounces=3, within_s=0.02, seed=2)
    assert chatter(1.0, becomes_open=False, bounces=0) == [(1.0, False)]


def test_a_glitch_comes_back() -> None:
    """The other level for a millisecond."""
    assert glitch(5.0, is_open=False) == [(5.0, True), (5.001, False)]


@pytest.mark.parametrize(("bounces", "within_s"), [(-1, 0.02), (500, 0.02), (4, -1)])
def test_what_is_no_chatter_is_refused(bounces: int, within_s: float) -> None:
    """A mistake of the test."""
    with pytest.raises(ValueError, match="chatter"):
        chatter(0.0, becomes_open=True, bounces=bounces, within_s=within_s)


def test_a_lid_drives_its_pin_and_tells_when() -> None:
    """Closed at first; open, shut, a spike and a cut wire, each edge announced with its time."""
    pin = Pin()
    told: list[float] = []
    lid = Lid(pin, wait_until=told.append)
    assert pin.levels == [False]
    lid.open(bounces=1)
    assert (pin.levels[1:], lid.is_open) == ([True, False, True], True)
    lid.shut(bounces=0)
    assert (pin.levels[4:], lid.is_open) == ([False], False)
    lid.glitch()
    assert pin.levels[5:] == [True, False]
    lid.cut_wire()
    assert pin.levels[-1]
    assert len(told) == 6


def test_gpiozeros_mock_pin_is_driven() -> None:
    """A MockPin with its pull-up set follows the lid; the simulation imports gpiozero nowhere itself."""
    mock = pytest.importorskip("gpiozero.pins.mock")
    factory = mock.MockFactory()
    pin = factory.pin(17)
    lid = Lid(pin)
    pin.input_with_pull("up")
    assert pin.state == 1, "the mock forgets what drives it; the real contact would not"
    lid.hold()
    assert pin.state == 0
    lid.open()
    assert pin.state == 1


def test_no_import_of_gpiozero() -> None:
    """Importing the world costs no GPIO library."""
    code = "import sys, sim_hardware.door, sim_hardware.models; sys.exit('gpiozero' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_button_is_high_until_it_is_pressed() -> None:
    """Pressed it is low for as long as the finger rests on it; each movement bounces."""
    pin = Pin()
    rested: list[float] = []
    button = PushButton(pin, pause=rested.append)
    button.press(bounces=1)
    assert pin.levels == [True, False, True, False, True, False, True]
    assert rested == [PRESSED_S]
    button.hold_down(bounces=0)
    assert (pin.levels[-1], button.is_open) == (False, False)
    button.let_go(bounces=0)
    assert (pin.levels[-1], button.is_open) == (True, True)


def test_a_cut_wire_reads_open_until_it_is_mended() -> None:
    """Whatever the lid does meanwhile."""
    pin = Pin()
    lid = Lid(pin)
    lid.cut_wire()
    lid.open()
    lid.shut()
    assert all(pin.levels[1:])
    lid.mend_wire()
    assert not pin.levels[-1]


def test_a_loose_wire_rattles_and_then_stands_as_before() -> None:
    """An edge in ten milliseconds; a time that is none, or too long, is refused."""
    pin = Pin()
    times: list[float] = []
    lid = Lid(pin, wait_until=times.append)
    lid.rattle(0.04)
    assert pin.levels == [False, True, False, True, False, False]
    assert times == pytest.approx([0.0, 0.01, 0.02, 0.03])
    for for_s in (0.0, -1.0, 60.0):
        with pytest.raises(ValueError, match="rattling"):
            lid.rattle(for_s)
