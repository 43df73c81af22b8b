"""What the station says to the person in front of it: one colour, one sound, one sentence, Chinese first.

Pure data. The sentences stand in `phrases`. Called by the counter; shown by `station_agent.feedback`.
"""

from typing import NamedTuple

import msgspec

from station_agent.counter.phrases import PHRASES
from station_agent.counter.phrases.phrase import Colour, Phrase, Sound

__all__ = ["PHRASES", "Advice", "Answer", "Colour", "Phrase", "Sound"]


class Advice(NamedTuple):
    """What a person should do, in each language."""

    zh: str
    en: str

    @classmethod
    def of(cls, hint: str) -> "Advice":
        """Part the hint of an error, `中文 / English`; one without both languages is the same in each."""
        zh, slash, en = hint.partition(" / ")
        return cls(zh, en) if slash else cls(hint, hint)


class Answer(msgspec.Struct, frozen=True):
    """One sentence said now, and such as are said behind it: their colour and sound count for nothing.

    `advice` fills the {hint} of sentences that have one.
    """

    phrase: str
    values: dict[str, str] = msgspec.field(default_factory=dict)
    also: tuple["Answer", ...] = ()
    advice: Advice | None = None

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
        return ";".join([PHRASES[self.phrase].zh.format(**self.values_zh), *(answer.zh for answer in self.also)])

    @property
    def values_zh(self) -> dict[str, str]:
        """What fills the Chinese sentence."""
        return self.values if self.advice is None else {**self.values, "hint": self.advice.zh}

    @property
    def en(self) -> str:
        """The sentences in English."""
        return "; ".join([PHRASES[self.phrase].en.format(**self.values_en), *(answer.en for answer in self.also)])

    @property
    def values_en(self) -> dict[str, str]:
        """What fills the English sentence."""
        return self.values if self.advice is None else {**self.values, "hint": self.advice.en}
