"""The loops of supervision in a world where time moves only by the script, then the real thread on a real pty."""

import os
import queue
import threading
import time
import tty
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest

from drivers.errors import BadSettings, DriverError, PortLost, PortUnavailable
from drivers.models import MODELS, Model
from drivers.outages import Backoff, Crashed, DeviceEvent, Loss, Lost, Opened, Outage, Said
from drivers.readings import BadReading, Reading, Reason, Scan, Temperature, Weight
from drivers.scanners.scan_serial import ScanSerialDecoder
from drivers.scanners.scan_serial import Settings as ScanSettings
from drivers.seam import Decoder, Pause, Sampler
from drivers.settings import DeviceSettings
from drivers.supervision import (
    BAD_SETTINGS_RETRY_S,
    IDLE_S,
    PAUSE_S,
    TRIGGER,
    UNCHANGED_S,
    Supervisor,
    Trigger,
    may_cut,
    may_rest,
    watch_sampler,
    watch_stream,
)

CODE = b"SF1234567890123"
LINE = b"ST,GS,+  1.234kg\r\n"
MISSING = PortUnavailable("no such file", hint="plug it in")
UNPLUGGED = PortLost("gone", hint="plug it in")
WRONG = BadSettings("cannot do 7E1", hint="another adapter")


@dataclass
class Step:
    """After `after_s` of waiting: bytes, silence (b""), or an error."""

    after_s: float
    what: bytes | DriverError = b""


@dataclass
class World:
    """A clock, a port and a stop, all moved by one script; the stop is set when the script has ended.

    `opens` says how each open goes, None for well; what is beyond its end goes well. `steps` is what reads meet.
    """

    opens: list[DriverError | None] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    now_s: float = 0.0
    ended: bool = False
    opened_at_s: list[float] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    written: list[bytes] = field(default_factory=list)
    closed: int = 0

    def clock(self) -> float:
        return self.now_s

    def is_set(self) -> bool:
        return self.ended

    def wait(self, timeout: float) -> bool:
        if not self.ended:
            self.pauses.append(timeout)
            self.now_s += timeout
        return self.ended

    def open(self) -> None:
        self.opened_at_s.append(self.now_s)
        error = self.opens.pop(0) if self.opens else None
        self.ended = not self.steps and not self.opens
        if error is not None:
            raise error

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        assert max_bytes > 0
        self.waits.append(timeout_s)
        step = self.steps[0]
        if step.after_s > timeout_s:
            step.after_s -= timeout_s
            self.now_s += timeout_s
            return b""
        self.now_s += step.after_s
        self.steps.pop(0)
        self.ended = not self.steps and not self.opens
        if isinstance(step.what, DriverError):
            raise step.what
        return step.what

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed += 1

    def interrupt(self) -> None:
        raise AssertionError("only stop interrupts")


def run(
    world: World, decoder: type[Decoder] | None = None, model: str = "scan_serial", **keys: Any
) -> list[DeviceEvent]:
    """Supervise the world's port to the end of its script; return the events."""
    events: list[DeviceEvent] = []
    settings = MODELS[model].settings()(path="/dev/null", **keys)
    watch_stream(
        world,
        decoder or (lambda: MODELS[model].decoder(settings)),
        Outage("gate"),
        events.append,
        world,
        backoff=Backoff(lambda: 0.0),
        clock=world.clock,
        pauses=may_cut(MODELS[model], settings),
        rests=may_rest(MODELS[model], settings),
    )
    return events


def story(events: list[DeviceEvent]) -> list[str]:
    """The events in short: what was lost, said, refused."""
    return [told(event) for event in events]


def told(event: DeviceEvent) -> str:
    if isinstance(event, Lost):
        return f"lost:{event.reason}"
    if not isinstance(event, Said):
        return type(event).__name__.lower()
    reading = event.reading
    return f"bad:{reading.reason}" if isinstance(reading, BadReading) else type(reading).__name__.lower()


def test_a_code_goes_from_port_to_consumer() -> None:
    """Opened, then the scan stamped with the time its last byte was read; the port is closed at the end."""
    world = World(steps=[Step(5.0, CODE[:4]), Step(0.01, CODE[4:] + b"\r")])
    opened, said = run(world)
    assert opened == Opened("gate")
    assert said == Said("gate", Scan(CODE.decode(), CODE, 5.01))
    assert world.closed == 1


def test_an_idle_scanner_wakes_its_thread_once_a_minute() -> None:
    """Nothing polls while nothing happens."""
    world = World(steps=[Step(3600.0)])
    run(world)
    assert len(world.waits) == 60
    assert set(world.waits) == {IDLE_S}


def test_a_begun_code_is_given_up_by_the_clock() -> None:
    """The loop wakes at the decoder's deadline and hands on what that gives."""
    world = World(steps=[Step(1.0, CODE), Step(10.0)])
    assert story(run(world)) == ["opened", "bad:truncated"]


def test_an_unavailable_device_is_one_report_and_ever_rarer_attempts() -> None:
    """Many refusals are one Lost, tried again after 0.5, 1, 2, 4, 8, 10, 10 s; being there again is told once."""
    world = World(opens=[MISSING] * 7, steps=[Step(5.0)])
    assert story(run(world)) == ["lost:unavailable", "opened"]
    assert world.pauses == [0.5, 1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_lost_port_is_opened_again_with_a_fresh_decoder() -> None:
    """What was half-said before the loss is never joined to what comes after it."""
    world = World(steps=[Step(1.0, CODE[:7]), Step(0.01, UNPLUGGED), Step(1.0, CODE[7:] + b"\r"), Step(1.0)])
    events = run(world)
    assert story(events) == ["opened", "lost:unplugged", "opened", "scan"]
    assert isinstance(events[3], Said)
    assert isinstance(events[3].reading, Scan)
    assert events[3].reading.code == CODE[7:].decode()
    assert world.closed == 2


def test_back_off_begins_again_after_the_device_has_proved_itself() -> None:
    """A flapping hub is tried ever more rarely; a good spell resets that."""
    flaps = [Step(0.1, UNPLUGGED) for _ in range(4)]
    world = World(steps=[*flaps, Step(60.0), Step(0.1, UNPLUGGED), Step(5.0)])
    assert story(run(world)) == ["opened", "lost:unplugged", "opened", "lost:unplugged", "opened"]
    assert world.pauses == [0.5, 1.0, 2.0, 4.0, 0.5]


def test_bad_settings_are_told_once_and_tried_once_a_minute() -> None:
    """A technician may put another adapter in; nobody is told twice."""
    world = World(opens=[WRONG] * 3, steps=[Step(5.0)])
    assert story(run(world)) == ["lost:bad_settings", "opened"]
    assert world.pauses == [BAD_SETTINGS_RETRY_S] * 3


def test_a_silent_scale_is_reopened_and_told_once() -> None:
    """After three seconds of nothing the port is closed and opened with back-off; speech ends the outage."""
    world = World(steps=[Step(1.0, LINE), Step(60.0, LINE), Step(1.0, LINE)])
    assert story(run(world, model="stgs_ascii")) == [
        "opened",
        "weight",
        "bad:no_data",
        "lost:silent",
        "opened",
        *["weight"] * 2,
    ]
    assert world.pauses[:3] == [0.5, 1.0, 2.0]
    assert len(world.opened_at_s) == world.closed


def test_a_scale_that_always_says_the_same_is_heard_in_pieces() -> None:
    """After five seconds of one weight each read is followed by a pause; every frame is still handed on."""
    frames = 80
    world = World(steps=[Step(0.1, LINE) for _ in range(frames)])
    assert story(run(world, model="stgs_ascii")) == ["opened", *["weight"] * frames]
    pauses = [pause for pause in world.pauses if pause == PAUSE_S]
    assert len(pauses) in range(frames - round(UNCHANGED_S / 0.1) - 3, frames)


@pytest.mark.parametrize("changed", [LINE.replace(b"1.234", b"0.500"), b"ST,GS,+ x.xxxkg\r\n"])
def test_a_weight_that_changes_is_heard_frame_by_frame(changed: bytes) -> None:
    """From the first other frame on, a bad one too, there is no pause until one has stood for five seconds."""
    before, after = (60, 40)
    resting = World(steps=[Step(0.1, LINE) for _ in range(before + after)])
    moved = World(steps=[Step(0.1, LINE) for _ in range(before)] + [Step(0.1, changed) for _ in range(after)])
    run(resting, model="stgs_ascii")
    run(moved, model="stgs_ascii")
    assert resting.pauses.count(PAUSE_S) - moved.pauses.count(PAUSE_S) == after - 1  # at the last frame both worlds end


def test_what_is_asked_or_speaks_only_when_used_is_never_paused() -> None:
    """A scanner is heard at once whatever it said, and so is a scale behind hidraw, whose reports come singly."""
    world = World(steps=[Step(1.0, CODE + b"\r") for _ in range(20)])
    run(world)
    assert PAUSE_S not in world.pauses
    assert not may_rest(MODELS["hid_pos_scale"], MODELS["hid_pos_scale"].settings()(path="/dev/hidraw0"))


def test_the_cut_first_line_of_a_scale_is_no_complaint() -> None:
    """Opening in the middle of a line is our doing."""
    world = World(steps=[Step(0.01, LINE[5:] + LINE), Step(0.1, LINE[5:] + LINE)])
    assert story(run(world, model="stgs_ascii")) == ["opened", "weight", "bad:malformed", "weight"]


def test_the_tail_of_a_code_is_no_code() -> None:
    """A scanner that was speaking when we opened is asked, by a refusal, to be used again."""
    world = World(steps=[Step(0.01, CODE[5:] + b"\r"), Step(1.0, CODE + b"\r")])
    assert story(run(world)) == ["opened", "bad:truncated", "scan"]


def test_reports_right_after_opening_are_whole() -> None:
    """The kernel hands out whole HID reports only: a scale that sends them without a pause is read from the first."""
    for silent_after_s in (0.0, 10.0):
        world = World(steps=[Step(0.01, bytes.fromhex("030402001400")) for _ in range(5)])
        events = run(world, model="hid_pos_scale", silent_after_s=silent_after_s)
        assert story(events) == ["opened", *["weight"] * 4]


def test_wrong_line_settings_are_hinted_at() -> None:
    """A scale that is only garbled asks for its settings to be compared, and is not called silent."""
    steps = [Step(0.1, b"\xfd\x83\xa1\xff\x00\xc2\x99\xfe\xf1\x81\xa4\xe0\x9a\xb0\xc4\xe8\r") for _ in range(200)]
    events = run(World(steps=steps), model="stgs_ascii")
    lost = [event for event in events if isinstance(event, Lost)]
    assert [event.reason for event in lost] == [Loss.GARBLED]
    assert "baud rate" in lost[0].hint


class Asking(ScanSerialDecoder):
    """A decoder that asks once at the start and once after each code."""

    def __init__(self) -> None:
        super().__init__(ScanSettings(path="/dev/null"))
        self.requests = [b"first"]

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        self.requests.append(b"next")
        return super().feed(data, now_s)

    def poll(self) -> bytes:
        return self.requests.pop(0) if self.requests else b""


def test_a_decoder_that_asks_is_heard_at_once() -> None:
    """Its requests are sent at opening and after each answer; an answer right after opening is no tail."""
    world = World(steps=[Step(0.01, CODE + b"\r"), Step(1.0)])
    assert story(run(world, Asking)) == ["opened", "scan"]
    assert world.written == [b"first", b"next"]


class Stuck(ScanSerialDecoder):
    """A decoder whose deadline never moves on, a fault of its own."""

    deadline_s = 0.0

    def __init__(self) -> None:
        super().__init__(ScanSettings(path="/dev/null"))


def test_a_stuck_deadline_is_no_busy_loop() -> None:
    """Even a faulty decoder costs at most a wake-up a millisecond."""
    world = World(steps=[Step(0.1)])
    run(world, Stuck)
    assert len(world.waits) <= 101


class Looks:
    """A sampler that shows one thing after the other, and takes half a second for a look."""

    def __init__(self, world: World, *shown: Reading | DriverError) -> None:
        self.world = world
        self.shown = list(shown)

    def sample(self, now_s: float) -> list[Reading]:
        assert now_s == self.world.now_s
        self.world.now_s += 0.5
        reading = self.shown.pop(0)
        self.world.ended = not self.shown
        if isinstance(reading, DriverError):
            raise reading
        return [reading]


def test_a_sampler_is_looked_at_in_step() -> None:
    """The time of the look is part of the interval; a missing sensor, and a refusal, are told once each."""
    cold, gone = Temperature(4000, b"", 0.0), BadReading(Reason.DISCONNECTED, b"", 0.0)
    world = World()
    events: list[DeviceEvent] = []
    looks = Looks(world, cold, gone, gone, MISSING, MISSING, cold)
    watch_sampler(looks, Outage("box"), events.append, world, every_s=60.0, clock=world.clock)
    assert story(events) == [
        "opened", "temperature", "lost:disconnected", "bad:disconnected", "bad:disconnected",
        "lost:unavailable", "opened", "temperature",
    ]  # fmt: skip
    assert world.pauses == [59.5] * 5


def test_a_look_longer_than_its_interval_is_followed_at_once() -> None:
    """No interval is ever negative."""
    world = World()
    looks = Looks(world, *[Temperature(4000, b"", 0.0)] * 2)
    watch_sampler(looks, Outage("box"), lambda _: None, world, every_s=0.1, clock=world.clock)
    assert world.pauses == [0.0]


SOON_S = 5.0
"""More than enough on a busy machine; nothing below waits so long unless it fails."""


def test_a_real_scale_is_supervised_through_an_unplugging(tmp_path: Path) -> None:
    """On a pty behind a link: opened, weighed, unplugged, back as another pty, weighed again, stopped promptly."""
    link = tmp_path / "scale"
    events: queue.Queue[DeviceEvent] = queue.Queue()
    scale = MODELS["stgs_ascii"]
    settings = scale.settings()(path=str(link))
    supervisor = Supervisor("scale", scale, settings, events.put, chance=lambda: 0.9)
    far, near = plug(link)
    supervisor.start()
    assert told(events.get(timeout=SOON_S)) == "opened"
    os.write(far, LINE)
    assert told(events.get(timeout=SOON_S)) == "weight"
    os.close(far)
    os.close(near)
    assert told(events.get(timeout=SOON_S)) == "lost:unplugged"
    far, near = plug(link)
    assert told(events.get(timeout=SOON_S)) == "opened"
    os.write(far, LINE)
    event = events.get(timeout=SOON_S)
    assert isinstance(event, Said)
    assert isinstance(event.reading, Weight)
    begun_s = time.monotonic()
    assert supervisor.stop()
    assert time.monotonic() - begun_s < 0.5
    assert events.empty()
    os.close(far)
    os.close(near)


def plug(link: Path) -> tuple[int, int]:
    """Make a raw pty and point the link at it, as udev does; return its two ends."""
    far, near = os.openpty()
    tty.setraw(near)
    fresh = link.with_suffix(".new")
    fresh.symlink_to(os.ttyname(near))
    fresh.replace(link)
    return far, near


def test_a_stop_ends_a_back_off(tmp_path: Path) -> None:
    """A device that is away does not hold up the end."""
    events: queue.Queue[DeviceEvent] = queue.Queue()
    scanner = MODELS["scan_serial"]
    supervisor = Supervisor("gate", scanner, scanner.settings()(path=str(tmp_path / "none")), events.put)
    supervisor.start()
    assert told(events.get(timeout=SOON_S)) == "lost:unavailable"
    begun_s = time.monotonic()
    assert supervisor.stop()
    assert time.monotonic() - begun_s < 0.5


def test_a_sensor_is_supervised_by_the_same_kind_of_thread(tmp_path: Path) -> None:
    """A sampler's thread looks at once, and stops in the middle of its wait for another look."""
    path = tmp_path / "w1_slave"
    path.write_bytes(b"")
    events: queue.Queue[DeviceEvent] = queue.Queue()
    sensor = MODELS["w1_slave"]
    supervisor = Supervisor("box", sensor, sensor.settings()(path=str(path)), events.put)
    supervisor.start()
    begun_s = time.monotonic()
    assert supervisor.stop()
    assert time.monotonic() - begun_s < 0.5
    assert all(told(event) in ("opened", "bad:no_data") for event in list(events.queue))


def test_stopping_before_starting_is_nothing() -> None:
    """An agent that fails while it starts may stop everything it made."""
    scanner = MODELS["scan_serial"]
    assert Supervisor("gate", scanner, scanner.settings()(path="/dev/null"), lambda _: None).stop()


def test_a_transport_without_a_port_is_a_setting_that_cannot_work() -> None:
    """It is told once and the thread ends; it is no crash."""
    events: list[DeviceEvent] = []
    model = Model("new", "scanner", "evdev", "drivers.scanners.scan_serial")
    supervisor = Supervisor("gate", model, model.settings()(path="/dev/null"), events.append)
    supervisor.start()
    assert supervisor.stop()
    assert story(events) == ["lost:bad_settings"]


def broken(*_: object) -> NoReturn:
    """A fault nobody foresaw."""
    raise ZeroDivisionError("unforeseen")


def test_an_unforeseen_error_is_handed_on_whole() -> None:
    """The thread does not die in silence: the consumer gets the exception to raise again."""
    events: queue.Queue[DeviceEvent] = queue.Queue()
    scanner = MODELS["scan_serial"]
    settings = scanner.settings()(path="/dev/null")
    supervisor = Supervisor("gate", scanner, settings, events.put, make_port=broken)
    supervisor.start()
    event = events.get(timeout=SOON_S)
    assert isinstance(event, Crashed)
    assert isinstance(event.error, ZeroDivisionError)
    assert supervisor.stop()


def test_a_fault_of_the_consumer_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the consumer itself cannot take the crash, the main thread is interrupted and the error still raised."""
    interrupts: list[bool] = []
    failed: list[threading.ExceptHookArgs] = []
    monkeypatch.setattr("_thread.interrupt_main", lambda: interrupts.append(True))
    monkeypatch.setattr(threading, "excepthook", failed.append)
    scanner = MODELS["scan_serial"]
    supervisor = Supervisor("gate", scanner, scanner.settings()(path="/nowhere/none"), broken)
    supervisor.start()
    supervisor._thread.join(SOON_S)
    assert interrupts == [True]
    assert [args.exc_type for args in failed] == [ZeroDivisionError]


class Pulled(ScanSerialDecoder):
    """A decoder that can be triggered."""

    def __init__(self) -> None:
        super().__init__(ScanSettings(path="/dev/null"))
        self.asked = False

    def trigger(self) -> None:
        self.asked = True

    def poll(self) -> bytes:
        asked, self.asked = self.asked, False
        return b"look" if asked else b""


def carry_out(decoder: type[Decoder] | None, *orders: bytes | Trigger, stale: tuple[bytes, ...] = ()) -> list[bytes]:
    """What is written when orders come while the device is open; `stale` ones came before."""
    waiting: deque[bytes | Trigger] = deque(stale)
    world = World(steps=[Step(1.0), Step(1.0)])

    def decide() -> Decoder:  # made right after opening: what is ordered from now on counts
        waiting.extend(orders)
        return decoder() if decoder else MODELS["scan_serial"].decoder(ScanSettings(path="/dev/null"))

    watch_stream(
        world,
        decide,
        Outage("gate"),
        lambda _: None,
        world,
        backoff=Backoff(lambda: 0.0),
        clock=world.clock,
        pauses=True,
        orders=waiting,
    )
    return world.written


def test_what_others_want_sent_is_sent_in_order() -> None:
    """Beeps go out as they were given; what was ordered while the device was away is forgotten."""
    assert carry_out(None, b"\x07", b"\x07\x07", stale=(b"old",)) == [b"\x07", b"\x07\x07"]


def test_a_trigger_goes_by_way_of_the_decoder() -> None:
    """The decoder knows what it takes; a model that cannot be triggered is left alone."""
    assert carry_out(Pulled, TRIGGER) == [b"look"]
    assert carry_out(None, TRIGGER) == []


class Mixed(ScanSerialDecoder):
    """A decoder whose device says ten bytes of answers for each of its code, and which tells nobody."""

    def __init__(self) -> None:
        super().__init__(ScanSettings(path="/dev/null"))

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        return super().feed(data.replace(b"#", b""), now_s)


class Chatty(Mixed):
    """The same decoder, which tells."""

    def aside(self) -> int:
        return 150


def test_answers_are_not_taken_for_a_garbled_line() -> None:
    """A device that mostly answers is not accused of wrong line settings; without the word `aside` it would be."""
    for decoder, accused in ((Chatty, False), (Mixed, True)):
        steps = [Step(1.0, b"#" * 150 + CODE[:7] + b"\r") for _ in range(20)]  # a whole code would clear the line
        assert ("lost:garbled" in story(run(World(steps=steps), decoder))) is accused


def test_an_order_wakes_the_device_at_once(tmp_path: Path) -> None:
    """A beep ordered from another thread reaches a real pty while its thread waits for bytes."""
    far, near = plug(tmp_path / "gun")
    events: queue.Queue[DeviceEvent] = queue.Queue()
    scanner = MODELS["scan_serial"]
    supervisor = Supervisor("gate", scanner, scanner.settings()(path=str(tmp_path / "gun")), events.put)
    supervisor.send(b"too early")
    supervisor.start()
    assert told(events.get(timeout=SOON_S)) == "opened"
    supervisor.send(b"\x07")
    assert os.read(far, 16) == b"\x07"
    assert supervisor.stop()
    os.close(far)
    os.close(near)


def test_a_sampler_may_be_made_from_outside(tmp_path: Path) -> None:
    """Whoever has more to give than settings makes the sampler; the thread runs that one."""
    made: list[Model] = []
    sensor = MODELS["w1_slave"]

    def make(model: Model, settings: DeviceSettings, pause: Pause) -> Sampler:
        made.append(model)
        return model.sampler(settings, pause)

    events: queue.Queue[DeviceEvent] = queue.Queue()
    settings = sensor.settings()(path=str(tmp_path / "none"))
    supervisor = Supervisor("box", sensor, settings, events.put, make_sampler=make)
    supervisor.start()
    assert told(events.get(timeout=SOON_S)) == "lost:disconnected"
    assert supervisor.stop()
    assert made == [sensor]
