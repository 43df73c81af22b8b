"""The dark and light modules of Code 128 and QR symbols, from python-barcode and segno. Pure: text in, modules out.

It knows nothing of millimetres. The libraries are imported when a code is first made: they come with the extra
`labels`. Called by `drawing`, `pdf`, `picture` and `label`.
"""

from functools import lru_cache
from io import BytesIO
from typing import Any

_KEPT = 256
"""Symbols kept while a page is laid out and drawn; a page has a few dozen."""


@lru_cache(_KEPT)
def code128(code: str) -> str:
    """The modules of a Code 128 symbol from its first bar to its last, "1" dark; code is printable ASCII."""
    return str(_symbol(code).build()[0])


def _symbol(code: str) -> Any:  # noqa: ANN401 - python-barcode has no types
    """The library's symbol, but for a mistake of its version 0.16.1.

    It takes the pair 99 at the start of a code for the change of alphabet that has the same number, and drops it:
    99-20-1008 would be printed as -20-1008.
    """
    from barcode import Code128  # type: ignore[import-untyped]  # noqa: PLC0415

    class Symbol(Code128):  # type: ignore[misc]
        def _try_to_optimize(self, encoded: list[int]) -> list[int]:
            begins_with_a_pair = self.code[:2].isdigit()
            optimised: list[int] = encoded if begins_with_a_pair else super()._try_to_optimize(encoded)
            return optimised

    return Symbol(code)


@lru_cache(_KEPT)
def qr_rows(text: str) -> tuple[bytes, ...]:
    """The rows of a QR symbol without its quiet zone, 1 dark; a quarter of it may be hidden by dirt (level Q)."""
    import segno  # noqa: PLC0415

    return tuple(bytes(row) for row in segno.make_qr(text, error="q", boost_error=False).matrix)


SVG_MARK = b"<!-- youyuntong -->"
"""How our SVG files begin, so that they are known as ours and may be replaced."""


def qr_picture(text: str, kind: str) -> bytes:
    """A QR symbol as a file of its own with its quiet zone, for a phone to read from a screen: kind png or svg."""
    import segno  # noqa: PLC0415

    file = BytesIO()
    symbol = segno.make_qr(text, error="m", encoding="utf-8")
    if kind == "svg":
        symbol.save(file, kind="svg", scale=8, border=4, xmldecl=False)
        return SVG_MARK + file.getvalue()
    symbol.save(file, kind=kind, scale=8, border=4)
    return file.getvalue()


def qr_side(text: str) -> int:
    """Modules along one side of the QR symbol of this text."""
    return len(qr_rows(text))


def runs(row: str) -> list[tuple[int, int]]:
    """Where dark runs start and how long they are, in modules."""
    found: list[tuple[int, int]] = []
    for place, module in enumerate(row):
        if module != "1":
            continue
        if found and sum(found[-1]) == place:
            found[-1] = (found[-1][0], found[-1][1] + 1)
        else:
            found.append((place, 1))
    return found


def qr_runs(text: str) -> list[tuple[int, int, int]]:
    """The QR symbol of a text as row, first module and length of every dark run."""
    rows = (row.translate(_AS_TEXT).decode("ascii") for row in qr_rows(text))
    return [(number, start, length) for number, row in enumerate(rows) for start, length in runs(row)]


_AS_TEXT = bytes.maketrans(b"\x00\x01", b"01")
