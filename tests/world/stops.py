"""The attendant's work with bags: packs, seals, gives them to a driver by his badge, takes his, unpacks; badly.

A stop is a generator that yields the next code and is sent what was said; between two codes some seconds go by, the
power may go, and where the station asks for the badge again it gets it. She gives up where the power stays away. What
she believes of her bags may be wrong: the books are right, and what is held against them are the entries (`bags.py`).
"""

from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING

from station_agent.badges import CountyBadges
from station_agent.counter.road import Line, Road
from station_agent.sent_down import Revoked
from station_agent.waybill import own_bag_code
from sync.badge import MAX_DAY, Role, make_badge
from tests.world.weather import DAY_S

if TYPE_CHECKING:
    from tests.world.attendant import Attendant
    from tests.world.box import Box
    from tests.world.world import World

Steps = Generator[str, str, None]
LINES = (Line("L1", "一线", "bus", "渝A1", (480, 960), 50, 15),)
SHARE = 0.25
"""Stops of a vehicle for each parcel."""
MOST_STOPS = 8
"""In one day."""
AGAIN = frozenset({
    "scan.again", "pack.unknown", "pack.goes_back", "pack.bag_gone", "pack.is_sealed", "unpack.unknown",
    "parcel.come_again", "parcel.unknown", "handover.bag_on", "handover.bag_stayed", "handover.other",
    "handover.nothing",
})  # fmt: skip
"""Answers that ask for the same code once more."""
MAX_TRIES = 3
"""So often she waits for the power."""


class WorldBadges(CountyBadges):
    """The real reading of badges, with the world's keys."""

    def __init__(self, world: "World", revoked: Revoked) -> None:
        super().__init__(bytes(32), revoked)
        self._verify = world.county_check


def road_of(world: "World", revoked: Revoked) -> Road:
    """What a station knows of lines and badges; revoked: as the county's lists say."""
    return Road(LINES, badges=WorldBadges(world, revoked))


def make_badges(world: "World") -> tuple[str, ...]:
    """Badges of drivers: good ones, an old one, another line's, one the county never signed; any may be revoked."""
    sign = world.county_sign

    def badge(number: int, place: str = "L1", last_day: int = MAX_DAY) -> str:
        return make_badge(sign, number=number, role=Role.DRIVER, place=place, first_day=0, last_day=last_day)

    forged = make_badge(world.liar.sign, number=1, role=Role.DRIVER, place="L1", first_day=0, last_day=MAX_DAY)
    return (badge(1), badge(1), badge(2), badge(3), badge(4, last_day=9), badge(5, place="L9"), forged)


class Stops:
    """What one attendant does with bags."""

    def __init__(self, attendant: "Attendant") -> None:
        self.attendant, self.world = attendant, attendant.world
        self.draws = self.world.weather.stream(f"stops/{attendant.station}")
        self.cuts = self.world.weather.stream(f"cuts/{attendant.station}")
        self.serial = self.seal = 0
        self.sealed: list[str] = []
        self.away: list[str] = []
        self.here: list[str] = []

    def plan(self, start_s: float, opening_s: float, closing_s: float) -> None:
        """Plan the bags of a day."""
        draws, when = self.draws, self.world.clockwork.when
        stops = round(draws.expovariate(1.0 / (self.world.weather.parcels * SHARE)))
        for _ in range(min(MOST_STOPS, stops)):
            at_s = start_s + draws.uniform(opening_s, closing_s)
            when(at_s, self.pack)
            when(at_s + draws.uniform(60.0, 3600.0), self.stop)
            when(at_s + draws.uniform(4000.0, 9000.0), self.unpack)

    def pack(self) -> None:
        """Parcels go into a bag, which is sealed."""
        self._walk(self._packing())

    def stop(self) -> None:
        """A vehicle stops."""
        self._walk(self._stop())

    def unpack(self) -> None:
        """A bag that came is emptied."""
        if self.here:
            self._walk(self._unpacking(self.here.pop(0)))

    # one step after the other

    def _walk(self, steps: Steps) -> None:
        self._step(steps, next(steps), 0)

    def _step(self, steps: Steps, code: str, tries: int) -> None:
        """Scan, and go on with what was said; nobody answers where the power is off."""
        if not self.world.faulty:
            return
        self._cut_power()
        said = self.attendant.scan(code)
        if said in AGAIN and self.draws.random() < 0.9:
            said = self.attendant.scan(code)
        box = self.attendant.box
        if box is None or box.agent is None:
            if tries < MAX_TRIES:
                wait_s = self.draws.uniform(20.0, 900.0)
                self.world.clockwork.after(wait_s, partial(self._step, steps, code, tries + 1))
            return
        try:
            following = steps.send(said)
        except StopIteration:
            return
        self.world.clockwork.after(self.draws.uniform(1.0, 8.0), partial(self._step, steps, following, 0))

    def _cut_power(self) -> None:
        """The power goes while bags are scanned, between two scans or within the next one."""
        rate = self.world.weather.rates.get("power_cut", 0.0)
        box: Box | None = self.attendant.box
        if box is None or box.agent is None or self.cuts.random() >= rate / 100.0:
            return
        self.world.tally.cut_at_bags += 1
        box.say("power cut among bags")
        if self.cuts.random() < 0.5:
            box.wire.cut(self.cuts.randint(1, 12), late=self.cuts.random() < 0.5)
        else:
            box.power_off(self.cuts.choice([5.0, 60.0, 1200.0]))

    # what is done

    def _packing(self) -> Steps:
        draws = self.draws
        yield "YYCPACK"
        bag = self.away.pop(0) if self.away and draws.random() < 0.5 else self._new_bag()
        yield bag
        for _ in range(draws.randint(1, 3)):
            yield self._parcel()
        if draws.random() < 0.1:
            yield "YYCUNDO"
        self.seal += 1
        yield "YYCSEAL"
        yield f"YYS{self.attendant.station[1:]}{self.seal:05d}"
        if (yield "YYCOK") == "pack.sealed":
            self.sealed.append(bag)

    def _parcel(self) -> str:
        """One that goes back, or one that nobody accepted here."""
        parcels = self.attendant.parcels
        if parcels and self.draws.random() < 0.4:
            return parcels.pop(self.draws.randrange(len(parcels)))
        return self._new_parcel()

    def _stop(self) -> Steps:
        """Whoever comes, bags both ways, and an end of one sort or another."""
        draws = self.draws
        begins, ends = self._who()
        yield begins
        ups, downs = self.sealed[:], [self._coming() for _ in range(draws.randint(0, 2))]
        changing = [*ups, *downs]
        draws.shuffle(changing)
        for bag in changing:
            if draws.random() < 0.08:
                yield from self._between(begins)
            if (yield bag) == "handover.badge_first":
                yield begins
                yield bag
        if draws.random() < 0.1 and changing:
            yield "YYCOVERLOAD"
            yield draws.choice(changing)
        if draws.random() < 0.1:
            yield "YYCUNDO"
        said = (yield ends) if draws.random() < 0.9 else ""
        if said == "handover.resumed":
            said = yield ends
        if said in ("handover.done", "handover.begun"):
            self.away += ups
            self.sealed = [bag for bag in self.sealed if bag not in ups]
            self.here += downs

    def _who(self) -> tuple[str, str]:
        """What begins a stop and what ends it: a badge and the same again, another's, or the cards for none."""
        draws, badges = self.draws, self.world.badges
        roll, badge = draws.random(), draws.choice(badges)
        if roll < 0.12:
            return "YYCTEMP", "YYCOK"
        if roll < 0.2:
            return "YYCDROP", "YYCOK"
        return badge, badge if roll < 0.9 else draws.choice(badges)

    def _between(self, begins: str) -> Steps:
        """A parcel comes in the middle of it, the driver counts, or somebody asks for the day's figures later on."""
        roll = self.draws.random()
        if roll < 0.4:
            self.attendant.receive()
            yield begins
        elif roll < 0.7:
            yield "YYCHOWMANY"
            yield "YYCD2"
            yield "YYCOK"
        else:
            self.world.clockwork.after(self.draws.uniform(60.0, DAY_S / 20), partial(self.attendant.scan, "YYCTODAY"))

    def _unpacking(self, bag: str) -> Steps:
        draws = self.draws
        yield "YYCUNPACK"
        yield bag
        for _ in range(draws.randint(0, 3)):
            code = self._new_parcel()
            if (yield code) == "parcel.received":
                self.attendant.parcels.append(code)
        yield "YYCOK"
        self.away.append(bag)

    def _coming(self) -> str:
        """A bag the driver brings: one that went away, or the hub's."""
        return self.away.pop(0) if self.away and self.draws.random() < 0.5 else self._new_bag()

    def _new_bag(self) -> str:
        self.serial += 1
        return own_bag_code(f"{int(self.attendant.station[1:]) + 1:06d}", self.serial)

    def _new_parcel(self) -> str:
        self.serial += 1
        return f"SF{self.attendant.station[1:]}{2_000_000_000 + self.serial}"
