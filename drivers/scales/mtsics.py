"""MT-SICS, the command set of Mettler-Toledo balances, also spoken by KERN, Ohaus and others (devices.md A7).

    S I CR LF                                       host: SI, the weight at once, stable or not
    S _ S _ _ _ _ _ 1 0 0 . 0 0 _ g CR LF           scale: stable; `S D` moving; value: 10 characters, to the right
    S _ I     S _ +     S _ -                       scale: cannot now (busy), overload, underload
    ES  ET  EL                                      scale: syntax, transmission, logic error
    Z _ A     T _ S _ ...     I4 _ A _ "1234567"    scale: answers to other commands, no weight

`S` waits for stability, up to the balance's own time-out, in which it hears nothing else; so SI is asked, and stability
is what the answer says. I4 comes unasked at power-up and after `@`: it is passed over. One command at a time. The field
of exactly ten characters lets a lost digit be seen; there is no check. Sources: Atlantis README, Mettler-Toledo
reference manuals.
"""

import re
from decimal import Decimal
from typing import Annotated

import msgspec

from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.asking import AskedSettings, Asking
from drivers.scales.decoding import ScaleDecoder, text_lines
from drivers.scales.units import COUNTS, GRAMS, grams
from drivers.settings import DeviceSettings

WORDS = {
    "weight": b"SI",
    "stable_weight": b"S",
    "repeat": b"SIR",
    "zero": b"Z",
    "zero_now": b"ZI",
    "tare": b"T",
    "tare_now": b"TI",
    "read_tare": b"TA",
    "clear": b"TAC",
    "serial": b"I4",
    "reset": b"@",
}
_WEIGHT = re.compile(rb"S (?P<state>[SD]) (?=.{10} )(?P<value> *-?\d+(?:\.\d+)?) (?P<unit>[A-Za-z%]{1,5}) *")
_NO_WEIGHT = {b"S I": Reason.BUSY, b"S +": Reason.OVERLOAD, b"S -": Reason.UNDERLOAD}
_ERRORS = {b"ES": "syntax", b"ET": "transmission", b"EL": "logic"}
_OTHER = re.compile(rb"(?:ZI?|TI?|TAC?|I\d{1,2}) [ABDILS+-](?: .*)?|@")


class Settings(AskedSettings, frozen=True, kw_only=True):
    """Line and cadence; 9600 8N1."""

    answer_within_s: Annotated[float, msgspec.Meta(ge=0.05, le=10)] = 0.5


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScaleDecoder(settings, text_lines(), read, Asking.of(commands(settings)["weight"], settings))


def commands(_settings: DeviceSettings) -> dict[str, bytes]:
    """Return what the balance can be told, by name; `zero` and `tare` wait until the load is at rest."""
    return {name: word + b"\r\n" for name, word in WORDS.items()}


def read(line: bytes, at_s: float) -> Reading | None:
    """Read one line without its CR LF; None where it answers another command, or is the greeting."""
    if line in _NO_WEIGHT:
        return bad(_NO_WEIGHT[line], line, at_s)
    if line in _ERRORS:
        return bad(Reason.BAD_COMMAND, line, at_s, f"{_ERRORS[line]} error")
    match = _WEIGHT.fullmatch(line)
    if match is None:
        return None if _OTHER.fullmatch(line) else bad(Reason.MALFORMED, line, at_s, "no answer of this protocol")
    unit = match["unit"].decode("ascii").lower()
    if unit in COUNTS:
        return bad(Reason.COUNTING, line, at_s, "set the scale to show weight")
    if unit not in GRAMS:
        return bad(Reason.MALFORMED, line, at_s, "a unit unknown here")
    value = Decimal(match["value"].strip(b" ").decode("ascii"))
    return Weight(grams(value, unit), match["state"] == b"S", line, at_s)
