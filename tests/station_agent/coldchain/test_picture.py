"""The picture: well-formed, honest about gaps, small, and the same for the same data."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.coldchain.picture import Line, Picture, Sample, Stay, svg
from station_agent.coldchain.words import degrees

START_MS = 1_752_019_200_000
HOUR_MS = 3_600_000


def picture(samples: list[Sample], hours: int = 2, **more: Any) -> Picture:
    """Two hours of an express plum box from 2025-07-09 08:00 in China."""
    fields: dict[str, Any] = {"zh": "1 号箱", "en": "box 1", "low_mc": 0, "high_mc": 5000, **more}
    return Picture(samples=samples, start_ms=START_MS, end_ms=START_MS + hours * HOUR_MS, **fields)


def minutes(*temperatures: int | None) -> list[Sample]:
    """A value every minute."""
    return [Sample(START_MS + at * 60_000, mc) for at, mc in enumerate(temperatures)]


def words(text: str) -> list[str]:
    """All words in the picture."""
    return [found.text or "" for found in ElementTree.fromstring(text).iter() if found.tag.endswith("text")]


def test_it_says_what_it_shows_chinese_first() -> None:
    """Title, local time, day, limits as people say them, door and legend."""
    more: dict[str, Any] = {
        "lines": [Line(5001, "预警", "warn"), Line(-500, "冻害", "freezing"), Line(40_000, "远", "far")],
        "stays": [Stay(START_MS, START_MS + HOUR_MS, 3, True), Stay(START_MS, START_MS, 4, False)],
        "doors": [(START_MS, START_MS + 60_000)],
    }
    found = words(svg(picture(minutes(*[3000] * 121), **more)))
    assert found[:2] == ["1 号箱", "box 1"]
    expected = {"08:00", "7月9日", "上限 high 5", "预警 warn >5", "冻害 freezing −0.5", "报警 3", "超限 4", "开门"}
    assert expected <= set(found)
    assert not any("远" in word for word in found)


def test_the_curve_is_broken_at_a_gap() -> None:
    """Two lines and a hatched, named column; never a line across."""
    text = svg(picture(minutes(*[3000] * 40, *[None] * 41, *[3000] * 40)))
    assert text.count("<polyline") == 2
    assert "无数据" in words(text)
    assert text.count('fill="url(#unknown)"') == 2  # the gap, and the legend


def test_a_lonely_value_is_a_dot() -> None:
    """It has no line."""
    text = svg(picture(minutes(3000)))
    assert ("<circle" in text, "<polyline" in text) == (True, False)


def test_names_cannot_break_out() -> None:
    """What people typed is text."""
    text = svg(picture([], zh="<script>&", en="]]>"))
    assert "<script>" not in text
    assert words(text)[0] == "<script>&"


def test_weeks_stay_small_and_keep_their_peaks() -> None:
    """Ten thousand minutes in under 100 kB, with the one hot minute still on the paper."""
    values = [3000] * 10_080
    values[5000] = 14_000
    text = svg(picture(minutes(*values), hours=168))
    assert len(text) < 100_000
    heights = [float(y) for y in re.findall(r"[\d.]+,([\d.]+)", text)]
    assert min(heights) < max(heights) - 100


def test_a_time_without_length_is_refused() -> None:
    """Nothing could be drawn."""
    with pytest.raises(ValueError, match="length"):
        svg(picture([], hours=0))


@given(st.lists(st.none() | st.integers(-40_000, 60_000), max_size=130), st.integers(1, 2000))
def test_any_row_of_values_gives_a_picture(values: list[int | None], hours: int) -> None:
    """Well-formed, within the paper, the same twice."""
    drawn = picture(minutes(*values), hours=hours)
    text = svg(drawn)
    assert text == svg(drawn)
    root = ElementTree.fromstring(text)
    for found in root.iter("{http://www.w3.org/2000/svg}rect"):
        assert float(found.get("height", "0")) >= 0
    assert len(words(text)) < 60


@pytest.mark.parametrize(
    ("temperature_mc", "shown"),
    [(0, "0.0"), (-49, "0.0"), (-50, "-0.1"), (-500, "-0.5"), (12_345, "12.3"), (9950, "10.0")],
)
def test_degrees_for_people(temperature_mc: int, shown: str) -> None:
    """One decimal; no minus before nothing."""
    assert degrees(temperature_mc) == shown
