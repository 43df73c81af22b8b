"""What the county may know of a recipient, as the personal part of an entry: sealed to the county's key, or nothing.

A station without `sealing_key` in its [county] table lets nothing personal leave. Loads the cipher when first used.
Called by the agent with every decision, before it is written.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from station_agent.journal.changes import Change
from station_agent.journal.writer import Record
from station_agent.personal.contacts import Contacts
from sync.contact import Contact
from sync.entry import SALT_BYTES, Personal

if TYPE_CHECKING:
    from sync.sealing import Sealer

SEALED_KINDS = frozenset({"notice.due"})
"""Entries that ask the county to do something for the recipient; no other entry carries a contact."""
PERIOD_MS = 86_400_000
"""One key a day wraps that day's contacts; a restart draws another."""


class Sealing:
    """Makes the personal parts of one station's entries."""

    def __init__(self, station: str, county_key: bytes | None, *, draw: Callable[[int], bytes]) -> None:
        """county_key: 32 raw bytes, None where nothing personal may leave. draw: so many random bytes."""
        self._station, self._county_key, self._draw = station, county_key, draw
        self._made: Sealer | None = None

    def sealed(
        self, records: Sequence[Record], pending: Sequence[Change], contacts: Contacts, wall_ms: int
    ) -> list[Record]:
        """The records, those of SEALED_KINDS with the recipient's contact where one is known.

        pending: the changes written with them that belong to no entry, among them contacts learned just now.
        """
        return [
            record._replace(personal=self.part(contacts.to_be_told(waybill, pending), waybill, wall_ms))
            if record.kind in SEALED_KINDS and (waybill := str(record.body.get("waybill", "")))
            else record
            for record in records
        ]

    def part(self, contact: Contact | None, waybill: str, wall_ms: int) -> Personal | None:
        """The personal part of an entry about `waybill`; None where nobody is known or nothing may leave."""
        if contact is None or self._county_key is None:
            return None
        if self._made is None:
            from sync.sealing import Sealer  # noqa: PLC0415 - 10 MB that a station without contacts need not pay

            self._made = Sealer(self._station, self._county_key, draw=self._draw)
        return self._made.personal(contact, waybill, self._draw(SALT_BYTES), period=wall_ms // PERIOD_MS)
