"""A stream of weights -> at most one settled weight for each thing put on the pan. Pure.

Rules
1. A weight has settled when at least 3 readings in a row agree within one division over at least 0.5 s, and none of
them
   carries the scale's own "moving" flag (devices: A13; engineering judgement, not a standard).
2. After one was given, nothing is given until the pan was near zero: one weight a parcel.
3. An overload, a negative weight or any bad reading breaks the row; it never becomes a number.

State     event                            next      result
--------  -------------------------------  --------  --------------------------
EMPTY     weight above near-zero           LOADED    -
LOADED    row long enough and quiet        GIVEN     the settled weight
LOADED    bad reading                      LOADED    the row starts again; reason once
GIVEN     weight near zero                 EMPTY     -
any       weight near zero                 EMPTY     -
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


class Pan(Enum):
    """Where the pan is in the table above."""

    EMPTY = auto()
    LOADED = auto()
    GIVEN = auto()


class Weighing:
    """Follows one scale."""

    def __init__(self, rules: WeighingRules) -> None:
        """The pan counts as given until it was seen empty: what lay on it before we looked belongs to nobody."""
        self._rules = rules
        self.pan = Pan.GIVEN
        self._row: list[Weight] = []
        self._complained = False

    def weight(self, weight: Weight) -> float | None:
        """Take a reading; return the settled weight in grams the moment it settles, else None."""
        rules = self._rules
        if abs(weight.weight_g) < rules.near_zero_g:
            self.pan, self._row, self._complained = Pan.EMPTY, [], False
            return None
        if weight.weight_g < 0 or weight.stable is False:
            self._row = []
            return None
        if self.pan is Pan.GIVEN:
            return None
        self.pan = Pan.LOADED
        if self._row and abs(weight.weight_g - self._row[0].weight_g) > rules.division_g:
            self._row = []
        self._row.append(weight)
        if len(self._row) < rules.row or weight.at_s - self._row[0].at_s < rules.quiet_s:
            del self._row[1 : max(1, len(self._row) - rules.row)]
            return None
        self.pan, self._row = Pan.GIVEN, []
        return weight.weight_g

    def bad(self, reading: BadReading) -> Reason | None:
        """Take a bad reading; return its reason the first time while something lies on the pan."""
        self._row = []
        if reading.reason is Reason.OVERLOAD and self.pan is Pan.EMPTY:
            self.pan = Pan.LOADED
        if self.pan is not Pan.LOADED or self._complained:
            return None
        self._complained = True
        return reading.reason
