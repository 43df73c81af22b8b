"""CRC-CCITT as the GROW modules use it: polynomial 1021, start 0, high byte first (devices.md B2)."""

from __future__ import annotations


def crc_ccitt(data: bytes) -> bytes:
    """Return the two CRC bytes of `data`, high first."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xFFFF
    return crc.to_bytes(2, "big")
