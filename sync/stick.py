"""The station's end of carrying: what is done with a stick that is plugged in, or with a file of a driver's phone.

    a stick appears -> mark good? -> take <station>.down.yyt -> write <station>.up.yyt, on the medium -> take it out

A shell around `carry.py`. Called by `station sync`, which looks for sticks, by `station carry-out` and `carry-in`. What
is to be said it leaves in link.db, for the agent has the voice.
"""

import glob
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from sync.board import Board
from sync.carry import Back, Load, Taken, pack_trip, take_down
from sync.carry_file import (
    MARK_NAME,
    MAX_FILE_BYTES,
    MAX_MARK_BYTES,
    UpHead,
    down_name,
    encode_up,
    read_down,
    read_mark,
    up_name,
)
from sync.entry import FORMAT, key_id
from sync.errors import CarryRefused, CarryUnwritable, LinkFileUnwritable, SyncError, Why
from sync.folder import read_bounded, write_whole
from sync.keys import verifier
from sync.link import LinkFile
from sync.sender import JournalReader
from sync.trips import Trip
from sync.wire import Sign, Verify

MAX_STICKS = 8
"""Sticks looked at in one go."""

PHRASES = {
    Back.ARRIVED: ("carry.arrived",),
    Back.PARTLY: ("carry.partly",),
    Back.BEFORE: (),
    Back.UNKNOWN: (),
    Back.LISTS_ONLY: (),
}
REFUSED = {
    Why.FOREIGN: "carry.foreign",
    Why.DAMAGED: "carry.damaged",
    Why.OTHER_STATION: "carry.damaged",
    Why.NEWER: "carry.newer",
    Why.UNREADABLE: "carry.damaged",
}


class StationKey(Protocol):
    """The station's own key, as `keys.SigningKey` has it."""

    @property
    def id(self) -> bytes:
        """Names its public half."""

    @property
    def sign(self) -> Sign:
        """Signs a message."""


@dataclass(frozen=True, slots=True)
class Courier:
    """Hands over and takes back for one station.

    county_key, sealing_key: the county's, 32 raw bytes each; without the second nothing goes out. draw: a fresh number
    of a trip. make_check: makes a check of a public key, another one in tests.
    """

    station: str
    key: StationKey
    county_key: bytes
    sealing_key: bytes | None
    journal: JournalReader
    link: LinkFile
    wall_ms: Callable[[], int]
    draw: Callable[[], int] = field(default=lambda: secrets.randbits(61) + 1)
    make_check: Callable[[bytes], Verify] = verifier

    def check_mark(self, folder: Path) -> bytes:
        """The id of a stick of our county; raises CarryRefused."""
        data = read_bounded(folder / MARK_NAME, MAX_MARK_BYTES)
        if data is None:
            raise CarryRefused("没有县里的标记 / there is no mark of a county on it", why=Why.FOREIGN)
        return read_mark(data, county=self.county_key, verify=self.make_check(self.county_key))

    def take(self, path: Path) -> Taken | None:
        """Take the county's file at `path`, None where there is none; raises CarryRefused, LinkFileUnwritable."""
        data = read_bounded(path, MAX_FILE_BYTES)
        if data is None:
            return None
        verify = self.make_check(self.county_key)
        down = read_down(data, station=self.station, county=self.county_key, verify=verify)
        self.link.refresh()
        board = Board(station=self.station, key=self.key.id, sign=self.key.sign, verify=verify, store=self.link)
        taken = take_down(
            down, station=self.station, verify=verify, journal=self.journal, ledger=self.link, board=board
        )
        self.link.save()
        return taken

    def give(self, path: Path) -> Load:
        """Write what the county lacks to `path`; raises CarryRefused, CarryUnwritable, LinkFileUnwritable."""
        if self.sealing_key is None:
            hint = (
                "在配置 [county] 里写 sealing_key,县里用 county sealing-key 查看 / "
                "write sealing_key in [county] of the configuration; `county sealing-key` prints it"
            )
            raise SyncError("没有封存公钥,数据不能离站 / without a sealing key nothing leaves the station", hint=hint)
        self.link.refresh()
        number = self.draw()
        load = pack_trip(
            number,
            station=self.station,
            key=self.key.id,
            sign=self.key.sign,
            journal=self.journal,
            ledger=self.link,
        )
        head = UpHead(FORMAT, self.station, key_id(self.sealing_key), number, max(0, self.wall_ms()))
        try:
            sealed = encode_up(head, load.messages, self.sealing_key)
        except ValueError as error:
            hint = "检查 county.sealing_key / check county.sealing_key against what `county sealing-key` prints"
            raise SyncError(f"not a sealing key: {error}", hint=hint) from error
        # Remembered before it leaves: an answer to a trip nobody remembers would confirm nothing.
        self.link.set_out(Trip(number, load.requests, self.link.incarnation(), answered=False))
        write_whole(path, sealed)
        return load

    def exchange(self, folder: Path, say: Callable[[str], None]) -> list[str]:
        """Everything that is done with a stick, and the names of what is to be said; `say` takes lines for the log.

        A file of the county that is refused keeps nothing from being written.
        """
        phrases: list[str] = []
        try:
            self.check_mark(folder)
        except CarryRefused as error:
            say(f"{folder}: {error}; {error.hint}")
            return [REFUSED[error.why]]
        try:
            taken = self.take(folder / down_name(self.station))
            if taken is not None:
                phrases += PHRASES[taken.back]
        except CarryRefused as error:
            say(f"{folder}: {error}; {error.hint}")
            phrases.append(REFUSED[error.why])
        try:
            load = self.give(folder / up_name(self.station))
        except CarryUnwritable as error:
            say(f"{error}; {error.hint}")
            return [*phrases, "carry.full"]
        except SyncError as error:
            if isinstance(error, LinkFileUnwritable):
                raise
            say(f"{error}; {error.hint}")
            return [*phrases, "carry.no_key"]
        say(f"{folder}: 已写 {load.batches} 批 / {load.batches} batch(es) written")
        if load.batches == 0:
            return [*phrases, "carry.nothing"]
        return [*phrases, "carry.take_out" if load.whole else "carry.take_out_more"]


class Seen(NamedTuple):
    """A stick that was served, until it is gone."""

    path: str
    device: int


class StickWatch:
    """Looks for sticks and serves each once for every time it is plugged in."""

    def __init__(self, pattern: str, courier: Courier, say: Callable[[str], None]) -> None:
        """pattern: where sticks are mounted, with wildcards, such as /media/*/YYT-CARRY."""
        self._pattern, self._courier, self._say = pattern, courier, say
        self._seen: set[Seen] = set()

    def look(self) -> None:
        """Serve what was plugged in since the last look; a stick that goes away in between harms nothing."""
        # Path.glob would raise where a stick is pulled out as it looks.
        paths = sorted(glob.glob(self._pattern))[:MAX_STICKS]  # noqa: PTH207
        here = {found for path in paths if (found := _stick(path))}
        self._seen &= here
        for stick in sorted(here - self._seen):
            self._seen.add(stick)
            self._serve(Path(stick.path))

    def _serve(self, folder: Path) -> None:
        try:
            self._courier.link.say(["carry.wait"])
            phrases = self._courier.exchange(folder, self._say)
            self._courier.link.say(phrases)
        except LinkFileUnwritable as error:
            self._say(f"{error}; {error.hint}")
        except sqlite3.DatabaseError as error:
            self._say(f"link.db 读不出,稍后再插一次 / cannot be read, plug it in again later: {error}")


def _stick(path: str) -> Seen | None:
    """A folder with something in it: an empty mount point, or one that is gone, is no stick."""
    try:
        folder = Path(path)
        if not folder.is_dir() or next(folder.iterdir(), None) is None:
            return None
        return Seen(path, folder.stat().st_dev)
    except OSError:
        return None
