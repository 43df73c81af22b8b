"""Epochs: a clone, a restored card or a fork goes on in chains of its own, tied to the last hash it knew."""

import pytest

from station_agent.errors import JournalFull
from station_agent.journal.writer import Journal
from sync.entry import ROOT, Lane
from tests.station_agent.journal.files import IDENTITY, Bench, custody, heads, telemetry
from tests.station_agent.journal.sick import Sick


def genesis(bench: Bench, journal: Journal, lane: Lane) -> dict[str, object]:
    """Body of the first entry of a lane of the present epoch, its chain verified."""
    return bench.walked(journal.head(lane).chain)[0].read_body()


def test_a_new_file_opens_its_first_epoch(bench: Bench) -> None:
    """Both lanes start at sequence 0 behind nothing, and say that the station was provisioned."""
    journal = bench.journal()
    for lane in Lane:
        assert journal.head(lane).sequence == 0
        assert genesis(bench, journal, lane) == {"reason": "provisioned"}
        assert bench.entries(journal.head(lane).chain)[0].hash != ROOT


def test_another_computer_or_card_opens_a_new_epoch(bench: Bench) -> None:
    """On other hardware each lane's first entry names epoch, sequence and hash of the last one before; once."""
    old = bench.journal()
    old.commit([custody(), telemetry(), custody()])
    last = dict(zip(Lane, heads(old), strict=True))
    bench.close()
    other = IDENTITY._replace(hardware="another pi", boot="boot-b")
    journal = bench.journal(other)
    assert (journal.epoch != old.epoch, journal.boot) == (True, 2)
    for lane in Lane:
        assert genesis(bench, journal, lane) == {
            "reason": "another_computer",
            "epoch": old.epoch,
            "sequence": last[lane].sequence,
            "hash": last[lane].hash,
        }
        assert len(bench.walked(last[lane].chain)) == last[lane].sequence + 1
    bench.close()
    assert bench.journal(other).epoch == journal.epoch


def test_open_epoch_starts_both_lanes_anew(bench: Bench) -> None:
    """After a fork the next entries stand in the new epoch; the old chains stay as they were; reopening finds it."""
    journal = bench.journal()
    journal.commit([custody()])
    before = heads(journal)
    journal.open_epoch("fork")
    (place,) = journal.commit([custody()])
    assert (place.epoch, place.sequence) == (journal.epoch, 1)
    assert genesis(bench, journal, Lane.CUSTODY)["hash"] == before[0].hash
    assert [len(bench.walked(head.chain)) for head in before] == [2, 1]
    bench.close()
    assert bench.journal().head(Lane.CUSTODY) == place


@pytest.mark.parametrize("statement", range(1, 12))
def test_an_epoch_that_cannot_be_written_leaves_the_old_one(bench: Bench, statement: int) -> None:
    """Whichever statement the card refuses, the journal goes on in the old epoch and can open the new one later."""
    sick = Sick(bench.connection())
    journal = bench.journal(connection=sick)
    epoch, before = journal.epoch, heads(journal)
    sick.fail(statement, sick.full)
    with pytest.raises(JournalFull):
        journal.open_epoch("fork")
    assert (journal.epoch, heads(journal)) == (epoch, before)
    journal.commit([custody()])
    journal.open_epoch("fork")
    assert journal.epoch != epoch
    assert genesis(bench, journal, Lane.CUSTODY)["sequence"] == 1
