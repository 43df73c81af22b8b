"""What the desk 寄件 is in the middle of, and the entries it makes of it. Pure data; called by that desk alone."""

from typing import ClassVar, NamedTuple

import msgspec
from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.decision import Attention, Code, Moment, Task
from station_agent.counter.shelves import PENDING, Parcel, Shelves
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record

CHECK_S = 60.0
"""So long a check belongs to the parcel scanned last, and a weight waits for its parcel; our own choice."""
MEASURED = "measured"
TYPED = "typed"


class Weighed(NamedTuple):
    """A weight that waits for its parcel. how: measured | typed | pending (weight_g None: the hub weighs)."""

    weight_g: int | None
    how: str
    device: str = ""
    at_s: float = 0.0

    def is_good(self, now_s: float) -> bool:
        """Whether it may still be given to a parcel: what a person said lasts, what a scale said does not."""
        return self.how != MEASURED or now_s - self.at_s <= CHECK_S

    def betters(self, parcel: Parcel) -> bool:
        """Whether it says more than what the parcel has: measured before typed before pending."""
        worth = ["", PENDING, TYPED]
        had = worth.index(parcel.weight_how) if parcel.weight_how in worth else len(worth)
        return (self.how == MEASURED and had < len(worth)) or (self.how in worth and had < worth.index(self.how))


class Said(Task, frozen=True):
    """What was said of the parcel that comes next; bulk: of a consignment that is not open yet.

    sender: token of the sender's card; product, destination, price: ids; inspected: somebody looked inside.
    """

    sender: str = ""
    product: str = ""
    destination: str = ""
    price: str = ""
    lot: str = ""
    source: str = ""
    agreement: str = ""
    inspected: bool = False
    weight: Weighed | None = None
    bulk: bool = False

    @property
    def or_none(self) -> "Said | None":
        """None where nothing was said."""
        return None if self == Said() else self

    def holds_weight(self, device: str | None = None) -> bool:
        """Whether a measured weight (of this scale) waits here."""
        weight = self.weight
        return weight is not None and weight.how == MEASURED and device in (None, weight.device)

    @property
    def unweighed(self) -> "Said":
        """The same without its weight."""
        return replace(self, weight=None)


class Checking(Task, frozen=True):
    """The parcel accepted or looked at last takes the checks it lacks. since_s: when it was scanned.

    stays: all of it is on disk, so that time ends it without a word.
    """

    stays: ClassVar[bool] = True
    waybill: str
    since_s: float

    @property
    def beneath(self) -> None:
        """Nothing: once another parcel was in the hand, a check would be taken for that one's."""
        return


class Keying(Task, frozen=True):
    """Digits are keyed. what: weight | agreement; waybill: whose weight, "" of the next parcel; said: so far."""

    what: str
    waybill: str = ""
    said: Said = msgspec.field(default_factory=Said)


class KeyingLot(Task, frozen=True):
    """A lot is scanned, whatever its shape, or keyed."""

    raw: ClassVar[bool] = True
    said: Said = msgspec.field(default_factory=Said)


class Screening(Task, frozen=True):
    """The next parcel went through the X-ray."""


class Reweighing(Task, frozen=True):
    """The parcel scanned next, or this one, gets the next weight."""

    waybill: str = ""


class Relabelling(Task, frozen=True):
    """The parcel scanned next gets another number; or this one does, by the number scanned next."""

    waybill: str = ""


Step = Keying | KeyingLot | Screening | Reweighing | Relabelling
"""Begun by a card and to be finished, or cleared, before anything else."""


def weighing(waybill: str, weight: Weighed, *, elsewhere: bool = False) -> Record:
    """The entry that gives a parcel its weight; elsewhere: another site accepted it."""
    return custody(
        "parcel.weighed",
        waybill=waybill,
        weight_g=weight.weight_g,
        device=weight.device or None,
        how=weight.how if weight.how != MEASURED else None,
        elsewhere=elsewhere or None,
    )


def kg(weight_g: int) -> str:
    """A weight as people read it."""
    return f"{weight_g / 1000:.3f}"


def inspection(waybill: str, who: str) -> Record:
    """The entry of somebody who looked inside."""
    return custody("parcel.inspected", waybill=waybill, by=who)


def weight_told(weight_g: int, how: str = MEASURED) -> Answer:
    """A weight, and whether it was typed."""
    return Answer("parcel.weighed" if how == MEASURED else "send.grams", {"weight_kg": kg(weight_g)})


def said_in(mind: Attention) -> Said:
    """What was said of the next parcel."""
    return mind.task if isinstance(mind.task, Said) else Said()


def after_scan(code: Code, waybill: str, at: Moment, mind: Attention) -> Attention:
    """This parcel takes the checks from now on."""
    after = mind.after(code.text)
    return replace(after, task=Checking(waybill, at.now_s), task_s=at.now_s, last=waybill)


def left(shelves: Shelves, mind: Attention, waybill: str = "") -> tuple[Answer, ...]:
    """The parcel before that is left without a weight, unless it is this one."""
    parcel = shelves.parcel(mind.task.waybill) if isinstance(mind.task, Checking) else None
    if parcel is None or parcel.waybill == waybill or "weight" not in parcel.lacks:
        return ()
    return (Answer("send.unweighed", {"waybill": parcel.waybill}),)
