"""盘点: every parcel on the shelves is scanned; what is missing, and what nobody knew of, comes out. Pure.

Rules
1. A parcel is scanned by its waybill or its sticker, once each. Every scan is on disk, so that a count outlives a power
   cut; one that was left alone for a day is dropped when the mode is chosen again.
2. OK ends it. What lies here by the book and was not scanned is marked missing; it keeps its code, can be handed out,
   and turns up again when it is scanned here, count or no count, or anywhere else (`counter`). More than MAX_MISSING
   at once are asked about first and marked with as many more OKs.
3. A parcel nobody knows here is taken over: its waybill, then its shelf sticker, whose code it keeps; OK for one
   without a sticker, which gets a new code. That it was seen is on disk before its sticker is said: left in between,
   by whatever way, it is told with the mode and at the end. So a station with a new card learns what lies on its
   shelves. No number in use is ever given to a second parcel.
4. A parcel that was recorded as gone and lies here is taken back when it is scanned twice, under its old code if that
   is still free.
5. Nobody is told anew of what is taken over: it belongs to no batch. It is on the list of those to call.

task     scanned               the parcel is          entry                                answer
-------  --------------------  ---------------------  -----------------------------------  --------------------
-        parcel, sticker       here                   stocktake.counted                    count.counted
-        parcel, sticker       here, scanned before   -                                    count.again
-        parcel, sticker       missing, no count      parcel.found                         count.found
-        parcel, sticker       missing, in a count    parcel.found, stocktake.counted      count.found
-        parcel                to be sent             -                                    parcel.is_outbound
-        parcel                in a bag                  -                                    pack.elsewhere
-        parcel, first time    ended                  -                                    count.come_back
-        parcel, again         ended                  parcel.received, stocktake.counted   count.adopted
-        parcel                unknown                stocktake.seen                       count.adopt
-        parcel                unknown, seen before   -                                    count.adopt
-        sticker               nobody's               -                                    count.parcel_first
adopt    sticker               its number is free     parcel.received, stocktake.counted   count.adopted
adopt    sticker               its number is in use   -                                    shelf.taken
adopt    OK                    -                      parcel.received, stocktake.counted   count.adopted
adopt    another parcel        -                      -                                    count.sticker_first
-        OK                    nothing counted        -                                    count.none
-        OK                    few missing            parcel.missing *, stocktake.ended    count.ended
-        OK                    many missing           -                                    count.many_missing
ending   OK                    many missing           parcel.missing *                     count.marked
any      bag                   -                      -                                    scan.not_here
any      parcel                the count is full      -                                    count.full
         mode card             a count is open        -                                    count.going_on
         another mode          some wait for stickers -                                    + count.waiting
         mode card             a count of days ago    stocktake.dropped                    count.dropped
"""

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.cards import Card, Mode, Word
from station_agent.counter.decision import Attention, Code, Decision, Moment, ShelfCode, Task, Token
from station_agent.counter.desk import Desk, not_on_shelf
from station_agent.counter.local_day import DAY_MS
from station_agent.counter.shelves import ENDED, Parcel
from station_agent.counter.stocktake import ADOPTED, HERE, MISSING, SEEN, found_again
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record
from station_agent.waybill.kinds import Role

MAX_MISSING = 200
"""Parcels marked in one transaction, and named in the entry that ends a count."""
MAX_TOLD = 6
MAX_COUNTED = 20_000


class Adopting(Task, frozen=True):
    """A parcel nobody knows waits for its sticker. code: the waybill as it was read."""

    code: Code


class Ending(Task, frozen=True):
    """OK was scanned while many were missing."""


class StockTaking(Desk):
    """The desk of the mode 盘点."""

    mode = Mode.COUNT

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table."""
        adopting = mind.task if isinstance(mind.task, Adopting) else None
        match token:
            case Code(what=what) if what.kind.role is Role.BAG:
                return self.say(mind, Answer("scan.not_here"))
            case Code() | ShelfCode() if len(self.books.stocktake) >= MAX_COUNTED:
                return self.say(mind, Answer("count.full"))
            case Code() if adopting is not None and token.identity != adopting.code.identity:
                return self.say(mind, Answer("count.sticker_first"))
            case Code():
                return self._parcel(token, at, mind)
            case ShelfCode(code):
                return self._sticker(code, adopting, at, mind)
            case Card(word=Word.OK) if adopting is not None:
                return self._adopted(adopting.code, self.books.shelves.free_code(at.known_ms), at, mind)
            case Card(word=Word.OK):
                return self._end(at, mind)
        return None

    def entered(self, at: Moment, mind: Attention) -> Decision | None:
        """An open count goes on, unless everything since then may have changed."""
        stocktake = self.books.stocktake
        if not stocktake.is_open:
            return None
        if at.wall_ms - max(row.at_ms for row in stocktake) < DAY_MS:
            return Decision(mind, Answer("count.going_on", {"count": str(stocktake.found)}, self._waiting()))
        record = custody("stocktake.dropped", stocktake=stocktake.number, found=stocktake.found)
        return self.act(mind, Answer("count.dropped", also=self._waiting()), record, undoable=False)

    def leaving(self, mind: Attention) -> tuple[Answer, ...]:
        """A count that was not ended has found nothing missing: say so."""
        del mind
        stocktake = self.books.stocktake
        if not stocktake.is_open:
            return ()
        return (*self._waiting(), Answer("count.open", {"count": str(stocktake.found)}))

    def _parcel(self, code: Code, at: Moment, mind: Attention) -> Decision:
        """A waybill that lies on a shelf."""
        known = self.books.shelves.parcel(code.identity)
        if known is None:
            return self._seen(code, at, mind)
        if known.is_here:
            return self._counted(known, code.text, at, mind)
        if known.state not in ENDED:
            return self.say(mind, not_on_shelf(known))
        if not self.read_again(mind, code.identity, at, "count.come_back"):
            return self.doubt(mind, code.identity, Answer("count.come_back"), at)
        shelves = self.books.shelves
        old = known.code if known.code and not shelves.is_taken(known.code) else shelves.free_code(at.known_ms)
        return self._adopted(code, old, at, mind)

    def _seen(self, code: Code, at: Moment, mind: Attention) -> Decision:
        """A parcel nobody knows: that it lies here is on disk before anything else is asked."""
        stocktake, after = self.books.stocktake, mind.doing(Adopting(code), at.now_s)
        if any(stocktake.get(number) is not None for number in self.books.shelves.numbers_of(code.identity)):
            return Decision(after, Answer("count.adopt"))
        seen = custody("stocktake.seen", stocktake=stocktake.number, waybill=code.identity, typed=code.typed or None)
        return self.act(after, Answer("count.adopt"), seen)

    def _waiting(self) -> tuple[Answer, ...]:
        """Parcels that were seen and have no shelf yet, by the end of their numbers."""
        waiting = self._without_shelf()
        ends = "、".join(waybill[-4:] for waybill in waiting[:MAX_TOLD])
        return (Answer("count.waiting", {"count": str(len(waiting)), "ends": ends}),) if waiting else ()

    def _without_shelf(self) -> list[str]:
        """Waybills of parcels that were seen and have no shelf yet."""
        shelves = self.books.shelves
        return [w for w in self.books.stocktake.of(SEEN) if (p := shelves.parcel(w)) is None or not p.is_here]

    def _sticker(self, sticker: str, adopting: Adopting | None, at: Moment, mind: Attention) -> Decision:
        """A shelf sticker: of a parcel that lies here, or of the one that is taken over."""
        shelves = self.books.shelves
        if adopting is not None:
            if shelves.is_taken(sticker):
                return self.say(mind, Answer("shelf.taken", {"code": sticker}))
            return self._adopted(adopting.code, sticker, at, mind)
        holder = shelves.with_code(sticker)
        if holder is None:
            return self.say(mind, Answer("count.parcel_first"))
        return self._counted(holder, sticker, at, mind)

    def _counted(self, parcel: Parcel, text: str, at: Moment, mind: Attention) -> Decision:
        """A parcel that was to be here."""
        stocktake = self.books.stocktake
        if stocktake.has(parcel.waybill):
            return self.say(mind, Answer("count.again"))
        after = replace(mind.doing(None, at.now_s), green=text, last=parcel.waybill)
        counted = self._row(parcel.waybill, parcel.code, HERE)
        if not parcel.missing:
            return self.act(after, Answer("count.counted", {"count": str(stocktake.found + 1)}), counted)
        found = found_again(parcel)
        records = (found, counted) if stocktake.is_open else (found,)
        return self.act(after, Answer("count.found", {"code": parcel.code}), *records)

    def _adopted(self, code: Code, sticker: str, at: Moment, mind: Attention) -> Decision:
        """A parcel nobody knew lies here."""
        received = custody(
            "parcel.received",
            waybill=code.identity,
            code=sticker,
            carrier=code.what.carrier,
            typed=code.typed or None,
            adopted=True,
        )
        after = replace(mind.doing(None, at.now_s), green=code.text, last=code.identity)
        answer = Answer("count.adopted", {"code": sticker})
        return self.act(after, answer, received, self._row(code.identity, sticker, ADOPTED))

    def _row(self, waybill: str, code: str, found: str) -> Record:
        """The entry of one scan."""
        return custody(
            "stocktake.counted", stocktake=self.books.stocktake.number, waybill=waybill, code=code, found=found
        )

    def _end(self, at: Moment, mind: Attention) -> Decision:
        """The count is over: what was not scanned is missing."""
        stocktake = self.books.stocktake
        if not stocktake.is_open:
            return self.say(mind, Answer("count.none"))
        absent = [parcel for parcel in self.books.shelves.on_shelf() if stocktake.get(parcel.waybill) is None]
        absent.sort(key=lambda parcel: parcel.code)
        unmarked = [parcel for parcel in absent if not parcel.missing]
        marks = [
            custody("parcel.missing", waybill=parcel.waybill, code=parcel.code, stocktake=stocktake.number)
            for parcel in unmarked[:MAX_MISSING]
        ]
        left = {"count": str(len(unmarked))}
        if len(unmarked) > MAX_MISSING and not isinstance(mind.task, Ending):
            return Decision(mind.doing(Ending(), at.now_s), Answer("count.many_missing", left))
        if len(unmarked) > MAX_MISSING:
            left = {"count": str(len(unmarked) - MAX_MISSING)}
            return self.act(mind.doing(Ending(), at.now_s), Answer("count.marked", left), *marks)
        return self._ended(absent, marks, at, mind)

    def _ended(self, absent: list[Parcel], marks: list[Record], at: Moment, mind: Attention) -> Decision:
        """Say and record what is missing, and what was not expected; those marked before are missing too."""
        stocktake, shelves = self.books.stocktake, self.books.shelves
        marked = [parcel for waybill in stocktake.of(MISSING) if (parcel := shelves.parcel(waybill)) is not None]
        missing = [*absent, *(parcel for parcel in marked if parcel.is_here and parcel.missing)]
        unexpected, waiting = stocktake.of(ADOPTED), self._without_shelf()
        record = custody(
            "stocktake.ended",
            stocktake=stocktake.number,
            found=stocktake.found,
            missing=[parcel.waybill for parcel in missing[:MAX_MISSING]],
            missing_count=len(missing),
            unexpected=unexpected[:MAX_MISSING],
            unexpected_count=len(unexpected),
            seen=waiting[:MAX_MISSING] or None,
            seen_count=len(waiting) or None,
        )
        also = []
        if missing:
            codes = "、".join(parcel.code for parcel in missing[:MAX_TOLD])
            also.append(Answer("count.missing", {"count": str(len(missing)), "codes": codes}))
        if unexpected:
            also.append(Answer("count.unexpected", {"count": str(len(unexpected))}))
        also += self._waiting()
        answer = Answer("count.ended", {"count": str(stocktake.found)}, tuple(also))
        asked_for = self.books.cases.closing("stocktake", "")  # by a journal that was broken or lost
        return self.act(mind.doing(None, at.now_s), answer, *marks, record, *asked_for)
