"""GROW GM65, GM805, GM861 and kin: the small decoder boards in most cheap Chinese guns and kiosks (devices.md B2).

    sent        7E 00 | 08 | 01 | 00 02 | 01 | ck ck      type 08 write zone, length, address, data, check
    answered    02 00 | type | length | data | crc crc    type 00 done, 01 our CRC was wrong, 03 not understood
    then        text CR LF                                may come in the same read as the answer

CRC is CCITT (polynomial 1021h, start 0) over the bytes after the two-byte head, high byte first. AB CD in its place
tells the board not to look; that is the default here, as it is what every published program sends. Answers always carry
a real CRC: what fails it is no answer but text, and text with a 00 in it is refused. Nothing is known here that makes
the board beep for us. Pure; called by supervision.
"""

from binascii import crc_hqx

from drivers.scanners.triggered import Speech, TriggeredDecoder, TriggeredSettings
from drivers.settings import DeviceSettings

SKIP_CHECK = b"\xab\xcd"
REFUSALS = {1: "the scanner found our CRC wrong", 3: "the scanner does not know this command"}
_TYPES = frozenset({0, *REFUSALS})
_HEAD = b"\x02\x00"
_BEYOND_DATA = 6  # head, type, length, check


class Settings(TriggeredSettings, frozen=True, kw_only=True):
    """What a technician may say about a GM65.

    checked: commands carry a real CRC; off, they carry AB CD, which tells the board not to look.
    aim: ask at opening for the AIM prefix, the only reliable way to know the code family. The board keeps it in RAM.
    """

    checked: bool = False
    aim: bool = False


def decoder(settings: DeviceSettings) -> TriggeredDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    checked = settings.checked
    return TriggeredDecoder(
        settings,
        Speech(
            trigger=write_zone(0x0002, 0x01, checked=checked),
            setup=(write_zone(0x00D0, 0x80, checked=checked),) if settings.aim else (),
            starts=_HEAD[:1],
            measure=measure,
            refusal=refusal,
        ),
    )


def write_zone(address: int, value: int, *, checked: bool) -> bytes:
    """Return the command that writes one byte to one address of the board's settings; 0x0002 = 1 triggers a read."""
    body = b"\x08\x01" + address.to_bytes(2, "big") + bytes([value])
    return b"\x7e\x00" + body + (crc_hqx(body, 0).to_bytes(2, "big") if checked else SKIP_CHECK)


def measure(data: bytes) -> int | None:
    """Return how many bytes from the 02 on are an answer: 0 if they are none, None if that cannot be told yet."""
    head = data[:2]
    if head != _HEAD[: len(head)] or (len(data) > 2 and data[2] not in _TYPES):
        return 0
    if len(data) < 4:
        return None
    length = data[3] + _BEYOND_DATA
    if len(data) < length:
        return None
    check = int.from_bytes(data[length - 2 : length], "big")
    return length if crc_hqx(data[2 : length - 2], 0) == check else 0


def refusal(answer: bytes) -> str:
    """Return what a whole answer says went wrong, "" for nothing."""
    return REFUSALS.get(answer[2], "")
