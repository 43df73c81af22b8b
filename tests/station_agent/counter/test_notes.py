"""Notes of devices: the newest of each counts, rows make the same memory again, and days are counted right."""

from datetime import date, timedelta

import pytest

from station_agent.counter.calibration import CalibrationNote
from station_agent.counter.notes import TABLE, WARN_DAYS, Certificate, Notes, Verifications, Worth
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record
from tests.station_agent.counter.test_verification import ON, UNTIL, verification


def entered(*records: Record) -> Notes:
    """What these entries leave."""
    notes = Notes()
    for record in records:
        notes.take(notes.effects(record.kind, record.body))
    return notes


def calibration(device: str = "box", offset_mc: int = -250) -> Record:
    """A calibration's entry."""
    return CalibrationNote(device, offset_mc, "CNAS-1", "王工", ON, UNTIL).record("0" * 16)


def test_entries_fill_both_books() -> None:
    """A calibration corrects what is shown; a verification says that the scale may be used for trade."""
    notes = entered(calibration(), verification().record("1" * 16))
    assert notes.calibrations.shown("box", 4000, ON).temperature_mc == 3750
    assert notes.verifications.of("scale") == verification()
    assert notes.verifications.of("other") is None


def test_other_entries_change_nothing() -> None:
    """A parcel is none of our business."""
    assert Notes().effects("parcel.received", {"waybill": "SF1"}) == []


def test_a_later_entry_takes_the_place_of_an_earlier_one() -> None:
    """In the row too, whose change names the row before."""
    notes = entered(calibration(offset_mc=1))
    (change,) = notes.effects(calibration(offset_mc=2).kind, calibration(offset_mc=2).body)
    assert [change.before] == notes.rows()[TABLE]
    notes.take([change])
    assert [change.after] == notes.rows()[TABLE]
    assert notes.calibrations.shown("box", 0, ON).temperature_mc == 2


def test_rows_make_the_same_memory_again() -> None:
    """A start reads them instead of the chains."""
    notes = entered(calibration(), calibration("bus.28-01"), verification().record("1" * 16))
    again = Notes()
    again.load(notes.rows()[TABLE])
    assert again.rows() == notes.rows()
    assert again.certificates("bus") == notes.certificates("bus") != []
    assert again.verifications.of("scale") == verification()


def test_a_device_has_its_own_certificates_and_those_of_its_sensors() -> None:
    """A name that only begins alike is another device."""
    notes = entered(calibration("bus.28-02"), calibration("bus.28-01"), calibration("bus2"))
    assert [each.device for each in notes.certificates("bus")] == ["bus.28-01", "bus.28-02"]


@pytest.mark.parametrize(
    ("days", "within", "worth"),
    [
        (WARN_DAYS + 1, True, Worth.GOOD),
        (WARN_DAYS, True, Worth.EXPIRING),
        (0, True, Worth.EXPIRING),
        (-1, True, Worth.EXPIRED),
        (-1, False, Worth.FAILED),
        (WARN_DAYS + 1, False, Worth.FAILED),
    ],
)
def test_what_a_certificate_is_worth(days: int, within: bool, worth: Worth) -> None:
    """It is told a month ahead; a scale that failed is no good on any day."""
    certificate = Certificate("scale.verified", "scale", "F2-88", UNTIL, within)
    assert certificate.worth(UNTIL - timedelta(days=days)) is worth


def test_a_verification_counts_from_its_first_day_to_its_last() -> None:
    """And not at all where the scale was outside its tolerance."""
    book = Verifications()
    assert not book.counts_on("scale", ON)
    book.take(verification())
    days = (ON - timedelta(days=1), ON, UNTIL, UNTIL + timedelta(days=1))
    assert [book.counts_on("scale", day) for day in days] == [False, True, True, False]
    book.take(verification(returned_g=50.0))
    assert not book.counts_on("scale", date(2026, 6, 1))


def test_an_entry_without_its_fields_is_refused_not_guessed() -> None:
    """A body that is no calibration raises."""
    notes = Notes()
    record = custody("device.calibrated", device="box")
    with pytest.raises(KeyError):
        notes.take(notes.effects(record.kind, record.body))
