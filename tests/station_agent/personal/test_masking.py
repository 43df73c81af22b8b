"""What people see of a name, a number, an address is never more than the standard lets them."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.personal.masking import mask_address, mask_name, mask_phone, mask_to_last_four
from station_agent.personal.phones import read_phone

digits = st.text(alphabet="0123456789", min_size=9, max_size=9)
mobiles = digits.map(lambda tail: f"1{3 + int(tail[0]) % 7}{tail}")
anything = st.one_of(st.text(max_size=80), st.text(alphabet="0123456789-*+转号室单元组村三门A ", max_size=80))


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("欧阳娜娜", "欧***"), ("李", "*"), ("", ""), ("  ", ""), (" 张三 ", "张*"),
     ("John Smith", "J***"), ("张三13800138000", "张***"), ("13800138000", "****"), ("😀笑", "**"),
     ("阿卜杜拉·买买提", "阿***")],
)  # fmt: skip
def test_a_name_keeps_its_first_character(name: str, masked: str) -> None:
    """Nothing of a name of one character, nothing that is no letter, and not how long it is."""
    assert mask_name(name) == masked


@given(anything)
def test_a_name_never_shows_more_than_one_letter(name: str) -> None:
    """Whatever is given as a name, telephone numbers too."""
    shown = mask_name(name).replace("*", "")
    assert len(shown) <= 1
    assert not any(letter.isdigit() for letter in shown)
    plain = unicodedata.normalize("NFKC", name).strip()
    assert len(plain) == 0 or shown == "" or (plain.startswith(shown) and len(plain) > 1)


@pytest.mark.parametrize(
    ("number", "masked"),
    [("13800138000", "138******00"), ("+86 138 0013 8000", "138******00"), ("138****5678", "138******78"),
     ("138******78", "138******78"), ("18412345678-4821", "184******78-****"), ("02357681234", "023******34"),
     ("4001234567", "400******7"), ("95013341234567", "950*********67"), ("023-57681234转801", "023******34-****"),
     ("", ""), ("unknown", "***********"), ("1380013800", "***********"), ("张三13800138000", "***********")],
)  # fmt: skip
def test_a_number_hides_six_digits(number: str, masked: str) -> None:
    """The first three and last two at most; an extension wholly; what is no number wholly."""
    assert mask_phone(number) == masked


@given(st.one_of(mobiles, mobiles.map(lambda n: f"{n}-4821"), digits.map(lambda n: f"023{n[:8]}"), anything))
def test_at_least_six_digits_are_hidden(text: str) -> None:
    """Of a number that is understood; of any other text nothing is shown."""
    masked = mask_phone(text)
    shown = re.sub(r"[^0-9]", "", masked)
    phone = read_phone(text)
    if phone is None:
        assert shown == ""
    else:
        assert len(phone.number) - len(shown) >= 6
        assert all(m in ("*", n) for m, n in zip(masked, phone.number, strict=False))


@given(st.one_of(mobiles, mobiles.map(lambda n: f"{n}-4821"), mobiles.map(lambda n: f"{n}-48"), anything))
def test_beside_the_last_four_nothing_else_is_shown(text: str) -> None:
    """Both together still hide six digits: only the four are to be seen."""
    phone = read_phone(text)
    if phone is not None:
        masked = mask_to_last_four(phone)
        assert re.sub(r"[^0-9]", "", masked) == phone.last_four
        assert masked.count("*") >= 6


@pytest.mark.parametrize(
    ("address", "masked"),
    [("重庆市巫山县双龙镇龙雾村3组12号2单元501室", "重庆市巫山县双龙镇龙雾村3组***"),
     ("广东西路88号院3号楼", "广东西路***"), ("阳光小区5-2-501", "阳光小区***"), ("祥和苑A座1203", "祥和苑***"),
     ("平湖西路三号院五楼东户", "平湖西路***"), ("祥云里东单元左手", "祥云里东***"), ("双龙镇龙雾村", "双龙镇龙雾村"),
     ("318国道旁龙雾村", "318国道旁龙雾村"), ("河南省三门峡市", "河南省三门峡市"), ("厦门市", "厦门市"),
     ("龙雾村 13800138000", "龙雾村 ***"), ("阳光小区５栋", "阳光小区***"), ("阳光小区\u0665栋", "阳光小区***"),
     ("", "")],
)  # fmt: skip
def test_an_address_ends_before_the_house(address: str, masked: str) -> None:
    """House, unit, floor, room, and a telephone number written into the line."""
    assert mask_address(address) == masked


@given(anything, st.integers(1, 999), st.sampled_from(["单元", "号楼", "室", "栋", "号", "层"]), anything)
def test_no_unit_and_nothing_behind_it_is_shown(before: str, number: int, unit: str, behind: str) -> None:
    """Wherever in whatever text it stands."""
    masked = mask_address(f"{before}{number}{unit}SECRET{behind}")
    assert f"{number}{unit}" not in masked
    assert "SECRET" not in masked
    assert masked.endswith("***")


@given(st.text(alphabet="龙雾村小区", min_size=190, max_size=199), st.integers(1, 99))
def test_a_very_long_address_is_cut_where_it_is_safe(long: str, number: int) -> None:
    """Where the cut falls into a number of a house, the number goes too."""
    assert mask_address(f"{long}三十{number}号楼" + "x" * 200).rstrip("*") == long
