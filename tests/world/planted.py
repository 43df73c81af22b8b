"""Bugs planted to test the simulator: each a part of the world with one thing wrong. None may live long.

They are subclasses of the real cores, as somebody might have written them.
"""

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec.structs import replace

from station_agent.counter.answers import Colour
from station_agent.counter.book import Event
from station_agent.counter.counter import Counter
from station_agent.counter.decision import Decision
from station_agent.journal.changes import Change
from station_agent.journal.pruning import Kept
from station_agent.journal.snapshots import Pointer
from station_agent.journal.writer import Journal, Record, Stamp, _Head
from sync.entry import ROOT, ChainId, Entry, Lane, Position
from sync.receiver import Judgement, LogUnavailable, Receiver, judge
from sync.sender import Sender, State
from sync.wire import Receipt, Run, Verdict, decode_receipt, head_message, open_envelope
from tests.world.box import BoxAgent, BoxLettingGo
from tests.world.card import CardLink
from tests.world.county import ChainKey, CountyStore, Places, rows_of
from tests.world.planted_down import AnyonesList, AsksOnce, KeepsTakenDown, LatestList, LooksOnce, OthersList
from tests.world.planted_sticks import AnswersOnce, BelievesAnybody, ForgetsTrips, OldWord
from tests.world.world import Parts

# The agent and the counter


class AnswersRefused(BoxAgent):
    """Gives the answer although the card refused."""

    def _decide(self, decision: Decision, stamp: Stamp) -> Colour | None:
        colour = super()._decide(decision, stamp)
        if colour is Colour.RED and decision.answer is not None and decision.records:
            self._box.deciding = decision
            self._place.feedback.give(decision.answer)
        return colour


class SettlesFirst(BoxAgent):
    """Lets the decision happen in memory before it is on the card."""

    def _decide(self, decision: Decision, stamp: Stamp) -> Colour | None:
        self.books.take(decision.changes)
        return super()._decide(decision, stamp)


class GreenFirst(BoxAgent):
    """Gives the answer before the commit."""

    def _decide(self, decision: Decision, stamp: Stamp) -> Colour | None:
        if decision.answer is not None:
            self._box.deciding = decision
            self._place.feedback.give(decision.answer)
        return super()._decide(decision, stamp)


class DeafAgent(BoxAgent):
    """Never opens a new epoch."""

    def _listen(self) -> None:
        pass


class ChangesOfFirst(Counter):
    """Keeps only what the first entry of an act changes."""

    def _finished(self, decision: Decision, at: Any) -> Decision:
        done = super()._finished(decision, at)
        if len(done.worked) < 2:
            return done
        events = [Event(record.kind, record.body, at.wall_ms) for record in done.records if record.lane is Lane.CUSTODY]
        return Decision(
            done.attention, done.answer, done.records, done.aside,
            (self.books.effects(events[0]), *(() for _ in events[1:])), done.undoable,
        )  # fmt: skip


class UndoesAcross(Counter):
    """Takes back acts of an epoch that is over, by places that are others' now."""

    def epoch_opened(self) -> None:
        pass


class LeavesOneBehind(Counter):
    """Closes a handover without the last bag that left in it: live and rebuilt books agree, and are wrong."""

    def _finished(self, decision: Decision, at: Any) -> Decision:
        gone = [record for record in decision.records if record.kind == "bag.departed"]
        if gone:
            decision = replace(decision, records=tuple(one for one in decision.records if one is not gone[-1]))
        return super()._finished(decision, at)


class ReceivesTwice(Counter):
    """Writes down twice that a bag came in."""

    def _finished(self, decision: Decision, at: Any) -> Decision:
        came = [record for record in decision.records if record.kind == "bag.received"]
        if came and decision.records[0].kind == "handover.confirmed":
            decision = replace(decision, records=(*decision.records, came[-1]))
        return super()._finished(decision, at)


class ForgetsHandover(Counter):
    """Knows nothing any more of a handover in whose middle the power was cut."""

    def resume(self, last: Any) -> None:
        super().resume(last)
        now = self.books.handovers.open
        if now is not None:
            self.books.take([self.books.handovers.drop(now)])


# The journal


class HeadFirst(Journal):
    """Moves its heads before the commit: what the card refuses leaves a gap."""

    def _append(self, record: Record, heads: dict[Lane, _Head], epoch: bytes, stamp: Stamp) -> Position:
        place = super()._append(record, heads, epoch, stamp)
        if epoch == self._epoch:
            self._heads[record.lane] = heads[record.lane]
        return place


class ChangesApart(Journal):
    """Writes entries and tables in two transactions."""

    def commit(
        self, records: Sequence[Record], changes: Sequence[Change] = (), stamp: Stamp | None = None
    ) -> list[Position]:
        places = super().commit(records, (), stamp)
        if changes:
            super().commit((), changes, stamp)
        return places


class SameEpoch(Journal):
    """Goes on in the old epoch where a new one was to be opened."""

    def open_epoch(self, reason: str, records: Sequence[Record] = (), notes: Any = MappingProxyType({})) -> None:
        if not self._heads:
            super().open_epoch(reason, records, notes)


# What goes


class NoWindow(BoxLettingGo):
    """Lets go of what the county has at once, whatever its backups lack."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._days = 0


class NoSnapshot(BoxLettingGo):
    """Lets go of what is free, behind a snapshot or not."""

    def _may_go(self, kept: list[Kept], pointer: Pointer) -> Iterator[tuple[int, int]]:
        del pointer
        yield from ((one.number, min(self._free.get(one.number, -1), one.head - 1)) for one in kept)


# The sender


class Trusting(Sender):
    """Believes a receipt without looking at the signature."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._verify = lambda _signature, _message: True


class AnyAnswer(Sender):
    """Takes an answer to whatever request for one to its own."""

    def received(self, payload: bytes, now_s: float) -> list[bytes]:
        try:
            kind, content, _ = open_envelope(payload)
            if kind == "receipt" and self._request is not None:
                self._request = decode_receipt(content).request
        except Exception:  # noqa: BLE001 - damaged
            return []
        return super().received(payload, now_s)


class NeverForgets(Sender):
    """Believes after a reconnect what it believed before."""

    def _forget(self) -> None:
        self._run, self._request, self._ahead, self._asked = None, None, None, []


class SkipsOne(Sender):
    """Goes on two behind the confirmed entry, without the one between."""

    def _next_batch(self, chain: ChainId) -> Any:
        if self._next[chain] > 3 and self._next[chain] % 7 == 3:
            self._next[chain] += 1
        return super()._next_batch(chain)


class DropsLast(Sender):
    """Leaves the last entry out of a batch, and counts it as sent."""

    def _pack(self, run: Run) -> Any:
        if len(run.entries) < 2:
            return super()._pack(run)
        return super()._pack(run._replace(entries=run.entries[:-1]))._replace(run=run)

    def _answered_batch(self, run: Run, verdict: Verdict) -> bool:
        self._ledger.confirm(run.head, self._incarnation or bytes(8), b"x", b"x")
        return super()._answered_batch(run, verdict)


class Impatient(Sender):
    """Sends the next batch without waiting for the receipt."""

    def tick(self, now_s: float) -> list[bytes]:
        if self.state is State.WAITING:
            self.state = State.READY
        return super().tick(now_s)


class ConfirmsSent(Sender):
    """Counts what was sent as confirmed."""

    def _send(self, packed: Any, now_s: float) -> bytes:
        payload = super()._send(packed, now_s)
        self._ledger.confirm(packed.run.head, self._incarnation or bytes(8), b"x", b"x")
        return payload


class OldIncarnation(Sender):
    """Does not notice that the county was restored."""

    def _is_refused(self, receipt: Receipt) -> bool:
        self._incarnation = None
        return super()._is_refused(receipt)

    def tick(self, now_s: float) -> list[bytes]:
        if self.state is State.READY and self.deadline_s is not None and now_s >= self.deadline_s:
            self.deadline_s = now_s + self._timers.again_s
        return super().tick(now_s)


class NotesNoFork(Sender):
    """Sends its own branch and tells nobody."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        ledger = self._ledger
        self._ledger = _Mute(ledger)


class _Mute:
    """A ledger that keeps no troubles."""

    def __init__(self, inner: Any) -> None:
        self.confirm, self.confirmed = inner.confirm, inner.confirmed

    def note(self, *_: Any) -> None:
        """Nothing."""


class GivesUp(Sender):
    """Never asks again after an answer that did not come."""

    def _take_rest(self, now_s: float) -> None:
        super()._take_rest(now_s)
        self.deadline_s = None


# link.db


class Backwards(CardLink):
    """Takes the newest receipt for the furthest."""

    def confirm(self, position: Position, incarnation: bytes, receipt: bytes, signature: bytes) -> None:
        before = self._confirmed.pop(position.chain, None)
        told, self._told = self._told, lambda *_: None
        super().confirm(position, incarnation, receipt, signature)
        self._told = told
        told(position, incarnation, before, self._confirmed[position.chain])


class KeepsHigher(CardLink):
    """Keeps the furthest place even of a county that no longer has it."""

    def confirm(self, position: Position, incarnation: bytes, receipt: bytes, signature: bytes) -> None:
        known = self._confirmed.get(position.chain)
        if known is None or known[0].sequence < position.sequence:
            super().confirm(position, incarnation, receipt, signature)
        else:
            self._told(position, incarnation, known, (known[0], incarnation))
            self._confirmed[position.chain] = (known[0], incarnation)


# The receiver


class AnswersFirst(Receiver):
    """Gives its receipt before the database has committed, whatever that says."""

    def _take(self, run: Run, signature: bytes) -> tuple[Verdict, list[Position]]:
        try:
            return super()._take(run, signature)
        except LogUnavailable:
            return Verdict.ACCEPTED, [run.head]


class NoGap(Receiver):
    """Takes a batch that follows nothing known."""

    def _take(self, run: Run, signature: bytes) -> tuple[Verdict, list[Position]]:
        refusal = self._unverified(run.station, run.key, signature, head_message(run.station, run.head))
        if refusal:
            return refusal, []
        known = self._log.hashes(run.station, run.chain, max(run.first - 1, 0), run.head.sequence)
        known.setdefault(run.first - 1, set()).add(run.previous)
        judgement: Judgement = judge(run, known)
        if judgement.fresh:
            self._log.commit(run, judgement.fresh, judgement.first, signature)
        return judgement.verdict, [run.head]


class BySequence(Receiver):
    """Knows an entry by its place: a rival is taken for the same again."""

    def _take(self, run: Run, signature: bytes) -> tuple[Verdict, list[Position]]:
        tip = self._log.tip(run.station, run.chain)
        if tip is not None and tip.sequence >= run.head.sequence:
            return Verdict.ACCEPTED, [run.head]
        return super()._take(run, signature)


class TellsNoFork(Receiver):
    """Keeps both branches and says nothing."""

    def _take(self, run: Run, signature: bytes) -> tuple[Verdict, list[Position]]:
        verdict, places = super()._take(run, signature)
        return (Verdict.ACCEPTED if verdict is Verdict.FORK else verdict), places

    def _places(self, station: str, asked: Position) -> list[Position]:
        tip = self._tip(station, asked.chain)
        return [Position(asked.epoch, asked.lane, -1, ROOT) if asked.sequence < tip.sequence else tip]


class OneTooFar(Receiver):
    """Tells every station that it stands one place further."""

    def _tip(self, station: str, chain: ChainId) -> Position:
        tip = super()._tip(station, chain)
        return tip._replace(sequence=tip.sequence + 1) if tip.sequence > 5 else tip


class Lags(Receiver):
    """Answers a hello with an earlier place than its furthest; no error by itself."""

    def _tip(self, station: str, chain: ChainId) -> Position:
        tip = super()._tip(station, chain)
        place = max(tip.sequence - 3, 0)
        return tip if tip.sequence < 0 else tip._replace(
            sequence=place, hash=min(self._log.hashes(station, chain, place, place)[place])
        )  # fmt: skip


# The county's database


class HalfCommit(CountyStore):
    """Commits a batch entry by entry, and may be stopped between two."""

    def keep(self, key: ChainKey, fresh: Sequence[Entry], first: int) -> None:
        super().keep(key, fresh[: max(1, len(fresh) - 1)] if self.meanwhile or len(fresh) > 5 else fresh, first)


class CursorStays(CountyStore):
    """Does not draw the projection's cursor back for a late branch."""

    def draw_back(self, key: ChainKey, first: int) -> None:
        self.cursors.setdefault(key, min(first, 0) - 1)


class OneBranch(CountyStore):
    """Keeps one entry at each place, the newest."""

    def keep(self, key: ChainKey, fresh: Sequence[Entry], first: int) -> None:
        places = self.chains.setdefault(key, {})
        for sequence, entry in enumerate(fresh, first):
            places[sequence] = {entry.hash: entry}
        self.dirty[key] = None


class CountsAll(CountyStore):
    """Has one cursor for all chains: what is committed late is passed over."""

    def project_chain(self, key: ChainKey) -> bool:
        top = max(self.cursors.values(), default=-1)
        places: Places = self.chains.get(key, {})
        first = min(max(self.cursors.get(key, -1), top - 3) + 1, len(places))
        self.rows.update(rows_of(key, places, first, len(places) - 1))
        self.cursors[key] = len(places) - 1
        return True


class OldIncarnationKept(CountyStore):
    """Comes back from its backup under the same name."""

    def restore(self, backup: Any, incarnation: bytes) -> None:
        super().restore(backup, self.incarnation or incarnation)


class Alters(CountyStore):
    """Stores one entry's body under another's."""

    def keep(self, key: ChainKey, fresh: Sequence[Entry], first: int) -> None:
        if len(fresh) > 1:
            fresh = [fresh[0]._replace(body=fresh[-1].body), *fresh[1:]]
        super().keep(key, fresh, first)


class Bug(NamedTuple):
    """A planted bug: the parts that carry it, and faults without which it does no harm."""

    parts: Parts
    needs: tuple[str, ...] = ()


BUGS: dict[str, Bug] = {
    "answers_refused": Bug(Parts(agent=AnswersRefused), ("card_full",)),
    "settles_first": Bug(Parts(agent=SettlesFirst), ("card_full",)),
    "green_first": Bug(Parts(agent=GreenFirst)),
    "deaf_agent": Bug(Parts(agent=DeafAgent), ("old_image",)),
    "changes_of_first": Bug(Parts(counter=ChangesOfFirst)),
    "undoes_across": Bug(Parts(counter=UndoesAcross), ("old_image",)),
    "leaves_one_behind": Bug(Parts(counter=LeavesOneBehind)),
    "receives_twice": Bug(Parts(counter=ReceivesTwice)),
    "forgets_handover": Bug(Parts(counter=ForgetsHandover), ("power_cut",)),
    "head_first": Bug(Parts(journal=HeadFirst), ("card_full",)),
    "changes_apart": Bug(Parts(journal=ChangesApart), ("power_cut",)),
    "no_window": Bug(Parts(letting_go=NoWindow), ("restored",)),
    "no_snapshot": Bug(Parts(letting_go=NoSnapshot)),
    "same_epoch": Bug(Parts(journal=SameEpoch), ("new_card",)),
    "trusting": Bug(Parts(sender=Trusting), ("forged",)),
    "any_answer": Bug(Parts(sender=AnyAnswer), ("doubled",)),
    "never_forgets": Bug(Parts(sender=NeverForgets), ("old_image",)),
    "skips_one": Bug(Parts(sender=SkipsOne)),
    "drops_last": Bug(Parts(sender=DropsLast)),
    "impatient": Bug(Parts(sender=Impatient)),
    "confirms_sent": Bug(Parts(sender=ConfirmsSent)),
    "old_incarnation": Bug(Parts(sender=OldIncarnation), ("restored",)),
    "notes_no_fork": Bug(Parts(sender=NotesNoFork), ("twin",)),
    "gives_up": Bug(Parts(sender=GivesUp), ("lost",)),
    "backwards": Bug(Parts(link=Backwards, receiver=Lags), ("station_cut",)),
    "keeps_higher": Bug(Parts(link=KeepsHigher), ("restored",)),
    "answers_first": Bug(Parts(receiver=AnswersFirst), ("database_full",)),
    "no_gap": Bug(Parts(receiver=NoGap), ("restored",)),
    "by_sequence": Bug(Parts(receiver=BySequence), ("twin",)),
    "tells_no_fork": Bug(Parts(receiver=TellsNoFork), ("twin",)),
    "one_too_far": Bug(Parts(receiver=OneTooFar)),
    "half_commit": Bug(Parts(store=HalfCommit)),
    "cursor_stays": Bug(Parts(store=CursorStays), ("twin",)),
    "one_branch": Bug(Parts(store=OneBranch), ("twin",)),
    "counts_all": Bug(Parts(store=CountsAll)),
    "incarnation_kept": Bug(Parts(store=OldIncarnationKept), ("restored",)),
    "alters": Bug(Parts(store=Alters)),
    "anyones_list": Bug(Parts(board=AnyonesList), ("forged_list",)),
    "latest_list": Bug(Parts(board=LatestList), ("old_list",)),
    "others_list": Bug(Parts(board=OthersList), ("misdelivered",)),
    "asks_once": Bug(Parts(board=AsksOnce), ("unpushed",)),
    "looks_once": Bug(Parts(sent_down=LooksOnce)),
    "keeps_taken_down": Bug(Parts(sent_down=KeepsTakenDown)),
    "believes_anybody": Bug(Parts(courier=BelievesAnybody), ("stick_forged",)),
    "forgets_trips": Bug(Parts(link=ForgetsTrips)),
    "answers_once": Bug(Parts(link=AnswersOnce)),
    "old_word": Bug(Parts(link=OldWord), ("restored",)),
}
"""By name."""
