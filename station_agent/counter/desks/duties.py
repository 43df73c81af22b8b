"""值班: who is on duty, by badge or by card, in whatever mode. Pure.

Rules
1. An attendant's badge begins her duty, and scanned again ends it. Of the person only the badge's number is recorded;
   purpose says what the duty is for: attendant, or welfare (公益岗), whose hours are evidence for a subsidy; keep_days
   how long it is kept whose they were. The chain has the number of a badge alone; the county knows the person to it,
   and forgets him when these days are over (`county badge forget`).
2. A duty card names the purpose first; then the badge, or OK for somebody without one.
3. While somebody with a badge is on duty, its number stands as `by` in whatever is recorded (the counter does that).
4. A badge that does not count (expired, revoked, of another county, temporary with a PIN) begins nothing; the card
   does. Where nobody knows the day it counts.
5. A badge of any other role is not this desk's while nobody has scanned a duty card, nor is any badge where a handover
   or a cold box asks for badges of its own. What else somebody is in the middle of goes on.
6. A duty of more than 16 hours was forgotten: it ends by itself, marked so.

task    token                        entry                     answer
------  ---------------------------  ------------------------  ----------------
-       badge, not on duty           duty.began                duty.began
-       badge, on duty               duty.ended                duty.ended
-       badge that does not count    -                         duty.expired / not_yet / refused / pin
-       badge of another role        -                         (the desk of the mode)
-       duty card                    -                         duty.badge
coming  badge, not on duty           duty.began                duty.began
coming  badge, on other duty         duty.ended, duty.began    duty.began
coming  badge, on the same duty      -                         duty.already
coming  badge of another role        -                         duty.other
coming  OK                           duty.began, no badge      duty.began
coming  too many on duty             -                         duty.full
-       off card, nobody on duty     -                         duty.nobody
-       off card, one on duty        duty.ended                duty.ended
-       off card, several            -                         duty.whose
going   badge, on duty               duty.ended                duty.ended
going   badge, not on duty           -                         duty.nobody
going   OK                           duty.ended, for each      duty.all_ended
coming, going  damaged badge         -                         duty.unreadable
coming, going  anything else         -                         task.unfinished
        time                         duty.ended, forgotten     -
"""

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.cards import Card, Mode, Word
from station_agent.counter.decision import Attention, Decision, Errand, Moment, Paper, Token
from station_agent.counter.desk import Desk
from station_agent.counter.duty import HOUR_MS, MAX_ON_DUTY, NO_BADGE, OnDuty
from station_agent.counter.house import House
from station_agent.counter.road import Holder
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record

ATTENDANT = "attendant"
BADGE_MODES = (Mode.HANDOVER, Mode.BOX)
"""There a badge means something else; a duty card comes first."""
_FLAWS = {
    "expired": "duty.expired",
    "not_yet": "duty.not_yet",
    "revoked": "duty.refused",
    "false": "duty.refused",
    "unknown": "duty.unreadable",
}


class Coming(Errand, frozen=True):
    """A duty of this purpose begins."""

    purpose: str

    @property
    def given_up(self) -> Answer:
        """No duty was noted."""
        return Answer("cleared.duty")


class Going(Errand, frozen=True):
    """Somebody goes off duty."""

    @property
    def given_up(self) -> Answer:
        """No duty was noted."""
        return Answer("cleared.duty")


class Duties(Desk):
    """Who is on duty; heard in every mode."""

    def __init__(self, books: Books, house: House) -> None:
        """`house` knows how long a duty is kept."""
        super().__init__(books)
        self._house = house

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table; None for what is not this desk's."""
        task = mind.task
        match token:
            case Card(word=Word.DUTY, value="off"):
                return self._off(at, mind)
            case Card(word=Word.DUTY, value=purpose):
                return Decision(mind.begun(Coming(purpose), at.now_s), Answer("duty.badge"))
            case Paper(sort="badge", number=text):
                return self._badge(text, at, mind)
            case Card(word=Word.OK) if isinstance(task, Coming):
                return self._come("", "", task.purpose, at, mind)
            case Card(word=Word.OK) if isinstance(task, Going):
                return self._all_off(at, mind)
        return self.say(mind, Answer("task.unfinished")) if isinstance(task, Coming | Going) else None

    def forgotten(self, wall_ms: int) -> list[Record]:
        """The entries of duties nobody ended (rule 6)."""
        return [_ended(one, forgotten=True) for one in self.books.duty.forgotten(wall_ms)]

    def _badge(self, text: str, at: Moment, mind: Attention) -> Decision | None:
        """A badge: an attendant's, or whatever was scanned behind a duty card."""
        task = mind.task
        asked = isinstance(task, Coming | Going)
        holder = self.books.road.badges.read(text, at.wall_ms, trusted=at.trusted)
        attendant = holder is not None and holder.role == ATTENDANT
        if not asked and (not attendant or mind.mode in BADGE_MODES):
            return None
        if holder is None:
            return self.say(mind, Answer("duty.unreadable"))
        refusal = _refusal(holder)
        if refusal:
            return self.say(mind, Answer(refusal))
        number = holder.who
        if isinstance(task, Coming):
            return self._come(number, text, task.purpose, at, mind)
        one = self.books.duty.of(number)
        if one is not None:
            return self._go(one, text, at, mind)
        if isinstance(task, Going):
            return self.say(mind, Answer("duty.nobody"))
        return self._come(number, text, ATTENDANT, at, mind)

    def _come(self, badge: str, text: str, purpose: str, at: Moment, mind: Attention) -> Decision:
        """Somebody comes on duty."""
        duty = self.books.duty
        one = duty.of(badge)
        if one is not None and one.purpose == purpose:
            return self.say(mind.done(at.now_s), Answer("duty.already"))
        if one is None and len(duty) >= MAX_ON_DUTY:
            return self.say(self._after(mind, "", at), Answer("duty.full"))
        began = custody("duty.began", badge=badge, purpose=purpose, keep_days=self._house.duty_keep_days)
        records = (began,) if one is None else (_ended(one), began)
        return self.act(self._after(mind, text, at), Answer("duty.began"), *records)

    def _go(self, one: OnDuty, text: str, at: Moment, mind: Attention) -> Decision:
        """Somebody goes off duty."""
        hours = max(0, round((at.wall_ms - one.since_ms) / HOUR_MS))
        return self.act(self._after(mind, text, at), Answer("duty.ended", {"hours": str(hours)}), _ended(one))

    def _after(self, mind: Attention, text: str, at: Moment) -> Attention:
        """This desk's own task is done; any other goes on."""
        after = mind.done(at.now_s) if isinstance(mind.task, Coming | Going) else mind.doing(mind.task, at.now_s)
        return replace(after, green=text)

    def _off(self, at: Moment, mind: Attention) -> Decision:
        """The off card: whose duty ends is plain where one person is on duty."""
        everybody = list(self.books.duty)
        if not everybody:
            return self.say(mind, Answer("duty.nobody"))
        if len(everybody) == 1:
            return self._go(everybody[0], "", at, mind)
        return Decision(mind.begun(Going(), at.now_s), Answer("duty.whose"))

    def _all_off(self, at: Moment, mind: Attention) -> Decision:
        """Everybody goes."""
        everybody = sorted(self.books.duty, key=lambda one: one.badge)
        if not everybody:
            return self.say(mind.done(at.now_s), Answer("duty.nobody"))
        answer = Answer("duty.all_ended", {"count": str(len(everybody))})
        return self.act(mind.done(at.now_s), answer, *(_ended(one) for one in everybody))


def _refusal(holder: Holder) -> str:
    """The phrase for a badge that begins no duty, "" for one that does."""
    if holder.flaw in _FLAWS:
        return _FLAWS[holder.flaw]
    if holder.role != ATTENDANT:
        return "duty.other"
    return "duty.pin" if holder.opens_with is not None else ""


def _ended(one: OnDuty, *, forgotten: bool = False) -> Record:
    """The entry that ends a duty."""
    badge = "" if one.badge == NO_BADGE else one.badge
    return custody(
        "duty.ended", badge=badge, purpose=one.purpose, began_ms=one.since_ms, forgotten=True if forgotten else None
    )
