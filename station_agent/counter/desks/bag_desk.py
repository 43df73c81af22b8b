"""What the desks of bags share: a bag's weight, and what is wrong with it said by card. Pure.

token                       the bag is                 entry                            answer
--------------------------  -------------------------  -------------------------------  --------------------------
weight, within 30 s         scanned last               bag.weighed                      bag.weighed
                            not as printed or listed   the same                         + bag.printed_differs
                            not as weighed before      the same                         + bag.weight_drifted
                            the same, in a handover    the same, case.opened            + bag.weight_drifted
少件, 多件, 总包破损 card    in work                    bag.marked, case.opened          bag.is_<mark>
封志破损 card                in work                    bag.seal_broken, case.opened     bag.is_seal_broken
封志 or 封志号 card + any     in work, seal as known     bag.seal_noted (checked)         bag.seal_right
                            another seal is known      bag.seal_broken, case.opened     bag.seal_other
                            no seal is known           bag.seal_noted                   bag.seal_noted
mark cards                  nobody's                   -                                bag.which

What differs is told and never refused. Not a desk of its own; used by `packing`, `unpacking` and `handing_over`.
"""

from station_agent.counter.answers import Answer
from station_agent.counter.bags import Bag
from station_agent.counter.cards import Mode
from station_agent.counter.decision import Attention, Code, Decision, Keyed, Moment, Paper, Raw, Token
from station_agent.counter.desk import Desk
from station_agent.counter.tokens import must_not_be_kept
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record
from station_agent.waybill import identify
from station_agent.waybill.kinds import Role
from station_agent.waybill.parts import BagParts

MARKS = ("short", "excess", "damaged", "seal_broken")
MAX_SEAL = 32
"""Letters and digits of a seal; those on the market have seven to twelve."""


class BagDesk(Desk):
    """A desk where bags are handled."""

    def weight(self, weight_g: int, at: Moment, mind: Attention) -> Decision | None:
        """The bag that was scanned last, if it waits for its weight; else the parcel that does."""
        bag = self.books.bags.get(mind.weigh[0])
        if bag is None:
            return super().weight(weight_g, at, mind)
        if not self.wants_weight(at, mind):
            return None
        drifted = bag.weight_g is not None and self._apart(bag.weight_g, weight_g)
        records = [
            custody(
                "bag.weighed",
                bag=bag.code,
                weight_g=weight_g,
                device=at.device,
                was_g=bag.weight_g,
                handover=bag.handover or None,
            )
        ]
        also = []
        printed_g = self._printed_g(bag.code)
        if printed_g is not None and self._apart(printed_g, weight_g):
            also.append(Answer("bag.printed_differs", {"weight_kg": kg(printed_g)}))
        if drifted:
            also.append(Answer("bag.weight_drifted"))
            if self.mode is Mode.HANDOVER:
                records += self.case("bag_weight", bag.code, bag.holder)
        answer = Answer("bag.weighed", {"weight_kg": kg(weight_g)}, tuple(also))
        return self.act(mind.after(mind.green), answer, *records)

    def is_bag(self, code: Code, *, working: bool) -> bool:
        """Whether a code is a bag here; a logistic unit is one unless parcels are scanned into a bag right now."""
        if code.what.kind.role is Role.BAG or self.books.bags.get(code.what.code) is not None:
            return True
        return code.what.kind.role is Role.UNIT and not working and self.books.shelves.get(code.identity) is None

    def marked(self, code: str, mark: str, at: Moment, mind: Attention) -> Decision:
        """What a card says of the bag in work."""
        bag = self.books.bags.get(code)
        if bag is None:
            return self.say(mind, Answer("bag.which"))
        cases = self.case(f"bag_{mark}", code, bag.holder)
        number = cases[0].body["case"] if cases else self._open_case(f"bag_{mark}", code)
        if mark == "seal_broken":
            record = custody("bag.seal_broken", bag=code, reason="broken", expected=self.seal_of(bag) or None)
        else:
            record = custody("bag.marked", bag=code, mark=mark)
        answer = Answer(f"bag.is_{mark}", {"case": str(number)})
        return self.act(mind.doing(mind.task, at.now_s), answer, record, *cases)

    def seal_read(self, bag: Bag, token: Token, mind: Attention, after: Attention) -> Decision:
        """The seal that was read on a bag, against the one it should bear; what is no seal is asked for again."""
        seal, expected = seal_number(token), self.seal_of(bag)
        if not seal:
            return self.say(mind, Answer("bag.seal_which"))
        if expected and seal != expected:
            broken = custody("bag.seal_broken", bag=bag.code, reason="other", seal=seal, expected=expected)
            return self.act(
                after, Answer("bag.seal_other"), broken, *self.case("bag_seal_broken", bag.code, bag.holder)
            )
        record = custody("bag.seal_noted", bag=bag.code, seal=seal, checked=True if expected else None)
        return self.act(after, Answer("bag.seal_right" if expected else "bag.seal_noted"), record)

    def seal_of(self, bag: Bag) -> str:
        """The seal a bag should bear: noted when it changed hands, else by the list; "" where nobody said."""
        listed = self.books.road.expected.bag(bag.code)
        return bag.seal or (listed.seal if listed is not None and listed.seal else "")

    def case(self, about: str, subject: str, holder: str = "", *, after: int = 0) -> list[Record]:
        """The entry that opens a case, unless it is open already."""
        if self.books.cases.about(about, subject) is not None:
            return []
        return [self.books.cases.opening(about, subject=subject, holder=holder, after=after)]

    def _open_case(self, about: str, subject: str) -> int:
        case = self.books.cases.about(about, subject)
        return 0 if case is None else case.number

    def _apart(self, one_g: int, other_g: int) -> bool:
        return abs(one_g - other_g) > self.books.road.tolerance_g

    def _printed_g(self, code: str) -> int | None:
        """What the bag's own code prints, else what the list says."""
        parts = identify(code).parts
        if isinstance(parts, BagParts) and parts.printed_weight_g is not None:
            return parts.printed_weight_g
        listed = self.books.road.expected.bag(code)
        return None if listed is None else listed.printed_g


def seal_number(token: Token) -> str:
    """The number of a seal: our own, any code, or keyed; "" for what is none."""
    match token:
        case Paper(sort="seal", number=number):
            return "YYS" + number
        case Raw(text):
            upper = text.strip().upper()
            return upper if upper.isascii() and upper.isprintable() and 0 < len(upper) <= MAX_SEAL else ""
        case Keyed(digits):
            return "" if must_not_be_kept(digits) else digits
    return ""


def kg(weight_g: int) -> str:
    """A weight as it is said."""
    return f"{weight_g / 1000:.3f}"
