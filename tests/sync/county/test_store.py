"""Receiver and county log together, on real databases: what is said is committed, what is committed is kept."""

from pathlib import Path

import pytest
from sqlalchemy import exc, text

from sync.county.database import new_incarnation, open_database, reading, sqlite_url, writing
from sync.county.register import RegisterConflict, add_station, find_station, list_stations, revoke_keys
from sync.county.store import CountyLog
from sync.entry import Lane, Personal
from sync.errors import BadSignature
from sync.keys import SigningKey, verifier
from sync.receiver import LogUnavailable, Receiver
from sync.wire import Verdict
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation


def rows(county: PaperCounty) -> int:
    with reading(county.engine) as connection:
        return int(connection.execute(text("SELECT count(*) FROM log")).scalar_one())


def test_a_batch_is_accepted_and_stored_byte_for_byte(county: PaperCounty, station: PaperStation) -> None:
    """Header, body, personal part and hash come back as they were; the receipt names the new head."""
    station.write("parcel.received", {"waybill": "YT1"}, personal=Personal.of(b"s" * 16, b"sealed"))
    station.fill(3)
    receipt = county.take(station.batch())
    assert receipt.verdict is Verdict.ACCEPTED
    assert receipt.positions == station.heads()
    with reading(county.engine) as connection:
        stored = connection.execute(text("SELECT * FROM log ORDER BY sequence")).all()
    for row, entry in zip(stored, station.chains[station.chain()], strict=True):
        assert (row.header, row.body, row.hash, row.committed_ms) == (entry.header, entry.body, entry.hash, NOW_MS)
    assert (stored[0].personal_salt, stored[0].personal_sealed) == (b"s" * 16, b"sealed")
    assert stored[1].personal_digest is None


def test_the_same_batch_again_is_accepted_and_stores_nothing_new(county: PaperCounty, station: PaperStation) -> None:
    """A worker that died after its commit: the station sends again and gets the same receipt."""
    station.fill(5)
    first = county.take(station.batch())
    again = county.take(station.batch())
    assert again == first
    assert rows(county) == 5
    assert find_station(county.engine, "v001").entries(Lane.CUSTODY) == 5


def test_a_batch_that_overlaps_adds_only_what_is_new(county: PaperCounty, station: PaperStation) -> None:
    """Known entries in front of new ones are passed over."""
    station.fill(8)
    county.take(station.batch(0, 5))
    assert county.take(station.batch(3)).verdict is Verdict.ACCEPTED
    assert rows(county) == 8


def test_a_gap_is_answered_with_where_the_county_stands(county: PaperCounty, station: PaperStation) -> None:
    """Nothing is stored; the answer is the tip, so that the station sends exactly what is missing."""
    station.fill(8)
    county.take(station.batch(0, 2))
    receipt = county.take(station.batch(5))
    assert receipt.verdict is Verdict.GAP
    assert receipt.positions[0].sequence == 1
    assert rows(county) == 2


def test_a_gap_in_an_unknown_chain_is_answered_with_its_start(county: PaperCounty, station: PaperStation) -> None:
    """A chain nobody has heard of stands at -1."""
    station.fill(8)
    assert county.take(station.batch(5)).positions[0].sequence == -1


def test_a_fork_keeps_both_and_says_so(county: PaperCounty, station: PaperStation, tmp_path: Path) -> None:
    """A restored old card writes other entries at places that are taken: both stay, and people see how many."""
    station.fill(5)
    county.take(station.batch())
    station.chains[station.chain()] = station.chains[station.chain()][:3]
    station.receive("YT-other")
    receipt = county.take(station.batch(3))
    assert receipt.verdict is Verdict.FORK
    assert receipt.positions == station.heads()
    assert rows(county) == 6
    assert find_station(county.engine, "v001").forks == 1
    assert tmp_path.exists()


def test_lanes_and_epochs_are_chains_of_their_own(county: PaperCounty, station: PaperStation) -> None:
    """Each counts from 0; a hello is answered for every one of them."""
    station.fill(2)
    station.write("box.block", {"t": [4000]}, lane=Lane.TELEMETRY)
    county.take(station.batch())
    county.take(station.batch(lane=Lane.TELEMETRY))
    station.epoch = b"epoch002"
    station.fill(1)
    receipt = county.take(station.hello())
    assert receipt.verdict is Verdict.POSITION
    assert [place.sequence for place in receipt.positions] == [1, 0, -1]
    summary = find_station(county.engine, "v001")
    assert (summary.entries(Lane.CUSTODY), summary.entries(Lane.TELEMETRY), summary.forks) == (2, 1, 0)
    assert summary.heard_ms == NOW_MS


def test_a_bad_signature_stores_nothing(county: PaperCounty, station: PaperStation) -> None:
    """Nothing is believed before the signature over the head."""
    station.fill(2)
    assert county.take(station.batch(signature=b"x" * 64)).verdict is Verdict.BAD_SIGNATURE
    assert rows(county) == 0


def test_a_station_nobody_registered_is_told_so(county: PaperCounty, tmp_path: Path) -> None:
    """Its entries stay with it until it is registered."""
    stranger = PaperStation(SigningKey.create(tmp_path / "stranger.key"), name="v999")
    stranger.fill(1)
    assert county.take(stranger.batch(), "v999").verdict is Verdict.UNKNOWN_STATION


def test_a_revoked_key_is_unknown_from_the_next_message_on(county: PaperCounty, station: PaperStation) -> None:
    """No cache stands between revoking and refusing; what was committed stays."""
    station.fill(3)
    county.take(station.batch(0, 2))
    assert revoke_keys(county.engine, "v001", now_ms=NOW_MS) == 1
    assert county.take(station.batch(2)).verdict is Verdict.UNKNOWN_STATION
    assert rows(county) == 2


@pytest.mark.sqlite
def test_a_full_database_answers_later_and_takes_the_batch_once_there_is_room(
    county: PaperCounty, station: PaperStation
) -> None:
    """SQLITE_FULL in the middle of a batch: nothing of it is stored, people learn why, and the next try succeeds."""
    station.fill(1000)
    with county.engine.connect() as connection:
        size = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {size + 5}")
    assert county.take(station.batch()).verdict is Verdict.LATER
    assert rows(county) == 0
    assert county.log.refusal is not None
    assert county.log.refusal.hint
    with county.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert county.take(station.batch()).verdict is Verdict.ACCEPTED
    assert rows(county) == 1000
    assert county.log.refusal is None


@pytest.mark.sqlite
def test_a_database_that_is_no_database_answers_later(
    county: PaperCounty, station: PaperStation, tmp_path: Path
) -> None:
    """Damage found by the engine is a refusal, not a crash, and a hello is answered too."""
    county.engine.dispose()
    for path in tmp_path.glob("county.db*"):
        path.write_bytes(b"this is no database" * 1000)
    station.fill(1)
    assert county.take(station.batch()).verdict is Verdict.LATER
    assert county.take(station.hello()).verdict is Verdict.LATER


@pytest.mark.sqlite
def test_a_programming_error_is_not_later(county: PaperCounty, station: PaperStation) -> None:
    """A missing table is our mistake: it must be loud, or stations would wait for ever."""
    station.fill(1)
    with writing(county.engine) as connection:
        connection.execute(text("DROP TABLE cursor"))
    with pytest.raises(exc.OperationalError, match="no such table"):
        county.take(station.batch())
    assert rows(county) == 0


@pytest.mark.sqlite
def test_two_workers_that_commit_the_same_batch_store_it_once(
    county: PaperCounty, station: PaperStation, tmp_path: Path
) -> None:
    """Both judged it new before either committed: both may say accepted, the log has it once."""
    station.fill(10)
    engine = open_database(sqlite_url(tmp_path / "county.db"))
    other = CountyLog(engine, clock_ms=lambda: NOW_MS + 1)
    run = station.run()
    county.log.commit(run, run.entries, 0, bytes(64))
    other.commit(run, run.entries, 0, bytes(64))
    assert rows(county) == 10
    assert find_station(county.engine, "v001").entries(Lane.CUSTODY) == 10
    receiver = Receiver(log=other, sign=county.key.sign, verifier=verifier)
    assert PaperCounty(engine, county.key, other, receiver).take(station.batch()).verdict is Verdict.ACCEPTED
    engine.dispose()


@pytest.mark.sqlite
def test_a_database_that_another_writer_holds_answers_later(
    county: PaperCounty, station: PaperStation, tmp_path: Path
) -> None:
    """A lock that outlasts the busy timeout is a refusal like any other."""
    station.fill(1)
    engine = open_database(sqlite_url(tmp_path / "county.db"))
    with county.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
    with writing(engine):
        assert county.take(station.batch()).verdict is Verdict.LATER
    assert county.take(station.batch()).verdict is Verdict.ACCEPTED
    engine.dispose()


@pytest.mark.sqlite
def test_an_incarnation_stays_until_a_new_one_is_drawn(county: PaperCounty, tmp_path: Path) -> None:
    """Every log on this database says the same 8 bytes; after `new` those opened from then on say others."""
    engine = open_database(sqlite_url(tmp_path / "county.db"))
    before = county.log.incarnation
    assert len(before) == 8
    assert CountyLog(engine, clock_ms=lambda: 0).incarnation == before
    after = new_incarnation(engine)
    assert CountyLog(engine, clock_ms=lambda: 0).incarnation == after != before
    engine.dispose()


@pytest.mark.sqlite
def test_only_the_ingest_engine_checkpoints_and_every_commit_is_synced(county: PaperCounty, tmp_path: Path) -> None:
    """The pragmas that keep SQLite safe with several processes on one file."""
    engine = open_database(sqlite_url(tmp_path / "county.db"))
    with engine.connect() as reader, county.engine.connect() as writer:
        assert reader.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one() == 0
        assert writer.exec_driver_sql("PRAGMA wal_autocheckpoint").scalar_one() > 0
        assert writer.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert writer.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    engine.dispose()


def test_registering_is_repeatable_and_never_swaps_a_key(county: PaperCounty, tmp_path: Path) -> None:
    """The same again changes nothing; another key needs the old one revoked first."""
    one, two = SigningKey.create(tmp_path / "1.key"), SigningKey.create(tmp_path / "2.key")
    assert add_station(county.engine, "v7", "七村", one.public, now_ms=1)
    assert not add_station(county.engine, "v7", "七村", one.public, now_ms=2)
    with pytest.raises(RegisterConflict) as conflict:
        add_station(county.engine, "v7", "七村", two.public, now_ms=3)
    assert "revoke" in conflict.value.hint
    revoke_keys(county.engine, "v7", now_ms=4)
    assert add_station(county.engine, "v7", "七村", two.public, now_ms=5)
    with pytest.raises(BadSignature):
        add_station(county.engine, "v8", "八村", b"short", now_ms=6)
    assert [each.id for each in list_stations(county.engine)] == ["v7"]
    assert list_stations(county.engine)[0].heard_ms is None
    with pytest.raises(RegisterConflict):
        find_station(county.engine, "v9")


def test_a_log_on_a_locked_away_directory_is_unavailable(tmp_path: Path) -> None:
    """Opening fails like any other refusal."""
    engine = open_database(sqlite_url(tmp_path / "nowhere" / "county.db"))
    with pytest.raises(LogUnavailable):
        CountyLog(engine, clock_ms=lambda: 0)
