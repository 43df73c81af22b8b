"""Yaohua XK3190 command mode: one or more scales on a line, each answering for its address (devices.md A2).

    02  addr  cmd              chk chk  03      host, 6 bytes
    02  41    42               30  33   03      address A, read gross
    02  addr  cmd  value       chk chk  03      scale, 14 bytes; value = sign, six digits, 0..4 decimals
    02  41    42   +001235 3   31  45   03      = gross 1.235

    addr  A..Z = No. 1..26     cmd  A handshake (answer of 6 bytes), B gross, C tare, D net, E price, F amount (A23p)
    chk   XOR of addr..value, two upper-case hex characters

The check is as weak as that of the continuous frame, and there is no unit and no stable flag: weights are `stable=None`
and must agree (`yaohua_cont12`). A half-duplex RS-485 adapter gives us our own request back; it has no value and is
passed over. An answer of another address is refused. Commands for zero and tare are published with wrong check bytes,
so none is offered. The time-out is UNVERIFIED: 0.3 s. Sources: A23p, A26 and C602 manuals.
"""

import re
from typing import Annotated, Literal

import msgspec

from drivers.frames import FrameCutter, xor_hex
from drivers.framing import bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.asking import AskedSettings, Asking
from drivers.scales.decoding import ScaleDecoder
from drivers.scales.units import Unit, grams, scaled
from drivers.settings import DeviceSettings

LONGEST = 14
CODES = {"handshake": b"A", "gross": b"B", "read_tare": b"C", "net": b"D", "price": b"E", "amount": b"F"}
_FRAME = re.compile(
    rb"\x02(?P<addr>[A-Z])(?P<cmd>[A-Z])(?:(?P<digits>[+-]\d{6})(?P<point>[0-4]))?(?P<check>[0-9A-F]{2})\x03"
)
_END = re.compile(rb"[\x02\x03]")


class Settings(AskedSettings, frozen=True, kw_only=True):
    """What a technician may say about such a scale.

    address: as set at the indicator, A for No. 1. weight: which of the two to ask for. unit: what it counts in.
    """

    address: Annotated[str, msgspec.Meta(pattern="^[A-Z]$")] = "A"
    weight: Literal["gross", "net"] = "gross"
    unit: Unit = "kg"


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScaleDecoder(
        settings,
        FrameCutter(starts=b"\x02", shape=shape, longest=LONGEST),
        lambda frame, at_s: read(frame, settings, at_s),
        Asking.of(commands(settings)[settings.weight], settings),
    )


def commands(settings: DeviceSettings) -> dict[str, bytes]:
    """Return every request there is; none of them changes anything in the scale."""
    assert isinstance(settings, Settings), type(settings)
    return {name: request(settings.address, code) for name, code in CODES.items()}


def request(address: str, code: bytes) -> bytes:
    """Return the six bytes that ask `address` for what `code` stands for."""
    body = address.encode("ascii") + code
    return b"\x02" + body + xor_hex(body) + b"\x03"


def shape(head: bytes) -> int:
    """Return the length up to the first ETX, if that is one of a frame; see `frames.Shape`."""
    end = _END.search(head, 1)
    if end is None:
        return len(head) + 1 if len(head) < LONGEST else 0
    return end.end() if end[0] == b"\x03" and end.end() in (6, LONGEST) else 0


def read(frame: bytes, settings: Settings, at_s: float) -> Reading | None:
    """Read one frame; None where it is a handshake or our own request come back."""
    if frame[-3:-1] != xor_hex(frame[1:-3]):
        return bad(Reason.BAD_CHECKSUM, frame, at_s)
    match = _FRAME.fullmatch(frame)
    if match is None:
        return bad(Reason.MALFORMED, frame, at_s, "not address, command, sign, six digits and 0-4 decimals")
    if match["addr"].decode("ascii") != settings.address:
        return bad(Reason.MALFORMED, frame, at_s, "the answer of another address")
    code = match["cmd"]
    if match["digits"] is None:
        return None
    if code == CODES["read_tare"]:
        return bad(Reason.TARE, frame, at_s, "the tare alone")
    if code not in (CODES["gross"], CODES["net"]):
        return bad(Reason.MALFORMED, frame, at_s, "an answer nobody asked for")
    value = scaled(match["digits"], int(match["point"]))
    return Weight(grams(value, settings.unit), None, frame, at_s, net=code == CODES["net"])
