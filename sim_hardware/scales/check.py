"""The XOR check of Yaohua and CAS frames."""

from __future__ import annotations

from functools import reduce
from operator import xor


def xor_of(data: bytes) -> int:
    """Return the XOR of all bytes, 0 for none."""
    return reduce(xor, data, 0)


def xor_hex(data: bytes) -> bytes:
    """Return the XOR as two ASCII hex characters, high nibble first, upper case (devices.md A1)."""
    return f"{xor_of(data):02X}".encode("ascii")
