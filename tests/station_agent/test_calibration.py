"""Calibration notes: evidence beside the readings, never in their place."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station_agent.counter.calibration import MAX_OFFSET_MC, CalibrationNote, Calibrations, note_of
from sync.entry import Lane

ON, UNTIL = date(2026, 3, 1), date(2027, 2, 28)


def note(**keys: Any) -> CalibrationNote:
    """A good note."""
    fields = {"device": "box", "offset_mc": -250, "certificate": "CNAS-1", "by": "王工", "on": ON, "valid_until": UNTIL}
    return CalibrationNote(**{**fields, **keys})


def test_a_note_is_an_entry_that_is_never_evicted() -> None:
    """It goes to the custody lane with everything that was said, and reads back the same."""
    record = note().record("0" * 16)
    assert record.lane is Lane.CUSTODY
    assert record.kind == "device.calibrated"
    assert record.body["order"] == "0" * 16
    assert note_of(record.body) == note()


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ({"offset_mc": MAX_OFFSET_MC + 1}, "replace"),
        ({"offset_mc": -MAX_OFFSET_MC - 1}, "replace"),
        ({"valid_until": ON - timedelta(days=1)}, "before"),
        ({"by": "  "}, "named"),
        ({"certificate": " "}, "named"),
    ],
)
def test_a_note_that_cannot_be_is_a_mistake(keys: dict[str, Any], word: str) -> None:
    """Each mistake is told in words."""
    assert word in (note(**keys).mistake or "")


def test_the_limits_themselves_are_no_mistake() -> None:
    """Five degrees, and a note for one day."""
    assert note(offset_mc=MAX_OFFSET_MC).mistake is None
    assert note(offset_mc=-MAX_OFFSET_MC).mistake is None
    assert note(valid_until=ON).mistake is None


@given(temperature_mc=st.integers(-55_000, 125_000), offset_mc=st.integers(-MAX_OFFSET_MC, MAX_OFFSET_MC))
def test_the_offset_is_added_while_the_note_counts(temperature_mc: int, offset_mc: int) -> None:
    """From the first day to the last, both included, and on no other."""
    book = Calibrations()
    book.take(note(offset_mc=offset_mc))
    for day in (ON, UNTIL):
        assert book.shown("box", temperature_mc, day).temperature_mc == temperature_mc + offset_mc
    for day in (ON - timedelta(days=1), UNTIL + timedelta(days=1)):
        assert book.shown("box", temperature_mc, day).temperature_mc == temperature_mc
    assert book.shown("box", temperature_mc, UNTIL + timedelta(days=1)).expired
    assert not book.shown("box", temperature_mc, ON - timedelta(days=1)).expired


def test_another_device_is_as_it_was_read() -> None:
    """A note is of one sensor."""
    book = Calibrations()
    book.take(note())
    shown = book.shown("other", 4000, ON)
    assert (shown.temperature_mc, shown.note, shown.expired) == (4000, None, False)


def test_a_later_note_takes_the_place_of_an_earlier_one() -> None:
    """So a wrong note is corrected by a new one; both stay in the journal."""
    book = Calibrations()
    book.take(note(offset_mc=2500))
    book.take(note(offset_mc=250))
    assert book.shown("box", 4000, ON).temperature_mc == 4250


def test_what_expires_soon_is_told_soonest_first() -> None:
    """Expired ones are among them; those good for longer are not."""
    book = Calibrations()
    for name, days in (("late", -3), ("soon", 10), ("edge", 30), ("good", 31)):
        book.take(note(device=name, valid_until=UNTIL + timedelta(days=days)))
    assert [each.device for each in book.expiring(UNTIL)] == ["late", "soon", "edge"]
