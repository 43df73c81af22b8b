"""A sync that fails while a checkpoint moves the log into the file, and the power that goes later.

Found by life 24000459 of the power cuts: somebody reads while a checkpoint runs, so that it moves only a part and
syncs nothing; the sync of the next one fails, and the kernel takes the sectors for written; the one after that moves
the rest, its sync succeeds, SQLite begins the log anew, and the power goes: the first part is on no medium.
"""

import random
from contextlib import suppress
from pathlib import Path

import apsw

from station_agent.counter.vocabulary import telemetry
from station_agent.journal.schema import create
from station_agent.journal.writer import Identity, Journal, Stamp
from sync.entry import Lane, Trust
from tests.torture.disk import Disk, DiskVFS
from tests.torture.planted import CheckpointsOn
from tests.torture.witness import Finding, Witness

DRAWS = range(40)


def _findings(seed: int, folder: Path, kind: type[Journal]) -> list[Finding]:
    """What the witness finds after that story; `seed` draws what the cut leaves."""
    disk = Disk(random.Random(seed))
    vfs = DiskVFS(disk, folder, seed)
    witness = Witness()
    connection, reader = vfs.connect(), vfs.connect()
    create(connection)

    def draw_epoch() -> bytes:
        witness.ask_epoch(b"an epoch")
        return b"an epoch"

    def work(acts: int) -> None:
        for number in range(acts):
            witness.promise(journal.commit([telemetry("scan.unreadable", device="gun", head=bytes([number]) * 300)]))

    identity = Identity("V042", b"keykeyke", "computer", "boot")
    journal = kind(connection, identity, stamp=lambda: Stamp(1, 1, Trust.KEPT), draw_epoch=draw_epoch)
    witness.promise([journal.head(lane) for lane in Lane])
    work(5)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entry").fetchall()
    work(5)
    journal.checkpoint()
    reader.execute("COMMIT")
    work(5)
    disk.fail_sync_of = "db"
    journal.checkpoint()
    assert disk.harmed
    work(5)
    journal.checkpoint()
    work(1)
    disk.cut()
    for dead in (reader, connection):
        with suppress(apsw.Error):
            dead.close()
    disk.switch_on()
    connection = vfs.connect()
    findings = witness.examine(connection, after_cut=True)
    connection.close()
    vfs.close()
    return findings


def test_a_failed_sync_is_followed_by_no_other_checkpoint(tmp_path: Path) -> None:
    """The log is kept after it, so whatever the cut leaves of the file, the next boot makes it whole."""
    assert {seed: found for seed in DRAWS if (found := _findings(seed, tmp_path, Journal))} == {}


def test_a_checkpoint_after_a_failed_sync_would_lose(tmp_path: Path) -> None:
    """The same story with a journal that tries again does lose, and it is seen."""
    assert any(_findings(seed, tmp_path, CheckpointsOn) for seed in DRAWS)
