"""What a comparison with a reference thermometer found, and what it makes of a reading. Pure.

GB 31605 and GSP ask for periodic calibration with a record; a recorder must not let its user adjust sensor values
(domain D2, D4). So a reading is recorded as it came, for ever, and a calibration is an entry of its own, in the custody
lane: what a temperature record is worth in a dispute hangs on it, so it is never evicted, and it is no setting, for an
edited file leaves no trace. The offset is added only where a temperature is shown or judged, with the note that was
valid on that day. A later note replaces an earlier one of the same device; a wrong note is corrected by a new one.

Called by orders (which make the entries), and by whoever shows or judges temperatures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record

KIND = "device.calibrated"
MAX_OFFSET_MC = 5000
"""Ten times the error a recorder may have (GSP annex 3: 0.5 degrees); a sensor so far off is to be replaced."""


@dataclass(frozen=True, slots=True)
class CalibrationNote:
    """One comparison.

    offset_mc: millidegrees to add to a reading. certificate: number of the reference's or laboratory's certificate.
    by: who did it. on, valid_until: first and last day it counts.
    """

    device: str
    offset_mc: int
    certificate: str
    by: str
    on: date
    valid_until: date

    @property
    def mistake(self) -> str | None:
        """What is wrong with it, in words for people, or None."""
        if abs(self.offset_mc) > MAX_OFFSET_MC:
            return f"偏差超过 {MAX_OFFSET_MC} 毫度,应换传感器 / over {MAX_OFFSET_MC} millidegrees: replace the sensor"
        if self.valid_until < self.on:
            return "有效期早于校准日期 / valid until a day before the calibration"
        if not (self.by.strip() and self.certificate.strip()):
            return "校准人和证书号不能空 / who did it and the certificate must be named"
        return None

    def counts_on(self, day: date) -> bool:
        """Whether it is valid on that day."""
        return self.on <= day <= self.valid_until

    def record(self, order: str) -> Record:
        """The entry; `order` is the id of the order it came with, so that it is entered once."""
        return custody(
            KIND,
            device=self.device,
            offset_mc=self.offset_mc,
            certificate=self.certificate,
            by=self.by,
            on=self.on.isoformat(),
            valid_until=self.valid_until.isoformat(),
            order=order,
        )


def note_of(body: Mapping[str, Any]) -> CalibrationNote:
    """Read the body of an entry back; raises KeyError or ValueError where it is none."""
    return CalibrationNote(
        body["device"],
        body["offset_mc"],
        body["certificate"],
        body["by"],
        date.fromisoformat(body["on"]),
        date.fromisoformat(body["valid_until"]),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A temperature as people and judgements see it.

    temperature_mc: millidegrees, corrected where a note counts on that day, else as read.
    note: the newest note of the device, None if it was never calibrated. expired: whether that note counts no more.
    """

    temperature_mc: int
    note: CalibrationNote | None
    expired: bool


class Calibrations:
    """The newest note of every device, in the order of their entries."""

    def __init__(self) -> None:
        """Nothing is calibrated yet."""
        self._notes: dict[str, CalibrationNote] = {}

    def take(self, note: CalibrationNote) -> None:
        """A later entry takes the place of an earlier one."""
        self._notes[note.device] = note

    def shown(self, device: str, temperature_mc: int, day: date) -> Shown:
        """What a reading of that day shows."""
        note = self._notes.get(device)
        if note is None:
            return Shown(temperature_mc, None, expired=False)
        if not note.counts_on(day):
            return Shown(temperature_mc, note, expired=day > note.valid_until)
        return Shown(temperature_mc + note.offset_mc, note, expired=False)

    def expiring(self, day: date, *, within_days: int = 30) -> list[CalibrationNote]:
        """Notes that expire within so many days or have expired, soonest first."""
        due = [note for note in self._notes.values() if (note.valid_until - day).days <= within_days]
        return sorted(due, key=lambda note: (note.valid_until, note.device))
