"""What is never taken: payment codes, identity and phone numbers, addresses, text; and that none of it is kept."""

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.waybill import Identification, Kind, Refusal, Refused, identify, normalise, screen
from station_agent.waybill.checkdigits import gs1_check_digit, identity_check_character
from tests.station_agent.test_waybill_vectors import VECTORS, Vector

PAYMENT = [
    "281234567890123456",  # Alipay, 18
    "2512345678901234",  # Alipay, 16
    "301234567890123456789012",  # Alipay, 24
    "134567890123456789",  # WeChat
    "101234567890123456",
    "159999999999999999",
    "911234567890123456",  # QQ wallet
    "6212345678901234567",  # UnionPay, 19
    "0112345678901234567",  # digital yuan, 19
    "wxp://f2f0abcdefghijklmnopqrstuvwxyz",
    "weixin://wxpay/bizpayurl?pr=abc",
    "https://qr.alipay.com/fkx0123456789abcdef",
    "HTTPS://QR.ALIPAY.COM/FKX0123456789",
    "alipays://platformapi/startapp?appId=20000123",
    "https://qr.95516.com/00010000/62012345678901234567890123456789012345678901234567890123456789",
]
IDENTITY = ["11010519491231002X", "11010519491231002x", "110105194912310021", "500237199002280014", "130503670401001"]


def holds_no_text(found: Identification) -> bool:
    """Whether nothing of the read is in the answer but its length."""
    return (found.code, found.number, found.raw, found.rule, found.candidates, found.parts) == (
        "",
        "",
        "",
        "",
        (),
        None,
    )


@pytest.mark.parametrize("raw", PAYMENT)
def test_payment_codes_are_refused(raw: str) -> None:
    """What a phone shows to pay with is refused, as digits and as a wallet's address, and leaves only a length."""
    found = identify(raw)
    assert found.refused is Refusal.PAYMENT_CODE
    assert found.length == len(raw)
    assert holds_no_text(found)
    assert raw not in repr(found)


@pytest.mark.parametrize("raw", IDENTITY)
def test_identity_numbers_are_refused(raw: str) -> None:
    """A resident's number is refused: with its check, ending in X, with one digit mistyped, and the old 15 digits."""
    found = identify(raw)
    assert found.refused is Refusal.IDENTITY_NUMBER
    assert holds_no_text(found)
    assert raw not in repr(found)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("", Refusal.EMPTY),
        (" \r\n\x1d", Refusal.EMPTY),
        ("]C1", Refusal.EMPTY),
        ("A" * 65, Refusal.TOO_LONG),
        ("9" * 5000, Refusal.TOO_LONG),
        ("SF1385628716739\r\nSF7444475423374", Refusal.TWO_LINES),
        ("JDVA00049341283-1-1-\nJDVA00049341283-2-2-", Refusal.TWO_LINES),
        ("https://example.com/p?c=1", Refusal.WEB_ADDRESS),
        ("www.example.com", Refusal.WEB_ADDRESS),
        ("u.wechat.com/abc", Refusal.WEB_ADDRESS),
        ("WIFI:S:station;P:secret;;", Refusal.WEB_ADDRESS),
        ("tel:13800138000", Refusal.WEB_ADDRESS),
        ("重庆市巫山县双龙镇龙雾村 张三", Refusal.NOT_A_CODE),
        ('{"waybill":"SF1385628716739"}', Refusal.NOT_A_CODE),
        ("0000000000000", Refusal.ALL_ZERO),
        ("000000000000000000000000000000", Refusal.ALL_ZERO),
        ("13800138000", Refusal.PHONE_NUMBER),
    ],
)
def test_what_else_is_refused(raw: str, reason: Refusal) -> None:
    """Each reason of domain.md A1 is told apart, and none keeps the text."""
    found = identify(raw)
    assert (found.refused, found.kind, found.valid, found.length) == (reason, Kind.UNKNOWN, False, len(raw))
    assert holds_no_text(found)


def test_trailing_line_ends_are_not_two_lines() -> None:
    """A scanner that sends CR CR LF behind a code has sent one code."""
    assert identify("SF1385628716739\r\r\n").kind is Kind.SF


def test_screen_gives_a_word_and_a_length() -> None:
    """The refusal itself holds two fields and no room for text; a good code has none."""
    assert screen("13800138000", "13800138000") == Refused(Refusal.PHONE_NUMBER, 11)
    assert screen("SF1385628716739", "SF1385628716739") is None


@pytest.mark.parametrize("vector", [one for one in VECTORS if one.valid], ids=lambda vector: vector.code)
def test_no_valid_code_is_swallowed(vector: Vector) -> None:
    """No refusal touches a recorded valid code."""
    assert identify(vector.code).refused is None


@given(st.from_regex(r"(?:28[0-9]{14,22}|1[0-5][0-9]{16})", fullmatch=True))
def test_every_wallet_number_is_refused(raw: str) -> None:
    """Any number in Alipay's or WeChat's ranges is refused, a fitting SSCC check notwithstanding."""
    assert identify(raw).refused in (Refusal.PAYMENT_CODE, Refusal.IDENTITY_NUMBER)


@given(
    born=st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31)),
    region=st.sampled_from(["110105", "500237", "810000", "911156"]),
    order=st.integers(0, 999),
)
def test_every_identity_number_is_refused(born: date, region: str, order: int) -> None:
    """Any number with a known region, a day from 1900 to 2099 and its check character is refused as what it is."""
    body = f"{region}{born:%Y%m%d}{order:03d}"
    assert identify(body + identity_check_character(body)).refused is Refusal.IDENTITY_NUMBER


def test_an_sscc_is_not_an_identity_number() -> None:
    """Eighteen digits with a fitting GS1 check and an impossible birthday stay a logistic unit."""
    body = "36901234561399001"
    assert identify(body + gs1_check_digit(body)).kind is Kind.SSCC


def test_an_sscc_that_could_be_a_birthday_is_kept_when_only_its_own_check_fits() -> None:
    """A mistyped identity number is refused only where no other check speaks for the digits."""
    body = "36901219900101001"
    code = body + gs1_check_digit(body)
    assert identity_check_character(body) != code[-1]
    assert identify(code).kind is Kind.SSCC


def test_yunda_is_not_an_old_identity_number() -> None:
    """Fifteen digits that would be a plausible old identity number stay a waybill where Yunda or Cainiao begin so."""
    for code, kind in (("310101800101001", Kind.YUNDA), ("621123800101001", Kind.CAINIAO)):
        assert identify(code).kind is kind


@given(st.text(max_size=80))
def test_a_refused_text_is_nowhere(raw: str) -> None:
    """Whatever is refused, every text field of the answer is empty."""
    found = identify(raw)
    assert found.refused is None or holds_no_text(found)


@given(st.text(min_size=1, max_size=40))
def test_a_code_kept_is_plain(raw: str) -> None:
    """A text that is not refused is printable ASCII without spaces, so it can be shown, exported and sent as it is."""
    found = identify(raw)
    if found.refused is None:
        assert found.code == normalise(raw)
        assert found.code.isascii()
        assert found.code.isprintable()
        assert json.loads(json.dumps(found.code)) == found.code


@pytest.mark.parametrize(
    "text", ["13800138000", "86-13800138000", "+8613800138000", "0086-138-0013-8000", "138-0013-8000"]
)
def test_a_mobile_number_is_refused_however_it_is_written(text: str) -> None:
    """With the country's prefix or separators it is still somebody's number."""
    found = identify(text)
    assert found.refused is Refusal.PHONE_NUMBER
    assert found.code == ""


def test_a_china_post_number_that_begins_like_a_country_code_is_a_waybill() -> None:
    """Thirteen bare digits from 861 on are taken: a phone is written with a sign or with eleven digits."""
    what = identify("8613800138000")
    assert what.refused is None
    assert "china_post" in {candidate.carrier for candidate in what.candidates}
