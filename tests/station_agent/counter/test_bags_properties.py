"""Whatever is scanned at the desks of bags, in any order, with a disk that refuses: nothing lost or doubled."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from station_agent.counter.bags import GONE, OPEN, SEALED
from station_agent.counter.decision import Decision
from station_agent.counter.road import Listed
from station_agent.counter.shelves import GONE as PARCEL_GONE
from station_agent.counter.shelves import PACKED
from sync.entry import Lane
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, said
from tests.station_agent.counter.stops import (
    DOWN,
    DRIVER,
    FLAWED,
    LINE,
    OWN,
    OWN2,
    SEAL,
    SEAL2,
    SECOND,
    WITH_PIN,
    accept,
    stop,
)

WAYBILLS = (PARCEL, OTHER, "JT1234567890123", "YT5409924808523")
BAGS = (OWN, OWN2, BAG, DOWN)
CARDS = ("YYCOK", "YYCUNDO", "YYCCLEAR", "YYCSEAL", "YYCDROP", "YYCTEMP", "YYCOVERLOAD", "YYCDIRECT", "YYCD1")
MODES = ("YYCPACK", "YYCUNPACK", "YYCHAND", "YYCIN")
CODES = st.one_of(
    st.sampled_from(WAYBILLS),
    st.sampled_from(BAGS),
    st.sampled_from((DRIVER, DRIVER, SECOND, FLAWED, WITH_PIN)),
    st.sampled_from((*CARDS, *MODES)),
    st.sampled_from((SEAL, SEAL2, "YYT0001", "CN-5/7", "YYCSHORT", "YYCHOWMANY", "YYCTDRONE")),
)


class Stops(RuleBasedStateMachine):
    """One station with accepted parcels, a list for one bag, drivers, power cuts and a full card."""

    @initialize()
    def begin(self) -> None:
        """Two parcels wait to be sent."""
        self.place = stop(LINE)
        self.desk = self.place.desk
        self.place.lists.listed[BAG] = Listed(BAG, "down", "L1", waybills=WAYBILLS[:1], due_ms=900_000)
        for waybill in WAYBILLS[:2]:
            accept(self.desk, waybill)

    @rule(code=CODES, again=st.booleans(), wait_s=st.sampled_from([0.1, 5.0, 40.0]), refused=st.booleans())
    def scan(self, code: str, again: bool, wait_s: float, refused: bool) -> None:
        """Somebody scans something, often twice; time goes by."""
        self.desk.now_s += wait_s
        for _ in range(1 + again):
            self._decided(self.desk.decide(code), refused=refused)

    @rule(bag=st.sampled_from(BAGS[:2]), waybill=st.sampled_from(WAYBILLS))
    def pack_and_go(self, bag: str, waybill: str) -> None:
        """The usual way, whatever state things are in."""
        self.desk.scans("YYCPACK", bag, waybill, "YYCSEAL", f"YYS{len(self.desk.books.seals):05d}", "YYCOK")
        self.desk.scans(DRIVER, bag, DRIVER)

    @rule(weight_g=st.integers(100, 60_000), refused=st.booleans())
    def weigh(self, weight_g: int, refused: bool) -> None:
        """The scale settles."""
        self._decided(self.desk.counter.weight(weight_g, self.desk.at("scale")), refused=refused)

    @rule(wait_s=st.sampled_from([1.0, 200.0, 1000.0]))
    def tick(self, wait_s: float) -> None:
        """Time goes by."""
        self.desk.now_s += wait_s
        self.desk.tick()

    @rule()
    def power_cut(self) -> None:
        """The station starts again from its stored rows."""
        self.desk = self.desk.restarted()

    def _decided(self, decision: Decision, *, refused: bool) -> None:
        """The disk takes the decision, or refuses it and nothing here moves."""
        books, attention = self.desk.books, self.desk.counter.attention
        before = books.rows()
        if refused and decision.changes:
            books.take(decision.changes)
            books.take(change.undone for change in reversed(decision.changes))
        if refused:
            assert (books.rows(), self.desk.counter.attention) == (before, attention)
            return
        self.desk.settle(decision)
        if said(decision) == "handover.done":
            ups = decision.records[0].body["bags_out"]
            assert all((bag := books.bags.get(code)) is not None and bag.state == GONE for code in ups)

    @invariant()
    def everything_is_in_one_place(self) -> None:
        """A packed parcel lies in a bag that is here and not unpacked; bags of the open handover are in it once."""
        if not hasattr(self, "desk"):
            return
        books = self.desk.books
        for parcel in books.shelves:
            bag = books.bags.get(parcel.bag)
            if parcel.state == PACKED:
                assert bag is not None
                assert bag.state in (OPEN, SEALED)
                assert parcel in books.shelves.in_bag(bag.code)
        for waybill in WAYBILLS[:2]:
            assert books.shelves.parcel(waybill) is not None, "a parcel that was accepted is never forgotten"
        now = books.handovers.open
        codes = (*now.ups, *now.downs) if now is not None else ()
        assert len(codes) == len(set(codes))
        assert all(books.bags.get(code) is not None for code in codes)

    def teardown(self) -> None:
        """No seal closed two bags; what left is gone; the records alone give the same rows."""
        if not hasattr(self, "desk"):
            return
        custody = [record for record, _ in self.desk.written if record.lane is Lane.CUSTODY]
        undone = {place for record in custody for place in record.body.get("places", ())}
        kept = [record for place, record in enumerate(custody) if place not in undone]
        seals = [record.body["seal"] for record in kept if record.kind == "bag.sealed"]
        assert len(seals) == len(set(seals))
        gone = sum(record.body["count"] for record in kept if record.kind == "bag.departed")
        gone -= sum(record.body.get("count", 0) for record in kept if record.kind == "bag.received")
        assert gone >= sum(parcel.state == PARCEL_GONE for parcel in self.desk.shelves)
        assert self.desk.rebuilt().rows() == self.desk.books.rows()


TestStops = Stops.TestCase
TestStops.settings = settings(max_examples=40, stateful_step_count=50, deadline=None)
