"""Journal: what commit returns is on disk, in order, in two lanes, together with what is here now."""

import pytest

from station_agent.errors import JournalDamaged
from station_agent.journal.changes import Change
from station_agent.journal.writer import Record, Stamp, hardware_digest
from sync.entry import MAX_BODY_BYTES, After, ChainId, Lane, Personal, Trust
from tests.station_agent.journal.files import IDENTITY, Bench, custody, heads, telemetry

ROW = ("SF1", '{"waybill":"SF1","state":"here"}')


def test_commit_returns_the_places_that_are_on_disk(bench: Bench) -> None:
    """Each place names the sequence and hash under which another connection finds the entry; the chain verifies."""
    journal = bench.journal()
    places = [*journal.commit([custody(1), custody(2)]), *journal.commit([custody(3)])]
    assert [place.sequence for place in places] == [1, 2, 3]
    entries = bench.walked(places[0].chain)
    assert [entry.hash for entry in entries[1:]] == [place.hash for place in places]
    assert [entry.read_body().get("waybill") for entry in entries[1:]] == [f"SF{n:013}" for n in (1, 2, 3)]
    assert journal.head(Lane.CUSTODY) == places[-1]


def test_places_come_in_the_order_of_the_records(bench: Bench) -> None:
    """Records of both lanes in one commit get their places one by one, each in its own lane's count."""
    places = bench.journal().commit([telemetry(), custody(), telemetry()])
    assert [(place.lane, place.sequence) for place in places] == [
        (Lane.TELEMETRY, 1),
        (Lane.CUSTODY, 1),
        (Lane.TELEMETRY, 2),
    ]


def test_telemetry_carries_the_custody_head(bench: Bench) -> None:
    """A telemetry entry names the custody entry it was written after, also one of its own commit; custody none."""
    journal = bench.journal()
    before = journal.head(Lane.CUSTODY)
    early, received, late = journal.commit([telemetry(), custody(), telemetry()])
    headers = [entry.read_header() for entry in bench.walked(ChainId(journal.epoch, Lane.TELEMETRY))]
    assert headers[early.sequence].after == After(before.sequence, before.hash[:8])
    assert headers[late.sequence].after == After(received.sequence, received.hash[:8])
    assert all(entry.read_header().after is None for entry in bench.walked(received.chain))


def test_the_header_says_who_when_and_how_sure(bench: Bench) -> None:
    """Station, key, boot, both times and trust stand in the header; a given stamp is used as it is."""
    journal = bench.journal()
    (place,) = journal.commit([custody()], stamp=Stamp(77, 88, Trust.SYNCHRONISED))
    header = bench.entries(place.chain)[-1].read_header()
    assert (header.station, header.key, header.boot) == (IDENTITY.station, IDENTITY.key, 1)
    assert (header.since_boot_ms, header.recorded_ms, header.trust) == (77, 88, Trust.SYNCHRONISED)


def test_a_personal_part_is_kept_under_its_digest(bench: Bench) -> None:
    """The erasable part lies in columns of its own and the chain holds over it."""
    part = Personal.of(b"s" * 16, b"sealed name")
    (place,) = bench.journal().commit([Record(Lane.CUSTODY, "x", {}, part)])
    assert bench.walked(place.chain)[-1].personal == part


def test_changes_are_written_with_the_entry(bench: Bench) -> None:
    """A row is made, replaced and removed in the transaction of the entry that says so."""
    journal = bench.journal()
    journal.commit([custody()], [Change("parcel", None, ROW), Change("number", None, ("code", "1000"))])
    assert journal.rows("parcel") == [ROW]
    journal.commit([custody()], [Change("parcel", ROW, (ROW[0], "{}"))])
    assert bench.ask("SELECT * FROM parcel") == [(ROW[0], "{}")]
    journal.commit([custody()], [Change("parcel", (ROW[0], "{}"), None)])
    assert (journal.rows("parcel"), journal.rows("number")) == ([], [("code", "1000")])


def test_replace_rows_puts_one_table_in_the_place_of_another(bench: Bench) -> None:
    """Rebuilt rows replace all rows of the tables named, and of no other."""
    journal = bench.journal()
    journal.commit([custody()], [Change("parcel", None, ROW), Change("number", None, ("code", "1"))])
    journal.replace_rows({"parcel": [("SF2", *ROW[1:]), ("SF3", *ROW[1:])]})
    assert [row[0] for row in journal.rows("parcel")] == ["SF2", "SF3"]
    assert journal.rows("number") == [("code", "1")]


def test_a_body_that_is_too_large_is_refused_whole(bench: Bench) -> None:
    """More than the wire can carry is a mistake of ours: nothing of that commit is written."""
    journal = bench.journal()
    before = heads(journal)
    with pytest.raises(ValueError, match=r"parcel\.received"):
        journal.commit([custody(1), custody(2, size=MAX_BODY_BYTES)])
    assert heads(journal) == before
    assert len(bench.entries(before[0].chain)) == 1


def test_reopening_continues_the_chain(bench: Bench) -> None:
    """The same computer in the same boot goes on in the same epoch behind the last entry, with no new boot."""
    journal = bench.journal()
    (place,) = journal.commit([custody(1)])
    bench.close()
    again = bench.journal()
    assert (again.epoch, again.boot) == (journal.epoch, 1)
    assert again.head(Lane.CUSTODY) == place
    (following,) = again.commit([custody(2)])
    assert following.sequence == place.sequence + 1
    assert len(bench.walked(place.chain)) == 3


def test_another_boot_is_counted(bench: Bench) -> None:
    """A new boot name counts one boot, which the next entries carry; opening twice in it counts once."""
    bench.journal()
    for boot, count in (("boot-b", 2), ("boot-b", 2), ("boot-c", 3)):
        bench.close()
        journal = bench.journal(IDENTITY._replace(boot=boot))
        assert journal.boot == count
    (place,) = journal.commit([custody()])
    assert bench.walked(place.chain)[-1].read_header().boot == 3


def test_another_station_is_refused(bench: Bench) -> None:
    """A journal brought from elsewhere is not written to; the hint points at the station's name."""
    bench.journal()
    bench.close()
    with pytest.raises(JournalDamaged, match="another station") as caught:
        bench.journal(IDENTITY._replace(station="V043"))
    assert "station.id" in caught.value.hint
    assert bench.ask("SELECT count(*) FROM entry") == [(2,)]


def test_hardware_is_named_without_its_serial_numbers() -> None:
    """The digest tells two computers apart, and a joined pair of parts from another; the serial is not in it."""
    names = {hardware_digest("100", "abc"), hardware_digest("100a", "bc"), hardware_digest("100abc")}
    assert len(names) == 3
    assert all(len(name) == 16 and "100" not in name.replace("100", "") for name in names)
