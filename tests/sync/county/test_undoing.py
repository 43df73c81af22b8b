"""What an undoing takes back, where a chain is forked: the act of its own branch."""

import pytest
from sqlalchemy import text

from sync.county.database import reading
from sync.county.project import project_once, rebuild
from sync.entry import Entry, Personal
from tests.sync.county.paper import PaperCounty, PaperStation


def bags(county: PaperCounty) -> list[tuple[int, str]]:
    """Place and bag of every scan in the table."""
    while project_once(county.engine).entries:
        pass
    with reading(county.engine) as connection:
        rows = connection.execute(text("SELECT sequence, bag FROM bag_event ORDER BY sequence, bag"))
        return [(row.sequence, row.bag) for row in rows]


def scan(station: PaperStation, bag: str) -> None:
    """A bag comes in; its entry has a personal part, which belongs to its hash."""
    station.write("bag.received", {"bag": bag}, personal=Personal.of(bytes(16), b"sealed"))


def undo(station: PaperStation, *places: int) -> None:
    """The acts at these places are taken back."""
    station.write("act.undone", {"places": list(places), "act": "bag.received"})


@pytest.mark.parametrize("undone_first", [True, False])
def test_an_undoing_takes_back_what_its_own_branch_did(
    county: PaperCounty, station: PaperStation, undone_first: bool
) -> None:
    """Whichever branch the county had first, and again when the tables are made anew; the rival at the place stands."""
    scan(station, "COMMON")
    trunk = list(station.chains[station.chain()])
    scan(station, "A1")
    scan(station, "A2")
    kept = list(station.chains[station.chain()])
    station.chains[station.chain()] = list(trunk)
    scan(station, "B1")
    scan(station, "B2")
    undo(station, 1)
    undone = list(station.chains[station.chain()])
    branches: list[list[Entry]] = [undone, kept] if undone_first else [kept, undone]
    for branch in branches:
        station.chains[station.chain()] = branch
        county.take(station.batch())
        bags(county)
    stand = [(0, "COMMON"), (1, "A1"), (2, "A2"), (2, "B2")]
    assert bags(county) == stand
    rebuild(county.engine)
    assert bags(county) == stand


def test_what_branches_have_in_common_is_taken_back_by_either(county: PaperCounty, station: PaperStation) -> None:
    """It is one entry: somebody said it was a mistake; the same without any fork, all places at once."""
    scan(station, "COMMON")
    scan(station, "KEPT")
    trunk = list(station.chains[station.chain()])
    scan(station, "A")
    county.take(station.batch())
    station.chains[station.chain()] = trunk
    scan(station, "B")
    undo(station, 0, 2)
    county.take(station.batch(2))
    assert bags(county) == [(1, "KEPT"), (2, "A")]
    undo(station, 1)
    county.take(station.batch(4))
    assert bags(county) == [(2, "A")]


def test_an_undoing_of_what_cannot_be_is_counted_and_takes_back_nothing(
    county: PaperCounty, station: PaperStation
) -> None:
    """Its own place, one that is yet to come, one that is none, and one twice (which is well)."""
    scan(station, "KEPT")
    scan(station, "GONE")
    for places in ([2], [7], [-1], "all"):
        station.write("act.undone", {"places": places})
    undo(station, 1, 1)
    county.take(station.batch())
    progress = project_once(county.engine)
    assert progress.unreadable == 4
    assert bags(county) == [(0, "KEPT")]
