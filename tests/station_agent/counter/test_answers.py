"""Every sentence: Chinese and English, filled from the same values, told apart by colour and sound."""

import ast
import re
import string
from pathlib import Path

import pytest

import station_agent
from station_agent.counter.answers import PHRASES, Advice, Answer, Colour, Sound
from tests.drivers.test_hints import FILES, hints


@pytest.mark.parametrize("name", sorted(PHRASES))
def test_a_phrase_says_the_same_in_both_languages(name: str) -> None:
    """Both name the same values (an English word of its own ends in _en); the Chinese one is Chinese."""
    phrase = PHRASES[name]
    zh, en = ({field for _, field, _, _ in string.Formatter().parse(text) if field} for text in (phrase.zh, phrase.en))
    assert zh == {name.removesuffix("_en") for name in en}
    assert re.search(r"[\u4e00-\u9fff]", phrase.zh) or phrase.zh == phrase.en == "{digit}"
    answer = Answer(name, dict.fromkeys(zh | en, "X"))
    assert "{" not in answer.zh + answer.en


def test_colours_have_sounds_of_their_own() -> None:
    """No sound belongs to two colours: green, yellow and red are told apart without looking."""
    sounds: dict[Sound, set[Colour]] = {}
    for name in PHRASES:
        sounds.setdefault(Answer(name).sound, set()).add(Answer(name).colour)
    assert all(len(colours) == 1 for colours in sounds.values())
    assert set(sounds) == set(Sound)


REFUSALS = [Path(station_agent.__file__).parent / place for place in ("journal/refusals.py", "agent.py")]
HINTS = sorted({hint for path in (*FILES, *REFUSALS) for hint in hints(ast.parse(path.read_text("utf-8")))})


@pytest.mark.parametrize("phrase", ["device.fault", "not_saved"])
def test_each_half_of_a_sentence_has_its_own_language(phrase: str) -> None:
    """Whatever repair a driver or the card asks for, the English half has no Chinese, the Chinese half no English."""
    assert len(HINTS) > 30
    for hint in HINTS:
        answer = Answer(phrase, {"device": "gun"}, advice=Advice.of(hint))
        zh, en = hint.split(" / ", 1)
        assert answer.zh.endswith(f":{zh}")
        assert answer.en.endswith(f": {en}")
        assert not any("\u4e00" <= letter <= "\u9fff" for letter in answer.en)


def test_a_hint_of_one_language_is_said_in_both() -> None:
    """A command to type needs no translation."""
    answer = Answer("not_saved", advice=Advice.of("chmod 600 station.key"))
    assert answer.zh.endswith(":chmod 600 station.key")
    assert answer.en.endswith(": chmod 600 station.key")
