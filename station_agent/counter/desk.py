"""Desk: the rules of one mode of the counter. Pure.

A desk takes a token and what is in mind, and proposes a decision; None says that the token means nothing here, and the
counter answers that. It reads the books and never changes them: what its records change is worked out by the counter.
Every desk opens with its rules and its table. Called by the counter; one file a desk in `desks`.
"""

from collections.abc import Callable

from msgspec.structs import replace

from station_agent.counter.answers import Answer, Colour
from station_agent.counter.books import Books
from station_agent.counter.cards import Mode
from station_agent.counter.decision import AGAIN_S, Attention, Decision, Moment, Token
from station_agent.counter.shelves import GONE, PACKED, Parcel
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record

ReadBadge = Callable[[str, Moment], str]
"""A badge's text and the moment -> its number; "" for what is no good badge of this county."""


def ended(parcel: Parcel) -> Answer:
    """How a parcel that is here no longer left: in a person's hands, or on its way."""
    return Answer("parcel.already_gone" if parcel.state == GONE else "parcel.already_collected")


def not_on_shelf(parcel: Parcel) -> Answer:
    """What a parcel is that has not left and lies on no shelf: in which bag, else that a sender gave it."""
    if parcel.state == PACKED:
        return Answer("pack.elsewhere", {"bag": parcel.bag})
    return Answer("parcel.is_outbound")


def no_badge(text: str, at: Moment) -> str:
    """A station that can check no badge knows nobody by one."""
    del text, at
    return ""


class Desk:
    """What every desk has."""

    mode: Mode

    def __init__(self, books: Books) -> None:
        """`books` is what is here now."""
        self.books = books

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """Decide what a token means here; None where it means nothing."""
        raise NotImplementedError

    def weight(self, weight_g: int, at: Moment, mind: Attention) -> Decision | None:
        """A settled weight: it belongs to the parcel that waits for one, if any."""
        waybill, _ = mind.weigh
        parcel = self.books.shelves.parcel(waybill)
        if parcel is None or parcel.ended_no or not self.wants_weight(at, mind):
            return None
        record = custody("parcel.weighed", waybill=waybill, weight_g=weight_g, device=at.device)
        answer = Answer("parcel.weighed", {"weight_kg": f"{weight_g / 1000:.3f}"})
        return self.act(mind.after(mind.green), answer, record)

    def emptied(self, at: Moment, mind: Attention) -> Decision | None:
        """The pan is empty again after a weight settled; None where that means nothing."""
        del at, mind
        return None

    def entered(self, at: Moment, mind: Attention) -> Decision | None:
        """The mode card of this desk was scanned; None where there is nothing to say but the mode."""
        del at, mind
        return None

    def within(self, mode: Mode, at: Moment, mind: Attention) -> Decision | None:
        """A mode card while this desk is at work; None lets the mode change."""
        del mode, at, mind
        return None

    def stamped(self, record: Record) -> Record:
        """A custody record of this mode as it is to be written."""
        return record

    def wants_weight(self, at: Moment, mind: Attention) -> bool:
        """Whether something waits for its weight, so that a scale's complaint concerns anybody."""
        waybill, until_s = mind.weigh
        return bool(waybill) and at.now_s <= until_s

    def goes_on(self, mind: Attention) -> tuple[Answer, ...]:
        """What is at work in this mode, told when something that came between was given up; nothing by default."""
        del mind
        return ()

    def told(self, decision: Decision, mind: Attention) -> Decision:
        """A decision made in this mode, with what is said behind whatever is answered; mind: before it."""
        del mind
        return decision

    def yields_to_driver(self, mind: Attention) -> bool:
        """Whether a driver's badge begins a handover now, and is not what this desk waits for."""
        return mind.task is None

    def leaving(self, mind: Attention) -> tuple[Answer, ...]:
        """What is left open when another mode is chosen; said behind that mode."""
        del mind
        return ()

    def say(self, mind: Attention, answer: Answer) -> Decision:
        """Only answer; what was doubted or green before no longer counts, the task goes on."""
        assert answer.colour is not Colour.GREEN or answer.sound != "high", answer
        return Decision(mind.clear, answer)

    def doubt(self, mind: Attention, code: str, answer: Answer, at: Moment) -> Decision:
        """Ask for the same code again; what is said next is not about the parcel before it."""
        return Decision(replace(mind.clear, last="", doubtful=(code, at.now_s + AGAIN_S), doubt=answer.phrase), answer)

    def read_again(self, mind: Attention, code: str, at: Moment, doubt: str) -> bool:
        """Whether this code was asked for again a moment ago by this phrase, so that this is its second reading."""
        return mind.doubt == doubt and mind.is_doubted(code, at)

    def act(self, mind: Attention, answer: Answer, *records: Record, undoable: bool = True) -> Decision:
        """Something that is recorded."""
        return Decision(mind, answer, records, undoable=undoable)
