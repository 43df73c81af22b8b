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
    """Told apart without looking; six, because people learn no more. Which one a new sentence gets:

    name        colour   rhythm        it means                                        what the person does
    high        green    pi            done, and on disk                               goes on
    low         green    p             the station changed: a mode, a device, a start  goes on, differently
    high-high   yellow   pi pi         this was done before; nothing to do             lays it aside
    high-low    yellow   pi piii       not done; something else is wanted first        looks or listens
    long-low    red      piiiiii       it did not work                                 stops, does it again
    alarm       red      pipipipipi    no answer to a scan: something needs a person   goes there now
    """

    HIGH = "high"
    LOW = "low"
    HIGH_HIGH = "high-high"
    HIGH_LOW = "high-low"
    LONG_LOW = "long-low"
    ALARM = "alarm"


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


def before(zh: str, en: str) -> Phrase:
    """This was done before; nothing to do."""
    return Phrase(Colour.YELLOW, Sound.HIGH_HIGH, zh, en)


def look(zh: str, en: str) -> Phrase:
    """Nothing was done; something else is wanted first."""
    return Phrase(Colour.YELLOW, Sound.HIGH_LOW, zh, en)


def stop(zh: str, en: str) -> Phrase:
    """It did not work, or must not be."""
    return Phrase(Colour.RED, Sound.LONG_LOW, zh, en)


def alarm(zh: str, en: str) -> Phrase:
    """No answer to a scan: something needs a person."""
    return Phrase(Colour.RED, Sound.ALARM, zh, en)
