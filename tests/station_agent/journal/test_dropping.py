"""A full card lets telemetry go, the oldest first and named; the chains hold, here and at the county; custody stays."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from station_agent.errors import JournalFull
from station_agent.journal.dropping import DROP_ENTRIES, DROPPED
from station_agent.journal.reader import JournalFile
from station_agent.journal.writer import Identity, Journal
from sync.county.register import add_station, find_station
from sync.county.verify import verify_chain
from sync.entry import ChainId, Lane
from sync.errors import BrokenChain
from sync.keys import SigningKey
from sync.trouble import Trouble
from tests.station_agent.journal.files import IDENTITY, Bench, custody, telemetry
from tests.station_agent.journal.sick import Sick
from tests.sync.county.paper import PaperCounty, PaperLedger, bring, open_county

BLOCKS = 500


def filled(bench: Bench, identity: Identity = IDENTITY, connection: Sick | None = None) -> Journal:
    """Telemetry with some custody between."""
    journal = bench.journal(identity, connection)
    for first in range(0, BLOCKS, 50):
        journal.commit([custody(first), *(telemetry(number) for number in range(first, first + 50))])
    return journal


def chain_of(journal: Journal) -> ChainId:
    """The telemetry chain."""
    return journal.head(Lane.TELEMETRY).chain


def test_what_the_county_has_goes_first_and_needs_no_word(bench: Bench) -> None:
    """Up to what was confirmed nothing is named; behind it each piece is, with its ends."""
    journal = filled(bench)
    chain, custody_before = chain_of(journal), journal.head(Lane.CUSTODY).sequence
    entries = bench.entries(chain)
    assert journal.drop_telemetry({chain: 100}) == 101
    assert journal.head(Lane.CUSTODY).sequence == custody_before
    assert journal.drop_telemetry({chain: 100}) == DROP_ENTRIES
    (named,) = [
        e.read_body() for e in bench.walked(journal.head(Lane.CUSTODY).chain) if e.read_header().kind == DROPPED
    ]
    assert named == {
        "epoch": chain.epoch,
        "lane": 1,
        "first": 101,
        "last": 300,
        "first_hash": entries[101].hash,
        "hash": entries[300].hash,
    }
    assert bench.entries(chain) == entries[301:]


def test_the_head_and_custody_stay(bench: Bench) -> None:
    """However often, the last entry of the lane is here, and every custody entry; then there is no more to give."""
    journal = filled(bench)
    chain = chain_of(journal)
    pieces = [journal.drop_telemetry({}) for _ in range(5)]
    assert pieces == [200, 200, 100, 0, 0]
    assert len(bench.entries(chain)) == 1
    assert len(bench.walked(journal.head(Lane.CUSTODY).chain)) == journal.head(Lane.CUSTODY).sequence + 1
    journal.commit([telemetry(1)])
    bench.close()
    again = bench.journal()
    assert again.head(Lane.TELEMETRY).sequence == BLOCKS + 1
    assert again.drop_telemetry({}) == 1


@pytest.mark.parametrize("statement", range(1, 12))
def test_a_refusal_lets_nothing_go(bench: Bench, statement: int) -> None:
    """Whatever statement the card refuses, all is here as before and the next call works."""
    sick = Sick(bench.connection())
    journal = filled(bench, connection=sick)
    chain, head = chain_of(journal), journal.head(Lane.CUSTODY)
    before = bench.entries(chain)
    sick.fail(statement, Sick.full)
    try:
        journal.drop_telemetry({})
    except JournalFull:
        assert bench.entries(chain) == before
        assert journal.head(Lane.CUSTODY) == head
        assert bench.ask("SELECT count(*) FROM gap") == [(0,)]
        assert journal.drop_telemetry({}) == DROP_ENTRIES
    assert len(bench.entries(chain)) == len(before) - DROP_ENTRIES


def test_the_reader_proves_what_is_left(plain: Bench) -> None:
    """The chain holds from the end of the gap on; a gap that says another hash, or a row less, is a break."""
    journal = filled(plain)
    chain = chain_of(journal)
    journal.drop_telemetry({chain: 100})
    journal.drop_telemetry({chain: 100})
    with closing(JournalFile(plain.path)) as reader:
        assert reader.verify(chain) == BLOCKS + 1 - 301
        assert reader.resumes_at(chain, 150) == 301
        assert (reader.resumes_at(chain, 50), reader.resumes_at(chain, 301)) == (301, 301)
        assert reader.hash_at(chain, 100) is not None
        assert reader.hash_at(chain, 300) is not None
    plain.ask("UPDATE gap SET hash = zeroblob(32) WHERE last = 300")
    with closing(JournalFile(plain.path)) as reader, pytest.raises(BrokenChain):
        reader.verify(chain)


@pytest.fixture
def county(tmp_path: Path) -> Iterator[PaperCounty]:
    """A county of its own."""
    yield from open_county(tmp_path)


def ship(path: Path, county: PaperCounty, key: SigningKey, ledger: PaperLedger, most: int = 100) -> None:
    """Send until nothing is left, or `most` messages."""
    with closing(JournalFile(path)) as reader:
        bring(reader, ledger, county, "V042", key, most=most)


@pytest.mark.parametrize("sent", [0, 2, 4, 6])
def test_the_county_gets_all_that_is_left_and_knows_what_is_not(
    plain: Bench, tmp_path: Path, county: PaperCounty, sent: int
) -> None:
    """Cut off after any number of batches, some already committed and not heard of: no fork, no trouble, a chain that
    verifies with its named hole, and every entry the station still has."""
    key = SigningKey.create(tmp_path / "key")
    add_station(county.engine, "V042", "", key.public, now_ms=0)
    journal = filled(plain, IDENTITY._replace(key=key.id))
    ledger = PaperLedger()
    ship(plain.path, county, key, ledger, sent)
    known = {chain: place.sequence for chain, place in ledger.places.items()}
    if sent == 6:
        known = {}  # the confirmations were lost, and the county has part of what is named
    while journal.drop_telemetry(known):
        pass
    journal.commit([telemetry(1), custody(7)])
    ship(plain.path, county, key, ledger)
    assert ledger.troubles == []
    chain = chain_of(journal)
    assert ledger.places[chain] == journal.head(Lane.TELEMETRY)
    summary = find_station(county.engine, "V042")
    assert summary.forks == 0
    for each in summary.chains:
        verify_chain(county.engine, each.chain, "V042", ChainId(each.epoch, each.lane))
        if each.lane is Lane.TELEMETRY:
            assert each.dropped > 0
            assert each.tip == journal.head(Lane.TELEMETRY).sequence
    assert Trouble.FORK not in ledger.troubles


def test_without_its_word_the_county_takes_nothing_behind_a_hole(
    plain: Bench, tmp_path: Path, county: PaperCounty
) -> None:
    """A range nobody named is a gap as ever."""
    key = SigningKey.create(tmp_path / "key")
    add_station(county.engine, "V042", "", key.public, now_ms=0)
    journal = filled(plain, IDENTITY._replace(key=key.id))
    chain = chain_of(journal)
    plain.ask("DELETE FROM entry WHERE chain = 2 AND sequence BETWEEN 10 AND 20")
    ledger = PaperLedger()
    ship(plain.path, county, key, ledger)
    assert ledger.places[chain].sequence == 9
    assert ledger.troubles == [Trouble.MISSING]
