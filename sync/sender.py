"""The station's end of the wire: brings every chain of the journal to the county, one batch at a time. Pure.

Rules
1. The county is asked where it stands at every connect and after every error; nothing of an earlier connection is
   believed. The answer is also the sign that a county listens.
2. One batch is outstanding. The next goes out when the county's signed receipt for it is here.
3. Only a receipt that verifies, answers our own request and names an entry we have (sequence and hash) confirms it.
4. A county that stands where we have never been holds another history of this chain: that is noted (the agent opens a
   new epoch), and our own branch is still sent whole.
5. Custody goes before telemetry, older epochs before newer.

State        event                     next        what is done
-----------  ------------------------  ----------  -----------------------------------------------
OFFLINE      connected                 ASKING      send hello
ASKING       receipt: position         READY       place every chain, then as READY
ASKING       answer overdue            RESTING     wait a jittered while
READY        entries wait              WAITING     send one batch
WAITING      receipt: accepted, fork   READY       confirm, then as READY
WAITING      receipt: gap              READY       place that chain where the county says
WAITING      answer overdue            RESTING     wait a jittered while
any on-line  later, bad signature,     RESTING     note it for people, wait a jittered while
             unknown station
RESTING      rest is over              ASKING      send hello
any          disconnected              OFFLINE     forget all positions
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from sync.entry import FORMAT, ROOT, ChainId, Entry, Lane, Position, walk
from sync.errors import BrokenChain, MalformedMessage
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
)


class JournalReader(Protocol):
    """What the sender needs of a journal; it only ever reads."""

    def heads(self) -> list[Position]:
        """The head of every chain, older epochs first."""

    def hash_at(self, chain: ChainId, sequence: int) -> bytes | None:
        """Hash of one entry, None where there is no such entry."""

    def entries(self, chain: ChainId, first: int, limit: int) -> list[Entry]:
        """Up to `limit` consecutive entries from `first` on, fewer where bodies are large."""


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
    """Seconds. answer_s: how long to wait for the county. rest: first and longest rest after a failure."""

    answer_s: float = 10.0
    rest_base_s: float = 1.0
    rest_cap_s: float = 60.0


class State(Enum):
    """Where the sender is in the table above."""

    OFFLINE = auto()
    ASKING = auto()
    READY = auto()
    WAITING = auto()
    RESTING = auto()


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
    ) -> None:
        """`key` names our public key, `verify` is the county's; `draw` gives fresh request numbers below 2**63."""
        self._station, self._key, self._sign, self._verify = station, key, sign, verify
        self._journal, self._ledger, self._draw, self._timers = journal, ledger, draw, timers
        self._batch_entries = batch_entries
        self._rest = Jitter(timers.rest_base_s, timers.rest_cap_s, random)
        self._next: dict[ChainId, int] = {}
        self._stalled: set[ChainId] = set()
        self._incarnation: bytes | None = None
        self._request = 0
        self._run: Run | None = None
        self.state = State.OFFLINE
        self.deadline_s: float | None = None
        self.heard_s: float | None = None
        """When the county last gave a receipt, None if never."""

    def connected(self, now_s: float) -> list[bytes]:
        """The broker took us: ask the county where it stands."""
        self._rest.reset()
        return self._ask(now_s)

    def disconnected(self) -> None:
        """The broker is gone; everything believed about the county with it."""
        self.state, self.deadline_s = State.OFFLINE, None
        self._forget()

    def tick(self, now_s: float) -> list[bytes]:
        """Let time pass, or look for entries written since: call at `deadline_s` and whenever the journal changed."""
        if self.deadline_s is not None and now_s >= self.deadline_s:
            if self.state is State.RESTING:
                return self._ask(now_s)
            self._take_rest(now_s)
            return []
        return self._advance(now_s) if self.state is State.READY else []

    def received(self, payload: bytes, now_s: float) -> list[bytes]:
        """Take one message from the county; whatever is not a receipt for our request is left alone."""
        try:
            kind, content, signature = open_envelope(payload)
            if kind != "receipt" or not self._verify(signature, receipt_message(content)):
                return []
            receipt = decode_receipt(content)
        except MalformedMessage:
            return []
        if self.state not in (State.ASKING, State.WAITING):
            return []
        if receipt.station != self._station or receipt.request != self._request:
            return []
        self.heard_s = now_s
        return self._answered(receipt, content, signature, now_s)

    def _answered(self, receipt: Receipt, content: bytes, signature: bytes, now_s: float) -> list[bytes]:
        """Act on the county's answer to our outstanding request."""
        if receipt.verdict in (Verdict.LATER, Verdict.BAD_SIGNATURE, Verdict.UNKNOWN_STATION):
            self._refused(receipt.verdict)
            self._take_rest(now_s)
            return []
        if self._incarnation not in (None, receipt.incarnation):
            self._forget()
            return self._ask(now_s)
        self._incarnation = receipt.incarnation
        self._rest.reset()
        run, self._run = self._run, None
        if receipt.verdict is Verdict.FORK and run is not None:
            self._ledger.note(Trouble.FORK, run.chain)
        for place in receipt.positions:
            self._place(place, receipt.incarnation, content, signature)
        self.state, self.deadline_s = State.READY, None
        return self._advance(now_s)

    def _place(self, county: Position, incarnation: bytes, content: bytes, signature: bytes) -> None:
        """Set where to go on in one chain, from where the county stands in it."""
        chain = county.chain
        self._stalled.discard(chain)
        if county.sequence < 0:
            self._next[chain] = 0
            return
        if self._journal.hash_at(chain, county.sequence) == county.hash:
            self._ledger.confirm(county, incarnation, content, signature)
            self._next[chain] = county.sequence + 1
            return
        head = next((place for place in self._journal.heads() if place.chain == chain), None)
        ahead = head is None or county.sequence > head.sequence
        self._ledger.note(Trouble.ROLLED_BACK if ahead else Trouble.FORK, chain)
        ours = self._ledger.confirmed(chain)
        common = ours is not None and self._journal.hash_at(chain, ours.sequence) == ours.hash
        self._next[chain] = ours.sequence + 1 if ours is not None and common else 0

    def _ask(self, now_s: float) -> list[bytes]:
        """Send a hello with the heads of every chain that may have to be sent."""
        self._forget()
        heads = self._journal.heads()
        # The newest epochs are the ones that still move; a station with more than 64 chains is asked about piecewise.
        unsettled = [head for head in heads if self._ledger.confirmed(head.chain) != head]
        settled = [head for head in heads if head not in unsettled]
        asked = (unsettled + settled[::-1])[:MAX_CHAINS]
        self._request = self._draw()
        content = encode_hello(Hello(FORMAT, self._request, self._station, self._key, list(asked)))
        self.state, self.deadline_s = State.ASKING, now_s + self._timers.answer_s
        return [encode_envelope("hello", content, self._sign(hello_message(content)))]

    def _advance(self, now_s: float) -> list[bytes]:
        """Send the next batch if any entry waits."""
        heads = self._journal.heads()
        for lane in Lane:
            for head in heads:
                chain = head.chain
                # A chain opened since the hello is unknown to the county: it starts at its first entry.
                if chain.lane is not lane or chain in self._stalled or self._next.setdefault(chain, 0) > head.sequence:
                    continue
                run = self._next_run(chain)
                if run is not None:
                    return [self._send(run, now_s)]
        return []

    def _next_run(self, chain: ChainId) -> Run | None:
        """Read and verify the next entries of `chain`; a chain that cannot go on is stalled and noted."""
        first = self._next[chain]
        previous = self._journal.hash_at(chain, first - 1) if first else ROOT
        entries = self._journal.entries(chain, first, self._batch_entries) if previous is not None else []
        good: list[Entry] = []
        trouble = Trouble.MISSING
        try:
            good.extend(walk(entries, first=first, previous=previous or ROOT))
        except BrokenChain as broken:
            good = entries[: broken.sequence - first]
            trouble = Trouble.BROKEN
        if not good or previous is None:
            self._stalled.add(chain)
            self._ledger.note(trouble, chain)
            return None
        return Run(self._station, chain, self._key, first, previous, tuple(good))

    def _send(self, run: Run, now_s: float) -> bytes:
        """Sign and pack one batch; it is outstanding from here on."""
        self._run, self._request = run, self._draw()
        self.state, self.deadline_s = State.WAITING, now_s + self._timers.answer_s
        signature = self._sign(head_message(self._station, run.head))
        return encode_envelope("batch", encode_run(run, self._request), signature)

    def _refused(self, verdict: Verdict) -> None:
        """Note for people what rest alone will not heal."""
        if verdict is Verdict.BAD_SIGNATURE:
            self._ledger.note(Trouble.REFUSED, self._run.chain if self._run else None)
        elif verdict is Verdict.UNKNOWN_STATION:
            self._ledger.note(Trouble.UNKNOWN_STATION, None)

    def _take_rest(self, now_s: float) -> None:
        """Wait a jittered while before asking again."""
        self.state, self.deadline_s = State.RESTING, now_s + self._rest.next_s()

    def _forget(self) -> None:
        """Drop every belief about where the county stands."""
        self._next.clear()
        self._stalled.clear()
        self._incarnation, self._run = None, None

    def waiting(self) -> Sequence[Position]:
        """Heads the county has not confirmed yet; for people and tests."""
        return [head for head in self._journal.heads() if self._ledger.confirmed(head.chain) != head]
