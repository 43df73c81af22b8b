"""Recipients' contacts at the county: opened on record, erased in time, and the chain holds without them."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import text

from sync.contact import Contact
from sync.county.cli import main
from sync.county.contacts import PLACES, Erased, erase_older, open_contacts
from sync.county.database import open_database, reading, sqlite_url, writing
from sync.county.project import project_once
from sync.county.verify import verify_chain
from sync.entry import Personal
from sync.keys import OpeningKey, SigningKey
from sync.sealing import Sealer
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation, open_county, register

DAY_MS = 86_400_000
DRAW = random.Random(5).randbytes
OPENING = OpeningKey(X25519PrivateKey.from_private_bytes(b"c" * 32))
PHONE = "13800138000"


class Clock:
    """The county's."""

    now_ms = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def county(tmp_path: Path, clock: Clock) -> Iterator[PaperCounty]:
    yield from open_county(tmp_path, clock_ms=clock)


@pytest.fixture
def station(tmp_path: Path, county: PaperCounty) -> PaperStation:
    made = PaperStation(SigningKey.create(tmp_path / "s.key"))
    register(county.engine, made)
    return made


def seal(waybill: str, contact: Contact, *, station: str = "v001") -> Personal:
    return Sealer(station, OPENING.public, draw=DRAW).personal(contact, waybill, DRAW(16), period=1)


def send(county: PaperCounty, station: PaperStation, first: int = 0) -> None:
    """Everything from `first` on is committed and in the tables."""
    assert county.take(station.batch(first)).verdict == "accepted"
    while project_once(county.engine).entries:
        pass


def rows(county: PaperCounty, table: str) -> list[dict[str, object]]:
    with reading(county.engine) as connection:
        found = connection.execute(text(f"SELECT * FROM {table} ORDER BY id")).mappings()
        return [dict(row) for row in found]


def sealed_left(county: PaperCounty) -> int:
    with reading(county.engine) as connection:
        return int(connection.execute(text("SELECT count(*) FROM log WHERE personal_sealed IS NOT NULL")).scalar_one())


def test_a_contact_is_opened_on_record(county: PaperCounty, station: PaperStation) -> None:
    """All that stations sealed for the parcel, newest first; who, why and when is in the database."""
    station.receive("YT1", personal=seal("YT1", Contact(PHONE)))
    station.receive("YT2", personal=seal("YT2", Contact("13900139000")))
    station.write("parcel.noticed", {"waybill": "YT1"}, personal=seal("YT1", Contact(PHONE, "张三")))
    station.receive("YT1")
    send(county, station)
    found = open_contacts(county.engine, OPENING.private, "YT1", by="李四", purpose="催取", now_ms=NOW_MS)
    assert [(opened.kind, opened.contact) for opened in found] == [
        ("parcel.noticed", Contact(PHONE, "张三")),
        ("parcel.received", Contact(PHONE)),
    ]
    (access,) = rows(county, "contact_access")
    assert access == {"id": 1, "at_ms": NOW_MS, "by": "李四", "purpose": "催取", "waybill": "YT1", "sealed": 2}


def test_a_look_that_finds_nothing_is_on_record_too(county: PaperCounty) -> None:
    """Who goes fishing is seen."""
    assert open_contacts(county.engine, OPENING.private, "YT9", by="x", purpose="y", now_ms=NOW_MS) == []
    assert [row["sealed"] for row in rows(county, "contact_access")] == [0]


def test_nothing_is_opened_that_cannot_be_recorded(county: PaperCounty, station: PaperStation) -> None:
    """The record comes first: where it fails, nobody has seen anything."""
    station.receive("YT1", personal=seal("YT1", Contact(PHONE)))
    send(county, station)
    with writing(county.engine) as connection:
        connection.execute(text("DROP TABLE contact_access"))
    with pytest.raises(Exception, match="contact_access") as refused:
        open_contacts(county.engine, OPENING.private, "YT1", by="x", purpose="y", now_ms=NOW_MS)
    assert PHONE not in str(refused.value)


def test_what_does_not_open_says_why(county: PaperCounty, station: PaperStation) -> None:
    """Sealed by another station or to another key: named, with what to do; the others open all the same."""
    station.receive("YT1", personal=seal("YT1", Contact(PHONE), station="v002"))
    station.receive("YT1", personal=seal("YT1", Contact(PHONE)))
    send(county, station)
    good, foreign = open_contacts(county.engine, OPENING.private, "YT1", by="x", purpose="y", now_ms=NOW_MS)
    assert (good.contact, good.closed) == (Contact(PHONE), "")
    assert foreign.contact is None
    assert "sealing key" in foreign.closed


def test_erasing_leaves_every_chain_whole(county: PaperCounty, station: PaperStation, clock: Clock) -> None:
    """Salt and sealed fields go, digests stay: the chain verifies, and so does what comes after."""
    for number in range(6):
        station.receive(f"YT{number % 3}", personal=seal(f"YT{number % 3}", Contact(PHONE)))
    station.receive("YT7")
    send(county, station)
    clock.now_ms += 20 * DAY_MS
    station.receive("YT8", personal=seal("YT8", Contact(PHONE)))
    send(county, station, 7)
    clock.now_ms += 11 * DAY_MS
    assert erase_older(county.engine, days=30, by="李四", clock_ms=clock) == Erased(6, 3, NOW_MS, NOW_MS)
    assert sealed_left(county) == 1
    assert verify_chain(county.engine, 1, "v001", station.chain()) == 8
    (erasure,) = rows(county, "erasure")
    assert erasure == {
        "id": 1, "at_ms": clock.now_ms, "by": "李四", "before_ms": clock.now_ms - 30 * DAY_MS, "first_ms": NOW_MS,
        "last_ms": NOW_MS, "waybills": 3, "entries": 6, "finished_ms": clock.now_ms,
    }  # fmt: skip
    gone = open_contacts(county.engine, OPENING.private, "YT1", by="x", purpose="y", now_ms=clock.now_ms)
    assert [opened.contact for opened in gone] == [None, None]
    assert "erased" in gone[0].closed
    assert rows(county, "contact_access")[-1]["sealed"] == 0
    station.receive("YT9")
    send(county, station, 8)
    assert verify_chain(county.engine, 1, "v001", station.chain()) == 9


def test_nothing_erased_comes_back(county: PaperCounty, station: PaperStation, clock: Clock) -> None:
    """A station that sends the same entries again, whole, brings nothing back; a second run finds nothing."""
    station.receive("YT1", personal=seal("YT1", Contact(PHONE)))
    send(county, station)
    clock.now_ms += 40 * DAY_MS
    assert erase_older(county.engine, days=30, by="x", clock_ms=clock).entries == 1
    assert county.take(station.batch()).verdict == "accepted"
    assert sealed_left(county) == 0
    assert erase_older(county.engine, days=30, by="x", clock_ms=clock) == Erased(0, 0, None, None)
    assert [row["entries"] for row in rows(county, "erasure")] == [1, 0]


def test_long_chains_are_erased_in_pieces(county: PaperCounty, station: PaperStation, clock: Clock) -> None:
    """Each piece its own transaction; both its ends count."""
    for number in range(PLACES + 2):
        sealed = number in (0, PLACES - 1, PLACES, PLACES + 1)
        station.receive(f"YT{number}", personal=seal(f"YT{number}", Contact(PHONE)) if sealed else None)
    for first in range(0, PLACES + 2, 1000):
        assert county.take(station.batch(first, 1000)).verdict == "accepted"
    clock.now_ms += DAY_MS + 1
    assert erase_older(county.engine, days=1, by="x", clock_ms=clock)[:2] == (4, 4)
    assert sealed_left(county) == 0


def test_what_is_erased_is_overwritten(
    tmp_path: Path, county: PaperCounty, station: PaperStation, clock: Clock
) -> None:
    """The file holds none of the sealed bytes any more."""
    part = seal("YT1", Contact(PHONE))
    assert part.sealed is not None
    station.receive("YT1", personal=part)
    send(county, station)
    clock.now_ms += 40 * DAY_MS
    erase_older(county.engine, days=30, by="x", clock_ms=clock)
    county.engine.dispose()
    assert part.sealed[-20:] not in (tmp_path / "county.db").read_bytes()


# The commands

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A county set up by its own command."""
    home = tmp_path / "county"
    made = CliRunner().invoke(main, ["init", str(home)])
    assert made.exit_code == 0
    sealing = OpeningKey.load(home / "county.sealing.key").public.hex()
    assert f"--sealing-key {sealing}" in made.stderr
    assert (home / "county.sealing.key").stat().st_mode & 0o777 == 0o600

    def invoke(*arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(main, ["--config", str(home / "county.toml"), *arguments])
        assert result.exit_code == code, (result.output, result.exception)
        return result

    return invoke


def test_the_sealing_key_is_shown_and_made_where_it_is_missing(tmp_path: Path, run: Run) -> None:
    """A county set up before there was one makes it; a lost one is never replaced unasked."""
    path = tmp_path / "county" / "county.sealing.key"
    shown = run("sealing-key").stdout.strip()
    assert shown == run("sealing-key", "--create").stdout.strip() == OpeningKey.load(path).public.hex()
    path.unlink()
    assert "county.sealing.key" in run("sealing-key", code=1).stderr
    assert run("sealing-key", "--create").stdout.strip() != shown


def test_contact_and_forget_from_the_command_line(tmp_path: Path, run: Run) -> None:
    """What is personal is on stdout alone, for the one parcel asked about; the rest says what is on record."""
    home = tmp_path / "county"
    station = PaperStation(SigningKey.create(tmp_path / "s.key"))
    run("station", "add", "v001", station.key.public.hex())
    opening = OpeningKey.load(home / "county.sealing.key")
    contact = Contact(PHONE, "张三\x1b[2J")
    part = Sealer("v001", opening.public, draw=DRAW).personal(contact, "YT1", DRAW(16), period=1)
    station.receive("YT1", personal=part)
    engine = open_database(sqlite_url(home / "county.db"))
    from sync.county.store import CountyLog  # noqa: PLC0415
    from sync.keys import verifier  # noqa: PLC0415
    from sync.receiver import Receiver  # noqa: PLC0415

    key = SigningKey.load(home / "county.key")
    log = CountyLog(engine, clock_ms=lambda: NOW_MS - 400 * DAY_MS)
    made = PaperCounty(engine, key, log, Receiver(log=log, sign=key.sign, verifier=verifier))
    assert made.take(station.batch()).verdict == "accepted"
    engine.dispose()
    asked = ("contact", "YT1", "--by", "李四", "--purpose", "投诉")
    assert "county project" in run(*asked, code=1).stderr
    run("project", "--once")
    shown = run(*asked)
    assert PHONE in shown.stdout
    assert "\x1b" not in shown.stdout
    assert PHONE not in shown.stderr
    assert json.loads(run(*asked, "--json").stdout)["contact"]["phone"] == PHONE
    run("contact", "YT2", "--by", "李四", "--purpose", "投诉", code=1)
    told = run("forget", "--older-than", "30", "--by", "李四").stderr
    assert "1 个运单的 1 份" in told
    assert "没有到期" in run("forget", "--older-than", "30", "--by", "李四").stderr
    assert "erased" in run(*asked, code=1).stdout
    assert "✓" in run("verify", "v001").stdout


@pytest.mark.parametrize(("by", "purpose"), [(" ", "x"), ("x", ""), ("x" * 201, "y"), ("x", "a\nb")])
def test_who_and_why_must_be_said(run: Run, by: str, purpose: str) -> None:
    """One line each; without them nothing is opened."""
    assert "200" in run("contact", "YT1", "--by", by, "--purpose", purpose, code=1).stderr
    run("contact", "YT1", code=2)
    run("forget", "--older-than", "30", code=2)
    run("forget", "--older-than", "0", "--by", "x", code=2)
