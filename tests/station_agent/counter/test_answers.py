"""Every sentence: Chinese and English, filled from the same values, told apart by colour and sound."""

import re
import string

import pytest

from station_agent.counter.answers import PHRASES, Answer, Colour, Sound


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
