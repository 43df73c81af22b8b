"""Key presses of a keyboard-like gun or number pad: kernel events -> characters (devices.md B3).

    struct input_event     time, 16 bytes (8 in a 32-bit user space) | type u16 | code u16 | value i32, little-endian
    type 1 key             value 1 down; 0 up and 2 auto-repeat type nothing
    type 0 code 3          SYN_DROPPED: the kernel's buffer overran and keys are missing

The layout is US, which guns are set to: a keyboard's letters are a matter of layout, and this one is what we read. Caps
Lock turns on the letters when it goes down, and off when it goes down again. Control with ] is GS, which is data.
ALT with keypad digits is how a gun types characters no layout has, and is refused by name. Not here: what a record
is. Pure; called by `scan_evdev` and `keypad_evdev`.
"""

import struct
from dataclasses import dataclass
from enum import Enum

EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
DOWN = 1
_LAST_TYPE, _LAST_SYN, _LAST_CODE = 0x1F, 0x0F, 0x2FF  # EV_MAX, SYN_MAX, KEY_MAX of linux/input-event-codes.h

EVENT_BYTES = struct.calcsize("@llHHi")
"""24 in a 64-bit user space, 16 in a 32-bit one: what the kernel gives this program."""
_TIME_BYTES = {24: 16, 16: 8}
_EVENT = struct.Struct("<HHi")

SHIFTS = frozenset({42, 54})
CONTROLS = frozenset({29, 97})
ALTS = frozenset({56, 100})
CAPS_LOCK = 58
ENDS = frozenset({28, 96, 15})
BACKSPACE, ESCAPE = 14, 1
_SILENT = frozenset({69, 70, 125, 126}) | SHIFTS | CONTROLS | ALTS  # Num Lock, Scroll Lock, the logo keys
_BRACKET_RIGHT = 27
KEYPAD_DIGITS = {71: "7", 72: "8", 73: "9", 75: "4", 76: "5", 77: "6", 79: "1", 80: "2", 81: "3", 82: "0"}


def _rows(*rows: tuple[int, str]) -> dict[int, str]:
    return {first + offset: character for first, row in rows for offset, character in enumerate(row)}


PLAIN: dict[int, str] = (
    _rows((2, "1234567890-="), (16, "qwertyuiop[]"), (30, "asdfghjkl;'`"), (43, "\\zxcvbnm,./"))
    | KEYPAD_DIGITS
    | {57: " ", 55: "*", 74: "-", 78: "+", 83: ".", 98: "/"}
)
"""Key code -> character without Shift; Num Lock is taken as on, since a wedge has no other use for a keypad."""
SHIFTED: dict[int, str] = _rows(
    (2, "!@#$%^&*()_+"), (16, "QWERTYUIOP{}"), (30, 'ASDFGHJKL:"~'), (43, "|ZXCVBNM<>?")
)  # fmt: skip
"""Key code -> character with Shift, where it differs."""


class Stroke(Enum):
    """What a key did that typed no character."""

    END = "Enter, keypad Enter or Tab"
    BACKSPACE = "Backspace"
    ESCAPE = "Escape"
    LOST = "keys were dropped by the kernel"
    ALT_CODE = "ALT codes: set the scanner to US keyboard / 扫描枪用了ALT码,请设为美式键盘"
    FOREIGN = "a key beyond the US layout: set the scanner to US keyboard / 请把扫描枪设为美式键盘"
    GARBAGE = "bytes that are no event"


@dataclass(frozen=True, slots=True)
class Key:
    """One key that went down: the character it typed, or what else it did. code: the kernel's number, 0 for none."""

    typed: str | Stroke
    code: int


class KeyReader:
    """Turns bytes of events into keys, in any cut of the input; holds less than one event."""

    def __init__(self, event_bytes: int) -> None:
        """`event_bytes` is 24 or 16; see EVENT_BYTES."""
        self._skip = _TIME_BYTES[event_bytes]
        self._size = event_bytes
        self._held = b""
        self._down: set[int] = set()
        self._caps = False
        self._garbage = False
        self._understood = 0

    @property
    def waiting(self) -> bool:
        """Whether a part of an event is held."""
        return bool(self._held)

    def understood(self) -> int:
        """Return how many bytes were events since the last call."""
        understood, self._understood = self._understood, 0
        return understood

    def drop(self) -> None:
        """Forget the part of an event that is held, and which modifiers are down: the stream stopped."""
        self._held = b""
        self._down.clear()

    def feed(self, data: bytes) -> list[Key]:
        """Take bytes; return the keys that went down. Bytes that are no event are stepped over, and told once."""
        keys: list[Key] = []
        data = self._held + data
        at = 0
        while at + self._size <= len(data):
            kind, code, value = _EVENT.unpack_from(data, at + self._skip)
            if not _is_event(kind, code, value):
                at += 1
                if not self._garbage:
                    keys.append(Key(Stroke.GARBAGE, 0))
                self._garbage = True
                continue
            self._garbage = False
            at += self._size
            self._understood += self._size
            keys += self._event(kind, code, value)
        self._held = data[at:]
        return keys

    def _event(self, kind: int, code: int, value: int) -> list[Key]:
        if kind == EV_SYN and code == SYN_DROPPED:
            self._down.clear()  # a release may be among what was lost
            return [Key(Stroke.LOST, 0)]
        if kind != EV_KEY:
            return []
        if code in SHIFTS | CONTROLS | ALTS:
            (self._down.add if value else self._down.discard)(code)
        if value != DOWN:
            return []
        if code == CAPS_LOCK:
            self._caps = not self._caps
            return []
        return [] if code in _SILENT else [Key(self._typed(code), code)]

    def _typed(self, code: int) -> str | Stroke:
        """What this key types with the modifiers now down."""
        if self._down & ALTS:
            return Stroke.ALT_CODE if code in KEYPAD_DIGITS else Stroke.FOREIGN
        if self._down & CONTROLS:
            return "\x1d" if code == _BRACKET_RIGHT else Stroke.FOREIGN
        if code in ENDS:
            return Stroke.END
        if code in (BACKSPACE, ESCAPE):
            return Stroke.BACKSPACE if code == BACKSPACE else Stroke.ESCAPE
        plain = PLAIN.get(code)
        if plain is None:
            return Stroke.FOREIGN
        shifted = bool(self._down & SHIFTS) != (self._caps and plain.isalpha())
        return SHIFTED.get(code, plain) if shifted else plain


def _is_event(kind: int, code: int, value: int) -> bool:
    """Whether these may be an event at all; the kernel hands out whole events, so anything else is no event device."""
    if kind == EV_KEY:
        return code <= _LAST_CODE and value in (0, 1, 2)
    return kind <= _LAST_TYPE and (kind != EV_SYN or code <= _LAST_SYN)
