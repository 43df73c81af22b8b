"""What it costs to find a parcel among ten thousand on the shelves: by its number, its pick-up code, the last four.

The books are filled by entries, as in life, and asked through the counter: a scan decided, nothing written. The disk is
`latency`'s matter. By the last four digits it is the vault of contacts that answers, encrypted rows and all. Call
`measure`.
"""

import time
from collections.abc import Callable
from pathlib import Path

from drivers.readings import Scan
from station_agent.counter.book import Event
from station_agent.counter.books import Books
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Moment
from station_agent.counter.shelves import ShelfPlan
from tests.bench.rows import Row, percentile
from tests.station_agent.personal.book import Book

PARCELS = 10_000
ASKED = 500
MUST_MS, AIM_MS = 5.0, 1.0


def measure(_place: Path | None = None) -> list[Row]:
    """One row for each way of asking: the slowest but one in a hundred, in processor time, since nothing waits."""
    counter = full_counter()
    ways: dict[str, Callable[[int], Scan]] = {
        "code": lambda number: _scan(waybill(number)),
        "pick-up code": lambda number: _scan(_pickup_code(counter, number)),
        "last four": lambda number: _scan(f"{number:04d}", typed=True),
    }
    return [_row(counter, way, scan) for way, scan in ways.items()]


def full_counter() -> Counter:
    """A counter in the mode 出库 with PARCELS on its shelves, each of somebody else, the last four all different."""
    book = Book()
    books = Books(ShelfPlan(shelves=9, layers=9), book.contacts)
    for number in range(PARCELS):
        body = {"waybill": waybill(number), "code": books.shelves.free_code(), "batch": 1}
        event = Event("parcel.received", body, number)
        books.entered(number, event, books.effects(event))
        assert book.learn(waybill(number), f"1380000{number:04d}")
    counter = Counter(books)
    counter.settle(counter.scan(_scan("YYCOUT"), _NOW))
    return counter


def waybill(number: int) -> str:
    """The number of a parcel."""
    return f"SF{number:013d}"


def _row(counter: Counter, way: str, scan: Callable[[int], Scan]) -> Row:
    """Ask for parcels spread over all of them."""
    took_ms = []
    for number in range(0, PARCELS, PARCELS // ASKED):
        asked = scan(number)
        start_ns = time.thread_time_ns()
        decision = counter.scan(asked, _NOW)
        took_ms.append((time.thread_time_ns() - start_ns) / 1e6)
        assert decision.answer is not None
        assert decision.answer.phrase in ("parcel.collected", "out.found"), decision.answer.phrase
    slow_ms = percentile(took_ms, 0.99)
    what = f"lookup by {way}, {PARCELS:,} parcels, p99"
    return Row(what, slow_ms, "ms", MUST_MS, AIM_MS, f"median {percentile(took_ms, 0.5):.3f} ms")


_NOW = Moment("gun", 100.0, 100_000)


def _scan(code: str, *, typed: bool = False) -> Scan:
    return Scan(code, code.encode(), 100.0, typed=typed)


def _pickup_code(counter: Counter, number: int) -> str:
    parcel = counter.books.shelves.parcel(waybill(number))
    assert parcel is not None
    return parcel.code
