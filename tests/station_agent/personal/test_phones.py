"""Telephone numbers as people key them and lists bring them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.personal.phones import MAX_TEXT, PhoneKind, read_phone

MOBILE, VIRTUAL, FIXED, MASKED = PhoneKind.MOBILE, PhoneKind.VIRTUAL, PhoneKind.FIXED, PhoneKind.MASKED

CASES = [
    ("13800138000", MOBILE, "13800138000", "8000"),
    ("+86 138-0013-8000", MOBILE, "13800138000", "8000"),
    ("0086 138 0013 8000", MOBILE, "13800138000", "8000"),
    ("8613800138000", MOBILE, "13800138000", "8000"),
    ("013800138000", MOBILE, "13800138000", "8000"),
    ("+86 0138 0013 8000", MOBILE, "13800138000", "8000"),
    ("0184123456784821", VIRTUAL, "18412345678-4821", "4821"),
    (" １３８００１３８０００\n", MOBILE, "13800138000", "8000"),
    ("(138)0013.8000", MOBILE, "13800138000", "8000"),
    ("138\u20130013\u20138000", MOBILE, "13800138000", "8000"),
    ("18412345678-4821", VIRTUAL, "18412345678-4821", "4821"),
    ("18412345678转4821", VIRTUAL, "18412345678-4821", "4821"),
    ("184 1234 5678 转分机 4821", VIRTUAL, "18412345678-4821", "4821"),
    ("+86184-1234-5678,4821", VIRTUAL, "18412345678-4821", "4821"),
    ("184123456784821", VIRTUAL, "18412345678-4821", "4821"),
    ("18412345678-12", VIRTUAL, "18412345678-12", "5678"),
    ("95013341234567", VIRTUAL, "95013341234567", "4567"),
    ("95013341234567-4821", VIRTUAL, "95013341234567-4821", "4821"),
    ("023-57681234", FIXED, "02357681234", "1234"),
    ("01087654321", FIXED, "01087654321", "4321"),
    ("(023)57681234转801", FIXED, "02357681234-801", "1234"),
    ("0571-8888888-1", FIXED, "05718888888-1", "8888"),
    ("0571-88888888", FIXED, "057188888888", "8888"),
    ("400-123-4567", FIXED, "4001234567", "4567"),
    ("138****5678", MASKED, "138****5678", "5678"),
    ("138XXXX5678", MASKED, "138****5678", "5678"),
    ("138******78", MASKED, "138******78", ""),
    ("+86138****5678", MASKED, "138****5678", "5678"),
]


@pytest.mark.parametrize(("text", "kind", "kept", "four"), CASES, ids=[case[0].strip() for case in CASES])
def test_a_number_is_understood_however_it_is_written(text: str, kind: PhoneKind, kept: str, four: str) -> None:
    """Its kind, the one text it is kept as, and what its owner says at the counter."""
    phone = read_phone(text)
    assert phone is not None
    assert (phone.kind, phone.text, phone.last_four) == (kind, kept, four)


@pytest.mark.parametrize(
    "text",
    ["", "57681234", "1380013800", "138001380001", "1380013800012", "12800138000", "張三", "138**138000", "0000000000",
     "13800138000转", "13800138000-1234567", "138****5678-1234", "SF1234567890123", "110101199003070011", "1" * 1000],
)  # fmt: skip
def test_what_is_no_number_is_none(text: str) -> None:
    """One digit too few or too many, a local number, an identity card, a waybill, nothing."""
    assert read_phone(text) is None


@given(st.text(alphabet=st.one_of(st.sampled_from("0123456789-*+()转, x１２"), st.characters()), max_size=60))
def test_any_text_is_answered_and_what_is_kept_is_read_the_same(text: str) -> None:
    """No text is too odd; a normalised number normalises to itself."""
    phone = read_phone(text)
    if phone is not None:
        assert len(text) <= MAX_TEXT
        assert read_phone(phone.text) == phone
        assert len(phone.last_four) in (0, 4)
        assert set(phone.text) <= set("0123456789*-")


def test_a_number_never_shows_itself() -> None:
    """Errors and logs print values: this one says its kind and nothing else."""
    phone = read_phone("13800138000")
    assert f"{phone!r}{phone}{[phone]}" == "Phone(mobile)Phone(mobile)[Phone(mobile)]"
