"""Sets a broken journal aside whole and makes a new one of everything in it that can be proved.

Rules
1. Nothing of the broken file is changed. It ends up as `journal-<time>.broken`, with its log beside it.
2. Old chains keep their entries and hashes as they are; what cannot be read is a row of `gap`, told in an entry. What
   was let go of before stays gone, also where the log still has it; a snapshot is an entry like any other.
3. What the county lacks and cannot get in its own chain any more, since a hole lies before it, is entered again whole,
   as `entry.salvaged`; so is what can be read and not proved.
4. The station goes on in a new epoch `broken` that names the last place known to be good.

Step                          cut here, the next start
----------------------------  --------------------------------------------------
journal.part is written       finds the broken journal, begins anew
renamed to journal-*.salvage  moves on from here (`finish`)
broken files renamed          moves on; an empty log that a look has made since is thrown away, never laid over
journal-*.salvage renamed     is done

What the books make of the entries, and the entries that tell of it, are the caller's (`recovery.py`).
"""

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from station_agent.journal.log_file import frames
from station_agent.journal.mending import Good, Hole, Loose, mend
from station_agent.journal.remains import Remnant, beginning, remnants
from station_agent.journal.schema import KEPT_TABLES, PAGE_BYTES, create
from station_agent.journal.side import sync_folder
from station_agent.journal.writer import Record
from sync.entry import MAX_BODY_BYTES, ChainId, Entry, Lane, Personal, Position, encode_body

MAX_SALVAGED = 20_000
"""Entries entered again at most; beyond it they are only counted. A hundred days of a busy station."""
SALVAGED = "entry.salvaged"

Confirmed = Callable[[ChainId], Position | None]


_Gone = tuple[int, int, bytes, str]
"""First and last place, hash at the end, reason."""


class Lost(NamedTuple):
    """Places of a chain that could not be read."""

    chain: ChainId
    hole: Hole


class Salvaged(NamedTuple):
    """What was made of a broken file. again: entries to be entered again, in their order."""

    entries: int
    lost: list[Lost]
    again: list[Record]
    left_out: int
    boots: int


def build(broken: Path, part: Path, station: str, confirmed: Confirmed) -> tuple[sqlite3.Connection, Salvaged]:
    """Make `part`, a journal of what is left in `broken`, and return it open; raises sqlite3 and OS errors.

    confirmed: how far the county has each chain.
    """
    remove(part)
    with contextlib.closing(_staged(broken, station)) as stage:
        connection = sqlite3.connect(part, isolation_level=None, timeout=5.0)
        try:
            create(connection)
            connection.execute("PRAGMA synchronous = OFF")  # the caller syncs the whole before it is named
            connection.execute("BEGIN")
            salvaged = _fill(connection, stage, confirmed, _let_go(broken))
            connection.execute("INSERT INTO meta VALUES ('boots', ?)", (salvaged.boots,))
            for table in KEPT_TABLES:
                _carry_over(connection, broken, table)
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
    return connection, salvaged


def finish(journal: Path) -> bool:
    """Bring a salvage that is whole into its place, from wherever it was cut; whether there was one."""
    whole = sorted(journal.parent.glob(f"{journal.stem}-*.salvage"))
    for found in whole[:1]:
        aside = found.with_suffix(".broken")
        for end in ("-wal", "-shm", ""):
            source, name = journal.with_name(journal.name + end), aside.with_name(aside.name + end)
            if source.exists() and name.exists():
                source.unlink()  # an empty log, made by a look at the broken file whose own log is aside already
            elif source.exists():
                source.replace(name)
        remove(journal.with_suffix(".part"))  # a cut may have brought its log back
        sync_folder(journal.parent)
        found.replace(journal)
        sync_folder(journal.parent)
    return bool(whole)


def complete(part: Path, name: Path) -> None:
    """Bring the finished part to the card and give it the name from which `finish` goes on."""
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(name)
    sync_folder(part.parent)


def remove(part: Path) -> None:
    """Take an unfinished part away."""
    for end in ("", "-wal", "-shm", "-journal"):
        part.with_name(part.name + end).unlink(missing_ok=True)


def _staged(broken: Path, station: str) -> sqlite3.Connection:
    """Everything that looks like an entry of this station, in a database of its own that vanishes when closed."""
    stage = sqlite3.connect("", isolation_level=None)
    stage.execute(
        "CREATE TABLE found (number INTEGER, epoch BLOB, lane INTEGER, sequence INTEGER, boot INTEGER, header BLOB,"
        " body BLOB, hash BLOB, part BLOB, salt BLOB, sealed BLOB)"
    )
    stage.execute("BEGIN")
    for remnant in _everything(broken, station):
        header, entry = remnant.header, remnant.entry
        place = (remnant.chain, header.epoch, int(header.lane), header.sequence, header.boot)
        values = (*place, entry.header, entry.body, entry.hash, *(entry.personal or (None, None, None)))
        stage.execute("INSERT INTO found VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
    stage.execute("CREATE INDEX by_place ON found (epoch, lane, sequence)")
    stage.execute("COMMIT")
    return stage


def _everything(broken: Path, station: str) -> Iterator[Remnant]:
    """Remnants in every page of the file, then in every frame of its log."""
    mark = beginning(station)
    log = broken.with_name(f"{broken.name}-wal")
    written = list(frames(log.read_bytes(), PAGE_BYTES)) if log.exists() else []
    newest = {frame.page: frame.content for frame in written}
    with broken.open("rb") as file:
        size = file.seek(0, os.SEEK_END)

        def in_file(number: int) -> bytes | None:
            if not 0 < number <= -(-size // PAGE_BYTES):
                return None
            try:
                file.seek((number - 1) * PAGE_BYTES)
                return file.read(PAGE_BYTES)
            except OSError:
                return None  # a sector the card no longer reads

        for number in range(1, -(-size // PAGE_BYTES) + 1):
            yield from remnants(in_file(number) or b"", mark, in_file)
        for frame in written:
            yield from remnants(frame.content, mark, lambda number: newest.get(number) or in_file(number))


def _fill(
    connection: sqlite3.Connection, stage: sqlite3.Connection, confirmed: Confirmed, gone: dict[ChainId, list[_Gone]]
) -> Salvaged:
    """Write every chain that was found into the new file."""
    entries = left_out = 0
    lost: list[Lost] = []
    again: list[Record] = []
    chains = stage.execute("SELECT epoch, lane FROM found GROUP BY epoch, lane ORDER BY min(number), lane").fetchall()
    for number, (epoch, lane) in enumerate(chains, start=1):
        chain = ChainId(epoch, Lane(lane))
        connection.execute("INSERT INTO chain (id, epoch, lane) VALUES (?, ?, ?)", (number, epoch, lane))
        kept = confirmed(chain)
        have, blocked = -1 if kept is None else kept.sequence, False
        let_go = gone.get(chain, [])
        connection.executemany("INSERT INTO gap VALUES (?, ?, ?, ?, ?)", [(number, *each) for each in let_go])
        holes = [Hole(first, last, end) for first, last, end, _ in let_go]
        for found in mend(_places(stage, chain, holes), {hole.first: hole for hole in holes}):
            match found:
                case Good(sequence, entry):
                    entries += 1
                    _insert(connection, number, sequence, entry)
                case Hole(first, last, digest):
                    blocked = blocked or last > have or first <= have <= last
                    lost.append(Lost(chain, found))
                    connection.execute(
                        "INSERT OR REPLACE INTO gap VALUES (?, ?, ?, ?, 'broken')", (number, first, last, digest)
                    )
                    continue
                case Loose(sequence, entry):
                    pass
            if sequence <= have or not (blocked or isinstance(found, Loose)):
                continue
            record = _again(chain, sequence, entry, proved=isinstance(found, Good))
            if record is None or len(again) >= MAX_SALVAGED:
                left_out += 1
            else:
                again.append(record)
    boots = stage.execute("SELECT max(boot) FROM found").fetchone()[0] or 0
    return Salvaged(entries, lost, again, left_out, boots)


def _let_go(broken: Path) -> dict[ChainId, list[_Gone]]:
    """What was let go of before the break, as far as SQLite reads it; a row that is not true proves nothing."""
    found: dict[ChainId, list[_Gone]] = {}
    with contextlib.suppress(sqlite3.DatabaseError, ValueError, TypeError):
        source = sqlite3.connect(f"{broken.as_uri()}?mode=ro", uri=True, isolation_level=None)
        with contextlib.closing(source):
            for epoch, lane, *row in source.execute(
                "SELECT c.epoch, c.lane, g.first, g.last, g.hash, g.reason FROM gap g JOIN chain c ON c.id = g.chain"
                " WHERE g.hash IS NOT NULL AND g.reason != 'broken'"
            ):
                first, last, end, reason = row
                found.setdefault(ChainId(bytes(epoch), Lane(lane)), []).append(
                    (int(first), int(last), bytes(end), str(reason))
                )
    return found


def _carry_over(connection: sqlite3.Connection, broken: Path, table: str) -> None:
    """Rows no entry holds, as far as SQLite reads them; they vouch for themselves or count as unreadable."""
    columns = ", ".join(KEPT_TABLES[table])
    marks = ", ".join("?" * len(KEPT_TABLES[table]))
    with contextlib.suppress(sqlite3.DatabaseError):
        source = sqlite3.connect(f"{broken.as_uri()}?mode=ro", uri=True, isolation_level=None)
        with contextlib.closing(source):
            for row in source.execute(f"SELECT {columns} FROM {table}"):  # noqa: S608 - names come from the schema
                connection.execute(f"INSERT OR IGNORE INTO {table} VALUES ({marks})", row)  # noqa: S608


def _places(stage: sqlite3.Connection, chain: ChainId, gone: list[Hole]) -> Iterator[tuple[int, list[Entry]]]:
    """The candidates of a chain by place, each once; not what was let go of and still lies in the log."""
    rows = stage.execute(
        "SELECT DISTINCT sequence, header, body, hash, part, salt, sealed FROM found WHERE epoch = ? AND lane = ?"
        " ORDER BY sequence",
        (chain.epoch, int(chain.lane)),
    )
    for sequence, group in groupby(rows, key=lambda row: int(row[0])):
        if not any(hole.first <= sequence <= hole.last for hole in gone):
            yield sequence, [_entry(row) for row in group]


def _entry(row: tuple[Any, ...]) -> Entry:
    _, header, body, digest, part, salt, sealed = row
    return Entry(header, body, None if part is None else Personal(part, salt, sealed), digest)


def _insert(connection: sqlite3.Connection, number: int, sequence: int, entry: Entry) -> None:
    values = (number, sequence, entry.header, entry.body, entry.hash, *(entry.personal or (None, None, None)))
    connection.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


def _again(chain: ChainId, sequence: int, entry: Entry, *, proved: bool) -> Record | None:
    """An entry of an old chain as a record of the new one, None where it is too large for that."""
    body = {"header": entry.header, "body": entry.body, "hash": entry.hash, "proved": proved}
    if len(encode_body(body)) > MAX_BODY_BYTES:
        return None
    del sequence  # it stands in the header
    part = entry.personal
    return Record(chain.lane, SALVAGED, body, part if part is not None and part.sealed is not None else None)
