"""Lids of the cold boxes: when they were opened and for how long, bounded so that a loose contact fills nothing. Pure.

Every change is an entry with the time the state before it lasted. After MAX_A_MINUTE entries of a device within a
minute further changes are only counted; the next entry carries the count, and comes by itself when the minute is over,
so that the last entry always tells the present state. Called by the agent.
"""

from collections import deque
from dataclasses import dataclass, field

from drivers.readings import Door
from station_agent.counter.vocabulary import telemetry
from station_agent.journal.writer import Record

MAX_A_MINUTE = 6
MINUTE_S = 60.0


@dataclass(slots=True)
class _Lid:
    """One door: its state since when, what was written lately, and what was not."""

    is_open: bool
    since_s: float
    written_s: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_A_MINUTE))
    lasted_s: float | None = None
    unreported: int = 0

    def may_write(self, now_s: float) -> bool:
        """Whether an entry fits into this minute."""
        return len(self.written_s) < MAX_A_MINUTE or now_s - self.written_s[0] >= MINUTE_S


class Doors:
    """The state of every door."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._lids: dict[str, _Lid] = {}

    def take(self, device: str, door: Door) -> list[Record]:
        """A door told its state; returns the entry, or none where nothing changed or too much does."""
        lid = self._lids.get(device)
        if lid is None:
            lid = self._lids[device] = _Lid(door.is_open, door.at_s)
        elif lid.is_open == door.is_open:
            return []
        else:
            lid.lasted_s = door.at_s - lid.since_s
            lid.is_open, lid.since_s = door.is_open, door.at_s
        if lid.may_write(door.at_s):
            return [self._write(device, lid, door.at_s)]
        lid.unreported += 1
        return []

    def tick(self, now_s: float) -> list[Record]:
        """Tell the present state of doors whose changes were only counted, once there is room."""
        return [
            self._write(device, lid, now_s)
            for device, lid in self._lids.items()
            if lid.unreported and lid.may_write(now_s)
        ]

    def finish(self, now_s: float) -> list[Record]:
        """The same before a stop, room or not."""
        return [self._write(device, lid, now_s) for device, lid in self._lids.items() if lid.unreported]

    def is_open(self, device: str) -> bool | None:
        """Whether the door is open now, None while unknown; for people."""
        lid = self._lids.get(device)
        return None if lid is None else lid.is_open

    def _write(self, device: str, lid: _Lid, now_s: float) -> Record:
        lid.written_s.append(now_s)
        unreported, lid.unreported = lid.unreported, 0
        return telemetry(
            "box.door",
            device=device,
            open=lid.is_open,
            since_ms=round(lid.since_s * 1000),
            lasted_s=None if lid.lasted_s is None else round(lid.lasted_s, 1),
            unreported=unreported or None,
        )
