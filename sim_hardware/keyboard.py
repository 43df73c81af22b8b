"""A gun that types, and a USB number pad: the kernel's input events (devices.md B3).

    16 bytes of time   type 2   code 2   value 4        24 bytes, little-endian, as 64-bit user space reads them

    type 1 key: value 1 down, 2 repeats, 0 up     type 0: code 0 ends a group, code 3 (SYN_DROPPED) some were lost

A US keyboard: Shift goes down and up around each character that needs it; Caps Lock inverts letters. `strokes` and
`events` are pure. A pty stands for /dev/input/eventN: it carries the records, but knows no grab (EVIOCGRAB: ENOTTY).
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterable
from typing import Literal

from sim_hardware.wire import VirtualWire

DOWN, UP, REPEAT = 1, 0, 2
SYN, KEY, SYN_DROPPED = 0, 1, 3
LEFT_SHIFT, CAPS_LOCK, ENTER, KEYPAD_ENTER = 42, 58, 28, 96
_RECORD = struct.Struct("<qqHHi")
_ROWS = ((2, "1234567890-="), (16, "qwertyuiop[]"), (30, "asdfghjkl;'`"), (43, "\\zxcvbnm,./"))
_CODES = {character: first + place for first, row in _ROWS for place, character in enumerate(row)} | {" ": 57, "\t": 15}
_SHIFTED = dict(zip('!@#$%^&*()_+{}:"~|<>?', "1234567890-=[];'`\\,./", strict=True))
_KEYPAD = {character: code for first, row in ((71, "789"), (75, "456"), (79, "123")) for code, character in
           enumerate(row, first)} | {"0": 82, ".": 83, "-": 74, "+": 78, "*": 55, "/": 98}  # fmt: skip

Key = tuple[int, int]
"""Key code and value: DOWN, UP or REPEAT."""


def strokes(text: str, *, caps_lock: bool = False, repeats: int = 0) -> list[Key]:
    """Return the key events a gun types for `text`; `repeats` adds so many auto-repeat events to each key.

    With Caps Lock on in the host, what the host makes of them has its letters' case inverted; the events are the same
    as a gun sends that knows nothing of it. `caps_lock` presses the key first. Raises ValueError for a character that a
    US keyboard has not: Chinese cannot be typed.
    """
    keys: list[Key] = [(CAPS_LOCK, DOWN), (CAPS_LOCK, UP)] if caps_lock else []
    for character in text:
        base = _SHIFTED.get(character, character.lower())
        if base not in _CODES:
            raise ValueError(f"a US keyboard has no key for {character!r}")
        stroke = [(_CODES[base], DOWN), *([(_CODES[base], REPEAT)] * repeats), (_CODES[base], UP)]
        shifted = base != character
        keys += [(LEFT_SHIFT, DOWN), *stroke, (LEFT_SHIFT, UP)] if shifted else stroke
    return keys


def keypad_strokes(text: str) -> list[Key]:
    """Return the key events of a number pad for digits, point and signs. Raises ValueError for any other character."""
    if not set(text) <= _KEYPAD.keys():
        raise ValueError(f"a number pad cannot type {text!r}")
    return [(_KEYPAD[character], value) for character in text for value in (DOWN, UP)]


def event(kind: int, code: int, value: int, *, at_s: float = 0.0) -> bytes:
    """Return one record of 24 bytes."""
    whole_s = int(at_s)
    return _RECORD.pack(whole_s, int((at_s - whole_s) * 1_000_000), kind, code, value)


def events(keys: Iterable[Key], *, at_s: float = 0.0) -> bytes:
    """Return the records of key events, each closed by a SYN."""
    syn = event(SYN, 0, 0, at_s=at_s)
    return b"".join(event(KEY, code, value, at_s=at_s) + syn for code, value in keys)


class KeyboardGun:
    """A gun or a number pad on a USB cable. Whether anyone grabs it is not its business."""

    def __init__(
        self,
        wire: VirtualWire,
        *,
        layout: Literal["gun", "keypad"] = "gun",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`wire`: not paced (USB); plugged by whoever owns it. `clock`: the kernel stamps wall time by default."""
        self.wire = wire
        self.repeats = 0
        """Auto-repeat events added to each key from now on: a host that is slow to release."""
        self._layout = layout
        self._clock = clock

    def scan(self, code: str) -> bytes:
        """Type a code and Enter; return the records. Raises ValueError for what its keys cannot type."""
        enter = KEYPAD_ENTER if self._layout == "keypad" else ENTER
        return self.press([*self._strokes(code), (enter, DOWN), (enter, UP)])

    def scan_without_enter(self, code: str) -> bytes:
        """Type a code that no Enter ends."""
        return self.press(self._strokes(code))

    def press_caps_lock(self) -> bytes:
        """Press Caps Lock: the host inverts the letters from now on, until it is pressed again."""
        return self.press([(CAPS_LOCK, DOWN), (CAPS_LOCK, UP)])

    def drop(self) -> bytes:
        """Report that the kernel's buffer ran over: what follows up to the next Enter belongs to no code."""
        return self._send(event(SYN, SYN_DROPPED, 0, at_s=self._clock()))

    def press(self, keys: Iterable[Key]) -> bytes:
        """Send key events; return the records."""
        return self._send(events(keys, at_s=self._clock()))

    def unplug(self) -> None:
        """Pull its cable out."""
        self.wire.unplug()

    def plug(self) -> None:
        """Put it back; the event node gets a new number behind the same path."""
        self.wire.plug()

    def _strokes(self, text: str) -> list[Key]:
        return keypad_strokes(text) if self._layout == "keypad" else strokes(text, repeats=self.repeats)

    def _send(self, data: bytes) -> bytes:
        self.wire.send(data)
        return data
