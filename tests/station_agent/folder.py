"""A station's folder as `station init` leaves it, made through the commands themselves."""

from pathlib import Path

from click.testing import CliRunner, Result

from station_agent.cli import main
from station_agent.config import load
from station_agent.counter.book import Event
from station_agent.journal.writer import Record
from station_agent.station import Station, open_station

COUNTY_KEY = "ab" * 32


def station(folder: Path, *words: str) -> Result:
    """Run a command of `station` on the configuration in `folder`."""
    return CliRunner().invoke(main, [*words, "--config", str(folder / "etc" / "station.toml")])


def init(folder: Path, *words: str) -> Result:
    """Set the station V042 up."""
    given = ("--id", "V042", "--name", "石桥村", "--county-key", COUNTY_KEY, "--data", str(folder / "data"))
    return station(folder, "init", *given, *words)


def opened(folder: Path) -> Station:
    """The station's memory, open for writing; close it before a reader looks."""
    settings, _ = load(folder / "etc" / "station.toml")
    return open_station(settings)


def write(opened_station: Station, record: Record, *, settled: bool = True) -> None:
    """Write a record with its changes; without `settled` the memory is left behind, as after a crash."""
    books = opened_station.counter.books
    stamp = opened_station.clock.stamp()
    changes = books.effects(Event(record.kind, record.body, stamp.wall_ms))
    opened_station.journal.commit([record], changes, stamp)
    if settled:
        books.take(changes)
