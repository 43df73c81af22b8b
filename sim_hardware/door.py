"""A contact between a pin and ground, from the world's side: when it moves, the pin chatters (devices.md D).

    contact closed: pin pulled to ground, low          contact open, or the wire cut: the pull-up, high

`chatter` is pure: times and levels. A `Lid`, a `PushButton` and the `Mains` play them on any pin that can be driven:
gpiozero's mock pin, which tests hand in, or a `ContactWire`. Nothing here imports gpiozero. Neither pin debounces, so a
chatter proves the core's debouncing.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Protocol

CHATTER_S = 0.02
"""How long a reed bounces; within the 30 to 50 ms after which a door is read again (devices.md D)."""
MOST_EDGES = 1_000
RATTLE_S = 1.5
"""A loose wire rattles longer than the second after which it is a fault."""
RATTLE_STEP_S = 0.01
PRESSED_S = 0.15
"""How long a finger stays on a button, at least."""


class DrivenPin(Protocol):
    """What a test's pin must be able to do; gpiozero's MockPin is one."""

    def drive_high(self) -> None:
        """Let the world pull the pin up."""

    def drive_low(self) -> None:
        """Let the world pull the pin to ground."""


def chatter(
    at_s: float, *, becomes_open: bool, bounces: int = 4, within_s: float = CHATTER_S, seed: int = 0
) -> list[tuple[float, bool]]:
    """Return when the pin takes which level (True high) while the lid moves at `at_s`: first and last the new one.

    `bounces`: how often it falls back in between, at times drawn from `seed` within `within_s`. Raises ValueError for a
    negative time or more than MOST_EDGES edges.
    """
    if within_s < 0 or not 0 <= 2 * bounces < MOST_EDGES:
        raise ValueError(f"no chatter of {bounces} bounces within {within_s} s")
    draw = random.Random(seed)  # noqa: S311  a fault to be replayed from its seed, not a secret
    times = [at_s, *sorted(at_s + draw.uniform(0, within_s) for _ in range(2 * bounces))]
    return [(time_s, becomes_open == (place % 2 == 0)) for place, time_s in enumerate(times)]


def glitch(at_s: float, *, is_open: bool, width_s: float = 0.001) -> list[tuple[float, bool]]:
    """Return a spike on a long wire: the other level for `width_s`, and back. The lid did not move."""
    return [(at_s, not is_open), (at_s + width_s, is_open)]


def rattle(for_s: float) -> list[tuple[float, bool]]:
    """Return the edges of a loose wire, one in ten milliseconds; the first is high. Raises ValueError beyond 5 s."""
    count = round(for_s / RATTLE_STEP_S)
    if not 0 < 2 * count <= MOST_EDGES:
        raise ValueError(f"no rattling for {for_s} s; up to {MOST_EDGES / 2 * RATTLE_STEP_S:g} s")
    return [(number * RATTLE_STEP_S, number % 2 == 0) for number in range(count)]


class RealTime:
    """Waits for each edge at its own time, counted from the first, on the machine's own clock."""

    def __init__(self) -> None:
        """Nothing moves yet."""
        self._started_s = 0.0

    def wait_until(self, at_s: float) -> None:
        """Wait until `at_s` seconds after the movement began; 0 begins one."""
        if at_s == 0.0:
            self._started_s = time.monotonic()
        time.sleep(max(0.0, self._started_s + at_s - time.monotonic()))


class Contact:
    """A contact and the pin it drives."""

    def __init__(self, pin: DrivenPin, *, is_open: bool, wait_until: Callable[[float], object] | None = None) -> None:
        """`pin`: driven at once as the contact stands. `wait_until`: called before each edge with its time in seconds
        after the verb, so that a test's clock can follow; None drives the edges at once."""
        self._pin = pin
        self._wait_until = wait_until
        self._cut = False
        self.is_open = is_open
        self.hold()

    def hold(self) -> None:
        """Drive the pin as the contact stands: gpiozero's mock forgets it when a host sets the pin's pull-up."""
        self._drive(high=self.is_open)

    def move(self, *, becomes_open: bool, bounces: int = 4, seed: int = 0) -> None:
        """Open or close, chattering."""
        self._play(chatter(0.0, becomes_open=becomes_open, bounces=bounces, seed=seed))
        self.is_open = becomes_open

    def glitch(self, *, width_s: float = 0.001) -> None:
        """Let the wire catch a spike."""
        self._play(glitch(0.0, is_open=self.is_open, width_s=width_s))

    def rattle(self, for_s: float = RATTLE_S) -> None:
        """Be a loose wire for a while, then stand as before. Raises ValueError as the function does."""
        self._play(rattle(for_s))
        self.hold()

    def cut_wire(self) -> None:
        """Cut the wire: it reads open, whatever the contact does, until it is mended."""
        self._cut = True
        self.hold()

    def mend_wire(self) -> None:
        """Put the wire together again."""
        self._cut = False
        self.hold()

    def _play(self, edges: list[tuple[float, bool]]) -> None:
        for at_s, high in edges:
            if self._wait_until is not None:
                self._wait_until(at_s)
            self._drive(high=high)

    def _drive(self, *, high: bool) -> None:
        (self._pin.drive_high if high or self._cut else self._pin.drive_low)()


class Lid(Contact):
    """The lid of a cold box; its contact is closed while the lid is, and so it starts."""

    def __init__(self, pin: DrivenPin, *, wait_until: Callable[[float], object] | None = None) -> None:
        """As `Contact`."""
        super().__init__(pin, is_open=False, wait_until=wait_until)

    def open(self, *, bounces: int = 4, seed: int = 0) -> None:
        """Lift the lid, chattering."""
        self.move(becomes_open=True, bounces=bounces, seed=seed)

    def shut(self, *, bounces: int = 4, seed: int = 0) -> None:
        """Close the lid, chattering."""
        self.move(becomes_open=False, bounces=bounces, seed=seed)


class Mains(Contact):
    """The power-good contact of a UPS; closed while the mains are there, and so it starts."""

    def __init__(self, pin: DrivenPin, *, wait_until: Callable[[float], object] | None = None) -> None:
        """As `Contact`."""
        super().__init__(pin, is_open=False, wait_until=wait_until)

    def fail(self, *, bounces: int = 4, seed: int = 0) -> None:
        """Cut the mains; the relay falls off, chattering."""
        self.move(becomes_open=True, bounces=bounces, seed=seed)

    def come_back(self, *, bounces: int = 4, seed: int = 0) -> None:
        """Give the mains back."""
        self.move(becomes_open=False, bounces=bounces, seed=seed)


class PushButton(Contact):
    """A push button; its contact is closed while it is held down. Nobody holds it at first."""

    def __init__(
        self,
        pin: DrivenPin,
        *,
        wait_until: Callable[[float], object] | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """As `Contact`. `pause` waits while the finger rests on it."""
        super().__init__(pin, is_open=True, wait_until=wait_until)
        self._pause = pause

    def press(self, *, bounces: int = 4, seed: int = 0) -> None:
        """Press it and let go, chattering both times."""
        self.hold_down(bounces=bounces, seed=seed)
        self._pause(PRESSED_S)
        self.let_go(bounces=bounces, seed=seed + 1)

    def hold_down(self, *, bounces: int = 4, seed: int = 0) -> None:
        """Press it and stay on it."""
        self.move(becomes_open=False, bounces=bounces, seed=seed)

    def let_go(self, *, bounces: int = 4, seed: int = 0) -> None:
        """Take the finger off."""
        self.move(becomes_open=True, bounces=bounces, seed=seed)
