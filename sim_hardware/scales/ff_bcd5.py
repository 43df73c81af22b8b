"""Five bytes of cheap Chinese scales: FF, a state and three BCD pairs (devices.md A10).

    FF  state  b1 b2 b3        b1 the lowest pair; no check

    state  0-2 decimals + 1   3-4 mode, 0 weighing   5 negative   6 stable   7 overflow

Overflow shows nines; so it does below the range, with the minus (no source for that).
"""

from __future__ import annotations

from sim_hardware.scales.pan import Display


def frame(display: Display, *, unit: str = "kg", decimals: int = 3) -> bytes:
    """Return the five bytes; `unit` stands only on the scale's front."""
    negative = display.under or (not display.over and display.is_negative(unit, decimals))
    state = (decimals + 1) | negative << 5 | (not display.moving) << 6 | display.out_of_range << 7
    digits = "999999" if display.out_of_range else display.digits(6, unit, decimals)
    return bytes([0xFF, state]) + bytes.fromhex(digits)[::-1]
