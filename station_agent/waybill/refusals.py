"""What must never be taken for a waybill, nor kept: payment codes, identity and phone numbers, addresses, other text.

A refusal holds a word and a length, never the text: phones show payment codes and identity cards at the same counter,
and what is not stored cannot leak (PIPL articles 6 and 19). It decides nothing about waybills; identification asks it
first.
"""

import re
from dataclasses import dataclass
from datetime import date

from station_agent.waybill.checkdigits import gs1_fits, identity_fits
from station_agent.waybill.kinds import Refusal
from station_agent.waybill.normalise import has_two_lines

MAX_LENGTH = 64  # domain.md A1; the longest known shape has 30 characters
MAX_RAW = 1024  # the bound of work: a longer read is refused before it is normalised, no scanner sends one

# Schemes and hosts of wallets as they stand after upper-casing: WeChat's collection code, links of Alipay,
# UnionPay's QR.
_WALLET = re.compile(
    r"(?:WXP|ALIPAYS?|ALIPAYQR|UPWALLET|WEIXIN)://|(?:HTTPS?://)?(?:QR|D|M|MOBILE|RENDER|DS)\.ALIPAY\.COM\b"
)
_WALLET_HOST = re.compile(r"HTTPS?://(?:QR\.95516\.COM|PAYAPP\.WEIXIN\.QQ\.COM|WX\.TENPAY\.COM|PAY\.WEIXIN\.QQ\.COM)\b")
# A scheme, a host with a path, or one of the QR conventions that carry addresses, passwords and visiting cards.
_ADDRESS = re.compile(
    r"[A-Z][A-Z0-9+.-]*://|WWW\.|(?:[A-Z0-9-]+\.)+[A-Z]{2,}(?:[/?#:]|$)|(?:MAILTO|TEL|SMSTO|SMS|GEO|WIFI|MECARD):"
)
# Every known shape is letters, digits and hyphens; the rest of Code 39's alphabet is let through so that an odd label
# can still be shown. Anything else (Chinese text, JSON, names and addresses in a QR) is not a code.
_CODE = re.compile(r"[0-9A-Z.$/+%*_-]+")

# Payment codes shown on a phone, all digits. Alipay: 25-30, 16 to 24 digits; WeChat: 10-15, 18 digits (both read in a
# public payment gateway's rules). QQ wallet 91 with 18, UnionPay 62 and digital yuan 01 with 19 digits: general
# knowledge; no waybill or bag has 19 digits, so being wrong there costs nothing.
_ALIPAY_LENGTHS = range(16, 25)
_PAYMENT_18 = ("10", "11", "12", "13", "14", "15", "91")
_PAYMENT_19 = ("62", "01")

# First two digits of a region code (GB/T 2260), with 81-83 for residents from Hong Kong, Macao and Taiwan; a card
# that starts with 9 is a foreigner's permanent residence card of the 2023 model.
_PROVINCES = frozenset(
    str(number)
    for region in (range(11, 16), range(21, 24), range(31, 38), range(41, 47), range(50, 55), range(61, 66))
    for number in (*region, 71, 81, 82, 83)
)
# Fifteen-digit numbers (cards void since 2013) are refused only where no waybill of 15 digits begins: Yunda has 3
# and 4, Cainiao 621; STO's 77, 88 and 99 are no region of a card.
_LEGACY_WAYBILLS = ("3", "4", "621")
_SEPARATORS = re.compile(r"[-.()/ ]")
# Thirteen bare digits from 861 on are as likely a China Post parcel: only a written + or 00 makes 86 a country's code,
# or signs between the digits.
_COUNTRY = re.compile(r"^(?:\+|00)86(?=1)")
_WRITTEN_COUNTRY = re.compile(r"^86(?=1)")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")  # mobile numbers of the mainland; no known waybill has 11 digits


@dataclass(frozen=True, slots=True)
class Refused:
    """A read that is not taken.

    reason: why; length: characters of the raw read. The text itself is not here and cannot be had back from it.
    """

    reason: Refusal
    length: int


def screen(raw: str, code: str) -> Refused | None:
    """Return why this read must not be taken, or None when the rules may look at it.

    raw: the read as it came; code: the same, normalised. A wallet's or a web address is named as such even when it is
    also too long; otherwise the first true reason in the order of `Refusal` wins.
    """
    reason = _refusal(raw, code)
    return Refused(reason, len(raw)) if reason is not None else None


def _refusal(raw: str, code: str) -> Refusal | None:
    if not code:
        return Refusal.EMPTY
    if _is_phone(code):
        return Refusal.PHONE_NUMBER
    if code.isalnum() and code.isascii() and len(code) <= MAX_LENGTH:
        if has_two_lines(raw):
            return Refusal.TWO_LINES
        return _sensitive_digits(code)
    if _WALLET.match(code) or _WALLET_HOST.match(code):
        return Refusal.PAYMENT_CODE
    if _ADDRESS.match(code):
        return Refusal.WEB_ADDRESS
    if len(code) > MAX_LENGTH:
        return Refusal.TOO_LONG
    if has_two_lines(raw):
        return Refusal.TWO_LINES
    return None if _CODE.fullmatch(code) else Refusal.NOT_A_CODE


def _is_phone(code: str) -> bool:
    """Tell whether this is a mobile number of the mainland, however it was written."""
    bare = _SEPARATORS.sub("", code)
    if bare != code:
        bare = _WRITTEN_COUNTRY.sub("", bare)
    return _MOBILE.fullmatch(_COUNTRY.sub("", bare)) is not None


def _sensitive_digits(code: str) -> Refusal | None:
    """Look at letters and digits only: zeros, payment codes, identity and phone numbers."""
    if is_identity_number(code):
        return Refusal.IDENTITY_NUMBER
    if not code.isdigit():
        return None
    if code.strip("0") == "":
        return Refusal.ALL_ZERO
    if is_payment_code(code):
        return Refusal.PAYMENT_CODE
    return None


def is_payment_code(code: str) -> bool:
    """Tell whether digits have the shape of a wallet's payment code.

    It wins over an SSCC of the same 18 digits: a label carries an SSCC behind 00, which no payment code begins with.
    """
    length, series = len(code), code[:2]
    if length == 18 and series in _PAYMENT_18:
        return True
    if length == 19 and series in _PAYMENT_19:
        return True
    return length in _ALIPAY_LENGTHS and "25" <= series <= "30"


def is_identity_number(code: str) -> bool:
    """Tell whether a normalised code is a resident's or foreigner's identity number.

    Eighteen characters with a known region and a day that exists: taken as one when its own check fits, when it ends
    in X (no waybill does), or when no other check of 18 digits fits, so that a mistyped number is not kept either.
    Fifteen digits: only where no waybill begins so.
    """
    if not code.isascii():
        return False
    if len(code) == 18:
        if not (code[:17].isdigit() and (code[17].isdigit() or code[17] == "X")):
            return False
        known_region = code[:2] in _PROVINCES or code[0] == "9"
        if not (known_region and _is_day(code[6:10], code[10:12], code[12:14])):
            return False
        return code[17] == "X" or identity_fits(code) or not gs1_fits(code)
    if len(code) == 15 and code.isdigit() and not code.startswith(_LEGACY_WAYBILLS):
        return code[:2] in _PROVINCES and _is_day("19" + code[6:8], code[8:10], code[10:12])
    return False


def _is_day(year: str, month: str, day: str) -> bool:
    """Tell whether a person living this century may be born that day: 1900 to 2099, a day the calendar has."""
    if not "1900" <= year <= "2099":
        return False
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
