"""News of parcels that are here already: every row of the table, in pieces; in a whole life nothing is told twice."""

from typing import NamedTuple

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from station_agent.counter import news
from station_agent.counter.decision import Decision
from station_agent.counter.news import News
from station_agent.personal.announced import Announced
from sync.contact import Contact
from sync.contents import ExpectedParcel, ExpectedParcels
from sync.errors import SealBroken
from tests.station_agent.counter.desk import OTHER, PARCEL, Desk, kinds
from tests.station_agent.personal.book import Book

PHONE, KEYED = "13917624835", "13800138000"


class Clear(NamedTuple):
    """A list's key for lists that were never sealed: a box is the number itself."""

    def open(self, place: int, waybill: str, sealed: bytes) -> Contact:
        """As if it had been."""
        del place, waybill
        if sealed == b"broken":
            raise SealBroken("does not open", hint="-")
        return Contact(sealed.decode())


def expect(announced: Announced, phones: dict[str, str]) -> None:
    """A list with these recipients comes."""
    parcels = [ExpectedParcel(waybill, phone.encode() or None) for waybill, phone in phones.items()]
    announced.replace(ExpectedParcels(parcels, b"key"), lambda _: Clear())


class Station:
    """A counter with a book of contacts, and the news it gets."""

    def __init__(self) -> None:
        self.book = Book()
        self.desk = Desk(people=self.book.contacts)
        self.news = News(self.desk.books)

    def list_came(self, phones: dict[str, str]) -> None:
        """A list of expected parcels."""
        expect(self.book.contacts.announced, phones)
        self.news.expected()

    def settle(self, decision: Decision) -> Decision:
        """On disk: rows of contacts too."""
        aside = decision.aside
        for change in aside:
            if change.before is not None:
                assert self.book.rows.pop(change.before[0]) == change.before
            if change.after is not None:
                self.book.rows[change.after[0]] = change.after
        return self.desk.settle(decision)

    def scan(self, *codes: str) -> Decision:
        """Scans, the last one's decision."""
        return [self.settle(self.desk.decide(code)) for code in codes][-1]

    def bring(self) -> list[str]:
        """All news there are: kinds of the entries they make."""
        found: list[str] = []
        while (decision := self.news.due(self.desk.at("county"), self.desk.counter.attention)) is not None:
            found += kinds(self.settle(decision))
            self.news.brought()
        return found

    def knows(self, waybill: str = PARCEL) -> str:
        """The number that is known."""
        contact = self.book.contacts.contact(waybill)
        return "" if contact is None else contact.phone


def test_a_parcel_that_stands_on_the_list_is_known_when_it_is_received() -> None:
    """In the same decision as its entry; its batch then asks the county to tell him."""
    station = Station()
    station.list_came({PARCEL: PHONE, OTHER: ""})
    received = station.scan(PARCEL)
    assert (kinds(received), len(received.aside), station.knows()) == (["parcel.received"], 1, PHONE)
    assert station.scan(OTHER).aside == ()
    assert kinds(station.scan("YYCOK")) == ["batch.confirmed", "notice.due"]
    assert station.bring() == []
    assert PHONE not in f"{station.desk.written}"


def test_a_list_that_comes_after_the_batch_asks_the_county_then() -> None:
    """The recipient is learned and to be told, once; the same list again changes nothing."""
    station = Station()
    station.scan(PARCEL, OTHER, "YYCOK")
    station.list_came({PARCEL: PHONE, OTHER: "138****5678"})
    assert station.bring() == ["notice.due"]
    assert (station.knows(), station.desk.parcel().notice, station.desk.parcel(OTHER).notice) == (PHONE, "due", "")
    station.list_came({PARCEL: PHONE, OTHER: "138****5678"})
    assert station.bring() == []


def test_a_list_that_comes_before_the_batch_is_confirmed_leaves_that_to_ok() -> None:
    """Learned, and told with the others."""
    station = Station()
    station.scan(PARCEL)
    station.list_came({PARCEL: PHONE})
    assert (station.bring(), station.knows()) == ([], PHONE)
    assert kinds(station.scan("YYCOK")) == ["batch.confirmed", "notice.due"]


def test_a_parcel_with_trouble_or_told_already_is_not_told_again() -> None:
    """A damaged one waits for a person; one whose recipient was called knows."""
    station = Station()
    station.scan(PARCEL, OTHER, "YYCOK", "YYCDAMAGED", PARCEL, "YYCCALLED", OTHER)
    assert (station.desk.parcel().trouble, station.desk.parcel(OTHER).notice) == ("damaged", "called")
    station.list_came({PARCEL: PHONE, OTHER: PHONE})
    assert (station.bring(), station.knows(), station.knows(OTHER)) == ([], PHONE, PHONE)


def test_what_was_keyed_here_stands_before_the_list() -> None:
    """The attendant heard it from the recipient; a masked number gives way, and so does what an older list said."""
    station = Station()
    station.scan(PARCEL)
    station.book.learn(PARCEL, KEYED)
    station.list_came({PARCEL: PHONE})
    assert (station.bring(), station.knows()) == ([], KEYED)
    station = Station()
    station.scan(PARCEL)
    station.book.learn(PARCEL, "138****8000")
    station.list_came({PARCEL: PHONE})
    station.bring()
    assert station.knows() == PHONE
    station.list_came({PARCEL: KEYED})
    station.bring()
    assert station.knows() == KEYED


def test_what_does_not_open_or_is_no_number_is_as_if_no_list_had_come() -> None:
    """It is keyed at the counter."""
    station = Station()
    station.list_came({PARCEL: "broken", OTHER: "none"})
    station.scan(PARCEL, OTHER, "YYCOK")
    assert (station.bring(), station.knows(), station.knows(OTHER)) == ([], "", "")


def test_word_that_somebody_was_told_starts_the_parcels_time_once() -> None:
    """With the county's time; the list put up again, or nobody's parcel, changes nothing."""
    station = Station()
    station.scan(PARCEL, "YYCOK")
    station.desk.now_s += 3600
    told_ms = station.desk.wall_ms - 60_000
    station.news.delivered([(PARCEL, told_ms), (OTHER, told_ms), (PARCEL, told_ms)])
    assert station.bring() == ["notice.delivered"]
    assert (station.desk.parcel().notice, station.desk.parcel().notice_ms) == ("delivered", told_ms)
    station.news.delivered([(PARCEL, told_ms + 1)])
    assert station.bring() == []


def test_an_older_notice_was_of_an_earlier_parcel_with_that_number() -> None:
    """The number came back; what is from the future counts from now."""
    station = Station()
    station.desk.now_s = 100_000.0
    old_ms = station.desk.wall_ms - news.SKEW_MS - 1
    station.scan(PARCEL, OTHER)
    station.news.delivered([(PARCEL, old_ms), (OTHER, station.desk.wall_ms + 10**9)])
    assert station.bring() == ["notice.delivered"]
    assert (station.desk.parcel().notice, station.desk.parcel(OTHER).notice_ms) == ("", station.desk.wall_ms)


def test_a_parcel_received_by_a_clock_that_was_ahead_can_still_be_told() -> None:
    """Its time of receipt lies in the future, so that it says nothing."""
    station = Station()
    station.desk.now_s = 10.0**9
    station.scan(PARCEL)
    station.desk.now_s = 100_000.0
    station.news.delivered([(PARCEL, 90_000_000)])
    assert station.bring() == ["notice.delivered"]


def test_it_comes_in_pieces_and_again_after_a_refusal() -> None:
    """No more than PIECE parcels wait for one transaction; a piece the card refused is the next one again."""
    station = Station()
    waybills = [f"SF{number:013d}" for number in range(2 * news.PIECE + 5)]
    station.scan(*waybills, "YYCOK")
    station.list_came(dict.fromkeys(waybills, PHONE))
    mind = station.desk.counter.attention
    first = station.news.due(station.desk.at(), mind)
    again = station.news.due(station.desk.at(), mind)
    assert first is not None
    assert again is not None
    assert [record.body for record in first.records] == [record.body for record in again.records]
    assert len(first.records) == news.PIECE
    assert station.bring() == ["notice.due"] * len(waybills)
    assert station.book.contacts.count == len(waybills)


def test_news_leave_the_last_act_to_be_taken_back() -> None:
    """Nobody at the counter did anything; a parcel that has news of its own is too late."""
    station = Station()
    station.scan(PARCEL, "YYCOK", OTHER)
    station.news.delivered([(PARCEL, station.desk.wall_ms)])
    assert station.bring() == ["notice.delivered"]
    assert kinds(station.scan("YYCUNDO")) == ["act.undone"]
    assert station.desk.shelves.parcel(OTHER) is None


class Life(RuleBasedStateMachine):
    """Lists and parcels in any order, with a card that refuses."""

    @initialize()
    def open(self) -> None:
        """An empty station."""
        self.station = Station()

    @rule(code=st.sampled_from([PARCEL, OTHER, "YYCOK", "YYCIN", "YYCOUT", "YYCUNDO"]), refused=st.booleans())
    def scan(self, code: str, refused: bool) -> None:
        """At the counter."""
        self.station.desk.now_s += 1
        decision = self.station.desk.decide(code)
        if not refused:
            self.station.settle(decision)

    @rule(phones=st.dictionaries(st.sampled_from([PARCEL, OTHER]), st.sampled_from([PHONE, KEYED, "", "broken"])))
    def list_comes(self, phones: dict[str, str]) -> None:
        """From the county."""
        self.station.list_came(phones)

    @rule(waybill=st.sampled_from([PARCEL, OTHER]), ago_s=st.integers(0, 30))
    def notices_come(self, waybill: str, ago_s: int) -> None:
        """From the county."""
        self.station.news.delivered([(waybill, self.station.desk.wall_ms - ago_s * 1000)])

    @rule(refused=st.booleans())
    def bring(self, refused: bool) -> None:
        """What is due, written or refused."""
        desk = self.station.desk
        before = desk.books.rows(), self.station.book.contacts.count
        decision = self.station.news.due(desk.at("county"), desk.counter.attention)
        assert (desk.books.rows(), self.station.book.contacts.count) == before
        if decision is None or refused:
            return
        for record in decision.records:
            assert desk.parcel(record.body["waybill"]).notice != "delivered", "told twice"
        self.station.settle(decision)
        self.station.news.brought()

    @invariant()
    def contacts_are_on_disk(self) -> None:
        """Memory and rows hold the same recipients."""
        if hasattr(self, "station"):
            assert self.station.book.contacts.count == len(self.station.book.rows)

    def teardown(self) -> None:
        """The records alone give the same rows."""
        if hasattr(self, "station"):
            assert self.station.desk.rebuilt().rows() == self.station.desk.books.rows()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
