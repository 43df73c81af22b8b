"""The shell around a debounced contact: waits for edges, looks, and makes readings. Used by the gpio models.

`sample` blocks until an edge comes or `every_s` is over, whichever is sooner, then looks as often as the debounce
asks. So an idle contact costs two looks a second, which are the truth where edges were lost, and a moving one is told
within 50 ms. Two threads: gpiozero's, which only notes the time of an edge, and supervision's.
"""

import threading
import time
from collections.abc import Callable
from typing import Protocol

from drivers.gpio.contacts import CHATTER_S, SETTLE_S, Contact, Debounce
from drivers.readings import Reading
from drivers.seam import Pause

MAX_LOOKS = 2 + round(CHATTER_S / SETTLE_S)
"""Looks in one sample: as many as tell that a contact chatters."""

REOPEN_S = 10.0
"""Between attempts to take a pin: a missing library costs a search of the disk each time."""


class Level(Protocol):
    """What is looked at: `drivers.gpio.pins.InputPin`."""

    @property
    def is_open(self) -> bool:
        """Whether the pin is taken."""

    def open(self, on_edge: Callable[[], object]) -> None:
        """Take the pin."""

    def is_low(self) -> bool:
        """Whether the contact is closed now."""

    def close(self) -> None:
        """Let go of the pin."""


Tell = Callable[[Contact, float], list[Reading]]
"""What a model makes of a change of its contact."""


class ContactSampler:
    """Watches one contact; see `drivers.seam.Sampler`."""

    def __init__(
        self,
        pin: Level,
        tell: Tell,
        *,
        every_s: float,
        pause: Pause,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """Take nothing yet. `wait` waits so many seconds for an edge, and is another one in tests."""
        self._pin, self._tell, self._every_s, self._pause, self._clock = pin, tell, every_s, pause, clock
        self._edge = threading.Event()
        self._wait = wait or self._edge.wait
        self._edge_s = 0.0
        self._reopen_s = float("-inf")
        self._contact = Debounce()

    def sample(self, now_s: float) -> list[Reading]:  # noqa: ARG002 - edges need the time of each look
        """Wait for an edge or `every_s`, then look; nothing new is no reading. Raises as `InputPin` does."""
        if self._pin.is_open:
            self._wait(self._every_s)
        else:
            self._open()
        readings: list[Reading] = []
        try:
            for _ in range(MAX_LOOKS):
                readings += self._look()
                at_s = self._contact.look_at_s
                if at_s is None or not self._pause(max(0.0, at_s - self._clock())):
                    break
        except BaseException:
            self._pin.close()
            raise
        return readings

    def close(self) -> None:
        """Let go of the pin; another may take it."""
        self._pin.close()

    def _open(self) -> None:
        """Take the pin, after a failure not sooner than REOPEN_S; its state is told anew."""
        if self._clock() < self._reopen_s:
            self._pause(self._reopen_s - self._clock())
        self._reopen_s = self._clock() + REOPEN_S
        self._contact = Debounce()
        self._pin.open(self._on_edge)
        self._reopen_s = self._clock()

    def _on_edge(self) -> None:
        self._edge_s = self._clock()
        self._edge.set()

    def _look(self) -> list[Reading]:
        if self._edge.is_set():
            self._edge.clear()
            self._contact.edge(self._edge_s)
        is_open = not self._pin.is_low()
        now_s = self._clock()
        if self._edge.is_set():  # it moved while we looked: the level may be of before
            self._edge.clear()
            self._contact.edge(self._edge_s)
        return [
            reading
            for contact in self._contact.look(is_open=is_open, now_s=now_s)
            for reading in self._tell(contact, now_s)
        ]
