"""The counter: a scan or a weight -> entries to write and one answer to give. Pure.

Rules
1. A decision is only a proposal. The agent writes its records and changes; only when they are on disk is the decision
   settled here and its answer given. If the disk refuses, nothing here has moved.
2. A code is what `waybill.identify` says. What looks like a payment or identity code is refused, what looks like two
   codes glued by a lost line end is unreadable, and neither is kept.
3. A doubtful code (unknown shape, failed check, typed without a check digit that fits) counts when it was read or
   typed twice the same within 30 s. A guess never blocks acceptance; a typed code is marked so for ever.
4. A scanner's double read of what was scanned last says and does nothing, be it a code, a paper or a card; only a
   digit card is two digits. What the disk refused was not yet scanned.
5. A settled weight belongs to the parcel received last, within 30 s, once, and to nobody once anything else was
   scanned.
6. What a token means is for the desk of the mode to say; the front desk hears it first. What means nothing there
   changes nothing.
7. After IDLE_S without work the first parcel scanned is only told what it is, with the mode; the next scan acts.
8. An act begun and left alone for TASK_S is dropped, and `tick` says so: nothing of it was recorded. So are digits
   from cards that no OK closed, and which parcel was the last: the next person begins anew.
9. The undo card takes the last act back, within UNDO_S, by an entry that names what it takes back.
10. A parcel that leaves the shelves leaves its cold box by an entry of its own, before the one that makes it leave.
11. Behind the answer to the first scan of a day stands what wants somebody that day.
12. While somebody with a badge is on duty, its number stands as `by` in every custody entry a person makes.
13. A parcel the stock-take missed is found wherever its waybill is read by a gun, in 入库 by its sticker too, and
    before anything is done to it; its code is told with the answer. A paper sheet shows no parcel.
14. A case that must make room for another is dropped by an entry of its own, and its number is told with the answer.
15. `tick` records what time alone brings: parcels overdue, duties nobody ended.

token                        entry              answer
---------------------------  -----------------  -------------------------
mode card                    -                  mode.<which>
digit card                   -                  key.digit
clear card after digits      -                  key.cleared
clear card                   -                  the desk's (see front)
OK card after digits         the desk's         the desk's
a card nobody knows          -                  card.unknown
a card of another mode       -                  card.not_now, card.first_<that mode>
driver's badge               see handing_over   the handover desk's, in whatever mode
adoption card                -                  card.adopt
today card                   -                  today.day, and all there is to say
today card again             -                  list.<which>, case.of.<sort>: a page with each scan, then the day
undo card                    act.undone         undone / undo.nothing / undo.too_late
unreadable, glued            scan.unreadable    scan.unreadable
payment code, identity, URL  scan.refused       scan.refused
typed: a phone's digits      scan.refused       scan.refused + phone.which
product code                 -                  scan.product
doubtful, first time         -                  scan.again
a missing parcel             parcel.found       the desk's + count.found
first parcel after a pause   -                  told.here / told.ended / told.outbound / told.unknown, mode.<which>
anything else                see the desk       see the desk
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from drivers.readings import BadReading, Reason, Scan
from station_agent.counter.answers import Answer
from station_agent.counter.book import Event
from station_agent.counter.books import UNDONE, Books
from station_agent.counter.cards import CARD_PREFIX, Card, Mode, Word, card_of, only_in
from station_agent.counter.chilled import Content, leavings, taken
from station_agent.counter.decision import (
    TASK_S,
    Attention,
    Code,
    Decision,
    Keyed,
    Moment,
    Paper,
    Raw,
    ShelfCode,
    Token,
)
from station_agent.counter.desk import Desk, ReadBadge, no_badge
from station_agent.counter.desks.duties import Duties
from station_agent.counter.desks.front import Front
from station_agent.counter.desks.handing_out import HandingOut
from station_agent.counter.desks.handing_over import HandingOver
from station_agent.counter.desks.packing import Packing
from station_agent.counter.desks.paper import PaperDesk
from station_agent.counter.desks.receiving import Receiving
from station_agent.counter.desks.sending import Sending
from station_agent.counter.desks.services import Services
from station_agent.counter.desks.stocktaking import StockTaking
from station_agent.counter.desks.unpacking import Unpacking
from station_agent.counter.desks.upkeep import UpkeepDesk
from station_agent.counter.house import House
from station_agent.counter.local_day import day_of
from station_agent.counter.overdue import Quiet, overdue
from station_agent.counter.shelves import Parcel
from station_agent.counter.site import Site
from station_agent.counter.stocktake import found_again, found_before
from station_agent.counter.today import told_first, told_today, told_which
from station_agent.counter.tokens import MAX_DIGITS, as_code, is_keyed, is_phone_typed, paper_of, shelf_code
from station_agent.counter.uncollected import uncollected
from station_agent.counter.unused import Allowance
from station_agent.counter.vocabulary import HEAD_BYTES, custody
from station_agent.journal.changes import Change
from station_agent.journal.writer import Record
from station_agent.waybill import Refusal, looks_glued
from station_agent.waybill.kinds import Check, Role
from sync.entry import Lane

if TYPE_CHECKING:
    from station_agent.coldchain.boxes import ColdBoxes

IDLE_S = 300.0
UNDO_S = 600.0
OVERDUE_EVERY_S = 60.0
"""How often what is overdue is looked for. One thing at a time: several alarms in a row are heard by nobody."""
WALK_EVERY_S = 600.0
WALK_AGAIN_S = 5.0
"""How often `tick` walks through the parcels, and how soon again after it found something."""
MAX_ACTS = 20
"""Acts that can be taken back, the last first."""
_NOT_KEPT = ("key.digit", "key.hidden", "scan.refused", "scan.unreadable")
"""Answers to what is not remembered as scanned last (rule 4): two digits alike are two, the rest must not be kept."""


class Counter:
    """The attendant's counter of one station."""

    def __init__(
        self,
        books: Books,
        site: Site | None = None,
        cold: "ColdBoxes | None" = None,
        read_badge: ReadBadge = no_badge,
        house: House | None = None,
    ) -> None:
        """`books` holds what is here now, loaded by the caller; `site` what no book holds.

        cold: the boxes over `books.chilled`, None for none. house: this station's own rules, and what is heard from
        outside.
        """
        self.books, self.house = books, house or House()
        self.site = site or Site()
        self.attention = Attention()
        self.front = Front(books)
        self._duties = Duties(books, self.house)
        self._anywhere: tuple[Desk, ...] = (self.front, self._duties, UpkeepDesk(books, self.house))
        self._handing = HandingOver(books)
        desks: tuple[Desk, ...] = (
            *(Receiving(books), HandingOut(books), Sending(books, self.site)),
            *(Packing(books), Unpacking(books), self._handing),
            *(StockTaking(books), Services(books, self.house)),
        )
        self._cold = cold
        if cold is not None:
            from station_agent.counter.desks.coldbox import ColdBoxDesk  # noqa: PLC0415 - only where there are boxes

            desks += (ColdBoxDesk(books, cold, read_badge),)
        self._desks = {desk.mode: desk for desk in desks}
        self._desks[Mode.PAPER] = PaperDesk(books, self.house, self._desks)
        self._acts: list[tuple[float, tuple[int, ...], Answer]] = []
        self._last_act: Answer | None = None
        self._unused = Allowance()
        self._quiet = Quiet()
        self._looked_s: float | None = None
        self._walked_s: float | None = None

    def resume(self, last: tuple[Mode, Answer] | None) -> None:
        """Go on in the mode of the last act that was saved before the power went."""
        if last is not None and last[0] in self._desks:
            said = not last[1].phrase.startswith("mode.")  # an entry that says only in which mode it was made
            self.attention, self._last_act = replace(self.attention, mode=last[0]), last[1] if said else None

    @property
    def greeting(self) -> Answer:
        """What is said at the start: what is here, the mode, what was left open in it, the last act that was saved."""
        here = Answer("station.ready", {"here": str(self.books.shelves.here)})
        also = (Answer(f"mode.{self.attention.mode.value}"), *self._desks[self.attention.mode].leaving(self.attention))
        return replace(here, also=also if self._last_act is None else (*also, Answer("last.act"), self._last_act))

    def settle(self, decision: Decision, places: Sequence[int] = (), now_s: float = 0.0) -> None:
        """The decision is on disk: let it happen here. places: where its custody entries stand, in order."""
        written = [record for record in decision.records if record.lane is Lane.CUSTODY]
        for record, place, changes in zip(written, places, decision.worked, strict=True):
            self.books.entered(place, Event(record.kind, record.body, 0), changes)
        self.books.take_aside(decision.aside)
        if written:
            self._quiet.acted(self.books.handovers.open, now_s)
        if self._cold is not None and decision.cold is not None:
            self._cold.settle(decision.cold)
        self.attention = decision.attention
        if any(record.kind == UNDONE for record in written):
            self._acts.pop()
        elif (written or decision.cold is not None) and not decision.by_time:
            keep = (now_s, tuple(places), decision.answer) if decision.undoable and decision.answer else None
            self._acts = [*self._acts[-MAX_ACTS + 1 :], keep] if keep else []

    def epoch_opened(self) -> None:
        """The journal goes on in a new epoch, where places count anew: acts of the one before stay as they are."""
        self.books.forget_acts()
        self._acts = []

    def scan(self, scan: Scan, at: Moment) -> Decision:
        """Decide what a code means."""
        before = self.attention
        told = self._desks[before.mode].told(self._scanned(scan, at), before)
        decision, text = self._finished(self._first_of_day(told, at), at), scan.code.strip()
        phrase = "" if decision.answer is None else decision.answer.phrase
        # What was refused behind the OK card are the digits before it, and the card is no secret.
        is_closing = phrase == "scan.refused" and text.upper().startswith(CARD_PREFIX)
        if scan.typed or (phrase in _NOT_KEPT and not is_closing):
            return decision
        return replace(decision, attention=replace(decision.attention, green=text))

    def bad_scan(self, reading: BadReading, at: Moment) -> Decision:
        """Decide what to say of a scan that could not be read."""
        before = self.attention
        return self._desks[before.mode].told(self._unreadable(at, reading.reason.value, reading.raw), before)

    def tick(self, at: Moment) -> list[Decision]:
        """What time alone brings: a task left alone is dropped aloud, something overdue becomes a case, one at a time.

        To be written and settled one after the other, before anything else is decided.
        """
        mind, decisions = self._mind(at), []
        task = self.attention.task
        if task is not mind.task or mind.keyed != self.attention.keyed:
            dropped = task is not None and task is not mind.task and not task.stays
            left = Decision(mind, Answer("task.dropped") if dropped else None, by_time=True)
            decisions.append(self._desks[self.attention.mode].told(left, self.attention))
        if self._looked_s is None or at.now_s - self._looked_s >= OVERDUE_EVERY_S:
            self._looked_s = at.now_s
            late = overdue(self.books, at, self._quiet)
            if late is not None:
                room = self.books.cases.making_room(late.records)
                records = (*room, *late.records)
                worked = tuple(self._worked(records, at))
                decisions.append(Decision(mind, _dropping(late.answer, room), records, worked=worked, by_time=True))
        return [*decisions, *self._walked(mind, at)]

    def _walked(self, mind: Attention, at: Moment) -> list[Decision]:
        """Parcels nobody fetches and duties nobody ended: recorded without a word, told at the day's first scan."""
        if self._walked_s is not None and at.now_s - self._walked_s < WALK_EVERY_S:
            return []
        self._walked_s = at.now_s
        waiting = uncollected(self.books.shelves.on_shelf(), self.house.overdue_days, at.wall_ms)
        records = (*waiting, *self._duties.forgotten(at.wall_ms))
        if not records:
            return []
        self._walked_s += WALK_AGAIN_S - WALK_EVERY_S
        return [Decision(mind, None, records, worked=tuple(self._worked(records, at)), by_time=True)]

    def weight(self, weight_g: float, at: Moment) -> Decision:
        """Give a settled weight to whatever waits for one; nobody's weight changes nothing."""
        mind = self._mind(at)
        decision = self._desks[mind.mode].weight(round(weight_g), at, mind)
        return Decision(mind) if decision is None else self._finished(decision, at)

    def emptied(self, at: Moment) -> Decision:
        """The pan is empty again after a weight settled."""
        mind = self._mind(at)
        return self._desks[mind.mode].emptied(at, mind) or Decision(mind)

    def no_weight(self, reason: Reason, at: Moment) -> Decision:
        """Say why the scale gives nothing, if something waits for its weight."""
        if not self._desks[self.attention.mode].wants_weight(at, self.attention):
            return Decision(self.attention)
        return Decision(self.attention, Answer("scale.overload" if reason is Reason.OVERLOAD else "scale.unusable"))

    def _finished(self, decision: Decision, at: Moment) -> Decision:
        """The decision with what its entries change, and with the time somebody was at work."""
        attention = replace(decision.attention, acted_s=at.now_s)
        records = tuple(self._signed(record) for record in decision.records)
        written = [record for record in records if record.lane is Lane.CUSTODY]
        if not written:
            return replace(decision, attention=attention)
        if len(found := found_before(self.books.shelves, written)) > len(written):
            written = [record if record in written else self._signed(record) for record in found]
            records = (*written, *(record for record in records if record.lane is not Lane.CUSTODY))
        if dropped := self.books.cases.making_room(written):
            written, records = [*dropped, *written], (*dropped, *records)
            decision = replace(decision, answer=_dropping(decision.answer, dropped))
        worked = self._worked(written, at)
        if leaving := leavings(self.books.chilled, self.books.shelves, worked) if len(self.books.chilled) else {}:
            boxed = {n: [self._signed(self._taken(content)) for content in leaving[n]] for n in leaving}
            written = [one for n, record in enumerate(written) for one in (*boxed.get(n, ()), record)]
            records = (*written, *(record for record in records if record.lane is not Lane.CUSTODY))
            worked = self._worked(written, at)
        aside = (*decision.aside, *self._met(written, at))
        return replace(decision, attention=attention, records=records, worked=tuple(worked), aside=aside)

    def _met(self, written: Sequence[Record], at: Moment) -> list[Change]:
        """Whom the county's list names for parcels that come in now."""
        received = (record.body["waybill"] for record in written if record.kind == "parcel.received")
        return [change for waybill in received for change in self.books.people.meet(waybill, at.wall_ms).changes]

    def _signed(self, record: Record) -> Record:
        """A custody record with what its mode adds, and who is on duty (rule 12)."""
        by = self.books.duty.by
        if record.lane is not Lane.CUSTODY:
            return record
        record = self._desks[self.attention.mode].stamped(record)
        return record._replace(body={"by": by, **record.body}) if by and not record.kind.startswith("duty.") else record

    def _first_of_day(self, decision: Decision, at: Moment) -> Decision:
        """Behind the first answer of a day: what wants somebody (rule 11)."""
        day = day_of(at.wall_ms, self.house.offset_min).isoformat()
        answer = decision.answer
        if answer is None or day == decision.attention.day:
            return decision
        also = (*answer.also, *told_first(self.books, self.house, at))
        return replace(decision, attention=replace(decision.attention, day=day), answer=replace(answer, also=also))

    def _worked(self, written: Sequence[Record], at: Moment) -> list[tuple[Change, ...]]:
        """What custody entries change, one after the other."""
        return self.books.worked_out([Event(record.kind, record.body, at.wall_ms) for record in written])

    def _taken(self, content: Content) -> Record:
        """The entry of a parcel that leaves its cold box."""
        return taken(content, None if self._cold is None else self._cold.excursion(content.box))

    def _mind(self, at: Moment) -> Attention:
        """What is in mind now: a task nobody went on with is dropped, as are digits and the last parcel (rule 8)."""
        mind = self.attention
        if mind.keyed and at.now_s - mind.task_s > TASK_S:
            mind = replace(mind, keyed="")
        if mind.last and mind.acted_s is not None and at.now_s - mind.acted_s > TASK_S:
            mind = replace(mind, last="")
        if mind.task is not None and at.now_s - mind.task_s > TASK_S:
            return replace(mind.doing(None, at.now_s), mode=mind.task.mode_after(mind.mode))
        return mind

    def _scanned(self, scan: Scan, at: Moment) -> Decision:
        """A scan, from its text on."""
        mind, text = self._mind(at), scan.code.strip()
        if scan.repeated and text.upper() == mind.green.upper():
            return Decision(mind)
        if text.upper().startswith(CARD_PREFIX):
            card = card_of(text)
            return self._say(mind, "card.unknown") if card is None else self._card(card, at, mind)
        paper = paper_of(text)
        if paper is not None and paper.sort == "badge":
            return self._badge(paper, at, mind, repeated=scan.repeated)
        if paper is not None:
            return self._desked(paper, at, mind) or self._say(mind, "paper.not_now")
        if scan.typed and is_keyed(text):
            decision = self._desked(Keyed(text), at, mind)
            if decision is not None:
                return decision
        sticker = shelf_code(text)
        if sticker is not None:
            return self._shelf(sticker, at, mind)
        return self._read(scan, at, mind)

    def _read(self, scan: Scan, at: Moment, mind: Attention) -> Decision:
        """A text that must be identified."""
        if looks_glued(scan.code.strip()):
            return self._unreadable(at, "glued", scan.code.strip().encode())
        code = as_code(scan.code, typed=scan.typed)
        if code.what.refused is not None:
            return self._refuse(at, code)
        if mind.task is not None and mind.task.raw:
            return self._desked(Raw(code.text), at, mind) or self._say(mind, "task.unfinished")
        if scan.repeated and mind.is_doubted(code.identity, at):
            # The gun's own double read is the same reading, not a second one.
            return Decision(mind)
        return self._code(code, at, mind)

    def _code(self, code: Code, at: Moment, mind: Attention) -> Decision:
        """A code that is neither card nor refused; typed ones come from a label no gun can read."""
        role = code.what.kind.role
        if role is Role.PRODUCT:
            return self._say(mind, "scan.product")
        doubtful = role is Role.UNKNOWN or not code.what.valid or (code.typed and code.what.check is not Check.OK)
        known = self.books.knows(code.identity)
        desk = self._desks[mind.mode]
        if doubtful and not known and not mind.is_doubted(code.identity, at):
            return desk.doubt(mind, code.identity, Answer("scan.again"), at)
        parcel = self.books.shelves.parcel(code.identity)
        if role is not Role.BAG and self._idle(at, mind):
            decision = self._tell(parcel, mind)
        else:
            decision = self._desked(code, at, mind) or self._say(mind, "scan.not_here")
        return decision if code.typed or mind.mode is Mode.PAPER else _turned_up(parcel, decision)

    def _shelf(self, sticker: ShelfCode, at: Moment, mind: Attention) -> Decision:
        """A pick-up code: as good as the parcel's own."""
        if self._idle(at, mind):
            return self._tell(self.books.shelves.with_code(sticker.code), mind)
        decision = self._desked(sticker, at, mind) or self._say(mind, "scan.not_here")
        parcel = self.books.shelves.with_code(sticker.code) if mind.mode is Mode.IN else None
        return _turned_up(parcel, decision)

    def _card(self, card: Card, at: Moment, mind: Attention) -> Decision:
        """A card: those that are heard anywhere first."""
        match card.word:
            case Word.MODE:
                return self._change_mode(Mode(card.value), at, mind)
            case Word.ADOPT:
                return self._say(mind, "card.adopt")
            case Word.DIGIT:
                keyed = (mind.keyed + card.value)[:MAX_DIGITS]
                attention = replace(mind, keyed=keyed, task_s=at.now_s)
                secret = mind.task is not None and mind.task.secret
                return Decision(attention, Answer("key.hidden" if secret else "key.digit", {"digit": card.value}))
            case Word.CLEAR if mind.keyed:
                return Decision(replace(mind, keyed=""), Answer("key.cleared"))
            case Word.OK if mind.keyed:
                return self._keyed(mind.keyed, at, replace(mind, keyed=""))
            case Word.TODAY:
                return self._today(card, at, mind)
            case Word.UNDO:
                return self._undo(at, mind)
            case Word.CLEAR:
                return self._clear(card, at, _without_passing(mind))
        return self._desked(card, at, mind) or self._elsewhere(card, mind)

    def _elsewhere(self, card: Card, mind: Attention) -> Decision:
        """A card that means nothing now, and which mode it is for."""
        home = only_in(card)
        if home is None or home is mind.mode or home not in self._desks:
            return self._say(mind, "card.not_now")
        return Decision(mind.clear, Answer("card.not_now", also=(Answer(f"card.first_{home.value}"),)))

    def _clear(self, card: Card, at: Moment, mind: Attention) -> Decision:
        """The clear card: what was begun is dropped, and what goes on is said behind it."""
        cleared = self.front.take(card, at, mind)
        if cleared is None or cleared.answer is None:
            return self._desked(card, at, mind) or self._say(mind, "card.not_now")
        goes_on = self._desks[mind.mode].goes_on(cleared.attention)
        return replace(cleared, answer=replace(cleared.answer, also=(*cleared.answer.also, *goes_on)))

    def _today(self, card: Card, at: Moment, mind: Attention) -> Decision:
        """The day; scanned again and again, which parcels and cases its counts are."""
        again = mind.green.upper() == card.code and mind.acted_s is not None and at.now_s - mind.acted_s <= TASK_S
        page = told_which(self.books, self.house, at, mind.page) if again else None
        if page is None:
            return Decision(replace(mind.clear, page=0), told_today(self.books, self.house, at))
        return Decision(replace(mind.clear, page=mind.page + 1), page)

    def _keyed(self, digits: str, at: Moment, mind: Attention) -> Decision:
        """Digits from cards, closed with OK: the desk's, else a typed code."""
        decision = self._desked(Keyed(digits), at, mind)
        if decision is not None:
            return decision
        decision = self._read(Scan(digits, digits.encode(), at.now_s, typed=True), at, mind)
        return replace(decision, attention=replace(decision.attention, keyed=""))

    def _change_mode(self, mode: Mode, at: Moment, mind: Attention) -> Decision:
        """Another mode; what the old one leaves open is said."""
        if mode not in self._desks:
            return self._say(mind, "card.not_now")
        decision = self._desks[mind.mode].within(mode, at, mind)
        if decision is not None:
            return decision
        attention = replace(mind.doing(None, at.now_s), mode=mode, keyed="", last="")
        leaving = self._desks[mind.mode].leaving(mind) if mode is not mind.mode else ()
        decision = self._desks[mode].entered(at, attention)
        if decision is not None:
            assert decision.answer is not None
            return replace(decision, answer=replace(decision.answer, also=(*decision.answer.also, *leaving)))
        return Decision(attention, Answer(f"mode.{mode.value}", also=tuple(leaving)))

    def _badge(self, badge: Paper, at: Moment, mind: Attention, *, repeated: bool) -> Decision:
        """A badge is for the desk that waits for one; a driver's begins a handover in whatever mode."""
        if repeated and mind.is_doubted(badge.number, at):
            return Decision(mind)  # the gun's own double read is no second word
        away = mind.mode is not Mode.HANDOVER
        if away and self._desks[mind.mode].yields_to_driver(mind) and self._handing.knows(badge.number, at):
            return self._handover(badge, at, mind) or self._say(mind, "paper.not_now")
        decision = self._desked(badge, at, mind)
        awaited = decision is not None and (decision.answer is None or decision.answer.phrase != "task.unfinished")
        begun = self._handover(badge, at, mind) if away and not awaited else None
        return begun or decision or self._say(mind, "paper.not_now")

    def _handover(self, badge: Paper, at: Moment, mind: Attention) -> Decision | None:
        """A handover begins from another mode; what that leaves open is said."""
        begun = self._handing.take(badge, at, mind)
        if begun is None or begun.answer is None:
            return None
        leaving = self._desks[mind.mode].leaving(mind)
        return replace(begun, answer=replace(begun.answer, also=(*begun.answer.also, *leaving)))

    def _desked(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """The desks that are heard anywhere, then the desk of the mode."""
        decisions = (desk.take(token, at, mind) for desk in self._anywhere)
        decision = next((decision for decision in decisions if decision is not None), None)
        if decision is not None:
            return decision
        return self._desks[mind.mode].take(token, at, _without_passing(mind))

    def _idle(self, at: Moment, mind: Attention) -> bool:
        """Whether nobody was at work here for a while (rule 7)."""
        return mind.acted_s is not None and at.now_s - mind.acted_s > IDLE_S

    def _tell(self, parcel: Parcel | None, mind: Attention) -> Decision:
        """What a parcel is, and the mode."""
        mode = Answer(f"mode.{mind.mode.value}")
        if parcel is None:
            return Decision(mind.clear, Answer("told.unknown", also=(mode,)))
        state = "here" if parcel.is_here else "ended" if parcel.ended_no else "outbound"
        return Decision(mind.clear, Answer(f"told.{state}", {"code": parcel.code}, also=(mode,)))

    def _undo(self, at: Moment, mind: Attention) -> Decision:
        """Take the last act back (rule 9)."""
        if not self._acts:
            return self._say(mind, "undo.nothing")
        acted_s, places, answer = self._acts[-1]
        if at.now_s - acted_s > UNDO_S or not self.books.can_undo(places):
            return self._say(mind, "undo.too_late")
        record = custody(UNDONE, places=list(places), act=answer.phrase)
        task = mind.task if mind.task is None or mind.task.stays else mind.task.beneath
        attention = replace(mind.doing(task, at.now_s), keyed="", last="")
        return Decision(attention, Answer("undone", also=(replace(answer, also=()),)), (record,))

    def _say(self, mind: Attention, phrase: str) -> Decision:
        """Only answer; what was doubted or green before no longer counts."""
        return Decision(mind.clear, Answer(phrase))

    def _refuse(self, at: Moment, code: Code) -> Decision:
        """Refuse what must not be kept: only its kind and length are recorded. Who typed a phone is told how to."""
        what = code.what
        if what.refused is Refusal.EMPTY:
            return Decision(self.attention)
        assert what.refused is not None
        fields = {"device": at.device, "reason": what.refused.value, "length": what.length}
        records = self._unused.record(at.now_s, "scan.refused", fields)
        also = (Answer("phone.which"),) if is_phone_typed(code) else ()
        return Decision(replace(self.attention, green="", weigh=("", 0.0)), Answer("scan.refused", also=also), records)

    def _unreadable(self, at: Moment, reason: str, raw: bytes) -> Decision:
        """Say so; of its bytes only the head is recorded."""
        fields = {"device": at.device, "reason": reason, "length": len(raw), "head": raw[:HEAD_BYTES]}
        records = self._unused.record(at.now_s, "scan.unreadable", fields)
        return Decision(replace(self.attention, green="", weigh=("", 0.0)), Answer("scan.unreadable"), records)


def _without_passing(mind: Attention) -> Attention:
    """With what is beneath an errand that waits for nothing."""
    return mind.resuming if mind.task is not None and mind.task.passing else mind


def _turned_up(parcel: Parcel | None, decision: Decision) -> Decision:
    """Found again, where what was read was missing and nothing else is done to it (rule 13)."""
    answer = decision.answer
    if parcel is None or not parcel.missing or not parcel.is_here or decision.records or answer is None:
        return decision
    told = replace(answer, also=(*answer.also, Answer("count.found", {"code": parcel.code})))
    return replace(decision, answer=told, records=(found_again(parcel),), undoable=True)


def _dropping(answer: Answer | None, dropped: Sequence[Record]) -> Answer | None:
    """The answer, and behind it the cases that made room."""
    told = [Answer("case.dropped", {"case": str(record.body["case"])}) for record in dropped]
    if not told:
        return answer
    return replace(answer, also=(*answer.also, *told)) if answer is not None else replace(told[0], also=tuple(told[1:]))
