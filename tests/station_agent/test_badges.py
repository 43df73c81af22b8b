"""Badges signed by a county: what the counter hears of each, and that PINs open only their own."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from station_agent.badges import CountyBadges
from station_agent.counter.road import Holder
from station_agent.counter.tokens import paper_of
from sync.badge import DAY_MS, Role, make_badge

COUNTY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = COUNTY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
DAY = 20_000
NOON_MS = DAY * DAY_MS


def badge(
    sign: Callable[[bytes], bytes] = COUNTY.sign, *, role: Role = Role.DRIVER, pin: tuple[str, bytes] | None = None
) -> str:
    """A badge good for three days around DAY, as a gun reads it."""
    text = make_badge(sign, number=7, role=role, place="L1", first_day=DAY - 1, last_day=DAY + 1, pin=pin)
    paper = paper_of(text)
    assert paper is not None
    assert paper.sort == "badge"
    return paper.number


def read(text: str, days: int = 0, *, trusted: bool = True, revoked: tuple[int, ...] = ()) -> Holder | None:
    """What the counter hears of it so many days after DAY."""
    return CountyBadges(PUBLIC, lambda: revoked).read(text, NOON_MS + days * DAY_MS, trusted=trusted)


@pytest.mark.parametrize(
    ("days", "trusted", "revoked", "flaw"),
    [
        (0, True, (), ""),
        (2, True, (), "expired"),
        (-2, True, (), "not_yet"),
        (0, True, (7,), "revoked"),
        (2, False, (), "clock"),
        (2, False, (7,), "revoked"),
    ],
)
def test_what_a_genuine_badge_is_worth(days: int, trusted: bool, revoked: tuple[int, ...], flaw: str) -> None:
    """Its number and line are known whatever its flaw; without a trusted clock only the list of revoked ones counts."""
    holder = read(badge(), days, trusted=trusted, revoked=revoked)
    assert holder == Holder("7", place="L1", flaw=flaw)


def test_a_badge_of_another_county_is_somebody_s_all_the_same() -> None:
    """False, and the same text is the same stranger; another text another."""
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(31) + b"1")
    first, again = read(badge(stranger.sign)), read(badge(stranger.sign))
    other = read(badge(stranger.sign, role=Role.COURIER))
    assert first is not None
    assert other is not None
    assert (first.flaw, first.carries, first) == ("false", True, again)
    assert first.who != other.who


def test_a_damaged_badge_is_nobody() -> None:
    """Letters are missing: it is to be scanned again."""
    assert read(badge()[:-1]) is None


@pytest.mark.parametrize(
    ("role", "carries"),
    [(Role.DRIVER, True), (Role.COURIER, True), (Role.ATTENDANT, False), (Role.TECHNICIAN, False)],
)
def test_who_may_take_bags(role: Role, carries: bool) -> None:
    """Drivers and couriers."""
    holder = read(badge(role=role))
    assert holder is not None
    assert holder.carries is carries


def test_a_pin_opens_its_own_badge_only() -> None:
    """A badge without one asks for none."""
    plain, locked = read(badge()), read(badge(pin=("246810", b"salt")))
    assert plain is not None
    assert locked is not None
    assert plain.opens_with is None
    assert locked.opens_with is not None
    assert [locked.opens_with(pin) for pin in ("246810", "246811")] == [True, False]
