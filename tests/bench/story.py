"""A journal full of believable work, written by the real journal and counter; used by several measurements."""

import random
import sqlite3
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from drivers.readings import Scan
from station_agent.counter.answers import Colour
from station_agent.counter.books import Books
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Decision, Moment
from station_agent.counter.shelves import ShelfPlan
from station_agent.counter.vocabulary import custody, telemetry
from station_agent.journal.schema import create
from station_agent.journal.writer import Identity, Journal, Record, Stamp
from sync.contact import Contact
from sync.entry import SALT_BYTES, Trust
from sync.sealing import Sealer

PARCELS_A_DAY = 150
CARRIERS = (("SF", 13), ("YT", 13), ("JT", 13), ("78", 12), ("98", 11))


def write_journal(path: Path, entries: int, *, station: str, key: bytes, seed: int = 1) -> None:
    """Fill a new journal with about `entries` entries: parcels in, some weighed, out again, cold-box blocks between."""
    draw = random.Random(seed)
    connection = sqlite3.connect(path, isolation_level=None)
    create(connection)
    time = _Time(draw)
    journal = Journal(
        connection,
        Identity(station, key, "bench", "boot"),
        stamp=time.stamp,
        draw_epoch=lambda: draw.randbytes(8),
    )
    connection.execute("PRAGMA synchronous=OFF")
    counter = Counter(Books(ShelfPlan()))
    waiting: list[str] = []
    written = 0
    while written < entries:
        records = _some_work(counter, draw, time, waiting)
        journal.commit(records)
        written += len(records)
    connection.execute("PRAGMA synchronous=FULL")
    connection.close()


def write_notices(path: Path, entries: int, *, station: str, key: bytes, seed: int = 1) -> None:
    """Fill a new journal with `entries` notices due, each with its recipient's sealed contact: the dearest there is."""
    draw = random.Random(seed)
    connection = sqlite3.connect(path, isolation_level=None)
    create(connection)
    time = _Time(draw)
    journal = Journal(
        connection, Identity(station, key, "bench", "boot"), stamp=time.stamp, draw_epoch=lambda: draw.randbytes(8)
    )
    connection.execute("PRAGMA synchronous=OFF")
    county = X25519PrivateKey.generate().public_key().public_bytes_raw()
    sealer = Sealer(station, county, draw=draw.randbytes)
    for number in range(entries):
        waybill = f"SF{draw.randrange(10**13):013d}"
        contact = Contact(f"13{draw.randrange(10**9):09d}")
        record = custody(
            "notice.due", waybill=waybill, code=f"{number % 3 + 1}-{number % 4 + 1}-{1000 + number % 1000}"
        )
        personal = sealer.personal(contact, waybill, draw.randbytes(SALT_BYTES), period=number // PARCELS_A_DAY)
        journal.commit([record._replace(personal=personal)])
    connection.execute("PRAGMA synchronous=FULL")
    connection.close()


class _Time:
    """Wall and boot time that walk on together by believable steps."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self.ms = 60_000

    def stamp(self) -> Stamp:
        self.ms += self._draw.randint(1500, 40_000)
        return Stamp(self.ms, 1_760_000_000_000 + self.ms, Trust.SYNCHRONISED)


def _some_work(counter: Counter, draw: random.Random, time: _Time, waiting: list[str]) -> list[Record]:
    """One act at the counter, or a block of temperatures."""
    chance = draw.random()
    if chance < 0.04:
        return [_temperatures(draw)]
    now_s = time.ms / 1000
    at = Moment("gun", now_s, time.ms)
    if chance < 0.55 or len(waiting) < 40:
        carrier, digits = draw.choice(CARRIERS)
        code = carrier + "".join(draw.choices("0123456789", k=digits))
        waiting.append(code)
        _act(counter, Scan("YYCIN", b"", now_s), at)
    else:
        code = waiting.pop(draw.randrange(len(waiting)))
        _act(counter, Scan("YYCOUT", b"", now_s), at)
    records = _act(counter, Scan(code, code.encode(), now_s), at)
    if draw.random() < 0.1:
        records += _settled(counter, counter.weight(draw.randint(50, 9000), at))
    return records


def _act(counter: Counter, scan: Scan, at: Moment) -> list[Record]:
    """A scan, twice where the counter asks for it: this attendant never reads what it says."""
    decision = counter.scan(scan, at)
    records = _settled(counter, decision)
    if decision.answer is not None and decision.answer.colour is Colour.YELLOW:
        records += _settled(counter, counter.scan(scan, at))
    return records


def _settled(counter: Counter, decision: Decision) -> list[Record]:
    counter.settle(decision, range(len(decision.worked)))
    return list(decision.records)


def _temperatures(draw: random.Random) -> Record:
    start = draw.randint(500, 4500)
    values = [start + draw.randint(-3, 3) * 62 for _ in range(10)]
    return telemetry(
        "box.temperatures", device="box1", start_ms=600_000, at_s=[60 * n for n in range(10)], temperature_mc=values
    )
