"""verify: whatever was done to an entry, the first bad one is named."""

import pytest

from station_agent.journal.reader import JournalFile
from station_agent.journal.writer import Record
from sync.entry import ChainId, Lane, Personal
from sync.errors import BrokenChain
from tests.station_agent.journal.files import Bench, custody, telemetry

BAD = 4


def filled(bench: Bench) -> ChainId:
    """A chain of ten entries, each with an erasable part but the first; the chain's number in the file is 1."""
    journal = bench.journal()
    for number in range(9):
        part = Personal.of(bytes([number]) * 16, b"sealed %d" % number)
        journal.commit([Record(Lane.CUSTODY, "parcel.received", {"waybill": f"SF{number}"}, part), telemetry(number)])
    return journal.head(Lane.CUSTODY).chain


def first_bad(bench: Bench, chain: ChainId) -> int | None:
    """Sequence of the first entry that does not hold, None where all do."""
    reader = JournalFile(bench.path)
    try:
        reader.verify(chain)
    except BrokenChain as error:
        return error.sequence if error.hint else -1
    finally:
        reader.close()
    return None


def flip(bench: Bench, column: str, at: int) -> None:
    """Flip one bit of one column of entry BAD; `at` counts bytes, from the end where negative."""
    ((blob,),) = bench.ask(f"SELECT {column} FROM entry WHERE chain = 1 AND sequence = {BAD}")
    altered = bytearray(blob)
    altered[at] ^= 1
    bench.ask(f"UPDATE entry SET {column} = ? WHERE chain = 1 AND sequence = {BAD}", (bytes(altered),))


def test_a_whole_chain_holds(plain: Bench) -> None:
    """Nothing is wrong with what was only written; the count is that of the entries."""
    chain = filled(plain)
    reader = JournalFile(plain.path)
    assert reader.verify(chain) == 10
    assert reader.verify(ChainId(chain.epoch, Lane.TELEMETRY)) == 10
    reader.close()


@pytest.mark.parametrize("at", [0, 5, -1])
@pytest.mark.parametrize("column", ["header", "body", "hash", "personal_digest", "personal_salt", "personal_sealed"])
def test_a_flipped_bit_is_found(plain: Bench, column: str, at: int) -> None:
    """One bit anywhere in an entry names that entry."""
    chain = filled(plain)
    flip(plain, column, at)
    assert first_bad(plain, chain) == BAD


@pytest.mark.parametrize("sequence", [0, BAD, 8])
def test_a_deleted_entry_is_found(plain: Bench, sequence: int) -> None:
    """A hole is named by the place that is empty."""
    chain = filled(plain)
    plain.ask("DELETE FROM entry WHERE chain = 1 AND sequence = ?", (sequence,))
    assert first_bad(plain, chain) == sequence


def test_reordered_entries_are_found(plain: Bench) -> None:
    """Two entries that changed places are named at the first of them."""
    chain = filled(plain)
    for old, new in ((BAD, 99), (BAD + 2, BAD), (99, BAD + 2)):
        plain.ask("UPDATE entry SET sequence = ? WHERE chain = 1 AND sequence = ?", (new, old))
    assert first_bad(plain, chain) == BAD


def test_a_doubled_entry_is_found(plain: Bench) -> None:
    """The copy of an entry put behind it, the rest moved up, is named at the copy."""
    chain = filled(plain)
    plain.ask("UPDATE entry SET sequence = sequence + 100 WHERE chain = 1 AND sequence >= ?", (BAD,))
    plain.ask("UPDATE entry SET sequence = sequence - 99 WHERE chain = 1 AND sequence >= 100")
    columns = "header, body, hash, personal_digest, personal_salt, personal_sealed"
    plain.ask(
        f"INSERT INTO entry SELECT 1, {BAD}, {columns} FROM entry WHERE chain = 1 AND sequence = {BAD - 1}",
    )
    assert first_bad(plain, chain) == BAD


def test_an_entry_of_the_other_lane_is_found(plain: Bench) -> None:
    """An entry moved from one lane into the other does not follow there."""
    chain = filled(plain)
    plain.ask("DELETE FROM entry WHERE chain = 1 AND sequence = ?", (BAD,))
    plain.ask("UPDATE entry SET chain = 1 WHERE chain = 2 AND sequence = ?", (BAD,))
    assert first_bad(plain, chain) == BAD


def test_exchanged_lanes_are_found(plain: Bench) -> None:
    """Two whole chains under each other's names hold in themselves, but not under those names."""
    chain = filled(plain)
    for old, new in ((0, 7), (1, 0), (7, 1)):
        plain.ask("UPDATE chain SET lane = ? WHERE lane = ?", (new, old))
    assert first_bad(plain, chain) == 0


def test_a_forged_entry_breaks_the_one_behind_it(plain: Bench) -> None:
    """Who rewrites an entry with a hash that fits it is betrayed by the next."""
    chain = filled(plain)
    other = Bench(plain.path.with_name("other.db"), plain.connect)
    journal = other.journal()
    for number in range(BAD - 1):
        part = Personal.of(bytes([number]) * 16, b"sealed %d" % number)
        journal.commit([Record(Lane.CUSTODY, "parcel.received", {"waybill": f"SF{number}"}, part), telemetry(number)])
    journal.commit([custody(666)])
    forged = other.walked(journal.head(Lane.CUSTODY).chain)[BAD]
    other.close()
    plain.ask(
        "UPDATE entry SET header = ?, body = ?, hash = ?, personal_digest = NULL, personal_salt = NULL,"
        " personal_sealed = NULL WHERE chain = 1 AND sequence = ?",
        (forged.header, forged.body, forged.hash, BAD),
    )
    assert first_bad(plain, chain) == BAD + 1


def test_an_erased_personal_part_breaks_nothing(plain: Bench) -> None:
    """Salt and sealed bytes may go; without its digest an entry is another one."""
    chain = filled(plain)
    plain.ask("UPDATE entry SET personal_salt = NULL, personal_sealed = NULL WHERE sequence % 2 = 0")
    assert first_bad(plain, chain) is None
    plain.ask("UPDATE entry SET personal_digest = NULL WHERE chain = 1 AND sequence = ?", (BAD,))
    assert first_bad(plain, chain) == BAD
