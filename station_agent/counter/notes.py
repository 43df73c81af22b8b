"""What is known of each device's worth: its newest calibration and verification, with the day each expires. Pure.

A row (`note`: name = kind and device, body = the entry's own) changes in the transaction of the entry that brings it,
so that a start reads a row a device and no chain. A later entry takes the place of an earlier one of whatever epoch.
Called by the station's start and its orders, by `station journal rebuild`, and by whoever shows devices.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from station_agent.counter.calibration import KIND as CALIBRATED
from station_agent.counter.calibration import Calibrations, note_of
from station_agent.counter.verification import KIND as VERIFIED
from station_agent.counter.verification import Verification, verification_of
from station_agent.journal.changes import Change, Row
from sync.entry import decode_body, encode_body

TABLE = "note"
WARN_DAYS = 30
"""A laboratory wants so long to give an appointment; engineering judgement."""


class Worth(StrEnum):
    """good, expiring (within WARN_DAYS), expired, failed (was not within its tolerance)."""

    GOOD = "good"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    FAILED = "failed"


class Certificate(NamedTuple):
    """A calibration or verification as people see it. device: with its channel, where it has several sensors."""

    kind: str
    device: str
    number: str
    valid_until: date
    within: bool = True

    def worth(self, day: date) -> Worth:
        """What it is worth on a day."""
        if not self.within:
            return Worth.FAILED
        left = (self.valid_until - day).days
        return Worth.EXPIRED if left < 0 else Worth.EXPIRING if left <= WARN_DAYS else Worth.GOOD


class Verifications:
    """The newest verification of every scale, in the order of their entries."""

    def __init__(self) -> None:
        """Nothing is verified yet."""
        self._newest: dict[str, Verification] = {}

    def take(self, verification: Verification) -> None:
        """A later entry takes the place of an earlier one."""
        self._newest[verification.device] = verification

    def of(self, device: str) -> Verification | None:
        """The newest one of a scale, None if it was never verified."""
        return self._newest.get(device)

    def counts_on(self, device: str, day: date) -> bool:
        """Whether a scale may be used for trade on a day."""
        newest = self._newest.get(device)
        return newest is not None and newest.within and newest.on <= day <= newest.valid_until


class Notes:
    """Calibrations, verifications, and the rows they are kept in."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self.calibrations = Calibrations()
        self.verifications = Verifications()
        self._rows: dict[str, Row] = {}
        self._certificates: dict[str, Certificate] = {}

    def load(self, rows: Iterable[Row]) -> None:
        """Fill from the stored table."""
        self.take(Change(TABLE, None, row) for row in rows)

    def effects(self, kind: str, body: dict[str, Any]) -> list[Change]:
        """What an entry changes here; nothing for kinds that change nothing."""
        if kind not in (CALIBRATED, VERIFIED):
            return []
        name = f"{kind} {body['device']}"
        return [Change(TABLE, self._rows.get(name), (name, encode_body(body)))]

    def take(self, changes: Iterable[Change]) -> None:
        """Let changes happen in memory. A note is only ever replaced by a later one."""
        for change in changes:
            assert change.after is not None
            name, packed = change.after
            self._rows[name] = change.after
            kind = name.partition(" ")[0]
            body = decode_body(bytes(packed))
            within = True
            if kind == CALIBRATED:
                self.calibrations.take(note_of(body))
            else:
                verification = verification_of(body)
                self.verifications.take(verification)
                within = verification.within
            until = date.fromisoformat(body["valid_until"])
            self._certificates[name] = Certificate(kind, body["device"], body["certificate"], until, within)

    def rows(self) -> dict[str, list[Row]]:
        """All rows by table, sorted by key, to be compared with stored ones."""
        return {TABLE: sorted(self._rows.values())}

    def every_certificate(self) -> list[Certificate]:
        """The newest of every device and sensor, by name."""
        return sorted(self._certificates.values())

    def certificates(self, device: str) -> list[Certificate]:
        """The newest of a device and of each of its sensors (<device>.<channel>), by name."""
        found = [c for c in self._certificates.values() if c.device == device or c.device.startswith(f"{device}.")]
        return sorted(found)
