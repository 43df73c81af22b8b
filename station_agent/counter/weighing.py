"""A stream of weights -> at most one settled weight for each thing put on the pan. Pure.

Rules
1. A weight has settled when at least 3 readings in a row lie within one division of each other over at least 0.5 s, and
   none of them carries the scale's own "moving" flag (devices: A13; engineering judgement, not a standard).
2. After one was given, nothing is given until the pan was near zero twice in a row: one weight a parcel, even if one
   damaged frame reads zero.
3. An overload, a negative weight or any bad reading breaks the row; it never becomes a number. A scale that only says
   that it is moving or busy is not complained of.
4. A scale that says each weight once and never zero judged it steady itself: every weight it says is given.

State     event                            next      result
--------  -------------------------------  --------  --------------------------
EMPTY     weight above near-zero           LOADED    -
LOADED    row long enough and quiet        GIVEN     the settled weight
LOADED    moving, busy                     LOADED    the row starts again
LOADED    other bad reading                LOADED    the row starts again; reason once
EMPTY     overload                         LOADED    reason once
GIVEN     weight near zero, the second     EMPTY     -
EMPTY     weight near zero                 EMPTY     -
LOADED    weight near zero                 EMPTY     -
any       below zero                       as it is  the row starts again
"""

from dataclasses import dataclass
from enum import Enum, auto

from drivers.readings import BadReading, Reason, Weight


@dataclass(frozen=True, slots=True)
class WeighingRules:
    """division_g: one step of the display. near_zero_g: below it the pan counts as empty. row, quiet_s: rule 1."""

    division_g: float = 5.0
    near_zero_g: float = 20.0
    row: int = 3
    quiet_s: float = 0.5


_MOVING = frozenset({Reason.UNSTABLE, Reason.BUSY})


class Pan(Enum):
    """Where the pan is in the table above."""

    EMPTY = auto()
    LOADED = auto()
    GIVEN = auto()


@dataclass(frozen=True, slots=True)
class _Row:
    """Readings in a row: how many, since when, the lightest and the heaviest."""

    count: int
    since_s: float
    low_g: float
    high_g: float


class Weighing:
    """Follows one scale."""

    def __init__(self, rules: WeighingRules, *, says_once: bool = False) -> None:
        """The pan counts as given until it was seen empty: what lay on it before we looked belongs to nobody.

        says_once: rule 4.
        """
        self._rules, self._says_once = rules, says_once
        self.pan = Pan.GIVEN
        self._zeros = 0
        self._row: _Row | None = None
        self._complained = False

    def weight(self, weight: Weight) -> float | None:
        """Take a reading; return the settled weight in grams the moment it settles, else None."""
        rules = self._rules
        if self._says_once:
            return weight.weight_g if weight.weight_g >= rules.near_zero_g and weight.stable is not False else None
        if abs(weight.weight_g) < rules.near_zero_g:
            self._near_zero()
            return None
        self._zeros = 0
        if weight.weight_g < 0 or weight.stable is False:
            self._row = None
            return None
        if self.pan is Pan.GIVEN:
            return None
        self.pan = Pan.LOADED
        row = self._row or _Row(0, weight.at_s, weight.weight_g, weight.weight_g)
        row = _Row(row.count + 1, row.since_s, min(row.low_g, weight.weight_g), max(row.high_g, weight.weight_g))
        if row.high_g - row.low_g > rules.division_g:
            row = _Row(1, weight.at_s, weight.weight_g, weight.weight_g)
        self._row = row
        if row.count < rules.row or weight.at_s - row.since_s < rules.quiet_s:
            return None
        self.pan, self._row = Pan.GIVEN, None
        return weight.weight_g

    def _near_zero(self) -> None:
        """The display shows nothing, or nearly."""
        self._zeros += 1
        self._row = None
        if self.pan is not Pan.GIVEN or self._zeros > 1:
            self.pan, self._complained = Pan.EMPTY, False

    def bad(self, reading: BadReading) -> Reason | None:
        """Take a bad reading; return its reason the first time while something lies on the pan."""
        self._row, self._zeros = None, 0
        if reading.reason is Reason.OVERLOAD and self.pan is Pan.EMPTY:
            self.pan = Pan.LOADED
        if self.pan is not Pan.LOADED or self._complained or reading.reason in _MOVING:
            return None
        self._complained = True
        return reading.reason
