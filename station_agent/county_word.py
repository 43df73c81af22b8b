"""What passes between this station and the county, as the files say: lists held, keys, when it was last heard of.

Looks only, at link.db and the journal beside an agent at work; shows nothing personal, only how much of it there is.
Called by `station status` and the doctor.
"""

import sqlite3
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from station_agent.config import Settings
from station_agent.journal.reader import JournalFile
from station_agent.personal.contacts import TABLE as CONTACTS
from sync.contents import SHAPES, ExpectedParcels, read_content
from sync.errors import SyncError
from sync.link import KeptList, LinkFile

DAY_MS = 86_400_000


class SealKey(StrEnum):
    """present; missing: the next start draws one; damaged: it opens nothing."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"


class ListHeld(NamedTuple):
    """One list. at_ms: wall time it came. items: how many parcels, trips, lines it holds.

    trouble: why it cannot be used, "" where it can.
    """

    name: str
    version: int
    at_ms: int
    items: int
    trouble: str


class CountyWord(NamedTuple):
    """All of it. heard_ms: wall time the county last confirmed or sent something, None where it never did."""

    lists: list[ListHeld]
    heard_ms: int | None
    seal_key: SealKey
    contacts: int

    def silent_days(self, now_ms: int) -> int | None:
        """Whole days since the county was heard of, None where it never was."""
        return None if self.heard_ms is None else max(0, now_ms - self.heard_ms) // DAY_MS


def county_word(settings: Settings, link: LinkFile | None, journal: JournalFile) -> CountyWord:
    """Look at everything. link: None where there is no link.db yet. Raises sqlite3.DatabaseError, StationError."""
    lists = [] if link is None else list(link.lists(settings.station.id).values())
    return CountyWord(
        [_held(each, settings) for each in sorted(lists)],
        None if link is None else link.heard_ms(),
        seal_key(settings.seal_path),
        journal.count(CONTACTS),
    )


def open_link(settings: Settings) -> LinkFile | None:
    """link.db for reading, None where there is none or it is damaged: `station sync` makes it anew."""
    try:
        return LinkFile(settings.link_path, lambda: 0, writable=False)
    except sqlite3.DatabaseError:
        return None


def seal_key(path: Path) -> SealKey:
    """How the key is that recipients of expected parcels are sealed to."""
    if not path.exists():
        return SealKey.MISSING
    from sync.keys import OpeningKey  # noqa: PLC0415 - only when a person asks

    try:
        OpeningKey.load(path)
    except SyncError:
        return SealKey.DAMAGED
    return SealKey.PRESENT


def _held(kept: KeptList, settings: Settings) -> ListHeld:
    """One list, read as the agent reads it."""
    shape = SHAPES.get(kept.name)
    if shape is None:
        trouble = "本程序不认识,升级后可用 / not known to this program"
        return ListHeld(kept.name, kept.version, kept.at_ms, 0, trouble)
    try:
        found = read_content(kept.content, shape)
        if isinstance(found, ExpectedParcels) and found.key is not None:
            _open(found.key, settings)
    except SyncError as error:
        return ListHeld(kept.name, kept.version, kept.at_ms, 0, f"{error};{error.hint}")
    items: list[Any] = getattr(found, shape.__struct_fields__[0])
    return ListHeld(kept.name, kept.version, kept.at_ms, len(items), "")


def _open(wrapped: bytes, settings: Settings) -> None:
    """Try the list's key; raises SealBroken, SyncError."""
    from sync.keys import OpeningKey  # noqa: PLC0415 - only when a person asks
    from sync.list_sealing import open_list_key  # noqa: PLC0415

    open_list_key(OpeningKey.load(settings.seal_path).private, settings.station.id, wrapped)
