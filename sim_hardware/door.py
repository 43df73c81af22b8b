"""A box's lid with a reed contact, from the world's side: when it moves, the pin chatters (devices.md D).

    lid closed   contact closed, pin pulled to ground: low          lid open, or the wire cut: the pull-up, high

`chatter` is pure: times and levels. `Lid` plays them on any pin that can be driven, such as gpiozero's mock pin, which
tests hand in: nothing here imports gpiozero. The mock does not debounce, so a chatter proves the core's debouncing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Protocol

CHATTER_S = 0.02
"""How long a reed bounces; within the 30 to 50 ms after which a door is read again (devices.md D)."""
MOST_EDGES = 1_000


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


class Lid:
    """The lid of a cold box and the pin its contact drives."""

    def __init__(self, pin: DrivenPin, *, wait_until: Callable[[float], object] | None = None) -> None:
        """`pin`: driven low at once, as the lid starts closed. `wait_until`: called before each edge with its time in
        seconds after the verb, so that a test's clock can follow; None drives the edges at once."""
        self._pin = pin
        self._wait_until = wait_until
        self.is_open = False
        self.hold()

    def hold(self) -> None:
        """Drive the pin as the contact stands: gpiozero's mock forgets it when a host sets the pin's pull-up."""
        (self._pin.drive_high if self.is_open else self._pin.drive_low)()

    def open(self, *, bounces: int = 4, seed: int = 0) -> None:
        """Lift the lid, chattering."""
        self._play(chatter(0.0, becomes_open=True, bounces=bounces, seed=seed))
        self.is_open = True

    def shut(self, *, bounces: int = 4, seed: int = 0) -> None:
        """Close the lid, chattering."""
        self._play(chatter(0.0, becomes_open=False, bounces=bounces, seed=seed))
        self.is_open = False

    def glitch(self, *, width_s: float = 0.001) -> None:
        """Let the wire catch a spike."""
        self._play(glitch(0.0, is_open=self.is_open, width_s=width_s))

    def cut_wire(self) -> None:
        """Cut the wire: it reads open, whatever the lid does."""
        self._pin.drive_high()

    def _play(self, edges: list[tuple[float, bool]]) -> None:
        for at_s, high in edges:
            if self._wait_until is not None:
                self._wait_until(at_s)
            (self._pin.drive_high if high else self._pin.drive_low)()
