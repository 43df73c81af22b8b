"""What a text is as a telephone number: keyed at the pad, read from a list, printed on a label. Pure.

    kind      normalised              examples of what is understood
    mobile    13800138000             +86 138-0013-8000, 138 0013 8000, 013800138000, １３８００１３８０００
    virtual   18412345678-4821        18412345678转4821, 18412345678,4821, 184123456784821 (no separator on a pad)
              95013341234567          a relay number of a platform, with or without extension
    fixed     02357681234[-801]       023-57681234, (023)57681234转801, 4001234567
    masked    138****5678             138xxxx5678: as lists of some carriers bring them, to be completed later

A local number without its area code is none: nobody outside could call it. It keeps nothing and judges no waybill.
Called by the book of contacts, by masking, and by the counter for what is typed where a waybill is wanted.
"""

import re
import unicodedata
from enum import StrEnum
from typing import NamedTuple

MAX_TEXT = 40
"""A longer text is no telephone number, whatever stands in it."""

_DROPPED = re.compile(r"[\s().]")
_COUNTRY = re.compile(r"(?:(?:\+|00)?860?|0)(?=-?1[3-9*])")
"""The country's code, and the 0 older people dial before a mobile number; no area code is 013 to 019."""
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−", "-"))
_EXTENSION = re.compile(r"(.+?)(?:转分机|转接|分机|转|ext|[,;#、])[-:]?([0-9]{1,6})")

# The numbering plan, general knowledge: mobiles are 1, 3 to 9 and nine digits; area codes are 010, 02x with eight
# digits behind, 03xx to 09xx with seven or eight; 400 with seven is a service number; 950 begins relay numbers of
# platforms.
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_RELAY = re.compile(r"950[0-9]{7,13}")
_FIXED = re.compile(r"0(?:10|2[0-9])[0-9]{8}|0[3-9][0-9]{2}[0-9]{7,8}|400[0-9]{7}")
_MASKED = re.compile(r"1[3-9*][0-9*]{9}")
_KEYED = re.compile(r"(1[3-9][0-9]{9})([0-9]{3,6})")
"""On a pad without a separator; with one or two digits too many a mistyped mobile number is more likely."""
_MASKS = re.compile(r"[x×•●＊]", re.IGNORECASE)


class PhoneKind(StrEnum):
    """What can be done with a number: called, called by its extension, or nothing until it is completed."""

    MOBILE = "mobile"
    VIRTUAL = "virtual"
    FIXED = "fixed"
    MASKED = "masked"


class Phone(NamedTuple):
    """A telephone number. number: digits alone (and * where masked). extension: "" where there is none."""

    number: str
    kind: PhoneKind
    extension: str = ""

    def __repr__(self) -> str:
        """Never the number: errors and logs show this."""
        return f"Phone({self.kind})"

    @property
    def text(self) -> str:
        """The number as it is kept: the same recipient, the same text."""
        return f"{self.number}-{self.extension}" if self.extension else self.number

    @property
    def last_four(self) -> str:
        """What a recipient says at the counter: of a virtual number the four digits of its extension.

        Platforms print those beside the name, and nobody knows the number that carries them. "" where a mask hides any.
        """
        if len(self.extension) == 4 and self.kind is PhoneKind.VIRTUAL:
            return self.extension
        tail = self.number[-4:]
        return tail if tail.isdigit() else ""


def read_phone(text: str) -> Phone | None:
    """The telephone number this text is, None where it is none."""
    if len(text) > MAX_TEXT:
        return None
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", text)).translate(_DASHES)
    plain = _COUNTRY.sub("", plain, count=1) if _COUNTRY.match(plain) else plain
    spoken = _EXTENSION.fullmatch(plain.lower())
    if spoken:
        return _with_extension(spoken[1], spoken[2])
    groups = plain.split("-")
    if len(groups) > 2 and plain.startswith("0"):
        return _with_extension("".join(groups[:-1]), groups[-1])
    whole = "".join(groups)
    keyed = _KEYED.fullmatch(whole) if len(groups) == 1 else None
    if keyed:
        return Phone(keyed[1], PhoneKind.VIRTUAL, keyed[2])
    found = _bare(whole)
    if found is None and len(groups) > 1:
        return _with_extension("".join(groups[:-1]), groups[-1])
    return found


def _with_extension(main: str, extension: str) -> Phone | None:
    """A number and what is dialled behind it."""
    found = _bare(main.replace("-", ""))
    if found is None or found.kind is PhoneKind.MASKED or not re.fullmatch("[0-9]{1,6}", extension):
        return None
    kind = PhoneKind.FIXED if found.kind is PhoneKind.FIXED else PhoneKind.VIRTUAL
    return Phone(found.number, kind, extension)


def _bare(number: str) -> Phone | None:
    """A number without extension."""
    if _MOBILE.fullmatch(number):
        return Phone(number, PhoneKind.MOBILE)
    if _FIXED.fullmatch(number):
        return Phone(number, PhoneKind.FIXED)
    if _RELAY.fullmatch(number):
        return Phone(number, PhoneKind.VIRTUAL)
    masked = _MASKS.sub("*", number)
    if _MASKED.fullmatch(masked) and masked.count("*") >= 3:
        return Phone(masked, PhoneKind.MASKED)
    return None
