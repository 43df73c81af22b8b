"""Walking the stored chains: every kind of tampering with the county's own database is found and named."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from sync.county.database import writing
from sync.county.register import find_station
from sync.county.verify import check_places, verify_chain
from sync.entry import Entry, Lane
from sync.errors import BrokenChain
from tests.sync.county.paper import PaperCounty, PaperStation

Places = list[tuple[int, list[Entry]]]


def verified(county: PaperCounty, station: PaperStation) -> int:
    return sum(
        verify_chain(county.engine, chain.chain, station.name, station.chain(chain.lane))
        for chain in find_station(county.engine, station.name).chains
    )


def test_good_chains_are_counted(county: PaperCounty, station: PaperStation) -> None:
    """Longer than a page, both lanes."""
    station.fill(2500)
    station.write("box.block", {}, lane=Lane.TELEMETRY)
    for first in (0, 1000, 2000):
        county.take(station.batch(first, 1000))
    county.take(station.batch(lane=Lane.TELEMETRY))
    assert verified(county, station) == 2501


def test_every_branch_of_a_fork_is_walked(county: PaperCounty, station: PaperStation) -> None:
    """Two branches, both good; then one altered."""
    station.fill(6)
    county.take(station.batch())
    chain = station.chain()
    station.chains[chain] = station.chains[chain][:3]
    station.receive("YT-b3")
    station.receive("YT-b4")
    county.take(station.batch(3))
    assert verified(county, station) == 8
    last = station.chains[chain][-1].hash
    with writing(county.engine) as connection:
        connection.execute(text("UPDATE log SET body = :body WHERE hash = :hash"), {"body": b"\x80", "hash": last})
    with pytest.raises(BrokenChain, match="entry 4"):
        verified(county, station)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE log SET body = :byte WHERE sequence = 7",
        "UPDATE log SET header = substr(header, 1, 20) WHERE sequence = 7",
        "UPDATE log SET hash = :zeros WHERE sequence = 7",
        "UPDATE log SET personal_digest = :zeros WHERE sequence = 7",
        "DELETE FROM log WHERE sequence = 7",
    ],
)
def test_the_first_bad_entry_is_named(county: PaperCounty, station: PaperStation, damage: str) -> None:
    """Edited, cut, or deleted: the walk stops at entry 7."""
    station.fill(20)
    county.take(station.batch())
    with writing(county.engine) as connection:
        given = {"byte": b"\x80", "zeros": bytes(32)}
        connection.execute(text(damage), {name: value for name, value in given.items() if f":{name}" in damage})
    with pytest.raises(BrokenChain) as broken:
        verified(county, station)
    assert broken.value.sequence == 7
    assert broken.value.hint


@pytest.mark.parametrize(
    "alter", [lambda places: places[1:], lambda places: places[:1] + places[2:], lambda places: [places[1], places[0]]]
)
def test_a_missing_or_swapped_place_is_named(station: PaperStation, alter: Callable[[Places], Places]) -> None:
    """Pure: places in, counts out."""
    station.fill(3)
    places = [(number, [entry]) for number, entry in enumerate(station.chains[station.chain()])]
    assert sum(check_places(places, station="v001", chain=station.chain())) == 3
    with pytest.raises(BrokenChain, match="missing"):
        list(check_places(alter(places), station="v001", chain=station.chain()))


def test_a_chain_filed_under_another_station_is_found(station: PaperStation) -> None:
    """Its hashes are right, its name is not."""
    station.fill(1)
    places = [(0, station.chains[station.chain()])]
    with pytest.raises(BrokenChain, match="another chain"):
        list(check_places(places, station="v002", chain=station.chain()))


def test_a_chain_made_anew_without_the_stations_key_is_found(county: PaperCounty, station: PaperStation) -> None:
    """Whoever owns the database can work out all hashes again, but not the signature over the head."""
    station.fill(6)
    county.take(station.batch())
    chain = station.chain()
    station.chains[chain] = station.chains[chain][:5]
    station.receive("FORGED")
    forged = station.chains[chain][-1]
    columns = {"hash": forged.hash, "header": forged.header, "body": forged.body}
    with writing(county.engine) as connection:
        connection.execute(
            text("UPDATE log SET hash = :hash, header = :header, body = :body WHERE sequence = 5"), columns
        )
    with pytest.raises(BrokenChain, match="entry 5: no signature"):
        verified(county, station)
    with writing(county.engine) as connection:
        connection.execute(text("UPDATE signed_head SET hash = :hash"), {"hash": forged.hash})
    with pytest.raises(BrokenChain, match="entry 5: not signed"):
        verified(county, station)


def test_one_signature_a_branch_is_kept(county: PaperCounty, station: PaperStation) -> None:
    """A later head vouches for everything before it, so evidence does not grow with the number of batches."""
    station.fill(9)
    for first in (0, 3, 6):
        county.take(station.batch(first, 3))
    with writing(county.engine) as connection:
        rows = connection.execute(text("SELECT sequence FROM signed_head")).scalars().all()
    assert rows == [8]
    assert verified(county, station) == 9
