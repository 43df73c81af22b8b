"""The station itself: opening, market days and checks; heard in every mode. Pure.

Rules
1. Opening, closing and market day are recorded once a day each; a station nobody closed is simply opened anew.
2. A check card says that it was done and is in order; the day it is due again follows from the settings. 不合格 right
   after it says that it is not: it is due at once, and a case is opened. The next check that is in order closes it.
3. A scale's card says that somebody looked after its verification. Scales are verified, never adjusted: the
   verification itself and its certificate are entries of their own (`station scale verify`).

task     card                          entry                        answer
-------  ----------------------------  ---------------------------  -----------------
-        open, close, market           station.opened, ...          station.opened, ...
-        the same again today          -                            station.already
-        check                         check.done                   check.done
-        check, a case about it open   check.done, case.closed      check.done
-        check, in order today         -                            check.already
checked  not in order                  check.done, case.opened      check.bad
checked  not in order, case open       check.done                   check.bad
-        not in order                  -                            check.which
"""

from datetime import timedelta
from typing import ClassVar

from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.cards import Card, Word
from station_agent.counter.decision import Attention, Decision, Errand, Moment, Token
from station_agent.counter.desk import Desk
from station_agent.counter.house import House
from station_agent.counter.local_day import day_of
from station_agent.counter.vocabulary import custody

_OPENING = {"open": ("station.opened", "opened"), "close": ("station.closed", "closed")}


class Checked(Errand, frozen=True):
    """This check was done a moment ago; it waits for nothing."""

    passing: ClassVar[bool] = True

    what: str


class UpkeepDesk(Desk):
    """Opening, market days and checks."""

    def __init__(self, books: Books, house: House) -> None:
        """`house` knows the local day and how often checks are due."""
        super().__init__(books)
        self._house = house

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table; None for what is not this desk's."""
        match token:
            case Card(word=Word.OPENING, value="market"):
                return self._market(at, mind)
            case Card(word=Word.OPENING, value=value):
                return self._opening(value, at, mind)
            case Card(word=Word.CHECK, value="bad"):
                return self._bad(at, mind)
            case Card(word=Word.CHECK, value=what):
                return self._check(what, at, mind)
        return None

    def _day(self, at: Moment) -> str:
        return day_of(at.wall_ms, self._house.offset_min).isoformat()

    def _opening(self, value: str, at: Moment, mind: Attention) -> Decision:
        """The door opens or closes."""
        kind, state = _OPENING[value]
        now, day = self.books.upkeep.get("opening"), self._day(at)
        if now is not None and (now.state, now.day) == (state, day):
            return self.say(mind, Answer("station.already"))
        return self.act(mind.clear, Answer(kind), custody(kind, day=day))

    def _market(self, at: Moment, mind: Attention) -> Decision:
        """Today is a market day."""
        now, day = self.books.upkeep.get("market"), self._day(at)
        if now is not None and now.state == day:
            return self.say(mind, Answer("station.already"))
        return self.act(mind.clear, Answer("station.market_day"), custody("station.market_day", day=day))

    def _check(self, what: str, at: Moment, mind: Attention) -> Decision:
        """A check was done, and all was in order."""
        now, day = self.books.upkeep.check(what), self._day(at)
        checked = mind.begun(Checked(what), at.now_s)
        if now is not None and (now.state, now.day) == ("ok", day):
            return self.say(checked, Answer("check.already"))
        due = day_of(at.wall_ms, self._house.offset_min) + timedelta(days=self._house.check_days[what])
        record = custody("check.done", what=what, ok=True, day=day, due=due.isoformat())
        case = self.books.cases.about("check", what)
        records = [record]
        if case is not None:
            records.append(custody("case.closed", case=case.number, about=case.about, subject=case.subject))
        answer = Answer("check.done", {"month": str(due.month), "day": str(due.day)})
        return self.act(checked, answer, *records)

    def _bad(self, at: Moment, mind: Attention) -> Decision:
        """The check before found something that is not in order."""
        if not isinstance(mind.task, Checked):
            return self.say(mind, Answer("check.which"))
        what, day = mind.task.what, self._day(at)
        record = custody("check.done", what=what, ok=False, day=day, due=day)
        after = mind.done(at.now_s)
        case = self.books.cases.about("check", what)
        if case is not None:
            return self.act(after, Answer("check.bad", {"case": str(case.number)}), record)
        opened = self.books.cases.opening("check", subject=what)
        return self.act(after, Answer("check.bad", {"case": str(opened.body["case"])}), record, opened)
