"""Numbers as people say them."""

import pytest

from station_agent.voice.numbers import LONGEST_CODE, PAUSE, code, count, identity, one_by_one, quantity


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "零"),
        (1, "一"),
        (2, "二"),
        (10, "十"),
        (12, "十二"),
        (20, "二十"),
        (99, "九十九"),
        (100, "一百"),
        (101, "一百零一"),
        (110, "一百一十"),
        (112, "一百一十二"),
        (1000, "一千"),
        (1001, "一千零一"),
        (1010, "一千零一十"),
        (2002, "二千零二"),
        (9999, "九千九百九十九"),
    ],
)
def test_a_count(number: int, said: str) -> None:
    """零 once for a gap, never at the end; 十二 and not 一十二."""
    assert "".join(count(number)) == said


def test_two_of_something() -> None:
    """两件, 两公斤, but 二号箱 and 十二件."""
    assert (count(2, "件"), count(2, "公斤"), count(2, "号箱"), count(12, "件")) == (
        ["两"],
        ["两"],
        ["二"],
        ["十", "二"],
    )


def test_every_count_is_the_number_it_says() -> None:
    """Read back by adding up, each count up to 9999 is itself again."""
    assert [_added_up(count(number)) for number in range(10_000)] == list(range(10_000))


def _added_up(words: list[str]) -> int:
    total, digit = 0, 0
    for word in words:
        if word in "十百千":
            total, digit = total + (digit or 1) * 10 ** ("十百千".index(word) + 1), 0
        else:
            digit = "零一二三四五六七八九".index(word)
    return total + digit


def test_a_pick_up_code_is_read_digit_by_digit() -> None:
    """1 is 幺 there, hyphens are pauses, letters are spelled."""
    assert code("3-2-1008") == ["三", PAUSE, "二", PAUSE, "幺", "零", "零", "八"]
    assert code("a1-2-0012") == ["A", "幺", PAUSE, "二", PAUSE, "零", "零", "幺", "二"]
    assert code("9" * (LONGEST_CODE + 1)) == ["九"] * 4


def test_a_long_id_is_its_last_four() -> None:
    """A bag, a masked phone number, a short one."""
    assert "".join(identity("13800001234")) == "幺二三四"
    assert "".join(identity("138****5678")) == "五六七八"
    assert "".join(identity("77")) == "七七"
    assert identity("袋") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.234", "一点二三四"),
        ("1.500", "一点五"),
        ("12.05", "十二点零五"),
        ("0.500", "零点五"),
        ("-0.5", "负零点五"),
        ("-0.0", "零"),
        ("-18", "负十八"),
        ("14:05", "十四点零五分"),
        ("8:30", "八点三十分"),
        ("18:00", "十八点整"),
        ("2026-07-01", "二零二六年七月一日"),
        ("123456", "幺二三四五六"),
        ("1234567", "四五六七"),
        ("007", "零零七"),
    ],
)
def test_a_number_is_read_as_its_shape_tells(text: str, said: str) -> None:
    """Weights and temperatures with their point, times, dates, and long numbers by their end."""
    assert "".join(quantity(text) or []) == said


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "25:00", "--1", "一", "1e5", "٣"])
def test_what_is_no_number_is_none(text: str) -> None:
    """Not guessed at."""
    assert quantity(text) is None


def test_two_kilograms() -> None:
    """2.000 公斤 is 两公斤; 2.5 is 二点五."""
    assert quantity("2.000", "公斤") == ["两"]
    assert quantity("2.5", "公斤") == ["二", "点", "五"]


def test_one_by_one_neither_begins_nor_ends_with_a_pause() -> None:
    """Whatever stands around the digits."""
    assert one_by_one("--7--8--") == ["七", PAUSE, "八"]
