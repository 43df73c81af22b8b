"""A parcel in the attendant's hand in 寄件: it is accepted, or looked at again and takes the checks it lacks. Pure.

The rules and the table stand in `sending`, which calls this and nobody else does.
"""

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.consignments import Consignment
from station_agent.counter.decision import Attention, Code, Decision, Moment
from station_agent.counter.desk import Desk
from station_agent.counter.desks.sending_tasks import (
    Said,
    Weighed,
    after_scan,
    inspection,
    left,
    said_in,
    weighing,
    weight_told,
)
from station_agent.counter.goods import next_flight
from station_agent.counter.shelves import HERE, PACKED, PENDING, Parcel
from station_agent.counter.site import Site
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record

AGREEMENT = "agreement"
"""What stands as `inspected_by` where the sender's safety agreement takes the place of looking inside."""


class Acceptance(Desk):
    """What becomes of a number scanned in 寄件."""

    def __init__(self, books: Books, site: Site) -> None:
        """`site` says what is sent from here, which flights there are, who is on duty."""
        super().__init__(books)
        self._site = site

    def scanned(self, code: Code, at: Moment, mind: Attention) -> Decision:
        """A parcel in the attendant's hand."""
        if said_in(mind).bulk:
            return self.say(mind, Answer("bulk.confirm"))
        known = self.books.shelves.parcel(code.identity)
        if self._is_held(code.identity, known):
            return self.say(mind, Answer("send.held"))
        if known is None:
            return self._accept(code, at, mind)
        if known.state == HERE:
            return self.say(mind, Answer("parcel.already_here", {"code": known.code}))
        if not known.ended_no:
            return self._again(known, code, at, mind)
        if self.read_again(mind, code.identity, at, "send.come_again"):
            return self._accept(code, at, mind)
        return self.doubt(mind, code.identity, Answer("send.come_again"), at)

    def _is_held(self, waybill: str, known: Parcel | None) -> bool:
        """Whether it must not be sent."""
        held = known is not None and known.trouble == "held" and not known.ended_no
        return held or self.books.is_turned_away(waybill)

    def _accept(self, code: Code, at: Moment, mind: Attention) -> Decision:
        """A parcel is accepted with what was said, and with the weight that waited for it."""
        said, bulk, waybill = said_in(mind), self.books.consignments.open, code.identity
        weight = said.weight if said.weight is not None and said.weight.is_good(at.now_s) else None
        also = [Answer("send.weight_lost")] if said.weight is not None and weight is None else []
        if weight is None and bulk is not None and bulk.weighing == PENDING:
            weight = Weighed(None, PENDING)
        record = self._acceptance(code, said, bulk, weight, at)
        records = [record]
        if said.inspected:
            records.append(inspection(waybill, self._site.who))
        if weight is not None and weight.weight_g is not None:
            records.append(weighing(waybill, weight))
            also.append(weight_told(weight.weight_g, weight.how))
        also += self._told_of(record, bulk, mind, at)
        lacks = {
            "send.lacks_name": record.body["real_name"] == PENDING,
            "send.lacks_inspection": not (said.inspected or "inspected_by" in record.body),
            "send.lacks_weight": weight is None,
        }
        also += [Answer(phrase) for phrase, lacking in lacks.items() if lacking]
        also += left(self.books.shelves, mind)
        values = {"waybill": waybill} if bulk is None else {"count": str(bulk.count + 1)}
        answer = Answer("send.accepted" if bulk is None else "bulk.accepted", values, tuple(also))
        return self.act(after_scan(code, waybill, at, mind), answer, *records)

    def _acceptance(
        self, code: Code, said: Said, bulk: Consignment | None, weight: Weighed | None, at: Moment
    ) -> Record:
        """The entry of a parcel that is accepted now."""
        product = bulk.product if bulk else said.product
        price = said.price or (bulk.price if bulk else "")
        flight = next_flight(self._site.flights, at.wall_ms) if self._site.goods.flown(product, price) else None
        return custody(
            "parcel.accepted",
            waybill=code.identity,
            carrier=code.what.carrier,
            typed=code.typed or None,
            real_name=(bulk.sender if bulk else said.sender) or PENDING,
            product=product or None,
            destination=said.destination or (bulk.destination if bulk else "") or None,
            price=price or None,
            lot=(bulk.lot if bulk else said.lot) or None,
            source=(bulk.source if bulk else said.source) or None,
            flight=flight.flight if flight is not None and at.trusted else None,
            consignment=bulk.number if bulk else None,
            inspected_by=AGREEMENT if bulk and bulk.agreement else None,
            weight_how=PENDING if weight is not None and weight.how == PENDING else None,
        )

    def _told_of(self, record: Record, bulk: Consignment | None, mind: Attention, at: Moment) -> list[Answer]:
        """The flight it makes, or misses, and the cold box; within a consignment only what is new."""
        body, goods = record.body, self._site.goods
        product, flight = body.get("product", ""), body.get("flight", "")
        last = self.books.shelves.parcel(mind.last)
        if bulk is not None and last is not None and (last.consignment, last.flight) == (bulk.number, flight):
            return []
        told = []
        if flight:
            told.append(Answer("send.flight", {"flight": flight}))
        elif self._site.flights and at.trusted and goods.flown(product, body.get("price", "")):
            told.append(Answer("send.no_flight"))
        found = goods.product(product)
        if found is not None and found.slot and bulk is None:
            told.append(Answer("send.cold"))
        return told

    def _again(self, parcel: Parcel, code: Code, at: Moment, mind: Attention) -> Decision:
        """An accepted parcel is scanned again: it takes what was said and it lacks, and tells what it still lacks."""
        said, waybill = said_in(mind), parcel.waybill
        taken = self._taken(parcel, said, at)
        lacks = [check for check in parcel.lacks if check not in taken]
        also = [Answer(f"send.lacks_{check}") for check in lacks]
        if parcel.state == PACKED:
            also.append(Answer("send.in_bag"))
        also += left(self.books.shelves, mind, waybill)
        if not taken and not lacks and said.or_none is not None:
            # What was said is not for this one: it goes on waiting for the next parcel.
            return Decision(replace(mind.clear, task_s=at.now_s), Answer("send.complete", also=tuple(also)))
        if said.holds_weight() and "weight" not in taken:
            also.append(Answer("send.weight_lost"))
        after = after_scan(code, waybill, at, mind)
        if taken:
            return self.act(after, Answer("send.completed", {"waybill": waybill}, tuple(also)), *taken.values())
        told = Answer("send.lacking", {"waybill": waybill}) if lacks else Answer("send.complete")
        return Decision(replace(after, green=""), replace(told, also=tuple(also)))

    def _taken(self, parcel: Parcel, said: Said, at: Moment) -> dict[str, Record]:
        """The checks among what was said that this parcel lacks, by their names."""
        taken: dict[str, Record] = {}
        if said.sender and "name" in parcel.lacks:
            taken["name"] = custody("parcel.registered", waybill=parcel.waybill, real_name=said.sender)
        if said.inspected and "inspection" in parcel.lacks:
            taken["inspection"] = inspection(parcel.waybill, self._site.who)
        if said.weight is not None and said.weight.is_good(at.now_s) and said.weight.betters(parcel):
            taken["weight"] = weighing(parcel.waybill, said.weight)
        return taken
