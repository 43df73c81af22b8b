"""Holds what the county has against every journal, entry by entry; both are read as they lie there."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Engine, text

from sync.county.database import reading
from sync.county.project import waiting_chains
from sync.county.register import list_stations
from sync.county.verify import read_entries, verify_chain
from sync.entry import ChainId, Lane
from tests.chaos.fleet import Station


def unknown_confirmations(engine: Engine, stations: Iterable[Station]) -> list[str]:
    """What a station was told is safe and the database does not hold; taken down before the database is asked."""
    told = [(each.name, place) for each in stations for place in [*each.confirmed.values()]]
    held = text("""
        SELECT 1 FROM log JOIN chain ON chain.id = log.chain
        WHERE station = :station AND epoch = :epoch AND lane = :lane AND sequence = :sequence AND hash = :hash""")
    with reading(engine) as connection:
        return [
            f"{name}: {place}"
            for name, place in told
            if connection.execute(held, {"station": name, **place._asdict(), "lane": int(place.lane)}).first() is None
        ]


def differences(engine: Engine, stations: Iterable[Station]) -> list[str]:
    """Where county and journals are not the same; empty where every entry of every chain is there exactly once."""
    known = {each.id: each for each in list_stations(engine)}
    found = []
    for station in stations:
        chains = {ChainId(each.epoch, each.lane): each for each in known[station.name].chains}
        if chains.keys() != station.journal.chains.keys():
            found.append(f"{station.name}: chains {chains.keys()} for {station.journal.chains.keys()}")
            continue
        for chain, summary in chains.items():
            journal = station.journal.chains[chain]
            county = read_entries(engine, summary.chain, 0, summary.tip)
            if county != journal or summary.entries != len(journal):
                found.append(f"{station.name} {chain.lane.name}: {summary.entries} entries for {len(journal)}")
            good = verify_chain(engine, summary.chain, station.name, chain)
            if good != len(journal):
                found.append(f"{station.name} {chain.lane.name}: {good} of {len(journal)} verify")
    return found


def table_differences(engine: Engine, stations: Iterable[Station]) -> list[str]:
    """Where the projection does not say each parcel exactly once."""
    if waiting_chains(engine):
        return ["the tables are behind"]
    with reading(engine) as connection:
        rows = connection.execute(text("SELECT waybill, forked FROM parcel_event")).all()
    told = Counter(row.waybill for row in rows)
    written = Counter(
        entry.read_body()["waybill"]
        for station in stations
        for chain, entries in station.journal.chains.items()
        if chain.lane is Lane.CUSTODY
        for entry in entries
    )
    forked = [row.waybill for row in rows if row.forked]
    return [*(f"{waybill} differs" for waybill in (told - written) + (written - told)), *forked]
