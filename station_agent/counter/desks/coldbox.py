"""冷箱: parcels go into a cold box and out of it, alarms are closed, a box is put out of use. Pure.

Rules
1. A box card says where the parcels scanned after it go; 取出 says that they are taken out. Both stand until another
   card, and for TASK_S after the last parcel. A box's number may be keyed instead of its card.
2. What goods are is what the parcel's acceptance said; else what a product card said after the box's; else nobody said
   it, and the box's own rules decide. Where goods may lie, and where instead, is for `coldchain.contents`.
3. A parcel that is not known here goes in when it was scanned twice. One in a bag or gone does not.
4. An alarm is closed by a cause and a box, in either order, and by a person: whoever showed a badge before, else
   whoever is on duty by a badge, else whoever shows one when asked. 停用 and a box put the box out of use. Neither can
   be taken back by the undo card.
5. A refusal of the box changes nothing and leaves the task as it was, so that the answer can be followed at once.

task      token                             entry                          answer
--------  --------------------------------  -----------------------------  --------------------------------------
-         parcel, pick-up code              -                              box.which
-         product card                      -                              box.which
any       box card, its number keyed        -                              box.chosen / box.unknown
filling   parcel, pick-up code              (box.taken,) box.put           box.put / why not, and where instead
filling   parcel unknown, first time        -                              parcel.unknown
filling   product card                      -                              box.goods / box.goods_unknown
any       取出 card                         -                              box.take
emptying  parcel, pick-up code              box.taken                      box.taken / box.not_inside
any       停用 card                         -                              box.rest
resting   box                               box.resting, excursion.ended?  box.resting / box.not_empty / box.close_first
any       cause card                        -                              box.which_alarm
any       badge                             -                              box.badge / box.no_badge
closing   box, after the cause              excursion.closed               box.closed / box.who / why not
closing   cause card, after box and badge   excursion.closed               box.closed / box.who / why not
closing   badge, after cause and box        excursion.closed               box.closed / box.no_badge
closing   box, before the cause             -                              box.why
resting, closing   parcel, pick-up code     -                              task.unfinished
any       bag                               -                              scan.not_here
any       parcel collected, gone            -                              parcel.already_<which>
any       parcel in a bag                   -                              box.in_bag
"""

from msgspec.structs import replace

from station_agent.coldchain.boxes import ColdBoxes, Proposal
from station_agent.coldchain.machine import Cause
from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.cards import Card, Mode, Word
from station_agent.counter.decision import Attention, Code, Decision, Keyed, Moment, Paper, ShelfCode, Task, Token
from station_agent.counter.desk import Desk, ReadBadge, ended
from station_agent.counter.shelves import PACKED
from station_agent.waybill.kinds import Role


class Filling(Task, frozen=True):
    """Parcels go into this box. product: what they are, where their acceptance did not say it."""

    box: str
    product: str = ""


class Emptying(Task, frozen=True):
    """Parcels are taken out of whatever box they lie in."""


class Resting(Task, frozen=True):
    """The next box goes out of use."""


class Closing(Task, frozen=True):
    """An alarm is closed; "" for what was not said yet. by: number of a badge."""

    cause: str = ""
    box: str = ""
    by: str = ""


class ColdBoxDesk(Desk):
    """The desk of the mode 冷箱."""

    mode = Mode.BOX

    def __init__(self, books: Books, cold: ColdBoxes, read_badge: ReadBadge) -> None:
        """cold: the boxes; read_badge: tells whose badge a text is."""
        super().__init__(books)
        self._cold, self._read_badge = cold, read_badge

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table."""
        closing = mind.task if isinstance(mind.task, Closing) else Closing()
        match token:
            case Card(word=Word.BOX, value=box):
                return self._box(box, at, mind)
            case Keyed(digits) if digits in self._cold.watches:
                return self._box(digits, at, mind)
            case Card(word=Word.TAKE):
                return Decision(mind.doing(Emptying(), at.now_s), Answer("box.take"))
            case Card(word=Word.REST):
                return Decision(mind.doing(Resting(), at.now_s), Answer("box.rest"))
            case Card(word=Word.CAUSE, value=cause):
                return self._close(replace(closing, cause=cause), at, mind)
            case Card(word=Word.PRODUCT, value=word):
                return self._goods(word, at, mind)
            case Paper(sort="badge", number=text):
                return self._badge(text, closing, at, mind)
            case Code(what=what) if what.kind.role is Role.BAG:
                return self.say(mind, Answer("scan.not_here"))
            case Code():
                return self._parcel(token.identity, token.text, at, mind)
            case ShelfCode(code):
                parcel = self.books.shelves.with_code(code)
                if parcel is None:
                    return self.say(mind, Answer("parcel.unknown"))
                return self._parcel(parcel.waybill, code, at, mind)
        return None

    def yields_to_driver(self, mind: Attention) -> bool:
        """A box that is being filled waits; an alarm that is being closed may wait for this very badge."""
        return not isinstance(mind.task, Closing)

    def _box(self, box: str, at: Moment, mind: Attention) -> Decision:
        """A box is meant: for what was said before, else for the parcels to come."""
        if box not in self._cold.watches:
            return self.say(mind, Answer("box.unknown", {"box": box}))
        match mind.task:
            case Resting():
                return self._done(self._cold.rest(box, at.now_s), mind.doing(None, at.now_s), mind, undoable=False)
            case Closing():
                return self._close(replace(mind.task, box=box), at, mind)
        return Decision(mind.doing(Filling(box), at.now_s), Answer("box.chosen", {"box": box}))

    def _goods(self, word: str, at: Moment, mind: Attention) -> Decision:
        """What goes into the box from now on."""
        if not isinstance(mind.task, Filling):
            return self.say(mind, Answer("box.which"))
        product = self._cold.goods(word)
        if not product:
            return self.say(mind, Answer("box.goods_unknown"))
        return Decision(mind.doing(replace(mind.task, product=product), at.now_s), Answer("box.goods"))

    def _parcel(self, waybill: str, text: str, at: Moment, mind: Attention) -> Decision:
        """A parcel in the attendant's hand."""
        parcel, numbers = self.books.shelves.parcel(waybill), self.books.shelves.numbers_of(waybill)
        inside = next((number for number in numbers if self.books.chilled.get(number) is not None), "")
        waybill = inside or (waybill if parcel is None else parcel.waybill)
        after = replace(mind.after(text), task_s=at.now_s, last=waybill)
        match mind.task:
            case Emptying():
                return self._done(self._cold.take(waybill, at.now_s), after, mind)
            case Resting() | Closing():
                return self.say(mind, Answer("task.unfinished"))
            case Filling(box, product):
                if parcel is not None and parcel.ended_no:
                    return self.say(mind, ended(parcel))
                if parcel is not None and parcel.state == PACKED:
                    return self.say(mind, Answer("box.in_bag"))
                if parcel is None and not inside and not self.read_again(mind, waybill, at, "parcel.unknown"):
                    return self.doubt(mind, waybill, Answer("parcel.unknown"), at)
                goods = parcel.product or product if parcel is not None else product
                return self._done(self._cold.put(waybill, goods, box, at.now_s), after, mind)
        return self.say(mind, Answer("box.which"))

    def _badge(self, text: str, closing: Closing, at: Moment, mind: Attention) -> Decision:
        """Somebody says who he is."""
        number = self._read_badge(text, at)
        if not number:
            return self.say(mind, Answer("box.no_badge"))
        return self._close(replace(closing, by=number), at, mind)

    def _close(self, closing: Closing, at: Moment, mind: Attention) -> Decision:
        """Close an alarm, or ask for what is missing."""
        asking = mind.doing(closing, at.now_s)
        if not closing.cause:
            return Decision(asking, Answer("box.why" if closing.box else "box.badge"))
        if not closing.box:
            return Decision(asking, Answer("box.which_alarm"))
        by = closing.by or self.books.duty.by
        proposal = self._cold.close(closing.box, Cause(closing.cause), by, at.now_s)
        # Without anybody known the same box is meant when the badge comes; any other refusal ends the act.
        waits = asking if proposal.answer.phrase == "box.who" else mind.doing(None, at.now_s)
        return self._done(proposal, mind.doing(None, at.now_s), waits, undoable=False)

    def _done(self, proposal: Proposal, after: Attention, refused: Attention, *, undoable: bool = True) -> Decision:
        """The proposal as a decision; refused: what is in mind where the box says no."""
        if not proposal.records:
            return self.say(refused, proposal.answer)
        return replace(self.act(after, proposal.answer, *proposal.records, undoable=undoable), cold=proposal)
