"""What the station says to the person in front of it: one colour, one sound, one sentence, Chinese first.

Pure data. The sentences stand in `phrases`. Called by the counter; shown by `station_agent.feedback`.
"""

from dataclasses import dataclass, field

from station_agent.counter.phrases import PHRASES
from station_agent.counter.phrases.phrase import Colour, Phrase, Sound

__all__ = ["PHRASES", "Answer", "Colour", "Phrase", "Sound"]


@dataclass(frozen=True, slots=True)
class Answer:
    """One sentence said now, and such as are said behind it: their colour and sound count for nothing."""

    phrase: str
    values: dict[str, str] = field(default_factory=dict)
    also: tuple["Answer", ...] = ()

    @property
    def colour(self) -> Colour:
        """Green, yellow or red."""
        return PHRASES[self.phrase].colour

    @property
    def sound(self) -> Sound:
        """Which beep goes with it."""
        return PHRASES[self.phrase].sound

    @property
    def zh(self) -> str:
        """The sentences in Chinese."""
        return ";".join([PHRASES[self.phrase].zh.format(**self.values), *(answer.zh for answer in self.also)])

    @property
    def en(self) -> str:
        """The sentences in English."""
        return "; ".join([PHRASES[self.phrase].en.format(**self.values), *(answer.en for answer in self.also)])
