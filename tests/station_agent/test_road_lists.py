"""The county's lists on the counter's road: what is announced, when it is due, which lines there are."""

from datetime import UTC, date, datetime

from station_agent.counter.road import Line, Listed, Road, Run
from station_agent.road_lists import Lists, listed_road
from sync.contents import BagSeen, BagsSeen, LineKind, Lines, LineTrip, Manifest, ManifestBag, ManifestTrip, Stop, Way
from sync.contents import Line as ListedLine

HERE, HUB = "500237-001", "500237-900"
DAY = date(2025, 7, 8)
LINES = Lines(
    [
        ListedLine(
            "L1",
            "龙雾线",
            LineKind.BUS,
            [
                LineTrip("morning", Way.DOWN, [Stop(HUB, 420), Stop(HERE, 480)]),
                LineTrip("back", Way.UP, [Stop(HERE, 500), Stop(HUB, 560)]),
            ],
            "渝A1",
            500,
            10,
        )
    ]
)


def at_ms(hour: int, minute: int) -> int:
    """A time of DAY in China."""
    return round(datetime(2025, 7, 8, hour - 8, minute, tzinfo=UTC).timestamp() * 1000)


def trip(name: str, way: Way, *bags: ManifestBag, day: date = DAY, line: str = "L1") -> ManifestTrip:
    """A trip with its bags."""
    return ManifestTrip(line, name, day, way, list(bags))


def test_a_bag_is_due_at_its_stop_with_the_margin() -> None:
    """Down: at this station. Up: at the end of the trip, which is where it is bound for."""
    down = trip("morning", Way.DOWN, ManifestBag("B1", "S1", 12, 3000))
    lists = Lists(HERE, Manifest([down, trip("back", Way.UP, ManifestBag("B2"))]), LINES, BagsSeen([]))
    assert lists.bag("B1") == Listed("B1", "down", "L1", "S1", 12, 3000, None, at_ms(8, 10))
    assert lists.bag("B2") == Listed("B2", "up", "L1", due_ms=at_ms(9, 30), bound=HUB)
    assert lists.bag("B3") is None


def test_a_list_without_a_timetable_has_no_due_time() -> None:
    """A line or trip nobody knows, and one that does not stop here: announced all the same."""
    trips = [
        trip("morning", Way.DOWN, ManifestBag("B1"), line="L9"),
        trip("evening", Way.DOWN, ManifestBag("B2")),
    ]
    assert [bag.due_ms for bag in Lists(HERE, Manifest(trips), LINES, BagsSeen([])).coming(at_ms(8, 0))] == [None, None]
    elsewhere = Lists("500237-002", Manifest([trip("morning", Way.DOWN, ManifestBag("B1"))]), LINES, BagsSeen([]))
    assert [bag.due_ms for bag in elsewhere.coming(at_ms(8, 0))] == [None]


def test_only_the_bags_of_this_day_are_coming() -> None:
    """Yesterday's and tomorrow's are not asked for; a bag on two lists counts on the newer, in whatever order."""
    old, new = date(2025, 7, 7), date(2025, 7, 9)
    trips = [
        trip("morning", Way.DOWN, ManifestBag("TODAY", "S2")),
        trip("morning", Way.DOWN, ManifestBag("TODAY", "S1"), ManifestBag("PAST"), day=old),
        trip("morning", Way.DOWN, ManifestBag("NEXT"), day=new),
        trip("back", Way.UP, ManifestBag("OURS")),
    ]
    lists = Lists(HERE, Manifest(trips), LINES, BagsSeen([]))
    assert [(bag.bag, bag.seal) for bag in lists.coming(at_ms(23, 59))] == [("TODAY", "S2")]
    assert lists.bag("PAST") is not None


def test_the_county_s_lines_stand_before_the_settings() -> None:
    """With this station's stops of all trips, and the runs that go on; where none came the settings' lines stay."""
    own = Road((Line("OWN"),))
    road = listed_road(own, HERE, Manifest([]), LINES, BagsSeen([]))
    assert road.lines == (Line("L1", "龙雾线", "bus", "渝A1", (480, 500), 500, 10, (Run(500, 60, HUB),)),)
    assert listed_road(own, HERE, Manifest([]), Lines([]), BagsSeen([])).lines == own.lines


def test_what_came_of_a_bag_is_told_of_its_own_trip_alone() -> None:
    """Seen elsewhere, not seen in time, not named; another trip of the same bag is another matter."""
    word = BagsSeen([BagSeen("B1", 1000, 5000, HUB), BagSeen("B2", 1000)])
    lists = Lists(HERE, Manifest([]), LINES, word)
    asked = [("B1", 1000), ("B2", 1000), ("B1", 2000), ("B3", 1000)]
    assert [lists.has_arrived(code, left_ms) for code, left_ms in asked] == [True, False, None, None]


def test_a_manifest_may_name_the_waybills_in_a_bag() -> None:
    """Then a shortage is told by name; an older list names none."""
    down = trip("morning", Way.DOWN, ManifestBag("B1", waybills=["SF1", "SF2"]), ManifestBag("B2", pieces=2))
    lists = Lists(HERE, Manifest([down]), LINES, BagsSeen([]))
    assert [bag.waybills for bag in lists.coming(at_ms(8, 0))] == [("SF1", "SF2"), None]


FAR = "500237-002"
LOOP = Lines(
    [
        ListedLine(
            "L2",
            "环线",
            LineKind.BUS,
            [
                LineTrip("out", Way.DOWN, [Stop(HUB, 420), Stop(HERE, 480), Stop(FAR, 510)]),
                LineTrip("home", Way.UP, [Stop(FAR, 520), Stop(HERE, 550), Stop(HUB, 610)]),
                LineTrip("night", Way.DOWN, [Stop(HUB, 1430), Stop(FAR, 20)]),
            ],
        )
    ]
)


def seen_from(station: str, trip_name: str, way: Way, to: str | None = None) -> tuple[str, str, int | None]:
    """Way, where it is bound for and when it is due, of a bag as a station of the loop sees it."""
    manifest = Manifest([trip(trip_name, way, ManifestBag("B1", to=to), line="L2")])
    listed = Lists(station, manifest, LOOP, BagsSeen([])).bag("B1")
    assert listed is not None
    return listed.way, listed.bound, listed.due_ms


def test_where_a_trip_begins_its_bags_leave_and_where_it_ends_they_come() -> None:
    """A hub sends down what villages get, and gets what they send up; nobody waits for a bag of its own."""
    assert seen_from(HUB, "out", Way.DOWN) == ("up", "", None), "for one of two villages: the trip does not say which"
    assert seen_from(HUB, "out", Way.DOWN, to=HERE) == ("up", HERE, at_ms(8, 15))
    assert seen_from(HUB, "home", Way.UP) == ("down", "", at_ms(10, 25))
    assert seen_from(HERE, "out", Way.DOWN) == ("down", "", at_ms(8, 15))
    assert seen_from(HERE, "home", Way.UP) == ("up", HUB, at_ms(10, 25))
    assert Lists(HUB, Manifest([trip("out", Way.DOWN, ManifestBag("B1"), line="L2")]), LOOP, BagsSeen([])).coming(
        at_ms(8, 0)
    ) == []  # fmt: skip


def test_a_bag_that_names_its_station_comes_there_and_nowhere_else() -> None:
    """One list for all the villages of a line does not have them wait for one another's bags."""
    assert seen_from(HERE, "out", Way.DOWN, to=FAR) == ("up", FAR, at_ms(8, 45))
    assert seen_from(FAR, "out", Way.DOWN, to=FAR) == ("down", "", at_ms(8, 45))
    assert seen_from(HERE, "out", Way.DOWN, to="elsewhere") == ("up", "elsewhere", None)


def test_the_runs_that_go_on_from_here() -> None:
    """Up to the trip's end; down only where one stop is left; over midnight; not where the run ends."""
    runs = {
        station: listed_road(Road(), station, Manifest([]), LOOP, BagsSeen([])).lines[0].runs
        for station in (HUB, HERE, FAR)
    }
    assert runs == {
        HUB: (Run(420, 90, ""), Run(1430, 30, FAR)),
        HERE: (Run(480, 30, FAR), Run(550, 60, HUB)),
        FAR: (Run(520, 90, HUB),),
    }
