"""The mains: what is saved and said when they go and come, and the Pi's own under-voltage."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.outages import Opened
from drivers.readings import Power, Scan, Temperature
from drivers.throttling import Throttling
from station_agent.counter.power import LOST, SAVE_EVERY_S, UNDERVOLTAGE, PowerWatch
from sync.entry import Lane
from tests.station_agent.day import START_S, Day

AFTER_S = 10.0


def power(good: bool, at_s: float) -> Power:
    """A reading of the mains."""
    return Power(good, b"low" if good else b"high", at_s)


# The rules


def test_a_dip_is_no_news() -> None:
    """Gone and back before its time: nothing saved, nothing said."""
    watch = PowerWatch(AFTER_S)
    assert watch.take("ups", power(False, 0.0)) is None
    assert not watch.must_save(AFTER_S - 0.1)
    assert watch.take("ups", power(True, 9.9)) is None
    assert not watch.must_save(1000.0)


def test_a_power_cut_is_told_once_saved_again_and_again_and_its_end_told() -> None:
    """Every row of the table, in its order."""
    watch = PowerWatch(AFTER_S)
    watch.take("ups", power(False, 0.0))
    assert watch.must_save(AFTER_S)
    assert [answer.phrase for answer in [watch.saved(all_of_it=True)] if answer] == ["power.ready"]
    assert not watch.must_save(AFTER_S + 1)
    assert watch.must_save(AFTER_S + SAVE_EVERY_S)
    assert watch.saved(all_of_it=True) is None
    back = watch.take("ups", power(True, 200.0))
    assert back is not None
    assert back.phrase == "power.back"
    assert watch.take("ups", power(True, 201.0)) is None
    assert watch.save_at_s is None


def test_what_could_not_be_saved_is_told_and_when_it_could_at_last() -> None:
    """A full card during the cut: red once, then the good news once."""
    watch = PowerWatch(AFTER_S)
    watch.take("ups", power(False, 0.0))
    told = [watch.saved(all_of_it=done) for done in (False, False, True, True, False)]
    assert [each and each.phrase for each in told] == ["power.unsaved", None, "power.ready", None, "power.unsaved"]


def test_all_inputs_must_be_well() -> None:
    """Two inputs lost: the mains are back when both are."""
    watch = PowerWatch(0.0)
    watch.take("a", power(False, 0.0))
    watch.take("b", power(False, 1.0))
    watch.must_save(1.0)
    watch.saved(all_of_it=True)
    assert watch.take("a", power(True, 2.0)) is None
    assert watch.save_at_s is not None
    assert watch.take("b", power(True, 3.0)) is not None


def test_under_voltage_between_two_looks_is_told_once() -> None:
    """The firmware remembers it until the next boot; only what is new or present counts."""
    watch = PowerWatch()
    seen = [watch.supply(Throttling(flags)) for flags in (0x0, 0x50000, 0x50000, 0x50005, 0x50000)]
    assert seen == [False, True, False, True, False]


@given(moves=st.lists(st.tuples(st.floats(0.1, 100.0), st.sampled_from(["lost", "back", "wait", "full"])), max_size=40))
def test_any_sequence_says_back_only_after_ready_and_saves_in_time(moves: list[tuple[float, str]]) -> None:
    """No word without its counterpart, and no cut longer than its time goes unsaved."""
    watch, now_s, lost_s, said = PowerWatch(AFTER_S), 0.0, None, []
    for wait_s, move in moves:
        now_s += wait_s
        if move in ("lost", "back"):
            answer = watch.take("ups", power(move == "back", now_s))
            lost_s = None if move == "back" else lost_s if lost_s is not None else now_s
            said += [answer.phrase] if answer else []
        due = watch.must_save(now_s)
        if due:
            answer = watch.saved(all_of_it=move != "full")
            said += [answer.phrase] if answer else []
        assert not due or (lost_s is not None and now_s - lost_s >= AFTER_S)
        if lost_s is not None and now_s - lost_s >= AFTER_S:
            assert said
            assert said[-1] in ("power.ready", "power.unsaved")
    for before, after in zip([None, *said], said, strict=False):
        assert after != before
        assert after != "power.back" or before in ("power.ready", "power.unsaved")


# The agent


@pytest.fixture
def day(tmp_path: Path) -> Iterator[Day]:
    """A day at a station with a UPS and a cold box."""
    made = Day(tmp_path)
    made.device("ups", "power_gpio", Opened("ups"))
    made.device("box", "w1_slave", Opened("box"))
    yield made
    made.close()


def bodies(day: Day, kind: str) -> list[dict[str, Any]]:
    """Bodies of all telemetry of a kind."""
    return [body for header, body in day.entries(Lane.TELEMETRY) if header.kind == kind]


def mains(day: Day, after_s: float, good: bool) -> None:
    """The UPS tells."""
    day.read(after_s, "ups", power(good, START_S + after_s))


def test_a_cut_saves_the_block_in_hand_before_people_are_told(day: Day) -> None:
    """Blocks of temperatures that would be lost are on disk and in the file; then it is said; work goes on."""
    seen: list[int] = []
    mains(day, 1.0, True)
    day.read(3.0, "box", Temperature(4000, b"", START_S + 3))
    mains(day, 5.0, False)
    day.at(14.9, lambda: seen.append(len(bodies(day, "box.temperatures"))))
    day.at(15.5, lambda: seen.append(len(bodies(day, "box.temperatures"))))
    day.read(20.0, "gun", Scan("SF1385628716739", b"", START_S + 20))
    mains(day, 40.0, True)
    day.run(45.0)
    assert seen == [0, 1]
    assert day.said() == ["power.ready", "parcel.received", "power.back"]
    told = day.log.index("power.ready")
    assert day.log[told - 2 : told] == ["commit", "checkpoint"]
    (fault,) = bodies(day, "device.fault")
    assert (fault["device"], fault["reason"]) == ("ups", LOST)


def test_a_cut_and_its_length_are_recorded(day: Day) -> None:
    """Opened with the cut, closed after a minute of good mains with the time they were gone."""
    mains(day, 1.0, True)
    mains(day, 5.0, False)
    mains(day, 25.0, True)
    day.run(100.0)
    (over,) = bodies(day, "device.recovered")
    assert (over["device"], over["reason"], over["seconds"]) == ("ups", LOST, 20.0)


def test_mains_that_flicker_fill_nothing(day: Day) -> None:
    """Every two seconds for an hour is one fault, and nobody is told anything."""
    for n in range(1801):
        mains(day, 1.0 + 2 * n, n % 2 == 0)
    day.run(3700.0)
    assert len(bodies(day, "device.fault")) == 1
    assert day.said() == []


def test_a_card_that_is_full_during_a_cut_is_told_red(day: Day) -> None:
    """What waits stays in memory and is written when there is room; the agent goes on."""
    mains(day, 5.0, False)
    day.at(6.0, lambda: setattr(day.card, "refuses", "database or disk is full"))
    day.read(9.0, "box", Temperature(4000, b"", START_S + 9))
    day.at(30.0, lambda: setattr(day.card, "refuses", ""))
    day.run(90.0)
    assert day.said() == ["power.unsaved", "power.ready"]
    assert [body["temperature_mc"] for body in bodies(day, "box.temperatures")] == [[4000]]


def test_under_voltage_is_a_fault_of_the_supply(day: Day) -> None:
    """Seen at the looks every five seconds; a sag between two of them is told too."""
    flags = {"now": 0x0}
    day.at(0.0, lambda: setattr(day.agent._place, "throttling", lambda: Throttling(flags["now"])))
    day.at(12.0, partial(flags.__setitem__, "now", 0x50000))
    day.run(100.0)
    (fault,) = bodies(day, "device.fault")
    assert (fault["device"], fault["reason"], fault["detail"]) == ("supply", UNDERVOLTAGE, "get_throttled 0x50000")
    assert len(bodies(day, "device.recovered")) == 1
