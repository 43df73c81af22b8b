"""Devices that come and go every few seconds for hours: the real loops of supervision, the real agent, the journal."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from drivers.camera.scan_camera import ScanCamera
from drivers.camera.scan_camera import Settings as CameraSettings
from drivers.errors import PortLost
from drivers.models import MODELS
from drivers.outages import Backoff, DeviceEvent, Lost, Outage
from drivers.readings import Reading
from drivers.supervision import watch_sampler, watch_stream
from station_agent.counter.unused import UNUSED_BURST, UNUSED_EVERY_S
from sync.entry import Lane
from tests.station_agent.day import START_S, Day

HOURS_S = 4 * 3600.0
GARBAGE = b"\xff\x00\x80\r"
SF = "SF1385628716739"


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A day at a station with nothing connected yet."""
    made = Day(tmp_path)
    yield made
    made.close()


@dataclass
class Socket:
    """A port in virtual time whose plug is loose: open for `up_s`, with garbage at each opening, then gone."""

    up_s: float
    now_s: float = START_S + 1.0
    opened: list[float] = field(default_factory=list)
    told: list[tuple[float, DeviceEvent]] = field(default_factory=list)

    def clock(self) -> float:
        return self.now_s

    def is_set(self) -> bool:
        return self.now_s >= START_S + HOURS_S

    def wait(self, timeout: float) -> bool:
        self.now_s += timeout
        return self.is_set()

    def emit(self, event: DeviceEvent) -> None:
        self.told.append((self.now_s, event))

    def open(self) -> None:
        self.opened.append(self.now_s)
        self._greeted = False

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        assert max_bytes >= len(GARBAGE)
        if not self._greeted:
            self._greeted = True
            self.now_s += 0.05
            return GARBAGE
        left_s = self.opened[-1] + self.up_s - self.now_s
        self.now_s += min(timeout_s, max(0.0, left_s))
        if left_s > timeout_s:
            return b""
        raise PortLost("gone", hint="插好 / plug it in")

    def write(self, data: bytes) -> None:
        raise AssertionError(data)

    def close(self) -> None:
        """It is gone anyhow."""

    def interrupt(self) -> None:
        raise AssertionError("nobody asks for it")


def live_through(day: Day, told: list[tuple[float, DeviceEvent]]) -> None:
    """The agent hears all of it, and a person still scans at the end."""
    for at_s, event in told:
        day.says(at_s - START_S, event)
    day.scan(HOURS_S + 100.0, SF)
    day.run(HOURS_S + 200.0)
    assert day.said()[-1] == "parcel.received"


@pytest.mark.parametrize("up_s", [0.2, 2.5, 65.0, 130.0])
def test_a_gun_on_a_loose_plug_fills_nothing(day: Day, up_s: float) -> None:
    """Gone in a moment, after its proof, or when its fault has closed: a few entries, and it is tried in peace."""
    socket, settings = Socket(up_s), MODELS["scan_serial"].settings()(path="/dev/null")
    watch_stream(
        socket,
        lambda: MODELS["scan_serial"].decoder(settings),
        Outage("loose"),
        socket.emit,
        socket,
        backoff=Backoff(lambda: 0.5),
        clock=socket.clock,
        pauses=True,
    )
    assert len(socket.opened) > HOURS_S / (up_s + 10.0) - 1
    assert len(socket.told) <= 4 * len(socket.opened)
    day.device("loose", "scan_serial", None)
    live_through(day, socket.told)
    kinds = day.kinds(Lane.TELEMETRY)
    assert kinds.count("device.fault") + kinds.count("device.recovered") <= 12
    assert day.said().count("device.fault") <= 6
    assert kinds.count("scan.unreadable") <= UNUSED_BURST + HOURS_S / UNUSED_EVERY_S + 1
    assert day.path.stat().st_size < 100_000


class Wandering:
    """A real camera whose folder is there at every other look only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._camera = ScanCamera(CameraSettings(path=str(folder)))

    def sample(self, now_s: float) -> list[Reading]:
        if self._folder.exists():
            self._folder.rmdir()
        else:
            self._folder.mkdir()
        return self._camera.sample(now_s)


def test_a_camera_that_comes_and_goes_fills_nothing(day: Day, tmp_path: Path) -> None:
    """Its folder vanishes every other second: thousands of losses are one fault, said once."""
    time = Socket(up_s=0.0)
    watch_sampler(Wandering(tmp_path / "pictures"), Outage("camera"), time.emit, time, every_s=1.0, clock=time.clock)
    assert sum(isinstance(event, Lost) for _, event in time.told) > HOURS_S / 2 - 10
    day.device("camera", "scan_camera", None)
    live_through(day, time.told)
    assert day.kinds(Lane.TELEMETRY) == ["station.started", "device.fault", "device.recovered"]
    assert day.entries(Lane.TELEMETRY)[-1][1]["count"] > HOURS_S / 2 - 10
    assert day.said() == ["device.fault", "parcel.received"]
