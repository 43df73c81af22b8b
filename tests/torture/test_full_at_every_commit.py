"""A card without one free byte at every commit of a script: refused whole or kept whole, and done again with room.

The real counter, books and journal on a small tmpfs. Before each act of the script the card is filled to its last byte;
what is refused must have changed nothing, on the card or in memory, and is done again once there is room. Starts and
checkpoints are acts as well. Run by `make torture`, as root, since it mounts a tmpfs; about a second. What a station
does when its card fills up at work, with reserve and telemetry, is `test_full_card.py`.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from station_agent.counter.vocabulary import telemetry
from station_agent.errors import JournalFull, JournalUnwritable
from station_agent.journal.reader import JournalFile
from station_agent.journal.schema import STATE_TABLES
from tests.station_agent.village import Village, waybill
from tests.torture.small_card import FILLER, fill, make_room, small_card

pytestmark = pytest.mark.torture

CARD_KB = 2048
PARCELS = 40
Act = tuple[str, Callable[[], object]]


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    """A card of 2 MB."""
    with small_card(tmp_path / "card", CARD_KB) as where:
        yield where


def script(village: Village, card: Path) -> Iterator[Act]:
    """Parcels in and out, what a box says, the log moved into the file, a start, a new epoch."""
    yield "mode", lambda: village.scan("YYCIN")
    for number in range(PARCELS):
        yield "received", partial(village.scan, waybill(number))
        if number % 4 == 1:
            yield "box", lambda: village.watch("1", 1)
            yield "telemetry", lambda: village.commit([telemetry("box.normal", box="b")] * 3)
        if number % 10 == 5:
            yield "checkpoint", village.journal.checkpoint
        if number % 10 == 8:
            yield "start", lambda: _start(village, card)
            yield "mode", lambda: village.scan("YYCIN")
        if number == PARCELS // 2:
            yield "epoch", lambda: village.journal.open_epoch("fork")
    yield "mode", lambda: village.scan("YYCOUT")
    for number in range(0, PARCELS, 2):
        yield "handed out", partial(village.scan, waybill(number))


def test_at_every_commit_it_is_refused_whole_or_kept_whole(card: Path) -> None:
    """Nothing is half written, nothing is remembered that is not on the card, and with room each act is done."""
    village = Village(card)
    told: Counter[str] = Counter()
    for what, act in script(village, card):
        before = _whole(village)
        fill(card)
        try:
            act()
        except (JournalFull, JournalUnwritable):
            told[f"{what} refused"] += 1
            if what != "start":
                assert _whole(village) == before, what
            make_room(card)
            act()
        else:
            told[f"{what} kept"] += 1
            make_room(card)
    print(f"\n{sum(told.values())} acts on a full card: {dict(told)}")
    for what in ("received", "handed out", "telemetry", "epoch"):
        assert told[f"{what} refused"], f"no {what} met a full card"
    village.verify()
    assert village.rebuilt() == village.stored()
    assert _counted(village) == Counter(
        {("parcel.received", waybill(number)): 1 for number in range(PARCELS)}
        | {("parcel.collected", waybill(number)): 1 for number in range(0, PARCELS, 2)}
    )
    village.close()


def _start(village: Village, card: Path) -> None:
    """The agent stops and starts again; where the card refuses its start it is not there."""
    village.close()
    if (card / FILLER).exists():
        fill(card)  # closing gave room back
    try:
        village.boot()
    except (JournalFull, JournalUnwritable):
        village.connection.close()
        raise


def _whole(village: Village) -> tuple[object, ...]:
    """Every head and row as the card has them, and what the counter believes is on the shelves."""
    with closing(JournalFile(village.path)) as reader:
        heads = reader.heads()
    rows = {table: sorted(village.journal.rows(table)) for table in STATE_TABLES}
    return heads, rows, sorted(parcel.waybill for parcel in village.counter.books.shelves)


def _counted(village: Village) -> Counter[tuple[str, str]]:
    """How often each parcel was received and handed out, by all chains."""
    found: Counter[tuple[str, str]] = Counter()
    with closing(JournalFile(village.path)) as reader:
        for head in reader.heads():
            for entry in reader.every(head.chain):
                kind = entry.read_header().kind
                if kind in ("parcel.received", "parcel.collected"):
                    found[kind, str(entry.read_body()["waybill"])] += 1
    return found
