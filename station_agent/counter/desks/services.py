"""服务: what the station does besides parcels, and its packaging, are counted by card; nothing of whom for. Pure.

Rules
1. A service card is one more of that service today.
2. In the evening 今日合计, the service and a number give the day's number of it, whatever was counted; it is marked as
   typed.
3. The gun's own double read of a card counts once.
4. Packaging that came or was used up, and fruit baskets that went out or came back, are counted alike by cards of
   their own (domain E, rows 36 and 37), and are no services. A day's many are keyed: 今日合计, the card, the number.

task   token              entry            answer
-----  -----------------  ---------------  --------------------
-      service card       service.counted  service.<which>
-      stock card         stock.counted    stock.<which>
-      total card         -                service.which_total
total  service card       -                service.key_total
total  stock card         -                service.key_total
key    number             service.total,   service.<which>,
                          stock.total      stock.<which>
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
    """The day's number is keyed. what: the word of its card, service or stock; which: of that, "" until its card."""

    what: str = ""
    which: str = ""


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
            case Card(word=Word.SERVICE | Word.STOCK) if totalling is None:
                return self._counted(token, at, mind)
            case Card(word=Word.SERVICE | Word.STOCK as what, value=which):
                return Decision(mind.doing(Totalling(what.value, which), at.now_s), Answer("service.key_total"))
            case Keyed(digits) if totalling is not None and totalling.which:
                return self._total(totalling, digits, at, mind)
        if totalling is not None:
            return self.say(mind, Answer("service.key_total" if totalling.which else "service.which_total"))
        return self.say(mind, Answer("service.not_parcel")) if isinstance(token, Code | ShelfCode) else None

    def _counted(self, card: Card, at: Moment, mind: Attention) -> Decision:
        """One more."""
        day = day_of(at.wall_ms, self._house.offset_min).isoformat()
        what, which = card.word.value, card.value
        record = custody(f"{what}.counted", day=day, **{what: which})
        count = self.books.tallies.count(day, which) + 1
        return self.act(mind.after(card.code), Answer(f"{what}.{which}", {"count": str(count)}), record)

    def _total(self, totalling: Totalling, digits: str, at: Moment, mind: Attention) -> Decision:
        """The day's number, as keyed."""
        if len(digits.lstrip("0")) > MAX_DIGITS_OF_TOTAL:
            return self.say(mind, Answer("service.wrong_total"))
        day = day_of(at.wall_ms, self._house.offset_min).isoformat()
        what, which = totalling.what, totalling.which
        record = custody(f"{what}.total", day=day, count=int(digits), typed=True, **{what: which})
        after = mind.doing(None, at.now_s)
        return self.act(after, Answer(f"{what}.{which}", {"count": str(int(digits))}), record)
