"""Toledo 8217 and what answers like it: 8213 (Brecknell, Transcell), Mettler DIVA and Ariva (devices.md A6).

    57                          host: W, asks for the weight; one byte, no terminator
    02  3 0 . 1 2 3    0D       scale: kg gross, xx.xxx (lb xx.xx); `N` before the CR: net
    02  3F  status     0D       scale: no weight, and why
    02  45 0D  hello            scale: the echo of Ehello, by which a probe knows it; F leaves that mode

    status  0 motion, 1 over capacity, 2 under zero, 3 outside zero capture range, 4 centre of zero, 5 net, 6 always 1

A weight is sent only if it is stable, positive and in range, so one that comes is `stable=True`. At the centre of zero
some scales send no number but the status P: the weight is 0, said by the scale. A number without a point is grams
(Brecknell 3700LP), and refused unless the settings say `unit = "g"`. The status byte can be any of 40h-7Fh, so the
frame is cut by STX and CR, which it cannot be. The line is 7E1; an adapter that cannot do that reads it as 8N1, with
the parity in bit 7, so that bit is cleared and the parity looked at whatever the line settings (`framing.unparity`).
There is no other check. Sources: Odoo SerialScaleDriver.py, DIVA manual p. 39-45, 3700LP manual p. 11.
"""

import re
from decimal import Decimal
from typing import Annotated, Literal

import msgspec

from drivers.frames import FrameCutter
from drivers.framing import bad, unparity
from drivers.readings import Reading, Reason, Weight
from drivers.scales.asking import AskedSettings, Asking
from drivers.scales.decoding import ScaleDecoder
from drivers.scales.units import grams
from drivers.settings import DeviceSettings

LONGEST = 12
_WEIGHT = re.compile(rb"\x02 *(?P<value>\d{1,6}(?P<point>\.\d{1,4})?)(?P<net>N?)\r")
_STATUS = re.compile(rb"\x02\?(?P<status>[@-\x7f])\r")
_ECHO = b"\x02E\r"
_END = re.compile(rb"[\x02\r]")


class Settings(AskedSettings, frozen=True, kw_only=True):
    """What a technician may say about such a scale; 9600 7E1, and Odoo's cadence: 0.5 s, time-out 1 s.

    unit: what the display counts in; the answer does not say.
    """

    bytesize: Literal[7, 8] = 7
    parity: Literal["N", "E", "O"] = "E"
    every_s: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 0.5
    answer_within_s: Annotated[float, msgspec.Meta(ge=0.05, le=10)] = 1.0
    silent_after_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 5.0
    unit: Literal["kg", "g", "lb", "oz"] = "kg"


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScaleDecoder(
        settings,
        FrameCutter(starts=b"\x02", shape=shape, longest=LONGEST),
        lambda frame, at_s: read(frame, settings, at_s),
        Asking.of(b"W", settings),
        table=unparity(7, "E" if settings.parity == "N" else settings.parity),
    )


def commands(_settings: DeviceSettings) -> dict[str, bytes]:
    """Return what the scale can be told; `probe` is answered by an echo, which `leave_echo` ends."""
    return {"weight": b"W", "zero": b"Z", "tare": b"T", "clear": b"C", "probe": b"Ehello", "leave_echo": b"F"}


def shape(head: bytes) -> int:
    """Return the length up to the first CR, if no STX comes before; see `frames.Shape`."""
    end = _END.search(head, 1)
    if end is None:
        return len(head) + 1 if len(head) < LONGEST else 0
    return end.end() if end[0] == b"\r" else 0


def read(frame: bytes, settings: Settings, at_s: float) -> Reading | None:
    """Read one frame, parity cleared; None where it is the echo of a probe."""
    if frame == _ECHO:
        return None
    status = _STATUS.fullmatch(frame)
    if status is not None:
        return read_status(status["status"][0], frame, at_s)
    match = _WEIGHT.fullmatch(frame)
    if match is None:
        return bad(Reason.MALFORMED, frame, at_s, "neither a weight nor a status")
    if match["point"] is None and settings.unit != "g":
        return bad(Reason.MALFORMED, frame, at_s, 'a number without a point: set unit = "g" if it counts in grams')
    value = Decimal(match["value"].decode("ascii"))
    return Weight(grams(value, settings.unit), True, frame, at_s, net=match["net"] == b"N")


def read_status(status: int, frame: bytes, at_s: float) -> Reading:
    """Say why no weight came; at the centre of zero and at rest, the weight is 0."""
    for bit, reason, detail in (
        (0x02, Reason.OVERLOAD, ""),
        (0x04, Reason.UNDERLOAD, ""),
        (0x08, Reason.ZERO_ERROR, "outside the zero capture range: empty the pan and press zero"),
        (0x01, Reason.UNSTABLE, ""),
    ):
        if status & bit:
            return bad(reason, frame, at_s, detail)
    if status & 0x10:
        return Weight(0.0, True, frame, at_s, net=bool(status & 0x20))
    return bad(Reason.BUSY, frame, at_s, "no weight, and no reason given")
