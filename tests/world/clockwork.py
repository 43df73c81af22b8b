"""Virtual time: what is due next happens next. No ticks, no threads, no sleeping."""

import heapq
import itertools
from collections.abc import Callable
from functools import partial

Act = Callable[[], object]


class Clockwork:
    """A queue of what is to happen; equal times keep their order."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.steps = 0
        self._queue: list[tuple[float, int, Act]] = []
        self._order = itertools.count()

    def when(self, at_s: float, act: Act) -> None:
        """Let something happen at a time, or now where that is past."""
        heapq.heappush(self._queue, (max(at_s, self.now_s), next(self._order), act))

    def after(self, delay_s: float, act: Act) -> None:
        """Let something happen after a while."""
        self.when(self.now_s + delay_s, act)

    def step(self, until_s: float) -> bool:
        """Let one thing happen if it is due by then; else time stands at `until_s`, and False is returned."""
        if not self._queue or self._queue[0][0] > until_s:
            self.now_s = until_s
            return False
        self.now_s, _, act = heapq.heappop(self._queue)
        self.steps += 1
        act()
        return True


class Alarm:
    """One deadline that may be moved; rings once."""

    def __init__(self, clockwork: Clockwork, ring: Act) -> None:
        self._clockwork, self._ring = clockwork, ring
        self._number = 0
        self.at_s: float | None = None

    def set(self, at_s: float | None) -> None:
        """Ring then; None for never."""
        if at_s == self.at_s:
            return
        self.at_s = at_s
        self._number += 1
        if at_s is not None:
            self._clockwork.when(at_s, partial(self._due, self._number))

    def _due(self, number: int) -> None:
        if number == self._number:
            self.at_s = None
            self._ring()
