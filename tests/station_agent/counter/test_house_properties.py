"""Whatever is counted, checked, served and entered from paper in any order, on a disk that refuses now and then."""

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from station_agent.counter.decision import Decision
from station_agent.counter.shelves import ShelfPlan
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL, Desk

PLAN = ShelfPlan(shelves=2, layers=2, first=1000, last=1004)
WAYBILLS = [PARCEL, OTHER, "RR123456785CN", "JDVA00049341283", "YT5409924808523"]
STICKERS = ["1-1-1000", "1-2-1001", "2-2-1003", "2-1-1500"]
FORMS = ["YYF000001", "YYF000002"]
COUNT = ["YYCCOUNT", *WAYBILLS, *STICKERS, "YYCOK", "YYCOK", BAG]
SHEET = ["YYCPAPER", *FORMS, *WAYBILLS, "YYCIN", "YYCOUT", "YYCSEND", "YYCOK", "YYCD0", "YYCD1"]
HOUSE = [
    "YYCSERVICE",
    "YYCVPAY",
    "YYCTOTAL",
    "YYCDUTYATTEND",
    "YYCDUTYOFF",
    "YYCKFIRE",
    "YYCKBAD",
    "YYCOPEN",
    "YYCTODAY",
]
ANYTHING = [*COUNT, *SHEET, *HOUSE, "YYCUNDO", "YYCCLEAR", "YYCIN", "YYCOUT"]
START_S = 1_800_000_000.0


class House(RuleBasedStateMachine):
    """One counter, the disk that may refuse, and an account kept from the entries that were written alone."""

    @initialize()
    def open(self) -> None:
        """An empty station."""
        self.desk = Desk(PLAN, now_s=START_S)

    @rule(code=st.sampled_from(ANYTHING), wait_s=st.sampled_from([0.5, 40.0, 400.0]), refused=st.booleans())
    def scan(self, code: str, wait_s: float, refused: bool) -> None:
        """Somebody scans something."""
        self.desk.now_s += wait_s
        before = self.desk.books.rows()
        decision = self.desk.decide(code)
        assert self.desk.books.rows() == before, "proposing moves nothing"
        self._decided(decision, refused=refused)

    @rule(codes=st.lists(st.sampled_from(COUNT), max_size=8))
    def count(self, codes: list[str]) -> None:
        """Somebody takes stock for a while."""
        for code in ("YYCCOUNT", *codes):
            self.scan(code, 0.5, refused=False)

    @rule(form=st.sampled_from(FORMS), codes=st.lists(st.sampled_from(SHEET), max_size=8))
    def enter(self, form: str, codes: list[str]) -> None:
        """Somebody enters a sheet of yesterday."""
        for code in ("YYCPAPER", form, "YYCD0", "YYCD1", "YYCD1", "YYCD4", "YYCOK", *codes):
            self.scan(code, 0.5, refused=False)

    @rule(hours=st.sampled_from([1, 30, 24 * 8]), refused=st.booleans())
    def wait(self, hours: int, refused: bool) -> None:
        """Time goes by."""
        self.desk.now_s += hours * 3600.0
        for decision in self.desk.counter.tick(self.desk.at("clock")):
            self._decided(decision, refused=refused)

    @rule()
    def restart(self) -> None:
        """The power goes and comes back."""
        before = self.desk.books.rows()
        self.desk = self.desk.resumed()
        assert self.desk.books.rows() == before

    def _decided(self, decision: Decision, *, refused: bool) -> None:
        """The disk takes it, or refuses it and nothing here moves."""
        if refused:
            return
        self.desk.settle(decision)

    @invariant()
    def no_parcel_is_lost_or_doubled(self) -> None:
        """Each code is one parcel's; what was ever received is known; one sheet and one count are open at most."""
        if not hasattr(self, "desk"):
            return
        books = self.desk.books
        here = list(books.shelves.on_shelf())
        assert (
            len({parcel.code.split("-")[2] for parcel in here}) == len({parcel.waybill for parcel in here}) == len(here)
        )
        for parcel in here:
            assert books.shelves.with_code(parcel.code) == parcel
        assert sum(form.closed_ms == 0 for form in books.forms) <= 1
        others = len(books.stocktake.of("missing")) + len(books.stocktake.of("seen"))
        assert books.stocktake.found + others == len(books.stocktake)
        assert all(books.shelves.parcel(row.waybill) is not None for row in books.stocktake if row.found != "seen")

    def teardown(self) -> None:
        """The records alone give the same rows, and every act of a sheet says so."""
        if not hasattr(self, "desk"):
            return
        assert self.desk.rebuilt().rows() == self.desk.books.rows()
        for record, _ in self.desk.written:
            assert ("form" in record.body) >= ("afterwards" in record.body)


TestHouse = House.TestCase
TestHouse.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
