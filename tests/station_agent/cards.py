"""A station with a day's entries on its card, and what may happen to a card while it is in nobody's hands."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from station_agent.config import Settings, load
from station_agent.counter.vocabulary import custody, telemetry
from station_agent.journal.audit import Audit
from station_agent.journal.reader import JournalFile
from station_agent.journal.side import Checked, SideFile
from station_agent.journal.writer import Record
from station_agent.rebuilding import Rebuilding
from station_agent.station import Station, empty_books, open_station
from sync.entry import Entry, Lane, Personal
from sync.link import LinkFile
from tests.station_agent.folder import init, write

PARCELS = 40


@dataclass(frozen=True)
class Card:
    """The folder of one station; `data` is what lies on the card."""

    folder: Path

    @property
    def data(self) -> Path:
        """The station's folder."""
        return self.folder / "data"

    @property
    def journal(self) -> Path:
        """The journal's file."""
        return self.data / "journal.db"

    @property
    def settings(self) -> Settings:
        """Its configuration."""
        return load(self.folder / "etc" / "station.toml")[0]

    def open(self) -> Station:
        """Start."""
        return open_station(self.settings)

    def copy(self, folder: Path) -> "Card":
        """The same card again; the configuration stays where it is, its data lies in `folder`."""
        shutil.copytree(self.data, folder / "data")
        shutil.copytree(self.folder / "etc", folder / "etc")
        path = folder / "etc" / "station.toml"
        path.write_text(path.read_text().replace(str(self.data), str(folder / "data")))
        return Card(folder)

    def audit(self) -> None:
        """Walk everything as idle moments do; raises what it finds."""
        side = SideFile(self.journal)
        audit = Audit(
            self.journal,
            shadow=lambda start: Rebuilding(empty_books(self.settings), start),
            good=lambda places, _rows, _start: side.write(Checked(places)),
        )
        while not audit.rounds:
            audit.step(0.0)

    def entries(self) -> dict[bytes, Entry]:
        """Every entry by its hash, each chain proved."""
        with closing(JournalFile(self.journal)) as journal:
            return {entry.hash: entry for head in journal.heads() for entry in journal.proved(head.chain)}

    def bodies(self, kind: str) -> list[dict[str, object]]:
        """Bodies of all entries of a kind."""
        entries = self.entries().values()
        return [entry.read_body() for entry in entries if entry.read_header().kind == kind]

    def reasons(self) -> list[object]:
        """Why each epoch was opened."""
        return [body["reason"] for body in self.bodies("epoch.opened")][::2]

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """All stored rows."""
        with closing(JournalFile(self.journal)) as journal:
            return {
                table: sorted(journal.rows(table), key=str) for table in (*empty_books(self.settings).tables, "note")
            }

    def confirm(self, sequence: int) -> None:
        """The county has custody up to there."""
        with closing(JournalFile(self.journal)) as journal:
            head = next(head for head in journal.heads() if head.lane is Lane.CUSTODY)
            digest = journal.hash_at(head.chain, sequence)
        assert digest is not None
        with closing(LinkFile(self.settings.link_path, lambda: 0, writable=True)) as link:
            link.confirm(head._replace(sequence=sequence, hash=digest), bytes(8), b"", b"")


def filled(folder: Path) -> Card:
    """Parcels in and out, some large entries, telemetry between; closed in order."""
    folder.mkdir(exist_ok=True)
    init(folder)
    card = Card(folder)
    with card.open() as station:
        for number, record in enumerate(_day()):
            write(station, record)
            if number % 5 == 0:
                station.journal.commit([telemetry("box.temperatures", device="t", at_s=list(range(number)))])
        station.journal.commit([], [])
    card.audit()
    return card


def _day() -> Iterator[Record]:
    for number in range(PARCELS):
        yield custody("parcel.received", waybill=f"SF{number}", code=f"1-1-{number}", note="x" * (number % 7 * 90))
        if number % 3 == 0:
            yield custody("parcel.collected", waybill=f"SF{number}", code=f"1-1-{number}", how="scan")
        if number % 10 == 0:
            part = Personal.of(bytes(16), b"sealed %d" % number)
            yield custody("notice.due", waybill=f"SF{number}", code="1")._replace(personal=part)
