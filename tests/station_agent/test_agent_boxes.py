"""The agent and the cold boxes: doors, sensors that share a device, orders that come by the folder."""

from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from drivers.outages import Opened
from drivers.readings import BadReading, Door, Reason, Temperature
from station_agent.order_desk import OrderDesk
from station_agent.orders import Calibrate, OrderFolder, new_id
from sync.entry import Lane
from tests.station_agent.day import START_S, Day


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A day at a station with nothing connected yet."""
    made = Day(tmp_path)
    yield made
    made.close()


def bodies(day: Day, lane: Lane, kind: str) -> list[dict[str, Any]]:
    """Bodies of all entries of a kind."""
    return [body for header, body in day.entries(lane) if header.kind == kind]


def test_a_door_is_recorded_with_how_long_it_was_open(day: Day) -> None:
    """Each change of the lid is an entry of the telemetry lane; no answer, no light."""
    day.device("lid", "door_gpio", Opened("lid"))
    day.read(1.0, "lid", Door(False, b"low", START_S + 1))
    day.read(10.0, "lid", Door(True, b"high", START_S + 10))
    day.read(25.0, "lid", Door(False, b"low", START_S + 25))
    day.run(30.0)
    told = bodies(day, Lane.TELEMETRY, "box.door")
    assert [(body["open"], body.get("lasted_s")) for body in told] == [(False, None), (True, 9.0), (False, 15.0)]
    assert day.said() == []


def test_a_rattling_door_fills_nothing(day: Day) -> None:
    """Hundreds of changes are a few entries, and the last one tells the present state."""
    day.device("lid", "door_gpio", Opened("lid"))
    for n in range(300):
        day.read(1.0 + n * 0.1, "lid", Door(n % 2 == 0, b"", START_S + 1.0 + n * 0.1))
    day.run(90.0)
    told = bodies(day, Lane.TELEMETRY, "box.door")
    assert len(told) == 7
    assert told[-1]["open"] is False
    assert told[-1]["unreported"] == 294


def test_sensors_that_share_a_device_are_kept_apart(day: Day) -> None:
    """Blocks and faults go by device and channel: the cold sensor's gap is not the warm one's."""
    day.device("bus", "w1_bulk", Opened("bus"))
    day.read(1.0, "bus", Temperature(4000, b"", START_S + 1, channel="28-1"))
    day.read(1.0, "bus", BadReading(Reason.DISCONNECTED, b"", START_S + 1, channel="28-2"))
    day.run(70.0)
    blocks = {body["device"]: body["temperature_mc"] for body in bodies(day, Lane.TELEMETRY, "box.temperatures")}
    assert blocks == {"bus.28-1": [4000], "bus.28-2": [None]}
    assert [body["device"] for body in bodies(day, Lane.TELEMETRY, "device.fault")] == ["bus.28-2"]


def test_an_order_becomes_an_entry_within_seconds(day: Day) -> None:
    """The agent looks into the folder every five seconds; what it refuses does not stop it."""
    folder = OrderFolder(day.folder / "orders")
    order = Calibrate(
        id=new_id(),
        device="box",
        offset_mc=-120,
        certificate="C-7",
        by="王工",
        on=date(2026, 3, 1),
        valid_until=date(2027, 2, 28),
    )
    day.device("box", "w1_slave", Opened("box"))
    day.at(0.0, lambda: setattr(day.agent._place, "orders", OrderDesk(day.folder / "orders", day.path)))
    day.at(1.0, partial(folder.place, order))
    day.at(1.0, partial((day.folder / "orders" / f"{'a' * 16}.json").write_bytes, b"?"))
    day.run(20.0)
    (entered,) = bodies(day, Lane.CUSTODY, "device.calibrated")
    assert (entered["device"], entered["offset_mc"], entered["order"]) == ("box", -120, order.id)
    assert [path.suffix for path in (day.folder / "orders").iterdir()] == [".refused"]


def test_a_folder_in_trouble_is_a_fault(day: Day) -> None:
    """It is recorded once, and the counter goes on."""
    (day.folder / "orders").write_text("a file where the folder should be", encoding="utf-8")
    day.at(0.0, lambda: setattr(day.agent._place, "orders", OrderDesk(day.folder / "orders", day.path)))
    day.scan(12.0, "SF1385628716739")
    day.run(30.0)
    (fault,) = bodies(day, Lane.TELEMETRY, "device.fault")
    assert (fault["device"], fault["reason"]) == ("orders", "unusable")
    assert day.said() == ["parcel.received"]
