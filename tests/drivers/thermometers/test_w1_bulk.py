"""Bulk reads: when sensors are read, and above all when they are not, since a value nobody fetched is old."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.errors import PortUnavailable
from drivers.outages import Lost, Opened, Outage, Said
from drivers.readings import BadReading, Reading, Reason, Temperature
from drivers.thermometers.w1_bulk import (
    LOOK_AGAIN_S,
    MAX_LOOKS,
    TRIGGER,
    Bulk,
    Settings,
    W1BulkSampler,
    parse_state,
    sampler,
)
from drivers.thermometers.w1_slave import crc8

NAMES = ("28-000000000001", "28-000000000002")
WARM = b"91 01 4b 46 7f ff 0c 10 70 : crc=70 YES\n91 01 4b 46 7f ff 0c 10 70 t=25062\n"
COLD = b"5e ff 4b 46 7f ff 0c 10 6a : crc=6a YES\n5e ff 4b 46 7f ff 0c 10 6a t=-10125\n"


class FolderBus:
    """A folder that looks like a bus; `pause` is the moment in which the kernel does what it was told."""

    def __init__(self, folder: Path, state: bytes = b"0\n") -> None:
        self.path = folder / "therm_bulk_read"
        self.path.write_bytes(state)
        for name in NAMES:
            (folder / name).mkdir()
        self.folder = folder
        self.triggers = 0
        self.pauses: list[float] = []

    def show(self, *contents: bytes) -> None:
        """What each sensor's w1_slave holds."""
        for name, content in zip(NAMES, contents, strict=False):
            (self.folder / name / "w1_slave").write_bytes(content)

    def convert(self, seconds: float) -> bool:
        """A kernel that starts within one pause and is done within two."""
        self.pauses.append(seconds)
        state = self.path.read_bytes()
        if state == TRIGGER:
            self.triggers += 1
            self.show(b"", b"")
            self.path.write_bytes(b"-1\n")
        elif state == b"-1\n":
            self.show(WARM, COLD)
            self.path.write_bytes(b"1\n")
        return True

    def sample(self, pause: Callable[[float], bool] | None = None, **keys: Any) -> list[Reading]:
        """One look at the bus."""
        settings = Settings(path=str(self.path), **{"sensors": NAMES, **keys})
        return sampler(settings, pause or self.convert).sample(3.0)


def words(readings: list[Reading]) -> list[tuple[str | None, int | str]]:
    """Channel and value, or why there is none."""
    return [
        (r.channel, r.temperature_mc if isinstance(r, Temperature) else r.reason.value)
        for r in readings
        if isinstance(r, (Temperature, BadReading))
    ]


def test_one_trigger_serves_all_sensors(tmp_path: Path) -> None:
    """All sensors convert at once, and each reading carries its sensor's number."""
    bus = FolderBus(tmp_path)
    assert words(bus.sample()) == [(NAMES[0], 25_062), (NAMES[1], -10_125)]
    assert bus.triggers == 1


@pytest.mark.parametrize("state", [b"1\n", b"-1\n"])
def test_what_was_converted_before_is_never_delivered(tmp_path: Path, state: bytes) -> None:
    """A finished or running conversion of somebody else is let go by, and a new one started."""
    bus = FolderBus(tmp_path, state)
    bus.show(COLD, COLD)
    assert words(bus.sample()) == [(NAMES[0], 25_062), (NAMES[1], -10_125)]
    assert bus.triggers == 1


def test_a_bus_that_cannot_do_bulk_converts_when_read(tmp_path: Path) -> None:
    """State 0 after the trigger: the files are read, and the kernel converts for each."""
    bus = FolderBus(tmp_path)
    bus.show(WARM, WARM)

    def cannot(_: float) -> bool:
        bus.path.write_bytes(b"0\n")
        return True

    assert words(bus.sample(cannot)) == [(NAMES[0], 25_062), (NAMES[1], 25_062)]


def test_a_conversion_without_end_gives_no_value(tmp_path: Path) -> None:
    """After three seconds of -1 every sensor is busy; nothing was triggered or read."""
    bus = FolderBus(tmp_path, b"-1\n")
    bus.show(WARM, WARM)
    pauses: list[float] = []

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return True

    readings = bus.sample(wait)
    assert words(readings) == [(name, "busy") for name in NAMES]
    assert pauses == [LOOK_AGAIN_S] * MAX_LOOKS
    assert bus.path.read_bytes() == b"-1\n"


def test_a_stopping_agent_does_not_wait(tmp_path: Path) -> None:
    """A pause that returns False ends the look."""
    bus = FolderBus(tmp_path)
    bus.show(WARM, WARM)
    assert words(bus.sample(lambda _: False)) == [(name, "busy") for name in NAMES]


def test_a_missing_sensor_costs_only_itself(tmp_path: Path) -> None:
    """The others are read; the bus is not lost, so people are not sent to its wiring."""
    bus = FolderBus(tmp_path)
    other = "28-0000000000ff"
    readings = bus.sample(sensors=(NAMES[0], other))
    assert words(readings) == [(NAMES[0], 25_062), (other, "disconnected")]
    events = Outage("bus").looked(readings)
    assert [type(event) for event in events] == [Opened, Said, Said]


def test_a_missing_bus_is_lost_once(tmp_path: Path) -> None:
    """No file, no bus: each sensor is disconnected, and so is the device."""
    bus = FolderBus(tmp_path)
    bus.path.unlink()
    readings = bus.sample()
    assert words(readings) == [(name, "disconnected") for name in NAMES]
    events = Outage("bus").looked(readings)
    assert [type(event) for event in events] == [Lost, Said, Said]


def test_a_trigger_that_fails_leaves_the_sensors_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without our own conversion any value may be old: a missing right is raised, nothing is read."""
    bus = FolderBus(tmp_path, b"1\n")
    bus.show(WARM, WARM)

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.open", refuse)
    with pytest.raises(PortUnavailable) as caught:
        bus.sample()
    assert "/" in caught.value.hint


def test_without_named_sensors_nothing_is_triggered(tmp_path: Path) -> None:
    """The state of the bus is told, and that a value left unread would be stale."""
    bus = FolderBus(tmp_path, b"1\n")
    assert words(bus.sample(sensors=())) == [(None, "stale")]
    assert bus.path.read_bytes() == b"1\n"
    bus.path.write_bytes(b"0\n")
    assert words(bus.sample(sensors=())) == [(None, "no_data")]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"0\n", Bulk.NONE),
        (b"-1\n", Bulk.RUNNING),
        (b"1\n", Bulk.DONE),
        (b"trigger\n", Bulk.RUNNING),
        (b"", Reason.NO_DATA),
        (b"1", Reason.TRUNCATED),
        (b"2\n", Reason.MALFORMED),
        (b"1\n\n", Reason.MALFORMED),
    ],
)
def test_the_state_of_a_bus(content: bytes, expected: Bulk | Reason) -> None:
    """Three states and nothing else; a simulated bus may still show the command."""
    state = parse_state(content, 0.0)
    assert (state.reason if isinstance(state, BadReading) else state) is expected


class Kernel:
    """The kernel's w1_therm as read in its source: one flag a sensor, a trigger that may be refused in silence.

    Every conversion draws the next temperature, so that an old value can be told from a fresh one.
    """

    def __init__(self, flags: dict[str, int], *, obeys: bool) -> None:
        self.flags = dict(flags)
        self.conversions = 100  # sixteenths of a degree; what was in the scratchpads before is older
        self.scratchpad = dict.fromkeys(flags, 100)
        self.obeys = obeys
        self.written: list[bytes] = []

    def order(self, path: Path, command: bytes, now_s: float) -> BadReading | None:  # noqa: ARG002
        self.written.append(command)
        if self.obeys and len(command) == 8:
            self.conversions += 1
            self.scratchpad = dict.fromkeys(self.scratchpad, self.conversions)
            self.flags = dict.fromkeys(self.flags, 1)
        return None

    def fetch(self, path: Path, now_s: float) -> bytes | BadReading:  # noqa: ARG002
        if path.name == "therm_bulk_read":
            return b"1\n" if any(self.flags.values()) else b"0\n"
        name = path.parent.name
        if not self.flags[name]:
            self.conversions += 1
            self.scratchpad[name] = self.conversions
        self.flags[name] = 0
        return shown(self.scratchpad[name])

    def sensors(self, folder: Path) -> list[str]:  # noqa: ARG002
        return sorted(self.flags)


def shown(sixteenths: int) -> bytes:
    """What w1_slave shows of a healthy sensor."""
    scratchpad = sixteenths.to_bytes(2, "little") + bytes.fromhex("4b467fff0c10")
    hexed = " ".join(f"{byte:02x}" for byte in [*scratchpad, crc8(scratchpad)])
    value = sixteenths * 1000 // 16
    return f"{hexed} : crc={crc8(scratchpad):02x} YES\n{hexed} t={value}\n".encode()


@given(
    flags=st.dictionaries(st.sampled_from([*NAMES, "28-0000000000aa"]), st.sampled_from([0, 1]), min_size=1),
    obeys=st.lists(st.booleans(), min_size=1, max_size=5),
)
def test_no_value_is_older_than_the_look(flags: dict[str, int], obeys: list[bool]) -> None:
    """Whatever waited in which sensor, named or not, and whether the kernel obeys or only says so: all are fresh."""
    kernel = Kernel(flags, obeys=True)
    named = tuple(name for name in NAMES if name in flags)
    made = W1BulkSampler(Settings(path="/bus/therm_bulk_read", sensors=named), lambda _: True, kernel)
    for kernel.obeys in obeys:
        before = kernel.conversions
        readings = [r for r in made.sample(0.0) if isinstance(r, Temperature)]
        assert [r.channel for r in readings] == list(named)
        assert all(r.temperature_mc > before * 1000 // 16 for r in readings)
    assert set(kernel.written) <= {b"trigger\n"}
