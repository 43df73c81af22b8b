"""The county's desk of lists, and both ends joined: what is put up reaches the stations it is for, once."""

from pathlib import Path

import pytest
from sqlalchemy import text

from sync.badge import Role, day_of
from sync.contents import Line, LineKind, Lines, RevokedBadges, pack_content, read_content
from sync.county.badges import BadgeConflict, issue_badge, list_badges, revoke_badge
from sync.county.database import add_tables, open_database, sqlite_url, writing
from sync.county.ingest import Ingest
from sync.county.lists import ListRefused, lacking, list_summaries, put_list, read_list
from sync.county.register import revoke_keys
from sync.errors import BadSignature, MalformedMessage
from sync.keys import SigningKey
from sync.link import LinkFile
from sync.lists import Held
from sync.mqtt import Connected, Disconnected, Message
from sync.wire import Verdict, decode_receipt, open_envelope
from tests.sync.county.paper import (
    NOW_MS,
    PaperCounty,
    PaperLedger,
    PaperStation,
    make_board,
    make_desk,
    make_sender,
    register,
)
from tests.sync.county.test_ingest import PaperLink
from tests.sync.memory import MemoryLists

LINES = pack_content(Lines([Line("L1", "大昌—槐花村", LineKind.BUS, [])]))


def put(
    county: PaperCounty, name: str = "lines", scope: str = "*", content: bytes = LINES, now_ms: int = NOW_MS
) -> int:
    return put_list(county.engine, county.key, scope=scope, name=name, content=content, put_by="王", now_ms=now_ms)


def ask(county: PaperCounty, station: PaperStation, store: MemoryLists) -> list[bytes]:
    """A station's question, and the county's answer."""
    board = make_board(station, county.key.public, store)
    (question,) = board.ask(0.0)
    return make_desk(county).answer(station.name, question)


def give(county: PaperCounty, station: PaperStation, store: MemoryLists, payloads: list[bytes]) -> None:
    """The answer, taken by the station's board; what it says then goes to the county, which has nothing to add."""
    board = make_board(station, county.key.public, store)
    for payload in payloads:
        for told in board.take(*open_envelope(payload)[1:]):
            assert make_desk(county).answer(station.name, told) == []


def test_a_list_put_up_reaches_who_asks_and_only_once(county: PaperCounty, station: PaperStation) -> None:
    """Signed for real; who has it is not sent it again, and the county knows who has it."""
    version = put(county)
    store = MemoryLists()
    give(county, station, store, ask(county, station, store))
    assert store.held() == [Held("*", "lines", version)]
    assert read_content(store.kept["*", "lines"].content, Lines).lines[0].zh == "大昌—槐花村"
    assert ask(county, station, store) == []
    (summary,) = list_summaries(county.engine)
    assert (summary.holders, summary.ahead, summary.put_by, summary.put_ms) == (1, 0, "王", NOW_MS)


def test_lists_for_one_station_go_to_it_alone(tmp_path: Path, county: PaperCounty, station: PaperStation) -> None:
    """The other one only hears what is for everybody."""
    other = PaperStation(SigningKey.create(tmp_path / "other.key"), name="v002")
    register(county.engine, other)
    put(county, "manifest", "v001", b"\x81\xa5trips\x90")
    put(county)
    assert [len(ask(county, each, MemoryLists())) for each in (station, other)] == [2, 1]


def test_a_newer_version_takes_the_place_and_the_old_content_goes(county: PaperCounty, station: PaperStation) -> None:
    """Who put up what stays on record; versions go up also where the clock went back."""
    first, second = put(county), put(county, now_ms=NOW_MS - 86_400_000)
    assert second == first + 1
    store = MemoryLists()
    give(county, station, store, ask(county, station, store))
    assert store.held() == [Held("*", "lines", second)]
    with county.engine.connect() as connection:
        rows = connection.execute(text("SELECT content IS NULL, put_by FROM list_put ORDER BY version")).all()
    assert [tuple(row) for row in rows] == [(1, "王"), (0, "王")]


def test_a_list_taken_down_is_told_to_who_has_it(county: PaperCounty, station: PaperStation) -> None:
    """Who never had it hears nothing."""
    put(county)
    store = MemoryLists()
    give(county, station, store, ask(county, station, store))
    put(county, content=b"")
    assert len(ask(county, station, store)) == 1
    assert ask(county, station, MemoryLists()) == []


def test_a_county_behind_its_stations_is_seen(county: PaperCounty, station: PaperStation) -> None:
    """Restored from a backup: nothing older is sent, people see that it must be put up again, and that then works."""
    put(county)
    newer = put(county, now_ms=NOW_MS + 1000)
    store = MemoryLists()
    give(county, station, store, ask(county, station, store))
    with writing(county.engine) as connection:
        connection.execute(text("DELETE FROM list_put WHERE version = :version"), {"version": newer})
        connection.execute(text("UPDATE list_put SET content = :content"), {"content": b"\x80"})
    assert ask(county, station, store) == []
    assert list_summaries(county.engine)[0].ahead == 1
    put(county, now_ms=NOW_MS + 2000)
    assert len(ask(county, station, store)) == 1


@pytest.mark.parametrize("alter", ["name", "signature", "revoked"])
def test_only_a_registered_station_is_answered(
    tmp_path: Path, county: PaperCounty, station: PaperStation, alter: str
) -> None:
    """Another's name, another's key, a revoked key: no answer, nothing remembered."""
    put(county)
    speaker = station
    if alter == "signature":
        speaker = PaperStation(SigningKey.create(tmp_path / "x.key"))
    if alter == "revoked":
        revoke_keys(county.engine, "v001", now_ms=NOW_MS)
    (question,) = make_board(speaker, county.key.public, MemoryLists()).ask(0.0)
    with pytest.raises((MalformedMessage, BadSignature)) as refused:
        make_desk(county).answer("v002" if alter == "name" else "v001", question)
    assert refused.value.hint
    assert list_summaries(county.engine)[0].holders == 0


def test_a_list_too_large_is_refused_with_a_hint(county: PaperCounty) -> None:
    """The present one stays."""
    version = put(county)
    with pytest.raises(ListRefused, match="262145"):
        put(county, content=bytes((256 << 10) + 1))
    assert read_list(county.engine, "*", "lines").version == version


def test_lacking_is_what_is_newer() -> None:
    """Not what is as old, older, or was taken down before one ever had it."""
    current = [(Held("*", name, 5), size) for name, size in zip("abcde", (9, 9, 9, 0, 0), strict=True)]
    held = [Held("*", "a", 5), Held("*", "b", 6), Held("*", "d", 4), Held("v001", "c", 9)]
    assert [each.name for each in lacking(held, current)] == ["c", "d"]


def test_what_is_put_up_is_pushed_once_by_one_worker(
    tmp_path: Path, county: PaperCounty, station: PaperStation
) -> None:
    """Two workers look; one pushes, to every station that may send; not again after a restart."""
    other = PaperStation(SigningKey.create(tmp_path / "other.key"), name="v002")
    register(county.engine, other)
    put(county)
    put(county, "manifest", "v001", b"\x81\xa5trips\x90")
    workers = [make_desk(county), make_desk(county)]
    for worker in workers:
        worker.look()
    pushes = [worker.next_pushes(100) for worker in workers]
    assert sorted(to for to, _ in pushes[0]) == ["v001", "v001", "v002"]
    assert pushes[1] == []
    again = make_desk(county)
    again.look()
    assert again.next_pushes(100) == []
    store = MemoryLists()
    give(county, station, store, [payload for to, payload in pushes[0] if to == station.name])
    assert len(store.held()) == 2


def run(ingest: Ingest, link: PaperLink, *events: Message | Connected | Disconnected) -> list[tuple[str, bytes]]:
    """One step of a worker, and what it published in it."""
    link.events, link.published = list(events), []
    ingest.step(0.0)
    return link.published


def test_ingest_answers_lists_beside_receipts(county: PaperCounty, station: PaperStation) -> None:
    """A whole station and a whole worker joined in memory: hello, receipt, question, list, word that it came."""
    version = put(county)
    store, link = MemoryLists(), PaperLink()
    sender = make_sender(station, PaperLedger(), county.key.public, board=make_board(station, county.key.public, store))
    desk = make_desk(county)
    desk.look()
    desk.next_pushes(100)  # pushed before this station came
    ingest = Ingest(link=link, receiver=county.receiver, log=county.log, lists=desk)
    up = sender.connected(0.0)
    seen = []
    for _ in range(4):
        down = run(ingest, link, *(Message("yyt/v1/v001/up", payload) for payload in up))
        seen.append([open_envelope(payload)[0] for _, payload in down])
        assert all(topic == "yyt/v1/v001/down" for topic, _ in down)
        up = [out for _, payload in down for out in sender.received(payload, 0.0)]
    assert seen == [["receipt"], ["list"], [], []]
    assert store.held() == [Held("*", "lines", version)]
    assert ingest.malformed == 0


def test_ingest_pushes_while_it_is_connected(county: PaperCounty, station: PaperStation) -> None:
    """Put up while the link is down: pushed when it is back; bad questions are counted and stop nothing."""
    link = PaperLink()
    ingest = Ingest(link=link, receiver=county.receiver, log=county.log, lists=make_desk(county))
    put(county)
    assert run(ingest, link, Disconnected("no route")) == []
    ((topic, payload),) = run(ingest, link, Connected())
    assert (topic, open_envelope(payload)[0]) == ("yyt/v1/v001/down", "list")
    (question,) = make_board(station, county.key.public, MemoryLists()).ask(0.0)
    damaged = question[:-1] + bytes([question[-1] ^ 1])
    ((_, answered),) = run(ingest, link, Message("yyt/v1/v001/up", damaged), Message("yyt/v1/v001/up", station.hello()))
    assert decode_receipt(open_envelope(answered)[1]).verdict is Verdict.POSITION
    assert ingest.malformed == 1


@pytest.mark.sqlite
def test_a_refusing_database_leaves_questions_for_later(
    county: PaperCounty, station: PaperStation, caplog: pytest.LogCaptureFixture
) -> None:
    """No answer, one line in the log, and the worker goes on; the station asks again after its next hello."""
    put(county)
    with county.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 1")
    link, store = PaperLink(), MemoryLists()
    store.keep(read_list(county.engine, "*", "lines"))
    (question,) = make_board(station, county.key.public, store).ask(0.0)
    ingest = Ingest(link=link, receiver=county.receiver, log=county.log, lists=make_desk(county))
    assert run(ingest, link, Connected(), Message("yyt/v1/v001/up", question)) == []
    assert len(caplog.records) == 1
    assert "disk space" in caplog.text


def test_an_older_database_gets_its_new_tables(tmp_path: Path, county: PaperCounty) -> None:
    """And keeps its history; an empty file is not taken for an old database."""
    incarnation = county.log.incarnation
    with writing(county.engine) as connection:
        for table in ("list_put", "list_held", "badge"):
            connection.execute(text(f"DROP TABLE {table}"))
    add_tables(county.engine)
    put(county)
    with county.engine.connect() as connection:
        assert connection.execute(text("SELECT value FROM county_meta")).scalars().all() == [incarnation]
    empty = open_database(sqlite_url(tmp_path / "empty.db"))
    add_tables(empty)
    with empty.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar_one() == 0
    empty.dispose()


def issue(county: PaperCounty, number: int | None = None, role: Role = Role.DRIVER) -> int:
    """A badge for a day, and its number."""
    today = day_of(NOW_MS)
    return issue_badge(
        county.engine,
        county.key,
        number=number,
        role=role,
        place="L1",
        first_day=today,
        last_day=today,
        pin=None,
        holder="李师傅",
        made_by="王",
        now_ms=NOW_MS,
    )[0]


def test_badge_numbers_are_given_once(county: PaperCounty) -> None:
    """The next free one, or a chosen one that nobody had; who made it is on record."""
    assert [issue(county), issue(county, 40), issue(county, role=Role.COURIER)] == [1, 40, 41]
    with pytest.raises(BadgeConflict):
        issue(county, 40)
    records = list_badges(county.engine)
    assert [(each.id, each.role, each.holder, each.made_by) for each in records] == [
        (1, Role.DRIVER, "李师傅", "王"),
        (40, Role.DRIVER, "李师傅", "王"),
        (41, Role.COURIER, "李师傅", "王"),
    ]


def test_a_revoked_badge_is_on_the_list_that_goes_out(county: PaperCounty, station: PaperStation) -> None:
    """At once, all that were revoked together; revoked twice changes nothing; an unknown number is refused."""
    for _ in range(3):
        issue(county)
    assert revoke_badge(county.engine, county.key, 2, revoked_by="王", now_ms=NOW_MS)
    assert revoke_badge(county.engine, county.key, 1, revoked_by="王", now_ms=NOW_MS)
    assert not revoke_badge(county.engine, county.key, 1, revoked_by="赵", now_ms=NOW_MS)
    store = MemoryLists()
    give(county, station, store, ask(county, station, store))
    assert read_content(store.kept["*", "badges.revoked"].content, RevokedBadges).ids == [1, 2]
    assert [each.revoked_by for each in list_badges(county.engine)] == ["王", "王", None]
    with pytest.raises(BadgeConflict):
        revoke_badge(county.engine, county.key, 9, revoked_by="王", now_ms=NOW_MS)


def test_a_lost_link_file_is_filled_again(tmp_path: Path, county: PaperCounty, station: PaperStation) -> None:
    """link.db may go at any time: with a new one the station asks for everything and has it again."""
    put(county)
    held = []
    for name in ("link.db", "anew.db"):
        link = LinkFile(tmp_path / name, lambda: NOW_MS, writable=True)
        board = make_board(station, county.key.public, link)
        (question,) = board.ask(0.0)
        for payload in make_desk(county).answer("v001", question):
            board.take(*open_envelope(payload)[1:])
        link.close()
        reader = LinkFile(tmp_path / name, lambda: NOW_MS, writable=False)
        held.append((reader.held(), reader.lists("v001")["lines"].content))
        reader.close()
    assert held[0] == held[1] == ([Held("*", "lines", NOW_MS)], LINES)
