"""Whether a journal file is what was written, as far as a start can tell within its time. Looks only.

    the file alone     header, length, a log that lost commits or is not there any more
    through SQLite     tables and their texts, quick_check (small tables whole, the rest as far as QUICK_S lasts)
    the chains         the newest epoch: heads against what was remembered beside, entries from there on (TAIL at most)

quick_check finds few flipped bits; the chains find them all, and the audit walks them whole in idle moments. A reading
connection is used, so that nothing of a damaged file is moved before it is set aside. Called when a station is opened.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from station_agent.errors import JournalDamaged, JournalForeign
from station_agent.journal.log_file import lost_commits
from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import NEWEST, PAGE_BYTES, TABLES, newest_shape, schema_version, shape
from sync.entry import ROOT, Lane, Position, walk

TAIL = 1000
"""Entries of a lane that a start walks at most; a hundred milliseconds of a Pi."""
LEAST = 250
"""Entries walked even where they were found good before: a start goes on from the newest, so that it must read them."""
QUICK_S = 0.15
_SMALL = ("chain", "meta", "gap", *TABLES)
_FIXED = {20: b"\0\x40\x20\x20", 44: b"\0\0\0\x04", 56: b"\0\0\0\x01", 64: bytes(28)}
"""Parts of the first page of every journal: https://www.sqlite.org/fileformat2.html, 1.3."""
_HINT = "正在另存坏账本并抢救 / it is set aside and what can be read is saved"


def damaged(what: str) -> JournalDamaged:
    """The error for a file that is not what was written."""
    return JournalDamaged(f"账本文件损坏 / the journal is damaged: {what}", hint=_HINT)


def check_file(path: Path) -> None:
    """Look at the file and its log before anything opens them; raises JournalDamaged."""
    with path.open("rb") as file:
        head = file.read(100)
    log = path.with_name(f"{path.name}-wal")
    has_log = log.exists() and log.stat().st_size > 0
    if head[:18] != b"SQLite format 3\0" + PAGE_BYTES.to_bytes(2, "big") or head[18:20] not in (b"\1\1", b"\2\2"):
        raise damaged("its header")
    if any(head[at : at + len(part)] != part for at, part in _FIXED.items()):
        raise damaged("its header")
    # With a log, a checkpoint that was cut may have left the file at any length.
    if not has_log and path.stat().st_size != int.from_bytes(head[28:32], "big") * PAGE_BYTES:
        raise damaged("it is cut off")
    if has_log and (lost := lost_commits(log.read_bytes(), PAGE_BYTES)):
        raise damaged(f"{lost} commits of its log")


def log_is_gone(path: Path) -> bool:
    """Whether the log was taken away: SQLite deletes the index of the log first, and makes it last."""
    return path.with_name(f"{path.name}-shm").exists() and not path.with_name(f"{path.name}-wal").exists()


def check_tables(path: Path) -> None:
    """Look through SQLite; raises JournalDamaged, JournalForeign for a file of a newer program, sqlite3 errors."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=5.0)
    with contextlib.closing(connection):
        version = schema_version(connection)
        newest = shape(connection) == newest_shape()
        if version > NEWEST and not newest:
            hint = "升级本程序 / upgrade this program"
            raise JournalForeign(f"账本来自更新的程序 / a newer program wrote this: {version} > {NEWEST}", hint=hint)
        if newest != (version == NEWEST):
            raise damaged("its tables")
        if newest:
            for table in _SMALL:
                _quick_check(connection, f"PRAGMA quick_check({table})")
            _quick_check(connection, "PRAGMA quick_check", QUICK_S)


def _quick_check(connection: sqlite3.Connection, pragma: str, at_most_s: float = 5.0) -> None:
    """Run one; what is not finished in time has found nothing."""
    until_s = time.monotonic() + at_most_s
    connection.set_progress_handler(lambda: time.monotonic() > until_s, 2000)
    try:
        found = connection.execute(pragma).fetchone()
    except sqlite3.OperationalError as error:
        if "interrupted" not in str(error):
            raise
    else:
        if found != ("ok",):
            raise damaged(str(found[0])[:200])
    finally:
        connection.set_progress_handler(None, 0)


def check_tails(path: Path, known: Iterable[Position]) -> None:
    """Walk the end of both lanes of the newest epoch from a `known` place on; raises JournalDamaged, BrokenChain."""
    with contextlib.closing(JournalFile(path)) as journal:
        heads = _newest(journal)
        if not heads:
            raise damaged("no chain begins in it")
        if {head.lane for head in heads} != set(Lane):
            raise damaged("a lane has no entries")
        by_chain = {place.chain: place for place in known}
        for head in heads:
            for _ in tail(journal, head, by_chain.get(head.chain)):
                pass


def tail(journal: JournalFile, head: Position, known: Position | None) -> Iterator[None]:
    """The entries of one chain from `known` on, LEAST to TAIL of them; raises BrokenChain."""
    begins = journal.begins_at(head.chain)
    first = max(begins, head.sequence + 1 - TAIL)
    if known is not None and first <= known.sequence and journal.hash_at(head.chain, known.sequence) == known.hash:
        first = max(begins, min(known.sequence, head.sequence - LEAST) + 1)
    previous = journal.hash_at(head.chain, first - 1) if first else ROOT
    if previous is None:
        raise damaged(f"entry {first - 1} is not there")
    for entry in walk(journal.every(head.chain, first), first=first, previous=previous):
        if entry.read_header().chain != head.chain:
            raise damaged("an entry belongs to another chain")
        yield


def behind(path: Path, known: Iterable[Position]) -> bool:
    """Whether the newest epoch is not as far as, or another than, a place that is known: the file was rolled back.

    A place that was let go of since it was known says nothing.
    """
    with contextlib.closing(JournalFile(path)) as journal:
        chains = {head.chain for head in _newest(journal)}
        return any(
            place.chain in chains
            and place.sequence >= 0
            and journal.hash_at(place.chain, place.sequence) != place.hash
            and journal.resumes_at(place.chain, place.sequence) == place.sequence
            for place in known
        )


def _newest(journal: JournalFile) -> list[Position]:
    """The heads of the newest epoch."""
    heads = journal.heads()
    return [head for head in heads if head.epoch == heads[-1].epoch]
