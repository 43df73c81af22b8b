"""Ingest without a broker: a message in, a receipt on the right topic, and complaints that cannot flood a log."""

import logging
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from sync.county.complaints import INTERVAL_S, MAX_CAUSES, Complaints
from sync.county.database import LOG_BYTES, open_database, reading, writing
from sync.county.ingest import SHARED_TOPIC, TOPIC, Ingest, answer, station_of, subscription
from sync.errors import MalformedMessage
from sync.mqtt import Connected, Disconnected, Event, Message, Refused
from sync.wire import Verdict, decode_receipt, open_envelope
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation

pytestmark = pytest.mark.sqlite


class PaperLink:
    """A link that brings prepared events once."""

    def __init__(self, *events: Event) -> None:
        self.events = list(events)
        self.published: list[tuple[str, bytes]] = []

    def step(self, timeout_s: float) -> Sequence[Event]:
        assert timeout_s >= 0
        events, self.events = self.events, []
        return events

    def publish(self, topic: str, payload: bytes) -> None:
        self.published.append((topic, payload))


def make_ingest(county: PaperCounty, link: PaperLink, told: list[bool] | None = None) -> Ingest:
    said = [] if told is None else told
    return Ingest(link=link, receiver=county.receiver, log=county.log, settled=said.append)


def test_a_message_becomes_a_receipt_on_the_stations_own_topic(county: PaperCounty, station: PaperStation) -> None:
    """The whole of ingest, as a function."""
    station.fill(2)
    receipt = answer(county.receiver, Message("yyt/v1/v001/up", station.batch()), NOW_MS)
    assert receipt.topic == "yyt/v1/v001/down"
    assert decode_receipt(open_envelope(receipt.payload)[1]).verdict is Verdict.ACCEPTED


def test_a_message_in_another_stations_name_is_not_answered(county: PaperCounty, station: PaperStation) -> None:
    """The topic says who sent it, and the broker's access rules hold the topic."""
    station.fill(1)
    with pytest.raises(MalformedMessage):
        answer(county.receiver, Message("yyt/v1/v002/up", station.batch()), NOW_MS)


@pytest.mark.parametrize("topic", ["yyt/v1/up", "yyt/v1//up", "yyt/v2/a/up", "yyt/v1/a/down", "yyt/v1/a/b/up", ""])
def test_other_topics_are_refused(topic: str) -> None:
    """Only yyt/v1/<station>/up speaks to the county."""
    with pytest.raises(MalformedMessage):
        station_of(topic)


def test_several_workers_share_a_subscription() -> None:
    """One worker subscribes plainly: the embedded broker grants $share and delivers nothing."""
    assert subscription(shared=False) == TOPIC
    assert subscription(shared=True) == SHARED_TOPIC == "$share/ingest/yyt/v1/+/up"


def test_every_receipt_is_published_and_garbage_is_counted(
    county: PaperCounty, station: PaperStation, caplog: pytest.LogCaptureFixture
) -> None:
    """A hundred damaged messages give one line in the log, and stop nothing."""
    station.fill(1)
    garbage = [Message("yyt/v1/v001/up", b"\xff" * number) for number in range(100)]
    link = PaperLink(*garbage, Message("yyt/v1/v001/up", station.batch()))
    ingest = make_ingest(county, link)
    with caplog.at_level(logging.WARNING):
        ingest.step(0.0)
    assert [topic for topic, _ in link.published] == ["yyt/v1/v001/down"]
    assert ingest.malformed == 100
    assert len(caplog.records) == 1


def test_the_watchdog_is_told_between_messages_too(county: PaperCounty, station: PaperStation) -> None:
    """A step full of messages is a worker at work, however long a slow database makes it."""
    station.fill(3)
    turned: list[int] = []
    link = PaperLink(*(Message("yyt/v1/v001/up", station.batch(place, 1)) for place in range(3)))
    ingest = Ingest(
        link=link, receiver=county.receiver, log=county.log, turned=lambda: turned.append(len(link.published))
    )
    ingest.step(0.0)
    assert turned == [1, 2, 3, 3]
    ingest.step(0.0)
    assert turned == [1, 2, 3, 3, 3]


def test_a_refusing_database_is_told_to_people_and_later_to_the_station(
    county: PaperCounty, station: PaperStation, caplog: pytest.LogCaptureFixture
) -> None:
    """The station hears "later"; the log says why and what to do."""
    station.fill(1)
    with county.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA query_only = 1")
    link = PaperLink(Message("yyt/v1/v001/up", station.batch()), Message("yyt/v1/v001/up", station.batch()))
    with caplog.at_level(logging.WARNING):
        make_ingest(county, link).step(0.0)
    assert decode_receipt(open_envelope(link.published[0][1])[1]).verdict is Verdict.LATER
    assert len(caplog.records) == 1
    assert "disk space" in caplog.text


def test_links_that_come_and_go_are_told(county: PaperCounty, caplog: pytest.LogCaptureFixture) -> None:
    """`settled` hears of both, the log once a minute of each trouble."""
    told: list[bool] = []
    link = PaperLink(Disconnected("no route"), Disconnected("no route"), Connected(), Refused("Not authorized"))
    with caplog.at_level(logging.WARNING):
        make_ingest(county, link, told).step(0.0)
    assert told == [False, False, True]
    assert len(caplog.records) == 2


def test_a_cause_is_told_once_a_minute_with_its_count() -> None:
    """The first at once, then one line for all of a minute."""
    complaints = Complaints()
    assert complaints.count("a", 0.0) == 1
    assert [complaints.count("a", float(second)) for second in range(1, 60)] == [None] * 59
    assert complaints.count("b", 1.0) == 1
    assert complaints.count("a", INTERVAL_S) == 60
    assert complaints.count("a", 10 * INTERVAL_S) == 1


def test_causes_without_end_are_counted_as_one() -> None:
    """Anybody can invent topics; memory and log stay bounded, and quiet causes make room again."""
    complaints = Complaints()
    lines = [complaints.count(f"cause {number}", 0.0) for number in range(MAX_CAUSES + 500)]
    assert len([line for line in lines if line is not None]) == MAX_CAUSES + 1
    assert complaints.count("new", INTERVAL_S) == 1


def test_a_log_the_projector_made_long_is_moved_though_no_station_sends(county: PaperCounty) -> None:
    """At the next step, or at one after who reads is done; nobody is held up, and the next log has its length."""
    log = Path(f"{county.engine.url.database}-wal")
    ingest = make_ingest(county, PaperLink())
    projector = open_database(county.engine.url)

    def write(size: int) -> None:
        with writing(projector) as connection:
            connection.execute(text("INSERT OR REPLACE INTO county_meta VALUES ('big', randomblob(:n))"), {"n": size})

    with reading(projector) as reader:
        reader.execute(text("SELECT count(*) FROM county_meta")).one()
        write(LOG_BYTES)
        ingest.step(0.0)
    write(1)
    assert log.stat().st_size > LOG_BYTES, "who reads needs it still"
    ingest.step(0.0)
    write(1)
    assert log.stat().st_size <= LOG_BYTES
    projector.dispose()
