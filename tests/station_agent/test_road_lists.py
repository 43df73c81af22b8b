"""The county's lists on the counter's road: what is announced, when it is due, which lines there are."""

from datetime import UTC, date, datetime

from station_agent.counter.road import Line, Listed, Road
from station_agent.road_lists import Lists, listed_road
from sync.contents import Line as ListedLine
from sync.contents import LineKind, Lines, LineTrip, Manifest, ManifestBag, ManifestTrip, Stop, Way

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
    """Down: at this station. Up: at the end of the trip."""
    down = trip("morning", Way.DOWN, ManifestBag("B1", "S1", 12, 3000))
    lists = Lists(HERE, Manifest([down, trip("back", Way.UP, ManifestBag("B2"))]), LINES)
    assert lists.bag("B1") == Listed("B1", "down", "L1", "S1", 12, 3000, None, at_ms(8, 10))
    assert lists.bag("B2") == Listed("B2", "up", "L1", due_ms=at_ms(9, 30))
    assert lists.bag("B3") is None
    assert lists.has_arrived("B2") is None


def test_a_list_without_a_timetable_has_no_due_time() -> None:
    """A line or trip nobody knows, and one that does not stop here: announced all the same."""
    trips = [
        trip("morning", Way.DOWN, ManifestBag("B1"), line="L9"),
        trip("evening", Way.DOWN, ManifestBag("B2")),
    ]
    assert [bag.due_ms for bag in Lists(HERE, Manifest(trips), LINES).coming(at_ms(8, 0))] == [None, None]
    elsewhere = Lists("500237-002", Manifest([trip("morning", Way.DOWN, ManifestBag("B1"))]), LINES)
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
    lists = Lists(HERE, Manifest(trips), LINES)
    assert [(bag.bag, bag.seal) for bag in lists.coming(at_ms(23, 59))] == [("TODAY", "S2")]
    assert lists.bag("PAST") is not None


def test_the_county_s_lines_stand_before_the_settings() -> None:
    """With this station's stops of all trips; where none came the settings' lines stay."""
    own = Road((Line("OWN"),))
    road = listed_road(own, HERE, Manifest([]), LINES)
    assert road.lines == (Line("L1", "龙雾线", "bus", "渝A1", (480, 500), 500, 10),)
    assert listed_road(own, HERE, Manifest([]), Lines([])).lines == own.lines
