"""A normal day of a village station as acts in order of time: what the gun reads, what lies on the scale, and so on.

150 parcels come and go, six bags arrive and one leaves, two lots of plums pass through the cold box, whose lid is
opened; the mains blink, a scale is unplugged, a code cannot be read. Waybills are drawn from the number of the day, so
that no two days have one in common and a day can be lived again. Pure. Called by `station_days`.
"""

import random
from collections.abc import Iterable, Iterator, Mapping

from drivers.outages import DeviceEvent, Loss, Lost, Opened, Said
from drivers.readings import BadReading, Door, Power, Reading, Reason, Scan, Temperature, Weight

DAY_S = 86_400
PARCELS = 150
BAGS = 6
PLUMS = 2
SENDER = "YYN0000000017"
Act = tuple[float, DeviceEvent]
"""Second of the day, and what a device says then."""


def day(number: int, badges: Mapping[str, str]) -> list[Act]:
    """All acts of a day but the empty pan; badges: texts by role."""
    draw = random.Random(number)
    parcels = [f"SF{draw.randrange(10**13):013d}" for _ in range(PARCELS)]
    acts = [
        *_box(draw),
        *_scans(7 * 3600, [badges["attendant"]]),
        *_plums(number, draw, badges["driver"]),
        *_bags(number, badges["driver"]),
        *_in(parcels, draw),
        *_out(parcels),
        *_scans(20 * 3600, ["YYCSERVICE", "YYCVPAY", "YYCTODAY", parcels[0], "281234567890123456"], every_s=5.0),
        *_trouble(),
    ]
    return sorted(acts, key=lambda act: act[0])


def _scans(start_s: float, codes: Iterable[str], every_s: float = 3.0) -> Iterator[Act]:
    for place, code in enumerate(codes):
        yield _said(start_s + place * every_s, "gun", Scan(code, code.encode(), 0.0))


def _said(at_s: float, device: str, reading: Reading) -> Act:
    return at_s, Said(device, reading)


def _weighed(at_s: float, weight_g: float) -> Iterator[Act]:
    """On the pan and off again, eight frames a second."""
    for place in range(16):
        yield _said(at_s + place / 8, "scale", Weight(weight_g, True, b"", at_s + place / 8))


def _box(draw: random.Random) -> Iterator[Act]:
    """A look each minute; three times a day the lid stands open for three minutes and it warms up."""
    opened = (10 * 60, 14 * 60, 18 * 60)
    for minute in range(24 * 60):
        warm_mc = next((700 * (6 - minute + at) for at in opened if at <= minute < at + 6), 0)
        at_s = minute * 60.0 + 1.5
        yield _said(at_s, "box", Temperature(2500 + draw.randint(-2, 2) * 62 + warm_mc, b"", at_s))
    for at in opened:
        yield _said(at * 60.0, "lid", Door(True, b"high", at * 60.0))
        yield _said(at * 60.0 + 180, "lid", Door(False, b"low", at * 60.0 + 180))


def _plums(number: int, draw: random.Random, driver: str) -> Iterator[Act]:
    """Two lots are sent in the morning, kept cool, packed, sealed, and leave with the afternoon bus."""
    plums = [f"JT{draw.randrange(10**13):013d}" for _ in range(PLUMS)]
    for place, plum in enumerate(plums):
        start_s = 7.2 * 3600 + 60 * place
        yield from _scans(start_s, ["YYCSEND", "YYCPXPLUM", SENDER, "YYCINSPECTED", plum])
        yield from _weighed(start_s + 20, 5120.0 + 35 * place)
    yield from _scans(7.5 * 3600, ["YYCBOX", "YYCBX1", *plums])
    bag = _own_bag(number)
    yield from _scans(15 * 3600, ["YYCPACK", bag, *plums, f"YYS{number:08d}", "YYCOK"])
    yield from _scans(15.7 * 3600, [driver, bag, f"YYT{number:06d}", driver], every_s=10.0)


def _bags(number: int, driver: str) -> Iterator[Act]:
    bags = [f"43000000518000000{number % 10_000:04d}{bag:04d}03000"[:30] for bag in range(BAGS)]
    yield from _scans(8 * 3600, [driver, *bags, "YYCHOWMANY", f"YYCD{BAGS}", "YYCOK", driver], every_s=5.0)


def _in(parcels: list[str], draw: random.Random) -> Iterator[Act]:
    """Received from nine o'clock on; every fifth is weighed, of every fifth a phone is keyed."""
    yield from _scans(9 * 3600, ["YYCIN"])
    for place, code in enumerate(parcels):
        at_s = 9 * 3600 + 20.0 + 50 * place
        yield from _scans(at_s, [code])
        if place % 5 == 0:
            yield from _weighed(at_s + 5, draw.randint(300, 9000))
        if place % 5 == 1:
            phone = [f"YYCD{digit}" for digit in f"138{draw.randrange(10**8):08d}"]
            yield from _scans(at_s + 5, ["YYCPHONE", *phone, "YYCOK"], every_s=2.0)


def _out(parcels: list[str]) -> Iterator[Act]:
    """Fetched one by one; then the shelves are looked over."""
    yield from _scans(11.5 * 3600, ["YYCOUT"])
    yield from _scans(11.5 * 3600 + 60, parcels[:60], every_s=180.0)
    yield from _scans(16 * 3600, ["YYCOUT", *parcels[60:]], every_s=120.0)
    yield from _scans(19.5 * 3600, ["YYCCOUNT", parcels[-1], "YYCOK"], every_s=10.0)


def _trouble() -> Iterator[Act]:
    """The mains are gone for twenty seconds, twice; a scale without its plug; noise on the gun's cable."""
    for at_s in (13 * 3600.0, 22 * 3600.0):
        yield _said(at_s, "mains", Power(False, b"high", at_s))
        yield _said(at_s + 20, "mains", Power(True, b"low", at_s + 20))
    yield 12.5 * 3600, Lost("scale", Loss.UNAVAILABLE, "插好 / plug it in")
    yield 12.6 * 3600, Opened("scale")
    for place in range(5):
        yield _said(13.5 * 3600 + 30 * place, "gun", BadReading(Reason.NOISE, b"\xff\x00", 0.0))


def _own_bag(number: int) -> str:
    """A reusable bag: YY, six digits of the station, six of the serial, and the check digit of GS1."""
    body = f"237001{number % 1_000_000:06d}"
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
    return f"YY{body}{-weighted % 10}"
