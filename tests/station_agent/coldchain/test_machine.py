"""The table of one box, cell by cell: every legal step, and every illegal one that is named."""

from collections.abc import Callable

import pytest

from station_agent.coldchain.machine import Cause, Machine
from station_agent.coldchain.values import Value
from station_agent.coldchain.words import Outcome
from tests.station_agent.coldchain.world import COLD, FROST, HOT, IN, USUAL, WARM, Fed, limit, profile

PLAIN = profile(*USUAL)
SLOW = profile(*USUAL, pull_down_min=180)


def in_loading() -> Fed:
    """Warm goods, two hours of excuse left."""
    return Fed(SLOW).minutes(60, HOT).forget()


def in_normal() -> Fed:
    """In range for a while."""
    return Fed(SLOW).minutes(10, IN).forget()


def in_out() -> Fed:
    """Just out, no alarm."""
    return in_normal().minutes(3, WARM).forget()


def in_alarm() -> Fed:
    """Too warm for over an hour."""
    return in_normal().minutes(62, HOT).forget()


def in_recovered() -> Fed:
    """Back in range after an alarm."""
    return in_alarm().minutes(7, IN).forget()


def in_out_again() -> Fed:
    """Out once more before the alarm was closed."""
    return in_recovered().minutes(3, WARM).forget()


def in_closed() -> Fed:
    """An alarm was closed."""
    fed = in_recovered()
    fed.act(lambda machine: machine.close(Cause.DOOR, "7", empty=False))
    return fed.forget()


def in_rest() -> Fed:
    """Out of use."""
    fed = in_normal()
    fed.act(Machine.rest)
    return fed.forget()


@pytest.mark.parametrize(
    ("start", "fed_with", "state", "kinds", "said"),
    [
        (in_loading, (7, IN), "normal", ["box.normal"], []),
        (in_loading, (121, HOT), "loading", [], []),
        (in_loading, (122, HOT), "out", ["excursion.opened"], []),
        (in_loading, (2, COLD), "out", ["excursion.opened"], []),
        (in_normal, (1, WARM), "normal", [], []),
        (in_normal, (2, WARM), "out", ["excursion.opened"], []),
        (in_normal, (2, COLD), "out", ["excursion.opened"], []),
        (in_normal, (60, IN), "normal", [], []),
        (in_out, (8, WARM), "out", ["excursion.warned"], ["box.warning"]),
        (in_out, (61, 10_000), "alarm", ["excursion.warned", "excursion.alarm"], ["box.warning", "box.alarm"]),
        (in_out, (61, 9_999), "out", ["excursion.warned"], ["box.warning"]),
        (in_out, (6, IN), "normal", ["excursion.ended"], []),
        (in_out, (5, IN), "out", [], []),
        (in_alarm, (31, FROST), "alarm", ["excursion.alarm"], ["box.alarm"]),
        (in_alarm, (5, IN), "alarm", [], []),
        (in_alarm, (6, IN), "recovered", ["excursion.recovered"], ["box.recovered"]),
        (in_recovered, (1, WARM), "recovered", [], []),
        (in_recovered, (2, WARM), "out", ["excursion.reopened"], []),
        (in_recovered, (60, IN), "recovered", [], []),
        (in_out_again, (61, HOT), "alarm", ["excursion.warned", "excursion.alarm"], ["box.warning", "box.alarm"]),
        (in_out_again, (6, IN), "recovered", ["excursion.recovered"], ["box.recovered"]),
        (in_closed, (1, IN), "normal", ["box.normal"], []),
        (in_closed, (2, HOT), "out", ["excursion.opened"], []),
        (in_rest, (600, HOT), "loading", [], []),
        (in_rest, (60, IN), "loading", [], []),
    ],
)
def test_samples_walk_the_table(
    start: Callable[[], Fed], fed_with: tuple[int, int], state: str, kinds: list[str], said: list[str]
) -> None:
    """Every row of the table of events (minutes, temperature): the state after it, what is recorded and said."""
    fed = start().minutes(*fed_with)
    assert (fed.state, fed.kinds, fed.said) == (state, kinds, said)


def load(machine: Machine) -> Outcome:
    """Goods are put in beside others."""
    return machine.load(anew=False)


def close(machine: Machine) -> Outcome:
    """Somebody closes, with goods inside."""
    return machine.close(Cause.DOOR, "7", empty=False)


def close_empty(machine: Machine) -> Outcome:
    """Somebody closes, all goods are out."""
    return machine.close(Cause.BOX_FAULT, "7", empty=True)


def close_unknown(machine: Machine) -> Outcome:
    """Nobody's badge was scanned."""
    return machine.close(Cause.DOOR, "", empty=False)


@pytest.mark.parametrize(
    ("start", "act", "state", "kinds", "said"),
    [
        (in_rest, load, "loading", ["box.loading"], []),
        (in_loading, load, "loading", [], []),
        (in_normal, load, "loading", ["box.loading"], []),
        (in_out, load, "out", [], []),
        (in_alarm, load, "alarm", [], []),
        (in_recovered, load, "recovered", [], []),
        (in_closed, load, "loading", ["box.loading"], []),
        (in_loading, Machine.rest, "loading", ["box.resting"], ["box.resting"]),
        (in_normal, Machine.rest, "loading", ["box.resting"], ["box.resting"]),
        (in_out, Machine.rest, "loading", ["excursion.ended", "box.resting"], ["box.resting"]),
        (in_out_again, Machine.rest, "out", [], ["box.close_first"]),
        (in_alarm, Machine.rest, "alarm", [], ["box.close_first"]),
        (in_recovered, Machine.rest, "recovered", [], ["box.close_first"]),
        (in_closed, Machine.rest, "loading", ["box.resting"], ["box.resting"]),
        (in_loading, close, "loading", [], ["box.nothing_to_close"]),
        (in_normal, close, "normal", [], ["box.nothing_to_close"]),
        (in_closed, close, "closed", [], ["box.nothing_to_close"]),
        (in_out, close, "out", [], ["box.still_out"]),
        (in_out, close_empty, "out", [], ["box.still_out"]),
        (in_out_again, close, "out", [], ["box.still_out"]),
        (in_out_again, close_empty, "closed", ["excursion.closed"], ["box.closed"]),
        (in_alarm, close, "alarm", [], ["box.still_out"]),
        (in_alarm, close_empty, "closed", ["excursion.closed"], ["box.closed"]),
        (in_recovered, close_unknown, "recovered", [], ["box.who"]),
        (in_recovered, close, "closed", ["excursion.closed"], ["box.closed"]),
    ],
)
def test_people_walk_the_table(
    start: Callable[[], Fed], act: Callable[[Machine], Outcome], state: str, kinds: list[str], said: list[str]
) -> None:
    """Every cell of the table of acts: legal ones are recorded, illegal ones change nothing and are answered."""
    fed = start()
    before = fed.watch.state.packed()
    fed.act(act)
    assert (fed.state, fed.kinds, fed.said) == (state, kinds, said)
    if not kinds:
        assert fed.watch.state.packed() == before


def test_the_limit_value_itself_counts() -> None:
    """30.0 triggers, 29.9 does not."""
    rules = profile(limit("who", 30_000, 60))
    assert "excursion.alarm" in Fed(rules).minutes(61, 30_000).kinds
    assert "excursion.alarm" not in Fed(rules).minutes(600, 29_900).kinds


def test_several_dips_of_fifty_minutes_never_alarm() -> None:
    """A continuous limit of an hour: the clock starts anew with every return."""
    fed = Fed(profile(limit("freezing", -500, 60)))
    for _ in range(20):
        fed.minutes(51, FROST).minutes(1, IN)
    assert "excursion.alarm" not in fed.kinds
    assert "excursion.alarm" in fed.minutes(61, FROST).kinds


def test_dips_sum_up_to_a_cumulative_limit() -> None:
    """Twelve stays of fifty minutes are ten hours; eleven are not."""
    fed = Fed(profile(limit("who", 30_000, 600, mode="cumulative")))
    for _ in range(11):
        fed.minutes(51, 30_000).minutes(9, IN)
    assert "excursion.alarm" not in fed.minutes(50, 30_000).kinds
    assert fed.minutes(1, 30_000).kinds[-1] == "excursion.alarm"


def test_new_goods_in_an_empty_box_start_the_sums_anew() -> None:
    """What earlier goods went through is not held against later ones; goods that lie there keep their sum."""
    rules = profile(limit("sum", 10_000, 60, mode="cumulative"))
    for anew, alarms in ((True, False), (False, True)):
        fed = Fed(rules).minutes(51, HOT).minutes(10, IN)
        fed.act(lambda machine, anew=anew: machine.load(anew=anew))  # type: ignore[misc]
        assert ("excursion.alarm" in fed.minutes(31, HOT).kinds) is alarms


def test_an_excursion_begins_with_its_first_sample() -> None:
    """It is believed with the second sample, and its times count from the first."""
    fed = in_normal().minutes(2, WARM)
    opened = fed.outcomes[-1].records[0].body
    assert opened["since_ms"] == fed.now_ms - 60_000
    assert (opened["out_ms"], opened["known_ms"], opened["peak_mc"], opened["side"]) == (60_000, 60_000, WARM, "warm")


def test_what_is_recorded_of_an_alarm() -> None:
    """Box, profile, version, range, the limit, peak and times stand in the entry, with the offset of the reading."""
    fed = in_normal().minutes(30, HOT)
    for _ in range(31):
        fed.now_ms += 60_000
        fed.note(fed.watch.value(Value(HOT + 700, -200, "C-1"), fed.now_ms))
    alarm = fed.outcomes[-1].records[0].body
    expected = {
        "box": "1", "profile": "plum", "version": "t", "low_mc": 0, "high_mc": 5000, "excursion": 1, "side": "warm",
        "limit": "warm", "at_mc": 10_000, "mode": "continuous", "minutes": 60, "temperature_mc": HOT + 500,
        "peak_mc": HOT + 500, "reached_ms": 3_600_000, "out_ms": 3_600_000, "known_ms": 3_600_000, "unknown_ms": 0,
        "unmeasured": 0, "offset_mc": -200, "certificate": "C-1",
    }  # fmt: skip
    assert {name: alarm.get(name) for name in expected} == expected


def test_warm_goods_do_not_prolong_their_own_excuse() -> None:
    """Goods put in while others get cold have no more than what is left."""
    fed = in_loading()
    for _ in range(12):
        fed.minutes(11, HOT)
        fed.act(load)
    assert fed.state == "out"


def test_the_warm_clock_starts_when_the_excuse_is_over() -> None:
    """Warm fruit alarms the limit's time after the pull-down time, not before."""
    fed = Fed(SLOW).minutes(180 + 60, HOT)
    assert "excursion.alarm" not in fed.kinds
    assert fed.minutes(3, HOT).kinds[-1] == "excursion.alarm"


def test_too_cold_is_never_excused() -> None:
    """Fruit that freezes while it is loaded is an alarm at the usual time."""
    assert Fed(SLOW).minutes(31, FROST).kinds[-1] == "excursion.alarm"


def test_an_alarm_is_said_again_until_somebody_comes() -> None:
    """Every quarter of an hour while it lasts."""
    fed = in_alarm()
    for _ in range(46):
        fed.minutes(1, HOT)
        fed.note(fed.watch.tick(fed.now_ms))
    assert fed.said == ["box.alarm"] * 3


def test_each_excursion_has_its_number() -> None:
    """The next one after a close is another one."""
    fed = in_closed().minutes(2, HOT)
    assert fed.outcomes[-1].records[0].body["excursion"] == 2


@pytest.mark.parametrize("edge_mc", [0, 5000])
def test_the_ends_of_the_range_are_in_range(edge_mc: int) -> None:
    """2 to 8 °C holds at 2.0 and at 8.0; one millidegree beyond does not."""
    assert in_normal().minutes(600, edge_mc).kinds == []
    assert in_normal().minutes(2, -1 if edge_mc == 0 else 5001).kinds == ["excursion.opened"]
