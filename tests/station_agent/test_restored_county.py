"""A county restored from a backup older than its window is told what is gone, gets all that is left, and says so."""

from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest

from station_agent.heeding import heed_county, turn_over
from station_agent.journal.reader import JournalFile
from sync.board import Board
from sync.carry import Back, Taken, answer_trip, pack_trip, take_down
from sync.carry_file import Down, Up, UpHead
from sync.county.register import StationSummary, add_station, find_station
from sync.county.report import stations_json
from sync.county.verify import verify_chain
from sync.entry import FORMAT, ChainId, Lane
from sync.keys import SigningKey, verifier
from sync.sender import State
from sync.trips import Trip
from sync.trouble import Trouble
from sync.wire import open_envelope
from tests.station_agent.test_letting_go import MARK, busy
from tests.station_agent.village import Village
from tests.sync.county.paper import PaperCounty, bring, open_county


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    """The station's."""
    return SigningKey.create(tmp_path / "key")


@pytest.fixture
def village(tmp_path: Path, key: SigningKey) -> Iterator[Village]:
    """The station."""
    made = Village(tmp_path, key=key.id)
    yield made
    made.close()


@pytest.fixture
def county(tmp_path: Path, key: SigningKey) -> Iterator[PaperCounty]:
    """The county as its backup has it."""
    for made in open_county(tmp_path):
        add_station(made.engine, "V042", "", key.public, now_ms=0)
        yield made


def ship(village: Village, county: PaperCounty, key: SigningKey, *, kept: bool = True) -> None:
    """Send until nothing can be sent, over two connections. kept: the confirmations are remembered."""
    link_path = village.link_path if kept else village.link_path.with_name("other.db")
    draws = count(1)
    for _ in range(2):
        village.link_path, before = link_path, village.link_path
        link = village.link(writable=True)
        village.link_path = before
        with closing(link), closing(JournalFile(village.path)) as reader:
            sender = bring(
                reader, link, county, "V042", key, now_ms=village.county_ms, batch_entries=50, draw=draws.__next__
            )
            assert sender.state is State.READY
            if sender.incarnation is not None:
                link.met(sender.incarnation)


def troubles(village: Village) -> list[Trouble]:
    """What the sync process noted."""
    with closing(village.link()) as link:
        return [noted.trouble for noted in link.troubles()]


def heed(village: Village) -> None:
    """As the agent looks at it, every few seconds."""
    for _ in range(3):
        epoch = village.journal.epoch
        heed_county(village.link_path, village.journal, lambda: village.wall_ms)
        if village.journal.epoch != epoch:
            village.counter.epoch_opened()


def summary(county: PaperCounty) -> StationSummary:
    """What the county's people see."""
    found = find_station(county.engine, "V042")
    for each in found.chains:
        verify_chain(county.engine, each.chain, "V042", ChainId(each.epoch, each.lane))
    return found


@pytest.mark.parametrize("had", [0, 4])
def test_it_is_told_what_is_gone_and_gets_the_rest(
    village: Village, county: PaperCounty, key: SigningKey, had: int
) -> None:
    """However old the backup: one new epoch, the range named in both lanes, every entry left is there, and it shows."""
    busy(village, had)
    if had:
        ship(village, county, key, kept=False)
    busy(village, 30)
    gone = village.first()
    assert gone > village.journal.head(Lane.CUSTODY).sequence // 3
    ship(village, county, key)
    assert set(troubles(village)) == {Trouble.GONE}
    heed(village)
    assert village.epochs == 2
    ship(village, county, key)
    assert troubles(village) == []
    with closing(JournalFile(village.path)) as reader, closing(village.link()) as link:
        for head in reader.heads():
            assert link.standing(head.chain) == head
    seen = summary(county)
    assert (seen.forks, seen.breaks) == (0, ("restored",))
    assert 0 < seen.gone <= gone
    assert f'"gone": {seen.gone}' in stations_json([seen])
    assert village.rebuilt() == village.stored()


def test_what_is_left_follows_on_the_same_connection(village: Village, county: PaperCounty, key: SigningKey) -> None:
    """A station that is never off line nor idle is done at once: nothing waits for the next hello but for the word."""
    busy(village, 30)
    assert village.first() > 0
    with closing(village.link(writable=True)) as link, closing(JournalFile(village.path)) as reader:
        sender = bring(reader, link, county, "V042", key, now_ms=village.county_ms, batch_entries=50)
        assert sender.incarnation is not None
        link.met(sender.incarnation)
        link.save()
        heed(village)
        assert village.epochs == 2
        hellos, payloads = 0, sender.tick(1.0)
        for _ in range(200):
            if not payloads:
                break
            hellos += open_envelope(payloads[0])[0] == "hello"
            payloads = sender.received(county.receiver.receive("V042", payloads[0], village.county_ms), 1.0)
        assert sender.state is State.READY
        assert hellos == 1  # about the new epoch, which nothing was known of
        link.save()
        assert [link.standing(head.chain) for head in reader.heads()] == reader.heads()
    assert troubles(village) == []


def test_a_county_that_has_everything_is_told_nothing(village: Village, county: PaperCounty, key: SigningKey) -> None:
    """Connection after connection, with much gone here: no trouble, no epoch, no range."""
    for _ in range(20):
        busy(village, 1, confirmed=False)
        ship(village, county, key)
        village.quiet(audit=True)
    assert village.first() > 0
    ship(village, county, key)
    heed(village)
    assert (troubles(village), village.epochs) == ([], 1)
    seen = summary(county)
    assert (seen.gone, seen.breaks, seen.forks) == (0, (), 0)


def test_the_word_is_given_once_and_serves_the_next_one_too(village: Village, tmp_path: Path, key: SigningKey) -> None:
    """One epoch, however often the agent looks; the word lies in a chain that a second restored county gets as well."""
    busy(village, 30)
    for number in (1, 2):
        folder = tmp_path / f"county{number}"
        folder.mkdir()
        for county in open_county(folder):
            add_station(county.engine, "V042", "", key.public, now_ms=0)
            ship(village, county, key)
            heed(village)
            heed(village)
            assert village.epochs == 2
            ship(village, county, key)
            assert troubles(village) == []
            village.commit([MARK])
            ship(village, county, key)
            assert summary(county).gone > 0


def test_a_cut_before_the_word_is_written_is_made_good(village: Village, county: PaperCounty, key: SigningKey) -> None:
    """Epoch and word are one transaction: there is never an epoch opened for it without it."""
    busy(village, 30)
    ship(village, county, key)
    with closing(village.link()) as link:
        turn_over(link.troubles(), village.journal)
    assert village.epochs == 1
    village.connection.execute(
        "CREATE TRIGGER refuses BEFORE INSERT ON entry WHEN new.sequence = 1"
        " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
    )
    heed(village)
    village.connection.execute("DROP TRIGGER refuses")
    with closing(JournalFile(village.path)) as reader:
        assert len(reader.heads()) == 2
    heed(village)
    ship(village, county, key)
    assert troubles(village) == []


def trip(village: Village, county: PaperCounty, key: SigningKey, number: int) -> Taken:
    """A stick takes what is to be told there, and brings the answer back."""
    with closing(village.link(writable=True)) as link, closing(JournalFile(village.path)) as reader:
        load = pack_trip(number, station="V042", key=key.id, sign=key.sign, journal=reader, ledger=link)
        link.set_out(Trip(number, load.requests, link.incarnation(), answered=False))
        up = Up(UpHead(FORMAT, "V042", bytes(8), number, 0), load.messages)
        now_ms = village.county_ms
        answers = answer_trip(up, receive=county.receiver.receive, lists=lambda _station, _message: [], now_ms=now_ms)
        check = verifier(county.key.public)
        board = Board(station="V042", key=key.id, sign=key.sign, verify=check, store=link)
        down = Down(FORMAT, "V042", bytes(8), number, now_ms, answers.messages)
        return take_down(down, station="V042", verify=check, journal=reader, ledger=link, board=board)


def test_by_stick_alone_it_is_told_as_well(village: Village, county: PaperCounty, key: SigningKey) -> None:
    """The first trip brings home what it lacks, the second carries the word, the third what is left of old chains."""
    busy(village, 30)
    assert village.first() > 0
    assert trip(village, county, key, 1000).back is Back.PARTLY
    assert set(troubles(village)) == {Trouble.GONE}
    heed(village)
    assert village.epochs == 2
    trip(village, county, key, 2000)
    village.commit([MARK])
    assert trip(village, county, key, 3000).back is Back.ARRIVED
    assert troubles(village) == []
    seen = summary(county)
    assert seen.gone > 0
    with closing(JournalFile(village.path)) as reader, closing(village.link()) as link:
        assert [link.standing(head.chain) for head in reader.heads()] == reader.heads()
