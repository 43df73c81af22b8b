"""Honeywell guns and engines on a serial line (N3680, N86 manuals; devices.md B2).

    sent        16 54 0D trigger on    16 55 0D trigger off    16 07 0D beep
    sent        16 4D 0D | tag sub data [, sub data] [; tag ...] | . kept, ! volatile
    answered    the same text, each item with 06 done, 15 out of range or 05 unknown before its , ; . or !
    codes       text CR, of the gun's own accord or after a trigger

The trigger works in manual/serial trigger mode only. An answer has no start of its own, so it is told by its end: one
of the three bytes right before one of `, ; . !`, none of which stands in a parcel's code. Set-up is sent to volatile
memory, since the maker warns of flash that wears. 16 07 0D is from a published program for USB, not from a serial
manual (UNVERIFIED). Pure; called by supervision.
"""

from typing import Annotated

import msgspec

from drivers.scanners.triggered import Speech, TriggeredDecoder, TriggeredSettings
from drivers.settings import DeviceSettings

TRIGGER_ON = b"\x16T\r"
TRIGGER_OFF = b"\x16U\r"
BEEP = b"\x16\x07\r"
_SETUP = b"\x16M\r"
_WORDS = {0x15: "out of range", 0x05: "unknown"}

Setup = Annotated[str, msgspec.Meta(min_length=6, max_length=64, pattern=r"^[A-Za-z0-9_]+([,;][A-Za-z0-9_]+)*$")]


class Settings(TriggeredSettings, frozen=True, kw_only=True):
    """What a technician may say about a Honeywell gun.

    setup: menu commands sent at opening, to volatile memory, without prefix and end; e.g. "BEPBEP0", by the maker's
    naming the good-read beep off (UNVERIFIED).
    beep: the gun itself beeps for the station's answer, see `feedback`.
    """

    setup: tuple[Setup, ...] = ()
    beep: bool = False


def decoder(settings: DeviceSettings) -> TriggeredDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return TriggeredDecoder(
        settings,
        Speech(
            trigger=TRIGGER_ON,
            setup=tuple(command(text) for text in settings.setup),
            starts=b"\x05\x06\x15",
            measure=measure,
            refusal=refusal,
            unmarked=True,
        ),
    )


def feedback(good: bool) -> bytes:
    """Return what makes the gun beep for the station's answer: once for good, three times for bad."""
    return BEEP if good else BEEP * 3


def command(text: str, *, keep: bool = False) -> bytes:
    """Return one menu command ready to be sent; `keep` writes it to flash, which wears."""
    return _SETUP + text.encode("ascii") + (b"." if keep else b"!")


def measure(data: bytes) -> int | None:
    """Return 2 where an answer ends here, 0 where it does not, None where the next byte must tell."""
    if len(data) == 1:
        return None
    return 2 if data[1] in b",;.!" else 0


def refusal(answer: bytes) -> str:
    """Return what the gun refused and why, "" for nothing."""
    word = _WORDS.get(answer[-2])
    return f"{answer[:-2].decode('ascii', 'replace')} is {word}" if word else ""
