"""A label in ZPL II, the language of Zebra and its likes. Pure: dots to bytes.

    ^XA                                  begin
    ^PW480^LL320^LH0,0                   width and length in dots, home
    ^FO0,0^GFA,bytes,bytes,row,HEX^FS    the dots as hexadecimal text; a dot is black where its bit is 1
    ^PQ1^XZ                              one copy, print

Words travel as dots too: few of these printers have a Chinese font. Source: Zebra ZPL II programming guide, ^GF, ^PW,
^LL, ^LH, ^PQ. Called by `station labels`.
"""

from station_agent.printing.drawing import Dots


def as_zpl(dots: Dots) -> bytes:
    """The bytes that print one label."""
    count = len(dots.rows)
    field = f"^FO0,0^GFA,{count},{count},{dots.row_bytes},{dots.rows.hex().upper()}^FS"
    return f"^XA^PW{dots.width}^LL{dots.height}^LH0,0{field}^PQ1^XZ\r\n".encode("ascii")
