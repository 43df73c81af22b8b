"""What the tests of 寄件 share: a desk in that mode, its cards and papers, a flight."""

from dataclasses import dataclass

from station_agent.counter.cards import Word, card_for
from station_agent.counter.goods import Goods, load_goods
from station_agent.counter.site import Site
from tests.station_agent.counter.desk import Desk

SENDER = "YYN00000017"
TOKEN = "00000017"
INSPECTED = "YYCINSPECTED"
PLUM = card_for(Word.PRODUCT, "plum").code
ORANGE = card_for(Word.PRODUCT, "orange").code
BEIJING = card_for(Word.DESTINATION, "bj").code
AIR = card_for(Word.PRICE, "air").code
PARCEL_CLASS = card_for(Word.PRICE, "parcel").code
GOODS: Goods = load_goods()
FIRST, SECOND, THIRD = "SF1385628716739", "YT5409924808522", "JT1234567890123"


@dataclass(frozen=True)
class Flight:
    """A flight of the county's list."""

    flight: str
    cutoff_ms: int
    departs_ms: int = 0
    zh: str = ""
    capacity_kg: int | None = None


def sending(*flights: Flight, screens: bool = False) -> Desk:
    """A desk in the mode 寄件."""
    desk = Desk(site=Site(GOODS, flights, screens, lambda: ""))
    desk.scan("YYCSEND")
    return desk


def key(desk: Desk, digits: str) -> None:
    """Digits from cards, without OK."""
    desk.scans(*(f"YYCD{digit}" for digit in digits))


def bulk(desk: Desk, *said: str) -> None:
    """Open a consignment of crisp plums."""
    assert desk.scans("YYCBULK", SENDER, PLUM, *said, "YYCOK")[-1] == "bulk.opened"
