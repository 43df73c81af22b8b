"""A normal day at the journal in fast motion; prints bytes written and commits. Run as a process of its own.

150 parcels are received and handed out, 6 bags arrive, a box is sampled each minute (144 blocks of ten minutes), some
faults open and close. Written bytes are what this process handed to the kernel for the disk (/proc/self/io
write_bytes), which counts whole pages of the page cache; link.db's receipts are in, one save for every act.
"""

import random
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from drivers.readings import Scan, Temperature
from station_agent.counter.answers import Colour
from station_agent.counter.books import Books
from station_agent.counter.boxes import BoxTemperatures
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Moment
from station_agent.counter.shelves import ShelfPlan
from station_agent.counter.vocabulary import telemetry
from station_agent.journal.schema import create
from station_agent.journal.writer import Identity, Journal, Record, Stamp
from sync.entry import Lane, Position, Trust
from sync.link import LinkFile

PARCELS = 150
BAGS = 6


def main(directory: Path) -> None:
    """Live the day."""
    directory.mkdir(parents=True)
    connection = sqlite3.connect(directory / "journal.db", isolation_level=None)
    create(connection)
    clock = [0.0]
    journal = Journal(
        connection,
        Identity("500237-001", bytes(8), "bench", "boot"),
        stamp=lambda: Stamp(int(clock[0] * 1000), 1_760_000_000_000 + int(clock[0] * 1000), Trust.SYNCHRONISED),
        draw_epoch=lambda: bytes(8),
    )
    link = LinkFile(directory / "link.db", lambda: 0, writable=True)
    before = _written()
    commits = live(journal, clock, lambda lane: _confirm(journal, link, lane))
    journal.checkpoint()
    link.close()
    connection.close()
    print(_written() - before, commits)


def live(journal: Journal, clock: list[float], confirm: Callable[[Lane], None]) -> int:
    """All acts of the day in order of time; returns the number of commits. confirm is called after each of them."""
    counter, boxes, draw = Counter(Books(ShelfPlan())), BoxTemperatures(), random.Random(1)
    acts = _acts(draw)
    commits = 0
    for minute in range(24 * 60):
        clock[0] = minute * 60.0
        pending: list[Record] = boxes.take("box1", Temperature(1000 + draw.randint(-2, 2) * 62, b"", clock[0]))
        if minute % 360 == 0:
            pending.append(telemetry("device.fault", device="scale", reason="silent"))
        for code in acts.get(minute, []):
            at = Moment("gun", clock[0], int(clock[0] * 1000))
            decision = counter.scan(Scan(code, code.encode(), clock[0]), at)
            if decision.answer is not None and decision.answer.colour is Colour.YELLOW:  # after a pause it only tells
                counter.settle(decision)
                decision = counter.scan(Scan(code, code.encode(), clock[0]), at)
            places: list[Position] = []
            if decision.records:
                places = journal.commit([*pending, *decision.records], decision.changes)[len(pending) :]
                commits += 1
                confirm(Lane.CUSTODY)
                pending = []
            counter.settle(decision, [where.sequence for where in places], clock[0])
        if pending:
            journal.commit(pending)
            commits += 1
            confirm(Lane.TELEMETRY)
        journal.idle()
    return commits


def _confirm(journal: Journal, link: LinkFile, lane: Lane) -> None:
    """The county's receipt comes at once and is saved at once: the dearest case."""
    link.confirm(journal.head(lane), bytes(8), bytes(120), bytes(64))
    link.save()


def _acts(draw: random.Random) -> dict[int, list[str]]:
    """Codes scanned by minute: bags and parcels in the morning, hand-outs till evening."""
    acts: dict[int, list[str]] = {480: ["YYCIN"], 700: ["YYCOUT"]}
    for bag in range(BAGS):
        acts.setdefault(490 + bag, []).append(f"4300000051800000010{bag:05d}003000")
    for parcel in range(PARCELS):
        code = f"SF{draw.randrange(10**13):013d}"
        acts.setdefault(500 + parcel, []).append(code)
        acts.setdefault(710 + parcel * 3, []).append(code)
    return acts


def _written() -> int:
    """Bytes this process caused to be written to storage."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("write_bytes")).split()[1])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
