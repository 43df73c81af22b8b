"""Books: one way in for every entry, several entries of one act, and what can be taken back."""

from station_agent.counter.book import Event
from station_agent.counter.books import HISTORY, UNDONE, Books
from station_agent.counter.shelves import ShelfPlan


def received(waybill: str, code: str) -> Event:
    """A parcel comes in."""
    return Event("parcel.received", {"waybill": waybill, "code": code}, 5)


def enter(books: Books, place: int, event: Event) -> None:
    """An entry on disk."""
    books.entered(place, event, books.effects(event))


def test_entries_of_one_act_are_worked_out_one_after_the_other() -> None:
    """The second sees what the first changed, and nothing has moved when the act is only proposed."""
    books = Books(ShelfPlan())
    events = [received("P", "1-1-1000"), Event("parcel.collected", {"waybill": "P"}, 6)]
    first, second = books.worked_out(events)
    assert not any(books.rows().values())
    assert {change.table for change in first} == {"number", "parcel"}
    assert any('"state":"collected"' in str(change.after) for change in second)


def test_an_act_is_taken_back_and_its_number_is_not_given_again() -> None:
    """The row is as it was; the running number stays used."""
    books = Books(ShelfPlan())
    enter(books, 0, received("P", "1-1-1000"))
    assert books.can_undo([0])
    enter(books, 1, Event(UNDONE, {"places": [0]}, 7))
    assert books.shelves.here == 0
    assert books.shelves.free_code() == "1-1-1001"
    assert not books.can_undo([0])


def test_what_was_touched_again_cannot_be_taken_back_out_of_order() -> None:
    """A parcel that was handed out meanwhile cannot be un-received; after the hand-out was taken back it can."""
    books = Books(ShelfPlan())
    enter(books, 0, received("P", "1-1-1000"))
    enter(books, 1, Event("parcel.collected", {"waybill": "P"}, 6))
    assert not books.can_undo([0])
    enter(books, 2, Event(UNDONE, {"places": [1]}, 7))
    assert books.can_undo([0])


def test_places_of_another_epoch_are_not_taken_back() -> None:
    """Places are counted anew in a new epoch; an old one must not be meant by a new number."""
    books = Books(ShelfPlan())
    enter(books, 5, received("P", "1-1-1000"))
    enter(books, 0, Event("epoch.opened", {"reason": "fork"}, 7))
    assert not books.can_undo([5])


def test_memory_of_changes_is_bounded() -> None:
    """What is older than HISTORY places can no longer be taken back."""
    books = Books(ShelfPlan())
    enter(books, 0, received("P", "1-1-1000"))
    enter(books, HISTORY, received("Q", "1-1-1001"))
    assert not books.can_undo([0])
    assert books.can_undo([HISTORY])
