"""装包: parcels are packed into a bag, the bag is sealed. Pure.

Rules
1. A bag that is scanned is in work, until another one is. After a pause the only open bag is in work; of several one
   must be scanned.
2. Every parcel is in its bag on disk the moment it is scanned.
3. What must not travel is refused, each with its own answer: held, without real name, not inspected.
4. A parcel nobody accepted here is packed when it was scanned twice, and marked; one that lies here to be fetched goes
   back when it was scanned twice, at once if it was refused, damaged or another station's.
5. A seal is used once. It is said first and confirmed with OK; a bag with a held parcel, or with none, is not sealed.
6. A sealed bag is opened again when it was scanned twice; its seal is cut and used up.
7. Weights see `bag_desk`: scan the bag, put it on the scale, before or after sealing.

doing        token                     it is                         entry            answer
-----------  ------------------------  ----------------------------  ---------------  ------------------------------
any          bag                       unknown, empty                bag.opened       pack.opened
any          bag, first, then again    gone, missing                 -, bag.opened    pack.bag_gone, pack.opened
any          bag                       open                          -                pack.goes_on
any          bag, first, then again    sealed                        -, bag.reopened  pack.is_sealed, pack.reopened
any          bag                       in an open handover           -                pack.in_handover
any          bag                       here, arriving, in unpacking  -                pack.bag_full
no bag       parcel, seal card, OK     -                             -                pack.which
bag          parcel                    accepted, not wanting         parcel.packed    pack.packed
bag          parcel                    held                          -                pack.held
bag          parcel                    no real name, no agreement    -                pack.no_name
bag          parcel                    not inspected                 -                pack.not_inspected
bag          parcel                    to be fetched, with trouble   parcel.packed    pack.packed
bag          parcel, first, then again to be fetched                 -, parcel.packed pack.goes_back, pack.packed
bag          parcel, first, then again unknown                       -, parcel.packed pack.unknown, pack.packed
bag          parcel, first, then again in this bag                   -, parcel.unpacked  pack.inside, pack.taken_out
bag          parcel                    in another bag                -                pack.elsewhere
bag          parcel                    collected, gone               -                pack.ended
bag          parcel                    bag has MAX_PARCELS           -                pack.full
bag          pick-up code              nobody's                      -                parcel.unknown
bag          seal card                 bag is empty                  -                pack.empty
bag          seal card                 a held parcel inside          -                pack.held_inside
bag          seal card                 all well                      -                pack.seal_which
bag          our own seal (YYS)        all well                      -                pack.seal_said
asking seal  seal, code, digits        new                           -                pack.seal_said
asking seal  seal, code, digits        used before                   -                pack.seal_used
asking seal  parcel or bag known here  -                             -                pack.not_a_seal
asking seal  other cards               -                             -                pack.seal_which
seal said    OK                        -                             bag.sealed       pack.sealed
seal said    parcel, bag               the seal is forgotten         as above         as above
bag          OK                        no seal was said              -                pack.seal_first
any          MARKS card                see bag_desk
asking seal, clear card                the bag is in work again      -                task.cleared, cleared.sealing,
seal said                                                                             pack.goes_on
"""

from typing import ClassVar

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.bags import AWAY, EMPTY, MAX_PARCELS, OPEN, SEALED, Bag
from station_agent.counter.cards import Card, Mode, Word
from station_agent.counter.decision import (
    WEIGH_S,
    Attention,
    Code,
    Decision,
    Moment,
    Paper,
    Raw,
    ShelfCode,
    Task,
    Token,
)
from station_agent.counter.desks.bag_desk import MARKS, BagDesk, seal_number
from station_agent.counter.desks.sending_acceptance import AGREEMENT
from station_agent.counter.shelves import ACCEPTED, PACKED, PENDING, Parcel
from station_agent.counter.vocabulary import custody
from station_agent.waybill import identify
from station_agent.waybill.kinds import Role
from station_agent.waybill.parts import BagParts

GOES_BACK = ("refused", "damaged", "wrong_station")


class Filling(Task, frozen=True):
    """This bag is in work."""

    stays: ClassVar[bool] = True
    bag: str


class BeingSealed(Task, frozen=True):
    """This bag is being sealed; given up, it is in work again."""

    bag: str

    @property
    def beneath(self) -> Filling:
        """The bag in work."""
        return Filling(self.bag)

    @property
    def given_up(self) -> Answer:
        """No seal was put on."""
        return Answer("cleared.sealing")


class AskingSeal(BeingSealed, frozen=True):
    """The number of the seal comes next, whatever it looks like."""

    raw: ClassVar[bool] = True


class Sealing(BeingSealed, frozen=True):
    """OK closes this bag with this seal."""

    seal: str


class Packing(BagDesk):
    """The desk of the mode 装包."""

    mode = Mode.PACK

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table."""
        bag, task = self._in_work(mind), mind.task
        match token:
            case Card(word=Word.BAG, value=mark) if mark in MARKS:
                return self.marked(bag.code if bag is not None else "", mark, at, mind)
            case Card(word=Word.SEAL):
                return self._seal_card(bag, at, mind)
            case Card(word=Word.OK) if isinstance(task, Sealing) and bag is not None:
                return self._seal(bag, task.seal, at, mind)
            case Card(word=Word.OK) if bag is not None and not isinstance(task, AskingSeal):
                return self.say(mind, Answer("pack.seal_first"))
            case Code() if self.is_bag(token, working=bag is not None):
                return self._bag(token, at, mind)
        if isinstance(task, AskingSeal) and bag is not None:
            return self._seal_number(bag, token, at, mind)
        match token:
            case Paper(sort="seal"):
                asked = self._seal_card(bag, at, mind)
                well = bag is not None and asked.answer is not None and asked.answer.phrase == "pack.seal_which"
                return self._seal_number(bag, token, at, mind) if bag is not None and well else asked
            case Code() | ShelfCode() | Card(word=Word.OK) if bag is None:
                return self.say(mind, Answer("pack.which"))
            case Code() if bag is not None:
                parcel = self.books.shelves.parcel(token.identity)
                return self._unknown(token, bag, at, mind) if parcel is None else self._parcel(parcel, bag, at, mind)
            case ShelfCode(code) if bag is not None:
                parcel = self.books.shelves.with_code(code)
                if parcel is None:
                    return self.say(mind, Answer("parcel.unknown"))
                return self._parcel(parcel, bag, at, mind)
        return None

    def entered(self, at: Moment, mind: Attention) -> Decision | None:
        """Go on with the bag that was left open."""
        bag = self._in_work(mind)
        return None if bag is None else self._goes_on(bag, at, mind)

    def leaving(self, mind: Attention) -> tuple[Answer, ...]:
        """A bag without seal goes nowhere: say so."""
        del mind
        count = len(self.books.bags.in_state(OPEN))
        return (Answer("pack.left_open", {"count": str(count)}),) if count else ()

    def goes_on(self, mind: Attention) -> tuple[Answer, ...]:
        """The bag in work."""
        bag = self._in_work(mind)
        return () if bag is None else (self._stands(bag),)

    def _in_work(self, mind: Attention) -> Bag | None:
        """The bag parcels go into now (rule 1)."""
        task = mind.task
        if isinstance(task, Filling | BeingSealed):
            bag = self.books.bags.get(task.bag)
            return bag if bag is not None and bag.state == OPEN else None
        unsealed = self.books.bags.in_state(OPEN)
        return unsealed[0] if len(unsealed) == 1 else None

    def _bag(self, code: Code, at: Moment, mind: Attention) -> Decision:
        """A bag is taken into work."""
        number = code.what.code
        bag = self.books.bags.get(number)
        if self.books.handovers.holds(number):
            return self.say(mind, Answer("pack.in_handover"))
        if bag is not None and bag.state == OPEN:
            return self._goes_on(bag, at, mind)
        if bag is not None and bag.state == SEALED:
            return self._sealed_bag(bag, code, at, mind)
        if bag is not None and bag.state not in AWAY:
            return self.say(mind, Answer("pack.bag_full"))
        if bag is not None and bag.state != EMPTY and not self.read_again(mind, number, at, "pack.bag_gone"):
            return self.doubt(mind, number, Answer("pack.bag_gone"), at)
        parts = code.what.parts
        to = parts.destination if isinstance(parts, BagParts) else None
        record = custody("bag.opened", bag=number, shape=code.what.kind.value, to=to)
        after = mind.doing(Filling(number), at.now_s)
        return self.act(_green(after, code.text, number, at), Answer("pack.opened", {"bag": number}), record)

    def _goes_on(self, bag: Bag, at: Moment, mind: Attention) -> Decision:
        """An open bag goes on being packed; put on the scale now it gets its weight."""
        after = _green(mind.doing(Filling(bag.code), at.now_s), "", bag.code, at)
        return Decision(after, self._stands(bag))

    def _stands(self, bag: Bag) -> Answer:
        """How far an open bag is."""
        count = len(self.books.shelves.in_bag(bag.code))
        return Answer("pack.goes_on", {"bag": bag.code, "count": str(count)})

    def _sealed_bag(self, bag: Bag, code: Code, at: Moment, mind: Attention) -> Decision:
        """A sealed bag: told, weighed again, or opened again (rule 6)."""
        if not self.read_again(mind, bag.code, at, "pack.is_sealed"):
            asked = self.doubt(mind, bag.code, Answer("pack.is_sealed", {"seal": bag.seal}), at)
            return replace(asked, attention=replace(asked.attention, weigh=(bag.code, at.now_s + WEIGH_S)))
        record = custody("bag.reopened", bag=bag.code, seal=bag.seal)
        after = _green(mind.doing(Filling(bag.code), at.now_s), code.text, bag.code, at)
        return self.act(after, Answer("pack.reopened"), record)

    def _parcel(self, parcel: Parcel, bag: Bag, at: Moment, mind: Attention) -> Decision:
        """A parcel the station knows."""
        waybill = parcel.waybill
        if parcel.state == PACKED and parcel.bag == bag.code:
            if not self.read_again(mind, waybill, at, "pack.inside"):
                return self.doubt(mind, waybill, Answer("pack.inside"), at)
            return self._take_out(parcel, at, mind)
        wrong = self._wrong(parcel, bag)
        if wrong is not None:
            return self.say(mind, wrong)
        if (
            parcel.is_here
            and parcel.trouble not in GOES_BACK
            and not self.read_again(mind, waybill, at, "pack.goes_back")
        ):
            return self.doubt(mind, waybill, Answer("pack.goes_back", {"code": parcel.code}), at)
        return self._pack(waybill, bag, at, mind)

    def _wrong(self, parcel: Parcel, bag: Bag) -> Answer | None:
        """Why a parcel does not go into this bag (rule 3)."""
        if parcel.ended_no:
            return Answer("pack.ended")
        if parcel.state == PACKED:
            return Answer("pack.elsewhere", {"bag": parcel.bag})
        if self.books.is_held(parcel.waybill):
            return Answer("pack.held")
        if parcel.state == ACCEPTED and parcel.real_name in ("", PENDING) and parcel.inspected_by != AGREEMENT:
            return Answer("pack.no_name")
        if parcel.state == ACCEPTED and not parcel.inspected_by:
            return Answer("pack.not_inspected")
        return self._full(bag)

    def _full(self, bag: Bag) -> Answer | None:
        return Answer("pack.full") if len(self.books.shelves.in_bag(bag.code)) >= MAX_PARCELS else None

    def _unknown(self, code: Code, bag: Bag, at: Moment, mind: Attention) -> Decision:
        """A parcel nobody accepted here (rule 4); one that was turned away for what is in it stays out."""
        if self.books.is_turned_away(code.identity):
            return self.say(mind, Answer("pack.held"))
        full = self._full(bag)
        if full is not None:
            return self.say(mind, full)
        if not self.read_again(mind, code.identity, at, "pack.unknown"):
            return self.doubt(mind, code.identity, Answer("pack.unknown"), at)
        return self._pack(code.identity, bag, at, mind, code)

    def _pack(self, waybill: str, bag: Bag, at: Moment, mind: Attention, unknown: Code | None = None) -> Decision:
        """It lies in the bag now."""
        record = custody(
            "parcel.packed",
            bag=bag.code,
            waybill=waybill,
            unreceived=True if unknown is not None else None,
            carrier=unknown.what.carrier if unknown is not None else None,
            typed=(unknown.typed or None) if unknown is not None else None,
        )
        count = len(self.books.shelves.in_bag(bag.code)) + 1
        after = replace(mind.doing(Filling(bag.code), at.now_s), last=waybill)
        return self.act(after, Answer("pack.packed", {"count": str(count)}), record)

    def _take_out(self, parcel: Parcel, at: Moment, mind: Attention) -> Decision:
        """It lies in the bag no longer; one to be fetched is on a shelf again, under its old code if that is free."""
        shelves = self.books.shelves
        code = None
        if parcel.way != "out":
            code = shelves.free_code(at.known_ms) if shelves.is_taken(parcel.code) else parcel.code
        record = custody("parcel.unpacked", bag=parcel.bag, waybill=parcel.waybill, code=code)
        after = replace(mind.doing(Filling(parcel.bag), at.now_s), last=parcel.waybill)
        phrase = Answer("pack.taken_out") if code is None else Answer("pack.shelved_again", {"code": code})
        return self.act(after, phrase, record)

    def _seal_card(self, bag: Bag | None, at: Moment, mind: Attention) -> Decision:
        """The seal's number comes next (rule 5)."""
        if bag is None:
            return self.say(mind, Answer("pack.which"))
        inside = self.books.shelves.in_bag(bag.code)
        if not inside:
            return self.say(mind, Answer("pack.empty"))
        if any(parcel.trouble == "held" for parcel in inside):
            return self.say(mind, Answer("pack.held_inside"))
        after = replace(mind.doing(AskingSeal(bag.code), at.now_s), weigh=(bag.code, at.now_s + WEIGH_S))
        return Decision(after, Answer("pack.seal_which"))

    def _seal_number(self, bag: Bag, token: Token, at: Moment, mind: Attention) -> Decision:
        """What was scanned where a seal was asked for."""
        seal = seal_number(token)
        if not seal:
            return self.say(mind, Answer("pack.seal_which"))
        if isinstance(token, Raw) and self._is_known(token.text):
            return self.say(mind, Answer("pack.not_a_seal"))
        if self.books.seals.get(seal) is not None:
            return self.say(mind, Answer("pack.seal_used"))
        after = replace(mind.doing(Sealing(bag.code, seal), at.now_s), weigh=(bag.code, at.now_s + WEIGH_S))
        return Decision(after, Answer("pack.seal_said", {"seal": seal}))

    def _is_known(self, text: str) -> bool:
        """Whether a parcel or bag of ours was scanned where a seal was asked for, or a bag's own code."""
        what = identify(text)
        return self.books.knows(what.number) or self.books.knows(what.code) or what.kind.role is Role.BAG

    def _seal(self, bag: Bag, seal: str, at: Moment, mind: Attention) -> Decision:
        """The bag is closed and waits for a vehicle."""
        count = len(self.books.shelves.in_bag(bag.code))
        wrong = self._seal_card(bag, at, mind)
        if wrong.answer is not None and wrong.answer.phrase != "pack.seal_which":
            return wrong
        record = custody(
            "bag.sealed",
            bag=bag.code,
            seal=seal,
            count=count,
            weight_g=bag.weight_g,
            way="up",
            to=bag.to or None,
        )
        after = replace(mind.doing(None, at.now_s), weigh=(bag.code, at.now_s + WEIGH_S))
        return self.act(after, Answer("pack.sealed", {"count": str(count)}), record)


def _green(mind: Attention, text: str, bag: str, at: Moment) -> Attention:
    """This bag was answered well, and waits for its weight."""
    return replace(mind, green=text, weigh=(bag, at.now_s + WEIGH_S))
