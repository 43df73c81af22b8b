"""A gun that types: a USB keyboard wedge, read and grabbed on the Pi itself (devices.md B3).

    key ... key Enter      Enter, keypad Enter or Tab ends the record; the AIM prefix, if sent, is cut off as elsewhere

No browser, no input method and no console stands between the gun and us, so nothing can turn letters into Chinese or
the code into a command. Grabbing is the port's business (`ports_evdev.py`), events and layout are `keys.py`'s.
A record with keys missing (SYN_DROPPED), ALT codes or keys of another layout is refused at its end, whole, with the
reason. A record whose keys stop for `inter_key_s` without an end is dropped as TRUNCATED. A good gun on a serial line
(USB-CDC) is better in every way: see README.
Pure; called by supervision.
"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

from drivers.framing import NoiseGate, bad
from drivers.readings import Reading, Reason, Scan
from drivers.scanners.codes import AIM, DoubleReads, DoubleReadSeconds, split_aim
from drivers.scanners.keys import EVENT_BYTES, Key, KeyReader, Stroke
from drivers.seam import MAX_FRAME_BYTES
from drivers.settings import DeviceSettings, EvdevSettings

CODE_BYTES = 2
MAX_KEYS = MAX_FRAME_BYTES // CODE_BYTES
_REASONS = {Stroke.GARBAGE: Reason.NOISE}


class Settings(EvdevSettings, frozen=True, kw_only=True):
    """What a technician may say about a keyboard gun.

    inter_key_s: keys that stop for so long were cut off. Guns type at 1-20 ms a key, so 0.2 s is plenty (the number is
    UNVERIFIED); more is needed only for a gun set to type slowly.
    double_read_s: the same code within so many seconds is marked as repeated; 0 marks none.
    event_bytes: size of one event; 0 is what this computer's kernel gives.
    """

    inter_key_s: Annotated[float, msgspec.Meta(ge=0.05, le=60)] = 0.2
    double_read_s: DoubleReadSeconds = 2.0
    event_bytes: Literal[0, 16, 24] = 0


def decoder(settings: DeviceSettings) -> "ScanEvdevDecoder":
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return ScanEvdevDecoder(settings)


@dataclass(slots=True)
class TypedRecord:
    """The keys since the last end. spoiled: why it cannot be a code, None while it may."""

    text: list[str] = field(default_factory=list)
    codes: bytearray = field(default_factory=bytearray)
    spoiled: Stroke | None = None
    too_long: bool = False

    def add(self, key: Key) -> None:
        """Take one key that ends nothing; keeps at most MAX_KEYS."""
        if len(self.text) >= MAX_KEYS or len(self.codes) >= MAX_FRAME_BYTES:
            self.too_long = True
            return
        self.codes += key.code.to_bytes(CODE_BYTES, "little")
        if isinstance(key.typed, str):
            self.text.append(key.typed)
        elif self.spoiled is None:
            self.spoiled = key.typed

    @property
    def begun(self) -> bool:
        """Whether anything came since the last end."""
        return bool(self.codes)


class ScanEvdevDecoder:
    """The decoder of these records; see `drivers.seam.Decoder`.

    A reading's `raw` is the codes of the keys that went down, two bytes each, lowest first: the events themselves are
    fifty times as long and say no more.
    """

    def __init__(self, settings: Settings) -> None:
        """Begin with nothing typed, no modifier down and Caps Lock off."""
        self._settings = settings
        self._keys = KeyReader(settings.event_bytes or EVENT_BYTES)
        self._record = TypedRecord()
        self._doubles = DoubleReads(settings.double_read_s)
        self._noise = NoiseGate()
        self._last_byte_s = 0.0

    @property
    def deadline_s(self) -> float | None:
        """When a begun record is given up."""
        waiting = self._record.begun or self._keys.waiting
        return self._last_byte_s + self._settings.inter_key_s if waiting else None

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        """Take the bytes of events; return a Scan or a BadReading for each record they complete."""
        readings = self.tick(now_s)
        if data:
            self._last_byte_s = now_s
            for key in self._keys.feed(data):
                if key.typed is Stroke.END:
                    readings += self._end(now_s)
                else:
                    self._record.add(key)
        return readings

    def tick(self, now_s: float) -> list[Reading]:
        """Give up a record whose keys stopped."""
        deadline_s = self.deadline_s
        if deadline_s is None or now_s < deadline_s:
            return []
        self._keys.drop()
        record, self._record = self._record, TypedRecord()
        if not record.begun:
            return []
        if record.spoiled is not None or record.too_long:
            return self._refuse(record, now_s)
        return self._tell(Reason.TRUNCATED, record, now_s, "no Enter: set the scanner to end with Enter / 请设回车后缀")

    def aside(self) -> int:
        """Return how many bytes were events since the last call: `raw` holds but a few of an event's bytes."""
        return self._keys.understood()

    def poll(self) -> bytes:
        """Return nothing to send: a keyboard is only listened to."""
        return b""

    def _end(self, now_s: float) -> list[Reading]:
        record, self._record = self._record, TypedRecord()
        if not record.begun:
            return []
        aim, code = split_aim("".join(record.text))
        if record.spoiled is not None or record.too_long or not code:
            return self._refuse(record, now_s)
        self._noise.reset()
        symbology = AIM[aim[1:]] if aim else None
        repeated = self._doubles.repeats(code, now_s)
        return [Scan(code, bytes(record.codes), now_s, symbology=symbology, aim=aim, repeated=repeated)]

    def _refuse(self, record: TypedRecord, now_s: float) -> list[Reading]:
        if record.too_long:
            return self._tell(Reason.TOO_LONG, record, now_s, f"over {MAX_KEYS} keys")
        why = record.spoiled or Stroke.FOREIGN
        return self._tell(_REASONS.get(why, Reason.MALFORMED), record, now_s, why.value)

    def _tell(self, reason: Reason, record: TypedRecord, now_s: float, detail: str) -> list[Reading]:
        return [bad(reason, bytes(record.codes), now_s, detail)] if self._noise.passes(reason, now_s) else []
