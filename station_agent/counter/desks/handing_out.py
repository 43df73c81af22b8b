"""出库: parcels are fetched: by scan, pick-up code, last four digits of the phone, or household card. Pure.

Rules
1. A parcel leaves with the way it was asked for (`how`): scan, code, last_four, household, same_person; `proxy` when
   somebody else fetches it.
2. Last four digits that fit the parcels of more than one person always ask for the pick-up code. A household card or
   last four of one person tell where all of that person's parcels lie; OK hands all of them out, a scan one of them.
3. After one parcel the others of the same person are told, and OK hands them out too.
4. A parcel this station never received can always be handed out, scanned twice, and is marked so.
   Somebody else's parcel ends what was told: nobody is handed what the one before came for.
5. A held parcel is never handed out, be it that nobody received it here. One that was refused or damaged is, and the
   person takes it as it is.
6. A proxy belongs to one visit. The card 代取 stands for whoever the next parcel is for, and for parcels nobody knows
   the recipient of. It ends when a parcel of anybody else who is known is handed out or found, unless the card is
   scanned again before; with OK, also that for all of one person; with the clear card, the undo card, any card that
   begins something else, another mode, and a task's time without a parcel. While it stands every answer says so, and
   the one it ends with says that: what is recorded as proxy was said to be.
7. A pick-up code may be keyed without its strokes, since no digit card has one; what fits two parcels means neither.

scanned               the parcel is           entry              answer
--------------------  ----------------------  -----------------  ------------------------
parcel, pick-up code  here                    parcel.collected   parcel.collected (+ out.more)
parcel, pick-up code  here and held           -                  parcel.is_held
parcel                unknown and held        -                  parcel.is_held
parcel                collected, gone         -                  parcel.already_<which>
parcel                accepted                -                  parcel.is_outbound
parcel                packed                  -                  pack.elsewhere
parcel, first time    unknown                 -                  parcel.unknown
parcel, again in 30 s unknown                 parcel.collected   out.unreceived
pick-up code          nobody's                -                  parcel.unknown
digits of a code      one parcel's            parcel.collected   parcel.collected (+ out.more)
last four             of nobody               -                  out.nobody
last four, card       of held parcels alone   -                  parcel.is_held
last four             of one person           -                  out.found
last four             of several people       -                  out.several
household card        of a household          -                  out.found / out.nothing
household card        unknown                 -                  household.unknown
OK                    found before            parcel.collected   out.all, one entry a parcel
bag                   -                       -                  scan.not_here

proxy  scanned                       it is for                entry                    answer
-----  ----------------------------  -----------------------  -----------------------  ---------------------------
-      proxy card                    -                        -                        out.proxy
card   parcel, pick-up code          anybody                  parcel.collected {proxy} as above + out.proxy_on
on     parcel, pick-up code          those so far, or nobody  parcel.collected {proxy} as above + out.proxy_on
                                     knows
on     parcel, pick-up code          anybody else known       parcel.collected         as above + out.proxy_done
card   last four, household card     anybody                  -                        out.found + out.proxy_on
on     last four, household card     those so far             -                        out.found + out.proxy_on
on     last four, household card     anybody else known       -                        out.found + out.proxy_done
on     OK                            found before             parcel.collected {proxy} out.all + out.proxy_done
on     OK                            none found               -                        out.proxy_done
on     proxy card                    -                        -                        out.proxy (card)
on     clear, undo, mode card, ...   -                        as without               as without + out.proxy_done
on     nothing for a while           -                        -                        task.dropped, out.proxy_done
on     a digit                       -                        -                        key.digit alone
on     anything else                 -                        as without               as without + out.proxy_on
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from station_agent.counter.answers import Answer
from station_agent.counter.cards import Card, Mode, Word
from station_agent.counter.decision import Attention, Code, Decision, Keyed, Moment, Paper, ShelfCode, Task, Token
from station_agent.counter.desk import Desk, ended, not_on_shelf
from station_agent.counter.shelves import Parcel
from station_agent.counter.vocabulary import custody
from station_agent.journal.writer import Record
from station_agent.waybill.kinds import Role

LAST_FOUR = 4
MAX_TOLD = 6
"""Pick-up codes said in one sentence; OK hands out all, also those not said."""
MAX_AT_ONCE = 200


class Fetching(Task, frozen=True):
    """Somebody is here for parcels. waybills: theirs; how: they were found; proxy: fetched for somebody else.

    anybody: the proxy card was scanned since the last parcel, so that the next one is of its visit, whoever it is for.
    whose: the recipients of that visit so far, as far as they are known.
    """

    waybills: tuple[str, ...] = ()
    how: str = "scan"
    proxy: bool = False
    anybody: bool = False
    whose: tuple[str, ...] = ()

    def asked_for(self, whose: Iterable[str]) -> "Fetching":
        """Parcels for these recipients are wanted: a proxy ends where they are known and not of its visit (rule 6)."""
        strange = set(whose)
        if not self.proxy or self.anybody or not strange or not strange.isdisjoint(self.whose):
            return self
        return replace(self, proxy=False, whose=())

    def handed(self, whose: Iterable[str]) -> "Fetching":
        """A parcel for these recipients is handed out."""
        asked = self.asked_for(whose)
        if not asked.proxy:
            return asked
        return replace(asked, anybody=False, whose=tuple(sorted({*asked.whose, *whose})))


class HandingOut(Desk):
    """The desk of the mode 出库."""

    mode = Mode.OUT

    def take(self, token: Token, at: Moment, mind: Attention) -> Decision | None:
        """See the table."""
        fetching = mind.task if isinstance(mind.task, Fetching) else Fetching()
        match token:
            case Code(what=what) if what.kind.role is Role.BAG:
                return self.say(mind, Answer("scan.not_here"))
            case Code():
                return self._scanned(token, fetching, at, mind)
            case ShelfCode(code):
                parcel = self.books.shelves.with_code(code)
                if parcel is None:
                    return self.say(mind, Answer("parcel.unknown"))
                return self._fetch(parcel, code, replace(fetching, how="code"), at, mind)
            case Keyed(digits) if len(digits) == LAST_FOUR:
                return self._last_four(digits, fetching, at, mind)
            case Keyed(digits) if (keyed := self._with_digits(digits)) is not None:
                return self._fetch(keyed, keyed.code, replace(fetching, how="code"), at, mind)
            case Paper(sort="household", number=number):
                return self._household(number, fetching, at, mind)
            case Card(word=Word.PROXY):
                card = replace(fetching, proxy=True, anybody=True)
                return Decision(mind.doing(card, at.now_s), Answer("out.proxy"))
            case Card(word=Word.OK) if fetching.waybills:
                return self._fetch_all(fetching, at, mind)
            case Card(word=Word.OK) if fetching.proxy:
                return Decision(mind.doing(None, at.now_s), Answer("out.proxy_done"))
        return None

    def told(self, decision: Decision, mind: Attention) -> Decision:
        """Behind every answer: that a proxy stands, or that it ended (rule 6)."""
        stands, answer = _is_proxy(decision.attention), decision.answer
        if answer is None or (stands and answer.phrase == "key.digit") or not (stands or _is_proxy(mind)):
            return decision
        phrase = "out.proxy_on" if stands else "out.proxy_done"
        if answer.phrase in ("out.proxy", phrase):
            return decision
        return replace(decision, answer=replace(answer, also=(*answer.also, Answer(phrase))))

    def _scanned(self, code: Code, fetching: Fetching, at: Moment, mind: Attention) -> Decision:
        """A waybill: the parcel in the attendant's hand."""
        known = self.books.shelves.parcel(code.identity)
        if known is None:
            return self._unreceived(code, fetching, at, mind)
        if known.ended_no:
            return self.say(mind, ended(known))
        if not known.is_here:
            return self.say(mind, not_on_shelf(known))
        return self._fetch(known, code.text, replace(fetching, how="scan"), at, mind)

    def _with_digits(self, digits: str) -> Parcel | None:
        """The one parcel whose pick-up code has these digits: one or two of shelf and layer each, then the number."""
        splits = ((shelf, shelf + layer) for shelf in (1, 2) for layer in (1, 2))
        codes = sorted({f"{digits[:a]}-{digits[a:b]}-{digits[b:]}" for a, b in splits})
        found = [parcel for code in codes if (parcel := self.books.shelves.with_code(code)) is not None]
        return found[0] if len(found) == 1 else None

    def _unreceived(self, code: Code, fetching: Fetching, at: Moment, mind: Attention) -> Decision:
        """A parcel this station does not know leaves when it was scanned twice."""
        if self.books.is_held(code.identity):
            return self.say(mind, Answer("parcel.is_held", {"code": ""}))
        if not self.read_again(mind, code.identity, at, "parcel.unknown"):
            return self.doubt(mind, code.identity, Answer("parcel.unknown"), at)
        person = self.books.people.person_of(code.identity)
        fetching = fetching.handed([person] if person else ())
        record = custody(
            "parcel.collected",
            waybill=code.identity,
            how="scan",
            proxy=fetching.proxy or None,
            unreceived=True,
            carrier=code.what.carrier,
            typed=code.typed or None,
        )
        after = replace(mind.after(code.text), task=_going_on(fetching), task_s=at.now_s)
        return self.act(after, Answer("out.unreceived"), record)

    def _fetch(self, parcel: Parcel, text: str, fetching: Fetching, at: Moment, mind: Attention) -> Decision:
        """One parcel leaves; the others of the same person are told."""
        if self.books.is_held(parcel.waybill):
            return self.say(mind, Answer("parcel.is_held", {"code": parcel.code}))
        rest = [other for other in self._of_same_person(parcel, fetching) if other.waybill != parcel.waybill]
        fetching = fetching.handed(self._whose([parcel]))
        more = (_told("out.more", rest),) if rest else ()
        left = replace(fetching, waybills=tuple(other.waybill for other in rest), how="same_person")
        waiting = left if rest else _going_on(fetching)
        after = replace(mind.after(text).doing(waiting, at.now_s), green=text, last=parcel.waybill)
        answer = Answer("parcel.collected", {"code": parcel.code}, more)
        return self.act(after, answer, _collected(parcel, fetching))

    def _of_same_person(self, parcel: Parcel, fetching: Fetching) -> list[Parcel]:
        """What else lies here for the one who came."""
        told = parcel.waybill in fetching.waybills
        return self._fetchable(fetching.waybills if told else self.books.of_same_person(parcel))

    def _whose(self, parcels: Iterable[Parcel]) -> set[str]:
        """Whom they are for, by household and by pseudonym; empty where nobody knows."""
        people = self.books.people
        names = {name for parcel in parcels for name in (parcel.household, people.person_of(parcel.waybill))}
        return names - {""}

    def _last_four(self, digits: str, fetching: Fetching, at: Moment, mind: Attention) -> Decision:
        """Somebody says the end of a phone number."""
        wanted = self.books.with_last_four(digits)
        found = self._fetchable(wanted)
        if not found:
            return self.say(mind, self._held(wanted) or Answer("out.nobody"))
        if len({self.books.person_of(parcel) for parcel in found}) > 1:
            return self.say(mind, Answer("out.several"))
        return self._found(found, replace(fetching, how="last_four"), at, mind)

    def _household(self, number: str, fetching: Fetching, at: Moment, mind: Attention) -> Decision:
        """A household card fetches all parcels of the house."""
        if self.books.households.get(number) is None:
            return self.say(mind, Answer("household.unknown"))
        found = [parcel for parcel in self.books.shelves.on_shelf() if parcel.household == number]
        wanted = [parcel.waybill for parcel in found]
        if (held := self._held(wanted)) is not None and not self._fetchable(wanted):
            return self.say(mind, held)
        return self._found(self._fetchable(wanted), replace(fetching, how="household"), at, mind)

    def _found(self, parcels: Sequence[Parcel], fetching: Fetching, at: Moment, mind: Attention) -> Decision:
        """Tell where they lie; OK or scans hand them out."""
        if not parcels:
            return self.say(mind, Answer("out.nothing"))
        waybills = tuple(parcel.waybill for parcel in parcels)
        found = replace(fetching.asked_for(self._whose(parcels)), waybills=waybills)
        return Decision(mind.doing(found, at.now_s), _told("out.found", parcels))

    def _fetch_all(self, fetching: Fetching, at: Moment, mind: Attention) -> Decision:
        """All that was told leaves together; a proxy ends with it."""
        parcels = self._fetchable(fetching.waybills)[:MAX_AT_ONCE]
        if not parcels:
            return self.say(mind.doing(None, at.now_s), Answer("out.nothing"))
        records = [_collected(parcel, fetching) for parcel in parcels]
        return self.act(mind.doing(None, at.now_s), Answer("out.all", {"count": str(len(parcels))}), *records)

    def _held(self, waybills: Sequence[str]) -> Answer | None:
        """Told where what somebody came for lies here and must not leave."""
        parcels = (self.books.shelves.parcel(waybill) for waybill in waybills)
        held = [p for p in parcels if p is not None and p.is_here and self.books.is_held(p.waybill)]
        return Answer("parcel.is_held", {"code": held[0].code}) if held else None

    def _fetchable(self, waybills: Sequence[str]) -> list[Parcel]:
        """Those of them that lie here and are not held, in the order of their codes."""
        parcels = (self.books.shelves.parcel(waybill) for waybill in waybills)
        here = [parcel for parcel in parcels if parcel is not None and parcel.is_here]
        here = [parcel for parcel in here if not self.books.is_held(parcel.waybill)]
        return sorted(here, key=lambda parcel: parcel.code)


def _going_on(fetching: Fetching) -> Fetching | None:
    """Who fetches for others may fetch more of them."""
    return replace(fetching, waybills=(), how="scan") if fetching.proxy else None


def _is_proxy(mind: Attention) -> bool:
    """Whether whoever is here fetches for somebody else."""
    return isinstance(mind.task, Fetching) and mind.task.proxy


def _collected(parcel: Parcel, fetching: Fetching) -> Record:
    return custody(
        "parcel.collected",
        waybill=parcel.waybill,
        code=parcel.code,
        how=fetching.how,
        proxy=fetching.proxy or None,
        household=parcel.household or None if fetching.how == "household" else None,
    )


def _told(phrase: str, parcels: Sequence[Parcel]) -> Answer:
    """How many there are, and where the first of them lie."""
    codes = "、".join(parcel.code for parcel in parcels[:MAX_TOLD])
    return Answer(phrase, {"count": str(len(parcels)), "codes": codes})
