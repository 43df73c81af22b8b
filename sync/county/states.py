"""What stations last said of themselves on the state topic: there or not, which version, which cold boxes in alarm.

A hint for people and never evidence: the word is not signed, the chain alone proves. So everything is checked and
bounded, what does not change is not written again (brokers repeat what they retain, and each worker hears it), and of
many words of one station within a second the last is kept. Called by `ingest`; `register` reads the table.
"""

import time
from collections.abc import Callable
from typing import Annotated

import msgspec
from sqlalchemy import Engine, text

from sync.county.database import writing
from sync.errors import MalformedMessage

TOPIC = "yyt/v1/+/state"
MAX_BYTES = 8192
MAX_ALARMS = 99
MAX_WAITING = 2000
"""Stations whose word waits to be written; further ones are dropped, and a broker repeats them to who asks anew."""
SAVE_S = 1.0

_PRINTED = r"^[^\x00-\x1f\x7f-\x9f]*\Z"
"""PostgreSQL keeps no zero byte, and no terminal should be moved by a name."""

Word = Annotated[str, msgspec.Meta(max_length=64, pattern=_PRINTED)]
Version = Annotated[str, msgspec.Meta(max_length=32, pattern=_PRINTED)]


class Told(msgspec.Struct, frozen=True):
    """What a station says. alarms: names of cold boxes; fields of a newer program are passed over."""

    online: bool
    version: Version
    alarms: Annotated[tuple[Word, ...], msgspec.Meta(max_length=MAX_ALARMS)] = ()


_told = msgspec.json.Decoder(Told)
_change = text("""
    UPDATE station_state SET online = :online, version = :version, alarms = :alarms, since_ms = :now_ms
    WHERE station = :station AND (online <> :online OR version <> :version OR alarms <> :alarms)""")
_add = text("""
    INSERT INTO station_state (station, online, version, alarms, since_ms)
    SELECT id, :online, :version, :alarms, :now_ms FROM station WHERE id = :station
    ON CONFLICT (station) DO NOTHING""")


def station_of(topic: str) -> str | None:
    """Whose state a topic holds; None for another topic."""
    match topic.split("/"):
        case ["yyt", "v1", station, "state"] if 0 < len(station) <= 32:
            return station
    return None


def read_state(payload: bytes) -> Told:
    """Check a word; raises MalformedMessage."""
    hint = "驿站程序太新或不是驿站 / a newer program, or no station"
    if len(payload) > MAX_BYTES:
        raise MalformedMessage(f"a state of {len(payload)} bytes", hint=hint)
    try:
        return _told.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedMessage(f"no state: {error}", hint=hint) from error


class StateDesk:
    """Keeps the last word of every registered station; belongs to one worker."""

    def __init__(
        self, engine: Engine, *, clock_ms: Callable[[], int], clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Nothing was heard yet."""
        self._engine, self._clock_ms, self._clock_s = engine, clock_ms, clock_s
        self._waiting: dict[str, Told] = {}
        self._due_s = float("-inf")

    def take(self, station: str, payload: bytes) -> None:
        """Hear one word; it is written at a `save`. Raises MalformedMessage."""
        told = read_state(payload)
        if station in self._waiting or len(self._waiting) < MAX_WAITING:
            self._waiting[station] = told

    def save(self) -> None:
        """Write what was heard, at most once in SAVE_S; raises LogUnavailable, and then it waits on."""
        now_s = self._clock_s()
        if not self._waiting or now_s < self._due_s:
            return
        self._due_s, now_ms = now_s + SAVE_S, self._clock_ms()
        rows = [
            {
                "station": station,
                "online": told.online,
                "version": told.version,
                "alarms": msgspec.json.encode(told.alarms).decode(),
                "now_ms": now_ms,
            }
            for station, told in sorted(self._waiting.items())
        ]
        with writing(self._engine) as connection:
            connection.execute(_change, rows)
            connection.execute(_add, rows)
        self._waiting.clear()
