"""Check digits: worked examples from the sources, and what a single changed digit does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.waybill import Check, identify, own_bag_code
from station_agent.waybill.checkdigits import (
    gs1_check_digit,
    gs1_fits,
    identity_check_character,
    identity_fits,
    s10_check_digit,
)
from station_agent.waybill.countries import ALSO_ISSUING, ASSIGNED

DIGITS = "0123456789"
S10_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


def digits(length: int) -> st.SearchStrategy[str]:
    """Texts of exactly so many ASCII digits."""
    return st.text(alphabet=DIGITS, min_size=length, max_size=length)


def changed(code: str, place: int, step: int) -> str:
    """The code with one digit replaced by another."""
    return f"{code[:place]}{(int(code[place]) + step) % 10}{code[place + 1 :]}"


@pytest.mark.parametrize(
    ("serial", "check"),
    [("12345678", "5"), ("47312482", "9"), ("10000014", "0"), ("00000001", "4")],
)
def test_s10_worked_examples(serial: str, check: str) -> None:
    """The published S10 examples come out; remainder 1 is written 0."""
    assert s10_check_digit(serial) == check


@given(serial=digits(8), place=st.integers(0, 7), step=st.integers(1, 9))
def test_s10_sees_one_changed_digit(serial: str, place: int, step: int) -> None:
    """One changed serial digit makes an item invalid, save where S10 itself writes two remainders (0 and 6) as 5."""
    mistyped = changed(serial, place, step)
    rest = {
        sum(int(digit) * weight for digit, weight in zip(text, S10_WEIGHTS, strict=True)) % 11
        for text in (serial, mistyped)
    }
    found = identify(f"RR{mistyped}{s10_check_digit(serial)}CN")
    assert found.valid == (rest == {0, 6})
    assert found.check is (Check.OK if rest == {0, 6} else Check.FAILED)


@given(serial=digits(8), step=st.integers(1, 9))
def test_s10_sees_a_changed_check_digit(serial: str, step: int) -> None:
    """A wrong check digit alone makes an item invalid."""
    assert not identify(f"RR{serial}{changed(s10_check_digit(serial), 0, step)}CN").valid


@given(body=digits(17), place=st.integers(0, 17), step=st.integers(1, 9))
def test_gs1_sees_every_changed_digit(body: str, place: int, step: int) -> None:
    """Any single changed digit, the check digit included, breaks a GS1 number of 18 digits."""
    code = body + gs1_check_digit(body)
    assert gs1_fits(code)
    assert not gs1_fits(changed(code, place, step))


@given(body=digits(11), place=st.integers(2, 12), step=st.integers(1, 9))
def test_a_mistyped_chinese_product_is_invalid(body: str, place: int, step: int) -> None:
    """A product code from 690 to 699 with one wrong digit is shown as invalid, never as a waybill."""
    code = "69" + body[:10] + gs1_check_digit("69" + body[:10])
    assert identify(code).valid
    found = identify(changed(code, place, step))
    assert (str(found.kind), found.valid) == ("gtin13", False)


@given(station=digits(6), serial=st.integers(0, 999_999), place=st.integers(2, 14), step=st.integers(1, 9))
def test_own_bag_sees_every_changed_digit(station: str, serial: int, place: int, step: int) -> None:
    """The code we print for a bag is valid, and any single changed digit makes it invalid."""
    code = own_bag_code(station, serial)
    assert identify(code).valid
    assert not identify(changed(code, place, step)).valid


@given(body=digits(17))
def test_identity_check_has_eleven_characters(body: str) -> None:
    """An identity number's check character fits exactly one of 0-9 and X."""
    assert [char for char in DIGITS + "X" if identity_fits(body + char)] == [identity_check_character(body)]


def test_identity_worked_example() -> None:
    """The example number of GB 11643 ends in X."""
    assert identity_check_character("11010519491231002") == "X"


def test_assigned_countries() -> None:
    """The list of posts has the 191 entries of its source, two letters each, and overlaps nothing."""
    assert len(ASSIGNED) == 191
    assert all(len(code) == 2 and code.isalpha() and code.isupper() for code in ASSIGNED | ALSO_ISSUING)
    assert not ASSIGNED & ALSO_ISSUING


@pytest.mark.parametrize("call", [lambda: s10_check_digit("1234567"), lambda: identity_check_character("123")])
def test_wrong_length_is_an_error(call: object) -> None:
    """Arithmetic over the wrong number of digits stops instead of answering."""
    assert callable(call)
    with pytest.raises(ValueError, match="argument"):
        call()
