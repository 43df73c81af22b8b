"""Every bit, every row: what is done to a record is found by its chain, and the rest by the county's receipts.

Whole and not by sample: each bit of each stored part of an entry, each row left out, doubled, exchanged with each
other. What a chain cannot see by itself (its end cut off, all of it made anew) is seen where the county's word is held
against it.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any

import pytest

from sync.entry import ROOT, ChainId, Entry, Lane, Personal, walk
from sync.errors import BrokenChain
from sync.sender import heed
from sync.trouble import Trouble
from tests.sync.memory import MemoryJournal, MemoryLedger

CHAIN = ChainId(b"epoch001", Lane.CUSTODY)
ROWS = 6
INCARNATION = b"county01"


@pytest.fixture
def journal() -> MemoryJournal:
    """A chain of a few entries, the second with a personal part."""
    made = MemoryJournal(b"keykeyke")
    for number in range(ROWS):
        part = Personal.of(bytes(range(16)), b"sealed fields") if number == 1 else None
        made.write(body={"waybill": f"SF{number:013}", "code": "3-2-1008"}, personal=part)
    return made


def found(entries: Sequence[Entry]) -> bool:
    """Whether the walk stops somewhere."""
    try:
        assert list(walk(entries, first=0, previous=ROOT)) == list(entries)
    except BrokenChain:
        return True
    return False


def flipped(data: bytes) -> Iterator[bytes]:
    """The same bytes with one bit another, for each bit."""
    for place in range(len(data) * 8):
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        yield bytes(changed)


def altered(entry: Entry) -> Iterator[Entry]:
    """Each entry that differs from this one in one bit of one part."""
    yield from (entry._replace(header=header) for header in flipped(entry.header))
    yield from (entry._replace(body=body) for body in flipped(entry.body))
    yield from (entry._replace(hash=digest) for digest in flipped(entry.hash))
    if entry.personal is not None:
        for name in Personal._fields:
            for part in flipped(getattr(entry.personal, name)):
                yield entry._replace(personal=entry.personal._replace(**{name: part}))


def test_each_bit_of_each_entry_counts(journal: MemoryJournal) -> None:
    """Header, body, hash, and digest, salt and sealed bytes of a personal part: not one bit goes unnoticed."""
    entries = journal.chains[CHAIN]
    assert not found(entries)
    tried = 0
    for place, entry in enumerate(entries):
        for other in altered(entry):
            assert found([*entries[:place], other, *entries[place + 1 :]]), f"{entry} became {other}"
            tried += 1
    assert tried > ROWS * 8 * 120


@pytest.mark.parametrize("number", [0, 1, 2.5, "text"])
def test_what_is_no_bytes_is_found_wherever_it_stands(journal: MemoryJournal, number: Any) -> None:
    """A flipped bit of a row's header makes a number of a field, of an erased one too: the chain is broken there."""
    entries = journal.chains[CHAIN]
    whole = entries[1]
    assert whole.personal is not None
    erased = whole._replace(personal=whole.personal._replace(salt=None, sealed=None))
    assert not found([entries[0], erased, *entries[2:]])
    broken = [whole._replace(**{name: number}) for name in ("header", "body", "hash")]
    for entry in (whole, erased):
        assert entry.personal is not None
        broken += [entry._replace(personal=entry.personal._replace(**{name: number})) for name in Personal._fields]
    for entry in broken:
        assert found([entries[0], entry, *entries[2:]]), entry


def test_each_row_left_out_doubled_or_exchanged_is_found(journal: MemoryJournal) -> None:
    """Any one but the last left out, any one doubled, any two exchanged, the whole turned round."""
    entries = journal.chains[CHAIN]
    for place in range(ROWS):
        assert found([*entries[:place], *entries[place + 1 :]]) or place == ROWS - 1
        assert found([*entries[: place + 1], *entries[place:]])
    for one, other in combinations(range(ROWS), 2):
        changed = list(entries)
        changed[one], changed[other] = changed[other], changed[one]
        assert found(changed)
    assert found(entries[::-1])


def test_an_end_that_was_cut_off_is_found_by_any_receipt_beyond_it(journal: MemoryJournal) -> None:
    """The chain holds as far as it goes; the county's word says that it went further."""
    (receipt,) = journal.heads()
    for left in range(1, ROWS):
        cut, ledger = journal.image(), MemoryLedger()
        del cut.chains[CHAIN][left:]
        assert not found(cut.chains[CHAIN])
        assert not heed(receipt, INCARNATION, b"receipt", bytes(64), journal=cut, ledger=ledger)
        assert ledger.troubles == {(Trouble.ROLLED_BACK, CHAIN)}


def test_a_chain_made_anew_is_found_by_any_receipt_of_what_was_changed(journal: MemoryJournal) -> None:
    """Whoever works out all hashes again from some entry on cannot work out what the county has."""
    (receipt,) = journal.heads()
    for first in range(ROWS):
        forged, ledger = journal.image(), MemoryLedger()
        del forged.chains[CHAIN][first:]
        for _ in range(first, ROWS):
            forged.write(body={"waybill": "SF9999999999999"})
        assert not found(forged.chains[CHAIN])
        assert not heed(receipt, INCARNATION, b"receipt", bytes(64), journal=forged, ledger=ledger)
        assert ledger.troubles == {(Trouble.FORK, CHAIN)}
