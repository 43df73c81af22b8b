"""A card that refuses: nothing half written, memory unmoved, the same call good afterwards, and the right error."""

import sqlite3
from pathlib import Path

import pytest

from station_agent.errors import JournalDamaged, JournalFull, JournalUnwritable, StationError
from station_agent.journal.changes import Change
from station_agent.journal.refusals import translated
from station_agent.journal.writer import CHECKPOINT_COMMITS, CHECKPOINT_COMMITS_BUSY, Journal
from sync.entry import Lane
from tests.station_agent.journal.files import IDENTITY, Bench, custody, heads, telemetry
from tests.station_agent.journal.sick import WORDS, Sick

ROW = ("SF1", '{"waybill":"SF1","state":"here"}')
KINDS: dict[str, type[StationError]] = {
    "database or disk is full": JournalFull,
    "disk I/O error": JournalUnwritable,
    "attempt to write a readonly database": JournalUnwritable,
    "unable to open database file": JournalUnwritable,
    "database is locked": JournalUnwritable,
    "locking protocol": JournalUnwritable,
    "database disk image is malformed": JournalDamaged,
    "file is not a database": JournalDamaged,
}


@pytest.mark.parametrize("words", ["database or disk is full", "disk I/O error"])
@pytest.mark.parametrize("statement", range(1, 7))
def test_a_refused_statement_leaves_nothing(bench: Bench, statement: int, words: str) -> None:
    """BEGIN, each insert, the row or COMMIT refused: no entry, no row, heads as before; the same call then works."""
    sick = Sick(bench.connection())
    journal = bench.journal(connection=sick)
    before = heads(journal)
    records, changes = [telemetry(), custody(1), custody(2)], [Change("parcel", None, ROW)]
    sick.fail(statement, words)
    with pytest.raises(KINDS[words]) as caught:
        journal.commit(records, changes)
    assert caught.value.hint
    assert heads(journal) == before
    assert bench.ask("SELECT (SELECT count(*) FROM entry), (SELECT count(*) FROM parcel)") == [(2, 0)]
    places = journal.commit(records, changes)
    assert [place.sequence for place in places] == [1, 1, 2]
    assert [len(bench.walked(head.chain)) for head in heads(journal)] == [3, 2]
    assert journal.rows("parcel") == [ROW]


def test_every_statement_of_a_commit_was_refused_once(bench: Bench) -> None:
    """The numbers above cover the whole transaction: three entries and a row are six statements with BEGIN, COMMIT."""
    sick = Sick(bench.connection())
    journal = bench.journal(connection=sick)
    sick.fail(0, Sick.full)
    journal.commit([telemetry(), custody(1), custody(2)], [Change("parcel", None, ROW)])
    assert len(sick.seen) == 6
    assert (sick.seen[0], sick.seen[-1]) == ("BEGIN IMMEDIATE", "COMMIT")


@pytest.mark.parametrize("words", sorted(WORDS))
def test_sqlites_words_become_our_errors(bench: Bench, words: str) -> None:
    """Try again or stop is told by type, whichever library spoke; what SQLite said is kept as the cause."""
    sick = Sick(bench.connection())
    journal = bench.journal(connection=sick)
    sick.fail(2, words)
    with pytest.raises(KINDS[words]) as caught:
        journal.commit([custody()])
    assert words in str(caught.value.__cause__)


@pytest.mark.parametrize(
    "error", [sqlite3.IntegrityError("UNIQUE constraint failed"), KeyError("parcel"), MemoryError()]
)
def test_what_is_unforeseen_stays_what_it_is(error: Exception) -> None:
    """A mistake of ours is not called the card's."""
    with pytest.raises(type(error)) as caught, translated():
        raise error
    assert caught.value is error


def test_our_own_errors_pass_as_they_are() -> None:
    """An error already told is not told again in other words, even where its hint says `full`."""
    error = JournalUnwritable("the card is full of holes", hint="h")
    with pytest.raises(JournalUnwritable) as caught, translated():
        raise error
    assert caught.value is error


def test_a_really_full_file(bench: Bench) -> None:
    """SQLite's own SQLITE_FULL is JournalFull; with room again the same records are written and the chain holds."""
    connection = bench.connection()
    journal = bench.journal(connection=connection)
    pages = connection.execute("PRAGMA page_count").fetchall()[0][0]
    connection.execute(f"PRAGMA max_page_count = {pages + 4}").fetchall()
    with pytest.raises(JournalFull):
        _fill(journal)
    written = journal.head(Lane.CUSTODY).sequence + 1
    assert bench.ask("SELECT count(*) FROM entry WHERE chain = 1") == [(written,)]
    connection.execute("PRAGMA max_page_count = 1000000").fetchall()
    journal.commit([custody(size=600)])
    assert len(bench.walked(journal.head(Lane.CUSTODY).chain)) == written + 1


@pytest.mark.parametrize("when", ["as it is", "in another boot", "on another computer"])
@pytest.mark.parametrize("statement", range(1, 16))
def test_a_start_that_is_refused_can_be_made_again(bench: Bench, statement: int, when: str) -> None:
    """Whichever statement of the opening is refused, it is one of our errors, and the next start finds all in order."""
    journal = bench.journal()
    (place,) = journal.commit([custody()])
    identity = {
        "as it is": IDENTITY,
        "in another boot": IDENTITY._replace(boot="b"),
        "on another computer": IDENTITY._replace(hardware="h", boot="b"),
    }[when]
    bench.close()
    sick = Sick(bench.connection())
    sick.fail(statement + 1, Sick.full)  # the bench asks for the version first
    try:
        bench.journal(identity, sick)
    except JournalFull:
        bench.close()
        again = bench.journal(identity)
        assert again.boot == (1 if when == "as it is" else 2)
    bench.close()
    assert len(bench.walked(place.chain)) == 2


def test_a_failed_checkpoint_is_only_put_off(bench: Bench) -> None:
    """A full card at the checkpoint is no reason to stop: the commit before it stands and the next goes on."""
    sick = Sick(bench.connection())
    journal = bench.journal(connection=sick)
    journal.commit([custody()])
    sick.fail(1, Sick.full)
    journal.checkpoint()
    assert sick.seen == ["PRAGMA wal_checkpoint(PASSIVE)"]
    journal.commit([custody()])
    assert len(bench.walked(journal.head(Lane.CUSTODY).chain)) == 3


def test_when_checkpoints_are_made(bench: Bench) -> None:
    """Not in a quiet moment with little written, in one with enough, and by a commit only when very much waits."""
    sick = Sick(bench.connection())
    journal = bench.journal(connection=sick)

    def checkpoints() -> int:
        return sum("wal_checkpoint" in sql for sql in sick.seen)

    sick.fail(0, Sick.full)
    for _ in range(CHECKPOINT_COMMITS - 1):
        journal.commit([])
    journal.idle()
    assert checkpoints() == 0
    journal.commit([])
    assert checkpoints() == 0
    journal.idle()
    journal.idle()
    assert checkpoints() == 1
    for _ in range(CHECKPOINT_COMMITS_BUSY):
        journal.commit([])
    assert checkpoints() == 2


def _fill(journal: Journal) -> None:
    for number in range(100):
        journal.commit([custody(number, size=600)])


def damage(path: Path) -> None:
    """Overwrite every page but the first with noise."""
    data = path.read_bytes()
    path.write_bytes(data[:1024] + b"\xa5" * (len(data) - 1024))


def test_a_damaged_file_is_told(bench: Bench) -> None:
    """Opening a file whose pages are noise is JournalDamaged, and the hint says what to run."""
    journal = bench.journal()
    for number in range(50):
        journal.commit([custody(number, size=500)])
    bench.close()
    damage(bench.path)
    with pytest.raises(JournalDamaged) as caught:
        bench.journal()
    assert "station journal verify" in caught.value.hint


def test_a_file_that_is_no_journal_is_told(bench: Bench) -> None:
    """Noise from the first byte on is JournalDamaged, not a traceback."""
    bench.path.write_bytes(b"\xa5" * 4096)
    with pytest.raises(JournalDamaged):
        Journal(bench.connection(), IDENTITY, stamp=bench.stamp, draw_epoch=lambda: bytes(8))


def test_a_lane_without_its_first_entry_is_told(bench: Bench) -> None:
    """A chain that lost all its entries cannot be gone on with."""
    bench.journal()
    bench.close()
    bench.ask("DELETE FROM entry WHERE chain = 2")
    with pytest.raises(JournalDamaged, match="telemetry") as caught:
        bench.journal()
    assert "verify" in caught.value.hint


def test_a_last_entry_that_cannot_be_read_is_told(bench: Bench) -> None:
    """A head whose header is noise is JournalDamaged."""
    bench.journal()
    bench.close()
    bench.ask("UPDATE entry SET header = x'c1c1' WHERE chain = 1")
    with pytest.raises(JournalDamaged, match="custody"):
        bench.journal()
