"""An answer as the clips that say it. Pure, the same every time, and total: every text can be said or is left out.

A sentence is cut into runs of Chinese characters; each run is one clip, shared by all sentences that hold it. What
stands between runs is a pause. A value is said as its name and its shape tell:

    code                    a pick-up code, digit by digit
    bag, waybill, ...       its last four digits or letters
    box, to                 a number as a number, "box2" as its number, "A" as a letter
    whatever else           a number as `numbers` reads it; words there are clips for; other words are left out

Called by the player and by the tool that makes the clips.
"""

import re
import string
from collections.abc import Iterator
from functools import cache

from station_agent.counter.answers import PHRASES, Answer
from station_agent.voice.numbers import PAUSE, code, count, identity, one_by_one, quantity
from station_agent.voice.words import (
    DIGITS,
    LETTERS,
    MINUS,
    OF_TIMES,
    ONE_IN_CODES,
    POINT,
    SPOKEN_NAMES,
    TENS,
    TWO_OF,
    WORDS,
)

MOST_CLIPS = 96
"""Of one sentence: six of the longest pick-up codes and how many there are take 90."""
MOST_SAID = 240
"""Of an answer and all that is said behind it; the fullest evening has 140. What would go on beyond is left out whole,
since half a code or half a number misleads."""
LONGEST_VALUE = 120
"""Characters of a value that are looked at: a hint of two sentences in two languages."""
LONGEST_SEGMENT = 30
"""Characters one clip may say; its file is named for how it is read, and a name has 255 bytes."""
MOST_SPELLED = 3
"""Letters in a row that are spelled: USB, SIM. A longer word is a name for the eye and is left out."""

CODES = frozenset({"code", "codes"})
IDENTITIES = frozenset({"bag", "waybill", "phone", "seal", "last4", "parcel"})
LABELS = frozenset({"box", "to"})

_HAN = "\u3007\u4e00-\u9fff"
_PIECES = re.compile(
    rf"(?P<han>[{_HAN}]+)|(?P<number>-?[0-9][0-9.:-]*(?<![.:-]))|(?P<word>[A-Za-z]+)|(?P<blank>\s+)|(?P<mark>.)",
    re.DOTALL,
)


def spoken(answer: Answer) -> list[str]:
    """The names of the clips that say `answer` and what follows it, at most MOST_SAID; PAUSE is among them."""
    said: list[str] = []
    for sentence in (answer, *answer.also):
        clips = [*said, PAUSE, *_sentence(sentence)[:MOST_CLIPS]]
        if len(clips) > MOST_SAID:
            break
        said = clips
    return _breathing(said)


def _sentence(answer: Answer) -> list[str]:
    """One sentence, without what is said behind it."""
    said: list[str] = []
    fields = list(string.Formatter().parse(PHRASES[answer.phrase].zh))
    for place, (literal, name, _, _) in enumerate(fields):
        said += _literal(literal)
        if name is not None:
            following = fields[place + 1][0].lstrip() if place + 1 < len(fields) else ""
            said += _value(name, answer.values_zh.get(name, ""), following)
    return said


def segments(text: str) -> list[str]:
    """The runs of Chinese characters of a sentence, its placeholders aside."""
    return [run for literal, _, _, _ in string.Formatter().parse(text) for run in re.findall(f"[{_HAN}]+", literal)]


@cache
def vocabulary() -> frozenset[str]:
    """Every clip there must be: no sentence needs another, and none of these is without use."""
    fixed = {segment for phrase in PHRASES.values() for segment in segments(phrase.zh)}
    signs = {*DIGITS, *TENS[1:], ONE_IN_CODES, TWO_OF, POINT, MINUS, *OF_TIMES, *LETTERS}
    return frozenset(fixed | signs | set(WORDS) | set(SPOKEN_NAMES.values()))


def _literal(text: str) -> Iterator[str]:
    """What stands in a sentence between its values."""
    for piece in _PIECES.finditer(text):
        if piece.lastgroup == "han":
            yield piece[0]
        elif piece.lastgroup == "blank":
            # Beside a value or a number a blank is only typography; between two words it parts them.
            if re.fullmatch(f"[{_HAN}]{{2}}", text[piece.start() - 1 : piece.start()] + text[piece.end() :][:1]):
                yield PAUSE
        else:
            yield from _other(piece, text[piece.end() :].lstrip())


def _value(name: str, text: str, following: str) -> list[str]:
    text = text[:LONGEST_VALUE].strip()
    if name in CODES:
        return [clip for each in text.split("、") for clip in (*code(each), PAUSE)][:-1]
    if name in IDENTITIES:
        return identity(text)
    if name in LABELS:
        return _label(text)
    return quantity(text, following) or list(_free(text, following))


def _label(text: str) -> list[str]:
    """A box is known by its number; one without a number by its letter or word."""
    numbers = re.findall(r"[0-9]+", text)
    if numbers:
        number = numbers[-1]
        return count(int(number)) if len(number) <= 2 else one_by_one(number[-4:])
    return list(_free(text, ""))


def _free(text: str, following: str) -> Iterator[str]:
    """Any other text: its Chinese up to the English after the stroke, as far as there are clips for it."""
    chinese = text.partition(" / ")[0]
    for piece in _PIECES.finditer(chinese):
        if piece.lastgroup == "han":
            yield from _covered(piece[0])
        elif piece.lastgroup == "blank":
            continue
        else:
            yield from _other(piece, chinese[piece.end() :].lstrip() or following)


def _other(piece: re.Match[str], following: str) -> list[str]:
    """What is neither Chinese nor blank: a number, a word in letters, a mark."""
    match piece.lastgroup:
        case "number":
            return quantity(piece[0], following) or one_by_one(piece[0][-LONGEST_SEGMENT:])
        case "word":
            word = piece[0].lower()
            if word in SPOKEN_NAMES:
                return [SPOKEN_NAMES[word]]
            return list(word.upper()) if len(word) <= MOST_SPELLED else []
        case _:
            return [PAUSE]


def _covered(run: str) -> list[str]:
    """A run of Chinese in the fewest clips that say all of it; nothing when they cannot, for half a word misleads."""
    best: list[list[str] | None] = [[]] + [None] * len(run)
    for end in range(1, len(run) + 1):
        for start in range(max(0, end - LONGEST_SEGMENT), end):
            before, word = best[start], run[start:end]
            if before is not None and word in vocabulary():
                now = best[end]
                if now is None or len(before) + 1 < len(now):
                    best[end] = [*before, word]
    return best[-1] or []


def _breathing(clips: list[str]) -> list[str]:
    """No pause at either end and never two in a row."""
    said: list[str] = []
    for clip in clips:
        if clip != PAUSE or (said and said[-1] != PAUSE):
            said.append(clip)
    return said[:-1] if said and said[-1] == PAUSE else said
