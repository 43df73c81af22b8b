"""What came down from the county, on its way from link.db into the counter's memory. A thin shell.

link.db is looked at every few seconds by the agent's loop; only when a version changed a list is read, held against its
shape and handed on, so that a scan never touches a file. Rules:

1. A list that cannot be read, or is sealed to another key, changes nothing: the one before it stays, and the trouble is
   told until a readable one comes.
2. A list that was taken down is no list. One that is merely gone (link.db was lost and made anew) stays in mind until
   the county sends it again.
3. At the start everything is read anew; what it changes was changed before and is passed over.

Memory: one content a name, at most 256 KiB each on disk. Called by the agent's loop and by the station's start.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from station_agent.counter.books import Books
from station_agent.counter.news import News
from station_agent.counter.site import Site
from station_agent.personal.announced import Announced, Opens
from station_agent.road_lists import listed_road
from sync.contents import BagsSeen, ExpectedParcels, Flights, Lines, Manifest, Notices, RevokedBadges, read_content
from sync.errors import SyncError
from sync.link import LinkFile

C = TypeVar("C", bound=msgspec.Struct)
Taker = Callable[[bytes | None], None]
"""Takes the content of one list, None where it was taken down; raises SyncError and keeps what it had."""


class Revoked:
    """Numbers of the badges that are refused, as they are known now."""

    def __init__(self) -> None:
        """None is."""
        self.ids: frozenset[int] = frozenset()

    def __call__(self) -> frozenset[int]:
        """All of them."""
        return self.ids

    def replace(self, found: RevokedBadges | None) -> None:
        """Put a list in the place of the one before."""
        self.ids = frozenset(() if found is None else found.ids)


class SentDown:
    """The lists that hold at this station."""

    def __init__(self, station: str, news: News, takers: Mapping[str, Taker]) -> None:
        """takers: who takes the list of each name; lists of other names are left alone."""
        self._station, self.news, self._takers = station, news, takers
        self._seen: dict[str, int] = {}
        self._troubles: dict[str, str] = {}

    @property
    def trouble(self) -> str | None:
        """Which lists cannot be read and why, None where all can."""
        return "; ".join(f"{name}: {why}" for name, why in sorted(self._troubles.items())) or None

    def look(self, link: LinkFile) -> None:
        """Take what changed since the last look; raises sqlite3.DatabaseError where link.db cannot be read."""
        held = {each.name for each in link.held()}
        standing = link.list_versions(self._station)
        gone = [name for name in self._seen if name in held and name not in standing]
        if all(self._seen.get(name) == version for name, version in standing.items()) and not gone:
            return
        lists = link.lists(self._station)
        for name in gone:
            self._take(name, None)
            del self._seen[name]
        for name, kept in lists.items():
            if self._seen.get(name) != kept.version:
                self._take(name, kept.content)
                self._seen[name] = kept.version

    def _take(self, name: str, content: bytes | None) -> None:
        """Hand one list on."""
        taker = self._takers.get(name)
        if taker is None:
            return
        self._troubles.pop(name, None)
        try:
            taker(content)
        except SyncError as error:
            self._troubles[name] = f"{error}; {error.hint}"


def taking(shape: type[C], give: Callable[[C | None], object]) -> Taker:
    """Who reads a list as `shape` before it is given on."""

    def take(content: bytes | None) -> None:
        give(None if content is None else read_content(content, shape))

    return take


def take_expected(announced: Announced, news: News, seal_path: Path, station: str) -> Taker:
    """Who takes expected parcels: their recipients stay sealed until they are needed."""

    def open_key(wrapped: bytes) -> Opens:
        from sync.keys import OpeningKey  # noqa: PLC0415 - 10 MB that a station without such lists need not pay
        from sync.list_sealing import open_list_key  # noqa: PLC0415

        return open_list_key(OpeningKey.load(seal_path).private, station, wrapped)

    def give(found: ExpectedParcels | None) -> None:
        announced.replace(found, open_key)
        news.expected()

    return taking(ExpectedParcels, give)


def take_notices(news: News) -> Taker:
    """Who takes word that recipients were told."""

    def give(found: Notices | None) -> None:
        notices: list[Any] = [] if found is None else found.notices
        news.delivered([(notice.waybill, notice.delivered_ms) for notice in notices])

    return taking(Notices, give)


def take_flights(site: Site) -> Taker:
    """Who takes flights: a parcel accepted from now on is told which of them it makes."""

    def give(found: Flights | None) -> None:
        site.flights = () if found is None else tuple(found.flights)

    return taking(Flights, give)


class RoadLists:
    """Manifests, lines and what came of bags, which come apart and are put into the counter's road together."""

    def __init__(self, books: Books, station: str) -> None:
        """books: whose road is meant; as it is now it is that of the settings."""
        self._books, self._station, self._own = books, station, books.road
        self._manifest, self._lines, self._seen = Manifest([]), Lines([]), BagsSeen([])

    def manifest(self, found: Manifest | None) -> None:
        """Another manifest, 路单."""
        self._manifest = found or Manifest([])
        self._put()

    def lines(self, found: Lines | None) -> None:
        """Other lines; where none of them stops here those of the settings hold."""
        self._lines = found or Lines([])
        self._put()

    def seen(self, found: BagsSeen | None) -> None:
        """Other word of the bags that left here."""
        self._seen = found or BagsSeen([])
        self._put()

    def _put(self) -> None:
        self._books.road = listed_road(self._own, self._station, self._manifest, self._lines, self._seen)
