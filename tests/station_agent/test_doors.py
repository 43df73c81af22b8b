"""Doors as entries: every opening with its length, bounded whatever the contact does."""

from hypothesis import given
from hypothesis import strategies as st

from drivers.readings import Door
from station_agent.counter.doors import MAX_A_MINUTE, MINUTE_S, Doors
from station_agent.journal.writer import Record
from sync.entry import Lane


def door(at_s: float, *, is_open: bool) -> Door:
    """What a contact says."""
    return Door(is_open, b"", at_s)


def told(at_s: float, record: Record) -> tuple[float, int, bool]:
    """When an entry was made, how many changes it stands for besides, and the state it tells."""
    return at_s, record.body.get("unreported", 0), record.body["open"]


def test_an_opening_is_two_entries_and_its_length() -> None:
    """The first state has no length; a state told again is no entry."""
    doors = Doors()
    (first,) = doors.take("lid", door(10.0, is_open=False))
    assert first.lane is Lane.TELEMETRY
    assert (first.kind, first.body) == ("box.door", {"device": "lid", "open": False, "since_ms": 10_000})
    assert doors.take("lid", door(11.0, is_open=False)) == []
    (opened,) = doors.take("lid", door(100.0, is_open=True))
    assert opened.body == {"device": "lid", "open": True, "since_ms": 100_000, "lasted_s": 90.0}
    (shut,) = doors.take("lid", door(104.25, is_open=False))
    assert shut.body["lasted_s"] == 4.2
    assert doors.is_open("lid") is False
    assert doors.is_open("other") is None


def test_a_loose_contact_is_counted() -> None:
    """After six entries in a minute the rest is a number, told when the minute is over with the present state."""
    doors = Doors()
    records = [r for n in range(41) for r in doors.take("lid", door(n * 0.5, is_open=n % 2 == 0))]
    assert len(records) == MAX_A_MINUTE
    assert doors.tick(59.0) == []
    (counted,) = doors.tick(MINUTE_S)
    assert counted.body["open"] is True
    assert counted.body["unreported"] == 41 - MAX_A_MINUTE
    assert doors.tick(MINUTE_S + 1) == []


def test_a_stop_leaves_no_state_untold() -> None:
    """What was only counted is written before the agent ends, once."""
    doors = Doors()
    for n in range(10):
        doors.take("lid", door(float(n), is_open=n % 2 == 0))
    (last,) = doors.finish(9.5)
    assert (last.body["open"], last.body["unreported"]) == (False, 4)
    assert doors.finish(9.6) == []


def test_doors_do_not_share_their_minute() -> None:
    """One loose contact silences no other door."""
    doors = Doors()
    for n in range(20):
        doors.take("loose", door(n * 0.1, is_open=n % 2 == 0))
    assert len(doors.take("good", door(2.0, is_open=True))) == 1


@given(gaps=st.lists(st.floats(min_value=0.01, max_value=40), max_size=60))
def test_nothing_is_lost_and_the_last_entry_is_true(gaps: list[float]) -> None:
    """Entries and counts add up to the changes, six a minute at most, and the last one tells the present state."""
    doors = Doors()
    now_s, is_open = 0.0, False
    written: list[tuple[float, int, bool]] = []
    for gap_s in gaps:
        now_s, is_open = now_s + gap_s, not is_open
        written += [told(now_s, r) for r in [*doors.tick(now_s), *doors.take("lid", door(now_s, is_open=is_open))]]
    for start_s, _, _ in written:
        assert sum(start_s <= at_s < start_s + MINUTE_S for at_s, _, _ in written) <= MAX_A_MINUTE
    written += [told(now_s, record) for record in doors.finish(now_s)]
    if gaps:
        assert written[-1][2] == is_open
        assert sum(unreported for _, unreported, _ in written) <= len(gaps) <= sum(1 + u for _, u, _ in written)
