"""What a device can say, in our units, each with the bytes it was read from.

A reading is a fact about a device at a moment; it knows nothing of parcels. A weight or temperature that cannot be
trusted is never a number: it is a `BadReading` with a reason. Called by decoders (which make them) and the agent
(which reads them).
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Why a device gave no usable value; the words are those of the recorded cases."""

    BAD_CHECKSUM = "bad_checksum"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    NO_DATA = "no_data"
    NO_READ = "no_read"
    OVERLOAD = "overload"
    UNDERLOAD = "underload"
    OUT_OF_RANGE = "out_of_range"
    UNSTABLE = "unstable"
    ZERO_ERROR = "zero_error"
    ZERO_NOT_CAPTURED = "zero_not_captured"
    NEEDS_CALIBRATION = "needs_calibration"
    COUNTING = "counting"
    TARE = "tare"
    BUSY = "busy"
    BAD_COMMAND = "bad_command"
    EXCEPTION = "exception"
    FAULT = "fault"
    POWER_ON_VALUE = "suspect_85"
    DISCONNECTED = "disconnected"
    STALE = "stale"
    NOISE = "noise"
    TOO_LONG = "too_long"


@dataclass(frozen=True, slots=True)
class Scan:
    """One code as the scanner sent it.

    code: the text without framing and AIM prefix; GS (0x1D) inside is data and stays.
    symbology: name of the code family if the scanner told it, else None.
    aim: the three-character AIM prefix if there was one, else None.
    repeated: the same code again within the scanner's own double-read window.
    typed: a person typed it on a number pad and may have mistyped it; no scanner read it.
    """

    code: str
    raw: bytes
    at_s: float
    symbology: str | None = None
    aim: str | None = None
    repeated: bool = False
    typed: bool = False


@dataclass(frozen=True, slots=True)
class Weight:
    """One weight as the scale displayed it, always a number.

    weight_g: grams, the double nearest to the exact decimal value shown.
    stable: the scale's own flag; None where the frame has none (then agreement of frames must decide).
    net: True net, False gross, None where the frame does not say.
    """

    weight_g: float
    stable: bool | None
    raw: bytes
    at_s: float
    net: bool | None = None


@dataclass(frozen=True, slots=True)
class Temperature:
    """One temperature, always a number.

    temperature_mc: millidegrees Celsius, untouched by calibration.
    suspect: a reason to accept it only when its neighbours agree; None normally.
    channel: which sensor, where one device carries several (an address, a serial number); None normally.
    """

    temperature_mc: int
    raw: bytes
    at_s: float
    suspect: Reason | None = None
    humidity_permille: int | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """The lid of a box: open or not, after debounce."""

    is_open: bool
    raw: bytes
    at_s: float


@dataclass(frozen=True, slots=True)
class Power:
    """The mains: there, or gone and the station on its battery; after debounce."""

    is_good: bool
    raw: bytes
    at_s: float


@dataclass(frozen=True, slots=True)
class BadReading:
    """The device spoke and nothing usable came of it.

    raw: the offending bytes, cut to 256 by the decoder; they may hold a person's payment or identity code, so whoever
    stores them keeps only reason, length and a few bytes.
    channel: which sensor, where one device carries several; None normally.
    """

    reason: Reason
    raw: bytes
    at_s: float
    detail: str = ""
    channel: str | None = None


Reading = Scan | Weight | Temperature | Door | Power | BadReading
