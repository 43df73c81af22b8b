"""What PostgreSQL does that SQLite does not: many writers at once, and sessions that it ends."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, exc, insert, text

from sync.county import schema
from sync.county.cli import main
from sync.county.database import (
    add_tables,
    create_tables,
    new_incarnation,
    open_database,
    read_incarnation,
    reading,
    writing,
)
from sync.county.lists import list_summaries, put_list, read_list
from sync.county.project import project_chain, project_once, rebuild
from sync.county.register import find_station
from sync.county.store import CountyLog
from sync.county.trace import read_parcel
from sync.entry import Lane
from sync.errors import SyncError
from sync.keys import SigningKey
from sync.wire import Verdict
from tests.postgres import Postgres
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation, register

pytestmark = pytest.mark.postgres
WAIT_S = 20.0


@pytest.fixture
def other(county: PaperCounty) -> Iterator[Engine]:
    """Another process's engine on the same tables."""
    engine = open_database(county.engine.url)
    yield engine
    engine.dispose()


def beside(act: Callable[[], object]) -> threading.Thread:
    """Begin `act` in a thread."""
    thread = threading.Thread(target=act)
    thread.start()
    return thread


def wait_for_waiting(engine: Engine, count: int = 1) -> None:
    """Until so many sessions wait for a lock of another."""
    for _ in range(2000):
        with reading(engine) as connection:
            waiting = connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one()
        if waiting >= count:
            return
        threading.Event().wait(0.005)
    raise AssertionError("nobody waits")


def test_a_branch_committed_while_the_projector_works_is_taken_too(
    county: PaperCounty, station: PaperStation, other: Engine
) -> None:
    """The projector saw nothing of an open commit behind its cursor: it waits for it, instead of passing it by."""
    station.fill(5)
    county.take(station.batch(0, 2))
    project_once(county.engine)
    county.take(station.batch(2))
    chain = find_station(county.engine, "v001").chains[0].chain
    station.chains[station.chain()] = station.chains[station.chain()][:2]
    station.receive("BRANCH")
    run = station.run(2)
    with other.connect() as connection, connection.begin():
        entry = run.entries[0]
        row = (chain, 2, entry.hash, entry.header, entry.body, None, None, None, NOW_MS)
        connection.execute(insert(schema.log).values(row))
        connection.execute(text("UPDATE chain SET entries = entries + 1 WHERE id = :chain"), {"chain": chain})
        projector = beside(lambda: project_chain(county.engine, chain))
        wait_for_waiting(county.engine)
        connection.execute(
            text("UPDATE cursor SET sequence = 1 WHERE chain = :chain AND sequence > 1"), {"chain": chain}
        )
    projector.join(WAIT_S)
    project_once(county.engine)
    assert len(read_parcel(county.engine, "BRANCH")) == 1
    assert all(event.forked for event in read_parcel(county.engine, "YT0000000000002"))


def test_a_rebuild_waits_for_the_step_under_way(county: PaperCounty, station: PaperStation, other: Engine) -> None:
    """A step that began before would move the cursor on afterwards, and all it had behind it would be missing."""
    station.fill(5)
    county.take(station.batch())
    chain = {"chain": find_station(county.engine, "v001").chains[0].chain}
    with other.connect() as connection, connection.begin():
        connection.execute(text("UPDATE chain SET entries = entries WHERE id = :chain"), chain)
        rebuilding = beside(lambda: rebuild(county.engine))
        wait_for_waiting(county.engine)
        connection.execute(text("UPDATE cursor SET sequence = 4 WHERE chain = :chain"), chain)
    rebuilding.join(WAIT_S)
    assert project_once(county.engine).events == 5


def test_an_outdated_table_is_made_anew_once(county: PaperCounty, station: PaperStation, other: Engine) -> None:
    """Two processes of a newer version start at once on what an older one left: tables are right, nothing is lost."""
    station.fill(5)
    county.take(station.batch())
    project_once(county.engine)
    with writing(county.engine) as connection:
        connection.execute(text("ALTER TABLE parcel_event DROP COLUMN corrected_ms"))
    county.engine.dispose()
    threads = [beside(lambda engine=engine: add_tables(engine)) for engine in (county.engine, other)]  # type: ignore[misc]
    for thread in threads:
        thread.join(WAIT_S)
    assert project_once(county.engine).events == 5
    assert len(read_parcel(county.engine, "YT0000000000002")) == 1


def test_two_workers_that_commit_the_same_batch_at_once_store_it_once(
    county: PaperCounty, station: PaperStation, other: Engine
) -> None:
    """The second waits for the first and passes over what is there; the totals count each entry once."""
    station.fill(300)
    run = station.run()
    logs = [county.log, CountyLog(other, clock_ms=lambda: NOW_MS)]
    threads = [beside(lambda log=log: log.commit(run, run.entries, 0, bytes(64))) for log in logs]  # type: ignore[misc]
    for thread in threads:
        thread.join(WAIT_S)
    summary = find_station(county.engine, "v001")
    assert (summary.entries(Lane.CUSTODY), summary.forks) == (300, 0)
    assert county.take(station.batch()).verdict is Verdict.ACCEPTED


def test_two_that_put_up_a_list_at_once_come_one_after_the_other(county: PaperCounty, other: Engine) -> None:
    """Two current versions of one list would be none: every look-up of it would fail from then on."""
    barrier = threading.Barrier(2)

    def put(engine: Engine) -> None:
        barrier.wait(WAIT_S)
        for _ in range(10):
            put_list(engine, county.key, scope="*", name="a", content=b"x", put_by="t", now_ms=NOW_MS)

    threads = [beside(lambda engine=engine: put(engine)) for engine in (county.engine, other)]  # type: ignore[misc]
    for thread in threads:
        thread.join(WAIT_S)
    assert [each.version for each in list_summaries(county.engine)] == [NOW_MS + 19]
    assert read_list(county.engine, "*", "a").version == NOW_MS + 19


def test_several_processes_may_make_the_tables_at_once(postgres: Postgres) -> None:
    """A newer version brings tables; ingest workers and projector start together, and agree on one incarnation."""
    address = postgres.new_address()
    engines = [open_database(address) for _ in range(3)]
    failed: list[BaseException] = []

    def create(engine: Engine) -> None:
        try:
            create_tables(engine)
        except exc.SQLAlchemyError as error:
            failed.append(error)

    threads = [beside(lambda engine=engine: create(engine)) for engine in engines]  # type: ignore[misc]
    for thread in threads:
        thread.join(WAIT_S)
    assert failed == []
    assert len({read_incarnation(engine) for engine in engines}) == 1
    for engine in engines:
        engine.dispose()


def test_ended_sessions_are_later_and_the_next_try_succeeds(
    county: PaperCounty, station: PaperStation, other: Engine
) -> None:
    """What a restart of the server leaves in the pool: one message is answered "later", the next is taken."""
    station.fill(3)
    assert county.take(station.batch(0, 1)).verdict is Verdict.ACCEPTED
    with other.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        )
    assert county.take(station.batch()).verdict is Verdict.LATER
    assert county.log.refusal is not None
    assert county.take(station.batch()).verdict is Verdict.ACCEPTED
    assert find_station(county.engine, "v001").entries(Lane.CUSTODY) == 3


def test_a_server_that_takes_no_writes_answers_later(county: PaperCounty, station: PaperStation) -> None:
    """A stand-by that was not promoted, a full disk: questions are answered, batches are not taken."""
    station.fill(1)
    options = f"{county.engine.url.query['options']} -cdefault_transaction_read_only=on"
    engine = open_database(county.engine.url.update_query_dict({"options": options}))
    county.log = CountyLog(engine, clock_ms=lambda: NOW_MS)
    county.receiver._log = county.log
    assert county.take(station.batch()).verdict is Verdict.LATER
    assert county.take(station.hello()).verdict is Verdict.POSITION
    engine.dispose()


def test_rows_another_holds_too_long_answer_later(county: PaperCounty, station: PaperStation, other: Engine) -> None:
    """A lock that outlasts the patience of a session is a refusal like any other."""
    station.fill(2)
    county.take(station.batch(0, 1))
    with county.engine.connect() as connection:
        connection.exec_driver_sql("SET lock_timeout = 20")
        connection.commit()
    with writing(other) as connection:
        connection.execute(text("UPDATE chain SET entries = entries"))
        assert county.take(station.batch()).verdict is Verdict.LATER
    assert county.take(station.batch()).verdict is Verdict.ACCEPTED


def test_a_programming_error_is_not_later(county: PaperCounty, station: PaperStation) -> None:
    """A missing table is our mistake: it must be loud, or stations would wait for ever."""
    station.fill(1)
    with writing(county.engine) as connection:
        connection.execute(text("DROP TABLE cursor"))
    with pytest.raises(exc.ProgrammingError, match="does not exist"):
        county.take(station.batch())


def test_every_commit_is_on_disk_before_it_returns(postgres: Postgres) -> None:
    """Whatever the server, the role or the address say: a receipt is a promise."""
    engine = open_database(f"{postgres.new_address()}%20-csynchronous_commit%3Doff")
    with reading(engine) as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "repeatable read"
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "10s"
    with writing(engine) as connection:
        assert connection.execute(text("SHOW transaction_isolation")).scalar_one() == "read committed"
        assert connection.execute(text("SHOW transaction_read_only")).scalar_one() == "off"
    engine.dispose()


def test_a_kind_with_a_nul_is_kept_and_stops_nothing(county: PaperCounty) -> None:
    """PostgreSQL takes no text with a NUL; the entry stays in the log, and the tables go on."""
    station = PaperStation(county.key)
    register(county.engine, station)
    station.write("parcel\0received", {"waybill": "YT1"})
    station.receive("YT2")
    assert county.take(station.batch()).verdict is Verdict.ACCEPTED
    progress = project_once(county.engine)
    assert (progress.entries, progress.events, progress.unreadable) == (2, 1, 1)


def test_a_new_incarnation_is_drawn(county: PaperCounty) -> None:
    """After a restore from a backup."""
    assert new_incarnation(county.engine) == read_incarnation(county.engine) != county.log.incarnation


def test_another_kind_of_database_is_refused_with_a_hint() -> None:
    """By its name, before anything is opened."""
    with pytest.raises(SyncError) as refused:
        open_database("mysql://root@127.0.0.1/county")
    assert "postgresql://" in refused.value.hint


def county_command(*words: str) -> Result:
    return CliRunner().invoke(main, words)


def test_a_county_is_set_up_on_postgresql_once(postgres: Postgres, tmp_path: Path) -> None:
    """Key and configuration in the folder, tables in the database; one that holds a county is never begun anew."""
    address = postgres.new_address()
    home = tmp_path / "one"
    made = county_command("init", str(home), "--database", address)
    assert made.exit_code == 0, made.stderr
    assert not list(home.glob("*.db"))
    assert (home / "county.toml").stat().st_mode & 0o077 == 0
    key = SigningKey.create(tmp_path / "station.key")
    config = str(home / "county.toml")
    assert county_command("--config", config, "station", "add", "v001", key.public.hex()).exit_code == 0
    assert '"v001"' in county_command("--config", config, "station", "list", "--json").stdout
    again = county_command("init", str(tmp_path / "two"), "--database", address)
    assert again.exit_code == 1
    assert "holds a county already" in again.stderr
    assert not (tmp_path / "two").exists()


def test_an_empty_database_is_told_and_not_begun(postgres: Postgres, tmp_path: Path) -> None:
    """After a restore that was forgotten: a new history in its place would make every station send all again."""
    (tmp_path / "county.toml").write_text(f'database = "{postgres.new_address()}"\n')
    told = county_command("--config", str(tmp_path / "county.toml"), "station", "list")
    assert told.exit_code == 1
    assert "county init" in told.stderr
    assert "Traceback" not in told.stderr


@pytest.mark.parametrize(
    ("address", "hint"),
    [("mysql://root@127.0.0.1/a", "postgresql://"), ("postgresql://county@127.0.0.1:1/a", "database")],
)
def test_a_database_that_cannot_be_used_leaves_no_trace(tmp_path: Path, address: str, hint: str) -> None:
    """Another product, or nobody there: told at once, and the same command may be given again."""
    refused = county_command("init", str(tmp_path / "home"), "--database", address)
    assert refused.exit_code == 1
    assert hint in refused.stderr
    assert not (tmp_path / "home").exists()
