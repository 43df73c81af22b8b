"""JournalFile: what sync and the commands see of a journal that is being written, and that they leave it as it is."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from station_agent.errors import JournalDamaged, JournalMissing
from station_agent.journal.changes import Change
from station_agent.journal.reader import JournalFile
from station_agent.journal.writer import Record
from sync.entry import MAX_BATCH_BODY_BYTES, ROOT, ChainId, Lane, Personal, walk
from tests.station_agent.journal.files import Bench, custody, heads, telemetry


def wal(path: Path) -> Path:
    """The write-ahead log beside a file."""
    return path.with_name(path.name + "-wal")


def abandoned(bench: Bench, where: Path) -> Path:
    """What a power cut leaves: the file and its log, with no process that has them open."""
    where.mkdir()
    for path in (bench.path, wal(bench.path)):
        shutil.copy(path, where)
    return where / bench.path.name


def test_heads_name_every_chain(plain: Bench) -> None:
    """Older epochs come first, each with both lanes as the writer has them."""
    journal = plain.journal()
    journal.commit([custody(), telemetry()])
    old = heads(journal)
    journal.open_epoch("fork")
    reader = JournalFile(plain.path)
    assert reader.heads() == [*old, *heads(journal)]
    reader.close()


def test_entries_and_hashes_by_place(plain: Bench) -> None:
    """Entries come from any place on, at most as many as asked for; there is no hash where there is no entry."""
    journal = plain.journal()
    places = journal.commit([custody(number) for number in range(5)])
    chain = places[0].chain
    reader = JournalFile(plain.path)
    assert [entry.hash for entry in reader.entries(chain, 2, 3)] == [place.hash for place in places[1:4]]
    assert list(walk(reader.entries(chain, 0, 99), first=0, previous=ROOT)) == plain.entries(chain)
    assert reader.hash_at(chain, 3) == places[2].hash
    assert reader.hash_at(chain, 6) is None
    nobody = ChainId(b"nobodyxx", Lane.CUSTODY)
    assert (reader.entries(nobody, 0, 9), reader.hash_at(nobody, 0)) == ([], None)
    reader.close()


def test_large_entries_come_in_fewer(plain: Bench) -> None:
    """A piece ends with the entry that passes what a batch may hold, and the whole chain comes all the same."""
    journal = plain.journal()
    count = MAX_BATCH_BODY_BYTES // 30_000 + 5
    journal.commit([custody(number, size=30_000) for number in range(count)])
    chain = journal.head(Lane.CUSTODY).chain
    reader = JournalFile(plain.path)
    piece = reader.entries(chain, 0, 1000)
    assert len(piece) < count
    assert sum(len(entry.body) for entry in piece[:-1]) <= MAX_BATCH_BODY_BYTES
    assert len(list(reader.every(chain))) == count + 1
    reader.close()


def test_every_reads_in_pieces(plain: Bench) -> None:
    """More entries than one piece holds come once each and in order, from any place on."""
    journal = plain.journal()
    journal.commit([custody(number) for number in range(2500)])
    reader = JournalFile(plain.path)
    entries = list(reader.every(journal.head(Lane.CUSTODY).chain, 7))
    assert [entry.read_header().sequence for entry in entries] == list(range(7, 2501))
    reader.close()


def test_a_missing_entry_is_not_made_up_by_another(plain: Bench) -> None:
    """Where an entry is gone, the rest come once each."""
    journal = plain.journal()
    journal.commit([custody(number) for number in range(9)])
    plain.ask("DELETE FROM entry WHERE chain = 1 AND sequence = 4")
    reader = JournalFile(plain.path)
    entries = list(reader.every(journal.head(Lane.CUSTODY).chain))
    assert [entry.read_header().sequence for entry in entries] == [0, 1, 2, 3, 5, 6, 7, 8, 9]
    reader.close()


def test_changed_tells_each_write_once(plain: Bench) -> None:
    """True at the first look and after a commit of the writer, else False."""
    journal = plain.journal()
    reader = JournalFile(plain.path)
    assert (reader.changed(), reader.changed()) == (True, False)
    journal.commit([custody()])
    journal.commit([custody()])
    assert (reader.changed(), reader.changed()) == (True, False)
    reader.close()


def test_rows_of_what_is_here_now(plain: Bench) -> None:
    """The reader sees the rows the writer has."""
    row = ("SF1", '{"waybill":"SF1"}')
    journal = plain.journal()
    journal.commit([custody()], [Change("parcel", None, row)])
    reader = JournalFile(plain.path)
    assert reader.rows("parcel") == [row] == journal.rows("parcel")
    reader.close()


def test_an_erased_personal_part_is_read_as_erased(plain: Bench) -> None:
    """Salt and sealed bytes are gone, the digest is there, and the chain still holds."""
    journal = plain.journal()
    (place,) = journal.commit([Record(Lane.CUSTODY, "x", {}, Personal.of(b"s" * 16, b"sealed"))])
    journal.commit([custody()])
    plain.ask("UPDATE entry SET personal_salt = NULL, personal_sealed = NULL")
    reader = JournalFile(plain.path)
    part = reader.entries(place.chain, place.sequence, 1)[0].personal
    assert part is not None
    assert (part.salt, part.sealed, len(part.digest)) == (None, None, 32)
    assert reader.verify(place.chain) == 3
    reader.close()


@pytest.mark.parametrize("content", [None, b""])
def test_no_journal_yet_is_missing(tmp_path: Path, content: bytes | None) -> None:
    """No file, or one whose tables are not made yet, is JournalMissing: the sync process tries again."""
    path = tmp_path / "journal.db"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(JournalMissing) as caught:
        JournalFile(path)
    assert "station run" in caught.value.hint
    assert path.exists() == (content is not None)


def test_a_file_of_noise_is_damaged(tmp_path: Path) -> None:
    """A file that is no database is JournalDamaged with what to do, not a traceback."""
    path = tmp_path / "journal.db"
    path.write_bytes(b"\xa5" * 4096)
    with pytest.raises(JournalDamaged) as caught:
        JournalFile(path)
    assert "station journal verify" in caught.value.hint


def test_pages_of_noise_are_damaged(plain: Bench) -> None:
    """Damage found only while reading is JournalDamaged too."""
    journal = plain.journal()
    for number in range(60):
        journal.commit([custody(number, size=500)])
    chain = journal.head(Lane.CUSTODY).chain
    plain.close()
    data = plain.path.read_bytes()
    plain.path.write_bytes(data[:24576] + b"\xa5" * (len(data) - 24576))
    reader = JournalFile(plain.path)
    with pytest.raises(JournalDamaged):
        reader.verify(chain)
    reader.close()


def test_a_reader_writes_nothing(plain: Bench) -> None:
    """Neither a statement nor a checkpoint of the reader's connection changes the file or its log."""
    journal = plain.journal()
    journal.commit([custody(number) for number in range(50)])
    before = (plain.path.read_bytes(), wal(plain.path).read_bytes())
    readonly = sqlite3.connect(f"{plain.path.as_uri()}?mode=ro", uri=True, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        readonly.execute("DELETE FROM entry")
    with pytest.raises(sqlite3.OperationalError):
        readonly.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    readonly.close()
    assert (plain.path.read_bytes(), wal(plain.path).read_bytes()) == before


def test_the_last_one_out_does_not_checkpoint_when_it_only_reads(plain: Bench, tmp_path: Path) -> None:
    """Where the agent died, a reader that comes and goes leaves the log as it is for the agent's next start."""
    journal = plain.journal()
    journal.commit([custody(number) for number in range(50)])
    path = abandoned(plain, tmp_path / "after")
    before = (path.read_bytes(), wal(path).read_bytes())
    reader = JournalFile(path)
    assert reader.verify(journal.head(Lane.CUSTODY).chain) == 51
    reader.close()
    assert (path.read_bytes(), wal(path).read_bytes()) == before


def test_the_writer_never_checkpoints_within_a_commit(bench: Bench) -> None:
    """The log grows with the commits and the file stays, beyond SQLite's own 1,000 pages; `checkpoint` moves it."""
    journal = bench.journal()
    journal.checkpoint()
    size = bench.path.stat().st_size
    for number in range(60):
        journal.commit([custody(number, size=20_000)])
    assert wal(bench.path).stat().st_size > 1000 * 1024
    assert bench.path.stat().st_size == size
    journal.checkpoint()
    assert bench.path.stat().st_size > size
