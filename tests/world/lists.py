"""Lists that come down: the county's desk and its clerk, and what each station must therefore believe.

The desk keeps the rules of `sync/county/lists.py` in dictionaries; what is lacking the real `lacking` says. The clerk
puts lists up, for all stations or for one, puts others in their place and takes them down; where a station holds a
newer list than a county that came back from its backup, he puts up again what he means. The station's end is real:
`Board`, `LinkFile`, `SentDown` and who takes each list from there.
"""

import itertools
from functools import partial
from typing import TYPE_CHECKING, Any

from station_agent.counter.counter import Counter
from station_agent.counter.news import News
from station_agent.sent_down import Revoked, SentDown, Taker, take_flights, take_notices, taking
from sync.contents import Flight, Flights, Notice, Notices, RevokedBadges, pack_content, read_content
from sync.county.lists import lacking
from sync.errors import BadSignature, MalformedMessage
from sync.lists import EVERYBODY, MAX_LISTS, Held, SignedList, decode_held, encode_list, held_message, list_message
from sync.receiver import LogUnavailable
from sync.wire import open_envelope
from tests.world.weather import DAY_S, START_MS
from tests.world.witness import must

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.wire import Sign, Verify
    from tests.world.box import Box
    from tests.world.county import CountyStore
    from tests.world.world import World

Place = tuple[str, str]
"""Scope and name of a list."""
BADGES = (1, 2, 3, 4, 5)
"""Numbers of the drivers' badges."""
NAMES = (RevokedBadges.LIST, RevokedBadges.LIST, Flights.LIST, Notices.LIST)
"""What the clerk puts up, the first more often."""
RETRY_S = 600.0
"""So long the clerk waits where the database refuses him."""


class CountyLists:
    """The county's tables of lists: what is put up, and what each station said it has."""

    def __init__(self, store: "CountyStore", sign: "Sign", verifiers: "Callable[[bytes], Verify]") -> None:
        """store: the database that may refuse, and knows the stations' keys."""
        self._store, self._sign, self._verifiers = store, sign, verifiers
        self.newest: dict[Place, SignedList] = {}
        self.held: dict[str, set[Held]] = {}
        self.ever: dict[Held, SignedList] = {}
        """Every list that was ever signed, also those a backup does not know any more."""
        self._kept: tuple[dict[Place, SignedList], dict[str, set[Held]]] = ({}, {})

    def put(self, scope: str, name: str, content: bytes, now_ms: int) -> SignedList:
        """Put up a list, or take it down with no bytes; raises LogUnavailable."""
        self._store.writable()
        last = self.newest.get((scope, name))
        version = now_ms if last is None else max(now_ms, last.version + 1)
        signed = SignedList(scope, name, version, content, self._sign(list_message(scope, name, version, content)))
        must(signed.held not in self.ever, "the county gave one version twice")
        self.newest[scope, name] = self.ever[signed.held] = signed
        return signed

    def answer(self, station: str, payload: bytes) -> list[bytes]:
        """As `ListDesk.answer`: remember what a station has, return what it asks for."""
        _, content, signature = open_envelope(payload)
        said = decode_held(content)
        if said.station != station:
            raise MalformedMessage("lists in another's name", hint="测试 / a test")
        public = self._store.public_key(station, said.key)
        if public is None or not self._verifiers(public)(signature, held_message(content)):
            raise BadSignature("not signed by a registered key", hint="测试 / a test")
        found = {each for each in said.held if each.scope in (EVERYBODY, station)}
        if found != self.held.get(station, set()):
            self._store.writable()
            self.held[station] = found
        return [encode_list(self.newest[each[:2]]) for each in self.lacked(station, said.held)] if said.asks else []

    def lacked(self, station: str, held: list[Held]) -> list[Held]:
        """Which lists a station that holds these is to be sent."""
        current = [
            (each.held, len(each.content))
            for (scope, _), each in sorted(self.newest.items())
            if scope in (EVERYBODY, station)
        ]
        return lacking(held, current)[:MAX_LISTS]

    def outrun(self) -> list[Place]:
        """Lists of which a station said that it has a newer one than stands here, or one that stands here no more."""
        places = {each[:2] for held in self.held.values() for each in held if self._version(each) < each.version}
        return sorted(places)

    def _version(self, each: Held) -> int:
        found = self.newest.get(each[:2])
        return -1 if found is None else found.version

    def keep(self) -> None:
        """A backup is made."""
        self._kept = (dict(self.newest), dict(self.held))

    def restore(self) -> None:
        """It is put back."""
        self.newest, self.held = dict(self._kept[0]), dict(self._kept[1])


class Clerk:
    """Who puts lists up, and what he means to stand there."""

    def __init__(self, world: "World") -> None:
        self.world, self.lists = world, world.lists
        self.draws = world.weather.stream("clerk")
        self.meant: dict[Place, bytes] = {}
        self.flights = 0
        self.named: dict[str, set[str]] = {}
        """Parcels of each station whose recipients were told."""

    def plan(self) -> None:
        """Some lists in the time of this world."""
        weather = self.world.weather
        for _ in range(weather.lists):
            self.world.clockwork.when(self.draws.uniform(0.0, weather.drawn_days * DAY_S), self.work)

    def work(self) -> None:
        """Put up one list, or take one down; and what stations are ahead of."""
        if not self.world.faulty:
            return
        self.look_over()
        up = sorted(place for place, content in self.meant.items() if content)
        if up and self.draws.random() < 0.25:
            self.put(*self.draws.choice(up), b"")
            return
        name, scope = self.draws.choice(NAMES), self.draws.choice(list(self.world.attendants))
        if name != Notices.LIST and self.draws.random() < 0.5:
            scope = EVERYBODY
        self.put(scope, name, self._content(scope, name))

    def look_over(self) -> None:
        """Put up again what a county that came back from its backup has forgotten, or a station is ahead of."""
        newest = self.lists.newest
        forgotten = [
            place for place, content in self.meant.items() if place not in newest or newest[place].content != content
        ]
        for place in sorted({*forgotten, *self.lists.outrun()}):
            self.put(*place, self.meant[place])

    def put(self, scope: str, name: str, content: bytes) -> None:
        """Put up a list and push it to whom it concerns; where the database refuses, later."""
        self.meant[scope, name] = content
        self._put((scope, name))

    def _put(self, place: Place) -> None:
        world, content = self.world, self.meant[place]
        try:
            signed = self.lists.put(*place, content, self._now_ms)
        except LogUnavailable:
            world.clockwork.after(RETRY_S, partial(self._put, place))
            return
        world.say("list", *place, signed.version, "put up" if content else "taken down")
        world.tally.lists += 1
        for station in world.attendants if place[0] == EVERYBODY else [place[0]]:
            if not world.happens("unpushed"):
                world.publish_down(station, encode_list(signed))

    @property
    def _now_ms(self) -> int:
        return START_MS + round(self.world.clockwork.now_s * 1000)

    def _content(self, scope: str, name: str) -> bytes:
        draws = self.draws
        if name == RevokedBadges.LIST:
            return pack_content(RevokedBadges([number for number in BADGES if draws.random() < 0.4]))
        if name == Flights.LIST:
            self.flights += 1
            return pack_content(Flights([Flight(f"CA{self.flights}", "航班", 2 * START_MS, 2 * START_MS)]))
        parcels = self.world.attendants[scope].parcels[-20:]
        told = draws.sample(parcels, draws.randint(0, len(parcels)))
        self.named.setdefault(scope, set()).update(told)
        return pack_content(Notices([Notice(waybill, self._now_ms) for waybill in told]))

    def hold_notice(self, station: str, body: "dict[str, Any]") -> None:
        """A station writes down that somebody was told: the county said so."""
        self.world.tally.notices += 1
        must(body["waybill"] in self.named.get(station, ()), "a notice nobody gave")

    def standing(self, station: str, name: str) -> bytes:
        """What is to hold at a station: its own list before the one for all, no bytes for none."""
        return self.meant.get((station, name), b"") or self.meant.get((EVERYBODY, name), b"")


class Refused:
    """Whom a station must refuse, worked out from the rows of its link.db.

    What is on the card is taken up by the agent within `within_s`; until then either list may be what it goes by. Where
    the card holds no such list at all it was lost, and what is in mind stays there until the agent starts again.
    """

    def __init__(self, box: "Box", within_s: float) -> None:
        self._box, self._within_s = box, within_s
        self._known: list[tuple[float, frozenset[int]]] = [(0.0, frozenset())]

    def restart(self) -> None:
        """The agent starts, with nothing in mind."""
        self._known = [(0.0, frozenset())]
        self._known = [(0.0, self._found())]

    def saved(self) -> None:
        """Something else is on the card now."""
        now_s = self._box.clock()
        old = [each for each, following in itertools.pairwise(self._known) if following[0] >= now_s - self._within_s]
        self._known = [*old, self._known[-1], (now_s, self._found())]

    def _found(self) -> frozenset[int]:
        rows = self._box.card.link.execute("SELECT scope, content FROM list WHERE name = 'badges.revoked'").fetchall()
        if not rows:
            return self._known[-1][1]
        content = dict(rows).get(self._box.station) or dict(rows).get("*")
        return frozenset(read_content(content, RevokedBadges).ids) if content else frozenset()

    def hold(self, body: "dict[str, Any]") -> None:
        """A handover began: its driver is marked as revoked exactly where a list says so."""
        driver, flaw = str(body.get("driver", "")), body.get("flaw")
        if body["sort"] != "badge" or not driver.isdigit():
            return
        since_s = self._box.clock() - self._within_s
        may_be = [ids for (_, ids), (until_s, _) in itertools.pairwise(self._known) if until_s >= since_s]
        allowed = {int(driver) in ids for ids in [*may_be, self._known[-1][1]]}
        must(
            (flaw == "revoked") in allowed, f"badge {driver}: {flaw}, and the lists refuse {sorted(self._known[-1][1])}"
        )


def takers_of(counter: Counter, news: News, revoked: Revoked) -> dict[str, Taker]:
    """Who takes the lists at a station of this world, as `make_sent_down` has it."""
    return {
        RevokedBadges.LIST: taking(RevokedBadges, revoked.replace),
        Flights.LIST: take_flights(counter.site),
        Notices.LIST: take_notices(news),
    }


def make_sent_down(box: "Box", counter: Counter, revoked: Revoked) -> SentDown:
    """What came down, on its way into the counter's memory."""
    news = News(counter.books)
    return box.world.parts.sent_down(box.station, news, takers_of(counter, news, revoked))


def meddle(world: "World", box: "Box") -> None:
    """A station asked for lists: a broker that lies answers itself, or an old answer comes once more."""
    lists = world.lists
    if world.happens("old_list") and lists.ever:
        signed = world.chance("old_list").choice(list(lists.ever.values()))
        world.clockwork.after(0.0, partial(box.arrive, encode_list(signed)))
    if world.happens("forged_list"):
        world.clockwork.after(0.0, partial(box.arrive, encode_list(_forged(world, box))))


def _forged(world: "World", box: "Box") -> SignedList:
    """A list of the liar's own, or one of the county's with something else in it."""
    draws, version = world.chance("forged_list"), START_MS + round(world.clockwork.now_s * 1000)
    content = pack_content(RevokedBadges(sorted(draws.sample(BADGES, 2))))
    scope = draws.choice([EVERYBODY, box.station])
    known = list(world.lists.ever.values())
    roll = draws.randrange(4) if known else 0
    signed = draws.choice(known) if known else None
    if signed is None or roll == 0:
        message = list_message(scope, RevokedBadges.LIST, version, content)
        return SignedList(scope, RevokedBadges.LIST, version, content, world.liar.sign(message))
    if roll == 1:
        return signed._replace(version=version)
    if roll == 2:
        return signed._replace(content=content, name=RevokedBadges.LIST)
    return signed._replace(scope=scope, version=version)


def hold_listed(world: "World", station: str, signed: SignedList, before: int | None) -> None:
    """A station keeps a list: the county put up exactly this, for it, and nothing newer is in its place."""
    must(world.lists.ever.get(signed.held) == signed, "kept a list the county never put up")
    must(signed.scope in (EVERYBODY, station), "kept another station's list")
    must(before is None or before < signed.version, "a list went back to an older one")


def are_down(world: "World", box: "Box") -> bool:
    """Whether a station holds the newest of every list that concerns it, and the county knows of none newer."""
    return not world.lists.outrun() and not world.lists.lacked(box.station, box.ledger.held())


def check_lists(world: "World", box: "Box") -> None:
    """What is in the agent's memory is what the clerk means to hold there.

    Where link.db was lost nobody tells it of a list that was taken down since: it stays in mind until the agent's next
    start, or the county's next list of that name (`station_agent.sent_down`, rule 2).
    """
    for (scope, name), content in world.clerk.meant.items():
        newest = world.lists.newest.get((scope, name))
        must(newest is not None and newest.content == content, f"{name} of {scope} is not what was put up last")
    if box.agent is None:
        return
    refused = world.clerk.standing(box.station, RevokedBadges.LIST)
    ids = frozenset(read_content(refused, RevokedBadges).ids) if refused else frozenset()
    if refused or not box.minds_what_is_gone:
        must(box.revoked() == ids, f"{box.name} refuses {sorted(box.revoked())}, the county means {sorted(ids)}")
    flown = world.clerk.standing(box.station, Flights.LIST)
    flights = tuple(read_content(flown, Flights).flights) if flown else ()
    if flown or not box.minds_what_is_gone:
        must(tuple(box.agent.site.flights) == flights, f"{box.name} knows other flights than the county")
