"""Newland engines and guns that speak the Unified Commands (NLS-HR42 manual; devices.md B2).

    sent        7E 01 30 30 30 30 | @ kept, # volatile | tag sub data [, sub data] [; tag ...] | 3B 03
    answered    02 01 30 30 30 30 | @ or # | each item with 06 done, 15 out of range or 05 unknown after it | 3B 03
    codes       text CR, of the gun's own accord or after a trigger

The trigger #SCNTRG1 stands in no manual read here (UNVERIFIED), but in many makers' programs. Everything is sent to
volatile memory. Older units take `$$%^` strings instead, and are to be run as `scan_serial`. Nothing is known here that
makes the gun beep for us. Pure; called by supervision.
"""

import re
from typing import Annotated

import msgspec

from drivers.scanners.triggered import MAX_ANSWER_BYTES, Speech, TriggeredDecoder, TriggeredSettings
from drivers.settings import DeviceSettings

TRIGGER = "SCNTRG1"
_PREFIX = b"\x7e\x010000"
_ANSWER = b"\x02\x010000"
_END = b";\x03"
_DONE, _RANGE, _UNKNOWN = b"\x06", b"\x15", b"\x05"
_ITEM = re.compile(rb"(?P<text>[^\x05\x06\x15]*)(?P<word>[\x05\x06\x15])[,;]?")
_WORDS = {_RANGE: "out of range", _UNKNOWN: "unknown"}
_TAG_CHARACTERS = 3

Setup = Annotated[str, msgspec.Meta(min_length=6, max_length=64, pattern=r"^[A-Z0-9]+(,[A-Z0-9]+)*$")]


class Settings(TriggeredSettings, frozen=True, kw_only=True):
    """What a technician may say about a Newland gun.

    setup: commands sent at opening, to volatile memory, without prefix and end; e.g. "GRBENA0", which in makers'
    programs switches off the gun's own good-read beep (UNVERIFIED).
    """

    setup: tuple[Setup, ...] = ()


def decoder(settings: DeviceSettings) -> TriggeredDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return TriggeredDecoder(
        settings,
        Speech(
            trigger=command(TRIGGER),
            setup=tuple(command(text) for text in settings.setup),
            starts=_ANSWER[:1],
            measure=measure,
            refusal=refusal,
        ),
    )


def command(text: str, *, keep: bool = False) -> bytes:
    """Return one command ready to be sent; `keep` writes it to flash, which wears."""
    return _PREFIX + (b"@" if keep else b"#") + text.encode("ascii") + _END


def measure(data: bytes) -> int | None:
    """Return how many bytes from the 02 on are an answer: 0 if they are none, None if that cannot be told yet."""
    head = data[: len(_ANSWER)]
    if head != _ANSWER[: len(head)]:
        return 0
    end = data.find(_END)
    if end >= 0:
        return end + len(_END)
    return None if len(data) < MAX_ANSWER_BYTES else 0


def refusal(answer: bytes) -> str:
    """Return which items the gun refused and why, "" for none."""
    items = ((match["text"], _WORDS.get(match["word"])) for match in _ITEM.finditer(answer, len(_ANSWER) + 1))
    return ", ".join(f"{text.decode('ascii', 'replace')} is {word}" for text, word in items if word)


def values(answer: bytes) -> dict[str, str]:
    """Return the settings a whole answer tells, by their six-character name, e.g. {"C11MIN": "12"}.

    The tag stands once in front of several items of its group; refused items are left out.
    """
    told: dict[str, str] = {}
    tag = ""
    for group in answer[len(_ANSWER) + 1 : -len(_END)].split(b";"):
        for number, item in enumerate(group.split(b",")):
            text = item.rstrip(_DONE).decode("ascii", "replace")
            if number == 0:
                tag, text = text[:_TAG_CHARACTERS], text[_TAG_CHARACTERS:]
            if item.endswith(_DONE):
                told[tag + text[:_TAG_CHARACTERS]] = text[_TAG_CHARACTERS:]
    return told
