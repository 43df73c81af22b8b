"""Draws what a camera sees of a parcel: a grey picture, Code 128 in black on a white label (ISO/IEC 15417).

    quiet 10 | start 11 | 11 for each character | check 11 | stop 13 | quiet 10      modules, bars and spaces in turn
    check = (start + sum of place x value) mod 103

Set B throughout, or set C (two digits a character) for an even number of digits. A picture is a list of rows of bytes,
0 black; `pgm` makes a file of it. Pure, and a second reading of the standard: it draws nothing with a library of
barcodes. Not for printing: real labels come from the carriers. Called by `sim_hardware.camera`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

START_B, START_C, STOP = 104, 105, 106
MODULE_PX = 3
"""Width of the thinnest bar: what `scan_camera` asks of light and distance."""
CODE_ROWS, MARGIN_PX = 120, 40
QUIET = 10
MOST_CHARACTERS = 40
"""Of one code; the longest on a parcel has about 24."""
MOST_CODES = 4
PAPER, PARCEL = 245, 120
_TABLE = (
    "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 "
    "113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 "
    "212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 "
    "113123 113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 "
    "314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 "
    "241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 "
    "214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 "
    "211232 2331112"
)
"""Of each value the widths of bar, space, bar, space, bar, space, and a last bar for the stop."""
_WIDTHS = tuple(_TABLE.split())

Row = bytes
Fault = Callable[[Row], Row]


def values(text: str) -> list[int]:
    """Return the values of a code with its start, check and stop. Raises ValueError for what Code 128 cannot say."""
    if not 0 < len(text) <= MOST_CHARACTERS:
        raise ValueError(f"a label's code has 1 to {MOST_CHARACTERS} characters, not {len(text)}")
    if text.isascii() and text.isdigit() and len(text) % 2 == 0:
        said = [START_C, *(int(text[at : at + 2]) for at in range(0, len(text), 2))]
    else:
        strange = [character for character in text if not " " <= character <= "~"]
        if strange:
            raise ValueError(f"Code 128 has no {strange[0]!r}")
        said = [START_B, *(ord(character) - 32 for character in text)]
    check = (said[0] + sum(place * value for place, value in enumerate(said[1:], start=1))) % 103
    return [*said, check, STOP]


def modules(text: str) -> list[bool]:
    """Return the code's modules from left to right, True black, quiet zones included. Raises ValueError."""
    widths = "".join(_WIDTHS[value] for value in values(text))
    bars = [place % 2 == 0 for place, width in enumerate(widths) for _ in range(int(width))]
    quiet = [False] * QUIET
    return [*quiet, *bars, *quiet]


def picture(codes: Sequence[str], fault: str = "clean") -> list[Row]:
    """Return the picture of a label with codes one under the other, taken as `fault` of FAULTS says.

    No code is a label without one. Raises ValueError for more than MOST_CODES, an unknown fault, or as `values` does.
    """
    if len(codes) > MOST_CODES:
        raise ValueError(f"a label has up to {MOST_CODES} codes, not {len(codes)}")
    if fault not in FAULTS:
        raise ValueError(f"{', '.join(FAULTS)}, not {fault}")
    lines = [modules(code) for code in codes] or [[False] * 200]
    width_px = max(map(len, lines)) * MODULE_PX
    edge, blank = bytes([PARCEL]) * MARGIN_PX, bytes([PAPER]) * width_px
    rows = [bytes([PARCEL]) * (width_px + 2 * MARGIN_PX)] * MARGIN_PX
    for line in lines:
        drawn = b"".join(bytes([15 if black else PAPER]) * MODULE_PX for black in line)
        code = edge + FAULTS[fault](drawn + blank[len(drawn) :]) + edge
        rows += [edge + blank + edge] * MARGIN_PX + [code] * CODE_ROWS
    rows += [edge + blank + edge] * MARGIN_PX + rows[:MARGIN_PX]
    return [_dim(row) for row in rows] if fault == "dark" else rows


def pgm(rows: Sequence[Row]) -> bytes:
    """Return the rows as a binary PGM file."""
    return b"P5\n%d %d\n255\n" % (len(rows[0]), len(rows)) + b"".join(rows)


def _same(row: Row) -> Row:
    return row


def _dim(row: Row) -> Row:
    return bytes(pixel // 8 for pixel in row)


def _blur(row: Row) -> Row:
    """Smear each pixel over three modules, as a parcel that was moved."""
    reach = 3 * MODULE_PX // 2 + MODULE_PX
    padded = bytes([PAPER]) * reach + row + bytes([PAPER]) * reach
    return bytes(sum(padded[at : at + 2 * reach + 1]) // (2 * reach + 1) for at in range(len(row)))


def _tear(row: Row) -> Row:
    """Tear the right third off."""
    kept = len(row) * 2 // 3
    return row[:kept] + bytes([PAPER]) * (len(row) - kept)


FAULTS: Mapping[str, Fault] = {"clean": _same, "dark": _same, "blurred": _blur, "torn": _tear}
"""How badly a picture was taken; darkness lies over the whole of it."""
