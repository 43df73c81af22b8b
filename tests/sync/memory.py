"""What both ends need, in memory: a journal, a ledger, a county's log, and cheap keys. For tests and simulations.

The journal writes real entries, the log keeps every branch by hash; each can be copied and put back, as a card or a
database is imaged and restored.
"""

import copy
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sync.board import Board
from sync.entry import (
    FORMAT,
    ROOT,
    After,
    ChainId,
    Entry,
    Header,
    Lane,
    Personal,
    Position,
    Trust,
    encode_body,
    entry_hash,
    key_id,
)
from sync.lists import Held, SignedList
from sync.receiver import LogUnavailable, Receiver
from sync.sender import Sender, Timers
from sync.trouble import Trouble
from sync.wire import MAX_ENTRIES, Run, Verify

STATION = "v001"
NOW_MS = 1_800_000_000_000


class CheapKey:
    """Signs with SHA-512 over a shared secret: nobody is kept out, but every wrong byte shows."""

    def __init__(self, name: str) -> None:
        self.public = hashlib.sha256(name.encode()).digest()
        self.id = key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        return hashlib.sha512(self.public + message).digest()


def cheap_verifier(public: bytes) -> Verify:
    """The counterpart of `CheapKey.sign`, and of `sync.keys.verifier`."""

    def verify(signature: bytes, message: bytes) -> bool:
        return signature == hashlib.sha512(public + message).digest()

    return verify


@dataclass
class MemoryJournal:
    """A journal of one station; implements the sender's JournalReader and the shipment's WatchedJournal."""

    key: bytes
    station: str = STATION
    epoch: bytes = b"epoch001"
    chains: dict[ChainId, list[Entry]] = field(default_factory=dict)
    writes: int = 0
    seen: int = -1
    reads: int = 0
    dropped: dict[ChainId, tuple[int, int]] = field(default_factory=dict)
    """First and last place of what was let go of and named in an entry."""
    pruned: int = 0
    """Entries below this place are gone from every chain; the hash of the last of them is kept."""

    def write(
        self,
        lane: Lane = Lane.CUSTODY,
        kind: str = "parcel.received",
        body: dict[str, Any] | None = None,
        personal: Personal | None = None,
    ) -> Entry:
        """Append one entry to a lane of the present epoch."""
        self.writes += 1
        chain = ChainId(self.epoch, lane)
        entries = self.chains.setdefault(chain, [])
        header = Header(
            FORMAT,
            self.station,
            self.epoch,
            lane,
            len(entries),
            1,
            self.writes * 1000,
            NOW_MS + self.writes * 1000,
            Trust.SYNCHRONISED,
            kind,
            self.key,
            self._after() if lane is Lane.TELEMETRY else None,
        ).encode()
        packed = encode_body({"number": self.writes} if body is None else body)
        previous = entries[-1].hash if entries else ROOT
        entry = Entry(header, packed, personal, entry_hash(previous, header, packed, personal))
        entries.append(entry)
        return entry

    def fill(self, count: int, lane: Lane = Lane.CUSTODY) -> None:
        """Write `count` entries."""
        for _ in range(count):
            self.write(lane)

    def _after(self) -> After:
        custody = self.chains.get(ChainId(self.epoch, Lane.CUSTODY))
        return After(len(custody) - 1, custody[-1].hash[:8]) if custody else After(0, bytes(8))

    def open_epoch(self, epoch: bytes) -> None:
        """Start new chains; the first entry of each is written at once, as the agent does."""
        self.epoch = epoch
        for lane in Lane:
            self.write(lane, "epoch.opened")

    def damage(self, chain: ChainId, sequence: int) -> None:
        """Flip a bit of one body on the card."""
        entry = self.chains[chain][sequence]
        self.chains[chain][sequence] = entry._replace(body=entry.body[:-1] + bytes([entry.body[-1] ^ 1]))

    def run(self, chain: ChainId, first: int = 0, count: int | None = None) -> Run:
        """A run of entries as a sender would send it."""
        entries = self.chains[chain]
        taken = tuple(entries[first : None if count is None else first + count])
        return Run(self.station, chain, self.key, first, entries[first - 1].hash if first else ROOT, taken)

    def image(self) -> "MemoryJournal":
        """A copy, as an image of the card."""
        return MemoryJournal(
            self.key,
            self.station,
            self.epoch,
            {chain: list(entries) for chain, entries in self.chains.items()},
            self.writes,
        )

    def heads(self) -> list[Position]:
        """The head of every chain, older epochs first."""
        return [
            Position(chain.epoch, chain.lane, len(entries) - 1, entries[-1].hash)
            for chain, entries in self.chains.items()
        ]

    def hash_at(self, chain: ChainId, sequence: int) -> bytes | None:
        """Hash of one entry, None where there is none."""
        entries = self.chains.get(chain, [])
        return entries[sequence].hash if max(self.pruned - 1, 0) <= sequence < len(entries) else None

    def entries(self, chain: ChainId, first: int, limit: int) -> list[Entry]:
        """Up to `limit` entries from `first` on."""
        self.reads += 1
        first = max(first, self.pruned)
        return self.chains.get(chain, [])[first : first + limit]

    def resumes_at(self, chain: ChainId, sequence: int) -> int:
        """Behind the range that was named and let go of."""
        first, last = self.dropped.get(chain, (0, -1))
        return last + 1 if first <= sequence <= last else sequence

    def is_gone(self, chain: ChainId, sequence: int) -> bool:
        """Nothing goes here without being named."""
        del chain, sequence
        return False

    def changed(self) -> bool:
        """Whether anything was written since the last call."""
        changed, self.seen = self.seen != self.writes, self.writes
        return changed


@dataclass
class MemoryLedger:
    """The ledger; positions never go back within one incarnation."""

    places: dict[ChainId, tuple[Position, bytes]] = field(default_factory=dict)
    troubles: set[tuple[Trouble, ChainId | None]] = field(default_factory=set)

    def confirmed(self, chain: ChainId) -> Position | None:
        """How far the county confirmed a chain."""
        known = self.places.get(chain)
        return known[0] if known else None

    def confirm(self, position: Position, incarnation: bytes, receipt: bytes, signature: bytes) -> None:
        """Keep a verified receipt."""
        assert receipt
        assert signature
        known = self.places.get(position.chain)
        if known is None or known[1] != incarnation or known[0].sequence < position.sequence:
            self.places[position.chain] = (position, incarnation)

    def note(self, trouble: Trouble, chain: ChainId | None) -> None:
        """Keep a trouble."""
        self.troubles.add((trouble, chain))


@dataclass
class MemoryLists:
    """Implements the board's ListStore."""

    kept: dict[tuple[str, str], SignedList] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)

    def held(self) -> list[Held]:
        """The version of every list."""
        return [signed.held for _, signed in sorted(self.kept.items())]

    def keep(self, signed: SignedList) -> None:
        """Put a list in place of its older version."""
        self.kept[signed.scope, signed.name] = signed

    def note(self, trouble: Trouble, chain: ChainId | None) -> None:
        """Keep a trouble."""
        assert chain is None
        self.troubles.append(trouble)


Places = dict[int, dict[bytes, Entry]]


@dataclass
class MemoryLog:
    """A county's log: entries of every branch by place and hash.

    refusing: the database is absent. read_only: its disk is full, what is there can be read.
    """

    incarnation: bytes = b"county01"
    keys: dict[str, dict[bytes, bytes]] = field(default_factory=dict)
    chains: dict[tuple[str, ChainId], Places] = field(default_factory=dict)
    refusing: bool = False
    read_only: bool = False
    commits: int = 0

    def register(self, station: str, public: bytes) -> None:
        """Enrol a station's key."""
        self.keys.setdefault(station, {})[key_id(public)] = public

    def public_key(self, station: str, key: bytes) -> bytes | None:
        """The registered key."""
        self._check()
        return self.keys.get(station, {}).get(key)

    def tip(self, station: str, chain: ChainId) -> Position | None:
        """The furthest place; of two branches as far as each other, the greater hash."""
        self._check()
        places = self.chains.get((station, chain))
        if not places:
            return None
        last = max(places)
        return Position(chain.epoch, chain.lane, last, max(places[last]))

    def hashes(self, station: str, chain: ChainId, first: int, last: int) -> dict[int, set[bytes]]:
        """Hashes at each place."""
        self._check()
        places = self.chains.get((station, chain), {})
        return {place: set(places[place]) for place in range(first, last + 1) if place in places}

    def commit(self, run: Run, fresh: Sequence[Entry], first: int, signature: bytes) -> None:
        """Keep entries; what is there already stays."""
        self._check()
        if self.read_only:
            raise LogUnavailable("the disk is full", hint="测试 / a test")
        assert len(signature) == 64
        self.commits += 1
        places = self.chains.setdefault((run.station, run.chain), {})
        for sequence, entry in enumerate(fresh, first):
            places.setdefault(sequence, {}).setdefault(entry.hash, entry)

    def holds(self, station: str, place: Position) -> bool:
        """Whether an entry is committed, however the database feels."""
        return place.hash in self.chains.get((station, place.chain), {}).get(place.sequence, {})

    def hashes_anyway(self, station: str, chain: ChainId, place: int) -> set[bytes]:
        """What is committed at one place, however the database feels."""
        return set(self.chains.get((station, chain), {}).get(place, {}))

    def backup(self) -> dict[tuple[str, ChainId], Places]:
        """A copy of everything."""
        return {key: {place: dict(entries) for place, entries in places.items()} for key, places in self.chains.items()}

    def restore(self, backup: dict[tuple[str, ChainId], Places], incarnation: bytes) -> None:
        """Put a copy back, under a new incarnation."""
        self.chains, self.incarnation = copy.deepcopy(backup), incarnation

    def _check(self) -> None:
        if self.refusing:
            raise LogUnavailable("nobody listens", hint="测试 / a test")


STATION_KEY = CheapKey("station")
COUNTY_KEY = CheapKey("county")


def make_journal(entries: int = 0) -> MemoryJournal:
    """A journal with some custody entries."""
    journal = MemoryJournal(STATION_KEY.id)
    journal.fill(entries)
    return journal


def make_log() -> MemoryLog:
    """A log that knows the station."""
    log = MemoryLog()
    log.register(STATION, STATION_KEY.public)
    return log


def make_receiver(log: MemoryLog) -> Receiver:
    """A worker over a log."""
    return Receiver(log=log, sign=COUNTY_KEY.sign, verifier=cheap_verifier)


def make_sender(
    journal: MemoryJournal,
    ledger: MemoryLedger,
    *,
    seed: int = 1,
    timers: Timers | None = None,
    batch_entries: int = MAX_ENTRIES,
    longest_rests: bool = False,
    board: Board | None = None,
) -> Sender:
    """A sender whose randomness is drawn from `seed`; `longest_rests` takes it out of its rests."""
    draws = random.Random(seed)
    return Sender(
        station=journal.station,
        key=STATION_KEY.id,
        sign=STATION_KEY.sign,
        verify=cheap_verifier(COUNTY_KEY.public),
        journal=journal,
        ledger=ledger,
        random=(lambda: 1.0) if longest_rests else draws.random,
        draw=lambda: draws.getrandbits(62),
        timers=timers or Timers(),
        batch_entries=batch_entries,
        board=board,
    )


def make_board(store: MemoryLists) -> Board:
    """The station's board over a store."""
    return Board(
        station=STATION,
        key=STATION_KEY.id,
        sign=STATION_KEY.sign,
        verify=cheap_verifier(COUNTY_KEY.public),
        store=store,
    )
