"""The witness: what must hold, held after every step by other means than the cores use.

on a card           every committed entry follows the one before, its time since boot never goes back
at a green light    the acts it speaks of are committed on the card, and nothing is open
at the county       nothing but what a station wrote, byte for byte, each behind its predecessor; never in part
receipts            name only what is committed; a station's knowledge never goes back within one incarnation,
                    and never names what it does not have
on the wire         one batch outstanding a station, no larger than set
at the end          see `ending.py`
"""

from collections.abc import Sequence
from typing import NamedTuple

from station_agent.journal.reader import JournalFile
from station_agent.journal.writer import Record
from sync.entry import ROOT, ChainId, Entry, Lane, Position, decode_body, decode_header, encode_body, entry_hash
from sync.wire import Receipt, Run, Verdict
from tests.world.county import CountyStore

NO_PLACE = frozenset({Verdict.BAD_SIGNATURE, Verdict.UNKNOWN_STATION, Verdict.LATER})


class Violation(AssertionError):
    """Something that must hold does not."""


class _Tail(NamedTuple):
    """The last entry of a chain on one card."""

    sequence: int
    hash: bytes
    boot: int
    since_boot_ms: int


Tails = dict[ChainId, _Tail]


def tails_of(reader: JournalFile) -> Tails:
    """Where the chains on a card end."""
    tails = {}
    for head in reader.heads():
        header = reader.entries(head.chain, head.sequence, 1)[0].read_header()
        tails[head.chain] = _Tail(head.sequence, head.hash, header.boot, header.since_boot_ms)
    return tails


def must(holds: object, what: str) -> None:
    """Raise Violation unless it holds."""
    if not holds:
        raise Violation(what)


class Witness:
    """Watches all stations and the county."""

    def __init__(self) -> None:
        self.written: dict[bytes, Entry] = {}
        self.stations: dict[bytes, str] = {}
        self.before: dict[bytes, bytes] = {}
        """Hash of each custody entry and of the one before it, in the epoch before where it opens one."""
        self.promised: dict[bytes, str] = {}
        """Hashes a green light spoke of, and its phrase."""
        self.torn: set[bytes] = set()
        """Hashes that were on a card which was taken out."""
        self.ever: dict[bytes, set[bytes]] = {}
        """Hashes committed at the county by incarnation."""

    # on a card

    def wrote(self, station: str, tails: Tails, entries: Sequence[Entry]) -> None:
        """A transaction of a journal is on the card."""
        for entry in entries:
            header = decode_header(entry.header)
            chain = header.chain
            tail = tails.get(chain, _Tail(-1, ROOT, -1, -1))
            must(header.station == station, "an entry of another station")
            must(header.sequence == tail.sequence + 1, "a journal leaves out a place, or takes one twice")
            digest = entry_hash(tail.hash, entry.header, entry.body, entry.personal)
            must(digest == entry.hash, "an entry does not follow from the one before")
            when = (header.boot, header.since_boot_ms)
            must(when >= (tail.boot, tail.since_boot_ms), "time since boot goes back")
            if header.lane is Lane.TELEMETRY:
                custody = tails.get(ChainId(header.epoch, Lane.CUSTODY))
                must(header.after and custody, "telemetry before any custody entry")
                assert header.after is not None
                must(header.after.sequence <= custody.sequence if custody else False, "telemetry after what is not")
            tails[chain] = _Tail(header.sequence, entry.hash, *when)
            self.written[entry.hash] = entry
            self.stations[entry.hash] = station
            if header.lane is Lane.CUSTODY:
                opened = header.sequence == 0
                self.before[entry.hash] = decode_body(entry.body).get("hash", ROOT) if opened else tail.hash

    def history(self, head: bytes) -> list[Entry]:
        """Every custody entry up to this one, the first first, through all epochs of its card."""
        entries: list[Entry] = []
        while head != ROOT:
            entries.append(self.written[head])
            head = self.before[head]
        return entries[::-1]

    def green(self, records: Sequence[Record], last: Sequence[Entry], phrase: str, *, open_: bool) -> None:
        """A green light for these custody records; `last` is the transaction committed last."""
        must(not open_, "green while a transaction is open")
        bodies = {entry.body: entry.hash for entry in last}
        for record in records:
            digest = bodies.get(encode_body(record.body))
            must(digest is not None, "green, and not on the card")
            assert digest is not None
            self.promised[digest] = phrase

    # at the county

    def committing(self, store: CountyStore, run: Run, fresh: Sequence[Entry], first: int) -> None:
        """The county is about to commit."""
        must(fresh, "an empty commit")
        must(first + len(fresh) - 1 == run.head.sequence, "a commit that does not end at the run's head")
        places = store.chains.get((run.station, run.chain), {})
        before = run.entries[first - run.first - 1].hash if first > run.first else run.previous
        must(first == 0 or before in places.get(first - 1, {}), "a commit that hangs in the air")
        known = self.ever.setdefault(store.incarnation, set())
        for sequence, entry in enumerate(fresh, first):
            must(self.written.get(entry.hash) == entry, "committed what nobody wrote")
            header = decode_header(entry.header)
            must(header.sequence == sequence and header.chain == run.chain, "an entry at another's place")
            must(self.stations[entry.hash] == run.station, "an entry of another station")
            known.add(entry.hash)

    def restored(self, store: CountyStore) -> None:
        """The county is back as it was under a new incarnation."""
        held = (digest for places in store.chains.values() for at in places.values() for digest in at)
        self.ever[store.incarnation] = set(held)

    def receipt(self, store: CountyStore, receipt: Receipt) -> None:
        """The county gives its word."""
        must(receipt.verdict not in NO_PLACE or not receipt.positions, "a place with a refusal")
        for place in receipt.positions:
            must(place.sequence < 0 or store.holds(receipt.station, place), "a receipt for what is not committed")

    # at a station

    def follows(self, before: bytes, after: bytes) -> None:
        """A station goes by the word of a county that was restored since, never by that of the one before it."""
        order = list(self.ever)
        must(order.index(before) <= order.index(after), "a county that is no more was believed")

    def confirmed(self, position: Position, incarnation: bytes) -> None:
        """A station takes a place as confirmed."""
        must(position.hash in self.ever.get(incarnation, ()), "confirmed what was never committed")
