"""The log of all stations in the county's database, as the receiver needs it: `CountyLog`.

A commit is one transaction: the entries, the chain's totals, and the projection's cursor drawn back where a fork put
entries behind it. Any number of workers may commit side by side; what another committed first is passed over. The
register of stations is in `register.py`. Called by the receiver, by way of ingest.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from sync.county import schema
from sync.county.database import checkpoint, insert_new, read_incarnation, reading, writing
from sync.dropped import dropped_in
from sync.entry import ChainId, Entry, Position
from sync.receiver import LogUnavailable
from sync.wire import Run

MAX_CACHED_CHAINS = 100_000
"""About 20 MB; a county of 8,000 stations uses a few tens of thousands."""
ROWS_AT_ONCE = 100
"""Rows of one statement: a fifth cheaper than each by itself; SQLite takes 32,766 values, older ones 999. No other
number but one: every statement that is another text stays in the driver's memory, and these are large."""

_COLUMNS = tuple(column.name for column in schema.log.columns)
_new_chain = insert_new(schema.chain, "station", "epoch", "lane", "first_seen_ms", "heard_ms", "entries")
_new_cursor = insert_new(schema.cursor)
_NO_PERSONAL = (None, None, None)

_key = text("""
    SELECT public_key FROM station_key WHERE station = :station AND key_id = :key AND revoked_ms IS NULL""")
_number = text("SELECT id FROM chain WHERE station = :station AND epoch = :epoch AND lane = :lane")
_last = text("SELECT sequence, hash FROM log WHERE chain = :chain ORDER BY sequence DESC, hash DESC LIMIT 1")
_between = text("SELECT sequence, hash FROM log WHERE chain = :chain AND sequence BETWEEN :first AND :last")
_count = text("UPDATE chain SET entries = entries + :new, heard_ms = :now_ms WHERE id = :chain")
_outgrown = text("DELETE FROM signed_head WHERE chain = :chain AND hash = :previous")
_signed = text("""
    INSERT INTO signed_head (chain, hash, sequence, signature) VALUES (:chain, :hash, :sequence, :signature)
    ON CONFLICT DO NOTHING""")
_ends = text("""
    SELECT hash FROM dropped WHERE station = :station AND epoch = :epoch AND lane = :lane AND last = :last""")
_dropped = insert_new(schema.dropped)
_draw_back = text("UPDATE cursor SET sequence = :before WHERE chain = :chain AND sequence > :before")


class CountyLog:
    """Implements `sync.receiver.Log` over an engine given from outside (`database.open_database`)."""

    def __init__(self, engine: Engine, *, clock_ms: Callable[[], int]) -> None:
        """`clock_ms`: wall time in milliseconds since 1970. Raises LogUnavailable; the tables must be there."""
        self._engine, self._clock_ms = engine, clock_ms
        self._incarnation = read_incarnation(engine)
        self._numbers: dict[tuple[str, ChainId], int] = {}
        mark = {"qmark": "?", "format": "%s", "pyformat": "%s"}[engine.dialect.paramstyle]
        marks = ", ".join([mark] * len(_COLUMNS))
        into = f"INSERT INTO log ({', '.join(_COLUMNS)}) VALUES"
        self._insert_one = f"{into} ({marks}) ON CONFLICT DO NOTHING"
        self._insert_many = f"{into} {', '.join([f'({marks})'] * ROWS_AT_ONCE)} ON CONFLICT DO NOTHING"
        self.refusal: LogUnavailable | None = None
        """Why the database last refused, None once it commits again: stations only hear "later", people need more."""

    @property
    def incarnation(self) -> bytes:
        """As it was when this log was opened."""
        return self._incarnation

    def public_key(self, station: str, key: bytes) -> bytes | None:
        """The unrevoked public key of `station` called `key`; asked each time, so that revoking works at once."""
        with self._noting(), reading(self._engine) as connection:
            return connection.execute(_key, {"station": station, "key": key}).scalar_one_or_none()

    def tip(self, station: str, chain: ChainId) -> Position | None:
        """The furthest committed place of a chain, None where it has none."""
        with self._noting(), reading(self._engine) as connection:
            number = self._find(connection, station, chain)
            row = None if number is None else connection.execute(_last, {"chain": number}).one_or_none()
            return None if row is None else Position(chain.epoch, chain.lane, row.sequence, bytes(row.hash))

    def hashes(self, station: str, chain: ChainId, first: int, last: int) -> dict[int, set[bytes]]:
        """Hashes committed at the places `first` to `last`; places without any are left out."""
        known: dict[int, set[bytes]] = {}
        with self._noting(), reading(self._engine) as connection:
            number = self._find(connection, station, chain)
            if number is not None:
                places = connection.execute(_between, {"chain": number, "first": first, "last": last})
                for sequence, entry_hash in places.all():
                    known.setdefault(sequence, set()).add(bytes(entry_hash))
            if first not in known:
                # What follows a range the station let go of follows the end it named.
                of = {"station": station, "epoch": chain.epoch, "lane": int(chain.lane), "last": first}
                ends = {bytes(end) for end in connection.execute(_ends, of).scalars()}
                known |= {first: ends} if ends else {}
        return known

    def commit(self, run: Run, fresh: Sequence[Entry], first: int, signature: bytes) -> None:
        """Store `fresh` from place `first` on, on disk when this returns; LogUnavailable means nothing was stored.

        The signature takes the place of the one over the head this run follows: one a branch is enough, as a head
        vouches for everything before it.
        """
        now_ms = self._clock_ms()
        with self._noting(), writing(self._engine) as connection:
            number = self._find(connection, run.station, run.chain)
            created = number is None
            if number is None:
                number = _create_chain(connection, run.station, run.chain, now_ms)
            new = self._insert(connection, _rows(number, fresh, first, now_ms))
            connection.execute(_count, {"new": new, "now_ms": now_ms, "chain": number})
            connection.execute(_draw_back, {"before": first - 1, "chain": number})
            head = run.head
            connection.execute(_outgrown, {"chain": number, "previous": run.previous})
            signed = {"chain": number, "hash": head.hash, "sequence": head.sequence, "signature": signature}
            connection.execute(_signed, signed)
            for named in dropped_in(fresh):
                values = (named.epoch, named.lane, named.first, named.last, named.hash)
                of = dict(zip(("epoch", "lane", "first", "last", "hash"), values, strict=True))
                connection.execute(_dropped, {"station": run.station, **of})
        if created:
            self._remember(run.station, run.chain, number)
        self.refusal = None

    def keep_short(self) -> None:
        """Move a write-ahead log that the projector made long into the file; call it often, it costs a look."""
        with self._noting():
            checkpoint(self._engine)

    def _insert(self, connection: Connection, rows: list[tuple[object, ...]]) -> int:
        """Put rows into the log; how many of them were not there yet."""
        whole, new = len(rows) - len(rows) % ROWS_AT_ONCE, 0
        for begin in range(0, whole, ROWS_AT_ONCE):
            values = itertools.chain.from_iterable(rows[begin : begin + ROWS_AT_ONCE])
            new += connection.exec_driver_sql(self._insert_many, tuple(values)).rowcount
        if rest := rows[whole:]:
            new += connection.exec_driver_sql(self._insert_one, rest).rowcount
        return new

    def _find(self, connection: Connection, station: str, chain: ChainId) -> int | None:
        """Number of a chain, None for one nobody committed to yet."""
        number = self._numbers.get((station, chain))
        if number is None:
            of = {"station": station, "epoch": chain.epoch, "lane": int(chain.lane)}
            number = connection.execute(_number, of).scalar_one_or_none()
            if number is not None:
                self._remember(station, chain, number)
        return number

    def _remember(self, station: str, chain: ChainId, number: int) -> None:
        """Keep a committed chain's number; chains are never renumbered."""
        if len(self._numbers) >= MAX_CACHED_CHAINS:
            self._numbers.clear()
        self._numbers[station, chain] = number

    @contextmanager
    def _noting(self) -> Iterator[None]:
        """Keep a refusal for people on its way to the receiver."""
        try:
            yield
        except LogUnavailable as refusal:
            self.refusal = refusal
            raise


def _create_chain(connection: Connection, station: str, chain: ChainId, now_ms: int) -> int:
    """Give a chain its number and its cursor; another worker may have been faster."""
    of = {"station": station, "epoch": chain.epoch, "lane": int(chain.lane)}
    connection.execute(_new_chain, {**of, "first_seen_ms": now_ms, "heard_ms": now_ms, "entries": 0})
    number = int(connection.execute(_number, of).scalar_one())
    connection.execute(_new_cursor, {"chain": number, "sequence": -1})
    return number


def _rows(chain: int, entries: Sequence[Entry], first: int, now_ms: int) -> list[tuple[object, ...]]:
    """Rows of the log in the order of its columns."""
    return [
        (chain, sequence, entry.hash, entry.header, entry.body, *(entry.personal or _NO_PERSONAL), now_ms)
        for sequence, entry in enumerate(entries, first)
    ]
