"""Clocks of a Pi without a chip over boots and years: every wrong time is flagged and later put right, none moves.

A simulated machine with a true time, a crystal, and a clock that may say anything; the real clock, desk and journal on
it; and the county's arithmetic over what was recorded.
"""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from station_agent.clock import Clock
from station_agent.clock_desk import ClockDesk
from station_agent.counter.book import Event
from station_agent.counter.books import Books
from station_agent.counter.shelves import ShelfPlan
from station_agent.counter.timekeeping import JUMP_MS, KIND, LEAP_MS
from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import create
from station_agent.journal.writer import Identity, Journal, Record, last_recorded_ms
from sync.county.timeline import Anchor, Boot, Corrected, bounds, corrected
from sync.entry import Header, Lane, Trust
from tests.station_agent.day import Card

START_MS = 1_760_000_000_000
HOUR_MS, DAY_MS, YEAR_MS = 3_600_000, 86_400_000, 31_557_600_000
LATENCY_MS = 2_000


@dataclass
class Pi:
    """One station's machine. true_ms: the time it is; the clock is off by error_ms and runs `ppm` too fast."""

    folder: Path
    ppm: float = 0.0
    true_ms: int = START_MS
    error_ms: int = 0
    trust: Trust = Trust.UNKNOWN
    boots: int = 0
    epochs: int = 0
    kept: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """An empty journal."""
        self.connection = sqlite3.connect(self.folder / "journal.db", isolation_level=None)
        self.card = Card(self.connection, [])
        create(self.card)

    def boot(self, *, wall_ms: int | None = None, off_ms: int = 60_000, trust: Trust = Trust.UNKNOWN) -> None:
        """Be off for a while and start; wall_ms: what the clock says then, else it is right."""
        self.true_ms += off_ms
        self.began_ms, self.boots, self.trust = self.true_ms, self.boots + 1, trust
        self.error_ms = 0 if wall_ms is None else wall_ms - self.true_ms
        self._open()

    def restart(self) -> None:
        """The agent's process ends and starts again in the same boot."""
        self._open()

    def _open(self) -> None:
        self.clock = Clock(
            floor_ms=last_recorded_ms(self.card),
            since_boot_ms=self._since_boot_ms,
            wall_ms=lambda: self.began_ms + self._since_boot_ms() + self.error_ms,
            look=lambda: self.trust,
        )
        identity = Identity("V1", b"keykeyke", "pi", f"boot {self.boots}")
        self.journal = Journal(self.card, identity, stamp=self.clock.stamp, draw_epoch=self._draw)
        self.books = Books(ShelfPlan())
        self.books.load(self.journal.rows)
        self.desk = ClockDesk(self.clock, self.journal, self.books)
        self.started = self.desk.started()

    def _draw(self) -> bytes:
        self.epochs += 1
        return self.epochs.to_bytes(8, "big")

    def _since_boot_ms(self) -> int:
        return round((self.true_ms - self.began_ms) * (1 + self.ppm / 1e6))

    def run(self, for_ms: int, *, looks: int = 4) -> None:
        """Let time pass; now and then something is recorded and the desk looks at the clock."""
        for _ in range(looks):
            self.true_ms += for_ms // looks
            self.record()
            self.desk.serve()

    def record(self) -> None:
        """One entry, with the time it is as a secret of the test."""
        self.journal.commit([Record(Lane.CUSTODY, "parcel.held", {"true_ms": self.true_ms})])

    def synchronise(self, error_ms: int = 0) -> None:
        """The network sets the clock."""
        self.error_ms = error_ms + self.true_ms - self.began_ms - self._since_boot_ms()
        self.trust = Trust.SYNCHRONISED
        self.true_ms += 10_000  # until the next look at the trust
        self.desk.serve()

    def set_by_hand(self) -> None:
        """Somebody sets the clock two hours back; timesyncd's mark then lies in its future."""
        self.error_ms -= 2 * HOUR_MS
        self.trust = min(self.trust, Trust.KEPT)

    def entries(self) -> list[tuple[Header, dict[str, Any]]]:
        """The custody lane, verified."""
        with_reader = JournalFile(self.folder / "journal.db")
        try:
            found = []
            for head in with_reader.heads():
                with_reader.verify(head.chain)
                if head.lane is Lane.CUSTODY:
                    found += [(entry.read_header(), entry.read_body()) for entry in with_reader.every(head.chain)]
            return found
        finally:
            with_reader.close()

    def corrections(self) -> list[dict[str, Any]]:
        """Bodies of the corrections."""
        return [body for header, body in self.entries() if header.kind == KIND]

    def at_county(self) -> list[tuple[int, Header, Corrected]]:
        """True time, header and corrected time of every entry with a secret, by the county's arithmetic."""
        entries = self.entries()
        boots: list[Boot] = []
        for number in sorted({header.boot for header, _ in entries}):
            own = [(header, body) for header, body in entries if header.boot == number]
            anchors = tuple(
                Anchor(body["from_since_boot_ms"], body["began_ms"], body["uncertainty_ms"])
                for header, body in own
                if header.kind == KIND
            )
            latest_ms = self.true_ms + LATENCY_MS - max(header.since_boot_ms for header, _ in own)
            boots.append(Boot(number, max(header.since_boot_ms for header, _ in own), latest_ms, anchors))
        found, by_boot = bounds(boots), {boot.number: boot for boot in boots}
        return [
            (
                body["true_ms"],
                header,
                corrected(
                    header.since_boot_ms,
                    header.recorded_ms,
                    header.trust,
                    anchors=by_boot[header.boot].anchors,
                    bounds=found.get(header.boot),
                ),
            )
            for header, body in entries
            if "true_ms" in body
        ]

    def check(self, *, within_ms: int = 2_000) -> None:
        """Every wrong time was flagged, and is put right within so much and within what is told."""
        for true_ms, header, time in self.at_county():
            if abs(header.recorded_ms - true_ms) > 2_000:
                assert header.trust is not Trust.SYNCHRONISED, f"wrong and trusted: {header}"
            assert time.uncertainty_ms is not None, header
            assert abs(time.at_ms - true_ms) <= time.uncertainty_ms + 1, (time, true_ms)
            assert abs(time.at_ms - true_ms) <= within_ms, (time.at_ms - true_ms, header)


@pytest.fixture
def pi(tmp_path: Path) -> Iterator[Pi]:
    """A new machine."""
    made = Pi(tmp_path)
    yield made
    made.connection.close()


@pytest.mark.parametrize(
    "wall_ms",
    [40_000, START_MS + 5 * YEAR_MS, START_MS - 3 * HOUR_MS, START_MS + 60_000],
    ids=["1970", "+5y", "-3h", "right"],
)
def test_a_boot_whose_network_comes_late_is_put_right_once(pi: Pi, wall_ms: int) -> None:
    """Whatever the clock said for six hours: flagged, put right within 2 s, by one entry."""
    pi.ppm = 20.0
    pi.boot(wall_ms=wall_ms)
    pi.run(6 * HOUR_MS)
    assert pi.corrections() == []
    pi.synchronise()
    pi.run(HOUR_MS)
    (body,) = pi.corrections()
    assert body["began_ms"] == pytest.approx(pi.began_ms, abs=1_000)
    assert body["offset_ms"] == pytest.approx(START_MS + 60_000 - wall_ms, abs=1_000)
    assert (body["boot"], body["from_since_boot_ms"] > 6 * HOUR_MS) == (1, True)
    pi.check()


def test_a_boot_with_network_from_the_start_is_told_too(pi: Pi) -> None:
    """Its correction says 0, and bounds the boots around it."""
    pi.boot(trust=Trust.SYNCHRONISED)
    pi.run(HOUR_MS)
    (body,) = pi.corrections()
    assert (body["offset_ms"], body["began_ms"]) == (0, pi.began_ms)
    pi.check()


def test_a_restart_of_the_agent_writes_nothing_twice(pi: Pi) -> None:
    """The row in the journal remembers the correction of this boot; a new boot or epoch has its own."""
    pi.boot(trust=Trust.SYNCHRONISED)
    pi.run(HOUR_MS)
    pi.restart()
    pi.run(HOUR_MS)
    assert len(pi.corrections()) == 1
    pi.journal.open_epoch("fork")
    pi.run(HOUR_MS)
    pi.boot(trust=Trust.SYNCHRONISED)
    pi.run(HOUR_MS)
    assert [(body["boot"], body["epoch"][-1]) for body in pi.corrections()] == [(1, 1), (1, 2), (2, 2)]


def test_a_jump_while_synchronised_is_told_and_a_small_one_is_not(pi: Pi) -> None:
    """A second is timesyncd's own slow work; more is another correction."""
    pi.boot(trust=Trust.SYNCHRONISED)
    pi.run(HOUR_MS)
    pi.error_ms += JUMP_MS
    pi.run(HOUR_MS)
    assert len(pi.corrections()) == 1
    pi.error_ms += 2
    pi.run(HOUR_MS)
    assert [body["offset_ms"] for body in pi.corrections()] == [0, JUMP_MS + 2]


def test_weeks_without_network_drift_and_are_put_right_when_it_is_back(pi: Pi) -> None:
    """Synchronised, three weeks on its own at 20 ppm, synchronised: 36 s of drift are spread over the weeks."""
    pi.ppm = 20.0
    pi.boot()
    pi.synchronise()
    pi.run(HOUR_MS)
    pi.trust = Trust.KEPT
    pi.run(21 * DAY_MS, looks=40)
    pi.synchronise()
    pi.run(HOUR_MS)
    assert [abs(body["offset_ms"]) > 30_000 for body in pi.corrections()] == [False, True]
    pi.check()


def test_boots_that_never_saw_a_network_lie_between_their_neighbours(pi: Pi) -> None:
    """Three short boots within minutes, in 1970 and in the future, between two good ones."""
    pi.boot(trust=Trust.SYNCHRONISED)
    pi.run(HOUR_MS)
    for wall_ms in (0, START_MS + 5 * YEAR_MS, START_MS):
        pi.boot(wall_ms=wall_ms, off_ms=1_000)
        pi.run(10 * 60_000)
    assert [header.trust for _, header, _ in pi.at_county()[-12:]] == [Trust.UNKNOWN] * 12
    pi.boot(trust=Trust.SYNCHRONISED, off_ms=1_000)
    pi.run(HOUR_MS)
    pi.check(within_ms=5_000)


def test_the_journal_never_goes_back_behind_itself(pi: Pi) -> None:
    """Boots in 1970 without a network go on from the last time recorded, and the first of it is told."""
    pi.boot(trust=Trust.SYNCHRONISED)
    pi.run(HOUR_MS)
    assert pi.started == []
    for _ in range(3):
        pi.boot(wall_ms=30_000)
        (told,) = pi.started
        assert (told.kind, told.body["behind_ms"] > START_MS - 60_000) == ("clock.floored", True)
        pi.run(HOUR_MS)
    times = [header.recorded_ms for header, _ in pi.entries()]
    assert times == sorted(times)


def test_a_card_that_refuses_the_correction_gets_it_later(pi: Pi) -> None:
    """Nothing moves in memory before it is on disk; the next look tries again."""
    pi.boot(wall_ms=0)
    pi.run(HOUR_MS)
    pi.card.refuses = "database or disk is full"
    pi.synchronise()
    assert pi.corrections() == []
    assert pi.books.clock.rows() == []
    pi.card.refuses = ""
    pi.desk.serve()
    (body,) = pi.corrections()
    assert body["offset_ms"] == pytest.approx(START_MS + 60_000, abs=1_000)
    pi.check()


STEPS: dict[str, Callable[[Pi], object]] = {
    "1970": lambda pi: pi.boot(wall_ms=20_000),
    "+5y": lambda pi: pi.boot(wall_ms=pi.true_ms + 5 * YEAR_MS),
    "-1d": lambda pi: pi.boot(wall_ms=pi.true_ms - DAY_MS),
    "chip": lambda pi: pi.boot(trust=Trust.KEPT),
    "network": lambda pi: pi.synchronise(),
    "lost": lambda pi: setattr(pi, "trust", Trust.KEPT if pi.trust else Trust.UNKNOWN),
    "set by hand": lambda pi: pi.set_by_hand(),
    "restart": lambda pi: pi.restart(),
    "hour": lambda pi: pi.run(HOUR_MS, looks=2),
    "full": lambda pi: setattr(pi.card, "room", 0),
}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=st.lists(st.sampled_from(sorted(STEPS)), min_size=4, max_size=14), ppm=st.integers(-40, 40))
def test_any_story_is_flagged_in_order_and_bounded(
    story: list[str], ppm: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any mixture: no wrong time is trusted, a told uncertainty holds the truth, rows are what a rebuild makes."""
    pi = Pi(tmp_path_factory.mktemp("pi"), ppm=float(ppm))
    pi.boot()
    for step in story:
        STEPS[step](pi)
        pi.desk.serve()
        pi.card.room = 10_000
        pi.record()
    live = pi.books.rows()
    rebuilt = Books(ShelfPlan())
    for place, (header, body) in enumerate(pi.entries()):
        event = Event(header.kind, body, header.recorded_ms)
        rebuilt.entered(place, event, rebuilt.effects(event))
    assert live == rebuilt.rows() == {table: sorted(pi.journal.rows(table)) for table in live}
    for true_ms, header, time in pi.at_county():
        if header.trust is Trust.SYNCHRONISED:
            assert abs(header.recorded_ms - true_ms) <= 2_000
        if time.uncertainty_ms is not None:
            assert abs(time.at_ms - true_ms) <= time.uncertainty_ms + 1
    pi.connection.close()


def test_a_clock_that_will_not_keep_time_fills_no_card(pi: Pi) -> None:
    """One per cent fast for a day: an entry an hour at most; a leap of more than a minute is told at once."""
    pi.boot(trust=Trust.SYNCHRONISED)
    for _ in range(DAY_MS // 200_000):
        pi.error_ms += 2000
        pi.run(200_000, looks=2)
    before = len(pi.corrections())
    assert 20 <= before <= 25
    pi.error_ms += 10 * LEAP_MS
    pi.run(10_000, looks=2)
    assert len(pi.corrections()) == before + 1
