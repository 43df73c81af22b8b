"""A USB number pad or keyboard at the counter: what is typed comes as a Scan marked `typed`.

    key ... key Enter      Backspace takes the last character back, Escape all of them

For pick-up codes and for a waybill no gun can read. Whoever reads the Scan knows by `typed` that a person may have
mistyped it. What was begun and left for `forget_after_s` is forgotten without a word: nobody is there to be told.
A line the kernel lost keys of is refused at its Enter; other keys that are no character are passed over. Pure; called
by supervision.
"""

from dataclasses import replace
from typing import Annotated, Literal

import msgspec

from drivers.framing import bad
from drivers.readings import BadReading, Reading, Reason, Scan
from drivers.scanners.keys import EVENT_BYTES, Key, KeyReader, Stroke
from drivers.scanners.scan_evdev import CODE_BYTES
from drivers.settings import DeviceSettings, EvdevSettings

MAX_CHARACTERS = 64
"""The longest code on a parcel has 40; more is refused whole."""

PART_S = 0.2
"""The kernel hands out whole events; a part of one whose rest stays away so long is forgotten alone."""


class Settings(EvdevSettings, frozen=True, kw_only=True):
    """What a technician may say about a number pad.

    forget_after_s: what was typed and left for so long is forgotten.
    event_bytes: size of one event; 0 is what this computer's kernel gives.
    """

    forget_after_s: Annotated[float, msgspec.Meta(ge=1, le=600)] = 20.0
    event_bytes: Literal[0, 16, 24] = 0


def decoder(settings: DeviceSettings) -> "KeypadDecoder":
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return KeypadDecoder(settings)


class KeypadDecoder:
    """The decoder of what is typed; see `drivers.seam.Decoder`. `raw` is as in `scan_evdev`."""

    def __init__(self, settings: Settings) -> None:
        """Begin with nothing typed."""
        self._forget_after_s = settings.forget_after_s
        self._keys = KeyReader(settings.event_bytes or EVENT_BYTES)
        self._typed: list[Key] = []
        self._spoiled: BadReading | None = None
        self._last_byte_s = 0.0

    @property
    def deadline_s(self) -> float | None:
        """When what was begun is forgotten."""
        if self._keys.waiting:
            return self._last_byte_s + PART_S
        return self._last_byte_s + self._forget_after_s if self._typed or self._spoiled else None

    def feed(self, data: bytes, now_s: float) -> list[Reading]:
        """Take the bytes of events; return a Scan for each Enter after at least one character."""
        readings = self.tick(now_s)
        if data:
            self._last_byte_s = now_s
            for key in self._keys.feed(data):
                readings += self._press(key, now_s)
        return readings

    def tick(self, now_s: float) -> list[Reading]:
        """Forget what was begun and left."""
        if self._keys.waiting and now_s >= self._last_byte_s + PART_S:
            self._keys.drop()
        if now_s >= self._last_byte_s + self._forget_after_s:
            self._clear()
        return []

    def aside(self) -> int:
        """Return how many bytes were events since the last call: `raw` holds but a few of an event's bytes."""
        return self._keys.understood()

    def poll(self) -> bytes:
        """Return nothing to send: a keyboard is only listened to."""
        return b""

    def _press(self, key: Key, now_s: float) -> list[Reading]:
        if isinstance(key.typed, str):
            if len(self._typed) >= MAX_CHARACTERS:
                self._spoil(bad(Reason.TOO_LONG, b"", now_s, f"over {MAX_CHARACTERS} characters"))
            else:
                self._typed.append(key)
        elif key.typed is Stroke.BACKSPACE:
            del self._typed[-1:]
        elif key.typed is Stroke.ESCAPE:
            self._clear()
        elif key.typed in (Stroke.LOST, Stroke.GARBAGE):
            self._spoil(bad(Reason.MALFORMED, b"", now_s, key.typed.value))
        elif key.typed is Stroke.END:
            return self._enter(now_s)
        return []

    def _enter(self, now_s: float) -> list[Reading]:
        keys, spoiled = self._typed, self._spoiled
        self._clear()
        if spoiled is not None:
            return [replace(spoiled, at_s=now_s)]
        if not keys:
            return []
        code = "".join(str(key.typed) for key in keys)
        raw = b"".join(key.code.to_bytes(CODE_BYTES, "little") for key in keys)
        return [Scan(code, raw, now_s, typed=True)]

    def _clear(self) -> None:
        self._typed, self._spoiled = [], None

    def _spoil(self, why: BadReading) -> None:
        """What is typed up to the next Enter is no code, as a key of it may be missing; Escape begins anew."""
        self._spoiled = self._spoiled or why
