"""The county of the simulated world: a log in memory by the rules of the real one, workers, a projection, backups.

The receiver is the real one; so are the rules by which an entry becomes a row (`project.parcel_event`). The log holds
what `sync/county/store.py` promises: a commit is whole or nothing, an entry that is there already is passed over, a
branch that arrives behind the projection's cursor draws it back.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.county.project import parcel_event
from sync.entry import ChainId, Entry, Position, key_id
from sync.errors import MalformedMessage
from sync.receiver import LogUnavailable
from sync.wire import Run

ChainKey = tuple[str, ChainId]
Place = tuple[str, ChainId, int, bytes]
Places = dict[int, dict[bytes, Entry]]
PLACES = 1000


@dataclass
class Backup:
    """A copy of the county's database."""

    chains: dict[ChainKey, Places]
    cursors: dict[ChainKey, int]
    rows: dict[Place, dict[str, Any]]


@dataclass
class CountyStore:
    """The county's database; implements the receiver's Log.

    committed: told of each commit, before it happens. gone: it refuses everything; read_only: its disk is full.
    meanwhile: happens once within the next reading of places, as another worker would.
    """

    incarnation: bytes
    committed: Callable[[Run, Sequence[Entry], int], None]
    keys: dict[tuple[str, bytes], bytes] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)
    chains: dict[ChainKey, Places] = field(default_factory=dict)
    cursors: dict[ChainKey, int] = field(default_factory=dict)
    rows: dict[Place, dict[str, Any]] = field(default_factory=dict)
    dirty: dict[ChainKey, None] = field(default_factory=dict)
    gone: bool = False
    read_only: bool = False
    meanwhile: Callable[[], None] | None = None

    def register(self, station: str, public: bytes) -> None:
        """Enrol a station."""
        self.keys[station, key_id(public)] = public

    def public_key(self, station: str, key: bytes) -> bytes | None:
        """The registered key, unless it is revoked."""
        self._check()
        return None if station in self.revoked else self.keys.get((station, key))

    def tip(self, station: str, chain: ChainId) -> Position | None:
        """The furthest place; of two branches as far as each other, the greater hash."""
        self._check()
        places = self.chains.get((station, chain))
        if not places:
            return None
        last = len(places) - 1
        return Position(chain.epoch, chain.lane, last, max(places[last]))

    def hashes(self, station: str, chain: ChainId, first: int, last: int) -> dict[int, set[bytes]]:
        """Hashes at each place."""
        self._check()
        places = self.chains.get((station, chain), {})
        known = {place: set(places[place]) for place in range(first, last + 1) if place in places}
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return known

    def commit(self, run: Run, fresh: Sequence[Entry], first: int, signature: bytes) -> None:
        """Keep entries, whole or not at all."""
        self.writable()
        assert len(signature) == 64
        self.committed(run, fresh, first)
        key = (run.station, run.chain)
        self.keep(key, fresh, first)
        self.draw_back(key, first)

    def keep(self, key: ChainKey, fresh: Sequence[Entry], first: int) -> None:
        """Put entries at their places."""
        places = self.chains.setdefault(key, {})
        for sequence, entry in enumerate(fresh, first):
            places.setdefault(sequence, {}).setdefault(entry.hash, entry)
        self.dirty[key] = None

    def draw_back(self, key: ChainKey, first: int) -> None:
        """A branch behind the projection's cursor is to be read again."""
        self.cursors[key] = min(self.cursors.get(key, -1), first - 1)

    def holds(self, station: str, place: Position) -> bool:
        """Whether an entry is committed, however the database feels."""
        return place.hash in self.chains.get((station, place.chain), {}).get(place.sequence, ())

    def project(self) -> None:
        """Take every chain's places after its cursor, as `project.project_once` does."""
        for key in list(self.dirty):
            if self.project_chain(key):
                del self.dirty[key]

    def project_chain(self, key: ChainKey) -> bool:
        """Take some places of one chain; whether that was all."""
        places, first = self.chains.get(key, {}), self.cursors.get(key, -1) + 1
        last = min(first + PLACES, len(places)) - 1
        self.rows.update(rows_of(key, places, first, last))
        self.cursors[key] = max(last, first - 1)
        return last == len(places) - 1

    def forget_rows(self) -> None:
        """Empty the tables; they fill again from the log."""
        self.rows.clear()
        self.cursors = dict.fromkeys(self.chains, -1)
        self.dirty = dict.fromkeys(self.chains)

    def backup(self) -> Backup:
        """A copy of everything."""
        chains = {key: {place: dict(at) for place, at in places.items()} for key, places in self.chains.items()}
        return Backup(chains, dict(self.cursors), dict(self.rows))

    def restore(self, backup: Backup, incarnation: bytes) -> None:
        """Come back as it was, under a new incarnation."""
        self.chains = {key: {place: dict(at) for place, at in places.items()} for key, places in backup.chains.items()}
        self.cursors, self.rows = dict(backup.cursors), dict(backup.rows)
        self.dirty = dict.fromkeys(self.chains)
        self.incarnation = incarnation

    def writable(self) -> None:
        """Raise LogUnavailable where nothing can be written."""
        self._check()
        if self.read_only:
            raise LogUnavailable("the disk is full", hint="测试 / a test")

    def _check(self) -> None:
        if self.gone:
            raise LogUnavailable("nobody listens", hint="测试 / a test")


def rows_of(key: ChainKey, places: Places, first: int, last: int) -> dict[Place, dict[str, Any]]:
    """The projection's rows of some places, those with a rival marked."""
    rows = {}
    for sequence in range(first, last + 1):
        at = places[sequence]
        for entry in at.values():
            try:
                event = parcel_event(entry)
            except MalformedMessage:
                continue
            if event is not None:
                rows[*key, sequence, entry.hash] = {**event, "forked": len(at) > 1}
    return rows
