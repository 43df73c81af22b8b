"""Carrying by hand what no link carries: the station's and the county's part of it, with the wire's own messages. Pure.

Rules
1. A trip is what the sender would send to a county that stands where it was last known to stand and takes everything:
   a hello, what is asked about lists, and every unconfirmed entry in the batches of the wire, until the file is full.
2. Who carries is not believed. A receipt counts only if the county signed it and it answers a request of a trip we
   remember; then it confirms what the wire's would, and a place never goes back.
3. A receipt of another incarnation than the last heard counts only where that one was the last heard already when the
   trip was packed: an old receipt must not confirm what a county restored from its backup no longer has.
4. A list older than the one we have is passed over: sticks overtake one another. All else is the board's judgement.
5. The county answers a carried message as if it had come by the wire, after its commit. Again changes nothing.
6. A file that is not whole, not ours or not for us is refused whole.

Trip at the station      what comes                                   what is done
-----------------------  -------------------------------------------  -----------------------------------------------
under way                answer, all of it taken                      confirm; it arrived
under way                answer, part of it refused or missing        confirm what was; carry the rest again
answered                 the same file again                          lists only
unknown, forgotten       its answer                                   lists only
-                        lists without an answer                      lists only

Called by the shells `stick.py` and `county/carry_commands.py`.
"""

from collections import deque
from collections.abc import Callable, Sequence
from enum import Enum
from itertools import count
from typing import NamedTuple, Protocol

from sync.board import Board, ListStore
from sync.carry_file import MAX_CARRIED_BYTES, MAX_MESSAGES, Down, Up
from sync.entry import FORMAT, ROOT, ChainId, Position
from sync.errors import BadSignature, MalformedMessage
from sync.lists import decode_list
from sync.sender import JournalReader, Ledger, Sender, heed
from sync.trips import Trip
from sync.trouble import Trouble
from sync.wire import (
    Receipt,
    Sign,
    Verdict,
    Verify,
    decode_hello,
    decode_receipt,
    decode_run,
    encode_envelope,
    encode_receipt,
    open_envelope,
    receipt_message,
)

_TAKEN = frozenset({Verdict.POSITION, Verdict.ACCEPTED, Verdict.FORK})
_ANSWERED = frozenset({"hello", "batch"})
_NOTED = {Verdict.BAD_SIGNATURE: Trouble.REFUSED, Verdict.UNKNOWN_STATION: Trouble.UNKNOWN_STATION}
_NO_SIGNATURE = bytes(64)


class CarryLedger(Ledger, ListStore, Protocol):
    """What must be remembered of trips besides what the wire needs; link.db."""

    def standing(self, chain: ChainId) -> Position | None:
        """How far the county of the last heard incarnation confirmed `chain`."""

    def incarnation(self) -> bytes:
        """The county's, as last heard; no bytes where it never was."""

    def met(self, incarnation: bytes) -> None:
        """The county gave a verified receipt."""

    def trips(self) -> Sequence[Trip]:
        """The trips remembered."""

    def set_out(self, trip: Trip) -> None:
        """Remember a trip."""

    def came_back(self, trip: Trip) -> None:
        """The answer to a trip is here, and all it confirms was told."""


class Load(NamedTuple):
    """What one trip carries. whole: nothing had to stay for want of room. batches: 0 where nothing is unconfirmed."""

    messages: list[bytes]
    requests: int
    batches: int
    whole: bool


class Back(Enum):
    """What came of a trip, as far as a file tells."""

    ARRIVED = "arrived"
    PARTLY = "partly"
    BEFORE = "before"
    UNKNOWN = "unknown"
    LISTS_ONLY = "lists_only"


class Taken(NamedTuple):
    """What was in the county's file: what came of the trip it answers, and how many lists were new."""

    back: Back
    lists: int


class Answers(NamedTuple):
    """The county's messages for a station; verdicts: of each hello and batch, in order. damaged: not answered."""

    messages: list[bytes]
    verdicts: list[Verdict]
    damaged: int


def pack_trip(
    number: int,
    *,
    station: str,
    key: bytes,
    sign: Sign,
    journal: JournalReader,
    ledger: CarryLedger,
    max_bytes: int = MAX_CARRIED_BYTES,
) -> Load:
    """What to carry on trip `number`; nothing is believed or remembered by packing. key: id of our public key."""
    county = _PresumedCounty(station, ledger)
    sender = Sender(
        station=station,
        key=key,
        sign=sign,
        verify=lambda _signature, _message: True,  # the presumed county is ourselves
        journal=journal,
        ledger=county,
        random=lambda: 0.0,
        draw=count(number + 1).__next__,
        board=Board(station=station, key=key, sign=sign, verify=lambda _signature, _message: False, store=ledger),
    )
    messages: list[bytes] = []
    size = requests = batches = 0
    waiting = deque(sender.connected(0.0))
    while waiting and len(messages) < MAX_MESSAGES and size + len(waiting[0]) <= max_bytes:
        message = waiting.popleft()
        messages.append(message)
        size += len(message)
        kind, content, _ = open_envelope(message)
        if kind in _ANSWERED:
            requests += 1
            batches += kind == "batch"
            waiting.extend(sender.received(county.answer(kind, content), 0.0))
    return Load(messages, requests, batches, whole=not waiting)


class _PresumedCounty:
    """The county as it was when last heard, taking everything; the ledger of a sender that packs, and its other end."""

    def __init__(self, station: str, known: CarryLedger) -> None:
        self._station, self._known = station, known
        self._places: dict[ChainId, Position] = {}

    def confirmed(self, chain: ChainId) -> Position | None:
        """Where it stands."""
        return self._places.get(chain) or self._known.standing(chain)

    def confirm(self, position: Position, incarnation: bytes, receipt: bytes, signature: bytes) -> None:
        """It has taken this; known to this trip alone."""
        del incarnation, receipt, signature
        self._places[position.chain] = position

    def note(self, trouble: Trouble, chain: ChainId | None) -> None:
        """What is wrong with the journal is wrong on the road as well; what the county lacks only it can say."""
        if trouble is not Trouble.GONE:
            self._known.note(trouble, chain)

    def answer(self, kind: str, content: bytes) -> bytes:
        """The receipt of a county that takes everything."""
        if kind == "hello":
            hello = decode_hello(content)
            verdict, request = Verdict.POSITION, hello.request
            places = [self._place(head.chain) for head in hello.heads]
        else:
            run, request = decode_run(content)
            verdict, places = Verdict.ACCEPTED, [run.head]
        receipt = encode_receipt(Receipt(FORMAT, request, self._station, bytes(8), verdict, 0, places))
        return encode_envelope("receipt", receipt, _NO_SIGNATURE)

    def _place(self, chain: ChainId) -> Position:
        return self.confirmed(chain) or Position(chain.epoch, chain.lane, -1, ROOT)


def take_down(
    down: Down, *, station: str, verify: Verify, journal: JournalReader, ledger: CarryLedger, board: Board
) -> Taken:
    """Take what the county sent: confirm, note, keep lists. down: as `read_down` let it through."""
    trip = next((trip for trip in ledger.trips() if down.trip and trip.number == down.trip), None)
    receipts: list[tuple[Receipt, bytes, bytes]] = []
    lists = 0
    for message in down.messages:
        try:
            kind, content, signature = open_envelope(message)
            if kind == "list":
                lists += _take_list(board, ledger, content, signature)
            elif kind == "receipt" and verify(signature, receipt_message(content)):
                receipts.append((decode_receipt(content), content, signature))
        except MalformedMessage:
            continue
    if trip is None:
        return Taken(Back.UNKNOWN if down.trip else Back.LISTS_ONLY, lists)
    if trip.answered:
        return Taken(Back.BEFORE, lists)
    good = [each for each in receipts if each[0].station == station and trip.covers(each[0].request)]
    return Taken(_take_receipts(trip, good, journal, ledger), lists)


def _take_receipts(
    trip: Trip, receipts: list[tuple[Receipt, bytes, bytes]], journal: JournalReader, ledger: CarryLedger
) -> Back:
    """Confirm what the receipts of one trip say, as far as they count."""
    taken: set[int] = set()
    for receipt, content, signature in receipts:
        if ledger.incarnation() not in (receipt.incarnation, trip.since):
            continue
        ledger.met(receipt.incarnation)
        if receipt.verdict in _NOTED:
            ledger.note(_NOTED[receipt.verdict], None)
        if receipt.verdict is Verdict.FORK:
            ledger.note(Trouble.FORK, receipt.positions[0].chain if receipt.positions else None)
        if receipt.verdict in _TAKEN:
            taken.add(receipt.request)
        for place in receipt.positions:
            standing = ledger.standing(place.chain)
            # What is confirmed further on may be pruned here already, and is no fork.
            if standing is not None and standing.sequence >= place.sequence:
                continue
            if journal.is_gone(place.chain, place.sequence + 1):
                ledger.note(Trouble.GONE, place.chain)
            if place.sequence >= 0:
                heed(place, receipt.incarnation, content, signature, journal=journal, ledger=ledger)
    ledger.came_back(trip)
    return Back.ARRIVED if len(taken) == trip.requests else Back.PARTLY


def _take_list(board: Board, store: ListStore, content: bytes, signature: bytes) -> bool:
    """Whether a list was new and is kept; raises MalformedMessage."""
    found = decode_list(content, signature)
    version = next((each.version for each in store.held() if each[:2] == found.held[:2]), -1)
    return found.version > version and bool(board.take(content, signature))


def answer_trip(
    up: Up,
    *,
    receive: Callable[[str, bytes, int], bytes],
    lists: Callable[[str, bytes], list[bytes]],
    now_ms: int,
) -> Answers:
    """Answer a carried file as the wire would have been: receipts after the commit, lists where they are asked for.

    receive: the receiver's. lists: the list desk's `answer`. Raises LogUnavailable as the list desk does; a database
    that refuses the receiver shows in the verdicts (LATER).
    """
    answers = Answers([], [], 0)
    damaged = 0
    for message in up.messages:
        try:
            if open_envelope(message)[0] == "lists":
                answers.messages.extend(lists(up.head.station, message))
                continue
            receipt = receive(up.head.station, message, now_ms)
        except (MalformedMessage, BadSignature):
            damaged += 1
            continue
        answers.messages.append(receipt)
        answers.verdicts.append(decode_receipt(open_envelope(receipt)[1]).verdict)
    return answers._replace(damaged=damaged)
