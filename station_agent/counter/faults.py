"""Device trouble as opened / closed / count, so that a flapping sensor fills nothing. Pure.

A fault opens with the first bad event of a device and reason. While it is open, more of the same are only counted. It
closes when the device was well for `quiet_s`, with the count and the time from the first trouble until it was well: a
device that says its fault once and is mended an hour later was away for that hour. A fault that comes back within
RELAPSE_S of its closing must be away twice as long to close again, up to RELAPSE_S: a plug that is loose every two
minutes is one long fault, not seven hundred a day.
"""

from dataclasses import dataclass

from station_agent.counter.vocabulary import telemetry
from station_agent.journal.writer import Record

MAX_DETAIL = 120
RELAPSE_S = 3600.0
MAX_REMEMBERED = 256
"""Closed faults kept in mind for their relapse; beyond it the oldest are forgotten."""


@dataclass(slots=True)
class _Open:
    """One open fault: since when, how often, how long well to close, and since when the device is well again."""

    since_s: float
    quiet_s: float
    count: int
    well_s: float | None


class FaultBook:
    """Open faults by device and reason."""

    def __init__(self, quiet_s: float = 60.0) -> None:
        """quiet_s: how long a device must be well before a fault of it closes for the first time."""
        self._quiet_s = quiet_s
        self._open: dict[tuple[str, str], _Open] = {}
        self._closed: dict[tuple[str, str], tuple[float, float]] = {}  # when, and after how long a quiet; oldest first

    def bad(self, device: str, reason: str, now_s: float, detail: str = "") -> list[Record]:
        """Something is wrong with `device`; returns a record the first time."""
        fault = self._open.get((device, reason))
        if fault is not None:
            fault.count += 1
            fault.well_s = None
            return []
        self._open[device, reason] = _Open(now_s, self._quiet_for((device, reason), now_s), 1, None)
        return [telemetry("device.fault", device=device, reason=reason, detail=detail[:MAX_DETAIL] or None)]

    def well(self, device: str, now_s: float) -> None:
        """`device` gave a good reading."""
        for (name, _), fault in self._open.items():
            if name == device and fault.well_s is None:
                fault.well_s = now_s

    def tick(self, now_s: float) -> list[Record]:
        """Close what has been well long enough."""
        closed = [
            (key, fault.well_s)
            for key, fault in self._open.items()
            if fault.well_s is not None and now_s - fault.well_s >= fault.quiet_s
        ]
        return [self._close(key, well_s, now_s) for key, well_s in closed]

    def open_faults(self) -> list[tuple[str, str, int]]:
        """Device, reason and count of every open fault, for people."""
        return [(device, reason, fault.count) for (device, reason), fault in sorted(self._open.items())]

    def _quiet_for(self, key: tuple[str, str], now_s: float) -> float:
        """How long the device must be well for this fault to close: longer each time it comes back."""
        closed_s, quiet_s = self._closed.pop(key, (float("-inf"), 0.0))
        return min(RELAPSE_S, 2 * quiet_s) if now_s - closed_s < RELAPSE_S else self._quiet_s

    def _close(self, key: tuple[str, str], well_s: float, now_s: float) -> Record:
        device, reason = key
        fault = self._open.pop(key)
        self._closed[key] = now_s, fault.quiet_s
        while len(self._closed) > MAX_REMEMBERED:
            del self._closed[next(iter(self._closed))]
        seconds = round(well_s - fault.since_s, 1)
        return telemetry("device.recovered", device=device, reason=reason, count=fault.count, seconds=seconds)
