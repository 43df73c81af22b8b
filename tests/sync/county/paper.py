"""A station on paper: journal and ledger in memory, real entries, real keys. The other side of every test here."""

import itertools
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine

from sync.board import Board, ListStore
from sync.county.database import create_tables, open_database, sqlite_url
from sync.county.lists import ListDesk
from sync.county.register import add_station
from sync.county.store import CountyLog
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
)
from sync.keys import SigningKey, verifier
from sync.receiver import Receiver
from sync.sender import JournalReader, Ledger, Sender, State
from sync.trouble import Trouble
from sync.wire import (
    Hello,
    Receipt,
    Run,
    decode_receipt,
    encode_envelope,
    encode_hello,
    encode_run,
    head_message,
    hello_message,
    open_envelope,
    receipt_message,
)

NOW_MS = 1_800_000_000_000
EPOCH = b"epoch001"


@dataclass
class PaperStation:
    """Writes entries, and packs batches and hellos by hand."""

    key: SigningKey
    name: str = "v001"
    epoch: bytes = EPOCH
    chains: dict[ChainId, list[Entry]] = field(default_factory=dict)
    dropped: dict[ChainId, tuple[int, int]] = field(default_factory=dict)

    def chain(self, lane: Lane = Lane.CUSTODY) -> ChainId:
        return ChainId(self.epoch, lane)

    def write(
        self,
        kind: str,
        body: dict[str, Any] | bytes,
        *,
        recorded_ms: int = NOW_MS,
        trust: Trust = Trust.SYNCHRONISED,
        lane: Lane = Lane.CUSTODY,
        personal: Personal | None = None,
        boot: int = 1,
        since_boot_ms: int | None = None,
        after: After | None = None,
    ) -> Entry:
        entries = self.chains.setdefault(self.chain(lane), [])
        if lane is Lane.TELEMETRY and after is None:
            after = After(0, bytes(8))
        header = Header(
            FORMAT,
            self.name,
            self.epoch,
            lane,
            len(entries),
            boot,
            len(entries) * 1000 if since_boot_ms is None else since_boot_ms,
            recorded_ms,
            trust,
            kind,
            self.key.id,
            after,
        ).encode()
        data = body if isinstance(body, bytes) else encode_body(body)
        previous = entries[-1].hash if entries else ROOT
        entry = Entry(header, data, personal, entry_hash(previous, header, data, personal))
        entries.append(entry)
        return entry

    def receive(self, waybill: str, **kwargs: Any) -> Entry:
        return self.write("parcel.received", {"waybill": waybill, "code": "3-2-1008"}, **kwargs)

    def fill(self, count: int) -> None:
        for number in range(count):
            self.receive(f"YT{number:013d}", recorded_ms=NOW_MS + number)

    def run(self, first: int = 0, count: int | None = None, lane: Lane = Lane.CUSTODY) -> Run:
        entries = self.chains[self.chain(lane)]
        taken = tuple(entries[first : None if count is None else first + count])
        previous = entries[first - 1].hash if first else ROOT
        return Run(self.name, self.chain(lane), self.key.id, first, previous, taken)

    def batch(
        self, first: int = 0, count: int | None = None, *, lane: Lane = Lane.CUSTODY, signature: bytes | None = None
    ) -> bytes:
        run = self.run(first, count, lane)
        signed = self.key.sign(head_message(self.name, run.head)) if signature is None else signature
        return encode_envelope("batch", encode_run(run, 7), signed)

    def hello(self) -> bytes:
        content = encode_hello(Hello(FORMAT, 8, self.name, self.key.id, self.heads()))
        return encode_envelope("hello", content, self.key.sign(hello_message(content)))

    # JournalReader

    def heads(self) -> list[Position]:
        return [
            Position(chain.epoch, chain.lane, len(entries) - 1, entries[-1].hash)
            for chain, entries in self.chains.items()
        ]

    def hash_at(self, chain: ChainId, sequence: int) -> bytes | None:
        entries = self.chains.get(chain, [])
        return entries[sequence].hash if 0 <= sequence < len(entries) else None

    def entries(self, chain: ChainId, first: int, limit: int) -> list[Entry]:
        return self.chains[chain][first : first + limit]

    def resumes_at(self, chain: ChainId, sequence: int) -> int:
        first, last = self.dropped.get(chain, (0, -1))
        return last + 1 if first <= sequence <= last else sequence

    def is_gone(self, chain: ChainId, sequence: int) -> bool:
        del chain, sequence
        return False


@dataclass
class PaperLedger:
    """Ledger in memory."""

    places: dict[ChainId, Position] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)

    def confirmed(self, chain: ChainId) -> Position | None:
        return self.places.get(chain)

    def confirm(self, position: Position, incarnation: bytes, receipt: bytes, signature: bytes) -> None:
        assert incarnation
        assert receipt
        assert signature
        self.places[position.chain] = position

    def note(self, trouble: Trouble, chain: ChainId | None) -> None:
        assert chain is None or chain.epoch
        self.troubles.append(trouble)


@dataclass
class PaperCounty:
    """A county on one database."""

    engine: Engine
    key: SigningKey
    log: CountyLog
    receiver: Receiver

    def take(self, payload: bytes, station: str = "v001", now_ms: int = NOW_MS) -> Receipt:
        """Receive a message, check the county's signature, return the receipt."""
        kind, content, signature = open_envelope(self.receiver.receive(station, payload, now_ms))
        assert kind == "receipt"
        assert verifier(self.key.public)(signature, receipt_message(content))
        return decode_receipt(content)


def open_county(
    path: Path, *, url: URL | None = None, clock_ms: Callable[[], int] = lambda: NOW_MS
) -> Iterator[PaperCounty]:
    """A county with nobody registered, on SQLite where no `url` is given; closed when the iteration ends."""
    engine = open_database(sqlite_url(path / "county.db") if url is None else url, checkpoints=True)
    create_tables(engine)
    key = SigningKey.create(path / "county.key")
    log = CountyLog(engine, clock_ms=clock_ms)
    yield PaperCounty(engine, key, log, Receiver(log=log, sign=key.sign, verifier=verifier))
    engine.dispose()


def register(engine: Engine, station: PaperStation) -> None:
    add_station(engine, station.name, "张家村", station.key.public, now_ms=NOW_MS)


def make_sender(
    station: PaperStation,
    ledger: PaperLedger,
    county_public: bytes,
    *,
    batch_entries: int = 1000,
    board: Board | None = None,
) -> Sender:
    draws = random.Random(7)
    return Sender(
        station=station.name,
        key=station.key.id,
        sign=station.key.sign,
        verify=verifier(county_public),
        journal=station,
        ledger=ledger,
        random=draws.random,
        draw=lambda: draws.getrandbits(63),
        batch_entries=batch_entries,
        board=board,
    )


def bring(
    journal: JournalReader,
    ledger: Ledger,
    county: PaperCounty,
    station: str,
    key: SigningKey,
    *,
    now_ms: int = 1,
    batch_entries: int = 60,
    most: int = 200,
    draw: Callable[[], int] | None = None,
) -> Sender:
    """One connection of a station: send until nothing is left (the sender is then READY), or `most` messages.

    draw: numbers of requests, none of them twice at one ledger.
    """
    sender = Sender(
        station=station,
        key=key.id,
        sign=key.sign,
        verify=verifier(county.key.public),
        journal=journal,
        ledger=ledger,
        random=lambda: 0.5,
        draw=draw or itertools.count(1).__next__,
        batch_entries=batch_entries,
    )
    payloads = sender.connected(0.0)
    for _ in range(most):
        if not payloads:
            assert sender.state is State.READY
            break
        payloads = sender.received(county.receiver.receive(station, payloads[0], now_ms), 0.0)
    return sender


def make_board(station: PaperStation, county_public: bytes, store: ListStore) -> Board:
    return Board(
        station=station.name, key=station.key.id, sign=station.key.sign, verify=verifier(county_public), store=store
    )


def make_desk(county: PaperCounty) -> ListDesk:
    return ListDesk(county.engine, public_key=county.log.public_key, verifier=verifier, clock_ms=lambda: NOW_MS)
