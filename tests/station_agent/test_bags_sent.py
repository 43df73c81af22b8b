"""A bag that leaves here, joined: counter, journal, sender, county, its list, link.db and the counter again."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from station_agent.counter.book import Event
from station_agent.counter.news import News
from station_agent.counter.receipt import Closed, Receipts, qr_text
from station_agent.counter.receipt import text as receipt_text
from station_agent.counter.road import Road
from station_agent.counter.vocabulary import custody
from station_agent.journal.reader import JournalFile
from station_agent.road_lists import CHINA
from station_agent.sent_down import RoadLists, SentDown, taking
from sync.board import Board
from sync.carry import answer_trip, pack_trip, take_down
from sync.carry_file import Down, Up, UpHead
from sync.contents import (
    BagsSeen,
    Line,
    LineKind,
    Lines,
    LineTrip,
    Manifest,
    ManifestBag,
    ManifestTrip,
    Stop,
    Way,
    pack_content,
)
from sync.county.arrivals import GRACE_MS, Said, Standing, put_arrivals, read_trips, say_of_bag, standing
from sync.county.lists import ListDesk, put_list
from sync.county.project import project_once
from sync.county.receipts import check_shown, read_shown
from sync.county.register import add_station
from sync.entry import FORMAT, Lane
from sync.keys import SigningKey, verifier
from sync.trips import Trip
from sync.wire import open_envelope
from tests.station_agent.counter.desk import BAG, OTHER, PARCEL
from tests.station_agent.counter.stops import DRIVER, EIGHT_MS, OWN, SEAL, SEAL2, Badges
from tests.station_agent.test_restored_county import ship
from tests.station_agent.village import Village
from tests.sync.county.paper import PaperCounty, PaperStation, open_county, register

HERE, HUB = "V042", "V900"
MINUTE_MS = 60_000
DUE_MS = EIGHT_MS + 75 * MINUTE_MS
"""An hour behind the start of the day here the bus is at its end; the line allows a quarter."""
TODAY = datetime.fromtimestamp(EIGHT_MS / 1000, UTC).astimezone(CHINA).date()
LINES = Lines(
    [
        Line(
            "L1",
            "龙雾线",
            LineKind.BUS,
            [
                LineTrip("up", Way.UP, [Stop(HERE, 485), Stop(HUB, 540)]),
                LineTrip("down", Way.DOWN, [Stop(HUB, 420), Stop(HERE, 485)]),
            ],
        )
    ]
)
WAYBILLS = ["SF1385628716001", "SF1385628716002"]
UP = ManifestTrip("L1", "up", TODAY, Way.UP, [ManifestBag(OWN)])
DOWN = ManifestTrip("L1", "down", TODAY, Way.DOWN, [ManifestBag(BAG, waybills=WAYBILLS)])


class County:
    """A station, another place with this program, and their county."""

    def __init__(self, folder: Path, county: PaperCounty, village: Village, key: SigningKey) -> None:
        """Both registered; timetable and manifest are at the station."""
        self.county, self.village, self.key = county, village, key
        self.trips = 0
        self.hub = PaperStation(SigningKey.create(folder / "hub.key"), name=HUB, epoch=b"epochhub")
        add_station(county.engine, HERE, "", key.public, now_ms=0)
        register(county.engine, self.hub)
        self.lists = ListDesk(
            county.engine, public_key=county.log.public_key, verifier=verifier, clock_ms=lambda: self.now_ms
        )
        for found in (LINES, Manifest([UP])):
            self.announce(found)
        self.start()
        self.by_wire()

    @property
    def now_ms(self) -> int:
        """The same time everywhere."""
        return self.village.stamp().wall_ms

    def hub_goes_on(self) -> None:
        """The other place writes something, which has nothing to do with the bag, and the county gets it."""
        first = len(self.hub.chains.get(self.hub.chain(), []))
        self.hub.write("station.opened", {"day": 1}, recorded_ms=self.now_ms)
        self.county.take(self.hub.batch(first), station=HUB, now_ms=self.now_ms)

    def announce(self, found: Lines | Manifest) -> None:
        """A person of the county puts up a list."""
        content, engine, key = pack_content(found), self.county.engine, self.county.key
        put_list(engine, key, scope=HERE, name=found.LIST, content=content, put_by="王", now_ms=self.now_ms)

    def start(self) -> None:
        """What the agent does at its start: the road of its settings, and every list anew."""
        books = self.village.counter.books
        books.road = Road(badges=Badges())
        road = RoadLists(books, HERE)
        takers = {
            Manifest.LIST: taking(Manifest, road.manifest),
            Lines.LIST: taking(Lines, road.lines),
            BagsSeen.LIST: taking(BagsSeen, road.seen),
        }
        self.sent_down = SentDown(HERE, News(books), takers)
        if self.village.link_path.exists():
            self.look()

    def look(self) -> None:
        """What came down reaches the counter."""
        with closing(self.village.link()) as link:
            self.sent_down.look(link)
        assert self.sent_down.trouble is None

    def restart(self) -> None:
        """The power was cut."""
        self.village.wall_ms += self.village.now_ms
        self.village.restart()
        self.start()

    def by_wire(self) -> None:
        """A connection: entries go up, lists come down."""
        ship(self.village, self.county, self.key)
        with closing(self.village.link(writable=True)) as link:
            check = verifier(self.county.key.public)
            board = Board(station=HERE, key=self.key.id, sign=self.key.sign, verify=check, store=link)
            (question,) = board.ask(0.0)
            for payload in self.lists.answer(HERE, question):
                board.take(*open_envelope(payload)[1:])
        self.look()

    def by_stick(self) -> None:
        """A trip of the stick: it takes what is to be told, and brings the answer."""
        self.trips += 1000
        with closing(self.village.link(writable=True)) as link, closing(JournalFile(self.village.path)) as journal:
            load = pack_trip(
                self.trips, station=HERE, key=self.key.id, sign=self.key.sign, journal=journal, ledger=link
            )
            link.set_out(Trip(self.trips, load.requests, link.incarnation(), answered=False))
            up = Up(UpHead(FORMAT, HERE, bytes(8), self.trips, 0), load.messages)
            answers = answer_trip(up, receive=self.county.receiver.receive, lists=self.lists.answer, now_ms=self.now_ms)
            check = verifier(self.county.key.public)
            board = Board(station=HERE, key=self.key.id, sign=self.key.sign, verify=check, store=link)
            down = Down(FORMAT, HERE, bytes(8), self.trips, self.now_ms, answers.messages)
            take_down(down, station=HERE, verify=check, journal=journal, ledger=link, board=board)
        self.look()

    def put(self) -> int:
        """A round of the county's projector; how many lists it put up."""
        while project_once(self.county.engine).entries:
            pass
        return put_arrivals(self.county.engine, self.county.key, self.now_ms)

    def came_in(self) -> None:
        """The other place scans the bag."""
        first = len(self.hub.chains.get(self.hub.chain(), []))
        self.hub.write("bag.received", {"bag": OWN, "shape": "yyt_bag"}, recorded_ms=self.now_ms)
        self.county.take(self.hub.batch(first), station=HUB, now_ms=self.now_ms)

    def send(self, waybill: str = PARCEL, seal: str = SEAL) -> None:
        """A parcel is packed, the bag sealed and given to the driver."""
        record, village = custody("parcel.accepted", waybill=waybill, real_name="T1", inspected_by="7"), self.village
        event = Event(record.kind, record.body, self.now_ms)
        changes = tuple(village.counter.books.effects(event))
        (place,) = village.journal.commit([record], changes, village.stamp())
        village.counter.books.entered(place.sequence, event, changes)
        assert village.scan("YYCPACK", OWN, waybill, "YYCSEAL", seal, "YYCOK")[-1] == "pack.sealed"
        assert village.scan(DRIVER, OWN, DRIVER)[-1] == "handover.done"

    def wait_until(self, wall_ms: int) -> None:
        """Time goes by."""
        self.village.now_ms += wall_ms - self.now_ms

    def tick(self) -> list[str]:
        """A minute goes by; what time brought then."""
        self.village.now_ms += MINUTE_MS
        return self.village.tick()

    def cases(self) -> list[tuple[str, str, str]]:
        """Open cases: about what, which bag, who had it last."""
        return [(case.about, case.subject, case.holder) for case in self.village.counter.books.cases]


@pytest.fixture
def both(tmp_path: Path) -> Iterator[County]:
    """At eight in the morning."""
    key = SigningKey.create(tmp_path / "key")
    village = Village(tmp_path, key=key.id)
    village.wall_ms = EIGHT_MS
    for county in open_county(tmp_path, clock_ms=lambda: village.stamp().wall_ms):
        yield County(tmp_path, county, village, key)
    village.close()


LATE = ("bag_not_arrived", OWN, "1")
LINKS = pytest.mark.parametrize("link", [County.by_wire, County.by_stick])


@LINKS
def test_a_bag_that_does_not_come_in_is_a_case_until_it_does(both: County, link: Callable[[County], None]) -> None:
    """By wire and by stick, once, also over a power cut; closed by a scan at the other place; then all is quiet."""
    both.send()
    link(both)
    assert both.put() == 0
    both.wait_until(DUE_MS + GRACE_MS)
    both.hub_goes_on()
    assert (both.put(), both.tick()) == (0, [])
    both.wait_until(DUE_MS + GRACE_MS + 2 * MINUTE_MS)
    both.hub_goes_on()
    assert (both.put(), both.put()) == (1, 0)
    link(both)
    assert both.tick() == ["overdue.bag_sent"]
    assert both.cases() == [LATE]
    both.restart()
    assert (both.tick(), both.cases()) == ([], [LATE])
    link(both)
    assert both.put() == 0, "the same word is not sent again"
    both.came_in()
    assert (both.put(), both.put()) == (1, 0)
    link(both)
    assert (both.tick(), both.cases()) == ([""], [])
    link(both)
    assert (both.put(), both.put()) == (1, 0), "its station has heard: the list is empty now"
    link(both)
    both.restart()
    assert both.tick() == []
    assert both.village.rebuilt() == both.village.stored()


@LINKS
def test_a_bag_that_came_in_is_nobody_s_case(both: County, link: Callable[[County], None]) -> None:
    """The word is there before the bag is due: nothing is said, and nothing later."""
    both.send()
    link(both)
    both.came_in()
    assert both.put() == 1
    link(both)
    assert (both.tick(), both.cases()) == ([""], [])
    both.wait_until(DUE_MS + GRACE_MS + MINUTE_MS)
    link(both)
    assert both.put() == 1
    link(both)
    assert (both.tick(), both.cases()) == ([], [])


def test_of_a_hub_that_was_not_heard_since_only_a_person_s_word_counts(both: County) -> None:
    """Its line is down, or it has no such program: nobody is alarmed; "not here" and "it came" do what scans would."""
    both.hub_goes_on()
    both.send()
    both.by_wire()
    both.wait_until(DUE_MS + 24 * 60 * MINUTE_MS)
    assert (both.put(), both.tick()) == (0, [])
    (trip,) = read_trips(both.county.engine, both.now_ms)
    assert (trip.bound, standing(trip, both.now_ms)) == (HUB, Standing.UNHEARD)
    for came_in, cases in ((False, [LATE]), (True, [])):
        word = Said(OWN, both.now_ms, came_in=came_in, place="巫山")
        assert say_of_bag(both.county.engine, word, by="李", now_ms=both.now_ms).station == HERE
        assert both.put() == 1
        both.by_wire()
        both.tick()
        assert both.cases() == cases


def test_a_bag_that_leaves_again_is_another_trip(both: County) -> None:
    """It came back and went again: the first trip's word neither ends nor alarms the second."""
    both.send()
    both.by_wire()
    both.came_in()
    assert both.put() == 1
    both.by_wire()
    assert both.village.scan(DRIVER, OWN, DRIVER)[-1] == "handover.done", "it came back"
    both.village.scan("YYCUNPACK", OWN, PARCEL, "YYCOK", "YYCOK")
    both.send(OTHER, SEAL2)
    assert (both.tick(), both.cases()) == ([], [])
    both.by_wire()
    both.wait_until(DUE_MS + GRACE_MS + 2 * MINUTE_MS)
    both.hub_goes_on()
    assert both.put() == 1
    both.by_wire()
    both.tick()
    assert both.cases() == [LATE]


@pytest.mark.parametrize("to", [None, HUB])
def test_a_bag_from_the_hub_that_a_village_did_not_see_is_a_case_at_the_hub(both: County, to: str | None) -> None:
    """The other way: the trip down begins here; its only stop, or the bag itself, says where it is bound for."""
    villages = [Stop(HUB, 540)] if to is None else [Stop(HUB, 540), Stop("V901", 600)]
    runs = [LineTrip("out", Way.DOWN, [Stop(HERE, 485), *villages]), LineTrip("in", Way.UP, [Stop(HUB, 1000)])]
    both.announce(Lines([Line("L1", "龙雾线", LineKind.BUS, runs)]))
    both.announce(Manifest([ManifestTrip("L1", "out", TODAY, Way.DOWN, [ManifestBag(OWN, to=to)])]))
    both.by_wire()
    both.send()
    both.by_wire()
    both.wait_until(DUE_MS + GRACE_MS + MINUTE_MS)
    assert (both.put(), both.tick()) == (0, []), "the village was not heard, and nothing should have come here"
    both.hub_goes_on()
    assert both.put() == 1
    both.by_wire()
    both.tick()
    assert both.cases() == [LATE]
    both.came_in()
    assert both.put() == 1
    both.by_wire()
    both.tick()
    assert both.cases() == []


def test_what_a_driver_shows_of_a_handover_is_held_against_the_record(both: County) -> None:
    """`station receipt` and the county, joined: text and QR are so; a word changed is told; none before it came in."""
    both.send()
    receipts = Receipts()
    with closing(JournalFile(both.village.path)) as journal:
        for entry in journal.every(both.village.journal.head(Lane.CUSTODY).chain):
            header = entry.read_header()
            receipts.take(Closed(header.kind, entry.read_body(), header.recorded_ms, header.trust, entry.hash))
    receipt = receipts.of(None)
    assert receipt is not None
    shown = receipt_text(receipt, f"{HERE} 龙雾村"), qr_text(receipt, f"{HERE} 龙雾村")
    both.put()
    checked = check_shown(both.county.engine, read_shown(shown[1]))
    assert (checked.is_good, checked.station, checked.is_ours) == (False, HERE, True)
    both.by_wire()
    both.put()
    for words in shown:
        checked = check_shown(both.county.engine, read_shown(words))
        assert (checked.is_good, checked.wrong) == (True, {})
        (found,) = checked.found
        assert (found.driver, found.bags_out, found.is_two_sided) == ("1", (OWN,), True)
    changes = (OWN, BAG, "bags_out_listed"), ("发 out 1", "发 out 2", "bags_out"), ("badge 1", "badge 2", "driver")
    for old, new, name in changes:
        assert old in shown[0]
        assert list(check_shown(both.county.engine, read_shown(shown[0].replace(old, new))).wrong) == [name]


def test_a_manifest_s_waybills_say_which_parcel_is_short(both: County) -> None:
    """From the county's list to the entry of the unpacked bag: by name, not by count alone."""
    both.announce(Manifest([DOWN]))
    both.by_wire()
    assert both.village.scan(DRIVER, BAG, DRIVER)[-1] == "handover.done"
    both.village.scan("YYCUNPACK", BAG, WAYBILLS[0], "YYCOK", "YYCOK")
    with closing(JournalFile(both.village.path)) as journal:
        entries = list(journal.every(both.village.journal.head(Lane.CUSTODY).chain))
    unpacked = [entry.read_body() for entry in entries if entry.read_header().kind == "bag.unpacked"]
    assert [body["short"] for body in unpacked] == [WAYBILLS[1:]]
