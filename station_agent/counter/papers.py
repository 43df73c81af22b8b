"""Printed things of our own that carry a number: household cards, registration cards, driver stubs, paper forms. Pure.

    sort       code                                              number
    ---------  ------------------------------------------------  ---------------------------------------
    household  YYH + 11 digits + check                           random: a guess meets nobody's parcels
    sender     YYN + 11 digits + check                           random, as above; stands for a person
    stub       YYT + station 6 + serial 6 + check                running: a missing one is noticed
    form       YYF + station 6 + serial 6 + check                running, as above

The check is GS1's over all digits, so that a number typed by hand can be held against it. No carrier's rule takes any
of these shapes. Not here: reading them (`tokens`), the cards that say what a scan means (`cards`), bags and labels
(`waybill`). Called by the commands that print.
"""

import re
from enum import StrEnum

from station_agent.waybill.checkdigits import gs1_check_digit


class PaperSort(StrEnum):
    """What a printed number stands on; the words are those of `decision.Paper`."""

    HOUSEHOLD = "household"
    SENDER = "sender"
    STUB = "stub"
    FORM = "form"


_PREFIXES = {PaperSort.HOUSEHOLD: "YYH", PaperSort.SENDER: "YYN", PaperSort.STUB: "YYT", PaperSort.FORM: "YYF"}
RANDOM_DIGITS = 11
"""10^11 numbers for some 10^5 cards of a county: the chance that a guess meets a card is one in a million."""
RANDOM_NUMBERS = 10**RANDOM_DIGITS
MAX_SERIAL = 999_999
_STATION = re.compile(r"[0-9]{6}")


def random_paper_code(sort: PaperSort, number: int) -> str:
    """Make the code of a household or registration card; `number` was drawn from 0..RANDOM_NUMBERS - 1, else
    ValueError.
    """
    if sort not in (PaperSort.HOUSEHOLD, PaperSort.SENDER):
        raise ValueError(f"a {sort} has a running number")
    if not 0 <= number < RANDOM_NUMBERS:
        raise ValueError(f"the number of a card has {RANDOM_DIGITS} digits")
    body = f"{number:0{RANDOM_DIGITS}d}"
    return f"{_PREFIXES[sort]}{body}{gs1_check_digit(body)}"


def serial_paper_code(sort: PaperSort, station: str, serial: int) -> str:
    """Make the code of a stub or form: six digits of the station, a serial in 0..MAX_SERIAL, else ValueError."""
    if sort not in (PaperSort.STUB, PaperSort.FORM):
        raise ValueError(f"a {sort} has a random number")
    if not _STATION.fullmatch(station):
        raise ValueError("a station on a stub or form is six digits")
    if not 0 <= serial <= MAX_SERIAL:
        raise ValueError(f"the serial of a stub or form lies between 0 and {MAX_SERIAL}")
    body = f"{station}{serial:06d}"
    return f"{_PREFIXES[sort]}{body}{gs1_check_digit(body)}"
