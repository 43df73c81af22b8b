"""What the journal's tests share: connections of both libraries, a bench of time and identity, entries read back."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

import apsw

from station_agent.journal.schema import Connection, create
from station_agent.journal.writer import Identity, Journal, Record, Stamp
from sync.entry import ROOT, ChainId, Entry, Lane, Personal, Position, Trust, walk

Connect = Callable[[Path], Any]
"""Opens a file in autocommit mode; what it gives has `execute` and `close`."""

IDENTITY = Identity("V042", b"keykeyke", "pi-and-card", "boot-a")


def by_sqlite3(path: Path) -> Any:
    """Open with the library of Python."""
    return sqlite3.connect(path, isolation_level=None, timeout=1.0)


def by_apsw(path: Path) -> Any:
    """Open with apsw, which brings a newer SQLite."""
    return apsw.Connection(str(path))


LIBRARIES: dict[str, Connect] = {"sqlite3": by_sqlite3, "apsw": by_apsw}


@dataclass
class Bench:
    """One file and everything a Journal is handed; time goes on by a millisecond a look."""

    path: Path
    connect: Connect
    opened: list[Any] = field(default_factory=list)
    epochs: Iterator[int] = field(default_factory=lambda: count(1))
    time_ms: Iterator[int] = field(default_factory=lambda: count(1000))

    def connection(self) -> Any:
        """One more connection to the file, closed with the bench."""
        made = self.connect(self.path)
        self.opened.append(made)
        return made

    def journal(self, identity: Identity = IDENTITY, connection: Connection | None = None) -> Journal:
        """Open the journal, on a fresh file with its tables made."""
        connection = connection or cast(Connection, self.connection())
        if not connection.execute("PRAGMA user_version").fetchall()[0][0]:
            create(connection)
        return Journal(connection, identity, stamp=self.stamp, draw_epoch=lambda: next(self.epochs).to_bytes(8, "big"))

    def stamp(self) -> Stamp:
        """The next millisecond."""
        now_ms = next(self.time_ms)
        return Stamp(now_ms, 1_700_000_000_000 + now_ms, Trust.KEPT)

    def close(self) -> None:
        """Close every connection; as the last one out SQLite checkpoints."""
        while self.opened:
            self.opened.pop().close()

    def ask(self, sql: str, parameters: tuple[Any, ...] = ()) -> list[Any]:
        """Run one statement by the same library: two copies of SQLite must never share a file in one process."""
        connection = self.connect(self.path)
        rows = connection.execute(sql, parameters).fetchall()
        connection.close()
        return [tuple(row) for row in rows]

    def entries(self, chain: ChainId) -> list[Entry]:
        """A whole chain as stored."""
        rows = self.ask(
            "SELECT header, body, hash, personal_digest, personal_salt, personal_sealed FROM entry"
            " WHERE chain = (SELECT id FROM chain WHERE epoch = ? AND lane = ?) ORDER BY sequence",
            (chain.epoch, int(chain.lane)),
        )
        return [Entry(h, b, None if d is None else Personal(d, s, p), digest) for h, b, digest, d, s, p in rows]

    def walked(self, chain: ChainId) -> list[Entry]:
        """A whole chain, each entry held against the one before."""
        return list(walk(self.entries(chain), first=0, previous=ROOT))


def custody(number: int = 0, *, size: int = 0) -> Record:
    """A parcel received; `size` more bytes make it large."""
    body: dict[str, Any] = {"waybill": f"SF{number:013}", "code": "1-1-1000"}
    return Record(Lane.CUSTODY, "parcel.received", body | ({"pad": b"x" * size} if size else {}))


def telemetry(number: int = 0) -> Record:
    """A device in trouble."""
    return Record(Lane.TELEMETRY, "device.fault", {"device": "gun", "reason": f"r{number}"})


def heads(journal: Journal) -> tuple[Position, Position]:
    """Where both lanes stand in memory."""
    return journal.head(Lane.CUSTODY), journal.head(Lane.TELEMETRY)
