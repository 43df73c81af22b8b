"""What every scanner's record has in common, however its bytes came: AIM prefix, text, the same code twice.

Not a protocol: each model cuts its own records out of its own bytes, then asks here what they say. Pure; called by
the decoders of this package and, for the names of code families, by the camera.
"""

import re
import unicodedata
from typing import Annotated

import msgspec

AIM: dict[str, str] = {
    "C0": "CODE128", "C1": "GS1-128", "C2": "CODE128",
    "A0": "CODE39", "A1": "CODE39", "A3": "CODE39", "A4": "CODE39", "A5": "CODE39", "A7": "CODE39",
    "E0": "EAN13", "E3": "EAN13", "E4": "EAN8",
    "I0": "ITF", "I1": "ITF", "I3": "ITF",
    "Q0": "QR", "Q1": "QR", "Q2": "QR", "Q3": "GS1-QR", "Q4": "GS1-QR", "Q5": "QR", "Q6": "QR",
    "d0": "DATAMATRIX", "d1": "DATAMATRIX", "d2": "GS1-DATAMATRIX", "d3": "DATAMATRIX",
    "d4": "DATAMATRIX", "d5": "GS1-DATAMATRIX", "d6": "DATAMATRIX",
    "L0": "PDF417", "L1": "PDF417", "L2": "PDF417",
    "G0": "CODE93", "F0": "CODABAR", "z0": "AZTEC", "X0": "OTHER",
}  # fmt: skip
"""AIM code and modifier -> code family (devices.md B1: Datalogic AIM table, zxing-cpp 3.1.1). Q5, Q6, d3, d6 and C2
have FNC1 in second place, which is an industry's format and not GS1's."""

ONE_DIMENSIONAL = frozenset({"CODE128", "GS1-128", "CODE39", "EAN13", "EAN8", "ITF", "CODE93", "CODABAR"})

DoubleReadSeconds = Annotated[float, msgspec.Meta(ge=0, le=10)]
"""The type of a model's `double_read_s`: the same code within so many seconds is marked as repeated; 0 marks none."""

_CONTROL = re.compile(r"[\x00-\x1c\x1e\x1f\x7f]")
_NOT_TEXT = frozenset({"Cc", "Cs", "Co", "Cn"})  # Unicode: control, surrogate, private, unassigned


def split_aim(text: str) -> tuple[str | None, str]:
    """Split "]C0123" into ("]C0", "123"); (None, text) where the first three characters are no AIM prefix we know."""
    if text.startswith("]") and text[1:3] in AIM:
        return text[:3], text[3:]
    return None, text


def decode_text(payload: bytes, symbology: str | None) -> str | None:
    """Turn a record's bytes into text, or None where they can be no text of that code family (None: family unknown)."""
    if payload.isascii():
        text = payload.decode("ascii")
        return None if _CONTROL.search(text) else text
    high_bytes = sum(byte >= 0x80 for byte in payload)
    if symbology in ONE_DIMENSIONAL or (symbology is None and high_bytes == 1):
        return None
    for encoding in ("utf-8", "gb18030"):
        try:
            text = payload.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text if all(c == "\x1d" or unicodedata.category(c) not in _NOT_TEXT for c in text) else None
    return None


class DoubleReads:
    """Tells whether a code is the one before it, again within the window; the window grows while it repeats.

    Nothing is dropped as a double (makers' advice is 1-3 s, devices.md B4): what to do about it is the counter's
    business. A different code closes the window, so that A, B, A is three parcels.
    """

    def __init__(self, window_s: float) -> None:
        """`window_s` 0 marks nothing."""
        self._window_s = window_s
        self._code: str | None = None
        self._at_s = 0.0

    def repeats(self, code: str, now_s: float) -> bool:
        """Take the next code; return whether it repeats the one before."""
        repeated = self._window_s > 0 and code == self._code and now_s - self._at_s <= self._window_s
        self._code, self._at_s = code, now_s
        return repeated
