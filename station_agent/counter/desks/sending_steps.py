"""The steps of 寄件 that a card begins: digits, lots, screening, weighing again, relabelling. Pure.

The table stands in `sending`, which calls this and nobody else does. What belongs to no step is told to wait.
"""

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.cards import Card, Word
from station_agent.counter.decision import Attention, Code, Decision, Keyed, Moment, Raw, Token
from station_agent.counter.desk import Desk
from station_agent.counter.desks.sending_tasks import (
    MEASURED,
    TYPED,
    Checking,
    Keying,
    KeyingLot,
    Relabelling,
    Reweighing,
    Screening,
    Weighed,
    kg,
    weighing,
    weight_told,
)
from station_agent.counter.shelves import Parcel
from station_agent.counter.site import Site
from station_agent.counter.tokens import must_not_be_kept
from station_agent.counter.vocabulary import custody
from station_agent.waybill.kinds import Kind

MAX_WEIGHT_G = 200_000
"""Heavier is mistyped: no village scale carries it."""
MIN_AGREEMENT_DIGITS = 4
MAX_LOT = 32


class Steps(Desk):
    """What a card of 寄件 began."""

    def __init__(self, books: Books, site: Site) -> None:
        """`site` says who is on duty."""
        super().__init__(books)
        self._site = site

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """A number, or digits, for the step."""
        match mind.task, token:
            case Keying(what="weight"), Keyed(digits):
                return self._grams(mind.task, digits, at, mind)
            case Keying(), Keyed(digits):
                return self._agreement(mind.task, digits, at, mind)
            case KeyingLot(), Keyed(lot) | Raw(lot):
                return self._lot(mind.task, lot, at, mind)
            case ((Screening() | Reweighing() | Relabelling()), Keyed()):
                return None  # a typed number
            case Screening(), Code():
                return self._screen(token, at, mind)
            case Reweighing(), Code():
                return self._which(token, at, mind)
            case Relabelling(waybill=""), Code():
                return self._old(token, at, mind)
            case Relabelling(waybill), Code():
                return self._new(waybill, token, at, mind)
        return self.say(mind, Answer("task.unfinished"))

    def card(self, card: Card, at: Moment, mind: Attention) -> Decision:
        """A card in the middle of a step: the weight of the parcel that is weighed again may be keyed."""
        task = mind.task
        if isinstance(task, Reweighing) and task.waybill and card.word is Word.TYPED_WEIGHT:
            return Decision(mind.doing(Keying("weight", task.waybill), at.now_s), Answer("send.grams_key"))
        return self.say(mind, Answer("task.unfinished"))

    def weigh(self, waybill: str, weight: Weighed, at: Moment, mind: Attention) -> Decision:
        """A parcel gets its weight, whoever accepted it."""
        assert weight.weight_g is not None
        parcel = self.books.shelves.parcel(waybill)
        record = weighing(waybill, weight, elsewhere=not _is_ours(parcel))
        after = mind.doing(Checking(waybill, at.now_s) if _is_ours(parcel) else None, at.now_s)
        return self.act(replace(after, last=waybill), weight_told(weight.weight_g, weight.how), record)

    def _grams(self, task: Keying, digits: str, at: Moment, mind: Attention) -> Decision:
        """A weight somebody typed: of this parcel, or of the next."""
        weight = Weighed(int(digits), TYPED)
        if not 0 < int(digits) <= MAX_WEIGHT_G:
            return self.say(mind, Answer("send.grams_wrong"))
        if not task.waybill:
            answer = Answer("send.grams_next", {"weight_kg": kg(int(digits))})
            return Decision(mind.doing(replace(task.said, weight=weight), at.now_s), answer)
        parcel = self.books.shelves.parcel(task.waybill)
        if parcel is not None and parcel.weight_how == MEASURED:
            return self.say(mind.doing(None, at.now_s), Answer("send.measured"))
        return self.weigh(task.waybill, weight, at, mind)

    def _agreement(self, task: Keying, digits: str, at: Moment, mind: Attention) -> Decision:
        """The number of a safety agreement: of the consignment that is described, or of the open one."""
        if len(digits) < MIN_AGREEMENT_DIGITS or must_not_be_kept(digits):
            return self.say(mind, Answer("bulk.agreement_wrong"))
        bulk = self.books.consignments.open
        if bulk is None:
            said = replace(task.said, agreement=digits)
            return Decision(mind.doing(said, at.now_s), Answer("bulk.agreement"))
        record = custody("consignment.agreed", consignment=bulk.number, agreement=digits)
        return self.act(mind.doing(task.said.or_none, at.now_s), Answer("bulk.agreed"), record)

    def _lot(self, task: KeyingLot, lot: str, at: Moment, mind: Attention) -> Decision:
        """A lot, in whatever shape the grower gave it."""
        if not (lot.isascii() and lot.isprintable() and 0 < len(lot) <= MAX_LOT) or must_not_be_kept(lot):
            return self.say(mind, Answer("send.lot_wrong"))
        return Decision(mind.doing(replace(task.said, lot=lot), at.now_s), Answer("send.lot"))

    def _screen(self, code: Code, at: Moment, mind: Attention) -> Decision:
        """A parcel went through the X-ray, whoever accepted it."""
        parcel = self.books.shelves.parcel(code.identity)
        refused = self._refused(code, parcel)
        if refused is not None:
            return self.say(mind, Answer(refused))
        if parcel is not None and parcel.screening == "done":
            return self.say(mind.doing(None, at.now_s), Answer("send.screened_before"))
        waybill = code.identity if parcel is None else parcel.waybill
        elsewhere = None if _is_ours(parcel) else True
        record = custody("parcel.screened", waybill=waybill, by=self._site.who, elsewhere=elsewhere)
        after = replace(mind.doing(None, at.now_s), green=code.text, last=waybill)
        return self.act(after, Answer("send.screened", {"waybill": waybill}), record)

    def _which(self, code: Code, at: Moment, mind: Attention) -> Decision:
        """The parcel to be weighed again."""
        parcel = self.books.shelves.parcel(code.identity)
        refused = self._refused(code, parcel)
        if refused is not None:
            return self.say(mind, Answer(refused))
        waybill = code.identity if parcel is None else parcel.waybill
        return Decision(mind.doing(Reweighing(waybill), at.now_s), Answer("send.weigh_now", {"waybill": waybill}))

    def _refused(self, code: Code, parcel: Parcel | None) -> str | None:
        """Why nothing more is done to a parcel: it left, or it is held."""
        if parcel is not None and parcel.ended_no:
            return "send.gone"
        held = (parcel is not None and parcel.trouble == "held") or self.books.is_turned_away(code.identity)
        return "send.held" if held else None

    def _old(self, code: Code, at: Moment, mind: Attention) -> Decision:
        """The parcel that gets another number: one accepted here, or one with our own label from another site."""
        parcel = self.books.shelves.parcel(code.identity)
        if len(self.books.shelves.numbers_of(code.identity)) > 1:
            return self.say(mind.doing(None, at.now_s), Answer("send.relabelled_before"))
        refused = self._refused(code, parcel)
        if refused is not None:
            return self.say(mind, Answer(refused))
        if not _is_ours(parcel) and code.what.kind is not Kind.OWN_PARCEL:
            return self.say(mind, Answer("send.relabel_not"))
        waybill = code.identity if parcel is None else parcel.waybill
        return Decision(mind.doing(Relabelling(waybill), at.now_s), Answer("send.relabel_to"))

    def _new(self, waybill: str, code: Code, at: Moment, mind: Attention) -> Decision:
        """The number it gets, which nobody else has here."""
        number = code.identity
        if number == waybill:
            return self.say(mind, Answer("send.relabel_same"))
        if self.books.is_turned_away(number):
            return self.say(mind, Answer("send.held"))
        if self.books.knows(number) or code.what.kind is Kind.OWN_PARCEL:
            return self.say(mind, Answer("send.relabel_taken"))
        elsewhere = None if _is_ours(self.books.shelves.parcel(waybill)) else True
        record = custody(
            "parcel.relabelled", waybill=waybill, to=number, carrier=code.what.carrier, elsewhere=elsewhere
        )
        after = replace(mind.doing(None, at.now_s), green=code.text, last=waybill)
        return self.act(after, Answer("send.relabelled", {"waybill": number}), record)


def _is_ours(parcel: Parcel | None) -> bool:
    """Whether this site accepted it."""
    return parcel is not None and parcel.way == "out"
