"""拆包: a bag that came in is opened and its parcels are taken out, against the list where there is one. Pure.

Rules
1. One bag at a time. Parcels taken out of it are received as in 入库, with a shelf and a pick-up code at once, and know
   the bag they came in.
2. The seal is held against what was noted when the bag changed hands, else against the list. Another seal, or 封志破损
   by card, is recorded and opens a case; the parcels are taken out all the same.
3. OK closes the bag: what is short, in excess or damaged is told and opens a case. A list that is missing blocks
   nothing; where it gives only a count, the count is compared. A listed parcel that was taken in by 入库 before its bag
   was scanned is not short.
4. 破损 may be said of a parcel before it is taken out: it is on the bag's list of damaged ones, and received as such.
5. The second OK confirms the batch, as in 入库; so do shelf stickers and household cards.
6. A bag nobody received is opened when it was scanned twice.

doing        token                     it is                        entry                         answer
-----------  ------------------------  ---------------------------  ----------------------------  ------------------
no bag       bag                       here                         bag.unpacking                 unpack.begun
no bag       bag                       in unpacking                 -                             unpack.goes_on
no bag       bag, first, then again    unknown, gone, missing,      -, bag.received,              unpack.unknown,
                                       emptied before               bag.unpacking                 unpack.begun
any          bag                       in an open handover          -                             unpack.in_handover
any          bag                       ours, open or sealed         -                             unpack.ours
bag          bag                       the same                     -                             unpack.goes_on
bag          bag                       another                      -                             unpack.close_first
bag          seal, or seal card + any  see bag_desk
bag          parcel                    on the list, or no list      parcel.received {bag}         parcel.received
bag          parcel                    on no list                   parcel.received {bag,excess}  + unpack.excess
bag          破损 card, then parcel      not taken out yet           parcel.damaged {bag}          marked.damaged
bag          parcel                    marked so before            parcel.received {bag,damaged} parcel.received
bag          parcel                    see receiving                see receiving                 see receiving
bag          MARKS card                see bag_desk
reading seal clear card                the bag is in work again    -                             task.cleared, + .seal,
                                                                                               unpack.goes_on
bag          OK                        as listed, or no list        bag.unpacked                  unpack.closed
bag          OK                        short, excess, damaged       bag.unpacked, case.opened     unpack.differs
no bag       parcel                    -                            -                             unpack.which
no bag       OK                        -                            see receiving                 batch.confirmed
"""

from dataclasses import dataclass
from typing import ClassVar

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.bags import AWAY, HERE, UNPACKING, Bag
from station_agent.counter.books import Books
from station_agent.counter.cards import Card, Mode, Word
from station_agent.counter.decision import WEIGH_S, Attention, Code, Decision, Moment, Paper, ShelfCode, Task, Token
from station_agent.counter.desks.bag_desk import MARKS, BagDesk
from station_agent.counter.desks.receiving import Receiving
from station_agent.counter.road import Listed
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record

MAX_NAMED = 200
"""Waybills that are named in one entry as short or damaged; the counts are right whatever their number."""


class Emptying(Task, frozen=True):
    """This bag is in work."""

    stays: ClassVar[bool] = True
    bag: str


class ReadingSeal(Task, frozen=True):
    """The seal of this bag comes next, whatever it looks like."""

    raw: ClassVar[bool] = True
    bag: str

    @property
    def beneath(self) -> Emptying:
        """The bag in work."""
        return Emptying(self.bag)

    @property
    def given_up(self) -> Answer:
        """No seal was noted."""
        return Answer("cleared.seal")


@dataclass(frozen=True, slots=True)
class _Differences:
    """What a bag held against its list. expected: None where nobody said how many."""

    expected: int | None
    found: int
    short: tuple[str, ...]
    excess: tuple[str, ...]
    damaged: tuple[str, ...]

    @property
    def counts(self) -> dict[str, str]:
        """How many, as they are said; where only the number of pieces is known, by that."""
        over = 0 if self.expected is None else self.found - self.expected
        short, excess = max(len(self.short), -over), max(len(self.excess), over)
        return {"short": str(short), "excess": str(excess), "damaged": str(len(self.damaged))}


class Unpacking(BagDesk):
    """The desk of the mode 拆包."""

    mode = Mode.UNPACK

    def __init__(self, books: Books) -> None:
        """Parcels go the way of 入库."""
        super().__init__(books)
        self._receiving = Receiving(books)

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table."""
        bag = self._in_work(mind)
        match token:
            case Card(word=Word.BAG, value=mark) if mark in MARKS:
                return self.marked(bag.code if bag is not None else "", mark, at, mind)
            case Code() if self.is_bag(token, working=bag is not None):
                return self._bag(token, bag, at, mind)
            case Card(word=Word.SEAL) if bag is not None:
                return Decision(mind.doing(ReadingSeal(bag.code), at.now_s), Answer("bag.seal_which"))
            case Paper(sort="seal") if bag is not None:
                return self.seal_read(bag, token, mind, mind.doing(Emptying(bag.code), at.now_s))
        if bag is not None and isinstance(mind.task, ReadingSeal):
            return self.seal_read(bag, token, mind, mind.doing(Emptying(bag.code), at.now_s))
        match token:
            case Card(word=Word.OK) if bag is not None:
                return self._close(bag, at, mind)
            case Code() if bag is None:
                return self.say(mind, Answer("unpack.which"))
            case Code() if bag is not None:
                return self._parcel(token, bag, at, mind)
            case ShelfCode() | Paper() | Card():
                return self._receiving.take(token, at, mind)
        return None

    def leaving(self, mind: Attention) -> tuple[Answer, ...]:
        """A bag that is half unpacked, and a batch that is not confirmed."""
        count = len(self.books.bags.in_state(UNPACKING))
        half = (Answer("unpack.left_open", {"count": str(count)}),) if count else ()
        return (*half, *self._receiving.leaving(mind))

    def entered(self, at: Moment, mind: Attention) -> Decision | None:
        """Go on with the bag that was left half unpacked."""
        bag = self._in_work(mind)
        return None if bag is None else self._goes_on(bag, at, mind)

    def goes_on(self, mind: Attention) -> tuple[Answer, ...]:
        """The bag in work."""
        bag = self._in_work(mind)
        return () if bag is None else (_stands(bag),)

    def stamped(self, record: Record) -> Record:
        """A parcel marked as damaged before it is taken out: the entry names the bag it lies in."""
        begun = self.books.bags.in_state(UNPACKING)
        if record.kind != "parcel.damaged" or not record.body.get("unreceived") or len(begun) != 1:
            return record
        return record._replace(body={**record.body, "bag": begun[0].code})

    def _in_work(self, mind: Attention) -> Bag | None:
        """The bag parcels are taken out of now; after a pause the only one that was begun."""
        task = mind.task
        if isinstance(task, Emptying | ReadingSeal):
            bag = self.books.bags.get(task.bag)
            return bag if bag is not None and bag.state == UNPACKING else None
        begun = self.books.bags.in_state(UNPACKING)
        return begun[0] if len(begun) == 1 else None

    def _bag(self, code: Code, working: Bag | None, at: Moment, mind: Attention) -> Decision:
        """A bag is taken into work."""
        number = code.what.code
        bag = self.books.bags.get(number)
        if self.books.handovers.holds(number):
            return self.say(mind, Answer("unpack.in_handover"))
        if bag is not None and bag.state == UNPACKING:
            if working is None or working.code == number:
                return self._goes_on(bag, at, mind)
        elif bag is not None and bag.state != HERE and bag.state not in AWAY:
            return self.say(mind, Answer("unpack.ours"))
        if working is not None:
            return self.say(mind, Answer("unpack.close_first", {"bag": working.code}))
        records: list[Record] = []
        if bag is None or bag.is_away:
            if not self.read_again(mind, number, at, "unpack.unknown"):
                return self.doubt(mind, number, Answer("unpack.unknown"), at)
            records.append(custody("bag.received", bag=number, shape=code.what.kind.value))
            records += self.books.cases.closing("bag_missing", number)
            bag = Bag(number, HERE, code.what.kind.value, at.wall_ms)
        records.append(custody("bag.unpacking", bag=number))
        return self._begin(bag, code.text, records, at, mind)

    def _begin(self, bag: Bag, text: str, records: list[Record], at: Moment, mind: Attention) -> Decision:
        """Say how many are expected, and which seal it should bear."""
        listed, also = self.books.road.expected.bag(bag.code), []
        pieces = _pieces(listed)
        if pieces is not None:
            also.append(Answer("unpack.expected", {"count": str(pieces)}))
        seal = self.seal_of(bag)
        if seal:
            also.append(Answer("unpack.look_at_seal", {"seal": seal}))
        after = replace(mind.doing(Emptying(bag.code), at.now_s), green=text, weigh=(bag.code, at.now_s + WEIGH_S))
        return self.act(after, Answer("unpack.begun", {"bag": bag.code}, tuple(also)), *records)

    def _goes_on(self, bag: Bag, at: Moment, mind: Attention) -> Decision:
        """A bag that was begun before."""
        after = replace(mind.doing(Emptying(bag.code), at.now_s), weigh=(bag.code, at.now_s + WEIGH_S))
        return Decision(after, _stands(bag))

    def _parcel(self, code: Code, bag: Bag, at: Moment, mind: Attention) -> Decision | None:
        """A parcel out of the bag goes the way of 入库, and its entry names the bag."""
        decision = self._receiving.take(code, at, mind)
        if decision is None or not decision.records or decision.records[0].kind != "parcel.received":
            return decision
        listed = self.books.road.expected.bag(bag.code)
        numbers = self.books.shelves.numbers_of(code.identity)
        excess = listed is not None and listed.waybills is not None and set(numbers).isdisjoint(listed.waybills)
        record = decision.records[0]
        damaged = code.identity in bag.damaged
        marked = {"bag": bag.code} | ({"excess": True} if excess else {}) | ({"damaged": True} if damaged else {})
        received = Record(record.lane, record.kind, {**record.body, **marked})
        attention = replace(decision.attention, task=Emptying(bag.code), task_s=at.now_s)
        answer = decision.answer
        if answer is not None and excess:
            answer = replace(answer, also=(*answer.also, Answer("unpack.excess")))
        return replace(decision, attention=attention, answer=answer, records=(received, *decision.records[1:]))

    def _close(self, bag: Bag, at: Moment, mind: Attention) -> Decision:
        """All is out (rule 3)."""
        found = self._differences(bag)
        record = custody(
            "bag.unpacked",
            bag=bag.code,
            expected=found.expected,
            found=found.found,
            short=list(found.short[:MAX_NAMED]) or None,
            excess=list(found.excess) or None,
            damaged=list(found.damaged[:MAX_NAMED]) or None,
            seal=bag.seal or None,
            handover=bag.handover or None,
        )
        differs = set(found.counts.values()) != {"0"}
        cases = self.case("bag_differs", bag.code, bag.holder) if differs else []
        answer = Answer("unpack.closed", {"count": str(found.found)}, self._receiving.leaving(mind))
        if differs:
            answer = replace(answer, phrase="unpack.differs", values={"count": str(found.found), **found.counts})
        return self.act(mind.doing(None, at.now_s), answer, record, *cases)

    def _differences(self, bag: Bag) -> _Differences:
        """What was taken out, against the list."""
        listed, shelves = self.books.road.expected.bag(bag.code), self.books.shelves
        out = {parcel.waybill: parcel for parcel in shelves if parcel.bag == bag.code and parcel.way == "in"}
        names = (listed.waybills if listed is not None else None) or ()
        # Taken in by 入库 since the bag came, before anybody scanned the bag: it is here all the same.
        absent = [name for name in names if out.keys().isdisjoint(shelves.numbers_of(name))]
        others = (p for name in absent if (p := shelves.parcel(name)) is not None and not p.bag)
        out |= (aside := {p.waybill: p for p in others if p.way == "in" and p.received_ms >= bag.opened_ms})
        # A bag of ours comes again and again; its damaged parcels of this time are those received since it was opened.
        damaged = (p.waybill for p in out.values() if p.trouble == "damaged" and p.received_ms >= bag.at_ms)
        short = tuple(waybill for waybill in names if out.keys().isdisjoint(shelves.numbers_of(waybill)))
        damaged_all = tuple(sorted({*damaged, *bag.damaged}))
        return _Differences(_pieces(listed), bag.count + len(aside), short, bag.excess, damaged_all)


def _stands(bag: Bag) -> Answer:
    """How far a bag is."""
    return Answer("unpack.goes_on", {"bag": bag.code, "count": str(bag.count)})


def _pieces(listed: Listed | None) -> int | None:
    """How many parcels a list announces."""
    if listed is None:
        return None
    return listed.pieces if listed.waybills is None else len(listed.waybills)
