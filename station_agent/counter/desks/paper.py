"""补录: what was written on a paper sheet while the station was dead is entered afterwards. Pure.

Rules
1. The sheet's printed number first, then its day (and time) once, then the acts as they stand on the sheet: 入库, 出库,
   寄件, 装包, 交接 or 服务 says which, and keeps this mode; what is scanned then is what it is at those desks.
2. Every such entry carries the sheet's number, its time as `at_ms`, and `afterwards`: what is recorded late is never
   taken for what was recorded in time. What weighs on the scale now is not what weighed then. Services and packaging
   count for the sheet's day.
3. One sheet at a time; OK ends it, and confirms the batch of what it took in, unless the desk of the act waits for OK
   itself (all parcels of a household, the end of a consignment). A sheet is entered once.
4. After a power cut the sheet goes on where it was: it is still open, and scans mean what the last one meant.
5. A day more than MAX_BACK_DAYS ago is keyed twice.
6. Bags that changed hands on paper are entered as from a driver without a badge (临时司机), who signed it, or from
   nobody (无人交接): what his badge would have said nobody can say afterwards, and he confirms at a later stop. A bag
   that went out must have been packed (装包) before, else it is one that came in. A badge shown meanwhile must wait.

task   scanned             the sheet is      entry                              answer
-----  ------------------  ----------------  ---------------------------------  --------------------
any    sheet's number      new, none open    -                                  paper.key_time
any    sheet's number      entered before    -                                  paper.entered_before
any    sheet's number      open              -                                  paper.resumed
any    sheet's number      not the open one  -                                  paper.other_open
day    digits of a day     -                 form.opened                        paper.opened
day    digits, long ago    -                 -                                  paper.long_ago
day    other digits        -                 -                                  paper.wrong_time
day    anything else       -                 -                                  paper.key_time
-      card of an act      open              -                                  paper.<which>
-      card of an act      none open         -                                  mode.<which>
-      交接                open, a driver's  -                                  handover.finish
                           handover is open
-      badge               bags of it are    -                                  handover.finish
                           being entered
-      parcel, ...         open              that desk's, with the sheet's      that desk's
-      parcel, ...         open, no act said -                                  paper.which_act
-      anything            none open         -                                  paper.which_form
-      OK                  open, waited for  that desk's                        that desk's
-      OK                  open              form.closed (+ batch.confirmed)    paper.closed
"""

from collections.abc import Mapping

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.cards import CARDS, Card, Mode, Word
from station_agent.counter.decision import Attention, Decision, Keyed, Moment, Paper, Task, Token
from station_agent.counter.desk import Desk
from station_agent.counter.desks.handing_tasks import Handing
from station_agent.counter.forms import Form
from station_agent.counter.house import House
from station_agent.counter.local_day import DAY_MS, keyed_time_ms
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record

MAX_BACK_DAYS = 60
ON_PAPER = (Mode.IN, Mode.OUT, Mode.SEND, Mode.PACK, Mode.HANDOVER, Mode.SERVICE)
"""What a sheet has columns for; a bag that went out was packed."""
_OF_ITS_DAY = (Mode.HANDOVER, Mode.SERVICE)
"""Acts whose desk itself asks what day it is."""
_OF_BAGS = (Mode.PACK, Mode.HANDOVER)
_OF_THE_SHEET = ("parcel.", "bag.", "notice.called", "household.", "consignment.", "service.", "stock.")
"""Kinds of entries that happened when the sheet says; confirming, correcting and cases happen now."""


class Dating(Task, frozen=True):
    """The day of this sheet is keyed. digits: such as were long ago, to be keyed again."""

    form: str
    digits: str = ""


class PaperDesk(Desk):
    """The desk of the mode 补录."""

    mode = Mode.PAPER

    def __init__(self, books: Books, house: House, desks: Mapping[Mode, Desk]) -> None:
        """`desks`: those whose acts stand on sheets; `house` knows local time."""
        super().__init__(books)
        self._house = house
        self._desks = {mode: desks[mode] for mode in ON_PAPER if mode in desks}

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table."""
        task, form = mind.task, self.books.forms.open
        match token:
            case Paper(sort="form", number=number):
                return self._form(number, at, mind)
            case Keyed(digits) if isinstance(task, Dating):
                return self._dated(task, digits, at, mind)
        if isinstance(task, Dating):
            return self.say(mind, Answer("paper.key_time"))
        if form is None:
            return self.say(mind, Answer("paper.which_form"))
        desk = self._act(form, mind)
        if isinstance(token, Paper) and token.sort == "badge" and isinstance(task, Handing):
            return self.say(mind, Answer("handover.finish"))
        if isinstance(token, Card) and token.word is Word.OK:
            return self._ok(form, desk, token, at, mind)
        if desk is None:
            return self.say(mind, Answer("paper.which_act"))
        return self._entered(desk, token, form, at, mind)

    def weight(self, weight_g: int, at: Moment, mind: Attention) -> Decision | None:
        """What lies on the scale now is not what is on the sheet."""
        del weight_g, at, mind
        return None

    def wants_weight(self, at: Moment, mind: Attention) -> bool:
        """Nothing on a sheet waits for the scale."""
        del at, mind
        return False

    def within(self, mode: Mode, at: Moment, mind: Attention) -> Decision | None:
        """A card of an act on the sheet keeps this mode while a sheet is open or being opened."""
        if mode not in self._desks:
            return None
        if isinstance(mind.task, Dating):
            return self.say(mind, Answer("paper.key_time"))
        form = self.books.forms.open
        if form is None:
            return None
        if mode is Mode.HANDOVER and self.books.handovers.open is not None and not self._is_on(form):
            return self.say(mind, Answer("handover.finish"))
        after = replace(mind.doing(None, at.now_s), sheet=mode, keyed="", last="")
        left = self._desks[Mode.HANDOVER].leaving(mind) if self._is_on(form) else ()
        return Decision(after, Answer(f"paper.{mode.value}", also=left))

    def entered(self, at: Moment, mind: Attention) -> Decision | None:
        """An open sheet goes on."""
        del at
        form = self.books.forms.open
        mind = replace(mind, sheet=None)
        answer = Answer("mode.paper") if form is None else Answer("paper.resumed", {"count": str(form.lines)})
        return Decision(mind, answer)

    def leaving(self, mind: Attention) -> tuple[Answer, ...]:
        """A sheet that was not ended: say so."""
        del mind
        form = self.books.forms.open
        return () if form is None else (Answer("paper.open", {"count": str(form.lines)}),)

    def told(self, decision: Decision, mind: Attention) -> Decision:
        """As the desk of the act says it."""
        form = self.books.forms.open
        desk = None if form is None else self._act(form, mind)
        return decision if desk is None else desk.told(decision, mind)

    def stamped(self, record: Record) -> Record:
        """An entry of the sheet carries its number and its time."""
        form = self.books.forms.open
        return record if form is None else self._on(form, record, *_OF_THE_SHEET)

    def _act(self, form: Form, mind: Attention) -> Desk | None:
        """The desk of the act said last; after a restart that of the sheet's last line."""
        mode = mind.sheet or (Mode(form.mode) if form.mode else None)
        return None if mode is None else self._desks.get(mode)

    def _entered(self, desk: Desk, token: Token, form: Form, at: Moment, mind: Attention) -> Decision | None:
        """What the desk of the act makes of it, in this mode and, where it asks for the day, as of the sheet's."""
        if desk.mode not in _OF_ITS_DAY:
            return desk.take(token, at, mind)
        then = at._replace(wall_ms=form.at_ms, trusted=False)
        if desk.mode is Mode.HANDOVER and not isinstance(mind.task, Handing) and self._is_on(form):
            resumed = desk.entered(then, mind)
            mind = mind if resumed is None else resumed.attention
        decision = desk.take(token, then, replace(mind, mode=Mode.PAPER))
        if decision is None:
            return None
        answer, here = decision.answer, replace(decision.attention, mode=Mode.PAPER)
        if answer is not None and answer.phrase == "handover.badge_first":
            answer = Answer("paper.handover")
        if answer is not None:
            answer = replace(answer, also=tuple(one for one in answer.also if one.phrase != "mode.paper"))
        records = tuple(self._on(form, record, "handover.") for record in decision.records)
        return replace(decision, attention=here, answer=answer, records=records)

    def _is_on(self, form: Form) -> bool:
        """Whether the open handover is one that is entered from this sheet."""
        now = self.books.handovers.open
        return now is not None and now.sort != "badge" and form.mode == Mode.HANDOVER.value

    def _on(self, form: Form, record: Record, *kinds: str) -> Record:
        """A record of these kinds with the number and the time of its sheet."""
        if not record.kind.startswith(kinds):
            return record
        return record._replace(body={"form": form.number, "at_ms": form.at_ms, "afterwards": True, **record.body})

    def _form(self, number: str, at: Moment, mind: Attention) -> Decision:
        """A sheet's number."""
        known, now = self.books.forms.get(number), self.books.forms.open
        if known is not None and known.closed_ms:
            return self.say(mind, Answer("paper.entered_before"))
        if known is not None:
            return Decision(mind.doing(None, at.now_s), Answer("paper.resumed", {"count": str(known.lines)}))
        if now is not None:
            return self.say(mind, Answer("paper.other_open"))
        return Decision(mind.doing(Dating(number), at.now_s), Answer("paper.key_time"))

    def _dated(self, task: Dating, digits: str, at: Moment, mind: Attention) -> Decision:
        """The day of a sheet; it is open from now on."""
        at_ms = keyed_time_ms(digits, at.wall_ms, self._house.offset_min)
        if at_ms is None:
            return self.say(mind, Answer("paper.wrong_time"))
        if at.wall_ms - at_ms > MAX_BACK_DAYS * DAY_MS and task.digits != digits:
            return Decision(mind.doing(replace(task, digits=digits), at.now_s), Answer("paper.long_ago"))
        record = custody("form.opened", form=task.form, at_ms=at_ms)
        after = replace(mind.doing(None, at.now_s), sheet=None)
        return self.act(after, Answer("paper.opened"), record)

    def _ok(self, form: Form, desk: Desk | None, ok: Card, at: Moment, mind: Attention) -> Decision:
        """OK is the desk's while something there waits for it; a batch is confirmed with the sheet."""
        is_asked = desk is not None and desk.mode is not Mode.IN
        if desk is not None and desk.mode in _OF_BAGS:
            # Without a bag or a handover in work these desks would only say what they want first.
            is_asked = bool(desk.goes_on(mind))
        waited = self._entered(desk, ok, form, at, mind) if desk is not None and is_asked else None
        return waited or self._closed(form, at, mind)

    def _closed(self, form: Form, at: Moment, mind: Attention) -> Decision:
        """The sheet is done; whoever waits for what came in by it is told."""
        records = [custody("form.closed", form=form.number, lines=form.lines)]
        also: tuple[Answer, ...] = ()
        if form.received and self.books.is_batch_open:
            confirmed = self._desks[Mode.IN].take(CARDS["YYCOK"], at, mind)
            assert confirmed is not None
            assert confirmed.answer is not None
            records += confirmed.records
            also = confirmed.answer.also
        after = replace(mind.doing(None, at.now_s), sheet=None)
        answer = Answer("paper.closed", {"count": str(form.lines)}, also)
        return self.act(after, answer, *records, undoable=False)
