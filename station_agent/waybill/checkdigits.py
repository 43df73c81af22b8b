"""Arithmetic of check digits: S10, China's numeric EMS, GS1, identity numbers; digits in, a digit or yes/no out.

It does not know which code carries which check: the rules do. Called by rules, refusals and the maker of own bag codes.
Every function expects ASCII digits of the stated length and raises ValueError on anything else.
"""

# UPU S10: weights of the eight serial digits, left to right (domain.md A3; worked example 47312482 -> 9).
_S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)
# GB 11643 (ISO 7064 MOD 11-2): weights of the seventeen body digits are 2**(17-i) mod 11, check characters by
# remainder.
_IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_IDENTITY_CHARACTERS = "10X98765432"


def s10_check_digit(serial: str) -> str:
    """Return the S10 check digit of eight serial digits.

    11 minus the weighted sum modulo 11, where 10 is written 0 and 11 is written 5. Remainders 0 and 6 therefore share
    the digit 5, the one change of a single digit S10 cannot see.
    """
    rest = 11 - sum(int(digit) * weight for digit, weight in zip(serial, _S10_WEIGHTS, strict=True)) % 11
    return {10: "0", 11: "5"}.get(rest) or str(rest)


def s10_fits(code: str) -> bool:
    """Tell whether a 13-character S10 item (two letters, nine digits, two letters) carries its right check digit."""
    return s10_check_digit(code[2:10]) == code[10]


def ems_fits(code: str) -> bool:
    """Tell whether a 13-digit EMS number carries its check: S10's arithmetic over digits 3-10, checked at digit 11.

    Digits 1-2 (series) and 12-13 (suffix) are not covered (domain.md A2: six of six published samples fit).
    """
    return s10_check_digit(code[2:10]) == code[10]


def gs1_check_digit(body: str) -> str:
    """Return the GS1 modulo-10 check digit of any digits: weights 3, 1, 3, 1 from the right (GS1 specifications)."""
    total = 3 * sum(map(int, body[::-2])) + sum(map(int, body[-2::-2]))
    return str(-total % 10)


def gs1_fits(code: str) -> bool:
    """Tell whether the last digit of a GTIN or SSCC of any length >= 2 is the GS1 check of the others."""
    return gs1_check_digit(code[:-1]) == code[-1]


def identity_check_character(body: str) -> str:
    """Return the check character, 0-9 or X, of the seventeen body digits of a Chinese identity number (GB 11643)."""
    total = sum(int(digit) * weight for digit, weight in zip(body, _IDENTITY_WEIGHTS, strict=True))
    return _IDENTITY_CHARACTERS[total % 11]


def identity_fits(code: str) -> bool:
    """Tell whether eighteen characters (17 digits and a digit or X) carry the check of an identity number."""
    return identity_check_character(code[:17]) == code[17]
