"""Whatever is scanned in any order: no parcel lost or doubled, no code given twice, a rebuild like the live rows."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from station_agent.counter.decision import Decision
from station_agent.counter.shelves import ShelfPlan
from tests.station_agent.counter.desk import BAG, DOUBTFUL, GLUED, OTHER, PARCEL, PAYMENT, PRODUCT, Desk, said

WAYBILLS = [PARCEL, OTHER, DOUBTFUL, "432895069186308", "RR123456785CN", "JDVA00049341283", "YT5409924808523"]
CODES = st.sampled_from([*WAYBILLS, "YYCIN", "YYCOUT", "YYCOUT", BAG, GLUED, PAYMENT, PRODUCT, "1-1-5", "", "#"])
PLAN = ShelfPlan(shelves=2, layers=2, first=1000, last=1003)
"""Four numbers for seven parcels, so that they run out and wrap."""


class Life(RuleBasedStateMachine):
    """One counter, the disk that may refuse, and an account kept by other means: from the answers alone."""

    @initialize()
    def open(self) -> None:
        """An empty station."""
        self.desk = Desk(PLAN)
        self.here: dict[str, str] = {}
        self.gone: set[str] = set()

    @rule(code=CODES, repeated=st.booleans(), wait_s=st.sampled_from([0.1, 5.0, 40.0]), refused=st.booleans())
    def scan(self, code: str, repeated: bool, wait_s: float, refused: bool) -> None:
        """Somebody scans something."""
        self.desk.now_s += wait_s
        self._decided(self.desk.decide(code, repeated=repeated), refused=refused)

    @rule(number=st.integers(0, 6), refused=st.booleans())
    def scan_a_shelf_code(self, number: int, refused: bool) -> None:
        """Somebody scans the pick-up code of a parcel that lies here."""
        codes = sorted(self.here.values())
        if codes:
            self._decided(self.desk.decide(codes[number % len(codes)]), refused=refused)

    @rule(weight_g=st.floats(20, 30_000), refused=st.booleans())
    def weigh(self, weight_g: float, refused: bool) -> None:
        """The scale settles."""
        self._decided(self.desk.counter.weight(weight_g, self.desk.at("scale")), refused=refused)

    @rule()
    def restart(self) -> None:
        """The station starts again from its stored rows."""
        rows = self.desk.books.rows()
        written = self.desk.written
        self.desk = Desk(PLAN, now_s=self.desk.now_s)
        self.desk.written = written
        self.desk.books.load(rows.__getitem__)
        assert self.desk.books.rows() == rows

    def _decided(self, decision: Decision, *, refused: bool) -> None:
        """The disk takes the decision, or refuses it and nothing here moves; the account follows the answer."""
        books, attention = self.desk.books, self.desk.counter.attention
        before = books.rows()
        if refused and decision.changes:
            books.take(decision.changes)
            books.take(change.undone for change in reversed(decision.changes))
        if refused:
            assert (books.rows(), self.desk.counter.attention) == (before, attention)
            return
        self.desk.settle(decision)
        if said(decision) == "parcel.received":
            body = decision.records[0].body
            assert body["waybill"] not in self.here, "taken in twice"
            assert body["code"] not in self.here.values(), "a code given twice"
            assert int(body["code"].split("-")[2]) not in {int(code.split("-")[2]) for code in self.here.values()}
            self.here[body["waybill"]] = body["code"]
        if said(decision) == "parcel.collected":
            body = decision.records[0].body
            assert self.here.pop(body["waybill"]) == body["code"]
            self.gone.add(body["waybill"])
        if said(decision) == "out.unreceived":
            self.gone.add(decision.records[0].body["waybill"])

    @invariant()
    def account_holds(self) -> None:
        """What the answers said is here is here, each under its own code, and nothing else."""
        if not hasattr(self, "desk"):
            return
        shelves = self.desk.shelves
        assert shelves.here == len(self.here)
        for waybill, code in self.here.items():
            parcel = shelves.with_code(code)
            assert parcel is not None
            assert parcel.waybill == waybill
        known = {parcel.waybill for parcel in shelves}
        assert known == set(self.here) | self.gone

    def teardown(self) -> None:
        """The records alone give the same rows."""
        if not hasattr(self, "desk"):
            return
        assert self.desk.rebuilt().rows() == self.desk.books.rows()


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=60, deadline=None)
