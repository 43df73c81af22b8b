"""From what a scanner, a keyboard or a paste gives to the text the rules match (domain.md A1).

It changes how a code is written, never what it says: no letter O becomes a zero, no digit is added. Called by
identification and wherever two codes are compared.
"""

import re
import unicodedata

# An AIM prefix: "]", the letter of the code family, one modifier character (ISO/IEC 15424; devices.md lists those
# seen).
_AIM_PREFIX = re.compile(r"(?:\][A-Za-z][0-9A-Za-z])+")
# Invisible characters that chat programs paste along: zero-width space, joiners, word joiner, byte order mark.
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))
# Upper-casing may undo NFKC for a few letters; every letter known settles within three rounds, the bound stops the
# rest.
_ROUNDS = 5


def normalise(raw: str) -> str:
    """Return the code as the rules read it: NFKC, upper case, no white space, no GS, no AIM prefix.

    Applying it twice changes nothing. Text that is no code at all comes back normalised too; refusing it is
    `screen`'s work.
    """
    text = raw
    for _ in range(_ROUNDS):
        before = text
        if not text.isascii():
            text = unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
        # str.split() without arguments cuts at every Unicode space and at 0x1C-0x1F, so GS and CR LF go with the
        # blanks.
        text = "".join(text.split()).upper()
        if text.startswith("]") and (prefix := _AIM_PREFIX.match(text)):
            text = text[prefix.end() :]
        if text == before or text.isascii():
            break
    return text


def has_two_lines(raw: str) -> bool:
    """Tell whether one read holds text on both sides of a line end (CR or LF): two scans that arrived as one."""
    text = raw.strip()
    return "\r" in text or "\n" in text
