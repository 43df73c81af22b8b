"""服务: one card one more, the evening's number by keys, nothing of whom it was for."""

import pytest

from station_agent.counter.answers import PHRASES
from station_agent.counter.cards import CARDS, Card, Word
from station_agent.counter.tallies import MAX_TALLIES
from tests.station_agent.counter.desk import OTHER, Desk, kinds, said, value

NOW_S = 1_800_000_000.0
DAY = "2027-01-15"


def services() -> Desk:
    """A station in the services' mode."""
    desk = Desk(now_s=NOW_S)
    desk.scan("YYCSERVICE")
    return desk


def keyed(desk: Desk, digits: str) -> str | None:
    """Digits from cards, then OK; what was said to the OK."""
    return desk.scans(*(f"YYCD{digit}" for digit in digits), "YYCOK")[-1]


@pytest.mark.parametrize("card", [card for card in CARDS.values() if card.word is Word.SERVICE], ids=lambda c: c.value)
def test_each_card_is_one_more_of_its_service_today(card: Card) -> None:
    """Counted by day and service; its sentence exists; another service and another day count from one."""
    desk = services()
    code, service = card.code, card.value
    for count in ("1", "2"):
        decision = desk.scan(code)
        assert (said(decision), value(decision, "count")) == (f"service.{service}", count)
        assert decision.records[0].body == {"service": service, "day": DAY}
    desk.now_s += 86_400
    assert value(desk.scan(code), "count") == "1"
    assert f"service.{service}" in PHRASES


@pytest.mark.parametrize("card", [card for card in CARDS.values() if card.word is Word.STOCK], ids=lambda c: c.value)
def test_packaging_and_baskets_are_counted_and_are_no_service(card: Card) -> None:
    """One more by card, many by the keyed number; the day's services stay as they were, and undo takes one back."""
    desk = services()
    desk.scan("YYCVPAY")
    for count in ("1", "2"):
        decision = desk.scan(card.code)
        assert (said(decision), value(decision, "count")) == (f"stock.{card.value}", count)
        assert (kinds(decision), decision.records[0].body) == (["stock.counted"], {"stock": card.value, "day": DAY})
    assert desk.resumed().counter.attention.mode.value == "service"
    desk.scan("YYCUNDO")
    assert desk.books.tallies.count(DAY, card.value) == 1
    assert desk.scans("YYCTOTAL", card.code) == ["service.which_total", "service.key_total"]
    assert keyed(desk, "50") == f"stock.{card.value}"
    assert desk.written[-1][0].kind == "stock.total"
    assert desk.written[-1][0].body == {"stock": card.value, "day": DAY, "count": 50, "typed": True}
    assert value(desk.scan(card.code), "count") == "51"
    assert desk.books.tallies.of_day(DAY) == 1
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_double_read_counts_once() -> None:
    """The gun's own second read is no second service; the person's second scan is."""
    desk = services()
    desk.scan("YYCVPAY")
    assert kinds(desk.scan("YYCVPAY", repeated=True)) == []
    assert kinds(desk.scan("yycvpay", repeated=True)) == []
    assert desk.books.tallies.count(DAY, "payment") == 1
    assert kinds(desk.scan("YYCVPAY")) == ["service.counted"]


def test_the_evening_number_takes_the_place_of_what_was_counted() -> None:
    """Total card, service, number by cards; marked as typed; cards go on from it."""
    desk = services()
    desk.scan("YYCVPAY")
    assert desk.scans("YYCTOTAL", "YYCVPAY") == ["service.which_total", "service.key_total"]
    assert keyed(desk, "12") == "service.payment"
    assert desk.written[-1][0].body == {"service": "payment", "day": DAY, "count": 12, "typed": True}
    assert value(desk.scan("YYCVPAY"), "count") == "13"
    assert desk.books.tallies.get(f"{DAY} payment").typed  # type: ignore[union-attr]
    assert desk.books.tallies.of_day(DAY) == 13


def test_the_evening_number_in_wrong_orders() -> None:
    """A number without a service, too big a one, a parcel in between: told what is wanted, nothing written."""
    desk = services()
    desk.scan("YYCTOTAL")
    assert keyed(desk, "5") == "service.which_total"
    assert desk.scans(OTHER, "YYCVGOV", OTHER) == ["service.which_total", "service.key_total", "service.key_total"]
    assert keyed(desk, "00012345") == "service.wrong_total"
    assert desk.written == []
    assert desk.scans("YYCCLEAR", "YYCVGOV") == ["task.cleared", "service.government"]


def test_parcels_are_not_for_this_desk() -> None:
    """Told to change the mode; a service card in another mode is told so too."""
    desk = services()
    assert desk.scans(OTHER, "1-1-1000") == ["service.not_parcel", "service.not_parcel"]
    assert desk.scans("YYCIN", "YYCVPAY") == ["mode.in", "card.not_now"]


def test_a_service_is_taken_back() -> None:
    """Undo counts one less; after a power cut the mode is the services'."""
    desk = services()
    desk.scans("YYCVPAY", "YYCVPAY", "YYCUNDO")
    assert desk.books.tallies.count(DAY, "payment") == 1
    assert desk.resumed().counter.attention.mode.value == "service"
    assert desk.rebuilt().rows() == desk.books.rows()


def test_tallies_are_bounded() -> None:
    """The oldest days go first, from the table and never from the record."""
    desk = services()
    for _ in range(MAX_TALLIES // 2 + 3):
        desk.now_s += 86_400
        desk.scans("YYCVPAY", "YYCVGOV")
    assert len(desk.books.tallies) == MAX_TALLIES
    assert desk.rebuilt().rows() == desk.books.rows()
