"""Book: one table of what is here now, in memory, and how a change to one of its rows looks. Pure.

    row of the table   (key, body)      body: the value as JSON, so that `sqlite-utils` and plain SQL can look inside
    value in memory    a frozen Struct whose first field is the key

A change is worked out before anything moves, written by the journal in the entry's own transaction, and then taken.
The same rules serve the live counter, the rebuild from the journal and the simulated years. Every kind of thing at the
counter (parcels, bags, handovers, ...) is a Book of its own that knows its own indexes.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from station_agent.journal.changes import Change, Row

_encode = msgspec.json.Encoder().encode


class Event(NamedTuple):
    """An entry as the books see it. recorded_ms: its wall time."""

    kind: str
    body: dict[str, Any]
    recorded_ms: int


T = TypeVar("T", bound=msgspec.Struct)


class Book(Generic[T]):
    """The rows of one table. Subclasses say what an event changes (`effects`) and keep indexes (`added`, `removed`)."""

    table: str
    shape: type[T]

    def __init__(self) -> None:
        """Start empty."""
        self._values: dict[str, T] = {}
        self._decode = msgspec.json.Decoder(self.shape).decode
        self._words = _default_words(self.shape)

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self._values)

    def __iter__(self) -> Iterator[T]:
        """Every value, in the order the rows came."""
        return iter(self._values.values())

    def get(self, key: str) -> T | None:
        """The value with this key, or None."""
        return self._values.get(key)

    def effects(self, event: Event) -> Iterable[Change]:
        """What an event changes here; nothing for kinds that do not concern this book."""
        raise NotImplementedError

    def added(self, value: T) -> None:
        """A value is here now; for indexes."""

    def removed(self, value: T) -> None:
        """A value is no longer here; for indexes."""

    def put(self, value: T) -> Change:
        """The change that makes this the value of its key; nothing moves yet."""
        key = _key(value)
        before = self._values.get(key)
        # msgspec leaves a default out of the row only where it is the very same object, which a word read from an entry
        # is not: the rows made from the entries again would differ from those of the live counter.
        own = {name: word for name, word in self._words.items() if getattr(value, name) == word}
        value = msgspec.structs.replace(value, **own) if own else value
        return Change(self.table, None if before is None else _row(before), _row(value))

    def drop(self, value: T) -> Change:
        """The change that removes a value; nothing moves yet."""
        return Change(self.table, _row(value), None)

    def take(self, change: Change) -> None:
        """Let a change of this table happen in memory."""
        if change.before is not None:
            before = self._values.pop(change.before[0], None)
            if before is not None:
                self.removed(before)
        if change.after is not None:
            value = self._decode(change.after[1])
            self._values[change.after[0]] = value
            self.added(value)

    def load(self, rows: Iterable[Row]) -> None:
        """Fill from the stored table."""
        for row in rows:
            self.take(Change(self.table, None, row))

    def rows(self) -> list[Row]:
        """All rows sorted by key, to be compared with stored ones."""
        return sorted(_row(value) for value in self._values.values())


def _default_words(shape: type[msgspec.Struct]) -> dict[str, str]:
    """The fields of a shape whose default is a word, and that word."""
    defaults = shape.__struct_defaults__
    fields = shape.__struct_fields__[len(shape.__struct_fields__) - len(defaults) :]
    return {name: word for name, word in zip(fields, defaults, strict=True) if isinstance(word, str) and word}


def _key(value: msgspec.Struct) -> str:
    """A value's key is its first field."""
    key: str = getattr(value, value.__struct_fields__[0])
    return key


def _row(value: msgspec.Struct) -> Row:
    return _key(value), _encode(value).decode()
