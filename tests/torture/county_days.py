"""The county for days in virtual time: the real ingest, receiver, log, lists and projection on a real SQLite file.

Run as a process of its own, so that its memory is that of a county: `python -m tests.torture.county_days FOLDER
STATIONS HOURS` lets so many stations live so many hours. The link between is this program's; each station keeps no more
than the heads of its chains. Every half hour each sends what it has: receipts are checked, some get lost and the batch
comes again, one in fifty stations is cut off for ten hours and then catches up, all ask where the county stands at each
connect, and lists are put up every day and handed out. SQLite's cache of pages has 8 MB instead of its 64, so that it
is full within hours and what grows after that is the program's own.
"""

import hashlib
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Engine, event

from sync.contents import Notice, Notices, RevokedBadges, pack_content
from sync.county.database import create_tables, open_database, sqlite_url
from sync.county.ingest import Ingest
from sync.county.lists import ListDesk, put_list
from sync.county.project import project_chain, waiting_chains
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
    Position,
    Trust,
    encode_body,
    entry_hash,
    key_id,
)
from sync.held import EVERYBODY
from sync.keys import SigningKey, verifier
from sync.mqtt import Connected, Event, Message
from sync.receiver import Receiver
from sync.wire import (
    MAX_ENTRIES,
    Hello,
    Run,
    Verdict,
    decode_receipt,
    encode_envelope,
    encode_hello,
    encode_run,
    head_message,
    hello_message,
    open_envelope,
    receipt_message,
)
from tests.torture import gauges

FROM_MS = 1_790_006_400_000
HALF_HOUR_MS = 1_800_000
OPENS, CLOSES = 14, 42
"""Half hours of the day between which people come: seven to nine in the evening."""
PARCELS_A_DAY = 150
SCANS = 3 * PARCELS_A_DAY // (CLOSES - OPENS)
"""Entries of custody in half an hour: a parcel is received, told of, handed out."""
KINDS = ("parcel.received", "notice.due", "parcel.collected")
CUT_HALF_HOURS = 20


class Chain:
    """One lane of one station: its head, and what the county does not have yet."""

    def __init__(self, lane: Lane) -> None:
        self.sequence, self.hash = -1, ROOT
        self.sent_hash = ROOT
        self.lane = lane
        self.waiting: list[Entry] = []


class Village:
    """A station as the county sees it."""

    def __init__(self, number: int) -> None:
        self.name = f"500237-{number:03d}"
        self.key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(self.name.encode()).digest())
        self.public = self.key.public_key().public_bytes_raw()
        self.key_id = key_id(self.public)
        self.epoch = self.public[:8]
        self.chains = {lane: Chain(lane) for lane in Lane}
        self.draw = random.Random(number)
        self.cut_until = 0
        self.entries = 0

    def work(self, half_hour: int) -> None:
        """Write what half an hour brings."""
        at_ms = FROM_MS + half_hour * HALF_HOUR_MS
        if OPENS <= half_hour % 48 < CLOSES:
            for place in range(SCANS):
                body = {"waybill": f"SF{self.draw.randrange(10**13):013d}", "code": "3-2-1008", "carrier": "sf"}
                self._write(Lane.CUSTODY, KINDS[place % 3], body, at_ms + place * 30_000)
        for block in range(3):
            values = [2500 + self.draw.randint(-2, 2) * 62 for _ in range(10)]
            fields = {"device": "box", "start_ms": at_ms, "at_s": [60 * n for n in range(10)], "temperature_mc": values}
            self._write(Lane.TELEMETRY, "box.temperatures", fields, at_ms + block * 600_000)

    def _write(self, lane: Lane, kind: str, body: Mapping[str, Any], at_ms: int) -> None:
        chain, custody = self.chains[lane], self.chains[Lane.CUSTODY]
        chain.sequence += 1
        after = After(max(custody.sequence, 0), custody.hash[:8]) if lane is Lane.TELEMETRY else None
        header = Header(
            FORMAT, self.name, self.epoch, lane, chain.sequence, 1, at_ms - FROM_MS, at_ms, Trust.SYNCHRONISED, kind,
            self.key_id, after,
        ).encode()  # fmt: skip
        packed = encode_body(dict(body))
        chain.hash = entry_hash(chain.hash, header, packed, None)
        chain.waiting.append(Entry(header, packed, None, chain.hash))
        self.entries += 1

    def hello(self) -> bytes:
        """Where do you stand?"""
        heads = [Position(self.epoch, lane, max(chain.sequence, 0), chain.hash) for lane, chain in self.chains.items()]
        content = encode_hello(Hello(FORMAT, self.draw.getrandbits(62), self.name, self.key_id, heads))
        return encode_envelope("hello", content, self.key.sign(hello_message(content)))

    def batch(self, chain: Chain) -> bytes:
        """The oldest entries that wait."""
        entries = tuple(chain.waiting[:MAX_ENTRIES])
        first = chain.sequence + 1 - len(chain.waiting)
        run = Run(self.name, ChainId(self.epoch, chain.lane), self.key_id, first, chain.sent_hash, entries)
        signature = self.key.sign(head_message(self.name, run.head))
        return encode_envelope("batch", encode_run(run, self.draw.getrandbits(62)), signature)

    def taken(self, position: Position) -> None:
        """The county has all up to there."""
        chain = self.chains[position.lane]
        first = chain.sequence + 1 - len(chain.waiting)
        gone = position.sequence + 1 - first
        if gone > 0:
            assert chain.waiting[gone - 1].hash == position.hash
            chain.sent_hash = position.hash
            del chain.waiting[:gone]


class Air:
    """The link: what stations publish goes to the county at its next step, and receipts come back."""

    def __init__(self, villages: Sequence[Village], county_key: bytes, draw: random.Random) -> None:
        self._villages = {village.name: village for village in villages}
        self._verify, self._draw = verifier(county_key), draw
        self._up: list[Event] = [Connected()]
        self.counted: Counter[str] = Counter()

    def send(self, village: Village, payload: bytes) -> None:
        """Publish."""
        self._up.append(Message(f"yyt/v1/{village.name}/up", payload))

    def step(self, timeout_s: float) -> Sequence[Event]:
        """What came; nobody waits."""
        del timeout_s
        up, self._up = self._up, []
        return up

    def publish(self, topic: str, payload: bytes) -> None:
        """A receipt or a list on its way down; one receipt in fifty gets lost, and its batch is sent again."""
        village = self._villages[topic.split("/")[2]]
        kind, content, signature = open_envelope(payload)
        self.counted[kind] += 1
        if kind != "receipt":
            return
        assert self._verify(signature, receipt_message(content))
        receipt = decode_receipt(content)
        assert receipt.verdict in (Verdict.ACCEPTED, Verdict.POSITION), receipt
        if receipt.verdict is Verdict.ACCEPTED and self._draw.random() < 0.02:
            self.counted["lost"] += 1
            return
        for position in receipt.positions:
            if receipt.verdict is Verdict.ACCEPTED:
                village.taken(position)


def live(folder: Path, stations: int, hours: int) -> tuple[list[gauges.Gauge], Counter[str]]:
    """Let everybody live; the county's gauges by the hour, and what was counted."""
    folder.mkdir(parents=True, exist_ok=True)
    path, draw, now_ms = folder / "county.db", random.Random(1), [FROM_MS]
    # As `county serve`: an engine for the ingest, which checkpoints, and one for the projector, which does not.
    engine, projector = open_database(sqlite_url(path), checkpoints=True), open_database(sqlite_url(path))
    for each in (engine, projector):
        event.listen(each, "connect", _with_small_cache)
    create_tables(engine)
    key = SigningKey.create(folder / "county.key")
    villages = [Village(number) for number in range(1, stations + 1)]
    for village in villages:
        add_station(engine, village.name, "张家村", village.public, now_ms=FROM_MS)
    air = Air(villages, key.public, draw)
    log = CountyLog(engine, clock_ms=lambda: now_ms[0])
    receiver = Receiver(log=log, sign=key.sign, verifier=verifier)
    desk = ListDesk(engine, public_key=log.public_key, verifier=verifier, clock_ms=lambda: now_ms[0])
    ingest = Ingest(link=air, receiver=receiver, log=log, lists=desk, look_s=0.0)
    seen = []
    for half_hour in range(hours * 2 + 1):
        now_ms[0] = FROM_MS + half_hour * HALF_HOUR_MS
        if half_hour % 12 == 0:
            seen.append(gauges.look(half_hour // 2, path))
        if half_hour % 48 == 16:
            _put_lists(projector, key, now_ms[0], villages)
        for village in villages:
            village.work(half_hour)
        _send(villages, air, ingest, half_hour, draw)
        air.counted["events"] += _project(projector, ingest)
    _catch_up(villages, air, ingest)
    air.counted["events"] += _project(projector, ingest)
    air.counted["written"] = sum(village.entries for village in villages)
    air.counted["malformed"] = ingest.malformed
    engine.dispose()
    projector.dispose()
    return seen, air.counted


def _project(projector: Engine, ingest: Ingest) -> int:
    """Bring the tables up to date; the ingest's turn comes meanwhile, as its thread's would every half second."""
    events = 0
    while chains := waiting_chains(projector):
        for number, chain in enumerate(chains):
            events += project_chain(projector, chain).events
            if number % 20 == 0:
                ingest.step(0.0)
    return events


def _put_lists(engine: Engine, key: SigningKey, now_ms: int, villages: Sequence[Village]) -> None:
    """A new list for everybody and one for each station; the ingest pushes them."""
    revoked = pack_content(RevokedBadges(list(range(1, 1 + now_ms // 86_400_000 % 100))))
    put_list(engine, key, scope=EVERYBODY, name=RevokedBadges.LIST, content=revoked, put_by="王芳", now_ms=now_ms)
    for village in villages:
        notices = Notices([Notice(f"SF{village.draw.randrange(10**13):013d}", now_ms) for _ in range(20)])
        of = {"scope": village.name, "name": notices.LIST, "put_by": "王芳"}
        put_list(engine, key, content=pack_content(notices), now_ms=now_ms, **of)


def _send(villages: Sequence[Village], air: Air, ingest: Ingest, half_hour: int, draw: random.Random) -> None:
    """Everybody who has a link sends what waits."""
    for village in villages:
        if half_hour < village.cut_until:
            continue
        if half_hour == village.cut_until:
            air.send(village, village.hello())
        if draw.random() < 0.02 / 10:
            village.cut_until = half_hour + CUT_HALF_HOURS
            air.counted["cut off"] += 1
            continue
        for chain in village.chains.values():
            if chain.waiting:
                air.send(village, village.batch(chain))
    ingest.step(0.0)


def _catch_up(villages: Sequence[Village], air: Air, ingest: Ingest) -> None:
    """Until nothing waits; bounded, as the lost are few."""
    for _ in range(20):
        waiting = [(village, chain) for village in villages for chain in village.chains.values() if chain.waiting]
        for village, chain in waiting:
            air.send(village, village.batch(chain))
        ingest.step(0.0)
    assert not any(chain.waiting for village in villages for chain in village.chains.values())


def _with_small_cache(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA cache_size = -8192")


def main(folder: Path, stations: int, hours: int) -> None:
    """Live, and tell."""
    seen, counted = live(folder, stations, hours)
    gauges.tell(seen, counted=counted)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
