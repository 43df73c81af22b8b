"""What the county has had for long goes behind a snapshot, no earlier and nothing else; what is left makes the rows."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from station_agent.counter.vocabulary import custody
from station_agent.journal.reader import JournalFile
from station_agent.journal.snapshots import CLOSED, PART_BYTES, ROWS, Snapshot, records
from station_agent.journal.writer import Record
from sync.entry import MAX_BODY_BYTES, Lane, encode_body
from tests.station_agent.village import DAY_MS, Village, waybill

MARK = custody("journal.told", reason="lost")
"""An entry that changes no row."""


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    """A station whose county keeps three days of backups."""
    made = Village(tmp_path)
    yield made
    made.close()


def busy(village: Village, days: int, *, confirmed: bool = True, parcels: int = 2) -> None:
    """Days of work, each with its night."""
    for _ in range(days):
        first = village.journal.head(Lane.CUSTODY).sequence
        village.receive(*range(first, first + parcels))
        village.hand_out(*range(first, first + parcels // 2))
        village.commit([MARK] * 20)
        village.watch("1", first)
        village.night(confirmed=confirmed)


def audited(village: Village) -> None:
    """An audit from its beginning to its end, and nothing more."""
    village.rounds += 1
    while village.audit.rounds < village.rounds:
        village.audit._due_s = 0.0
        village.audit.step(0.0)


def kinds(village: Village) -> list[str]:
    """Kinds of the custody entries that are here."""
    with closing(JournalFile(village.path)) as reader:
        return [e.read_header().kind for e in reader.every(village.journal.head(Lane.CUSTODY).chain)]


def test_the_file_stops_growing_and_the_rows_come_out_of_what_is_left(village: Village) -> None:
    """After the window both lanes keep some days; chains hold; rows are made from a snapshot and what follows it."""
    busy(village, 30)
    busy(village, 20, parcels=0)
    pages = village.connection.execute("PRAGMA page_count").fetchall()
    first = village.first()
    busy(village, 50, parcels=0)
    assert village.first() > first > 0
    assert village.first(Lane.TELEMETRY) > 30
    assert village.rebuilt() == village.stored()
    assert village.start() is not None
    assert village.connection.execute("PRAGMA page_count").fetchall()[0][0] <= pages[0][0] * 1.1
    village.verify()


def test_nothing_goes_before_the_window_is_over(village: Village) -> None:
    """Three days of the county's word, then a snapshot, then a night that tries it; each entry stays as long."""
    had = {}
    for day in range(25):
        busy(village, 1)
        had[day] = village.journal.head(Lane.CUSTODY).sequence
        assert village.first() <= (had[day - 3] if day >= 3 else 0) + 1
    assert village.first() > 0


@pytest.mark.parametrize("years", [73, -10])
def test_the_clock_of_the_station_has_no_say(village: Village, years: int) -> None:
    """At 2099, or long ago, nothing goes earlier or later than by the county's."""
    busy(village, 1)
    village.wall_ms += years * 365 * DAY_MS
    busy(village, 1)
    assert village.first() == 0
    busy(village, 20)
    assert village.first() > 0


def test_without_the_word_of_the_county_everything_stays(village: Village) -> None:
    """However long, and however full; what came before it fell silent goes no further either."""
    busy(village, 15)
    silent_from = village.journal.head(Lane.CUSTODY).sequence
    busy(village, 25, confirmed=False)
    assert village.first() <= silent_from


def test_a_snapshot_the_county_does_not_have_frees_nothing(village: Village) -> None:
    """It is written and tried, and what lies behind it stays until it is confirmed too."""
    while CLOSED not in kinds(village):
        busy(village, 1)
    first = village.first()
    village.now_ms += DAY_MS
    village.quiet(audit=True)
    assert (village.first(), village.start() is not None) == (first, True)
    village.confirm()
    village.quiet(audit=True)
    assert village.first() > first


def test_a_restored_county_frees_nothing_until_it_was_counted_anew(village: Village) -> None:
    """A new incarnation has its window over again, and only what it said itself counts."""
    busy(village, 15)
    first = village.first()
    village.incarnation = b"county-b"
    busy(village, 3)
    assert village.first() == first
    busy(village, 12)
    assert village.first() > first


def test_what_lies_behind_a_snapshot_can_not_be_taken_back(village: Village) -> None:
    """The counter says that it is too late; an act after it can be taken back, and the rebuild agrees."""
    busy(village, 5)
    for number in range(100, 120):
        village.now_ms += DAY_MS
        village.county_ms += DAY_MS
        village.commit([MARK] * 20)
        assert village.scan("YYCIN", waybill(number))[-1] == "parcel.received"
        village.confirm()
        audited(village)
        if village.letting_go.is_writing:
            break
    assert village.scan("YYCUNDO") == ["undo.too_late"]
    village.quiet()
    assert village.scan("YYCIN", waybill(99), "YYCUNDO")[-1] == "undone"
    assert village.start() is not None
    assert village.rebuilt() == village.stored()


def test_a_snapshot_that_was_cut_off_is_nothing(village: Village) -> None:
    """A power cut among its parts: rows are made as before, nothing goes behind it, and the next one counts."""
    village.receive(*range(300))
    for _ in range(20):
        village.now_ms += DAY_MS
        village.county_ms += DAY_MS
        village.commit([MARK] * 100)
        village.confirm()
        audited(village)
        if village.letting_go.is_writing:
            break
    village.letting_go.turn(0.0)
    assert kinds(village)[-1] == ROWS
    cut_at = village.journal.head(Lane.CUSTODY).sequence
    village.restart()
    assert village.start() is None
    assert village.rebuilt() == village.stored()
    village.quiet(audit=True)
    start = village.start()
    assert start is not None
    assert start.snapshot.of == cut_at
    assert village.rebuilt() == village.stored()


def test_a_new_epoch_gives_an_open_snapshot_up(village: Village) -> None:
    """Its parts lie in another chain than its end would: none is written, and the next audit may begin again."""
    village.letting_go._writing = iter([Record(Lane.CUSTODY, ROWS, {"of": 0, "part": 0, "data": b""})])
    village.letting_go._of = (village.journal.epoch, 0, 0)
    village.journal.open_epoch("fork")
    village.letting_go.turn(0.0)
    assert not village.letting_go.is_writing
    assert village.journal.head(Lane.CUSTODY).sequence == 0


def test_a_snapshot_is_small_pieces_and_holds_nobody(village: Village) -> None:
    """Each part fits an entry many times over; contacts are in none of them."""
    village.receive(*range(3000))
    village.connection.execute("INSERT INTO contact VALUES ('SF1', x'00')")
    snapshot = Snapshot(village.epoch, 3000, 0, village.stored())
    made = [encode_body(record.body) for record in records(snapshot)]
    assert len(made) > 15
    assert max(map(len, made)) < MAX_BODY_BYTES / 2 < PART_BYTES
    assert not {"contact"} & set(snapshot.rows)


def test_where_the_file_forgot_its_snapshot_it_is_found(village: Village) -> None:
    """After a salvage only the entries are left: the latest whole one is looked for."""
    busy(village, 20)
    start = village.start()
    assert start is not None
    village.connection.execute("DELETE FROM meta WHERE name = 'snapshot'")
    assert village.start() == start
    village.quiet(audit=True)
    assert village.connection.execute("SELECT count(*) FROM meta WHERE name = 'snapshot'").fetchall() == [(1,)]
    village.connection.execute("UPDATE meta SET value = x'00' WHERE name = 'window'")
    busy(village, 10)
    assert village.rebuilt() == village.stored()


class Years(RuleBasedStateMachine):
    """Acts, nights, restarts and epochs in any order: the rows are always what the journal makes of what is left."""

    @initialize(days=st.integers(1, 3))
    def open(self, days: int) -> None:
        """A station."""
        self._folder = TemporaryDirectory()
        self.village = Village(Path(self._folder.name), days=days)
        self.village.scan("YYCIN")

    def teardown(self) -> None:
        """Its end."""
        if hasattr(self, "village"):
            self.village.close()
            self._folder.cleanup()

    @rule(numbers=st.lists(st.integers(0, 40), max_size=12), card=st.sampled_from(["YYCIN", "YYCOUT", "YYCOUNT"]))
    def work(self, numbers: list[int], card: str) -> None:
        """Parcels come, go and are counted."""
        self.village.scan(card, *(waybill(number) for number in numbers))

    @rule(times=st.integers(1, 3))
    def undo(self, times: int) -> None:
        """Somebody takes acts back."""
        self.village.scan(*["YYCUNDO"] * times)

    @rule(box=st.sampled_from("12"), state=st.integers(0, 9))
    def watch(self, box: str, state: int) -> None:
        """Telemetry changes a row."""
        self.village.watch(box, state)

    @rule(nights=st.integers(1, 5), confirmed=st.sampled_from([True, True, True, False]))
    def night(self, nights: int, confirmed: bool) -> None:
        """Days go by."""
        for _ in range(nights):
            self.village.night(confirmed=confirmed)

    @rule(numbers=st.lists(st.integers(0, 40), min_size=1, max_size=3), after=st.integers(0, 2))
    def audit(self, numbers: list[int], after: int) -> None:
        """An audit while somebody is at work, who then takes acts back."""
        self.village.scan("YYCIN", *(waybill(number) for number in numbers))
        audited(self.village)
        for _ in range(after):
            self.village.letting_go.turn(self.village.now_ms / 1000)
        self.village.scan("YYCUNDO", "YYCUNDO")

    @rule()
    def confirm(self) -> None:
        """The county has all."""
        self.village.confirm()

    @rule(turns=st.integers(1, 3))
    def moment(self, turns: int) -> None:
        """A few quiet moments, in the midst of whatever is being written."""
        for _ in range(turns):
            if not self.village.audit.walking:
                self.village.letting_go.turn(self.village.now_ms / 1000)

    @rule()
    def restart(self) -> None:
        """The power is cut."""
        self.village.restart()

    @precondition(lambda self: self.village.epochs < 4)
    @rule()
    def new_epoch(self) -> None:
        """The county knows another history."""
        self.village.journal.open_epoch("fork")
        self.village.counter.epoch_opened()

    @invariant()
    def rows_are_what_the_journal_makes(self) -> None:
        """And every chain holds."""
        if hasattr(self, "village"):
            assert self.village.rebuilt() == self.village.stored()
            self.village.verify()


TestYears = Years.TestCase
TestYears.settings = settings(max_examples=12, stateful_step_count=30, deadline=None)
