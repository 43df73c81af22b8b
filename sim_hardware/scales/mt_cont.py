"""Mettler-Toledo continuous, 17 bytes or 18 with a check (devices.md A5).

    02  SWA SWB SWC  w w w w w w  t t t t t t  0D  [CHK]       digits without point, blanks for leading zeros

    SWA  0-2 place of the point (2 + decimals)   3-4 step: 1 x1, 2 x2, 3 x5   5 always 1
    SWB  0 net  1 negative  2 out of range  3 motion  4 kg (else lb or g)  5 always 1  6 power-up zero not captured
    SWC  0 grams (with SWB.4 = 0)  5 always 1
    CHK  two's complement of the sum of the low 7 bits of all before, low 7 bits

Out of range the figures go on beside the sign: a reader must look at the sign.
"""

from __future__ import annotations

from sim_hardware.scales.pan import Display

_STEPS = {1: 1, 2: 2, 5: 3}


def frame(display: Display, *, unit: str = "kg", decimals: int = 3, check: bool = True) -> bytes:
    """Return the frame. `unit`: kg, g or lb. Raises ValueError for a division that is not 1, 2 or 5 of a decade."""
    step = display.figure(unit, decimals, of_g=display.division_g)
    leading = int(str(step).rstrip("0") or "1")
    if leading not in _STEPS:
        raise ValueError(f"no status byte for steps of {leading}")
    swa = 0x20 | _STEPS[leading] << 3 | (2 + decimals)
    swb = (
        0x20
        | display.is_net
        | display.is_negative(unit, decimals) << 1
        | display.out_of_range << 2
        | display.moving << 3
        | (unit == "kg") << 4
        | (not display.zero_captured) << 6
    )
    swc = 0x20 | (unit == "g")
    most = 999_999
    weight = min(most, abs(display.figure(unit, decimals)))
    tare = min(most, display.figure(unit, decimals, of_g=display.tare_g))
    data = bytes([0x02, swa, swb, swc]) + f"{weight:6}{tare:6}\r".encode("ascii")
    return data + bytes([-sum(byte & 0x7F for byte in data) & 0x7F]) if check else data
