"""News from the county of parcels that are here already: whose they are, and that somebody was told. Pure.

Rules
1. A parcel that is received and stands on a list gets its recipient with its own entry; the counter does that. This is
   for lists that came after their parcels.
2. Whom a late list names is learned, and if the parcel's batch is confirmed the county is asked to tell him, as at its
   confirmation.
3. Word that somebody was told counts for a parcel that lies here, once, and not if it is older than the parcel: then it
   was of an earlier one with the same number. The parcel's time to be fetched runs from then.
4. It is brought in pieces, so that a scan never waits long; what the card refuses comes again.

news          parcel here                               changes            entry
------------  ----------------------------------------  -----------------  ----------------
recipient     known better, or the same is known        -                  -
recipient     batch not confirmed, or told, or trouble  contact            -
recipient     batch confirmed, nobody was told          contact            notice.due
delivered     not delivered before                      -                  notice.delivered
delivered     delivered before, or older than it        -                  -
either        none                                      -                  -

Filled by `sent_down.py` when a list came; brought by the agent's loop.
"""

from collections.abc import Iterable

from station_agent.counter.book import Event
from station_agent.counter.books import Books
from station_agent.counter.decision import Attention, Decision, Moment
from station_agent.counter.notices import notice_now
from station_agent.counter.shelves import Parcel
from station_agent.counter.vocabulary import custody
from station_agent.journal.changes import Change
from station_agent.journal.writer import Record

PIECE = 100
"""Parcels in one transaction."""
LOOKED_AT = 1000
"""Parcels looked at in one go: a box is opened for each that stands on the list, some 30 ms here for so many."""
SKEW_MS = 10 * 60_000
"""So far the clocks of county and station may lie apart; engineering judgement."""
_DELIVERED = "delivered"


class News:
    """What is still to be brought of the lists that came."""

    def __init__(self, books: Books) -> None:
        """`books` is what is here now."""
        self._books = books
        self._recipients: list[str] = []
        self._notices: list[tuple[str, int]] = []
        self._taken = (0, 0)

    def expected(self) -> None:
        """A list of expected parcels came: look at everything that lies here."""
        self._recipients = [parcel.waybill for parcel in self._books.shelves.on_shelf()]

    def delivered(self, notices: Iterable[tuple[str, int]]) -> None:
        """A list of notices came: waybill and wall time of each."""
        self._notices = list(dict(notices).items())

    def due(self, at: Moment, mind: Attention) -> Decision | None:
        """The next piece, the same again until `brought`; None where nothing is to be written now."""
        records: list[Record] = []
        aside: list[Change] = []
        recipients = notices = 0
        while recipients < min(len(self._recipients), LOOKED_AT) and len(aside) < PIECE:
            self._meet(self._recipients[recipients], at, records, aside)
            recipients += 1
        while notices < len(self._notices) and len(records) < PIECE:
            records += self._told(*self._notices[notices], at)
            notices += 1
        self._taken = (recipients, notices)
        if not records and not aside:
            self.brought()
            return None
        worked = self._books.worked_out([Event(record.kind, record.body, at.wall_ms) for record in records])
        return Decision(mind, records=tuple(records), aside=tuple(aside), worked=tuple(worked), by_time=True)

    def brought(self) -> None:
        """What `due` gave is on disk."""
        recipients, notices = self._taken
        self._recipients, self._notices = self._recipients[recipients:], self._notices[notices:]
        self._taken = (0, 0)

    def _meet(self, waybill: str, at: Moment, records: list[Record], aside: list[Change]) -> None:
        """A recipient."""
        parcel = self._books.shelves.parcel(waybill)
        if parcel is None or not parcel.is_here:
            return
        met = self._books.people.meet(waybill, at.wall_ms)
        aside += met.changes
        records += notice_now(self._books, parcel, can_be_told=met.can_be_told)

    def _told(self, waybill: str, delivered_ms: int, at: Moment) -> list[Record]:
        """A notice."""
        parcel = self._books.shelves.parcel(waybill)
        if parcel is None or not parcel.is_here or parcel.notice == _DELIVERED or _is_older(parcel, delivered_ms, at):
            return []
        return [custody("notice.delivered", waybill=waybill, at_ms=min(delivered_ms, at.wall_ms))]


def _is_older(parcel: Parcel, delivered_ms: int, at: Moment) -> bool:
    """Whether a notice was of another parcel; a parcel received in the future was so by a clock that was wrong."""
    return delivered_ms < parcel.received_ms - SKEW_MS and parcel.received_ms <= at.wall_ms
