"""交接: a driver's stop: his badge, the bags both ways, his badge again. Pure.

Rules
1. A driver's badge begins a handover in whatever mode, his badge again closes it: both say that this is what changed
   hands. Then the counter is back in the mode before.
2. A sealed bag goes up, one that is unknown or was away comes down. Each bag is on disk the moment it is scanned.
3. A badge that is expired, revoked, false, of another line or unknown stops nobody: the bags go, the handover is marked
   and a case opened, one for each driver and flaw. Where nobody knows the day it is accepted and flagged.
4. A badge that asks for a PIN waits for it. After MAX_TRIES wrong ones each further one waits twice as long.
5. 临时司机 begins without a badge, 无人交接 without anybody; OK closes both. They are states of their own: the other
   side confirms later, here by a badge and the number keyed. 无人交接 also closes one whose driver drove off.
6. A handover that was interrupted (power cut, another mode, TASK_S) stays open in its book. The same driver's badge
   goes on with it; another's ends it. While it is going on, another's badge must be scanned twice to end it. Bags that
   were scanned stay what they became: here, or gone with the first driver, who has not confirmed; a case names him.
   One that stands as gone with him and was here all the time is sealed as it was, with all that is in it.
7. The clear card drops what was begun within a handover, never the handover: it tells what was dropped, how far the
   handover is and how it is ended. A PIN that is given up leads back to the mode before. A mark, a call, a check, a
   duty that comes between (`front`, `duties`, `upkeep`) does not end it either: done or dropped, bags are scanned on.
8. Lists, lines and limits are told and never stop anybody. A held parcel stops its bag: it does not go up, and one
   that is up is taken off (车装不下) before badge or OK close; once the driver is gone, it is gone with him.

doing        token                      it is                        entry                         answer
-----------  -------------------------  ---------------------------  ----------------------------  ------------------
-            badge                      damaged                      -                             badge.damaged
-            badge                      no driver's                  -                             paper.not_now
-            badge                      good                         handover.begun                handover.begun
-            badge                      flawed                       handover.begun, case.opened   + badge.<flaw>
-            badge                      with a PIN                   -                             badge.pin
pin          digits                     right                        handover.begun                handover.begun
pin          digits                     wrong                        -                             badge.pin_wrong
pin          digits                     too soon                     -                             badge.pin_wait
pin          anything else              -                            -                             badge.pin
pin          clear card                 -                            - (the mode before)           task.cleared + .pin
open         clear card                 -                            -                             handover.open
counting ... clear card                 -                            -                             task.cleared, what,
                                                                                                   handover.open
an errand    clear card                 -                            -                             the same
an errand    done, then bag, badge      -                            as before it                  as before it
interrupted  badge                      the same driver's            -                             handover.resumed
interrupted  badge                      another's, no bags           handover.voided, .begun       handover.begun
interrupted  badge                      another's, bags scanned      .one_sided + bags, case,      + handover.was_left
                                                                     handover.begun
begun        badge, first, then again   another's                    -, as interrupted             handover.other
begun        badge                      the same, bags scanned       handover.confirmed + bags     handover.done
begun        badge, then again          the same, no bags            -, handover.confirmed         handover.nothing
-            临时司机                    -                            handover.begun, case.opened   handover.begun
-            无人交接                    -                            handover.begun                handover.begun
interrupted  either of them             the same sort                -                             handover.resumed
interrupted  无人交接                    any other sort               -                             + .drop_again
interrupted  either of them, twice      another sort                 -, as another's badge         handover.other
begun        临时司机                    -                            -                             handover.finish
begun        无人交接, OK                nobody's handover            handover.dropped + bags       handover.done
begun        OK                         temporary driver's           handover.one_sided + bags     handover.done
begun        OK                         a badge's                    -                             handover.badge_again
begun        bag                        sealed; empty                handover.bag (up)             handover.bag_up
begun        bag, first, then again     here, came in                -, handover.bag (up)          handover.bag_on
begun        bag, first, then again     gone with the driver who     -, bag.received {left_ms},    handover.bag_stayed
                                        left just before             handover.bag (up)
begun        bag                        unknown, gone, missing       handover.bag (down)           handover.bag_down
begun        bag                        on the list of another line  the same                      + handover.other_line
begun        bag                        in this handover             -                             handover.bag_again
begun        bag                        open / in unpacking          -                             handover.bag_open
begun        bag                        MAX_BAGS_AT_ONCE are in      -                             handover.full
begun        bag                        a held parcel in it          -                             handover.held_inside
begun        badge, OK                  a parcel in a bag that is    -                             handover.held_inside
                                        up was held since
begun        车装不下, then bag          in this handover             handover.unbagged             handover.left_behind
begun        车装不下, then bag          not in it                    -                             handover.not_in
begun        seal; marks; weight        of the bag scanned last      see bag_desk                  see bag_desk
begun        transport card             -                            handover.noted                handover.transport
begun        清点袋数, then digits       -                            handover.noted                handover.counted
counting     digits                     too many                     -                             handover.count_key
begun        stub                       new                          handover.noted                handover.stub
begun        stub                       given before                 -                             handover.stub_used
begun        number                     waits for the other side     handover.agreed               handover.agreed
begun        number                     does not                     -                             handover.no_number
-            bag, seal, stub, OK, cards -                            -                             handover.badge_first
interrupted  bag, seal, stub, cards     -                            -                             handover.open
interrupted  OK                         a badge's                    -                             handover.open
interrupted  OK                         nobody's, temporary driver's -                             handover.resumed
any          parcel                     -                            -                             handover.bag_please
any          沿途直投, then parcel       unknown or to be fetched     -                             direct.proof
direct       OK, stub, household card   -                            parcel.direct                 direct.done
direct       parcel                     ended / held / outbound      -                             parcel.<why>
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.bags import EMPTY, GONE, HERE, MISSING, OPEN, SEALED, UNPACKING, Bag
from station_agent.counter.cards import Card, Mode, Word
from station_agent.counter.closing import LEFT, back_here, closed, coming_now, left_by, load_of, may_have_stayed, voided
from station_agent.counter.decision import (
    WEIGH_S,
    Attention,
    Code,
    Decision,
    Keyed,
    Moment,
    Paper,
    Raw,
    ShelfCode,
    Token,
)
from station_agent.counter.desk import ended, not_on_shelf
from station_agent.counter.desks.bag_desk import MARKS, BagDesk
from station_agent.counter.desks.handing_tasks import (
    AskingPin,
    Counting,
    Direct,
    Handing,
    ReadingSeal,
    TakingOff,
    counts,
    mode_before,
    of_kind,
    stands,
    there,
)
from station_agent.counter.handovers import MAX_BAGS_AT_ONCE, Handover
from station_agent.counter.road import Holder
from station_agent.counter.shelves import Parcel
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record
from station_agent.waybill.kinds import Role

MAX_TRIES = 5
"""Wrong PINs before each further one must wait."""
MAX_COUNT_DIGITS = 3
"""Of the driver's own count: no vehicle carries a thousand bags."""
WAIT_S = 30.0
MAX_WAIT_S = 3600.0
HOW = {"badge": "confirmed", "temporary": "one_sided", "dropped": "dropped"}
"""How a handover of each sort is closed."""


class HandingOver(BagDesk):
    """The desk of the mode 交接."""

    mode = Mode.HANDOVER

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table."""
        task, now = mind.task, self._live(mind)
        match token:
            case Paper(sort="badge", number=text):
                return self._badge(text, at, mind)
            case Card(word=Word.CLEAR):
                return self._cleared(at, mind)
            case Card(word=Word.BAG, value="direct"):
                return self._direct_card(at, mind)
            case Keyed(digits) if isinstance(task, AskingPin):
                return self._pin(task, digits, at, mind)
        if isinstance(task, Direct):
            return self._direct(task, token, at, mind)
        match token:
            case Card(word=Word.TEMPORARY):
                return self._begin_without("temporary", at, mind)
            case Card(word=Word.BAG, value="dropped"):
                return (
                    self._begin_without("dropped", at, mind) if now is None else self._close(now, "dropped", at, mind)
                )
            case Code() if not self.is_bag(token, working=False):
                return self.say(mind, Answer("handover.bag_please"))
            case ShelfCode():
                return self.say(mind, Answer("handover.bag_please"))
        if now is None or not isinstance(task, Handing):
            return self._too_early(token, at, mind)
        return self._going_on(now, task, token, at, mind)

    def entered(self, at: Moment, mind: Attention) -> Decision | None:
        """An open handover is told; one without a badge goes on at once."""
        now = self.books.handovers.open
        if now is None:
            return None
        if now.sort != "badge":
            return self._resume(now, "", at, mind)
        return Decision(mind, stands(now))

    def leaving(self, mind: Attention) -> tuple[Answer, ...]:
        """A handover nobody closed."""
        return self.goes_on(mind)

    def goes_on(self, mind: Attention) -> tuple[Answer, ...]:
        """A handover that is going on, or was left."""
        del mind
        now = self.books.handovers.open
        return () if now is None else (stands(now),)

    def knows(self, text: str, at: Moment) -> bool:
        """Whether this is the badge of somebody who may take bags, by the county's word."""
        holder = self.books.road.badges.read(text, at.wall_ms, trusted=at.trusted)
        return holder is not None and holder.carries and holder.flaw not in ("false", "unknown")

    def _too_early(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """What belongs to a handover while none is going on: who is wanted first, or how far one was left."""
        now = self.books.handovers.open
        if isinstance(mind.task, AskingPin):
            return self.say(mind, Answer("badge.pin"))
        match token:
            case Card(word=Word.OK) if now is not None and now.sort != "badge":
                return self._resume(now, "", at, mind)
            case Card(word=Word.OK | Word.BAG | Word.SEAL | Word.COUNT | Word.TRANSPORT) | Paper(sort="stub" | "seal"):
                return self.say(mind, Answer("handover.badge_first") if now is None else stands(now))
            case Code():
                return self.say(mind, Answer("handover.badge_first") if now is None else stands(now))
        return None

    def _live(self, mind: Attention) -> Handover | None:
        """The handover that is going on, None if it was interrupted or there is none (rule 6)."""
        now, task = self.books.handovers.open, mind.task
        return now if now is not None and isinstance(task, Handing) and task.number == now.number else None

    def _cleared(self, at: Moment, mind: Attention) -> Decision | None:
        """What was begun is dropped; a handover stands (rule 7)."""
        task, now = mind.task, self.books.handovers.open
        if now is not None and (task is None or type(task) is Handing):
            return self.say(mind, stands(now))
        if task is None:
            return None
        going_on = of_kind(Handing, task) if isinstance(task, Handing) and self._live(mind) is not None else None
        after = mind.doing(going_on, at.now_s)
        back = task.mode_after(mind.mode)
        mode = (Answer(f"mode.{back.value}"),) if back is not mind.mode else ()
        told = (*(() if task.given_up is None else (task.given_up,)), *mode, *self.goes_on(mind))
        return Decision(replace(after, mode=back), Answer("task.cleared", also=told))

    # -- who stands here

    def _badge(self, text: str, at: Moment, mind: Attention) -> Decision | None:
        """A driver's badge."""
        holder = self.books.road.badges.read(text, at.wall_ms, trusted=at.trusted)
        if holder is None:
            return self.say(mind, Answer("badge.damaged"))
        if not holder.carries:
            return None
        now = self._live(mind)
        if now is not None and now.driver == holder.who:
            return self._badge_again(now, text, at, mind)
        if now is not None and not self.read_again(mind, text, at, "handover.other"):
            return self.doubt(mind, text, Answer("handover.other"), at)
        if holder.opens_with is not None:
            asking = AskingPin(text, mode_before(mind))
            return Decision(replace(there(mind, asking, at), green=text), Answer("badge.pin"))
        return self._enter(holder, text, at, mind)

    def _pin(self, task: AskingPin, digits: str, at: Moment, mind: Attention) -> Decision:
        """The PIN of the badge before (rule 4)."""
        count, until_s = mind.tries
        if at.now_s < until_s:
            return self.say(mind, Answer("badge.pin_wait", {"seconds": str(round(until_s - at.now_s) + 1)}))
        holder = self.books.road.badges.read(task.badge, at.wall_ms, trusted=at.trusted)
        if holder is None or (holder.opens_with is not None and not holder.opens_with(digits)):
            count += 1
            wait_s = min(MAX_WAIT_S, WAIT_S * 2.0 ** (count - MAX_TRIES)) if count >= MAX_TRIES else 0.0
            after = replace(mind.doing(task, at.now_s), tries=(count, at.now_s + wait_s))
            return Decision(after, Answer("badge.pin_wrong"))
        return self._enter(holder, task.badge, at, replace(mind, tries=(0, 0.0)))

    def _enter(self, holder: Holder, text: str, at: Moment, mind: Attention) -> Decision:
        """Go on with this driver's handover, or begin one (rules 3 and 6)."""
        now = self.books.handovers.open
        if now is not None and now.sort == "badge" and now.driver == holder.who:
            return self._resume(now, text, at, mind)
        flaw = holder.flaw
        road = self.books.road
        if flaw in ("", "clock") and road.lines and road.line(holder.place) is None:
            flaw = "other_line"
        line = road.line(holder.place)
        fields = {
            "driver": holder.who,
            "line": holder.place or None,
            "vehicle": (line.vehicle or None) if line is not None else None,
            "flaw": flaw or None,
        }
        return self._begin("badge", fields, text, at, mind)

    def _begin_without(self, sort: str, at: Moment, mind: Attention) -> Decision:
        """No badge, or nobody (rule 5)."""
        now = self.books.handovers.open
        if self._live(mind) is not None:
            return self.say(mind, Answer("handover.finish"))
        if now is not None and sort in (now.sort, "dropped"):
            going_on = self._resume(now, "", at, mind)
            if sort == now.sort or going_on.answer is None:
                return going_on
            return replace(going_on, answer=replace(going_on.answer, also=(Answer("handover.drop_again"),)))
        if now is not None and not self.read_again(mind, sort, at, "handover.other"):
            return self.doubt(mind, sort, Answer("handover.other"), at)
        return self._begin(sort, {"flaw": "no_badge" if sort == "temporary" else None}, "", at, mind)

    def _begin(self, sort: str, fields: dict[str, Any], text: str, at: Moment, mind: Attention) -> Decision:
        """A handover begins; the one that was left open is ended (rule 6)."""
        before, numbers = self.books.handovers.open, self.books.numbers
        number = numbers.value("handover") + 1
        records = left_by(self.books, before, at) if before is not None else []
        trusted = None if at.trusted else False
        records.append(custody("handover.begun", handover=number, sort=sort, trusted=trusted, **fields))
        flaw = fields.get("flaw") or ""
        also = [Answer(f"badge.{flaw}")] if flaw else []
        driver = fields.get("driver") or ""
        noted = any(case.about == f"driver_{flaw}" and case.holder == driver for case in self.books.cases) and driver
        if flaw and flaw != "clock" and not noted:
            after = sum(record.kind == "case.opened" for record in records)
            records += self.case(f"driver_{flaw}", str(number), driver, after=after)
        if before is not None and before.bags:
            also.append(Answer("handover.was_left", counts(before)))
        coming = coming_now(self.books, at, fields.get("line") or "")
        if coming:
            also.append(Answer("handover.coming", {"count": str(len(coming))}))
        waiting = [other for other in self.books.handovers.unconfirmed() if sort == "badge"]
        if waiting:
            also.append(Answer("handover.unconfirmed", {"number": str(waiting[0].number)}))
        begun = there(mind, Handing(number, back=mode_before(mind)), at)
        away = before.ups if before is not None else ()
        count = str(sum(bag.code not in away for bag in self.books.bags.in_state(SEALED)))
        answer = Answer("handover.begun", {"count": count}, tuple(also))
        return self.act(replace(begun, green=text), answer, *records, undoable=before is None)

    def _resume(self, now: Handover, text: str, at: Moment, mind: Attention) -> Decision:
        """Go on where it was left."""
        after = there(mind, Handing(now.number, back=mode_before(mind)), at)
        return Decision(replace(after, green=text), Answer("handover.resumed", counts(now)))

    # -- while it goes on

    def _going_on(self, now: Handover, task: Handing, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """What is scanned between the two badges."""
        plain = Handing(now.number, task.bag, task.back)
        match token:
            case Code() if isinstance(task, TakingOff):
                return self._take_off(now, token.what.code, mind.doing(plain, at.now_s))
            case Code():
                return self._bag(now, token, plain, at, mind)
            case Card(word=Word.OK) if now.sort == "badge":
                return self.say(mind, Answer("handover.badge_again"))
            case Card(word=Word.OK):
                return self._held_back(now, mind) or self._close(now, HOW[now.sort], at, mind)
            case Card(word=Word.BAG, value="overload"):
                return Decision(mind.doing(of_kind(TakingOff, plain), at.now_s), Answer("handover.take_off"))
            case Card(word=Word.COUNT):
                return Decision(mind.doing(of_kind(Counting, plain), at.now_s), Answer("handover.count_key"))
            case Card(word=Word.BAG | Word.SEAL) | Paper(sort="seal") | Raw():
                return self._of_last_bag(task, token, plain, at, mind)
            case Keyed() if isinstance(task, ReadingSeal):
                return self._of_last_bag(task, token, plain, at, mind)
        return self._noted(now, task, token, mind.doing(plain, at.now_s))

    def _of_last_bag(self, task: Handing, token: Token, plain: Handing, at: Moment, mind: Attention) -> Decision | None:
        """What is said of the bag scanned last: its seal, and what is wrong with it."""
        bag = self.books.bags.get(task.bag)
        match token:
            case Card(word=Word.BAG, value=mark):
                return self.marked(task.bag, mark, at, mind.doing(plain, at.now_s)) if mark in MARKS else None
            case Card(word=Word.SEAL) if bag is not None:
                return Decision(mind.doing(of_kind(ReadingSeal, plain), at.now_s), Answer("bag.seal_which"))
        if bag is None:
            return self.say(mind, Answer("bag.which"))
        return self.seal_read(bag, token, mind, mind.doing(plain, at.now_s))

    def _noted(self, now: Handover, task: Handing, token: Token, after: Attention) -> Decision | None:
        """What is noted of the handover itself."""
        match token:
            case Card(word=Word.TRANSPORT, value=transport):
                record = custody("handover.noted", handover=now.number, transport=transport)
                over = self._overload(msgspec.structs.replace(now, transport=transport), now.ups)
                return self.act(after, Answer(f"handover.by_{transport}", also=over), record)
            case Paper(sort="stub", number=stub) if self.books.handovers.has_stub(stub):
                return self.say(after, Answer("handover.stub_used"))
            case Paper(sort="stub", number=stub):
                record = custody("handover.noted", handover=now.number, stub=stub)
                return self.act(after, Answer("handover.stub"), record)
            case Keyed(digits) if isinstance(task, Counting) and len(digits.lstrip("0")) > MAX_COUNT_DIGITS:
                # A slip of the finger, or a phone number, which is never written down.
                return self.say(replace(after, task=task), Answer("handover.count_key"))
            case Keyed(digits) if isinstance(task, Counting):
                record = custody("handover.noted", handover=now.number, counted=int(digits))
                return self.act(after, Answer("handover.counted", {"count": str(int(digits))}), record)
            case Keyed(digits):
                return self._agree(now, int(digits), after)
        return None

    def _bag(self, now: Handover, code: Code, task: Handing, at: Moment, mind: Attention) -> Decision:
        """A bag changes hands (rule 2)."""
        number = code.what.code
        bag = self.books.bags.get(number)
        scanned = replace(mind.doing(replace(task, bag=number), at.now_s), weigh=(number, at.now_s + WEIGH_S))
        if number in now.ups or number in now.downs:
            return Decision(scanned, Answer("handover.bag_again"))
        if now.bags >= MAX_BAGS_AT_ONCE:
            return self.say(mind, Answer("handover.full"))
        if bag is not None and bag.state in (OPEN, UNPACKING):
            return self.say(mind, Answer("handover.bag_open"))
        if bag is not None and bag.state == HERE and not self.read_again(mind, number, at, "handover.bag_on"):
            return self.doubt(mind, number, Answer("handover.bag_on"), at)
        stayed = bag is not None and may_have_stayed(self.books, now, bag)
        if stayed and not self.read_again(mind, number, at, "handover.bag_stayed"):
            return self.doubt(mind, number, Answer("handover.bag_stayed"), at)
        if bag is not None and self._held_inside((number,)):
            return self.say(mind, Answer("handover.held_inside", {"bag": number}))
        after = replace(scanned, green=code.text)
        if bag is not None and (stayed or bag.state not in (GONE, MISSING)):
            return self._up(now, bag, after, *((back_here(self.books, bag),) if stayed else ()))
        return self._down(now, code, at, after)

    def _held_inside(self, bags: tuple[str, ...]) -> str:
        """The first of these bags with a parcel in it that must not leave; "" for none."""
        return next((bag for bag in bags if any(p.trouble == "held" for p in self.books.shelves.in_bag(bag))), "")

    def _up(self, now: Handover, bag: Bag, after: Attention, *found: Record) -> Decision:
        """It leaves with the driver; the load of the vehicle is told when it is too much. found: entries before it."""
        record = custody(
            "handover.bag",
            handover=now.number,
            bag=bag.code,
            way="up",
            shape=bag.shape,
            driver=now.driver or None,
            seal=bag.seal or None,
            weight_g=bag.weight_g,
            empty=True if bag.state == EMPTY else None,
            other_line=self._other_line(now, bag.code) or None,
        )
        ups = (*now.ups, bag.code)
        left = [other for other in self.books.bags.in_state(SEALED) if other.code not in ups]
        values = {"count": str(len(ups)), "of": str(len(ups) + len(left))}
        also = (*self._told_line(now, bag.code), *self._overload(now, ups))
        answer = Answer("handover.bag_up" if left else "handover.all_up", values, also)
        return self.act(after, answer, *found, record)

    def _overload(self, now: Handover, ups: tuple[str, ...]) -> tuple[Answer, ...]:
        """Told when the vehicle takes more than it may."""
        load = load_of(self.books, ups, self.books.road.carrier(now.line, now.transport))
        return (Answer("handover.overload", {"weight_kg": f"{load.over_g / 1000:.1f}"}),) if load.over_g else ()

    def _down(self, now: Handover, code: Code, at: Moment, after: Attention) -> Decision:
        """It comes in with the driver; one that was looked for has been found."""
        number, road = code.what.code, self.books.road
        announced = road.expected.coming(at.wall_ms)
        unlisted = bool(announced) and all(entry.bag != number for entry in announced)
        records = [
            custody(
                "handover.bag",
                handover=now.number,
                bag=number,
                way="down",
                shape=code.what.kind.value,
                driver=now.driver or None,
                unlisted=True if unlisted else None,
                other_line=self._other_line(now, number) or None,
                typed=code.typed or None,
            )
        ]
        records += self.books.cases.closing("bag_missing", number)
        count = len(now.downs) + 1
        left = [entry for entry in coming_now(self.books, at, now.line) if entry.bag != number]
        values = {"count": str(count), "of": str(count + len(left))}
        phrase = "handover.bag_down" if not announced else "handover.bag_down_of" if left else "handover.all_down"
        also = (Answer("handover.unlisted"),) if unlisted else self._told_line(now, number)
        return self.act(after, Answer(phrase, values, also), *records)

    def _other_line(self, now: Handover, bag: str) -> str:
        """The line a list puts this bag on, where it is not the driver's; "" where all is well or nobody knows."""
        listed = self.books.road.expected.bag(bag)
        line = listed.line if listed is not None else ""
        return line if now.line and line != now.line else ""

    def _told_line(self, now: Handover, bag: str) -> tuple[Answer, ...]:
        """Told when a bag belongs to another line; it goes all the same."""
        return (Answer("handover.other_line"),) if self._other_line(now, bag) else ()

    def _take_off(self, now: Handover, bag: str, after: Attention) -> Decision:
        """A bag that was scanned does not go with this vehicle after all."""
        if bag not in now.ups and bag not in now.downs:
            return self.say(after, Answer("handover.not_in"))
        record = custody("handover.unbagged", handover=now.number, bag=bag, reason="overload")
        return self.act(after, Answer("handover.left_behind"), record)

    def _agree(self, now: Handover, number: int, after: Attention) -> Decision:
        """The other side confirms a handover that only we had said something of."""
        waiting = [other for other in self.books.handovers.unconfirmed() if other.number == number]
        if not waiting or now.sort != "badge":
            return self.say(after, Answer("handover.no_number"))
        record = custody("handover.agreed", handover=number, driver=now.driver, by=now.number)
        closing = [r for about in ("handover_unconfirmed", LEFT) for r in self.books.cases.closing(about, str(number))]
        return self.act(after, Answer("handover.agreed", {"number": str(number)}), record, *closing)

    # -- its end

    def _badge_again(self, now: Handover, text: str, at: Moment, mind: Attention) -> Decision:
        """The driver says that this is what changed hands."""
        if not now.bags and not self.read_again(mind, text, at, "handover.nothing"):
            return self.doubt(mind, text, Answer("handover.nothing"), at)
        return self._held_back(now, mind) or self._close(now, "confirmed", at, mind, text)

    def _held_back(self, now: Handover, mind: Attention) -> Decision | None:
        """A bag in which a parcel was held since it was scanned is taken off first, while somebody is here to do it."""
        bag = self._held_inside(now.ups)
        return self.say(mind, Answer("handover.held_inside", {"bag": bag})) if bag else None

    def _close(self, now: Handover, how: str, at: Moment, mind: Attention, text: str = "") -> Decision:
        """Everything of it is written in one transaction, and the counter is back where it was."""
        back = mode_before(mind)
        done = mind.doing(None, at.now_s)
        if how != "confirmed" and not now.bags:
            return self.act(
                replace(done, mode=back), Answer("handover.none"), *voided(self.books, now, "empty"), undoable=False
            )
        closing = closed(self.books, now, how, at)
        mode = (Answer(f"mode.{back.value}"),) if back is not Mode.HANDOVER else ()
        answer = Answer("handover.done", counts(now), (*closing.told, *mode))
        return self.act(replace(done, mode=back, green=text), answer, *closing.records, undoable=False)

    # -- at the roadside

    def _direct_card(self, at: Moment, mind: Attention) -> Decision:
        """A parcel is handed over without ever lying on a shelf."""
        now, task = self._live(mind), mind.task
        handing = task if now is not None and isinstance(task, Handing) else Handing(0, back=mode_before(mind))
        return Decision(mind.doing(of_kind(Direct, handing), at.now_s), Answer("direct.which"))

    def _direct(self, task: Direct, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """The parcel, then what proves that it was handed over."""
        match token:
            case Code() if token.what.kind.role is not Role.BAG:
                return self._direct_parcel(task, token, at, mind)
            case Card(word=Word.OK) if task.waybill:
                return self._direct_done(task, "attendant", "", at, mind)
            case Paper(sort="stub" | "household" as sort, number=number) if task.waybill:
                return self._direct_done(task, sort, number, at, mind)
        return self.say(mind, Answer("direct.proof" if task.waybill else "direct.which"))

    def _direct_parcel(self, task: Direct, code: Code, at: Moment, mind: Attention) -> Decision:
        """Which parcel."""
        parcel = self.books.shelves.parcel(code.identity)
        wrong = None if parcel is None else _not_direct(parcel)
        if wrong is None and self.books.is_held(code.identity if parcel is None else parcel.waybill):
            wrong = Answer("parcel.is_held", {"code": ""})
        if wrong is not None:
            return self.say(mind, wrong)
        asking = replace(
            task, waybill=code.identity if parcel is None else parcel.waybill, carrier=code.what.carrier or ""
        )
        return Decision(mind.doing(asking, at.now_s), Answer("direct.proof"))

    def _direct_done(self, task: Direct, proof: str, number: str, at: Moment, mind: Attention) -> Decision:
        """It is in the person's hands."""
        parcel = self.books.shelves.parcel(task.waybill)
        now = self._live(mind)
        record = custody(
            "parcel.direct",
            waybill=task.waybill,
            code=(parcel.code or None) if parcel is not None else None,
            proof=proof,
            proof_number=number or None,
            handover=now.number if now is not None else None,
            driver=(now.driver or None) if now is not None else None,
            unreceived=True if parcel is None else None,
            carrier=(task.carrier or None) if parcel is None else None,
        )
        handing = Handing(task.number, task.bag, task.back) if now is not None else None
        return self.act(mind.doing(handing, at.now_s), Answer("direct.done"), record)


def _not_direct(parcel: Parcel) -> Answer | None:
    """Why a parcel is not handed over at the roadside."""
    if parcel.ended_no:
        return ended(parcel)
    if parcel.trouble == "held":
        return Answer("parcel.is_held", {"code": parcel.code})
    return None if parcel.is_here else not_on_shelf(parcel)
