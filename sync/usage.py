"""What the line to the county costs: bytes by day and by what they were for, and whether a day's budget is spent. Pure.

    custody, telemetry   batches of that lane, as they were published
    link                 all else that the kernel counted on the connection, both ways: questions, receipts, lists,
                         MQTT's framing and keep-alives, TLS, and 52 bytes for the headers of each segment
                         (IPv4 20, TCP 20, timestamps 12)

A day is China's, since a SIM card's day is. Counted by `ship.py`, kept in link.db, shown by `station status`.
"""

from typing import NamedTuple

CHINA_MS = 8 * 3_600_000
DAY_MS = 86_400_000
SEGMENT_BYTES = 52
DAYS_KEPT = 400


class Carried(NamedTuple):
    """What connections carried so far, as the kernel counts: bytes above TCP, and segments, each way."""

    sent: int = 0
    received: int = 0
    segments_sent: int = 0
    segments_received: int = 0

    def plus(self, other: "Carried") -> "Carried":
        """Both together."""
        return Carried(*(one + two for one, two in zip(self, other, strict=True)))

    @property
    def up(self) -> int:
        """Bytes on the wire away from here."""
        return self.sent + SEGMENT_BYTES * self.segments_sent

    @property
    def down(self) -> int:
        """Bytes on the wire to here."""
        return self.received + SEGMENT_BYTES * self.segments_received


class Used(NamedTuple):
    """Bytes of one day for one purpose. day: days since 1970 in China."""

    day: int
    purpose: str
    up: int
    down: int


def day_of(wall_ms: int) -> int:
    """The day in China."""
    return (wall_ms + CHINA_MS) // DAY_MS


class Meter:
    """Divides what was carried among purposes; `take` gives what to add to the book of usage."""

    def __init__(self) -> None:
        """Nothing was carried."""
        self._last = Carried()
        self._batches: dict[str, int] = {}
        self._owed = 0

    def published(self, purpose: str, count: int) -> None:
        """A batch of `count` bytes was handed over."""
        self._batches[purpose] = self._batches.get(purpose, 0) + count

    def take(self, carried: Carried, day: int) -> list[Used]:
        """What came since the last call; what was handed over and is not on the wire yet is made up for later."""
        up, down = carried.up - self._last.up, carried.down - self._last.down
        self._last = carried
        used = [Used(day, purpose, count, 0) for purpose, count in sorted(self._batches.items())]
        rest = up - sum(self._batches.values()) - self._owed
        self._batches.clear()
        self._owed = max(0, -rest)
        if rest > 0 or down > 0:
            used.append(Used(day, "link", max(0, rest), down))
        return used
