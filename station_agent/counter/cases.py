"""Cases: what somebody must still see to, with a number, a deadline and who held the thing last. Pure.

    case.opened -> open -> case.closed  (by a person, or because what was missing came)
                        -> case.dropped (MAX_OPEN are open and another is opened: the oldest goes, said aloud, with an
                                         entry before; complaints, which the law sets a day for, are the last to go)

A complaint is answered within seven days (domain C, article 28 of the express regulations); a bag that was sent and did
not arrive, a count that differs, a driver nobody knows are cases of their own. Closed cases leave the table.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.counter.numbers import Numbers
from station_agent.counter.vocabulary import custody
from station_agent.journal.changes import Change
from station_agent.journal.writer import Record

DAY_MS = 86_400_000
COMPLAINT = "complaint"
COMPLAINT_MS = 7 * DAY_MS
MAX_OPEN = 500
"""Open cases; beyond it the oldest is dropped from the table, never from the record, and never a complaint while
there is anything else."""


class Case(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One open case. about: complaint, bag_short, ...; subject: waybill, bag or handover; holder: who had it last."""

    key: str
    number: int
    about: str
    opened_ms: int
    due_ms: int = 0
    subject: str = ""
    holder: str = ""


class Cases(Book[Case]):
    """Every open case."""

    table = "open_case"
    shape = Case

    def __init__(self, numbers: Numbers) -> None:
        """`numbers` gives the next one."""
        super().__init__()
        self._numbers = numbers

    def effects(self, event: Event) -> Iterable[Change]:
        """A case is opened or closed."""
        body = event.body
        if event.kind == "case.opened":
            return self._opened(event)
        ends = event.kind in ("case.closed", "case.dropped")
        closed = self.get(str(body.get("case"))) if ends else None
        return [] if closed is None else [self.drop(closed)]

    def _opened(self, event: Event) -> Iterator[Change]:
        body = event.body
        yield self.put(
            Case(
                key=str(body["case"]),
                number=body["case"],
                about=body["about"],
                opened_ms=event.recorded_ms,
                due_ms=body.get("due_ms", 0),
                subject=body.get("subject", ""),
                holder=body.get("holder", ""),
            )
        )
        if len(self) >= MAX_OPEN and self.get(str(body["case"])) is None:
            yield self.drop(min(self, key=_next_to_go))  # opened where nobody asked `making_room`: bounded all the same

    def making_room(self, written: Sequence[Record]) -> list[Record]:
        """The entries that drop cases, to be written before these so that what they open finds room."""
        opened = sum(record.kind == "case.opened" for record in written)
        closed = {str(record.body["case"]) for record in written if record.kind == "case.closed"}
        over = len(self) - len(closed) + opened - MAX_OPEN
        if not opened or over <= 0:
            return []
        going = sorted((case for case in self if case.key not in closed), key=_next_to_go)[:over]
        return [
            custody(
                "case.dropped",
                case=case.number,
                about=case.about,
                subject=case.subject or None,
                holder=case.holder or None,
                due_ms=case.due_ms or None,
            )
            for case in going
        ]

    def opening(
        self, about: str, *, subject: str = "", holder: str = "", due_ms: int | None = None, after: int = 0
    ) -> Record:
        """The entry that opens a case; after: how many the same act has opened before it."""
        number = self._numbers.value("case") + 1 + after
        return custody(
            "case.opened", case=number, about=about, subject=subject or None, holder=holder or None, due_ms=due_ms
        )

    def closing(self, about: str, subject: str) -> list[Record]:
        """The entry that closes the case about this subject, because what was missing came; none where none is open."""
        case = self.about(about, subject)
        return [] if case is None else [custody("case.closed", case=case.number, about=about, subject=subject or None)]

    def about(self, about: str, subject: str) -> Case | None:
        """The open case about this subject."""
        return next((case for case in self if case.about == about and case.subject == subject), None)


def _next_to_go(case: Case) -> tuple[bool, int]:
    """Complaints last, else the oldest first."""
    return case.about == COMPLAINT, case.number
