"""What may have become of a journal, case by case: its log, its file, holes, a cut while it is set aside, a card that
refuses."""

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from station_agent.commands.run import when_card_takes
from station_agent.counter.answers import Advice, Answer
from station_agent.counter.vocabulary import custody, telemetry
from station_agent.errors import JournalFull, JournalUnwritable, StationError
from station_agent.feedback import Several
from station_agent.journal.log_file import lost_commits
from station_agent.journal.reader import JournalFile
from station_agent.journal.salvage import build, complete, finish
from station_agent.journal.side import KeptLogFile
from station_agent.station import Station
from sync.entry import Entry, Lane, decode_header
from tests.station_agent.cards import Card, filled
from tests.station_agent.folder import init, write
from tests.station_agent.folder import station as station_command

FRAME = 24 + 1024


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Card:
    """A card closed in order."""
    return filled(tmp_path_factory.mktemp("made"))


@pytest.fixture
def card(made: Card, tmp_path: Path) -> Card:
    """A copy of it."""
    return made.copy(tmp_path / "card")


def killed(card: Card, folder: Path, parcels: int = 20) -> Card:
    """The card after `parcels` more and then a power cut: all of it in the log."""
    with card.open() as station:
        for number in range(parcels):
            write(station, custody("parcel.received", waybill=f"JD{number}", code=f"2-1-{number}"))
        return card.copy(folder)


def log_of(card: Card) -> Path:
    """The write-ahead log."""
    return card.journal.with_name("journal.db-wal")


def waybills(card: Card) -> set[object]:
    """Waybills received by the log, those entered again among them."""
    received = {body["waybill"] for body in card.bodies("parcel.received")}
    for body in card.bodies("entry.salvaged"):
        packed = _bytes(body, "body")
        received |= {f"JD{number}" for number in range(20) if f"JD{number}".encode() + b"\xa4code" in packed}
    return received


def test_a_power_cut_alone_is_no_break(card: Card, tmp_path: Path) -> None:
    """A log that waits to be moved is what every cut leaves: all is there, the epoch goes on, nobody is told."""
    cut = killed(card, tmp_path / "cut")
    assert lost_commits(log_of(cut).read_bytes(), 1024) == 0
    with cut.open() as station:
        assert station.told is None
    assert cut.reasons() == ["provisioned"]
    assert {f"JD{number}" for number in range(20)} <= waybills(cut)


def test_a_log_torn_in_its_last_commit_is_no_break(card: Card, tmp_path: Path) -> None:
    """What was never answered green may be cut anywhere in its last commit."""
    cut = killed(card, tmp_path / "cut")
    log = log_of(cut).read_bytes()
    for keep in (len(log) - 1, len(log) - 600, len(log) - FRAME):
        assert lost_commits(log[:keep], 1024) == 0
    assert lost_commits(b"", 1024) == lost_commits(log[:40], 1024) == 0


@pytest.mark.parametrize("where", ["header", "first frame", "middle", "its sum"])
def test_a_log_damaged_before_its_end_is_found_and_what_lies_behind_is_saved(
    card: Card, tmp_path: Path, where: str
) -> None:
    """SQLite would drop every commit behind the damage and say nothing; they are read all the same."""
    cut = killed(card, tmp_path / "cut")
    log = bytearray(log_of(cut).read_bytes())
    frames = len(log) // FRAME
    at = {"header": 26, "first frame": 32 + 24 + 900, "middle": 32 + frames // 2 * FRAME + 30, "its sum": 32 + 17}[
        where
    ]
    log[at] ^= 0x40
    log_of(cut).write_bytes(log)
    with cut.open() as station:
        assert station.told == Answer("journal.broken")
    assert len({f"JD{number}" for number in range(20)} - waybills(cut)) <= 1
    (aside,) = cut.data.glob("journal-*.broken-wal")
    assert aside.read_bytes() == log


def test_a_log_taken_away_is_told(card: Card, tmp_path: Path) -> None:
    """The index of a log without the log: what was in it is gone, and the station goes on in a new epoch."""
    cut = killed(card, tmp_path / "cut")
    log_of(cut).unlink()
    with cut.open() as station:
        assert station.told == Answer("journal.rolled_back")
    assert cut.reasons() == ["provisioned", "rolled_back"]


def test_the_log_of_another_station_is_not_taken_in(card: Card, tmp_path: Path) -> None:
    """Its pages would be laid over ours: found, set aside, and every entry of ours still there."""
    wanted = waybills(card)
    other = killed(filled(tmp_path / "other"), tmp_path / "cut")
    shutil.copy(log_of(other), log_of(card))
    with card.open() as station:
        assert station.told == Answer("journal.broken")
    assert wanted <= waybills(card)


def test_an_older_card_is_told(card: Card, tmp_path: Path) -> None:
    """A file that is whole and not as far as the county confirmed was rolled back."""
    old = card.copy(tmp_path / "old")
    with card.open() as station:
        write(station, custody("parcel.received", waybill="JD1", code="2-1-1"))
        head = station.journal.head(Lane.CUSTODY).sequence
    card.confirm(head)
    shutil.copy(card.settings.link_path, old.settings.link_path)
    with old.open() as station:
        assert station.told == Answer("journal.rolled_back")
    with old.open() as station:
        assert station.told is None
    assert old.reasons() == ["provisioned", "rolled_back"]


@pytest.mark.parametrize("left", ["nothing", "an empty file"])
def test_a_journal_that_is_gone_is_told(card: Card, left: str) -> None:
    """With entries confirmed once, a start from nothing is a loss and not a new station."""
    card.confirm(3)
    card.journal.with_suffix(".checked").unlink()
    card.journal.unlink()
    if left == "an empty file":
        card.journal.touch()
    with card.open() as station:
        assert station.told == Answer("journal.lost")
    assert card.reasons() == ["lost"]
    assert len(card.rows()["open_case"]) == 1
    with card.open() as station:
        assert station.told is None


def test_a_new_station_is_provisioned(tmp_path: Path) -> None:
    """Where nothing is known of an earlier journal there is nothing to tell."""
    init(tmp_path)
    card = Card(tmp_path)
    with card.open() as station:
        assert station.told is None
    assert card.reasons() == ["provisioned"]


def spoil(card: Card, text: bytes) -> None:
    """Damage the entry whose body holds `text`, wherever it lies."""
    data = bytearray(card.journal.read_bytes())
    at = data.find(text)
    assert at > 0
    while at > 0:
        data[at : at + 3] = b"\xff\xff\xff"
        at = data.find(text)
    card.journal.write_bytes(data)


def test_what_the_county_lacks_behind_a_hole_is_entered_again(card: Card) -> None:
    """The old chain cannot be sent over its hole: every entry behind it is in the new one, byte for byte."""
    before = card.entries()
    spoil(card, b"SF22\xa4code")
    card.confirm(5)
    with closing(JournalFile(card.journal)) as journal:
        chain = journal.heads()[0].chain
        hole = next(n for n, e in enumerate(journal.every(chain)) if b"\xff\xff\xff" in e.body)
        last = journal.heads()[0].sequence
    with card.open() as station:
        assert station.told == Answer("journal.broken")
    again = [
        (decode_header(_bytes(body, "header")), body)
        for body in card.bodies("entry.salvaged")
        if decode_header(_bytes(body, "header")).lane is Lane.CUSTODY
    ]
    assert [header.sequence for header, _ in again] == list(range(hole + 1, last + 1))
    assert all(before[_bytes(body, "hash")].body == body["body"] and body["proved"] for _, body in again)
    (told,) = card.bodies("journal.broken")
    digest = next(entry.hash for entry in before.values() if _place(entry) == (Lane.CUSTODY, hole))
    assert told["lost"] == [[chain.epoch, 0, hole, hole, digest]]
    parcels = {row[0] for row in card.rows()["parcel"]}
    assert parcels >= {"SF19", "SF23"}


def _bytes(body: dict[str, object], field: str) -> bytes:
    value = body[field]
    assert isinstance(value, bytes)
    return value


def _place(entry: Entry) -> tuple[Lane, int]:
    header = entry.read_header()
    return header.lane, header.sequence


def test_what_the_county_has_is_not_entered_again(card: Card) -> None:
    """Where the county is beyond the hole the old chain goes on by itself."""
    with closing(JournalFile(card.journal)) as journal:
        last = journal.heads()[0].sequence
    card.confirm(last - 2)
    spoil(card, b"SF21\xa4code")
    card.open().__exit__()
    assert card.reasons() == ["provisioned", "broken"]
    assert card.bodies("entry.salvaged") == []
    with closing(JournalFile(card.journal)) as journal:
        head = journal.heads()[0]
        assert head.sequence == last
        assert len(journal.entries(head.chain, last - 1, 10)) == 2


@pytest.mark.parametrize("renamed", [0, 1, 2, 3])
def test_a_cut_while_it_is_set_aside_is_gone_on_from(card: Card, tmp_path: Path, renamed: int) -> None:
    """Once the new journal is whole every cut leads to the same: it in place, the broken one aside with its log."""
    cut = killed(card, tmp_path / "cut")
    files = {end: cut.journal.with_name(f"journal.db{end}") for end in ("-wal", "-shm", "")}
    bytes_of = {end: files[end].read_bytes() for end in ("", "-wal")}  # the index is made anew by who reads
    part = cut.journal.with_suffix(".part")
    connection, salvaged = build(cut.journal, part, "V042", lambda _: None)
    connection.close()
    assert salvaged.lost == []
    complete(part, cut.data / "journal-x.salvage")
    for end in list(files)[:renamed]:
        files[end].rename(cut.data / f"journal-x.broken{end}")
    assert finish(cut.journal)
    assert {end: (cut.data / f"journal-x.broken{end}").read_bytes() for end in bytes_of} == bytes_of
    assert {f"JD{number}" for number in range(20)} <= waybills(cut)
    assert not finish(cut.journal)
    cut.open().__exit__()


def test_an_unfinished_salvage_is_begun_anew(card: Card) -> None:
    """What a cut left of the new journal is thrown away; the broken one is still whole."""
    spoil(card, b"SF21\xa4code")
    card.journal.with_suffix(".part").write_bytes(b"half")
    card.journal.with_name("journal.part-wal").write_bytes(b"half")
    with card.open() as station:
        assert station.told == Answer("journal.broken")
    assert not list(card.data.glob("*.part*"))


def test_a_card_that_refuses_at_the_start_is_told_and_waited_for(card: Card) -> None:
    """Red words until the card takes again, and then the station opens by itself; nobody is told twice a minute."""
    refusals: list[StationError] = [JournalUnwritable("x", hint="写保护"), JournalFull("x", hint="h")]
    given: list[Answer] = []

    class Told:
        """Keeps what is said."""

        def give(self, answer: Answer) -> None:
            """Keep it."""
            given.append(answer)

    def opening() -> Station:
        if refusals:
            raise refusals.pop(0)
        return card.open()

    waited: list[float] = []
    station = when_card_takes(opening, Several([Told()]), waited.append)
    assert station is not None
    station.__exit__()
    assert given == [Answer("card.refuses", advice=Advice.of("写保护"))]
    assert sum(waited) == 6


def test_after_a_failed_checkpoint_no_stop_and_start_moves_the_log(card: Card) -> None:
    """In the boot whose sync failed neither closing nor the next start touches the file; another boot moves all."""
    station = card.open()
    write(station, custody("parcel.received", waybill="JD1", code="2-1-1"))
    station.__exit__()
    before = card.journal.read_bytes()
    station = card.open()
    KeptLogFile(card.journal, _boot(card)).keep()
    station.__exit__()
    for number in range(2):
        station = card.open()
        assert station.journal.keeps_log
        write(station, custody("parcel.received", waybill=f"JD{2 + number}", code="2-1-2"))
        station.journal.checkpoint()
        station.__exit__()
        assert card.journal.read_bytes() == before
        assert log_of(card).stat().st_size > 0
    card.journal.with_suffix(".keep-log").write_text("another boot")
    station = card.open()
    assert not station.journal.keeps_log
    station.__exit__()
    assert card.journal.read_bytes() != before
    assert not log_of(card).exists()
    assert {"JD1", "JD2", "JD3"} <= waybills(card)


def _boot(card: Card) -> str:
    with closing(JournalFile(card.journal)) as journal:
        return str(journal._ask("SELECT value FROM meta WHERE name = 'boot'")[0][0])


def test_what_was_let_go_of_before_is_no_hole(card: Card) -> None:
    """A journal that breaks after telemetry went keeps that gap as it was named, and what lies behind it."""
    with card.open() as station:
        assert station.journal.drop_telemetry({}) > 0
        station.journal.commit([telemetry("box.normal", box="b")])
        chain = station.journal.head(Lane.TELEMETRY).chain
    with closing(JournalFile(card.journal)) as journal:
        gaps, last = journal.gaps(chain), journal.heads()[1]
    spoil(card, b"SF22\xa4code")
    with card.open() as station:
        assert station.told == Answer("journal.broken")
    (told,) = card.bodies("journal.broken")
    assert told["holes"] == 1
    with closing(JournalFile(card.journal)) as journal:
        assert journal.gaps(chain) == gaps
        assert journal.hash_at(chain, last.sequence) == last.hash
        assert journal.verify(chain) == last.sequence - gaps[-1].last


def test_verify_and_doctor_tell_of_a_break(card: Card) -> None:
    """A technician sees which places are gone and why, and which file to take to the county."""
    spoil(card, b"SF22\xa4code")
    card.open().__exit__()
    verified = station_command(card.folder, "journal", "verify")
    assert verified.exit_code == 0
    assert "账本损坏" in verified.output
    (aside,) = card.data.glob("journal-*.broken")
    assert aside.name in station_command(card.folder, "doctor").output


def test_a_reader_goes_over_to_the_journal_put_in_place(card: Card) -> None:
    """The sync process, at work all the while, reads the new epoch and no longer the file that was set aside."""
    with closing(JournalFile(card.journal)) as reader:
        reader.changed()
        before = {head.epoch for head in reader.heads()}
        spoil(card, b"SF22\xa4code")
        card.open().__exit__()
        assert reader.changed()
        assert {head.epoch for head in reader.heads()} > before
        assert not reader.changed()
