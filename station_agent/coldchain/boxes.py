"""The cold boxes of a station as the agent holds them: readings in; entries, row changes and answers out. Pure.

Two ways out, because nobody can repeat a temperature and everybody can repeat a scan:
    what a reading or time brings   stands at once; its entries wait in `unsaved` until `saved` says they are on disk,
                                    and its answers are given whether or not the card takes them: an alarm sounds
    what a person does              is a `Proposal`, as at the counter: on disk first, then `settle`, then the answer
Whoever writes a proposal writes `unsaved` before it, in the same transaction, so that what is on the card is never
older than what came before it.

How a box stands is a row of `cold_box` (name, state), changed by every entry that carries the state and rebuilt from
the last one. What lies where is a book of the counter (`counter.chilled`), changed by box.put and box.taken: its
changes are worked out with those of the other books. After a restart `load` goes on from the rows: the time between is
a gap. Called by the counter's desk and, through `station_agent.coldwork`, by the agent's loop. Times are monotonic
seconds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from drivers.readings import BadReading, Temperature
from station_agent.coldchain.contents import Contents
from station_agent.coldchain.machine import Cause, Machine, Setup
from station_agent.coldchain.profiles import Profile, Profiles
from station_agent.coldchain.state import unpacked
from station_agent.coldchain.values import certified, is_believed
from station_agent.coldchain.watch import Step, Watch
from station_agent.coldchain.words import NOTHING, Outcome, Said, bound
from station_agent.counter.answers import Answer
from station_agent.counter.calibration import Shown
from station_agent.counter.chilled import WATCH_TABLE, Chilled, taken, watch_row
from station_agent.counter.vocabulary import custody, telemetry
from station_agent.journal.changes import Change, Row
from station_agent.journal.writer import Record
from sync.entry import Lane

MAX_UNSAVED = 500
"""Entries that wait for a card that takes nothing; beyond it the oldest telemetry goes, and is counted."""


@dataclass(frozen=True, slots=True)
class Box:
    """A box as it is set up. thermometer: name of its device, channel where that carries several. door: device."""

    name: str
    profile: Profile
    thermometer: str
    channel: str | None = None
    door: str | None = None
    interval_s: float = 60.0


class Unsaved(NamedTuple):
    """What waits for the disk, in the order it happened."""

    records: tuple[Record, ...] = ()
    changes: tuple[Change, ...] = ()


class Proposal(NamedTuple):
    """An act that is not done yet: to be written, settled, answered; with nothing to write it is only answered.

    changes: of the boxes' own states.
    """

    answer: Answer
    records: tuple[Record, ...] = ()
    changes: tuple[Change, ...] = ()
    steps: tuple[tuple[str, Step], ...] = ()
    now_s: float = 0.0


class ColdBoxes:
    """Every box with its watch and its contents."""

    def __init__(self, boxes: Sequence[Box], profiles: Profiles, chilled: Chilled, *, boot: int, now_s: float) -> None:
        """boot: number of the running boot (`Journal.boot`); monotonic times of another boot mean nothing.

        chilled: the book of what lies where; the counter's books change it.
        """
        self._boxes = {box.name: box for box in boxes}
        self._profiles, self._boot = profiles, boot
        self._raw: dict[str, int] = {}
        self._unsaved: list[Record] = []
        self._unwritten = 0
        self.contents = Contents(profiles, {box.name: box.profile for box in boxes}, chilled)
        self.watches = {box.name: Watch(self._setup(box), boot=boot, now_ms=_ms(now_s)) for box in boxes}

    @property
    def setups(self) -> list[Box]:
        """The boxes as they are set up, in the order of the settings."""
        return list(self._boxes.values())

    @property
    def version(self) -> str:
        """Version of the profiles they are judged by."""
        return self._profiles.version

    def goods(self, word: str) -> str:
        """The product a card's word means: its id, with or without underscores; "" where no profile has it."""
        plain = word.replace("_", "")
        every = (product for profile in self._profiles for product in profile.products)
        return next((product for product in every if product.replace("_", "") == plain), "")

    def load(self, states: Iterable[Row], now_s: float) -> None:
        """Go on from the stored rows; boxes no longer set up are left alone."""
        for name, blob in states:
            if name in self._boxes:
                kept = unpacked(msgspec.msgpack.decode(blob))
                setup = self._setup(self._boxes[name])
                self.watches[name] = Watch(setup, boot=self._boot, now_ms=_ms(now_s), kept=kept)

    @property
    def waits(self) -> bool:
        """Whether anything is to be written."""
        return bool(self._unsaved)

    @property
    def unsaved(self) -> Unsaved:
        """What is to be written at the next chance."""
        lost = [telemetry("box.unwritten", count=self._unwritten)] if self._unwritten else []
        records = (*lost, *self._unsaved)
        return Unsaved(records, tuple(_watch_changes(records)))

    def saved(self) -> None:
        """All of `unsaved` is on disk."""
        self._unsaved.clear()
        self._unwritten = 0

    def reading(
        self, device: str, reading: Temperature | BadReading, now_s: float, *, shown: Shown | None = None
    ) -> list[Answer]:
        """A look at a thermometer; shown: what its calibration makes of the value (`Calibrations.shown`)."""
        answers: list[Answer] = []
        for box in self._boxes.values():
            if box.thermometer == device and box.channel in (None, reading.channel):
                answers += self._heard(box.name, self._look(box.name, reading, _ms(now_s), shown))
        return answers

    def door(self, device: str, is_open: bool, now_s: float) -> None:
        """A door was opened or shut."""
        for box in self._boxes.values():
            if box.door == device:
                self.watches[box.name].door(is_open, _ms(now_s))

    def tick(self, now_s: float) -> list[Answer]:
        """What time alone asks for: gaps, doors left open, alarms nobody dealt with, checkpoints."""
        answers: list[Answer] = []
        for name, watch in self.watches.items():
            answers += self._heard(name, watch.tick(_ms(now_s)))
        return answers

    def finish(self, now_s: float) -> None:
        """Before a stop; `unsaved` is to be written afterwards."""
        for name, watch in self.watches.items():
            self._heard(name, watch.finish(_ms(now_s)))

    def put(self, waybill: str, product: str, box: str, now_s: float) -> Proposal:
        """A parcel is put into a box; product "" where nobody said what it is."""
        refusal = self.contents.refusal(waybill, product, box, self._shunned())
        if refusal is not None:
            return Proposal(refusal)
        profile = self.contents.fitting(product, box)
        assert profile is not None
        own = custody(
            "box.put",
            waybill=waybill,
            box=box,
            profile=profile.id,
            version=self._profiles.version,
            product=product or None,
            excursion=self.excursion(box),
        )
        before = self.contents.find(waybill)
        moved = [] if before is None else [taken(before, self.excursion(before.box))]
        anew = not self.contents.inside(box)
        step = self.watches[box].step(lambda machine: machine.load(anew=anew))
        return self._propose(Answer("box.put", {"box": box}), [*moved, own], (box, step), now_s)

    def take(self, waybill: str, now_s: float) -> Proposal:
        """A parcel is taken out of the box it lies in."""
        before = self.contents.find(waybill)
        if before is None:
            return Proposal(Answer("box.not_inside"))
        record = taken(before, self.excursion(before.box))
        return self._propose(Answer("box.taken", {"box": before.box}), [record], None, now_s)

    def close(self, box: str, cause: Cause, by: str, now_s: float) -> Proposal:
        """A person closes an alarm with its cause; by: who, "" when no badge was scanned."""
        empty = not self.contents.inside(box)
        return self._act(box, lambda machine: machine.close(cause, by, empty=empty), now_s)

    def rest(self, box: str, now_s: float) -> Proposal:
        """A box goes out of use; refused while something lies in it."""
        if count := len(self.contents.inside(box)):
            return Proposal(Answer("box.not_empty", {"box": box, "count": str(count)}))
        return self._act(box, Machine.rest, now_s)

    def settle(self, proposal: Proposal) -> None:
        """The proposal is on disk: let it happen."""
        for box, step in proposal.steps:
            self.watches[box].take(step, _ms(proposal.now_s))

    def excursion(self, box: str) -> int | None:
        """Number of the excursion that is open in a box."""
        watch = self.watches.get(box)
        return None if watch is None or watch.state.excursion is None else watch.state.excursion.number

    def _setup(self, box: Box) -> Setup:
        return Setup(box.name, box.profile, self._profiles.version, _ms(box.interval_s))

    def _look(self, box: str, reading: Temperature | BadReading, now_ms: int, shown: Shown | None) -> Outcome:
        """One look at a box's thermometer."""
        watch = self.watches[box]
        if isinstance(reading, BadReading):
            return watch.no_value(reading.reason.value, now_ms)
        if not is_believed(reading, self._raw.get(box)):
            assert reading.suspect is not None
            return watch.no_value(reading.suspect.value, now_ms)
        self._raw[box] = reading.temperature_mc
        return watch.value(certified(reading.temperature_mc, shown), now_ms)

    def _heard(self, box: str, result: Outcome) -> list[Answer]:
        """Keep the entries of a step for the disk, and make its answers."""
        waybills = [content.waybill for content in self.contents.inside(box)]
        self._unsaved += bound(result.records, waybills)
        while len(self._unsaved) > MAX_UNSAVED:
            lanes = [record.lane for record in self._unsaved]
            del self._unsaved[lanes.index(Lane.TELEMETRY) if Lane.TELEMETRY in lanes else 0]
            self._unwritten += 1
        return [self._answer(box, said) for said in result.said]

    def _answer(self, box: str, said: Said) -> Answer:
        """An alarm names the box to go to, where there is one and something to carry."""
        if said.phrase != "box.alarm":
            return said.answer(box)
        shunned = {name for name, watch in self.watches.items() if not watch.is_haven}
        to = self.contents.haven(box, shunned) if self.contents.inside(box) else None
        return said._replace(phrase="box.alarm_stay").answer(box) if to is None else said.answer(box, to=to)

    def _shunned(self) -> set[str]:
        return {name for name, watch in self.watches.items() if watch.in_trouble}

    def _act(self, box: str, act: Callable[[Machine], Outcome], now_s: float) -> Proposal:
        """What a person does to a box itself."""
        if box not in self.watches:
            return Proposal(Answer("box.unknown", {"box": box}))
        step = self.watches[box].step(act)
        answer = step.outcome.said[0].answer(box)
        return self._propose(answer, [], (box, step), now_s) if step.outcome.records else Proposal(answer)

    def _propose(self, answer: Answer, records: list[Record], step: tuple[str, Step] | None, now_s: float) -> Proposal:
        """The entries of an act, then those of the step it makes a box do."""
        box, done = step or ("", None)
        outcome = done.outcome if done is not None else NOTHING
        waybills = [content.waybill for content in self.contents.inside(box)]
        written = (*records, *bound(outcome.records, waybills))
        steps = () if done is None else ((box, done),)
        return Proposal(answer, written, tuple(_watch_changes(written)), steps, now_s)


def _watch_changes(records: Iterable[Record]) -> list[Change]:
    """The rows that carry the state of the boxes: the last entry of each counts."""
    rows = (watch_row(record.body) for record in records)
    return [Change(WATCH_TABLE, None, row) for row in {row[0]: row for row in rows if row is not None}.values()]


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
