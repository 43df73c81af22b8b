"""What one model made of the bytes that came at one line setting, heard unasked or as answers.

    clear     the device was understood: a value, or a word such as overload (not noise, damage or our own time-out)
    good      clear, and a value
    agreeing  the longest run of clear readings that say the same; of scans, how many there are
    share     part of the bytes that stand in clear readings, line ends aside; the frames cut off at both ends of the
              listening are forgiven

One lucky frame in a stream of noise has a small share; a stream at the right setting has nearly all of it. Pure.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from drivers.framing import is_garbled
from drivers.models import MODELS, Model
from drivers.probing.plan import POLLED, LineAt, settings_for
from drivers.readings import BadReading, Door, Reading, Reason, Scan, Temperature, Weight
from drivers.seam import Conversing
from drivers.settings import SerialSettings

Pieces = Sequence[tuple[bytes, float]]
"""What came, each piece with its monotonic time."""

SHORTEST_CLEAR = 3
"""A single byte (the NAK of a CAS) may be anything."""
STEADY_MC = 300
"""Two looks at one thermometer differ by so much at most."""
SILENCE_S = 10.0
"""Longer than any decoder waits for the rest of a frame."""

_NOT_SAID = frozenset({Reason.NO_DATA, Reason.DISCONNECTED})
"""Reasons that speak of silence, not of something said."""
_NO_AGREEMENT = frozenset({Reason.BAD_COMMAND, Reason.EXCEPTION})
"""A refusal of our question shows a language, but no reading that could agree."""

CHECKED = frozenset({"yaohua_cont12", "yaohua_cmd", "yaohua_a12e15", "mt_cont", "cas_enq", "scan_ssi"})
"""Their frames carry check digits; mt_cont only where it is set to."""
EIGHT_BITS = frozenset({"ff_bcd5", "cas22", "cas_enq", "scan_ssi"})
"""Their frames use all eight bits of a byte, so that there is no parity to look for."""
COVERED = frozenset({"scan_gm65", "scan_honeywell", "scan_newland"})
"""They send the same text as `scan_serial`, and cannot be told from it by listening."""
_STREAMING_POLLED = frozenset({"cas_enq", "mtsics"})
"""Usually asked, and seen to speak by themselves: some OS2; a balance left in SIR."""
_VARIANTS: dict[str, tuple[dict[str, object], ...]] = {
    "mt_cont": ({}, {"checksum": False}),
    "cas_enq": ({"ask": False},),
    "scan_serial": ({}, {"suffix": "none"}),
}
"""Settings, besides the line's, under which a model is tried on what comes unasked."""


class Evidence(NamedTuple):
    """What one model made of it. asked: the request that was answered, b"" for what came unasked. received: bytes."""

    model: Model
    settings: SerialSettings
    clear: tuple[Reading, ...]
    share: float
    received: int
    asked: bytes = b""

    @property
    def good(self) -> tuple[Reading, ...]:
        """The clear readings that hold a value."""
        return tuple(reading for reading in self.clear if not isinstance(reading, BadReading))

    @property
    def agreeing(self) -> int:
        """How many clear readings in a row say the same; of scans, how many there are."""
        longest = run = 0
        before: Reading | None = None
        for reading in self.clear:
            run = run + 1 if before is not None and _same(before, reading) else 1
            if isinstance(reading, BadReading) and reading.reason in _NO_AGREEMENT:
                run = 0
            longest, before = max(longest, run), reading
        return longest

    @property
    def is_checked(self) -> bool:
        """Whether check digits stand behind the readings."""
        return self.model.name in CHECKED and bool(getattr(self.settings, "checksum", True))


def weigh(
    model: Model,
    settings: SerialSettings,
    readings: Iterable[Reading],
    received: bytes,
    asked: bytes = b"",
    *,
    aside: int = 0,
) -> Evidence:
    """Make evidence of what a decoder said and of all the bytes it was given; `aside`: see `seam.Conversing`."""
    clear = tuple(reading for reading in readings if is_clear(reading))
    understood = sum(_length(reading.raw, settings) for reading in clear) + aside * bool(clear)
    longest = max((_length(reading.raw, settings) for reading in clear), default=0)
    there = max(understood, _length(received, settings) - (0 if asked else 2 * longest))
    share = understood / there if there else 0.0
    return Evidence(model, settings, clear, share, len(received), asked)


def listened(path: str, roles: frozenset[str], at: LineAt, pieces: Pieces) -> Iterator[Evidence]:
    """Let every model that may speak unasked read the same bytes, under each way the characters may be meant."""
    for model in MODELS.values():
        if model.transport != "serial" or model.role not in roles or not _speaks(model):
            continue
        for line in _characters(model, at):
            for keys in _VARIANTS.get(model.name, ({},)):
                if keys.get("suffix") == "none" and line.parity != "N":
                    continue  # without an end and in seven bits, most noise is text
                yield _read(model, settings_for(model, path, line, **keys), pieces)


def _read(model: Model, settings: SerialSettings, pieces: Pieces) -> Evidence:
    """What a fresh decoder makes of recorded pieces."""
    decoder = model.decoder(settings)
    readings: list[Reading] = []
    for data, now_s in pieces:
        readings += decoder.feed(data, now_s)
    if pieces:
        readings += decoder.tick(pieces[-1][1] + SILENCE_S)
    aside = decoder.aside() if isinstance(decoder, Conversing) else 0
    return weigh(model, settings, readings, b"".join(data for data, _ in pieces), aside=aside)


def _speaks(model: Model) -> bool:
    """Whether a model may say something unasked that is its own."""
    if model.name.startswith("modbus_") or model.name in COVERED:
        return False
    return model.name not in POLLED or model.name in _STREAMING_POLLED


def _characters(model: Model, at: LineAt) -> tuple[LineAt, ...]:
    """The line settings that what came at `at` may have been sent with; 7E1 and 8N1 characters are equally long."""
    if at.parity != "N" or model.name in EIGHT_BITS:
        return (at,)
    return (at, LineAt(at.baudrate, 7, "E"), LineAt(at.baudrate, 7, "O"))


def is_clear(reading: Reading) -> bool:
    """Whether the device said this itself and was understood."""
    if isinstance(reading, BadReading) and (is_garbled(reading) or reading.reason in _NOT_SAID):
        return False
    return len(reading.raw) >= SHORTEST_CLEAR


def _same(one: Reading, other: Reading) -> bool:
    match one, other:
        case Weight(), Weight():
            return one.weight_g == other.weight_g
        case Temperature(), Temperature():
            return abs(one.temperature_mc - other.temperature_mc) <= STEADY_MC
        case BadReading(), BadReading():
            return one.reason is other.reason
        case Scan(), Scan():
            return True
        case Door(), Door():
            return one.is_open == other.is_open
    return False


def _length(data: bytes, settings: SerialSettings) -> int:
    """How many bytes, line ends aside: they belong to no reading of a text protocol."""
    if settings.bytesize == 7:
        data = bytes(byte & 0x7F for byte in data)
    return len(data) - data.count(b"\r") - data.count(b"\n")


def plain_settings(settings: SerialSettings) -> dict[str, object]:
    """Return what a technician has to write: the path, and what differs from the model's defaults."""
    default = msgspec.convert({"path": settings.path}, type(settings))
    written = msgspec.structs.asdict(settings).items()
    return {name: value for name, value in written if name == "path" or value != getattr(default, name)}
