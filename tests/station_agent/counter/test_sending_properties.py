"""寄件 in any order, with a disk that refuses: no parcel lost or doubled, no weight at the wrong box, rebuilt alike."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from station_agent.counter.decision import Decision
from station_agent.counter.desks.sending_tasks import CHECK_S
from station_agent.counter.site import Site
from tests.station_agent.counter.desk import Desk, said
from tests.station_agent.counter.sender import AIR, BEIJING, GOODS, INSPECTED, PLUM, SENDER, Flight

WAYBILLS = ["SF1385628716739", "YT5409924808522", "JT1234567890123", "432895069186308", "SF0000000000001"]
CARDS = [
    *("YYCSEND", "YYCSEND", "YYCBULK", "YYCOK", "YYCOK", "YYCUNDO", "YYCCLEAR", "YYCAGREEMENT", "YYCLOT"),
    *("YYCRELABEL", "YYCWEIGH", "YYCTYPEDKG", "YYCNOSCALE", "YYCSCREENED", "YYCHOLD", "YYCRLIVE", "YYCRELEASE"),
    *("YYCRETURN", "YYCD5", "YYCD7", SENDER, INSPECTED, PLUM, AIR, BEIJING, "YYCIN"),
]


class Harvest(RuleBasedStateMachine):
    """One desk; accounts are kept from the entries of decisions that reached the disk, never from the books."""

    @initialize()
    def open(self) -> None:
        """A hub: it can do everything a village can, and screen."""
        self.site = Site(GOODS, (Flight("CA1", 400_000),), screens=True)
        self.desk = Desk(site=self.site)
        self.desk.scan("YYCSEND")
        self.on_pan: tuple[int, float] | None = None
        self.weight_g = 1000

    @rule(waybill=st.sampled_from(WAYBILLS), refused=st.booleans(), wait_s=st.sampled_from([0.5, 20.0]))
    def scan(self, waybill: str, refused: bool, wait_s: float) -> None:
        """Somebody scans a parcel."""
        self.desk.now_s += wait_s
        self._decided(self.desk.decide(waybill), refused=refused)

    @rule(card=st.sampled_from(CARDS), refused=st.booleans())
    def card(self, card: str, refused: bool) -> None:
        """Somebody scans a card."""
        self.desk.now_s += 0.5
        self._decided(self.desk.decide(card), refused=refused)

    @rule(refused=st.booleans())
    def weigh(self, refused: bool) -> None:
        """Another box is put on the pan: no two weigh the same."""
        if self.on_pan is None:
            self.weight_g += 1
            self.on_pan = (self.weight_g, self.desk.now_s)
            self._decided(self.desk.counter.weight(self.weight_g, self.desk.at("scale")), refused=refused)

    @rule()
    def empty(self) -> None:
        """The pan is empty again."""
        self.on_pan = None
        self.desk.empty_pan()

    @rule()
    def restart(self) -> None:
        """The power was cut; the station starts again from its rows."""
        rows, written = self.desk.books.rows(), self.desk.written
        self.desk = Desk(site=self.site, now_s=self.desk.now_s)
        self.desk.written = written
        self.desk.books.load(rows.__getitem__)
        assert self.desk.books.rows() == rows
        self.desk.scan("YYCSEND")
        self.on_pan = None

    def _decided(self, decision: Decision, *, refused: bool) -> None:
        """The disk takes the decision, or refuses it and nothing here moves."""
        books, attention = self.desk.books, self.desk.counter.attention
        if refused and decision.records:
            before = books.rows()
            books.take(decision.changes)
            books.take(change.undone for change in reversed(decision.changes))
            assert (books.rows(), self.desk.counter.attention) == (before, attention)
            return
        self.desk.settle(decision)
        for record in decision.records:
            if record.kind == "parcel.weighed" and "device" in record.body:
                # A measured weight is of what lies on the pan now, and was put there a moment ago.
                assert self.on_pan is not None
                assert record.body["weight_g"] == self.on_pan[0]
                assert self.desk.now_s - self.on_pan[1] <= CHECK_S

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        """The parcels known are those accepted and not taken back; each measured weight was given to one at most."""
        if not hasattr(self, "desk"):
            return
        alive = self._standing()
        accepted = {body["waybill"] for kind, body in alive if kind == "parcel.accepted"}
        shelves = self.desk.shelves
        assert {parcel.waybill for parcel in shelves if parcel.way == "out"} == accepted
        weights = [parcel.weight_g for parcel in shelves if parcel.weight_how == "measured"]
        assert len(set(weights)) == len(weights)
        for kind, body in alive:
            if kind == "parcel.relabelled" and not body.get("elsewhere"):
                assert shelves.parcel(body["to"]) is not None

    @invariant()
    def the_sum_is_the_sum_of_the_boxes(self) -> None:
        """Count and weight of the open consignment are those of its boxes."""
        consignment = self.desk.books.consignments.open if hasattr(self, "desk") else None
        if consignment is not None:
            boxes = [each for each in self.desk.shelves if each.consignment == consignment.number and not each.ended_no]
            assert (consignment.count, consignment.weight_g, consignment.unweighed) == (
                len(boxes),
                sum(box.weight_g or 0 for box in boxes),
                sum(box.weight_g is None for box in boxes),
            )

    def _standing(self) -> list[tuple[str, dict[str, str]]]:
        """Entries that were not taken back."""
        undone = {place for record, _ in self.desk.written for place in record.body.get("places", ())}
        custody = [(record.kind, record.body) for record, _ in self.desk.written]
        return [entry for place, entry in enumerate(custody) if place not in undone]

    def teardown(self) -> None:
        """The entries alone give the same rows."""
        if hasattr(self, "desk"):
            assert self.desk.rebuilt().rows() == self.desk.books.rows()
            assert said(self.desk.scan("YYCIN")) is not None


TestHarvest = Harvest.TestCase
TestHarvest.settings = settings(max_examples=50, stateful_step_count=50, deadline=None)
