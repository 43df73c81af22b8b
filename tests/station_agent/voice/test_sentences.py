"""An answer as clips: every sentence can be said, whatever its values hold."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.outages import GONE_HINT, SILENT_HINT
from drivers.ports import PLUG_HINT
from drivers.ports_node import PLUG_HINT as NODE_HINT
from station_agent.coldchain.profiles import load_profiles
from station_agent.counter.answers import PHRASES, Advice, Answer
from station_agent.counter.desks.handing_out import MAX_TOLD
from station_agent.counter.goods import load_goods
from station_agent.voice.numbers import PAUSE
from station_agent.voice.sentences import LONGEST_SEGMENT, MOST_CLIPS, MOST_SAID, segments, spoken, vocabulary


def said(name: str, **values: str) -> str:
    """The clips as one line, a comma for a pause."""
    return " ".join("," if clip == PAUSE else clip for clip in spoken(Answer(name, values)))


@pytest.mark.parametrize(
    ("name", "values", "line"),
    [
        ("parcel.received", {"code": "3-2-1008"}, "入库 , 取件码 三 , 二 , 幺 零 零 八"),
        ("parcel.weighed", {"weight_kg": "1.234"}, "重量 一 点 二 三 四 公斤"),
        ("parcel.weighed", {"weight_kg": "2.000"}, "重量 两 公斤"),
        ("bag.received", {"bag": "20712345"}, "总包已收 二 三 四 五"),
        ("station.ready", {"here": "2"}, "驿站已就绪 , 在架 两 件"),
        ("box.put", {"box": "2"}, "已放 二 号箱"),
        ("box.put", {"box": "box12"}, "已放 十二 号箱".replace("十二", "十 二")),
        ("box.put", {"box": "A"}, "已放 A 号箱"),
        ("box.refused", {"goods": "疫苗"}, "疫苗 不收"),
        (
            "device.fault",
            {"device": "gun", "hint": "检查电源和 USB 线,唤醒设备 / check power"},
            "扫描枪 有故障 , 检查电源和 U S B 线 , 唤醒设备",
        ),
        ("device.fault", {"device": "rs485", "hint": ""}, "R S 四 百 八 十 五 有故障"),
        ("device.fault", {"device": "somewhere", "hint": "天书"}, "有故障"),
        ("not_saved", {}, "没有存上 , 请勿放行"),
    ],
)
def test_what_is_said(name: str, values: dict[str, str], line: str) -> None:
    """Codes digit by digit, counts as numbers, bags by their end; what there is no clip for is left out."""
    assert said(name, **values) == line


def test_half_a_word_is_never_said() -> None:
    """A run of a value is said when clips cover all of it, else not at all: 疫苗箱 is not 疫苗."""
    assert said("box.refused", goods="疫苗疫苗") == "疫苗 疫苗 不收"
    assert said("box.refused", goods="疫苗与猫") == "不收"


@pytest.mark.parametrize("hint", [PLUG_HINT, NODE_HINT, SILENT_HINT, GONE_HINT])
def test_the_hints_of_the_counter_are_said_whole(hint: str) -> None:
    """What to do about a device that failed is heard, word for word."""
    answer = Answer("device.fault", {"device": ""}, advice=Advice.of(hint))
    heard = "".join(clip for clip in spoken(answer) if clip != PAUSE)
    chinese = re.sub(r"[^\u4e00-\u9fffA-Z]", "", hint.partition(" / ")[0])
    assert heard == "有故障" + chinese


def test_goods_that_are_refused_are_named() -> None:
    """Of the profiles that come with the package."""
    refused = [profile.zh for profile in load_profiles() if profile.refused]
    assert refused
    for goods in refused:
        assert said("box.refused", goods=goods) == f"{goods} 不收"


@pytest.mark.parametrize("name", sorted(PHRASES))
def test_every_sentence_is_said_whole(name: str) -> None:
    """Every Chinese character of it, in order, in clips that are not too long."""
    fields = {field for _, field, _, _ in string.Formatter().parse(PHRASES[name].zh) if field}
    clips = spoken(Answer(name, dict.fromkeys(fields, "")))
    characters = "".join(re.findall(r"[\u4e00-\u9fff]", re.sub(r"\{.*?\}", "", PHRASES[name].zh)))
    assert "".join(clip for clip in clips if re.match(r"[\u4e00-\u9fff]", clip)) == characters
    assert all(len(clip) <= LONGEST_SEGMENT for clip in clips), "part the sentence with a comma"


@given(st.sampled_from(sorted(PHRASES)), st.text(max_size=300) | st.from_regex(r"[-0-9.:]{0,200}", fullmatch=True))
def test_any_value_can_be_said(name: str, value: str) -> None:
    """Whatever a value holds: clips there are, not too many, the same again, no pause twice or at an end."""
    fields = {field for _, field, _, _ in string.Formatter().parse(PHRASES[name].zh) if field}
    answer = Answer(name, dict.fromkeys(fields, value))
    clips = spoken(answer)
    assert clips == spoken(answer)
    assert len(clips) <= MOST_CLIPS
    assert set(clips) <= vocabulary() | {PAUSE}
    line = "".join("," if clip == PAUSE else "x" for clip in clips)
    assert not line.startswith(",")
    assert ",," not in line


def test_the_fullest_evening_is_said_to_its_end() -> None:
    """The today card with every line it has and large numbers: repairs and checks that come last are heard too."""
    names = [name for name in PHRASES if name.startswith(("today.", "check.due.", "parcel.overdue"))]
    names.remove("today.day")
    counts = {"received": "123", "collected": "98", "here": "257"}
    behind = tuple(Answer(name, {"count": "123"}) for name in names)
    heard = "".join(spoken(Answer("today.day", counts, behind)))
    assert len(behind) > 18
    for name in names:
        assert segments(PHRASES[name].zh)[-1] in heard


@pytest.mark.parametrize("name", sorted(name for name in PHRASES if "{codes}" in PHRASES[name].zh))
def test_as_many_codes_as_are_told_are_said_whole(name: str) -> None:
    """Six of the longest there are: half a code would send somebody to another shelf."""
    clips = spoken(Answer(name, {"count": "9999", "codes": "、".join(["12-12-100008"] * MAX_TOLD)}))
    assert "".join(clip for clip in clips if clip != PAUSE).endswith("幺二幺二幺零零零零八" * MAX_TOLD)


def test_what_does_not_fit_is_left_out_whole() -> None:
    """An answer with more behind it than anybody listens to ends with a whole sentence."""
    many = tuple(Answer("out.more", {"count": "6", "codes": "、".join(["3-2-1008"] * 6)}) for _ in range(9))
    clips = spoken(Answer("parcel.collected", {"code": "3-2-1008"}, many))
    assert len(clips) <= MOST_SAID
    assert [clip for clip in clips if clip != PAUSE][-6:] == ["三", "二", "幺", "零", "零", "八"]


def test_the_names_of_all_goods_are_spoken() -> None:
    """Products, price classes and destinations as they are shipped have their clips."""
    goods = load_goods()
    names = [product.zh for product in goods.products]
    names += [price.zh for price in goods.prices] + [place.zh for place in goods.destinations]
    assert {run for name in names for run in segments(name)} <= vocabulary()
