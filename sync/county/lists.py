"""The county's desk of lists: puts them up, answers stations that ask, pushes what is new.

A version is the wall time in milliseconds at which a list was put up, or one more than the last where the clock went
back: so a county restored from its backup does not give a number a second time. A list is signed once, when it is put
up; what a list says is kept while it is the newest, and who put it up when is kept for ever. `lacking` is pure, the
rest a shell over the database. Called by ingest, the command line and `badges.py`.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, text

from sync.contents import MAX_CONTENT_BYTES
from sync.county import schema
from sync.county.database import insert_new, reading, writing
from sync.errors import BadSignature, MalformedMessage, SyncError
from sync.keys import SigningKey
from sync.lists import EVERYBODY, MAX_LISTS, Held, SignedList, decode_held, encode_list, held_message, list_message
from sync.wire import Verify, open_envelope

MAX_CLAIMED = 16
"""Lists one look takes to push; more wait for the next."""

_new_list = insert_new(
    schema.list_put, "scope", "name", "version", "content", "content_bytes", "signature", "put_ms", "put_by"
)
_last = text("SELECT max(version) FROM list_put WHERE scope = :scope AND name = :name")
_outdate = text("UPDATE list_put SET content = NULL WHERE scope = :scope AND name = :name")
_current = text("""
    SELECT scope, name, version, content_bytes FROM list_put
    WHERE content IS NOT NULL AND scope IN (:station, '*') ORDER BY scope, name""")
_one = text("""
    SELECT scope, name, version, content, signature FROM list_put
    WHERE scope = :scope AND name = :name AND version = :version AND content IS NOT NULL""")
_newest = text("""
    SELECT scope, name, version, content, signature FROM list_put
    WHERE scope = :scope AND name = :name AND content IS NOT NULL""")
_held = text("SELECT scope, name, version FROM list_held WHERE station = :station")
_forget_held = text("DELETE FROM list_held WHERE station = :station AND scope = :scope AND name = :name")
_new_held = insert_new(schema.list_held)
_unannounced = text("""
    SELECT scope, name, version FROM list_put
    WHERE announced_ms IS NULL AND content IS NOT NULL ORDER BY put_ms LIMIT :limit""")
_claim = text("""
    UPDATE list_put SET announced_ms = :now_ms
    WHERE scope = :scope AND name = :name AND version = :version AND announced_ms IS NULL""")
_stations = text("SELECT DISTINCT station FROM station_key WHERE revoked_ms IS NULL ORDER BY station")
_overview = text("""
    SELECT scope, name, version, content_bytes, put_ms, put_by,
           (SELECT count(*) FROM list_held WHERE list_held.scope = list_put.scope AND list_held.name = list_put.name
            AND list_held.version = list_put.version) AS holders,
           (SELECT count(*) FROM list_held WHERE list_held.scope = list_put.scope AND list_held.name = list_put.name
            AND list_held.version > list_put.version) AS ahead
    FROM list_put WHERE content IS NOT NULL ORDER BY name, scope""")


class ListRefused(SyncError):
    """Stop: this list cannot be put up; the hint says what to change."""


class ListSummary(NamedTuple):
    """The newest version of one list. holders: stations that have it. ahead: stations that have a newer one.

    A station is ahead of a county that was restored from its backup: the list must be put up again.
    """

    scope: str
    name: str
    version: int
    content_bytes: int
    put_ms: int
    put_by: str
    holders: int
    ahead: int


def put_list(
    engine: Engine, key: SigningKey, *, scope: str, name: str, content: bytes, put_by: str, now_ms: int
) -> int:
    """Put up a list, or take it down with a content of no bytes; returns its version.

    Raises ListRefused for one that is too large, LogUnavailable.
    """
    with writing(engine, alone=True) as connection:
        return put_list_in(connection, key, scope=scope, name=name, content=content, put_by=put_by, now_ms=now_ms)


def put_list_in(
    connection: Connection, key: SigningKey, *, scope: str, name: str, content: bytes, put_by: str, now_ms: int
) -> int:
    """The same within a transaction of the caller's, who writes alone."""
    if len(content) > MAX_CONTENT_BYTES:
        hint = "拆小,或删去过期的内容 / leave out what is over, or give each station a list of its own (--station)"
        raise ListRefused(f"list {name}: {len(content)} B > {MAX_CONTENT_BYTES} B", hint=hint)
    of = {"scope": scope, "name": name}
    last = connection.execute(_last, of).scalar_one()
    version = now_ms if last is None else max(now_ms, last + 1)
    signature = key.sign(list_message(scope, name, version, content))
    connection.execute(_outdate, of)
    row = {"version": version, "content": content, "content_bytes": len(content), "signature": signature}
    connection.execute(_new_list, {**of, **row, "put_ms": now_ms, "put_by": put_by})
    return version


def list_summaries(engine: Engine) -> list[ListSummary]:
    """The newest version of every list, by name and scope."""
    with reading(engine) as connection:
        return [ListSummary(*row) for row in connection.execute(_overview)]


def read_list(engine: Engine, scope: str, name: str) -> SignedList:
    """The newest version of one list; raises ListRefused where there is none."""
    with reading(engine) as connection:
        row = connection.execute(_newest, {"scope": scope, "name": name}).one_or_none()
    if row is None:
        hint = "用 county list show 查看已有的清单 / county list show says which lists there are"
        raise ListRefused(f"no list {name} for {scope}", hint=hint)
    return _signed(row)


def lacking(held: Iterable[Held], current: Iterable[tuple[Held, int]]) -> list[Held]:
    """Which of the `current` lists (with the size of their content) are newer than what is `held`.

    One that was taken down is nothing to who never had it.
    """
    versions = {each[:2]: each.version for each in held}
    return [each for each, size in current if each.version > versions.get(each[:2], -1 if size else each.version)]


class ListDesk:
    """Answers stations about lists, and hands out what is to be pushed; any number of workers side by side."""

    def __init__(
        self,
        engine: Engine,
        *,
        public_key: Callable[[str, bytes], bytes | None],
        verifier: Callable[[bytes], Verify],
        clock_ms: Callable[[], int],
    ) -> None:
        """`public_key` finds a station's registered key, `verifier` makes a check of it."""
        self._engine, self._public_key, self._verifier, self._clock_ms = engine, public_key, verifier, clock_ms
        self._waiting: deque[tuple[str, bytes]] = deque()

    def answer(self, station: str, payload: bytes) -> list[bytes]:
        """Take a `lists` message of `station` (from its topic): remember what it has, return what it asks for.

        Raises MalformedMessage, BadSignature, LogUnavailable; none of them gets an answer.
        """
        _, content, signature = open_envelope(payload)
        said = decode_held(content)
        if said.station != station:
            hint = "检查代理的访问控制 / check the broker's access rules"
            raise MalformedMessage(f"{station!r} sent lists in the name of {said.station!r}", hint=hint)
        public = self._public_key(station, said.key)
        if public is None or not self._verifier(public)(signature, held_message(content)):
            hint = "确认站点已登记、密钥未换 / is it registered, with the key it has now? county station list"
            raise BadSignature(f"lists of {station} are not signed by a registered key", hint=hint)
        self._remember(station, said.held)
        return self._newer(station, said.held) if said.asks else []

    def lacked_by(self, station: str) -> list[bytes]:
        """Messages of the lists that are newer than what `station` last said it has."""
        with reading(self._engine) as connection:
            held = [Held(*row) for row in connection.execute(_held, {"station": station})]
        return self._newer(station, held)

    def _newer(self, station: str, held: Sequence[Held]) -> list[bytes]:
        """Messages of the lists that are newer than what is held."""
        with reading(self._engine) as connection:
            rows = connection.execute(_current, {"station": station}).all()
            current = [(Held(row.scope, row.name, row.version), row.content_bytes) for row in rows]
            return _messages(connection, lacking(held, current)[:MAX_LISTS])

    def _remember(self, station: str, held: Sequence[Held]) -> None:
        """Keep what a station has; written only where it changed, since every connection says it."""
        with reading(self._engine) as connection:
            known = {Held(*row) for row in connection.execute(_held, {"station": station})}
        said = {each for each in held if each.scope in (EVERYBODY, station)}
        if known == said:
            return
        now_ms = self._clock_ms()
        with writing(self._engine) as connection:
            for each in sorted(known | said):  # two workers in one order, or they might wait for each other
                connection.execute(_forget_held, {"station": station, "scope": each.scope, "name": each.name})
            for each in sorted(said):
                connection.execute(_new_held, {"station": station, **each._asdict(), "since_ms": now_ms})

    def look(self) -> None:
        """Take charge of lists put up since, unless another worker did or some still wait; raises LogUnavailable."""
        if self._waiting:
            return
        with reading(self._engine) as connection:
            fresh = [Held(*row) for row in connection.execute(_unannounced, {"limit": MAX_CLAIMED})]
        if not fresh:
            return
        now_ms = self._clock_ms()
        with writing(self._engine) as connection:
            mine = [each for each in fresh if connection.execute(_claim, {**each._asdict(), "now_ms": now_ms}).rowcount]
            stations = list(connection.execute(_stations).scalars())
            messages = [(each, message) for each in mine for message in _messages(connection, [each])]
        for each, message in messages:
            to = stations if each.scope == EVERYBODY else [each.scope]
            self._waiting.extend((station, message) for station in to)

    def next_pushes(self, limit: int) -> list[tuple[str, bytes]]:
        """Up to `limit` messages to push, each with its station. What is lost is asked for later."""
        return [self._waiting.popleft() for _ in range(min(limit, len(self._waiting)))]


def _messages(connection: Connection, wanted: Iterable[Held]) -> list[bytes]:
    """Messages of these versions; one that was outdated in between is left out."""
    rows = [connection.execute(_one, each._asdict()).one_or_none() for each in wanted]
    return [encode_list(_signed(row)) for row in rows if row is not None]


def _signed(row: Row[Any]) -> SignedList:
    return SignedList(row.scope, row.name, row.version, bytes(row.content), bytes(row.signature))
