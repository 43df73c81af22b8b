"""Running numbers of pick-up codes: they follow time, so that none comes again on this card or on the next."""

from pathlib import Path

import pytest

from drivers.readings import Scan
from station_agent.counter.books import Books
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Moment
from station_agent.counter.shelves import CODES_A_DAY, FIRST_CODE, LAST_CODE, LEAD, ShelfPlan
from sync.entry import Trust
from tests.station_agent.counter.desk import OTHER, PARCEL, Desk
from tests.station_agent.counter.stops import OWN
from tests.station_agent.day import Day

PLAN = ShelfPlan(3, 4, FIRST_CODE, LAST_CODE, 5000)
"""As a station has it; 5000 was drawn."""
DAY_MS = 86_400_000
BATCH_MS = DAY_MS // 24
"""Parcels come at one in the morning, UTC."""


BY_CLOCK = FIRST_CODE + (1_700_001_001_000 * CODES_A_DAY // DAY_MS + LEAD) % 9000
"""What the first parcel of a new card gets at the time of `Day`."""


def number(code: str) -> int:
    """The running number of a code."""
    return int(code.split("-")[2])


class Card:
    """A station's numbers and nothing else: every parcel is handed out at once, so that no number is held back."""

    def __init__(self, begins: int = FIRST_CODE) -> None:
        """A card that never gave one. begins: what was drawn for it."""
        self.books = Books(ShelfPlan(3, 4, FIRST_CODE, LAST_CODE, begins))

    def give(self, count: int, now_ms: int | None) -> list[int]:
        """So many in a row."""
        given = []
        for _ in range(count):
            given.append(number(self.books.shelves.free_code(now_ms)))
            self.books.take([self.books.numbers.change("code", given[-1])])
        return given


@pytest.mark.parametrize(("a_day", "youngest"), [(27, 2), (150, 2), (290, 29)])
def test_a_new_card_gives_no_number_of_the_old_one(a_day: int, youngest: int) -> None:
    """However long that was in use, put in an hour behind its last parcel: none of its last days comes again for days.

    youngest: the days from which on a card is no new one itself.
    """
    old, gone = Card(), 20_000 * DAY_MS
    days = [set(old.give(a_day, gone + day * DAY_MS + BATCH_MS)) for day in range(200)]
    for age in [youngest, *range(youngest + 1, 200, 13)]:
        new, began_ms = Card(), gone + (age - 1) * DAY_MS + 2 * BATCH_MS
        given = {n for day in range(11) for n in new.give(a_day, began_ms + day * DAY_MS)}
        assert not given & set().union(*days[max(0, age - 13) : age]), age


@pytest.mark.parametrize("days", [1, 9, 24])
def test_no_number_comes_again_while_its_notice_is_young(days: int) -> None:
    """On one card, of parcels long fetched, over the turn of the numbers, also after the station was shut a while."""
    card, given = Card(), dict[int, int]()
    for day in [*range(70), *range(70 + min(days, 14), 110)]:
        for code in card.give(250, day * DAY_MS):
            assert day - given.get(code, -99) >= 24, (day, code)
            given[code] = day


def test_numbers_of_one_delivery_follow_each_other() -> None:
    """Time is caught up with between deliveries, and not with each parcel of a slow day; no shelf is full of gaps."""
    card = Card()
    first, second, third = (card.give(60, day * DAY_MS) for day in (0, 1, 3))
    for hour in range(1, 9):
        third += card.give(2, 3 * DAY_MS + hour * DAY_MS // 24)
    assert first == list(range(first[0], first[0] + 60))
    assert second == list(range(first[0] + 60, first[0] + 120))
    assert third == list(range(third[0], third[0] + 76))


def test_a_peak_day_and_a_busy_month_never_go_back() -> None:
    """Six hundred in a day, and more than the numbers' pace for a week: each number follows the one before."""
    card = Card()
    given = [code for day in range(7) for code in card.give(600, day * DAY_MS)]
    assert given == [FIRST_CODE + (given[0] - FIRST_CODE + n) % 9000 for n in range(4200)]
    new = Card().give(1, 6 * DAY_MS)
    assert new[0] == FIRST_CODE + 8 * CODES_A_DAY


def test_without_the_time_a_new_card_begins_where_was_drawn() -> None:
    """Two cards of one image need not begin alike; the next go on from there, and follow time once it is known."""
    card = Card(5000)
    assert card.give(2, None) == [5000, 5001]
    assert card.give(1, 20 * DAY_MS) == [FIRST_CODE + 20 * CODES_A_DAY]
    assert card.give(1, None) == [FIRST_CODE + 20 * CODES_A_DAY + 1]


def test_pick_up_codes_follow_time_at_every_desk_that_gives_one() -> None:
    """Received, and taken over at a stock-take after ten days; what is here is found and rebuilt all the same."""
    desk = Desk(PLAN)
    first = number(desk.receive())
    desk.ahead_ms = 10 * DAY_MS
    desk.scans("YYCCOUNT", OTHER, OTHER, "YYCOK")
    desk.scan("YYCIN")
    codes = [number(desk.parcel(waybill).code) for waybill in (PARCEL, OTHER)]
    assert codes == [first, FIRST_CODE + 10 * CODES_A_DAY]
    assert number(desk.receive("SF1385628716740")) == FIRST_CODE + 10 * CODES_A_DAY + 1
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_parcel_back_from_a_bag_gets_a_number_of_now_where_its_own_is_taken() -> None:
    """Somebody else's lies under it by a sticker."""
    desk = Desk(PLAN)
    code = desk.receive()
    desk.scans("YYCPACK", OWN, PARCEL, PARCEL, "YYCIN")
    desk.receive(OTHER)
    assert desk.scans(code, code) == ["shelf.used", "parcel.shelved"]
    desk.ahead_ms = 10 * DAY_MS
    desk.scans("YYCPACK", OWN, PARCEL, PARCEL)
    assert number(desk.parcel().code) == FIRST_CODE + 10 * CODES_A_DAY
    assert desk.rebuilt().rows() == desk.books.rows()


def test_a_time_nobody_knows_gives_no_pick_up_code() -> None:
    """A guessed clock is the same on every new card; what was drawn is not."""
    desk = Desk(PLAN)
    scan = Scan(PARCEL, PARCEL.encode(), desk.now_s)
    decision = desk.counter.scan(scan, Moment("gun", desk.now_s, 10 * DAY_MS, trusted=False, kept=False))
    assert decision.records[0].body["code"] == "1-1-5000"


@pytest.mark.parametrize(
    ("trust", "code"), [(Trust.UNKNOWN, 5000), (Trust.KEPT, BY_CLOCK), (Trust.SYNCHRONISED, BY_CLOCK)]
)
def test_the_agent_tells_a_kept_clock_from_a_guessed_one(tmp_path: Path, trust: Trust, code: int) -> None:
    """A station that is never online keeps its time all the same; only a guess is not followed."""
    day = Day(tmp_path, trust=trust)
    day.counter = Counter(Books(PLAN))
    day.scan(1.0, PARCEL)
    day.run(3.0)
    parcel = day.counter.books.shelves.parcel(PARCEL)
    day.close()
    assert parcel is not None
    assert number(parcel.code) == code
