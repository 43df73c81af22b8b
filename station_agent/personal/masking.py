"""What people may see of a name, a telephone number, an address: GB/T 41833-2022 or stricter. Pure.

    name      at least one character hidden   张三 -> 张*   欧阳娜娜 -> 欧***   (the first character alone)
    number    at least six digits hidden      13800138000 -> 138******00       (an extension wholly)
    address   unit and room hidden            龙雾村3组12号2单元501室 -> 龙雾村3组***

The standard has been in force since 2023-02-01; its figures are read in two reports. Every function takes any text and
never shows more than the rule: what is not understood is hidden whole. Called by whoever shows something to people.
"""

import re
import unicodedata

from station_agent.personal.phones import Phone, read_phone

MAX_STARS = 3
"""Stars in a name: a longer name says no more by its length."""
MAX_ADDRESS = 200
HIDDEN = "***"
HIDDEN_DIGITS = 6
SHOWN_HEAD, SHOWN_TAIL = 3, 2
UNKNOWN_NUMBER = "*" * 11

# A number is cut off, and all behind it, unless it belongs to an area: a group, a village, a street, a highway.
_AREA = "组|社|村|路|街|巷|大道|国道|省道|县道|乡道|环|公里"
_NUMERAL = "[0-9一二三四五六七八九十百零〇两壹贰叁肆伍陆柒捌玖拾甲乙丙丁A-Za-z]"
_WORD = "单元|号楼|号院|门牌"
_UNIT = f"{_WORD}|号|栋|幢|座|楼|层|室|房|户|门(?![峡县镇乡村])"
_CUT = re.compile(rf"{_NUMERAL}*\d+(?!\d|{_AREA})|{_NUMERAL}+[-#]?(?:{_UNIT})|{_WORD}")
_LAST_NUMERALS = re.compile(rf"(?:\d|{_NUMERAL})*\Z")


def mask_name(text: str) -> str:
    """The first character, where it is a letter, and stars; "" for an empty text."""
    name = unicodedata.normalize("NFKC", text).strip()
    if not name:
        return ""
    if len(name) == 1:
        return "*"
    shows = unicodedata.category(name[0]).startswith("L")
    return (name[0] if shows else "*") + "*" * min(len(name) - 1, MAX_STARS)


def mask_phone(text: str) -> str:
    """At most the first three and the last two digits; stars alone for what is no telephone number."""
    phone = read_phone(text)
    if phone is None:
        return UNKNOWN_NUMBER if text.strip() else ""
    number = phone.number
    shown = max(len(number) - HIDDEN_DIGITS, 0)
    head = min(SHOWN_HEAD, shown)
    tail = min(SHOWN_TAIL, shown - head)
    hidden = "*" * (len(number) - head - tail)
    return number[:head] + hidden + number[len(number) - tail :] + ("-****" if phone.extension else "")


def mask_to_last_four(phone: Phone) -> str:
    """Only the four digits a recipient says at the counter: for where those are shown too.

    Beside the first three and last two digits of `mask_phone`, the last four would leave no six hidden.
    """
    hidden = "*" * len(phone.number)
    if phone.extension and phone.last_four == phone.extension:
        return f"{hidden}-{phone.extension}"
    four = phone.last_four
    return hidden[: len(hidden) - len(four)] + four + ("-****" if phone.extension else "")


def mask_address(text: str) -> str:
    """The address down to its village group or street; house, unit and room are cut off with all behind them."""
    address = " ".join(unicodedata.normalize("NFKC", text[:MAX_ADDRESS]).split())
    cut = _CUT.search(address)
    if cut:
        return address[: cut.start()] + HIDDEN
    # What stood behind may have been the word that makes a number of the last letters.
    return _LAST_NUMERALS.sub(HIDDEN, address, count=1) if len(text) > MAX_ADDRESS else address
