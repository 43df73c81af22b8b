"""Everything at once: all cards, papers, codes and weights through one counter, in whatever order a hand may find.

A seed replays any failure. What must hold whatever was scanned: nothing raises; a scan said well of is on disk; the
gun's own double read writes nothing; the clear card leads out of every task and a mode card out of every mode; the
records alone give the same rows; no parcel is doubled; nobody's number is written or said.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from drivers.readings import Reason
from station_agent.counter.answers import Answer, Colour, Sound
from station_agent.counter.books import Books
from station_agent.counter.cards import CARDS, Word, card_for
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Decision
from station_agent.counter.desks.handing_tasks import Handing
from station_agent.counter.goods import load_goods
from station_agent.counter.road import Holder, Listed, Road
from station_agent.counter.shelves import ENDED, ShelfPlan
from station_agent.counter.site import Site
from station_agent.waybill import own_parcel_code
from sync.entry import Lane
from tests.station_agent.counter import desk as tokens
from tests.station_agent.counter.cold_desk import BADGE, STRANGER, ColdDesk, anna
from tests.station_agent.counter.desk import Desk, Phones
from tests.station_agent.counter.sender import Flight
from tests.station_agent.counter.stops import (
    CLERK,
    DOWN,
    DRIVER,
    DRONE,
    FLAWED,
    LINE,
    OWN,
    OWN2,
    SECOND,
    WITH_PIN,
    Lists,
)
from tests.station_agent.counter.stops import Badges as Drivers

PHONES = ("13800138000", "15912345678")
PIN = "246810"
PLAN = ShelfPlan(shelves=2, layers=2, first=1000, last=1005)
"""Six numbers, so that they run out."""
WAYBILLS = (
    *(tokens.PARCEL, tokens.OTHER, tokens.DOUBTFUL, "432895069186308", "RR123456785CN", "JDVA00049341283"),
    *("YT5409924808523", "JT1234567890123", own_parcel_code("500237", 7), "00106141411234567897"),
)
BAGS = (tokens.BAG, DOWN, OWN, OWN2, tokens.DOUBTFUL_BAG)
PAPERS = ("YYH00000000017", "YYH00000000024", "YYN00000017", "YYN00000024", "YYT50023700000018", "YYT50023700000025")
SHEETS = ("YYF5002370000018", "YYF5002370000025")
SEALS = ("YYS00001", "YYS00002", "YYS00003", "SEAL-77")
BADGES = (DRIVER, SECOND, FLAWED, WITH_PIN, CLERK, BADGE, STRANGER)
NOISE = (tokens.PRODUCT, tokens.PAYMENT, tokens.IDENTITY, tokens.ADDRESS, tokens.GLUED, "", "#", "YYCNOSUCH", "1-1-5")
TYPED = ("1", "2", "3", "12", "0250615", "20250615", "1000", "8000", "5678", "2500", "999999", PIN, *PHONES, "1-1-1001")
OWN_CARDS = (
    *(card_for(Word.BOX, box).code for box in ("1", "2", "3", "9")),
    *(card_for(Word.PRODUCT, product).code for product in ("plum", "orange", "nothing")),
    *(card_for(Word.DESTINATION, place).code for place in ("bj", "nowhere")),
    *(card_for(Word.PRICE, price).code for price in ("air", "parcel", "nothing")),
)
DIGITS = tuple(card.code for card in CARDS.values() if card.word is Word.DIGIT)
EVERYTHING = (*CARDS, *OWN_CARDS, *WAYBILLS, *BAGS, *PAPERS, *SHEETS, *SEALS, *BADGES, *NOISE)
LISTED = {
    tokens.BAG: Listed(tokens.BAG, "down", "L1", pieces=2, waybills=WAYBILLS[:2], due_ms=400_000),
    OWN: Listed(OWN, "up", "L1", due_ms=500_000),
}


@dataclass
class Badges(Drivers):
    """The drivers', and an attendant's."""

    def read(self, text: str, wall_ms: int, *, trusted: bool) -> Holder | None:
        """Number 5 is the attendant's."""
        holder = super().read(text, wall_ms, trusted=trusted)
        return replace(holder, role="attendant") if holder is not None and holder.who == "5" else holder


@dataclass
class Station(ColdDesk):
    """Boxes, lines, lists, badges, goods and phones, all at one counter."""

    plan: ShelfPlan = PLAN
    people: Phones | None = field(default_factory=Phones)
    road: Road = field(default_factory=lambda: Road((LINE, DRONE), expected=Lists(LISTED), badges=Badges()))

    def open(self, books: Books, *, boot: int = 1) -> None:
        """As a station starts, on whatever books are left."""
        super().open(Books(self.plan, self.people, self.road), boot=boot)
        rows = books.rows()
        self.books.load(rows.__getitem__)
        site = Site(load_goods(), (Flight("CZ1", 300_000, zh="北京"),), screens=True)
        self.counter = Counter(self.books, site, self.cold, anna, self.house)


def said_of(answer: Answer | None) -> Iterator[Answer]:
    """An answer and all behind it."""
    if answer is not None:
        yield answer
        for behind in answer.also:
            yield from said_of(behind)


ACTS = (
    *("IN W W W OK", "IN B W sticker W household OK", "IN W W PHONE #13800138000 OK", "W", "W W kg"),
    *("OUT W", "OUT code", "OUT #8000 OK", "OUT household OK", "OUT PROXY code W", "OUT W W W", "OUT =5678 W OK"),
    *("HOUSE household CONSENT", "HOUSE household NOCONSENT", "CALLED W", "PHONE =15912345678", "PHONE =123"),
    *("DAMAGED W", "REFUSED code", "WRONG W", "RETURN W", "HOLD RLIQUID W", "HOLD W RLIVE W", "RELEASE W"),
    *("COMPLAINT W", "COMPLAINT OK", "COMPLAINT =1", "COMPLAINT #2 OK", "UNDO", "UNDO UNDO", "TODAY", "CLEAR"),
    *("SEND sender W INSPECTED kg", "SEND W kg sender INSPECTED", "kg W pan W", "SEND plum bj air W SXYJ LOT =77 W"),
    *(
        "SEND BULK sender plum OK W kg W W kg OK",
        "BULK sender plum AGREEMENT =20250001 NOSCALE OK W W AGREEMENT #2025 OK",
    ),
    *("SEND SCREENED W", "SEND WEIGH W kg", "SEND WEIGH W TYPEDKG =2500", "SEND RELABEL own W", "SEND RELABEL W W"),
    *("TYPEDKG =2500 W", "SEND W TYPEDKG #1200 OK", "NOSCALE W", "SEND LOT seal W", "SEND LOT =13800138000 W"),
    *(
        "PACK B W W kg SEAL seal OK",
        "PACK B W W",
        "PACK own-bag W W seal OK kg",
        "PACK own-bag own-bag W",
        "PACK B SEAL =77 OK",
    ),
    *("UNPACK B W W OK OK", "UNPACK B B SEAL seal W W DAMAGED W OK", "UNPACK B seal W sticker SHORT OK", "UNPACK W OK"),
    *(
        "driver B B driver",
        "driver B SEAL seal kg HOWMANY =2 TBUS stub driver",
        "driver driver2 driver2 B",
        "TEMP B OK",
    ),
    *(
        "HAND DROP B OK",
        "HAND DROP own-bag DROP",
        "driver OVERLOAD B driver driver",
        "pin =246810 B pin",
        "pin =1 pin #2 OK",
    ),
    *(
        "HAND DIRECT W OK",
        "driver DIRECT W stub B driver",
        "driver =1",
        "driver B W IN W driver",
        "driver HOWMANY =15912345678",
    ),
    *("COUNT W W code code OK", "COUNT W sticker OK", "COUNT W OK OK", "COUNT W W COUNT"),
    *(
        "BOX box W W",
        "BOX box plum W W",
        "BOX TAKE W W",
        "BOX REST box",
        "BOX CDOOR box badge",
        "box badge COTHER",
        "cold",
    ),
    *("SERVICE VGOV VGOV VPAY", "TOTAL VPAY =12", "SERVICE TOTAL VSHOP #7 OK", "SERVICE W"),
    *("SERVICE NPACKIN NPACKUSED NBASKETOUT", "SERVICE TOTAL NPACKIN =50", "SERVICE TOTAL NBASKETIN #3 OK"),
    *("DUTYATTEND clerk", "DUTYWELFARE OK", "clerk", "DUTYOFF OK", "OPEN", "MARKET", "CLOSE", "KFIRE KBAD", "KCOLD"),
    *(
        "PAPER sheet =0101 IN W W OUT code SEND W OK",
        "PAPER sheet #0101 OK OUT W W W OK",
        "PAPER sheet =20200101 =20200101",
    ),
    *("any any", "any", "noise", "typed typed", "dark", "wait", "clock"),
)
"""What people do, in the order they should; a slip of the hand is added by the walk. Capitals: a card; =, #: digits
typed at the pad, scanned from cards."""
PLACES: dict[str, tuple[str, ...]] = {
    "W": WAYBILLS,
    "B": BAGS,
    "own": (own_parcel_code("500237", 7),),
    "own-bag": (OWN, OWN2),
    "household": PAPERS[:2],
    "sender": PAPERS[2:4],
    "stub": PAPERS[4:],
    "sheet": SHEETS,
    "seal": SEALS,
    "sticker": ("1-1-1001", "1-2-1003", "2-1-77"),
    "driver": (DRIVER, DRIVER, DRIVER, FLAWED),
    "driver2": (SECOND,),
    "pin": (WITH_PIN,),
    "clerk": (CLERK,),
    "badge": (BADGE, BADGE, STRANGER),
    "box": tuple(card_for(Word.BOX, box).code for box in ("1", "1", "2", "3", "9")),
    "plum": OWN_CARDS[4:7],
    "bj": OWN_CARDS[7:9],
    "air": OWN_CARDS[9:],
    "any": EVERYTHING,
    "noise": NOISE,
}
PAUSES_S = (*(0.2, 0.5, 1.0, 1.0, 1.0, 3.0, 3.0, 3.0) * 6, 40.0, 200.0, 400.0)


class Walk:
    """Somebody at the counter, and what slips from a hand."""

    def __init__(self, seed: int) -> None:
        """`seed` is the whole of its luck."""
        self.luck = random.Random(seed)
        self.station = Station()

    def act(self) -> None:
        """One thing somebody does: in its order, or with a word left out, doubled, or of another act between."""
        luck, words = self.luck, self.luck.choice(ACTS).split()
        slip = luck.random()
        place = luck.randrange(len(words))
        if slip < 0.15:
            del words[place]
        elif slip < 0.3:
            words.insert(place, words[place])
        elif slip < 0.5:
            words.insert(place, luck.choice(luck.choice(ACTS).split()))
        for word in words:
            self.station.now_s += luck.choice(PAUSES_S)
            for decision in self.station.counter.tick(self.station.at("clock")):
                self.heard(decision)
            self.word(word)

    def word(self, word: str) -> None:
        """One scan, weight, or whatever else happens at a counter."""
        station, luck = self.station, self.luck
        counter = station.counter
        match word:
            case "kg":
                self.heard(counter.weight(luck.choice((150.0, 2500.0, 2530.0, 9000.0)), station.at("scale")))
            case "pan":
                self.heard(counter.emptied(station.at("scale")))
                self.heard(counter.no_weight(luck.choice((Reason.OVERLOAD, Reason.MALFORMED)), station.at("scale")))
            case "dark":
                self.restart()
            case "wait":
                station.now_s += luck.choice((400.0, 4000.0, 100_000.0))
            case "clock":
                station.trusted = not station.trusted
            case "cold":
                station.minutes(luck.choice((1, 30, 300)), luck.choice((500, 9000)))
            case "typed":
                self.scan(luck.choice(TYPED), typed=True)
            case "code":
                codes = sorted(parcel.code for parcel in station.shelves.on_shelf())
                self.scan(luck.choice(codes) if codes else "1-1-1003")
            case _:
                self.code(word)

    def code(self, word: str) -> None:
        """A scan, or digits."""
        if word.startswith("="):
            self.scan(word[1:], typed=True)
        elif word.startswith("#"):
            for digit in word[1:]:
                self.scan(f"YYCD{digit}")
        else:
            self.scan(self.luck.choice(PLACES.get(word, (f"YYC{word}",))))

    def scan(self, code: str, *, typed: bool = False) -> None:
        """A scan; the disk may refuse, and the gun may read twice."""
        refused = self.luck.random() < 0.05
        decision = self.station.decide(code, typed=typed)
        self.heard(decision, refused=refused)
        if refused and self.luck.random() < 0.8:
            self.heard(self.station.decide(code, typed=typed))
        elif not refused and not typed and code not in DIGITS and self.luck.random() < 0.2:
            self.station.now_s += 0.3
            again = self.station.decide(code, repeated=True)
            assert not [record for record in again.records if record.lane is Lane.CUSTODY], (code, decision, again)
            self.heard(again)

    def heard(self, decision: Decision, *, refused: bool = False) -> None:
        """What is said fits what is written, and nobody's number is in either."""
        for answer in said_of(decision.answer):
            written = f"{answer.zh} {answer.en} {answer.values}"
            assert not any(phone in written for phone in PHONES), answer
        for record in decision.records:
            assert not any(phone in repr(record.body) for phone in PHONES), record
        answered = decision.answer
        if answered is not None and answered.colour is Colour.GREEN and answered.sound is Sound.HIGH:
            assert decision.records or decision.aside or answered.phrase == "phone.kept", decision
        if refused:
            self.station.books.take(decision.changes)
            self.station.books.take(change.undone for change in reversed(decision.changes))
        else:
            self.station.settle(decision)

    def restart(self) -> None:
        """The power was cut."""
        rows = self.station.books.rows()
        self.station.open(self.station.books, boot=2)
        assert self.station.books.rows() == rows

    def way_out(self) -> None:
        """Clear drops digits, an errand, then the task, though never a handover; a mode card then leads anywhere."""
        station = self.station
        for decision in (station.scan("YYCCLEAR"), station.scan("YYCCLEAR"), station.scan("YYCCLEAR")):
            assert decision.answer is not None
        task = station.counter.attention.task
        assert (task is None or type(task) is Handing, station.counter.attention.keyed) == (True, "")
        station.scan("YYCCOUNT")
        assert station.counter.attention.mode.value == "count"


def one_life_each(station: Desk) -> None:
    """By the entries alone, those taken back left out: no parcel comes in twice, leaves twice, or leaves unseen."""
    custody = [record for record, _ in station.written if record.lane is Lane.CUSTODY]
    undone = {place for record in custody if record.kind == "act.undone" for place in record.body["places"]}
    state: dict[str, str] = {}
    bags: dict[str, str] = {}
    goes_by: dict[str, str] = {}
    trips: dict[str, set[str]] = {}
    for place, record in enumerate(custody):
        if place in undone:
            continue
        waybill = str(record.body.get("waybill"))
        waybill = waybill if waybill in state else goes_by.get(waybill, waybill)
        now, unreceived = state.get(waybill, ""), record.body.get("unreceived")
        match record.kind:
            case "parcel.received":
                assert now in ("", *ENDED), (place, record)
                state[waybill] = "here"
            case "parcel.accepted":
                assert now in ("", *ENDED), (place, record)
                state[waybill] = "accepted"
            case "parcel.relabelled" if "elsewhere" not in record.body:
                goes_by[record.body["to"]] = waybill
            case "bag.departed":
                left = {packed for packed, bag in bags.items() if bag == record.body["bag"]}
                trips[record.body["bag"]] = {packed for packed in left if state[packed] == "packed"}
                assert len(trips[record.body["bag"]]) == record.body["count"], (place, record)
                state |= dict.fromkeys(left, "gone")
            case "bag.received" if "left_ms" in record.body:
                state |= dict.fromkeys(trips[record.body["bag"]], "packed")
            case "parcel.returned" if not unreceived:
                state[waybill] = "gone"
            case "parcel.collected" | "parcel.direct":
                assert now == "here" or (unreceived and now == ""), (place, record, now)
                state[waybill] = "collected"
            case "parcel.packed":
                assert now in ("here", "accepted") or (unreceived and now == ""), (place, record, now)
                state[waybill], bags[waybill] = "packed", record.body["bag"]
            case "parcel.unpacked":
                assert now == "packed", (place, record, now)
                state[waybill] = "here" if "code" in record.body else "accepted"
                bags.pop(waybill)
    here = {parcel.waybill for parcel in station.shelves if parcel.is_here}
    assert here == {waybill for waybill, now in state.items() if now == "here"}
    codes = [parcel.code for parcel in station.shelves.on_shelf()]
    assert len(codes) == len(set(codes)), codes
    known = {parcel.waybill for parcel in station.shelves if not parcel.ended_no}
    ended = {parcel.waybill for parcel in station.shelves} - known
    assert not {content.waybill for content in station.books.chilled} & ended


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_scanned_the_counter_keeps_its_word(seed: int) -> None:
    """A hundred acts in a row, with a look at the way out now and then; then the account."""
    walk = Walk(seed)
    for number in range(120):
        walk.act()
        if number % 15 == 14:
            walk.way_out()
            assert walk.station.rebuilt().rows() == walk.station.books.rows()
    one_life_each(walk.station)
