"""The state topic: a hint, kept once per station, checked and bounded like everything from outside."""

import json

import pytest

from sync.county.ingest import Ingest
from sync.county.register import State, find_station
from sync.county.report import state_text, stations_json
from sync.county.states import MAX_ALARMS, MAX_BYTES, MAX_WAITING, StateDesk, read_state, station_of
from sync.errors import MalformedMessage
from sync.mqtt import Message
from sync.ship import state_payload
from tests.sync.county.paper import NOW_MS, PaperCounty, PaperStation
from tests.sync.county.test_ingest import PaperLink

ONLINE = state_payload(online=True, version="1.2", session="a1", alarms=["1", "疫苗"])


class Clock:
    """Wall and monotonic time, set by the test."""

    def __init__(self) -> None:
        """Some day."""
        self.now_s = 0.0

    def now_ms(self) -> int:
        """Wall time."""
        return NOW_MS + round(self.now_s * 1000)


def desk(county: PaperCounty, clock: Clock) -> StateDesk:
    """A worker's desk on that clock."""
    return StateDesk(county.engine, clock_ms=clock.now_ms, clock_s=lambda: clock.now_s)


def heard(made: StateDesk, clock: Clock, payload: bytes, station: str = "v001") -> None:
    """A word comes, and is written."""
    clock.now_s += 10.0
    made.take(station, payload)
    made.save()


def test_the_last_word_of_a_station_is_kept_and_shown(county: PaperCounty, station: PaperStation) -> None:
    """By ingest, beside its answers: there or not, its version, the boxes in alarm; in the table and for programs."""
    del station
    clock = Clock()
    link = PaperLink(Message("yyt/v1/v001/state", ONLINE))
    ingest = Ingest(link=link, receiver=county.receiver, log=county.log, states=desk(county, clock))
    ingest.step(0.0)
    assert (link.published, ingest.malformed) == ([], 0)
    found = find_station(county.engine, "v001")
    assert found.state == State(True, "1.2", ("1", "疫苗"), NOW_MS)
    shown = state_text(found.state, NOW_MS)
    assert "在线" in shown
    assert "冷箱报警 cold box alarm: 1, 疫苗" in shown
    (listed,) = json.loads(stations_json([found]))
    assert listed["state"] == {"online": True, "version": "1.2", "alarms": ["1", "疫苗"], "since_ms": NOW_MS}


def test_since_when_is_told_of_the_word_and_not_of_its_repetition(county: PaperCounty, station: PaperStation) -> None:
    """A broker repeats what it retains to every worker that comes back; only another word is news."""
    del station
    clock = Clock()
    one, other = desk(county, clock), desk(county, clock)
    heard(one, clock, ONLINE)
    first_ms = clock.now_ms()
    heard(other, clock, ONLINE)
    state = find_station(county.engine, "v001").state
    assert state is not None
    assert state.since_ms == first_ms
    heard(other, clock, state_payload(online=False, version="1.2", session="a1"))
    state = find_station(county.engine, "v001").state
    assert state == State(False, "1.2", (), clock.now_ms())
    assert "离线 offline[/] 2 时 h" in state_text(state, clock.now_ms() + 7_200_000)


def test_a_station_nobody_registered_is_not_kept(county: PaperCounty, station: PaperStation) -> None:
    """Whoever may publish makes no station by it, and keeps no other one's word from being written."""
    del station
    clock = Clock()
    made = desk(county, clock)
    made.take("a-stranger", ONLINE)
    heard(made, clock, ONLINE)
    with county.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT station FROM station_state").scalars().all() == ["v001"]


def test_a_flood_is_one_write_a_second(county: PaperCounty, station: PaperStation) -> None:
    """Of many words the last is kept, and no more stations wait than the bound."""
    del station
    clock = Clock()
    made = desk(county, clock)
    heard(made, clock, ONLINE)
    for number in range(MAX_WAITING + 50):
        made.take(f"s{number}", ONLINE)
        made.take("v001", state_payload(online=False, version=str(number), session="a1"))
        made.save()
    state = find_station(county.engine, "v001").state
    assert state is not None
    assert state.version == "1.2", "not within the same second"
    clock.now_s += 1.0
    made.save()
    state = find_station(county.engine, "v001").state
    assert state is not None
    assert state.version == str(MAX_WAITING + 49)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b'{"online": 1, "version": "1"}',
        b'{"online": true}',
        b'{"online": true, "version": "' + b"1" * 33 + b'"}',
        b'{"online": true, "version": "1\\u0000"}',
        b'{"online": true, "version": "\\u001b[2J"}',
        b'{"online": true, "version": "\\ud800"}',
        b'{"online": true, "version": "1", "alarms": "1"}',
        json.dumps({"online": True, "version": "1", "alarms": ["b"] * (MAX_ALARMS + 1)}).encode(),
        b'{"online": true, "version": "1", "more": "' + b"x" * MAX_BYTES + b'"}',
        b"[" * 5000,
    ],
)
def test_what_is_no_state_is_refused(payload: bytes) -> None:
    """Counted as damaged, and nothing else comes of it."""
    with pytest.raises(MalformedMessage):
        read_state(payload)


def test_only_the_state_topic_is_one() -> None:
    """Four levels, and a station's name."""
    assert station_of("yyt/v1/v001/state") == "v001"
    others = ("yyt/v1/v001/up", "yyt/v1//state", "yyt/v1/a/b/state", f"yyt/v1/{'a' * 33}/state", "")
    assert [station_of(topic) for topic in others] == [None] * len(others)
