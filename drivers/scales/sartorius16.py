"""Sartorius balances, SBI output of 16 characters (devices.md A11).

    sign _ value    _ unit CR LF          sign: + - or blank; value: 8 characters; unit: 3 characters
    +    _ __1255.7 _ g__  0D 0A          = 1255.7 g, stable
    ______H_______         0D 0A          overload; L underload, C calibrating; the column varies
    ______Err_101_         0D 0A          fault

A blank unit is taken for "not stable" (UNVERIFIED), and its number counted in the settings' `unit`. The balance prints
by itself where its menu says "auto print"; else say `ask = true`, and it is asked with ESC P. There is no check.
Sources: Sartorius CP, EA and Entris II manuals.
"""

import re
from decimal import Decimal

from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.asking import AskedSettings, Asking, never_asked
from drivers.scales.decoding import ScaleDecoder, text_lines
from drivers.scales.units import COUNTS, GRAMS, Unit, grams
from drivers.settings import DeviceSettings

REQUEST = b"\x1bP\r\n"
_LINE = re.compile(rb"(?P<sign>[ +-]) (?=.{8} )(?P<value> *\d+(?:\.\d*)?) (?P<unit>[A-Za-z%]{1,3} *| {3})")
_WORD = re.compile(rb" *(?P<word>H|L|C|Err.*)")
_WORDS = {
    b"H": (Reason.OVERLOAD, ""),
    b"L": (Reason.UNDERLOAD, ""),
    b"C": (Reason.BUSY, "the balance is calibrating itself"),
}
LENGTH = 14
"""Characters before CR LF."""


class Settings(AskedSettings, frozen=True, kw_only=True):
    """What a technician may say about such a balance; line settings as set in its menu.

    ask: whether to ask; false where the balance is set to print by itself. unit: of lines that show none.
    """

    ask: bool = False
    unit: Unit = "g"


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    asking = Asking.of(REQUEST, settings) if settings.ask else never_asked()
    return ScaleDecoder(settings, text_lines(), lambda line, at_s: read(line, settings, at_s), asking)


def commands(_settings: DeviceSettings) -> dict[str, bytes]:
    """Return what the balance can be told, by name."""
    return {"weight": REQUEST}


def read(line: bytes, settings: Settings, at_s: float) -> Reading:
    """Read one line without its CR LF."""
    if len(line) != LENGTH:
        return bad(Reason.MALFORMED, line, at_s, f"{len(line)} characters, not {LENGTH}")
    word = _WORD.fullmatch(line.rstrip(b" "))
    if word is not None:
        reason, detail = _WORDS.get(word["word"], (Reason.FAULT, "the balance reports an error"))
        return bad(reason, line, at_s, detail)
    match = _LINE.fullmatch(line)
    unit = match["unit"].strip(b" ").decode("ascii").lower() if match else ""
    if match is not None and unit in COUNTS:
        return bad(Reason.COUNTING, line, at_s, "set the balance to show weight")
    if match is None or (unit and unit not in GRAMS):
        return bad(Reason.MALFORMED, line, at_s, "no number, or a unit unknown here")
    value = Decimal((match["sign"] + match["value"].strip(b" ")).strip(b" ").decode("ascii"))
    return Weight(grams(value, unit or settings.unit), bool(unit), line, at_s)
