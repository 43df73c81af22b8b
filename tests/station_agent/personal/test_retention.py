"""What of the contacts has been kept long enough."""

import pytest

from station_agent.personal.contacts import Kept
from station_agent.personal.retention import MOST_AT_ONCE, due
from tests.station_agent.personal.book import DAY_MS, NOW_MS

DAYS = 30


def look(
    *kept: Kept, here: str = "", unreadable: tuple[str, ...] = ()
) -> tuple[list[str], list[tuple[str, int | None]]]:
    """What is due among these; `here` are the parcels on the shelves."""
    found = due(kept, unreadable, is_here=lambda waybill: waybill in here, now_ms=NOW_MS, days=DAYS)
    assert not found.more
    return found.erase, found.mark


@pytest.mark.parametrize(
    ("away_ms", "here", "erase", "mark"),
    [
        (None, True, False, False),
        (NOW_MS - 400 * DAY_MS, True, False, None),
        (None, False, False, NOW_MS),
        (NOW_MS - DAYS * DAY_MS + 1, False, False, False),
        (NOW_MS - DAYS * DAY_MS, False, True, False),
        (NOW_MS + 5, False, False, NOW_MS),
    ],
)
def test_every_cell_of_the_table(away_ms: int | None, here: bool, erase: bool, mark: int | bool | None) -> None:
    """Here or away, marked or not, long enough or not, and a mark from a clock that was wrong."""
    erased, marked = look(Kept("A", away_ms), here="A" if here else "")
    assert erased == (["A"] if erase else [])
    assert marked == ([] if mark is False else [("A", mark)])


def test_a_row_that_does_not_open_goes_at_once() -> None:
    """It is of use to nobody."""
    assert look(unreadable=("X",)) == (["X"], [])


def test_a_piece_is_bounded_and_what_is_erased_comes_first() -> None:
    """A scan never waits for a thousand rows."""
    old = [Kept(f"O{n}", 0) for n in range(MOST_AT_ONCE - 10)]
    new = [Kept(f"N{n}", None) for n in range(50)]
    found = due([*new, *old], (), is_here=lambda _: False, now_ms=NOW_MS, days=DAYS)
    assert (len(found.erase), len(found.mark), found.more) == (MOST_AT_ONCE - 10, 10, True)
    found = due(old * 2, (), is_here=lambda _: False, now_ms=NOW_MS, days=DAYS)
    assert (len(found.erase), len(found.mark), found.more) == (MOST_AT_ONCE, 0, True)
