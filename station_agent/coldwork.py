"""The cold boxes at work: readings and doors on their way to them, and what they want written and said.

A thin shell between the agent's loop and `coldchain.boxes`; it decides nothing about temperatures. At a station without
boxes every call does nothing, and `coldchain` is never loaded. Called by the agent and, to make the boxes, by
`open_station`.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from drivers.readings import BadReading, Door, Temperature
from station_agent.config import Settings
from station_agent.counter.answers import Answer
from station_agent.counter.calibration import Calibrations
from station_agent.counter.chilled import WATCH_TABLE, Chilled
from station_agent.counter.vocabulary import telemetry
from station_agent.journal.changes import Change
from station_agent.journal.writer import Journal, Record, Stamp

if TYPE_CHECKING:
    from station_agent.coldchain.boxes import ColdBoxes

CHINA_S = 8 * 3600
"""China keeps one time all year, UTC+8: days of certificates are days there."""
DAY_S = 86_400
EPOCH_DAY = date(1970, 1, 1).toordinal()


def sensor(device: str, channel: str | None) -> str:
    """The name a reading is kept under: the device's, and its channel where it carries several sensors."""
    return device if channel is None else f"{device}.{channel}"


def china_day(wall_ms: int) -> date:
    """The day in China at a wall time."""
    return date.fromordinal(EPOCH_DAY + (wall_ms // 1000 + CHINA_S) // DAY_S)


class ColdWork:
    """What the agent's loop does for the boxes."""

    def __init__(
        self,
        boxes: "ColdBoxes | None" = None,
        calibrations: Calibrations | None = None,
        stamp: Callable[[], Stamp] | None = None,
    ) -> None:
        """calibrations: as the orders change them; stamp: the time to record, for the day of a certificate."""
        self._boxes, self._calibrations, self._stamp = boxes, calibrations, stamp

    @property
    def setups(self) -> list[Record]:
        """What each box is watched by, for the record: a reading itself only names its thermometer."""
        boxes = self._boxes
        if boxes is None:
            return []
        return [
            telemetry(
                "box.set_up",
                box=box.name,
                profile=box.profile.id,
                version=boxes.version,
                low_mc=box.profile.low_mc,
                high_mc=box.profile.high_mc,
                thermometer=sensor(box.thermometer, box.channel),
                door=box.door,
                interval_s=box.interval_s,
            )
            for box in boxes.setups
        ]

    @property
    def waits(self) -> bool:
        """Whether anything waits for a transaction."""
        return self._boxes is not None and self._boxes.waits

    @property
    def unsaved(self) -> tuple[tuple[Record, ...], tuple[Change, ...]]:
        """Entries and row changes that wait for a transaction."""
        return ((), ()) if self._boxes is None else self._boxes.unsaved

    def saved(self) -> None:
        """All of `unsaved` is on disk."""
        if self._boxes is not None:
            self._boxes.saved()

    def reading(self, device: str, reading: Temperature | BadReading, now_s: float) -> list[Answer]:
        """A look at a thermometer; what is to be said at once."""
        if self._boxes is None:
            return []
        shown = None
        if isinstance(reading, Temperature) and self._calibrations is not None and self._stamp is not None:
            day = china_day(self._stamp().wall_ms)
            shown = self._calibrations.shown(sensor(device, reading.channel), reading.temperature_mc, day)
        return self._boxes.reading(device, reading, now_s, shown=shown)

    def door(self, device: str, reading: Door, now_s: float) -> None:
        """A lid was opened or shut."""
        if self._boxes is not None:
            self._boxes.door(device, reading.is_open, now_s)

    def tick(self, now_s: float) -> list[Answer]:
        """What time alone asks for."""
        return [] if self._boxes is None else self._boxes.tick(now_s)

    def finish(self, now_s: float) -> None:
        """Before a stop; `unsaved` is to be written afterwards."""
        if self._boxes is not None:
            self._boxes.finish(now_s)


def open_boxes(settings: Settings, chilled: Chilled, journal: Journal, now_s: float) -> "ColdBoxes | None":
    """The boxes of a station as they stood when it stopped; None where it has none.

    Raises msgspec.DecodeError where a stored row cannot be read.
    """
    if not settings.box:
        return None
    from station_agent.box_settings import INTERVAL_S, profiles_path  # noqa: PLC0415 - only where there are boxes
    from station_agent.coldchain.boxes import Box, ColdBoxes  # noqa: PLC0415
    from station_agent.coldchain.profiles import load_profiles  # noqa: PLC0415

    profiles = load_profiles(profiles_path(settings.boxes.profiles))
    boxes = [
        Box(box.name, profiles[box.profile], box.thermometer, box.channel, box.door, box.interval_s or INTERVAL_S)
        for box in settings.box
    ]
    cold = ColdBoxes(boxes, profiles, chilled, boot=journal.boot, now_s=now_s)
    cold.load(journal.rows(WATCH_TABLE), now_s)
    return cold
