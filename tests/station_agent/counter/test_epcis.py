"""EPCIS: a day at a village and at its hub, gun only, written as entries that say all 18 events the county exports."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from drivers.readings import BadReading, Reason, Temperature
from station_agent.coldwork import ColdWork
from station_agent.counter import vocabulary
from station_agent.counter.boxes import BoxTemperatures
from station_agent.counter.decision import Decision
from station_agent.counter.road import Line, Listed, Road
from station_agent.journal.writer import Record
from tests.station_agent.counter.cold_desk import PROFILES, ColdDesk
from tests.station_agent.counter.desk import BAG, Desk, said
from tests.station_agent.counter.epcis import Entry, Event, Log, entries
from tests.station_agent.counter.stops import DOWN, DRIVER, SEAL, Badges, Lists, bodies

CASES = Path(__file__).parents[2] / "cases" / "epcis_events.json"
VECTORS: dict[str, Event] = {
    name: case["event"] for name, case in json.loads(CASES.read_text("utf-8"))["events"].items()
}
README = Path(vocabulary.__file__).with_name("README.md")
VILLAGE, HUB = "500237-0001", "dachang"
BOOT_MS = 1_751_932_800_000
"""The stations were started on 2025-07-08 at eight in China; their desks count from there."""
COMES, GOES, STAYS = "9977937814368", "1115785780598", "SF7444400031887"
HOUSE, SENDER = "YYH00000017", "YYN00000017"
QUARTER_MC = (2300, 2400, 2200, 2800, 2400, 2300, 2300, 2000, 2700, 1800, 2800, 3100, 2400, 2400, 2200, 2300)
"""A minute apart from ten o'clock: lowest, highest, mean and deviation as in the recorded event."""

OURS = {
    "shelf/A-03": "shelf/1-3",
    "party/pseudonym/7f3a": "party/household/00000017",
    "dev/scale/S0001": f"dev/scale/{VILLAGE}-scale",
    "dev/temp/T0007": f"dev/temp/{VILLAGE}-t2",
    "coldbox/CB0007": f"coldbox/{VILLAGE}-2",
    "rule/plum-0-5/v3": f"rule/plum_stored/{PROFILES.version}",
    "fault/open-circuit": "fault/disconnected",
    "damaged_outer": "other",
    "handover/H20250708-0007": f"handover/{VILLAGE}-1",
    "handover/H20250708-0008": f"handover/{VILLAGE}-2",
}
"""Names the recorded events chose for themselves, and what ours are."""
OURS_IN = {
    # The hub numbers its own handovers; the county pairs both sides by the bag.
    "bag_received": {"handover/H20250708-0008": f"handover/{HUB}-1"},
    # The code of a bag says where it goes; which hub that is the county knows.
    "bag_departs_on_bus": {"hub/dachang": "place/51800000"},
    # A weight that waited on the pan carries the time of its parcel's entry, seconds later.
    "accepted_from_sender_with_weight": {"T09:30:58": "T09:31:00"},
}


def expected(name: str) -> Event:
    """A recorded event with our own names in it; nothing else of it is changed."""
    text = json.dumps(VECTORS[name])
    for theirs, ours in (OURS | OURS_IN.get(name, {})).items():
        text = text.replace(theirs, ours)
    event: Event = json.loads(text)
    return event


class Watched(ColdDesk):
    """A desk with a thermometer in box 2, looked at each minute while the day goes on."""

    def __post_init__(self) -> None:
        """Start, and say what watches which box."""
        super().__post_init__()
        self.blocks = BoxTemperatures(block_s=960)
        self._note(ColdWork(self.cold).setups)

    def _note(self, records: list[Record]) -> None:
        self.written += [(record, self.wall_ms) for record in records]

    def look(self, temperature_mc: int | None) -> None:
        """One look at the thermometer; None: it is not there."""
        now_s = self.now_s
        reading = (
            BadReading(Reason.DISCONNECTED, b"", now_s)
            if temperature_mc is None
            else Temperature(temperature_mc, b"", now_s)
        )
        self._note(self.blocks.take("t2", reading))
        self.cold.reading("t2", reading, now_s)
        self.save()

    def cold_until(self, clock: str, *values_mc: int | None, every_s: float = 60) -> None:
        """Looks from now on, the last at this time; the last value stays."""
        place = 0
        while self.now_s <= seconds(clock):
            self.look(values_mc[min(place, len(values_mc) - 1)])
            place, self.now_s = place + 1, self.now_s + every_s


def seconds(clock: str, day: int = 0) -> float:
    """Seconds since the stations were started."""
    hours, minutes, rest = map(int, clock.split(":"))
    return (hours - 8) * 3600 + minutes * 60 + rest + day * 86_400


def does(desk: Desk, clock: str, *codes: str, day: int = 0) -> Decision:
    """Scans at one time of the day; the last of them must not be refused."""
    desk.now_s = seconds(clock, day)
    decision = [desk.scan(code) for code in codes][-1]
    assert decision.answer is not None
    assert decision.answer.colour.value != "red", (clock, codes, said(decision))
    return decision


def morning(desk: Desk) -> None:
    """A bag comes, a parcel is shelved and unshelved again; another is accepted and packed."""
    does(desk, "08:10:00", "YYCHOUSE", HOUSE, "YYCCONSENT", DRIVER, DOWN)
    does(desk, "08:11:00", DRIVER)
    does(desk, "08:11:30", "YYCUNPACK", DOWN)
    does(desk, "08:12:05", COMES)
    does(desk, "08:12:30", HOUSE)
    does(desk, "08:18:00", "YYCOK")
    does(desk, "08:20:41", "YYCIN", COMES, "1-3-1500")
    does(desk, "08:25:00", "YYCUNDO")
    does(desk, "09:30:30", "YYCSEND", SENDER)
    desk.now_s = seconds("09:30:58")
    desk.weigh(5235)
    does(desk, "09:31:00", GOES)
    does(desk, "09:31:05", "YYCINSPECTED")
    does(desk, "09:59:30", "YYCPACK", BAG)
    does(desk, "10:00:00", GOES)


def village() -> Watched:
    """The whole day, and a week later a parcel that nobody fetched."""
    desk = Watched(road=Road((Line("L1", vehicle="500237-K001"),), badges=Badges()), now_s=0)
    morning(desk)
    desk.cold_until("10:00:00", *QUARTER_MC[:1])
    desk.now_s = seconds("10:00:20")
    desk.scan(BAG)
    desk.weigh(5400)
    does(desk, "10:00:40", "YYCSEAL", SEAL)
    does(desk, "10:01:00", "YYCOK")
    desk.cold_until("10:19:00", *QUARTER_MC[1:], 500)
    does(desk, "10:19:40", DRIVER, BAG)
    does(desk, "10:20:00", DRIVER)
    does(desk, "10:20:30", "YYCBOX", "YYCBX2", COMES)
    desk.now_s = seconds("10:21:00")
    desk.cold_until("11:14:00", 500)
    desk.cold_until("12:15:00", 9400)
    desk.now_s = seconds("12:15:30")
    desk.cold_until("12:16:00", None, every_s=30)
    does(desk, "17:02:00", "YYCOUT", HOUSE)
    does(desk, "17:02:10", "YYCOK")
    does(desk, "17:30:00", "YYCIN", STAYS)
    does(desk, "08:59:50", "YYCRETURN", day=7)
    does(desk, "09:00:00", STAYS, day=7)
    return desk


def hub(found: str, clock: str) -> Desk:
    """The bag comes to the hub and is unpacked; found: the parcel that is in it, which is held if it is another's."""
    lists = Lists({BAG: Listed(BAG, "down", waybills=(GOES,))})
    desk = Desk(now_s=0, road=Road(expected=lists, badges=Badges()))
    does(desk, "11:14:00", DRIVER, BAG)
    does(desk, "11:15:00", DRIVER)
    does(desk, "11:16:00", "YYCUNPACK", BAG, found)
    desk.now_s = seconds(clock)
    assert said(desk.scan("YYCOK")) in ("unpack.closed", "unpack.differs")
    if found != GOES:
        does(desk, "11:30:00", "YYCHOLD", "YYCROTHER", found)
    return desk


@cache
def both_days() -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
    """All entries of a day on which all went well, and of the same day when the hub found another parcel."""
    from_village = list(entries(VILLAGE, village().written, BOOT_MS))
    well, ill = hub(GOES, "11:20:00"), hub(STAYS, "11:21:00")
    return (
        (*from_village, *entries(HUB, well.written, BOOT_MS)),
        (*from_village, *entries(HUB, ill.written, BOOT_MS)),
    )


@cache
def exported(lacks: tuple[str, str] = ("", "")) -> list[Event]:
    """The events of both days; lacks: a kind, and the field its entries are robbed of before."""
    events: list[Event] = []
    for day in both_days():
        log = Log(_robbed(entry, *lacks) for entry in day)
        for entry in log.entries:
            events += [event for event in _events(log, entry, robbed=any(lacks)) if event not in events]
    return events


def _events(log: Log, entry: Entry, *, robbed: bool) -> list[Event]:
    """What an entry is exported as; nothing where it was robbed and can no longer be."""
    try:
        return list(log.of(entry))
    except LookupError:
        if robbed:
            return []
        raise


def _robbed(entry: Entry, kind: str, field: str) -> Entry:
    if entry.kind != kind:
        return entry
    return entry._replace(body={name: value for name, value in entry.body.items() if name != field})


def shape(value: Any) -> Any:
    """Keys and sorts of values, however deep."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return "number" if isinstance(value, int | float) else type(value).__name__


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_our_entries_say_each_recorded_event(name: str) -> None:
    """Every key, fixed word, time, weight and temperature of the recorded event is made from entries alone, once."""
    wanted = expected(name)
    assert shape(wanted) == shape(VECTORS[name])
    alike = [event for event in exported() if shape(event) == shape(wanted)]
    assert [event for event in alike if event == wanted] == [wanted], alike


def test_all_eighteen_are_told_apart() -> None:
    """No recorded event is another one's by our naming."""
    assert len({json.dumps(expected(name), sort_keys=True) for name in VECTORS}) == len(VECTORS) == 18


FIRST_SEEN, ACCEPTED = "parcel.received: waybill carrier", "parcel.accepted: waybill carrier"
"""Where a parcel's carrier is told, so that it has a name in the world."""
NEEDED = {
    "received_at_station": ["parcel.received: waybill carrier bag code", "bag.received: bag handover"],
    "shelved": [FIRST_SEEN, "parcel.shelved: waybill code"],
    "handed_to_recipient": [FIRST_SEEN, "parcel.collected: waybill household"],
    "accepted_from_sender_with_weight": [ACCEPTED, "parcel.weighed: waybill weight_g device"],
    "acceptance_inspection": [ACCEPTED, "parcel.inspected: waybill"],
    "packed_into_bag": [ACCEPTED, "parcel.packed: bag waybill", "bag.opened: bag shape"],
    "bag_sealed": ["bag.sealed: bag weight_g", "bag.weighed: bag weight_g device", "bag.opened: bag shape"],
    "bag_departs_on_bus": ["bag.departed: bag handover vehicle to", "bag.opened: bag shape"],
    "bag_loaded_on_vehicle": ["bag.departed: bag handover vehicle", "bag.opened: bag shape"],
    "bag_received": ["bag.received: bag handover shape"],
    "bag_unpacked_complete": [
        *("bag.unpacked: bag expected found", "bag.unpacking: bag"),
        *("parcel.received: bag waybill", "bag.received: shape"),
    ],
    "discrepancy_missing_item": [
        *("bag.unpacked: bag found short excess", "bag.unpacking: bag"),
        *("parcel.received: bag waybill carrier", "bag.received: shape", ACCEPTED),
    ],
    "held_exception": [FIRST_SEEN, "parcel.held: waybill reason"],
    "returned_after_timeout": [FIRST_SEEN, "parcel.returned: waybill"],
    "coldbox_interval": [
        "box.temperatures: device start_ms at_s temperature_mc",
        "box.set_up: box thermometer profile version",
    ],
    "coldbox_alarm": ["excursion.alarm: box temperature_mc profile version", "box.set_up: box thermometer"],
    "coldbox_sensor_fault": ["box.fault: box reason", "box.set_up: box thermometer"],
    "correction_did_not_occur": [FIRST_SEEN, "act.undone: places", "parcel.shelved: waybill code"],
}
"""What each event is made of: kinds of entries, and their fields."""
FIELDS = [
    (name, kind, field)
    for name, needs in NEEDED.items()
    for kind, fields in (need.split(": ") for need in needs)
    for field in fields.split()
]


@pytest.mark.parametrize(("name", "kind", "field"), FIELDS)
def test_an_event_is_lost_with_each_field_it_needs(name: str, kind: str, field: str) -> None:
    """An entry that loses a needed field says its event no longer: none of the others makes up for it."""
    assert any(entry.kind == kind and field in entry.body for day in both_days() for entry in day)
    assert expected(name) in exported()
    assert expected(name) not in exported((kind, field))


def test_no_event_needs_a_field_that_is_not_named() -> None:
    """The table above is all of it: with any other field gone, from whatever entry, all 18 are still made."""
    named = set(FIELDS)
    every = {(entry.kind, field) for day in both_days() for entry in day for field in entry.body}
    wanted = {name: expected(name) for name in VECTORS}
    lost = {(name, *pair) for pair in every for name, event in wanted.items() if event not in exported(pair)}
    assert lost - named == set()


def test_the_day_is_one_that_the_books_hold_too() -> None:
    """The tables rebuilt from these entries equal the live ones: the events are of a day that can be."""
    for desk in (village(), hub(GOES, "11:20:00"), hub(STAYS, "11:21:00")):
        assert desk.rebuilt().rows() == desk.books.rows()


def test_a_parcel_turned_away_at_the_door_has_a_carrier() -> None:
    """No entry told of it before: its own says who seems to carry it, so that it has a name in the world."""
    desk = Desk()
    desk.scans("YYCREFUSED", STAYS)
    assert bodies(desk, "parcel.refused") == [{"waybill": STAYS, "unreceived": True, "carrier": "sf"}]


def test_the_readme_says_of_every_kind_what_it_is_in_epcis() -> None:
    """Each kind of the vocabulary stands in the table once, as an event or with the reason why it is none."""
    assert vocabulary.__doc__ is not None
    heads = [line[2:] for line in vocabulary.__doc__.split("\n") if re.match(r"  [a-z]", line)]
    kind = re.compile(r"\b[a-z]+\.[a-z_]+\b")
    kinds = {one for head in heads for one in kind.findall(re.split(r"\s{2,}", head)[0].split(" (")[0])}
    kinds |= {one for head in heads for one in kind.findall(head) if one.startswith("excursion.")}
    assert len(kinds) > 90
    rows = [line.split("|")[1] for line in README.read_text("utf-8").split("\n") if line.startswith("| `")]
    told = [one for row in rows for one in re.findall(r"`([a-z]+\.[a-z_]+)`", row)]
    assert sorted(told) == sorted(kinds)
