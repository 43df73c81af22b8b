"""Doors and buttons on gpiozero's mock pins, with a clock that moves only by the script."""

import queue
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from drivers.errors import BadSettings, PortUnavailable
from drivers.gpio import button_gpio, door_gpio, pins, power_gpio
from drivers.gpio.contacts import Contact
from drivers.gpio.looking import REOPEN_S, ContactSampler, Tell
from drivers.gpio.pins import InputPin
from drivers.models import MODELS
from drivers.outages import DeviceEvent, Opened, Said
from drivers.readings import BadReading, Door, Power, Reading, Reason, Scan
from drivers.supervision import Supervisor


@pytest.fixture(autouse=True)
def _unplug() -> Iterator[None]:
    """Every test starts with free pins."""
    yield
    pins.factory("mock").reset()


class World:
    """A scripted clock and the wire of one pin: a list of (time, closed)."""

    def __init__(self, pin: str, moves: list[tuple[float, bool]]) -> None:
        self.now_s = 0.0
        self.wire: Any = pins.factory("mock").pin(pin)
        self.moves = moves

    def clock(self) -> float:
        return self.now_s

    def wait(self, seconds: float) -> bool:
        """Wait for an edge."""
        if self.moves and self.moves[0][0] <= self.now_s + seconds:
            at_s, closed = self.moves.pop(0)
            self.now_s = max(self.now_s, at_s)
            self._drive(closed)
            return True
        self.now_s += seconds
        return False

    def pause(self, seconds: float) -> bool:
        """Wait whatever happens."""
        until_s = self.now_s + seconds
        while self.moves and self.moves[0][0] <= until_s:
            at_s, closed = self.moves.pop(0)
            self.now_s = max(self.now_s, at_s)
            self._drive(closed)
        self.now_s = until_s
        return True

    def _drive(self, closed: bool) -> None:
        if closed:
            self.wire.drive_low()
        else:
            self.wire.drive_high()


def sampler_in(world: World, pin: InputPin, tell: Tell) -> ContactSampler:
    """The shell of a model, in the world's time."""
    return ContactSampler(pin, tell, every_s=0.5, pause=world.pause, clock=world.clock, wait=world.wait)


def watch(made: ContactSampler, world: World, until_s: float) -> list[Reading]:
    """Sample until `until_s`, as supervision does."""
    readings: list[Reading] = []
    for _ in range(1000):
        if world.now_s >= until_s:
            return readings
        readings += made.sample(world.now_s)
    raise AssertionError("time stands still")


def door(moves: list[tuple[float, bool]], until_s: float, **keys: Any) -> list[Reading]:
    """What a door at GPIO17 says while its contact moves so."""
    world = World("GPIO17", moves)
    settings = door_gpio.Settings(path="GPIO17", factory="mock", **keys)
    return watch(
        sampler_in(world, InputPin("GPIO17", "mock"), partial(door_gpio.tell, settings=settings)), world, until_s
    )


def test_a_door_is_told_at_the_start_and_at_every_change() -> None:
    """Without a wire it is open; shut and open again, with bounces, it is told once each."""
    moves = [(2.0, True), (2.003, False), (2.006, True), (4.0, False)]
    readings = door(moves, 6.0)
    assert [(r.is_open, r.raw) for r in readings if isinstance(r, Door)] == [
        (True, b"high"),
        (False, b"low"),
        (True, b"high"),
    ]
    assert [round(reading.at_s, 3) for reading in readings] == pytest.approx([0.04, 2.046, 4.04], abs=0.002)


def test_a_contact_the_other_way_round() -> None:
    """With open_when = low the same wire means the contrary."""
    readings = door([(2.0, True)], 3.0, open_when="low")
    assert [r.is_open for r in readings if isinstance(r, Door)] == [False, True]


def test_a_loose_wire_is_noise_and_an_open_door() -> None:
    """Chatter is told as such; the door does not count as shut meanwhile."""
    moves = [(1.0, True), *((2.0 + n * 0.01, n % 2 == 1) for n in range(300))]
    readings = door(moves, 4.5)
    noise = [r for r in readings if isinstance(r, BadReading)]
    assert [r.reason for r in noise] == [Reason.NOISE]
    chattering = readings.index(noise[0])
    following = readings[chattering + 1]
    assert isinstance(following, Door)
    assert following.is_open


def test_a_press_is_a_scan_of_its_card() -> None:
    """One scan a press, however long it is held; letting go says nothing."""
    settings = button_gpio.Settings(path="GPIO27", factory="mock", code="YYCOUT")
    world = World("GPIO27", [(1.0, True), (1.004, False), (1.008, True), (3.0, False)])
    made = sampler_in(world, InputPin("GPIO27", "mock"), partial(button_gpio.tell, settings=settings))
    readings = watch(made, world, 5.0)
    assert [(r.code, r.raw) for r in readings if isinstance(r, Scan)] == [("YYCOUT", b"low")]
    assert len(readings) == 1


def test_two_devices_at_one_pin_are_a_mistake() -> None:
    """The second is refused with what to do; the first goes on."""
    first, second = InputPin("GPIO17", "mock"), InputPin("GPIO17", "mock")
    first.open(lambda: None)
    with pytest.raises(BadSettings) as caught:
        second.open(lambda: None)
    assert "GPIO17" in str(caught.value)
    assert "once" in caught.value.hint
    assert first.is_low() is False
    first.close()
    second.open(lambda: None)
    second.close()
    second.close()


@pytest.mark.parametrize("path", ["GPIO99", "/dev/null", "BOARD1", ""])
def test_a_pin_that_does_not_exist_is_a_mistake(path: str) -> None:
    """A wrong name is told with how to write one (BOARD1 is the 3.3 V supply)."""
    with pytest.raises(BadSettings) as caught:
        InputPin(path, "mock").open(lambda: None)
    assert "GPIO17" in caught.value.hint


def test_a_missing_library_is_told_with_its_package() -> None:
    """There is no lgpio on this machine: an error with the repair, and never the mock in its place."""
    pytest.importorskip("gpiozero")
    try:
        import lgpio  # type: ignore[import-not-found]  # noqa: F401, PLC0415
    except ImportError:
        expected: type[Exception] = BadSettings
        word = "python3-lgpio"
    else:
        expected, word = PortUnavailable, "gpiochip"
    with pytest.raises(expected) as caught:
        pins.factory("lgpio")
    assert word in getattr(caught.value, "hint", "")


def test_a_lost_pin_is_opened_again_and_tells_its_state_anew() -> None:
    """After a failure the pin is let go, and the next sample begins from nothing known."""
    world = World("GPIO17", [])
    pin = InputPin("GPIO17", "mock")
    settings = door_gpio.Settings(path="GPIO17", factory="mock")
    made = sampler_in(world, pin, partial(door_gpio.tell, settings=settings))
    assert [type(reading) for reading in watch(made, world, 1.0)] == [Door]
    pin.close()
    assert [type(reading) for reading in watch(made, world, 2.0)] == [Door]


def test_a_pin_that_cannot_be_taken_is_tried_every_ten_seconds() -> None:
    """Not twice a second: looking for a missing library reads the card each time."""
    world = World("GPIO17", [])
    settings = door_gpio.Settings(path="GPIO17", factory="mock")
    made = sampler_in(world, InputPin("GPIO99", "mock"), partial(door_gpio.tell, settings=settings))
    for expected_s in (0.0, REOPEN_S, 2 * REOPEN_S):
        with pytest.raises(BadSettings):
            made.sample(world.now_s)
        assert world.now_s == pytest.approx(expected_s)


@pytest.mark.parametrize("name", ["door_gpio", "button_gpio", "power_gpio"])
def test_a_model_made_for_supervision_takes_its_pin_at_the_first_sample(name: str) -> None:
    """Making it takes nothing; where nobody waits, the first look alone says nothing."""
    model = MODELS[name]
    made = model.sampler(model.settings()(path="GPIO22", factory="mock"))  # type: ignore[call-arg]
    with_pin = InputPin("GPIO22", "mock")
    with_pin.open(lambda: None)
    with_pin.close()
    assert made.sample(0.0) == []
    with pytest.raises(BadSettings):
        with_pin.open(lambda: None)


@pytest.mark.parametrize(("good_when", "told"), [("low", [True, False]), ("high", [False, True])])
def test_mains_are_told_at_the_start_and_when_they_fail(good_when: str, told: list[bool]) -> None:
    """By the level that the stanza says is good; a wire that is cut is high."""
    world = World("GPIO23", [(1.0, False)])
    world.wire.drive_low()
    settings = power_gpio.Settings(path="GPIO23", factory="mock", good_when=good_when)  # type: ignore[arg-type]
    pin = InputPin("GPIO23", "mock")
    made = sampler_in(world, pin, partial(power_gpio.tell, settings=settings))
    pin.open(lambda: None)
    world.wire.drive_low()
    readings = watch(made, world, 3.0)
    assert [reading.is_good for reading in readings if isinstance(reading, Power)] == told
    assert len(readings) == 2


def test_a_power_good_contact_that_chatters_is_noise_and_mains_gone() -> None:
    """A relay that buzzes with a failing adapter: told as such, and it does not count as there."""
    settings = power_gpio.Settings(path="GPIO23", factory="mock")
    (noise,) = power_gpio.tell(Contact.CHATTERS, 1.0, settings=settings)
    assert isinstance(noise, BadReading)
    assert noise.reason is Reason.NOISE
    assert power_gpio.tell(Contact.OPEN, 1.0, settings=settings) == [Power(False, b"high", 1.0)]


class Chips:
    """A stand-in for the C library: chips by number, each with its label."""

    def __init__(self, labels: dict[int, str]) -> None:
        self.labels, self.closed = labels, 0

    def gpiochip_open(self, number: int) -> int:
        return number

    def gpio_get_chip_info(self, handle: int) -> list[Any]:
        return [0, 54, f"gpiochip{handle}", self.labels[handle]]

    def gpiochip_close(self, handle: int) -> None:
        assert handle in self.labels
        self.closed += 1


@pytest.mark.parametrize(
    ("labels", "number"),
    [
        ({0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}, 0),
        ({0: "gpio-brcmstb@107d508500", 4: "pinctrl-rp1"}, 4),
        ({0: "pinctrl-rp1", 10: "gpio-brcmstb@107d508500"}, 0),
    ],
)
def test_the_header_is_found_by_its_label(labels: dict[int, str], number: int) -> None:
    """Its number differs between kernels of a Pi 5; every chip looked at is closed again."""
    chips = Chips(labels)
    assert pins.header_chip(chips, labels) == number
    assert chips.closed > 0


def test_no_header_is_told_with_what_was_seen() -> None:
    """On a machine that is no Pi nothing is guessed."""
    with pytest.raises(PortUnavailable) as caught:
        pins.header_chip(Chips({0: "INT34C5:00"}), [0])
    assert "INT34C5" in str(caught.value)


def test_a_door_under_real_supervision() -> None:
    """With its thread, gpiozero's callbacks and real time: open at first, shut within a poll of being shut."""
    events: queue.SimpleQueue[DeviceEvent] = queue.SimpleQueue()
    settings = door_gpio.Settings(path="GPIO23", factory="mock")
    wire: Any = pins.factory("mock").pin("GPIO23")
    supervisor = Supervisor("lid", MODELS["door_gpio"], settings, events.put)
    supervisor.start()
    try:
        assert events.get(timeout=5.0) == Opened("lid")
        first = events.get(timeout=5.0)
        wire.drive_low()
        second = events.get(timeout=5.0)
    finally:
        assert supervisor.stop()
    told = [event.reading for event in (first, second) if isinstance(event, Said)]
    assert [reading.is_open for reading in told if isinstance(reading, Door)] == [True, False]
    assert 0.04 <= told[1].at_s - told[0].at_s < 4.0


def test_both_names_of_a_pin_are_one() -> None:
    """The header's places agree with gpiozero's own table; what is no such place keeps its name."""
    factory = pins.factory("mock")
    for place, number in pins.BOARD.items():
        assert pins.same_pin(f"BOARD{place}") == pins.same_pin(f"GPIO{number:02}") == f"GPIO{number}"
        assert factory.pin(f"BOARD{place}") is factory.pin(f"GPIO{number}")
    assert [pins.same_pin(name) for name in ("BOARD1", "GPIO0", "nonsense")] == ["BOARD1", "GPIO0", "nonsense"]
