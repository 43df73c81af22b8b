"""The counter: a scan or a weight -> entries to write and one answer to give. Pure.

Rules
1. A decision is only a proposal. The agent writes its records and changes; only when they are on disk is the decision
   settled here and its answer given. If the disk refuses, nothing here has moved.
2. A code is what `waybill.identify` says. What looks like a payment or identity code is refused, what looks like two
   codes glued by a lost line end is unreadable, and neither is kept.
3. A doubtful code (unknown shape, failed check, typed without a check digit that fits) counts when it was read or
   typed twice the same within 30 s. A guess never blocks acceptance; a typed code is marked so for ever.
4. A scanner's double read of a code that was just answered green says nothing more.
5. A settled weight belongs to the parcel received last, within 30 s, once, and to nobody once anything else was
   scanned.

mode  scanned                      here before      entry              answer
----  ---------------------------  ---------------  -----------------  -------------------------
any   card                         -                -                  mode.in / mode.out
any   a card nobody knows          -                -                  card.unknown
any   adoption card                -                -                  card.adopt
any   unreadable, glued            -                scan.unreadable    scan.unreadable
any   payment code, identity, URL  -                scan.refused       scan.refused
any   product code                 -                -                  scan.product
any   pick-up code                 no               -                  parcel.unknown
any   doubtful, first time         -                -                  scan.again
in    bag                          no               bag.received       bag.received
in    bag                          yes, lately      -                  bag.already_here
in    parcel                       no               parcel.received    parcel.received
in    parcel or pick-up code       here             -                  parcel.already_here
in    parcel, first time           handed out       -                  parcel.come_again
in    parcel, again in 30 s        handed out       parcel.received    parcel.received
out   parcel or pick-up code       here             parcel.collected   parcel.collected
out   parcel                       handed out       -                  parcel.already_collected
out   parcel                       no               -                  parcel.unknown
out   bag                          -                -                  scan.not_here
"""

from dataclasses import dataclass, replace
from typing import Any

from drivers.readings import BadReading, Reason, Scan
from station_agent.counter.answers import Answer, Colour
from station_agent.counter.cards import ADOPTION_CARD, CARD_PREFIX, CARDS, Mode
from station_agent.counter.shelves import HERE, Parcel, Shelves, is_pickup_code
from station_agent.counter.vocabulary import HEAD_BYTES, custody, telemetry
from station_agent.journal.changes import Change
from station_agent.journal.writer import Record
from station_agent.waybill import Identification, PackageParts, Refusal, identify, looks_glued
from station_agent.waybill.kinds import Check, Role

AGAIN_S = 30.0
"""A doubtful code must be read again within this time to count."""
WEIGH_S = 30.0
"""A weight belongs to the parcel received last if it settles within this time."""
UNUSED_BURST = 20
UNUSED_EVERY_S = 10.0
"""Unreadable and refused scans are recorded up to a burst, then one in ten seconds; others are counted in the next."""
MAX_BAGS = 64
"""Bags remembered, to tell a second scan from a new bag."""


@dataclass(frozen=True, slots=True)
class Attention:
    """What the counter has in mind between scans; lost at a restart without harm.

    doubtful: a code to be read again, until when. green: the code answered green last. weigh: the parcel a weight would
    belong to, until when.
    """

    mode: Mode = Mode.IN
    doubtful: tuple[str, float] = ("", 0.0)
    green: str = ""
    weigh: tuple[str, float] = ("", 0.0)
    bags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """A proposal: entries, row changes, the answer for when they are on disk, and what to have in mind then."""

    attention: Attention
    answer: Answer | None = None
    records: tuple[Record, ...] = ()
    changes: tuple[Change, ...] = ()


def identity(what: Identification) -> str:
    """What tells parcels apart: one of several pieces goes by its own label, not by the waybill they share."""
    if isinstance(what.parts, PackageParts) and what.parts.total > 1:
        return what.code
    return what.number


class Counter:
    """The attendant's counter of one station. `now_s` is monotonic, `wall_ms` the wall time an entry will carry."""

    def __init__(self, shelves: Shelves) -> None:
        """`shelves` holds what is here now, loaded by the caller."""
        self.shelves = shelves
        self.attention = Attention()
        self._allowance = float(UNUSED_BURST)
        self._allowed_s: float | None = None
        self._unreported = 0

    def settle(self, decision: Decision) -> None:
        """The decision is on disk: let it happen here."""
        self.shelves.take(decision.changes)
        self.attention = decision.attention

    def scan(self, device: str, scan: Scan, now_s: float, wall_ms: int) -> Decision:
        """Decide what a code means."""
        text = scan.code.strip()
        card = text.upper()
        mode = CARDS.get(card)
        if mode is not None:
            return Decision(
                replace(self.attention, mode=mode, green="", doubtful=("", 0.0), weigh=("", 0.0)),
                Answer(f"mode.{mode.value}"),
            )
        if card == ADOPTION_CARD:
            return self._say(Answer("card.adopt"))
        if card.startswith(CARD_PREFIX):
            return self._say(Answer("card.unknown"))
        if scan.repeated and text == self.attention.green:
            return Decision(self.attention)
        found = self.shelves.with_code(text)
        if found is not None:
            out = self.attention.mode is Mode.OUT
            return self._hand_out(text, found, wall_ms) if out else self._say_here(found)
        if looks_glued(text):
            return self._unreadable(device, "glued", text.encode(), now_s)
        what = identify(scan.code)
        if what.refused is not None:
            return self._refuse(device, what, now_s)
        if scan.repeated and self._read_again(identity(what), now_s):
            # The gun's own double read is the same reading, not a second one.
            return Decision(self.attention)
        if is_pickup_code(what.code):
            return self._say(Answer("parcel.unknown"))
        return self._code(text, what, now_s, wall_ms, typed=scan.typed)

    def bad_scan(self, device: str, reading: BadReading, now_s: float) -> Decision:
        """Decide what to say of a scan that could not be read."""
        return self._unreadable(device, reading.reason.value, reading.raw, now_s)

    def weight(self, device: str, weight_g: float, now_s: float) -> Decision:
        """Give a settled weight to the parcel received last, if one waits for it."""
        waybill, until_s = self.attention.weigh
        parcel = self.shelves.parcel(waybill)
        if parcel is None or parcel.state != HERE or now_s > until_s:
            return Decision(self.attention)
        grams = round(weight_g)
        record = custody("parcel.weighed", waybill=waybill, weight_g=grams, device=device)
        changes = self.shelves.effects(record.kind, record.body, parcel.received_ms)
        answer = Answer("parcel.weighed", {"weight_kg": f"{grams / 1000:.3f}"})
        return Decision(replace(self.attention, weigh=("", 0.0)), answer, (record,), tuple(changes))

    def no_weight(self, reason: Reason, now_s: float) -> Decision:
        """Say why the scale gives nothing, if a parcel waits for its weight."""
        if not self.attention.weigh[0] or now_s > self.attention.weigh[1]:
            return Decision(self.attention)
        return Decision(self.attention, Answer("scale.overload" if reason is Reason.OVERLOAD else "scale.unusable"))

    def _code(self, text: str, what: Identification, now_s: float, wall_ms: int, *, typed: bool) -> Decision:
        """Decide on a code that is neither card nor refused; `typed`: at the pad, from a label no gun can read."""
        role = what.kind.role
        if role is Role.PRODUCT:
            return self._say(Answer("scan.product"))
        known = self.shelves.parcel(identity(what))
        doubtful = role is Role.UNKNOWN or not what.valid or (typed and what.check is not Check.OK)
        if doubtful and known is None and not self._read_again(identity(what), now_s):
            return self._doubt(identity(what), Answer("scan.again"), now_s)
        if role is Role.BAG:
            return self._bag(text, what)
        if self.attention.mode is Mode.IN:
            return self._receive(text, what, known, now_s, wall_ms, typed=typed)
        if known is None:
            return self._say(Answer("parcel.unknown"))
        if known.state != HERE:
            return self._say(Answer("parcel.already_collected"))
        return self._hand_out(text, known, wall_ms)

    def _receive(
        self, text: str, what: Identification, known: Parcel | None, now_s: float, wall_ms: int, *, typed: bool
    ) -> Decision:
        """Take a parcel in and give it a pick-up code."""
        if known is not None and known.state == HERE:
            return self._say_here(known)
        if known is not None and not self._read_again(identity(what), now_s):
            return self._doubt(identity(what), Answer("parcel.come_again"), now_s)
        code = self.shelves.free_code()
        record = custody(
            "parcel.received", waybill=identity(what), code=code, carrier=what.carrier, typed=typed or None
        )
        changes = self.shelves.effects(record.kind, record.body, wall_ms)
        attention = replace(self.attention, doubtful=("", 0.0), green=text, weigh=(identity(what), now_s + WEIGH_S))
        return Decision(attention, Answer("parcel.received", {"code": code}), (record,), tuple(changes))

    def _hand_out(self, text: str, parcel: Parcel, wall_ms: int) -> Decision:
        """Give a parcel to the person who came for it."""
        record = custody("parcel.collected", waybill=parcel.waybill, code=parcel.code)
        changes = self.shelves.effects(record.kind, record.body, wall_ms)
        attention = replace(self.attention, doubtful=("", 0.0), green=text, weigh=("", 0.0))
        return Decision(attention, Answer("parcel.collected", {"code": parcel.code}), (record,), tuple(changes))

    def _bag(self, text: str, what: Identification) -> Decision:
        """Take a bag in."""
        if self.attention.mode is not Mode.IN:
            return self._say(Answer("scan.not_here"))
        if what.code in self.attention.bags:
            return self._say(Answer("bag.already_here"))
        record = custody("bag.received", bag=what.code, shape=what.kind.value)
        bags = (*self.attention.bags, what.code)[-MAX_BAGS:]
        attention = replace(self.attention, doubtful=("", 0.0), green=text, bags=bags, weigh=("", 0.0))
        return Decision(attention, Answer("bag.received", {"bag": what.code[-8:]}), (record,))

    def _read_again(self, code: str, now_s: float) -> bool:
        """Whether this code was doubted a moment ago, so that this is its second reading."""
        doubted, until_s = self.attention.doubtful
        return doubted == code and now_s <= until_s

    def _doubt(self, code: str, answer: Answer, now_s: float) -> Decision:
        """Ask for the same code again."""
        return Decision(replace(self.attention, doubtful=(code, now_s + AGAIN_S), green="", weigh=("", 0.0)), answer)

    def _say(self, answer: Answer) -> Decision:
        """Only answer; what was doubted or green before no longer counts."""
        assert answer.colour is not Colour.GREEN
        return Decision(replace(self.attention, green="", doubtful=("", 0.0), weigh=("", 0.0)), answer)

    def _say_here(self, parcel: Parcel) -> Decision:
        """Tell where a parcel lies that is already here."""
        return self._say(Answer("parcel.already_here", {"code": parcel.code}))

    def _refuse(self, device: str, what: Identification, now_s: float) -> Decision:
        """Refuse what must not be kept: only its kind and length are recorded."""
        if what.refused is Refusal.EMPTY:
            return Decision(self.attention)
        assert what.refused is not None
        records = self._within_allowance(
            now_s, "scan.refused", device=device, reason=what.refused.value, length=what.length
        )
        return Decision(replace(self.attention, green="", weigh=("", 0.0)), Answer("scan.refused"), records)

    def _unreadable(self, device: str, reason: str, raw: bytes, now_s: float) -> Decision:
        """Say so; of its bytes only the head is recorded."""
        records = self._within_allowance(
            now_s, "scan.unreadable", device=device, reason=reason, length=len(raw), head=raw[:HEAD_BYTES]
        )
        return Decision(replace(self.attention, green="", weigh=("", 0.0)), Answer("scan.unreadable"), records)

    def _within_allowance(self, now_s: float, kind: str, **fields: Any) -> tuple[Record, ...]:  # noqa: ANN401
        """The record, or only its count once the allowance is used up: noise, or a poster before a fixed scanner."""
        if self._allowed_s is not None:
            gained = (now_s - self._allowed_s) / UNUSED_EVERY_S
            self._allowance = min(float(UNUSED_BURST), self._allowance + gained)
        self._allowed_s = now_s
        if self._allowance < 1.0:
            self._unreported += 1
            return ()
        self._allowance -= 1.0
        unreported, self._unreported = self._unreported, 0
        return (telemetry(kind, **fields, unreported=unreported or None),)
