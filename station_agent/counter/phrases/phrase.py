"""One sentence of the station: a colour, a sound, words in Chinese and English. Pure data.

Success, warning and error differ in colour and in sound, since a plain beep was once taken for an error (SecUSo#120)
and colour must never be the only cue.
"""

from dataclasses import dataclass
from enum import StrEnum


class Colour(StrEnum):
    """Green: on disk. Yellow: look, nothing was done. Red: stop, it did not work."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


class Sound(StrEnum):
    """Told apart without looking."""

    HIGH = "high"
    LOW = "low"
    HIGH_LOW = "high-low"
    LONG_LOW = "long-low"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence with its colour and sound; `{name}` is filled from the answer's values."""

    colour: Colour
    sound: Sound
    zh: str
    en: str


def done(zh: str, en: str) -> Phrase:
    """It is on disk."""
    return Phrase(Colour.GREEN, Sound.HIGH, zh, en)


def ready(zh: str, en: str) -> Phrase:
    """Nothing was recorded, and all is well: another mode, a step of an act."""
    return Phrase(Colour.GREEN, Sound.LOW, zh, en)


def look(zh: str, en: str) -> Phrase:
    """Nothing was done: look, or go on."""
    return Phrase(Colour.YELLOW, Sound.HIGH_LOW, zh, en)


def stop(zh: str, en: str) -> Phrase:
    """It did not work, or must not be."""
    return Phrase(Colour.RED, Sound.LONG_LOW, zh, en)
