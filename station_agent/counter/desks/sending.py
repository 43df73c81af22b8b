"""寄件: parcels are accepted from senders, singly or as a consignment, and checked. Pure.

Rules
1. What is said first (sender's card, product, destination, price class, lot, order source, 已验视, weight) counts for
   the one parcel that is scanned next. Said again it is corrected; clear drops it.
2. A parcel is accepted the moment its number is scanned, whatever it still lacks, and is told what that is: the real
   name stays "pending" until the sender's card comes, screening until a site that can.
3. What it lacks is taken for CHECK_S after it was accepted, or scanned again: sender's card, 已验视, weight. Later than
   that, and when nothing is lacking, the same cards speak of the next parcel.
4. A weight goes to the parcel that waits for one. Else it waits for the next parcel itself, until the pan was empty
   again and CHECK_S at most. A weight or a parcel that found no partner is told.
5. A typed weight is marked so and never takes the place of a measured one. 到站再称 leaves the weight to the hub. A
   weight takes the place of a typed or pending one only after 补称, or when it lies on the pan as its parcel is scanned
   again: else the next box on the pan would be meant.
6. A consignment says sender, product and the rest once, and OK opens it. Each box has checks of its own unless the
   sender's safety agreement is recorded. Destination and price class may differ by the box. OK ends it with the sum.
7. Screening, and weights after 补称, are taken for parcels other sites accepted too, and marked `elsewhere`.
8. A held parcel is refused, also one that was held before it was ever accepted.
9. 换单 gives a parcel another number, once; it goes by both from then on.
10. Goods that fly are told the next flight whose cut-off has not passed; nothing is promised on a clock nobody trusts.

doing          token                   the parcel is           entry                       answer
-------------  ----------------------  ----------------------  --------------------------  ------------------------
any            number                  unknown                 parcel.accepted (+ checks)  send.accepted
any            number                  held                    -                           send.held
any            number                  here to be fetched      -                           parcel.already_here
any            number, first time      ended                   -                           send.come_again
any            number, again in 30 s   ended                   parcel.accepted             send.accepted
said           number                  accepted, lacks it      the checks                  send.completed
any            number                  accepted                -                           send.lacking / complete
-, said        sender's card           -                       -                           send.sender
checking       sender's card           without a name          parcel.registered           send.registered
-, said        已验视                  -                       -                           send.next_inspected
checking       已验视                  not inspected           parcel.inspected            send.inspected
any            product card            -                       -                           send.goods / no_product
any            destination card        -                       -                           send.place / no_place
any            price card              -                       -                           send.price / no_price /
                                                                                           price_wrong
any            source card             -                       -                           send.source
any            lot card, then lot      -                       -                           send.lot_key, lot /
                                                                                           lot_wrong
-, said        weight                  -                       -                           send.weight_first
checking       weight                  without a weight        parcel.weighed              parcel.weighed
said           pan empty again         -                       -                           send.weight_lost
any            手输重量, then grams    -, without a weight     -, parcel.weighed (typed)   send.grams_next, grams /
                                                                                           grams_wrong, measured
any            到站再称                -, without a weight     -, parcel.weighed (pending) send.next_pending, pending
any            已过安检, then number   not yet screened        parcel.screened             send.screened
any            已过安检                (site without X-ray)    -                           send.no_screening
any            补称, number, weight    not ended               parcel.weighed              parcel.weighed
any            换单, number, number    accepted                parcel.relabelled           send.relabelled
any            换单, number, number    our own label of        parcel.relabelled           send.relabelled
                                       another site            (elsewhere)
relabelling    number                  has another already     -                           send.relabelled_before
relabelling    number                  not ours, unknown       -                           send.relabel_not
relabelling    new number              same, in use            -                           send.relabel_same, taken
any            大宗寄件                -                       -                           bulk.begun / bulk.open
begun          OK                      -                       consignment.opened          bulk.opened / no_sender,
                                                                                           no_product
begun          number                  -                       -                           bulk.confirm
begun          安全协议, then number   -                       -                           bulk.agreement
consignment    安全协议, then number   -                       consignment.agreed          bulk.agreed
-, said        安全协议                -                       -                           bulk.only
consignment    number                  unknown                 parcel.accepted             bulk.accepted
consignment    sender, product, lot,   -                       -                           bulk.end_first
               source
consignment    OK                      -                       consignment.closed          bulk.closed
a step begun   anything else           -                       -                           task.unfinished
any            bag                     -                       -                           scan.not_here
"""

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.cards import Card, Mode, Word
from station_agent.counter.consignments import Consignment
from station_agent.counter.decision import Attention, Code, Decision, Keyed, Moment, Paper, Raw, Task, Token
from station_agent.counter.desk import Desk
from station_agent.counter.desks.sending_acceptance import Acceptance
from station_agent.counter.desks.sending_said import described
from station_agent.counter.desks.sending_steps import Steps
from station_agent.counter.desks.sending_tasks import (
    CHECK_S,
    MEASURED,
    Checking,
    Keying,
    KeyingLot,
    Relabelling,
    Reweighing,
    Said,
    Screening,
    Step,
    Weighed,
    inspection,
    kg,
    left,
    said_in,
    weighing,
    weight_told,
)
from station_agent.counter.shelves import PENDING, Parcel
from station_agent.counter.site import Site
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record
from station_agent.waybill.kinds import Role


class Sending(Desk):
    """The desk of the mode 寄件."""

    mode = Mode.SEND

    def __init__(self, books: Books, site: Site) -> None:
        """`site` says what is sent from here, which flights there are, who is on duty."""
        super().__init__(books)
        self._site = site
        self._steps = Steps(books, site)
        self._acceptance = Acceptance(books, site)

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table."""
        match token:
            case Code(what=what) if what.kind.role is Role.BAG:
                return self.say(mind, Answer("scan.not_here"))
            case Code() | Keyed() | Raw() if isinstance(mind.task, Step):
                return self._steps.take(token, at, mind)
            case Code():
                return self._acceptance.scanned(token, at, mind)
            case Paper(sort="sender", number=number):
                return self._sender(number, at, mind)
            case Card():
                return self._card(token, at, mind)
        return None

    def weight(self, weight_g: int, at: Moment, mind: Attention) -> Decision | None:
        """A settled weight: for the parcel that waits for one, else it waits for the next parcel."""
        task, weight = mind.task, Weighed(weight_g, MEASURED, at.device, at.now_s)
        if isinstance(task, Reweighing) and task.waybill:
            return self._steps.weigh(task.waybill, weight, at, mind)
        parcel = self._checked(at, mind)
        if parcel is not None and "weight" in parcel.lacks:
            after = replace(mind, task=Checking(parcel.waybill, at.now_s), task_s=at.now_s)
            return self.act(after, weight_told(weight_g), weighing(parcel.waybill, weight))
        if not (task is None or isinstance(task, Said | Checking)):
            return None
        said = said_in(mind)
        lost = (Answer("send.weight_lost"),) if said.holds_weight() else ()
        attention = replace(mind, task=replace(said, weight=weight), task_s=at.now_s)
        return Decision(attention, Answer("send.weight_first", {"weight_kg": kg(weight_g)}, lost))

    def emptied(self, at: Moment, mind: Attention) -> Decision | None:
        """The pan is empty again: a weight that waited there belongs to nobody."""
        said = said_in(mind)
        if not said.holds_weight(at.device):
            return None
        return Decision(replace(mind, task=said.unweighed.or_none), Answer("send.weight_lost"))

    def wants_weight(self, at: Moment, mind: Attention) -> bool:
        """Whether somebody is about to weigh."""
        parcel = self._checked(at, mind)
        return (
            self.books.consignments.open is not None
            or isinstance(mind.task, Said | Reweighing)
            or (parcel is not None and "weight" in parcel.lacks)
        )

    def entered(self, at: Moment, mind: Attention) -> Decision | None:
        """A consignment that is still open is told, also after a power cut."""
        del at
        return Decision(mind, Answer("mode.send", also=self.leaving(mind))) if self.leaving(mind) else None

    def leaving(self, mind: Attention) -> tuple[Answer, ...]:
        """An open consignment stays open, and is told."""
        del mind
        bulk = self.books.consignments.open
        return (_bulk_open(bulk),) if bulk is not None else ()

    def _card(self, card: Card, at: Moment, mind: Attention) -> Decision | None:
        """A card: of a step, of a check, or of what comes next."""
        if isinstance(mind.task, Step):
            return self._steps.card(card, at, mind)
        match card.word:
            case Word.OK:
                decision = self._ok(at, mind)
                # A double read of the card that opened a consignment must not end it.
                return decision and replace(decision, attention=replace(decision.attention, green=card.code))
            case Word.CONSIGNMENT:
                return self._begin(at, mind)
            case Word.INSPECTED:
                return self._inspected(card, at, mind)
            case Word.PENDING_WEIGHT:
                return self._pending(card, at, mind)
            case Word.PRODUCT | Word.DESTINATION | Word.PRICE | Word.SOURCE:
                return self._detail(card, at, mind)
        return self._step(card, at, mind)

    def _step(self, card: Card, at: Moment, mind: Attention) -> Decision | None:
        """A card that begins a step, or one that means nothing here."""
        said, is_open = said_in(mind), self.books.consignments.open is not None
        match card.word:
            case Word.LOT if is_open:
                return self.say(mind, Answer("bulk.end_first"))
            case Word.LOT:
                return self._ask(KeyingLot(said), "send.lot_key", at, mind)
            case Word.AGREEMENT if said.bulk or is_open:
                return self._ask(Keying("agreement", said=said), "bulk.agreement_key", at, mind)
            case Word.AGREEMENT:
                return self.say(mind, Answer("bulk.only"))
            case Word.TYPED_WEIGHT:
                parcel = self._checked(at, mind)
                waybill = parcel.waybill if parcel is not None and "weight" in parcel.lacks else ""
                return self._ask(Keying("weight", waybill, said), "send.grams_key", at, mind, waybill)
            case Word.SCREENED if not self._site.screens:
                return self.say(mind, Answer("send.no_screening"))
            case Word.SCREENED:
                return self._ask(Screening(), "send.screen_which", at, mind)
            case Word.WEIGH:
                return self._ask(Reweighing(), "send.weigh_which", at, mind)
            case Word.RELABEL:
                return self._ask(Relabelling(), "send.relabel_which", at, mind)
        return None

    def _ask(self, task: Task, phrase: str, at: Moment, mind: Attention, waybill: str = "") -> Decision:
        """A step begins; a parcel that is left without its weight is told, `waybill` is not left."""
        return Decision(mind.doing(task, at.now_s), Answer(phrase, also=left(self.books.shelves, mind, waybill)))

    def _sender(self, number: str, at: Moment, mind: Attention) -> Decision:
        """The sender's card: a real name for the parcel before, or for the next."""
        if isinstance(mind.task, Step):
            return self.say(mind, Answer("task.unfinished"))
        parcel = self._checked(at, mind)
        if parcel is not None and "name" in parcel.lacks:
            record = custody("parcel.registered", waybill=parcel.waybill, real_name=number)
            answer = Answer("send.registered", {"waybill": parcel.waybill})
            return self._check(parcel, answer, record, at, mind, green=f"YYN{number}")
        if self.books.consignments.open is not None:
            return self.say(mind, Answer("bulk.end_first"))
        return self._speak(replace(said_in(mind), sender=number), Answer("send.sender"), at, mind)

    def _inspected(self, card: Card, at: Moment, mind: Attention) -> Decision:
        """Somebody looked inside the parcel before, or the next."""
        parcel = self._checked(at, mind)
        if parcel is None or "inspection" not in parcel.lacks:
            return self._speak(replace(said_in(mind), inspected=True), Answer("send.next_inspected"), at, mind)
        answer = Answer("send.inspected", {"waybill": parcel.waybill})
        return self._check(parcel, answer, inspection(parcel.waybill, self._site.who), at, mind, green=card.code)

    def _pending(self, card: Card, at: Moment, mind: Attention) -> Decision:
        """No scale here: the hub weighs the parcel before, or the next."""
        weight = Weighed(None, PENDING)
        parcel = self._checked(at, mind)
        if parcel is not None and "weight" in parcel.lacks:
            record = weighing(parcel.waybill, weight)
            return self._check(parcel, Answer("send.pending"), record, at, mind, green=card.code)
        phrase = "bulk.pending" if said_in(mind).bulk else "send.next_pending"
        return self._speak(replace(said_in(mind), weight=weight), Answer(phrase), at, mind)

    def _detail(self, card: Card, at: Moment, mind: Attention) -> Decision:
        """A product, destination, price class or order source."""
        bulk = self.books.consignments.open
        if bulk is not None and card.word in (Word.PRODUCT, Word.SOURCE):
            return self.say(mind, Answer("bulk.end_first"))
        said, answer = described(said_in(mind), card, self._site.goods, bulk.product if bulk else "")
        return self.say(mind, answer) if said is None else self._speak(said, answer, at, mind)

    def _speak(self, said: Said, answer: Answer, at: Moment, mind: Attention) -> Decision:
        """Something is said of the next parcel; the one before is told if it was left without its weight."""
        told = replace(answer, also=(*answer.also, *left(self.books.shelves, mind)))
        return Decision(mind.doing(said, at.now_s), told)

    def _check(
        self, parcel: Parcel, answer: Answer, record: Record, at: Moment, mind: Attention, *, green: str = ""
    ) -> Decision:
        """A check of the parcel before is recorded; green: the card's double read says nothing of the next."""
        after = replace(mind.doing(Checking(parcel.waybill, at.now_s), at.now_s), green=green, last=parcel.waybill)
        return self.act(after, answer, record)

    def _checked(self, at: Moment, mind: Attention) -> Parcel | None:
        """The parcel that takes the checks now, None when they are for the next."""
        task = mind.task
        if not isinstance(task, Checking) or at.now_s - task.since_s > CHECK_S:
            return None
        parcel = self.books.shelves.parcel(task.waybill)
        return None if parcel is None or parcel.ended_no or parcel.way != "out" else parcel

    def _begin(self, at: Moment, mind: Attention) -> Decision:
        """A consignment is about to be described."""
        bulk = self.books.consignments.open
        if bulk is not None:
            return self.say(mind, _bulk_open(bulk))
        return self._speak(replace(said_in(mind), bulk=True), Answer("bulk.begun"), at, mind)

    def _ok(self, at: Moment, mind: Attention) -> Decision | None:
        """A consignment is opened as it was described, or the open one ends."""
        bulk, said = self.books.consignments.open, said_in(mind)
        if bulk is not None:
            return self._close(bulk, at, mind)
        if not said.bulk:
            return None
        if not said.sender or not said.product:
            return self.say(mind, Answer("bulk.no_product" if said.sender else "bulk.no_sender"))
        record = custody(
            "consignment.opened",
            consignment=self.books.numbers.value("consignment") + 1,
            sender=said.sender,
            product=said.product,
            destination=said.destination or None,
            price=said.price or None,
            lot=said.lot or None,
            source=said.source or None,
            agreement=said.agreement or None,
            weighing=PENDING if said.weight is not None and said.weight.how == PENDING else None,
        )
        weight = said.weight if said.holds_weight() else None
        return self.act(mind.doing(Said(weight=weight).or_none, at.now_s), Answer("bulk.opened"), record)

    def _close(self, bulk: Consignment, at: Moment, mind: Attention) -> Decision:
        """The sum, said aloud."""
        record = custody(
            "consignment.closed",
            consignment=bulk.number,
            count=bulk.count,
            weight_g=bulk.weight_g,
            unweighed=bulk.unweighed,
            typed=bulk.typed or None,
        )
        told = (("bulk.typed", bulk.typed), ("bulk.unweighed", bulk.unweighed))
        also = tuple(Answer(phrase, {"count": str(count)}) for phrase, count in told if count)
        answer = Answer("bulk.closed", {"count": str(bulk.count), "weight_kg": kg(bulk.weight_g)}, also)
        return self.act(mind.doing(None, at.now_s), answer, record)


def _bulk_open(bulk: Consignment) -> Answer:
    """A consignment is still open."""
    return Answer("bulk.open", {"count": str(bulk.count)})
