"""CAS ENQ/DC1, "AP-1": Aclas and Pinnacle OS2, M-ER, Ohaus Aviator, many shop scales (devices.md A9).

    05                                          host: ENQ, are you ready?
    06                                          scale: ACK   (15: NAK, busy)
    11                                          host: DC1, send
    01 02  sta  sign  wwwwww  uu  BCC  03 04    scale, 15 bytes
    01 02  S    _     00.488  kg  65   03 04    = 0.488 kg, stable for 500 ms

    sta   S stable, U not, F out of range or no zero (Pinnacle)      w    six characters with the point
    sign  blank, '-', F overflow (Ohaus)                             BCC  XOR of sta..unit, one byte

The BCC leaves out 01 and 02 (proven on two captures; one manual says otherwise), and may itself be 03, 04, 06 or 0D:
a frame is cut by its length. Any single flipped bit in it is seen. Some OS2 stream the frame unasked: say `ask = false`
there. `zero` and `tare` are those of the OS2CX. Sources: captures of an M-ER 328AC, Pinnacle OS2 and Ohaus manuals.
"""

import re
from decimal import Decimal

from drivers.frames import FrameCutter, xor_of
from drivers.framing import Line, NoiseGate, bad
from drivers.readings import Reading, Reason, Weight
from drivers.scales.asking import AskedSettings, Asking, never_asked
from drivers.scales.decoding import ScaleDecoder
from drivers.scales.units import grams
from drivers.settings import DeviceSettings

ENQ, ACK, NAK, DC1 = b"\x05", b"\x06", b"\x15", b"\x11"
LENGTH = 15
_FRAME = re.compile(
    rb"\x01\x02(?P<sta>[SUF])(?P<sign>[ F-])(?P<value>[ 0-9.]{6})(?P<unit>kg|lb|oz| g|g ).\x03\x04", re.DOTALL
)
_NUMBER = re.compile(rb" *(\d+(?:\.\d+)?)")


class Settings(AskedSettings, frozen=True, kw_only=True):
    """What a technician may say about such a scale; 9600 8N1.

    ask: whether to ask at all; false for a scale that sends frames by itself.
    """

    ask: bool = True


def decoder(settings: DeviceSettings) -> "CasEnqDecoder":
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return CasEnqDecoder(settings)


def commands(_settings: DeviceSettings) -> dict[str, bytes]:
    """Return what the scale can be told, by name; `enquire` and `send` are the two halves of asking."""
    return {"enquire": ENQ, "send": DC1, "tare": b"<TK>\t", "zero": b"<ZK>\t"}


def shape(head: bytes) -> int:
    """Return 1 for ACK and NAK, LENGTH where SOH STX may begin a frame; see `frames.Shape`."""
    if head[:1] in (ACK, NAK):
        return 1
    if len(head) > 1 and head[1] != 0x02:
        return 0
    return 0 if len(head) == LENGTH and head[13:] != b"\x03\x04" else LENGTH


def read(frame: bytes, at_s: float) -> Reading:
    """Read one frame of 15 bytes."""
    if frame[12] != xor_of(frame[2:12]):
        return bad(Reason.BAD_CHECKSUM, frame, at_s)
    match = _FRAME.fullmatch(frame)
    if match is None:
        return bad(Reason.MALFORMED, frame, at_s, "no frame of this format")
    if match["sign"] == b"F":
        return bad(Reason.OVERLOAD, frame, at_s)
    if match["sta"] == b"F":
        return bad(Reason.OUT_OF_RANGE, frame, at_s, "out of range, or no zero: empty the pan and press zero")
    number = _NUMBER.fullmatch(match["value"])
    if number is None:
        return bad(Reason.MALFORMED, frame, at_s, "no number")
    value = Decimal(number[1].decode("ascii"))
    weight_g = grams(-value if match["sign"] == b"-" else value, match["unit"].strip(b" ").decode("ascii"))
    return Weight(weight_g, match["sta"] == b"S", frame, at_s)


class CasEnqDecoder(ScaleDecoder):
    """The decoder of this conversation; see `drivers.seam.Decoder`."""

    def __init__(self, settings: Settings) -> None:
        """Begin with ENQ due."""
        asking = Asking.of(ENQ, settings) if settings.ask else never_asked()
        super().__init__(settings, FrameCutter(starts=b"\x01\x06\x15", shape=shape, longest=LENGTH), read, asking)
        self._busy = NoiseGate()

    def _take(self, line: Line, now_s: float) -> list[Reading]:
        """Answer an ACK with DC1, tell a NAK as busy once a second; a frame is a weight."""
        if line.raw == ACK:
            self._asking.go_on(DC1)
            return []
        if line.raw == NAK:
            told = self._tell(bad(Reason.BUSY, line.raw, now_s, "the scale is busy"), now_s)
            return told if self._busy.passes(Reason.BUSY, now_s) else []
        self._busy.reset()
        return super()._take(line, now_s)
