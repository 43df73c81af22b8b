"""What the county sees of a station whose record broke: the reason, the alarm, and the parcels that were saved."""

import json

from sqlalchemy import text

from sync.county.database import reading
from sync.county.project import project_once
from sync.county.register import find_station, list_stations
from sync.county.report import stations_json, worst_first
from tests.sync.county.paper import PaperCounty, PaperStation


def opened(county: PaperCounty, station: PaperStation, number: int, reason: str) -> None:
    """The station opens another epoch and sends its first entry."""
    station.epoch = number.to_bytes(8, "big")
    station.write("epoch.opened", {"reason": reason})
    county.take(station.batch())


def test_a_station_is_set_up_once(county: PaperCounty, station: PaperStation) -> None:
    """The first epoch asks nothing; a second from nothing is an alarm, another computer is none."""
    opened(county, station, 1, "provisioned")
    opened(county, station, 2, "another_computer")
    assert find_station(county.engine, "v001").breaks == ()
    opened(county, station, 3, "provisioned")
    assert find_station(county.engine, "v001").breaks == ("provisioned",)


def test_every_break_is_told_with_its_reason(county: PaperCounty, station: PaperStation) -> None:
    """Broken, lost and rolled back stand in the list, in the order they came."""
    for number, reason in enumerate(("provisioned", "broken", "lost", "rolled_back"), start=1):
        opened(county, station, number, reason)
    (listed,) = json.loads(stations_json(worst_first(list_stations(county.engine))))
    assert listed["breaks"] == ["broken", "lost", "rolled_back"]
    assert [opening["reason"] for opening in listed["openings"]] == ["provisioned", "broken", "lost", "rolled_back"]


def test_a_first_entry_that_cannot_be_read_names_no_reason(county: PaperCounty, station: PaperStation) -> None:
    """Noise, and words that would be markup, are an alarm without a name."""
    station.write("epoch.opened", b"\xc1")
    county.take(station.batch())
    station.epoch = bytes(8)
    station.write("epoch.opened", {"reason": "[red]x"})
    county.take(station.batch())
    assert find_station(county.engine, "v001").breaks == ("", "")


def test_a_salvaged_parcel_is_one(county: PaperCounty, station: PaperStation) -> None:
    """The event is the old entry's own, with its time, marked as saved; another station's or a parcel-less is none."""
    old = station.receive("YT1", recorded_ms=123)
    other = PaperStation(station.key, "v999").receive("YT2")
    plain = station.write("batch.confirmed", {"batch": 1})
    station.epoch = bytes(8)
    for entry in (old, other, plain):
        body = {"header": entry.header, "body": entry.body, "hash": entry.hash, "proved": True}
        station.write("entry.salvaged", body)
    station.write("entry.salvaged", {"header": 7})
    county.take(station.batch())
    assert project_once(county.engine).unreadable == 1
    with reading(county.engine) as connection:
        (row,) = connection.execute(text("SELECT * FROM parcel_event")).all()
    assert (row.waybill, row.kind, row.recorded_ms, row.sequence) == ("YT1", "parcel.received", 123, 0)
    assert json.loads(row.details) == {"code": "3-2-1008", "salvaged": True, "proved": True}
