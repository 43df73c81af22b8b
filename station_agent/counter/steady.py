"""Readings in a row -> the weight a display stands at, an empty pan's zero included. Pure.

The rule is that of `weighing` (devices: A13), but nothing is armed and nothing is given once: for verifying, zeroing
and taring, where a person waits for the display to stand still. Called by `verification` and `station scale`.
"""

from dataclasses import dataclass

from drivers.readings import BadReading, Reading, Weight
from station_agent.counter.weighing import WeighingRules

WITHIN_S = 7.0
"""A scale that has not settled after so long does not settle (Dibal waits so long; devices: A13)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The display stands at `weight_g`, the newest reading, and has for `for_s` seconds."""

    weight_g: float
    for_s: float


class Steady:
    """Follows one display.

    A row of at least `rules.row` weights over at least `rules.quiet_s` seconds, all within one division and none of
    them marked as moving, stands still. Any bad reading breaks the row.
    """

    def __init__(self, rules: WeighingRules) -> None:
        """Nothing was seen yet."""
        self._rules = rules
        self._since_s = 0.0
        self._count, self._low_g, self._high_g = 0, 0.0, 0.0

    def restart(self) -> None:
        """What was seen so far counts no more."""
        self._count = 0

    def take(self, reading: Reading) -> Standing | None:
        """Take a reading; return where the display stands, None while it does not."""
        if isinstance(reading, BadReading) or (isinstance(reading, Weight) and reading.stable is False):
            self.restart()
        if not isinstance(reading, Weight) or reading.stable is False:
            return None
        low_g, high_g = min(self._low_g, reading.weight_g), max(self._high_g, reading.weight_g)
        if not self._count or high_g - low_g > self._rules.division_g:
            self._count, self._since_s, low_g, high_g = 0, reading.at_s, reading.weight_g, reading.weight_g
        self._count, self._low_g, self._high_g = self._count + 1, low_g, high_g
        for_s = reading.at_s - self._since_s
        if self._count < self._rules.row or for_s < self._rules.quiet_s:
            return None
        return Standing(reading.weight_g, for_s)
