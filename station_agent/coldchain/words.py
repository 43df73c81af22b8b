"""What a cold box writes and says: its kinds of entries, and what a step of its machine gives back. Pure.

The kinds stand in `station_agent.counter.vocabulary`; called by `machine`, `sight` and `boxes`.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from station_agent.coldchain.state import Excursion
from station_agent.counter.answers import Answer
from station_agent.journal.writer import Record


class Said(NamedTuple):
    """A sentence to say: a phrase of `counter.answers` with the temperature and time that belong to it, if any."""

    phrase: str
    temperature_mc: int | None = None
    ms: int | None = None

    def answer(self, box: str, **values: str) -> Answer:
        """The answer for people, with the words every phrase of a box may use."""
        words = {"box": box, **values}
        if self.temperature_mc is not None:
            words["temperature"] = degrees(self.temperature_mc)
        if self.ms is not None:
            words["minutes"] = str(round(self.ms / 60_000))
        return Answer(self.phrase, words)


class Outcome(NamedTuple):
    """What a step gives: entries in the order they happened, and sentences."""

    records: tuple[Record, ...] = ()
    said: tuple[Said, ...] = ()

    def then(self, other: "Outcome") -> "Outcome":
        """This, and then that."""
        return Outcome(self.records + other.records, self.said + other.said)


NOTHING = Outcome()


def one(record: Record, *said: Said) -> Outcome:
    """One entry and what is said of it."""
    return Outcome((record,), said)


def about(excursion: Excursion) -> dict[str, Any]:
    """What every entry of an excursion says of it; times in milliseconds, temperatures as judged."""
    return {
        "excursion": excursion.number,
        "side": excursion.side,
        "peak_mc": excursion.peak_mc,
        "highest_mc": excursion.highest_mc,
        "lowest_mc": excursion.lowest_mc,
        "out_ms": excursion.out_ms,
        "known_ms": excursion.known_ms,
        "unknown_ms": excursion.unknown_ms,
        "unmeasured": excursion.unmeasured,
        "door_ms": excursion.door_ms,
    }


def bound(records: Iterable[Record], waybills: Sequence[str]) -> list[Record]:
    """The entries of excursions with the parcels that lie in the box; other entries as they are."""
    return [
        record._replace(body={**record.body, "waybills": list(waybills)})
        if record.kind.startswith("excursion.")
        else record
        for record in records
    ]


def degrees(temperature_mc: int) -> str:
    """A temperature for people: degrees with one decimal, "-0.5"; half away from zero."""
    tenths, sign = (abs(temperature_mc) + 50) // 100, "-" if temperature_mc <= -50 else ""
    return f"{sign}{tenths // 10}.{tenths % 10}"
