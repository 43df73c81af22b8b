"""A barcode gun on a serial line or USB-CDC: text and a suffix, nothing else (devices.md B1).

    [prefix] [AIM identifier: ] c m] code [suffix: CR most common; CR LF, LF, TAB, none, or STX ... ETX]

Not a wedge (a gun that types, devices.md B3) and no trigger or acknowledgement protocol (B2). `scan_bytes` is pure; the
class puts its bytes on a wire.
"""

from __future__ import annotations

import random

from sim_hardware.wire import VirtualWire

CR = b"\r"
STX, ETX = b"\x02", b"\x03"


def scan_bytes(
    code: str | bytes, *, aim: str | None = None, prefix: bytes = b"", suffix: bytes = CR, encoding: str = "gbk"
) -> bytes:
    r"""Return what a gun sends for one code.

    `code`: text, or the very bytes. Text is encoded in `encoding`: many readers send Chinese as GBK (devices.md B1).
    `aim`: symbology identifier such as `]C0` (Code 128) or `]Q1` (QR); None when the gun is not set to send it.
    Raises ValueError for an `aim` that is not `]` and two ASCII letters or digits, or text the encoding does not have.
    """
    if aim is not None and not (len(aim) == 3 and aim[0] == "]" and aim[1:].isascii() and aim[1:].isalnum()):
        raise ValueError(f"an AIM identifier is ], a letter and a digit, not {aim!r}")
    data = code if isinstance(code, bytes) else code.encode(encoding)
    return prefix + (aim or "").encode("ascii") + data + suffix


class SerialScanner:
    """The gun in somebody's hand. Sends whenever a code comes into view; whether anyone listens is not its business."""

    def __init__(self, wire: VirtualWire, *, encoding: str = "gbk") -> None:
        """`wire`: plugged by whoever owns it, or with `plug`. `encoding`: how codes beyond ASCII leave the gun."""
        self.wire = wire
        self._encoding = encoding

    def scan(self, code: str | bytes, aim: str | None = None, suffix: bytes = CR, prefix: bytes = b"") -> bytes:
        """Read one code and send it; return the bytes as they left the gun. Parameters and errors: `scan_bytes`."""
        return self._send(scan_bytes(code, aim=aim, prefix=prefix, suffix=suffix, encoding=self._encoding))

    def scan_without_suffix(self, code: str | bytes, aim: str | None = None) -> bytes:
        """Send a code that nothing ends: a gun reset to its maker's "no suffix" setting."""
        return self.scan(code, aim, suffix=b"")

    def scan_between_stx_and_etx(self, code: str | bytes, aim: str | None = None) -> bytes:
        """Send a code framed as `02 ... 03`."""
        return self.scan(code, aim, suffix=ETX, prefix=STX)

    def scan_burst(self, *codes: str | bytes, suffix: bytes = CR) -> bytes:
        """Send several whole lines in one piece: the gun's buffer let go at once, or one code read twice."""
        return self._send(b"".join(scan_bytes(code, suffix=suffix, encoding=self._encoding) for code in codes))

    def scan_glued(self, *codes: str | bytes, suffix: bytes = CR) -> bytes:
        """Send several codes as one line, the suffix between them lost: must never be taken for a waybill."""
        lines = [scan_bytes(code, suffix=b"", encoding=self._encoding) for code in codes]
        return self._send(b"".join(lines) + suffix)

    def scan_half(self, code: str | bytes) -> bytes:
        """Send the first half of a code, rounded down, and then nothing: a cable that shook loose in mid-line."""
        whole = scan_bytes(code, suffix=b"", encoding=self._encoding)
        return self._send(whole[: len(whole) // 2])

    def make_noise(self, byte_count: int = 32, *, seed: int = 0) -> bytes:
        """Send random bytes, the same for the same seed: a motor starting beside the cable."""
        return self._send(random.Random(seed).randbytes(byte_count))  # noqa: S311  a fault to be replayed, no secret

    def unplug(self) -> None:
        """Pull the gun's cable out."""
        self.wire.unplug()

    def plug(self) -> None:
        """Put it back; the port gets a new number behind the same path."""
        self.wire.plug()

    def _send(self, data: bytes) -> bytes:
        self.wire.send(data)
        return data
