"""A label in TSPL, the language of TSC and most Chinese label printers (Gprinter, Xprinter, Deli). Pure: dots to bytes.

    SIZE 60 mm,40 mm      CR LF     paper and gap: the printer finds the next label by them
    GAP 2 mm,0 mm         CR LF
    CLS                   CR LF     nothing is left of a label before
    BITMAP 0,0,60,320,0,  rows      width in bytes, height in dots, 0 overwrites; a dot is black where its bit is 0
    PRINT 1,1             CR LF

Words travel as dots too: which Chinese fonts a printer has depends on its make. Source: TSC TSPL/TSPL2 programming
manual, SIZE, GAP, CLS, BITMAP, PRINT. Called by `station labels`.
"""

from station_agent.printing.drawing import Dots

GAP_MM = 2
"""Between two labels of a common roll."""


def as_tspl(dots: Dots, size_mm: tuple[int, int]) -> bytes:
    """The bytes that print one label of this size."""
    width_mm, height_mm = size_mm
    head = (
        f"SIZE {width_mm} mm,{height_mm} mm\r\nGAP {GAP_MM} mm,0 mm\r\nCLS\r\n"
        f"BITMAP 0,0,{dots.row_bytes},{dots.height},0,"
    )
    return head.encode("ascii") + bytes(byte ^ 0xFF for byte in dots.rows) + b"\r\nPRINT 1,1\r\n"
