"""What the desk 交接 is in the middle of, and how far a stop is. Pure data; called by that desk alone."""

from typing import ClassVar

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.cards import Mode
from station_agent.counter.decision import Attention, Moment, Task
from station_agent.counter.handovers import Handover


class Handing(Task, frozen=True):
    """This handover is going on. bag: scanned last. back: the mode to go back to."""

    stays: ClassVar[bool] = True
    own_clear: ClassVar[bool] = True
    number: int
    bag: str = ""
    back: Mode = Mode.HANDOVER

    @property
    def beneath(self) -> "Handing | None":
        """The handover with nothing begun within it; None where there is no handover."""
        return of_kind(Handing, self) if self.number else None


class Counting(Handing, frozen=True):
    """The driver's own count comes next."""

    @property
    def given_up(self) -> Answer:
        """His count was not noted."""
        return Answer("cleared.counting")


class TakingOff(Handing, frozen=True):
    """The bag scanned next stays here."""

    @property
    def given_up(self) -> Answer:
        """All bags go."""
        return Answer("cleared.take_off")


class ReadingSeal(Handing, frozen=True):
    """The seal of the bag scanned last comes next, whatever it looks like."""

    raw: ClassVar[bool] = True

    @property
    def given_up(self) -> Answer:
        """No seal was noted."""
        return Answer("cleared.seal")


class Direct(Handing, frozen=True):
    """A parcel is handed over at the roadside; number 0: in no handover. waybill: which, once scanned."""

    waybill: str = ""
    carrier: str = ""

    @property
    def given_up(self) -> Answer:
        """No parcel was handed over."""
        return Answer("cleared.direct")


class AskingPin(Task, frozen=True):
    """This badge wants its PIN."""

    secret: ClassVar[bool] = True
    own_clear: ClassVar[bool] = True
    badge: str
    back: Mode = Mode.HANDOVER

    def __repr__(self) -> str:
        """Not the badge: who shows it to a reader is let in."""
        return f"AskingPin(back={self.back!r})"

    def mode_after(self, _mode: Mode) -> Mode:
        """The one in which the badge was shown."""
        return self.back

    @property
    def given_up(self) -> Answer:
        """Nobody came in by this badge."""
        return Answer("cleared.pin")


def of_kind(kind: type[Handing], task: Handing) -> Handing:
    """The same handover, with something to be said next."""
    return kind(task.number, task.bag, task.back)


def mode_before(mind: Attention) -> Mode:
    """The mode to go back to: the one before the badge."""
    return mind.task.back if isinstance(mind.task, Handing | AskingPin) else mind.mode


def there(mind: Attention, task: Task, at: Moment) -> Attention:
    """In this mode, from whatever mode."""
    return replace(mind.doing(task, at.now_s), mode=Mode.HANDOVER, keyed="", last="")


def stands(now: Handover) -> Answer:
    """How far an open handover is, and what ends it: the driver's badge, else OK."""
    return Answer("handover.open" if now.sort == "badge" else "handover.open_ok", counts(now))


def counts(now: Handover) -> dict[str, str]:
    """Its bags both ways and its number, as they are said."""
    return {"down": str(len(now.downs)), "up": str(len(now.ups)), "number": str(now.number)}
