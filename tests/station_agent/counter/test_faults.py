"""FaultBook: opened, closed and counted, so that a flapping sensor fills nothing."""

import pytest

from station_agent.counter.faults import MAX_DETAIL, MAX_REMEMBERED, RELAPSE_S, FaultBook
from sync.entry import Lane


def test_a_fault_opens_once() -> None:
    """The first bad event is recorded with its detail; more of the same are only counted."""
    book = FaultBook()
    (record,) = book.bad("gun", "silent", 10.0, "no frame")
    assert (record.lane, record.kind) == (Lane.TELEMETRY, "device.fault")
    assert record.body == {"device": "gun", "reason": "silent", "detail": "no frame"}
    assert [book.bad("gun", "silent", 10.0 + n) for n in range(5)] == [[]] * 5
    assert book.open_faults() == [("gun", "silent", 6)]


def test_a_fault_closes_after_a_quiet_time() -> None:
    """Well for the quiet time: one record with the count and the seconds from the first trouble until it was well."""
    book = FaultBook(quiet_s=60.0)
    book.bad("gun", "silent", 10.0)
    book.bad("gun", "silent", 17.5)
    assert book.tick(1000.0) == []
    book.well("gun", 100.0)
    assert book.tick(159.9) == []
    (record,) = book.tick(160.0)
    assert record.body == {"device": "gun", "reason": "silent", "count": 2, "seconds": 90.0}
    assert (record.kind, book.open_faults(), book.tick(999.0)) == ("device.recovered", [], [])


def test_a_relapse_starts_the_quiet_time_again() -> None:
    """Flapping for a thousand rounds is one record at its start and one at its end."""
    book = FaultBook(quiet_s=60.0)
    records = []
    for n in range(1000):
        records += book.bad("probe", "bad_checksum", n * 30.0)
        book.well("probe", n * 30.0 + 1)
        records += book.tick(n * 30.0 + 2)
    records += book.tick(1000 * 30.0 + 60.0)
    assert [record.kind for record in records] == ["device.fault", "device.recovered"]
    assert records[1].body["count"] == 1000


def test_good_readings_do_not_put_off_the_closing() -> None:
    """The quiet time counts from the first good reading, not the last."""
    book = FaultBook(quiet_s=60.0)
    book.bad("probe", "stale", 0.0)
    for n in range(7):
        book.well("probe", 10.0 * n)
    assert len(book.tick(60.0)) == 1


def test_devices_and_reasons_stand_apart() -> None:
    """Each pair opens its own fault; a device that is well is well of all its reasons, and of no other device's."""
    book = FaultBook(quiet_s=60.0)
    for device, reason in (("a", "x"), ("a", "y"), ("b", "x")):
        assert len(book.bad(device, reason, 0.0)) == 1
    book.well("a", 1.0)
    assert sorted(record.body["reason"] for record in book.tick(61.0)) == ["x", "y"]
    assert book.open_faults() == [("b", "x", 1)]


def test_a_detail_is_short_and_left_out_when_empty() -> None:
    """What goes to the wire is bounded."""
    book = FaultBook()
    assert len(book.bad("a", "x", 0.0, "d" * 999)[0].body["detail"]) == MAX_DETAIL
    assert "detail" not in book.bad("a", "y", 0.0)[0].body


@pytest.mark.parametrize("every_s", [70.0, 300.0, 1000.0, 3000.0])
def test_a_loose_plug_is_one_long_fault_however_slowly_it_flaps(every_s: float) -> None:
    """Out for a second at any rhythm for a week: a dozen records, then one fault that stays open and counts."""
    book, records = FaultBook(quiet_s=60.0), 0
    rounds = int(7 * 86_400 / every_s)
    for n in range(rounds):
        records += len(book.tick(n * every_s)) + len(book.bad("probe", "unplugged", n * every_s))
        book.well("probe", n * every_s + 1)
    assert records <= 14
    ((_, _, count),) = book.open_faults()
    assert count > rounds / 2


def test_a_fault_that_stayed_away_for_an_hour_is_a_new_one() -> None:
    """It closes after the short quiet again; the week before is forgotten."""
    book = FaultBook(quiet_s=60.0)
    closed_s = []
    for begun_s in (0.0, 100.0, 200.0 + 2 * RELAPSE_S):
        book.bad("gun", "unplugged", begun_s)
        book.well("gun", begun_s)
        closed_s += [after_s for after_s in (60.0, 120.0) if book.tick(begun_s + after_s)]
    assert closed_s == [60.0, 120.0, 60.0]


def test_what_is_remembered_of_closed_faults_is_bounded() -> None:
    """Sensors that come and go under ever new names: the oldest are forgotten, the newest not."""
    book = FaultBook(quiet_s=60.0)
    for n in range(MAX_REMEMBERED + 1):
        book.bad(f"d{n}", "x", 0.0)
        book.well(f"d{n}", 0.0)
    book.tick(60.0)
    for name in ("d0", f"d{MAX_REMEMBERED}"):
        book.bad(name, "x", 70.0)
        book.well(name, 70.0)
    assert [record.body["device"] for record in book.tick(130.0)] == ["d0"]
