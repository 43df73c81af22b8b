"""What the station's work costs as its journal grows: ten thousand entries, a hundred thousand, a million.

One journal, written by the real writer in great transactions without fsync, is measured at each size on its way up: an
append (an entry and the row it changes, committed), the position and the next batch as the sender asks for them, a
piece that is let go of at its beginning, the opening of the whole station. Times are processor time of this thread,
since the disk is another's matter (`latency`) and others use the machine; the row says how many times dearer the
largest journal is than the smallest. A row of its own has what one quiet moment does at most while a snapshot of ten
thousand parcels is written. Call `measure`.
"""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from station_agent.config import load
from station_agent.counter.vocabulary import custody, telemetry
from station_agent.journal.changes import Change
from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import STATE_TABLES
from station_agent.journal.snapshots import Snapshot, records
from station_agent.journal.writer import Journal, Record
from station_agent.station import open_station
from sync.entry import Lane, encode_body
from tests.bench.rows import Row, percentile

SIZES = (10_000, 100_000, 1_000_000)
QUICK_SIZES = (10_000, 100_000)
STATION = "500237-001"
PARCELS = 300
"""What lies on the shelves, at every size alike."""
SNAPSHOT_PARCELS = 10_000
MUST, AIM = 1.5, 1.2
"""Of the county's growth in the design; a station's is held to the same."""
START = "start-up, journal to counter"
BATCH = 1000


def measure(directory: Path, *, quick: bool = False) -> list[Row]:
    """A row for each way of working: its cost at the largest journal against the smallest."""
    config = _set_up(directory)
    sizes = QUICK_SIZES if quick else SIZES
    costs: dict[str, list[float]] = {}
    for size in sizes:
        _grow(config, size)
        for what, cost_us in _costs(config).items():
            costs.setdefault(what, []).append(cost_us)
    return [*(_row(what, sizes, found) for what, found in costs.items()), _snapshot_row(config)]


def _row(what: str, sizes: tuple[int, ...], found: list[float]) -> Row:
    note = ", ".join(f"{cost_us:,.0f} us at {size:,}" for size, cost_us in zip(sizes, found, strict=True))
    if what == START:  # its check of the file grows until its time is up: the start's own budget holds, not a ratio
        return Row(f"{what}, journal of {sizes[-1]:,}", found[-1] / 1e6, "s", 1.5, 0.8, f"processor alone; {note}")
    return Row(f"{what}, journal of {sizes[-1]:,} against {sizes[0]:,}", found[-1] / found[0], "x", MUST, AIM, note)


def _snapshot_row(config: Path) -> Row:
    """The dearest quiet moment of a snapshot, and what all of it brings into the chain."""
    settings, _ = load(config)
    with open_station(settings) as station:
        station.connection.execute("PRAGMA synchronous = OFF")
        journal = station.journal
        journal.commit([], [_shelved(number) for number in range(SNAPSHOT_PARCELS)])
        rows = {table: sorted(journal.rows(table)) for table in STATE_TABLES}
        parts = records(Snapshot(journal.epoch, journal.head(Lane.CUSTODY).sequence, 0, rows))
        took_us, size = [], 0
        while True:
            begun_ns = time.thread_time_ns()
            part = next(parts, None)
            if part is None:
                break
            journal.commit([part])
            took_us.append((time.thread_time_ns() - begun_ns) / 1000)
            size += len(encode_body(part.body))
    note = f"{len(took_us)} moments, {size:,} bytes of entries, once a month; processor alone"
    return Row(f"snapshot of {SNAPSHOT_PARCELS:,} parcels, dearest moment", max(took_us) / 1000, "ms", 10.0, 5.0, note)


def _set_up(directory: Path) -> Path:
    """A station as a technician makes it, with nothing connected."""
    config = directory / "station.toml"
    program = Path(sys.executable).with_name("station")
    data = str(directory / "data")
    words = ["init", "--config", str(config), "--id", STATION, "--county-key", "11" * 32, "--data", data]
    subprocess.run([str(program), *words], check=True, capture_output=True)
    return config


def _grow(config: Path, size: int) -> None:
    """Write on until there are so many entries: parcels that come and go, a block of temperatures among them."""
    settings, _ = load(config)
    with open_station(settings) as station:
        station.connection.execute("PRAGMA synchronous = OFF")
        journal = station.journal
        begun = _entries(journal)
        for first in range(begun, size, BATCH):
            count = min(BATCH, size - first)
            journal.commit([_record(number) for number in range(first, first + count)])
            journal.idle()
        journal.commit([], [_shelved(number) for number in range(PARCELS)])
        journal.checkpoint()


def _entries(journal: Journal) -> int:
    return sum(journal.head(lane).sequence + 1 for lane in Lane)


def _record(number: int) -> Record:
    if number % 25 == 0:
        return telemetry("box.temperatures", device="box1", start_ms=number, at_s=[0, 60], temperature_mc=[4000, 4062])
    kind = "parcel.received" if number % 2 else "parcel.collected"
    return custody(kind, waybill=_waybill(number // 2), code=f"3-2-{1000 + number % 1000}", carrier="sf", batch=number)


def _shelved(number: int) -> Change:
    row = (_waybill(number), f'{{"waybill":"{_waybill(number)}","state":"here","received_ms":0,"code":"1-1-{number}"}}')
    return Change("parcel", None, row)


def _waybill(number: int) -> str:
    return f"SF{number:013d}"


def _costs(config: Path) -> dict[str, float]:
    """Microseconds of every way of working on the journal as it is."""
    settings, _ = load(config)
    costs = {START: _cost_us(lambda: open_station(settings).__exit__(), times=9)}
    with open_station(settings) as station, contextlib.closing(JournalFile(settings.journal_path)) as reader:
        station.connection.execute("PRAGMA synchronous = OFF")
        journal = station.journal
        costs["append"] = _cost_us(lambda: journal.commit([_record(1)], [_shelved(7)]), times=300)
        journal.checkpoint()
        head = journal.head(Lane.CUSTODY)
        limits = {one.number: one.head for one in journal.kept() if one.chain == head.chain}
        costs["a piece let go of"] = _cost_us(lambda: journal.prune(limits), times=20)
        journal.checkpoint()
        costs["position"] = _cost_us(reader.heads, times=300)
        costs["next batch"] = _cost_us(lambda: reader.entries(head.chain, head.sequence - 99, 100), times=100)
    return costs


def _cost_us(work: Callable[[], object], *, times: int) -> float:
    """Processor time of this thread for one call: one of the quicker of many, as others only make it slower."""
    took_us = []
    for _ in range(times):
        begun_ns = time.thread_time_ns()
        work()
        took_us.append((time.thread_time_ns() - begun_ns) / 1000)
    return percentile(took_us, 0.1)
