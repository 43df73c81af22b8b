"""A scan's text -> what it is: a card, keyed digits, a pick-up code, a paper of our own, or a waybill. Pure.

    YYC...   a card (`cards`)                 YYH  household card     YYT  driver's stub
    YYN      a sender's registration          YYF  paper sheet        YYS  seal
    YYB, YYQ a badge, a temporary one         3-2-1008  shelf sticker or pick-up code

Numbers of our own papers are digits and capital letters, so that any gun sends them. Called by the counter.
"""

import re

from msgspec.structs import replace

from station_agent.counter.decision import Code, Paper, ShelfCode
from station_agent.counter.shelves import is_pickup_code
from station_agent.personal.phones import read_phone
from station_agent.waybill import Check, Identification, Refusal, Role, identify

MAX_DIGITS = 16
"""Digits keyed at once; a phone number with its extension has no more."""
_PAPERS = {
    "YYH": ("household", re.compile(r"[0-9A-Z]{8,20}")),
    "YYN": ("sender", re.compile(r"[0-9A-Z]{8,20}")),
    "YYT": ("stub", re.compile(r"[0-9]{4,16}")),
    "YYF": ("form", re.compile(r"[0-9]{6,16}")),
    "YYS": ("seal", re.compile(r"[0-9]{4,16}")),
}
_BADGES = ("YYB", "YYQ")
MAX_BADGE = 256


_NOTHING = identify("")
_DIALLED = re.compile(r"(?:\+|00)86[0-9-]{8,14}|1[3-9][0-9]{9}[0-9*/.+-]*")
"""Behind a written country code, or a mobile number with anything but letters behind; where no rule of a carrier is."""
_RELAY = "950"
"""What platforms' relay numbers begin with, and parcels of China Post as well."""
SHORTEST_TYPED = 12
"""Digits of the shortest waybill that is digits alone. Fewer are somebody's phone, a PIN, last four keyed in the wrong
mode, whatever they are doubted for; a gun that reads them is believed, since then they are printed as a code."""


def paper_of(text: str) -> Paper | None:
    """One of our own papers, None for anything else. A badge keeps its whole text: it is signed."""
    upper = text.upper()
    if upper.startswith(_BADGES) and MAX_BADGE >= len(upper) > 16:
        return Paper("badge", upper)
    sort, number = _PAPERS.get(upper[:3], ("", None))
    if number is None or number.fullmatch(upper[3:]) is None:
        return None
    return Paper(sort, upper[3:])


def is_keyed(text: str) -> bool:
    """Whether a typed line is digits alone, to be taken as such first."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS


def must_not_be_kept(digits: str) -> bool:
    """Whether digits somebody keyed as a number of another sort are a phone's, or else what is never written down.

    Of phones only mobile ones, with what stands before or behind them: a lot may well begin as a landline does.
    """
    phone = read_phone(digits)
    return identify(digits).refused is not None or (phone is not None and phone.number.startswith("1"))


def shelf_code(text: str) -> ShelfCode | None:
    """A pick-up code, None for anything else."""
    return ShelfCode(text) if is_pickup_code(text) else None


def as_code(raw: str, *, typed: bool) -> Code:
    """What identification makes of a text; it may be refused or unknown.

    What a person typed is refused where it is rather a phone's: a mobile number behind the country's code is thirteen
    digits as a parcel of China Post, one of a platform with its extension fifteen, a landline twelve as an old number
    of SF. A label that says so can be scanned, or gets one of ours.
    """
    what = identify(raw)
    if typed and what.refused is None:
        if _is_rather_a_phone(what):
            what = replace(_NOTHING, refused=Refusal.PHONE_NUMBER, length=what.length)
        elif what.code.isdigit() and len(what.code) < SHORTEST_TYPED:
            what = replace(_NOTHING, refused=Refusal.NOT_A_CODE, length=what.length)
    return Code(what, raw.strip(), typed)


def _is_rather_a_phone(what: Identification) -> bool:
    """Whether it can be dialled, and neither a check digit nor, for a relay number, a carrier's rule speaks for it."""
    if what.check is Check.OK and what.kind.role is not Role.PRODUCT:
        return False
    phone = read_phone(what.code)
    if phone is None:
        return not what.rule and _DIALLED.fullmatch(what.code) is not None
    return not (what.rule and phone.number.startswith(_RELAY))


def is_phone_typed(code: Code) -> bool:
    """Whether what a person typed was refused as a phone's number, or as too few digits, which are most often one."""
    return code.typed and code.what.refused in (Refusal.PHONE_NUMBER, Refusal.NOT_A_CODE)
