"""服务: what the station does besides parcels is counted by card, and nothing of whom it was done for. Pure.

Rules
1. A service card is one more of that service today.
2. In the evening 今日合计, the service and a number give the day's number of it, whatever was counted; it is marked as
   typed.
3. The gun's own double read of a card counts once.

task   token              entry            answer
-----  -----------------  ---------------  --------------------
-      service card       service.counted  service.<which>
-      total card         -                service.which_total
total  service card       -                service.key_total
key    number             service.total    service.<which>
key    too big a number   -                service.wrong_total
total  anything else      -                service.which_total
key    anything else      -                service.key_total
-      parcel, bag, code  -                service.not_parcel
"""

from station_agent.counter.answers import Answer
from station_agent.counter.books import Books
from station_agent.counter.cards import Card, Mode, Word
from station_agent.counter.decision import Attention, Code, Decision, Keyed, Moment, ShelfCode, Task, Token
from station_agent.counter.desk import Desk
from station_agent.counter.house import House
from station_agent.counter.local_day import day_of
from station_agent.counter.vocabulary import custody

MAX_DIGITS_OF_TOTAL = 4
"""Ten thousand services a day are a slip of the finger."""


class Totalling(Task, frozen=True):
    """The day's number is keyed. service: which, "" until its card."""

    service: str = ""


class Services(Desk):
    """The desk of the mode 服务."""

    mode = Mode.SERVICE

    def __init__(self, books: Books, house: House) -> None:
        """`house` knows the local day."""
        super().__init__(books)
        self._house = house

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table."""
        totalling = mind.task if isinstance(mind.task, Totalling) else None
        match token:
            case Card(word=Word.TOTAL):
                return Decision(mind.doing(Totalling(), at.now_s), Answer("service.which_total"))
            case Card(word=Word.SERVICE, value=service) if totalling is None:
                return self._counted(token, service, at, mind)
            case Card(word=Word.SERVICE, value=service):
                return Decision(mind.doing(Totalling(service), at.now_s), Answer("service.key_total"))
            case Keyed(digits) if totalling is not None and totalling.service:
                return self._total(totalling.service, digits, at, mind)
        if totalling is not None:
            return self.say(mind, Answer("service.key_total" if totalling.service else "service.which_total"))
        return self.say(mind, Answer("service.not_parcel")) if isinstance(token, Code | ShelfCode) else None

    def _counted(self, card: Card, service: str, at: Moment, mind: Attention) -> Decision:
        """One more."""
        day = day_of(at.wall_ms, self._house.offset_min).isoformat()
        record = custody("service.counted", service=service, day=day)
        count = self.books.tallies.count(day, service) + 1
        return self.act(mind.after(card.code), Answer(f"service.{service}", {"count": str(count)}), record)

    def _total(self, service: str, digits: str, at: Moment, mind: Attention) -> Decision:
        """The day's number, as keyed."""
        if len(digits.lstrip("0")) > MAX_DIGITS_OF_TOTAL:
            return self.say(mind, Answer("service.wrong_total"))
        day = day_of(at.wall_ms, self._house.offset_min).isoformat()
        record = custody("service.total", service=service, day=day, count=int(digits), typed=True)
        after = mind.doing(None, at.now_s)
        return self.act(after, Answer(f"service.{service}", {"count": str(int(digits))}), record)
