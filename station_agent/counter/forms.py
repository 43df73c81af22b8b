"""Forms: paper sheets that were filled in while the station was dead, and are entered afterwards. Pure.

    form.opened -> open -> form.closed        at most one is open; a closed one is not entered again

Every act entered from a sheet carries its number, so that an open sheet knows how many lines it has given and what the
last of them was: after a power cut one goes on where one was. Used by the paper desk.
"""

from collections.abc import Iterable, Iterator

import msgspec

from station_agent.counter.book import Book, Event
from station_agent.journal.changes import Change

MAX_FORMS = 2000
"""Sheets remembered; the oldest go first."""
_MODES = {
    "parcel.received": "in",
    "parcel.collected": "out",
    "parcel.accepted": "send",
    **dict.fromkeys(("bag.opened", "parcel.packed", "bag.sealed"), "pack"),
    **dict.fromkeys(("handover.begun", "handover.bag"), "handover"),
    **dict.fromkeys(("service.counted", "service.total", "stock.counted", "stock.total"), "service"),
}


class Form(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One sheet. at_ms: wall time written on it. mode: of its last act. lines: acts; received: parcels taken in."""

    number: str
    at_ms: int
    opened_ms: int
    closed_ms: int = 0
    mode: str = ""
    lines: int = 0
    received: int = 0


class Forms(Book[Form]):
    """Every sheet of late."""

    table = "form"
    shape = Form

    def __init__(self) -> None:
        """None is open."""
        super().__init__()
        self._open: dict[str, None] = {}

    @property
    def open(self) -> Form | None:
        """The sheet that is being entered."""
        return next((self._values[number] for number in self._open), None)

    def effects(self, event: Event) -> Iterable[Change]:
        """A sheet is opened, gives an act, or is done."""
        form = self.get(str(event.body.get("form", "")))
        if event.kind == "form.opened":
            return self._opened(Form(event.body["form"], event.body["at_ms"], event.recorded_ms))
        if form is None:
            return []
        if event.kind == "form.closed":
            return [self.put(msgspec.structs.replace(form, closed_ms=event.recorded_ms))]
        mode = _MODES.get(event.kind, form.mode)
        received = form.received + (event.kind == "parcel.received")
        lines = form.lines + (not _follows(event))
        return [self.put(msgspec.structs.replace(form, mode=mode, lines=lines, received=received))]

    def _opened(self, form: Form) -> Iterator[Change]:
        yield self.put(form)
        if len(self) >= MAX_FORMS and self.get(form.number) is None:
            yield self.drop(min(self, key=lambda old: (old.opened_ms, old.number)))

    def added(self, value: Form) -> None:
        """Keep the index."""
        if not value.closed_ms:
            self._open[value.number] = None

    def removed(self, value: Form) -> None:
        """Keep the index."""
        self._open.pop(value.number, None)


def _follows(event: Event) -> bool:
    """Whether an entry is no line of its own: of a handover each bag is one, and nothing else of it."""
    of_handover = event.kind.startswith("handover.") or "handover" in event.body
    return of_handover and event.kind != "handover.bag"
