"""What the county makes of bags on their way, and what it tells the stations that sent them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from sync.contents import BagSeen, BagsSeen, read_content
from sync.county.arrivals import (
    CLOCKS_APART_MS,
    DAY_MS,
    GRACE_MS,
    HOUR_MS,
    NO_DUE_MS,
    TOLD_MS,
    Moved,
    NotUnderWay,
    Said,
    Standing,
    Trip,
    put_arrivals,
    read_trips,
    say_of_bag,
    standing,
    trips,
    words,
)
from sync.county.cli import main
from sync.county.database import reading
from sync.county.lists import list_summaries, read_list
from sync.county.project import project_once, rebuild
from sync.county.register import add_station
from sync.county.report import local_time, trip_table, trips_json
from sync.entry import Trust
from sync.keys import SigningKey
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation, register

A, HUB, BAG = "500237-001", "500237-900", "YY5002370000012"
LEFT_MS = 10 * DAY_MS
DUE_MS = LEFT_MS + 3_600_000


def left(at_ms: int = LEFT_MS, due_ms: int | None = DUE_MS, station: str = A, bound: str = HUB) -> Moved:
    """A bag leaves."""
    return Moved(BAG, station, "bag.departed", at_ms, at_ms, at_ms, due_ms, bound)


def came(at_ms: int, station: str = HUB, kind: str = "bag.received") -> Moved:
    """A bag comes in."""
    return Moved(BAG, station, kind, at_ms, at_ms, at_ms)


def only(moved: list[Moved], *said: Said, heard_ms: int | None = None) -> Trip:
    """The first trip there is; heard_ms: until when the hub was heard."""
    return trips(moved, said, {A: None, HUB: heard_ms})[0]


def test_a_bag_has_arrived_when_another_place_took_it_in() -> None:
    """Whenever the two stations' entries reached the county, and with clocks an hour apart."""
    for seen in (came(LEFT_MS + 60_000), came(LEFT_MS - CLOCKS_APART_MS)):
        for moved in ([left(), seen], [seen, left()]):
            trip = only(moved)
            assert (trip.seen_ms, trip.at, trip.late) == (seen.at_ms, HUB, False)
    assert only([came(LEFT_MS - CLOCKS_APART_MS - 1), left()]).seen_ms is None, "that was an earlier trip"


def test_where_it_left_it_does_not_arrive_by_what_was_before() -> None:
    """The station's own scans count only behind the departure: then it came back."""
    assert only([came(LEFT_MS, A), left()]).seen_ms is None
    assert only([left(), came(LEFT_MS + 1, A)]).at == A


@pytest.mark.parametrize("kind", ["bag.received", "bag.unpacking"])
def test_what_the_hub_scanned_before_the_bag_came_here_is_no_arrival(kind: str) -> None:
    """A short line: at the hub, here and on the way back within the hour; a scan behind that counts, clocks apart."""
    hub, here = came(LEFT_MS - 50 * 60_000), came(LEFT_MS - 20 * 60_000, A, kind)
    assert only([hub, here, left()]).seen_ms is None
    assert only([hub, here, left()], heard_ms=DUE_MS + GRACE_MS + 1).late
    behind = came(LEFT_MS - 60_000)
    assert only([hub, here, left(), behind]).seen_ms == behind.at_ms


def test_trips_of_one_bag_are_told_apart() -> None:
    """What came in behind the next departure belongs to that one."""
    second_ms = LEFT_MS + DAY_MS
    moved = [left(), left(second_ms, None), came(second_ms + 60_000)]
    first, second = trips(moved, [], {HUB: second_ms + DAY_MS})
    assert (first.seen_ms, first.late) == (None, True)
    assert (second.seen_ms, second.late) == (second_ms + 60_000, False)


def test_silence_says_something_only_of_a_place_that_was_heard_since() -> None:
    """Heard behind the due time and a grace, or a day where nobody said when it is due; and a scan ends all of it."""
    for moved, over_ms in (([left()], DUE_MS + GRACE_MS), ([left(due_ms=None)], LEFT_MS + NO_DUE_MS)):
        for heard_ms in (None, over_ms):
            trip = only(moved, heard_ms=heard_ms)
            stands = (trip.late, standing(trip, over_ms), standing(trip, over_ms + 1))
            assert stands == (False, Standing.UNDER_WAY, Standing.UNHEARD)
        trip = only(moved, heard_ms=over_ms + 1)
        assert (trip.late, standing(trip, over_ms + 1)) == (True, Standing.LATE)
    assert not only([left(), came(DUE_MS)], heard_ms=DUE_MS + DAY_MS).late


def test_of_a_bag_bound_for_no_station_of_the_county_nothing_is_said() -> None:
    """An office on a label, or nobody said where: whoever was heard, silence is no evidence."""
    for bound, stands in (("51800000", Standing.ELSEWHERE), ("", Standing.NOWHERE)):
        trip = only([left(bound=bound)], heard_ms=LEFT_MS + 9 * DAY_MS)
        assert (trip.late, standing(trip, LEFT_MS + 9 * DAY_MS)) == (False, stands)
        assert words([trip]) == {}


def test_a_clock_that_was_wrong_makes_no_bag_late() -> None:
    """Corrected times tell whether it came in, the latest one when a day is over; the list keeps the entry's own."""
    slow = left(due_ms=None)._replace(entry_ms=LEFT_MS - 5 * DAY_MS, latest_ms=LEFT_MS + HOUR_MS)
    trip = only([slow], heard_ms=LEFT_MS + NO_DUE_MS + HOUR_MS)
    assert (trip.late, trip.left_ms) == (False, LEFT_MS - 5 * DAY_MS)
    assert only([slow], heard_ms=LEFT_MS + NO_DUE_MS + HOUR_MS + 1).late
    fast = came(LEFT_MS + 60_000)._replace(entry_ms=LEFT_MS - DAY_MS)
    assert only([left(), fast]).at == HUB


def test_a_departure_that_was_salvaged_is_one_trip() -> None:
    """The same entry twice, from its own chain and from a broken journal."""
    assert len(trips([left(), left(), came(LEFT_MS + 5)], [], {})) == 1


def test_a_person_s_word_counts_like_a_scan_and_less_than_one() -> None:
    """The last word counts; what was said before the bag left does not."""
    no = Said(BAG, LEFT_MS + 1, came_in=False, place="巫山")
    yes = Said(BAG, LEFT_MS + 2, came_in=True, place="巫山")
    assert only([left()], no).late
    assert only([left()], no, yes)[4:7] == (LEFT_MS + 2, "巫山", False)
    assert only([left(), came(LEFT_MS + 3)], no)[4:7] == (LEFT_MS + 3, HUB, False)
    assert not only([left()], no._replace(at_ms=LEFT_MS - 1)).late


def test_a_station_is_told_until_it_has_heard() -> None:
    """Of what came in and what is late; of a bag that is simply under way nothing."""
    seen, under_way = [left(), came(LEFT_MS + 5)], [left()]
    told = words(trips(seen, [], {}))
    assert told == {A: BagsSeen([BagSeen(BAG, LEFT_MS, LEFT_MS + 5, HUB)])}
    assert words(trips(under_way, [], {HUB: DUE_MS})) == {}
    late = words(trips(under_way, [], {HUB: DUE_MS + DAY_MS}))
    assert late == {A: BagsSeen([BagSeen(BAG, LEFT_MS)])}
    heard = [*seen, came(LEFT_MS + 9, A, "bag.arrived")]
    assert words(trips(heard, [], {})) == {}


@pytest.fixture
def hub(tmp_path: Path, county: PaperCounty) -> PaperStation:
    """Another place with this program."""
    hub = PaperStation(SigningKey.create(tmp_path / "hub.key"), name="v900", epoch=b"epochhub")
    register(county.engine, hub)
    return hub


def listed(county: PaperCounty, station: PaperStation) -> list[BagSeen]:
    """What the list that stands for a station says."""
    return read_content(read_list(county.engine, station.name, BagsSeen.LIST).content, BagsSeen).bags


def test_from_the_log_to_the_list(county: PaperCounty, station: PaperStation, hub: PaperStation) -> None:
    """Nothing is put up while nothing is to be said, once for each change, and an empty one when all was heard."""
    station.write("bag.departed", {"bag": BAG, "handover": 1, "count": 3, "due_ms": NOW_MS + 60_000})
    county.take(station.batch())
    project_once(county.engine)

    def put(now_ms: int = NOW_MS + 1) -> int:
        return put_arrivals(county.engine, county.key, now_ms)

    assert put() == 0
    hub.write("bag.received", {"bag": BAG, "shape": "yyt_bag"}, recorded_ms=NOW_MS + 30_000)
    county.take(hub.batch(), station=hub.name)
    project_once(county.engine)
    assert (put(), put()) == (1, 0)
    assert listed(county, station) == [BagSeen(BAG, NOW_MS, NOW_MS + 30_000, "v900")]
    station.write("bag.arrived", {"bag": BAG, "handover": 1}, recorded_ms=NOW_MS + 40_000)
    county.take(station.batch(1))
    project_once(county.engine)
    assert (put(), put()) == (1, 0)
    assert listed(county, station) == []
    rebuild(county.engine)
    while project_once(county.engine).entries:
        pass
    assert put() == 0, "the tables made anew say the same"


def test_old_trips_and_outdated_lists_go(county: PaperCounty, station: PaperStation, hub: PaperStation) -> None:
    """A station that never hears is told for a week; of what nobody put up only the newest version is kept."""
    station.write("bag.departed", {"bag": BAG, "handover": 1, "count": 3})
    hub.write("bag.received", {"bag": BAG, "shape": "yyt_bag"}, recorded_ms=NOW_MS + 30_000)
    county.take(station.batch())
    county.take(hub.batch(), station=hub.name)
    project_once(county.engine)
    assert put_arrivals(county.engine, county.key, NOW_MS + 1) == 1
    assert put_arrivals(county.engine, county.key, NOW_MS + TOLD_MS + 2) == 1
    assert listed(county, station) == []
    with reading(county.engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM list_put")).scalar_one() == 1


def test_what_was_undone_did_not_come_in(county: PaperCounty, station: PaperStation, hub: PaperStation) -> None:
    """A bag taken in by mistake and taken back has not arrived."""
    station.write("bag.departed", {"bag": BAG, "handover": 1, "count": 3})
    hub.write("bag.received", {"bag": BAG, "shape": "yyt_bag"}, recorded_ms=NOW_MS + 1)
    hub.write("act.undone", {"places": [0], "act": "bag.received"}, recorded_ms=NOW_MS + 2)
    county.take(station.batch())
    county.take(hub.batch(), station=hub.name)
    for _ in range(2):
        while project_once(county.engine).entries:
            pass
        (trip,) = read_trips(county.engine, NOW_MS + 3)
        assert trip.seen_ms is None
        rebuild(county.engine)


def test_an_entry_that_makes_no_sense_stops_nothing(county: PaperCounty, station: PaperStation) -> None:
    """It stays in the log and is counted."""
    for body in ({"bag": 7}, {"bag": ""}, {"bag": "袋"}, {"bag": BAG, "due_ms": "soon"}, {"bag": BAG, "at_ms": -1}):
        station.write("bag.departed", body)
    station.write("act.undone", {"places": ["x"]})
    station.write("bag.departed", {"bag": BAG, "handover": 1})
    county.take(station.batch())
    assert project_once(county.engine).unreadable == 6
    assert [trip.bag for trip in read_trips(county.engine, NOW_MS)] == [BAG]


def test_what_people_say_is_put_on_record(county: PaperCounty, station: PaperStation) -> None:
    """For a bag that is under way; another is refused with what to do."""
    station.write("bag.departed", {"bag": BAG, "handover": 1})
    county.take(station.batch())
    project_once(county.engine)
    word = Said(BAG, NOW_MS + 5, came_in=False, place="巫山")
    trip = say_of_bag(county.engine, word, by="李", now_ms=NOW_MS + 5)
    assert trip.station == station.name
    assert put_arrivals(county.engine, county.key, NOW_MS + 6) == 1
    assert listed(county, station) == [BagSeen(BAG, NOW_MS)]
    with pytest.raises(NotUnderWay, match="YY9"):
        say_of_bag(county.engine, word._replace(bag="YY9"), by="李", now_ms=NOW_MS + 5)
    assert [each.put_by for each in list_summaries(county.engine)] == ["county project"]


def test_a_table_of_trips_says_plainly_why_nothing_is_said(
    county: PaperCounty, station: PaperStation, hub: PaperStation
) -> None:
    """From the log to the words of `county bag list`: who was not heard since when, and where nobody can know."""
    add_station(county.engine, "v901", "", station.key.public, now_ms=NOW_MS)
    bounds = {"B0": {"bound": "v900"}, "B1": {"bound": "v901"}, "B2": {"to": "51800000"}, "B3": {}}
    for bag, bound in bounds.items():
        due_ms = NOW_MS - HOUR_MS
        station.write("bag.departed", {"bag": bag, "due_ms": due_ms, **bound}, recorded_ms=NOW_MS - 2 * HOUR_MS)
    hub.write("station.opened", {}, recorded_ms=NOW_MS - HOUR_MS)
    county.take(station.batch())
    county.take(hub.batch(), station="v900")
    project_once(county.engine)
    now_ms = NOW_MS + DAY_MS
    known = read_trips(county.engine, now_ms)
    assert [standing(trip, now_ms).value for trip in known] == ["unheard", "unheard", "elsewhere", "nowhere"]
    last = list(trip_table(known, now_ms).columns[-1].cells)
    assert f"v900 not heard from since {local_time(NOW_MS - HOUR_MS - 1000)}" in str(last[0])
    assert "v901 was never heard from" in str(last[1])
    assert "bound for no station of this county" in str(last[2])
    assert "nobody said where it goes" in str(last[3])
    told = json.loads(trips_json(known, now_ms))
    assert tuple(told[0][name] for name in ("standing", "late", "bound")) == ("unheard", False, "v900")
    hub.write("station.opened", {}, recorded_ms=NOW_MS - HOUR_MS // 2 + 1001)
    county.take(hub.batch(1), station="v900")
    project_once(county.engine)
    late = read_trips(county.engine, now_ms)
    assert [standing(trip, now_ms).value for trip in late] == ["late", "unheard", "elsewhere", "nowhere"]


def test_a_driver_s_bag_that_was_scanned_is_there_though_nobody_ended_the_handover(
    county: PaperCounty, station: PaperStation, hub: PaperStation
) -> None:
    """The scan says where it is; one that goes on from there does not."""
    station.write("bag.departed", {"bag": BAG, "bound": "v900"}, recorded_ms=NOW_MS - HOUR_MS)
    for bag, way in ((BAG, "down"), ("YY9", "up")):
        hub.write("handover.bag", {"handover": 1, "bag": bag, "way": way}, recorded_ms=NOW_MS - 60_000)
    county.take(station.batch())
    county.take(hub.batch(), station=hub.name)
    project_once(county.engine)
    (trip,) = read_trips(county.engine, NOW_MS)
    assert (trip.at, trip.seen_ms, trip.bound) == ("v900", NOW_MS - 60_000, "v900")
    with reading(county.engine) as connection:
        assert connection.execute(text("SELECT count(*) FROM bag_event")).scalar_one() == 2


def test_the_time_of_a_departure_is_put_right_later(
    county: PaperCounty, station: PaperStation, hub: PaperStation
) -> None:
    """A station five days behind: the trip keeps the entry's time as its name, and is not late by it."""
    began_ms = NOW_MS - 2 * HOUR_MS
    station.write(
        "bag.departed",
        {"bag": BAG, "bound": "v900"},
        recorded_ms=began_ms - 5 * DAY_MS,
        trust=Trust.UNKNOWN,
        since_boot_ms=0,
    )
    hub.write("station.opened", {}, recorded_ms=NOW_MS - HOUR_MS)
    county.take(station.batch())
    county.take(hub.batch(), station=hub.name)
    project_once(county.engine)
    (trip,) = read_trips(county.engine, NOW_MS)
    assert (trip.late, trip.over_ms) == (False, NOW_MS + NO_DUE_MS), "it left no later than the county had its entry"
    body = {"boot": 1, "began_ms": began_ms, "uncertainty_ms": 500, "from_since_boot_ms": 0}
    station.write("clock.corrected", body, recorded_ms=began_ms + 1)
    county.take(station.batch(1))
    project_once(county.engine)
    (trip,) = read_trips(county.engine, NOW_MS)
    assert (trip.left_ms, trip.over_ms) == (began_ms - 5 * DAY_MS, began_ms + 500 + NO_DUE_MS)


def test_bags_at_the_command_line(tmp_path: Path) -> None:
    """An empty county has none under way; an unknown bag is refused with a hint and recorded nowhere."""
    run = CliRunner().invoke
    assert run(main, ["init", str(tmp_path / "county"), "--port", "1"]).exit_code == 0
    config = ["--config", str(tmp_path / "county" / "county.toml")]
    shown = run(main, [*config, "bag", "list", "--json"])
    assert (shown.exit_code, shown.stdout.strip()) == (0, "[]")
    assert run(main, [*config, "bag", "list"]).exit_code == 0
    refused = run(main, [*config, "bag", "seen", "yy1", "--at", "巫山", "--by", "李"])
    assert refused.exit_code == 1
    assert "YY1" in refused.stderr
    assert "county bag list" in refused.stderr
