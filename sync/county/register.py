"""The register of stations: who may send, with which keys, what is sealed to them, and how far each one's journal is.

Called by the command line and the pages; the receiver reads keys by way of `store.CountyLog`.
"""

import json
from dataclasses import dataclass

from sqlalchemy import Engine, Row, text

from sync.county import schema
from sync.county.database import insert_new, reading, writing
from sync.entry import Lane, decode_body, decode_header, key_id
from sync.errors import MalformedMessage, SyncError
from sync.keys import verifier
from sync.list_sealing import KEY_BYTES, seal_contacts


class RegisterConflict(SyncError):
    """Stop: what is registered speaks against it; nothing was changed."""


@dataclass(frozen=True, slots=True)
class ChainSummary:
    """How far one chain is here. entries: all committed. tip: its last place. heard_ms: of its last commit.

    dropped: places before the tip that the station let go of and named.
    """

    chain: int
    epoch: bytes
    lane: Lane
    entries: int
    tip: int
    heard_ms: int
    dropped: int = 0

    @property
    def forks(self) -> int:
        """Entries beyond one per place: a chain has no gaps but those it named, so that its tip says how many."""
        return self.entries - (self.tip + 1 - self.dropped)


@dataclass(frozen=True, slots=True)
class Opening:
    """An epoch and why the station opened it, "" where that cannot be read."""

    epoch: bytes
    reason: str


EXPECTED = ("provisioned", "another_computer")
"""Reasons that ask nothing of the county, the first of them once."""


@dataclass(frozen=True, slots=True)
class State:
    """What a station last said of itself, and since when it is its word; a hint, never evidence."""

    online: bool
    version: str
    alarms: tuple[str, ...]
    since_ms: int


@dataclass(frozen=True, slots=True)
class StationSummary:
    """One registered station, its chains (the one last heard of first) and its epochs in the order they came.

    state: None where it never said one.

    seals: whether recipients can be sealed to it, so that a list may tell it whom its parcels are for.
    """

    id: str
    name: str
    added_ms: int
    keys: int
    chains: tuple[ChainSummary, ...]
    seals: bool = False
    openings: tuple[Opening, ...] = ()
    state: State | None = None

    @property
    def breaks(self) -> tuple[str, ...]:
        """Reasons of epochs somebody must look at: all but the expected ones; a second `provisioned` too.

        A station is set up once: who begins again from nothing, without knowing that there was something, has lost it.
        """
        begun = [opening.reason for opening in self.openings]
        again = max(begun.count(EXPECTED[0]) - 1, 0)
        return (*(reason for reason in begun if reason not in EXPECTED), *([EXPECTED[0]] * again))

    @property
    def gone(self) -> int:
        """Custody entries that are neither here nor at the station any more: this county was restored too late."""
        return sum(chain.dropped for chain in self.chains if chain.lane is Lane.CUSTODY)

    @property
    def heard_ms(self) -> int | None:
        """When anything of it was last committed, None for a station that never sent."""
        return max((chain.heard_ms for chain in self.chains), default=None)

    @property
    def forks(self) -> int:
        """Forked entries in all of its chains."""
        return sum(chain.forks for chain in self.chains)

    def entries(self, lane: Lane) -> int:
        """Entries committed in one lane, over all epochs."""
        return sum(chain.entries for chain in self.chains if chain.lane is lane)


_new_station = insert_new(schema.station)
_new_key = insert_new(schema.station_key, "station", "key_id", "public_key", "added_ms")
_keys = text("SELECT public_key FROM station_key WHERE station = :station AND revoked_ms IS NULL")
_revoke = text("UPDATE station_key SET revoked_ms = :now_ms WHERE station = :station AND revoked_ms IS NULL")
_new_seal = insert_new(schema.station_seal)
_drop_seal = text("DELETE FROM station_seal WHERE station = :station")
_seal = text("SELECT public_key FROM station_seal WHERE station = :station")
_stations = text("""
    SELECT id, name, added_ms,
           (SELECT count(*) FROM station_key WHERE station = station.id AND revoked_ms IS NULL) AS keys,
           (SELECT count(*) FROM station_seal WHERE station = station.id) AS seals,
           online, version, alarms, since_ms
    FROM station LEFT JOIN station_state ON station_state.station = station.id ORDER BY id""")
_chains = text("""
    SELECT id, station, epoch, lane, entries, heard_ms,
           (SELECT max(sequence) FROM log WHERE log.chain = chain.id) AS tip,
           (SELECT coalesce(sum(last - first + 1 - (SELECT count(DISTINCT sequence) FROM log
                    WHERE log.chain = chain.id AND sequence BETWEEN first AND last)), 0) FROM dropped
            WHERE dropped.station = chain.station AND dropped.epoch = chain.epoch AND dropped.lane = chain.lane
              AND EXISTS (SELECT 1 FROM log WHERE log.chain = chain.id AND log.sequence > dropped.last)) AS missing
    FROM chain ORDER BY heard_ms DESC, id DESC""")


_openings = text("""
    SELECT chain.station, chain.epoch, log.header, log.body FROM chain
    JOIN log ON log.chain = chain.id AND log.sequence = 0
    WHERE chain.lane = 0 ORDER BY chain.first_seen_ms, chain.id, log.hash""")


def add_station(engine: Engine, station: str, name: str, public_key: bytes, *, now_ms: int) -> bool:
    """Register a station with its key (32 raw bytes); False where exactly that is registered already.

    Raises BadSignature for bytes that are no key, RegisterConflict for a station that has another key: a new key, after
    a changed card, is let in only once the old one was revoked.
    """
    verifier(public_key)
    with writing(engine, alone=True) as connection:
        held = {bytes(row.public_key) for row in connection.execute(_keys, {"station": station})}
        if public_key in held:
            return False
        if held:
            hint = f"确认换卡后先吊销旧密钥 / if the card was changed: county station revoke {station}, then add again"
            raise RegisterConflict(f"station {station} is registered with another key", hint=hint)
        connection.execute(_new_station, {"id": station, "name": name, "added_ms": now_ms})
        connection.execute(
            _new_key,
            {"station": station, "key_id": key_id(public_key), "public_key": public_key, "added_ms": now_ms},
        )
        return True


def keep_sealing_key(engine: Engine, station: str, public_key: bytes, *, now_ms: int) -> bool:
    """Have recipients sealed to this key of a registered station from now on; False where it has that one already.

    Raises SealBroken for bytes that are no key.
    """
    seal_contacts(station, public_key, [], key=bytes(KEY_BYTES))
    if sealing_key_of(engine, station) == public_key:
        return False
    with writing(engine, alone=True) as connection:
        connection.execute(_drop_seal, {"station": station})
        connection.execute(_new_seal, {"station": station, "public_key": public_key, "added_ms": now_ms})
    return True


def sealing_key_of(engine: Engine, station: str) -> bytes | None:
    """What recipients are sealed to for a station, None where it has told no key."""
    with reading(engine) as connection:
        found = connection.execute(_seal, {"station": station}).scalar_one_or_none()
    return None if found is None else bytes(found)


def revoke_keys(engine: Engine, station: str, *, now_ms: int) -> int:
    """Let nothing in any more that is signed with the keys `station` has now; returns how many those were."""
    with writing(engine) as connection:
        return connection.execute(_revoke, {"station": station, "now_ms": now_ms}).rowcount


def list_stations(engine: Engine) -> list[StationSummary]:
    """All stations by name, with where their chains stand; a few index look-ups for each chain, no scan."""
    with reading(engine) as connection:
        chains: dict[str, list[ChainSummary]] = {}
        for row in connection.execute(_chains):
            chains.setdefault(row.station, []).append(_summary(row))
        openings: dict[str, list[Opening]] = {}
        for row in connection.execute(_openings):
            if (opening := _opening(row)) is not None:
                openings.setdefault(row.station, []).append(opening)
        return [
            StationSummary(
                row.id,
                row.name,
                row.added_ms,
                row.keys,
                tuple(chains.get(row.id, ())),
                bool(row.seals),
                tuple(openings.get(row.id, ())),
                _state(row),
            )
            for row in connection.execute(_stations)
        ]


def find_station(engine: Engine, station: str) -> StationSummary:
    """One station; raises RegisterConflict when nobody of that name is registered."""
    found = next((each for each in list_stations(engine) if each.id == station), None)
    if found is None:
        hint = "用 county station list 查看已登记的站点 / county station list shows who is registered"
        raise RegisterConflict(f"no station {station!r} is registered", hint=hint)
    return found


def _opening(row: Row[tuple[object, ...]]) -> Opening | None:
    """What the first entry of an epoch says, None where it is another kind of entry."""
    try:
        if decode_header(bytes(row.header)).kind != "epoch.opened":
            return None
        reason = decode_body(bytes(row.body)).get("reason", "")
    except MalformedMessage:
        reason = ""
    return Opening(bytes(row.epoch), reason if isinstance(reason, str) and reason.isidentifier() else "")


def _state(row: Row[tuple[object, ...]]) -> State | None:
    if row.since_ms is None:
        return None
    return State(bool(row.online), row.version, tuple(map(str, json.loads(row.alarms))), row.since_ms)


def _summary(row: Row[tuple[object, ...]]) -> ChainSummary:
    tip = -1 if row.tip is None else row.tip
    return ChainSummary(row.id, bytes(row.epoch), Lane(row.lane), row.entries, tip, row.heard_ms, int(row.missing))
