"""What stands on the road in tests: badges, lists and lines a test sets, and bags and parcels in any state."""

from dataclasses import dataclass, field

from station_agent.counter.bags import Bag
from station_agent.counter.road import Holder, Line, Listed, Road
from station_agent.counter.vocabulary import custody
from station_agent.waybill import own_bag_code
from tests.station_agent.counter.desk import BAG, PARCEL, Desk

DRIVER = "YYB" + "A" * 20
SECOND = "YYB" + "B" * 20
FLAWED = "YYB" + "C" * 20
WITH_PIN = "YYQ" + "D" * 20
CLERK = "YYB" + "E" * 20
DAMAGED = "YYB" + "F" * 20
OWN = own_bag_code("500237", 1)
OWN2 = own_bag_code("500237", 2)
OWN3 = own_bag_code("500237", 3)
DOWN = "430000005180000011311854000030"
"""A bag whose code prints no weight."""
SEAL, SEAL2 = "YYS00001", "YYS00002"
LINE = Line("L1", "龙雾线", "bus", "渝A1", (480,), 50, 15)
DRONE = Line("D1", "无人机", "drone", "UAV1", (), 5)
EIGHT_MS = 1_750_000_000_000 // 86_400_000 * 86_400_000
"""Midnight UTC, which is eight in the morning in China."""


@dataclass
class Badges:
    """Badges by their text. flaw: of FLAWED."""

    flaw: str = "expired"
    days: list[bool] = field(default_factory=list)

    def read(self, text: str, wall_ms: int, *, trusted: bool) -> Holder | None:
        """See the names above."""
        del wall_ms
        self.days.append(trusted)
        return {
            DRIVER: Holder("1", place="L1", flaw="" if trusted else "clock"),
            SECOND: Holder("2", place="L1"),
            FLAWED: Holder("3", place="L1", flaw=self.flaw),
            WITH_PIN: Holder("4", place="L1", opens_with=lambda pin: pin == "246810"),
            CLERK: Holder("5", carries=False),
        }.get(text)


@dataclass
class Lists:
    """What the county announced."""

    listed: dict[str, Listed] = field(default_factory=dict)
    arrived: dict[str, bool] = field(default_factory=dict)

    def bag(self, code: str) -> Listed | None:
        """By its code."""
        return self.listed.get(code)

    def coming(self, wall_ms: int) -> list[Listed]:
        """All that come down."""
        del wall_ms
        return [listed for listed in self.listed.values() if listed.way == "down"]

    def has_arrived(self, code: str, left_ms: int) -> bool | None:
        """As the test says, of whatever trip."""
        del left_ms
        return self.arrived.get(code)


@dataclass
class Stop:
    """A desk at a road of its own."""

    desk: Desk
    badges: Badges
    lists: Lists


def stop(*lines: Line, flaw: str = "expired", now_s: float = 100.0) -> Stop:
    """A station with badges and lists."""
    badges, lists = Badges(flaw), Lists()
    return Stop(Desk(now_s=now_s, road=Road(lines, expected=lists, badges=badges)), badges, lists)


def accept(desk: Desk, waybill: str = PARCEL, **fields: str) -> None:
    """A parcel from a sender, with its checks unless the test says otherwise."""
    checks = {"real_name": "T1", "inspected_by": "7", "screening": "pending"} | fields
    desk.enter(custody("parcel.accepted", waybill=waybill, **checks))


def packed(desk: Desk, bag: str = OWN, waybill: str = PARCEL) -> None:
    """A parcel in an open bag."""
    accept(desk, waybill)
    assert desk.scans("YYCPACK", bag, waybill)[-1] == "pack.packed"


def sealed(desk: Desk, bag: str = OWN, waybill: str = PARCEL, seal: str = SEAL) -> None:
    """A bag that waits for the bus."""
    packed(desk, bag, waybill)
    assert desk.scans("YYCSEAL", seal, "YYCOK")[-1] == "pack.sealed"


def arrived(desk: Desk, bag: str = BAG) -> None:
    """A bag that came with a driver."""
    desk.scans(DRIVER, bag)
    assert desk.scan(DRIVER).records[0].kind == "handover.confirmed"


def the_bag(desk: Desk, code: str = OWN) -> Bag:
    """A bag that must be known."""
    bag = desk.books.bags.get(code)
    assert bag is not None, f"{code} is not known"
    return bag


def bodies(desk: Desk, kind: str) -> list[dict[str, object]]:
    """The bodies of all entries of a kind."""
    return [record.body for record, _ in desk.written if record.kind == kind]


def cases(desk: Desk) -> list[str]:
    """What the open cases are about, the oldest first."""
    return [case.about for case in sorted(desk.books.cases, key=lambda case: case.number)]
