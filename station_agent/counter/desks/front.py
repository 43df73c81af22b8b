"""What is heard in every mode: marks on a parcel, phones, household cards, calls, complaints. Pure.

Rules
1. A mark (拒收, 破损, 错站, 退回, 扣件, 解除) is said first and then the parcel is scanned. It stands for one parcel.
2. A mark on a parcel nobody received here is recorded too (it was turned away at the door), and changes no shelf.
3. A hold needs its reason card before the parcel; a held parcel neither leaves nor is packed, and one that was never
   accepted is not accepted, until it is released. A hold on a parcel accepted from a sender must be reported (domain C,
   article 33) and opens a case until somebody has.
4. A phone number is keyed for the parcel somebody did something with last; it is never kept in clear. Of a parcel
   whose batch was confirmed before, and of one released after that, the county is asked to tell him at once. What it
   was asked for cannot be taken back. Where the label hides the number its last four digits are keyed: the parcel is
   found by them, and its recipient is to be called.
5. A household card is registered once: the card, then consent or no consent. Consent never keeps a parcel out.
6. Each of these is an errand: the bag or the handover somebody was at goes on once it is done or given up.
7. The clear card says what was not done, and then what goes on, by the desk of the mode; see `handing_over` for what
   was begun there.
8. A complaint gets a number and seven days. Scanned after its card: the parcel it is about; OK for none. The number of
   an open case keyed instead closes that case.

task            token                    entry                  answer
--------------  -----------------------  ---------------------  ----------------------
-               mark card                -                      mark.<which>
-               hold card                -                      mark.why
hold            reason card              -                      mark.held
mark            parcel, pick-up code     parcel.<mark>          marked.<mark>
mark            accepted parcel, held    parcel.held,           marked.report
                                         case.opened
mark            parcel, not held         - (release)            marked.not_held
mark            released, to be told     parcel.released,       marked.released
                late                     notice.due
mark            parcel, held (return)    -                      parcel.is_held
mark            parcel in a bag (return) -                      pack.elsewhere
mark            parcel already gone      -                      parcel.already_<which>
-               phone card               -                      phone.key
phone           digits of a phone        - (contact kept)       phone.kept
phone           the same, its batch is   notice.due (contact    phone.kept
                confirmed                kept)
phone           the last four alone      - (contact kept)       phone.kept_end
phone           other digits             -                      phone.wrong
-               called card              -                      called.which
called          parcel, pick-up code     notice.called          called.noted
-               household register card  -                      household.card
register        household card           -                      household.consent
register        consent cards            household.registered   household.registered
-               complaint card           -                      complaint.which
complaint       parcel, OK               case.opened            complaint.opened
complaint       number of a case         case.closed            case.closed
any             clear card               -                      task.cleared, cleared.<what>, and
                                                                what goes on
any             anything else            -                      task.unfinished
"""

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.cards import Card, Word
from station_agent.counter.cases import COMPLAINT, COMPLAINT_MS
from station_agent.counter.decision import (
    Attention,
    Code,
    Decision,
    Errand,
    Keyed,
    Moment,
    Paper,
    ShelfCode,
    Task,
    Token,
)
from station_agent.counter.desk import Desk, ended
from station_agent.counter.notices import notice_now
from station_agent.counter.shelves import PACKED, Parcel
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record
from station_agent.waybill.kinds import Role


class Marking(Errand, frozen=True):
    """The next parcel gets this mark; reason: of a hold."""

    mark: str
    reason: str = ""

    @property
    def given_up(self) -> Answer:
        """The mark that was not made."""
        return Answer(f"cleared.{self.mark}")


class KeyingPhone(Errand, frozen=True):
    """The phone of this parcel's recipient is keyed."""

    waybill: str

    @property
    def given_up(self) -> Answer:
        """No number was kept."""
        return Answer("cleared.phone")


class Calling(Errand, frozen=True):
    """The recipient of the next parcel was called."""

    @property
    def given_up(self) -> Answer:
        """No call was noted."""
        return Answer("cleared.called")


class Registering(Errand, frozen=True):
    """A household card is registered; number: its card, once scanned."""

    number: str = ""

    @property
    def given_up(self) -> Answer:
        """No card was registered."""
        return Answer("cleared.household")


class Complaining(Errand, frozen=True):
    """Somebody complains."""

    @property
    def given_up(self) -> Answer:
        """No complaint was noted."""
        return Answer("cleared.complaint")


class Front(Desk):
    """The desk before all others."""

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table; None for what is not this desk's."""
        task = mind.task
        match token:
            case Card(word=Word.CLEAR) if task is not None and not task.own_clear:
                return self._cleared(task, at, mind)
            case Card(word=Word.MARK, value=mark):
                phrase = "mark.why" if mark == "held" else f"mark.{mark}"
                return Decision(mind.begun(Marking(mark), at.now_s), Answer(phrase))
            case Card(word=Word.PHONE):
                return self._phone_card(at, mind)
            case Card(word=Word.CALLED):
                return Decision(mind.begun(Calling(), at.now_s), Answer("called.which"))
            case Card(word=Word.HOUSEHOLD):
                return Decision(mind.begun(Registering(), at.now_s), Answer("household.card"))
            case Card(word=Word.COMPLAINT):
                return Decision(mind.begun(Complaining(), at.now_s), Answer("complaint.which"))
        match task:
            case Marking():
                return self._marking(task, token, at, mind)
            case KeyingPhone():
                return self._keying(task, token, at, mind)
            case Calling():
                return self._calling(token, at, mind)
            case Registering():
                return self._registering(task, token, at, mind)
            case Complaining():
                return self._complaining(token, at, mind)
        return None

    def _cleared(self, task: Task, at: Moment, mind: Attention) -> Decision:
        """What was begun is given up, and said; what it came between goes on (rule 7)."""
        after = mind.doing(None if task.beneath is task else task.beneath, at.now_s)
        return Decision(after, Answer("task.cleared", also=() if task.given_up is None else (task.given_up,)))

    def _marking(self, task: Marking, token: Token, at: Moment, mind: Attention) -> Decision:
        """A mark waits for its reason or its parcel."""
        if isinstance(token, Card) and token.word is Word.REASON and task.mark == "held":
            marking = Marking("held", token.value)
            return Decision(mind.begun(marking, at.now_s), Answer("mark.held"))
        waybill, parcel = self._meant(token)
        if not waybill:
            return self.say(mind, Answer("task.unfinished"))
        if task.mark == "held" and not task.reason:
            return self.say(mind, Answer("mark.why"))
        if parcel is not None and parcel.ended_no:
            return self.say(mind, ended(parcel))
        if task.mark == "returned" and parcel is not None and parcel.state == PACKED:
            return self.say(mind, Answer("pack.elsewhere", {"bag": parcel.bag}))
        if task.mark == "returned" and self.books.is_held(waybill):
            return self.say(mind, Answer("parcel.is_held", {"code": parcel.code if parcel is not None else ""}))
        if task.mark == "released" and not self.books.is_held(waybill):
            return self.say(mind.done(at.now_s), Answer("marked.not_held"))
        record = custody(
            f"parcel.{task.mark}",
            waybill=waybill,
            code=parcel.code or None if parcel else None,
            reason=task.reason or None,
            unreceived=True if parcel is None else None,
            report=True if _is_reported(task, parcel) else None,
            **(_guess(token) if parcel is None else {}),
        )
        after = replace(mind.done(at.now_s), last=waybill)
        if not _is_reported(task, parcel):
            due = self._due_again(parcel) if task.mark == "released" and parcel is not None else ()
            return self.act(after, Answer(f"marked.{task.mark}"), record, *due, undoable=not due)
        case = self.books.cases.opening("prohibited", subject=waybill)
        return self.act(after, Answer("marked.report", {"case": str(case.body["case"])}), record, case)

    def _due_again(self, parcel: Parcel) -> tuple[Record, ...]:
        """The notice a hold kept back."""
        free = replace(parcel, trouble="")
        return notice_now(self.books, free, can_be_told=self.books.people.can_be_told(parcel.waybill))

    def _meant(self, token: Token) -> tuple[str, Parcel | None]:
        """The parcel a token means: its waybill, "" for none, and what is known of it."""
        match token:
            case Code(what=what) if what.kind.role in (Role.PARCEL, Role.UNIT, Role.UNKNOWN):
                parcel = self.books.shelves.parcel(token.identity)
                return (token.identity if parcel is None else parcel.waybill), parcel
            case ShelfCode(code):
                parcel = self.books.shelves.with_code(code)
                return ("", None) if parcel is None else (parcel.waybill, parcel)
        return "", None

    def _phone_card(self, at: Moment, mind: Attention) -> Decision:
        """A phone is to be keyed for the parcel before."""
        parcel = self.books.shelves.parcel(mind.last)
        if parcel is None or parcel.ended_no:
            return self.say(mind, Answer("phone.which"))
        return Decision(mind.begun(KeyingPhone(parcel.waybill), at.now_s), Answer("phone.key"))

    def _keying(self, task: KeyingPhone, token: Token, at: Moment, mind: Attention) -> Decision:
        """The number, which is never written in clear."""
        if not isinstance(token, Keyed):
            return self.say(mind, Answer("task.unfinished"))
        kept = self.books.keep_phone(task.waybill, token.digits, "keyed", at.wall_ms)
        if kept is None:
            return self.say(mind, Answer("phone.wrong"))
        parcel = self.books.shelves.parcel(task.waybill)
        due = () if parcel is None else notice_now(self.books, parcel, can_be_told=kept.can_be_told)
        answer = Answer("phone.kept" if kept.can_be_told else "phone.kept_end")
        acted = self.act(mind.done(at.now_s), answer, *due, undoable=not due)
        return replace(acted, aside=kept.changes)

    def _calling(self, token: Token, at: Moment, mind: Attention) -> Decision:
        """The recipient of a parcel knows now."""
        waybill, parcel = self._meant(token)
        if not waybill:
            return self.say(mind, Answer("task.unfinished"))
        if parcel is None or not parcel.is_here:
            return self.say(mind, Answer("parcel.unknown"))
        record = custody("notice.called", waybill=waybill)
        return self.act(mind.done(at.now_s), Answer("called.noted"), record)

    def _registering(self, task: Registering, token: Token, at: Moment, mind: Attention) -> Decision:
        """A household's card and its word."""
        match token:
            case Paper(sort="household", number=number):
                return Decision(mind.begun(Registering(number), at.now_s), Answer("household.consent"))
            case Card(word=Word.CONSENT, value=consent) if task.number:
                record = custody("household.registered", household=task.number, consent=consent)
                return self.act(mind.done(at.now_s), Answer("household.registered"), record)
        return self.say(mind, Answer("household.consent" if task.number else "household.card"))

    def _complaining(self, token: Token, at: Moment, mind: Attention) -> Decision:
        """What it is about, or the number of a case that is settled."""
        if isinstance(token, Keyed):
            case = self.books.cases.get(str(int(token.digits)))
            if case is None:
                return self.say(mind, Answer("case.unknown"))
            closing = custody("case.closed", case=case.number, about=case.about, subject=case.subject or None)
            return self.act(mind.done(at.now_s), Answer("case.closed", {"case": str(case.number)}), closing)
        waybill, _ = self._meant(token)
        if not waybill and not (isinstance(token, Card) and token.word is Word.OK):
            return self.say(mind, Answer("complaint.which"))
        record = self.books.cases.opening(COMPLAINT, subject=waybill, due_ms=at.wall_ms + COMPLAINT_MS)
        answer = Answer("complaint.opened", {"case": str(record.body["case"])})
        return self.act(mind.done(at.now_s), answer, record)


def _is_reported(task: Marking, parcel: Parcel | None) -> bool:
    """Whether the authorities must hear of it: prohibited goods that a sender had already handed over."""
    return task.mark == "held" and parcel is not None and parcel.way == "out"


def _guess(token: Token) -> dict[str, str | bool | None]:
    """Who carries a parcel that no entry told of before, as far as its code says."""
    if not isinstance(token, Code):
        return {}
    return {"carrier": token.what.carrier, "typed": token.typed or None}
