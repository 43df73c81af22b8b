"""What a bag's code, a JD package label, an S10 item and our own label say inside, and the makers of our own codes.

Only slices whose meaning was read somewhere are named (domain.md A4); the rest stays opaque and is never a ground to
reject a bag. Called by identification after a rule has matched, so every function here may trust the shape.
"""

import re

import msgspec

from station_agent.waybill.checkdigits import gs1_check_digit
from station_agent.waybill.kinds import Kind

_HECTOGRAM_G = 100  # bag codes print weight in 0.1 kg


class BagParts(msgspec.Struct, frozen=True):
    """What a bag's code prints.

    origin: eight digits of the office (domestic), six characters IMPC (S8, S9) or six digits of our station (own
    bags); destination: the same, None on own bags; number: the bag number (domestic), despatch number (S8, S9) or
    serial (own); printed_weight_g: grams as printed in steps of 100, None where the code has no weight or prints
    zeros; never a weighing. The rest is None where the code does not have it: category and subclass of mail,
    year_digit (last digit of the year), receptacle number within the despatch, last (the highest-numbered
    receptacle), insured (registered or insured inside), despatch (the S8 despatch an S9 receptacle belongs to).
    """

    origin: str
    destination: str | None
    number: str
    printed_weight_g: int | None = None
    category: str | None = None
    subclass: str | None = None
    year_digit: str | None = None
    receptacle: str | None = None
    last: bool | None = None
    insured: bool | None = None
    despatch: str | None = None


class PackageParts(msgspec.Struct, frozen=True):
    """One piece of a consignment of several: its waybill, which piece, of how many."""

    waybill: str
    sequence: int
    total: int


class ItemParts(msgspec.Struct, frozen=True):
    """What an S10 item prints: service letters, eight serial digits, letters of the issuing country."""

    service: str
    serial: str
    country: str


class OwnParcelParts(msgspec.Struct, frozen=True):
    """What our own label of a parcel prints: six digits of the station, seven of the running serial."""

    station: str
    serial: str


Parts = BagParts | PackageParts | ItemParts | OwnParcelParts


def parts_of(kind: Kind, code: str) -> Parts | None:
    """Return what a code of this kind says inside, or None where nothing is known of it."""
    if kind is Kind.CN_BAG_30:
        return _domestic_bag(code)
    if kind in (Kind.UPU_S8, Kind.UPU_S9):
        return _international_bag(code)
    if kind is Kind.OWN_BAG:
        return BagParts(origin=code[2:8], destination=None, number=code[8:14])
    if kind is Kind.OWN_PARCEL:
        return OwnParcelParts(station=code[2:8], serial=code[8:15])
    if kind is Kind.JD_PACKAGE:
        waybill, sequence, total = code.split("-")[:3]
        return PackageParts(waybill, int(sequence), int(total))
    return ItemParts(code[:2], code[2:10], code[11:]) if kind is Kind.UPU_S10 else None


def _domestic_bag(code: str) -> BagParts:
    return BagParts(
        origin=code[0:8], destination=code[8:16], number=code[20:24], printed_weight_g=_printed_weight_g(code[24:28])
    )


def _international_bag(code: str) -> BagParts:
    despatch = BagParts(
        origin=code[0:6], destination=code[6:12], number=code[16:20],
        category=code[12], subclass=code[13:15], year_digit=code[15],
    )  # fmt: skip
    if len(code) == 20:
        return despatch
    return BagParts(
        origin=despatch.origin, destination=despatch.destination, number=despatch.number,
        category=despatch.category, subclass=despatch.subclass, year_digit=despatch.year_digit,
        receptacle=code[20:23], last=code[23] == "1", insured=code[24] == "1",
        printed_weight_g=_printed_weight_g(code[25:29]), despatch=code[:20],
    )  # fmt: skip


def _printed_weight_g(digits: str) -> int | None:
    return int(digits) * _HECTOGRAM_G or None


MAX_BAG_SERIAL = 999_999
MAX_PARCEL_SERIAL = 9_999_999
_SIX_DIGITS = re.compile(r"[0-9]{6}")


def own_bag_code(station: str, serial: int) -> str:
    """Make the code of one of our reusable bags: YY, six digits of the station, six of the serial, GS1 check.

    Raises ValueError unless station is six ASCII digits and serial lies in 0..999999.
    """
    if not _SIX_DIGITS.fullmatch(station):
        raise ValueError("a station on a bag code is six digits")
    if not 0 <= serial <= MAX_BAG_SERIAL:
        raise ValueError("a bag's serial lies between 0 and 999999")
    body = f"{station}{serial:06d}"
    return f"YY{body}{gs1_check_digit(body)}"


def own_parcel_code(station: str, serial: int) -> str:
    """Make the code of our own label for a parcel that has none: YP, six digits of the station, seven of the serial,
    GS1 check.

    Raises ValueError unless station is six ASCII digits and serial lies in 0..9999999.
    """
    if not _SIX_DIGITS.fullmatch(station):
        raise ValueError("a station on a parcel label is six digits")
    if not 0 <= serial <= MAX_PARCEL_SERIAL:
        raise ValueError("a parcel label's serial lies between 0 and 9999999")
    body = f"{station}{serial:07d}"
    return f"YP{body}{gs1_check_digit(body)}"
