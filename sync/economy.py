"""Counts what the line costs and keeps telemetry waiting once a day's budget is spent. Custody is never kept waiting.

The budget is soft: what is under way is finished, and custody, questions and keep-alives go on and are counted. A thin
shell over the wire's counts and link.db. Called by `ship.py`.
"""

import contextlib
import sqlite3
from collections.abc import Callable

from sync.entry import Lane
from sync.link import LinkFile
from sync.usage import Carried, Meter, Used, day_of


class Economy:
    """The cost of one station's line."""

    def __init__(
        self,
        link: LinkFile,
        carried: Callable[[], Carried],
        wall_ms: Callable[[], int],
        daily_bytes: int | None,
        say: Callable[[str], None],
    ) -> None:
        """carried: what all connections carried so far. daily_bytes: both ways together, None for no budget."""
        self._link, self._carried, self._wall_ms, self._say = link, carried, wall_ms, say
        self._daily_bytes = daily_bytes
        self._meter = Meter()
        self._day = day_of(wall_ms())
        self._today = self._spent()
        self._told_day: int | None = None

    def published(self, lane: Lane, count: int) -> None:
        """A batch of `count` bytes was handed to the wire."""
        self._meter.published(lane.name.lower(), count)

    def count(self) -> None:
        """Put what came since the last call into the book."""
        day = day_of(self._wall_ms())
        if day != self._day:
            self._day, self._today = day, 0
        used = self._meter.take(self._carried(), day)
        self._link.use(used)
        self._today += _sum(used)

    def may_send(self, lane: Lane) -> bool:
        """Whether a batch of this lane may go today."""
        self.count()
        if lane is Lane.CUSTODY or self._daily_bytes is None or self._today < self._daily_bytes:
            return True
        if self._told_day != self._day:
            self._told_day = self._day
            self._say(
                f"今天流量已用 {self._today} B,温度等明天再送,包裹照送 / "
                f"{self._today} B used today: telemetry waits for tomorrow, parcels do not"
            )
        return False

    def _spent(self) -> int:
        """Bytes of today that were counted before this start; a locked file costs no more than a little telemetry."""
        with contextlib.suppress(sqlite3.OperationalError):
            return _sum([used for used in self._link.usage(self._day) if used.day == self._day])
        return 0


def _sum(used: list[Used]) -> int:
    return sum(each.up + each.down for each in used)
