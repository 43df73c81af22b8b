"""Carries a plan out: opens the port at one setting after the other, listens, asks, and has the evidence judged.

state      at each stop of the plan
---------  -----------------------------------------------------------------------------------------------------
listening  nothing is sent; ends with the search once what is there is settled (`verdict.settled`)
asking     a question is asked TRIES times, and ANSWERS times where an answer was understood; the search ends
           where that settled it
calling    Modbus slaves by address; who answers is asked for details; the search ends after the whole roll

1. Nothing is sent but what stands in the plan, byte by byte.
2. Where nothing at all was heard at the two most usual settings, nobody speaks by himself, and the other settings are
   not listened to (a person who was asked to scan is waited for at all of them).
3. A setting that the adapter refuses is left out and told; a port that is taken or lost ends the search with its error.
4. It ends when the plan's longest time is over, whatever came.

Pure: port and clock are handed in. Called by `station devices probe`.
"""

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from drivers.errors import BadSettings
from drivers.modbus import Reply, ReplyCutter
from drivers.probing.evidence import Evidence, Pieces, is_clear, listened, weigh
from drivers.probing.plan import (
    ANSWERS,
    ASK_S,
    CALLS,
    DETAILS,
    SLAVE_S,
    TRIES,
    LineAt,
    Plan,
    Question,
    RegisterQuestion,
    Stop,
)
from drivers.probing.slaves import TWICE, Answers, judge_slave
from drivers.probing.verdict import Finding, Sure, judge, settled
from drivers.readings import Reading

SLICE_S = 0.05
"""How long one look for an answer lasts; a conversation goes on at the end of it."""
LONGER_S = 3.0
"""How much longer one listens where too few readings agree: a person scans again, a slow scale speaks again."""
LOOK_S = 0.75
"""So often what was heard is judged; a listening lasts whole looks."""
SAMPLE_BYTES = 64
SILENT_STOPS = 2
SENT_IN_A_TRY = 4
"""Most that is sent in one exchange: a request, and what its model sends on the way to the answer."""


class Line(Protocol):
    """One port opened at one setting."""

    def hear(self, seconds: float) -> Pieces:
        """Return what came within `seconds`, each piece with its monotonic time; raises PortLost."""

    def say(self, data: bytes) -> None:
        """Send bytes; raises PortLost."""


class Heard(NamedTuple):
    """What came at one line setting, understood or not. sample: the first SAMPLE_BYTES; asked: whether in answer."""

    at: LineAt
    received: int
    sample: bytes
    asked: bool
    lasted_s: float


class Outcome(NamedTuple):
    """What came of a search. refused: line settings the adapter cannot do; in_time: whether it came to its end."""

    found: tuple[Finding, ...]
    heard: tuple[Heard, ...] = ()
    refused: tuple[LineAt, ...] = ()
    in_time: bool = True


OpenLine = Callable[[LineAt], Line]
"""Opens the port at a setting, closing the one before; raises DriverError."""


def probe(plan: Plan, open_line: OpenLine, clock: Callable[[], float]) -> Outcome:
    """Carry `plan` out; raises PortUnavailable where the port is taken, missing or lost."""
    return _Search(plan, open_line, clock).run()


class _Search:
    """One search on its way."""

    def __init__(self, plan: Plan, open_line: OpenLine, clock: Callable[[], float]) -> None:
        self._plan = plan
        self._open_line = open_line
        self._clock = clock
        self._ends_s = math.inf
        self._evidence: list[Evidence] = []
        self._slaves: list[Finding] = []
        self._heard: list[Heard] = []
        self._refused: list[LineAt] = []

    def run(self) -> Outcome:
        self._ends_s = self._clock() + self._plan.longest_s
        for stop in self._plan.stops:
            if self._late():
                break
            if self._is_vain(stop):
                continue
            try:
                line = self._open_line(stop.at)
            except BadSettings:
                if stop.at == LineAt():  # every port can do 9600 8N1: this is none
                    raise
                self._refused.append(stop.at)
                continue
            if self._settled_at(stop, line):
                break
        found = tuple(self._slaves) or judge(self._evidence)  # slaves are called only where nothing else settled it
        return Outcome(found, tuple(self._heard), tuple(self._refused), not self._late())

    def _late(self) -> bool:
        return self._clock() >= self._ends_s

    def _is_vain(self, stop: Stop) -> bool:
        """Whether listening there would hear nothing; rule 2."""
        if not stop.listen_s or self._plan.roles == {"scanner"}:
            return False
        return len(self._heard) >= SILENT_STOPS and not any(heard.received for heard in self._heard)

    def _settled_at(self, stop: Stop, line: Line) -> bool:
        """Do what the plan says for one line setting; return whether the search is over."""
        if stop.listen_s:
            self._listen(stop, line)
            return settled(judge(self._evidence))
        for question in stop.questions:
            if self._late():
                return True
            self._ask(stop.at, question, line)
            if settled(judge(self._evidence)):
                return True
        for address in stop.roll.addresses:
            if self._late():
                return True
            self._slaves += judge_slave(self._plan.path, stop.at, address, self._call(stop.at, address, line))
        return bool(self._slaves)

    def _listen(self, stop: Stop, line: Line) -> None:
        """Let every model read what came so far, until that is enough; longer where something was understood."""
        pieces: list[tuple[bytes, float]] = []
        evidence: list[Evidence] = []
        lasted_s = 0.0
        while lasted_s < stop.listen_s + (LONGER_S if judge(evidence) else 0.0) and not self._late():
            look_s = min(LOOK_S, stop.listen_s)
            pieces += line.hear(look_s)
            lasted_s += look_s
            evidence = list(listened(self._plan.path, self._plan.roles, stop.at, pieces))
            if any(finding.sure is not Sure.POSSIBLE for finding in judge(evidence)):
                break
        self._note(stop.at, b"".join(data for data, _ in pieces), asked=False, lasted_s=lasted_s)
        self._evidence += evidence

    def _ask(self, at: LineAt, question: Question, line: Line) -> None:
        """Put one question, again while it is understood, and keep what came of it."""
        readings: list[Reading] = []
        received = b""
        for attempt in range(ANSWERS):
            if self._late() or (attempt >= TRIES and not readings):
                break
            answers, data = self._exchange(question, line)
            readings += answers
            received += data.removeprefix(question.request)  # as an adapter echoes it
        self._note(at, received, asked=True, lasted_s=ASK_S)
        self._evidence.append(weigh(question.model, question.settings, readings, received, question.request))

    def _exchange(self, question: Question, line: Line) -> tuple[list[Reading], bytes]:
        """Ask once with a fresh decoder, answer back where its protocol does, and wait for a reading."""
        decoder = question.model.decoder(question.settings)
        decoder.tick(self._clock())
        decoder.poll()  # the request, which stands in the plan
        line.say(question.request)
        sent, received = 1, b""
        for _ in range(round(ASK_S / SLICE_S)):
            readings: list[Reading] = []
            for data, now_s in line.hear(SLICE_S):
                received += data
                readings += decoder.feed(data, now_s)
            if any(is_clear(reading) for reading in readings):  # not at an echo of our own request
                return readings, received
            reply = decoder.poll() if sent < SENT_IN_A_TRY else b""
            if reply in question.then:
                line.say(reply)
                sent += 1
        return [], received

    def _call(self, at: LineAt, address: int, line: Line) -> Answers:
        """Ask one slave everything, if it answers a call."""
        answers: dict[RegisterQuestion, list[Reply]] = {asked: [] for asked in (*CALLS, *DETAILS)}
        for asked in CALLS:
            answers[asked] += self._replies(at, address, asked, line)
        if any(answers.values()):
            for asked in DETAILS * TWICE + CALLS:
                answers[asked] += self._replies(at, address, asked, line)
        return answers

    def _replies(self, at: LineAt, address: int, asked: RegisterQuestion, line: Line) -> Iterator[Reply]:
        """Ask a slave once; give its reply, if one came in time."""
        request = asked.request(address)
        cutter = ReplyCutter({address: request}, frozenset({asked.how_many}))
        line.say(request)
        received = b""
        replies: list[Reply] = []
        for _ in range(round(SLAVE_S / SLICE_S)):
            for data, _ in line.hear(SLICE_S):
                received += data
                replies += [found for found in cutter.feed(data) if isinstance(found, Reply)]
            if replies:
                break
        self._note(at, received.removeprefix(request), asked=True, lasted_s=SLAVE_S)
        yield from replies[:1]

    def _note(self, at: LineAt, received: bytes, *, asked: bool, lasted_s: float) -> None:
        if received or not asked:
            self._heard.append(Heard(at, len(received), received[:SAMPLE_BYTES], asked, lasted_s))
