"""The cost of the line as `station status` tells it, and the boxes in alarm as `station sync` reads them."""

import json
from pathlib import Path

import msgspec

from station_agent.alarmed import TABLE, alarmed_boxes
from station_agent.coldchain.state import BoxState, State
from station_agent.config import load
from station_agent.counter.chilled import WATCH_TABLE
from station_agent.line_usage import line_usage, usage_lines
from sync.link import LinkFile
from sync.usage import Used, day_of
from tests.station_agent.folder import init, opened, station

NOW_MS = 1_800_000_000_000  # 2027-01-15 in China
TODAY = day_of(NOW_MS)


class Book:
    """A book of usage."""

    def usage(self, since_day: int) -> list[Used]:
        days = [Used(TODAY, "custody", 10, 0), Used(TODAY - 14, "link", 1, 1), Used(TODAY - 15, "link", 500, 500)]
        return [used for used in days if used.day >= since_day]


def test_today_and_this_month_by_purpose() -> None:
    """The month begins with its first day in China."""
    usage = line_usage(Book(), NOW_MS)
    assert usage == {"today": {"custody": 10}, "month": {"custody": 10, "link": 2}}
    today, month = usage_lines(usage, 2_000_000)
    assert "10 B / 2,000,000 B" in today
    assert "12 B" in month


def test_nothing_is_known_before_the_first_connection() -> None:
    """No book, no figures, no error."""
    assert line_usage(None, NOW_MS) == {"today": {}, "month": {}}


def test_status_tells_the_line(tmp_path: Path) -> None:
    """For people and for programs."""
    assert init(tmp_path).exit_code == 0
    with opened(tmp_path):
        pass
    settings, _ = load(tmp_path / "etc" / "station.toml")
    link = LinkFile(settings.link_path, lambda: NOW_MS, writable=True)
    link.use([Used(10**6, "custody", 7, 0)])
    link.met(b"county01")
    link.close()
    assert "流量 / line 本月" in station(tmp_path, "status").output
    found = json.loads(station(tmp_path, "status", "--json").output)["usage"]
    assert found["month"] == {"custody": 7}


class Rows:
    """The rows of the boxes."""

    def __init__(self, **boxes: bytes) -> None:
        self._boxes = boxes

    def rows(self, table: str) -> list[tuple[object, ...]]:
        assert table == WATCH_TABLE
        return list(self._boxes.items())


def packed(state: State) -> bytes:
    """A box's row."""
    return msgspec.msgpack.encode(BoxState("vaccine", "1", state=state).packed())


def test_only_boxes_in_alarm_are_named() -> None:
    """Sorted; a row that cannot be read is passed over. The table is the counter's."""
    rows = Rows(
        b=packed(State.ALARM), a=packed(State.ALARM), c=packed(State.OUT), d=b"\xc1", e=msgspec.msgpack.encode(3)
    )
    assert TABLE == WATCH_TABLE
    assert alarmed_boxes(rows) == ("a", "b")
