"""Lists on their way from link.db to the counter: taken once, the last good one kept, a full card waited for."""

import random
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from station_agent.agent import LOOK_S
from station_agent.badges import CountyBadges, load_ahead, number_of
from station_agent.config import load
from station_agent.counter.books import Books
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Moment
from station_agent.counter.news import News
from station_agent.counter.road import Line as RoadLine
from station_agent.counter.road import Road
from station_agent.counter.shelves import ShelfPlan
from station_agent.personal.sealing import Sealing
from station_agent.sent_down import Revoked, SentDown, take_expected, take_notices, taking
from station_agent.station import make_sent_down
from sync.badge import Role, make_badge
from sync.contact import Contact
from sync.contents import (
    BagSeen,
    BagsSeen,
    ExpectedParcel,
    ExpectedParcels,
    Flight,
    Flights,
    Line,
    LineKind,
    Lines,
    LineTrip,
    Manifest,
    ManifestBag,
    ManifestTrip,
    Notice,
    Notices,
    RevokedBadges,
    Stop,
    Way,
    pack_content,
)
from sync.entry import Lane
from sync.keys import OpeningKey, SigningKey
from sync.link import KeptList, LinkFile
from sync.list_sealing import seal_contacts
from sync.lists import SignedList
from tests.station_agent.day import Day
from tests.station_agent.folder import init, opened
from tests.station_agent.personal.book import Book

STATION, PARCEL, OTHER, PHONE = "V042", "SF1234567890123", "YT1234567890123", "13917624835"
FULL = "database or disk is full"
COUNTY = SigningKey(Ed25519PrivateKey.from_private_bytes(b"c" * 32))
COUNTY_SEAL = OpeningKey(X25519PrivateKey.from_private_bytes(b"s" * 32))


class County:
    """Puts lists into link.db, as `station sync` does."""

    def __init__(self, folder: Path, seal: OpeningKey) -> None:
        self.path, self.seal, self.version = folder / "link.db", seal, 100

    def put(self, name: str, content: bytes, scope: str = STATION) -> None:
        """One list, on disk; content of no bytes takes it down."""
        self.version += 1
        link = LinkFile(self.path, lambda: 0, writable=True)
        link.keep(SignedList(scope, name, self.version, content, b"signature"))
        link.close()

    def expect(self, phones: dict[str, str], seal: OpeningKey | None = None) -> None:
        """Expected parcels with their recipients."""
        parcels = [(waybill, Contact(phone)) for waybill, phone in phones.items()]
        key, boxes = seal_contacts(STATION, (seal or self.seal).public, parcels, key=bytes(range(32)))
        listed = [ExpectedParcel(waybill, box) for (waybill, _), box in zip(parcels, boxes, strict=True)]
        self.put(ExpectedParcels.LIST, pack_content(ExpectedParcels(listed, key)))


class Kept:
    """What a holder of revoked badges was given, and a look at link.db."""

    def __init__(self, county: County) -> None:
        self.county, self.revoked = county, Revoked()
        news = News(Books(ShelfPlan()))
        self.sent_down = SentDown(STATION, news, {RevokedBadges.LIST: taking(RevokedBadges, self.revoked.replace)})

    def look(self) -> frozenset[int]:
        """What is revoked after a look."""
        link = LinkFile(self.county.path, lambda: 0, writable=False)
        self.sent_down.look(link)
        link.close()
        return self.revoked()


class Counted(LinkFile):
    """Counts how often contents are read."""

    reads = 0

    def lists(self, station: str) -> dict[str, KeptList]:
        """As ever."""
        self.reads += 1
        return super().lists(station)


def ids(*numbers: int) -> bytes:
    """A list of revoked badges."""
    return pack_content(RevokedBadges(list(numbers)))


@pytest.fixture
def county(tmp_path: Path) -> County:
    """A county that knows the station's key."""
    return County(tmp_path, OpeningKey.create(tmp_path / "station.seal"))


def test_a_list_is_taken_when_its_version_changes(county: County) -> None:
    """Its own before the common one; taken down it is no list; the common one is back when its own was taken down."""
    kept = Kept(county)
    county.put(RevokedBadges.LIST, ids(1), "*")
    assert kept.look() == {1}
    county.put(RevokedBadges.LIST, ids(2))
    assert kept.look() == {2}
    county.put(RevokedBadges.LIST, b"")
    assert kept.look() == {1}
    county.put(RevokedBadges.LIST, b"", "*")
    assert kept.look() == frozenset()
    county.put(RevokedBadges.LIST, ids(3))
    assert kept.look() == {3}


def test_nothing_is_read_where_nothing_changed(county: County) -> None:
    """Looked at every five seconds, day and night."""
    kept = Kept(county)
    county.put(RevokedBadges.LIST, ids(1))
    kept.look()
    link = Counted(county.path, lambda: 0, writable=False)
    kept.sent_down.look(link)
    assert link.reads == 0
    Kept(county).sent_down.look(link)
    assert link.reads == 1
    link.close()


def test_a_list_that_cannot_be_read_leaves_the_last_good_one(county: County) -> None:
    """Told until a readable one comes; lists of names nobody here knows are left alone."""
    kept = Kept(county)
    county.put(RevokedBadges.LIST, ids(1))
    county.put("weather", b"sunny")
    kept.look()
    assert kept.sent_down.trouble is None
    county.put(RevokedBadges.LIST, msgspec.msgpack.encode({"ids": "all"}))
    assert kept.look() == {1}
    assert RevokedBadges.LIST in (kept.sent_down.trouble or "")
    county.put(RevokedBadges.LIST, ids(2))
    assert (kept.look(), kept.sent_down.trouble) == (frozenset({2}), None)


def test_a_lost_link_file_forgets_nothing(county: County) -> None:
    """Made anew by `station sync` it is empty until the county answers; a revoked badge stays refused meanwhile."""
    kept = Kept(county)
    county.put(RevokedBadges.LIST, ids(1))
    kept.look()
    county.path.unlink()
    LinkFile(county.path, lambda: 0, writable=True).close()
    assert kept.look() == {1}


# In the agent's loop


@pytest.fixture
def day(tmp_path: Path, county: County) -> Iterator[Day]:
    """A station with contacts that takes expected parcels and notices."""
    made = Day(tmp_path)
    contacts = Book().contacts
    made.counter = Counter(Books(ShelfPlan(), contacts))
    sealing = Sealing(STATION, OpeningKey.create(tmp_path / "county.key").public, draw=random.Random(1).randbytes)
    made.seal = lambda records, aside, wall_ms: sealing.sealed(records, aside, contacts, wall_ms)
    news = News(made.counter.books)
    takers = {
        ExpectedParcels.LIST: take_expected(contacts.announced, news, tmp_path / "station.seal", STATION),
        Notices.LIST: take_notices(news),
    }
    made.sent_down = SentDown(STATION, news, takers)
    LinkFile(county.path, lambda: 0, writable=True).close()
    yield made
    made.close()


def sealed_parts(day: Day) -> int:
    """How many entries on disk carry a sealed part."""
    connection = sqlite3.connect(day.path)
    (count,) = connection.execute("SELECT count(*) FROM entry WHERE personal_sealed IS NOT NULL").fetchone()
    connection.close()
    return int(count)


def test_a_list_before_its_parcel(day: Day, county: County) -> None:
    """Received, it is found by its last four, and the notice leaves sealed."""
    county.expect({PARCEL: PHONE})
    day.scan(LOOK_S + 5, PARCEL)
    day.scan(LOOK_S + 6, "YYCOK")
    day.run(LOOK_S + 10)
    assert day.kinds(Lane.CUSTODY) == ["parcel.received", "batch.confirmed", "notice.due"]
    assert day.counter.books.with_last_four(PHONE[-4:]) == [PARCEL]
    assert [row[0] for row in day.journal.rows("contact")] == [PARCEL]
    assert sealed_parts(day) == 1
    assert PHONE.encode() not in b"".join(path.read_bytes() for path in day.folder.iterdir())


def test_a_list_after_its_parcel_waits_for_a_card_that_refuses(day: Day, county: County) -> None:
    """Nobody at the counter is told of it; when the card takes it again, the county is asked to tell him."""
    day.scan(5, PARCEL)
    day.scan(6, "YYCOK")
    day.at(7, lambda: county.expect({PARCEL: PHONE}))
    day.at(7, lambda: setattr(day.card, "refuses", FULL))
    day.at(20, lambda: day.log.append("well"))
    day.at(20, lambda: setattr(day.card, "refuses", ""))
    day.run(40)
    assert day.kinds(Lane.CUSTODY) == ["parcel.received", "batch.confirmed", "notice.due"]
    assert sealed_parts(day) == 1
    assert "not_saved" not in day.said()
    assert day.log.index("well") < len(day.log) - 1 - day.log[::-1].index("commit")


def test_notices_start_the_time_of_a_parcel(day: Day, county: County) -> None:
    """One entry, although the list is put up twice."""
    stamp_ms = day.stamp().wall_ms + 6000
    content = pack_content(Notices([Notice(PARCEL, stamp_ms), Notice(OTHER, stamp_ms)]))
    day.scan(5, PARCEL)
    day.at(7, lambda: county.put(Notices.LIST, content))
    day.at(20, lambda: county.put(Notices.LIST, content))
    day.run(40)
    assert day.kinds(Lane.CUSTODY) == ["parcel.received", "notice.delivered"]
    parcel = day.counter.books.shelves.parcel(PARCEL)
    assert parcel is not None
    assert (parcel.notice, parcel.notice_ms) == ("delivered", stamp_ms)


def test_a_list_sealed_to_another_key_is_a_fault(day: Day, county: County, tmp_path: Path) -> None:
    """Opened as a fault with what to do, closed when a readable one came; what the list before said stands."""
    county.expect({PARCEL: PHONE})
    other = OpeningKey.create(tmp_path / "other.seal")
    day.at(10, lambda: county.expect({PARCEL: "13800138000"}, other))
    day.scan(20, PARCEL)
    day.at(25, lambda: county.expect({}))
    day.run(120)
    faults = [(header.kind, body["device"]) for header, body in day.entries(Lane.TELEMETRY) if "device" in body]
    assert faults == [("device.fault", "lists"), ("device.recovered", "lists")]
    assert day.counter.books.with_last_four(PHONE[-4:]) == [PARCEL]


# What a station is made of

LISTED = Line("L9", "龙雾线", LineKind.BUS, [LineTrip("a", Way.DOWN, [Stop(STATION, 480)])])
DAY = date(2025, 7, 8)
OWN_LINE = '\n[[line]]\nid = "L1"\nstops = ["08:00"]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A station that was set up, with a line of its own in its settings."""
    init(tmp_path, "--county-key", COUNTY.public.hex())
    with (tmp_path / "etc" / "station.toml").open("a", encoding="utf-8") as file:
        file.write(OWN_LINE)
    return tmp_path


def test_lines_manifests_flights_and_revoked_badges_reach_the_desks(folder: Path) -> None:
    """The county's lines stand before those of the settings, and give way again when they are taken down."""
    county = County(folder / "data", COUNTY_SEAL)
    county.put(Lines.LIST, pack_content(Lines([LISTED])), "*")
    trip = ManifestTrip("L9", "a", DAY, Way.DOWN, [ManifestBag("B1", "S1", 12)])
    county.put(Manifest.LIST, pack_content(Manifest([trip])))
    county.put(BagsSeen.LIST, pack_content(BagsSeen([BagSeen("B7", 1000, 2000, "500237-900")])))
    county.put(Flights.LIST, pack_content(Flights([Flight("CA1", "成都", 2, 1)])))
    county.put(RevokedBadges.LIST, ids(7), "*")
    badge = make_badge(COUNTY.sign, number=7, role=Role.DRIVER, place="L9", first_day=0, last_day=60_000)
    with opened(folder) as station:
        books, site = station.counter.books, station.counter.site
        link = LinkFile(county.path, lambda: 0, writable=False)
        sent_down = make_sent_down(station, load(folder / "etc" / "station.toml")[0])

        def flaw() -> str:
            holder = books.road.badges.read(badge, 10**12, trusted=True)
            assert holder is not None
            return holder.flaw

        assert ([line.id for line in books.road.lines], flaw()) == (["L1"], "")
        sent_down.look(link)
        assert ([line.id for line in books.road.lines], flaw()) == (["L9"], "revoked")
        assert number_of(books.road.badges)(badge, Moment("gun", 1.0, 10**12)) == ""
        listed = books.road.expected.bag("B1")
        assert books.road.expected.has_arrived("B7", 1000)
        assert listed is not None
        assert (listed.seal, listed.pieces, listed.due_ms is not None) == ("S1", 12, True)
        assert [flight.flight for flight in site.flights] == ["CA1"]
        for name, scope in ((Lines.LIST, "*"), (Flights.LIST, STATION), (RevokedBadges.LIST, "*")):
            county.put(name, b"", scope)
        link.refresh()
        sent_down.look(link)
        listed = books.road.expected.bag("B1")
        assert ([line.id for line in books.road.lines], flaw(), site.flights) == (["L1"], "", ())
        assert listed is not None
        assert listed.due_ms is None
        link.close()


class Loading(CountyBadges):
    """Counts how often it is asked to load."""

    loads = 0

    def load(self) -> None:
        """Only counted."""
        self.loads += 1


def test_badges_are_loaded_in_a_quiet_moment_where_drivers_come(tmp_path: Path) -> None:
    """A station on no line does not pay for it."""
    badges = Loading(COUNTY.public)
    load_ahead(Road(badges=badges))
    assert badges.loads == 0
    day = Day(tmp_path)
    day.quiet = lambda: load_ahead(Road((RoadLine("L1"),), badges=badges))
    day.run(5.0)
    day.close()
    assert badges.loads > 0
