"""入库: parcels are taken in, a batch at a time, and get a shelf and a pick-up code. Pure.

Rules
1. The first parcel after a confirmed batch opens the next batch. OK confirms it: only then does the county hear whom to
   tell, and only of parcels that are still here. Who has no number known is to be called; one keyed later is asked
   for at once (`notices.py`). A batch that is never confirmed tells nobody.
2. A pick-up code is given at once; a shelf sticker scanned right after the parcel takes its place while it is free. One
   whose parcel left lately must be scanned twice, since somebody may still have a notice that names it.
3. A household card scanned right after the parcel makes it that household's. Cards and stickers mean the parcel
   scanned last, also one that was here already, for TASK_S.
4. A parcel handed out before is taken in anew when it is scanned twice: the same number may come back.
5. A guess of the carrier never blocks.
6. What was held at the door is not taken in until it is released.
7. A parcel with our own label and a carrier's number is one parcel, whichever is scanned, where it was relabelled here,
   also one that another site accepted; a parcel relabelled elsewhere is two, since nothing that reaches a station tells
   which two numbers are one.

scanned                      here before      entry              answer
---------------------------  ---------------  -----------------  -------------------------
bag                          no               bag.received       bag.received
bag                          yes, lately      -                  bag.already_here
bag                          open, sealed     -                  unpack.ours
bag                          in an open       -                  unpack.in_handover
                             handover
bag                          it left before   bag.received       bag.received
parcel                       no               parcel.received    parcel.received
parcel or pick-up code       here             -                  parcel.already_here
parcel's other number        here             -                  parcel.already_here
parcel, first time           ended            -                  parcel.come_again
parcel, again in 30 s        ended            parcel.received    parcel.received
parcel                       to be sent       -                  parcel.is_outbound
parcel                       in a bag         -                  pack.elsewhere
parcel                       held at the door -                  parcel.is_held
shelf sticker after parcel   free             parcel.shelved     parcel.shelved
sticker, first, then again   used lately      -, parcel.shelved  shelf.used, parcel.shelved
shelf sticker                taken            -                  shelf.taken
shelf sticker                no parcel before -                  parcel.unknown
household card after parcel  -                parcel.addressed   parcel.addressed
household card after parcel  to be told late  + notice.due       parcel.addressed
household card after parcel  no consent       as above           + household.no_consent
OK                           batch open       batch.confirmed    batch.confirmed
OK                           none open        -                  batch.none
"""

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.bags import GONE, MISSING, OPEN, SEALED
from station_agent.counter.cards import Card, Mode, Word
from station_agent.counter.decision import WEIGH_S, Attention, Code, Decision, Moment, Paper, ShelfCode, Token
from station_agent.counter.desk import Desk, not_on_shelf
from station_agent.counter.notices import notice_now
from station_agent.counter.shelves import ENDED, Parcel
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record
from station_agent.waybill.kinds import Role

MAX_NOTICES = 500
"""Notices asked for in one transaction; whom it leaves out is to be called."""


class Receiving(Desk):
    """The desk of the mode 入库."""

    mode = Mode.IN

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table."""
        match token:
            case Code(what=what) if what.kind.role is Role.BAG:
                return self._bag(token, mind)
            case Code():
                return self._parcel(token, at, mind)
            case ShelfCode(code):
                return self._sticker(code, at, mind)
            case Paper(sort="household", number=number):
                return self._household(number, mind)
            case Card(word=Word.OK):
                return self._confirm(mind)
        return None

    def leaving(self, mind: Attention) -> tuple[Answer, ...]:
        """An unconfirmed batch tells nobody: say so."""
        del mind
        if not self.books.is_batch_open:
            return ()
        count = len(self.books.shelves.of_batch(self.books.open_batch))
        return (Answer("batch.open", {"count": str(count)}),) if count else ()

    def received(self, code: Code, at: Moment, *, bag: str = "") -> Record:
        """The entry of a parcel that comes in now; bag: the one it was taken out of."""
        return custody(
            "parcel.received",
            waybill=code.identity,
            code=self.books.shelves.free_code(at.known_ms),
            carrier=code.what.carrier,
            typed=code.typed or None,
            batch=self.books.open_batch,
            bag=bag or None,
        )

    def _bag(self, code: Code, mind: Attention) -> Decision:
        """A bag comes in and waits to be unpacked."""
        what = code.what
        bag = self.books.bags.get(what.code)
        if self.books.handovers.holds(what.code):
            return self.say(mind, Answer("unpack.in_handover"))
        if bag is not None and bag.state in (OPEN, SEALED):
            return self.say(mind, Answer("unpack.ours"))
        if bag is not None and bag.state not in (GONE, MISSING):
            return self.say(mind, Answer("bag.already_here"))
        record = custody("bag.received", bag=what.code, shape=what.kind.value)
        found = self.books.cases.closing("bag_missing", what.code)
        return self.act(mind.after(code.text), Answer("bag.received", {"bag": what.code[-8:]}), record, *found)

    def _parcel(self, code: Code, at: Moment, mind: Attention) -> Decision:
        """A parcel comes in."""
        known = self.books.shelves.parcel(code.identity)
        if known is not None and known.is_here:
            return self.say(replace(mind, last=known.waybill), _already(known))
        if known is not None and known.state not in ENDED:
            return self.say(mind, not_on_shelf(known))
        if self.books.is_turned_away(code.identity):
            return self.say(mind, Answer("parcel.is_held", {"code": ""}))
        if known is not None and not self.read_again(mind, code.identity, at, "parcel.come_again"):
            return self.doubt(mind, code.identity, Answer("parcel.come_again"), at)
        record = self.received(code, at)
        after = mind.after(code.text, weigh=(code.identity, at.now_s + WEIGH_S))
        answer = Answer("parcel.received", {"code": record.body["code"]})
        return self.act(replace(after, last=code.identity), answer, record)

    def _sticker(self, sticker: str, at: Moment, mind: Attention) -> Decision:
        """A pick-up code: of a parcel that lies here, or a free one for the parcel that was just received."""
        shelves = self.books.shelves
        holder = shelves.with_code(sticker)
        if holder is not None:
            return self.say(replace(mind, last=holder.waybill), _already(holder))
        parcel = shelves.parcel(mind.last)
        if parcel is None or not parcel.is_here:
            return self.say(mind, Answer("parcel.unknown"))
        if shelves.is_taken(sticker):
            return self.say(mind, Answer("shelf.taken", {"code": sticker}))
        if shelves.used_lately(sticker, at.known_ms) and not self.read_again(mind, sticker, at, "shelf.used"):
            asked = self.doubt(mind, sticker, Answer("shelf.used", {"code": sticker}), at)
            return replace(asked, attention=replace(asked.attention, last=mind.last))
        record = custody("parcel.shelved", waybill=parcel.waybill, code=sticker, was=parcel.code)
        answer = Answer("parcel.shelved", {"code": sticker})
        return self.act(replace(mind, doubtful=("", 0.0), green=sticker), answer, record)

    def _household(self, number: str, mind: Attention) -> Decision | None:
        """A household fetches the parcel that was just received."""
        parcel = self.books.shelves.parcel(mind.last)
        if parcel is None or not parcel.is_here:
            return None
        household = self.books.households.get(number)
        if household is None:
            return self.say(mind, Answer("household.unknown"))
        record = custody("parcel.addressed", waybill=parcel.waybill, household=number)
        due = notice_now(self.books, parcel, can_be_told=self.books.people.can_be_told(parcel.waybill))
        after = replace(mind, doubtful=("", 0.0), green="")
        also = (Answer("household.no_consent"),) if household.consent == "no" else ()
        return self.act(after, Answer("parcel.addressed", also=also), record, *due, undoable=not due)

    def _confirm(self, mind: Attention) -> Decision:
        """The batch is complete: the county is asked to tell the people whose phone is known."""
        batch = self.books.open_batch
        parcels = self.books.shelves.of_batch(batch)
        if not self.books.is_batch_open:
            return self.say(mind, Answer("batch.none"))
        notices = [
            custody("notice.due", waybill=parcel.waybill, code=parcel.code)
            for parcel in parcels
            if not parcel.notice and not parcel.trouble and self.books.people.can_be_told(parcel.waybill)
        ][:MAX_NOTICES]
        record = custody("batch.confirmed", batch=batch, count=len(parcels))
        left = sum(not parcel.notice for parcel in parcels) - len(notices)
        to_call = (Answer("batch.to_call", {"count": str(left)}),) if left else ()
        answer = Answer("batch.confirmed", {"count": str(len(parcels))}, to_call)
        return self.act(mind.clear, answer, record, *notices, undoable=False)


def _already(parcel: Parcel) -> Answer:
    """Tell where a parcel lies that is already here."""
    return Answer("parcel.already_here", {"code": parcel.code})
