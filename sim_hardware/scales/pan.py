"""The pan of a scale and what its display shows: the pure core under every scale's format.

`Pan` is the world's side: what lies there and since when. `Display` is one look at it, in the scale's own divisions,
and all that a format may know. No bytes here; formats are beside this file, one each.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal

GRAMS = {
    "g": Decimal(1),
    "kg": Decimal(1000),
    "lb": Decimal("453.59237"),
    "oz": Decimal("28.349523125"),
}
"""Grams in one of each unit a display can show; pound and ounce by the international definition of 1959."""

_SWINGS_PER_S = 4.0  # how fast a pan trembles; only its look, no figure of a maker
_SHAKE_G = 40.0  # how far a nudged pan is off at first, in grams; as above
_ZERO_RANGE = 0.02  # of the capacity: how far a zero command may move the zero (usual trade scales; no source here)


@dataclass(frozen=True, slots=True)
class Display:
    """One look at the display; weights in grams, whole divisions."""

    gross_g: Decimal = Decimal(0)
    tare_g: Decimal = Decimal(0)
    division_g: Decimal = Decimal(1)
    moving: bool = False
    over: bool = False
    under: bool = False
    zero_captured: bool = True

    @property
    def weight_g(self) -> Decimal:
        """What the figures say: net if a tare is set, else gross."""
        return self.gross_g - self.tare_g

    @property
    def is_net(self) -> bool:
        """Whether a tare is set."""
        return self.tare_g != 0

    @property
    def out_of_range(self) -> bool:
        """Whether the display shows no figures."""
        return self.over or self.under

    def figure(self, unit: str, decimals: int, *, of_g: Decimal | None = None) -> int:
        """Return the weight (or `of_g` grams) as a signed count of last places: 1234 g in kg, 3 decimals: 1234."""
        grams = self.weight_g if of_g is None else of_g
        return int((grams / GRAMS[unit]).scaleb(decimals).to_integral_value(ROUND_HALF_EVEN))

    def digits(self, width: int, unit: str, decimals: int, *, fill: str = "0") -> str:
        """Return the magnitude without a point, right-aligned in `width`. Raises ValueError where it does not fit."""
        return _fitted(str(abs(self.figure(unit, decimals))), width, fill)

    def text(self, width: int, unit: str, decimals: int, *, fill: str = "0") -> str:
        """Return the magnitude with its point, right-aligned in `width`. Raises ValueError where it does not fit."""
        figure = Decimal(abs(self.figure(unit, decimals))).scaleb(-decimals)
        return _fitted(f"{figure:.{decimals}f}", width, fill)

    def is_negative(self, unit: str, decimals: int) -> bool:
        """Whether the figures carry a minus: never before zero."""
        return self.figure(unit, decimals) < 0


@dataclass(frozen=True, slots=True)
class Pan:
    """What lies on the scale and how it came there. Frozen: each verb of the world returns the pan afterwards.

    Times are seconds on any one clock; weights are grams. A pan starts empty and at rest.
    """

    capacity_g: int = 30_000
    """The Max of a counter scale; a setting."""
    division_g: Decimal = Decimal(1)
    """One step of the display (e); 1 g, as the example of devices.md A8 shows it."""
    below_limit_g: int = 20
    """How far below zero it still shows figures: 20 divisions (A12(E), devices.md A3); A8 gives no figure."""
    capture_limit_g: float = math.inf
    """Most it takes for zero when power comes back; beyond it no zero is captured. None by default (devices.md A12)."""
    load_g: float = 0.0
    load_before_g: float = 0.0
    shaken_g: float = 0.0
    moved_at_s: float = float("-inf")
    settle_s: float = 0.0
    zero_g: float = 0.0
    tare_g: Decimal = Decimal(0)
    zero_captured: bool = True

    def __post_init__(self) -> None:
        """Refuse what no scale is: raises ValueError."""
        if not (self.capacity_g > 0 and self.division_g > 0 and self.below_limit_g >= 0):
            raise ValueError(f"no scale has {self.capacity_g} g in steps of {self.division_g} g")
        if not (math.isfinite(self.load_g) and math.isfinite(self.shaken_g)):
            raise ValueError(f"a load is a number of grams, not {self.load_g}")
        if not (math.isfinite(self.settle_s) and self.settle_s >= 0):
            raise ValueError(f"a settling time is a number of seconds from 0, not {self.settle_s}")

    @property
    def over_g(self) -> Decimal:
        """The greatest gross weight still shown: Max + 9 e (devices.md A3)."""
        return self.capacity_g + 9 * self.division_g

    def with_load(self, load_g: float, at_s: float, *, settle_s: float) -> Pan:
        """Return the pan carrying `load_g` in all from `at_s` on, at rest `settle_s` later. Negative: below zero.

        Raises ValueError, as `shaken` does, for a load or a settling time that is no number, or a time below 0.
        """
        before_g = self.mass_at(at_s)
        return replace(self, load_g=load_g, load_before_g=before_g, shaken_g=0.0, moved_at_s=at_s, settle_s=settle_s)

    def shaken(self, at_s: float, *, settle_s: float, by_g: float = _SHAKE_G) -> Pan:
        """Return the pan nudged at `at_s`: it trembles by up to `by_g` around its load, at rest `settle_s` later."""
        return replace(self, load_before_g=self.load_g, shaken_g=by_g, moved_at_s=at_s, settle_s=settle_s)

    def zeroed(self, at_s: float) -> Pan:
        """Return the pan with its zero key pressed: what it carries now is zero, and the tare is gone."""
        return replace(self, zero_g=self.mass_at(at_s), tare_g=Decimal(0), zero_captured=True)

    def can_zero_at(self, at_s: float) -> bool:
        """Whether a zero key would work: at rest, within 2 % of the capacity."""
        within = abs(self.mass_at(at_s) - self.zero_g) <= _ZERO_RANGE * self.capacity_g
        return within and not self.is_moving_at(at_s)

    def tared(self, tare_g: Decimal) -> Pan:
        """Return the pan with a tare of so many grams; 0 clears it."""
        return replace(self, tare_g=tare_g)

    def rebooted(self, at_s: float) -> Pan:
        """Return the pan after a power cut: tare forgotten, zero taken again with whatever lies on it.

        Beyond `capture_limit_g` no zero is captured and the factory's stays.
        """
        captured = abs(self.mass_at(at_s)) <= self.capture_limit_g
        return replace(self.zeroed(at_s), zero_g=self.mass_at(at_s) if captured else 0.0, zero_captured=captured)

    def is_moving_at(self, at_s: float) -> bool:
        """Whether the scale's motion sign is on at that time."""
        return self.moved_at_s <= at_s < self.moved_at_s + self.settle_s

    def mass_at(self, at_s: float) -> float:
        """Return the grams the cell feels: on the way from the load before to the load now, swinging less and less."""
        if at_s < self.moved_at_s:
            return self.load_before_g
        if not self.is_moving_at(at_s):
            return self.load_g
        rest = 1.0 - (at_s - self.moved_at_s) / self.settle_s  # 1 at the touch, 0 when settled
        swing = math.cos(2 * math.pi * _SWINGS_PER_S * (at_s - self.moved_at_s))
        return self.load_g + rest**3 * ((self.load_before_g - self.load_g) + self.shaken_g * swing)

    def display_at(self, at_s: float) -> Display:
        """Return what the display shows at that time: the nearest division, half a division up."""
        steps = math.floor((self.mass_at(at_s) - self.zero_g) / float(self.division_g) + 0.5)
        gross_g = steps * self.division_g
        return Display(
            gross_g=Decimal(gross_g),
            tare_g=self.tare_g,
            division_g=Decimal(self.division_g),
            moving=self.is_moving_at(at_s),
            over=gross_g > self.over_g,
            under=gross_g < -self.below_limit_g,
            zero_captured=self.zero_captured,
        )


def _fitted(text: str, width: int, fill: str) -> str:
    if len(text) > width:
        raise ValueError(f"no room in the line: {text} has more than {width} characters")
    return text.rjust(width, fill)
