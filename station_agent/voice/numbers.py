"""Numbers, codes, times and letters as clips: which digits are read one by one, and which as a number. Pure.

    3-2-1008        a code: 三, pause, 二, pause, 幺 零 零 八
    1008 (a count)  一千零八
    1.234           一点二三四; zeros at its end are not said
    -0.5            负零点五
    14:05           十四点零五分
    2026-07-01      二零二六年七月一日
    9701234567      a long number: its last four digits

Called by `sentences`.
"""

import re

from station_agent.voice.words import (
    DIGITS,
    LETTERS,
    MEASURES,
    MINUS,
    ONE_IN_CODES,
    POINT,
    TENS,
    TWO_OF,
)

PAUSE = "pause"
"""A clip that is silence."""
LONGEST_READ = 6
"""Digits of a number without hyphens that are read in full; of a longer one the last four are enough to know it by."""
LAST = 4
LONGEST_CODE = 16
"""Digits and letters of a pick-up code that are read; the longest known is A1-2-3-0012, a locker's has eight."""


def count(number: int, following: str = "") -> list[str]:
    """A count from 0 to 9999 in words; `following` is how the sentence goes on, for 两 before a measure word."""
    if number == 2 and following.startswith(MEASURES):
        return [TWO_OF]
    digits = [int(digit) for digit in str(number)]
    said: list[str] = []
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit:
            said += [DIGITS[digit], TENS[place]]
        elif said and said[-1] != DIGITS[0]:
            said.append(DIGITS[0])
    if len(said) > 1 and said[-1] == DIGITS[0]:
        said.pop()  # no 零 at the end: 一百一十, 一百
    if 10 <= number < 20:
        said = said[1:]  # 十二, not 一十二
    return [word for word in said if word] or [DIGITS[0]]


def one_by_one(text: str) -> list[str]:
    """Digits and letters as in a code, each by itself; whatever else stands between them is a pause."""
    said: list[str] = []
    for sign in text[: 4 * LONGEST_CODE].upper():
        if sign in LETTERS or (sign.isascii() and sign.isdigit()):
            said.append(ONE_IN_CODES if sign == "1" else sign if sign in LETTERS else DIGITS[int(sign)])
        elif said and said[-1] != PAUSE:
            said.append(PAUSE)
    while said and said[-1] == PAUSE:
        said.pop()
    return said


def code(text: str) -> list[str]:
    """A pick-up code in full, one digit after the other; of something longer than any code the end."""
    letters = re.sub(r"[^0-9A-Za-z]", "", text)
    return one_by_one(text if len(letters) <= LONGEST_CODE else letters[-LAST:])


def identity(text: str) -> list[str]:
    """A bag, waybill, phone or seal: its last four digits or letters, as people read it off the label."""
    return one_by_one(re.sub(r"[^0-9A-Za-z]", "", text)[-LAST:])


def quantity(text: str, following: str = "") -> list[str] | None:
    """A number as its shape tells (see above); None when `text` is no number."""
    for shape, say in _SHAPES:
        if (found := shape.fullmatch(text)) is not None:
            return say(found, following)
    return None


def _number(found: re.Match[str], following: str) -> list[str]:
    sign, whole, fraction = found["sign"], found["whole"], (found["fraction"] or "").rstrip("0")
    said = [MINUS] if sign and (int(whole) or fraction) else []
    if not fraction:
        return said + count(int(whole), following)
    return [*said, *count(int(whole)), POINT, *(DIGITS[int(digit)] for digit in fraction)]


def _time(found: re.Match[str], _: str) -> list[str]:
    hour, minute = count(int(found["hour"])), found["minute"]
    if minute == "00":
        return [*hour, POINT, "整"]
    nought = [DIGITS[0]] if minute[0] == "0" else []
    return [*hour, POINT, *nought, *count(int(minute)), "分"]


def _date(found: re.Match[str], _: str) -> list[str]:
    year = [DIGITS[int(digit)] for digit in found["year"]]
    return [*year, "年", *count(int(found["month"])), "月", *count(int(found["day"])), "日"]


def _long(found: re.Match[str], _: str) -> list[str]:
    digits = found["digits"]
    return one_by_one(digits if len(digits) <= LONGEST_READ else digits[-LAST:])


_SHAPES = (
    (re.compile(r"(?P<sign>-?)(?P<whole>0|[1-9][0-9]{0,3})(?:\.(?P<fraction>[0-9]{1,3}))?", re.ASCII), _number),
    (re.compile(r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])", re.ASCII), _time),
    (re.compile(r"(?P<year>[0-9]{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-3][0-9])", re.ASCII), _date),
    (re.compile(r"(?P<digits>[0-9]+)", re.ASCII), _long),
)
