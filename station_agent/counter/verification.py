"""A scale held against a known mass: the steps of it, and what they prove. Pure.

A scale used for trade is verified, never adjusted here: what it shows is recorded beside what was said, and a scale
that is not good enough is recorded as such too. The wizard is that of NebulaOS-KE (users: 3): empty, a known mass, lift
and replace, remove; nothing is kept until a person says so, and it may be left at any moment.

Rules
1. Only what the display stands at counts (`steady`); moving and bad readings begin the row anew.
2. The pan begins empty, at zero: within `zero_g`, half a division.
3. What is near the mass (within 5 % or the near-zero of the pan, whichever is more) counts as soon as it stands.
   Anything else may be half of the weights, and counts when it has stood for 7 s.
4. Back at zero counts as soon as it stands. Below half of the mass may be a scale that does not come back to zero, or
   half of the weights: it counts when it has stood for 7 s.
5. All of it is done twice, lifted and replaced. A pan that does not even come back near zero ends it.

Stage   the display stands at                   next               kept
------  --------------------------------------  -----------------  --------
EMPTY   zero                                    LOAD               -
EMPTY   anything else                           EMPTY              -
LOAD    near the mass                           LIFT               shown
LOAD    above near-zero, for 7 s                LIFT               shown
LOAD    anything else                           LOAD               -
LIFT    zero                                    LOAD, later DONE   returned
LIFT    near-zero, for 7 s                      LOAD, later DONE   returned
LIFT    farther, below half the mass, for 7 s   DONE               returned
LIFT    anything else                           LIFT               -
DONE    anything                                DONE               -

Called by `station scale verify` (the steps), by orders and notes (what they prove).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, auto
from typing import Any

from drivers.readings import Reading
from station_agent.counter.steady import WITHIN_S, Standing, Steady
from station_agent.counter.vocabulary import custody
from station_agent.counter.weighing import WeighingRules
from station_agent.journal.writer import Record

KIND = "scale.verified"
TIMES = 2
NEAR = 0.05
"""Farther off than this share of the mass, something else probably lies on the pan."""
_IN_SERVICE = ((500, 1), (2000, 2))
"""Up to so many divisions a scale of class III may be off by so many; 3 beyond. Twice the error of a first verification
(OIML R 76-1, 3.5.1 and 3.5.2; quoted from memory), for a check in service. What a certificate says goes before it."""


def permissible_g(mass_g: float, division_g: float) -> float:
    """How far a scale of class III in service may be off at a mass, in grams."""
    steps = mass_g / division_g
    return division_g * next((errors for most, errors in _IN_SERVICE if steps <= most), 3)


class Stage(Enum):
    """What is waited for; see the table."""

    EMPTY = auto()
    LOAD = auto()
    LIFT = auto()
    DONE = auto()


class Verifying:
    """One verification under way."""

    def __init__(self, rules: WeighingRules, mass_g: float) -> None:
        """`mass_g` must be more than twice the near-zero of the rules, else it cannot be told from an empty pan."""
        if mass_g <= 2 * rules.near_zero_g:
            raise ValueError(f"{mass_g} g cannot be told from an empty pan")
        self._rules, self._mass_g = rules, mass_g
        self._steady = Steady(rules)
        self.stage = Stage.EMPTY
        self.shown_g: list[float] = []
        self.returned_g: list[float] = []

    @property
    def zero_g(self) -> float:
        """Most that counts as zero."""
        return self._rules.division_g / 2

    def take(self, reading: Reading) -> bool:
        """Take a reading; return whether it led to another stage."""
        standing = self._steady.take(reading)
        if standing is None:
            return False
        before = self.stage
        match before:
            case Stage.EMPTY:
                self.stage = Stage.LOAD if abs(standing.weight_g) <= self.zero_g else before
            case Stage.LOAD:
                self._load(standing)
            case Stage.LIFT:
                self._lift(standing)
        if self.stage is before:
            return False
        self._steady.restart()
        return True

    def _load(self, standing: Standing) -> None:
        """Rule 3."""
        near_zero_g = self._rules.near_zero_g
        near = abs(standing.weight_g - self._mass_g) <= max(near_zero_g, NEAR * self._mass_g)
        if near or (standing.weight_g >= near_zero_g and standing.for_s >= WITHIN_S):
            self.shown_g.append(standing.weight_g)
            self.stage = Stage.LIFT

    def _lift(self, standing: Standing) -> None:
        """Rules 4 and 5."""
        stuck = standing.weight_g < self._mass_g / 2 and standing.for_s >= WITHIN_S
        if abs(standing.weight_g) <= self.zero_g or stuck:
            self.returned_g.append(standing.weight_g)
            over = len(self.shown_g) >= TIMES or abs(standing.weight_g) >= self._rules.near_zero_g
            self.stage = Stage.DONE if over else Stage.LOAD


@dataclass(frozen=True, slots=True)
class Verification:
    """What a verification found; weights in grams.

    shown_g: what the scale showed, each time the mass lay there. returned_g: the worst it showed with the pan empty
    again. tolerance_g: most it may be off; zero_g: most that counts as zero. on, valid_until: first and last day.
    """

    device: str
    mass_g: float
    shown_g: tuple[float, ...]
    returned_g: float
    tolerance_g: float
    zero_g: float
    certificate: str
    by: str
    on: date
    valid_until: date

    @property
    def error_g(self) -> float:
        """Shown less known, the time it was worst; to the microgram, below which only the arithmetic differs."""
        return max((round(shown_g - self.mass_g, 6) for shown_g in self.shown_g), key=abs)

    @property
    def within(self) -> bool:
        """Both times within tolerance, as near to each other, and back at zero."""
        apart_g = round(max(self.shown_g) - min(self.shown_g), 6)
        returned = abs(self.returned_g) <= self.zero_g
        return len(self.shown_g) == TIMES and max(abs(self.error_g), apart_g) <= self.tolerance_g and returned

    @property
    def mistake(self) -> str | None:
        """What is wrong with it, in words for people, or None."""
        if not self.shown_g:
            return "没有称量 / nothing was weighed"
        if not (self.mass_g > 0 and self.tolerance_g > 0):  # what is no number is no more than 0 either
            return "砝码和允许误差须大于 0 / the mass and the tolerance must be more than 0"
        if self.valid_until < self.on:
            return "有效期早于检定日期 / valid until a day before the verification"
        if not (self.by.strip() and self.certificate.strip()):
            return "检定人和证书号不能空 / who did it and the certificate must be named"
        return None

    def record(self, order: str) -> Record:
        """The entry; `order` is the id of the order it came with, so that it is entered once."""
        return custody(
            KIND,
            device=self.device,
            mass_g=self.mass_g,
            shown_g=list(self.shown_g),
            error_g=self.error_g,
            returned_g=self.returned_g,
            tolerance_g=self.tolerance_g,
            zero_g=self.zero_g,
            within=self.within,
            certificate=self.certificate,
            by=self.by,
            on=self.on.isoformat(),
            valid_until=self.valid_until.isoformat(),
            order=order,
        )


def verification_of(body: Mapping[str, Any]) -> Verification:
    """Read the body of an entry back; raises KeyError or ValueError where it is none."""
    return Verification(
        device=body["device"],
        mass_g=body["mass_g"],
        shown_g=tuple(body["shown_g"]),
        returned_g=body["returned_g"],
        tolerance_g=body["tolerance_g"],
        zero_g=body["zero_g"],
        certificate=body["certificate"],
        by=body["by"],
        on=date.fromisoformat(body["on"]),
        valid_until=date.fromisoformat(body["valid_until"]),
    )
