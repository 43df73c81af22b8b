"""A book of contacts on paper: fixed key, counted nonces, rows as the journal would keep them."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from station_agent.journal.changes import Change, Row
from station_agent.personal.contacts import Contacts
from station_agent.personal.pseudonyms import Pseudonyms
from station_agent.personal.vault import Vault
from sync.contact import Contact

NOW_MS = 1_795_000_000_000
"""2026-11-18."""
KEY = bytes(range(32))
DAY_MS = 86_400_000


@dataclass
class Book:
    """Contacts and the table they are written to."""

    key: bytes = KEY
    rows: dict[str, Row] = field(default_factory=dict)
    most: int = 100_000
    _numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Nobody is known."""
        self.pseudonyms = Pseudonyms({})
        self.pseudonyms.roll(NOW_MS, self.draw)
        self.contacts = Contacts(Vault(self.key), self.pseudonyms, draw=self.draw, most=self.most)

    def draw(self, size: int) -> bytes:
        """Never the same."""
        return int(next(self._numbers)).to_bytes(size, "big")

    def learn(self, waybill: str, phone: str, name: str | None = None, *, wall_ms: int = NOW_MS) -> bool:
        """Learn, write, take; False where it was no number."""
        changes = self.contacts.learn(waybill, Contact(phone, name), source="keyed", wall_ms=wall_ms)
        self.write(changes or ())
        return changes is not None

    def write(self, changes: tuple[Change, ...] | list[Change]) -> None:
        """As the journal does it: rows first, then memory."""
        for change in changes:
            assert change.table == "contact"
            if change.before is not None:
                assert self.rows.pop(change.before[0]) == change.before
            if change.after is not None:
                self.rows[change.after[0]] = change.after
        self.contacts.take(changes)

    def opened_again(self, key: bytes | None = None) -> "Book":
        """After a restart, with the same rows."""
        other = Book(key or self.key, dict(self.rows))
        other.pseudonyms.replace(self.pseudonyms)
        other.contacts.load(list(self.rows.values()))
        return other
