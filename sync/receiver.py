"""The county's end of the wire: judges what a station sends and gives a signed receipt after the commit. Pure.

Rules
1. An entry is known by its hash. A batch is taken when the hash it follows is known in that chain, or at the start of a
   chain; else the answer is a gap and where the county stands.
2. Two entries at one place are a fork: both are kept, and the station is told.
3. The receipt leaves only after `Log.commit` returned. A worker may die at any moment: the same batch again finds its
   entries known and gets the same receipt.
4. Nothing of the message is believed before the signature over its head verified against the registered key.
5. A hello is answered with the furthest place of each chain asked about. Where the place the station asked about is
   committed as well but is another one (a fork, or a station rolled back), that place follows it.

What came           what is known                    verdict           committed
------------------  -------------------------------  ----------------  ----------------------
hello               registered, signature good       position          -
batch               registered, signature good,
                    follows a known entry,
                    - nothing else at its places     accepted          what was not known yet
                    - another entry at some place    fork              what was not known yet
                    follows nothing known            gap               -
either              signature bad                    bad_signature     -
either              nobody of that name              unknown_station   -
either              database refuses                 later             -
not a message, or another station's: no answer (MalformedMessage is raised for the shell to count)
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sync.entry import FORMAT, ROOT, ChainId, Entry, Position
from sync.errors import MalformedMessage, SyncError
from sync.wire import (
    Receipt,
    Run,
    Sign,
    Verdict,
    Verify,
    decode_hello,
    decode_run,
    encode_envelope,
    encode_receipt,
    head_message,
    hello_message,
    open_envelope,
    receipt_message,
)


class LogUnavailable(SyncError):
    """The county's database cannot commit now; the station keeps what it has and comes again."""


class Log(Protocol):
    """What the receiver needs of the county's database. Every method may raise LogUnavailable, `incarnation` not."""

    @property
    def incarnation(self) -> bytes:
        """8 bytes that change when this database is not the one it was (restored from a backup)."""

    def public_key(self, station: str, key: bytes) -> bytes | None:
        """The registered public key of `station` called `key`, None if there is none."""

    def tip(self, station: str, chain: ChainId) -> Position | None:
        """The furthest committed place of a chain."""

    def hashes(self, station: str, chain: ChainId, first: int, last: int) -> dict[int, set[bytes]]:
        """Hashes committed at the places `first` to `last`."""

    def commit(self, run: Run, fresh: Sequence[Entry], first: int, signature: bytes) -> None:
        """Store `fresh`, the last of `run`'s entries from place `first` on, and return when they are on disk.

        signature: the station's, over the run's head; it is kept as the station's own word for the whole chain.

        An entry that is there already (another worker was faster) is no error.
        """


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to commit and what to say of one run."""

    verdict: Verdict
    first: int
    fresh: tuple[Entry, ...]


def judge(run: Run, known: dict[int, set[bytes]]) -> Judgement:
    """Hold a verified run against what is `known` from the place before it to its last place."""
    before = known.get(run.first - 1, set())
    if run.first and run.previous not in before:
        return Judgement(Verdict.GAP, run.first, ())
    places = [known.get(run.first + index, set()) for index in range(len(run.entries))]
    # Entries of one branch are known up to some place and then no more: hashes are chained.
    old = next((i for i, (entry, at) in enumerate(zip(run.entries, places, strict=True)) if entry.hash not in at), None)
    fresh = () if old is None else run.entries[old:]
    forked = len(before) > 1 or any(at - {entry.hash} for entry, at in zip(run.entries, places, strict=True))
    return Judgement(Verdict.FORK if forked else Verdict.ACCEPTED, run.head.sequence - len(fresh) + 1, fresh)


class Receiver:
    """Answers stations; stateless but for the log it is given, so any number may work side by side."""

    def __init__(self, *, log: Log, sign: Sign, verifier: Callable[[bytes], Verify]) -> None:
        """`sign` is the county's; `verifier` makes a check from a station's public key."""
        self._log, self._sign, self._verifier = log, sign, verifier
        self._checks: dict[bytes, Verify] = {}

    def receive(self, station: str, payload: bytes, now_ms: int) -> bytes:
        """Take one message published by `station` (from its topic) and return the receipt to publish.

        Raises MalformedMessage for what deserves no answer.
        """
        kind, content, signature = open_envelope(payload)
        if kind == "hello":
            return self._hello(station, content, signature, now_ms)
        if kind == "batch":
            return self._batch(station, content, signature, now_ms)
        raise MalformedMessage(f"message of kind {kind[:20]!r}", hint="升级县端程序 / upgrade the county's program")

    def _hello(self, station: str, content: bytes, signature: bytes, now_ms: int) -> bytes:
        """Say where the county stands in every chain the station named."""
        hello = decode_hello(content)
        _same_name(hello.station, station)
        try:
            refusal = self._unverified(station, hello.key, signature, hello_message(content))
            places = [] if refusal else [place for head in hello.heads for place in self._places(station, head)]
        except LogUnavailable:
            refusal, places = Verdict.LATER, []
        return self._receipt(station, hello.request, refusal or Verdict.POSITION, places, now_ms)

    def _batch(self, station: str, content: bytes, signature: bytes, now_ms: int) -> bytes:
        """Judge a batch, commit what is new in it, and only then say so."""
        run, request = decode_run(content)
        _same_name(run.station, station)
        try:
            verdict, places = self._take(run, signature)
        except LogUnavailable:
            verdict, places = Verdict.LATER, []
        return self._receipt(station, request, verdict, places, now_ms)

    def _take(self, run: Run, signature: bytes) -> tuple[Verdict, list[Position]]:
        """Commit a run if it is to be taken; return the verdict and the place it gives a receipt for."""
        refusal = self._unverified(run.station, run.key, signature, head_message(run.station, run.head))
        if refusal:
            return refusal, []
        known = self._log.hashes(run.station, run.chain, max(run.first - 1, 0), run.head.sequence)
        judgement = judge(run, known)
        if judgement.verdict is Verdict.GAP:
            return Verdict.GAP, [self._tip(run.station, run.chain)]
        if judgement.fresh:
            self._log.commit(run, judgement.fresh, judgement.first, signature)
        return judgement.verdict, [run.head]

    def _unverified(self, station: str, key: bytes, signature: bytes, message: bytes) -> Verdict | None:
        """The verdict against a sender we cannot trust, None for one we can."""
        public = self._log.public_key(station, key)
        if public is None:
            return Verdict.UNKNOWN_STATION
        check = self._checks.get(public)
        if check is None:
            check = self._checks[public] = self._verifier(public)
        return None if check(signature, message) else Verdict.BAD_SIGNATURE

    def _places(self, station: str, asked: Position) -> list[Position]:
        """Where the county stands in the chain of `asked`, and `asked` itself where that lies behind or beside."""
        tip = self._tip(station, asked.chain)
        if asked == tip or not 0 <= asked.sequence <= tip.sequence:
            return [tip]
        known = self._log.hashes(station, asked.chain, asked.sequence, asked.sequence).get(asked.sequence, set())
        return [tip, asked] if asked.hash in known else [tip]

    def _tip(self, station: str, chain: ChainId) -> Position:
        """Where the county stands in a chain, also when it has never heard of it."""
        return self._log.tip(station, chain) or Position(chain.epoch, chain.lane, -1, ROOT)

    def _receipt(
        self, station: str, request: int, verdict: Verdict, positions: Iterable[Position], now_ms: int
    ) -> bytes:
        """Sign the county's word."""
        receipt = Receipt(FORMAT, request, station, self._log.incarnation, verdict, now_ms, list(positions))
        content = encode_receipt(receipt)
        return encode_envelope("receipt", content, self._sign(receipt_message(content)))


def _same_name(claimed: str, topic: str) -> None:
    """A message must come over the topic of the station it speaks for; raises MalformedMessage."""
    if claimed != topic:
        hint = "检查代理的访问控制 / check the broker's access rules"
        raise MalformedMessage(f"{topic!r} sent a message in the name of {claimed!r}", hint=hint)
