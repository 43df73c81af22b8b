"""What goes through the counter: the moment, what was read, what is in mind, and the decision. Pure data.

a scan -> Token -> desk -> Decision -> on disk -> settled -> Answer
"""

from typing import TYPE_CHECKING, ClassVar, NamedTuple

import msgspec
from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.cards import Card, Mode
from station_agent.journal.changes import Change
from station_agent.journal.writer import Record
from station_agent.waybill import Identification
from station_agent.waybill.parts import PackageParts

if TYPE_CHECKING:
    from station_agent.coldchain.boxes import Proposal  # a station without cold boxes never loads it

AGAIN_S = 30.0
"""A doubtful code must be read again within this time to count."""
WEIGH_S = 30.0
"""A weight belongs to the parcel received last if it settles within this time."""
TASK_S = 180.0
"""An act that nobody went on with for so long is dropped; nothing of it was recorded yet."""


class Moment(NamedTuple):
    """When and where something was read: the device, monotonic seconds, the wall time its entry will carry.

    trusted: whether the wall time was synchronised. kept: whether it was at least kept, so that it is no mere guess.
    """

    device: str
    now_s: float
    wall_ms: int
    trusted: bool = True
    kept: bool = True

    @property
    def known_ms(self) -> int | None:
        """The wall time, None where nobody knows it."""
        return self.wall_ms if self.kept else None


class Keyed(msgspec.Struct, frozen=True):
    """Digits typed at the number pad, or scanned from digit cards and closed with OK."""

    digits: str

    def __repr__(self) -> str:
        """Not the digits: they may be a telephone number."""
        return f"Keyed({len(self.digits)} digits)"


class ShelfCode(msgspec.Struct, frozen=True):
    """The shape of a pick-up code: from a shelf sticker, a notice on a phone, or typed."""

    code: str


class Paper(msgspec.Struct, frozen=True):
    """A printed thing of our own with a number. sort: household | sender | stub | form | seal | badge."""

    sort: str
    number: str


class Code(msgspec.Struct, frozen=True):
    """A waybill, a bag or whatever else `identify` made of it; counts as read. text: as it was read."""

    what: Identification
    text: str
    typed: bool = False

    @property
    def identity(self) -> str:
        """What tells parcels apart: one of several pieces goes by its own label, not by the waybill they share."""
        if isinstance(self.what.parts, PackageParts) and self.what.parts.total > 1:
            return self.what.code
        return self.what.number


class Raw(msgspec.Struct, frozen=True):
    """Any text, for a desk that waits for a number of no known shape (a seal). Screened for what must not be kept."""

    text: str


Token = Card | Keyed | ShelfCode | Paper | Code | Raw


class Task(msgspec.Struct, frozen=True):
    """What a desk is in the middle of; its own kind of task says more. raw: whether the next scan may be anything.

    stays: it is only where somebody works (a bag, a handover); all of it is on disk, so that it outlives the undoing of
    one act and is dropped without a word. secret: digits keyed now are not said aloud. own_clear: its desk itself
    answers the clear card. passing: it waits for nothing, so that whatever is scanned goes on with what is beneath.
    """

    raw: ClassVar[bool] = False
    stays: ClassVar[bool] = False
    secret: ClassVar[bool] = False
    own_clear: ClassVar[bool] = False
    passing: ClassVar[bool] = False

    @property
    def beneath(self) -> "Task | None":
        """What goes on once an errand that came between, or this itself, is done or given up."""
        return self if self.stays else None

    @property
    def given_up(self) -> Answer | None:
        """What the clear card says was not done; None where that says no more than that it was dropped."""
        return None

    def mode_after(self, mode: Mode) -> Mode:
        """The mode once it is given up or was left alone: the same, unless the task led here from another."""
        return mode


class Errand(Task, frozen=True, kw_only=True):
    """Something heard in every mode. under: where somebody works (a bag, a handover), which it does not end."""

    under: Task | None = None

    @property
    def beneath(self) -> Task | None:
        """What it came between."""
        return self.under


class Attention(msgspec.Struct, frozen=True):
    """What the counter has in mind between scans; lost at a restart without harm.

    doubtful: a code to be read again, until when; doubt: the phrase that asked for it. green: what was scanned last,
    whose double read says nothing. weigh: the parcel or bag a weight would belong to, until when. keyed: digits of
    cards so far. last: the parcel somebody did something with last. task: what the desk is in the middle of, since
    task_s. tries: wrong PINs in a row, and until when no other is taken. acted_s: when anybody was last at work here.
    day: the last day anything was said on. sheet: the act that is entered from a paper sheet. page: how many pages of
    the worklist the today card has told.
    """

    mode: Mode = Mode.IN
    doubtful: tuple[str, float] = ("", 0.0)
    doubt: str = ""
    green: str = ""
    weigh: tuple[str, float] = ("", 0.0)
    keyed: str = ""
    last: str = ""
    task: Task | None = None
    task_s: float = 0.0
    tries: tuple[int, float] = (0, 0.0)
    acted_s: float | None = None
    day: str = ""
    sheet: Mode | None = None
    page: int = 0

    def __repr__(self) -> str:
        """Not what was keyed so far: it may be a telephone number."""
        shown = {name: value for name, value in msgspec.structs.asdict(self).items() if name not in ("keyed", "day")}
        return f"Attention({', '.join(f'{name}={value!r}' for name, value in shown.items())})"

    @property
    def clear(self) -> "Attention":
        """Nothing doubted, nothing green, nothing to weigh: something else was scanned."""
        return replace(self, doubtful=("", 0.0), green="", weigh=("", 0.0))

    def is_doubted(self, code: str, at: Moment) -> bool:
        """Whether this code was to be read again, and in time."""
        doubted, until_s = self.doubtful
        return doubted == code and at.now_s <= until_s

    def after(self, text: str, *, weigh: tuple[str, float] = ("", 0.0)) -> "Attention":
        """This text was answered green."""
        return replace(self, doubtful=("", 0.0), green=text, weigh=weigh)

    def begun(self, errand: Errand, now_s: float) -> "Attention":
        """On an errand, which leaves what is beneath it as it is."""
        return self.doing(replace(errand, under=self.resuming.task), now_s)

    @property
    def resuming(self) -> "Attention":
        """The same, with what is beneath the errand instead of it."""
        return replace(self, task=self.task.beneath if self.task is not None else None)

    def done(self, now_s: float) -> "Attention":
        """The errand is done or given up; what was beneath it goes on."""
        return self.doing(self.resuming.task, now_s)

    def doing(self, task: Task | None, now_s: float) -> "Attention":
        """In the middle of something, or no longer."""
        return replace(self, doubtful=("", 0.0), green="", weigh=("", 0.0), task=task, task_s=now_s)


class Decision(msgspec.Struct, frozen=True):
    """A proposal: entries, row changes, the answer for when they are on disk, and what to have in mind then.

    aside: changes that belong to no entry (encrypted contacts). worked: for each record what it changes, filled in by
    the counter. undoable: whether the act can be taken back by the undo card. cold: what the cold boxes propose, whose
    entries are among the records; opaque to all but them. by_time: nobody did anything; time did.
    """

    attention: Attention
    answer: Answer | None = None
    records: tuple[Record, ...] = ()
    aside: tuple[Change, ...] = ()
    worked: tuple[tuple[Change, ...], ...] = ()
    undoable: bool = False
    cold: "Proposal | None" = None
    by_time: bool = False

    @property
    def changes(self) -> tuple[Change, ...]:
        """Every row change, in order."""
        boxes = self.cold.changes if self.cold is not None else ()
        return (*(change for changes in self.worked for change in changes), *self.aside, *boxes)
