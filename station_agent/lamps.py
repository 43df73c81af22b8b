"""An answer as light and sound at the Pi's own pins: green, yellow and red lamp, buzzer, relay.

    score(answer)   pure: what is switched when
    Playing         pure: the score being played, cut off by the next one
    Lamps           the shell: pins, and a thread that plays what comes later than at once

A buzzer knows one note, so the six sounds differ in rhythm. The three colours are three lamps in three places, and
each has a rhythm too, for colour must never be the only cue:

    green   lamp for 2 s                 high       one short beep           pi
                                         low        a tick                   p
    yellow  lamp blinks slowly for 5 s   high-high  two short beeps          pi pi
                                         high-low   a short and a longer     pi piii
    red     lamp blinks fast for 10 s    long-low   one long beep            piiiiii
                                         alarm      five fast, twice         pipipipipi  pipipipipi

The first step is switched by whoever gives the answer, before `give` returns. Lamps that cannot be switched must not
stop the counter: they are taken again with a later answer, at most every ten seconds. Called by the agent.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from drivers.errors import BadSettings, DriverError
from drivers.gpio.signal_gpio import LOADS, Load
from station_agent.counter.answers import Answer, Colour, Sound

RETRY_S = 10.0
LIGHT_S = {Colour.GREEN: 2.0, Colour.YELLOW: 5.0, Colour.RED: 10.0}
BLINK_S = {Colour.YELLOW: 0.5, Colour.RED: 0.125}
"""Half a period: yellow blinks once a second, red four times."""
BEEPS: dict[Sound, tuple[tuple[float, float], ...]] = {
    Sound.HIGH: ((0.0, 0.12),),
    Sound.LOW: ((0.0, 0.04),),
    Sound.HIGH_HIGH: ((0.0, 0.12), (0.24, 0.36)),
    Sound.HIGH_LOW: ((0.0, 0.12), (0.24, 0.64)),
    Sound.LONG_LOW: ((0.0, 0.8),),
    Sound.ALARM: tuple((at / 10, at / 10 + 0.06) for at in (0, 1, 2, 3, 4, 10, 11, 12, 13, 14)),
}
"""When the buzzer is on, in seconds from the answer: (from, to)."""


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """One switching, `at_s` seconds after the answer."""

    at_s: float
    load: Load
    on: bool


class Pins(Protocol):
    """What is switched: `drivers.gpio.signal_gpio.Signals`."""

    def open(self) -> None:
        """Take every pin, off."""

    def switch(self, load: Load, *, on: bool) -> None:
        """Switch a load."""

    def close(self) -> None:
        """Let go of every pin."""


def score(colour: Colour, sound: Sound, relay_with: Colour = Colour.RED) -> tuple[Step, ...]:
    """What is switched when: every load begins off or on at 0 and ends off."""
    lamp: Load = _LAMP[colour]
    spans: dict[Load, list[tuple[float, float]]] = {load: [] for load in LOADS}
    spans[lamp] = _blinks(LIGHT_S[colour], BLINK_S.get(colour))
    spans["buzzer"] = list(BEEPS[sound])
    if colour is relay_with:
        spans["relay"] = [(0.0, LIGHT_S[colour])]
    steps = [
        Step(at_s, load, on)
        for load in LOADS
        for start_s, end_s in spans[load]
        for at_s, on in ((start_s, True), (end_s, False))
    ]
    dark = [Step(0.0, load, on=False) for load in LOADS if not any(start_s == 0.0 for start_s, _ in spans[load])]
    return tuple(sorted([*dark, *steps], key=lambda step: step.at_s))


def _blinks(length_s: float, half_s: float | None) -> list[tuple[float, float]]:
    """On all the time, or for every second half period."""
    if half_s is None:
        return [(0.0, length_s)]
    return [(2 * n * half_s, (2 * n + 1) * half_s) for n in range(round(length_s / (2 * half_s)))]


_LAMP: dict[Colour, Load] = {Colour.GREEN: "green", Colour.YELLOW: "yellow", Colour.RED: "red"}


class Playing:
    """The score being played."""

    def __init__(self) -> None:
        """Silence."""
        self._begun_s = 0.0
        self._rest: list[Step] = []

    @property
    def next_s(self) -> float | None:
        """When the next step is due, or None."""
        return self._begun_s + self._rest[0].at_s if self._rest else None

    def start(self, steps: Sequence[Step], now_s: float) -> None:
        """Begin a score; what is left of the one before is never played."""
        self._begun_s, self._rest = now_s, list(steps)

    def stop(self) -> None:
        """Play nothing more."""
        self._rest = []

    def due(self, now_s: float) -> list[Step]:
        """The steps whose time has come, each once; of several for one load the last."""
        count = sum(self._begun_s + step.at_s <= now_s for step in self._rest)
        due, self._rest = self._rest[:count], self._rest[count:]
        return list({step.load: step for step in due}.values())


class Lamps:
    """A Feedback of lamps, buzzer and relay; see `station_agent.feedback`."""

    def __init__(
        self,
        pins: Pins,
        crashed: Callable[[BaseException], None],
        relay_with: str = "red",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the pins, or later if they cannot be had now; raises BadSettings, for a start is the time to say so.

        `crashed` is told, from the thread, of an unforeseen error that has ended it.
        """
        self._pins, self._crashed, self._relay_with, self._clock = pins, crashed, Colour(relay_with), clock
        self._turn = threading.Condition()
        self._playing = Playing()
        self._open = False
        self._tried_s = float("-inf")
        self._take(starting=True)
        threading.Thread(target=self._play, name="lamps", daemon=True).start()

    def give(self, answer: Answer) -> None:
        """Switch what is to be on now, and leave the rest to the thread; cuts off the answer before."""
        with self._turn:
            if not self._open and self._clock() - self._tried_s >= RETRY_S:
                self._take()
            now_s = self._clock()
            self._playing.start(score(answer.colour, answer.sound, self._relay_with), now_s)
            self._switch(now_s)
            self._turn.notify()

    def _take(self, *, starting: bool = False) -> None:
        self._tried_s = self._clock()
        try:
            self._pins.open()
        except BadSettings:
            if starting:
                raise
            return
        except DriverError:
            return
        self._open = True

    def _switch(self, now_s: float) -> None:
        """Switch what is due; pins that are lost are let go of."""
        due = self._playing.due(now_s)
        if not self._open:
            return
        try:
            for step in due:
                self._pins.switch(step.load, on=step.on)
        except DriverError:
            self._pins.close()
            self._open = False
            self._playing.stop()

    def _play(self) -> None:
        """The thread: sleep until a step is due or a new answer comes."""
        try:
            with self._turn:
                while True:
                    next_s = self._playing.next_s
                    self._turn.wait(None if next_s is None else max(0.0, next_s - self._clock()))
                    self._switch(self._clock())
        except BaseException as error:  # noqa: BLE001  handed on whole: a lamp that stays lit must not go unnoticed
            self._crashed(error)
