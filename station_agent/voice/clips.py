"""The clips that come with the package: which text is which file, and the file as sound.

`clips/readings.tsv` says how each text is read, one a line; the file is named for the reading, so that two texts that
sound alike share it, and a text that is to be read otherwise is another file. A clip is WAV, mono, 8 kHz, mu-law: a
second is 8 kB, and speech needs no more. `aplay` plays no WAV of that format, so what it gets is plain 16 bit.

Called by the player, the doctor and the tool that makes the clips.
"""

from collections.abc import Iterable
from pathlib import Path

from station_agent.voice.numbers import PAUSE

FOLDER = Path(__file__).parent / "clips"
READINGS = "readings.tsv"
RATE_HZ = 8000
BYTES_A_SECOND = 2 * RATE_HZ
"""Of what is played: 16 bit, one channel."""
PAUSE_S = 0.18
LEAD_S = 0.15
"""Silence before the first word: a loudspeaker that was asleep swallows as much."""
LONGEST_S = 20.0
"""Of one sentence; nobody listens longer, and the next answer cuts it off anyway."""
_MULAW = b"\x07\x00\x01\x00" + RATE_HZ.to_bytes(4, "little")
"""The head of a `fmt ` chunk: format 7, one channel, the rate."""


class Clips:
    """The clips in a folder, read when they are wanted."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Read which text is which file; a folder without readings has no clips."""
        self._folder = folder
        self._readings = read_readings(folder)

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Those of `texts` that cannot be said: no reading, no file, or a file that is no clip."""
        return sorted(text for text in set(texts) - {PAUSE} if self._sound(text) is None)

    def sound(self, clips: Iterable[str]) -> bytes:
        """The clips one after the other as 16 bit little-endian, silence before; b"" when there is none to hear."""
        found = [silence(PAUSE_S) if clip == PAUSE else self._sound(clip) or b"" for clip in clips]
        heard = b"".join(found)
        return (silence(LEAD_S) + heard)[: int(LONGEST_S * BYTES_A_SECOND)] if heard else b""

    def _sound(self, text: str) -> bytes | None:
        """One clip, or None when there is no such."""
        reading = self._readings.get(text)
        if reading is None:
            return None
        try:
            return decoded((self._folder / f"{reading}.wav").read_bytes())
        except (OSError, ValueError):
            return None


def silence(length_s: float) -> bytes:
    """So much of nothing."""
    return bytes(2 * round(length_s * RATE_HZ))


def read_readings(folder: Path) -> dict[str, str]:
    """Text -> reading; lines that are neither are passed over, for the test of the clips finds them."""
    try:
        lines = (folder / READINGS).read_text("utf-8").splitlines()
    except (OSError, ValueError):
        return {}
    return dict(line.split("\t") for line in lines if line.count("\t") == 1)


def decoded(wav: bytes) -> bytes:
    """The samples of a clip as 16 bit little-endian; raises ValueError for what is no clip of ours."""
    if wav[:4] != b"RIFF" or wav[8:12] != b"WAVE":
        raise ValueError("no WAV file")
    chunks: dict[bytes, bytes] = {}
    at = 12
    while at + 8 <= len(wav):
        size = int.from_bytes(wav[at + 4 : at + 8], "little")
        chunks[wav[at : at + 4]] = wav[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
    if not chunks.get(b"fmt ", b"").startswith(_MULAW) or not chunks.get(b"data"):
        raise ValueError("not mono, 8 kHz, mu-law")
    return _linear(chunks[b"data"])


def _linear(mulaw: bytes) -> bytes:
    """Mu-law to 16 bit, by table, low and high bytes apart: a sentence takes microseconds even on a small Pi."""
    samples = bytearray(2 * len(mulaw))
    samples[0::2], samples[1::2] = mulaw.translate(_LOW), mulaw.translate(_HIGH)
    return bytes(samples)


def _level(code: int) -> int:
    """One mu-law code as a level (ITU-T G.711): inverted bits; sign, three bits of exponent, four of mantissa."""
    bits = ~code & 0xFF
    level = ((((bits & 0x0F) << 3) + 0x84) << (bits >> 4 & 7)) - 0x84
    return -level if bits & 0x80 else level


_LOW = bytes(_level(code) & 0xFF for code in range(256))
_HIGH = bytes(_level(code) >> 8 & 0xFF for code in range(256))
