"""What is beside a box's state: whether its temperature is seen, whether its door is open, and what to repeat. Pure.

    seen    a value came within GAP_INTERVALS sampling intervals        else  gap    box.gap ... box.gap_over
    well    fewer than DEBOUNCE looks in a row without a value          else  fault  box.fault ... box.fault_over
    door    shut, open, or unknown (no door switch)                     (its entries are those of `counter.doors`)

They excuse nothing and end nothing; a fault that lasts is a gap too. None of it outlives a restart, which is a gap
itself. Called by `watch`.
"""

from station_agent.coldchain.machine import DEBOUNCE, GAP_INTERVALS
from station_agent.coldchain.words import NOTHING, Outcome, Said, one
from station_agent.counter.vocabulary import telemetry

REMIND_MS = 15 * 60_000
"""What still needs a person is said again after so long."""
DOOR_MS = 2 * 60_000
"""A door open for longer is said: shutting it costs nothing, goods in an open box warm within minutes."""


class Reminder:
    """Says something at once and then again every `every_ms`."""

    def __init__(self, every_ms: int = REMIND_MS) -> None:
        """Nothing was said yet."""
        self._every_ms = every_ms
        self._said_ms: int | None = None

    def due(self, now_ms: int) -> bool:
        """Whether it is to be said now; then it counts as said."""
        if self._said_ms is not None and now_ms - self._said_ms < self._every_ms:
            return False
        self._said_ms = now_ms
        return True

    def forget(self) -> None:
        """Say it at once the next time."""
        self._said_ms = None


class Sight:
    """Whether values come."""

    def __init__(self, box: str, interval_ms: int, seen_ms: int) -> None:
        """seen_ms: the last value, or the start when there was none."""
        self._box, self._longest_ms, self._seen_ms = box, interval_ms * GAP_INTERVALS, seen_ms
        self._reminder = Reminder()
        self.gap = False
        self.fault: str | None = None
        self._bad = self._good = 0
        self._fault_ms = 0

    def is_known(self, elapsed_ms: int | None) -> bool:
        """Whether two values so far apart are neighbours."""
        return elapsed_ms is not None and elapsed_ms <= self._longest_ms

    def good(self, now_ms: int, elapsed_ms: int | None) -> Outcome:
        """A value came."""
        result = NOTHING
        if not self.gap and not self.is_known(elapsed_ms):
            result = self._open_gap()
        if self.gap:
            self.gap = False
            self._reminder.forget()
            result = result.then(one(telemetry("box.gap_over", box=self._box, gap_ms=elapsed_ms)))
        self._seen_ms = now_ms
        self._good += 1
        # One good value among bad ones is no recovery, or a flapping sensor would fill the journal.
        if self.fault is None:
            self._bad = 0
        elif self._good >= DEBOUNCE:
            result = result.then(self._close_fault(self.fault, now_ms))
        return result

    def bad(self, reason: str, now_ms: int) -> Outcome:
        """A look without a value."""
        self._bad, self._good = self._bad + 1, 0
        if self.fault is not None or self._bad < DEBOUNCE:
            return NOTHING
        self.fault, self._fault_ms = reason, now_ms
        return one(telemetry("box.fault", box=self._box, reason=reason), Said("box.fault"))

    def tick(self, now_ms: int) -> Outcome:
        """Notice a gap while it lasts, and repeat it."""
        if now_ms - self._seen_ms <= self._longest_ms:
            return NOTHING
        result = NOTHING if self.gap else self._open_gap()
        return result.then(Outcome(said=(Said("box.gap"),))) if self._reminder.due(now_ms) else result

    def _open_gap(self) -> Outcome:
        self.gap = True
        return one(telemetry("box.gap", box=self._box, since_ms=self._seen_ms))

    def _close_fault(self, reason: str, now_ms: int) -> Outcome:
        fields = {"reason": reason, "count": self._bad, "fault_ms": now_ms - self._fault_ms}
        self.fault, self._bad = None, 0
        return one(telemetry("box.fault_over", box=self._box, **fields))


class DoorState:
    """The door of a box."""

    def __init__(self) -> None:
        """Nothing is known of it yet."""
        self._opened_ms = 0
        self._reminder = Reminder()
        self.is_open: bool | None = None

    def moved(self, is_open: bool, now_ms: int) -> int:
        """The door was opened or shut; returns how long it had been open, in milliseconds, when it is shut, else 0."""
        was_open, self.is_open = bool(self.is_open), is_open
        if is_open == was_open:
            return 0
        self._reminder.forget()
        if is_open:
            self._opened_ms = now_ms
        return 0 if is_open else now_ms - self._opened_ms

    def tick(self, now_ms: int) -> Outcome:
        """Say that it stands open."""
        if not self.is_open or now_ms - self._opened_ms < DOOR_MS or not self._reminder.due(now_ms):
            return NOTHING
        return Outcome(said=(Said("box.door_open"),))
