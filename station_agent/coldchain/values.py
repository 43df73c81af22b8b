"""A temperature as it was read, with its certified offset beside it, and whether it can be believed. Pure.

The raw value is recorded for ever; the offset is added only to judge and to show. Called by `boxes` and `watch`.
"""

from typing import NamedTuple

from drivers.readings import Temperature
from station_agent.counter.boxes import NEIGHBOUR_MC
from station_agent.counter.calibration import Shown


class Value(NamedTuple):
    """raw_mc: millidegrees as read. offset_mc: what a valid certificate says to add; certificate: its number."""

    raw_mc: int
    offset_mc: int = 0
    certificate: str | None = None

    @property
    def judged_mc(self) -> int:
        """What limits are held against."""
        return self.raw_mc + self.offset_mc


def certified(raw_mc: int, shown: Shown | None) -> Value:
    """A raw value beside what its calibration makes of it; without a note, or with an expired one, no offset."""
    if shown is None or shown.note is None or shown.expired or shown.temperature_mc - raw_mc != shown.note.offset_mc:
        return Value(raw_mc)
    return Value(raw_mc, shown.note.offset_mc, shown.note.certificate)


def is_believed(reading: Temperature, last_raw_mc: int | None) -> bool:
    """Whether a value marked suspect (a sensor's power-on value) has a neighbour close enough; others always have."""
    if reading.suspect is None:
        return True
    return last_raw_mc is not None and abs(reading.temperature_mc - last_raw_mc) <= NEIGHBOUR_MC
