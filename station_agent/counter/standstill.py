"""A stream of weights -> only those that can change anything. Pure.

A scale says ten times a second, all year, that its pan is empty. Whoever follows it (`weighing`) learns nothing from
the same word once it was heard long enough, and need not be woken for it: that is half of what an idle station costs.

Rules
1. What says the same: the same weight with the same word on stability; any weight near zero is an empty pan.
2. The first of a row pass, until the row is one in which a weight settles (`WeighingRules.row`, `quiet_s`). What
   settles has settled then, and an empty pan is known to be empty; the rest of the row is held back.
3. Whatever else the device says or does passes, and a new row begins.
4. A scale that gives each weight once (`says_once`) is never followed: there the same again is another parcel.

row                              a weight that says the same    anything else
-------------------------------  -----------------------------  --------------------
shorter than one that settles    passes, the row grows          passes, a new row
long enough                      held back                      passes, a new row

Called by the agent, by way of `hold_back`, in the device's own thread: one Standstill a scale.
"""

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from drivers.outages import Said
from drivers.readings import Weight
from station_agent.counter.weighing import WeighingRules


class _OfDevice(Protocol):
    """An event of a device."""

    @property
    def device(self) -> str:
        """Its name."""


E = TypeVar("E", bound=_OfDevice)
_Word = tuple[float, bool | None]


class Standstill:
    """Follows what one scale says."""

    def __init__(self, rules: WeighingRules) -> None:
        """Nothing was heard yet. rules: those of the `Weighing` that hears what passes."""
        self._rules = rules
        self._word: _Word | None = None
        self._count = 0
        self._since_s = 0.0
        self._long_enough = False

    def adds_nothing(self, event: object) -> bool:
        """Whether this event of the scale can be held back; call it for each, in order."""
        if not isinstance(event, Said) or not isinstance(event.reading, Weight):
            self._word = None
            return False
        weight = event.reading
        word = self._said(weight)
        if word != self._word:
            self._word, self._count, self._since_s, self._long_enough = word, 0, weight.at_s, False
        if self._long_enough:
            return True
        self._count += 1
        rules = self._rules
        self._long_enough = self._count >= rules.row and weight.at_s - self._since_s >= rules.quiet_s
        return False

    def _said(self, weight: Weight) -> _Word:
        """Rule 1."""
        if abs(weight.weight_g) < self._rules.near_zero_g:
            return 0.0, None
        return weight.weight_g, weight.stable


def hold_back(emit: Callable[[E], None], rules: WeighingRules, scales: Iterable[str]) -> Callable[[E], None]:
    """An `emit` that passes on all but what adds nothing; scales: the names of those that speak all the time."""
    standstills = {name: Standstill(rules) for name in scales}

    def passed(event: E) -> None:
        standstill = standstills.get(event.device)
        if standstill is None or not standstill.adds_nothing(event):
            emit(event)

    return passed
