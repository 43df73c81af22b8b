"""A card on which the beginning was let go of: every start, check, repair and look goes on from what is left."""

import json
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import msgspec
import pytest

from station_agent.coldchain.profiles import load_profiles
from station_agent.counter.answers import Answer
from station_agent.counter.calibration import CalibrationNote
from station_agent.counter.faults import FaultBook
from station_agent.counter.vocabulary import custody, telemetry
from station_agent.journal.reader import JournalFile
from station_agent.journal.side import Checked, SideFile
from station_agent.journal.snapshots import SNAPSHOT, Pointer, Snapshot
from station_agent.journal.snapshots import records as records_of
from station_agent.journal.window import WINDOW, Day, Window, packed
from station_agent.station import Station, replay, upkeep
from station_agent.tracing import read_life, read_warmth
from sync.entry import FORMAT, Lane
from sync.link import LinkFile
from sync.wire import Receipt, Verdict, encode_receipt
from tests.station_agent.cards import Card, filled
from tests.station_agent.folder import station as station_command
from tests.station_agent.folder import write
from tests.station_agent.test_recovery_cases import log_of, spoil


def let_go(station: Station, card: Card) -> int:
    """A snapshot of now, and everything behind it but the heads gone; its place."""
    journal = station.journal
    with closing(JournalFile(card.journal)) as reader:
        rows = {table: sorted(reader.rows(table)) for table in replay(card.settings)}
    of, before = journal.head(Lane.CUSTODY).sequence, journal.head(Lane.TELEMETRY).sequence
    place = journal.head(Lane.CUSTODY)
    for record in records_of(Snapshot(journal.epoch, of, before, rows)):
        (place,) = journal.commit([record])
    journal.remember(SNAPSHOT, msgspec.msgpack.encode(Pointer(journal.epoch, place.sequence, place.hash, of, before)))
    write(station, custody("parcel.received", waybill="JD1", code="2-1-1"))
    journal.commit([telemetry("box.normal", box="b")])
    while journal.prune({1: of, 2: before}):
        pass
    return of


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Card:
    """A card with a day's work let go of, and a little behind it."""
    card = filled(tmp_path_factory.mktemp("made"))
    with card.open() as station:
        assert let_go(station, card) > 40
        write(station, custody("parcel.collected", waybill="JD1", code="2-1-1", how="scan"))
        write(station, custody("parcel.received", waybill="JD2", code="2-1-2"))
    return card


@pytest.fixture
def card(made: Card, tmp_path: Path) -> Card:
    """A copy of it."""
    return made.copy(tmp_path / "card")


def here(card: Card) -> set[object]:
    """Waybills in the stored rows."""
    return {row[0] for row in card.rows()["parcel"]}


def test_a_start_an_audit_and_a_rebuild_go_on_from_the_snapshot(card: Card) -> None:
    """Nothing is told, all parcels are known, the rows hold, and the commands say so."""
    with card.open() as station:
        assert station.told is None
        assert station.counter.books.shelves.parcel("SF1") is not None
    card.audit()
    assert card.reasons() == []
    assert {"SF1", "SF39", "JD2"} <= here(card)
    verified = station_command(card.folder, "journal", "verify")
    assert (verified.exit_code, "let go of" in verified.output) == (0, True)
    assert station_command(card.folder, "journal", "rebuild").exit_code == 0
    assert "let go of" in station_command(card.folder, "doctor").output


def test_rows_that_were_altered_are_made_again_from_the_snapshot(card: Card) -> None:
    """By the command, which finds them, and by a start that finds them unreadable."""
    wanted = card.rows()
    with closing(sqlite3.connect(card.journal)) as connection:
        connection.execute("DELETE FROM parcel WHERE key = 'SF1'")
        connection.execute("UPDATE parcel SET body = '{' WHERE key = 'SF2'")
        connection.commit()
    assert station_command(card.folder, "journal", "rebuild").exit_code == 1
    card.open().__exit__()
    assert card.rows() == wanted


def test_a_place_that_was_known_and_let_go_of_is_no_rollback(card: Card) -> None:
    """What an audit or the county vouched for long ago may be gone now: nobody is told, no epoch is opened."""
    with closing(JournalFile(card.journal)) as reader:
        head = reader.heads()[0]
        assert reader.hash_at(head.chain, 5) is None
    SideFile(card.journal).write(Checked((head._replace(sequence=5, hash=bytes(32)),)))
    with card.open() as station:
        assert station.told is None
    assert len(heads(card)) == 2


def heads(card: Card) -> list[object]:
    """Of all chains."""
    with closing(JournalFile(card.journal)) as reader:
        return list(reader.heads())


@pytest.mark.parametrize("what", [b"JD1\xa4code", b"JD2\xa4code"])
def test_a_break_behind_the_snapshot_is_salvaged_from_it(card: Card, what: bytes) -> None:
    """One hole, what was let go of stays what it was, and every parcel of before is known again."""
    spoil(card, what)
    with card.open() as station:
        assert station.told == Answer("journal.broken")
    (told,) = card.bodies("journal.broken")
    assert told["holes"] == 1
    assert {"SF1", "SF39"} <= here(card)
    card.audit()
    with closing(JournalFile(card.journal)) as reader:
        gaps = [gap.reason for head in reader.heads() for gap in reader.gaps(head.chain)]
        assert gaps.count("pruned") == 2
        for head in reader.heads():
            reader.verify(head.chain)


def test_what_the_log_still_holds_of_it_stays_gone(tmp_path: Path) -> None:
    """A cut right after, and a break: entries that went are not brought back from the write-ahead log as holes."""
    fresh = filled(tmp_path / "fresh")
    with fresh.open() as station:
        let_go(station, fresh)
        cut = fresh.copy(tmp_path / "cut")
    log = bytearray(log_of(cut).read_bytes())
    log[-900] ^= 0x40
    log[-2000] ^= 0x40
    log_of(cut).write_bytes(log)
    with cut.open() as station:
        assert station.counter.books.shelves.parcel("SF1") is not None
    with closing(JournalFile(cut.journal)) as reader:
        for head in reader.heads():
            reader.verify(head.chain)


def test_a_life_says_that_its_beginning_is_at_the_county(card: Card) -> None:
    """A parcel whose receipt was let go of: no entry here, and a word where to look."""
    told = station_command(card.folder, "trace", "SF1", "--json")
    assert json.loads(told.output)["older_at_county"] is True
    assert "county trace" in station_command(card.folder, "trace", "JD2").output


def test_a_calibration_that_was_let_go_of_still_counts(tmp_path: Path) -> None:
    """Its note is in the snapshot, and what watches a box is told again: a later stay is shown as it was measured."""
    card = filled(tmp_path)
    with card.open() as station:
        note = CalibrationNote("t", -500, "CNAS-1", "王工", date(2020, 3, 1), date(2090, 2, 28))
        record = note.record("00" * 8)
        station.journal.commit([record], station.notes.effects(record.kind, record.body))
        let_go(station, card)
        box = {"box": "1", "profile": "plum_express", "version": "1"}
        put = station.clock.stamp()
        station.journal.commit([custody("box.put", waybill="JD9", **box)], (), put)
        later = put._replace(since_boot_ms=put.since_boot_ms + 600_000, wall_ms=put.wall_ms + 600_000)
        values = {"start_ms": put.since_boot_ms, "at_s": [60, 120], "temperature_mc": [4000, 4000]}
        watched = {"low_mc": 0, "high_mc": 8000, "thermometer": "t", "interval_s": 60.0}
        records = [telemetry("box.temperatures", device="t", **values), telemetry("box.set_up", **watched, **box)]
        station.journal.commit(records, (), later)
    with closing(JournalFile(card.journal)) as reader:
        (stay,) = read_warmth(reader, read_life(reader, "JD9"), load_profiles())
    assert stay.figures is not None
    assert stay.figures.minimum_c == 3.5


def test_the_agents_own_quiet_moments_do_all_of_it(tmp_path: Path) -> None:
    """As `station run` wires them: an audit, a snapshot, the county's word, another audit, and then pieces go."""
    card = filled(tmp_path)
    config = tmp_path / "etc" / "station.toml"
    config.write_text(config.read_text() + "\n[journal]\nkeep_days = 1\n")
    with card.open() as station:
        journal = station.journal
        journal.commit([custody("journal.told", reason="lost")] * 1500)
        day = Day(1, 1, 0, {1: journal.head(Lane.CUSTODY).sequence, 2: journal.head(Lane.TELEMETRY).sequence})
        journal.remember(WINDOW, packed(Window(b"county-a", (day, day._replace(at_ms=2)))))
        confirm(card)
        told = []
        quiet = upkeep(card.settings, station, FaultBook(), lambda: [telemetry("box.set_up", box="1")])
        for moment in range(60):
            told += quiet.turn(float(moment))
        assert [record.kind for record in told] == ["box.set_up"]
        with closing(JournalFile(card.journal)) as reader:
            assert reader.start() is not None
            assert reader.begins_at(journal.head(Lane.CUSTODY).chain) == 0
        confirm(card)
        for moment in range(200):
            quiet.turn(1e6 + moment)
        with closing(JournalFile(card.journal)) as reader:
            assert reader.begins_at(journal.head(Lane.CUSTODY).chain) > 1500
            assert reader.begins_at(journal.head(Lane.TELEMETRY).chain) > 0
    assert station_command(card.folder, "journal", "rebuild").exit_code == 0
    card.audit()


def confirm(card: Card) -> None:
    """The county has all of it."""
    with (
        closing(JournalFile(card.journal)) as reader,
        closing(LinkFile(card.settings.link_path, lambda: 9, writable=True)) as link,
    ):
        for head in reader.heads():
            receipt = Receipt(FORMAT, 1, "V042", b"county-a", Verdict.POSITION, 3, [head])
            link.confirm(head, b"county-a", encode_receipt(receipt), b"signed")
        link.met(b"county-a")
