"""The station's end of the wire: brings every chain of the journal to the county, one batch at a time. Pure.

Rules
1. The county is asked where it stands at every connect and after every error; nothing of an earlier connection is
   believed. The answer is also the sign that a county listens. A chain opened since is asked about before it is sent.
2. One batch is outstanding. The next goes out when the county's signed receipt for it is here.
3. Only a receipt that verifies, answers our last request and names an entry we have (sequence and hash) confirms it.
   Each request is answered once; an answer that comes after we gave up is still good until we ask again.
4. A county that stands where we have never been holds another history of this chain: that is noted (the agent opens a
   new epoch), and our own branch is still sent whole.
5. Custody goes before telemetry, older epochs before newer. A chain whose batches were not taken three times running
   goes last, so that one bad entry holds up nothing but its own chain. Telemetry waits where `may_send` says so.
6. A batch that was not taken is halved the next time, and doubled after each that was: a slow link, or one bad entry
   in a good chain, costs little. Rests grow until a batch is taken or nothing is left to send.
7. Where the county lacks what was let go of here since it had it (it was restored from an old backup), that is noted.
   The agent names the range in a new epoch, which goes on; the old chain waits until the batch that names the range
   was taken, or until the next hello.
8. When a hello was answered the board may ask for lists; a `list` is the board's, whatever else is outstanding.

State        event                     next        what is done
-----------  ------------------------  ----------  -----------------------------------------------
OFFLINE      connected                 ASKING      send hello
ASKING       receipt: position         READY       place every chain asked about, then as READY
ASKING       answer overdue            RESTING     wait a jittered while
READY        a chain not asked about   ASKING      send hello (64 chains at a time)
READY        entries wait              WAITING     send one batch
READY        nothing sent for long     ASKING      forget all positions, send hello
WAITING      receipt: accepted, fork   READY       confirm, then as READY
WAITING      receipt: gap              READY       place that chain where the county says; the third in a row: RESTING
WAITING      the same, behind a range  READY       leave that chain alone until the range was named or the next hello
             that was let go of
WAITING      answer overdue            RESTING     wait a jittered while
any on-line  later, bad signature,     RESTING     note it for people, wait a jittered while
             unknown station,
             another incarnation
RESTING      the overdue receipt       as above    as above
RESTING      rest is over              ASKING      forget all positions, send hello
any          disconnected              OFFLINE     forget all positions
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import NamedTuple, Protocol

from sync.board import Board
from sync.dropped import dropped_in
from sync.entry import FORMAT, ROOT, ChainId, Entry, Lane, Position
from sync.errors import MalformedMessage
from sync.jitter import Jitter
from sync.trouble import Trouble
from sync.wire import (
    MAX_CHAINS,
    MAX_ENTRIES,
    Hello,
    Receipt,
    Run,
    Sign,
    Verdict,
    Verify,
    decode_receipt,
    encode_envelope,
    encode_hello,
    encode_run,
    head_message,
    hello_message,
    open_envelope,
    receipt_message,
    sendable,
)

MISSES = 3
"""Batches not taken in a row before a chain goes last."""
GAPS = 3
"""Gaps in a row before the county's word is taken for an error."""


class JournalReader(Protocol):
    """What the sender needs of a journal; it only ever reads."""

    def heads(self) -> list[Position]:
        """The head of every chain, older epochs first."""

    def hash_at(self, chain: ChainId, sequence: int) -> bytes | None:
        """Hash of one entry, None where there is no such entry."""

    def entries(self, chain: ChainId, first: int, limit: int) -> list[Entry]:
        """Up to `limit` consecutive entries from `first` on, fewer where bodies are large."""

    def resumes_at(self, chain: ChainId, sequence: int) -> int:
        """Where a chain goes on behind a range that was let go of; `sequence` where it is in none."""

    def is_gone(self, chain: ChainId, sequence: int) -> bool:
        """Whether a place was let go of without a word to the county, since that had it."""


class Ledger(Protocol):
    """What survives of the county's word: the station may let go of what stands here, and of nothing else."""

    def confirmed(self, chain: ChainId) -> Position | None:
        """How far the county confirmed `chain`."""

    def confirm(self, position: Position, incarnation: bytes, receipt: bytes, signature: bytes) -> None:
        """Keep a verified receipt; within one incarnation a position never goes back."""

    def note(self, trouble: Trouble, chain: ChainId | None) -> None:
        """Keep what people or the agent must know; the same again changes nothing."""


@dataclass(frozen=True, slots=True)
class Timers:
    """Seconds. answer_s: how long to wait for the county. rest: first and longest rest after a failure.

    again_s: how long nothing may be sent before the county is asked again, so that one restored from its backup while
    a station has nothing to say is noticed. Four questions an hour are 50 kB a day.
    """

    answer_s: float = 10.0
    again_s: float = 900.0
    rest_base_s: float = 1.0
    rest_cap_s: float = 60.0


class State(Enum):
    """Where the sender is in the table above."""

    OFFLINE = auto()
    ASKING = auto()
    READY = auto()
    WAITING = auto()
    RESTING = auto()


def heed(
    county: Position, incarnation: bytes, receipt: bytes, signature: bytes, *, journal: JournalReader, ledger: Ledger
) -> bool:
    """Confirm a place (not -1) the county committed where it is one of ours, else note what that means.

    Returns whether it was confirmed. receipt, signature: the verified words of the county that say so. A place in a
    range that was let go of can no longer be compared: it is neither ours nor trouble.
    """
    if journal.hash_at(county.chain, county.sequence) == county.hash:
        ledger.confirm(county, incarnation, receipt, signature)
        return True
    if journal.resumes_at(county.chain, county.sequence) > county.sequence:
        return False
    head = next((place for place in journal.heads() if place.chain == county.chain), None)
    ahead = head is None or county.sequence > head.sequence
    ledger.note(Trouble.ROLLED_BACK if ahead else Trouble.FORK, county.chain)
    return False


class _Packed(NamedTuple):
    """A batch ready to be published, and the request number in it."""

    run: Run
    request: int
    payload: bytes


class Sender:
    """One station's sender; `now_s` is any monotonic time. Each call returns the payloads to publish."""

    def __init__(
        self,
        *,
        station: str,
        key: bytes,
        sign: Sign,
        verify: Verify,
        journal: JournalReader,
        ledger: Ledger,
        random: Callable[[], float],
        draw: Callable[[], int],
        timers: Timers = Timers(),
        batch_entries: int = MAX_ENTRIES,
        board: Board | None = None,
        may_send: Callable[[Lane], bool] = lambda _lane: True,
    ) -> None:
        """`key` names our public key, `verify` is the county's; `draw` gives fresh request numbers below 2**63.

        may_send: a lane that may not be sent now waits in the journal; custody is always sent.

        board: takes the lists that come down; without one they are left alone.
        """
        self._board, self._may_send = board, may_send
        self._station, self._key, self._sign, self._verify = station, key, sign, verify
        self._journal, self._ledger, self._draw, self._timers = journal, ledger, draw, timers
        self._rest = Jitter(timers.rest_base_s, timers.rest_cap_s, random)
        self._batch_entries = self._size = batch_entries
        self._misses: dict[ChainId, int] = {}
        # What is believed of the county, until `_forget`:
        self._next: dict[ChainId, int] = {}
        self._stalled: set[ChainId] = set()
        self._incarnation: bytes | None = None
        self._gaps = 0
        # What the outstanding request is about:
        self._request: int | None = None
        self._asked: list[Position] = []
        self._run: Run | None = None
        self._ahead: _Packed | None = None
        self.state = State.OFFLINE
        self.deadline_s: float | None = None
        self.heard_s: float | None = None
        """When the county last gave a receipt, None if never."""

    @property
    def outstanding(self) -> Lane | None:
        """The lane of the batch that waits for its receipt, None while there is none."""
        return self._run.chain.lane if self._run is not None else None

    @property
    def incarnation(self) -> bytes | None:
        """The county's, as it said on this connection; None before it answered."""
        return self._incarnation

    def connected(self, now_s: float) -> list[bytes]:
        """The broker took us: ask the county where it stands."""
        self._forget()
        return self._ask(self._journal.heads(), now_s)

    def disconnected(self) -> None:
        """The broker is gone; everything believed about the county with it."""
        if self.state is State.WAITING:
            self._missed()
        self.state, self.deadline_s = State.OFFLINE, None
        self._forget()
        if self._board is not None:
            self._board.forget()

    def tick(self, now_s: float) -> list[bytes]:
        """Let time pass, or look for entries written since: call at `deadline_s` and whenever the journal changed."""
        if self.deadline_s is not None and now_s >= self.deadline_s:
            if self.state in (State.RESTING, State.READY):
                self._forget()
                return self._ask(self._journal.heads(), now_s)
            self._missed()
            self._take_rest(now_s)
            return []
        return self._advance(now_s) if self.state is State.READY else []

    def prepare(self) -> None:
        """Use the wait for a receipt to pack what would follow the outstanding batch; nothing is sent or believed."""
        if self.state is not State.WAITING or self._run is None or self._ahead is not None:
            return
        head = self._run.head
        run = self._read_run(head.chain, head.sequence + 1, head.hash)
        if run is not None:
            self._ahead = self._pack(run)

    def received(self, payload: bytes, now_s: float) -> list[bytes]:
        """Take one message from the county: a list, or a receipt for our last request; all else is left alone."""
        try:
            kind, content, signature = open_envelope(payload)
            if kind == "list" and self._board is not None:
                return self._board.take(content, signature)
            if self._request is None or kind != "receipt" or not self._verify(signature, receipt_message(content)):
                return []
            receipt = decode_receipt(content)
        except MalformedMessage:
            return []
        if receipt.station != self._station or receipt.request != self._request:
            return []
        self.heard_s, self._request = now_s, None
        if self._is_refused(receipt):
            self._take_rest(now_s)
            return []
        self._incarnation = receipt.incarnation
        for place in receipt.positions:
            self._place(place, receipt.incarnation, content, signature)
        news: list[bytes] = []
        if self._run is None:
            self._answered_hello()
            news = self._board.ask(now_s) if self._board is not None else []
        elif not self._answered_batch(self._run, receipt.verdict):
            self._take_rest(now_s)
            return []
        self._run = None
        return [*news, *self._advance(now_s)]

    def _is_refused(self, receipt: Receipt) -> bool:
        """Whether the county took nothing; notes for people what rest alone will not heal."""
        match receipt.verdict:
            case Verdict.LATER:
                return True
            case Verdict.BAD_SIGNATURE:
                self._ledger.note(Trouble.REFUSED, self._run.chain if self._run else None)
                self._missed()
                return True
            case Verdict.UNKNOWN_STATION:
                self._ledger.note(Trouble.UNKNOWN_STATION, None)
                self._missed()
                return True
        return self._incarnation not in (None, receipt.incarnation)

    def _answered_hello(self) -> None:
        """A chain the county said nothing of starts at its first entry."""
        for head in self._asked:
            self._next.setdefault(head.chain, 0)
        self._asked = []

    def _answered_batch(self, run: Run, verdict: Verdict) -> bool:
        """Whether the county's answer to `run` is one to go on from."""
        if verdict is Verdict.FORK:
            self._ledger.note(Trouble.FORK, run.chain)
        if verdict is Verdict.GAP and self._journal.resumes_at(run.chain, run.first - 1) == run.first:
            self._stalled.add(run.chain)
            return True
        if verdict is Verdict.GAP:
            self._gaps += 1
            if self._next[run.chain] == run.first:
                # It has neither the entry before nor any we have: only the whole chain helps.
                self._next[run.chain] = 0
            return self._gaps < GAPS
        if self._next[run.chain] <= run.first:
            return False
        if self._stalled:
            # The county knows of these ranges from here on: what is left behind them follows at once.
            self._stalled.difference_update(named.chain for named in dropped_in(run.entries))
        self._gaps = 0
        self._misses.pop(run.chain, None)
        self._size = min(self._batch_entries, 2 * self._size)
        self._rest.reset()
        return True

    def _missed(self) -> None:
        """The outstanding batch, if any, was not taken: count it against its chain and send less next time."""
        if self._run is not None:
            self._misses[self._run.chain] = self._misses.get(self._run.chain, 0) + 1
            self._size = max(1, len(self._run.entries) // 2)

    def _place(self, county: Position, incarnation: bytes, content: bytes, signature: bytes) -> None:
        """Set where to go on in one chain, from one place the county committed in it."""
        chain = county.chain
        self._stalled.discard(chain)
        if self._journal.is_gone(chain, county.sequence + 1):
            self._ledger.note(Trouble.GONE, chain)
        if county.sequence < 0:
            self._next[chain] = 0
            return
        if heed(county, incarnation, content, signature, journal=self._journal, ledger=self._ledger):
            self._next[chain] = county.sequence + 1
            return
        behind = self._journal.resumes_at(chain, county.sequence)
        if behind > county.sequence:
            # It has entries of a range we let go of: what is behind that range follows all the same.
            self._next[chain] = behind
            return
        head = next((place for place in self._journal.heads() if place.chain == chain), None)
        ours = self._ledger.confirmed(chain)
        # Confirmed up to our head, and yet the county does not answer with it: it no longer has what it confirmed.
        known = ours is not None and ours != head and self._journal.hash_at(chain, ours.sequence) == ours.hash
        self._next[chain] = ours.sequence + 1 if ours is not None and known else 0

    def _ask(self, heads: list[Position], now_s: float) -> list[bytes]:
        """Send a hello about as many of `heads` as it may name, those with entries to send before the others."""
        heads = sorted(heads, key=lambda head: self._ledger.confirmed(head.chain) == head)
        self._asked, self._run, self._request = heads[:MAX_CHAINS], None, self._draw()
        content = encode_hello(Hello(FORMAT, self._request, self._station, self._key, self._asked))
        self.state, self.deadline_s = State.ASKING, now_s + self._timers.answer_s
        return [encode_envelope("hello", content, self._sign(hello_message(content)))]

    def _advance(self, now_s: float) -> list[bytes]:
        """Ask about chains not asked about yet, or send the next batch if any entry waits."""
        heads = self._journal.heads()
        strangers = [head for head in heads if head.chain not in self._next]
        if strangers:
            return self._ask(strangers, now_s)
        for head in sorted(heads, key=lambda head: (self._misses.get(head.chain, 0) >= MISSES, head.lane)):
            chain = head.chain
            if chain in self._stalled or self._next[chain] > head.sequence:
                continue
            if chain.lane is not Lane.CUSTODY and not self._may_send(chain.lane):
                continue
            packed = self._next_batch(chain)
            if packed is not None:
                return [self._send(packed, now_s)]
        self._rest.reset()
        if self.state is not State.READY:
            self.state, self.deadline_s = State.READY, now_s + self._timers.again_s
        return []

    def _next_batch(self, chain: ChainId) -> _Packed | None:
        """The next entries of `chain`, verified and packed; a chain that cannot go on is stalled and noted."""
        first = self._next[chain] = self._journal.resumes_at(chain, self._next[chain])
        ahead, self._ahead = self._ahead, None
        previous = self._journal.hash_at(chain, first - 1) if first else ROOT
        if ahead is not None and len(ahead.run.entries) <= self._size:
            run = ahead.run
            if (run.chain, run.first, run.previous) == (chain, first, previous):
                return ahead
        if previous is not None:
            found = self._read_run(chain, first, previous)
            if found is not None:
                return self._pack(found)
        missing = previous is None or self._journal.hash_at(chain, first) is None
        self._stalled.add(chain)
        self._ledger.note(Trouble.MISSING if missing else Trouble.BROKEN, chain)
        return None

    def _read_run(self, chain: ChainId, first: int, previous: bytes) -> Run | None:
        """Read and verify entries of `chain` from `first` on; None where none can be sent."""
        found = self._journal.entries(chain, first, self._size)
        good = sendable(found, station=self._station, chain=chain, key=self._key, first=first, previous=previous)
        return Run(self._station, chain, self._key, first, previous, tuple(good)) if good else None

    def _pack(self, run: Run) -> _Packed:
        """Sign and pack one batch."""
        request = self._draw()
        signature = self._sign(head_message(self._station, run.head))
        return _Packed(run, request, encode_envelope("batch", encode_run(run, request), signature))

    def _send(self, packed: _Packed, now_s: float) -> bytes:
        """Publish one batch; it is outstanding from here on."""
        self._run, self._request = packed.run, packed.request
        self.state, self.deadline_s = State.WAITING, now_s + self._timers.answer_s
        return packed.payload

    def _take_rest(self, now_s: float) -> None:
        """Wait a jittered while before asking again."""
        if self._board is not None:
            self._board.forget()
        self.state, self.deadline_s = State.RESTING, now_s + self._rest.next_s()

    def _forget(self) -> None:
        """Drop every belief about where the county stands, and the outstanding request."""
        self._next.clear()
        self._stalled.clear()
        self._incarnation, self._run, self._request, self._ahead = None, None, None, None
        self._asked, self._gaps = [], 0

    def waiting(self) -> Sequence[Position]:
        """Heads the county has not confirmed yet; for people and tests."""
        return [head for head in self._journal.heads() if self._ledger.confirmed(head.chain) != head]
