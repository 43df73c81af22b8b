"""Badges: what is read is what was made, one bit of it changed is refused, and what a genuine one is worth on a day."""

import base64
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.badge import (
    MAX_DAY,
    MAX_ID,
    MAX_TEXT,
    BadBadge,
    Badge,
    BadgeRefused,
    Flaw,
    Role,
    Standing,
    badge_message,
    day_of,
    make_badge,
    read_badge,
)
from sync.keys import verifier
from tests.sync.make_golden import COUNTY_SEED, STATION_SEED, signing_key

COUNTY = signing_key(COUNTY_SEED)
verify = verifier(COUNTY.public)
DAY = 20_000
places = st.text("AZaz09", min_size=1, max_size=1).flatmap(
    lambda first: st.text("AZaz09_.-", max_size=14).map(first.__add__)
)
days = st.tuples(st.integers(0, MAX_DAY), st.integers(0, MAX_DAY)).map(sorted)


def make(number: int = 17, place: str = "L1", pin: str | None = None) -> str:
    """A driver's badge for 365 days."""
    return make_badge(
        COUNTY.sign,
        number=number,
        role=Role.DRIVER,
        place=place,
        first_day=DAY,
        last_day=DAY + 364,
        key=COUNTY.id,
        pin=None if pin is None else (pin, b"salt"),
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(1, MAX_ID), st.sampled_from(Role), places, days, st.booleans())
def test_what_is_read_is_what_was_made(number: int, role: Role, place: str, good: list[int], named: bool) -> None:
    """Every field, in a text a QR code holds as alphanumeric."""
    key = COUNTY.id if named else None
    text = make_badge(COUNTY.sign, number=number, role=role, place=place, first_day=good[0], last_day=good[1], key=key)
    assert read_badge(text, verify) == Badge(number, role, place, good[0], good[1], key)
    assert re.fullmatch("YYB[A-Z2-7]+", text)
    assert len(text) <= MAX_TEXT


def test_the_longest_badge_fits() -> None:
    """Key, PIN and a place of 15 letters: 179 letters of the 180 there are."""
    text = make(MAX_ID, "L12345678901234", "000000")
    assert len(text) == 179
    assert read_badge(text, verify).place == "L12345678901234"


@pytest.mark.parametrize("pin", [None, "123456"])
def test_any_flipped_bit_is_refused(pin: str | None) -> None:
    """Each bit of the text, so also of the payload and the signature, one after the other."""
    text = make(pin=pin).encode()
    for place in range(len(text)):
        for bit in range(8):
            altered = bytearray(text)
            altered[place] ^= 1 << bit
            with pytest.raises(BadBadge):
                read_badge(altered.decode("latin-1"), verify)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=200), st.from_regex(r"\AYYB[A-Z2-7]{0,190}\Z")))
def test_any_text_is_read_or_refused_with_a_hint(text: str) -> None:
    """Whatever a gun reads: a bad badge with something to do, and never another error."""
    with pytest.raises(BadBadge) as refused:
        read_badge(text, verify)
    assert refused.value.hint


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=46))
def test_any_signed_payload_is_read_or_refused(payload: bytes) -> None:
    """What a newer county signs is no reason to stop."""
    signed = payload + COUNTY.sign(badge_message(payload))
    text = "YYB" + base64.b32encode(signed).decode().rstrip("=")
    try:
        outcome: Role | Flaw = read_badge(text, verify).role
    except BadBadge as refused:
        outcome = refused.reason
    assert outcome in (*Role, Flaw.SHAPE, Flaw.FORMAT)


def test_another_countys_badge_is_refused() -> None:
    """The reason says so, for the hint and the record."""
    with pytest.raises(BadBadge) as refused:
        read_badge(make(), verifier(signing_key(STATION_SEED).public))
    assert refused.value.reason is Flaw.SIGNATURE


def test_a_newer_format_asks_for_an_upgrade() -> None:
    """Not the same as damage."""
    signed = bytearray(base64.b32decode(make()[3:] + "=" * (-len(make()[3:]) % 8)))
    signed[0] = 2
    with pytest.raises(BadBadge) as refused:
        read_badge("YYB" + base64.b32encode(bytes(signed)).decode().rstrip("="), verify)
    assert refused.value.reason is Flaw.FORMAT
    assert "upgrade" in refused.value.hint or "too old" in refused.value.hint


@pytest.mark.parametrize(
    ("day", "trusted", "revoked", "standing"),
    [
        (DAY, True, set(), Standing.VALID),
        (DAY + 364, True, {16, 18}, Standing.VALID),
        (DAY + 365, True, set(), Standing.EXPIRED),
        (DAY - 1, True, set(), Standing.NOT_YET),
        (DAY, True, {17}, Standing.REVOKED),
        (DAY + 365, True, {17}, Standing.REVOKED),
        (DAY + 9999, False, set(), Standing.CLOCK_UNKNOWN),
        (DAY, False, {17}, Standing.REVOKED),
    ],
)
def test_what_a_badge_is_worth(day: int, trusted: bool, revoked: set[int], standing: Standing) -> None:
    """Both ends are good days; revoked counts also where nobody knows the day."""
    assert read_badge(make(), verify).standing(day, trusted, revoked) is standing


def test_a_temporary_badge_asks_for_its_pin() -> None:
    """The PIN itself is not in the text; a badge without one asks for none."""
    badge = read_badge(make(pin="012345"), verify)
    assert badge.opens_with("012345")
    assert not any(badge.opens_with(pin) for pin in ("012346", "12345", "", "०१२३४५"))
    assert read_badge(make(), verify).opens_with("")
    assert read_badge(make(18, pin="012345"), verify).pin != badge.pin


@pytest.mark.parametrize(
    "wish",
    [
        {"number": 0},
        {"number": MAX_ID + 1},
        {"place": ""},
        {"place": "线路一"},
        {"place": "L1\n"},
        {"place": "L" * 29},
        {"last_day": DAY - 1},
        {"last_day": MAX_DAY + 1},
        {"pin": ("12345", b"salt")},
        {"pin": ("123456", b"sal")},
    ],
)
def test_what_no_badge_can_say_is_refused_with_a_hint(wish: dict[str, object]) -> None:
    """Before anything is signed."""
    asked = {"number": 17, "place": "L1", "first_day": DAY, "last_day": DAY, "key": COUNTY.id} | wish
    with pytest.raises(BadgeRefused) as refused:
        make_badge(COUNTY.sign, role=Role.COURIER, **asked)  # type: ignore[arg-type]
    assert refused.value.hint


def test_days_begin_at_midnight_in_china() -> None:
    """16:00 UTC is the next day."""
    assert day_of(0) == 0
    assert day_of(16 * 3_600_000 - 1) == 0
    assert day_of(16 * 3_600_000) == 1
