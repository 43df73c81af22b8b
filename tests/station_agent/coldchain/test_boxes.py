"""The cold boxes as the agent holds them: nothing lost between a decision and the disk, parcels bound, rows rebuilt."""

from datetime import date

import msgspec
import pytest

from drivers.readings import BadReading, Reason, Temperature
from station_agent.coldchain.boxes import MAX_UNSAVED, Box, ColdBoxes, Proposal
from station_agent.coldchain.machine import Cause
from station_agent.coldchain.profiles import load_profiles
from station_agent.coldchain.values import Value, certified, is_believed
from station_agent.counter.answers import Answer
from station_agent.counter.book import Event
from station_agent.counter.books import Books
from station_agent.counter.calibration import CalibrationNote, Calibrations
from station_agent.counter.chilled import WATCH_TABLE, Chilled, watch_row
from station_agent.counter.shelves import ShelfPlan
from station_agent.journal.changes import Change, Row
from station_agent.journal.writer import Record
from sync.entry import MAX_BODY_BYTES, Lane, encode_body

PROFILES = load_profiles()
NOTE = CalibrationNote("t1", -300, "C-7", "Li", date(2025, 1, 1), date(2025, 12, 31))


class Station:
    """Boxes with a disk that keeps records and rows, and a clock."""

    def __init__(self, **setup: str) -> None:
        """setup: box name -> profile; the thermometer of box b1 is t1."""
        self.setup = [
            Box(name, PROFILES[profile], f"t{name[1:]}", door=f"d{name[1:]}")
            for name, profile in (setup or {"b1": "plum_express", "b2": "plum_stored"}).items()
        ]
        self.books = Books(ShelfPlan())
        self.boxes = ColdBoxes(self.setup, PROFILES, self.books.chilled, boot=1, now_s=0.0)
        self.now_s = 0.0
        self.journal: list[Record] = []
        self.rows: dict[str, Row] = {}
        self.heard: list[Answer] = []

    def write(self, records: tuple[Record, ...], changes: tuple[Change, ...]) -> None:
        """A transaction."""
        for record in records:
            event = Event(record.kind, record.body, round(self.now_s * 1000))
            self.books.entered(len(self.journal), event, self.books.effects(event))
            self.journal.append(record)
        for change in changes:
            assert change.table == WATCH_TABLE
            assert change.after is not None
            self.rows[change.after[0]] = change.after

    def save(self) -> None:
        """The card takes what waits."""
        self.write(*self.boxes.unsaved)
        self.boxes.saved()

    def do(self, proposal: Proposal) -> str:
        """Write what waited and the act, settle, answer."""
        if proposal.records:
            self.save()
        self.write(proposal.records, proposal.changes)
        self.boxes.settle(proposal)
        return proposal.answer.phrase

    def put(self, waybill: str, product: str, box: str) -> str:
        """Put a parcel into a box, now."""
        return self.do(self.boxes.put(waybill, product, box, self.now_s))

    def minutes(self, count: int, temperature_mc: int, device: str = "t1") -> list[Answer]:
        """Readings a minute apart, and the loop's tick."""
        answers: list[Answer] = []
        for _ in range(count):
            self.now_s += 60.0
            answers += self.boxes.reading(device, Temperature(temperature_mc, b"", self.now_s), self.now_s)
        self.heard += answers
        return answers

    def kinds(self) -> list[str]:
        """What was written."""
        return [record.kind for record in self.journal]


def test_an_alarm_names_the_parcels_and_the_box_to_go_to() -> None:
    """The entry binds the waybills inside; the answer says where they can go."""
    station = Station()
    station.boxes.watches["b2"].value(Value(500), 0)
    assert station.put("A", "crisp_plum", "b1") == "box.put"
    assert station.put("B", "crisp_plum", "b1") == "box.put"
    station.minutes(30, 3000)
    station.boxes.watches["b2"].value(Value(500), round(station.now_s * 1000))
    answers = station.minutes(62, 12_000)
    station.save()
    alarm = next(record for record in station.journal if record.kind == "excursion.alarm")
    assert alarm.lane is Lane.CUSTODY
    assert alarm.body["waybills"] == ["A", "B"]
    assert answers[-1].phrase == "box.alarm"
    assert answers[-1].values == {"box": "b1", "temperature": "12.0", "minutes": "60", "to": "b2"}
    assert "b2 号箱" in answers[-1].zh


def test_an_alarm_without_a_place_to_go_calls_the_county() -> None:
    """One box alone, or nothing that takes these goods."""
    station = Station(b1="medicine")
    station.put("A", "medicine", "b1")
    station.minutes(30, 5000)
    assert [answer.phrase for answer in station.minutes(40, 9000)] == [
        "box.warning",
        "box.alarm_stay",
        "box.alarm_stay",
    ][:2]


def test_nobody_is_sent_to_a_box_in_trouble() -> None:
    """Goods for another box go to one that is well, even if it is the second best."""
    station = Station(b1="medicine", b2="plum_express", b3="plum_stored")
    assert station.boxes.put("A", "crisp_plum", "b1", 0.0).answer.values["to"] == "b2"
    station.minutes(40, 3000, "t2")
    station.minutes(2, 12_000, "t2")
    assert station.boxes.put("A", "crisp_plum", "b1", 0.0).answer.values["to"] == "b3"


def test_parcels_put_in_during_an_excursion_name_it() -> None:
    """From when to when, and what they went through."""
    station = Station()
    station.minutes(30, 3000)
    station.minutes(5, 12_000)
    station.put("A", "crisp_plum", "b1")
    station.do(station.boxes.take("A", station.now_s))
    put, taken = station.journal[-2:]
    assert (put.kind, put.body["excursion"], put.body["profile"]) == ("box.put", 1, "plum_express")
    assert put.body["version"] == PROFILES.version
    assert (taken.kind, taken.body["excursion"], taken.body["put_ms"]) == ("box.taken", 1, round(station.now_s * 1000))


def test_moving_is_taking_and_putting() -> None:
    """Both entries, one row."""
    station = Station()
    station.minutes(20, 3000, "t1")
    station.boxes.watches["b2"].value(Value(500), round(station.now_s * 1000))
    station.put("A", "crisp_plum", "b1")
    station.put("A", "crisp_plum", "b2")
    assert [kind for kind in station.kinds() if kind in ("box.put", "box.taken")] == ["box.put", "box.taken", "box.put"]
    lying = station.boxes.contents.find("A")
    assert lying is not None
    assert (lying.box, lying.profile) == ("b2", "plum_stored")
    assert station.do(station.boxes.take("A", station.now_s)) == "box.taken"
    assert len(station.books.chilled) == 0
    assert station.boxes.take("A", station.now_s).answer.phrase == "box.not_inside"


def test_what_the_card_refuses_waits_and_the_alarm_sounds() -> None:
    """Nothing is lost, nothing doubled, and the order stays."""
    station = Station()
    station.minutes(30, 3000)
    station.save()
    answers = station.minutes(62, 12_000)
    assert [answer.phrase for answer in answers] == ["box.warning", "box.alarm_stay"]
    assert station.kinds()[-1] == "box.normal"
    refused = station.boxes.put("A", "crisp_plum", "b1", station.now_s)
    assert station.boxes.contents.find("A") is None
    again = station.boxes.put("A", "crisp_plum", "b1", station.now_s)
    assert again == refused
    station.do(again)
    assert station.kinds()[-4:] == ["excursion.opened", "excursion.warned", "excursion.alarm", "box.put"]
    assert station.boxes.unsaved.records == ()


def test_waiting_entries_are_bounded_and_the_loss_is_told() -> None:
    """On a card that takes nothing for weeks the oldest telemetry goes, custody stays."""
    station = Station()
    station.minutes(30, 3000)
    for _ in range(MAX_UNSAVED):
        station.now_s += 600.0
        station.minutes(1, 3000)
    unsaved = station.boxes.unsaved
    assert len(unsaved.records) == MAX_UNSAVED + 1
    assert unsaved.records[0].kind == "box.unwritten"
    assert unsaved.records[0].body["count"] > 0
    station.save()
    assert station.boxes.unsaved == ((), ())


def test_an_alarm_is_closed_by_a_person_with_a_cause() -> None:
    """Not before it has recovered, not without a badge."""
    station = Station()
    station.put("A", "crisp_plum", "b1")
    station.minutes(30, 3000)
    station.minutes(62, 12_000)
    boxes = station.boxes
    assert boxes.close("b9", Cause.DOOR, "7", station.now_s).answer.phrase == "box.unknown"
    assert station.do(boxes.close("b1", Cause.DOOR, "7", station.now_s)) == "box.still_out"
    assert station.do(boxes.rest("b1", station.now_s)) == "box.not_empty"
    station.minutes(16, 3000)
    assert station.do(boxes.close("b1", Cause.DOOR, "", station.now_s)) == "box.who"
    assert station.do(boxes.close("b1", Cause.DOOR, "7", station.now_s)) == "box.closed"
    closed = station.journal[-1].body
    assert (closed["cause"], closed["by"], closed["waybills"]) == ("door", "7", ["A"])
    assert station.do(boxes.close("b1", Cause.DOOR, "7", station.now_s)) == "box.nothing_to_close"


def test_rows_are_those_the_entries_make() -> None:
    """Rebuilt from the entries they equal the live ones."""
    station = Station()
    station.put("A", "crisp_plum", "b1")
    station.put("B", "crisp_plum", "b1")
    station.minutes(30, 3000)
    station.minutes(62, 12_000)
    station.do(station.boxes.take("A", station.now_s))
    station.boxes.finish(station.now_s)
    station.save()
    rows = [row for record in station.journal if (row := watch_row(record.body)) is not None]
    assert {row[0]: row for row in rows} == station.rows
    assert len(station.rows) == 2


def test_a_restart_goes_on_from_the_rows() -> None:
    """State, clocks and contents as they were."""
    station = Station()
    station.put("A", "crisp_plum", "b1")
    station.minutes(30, 3000)
    station.minutes(50, 12_000)
    station.boxes.finish(station.now_s)
    station.save()
    again = ColdBoxes(station.setup, PROFILES, station.books.chilled, boot=1, now_s=station.now_s)
    again.load(station.rows.values(), station.now_s)
    assert again.watches["b1"].state == station.boxes.watches["b1"].state
    station.boxes = again
    assert [answer.phrase for answer in station.minutes(11, 12_000)] == ["box.warning", "box.alarm_stay"]
    assert again.unsaved.records[-1].body["waybills"] == ["A"]


def test_an_alarm_goes_on_sounding_after_a_restart() -> None:
    """With the first temperature that can be said, not before."""
    station = Station()
    station.minutes(30, 3000)
    station.minutes(62, 12_000)
    station.boxes.finish(station.now_s)
    station.save()
    again = ColdBoxes(station.setup, PROFILES, station.books.chilled, boot=1, now_s=station.now_s)
    again.load(station.rows.values(), station.now_s)
    assert again.tick(station.now_s) == []
    station.boxes = again
    station.minutes(1, 12_000)
    (answer,) = again.tick(station.now_s)
    assert answer.zh == "b1 号箱报警,12.0 度,请联系县中心"


def test_the_largest_excursion_fits_an_entry() -> None:
    """Four hundred long waybills."""
    station = Station()
    for number in range(400):
        assert station.put(f"SF{number:030}", "crisp_plum", "b1") == "box.put"
    station.minutes(30, 3000)
    station.minutes(62, 12_000)
    assert all(len(encode_body(record.body)) <= MAX_BODY_BYTES for record in station.boxes.unsaved.records)
    assert station.put("X", "crisp_plum", "b1") == "box.full"


def test_readings_reach_the_box_they_belong_to() -> None:
    """By device, and by channel where a device has several; a door likewise."""
    boxes = ColdBoxes(
        [Box("a", PROFILES["orange"], "bus", "s1"), Box("b", PROFILES["orange"], "bus", "s2", door="d")],
        PROFILES,
        Chilled(),
        boot=1,
        now_s=0.0,
    )
    boxes.reading("bus", Temperature(4000, b"", 0.0, channel="s2"), 0.0)
    boxes.reading("elsewhere", Temperature(9000, b"", 0.0), 0.0)
    boxes.door("d", True, 0.0)
    assert (boxes.watches["a"].latest_mc, boxes.watches["b"].latest_mc) == (None, 4000)
    assert (boxes.watches["a"].door_state.is_open, boxes.watches["b"].door_state.is_open) == (None, True)
    assert [answer.phrase for answer in boxes.tick(300.0)] == ["box.gap", "box.gap", "box.door_open"]


def test_a_bad_look_is_never_a_number() -> None:
    """A fault is told; a suspect 85 °C without a neighbour is one."""
    station = Station()
    bad = BadReading(Reason.DISCONNECTED, b"", 0.0)
    suspect = Temperature(85_000, b"", 0.0, suspect=Reason.POWER_ON_VALUE)
    assert station.boxes.reading("t1", bad, 0.0) == []
    assert [a.phrase for a in station.boxes.reading("t1", suspect, 60.0)] == ["box.fault"]
    assert station.boxes.watches["b1"].latest_mc is None
    assert not is_believed(suspect, 3000)
    assert is_believed(suspect, 84_000)


def test_the_offset_stands_beside_the_raw_value() -> None:
    """A valid certificate moves what is judged; an expired or missing one nothing; the raw value stays."""
    notes = Calibrations()
    notes.take(NOTE)
    inside, outside = (notes.shown("t1", 5200, day) for day in (date(2025, 7, 1), date(2026, 7, 1)))
    assert certified(5200, inside) == Value(5200, -300, "C-7")
    assert certified(5200, outside) == certified(5200, None) == Value(5200)
    assert certified(5200, notes.shown("t1", 5200, date(2024, 7, 1))) == Value(5200)
    station = Station()
    station.boxes.reading("t1", Temperature(5200, b"", 0.0), 0.0, shown=inside)
    assert station.boxes.watches["b1"].latest_mc == 4900


@pytest.mark.parametrize(("phrase", "values"), [("box.warning", {"box": "1", "temperature": "6.0", "minutes": "10"})])
def test_answers_have_their_words(phrase: str, values: dict[str, str]) -> None:
    """A phrase finds every value it names."""
    assert "6.0" in Answer(phrase, values).zh


def test_a_row_is_plain_bytes() -> None:
    """The state is MessagePack, readable without this program."""
    station = Station()
    station.boxes.finish(0.0)
    row = station.boxes.unsaved.changes[0].after
    assert row is not None
    assert msgspec.msgpack.decode(row[1])["state"] == "loading"
