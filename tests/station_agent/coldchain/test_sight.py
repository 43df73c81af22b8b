"""Gaps, sensor faults, doors and restarts: states of their own that lengthen, shorten and excuse nothing."""

from station_agent.coldchain.machine import adopted
from station_agent.coldchain.state import unpacked
from tests.station_agent.coldchain.world import HOT, IN, USUAL, WARM, Fed, limit, profile

PLAIN = profile(*USUAL)


def last_body(fed: Fed, kind: str) -> dict[str, object]:
    """The newest entry of a kind."""
    bodies = [record.body for outcome in fed.outcomes for record in outcome.records if record.kind == kind]
    return bodies[-1]


def test_a_gap_is_noticed_while_it_lasts_and_told_when_it_ends() -> None:
    """More than three intervals without a value: opened once, said again after a quarter of an hour, closed."""
    fed = Fed(PLAIN).minutes(10, IN).forget().silence(3)
    assert fed.kinds == []
    fed.silence(17)
    assert (fed.kinds, fed.said) == (["box.gap"], ["box.gap"] * 2)
    fed.minutes(1, IN)
    assert last_body(fed, "box.gap_over") == {"box": "1", "gap_ms": 21 * 60_000}


def test_a_gap_nobody_ticked_for_is_told_all_the_same() -> None:
    """Two values too far apart bring both entries."""
    fed = Fed(PLAIN).minutes(10, IN).forget().values([(181_000, IN)])
    assert fed.kinds == ["box.gap", "box.gap_over"]


def test_three_intervals_exactly_are_no_gap() -> None:
    """The bound itself is still seen, and counts as measured."""
    fed = Fed(profile(limit("warm", 10_000, 3))).minutes(6, IN).values([(180_000, HOT), (180_000, HOT)])
    assert "box.gap" not in fed.kinds
    assert last_body(fed, "excursion.alarm")["reached_ms"] == 180_000


def test_a_gap_stops_the_clock_and_is_reported() -> None:
    """Fifty minutes, a gap of two hours, ten minutes: the alarm comes with the sixtieth measured minute."""
    fed = Fed(PLAIN).minutes(6, IN).minutes(51, HOT).silence(119).minutes(10, HOT)
    assert "excursion.alarm" not in fed.kinds
    alarm = last_body(fed.minutes(1, HOT), "excursion.alarm")
    assert (alarm["reached_ms"], alarm["known_ms"], alarm["unknown_ms"]) == (3_600_000, 3_600_000, 7_200_000)


def test_a_return_seen_after_a_gap_ends_the_stay() -> None:
    """What came back in range in the dark is back in range."""
    fed = Fed(PLAIN).minutes(6, IN).minutes(51, HOT).silence(60).minutes(1, IN).minutes(51, HOT)
    assert "excursion.alarm" not in fed.kinds


def test_a_fault_is_two_bad_looks_and_ends_with_two_good_ones() -> None:
    """A sensor that flaps between good and bad writes one fault, not hundreds; a lasting one is a gap too."""
    fed = Fed(PLAIN).minutes(10, IN).forget()
    for _ in range(50):
        fed.bad(2).minutes(1, IN)
    assert fed.kinds == ["box.fault"]
    fed.minutes(2, IN)
    assert fed.kinds == ["box.fault", "box.fault_over"]
    assert last_body(fed, "box.fault_over")["count"] == 100
    assert fed.forget().bad(4).kinds == ["box.fault", "box.gap"]


def test_one_bad_look_is_nothing() -> None:
    """Debounce counts looks."""
    fed = Fed(PLAIN).minutes(10, IN).forget().bad(1).minutes(1, IN).bad(1).minutes(2, IN)
    assert fed.kinds == []


def test_an_open_door_is_said_after_two_minutes_and_excuses_nothing() -> None:
    """Its time stands in the entries of the excursion."""
    fed = Fed(PLAIN).minutes(10, IN).forget()
    fed.watch.door(True, fed.now_ms)
    fed.minutes(3, WARM)
    fed.note(fed.watch.tick(fed.now_ms))
    assert fed.said == ["box.door_open"]
    fed.watch.door(False, fed.now_ms)
    fed.minutes(8, WARM)
    assert last_body(fed, "excursion.warned")["door_ms"] == 180_000


def test_a_box_out_of_use_is_not_missed() -> None:
    """No gap, fault or door of it is told."""
    fed = Fed(PLAIN).minutes(10, IN)
    fed.act(lambda machine: machine.rest())
    fed.forget().bad(60).silence(60).minutes(1, HOT)
    assert (fed.kinds, fed.said) == ([], [])


def test_clocks_survive_a_restart() -> None:
    """Fifty minutes before and ten after a stop of two minutes are an alarm."""
    fed = Fed(PLAIN).minutes(6, IN).minutes(51, HOT)
    stopped = fed.note(fed.watch.finish(fed.now_ms)).records[0].body["watch"]
    again = Fed(PLAIN, kept=unpacked(stopped))
    assert again.watch.state == fed.watch.state
    assert again.values([(120_000, HOT)]).minutes(8, HOT).kinds[-1] == "excursion.alarm"


def test_a_reboot_is_a_gap_of_unknown_length() -> None:
    """Monotonic time began anew: nothing is made up, the gap is counted."""
    fed = Fed(PLAIN).minutes(6, IN).minutes(51, HOT)
    stopped = fed.watch.finish(fed.now_ms).records[0].body["watch"]
    again = Fed(PLAIN, kept=unpacked(stopped), boot=2)
    again.now_ms = 5_000
    again.minutes(11, HOT)
    assert last_body(again, "box.gap_over") == {"box": "1"}
    alarm = last_body(again, "excursion.alarm")
    assert (alarm["reached_ms"], alarm["unmeasured"], alarm["unknown_ms"]) == (3_600_000, 1, 0)


def test_a_row_that_was_no_excursion_yet_begins_anew_after_a_reboot() -> None:
    """Its beginning would be a time of another boot."""
    fed = Fed(PLAIN).minutes(6, IN).minutes(1, WARM)
    stopped = fed.watch.finish(fed.now_ms).records[0].body["watch"]
    again = Fed(PLAIN, kept=unpacked(stopped), boot=2)
    again.now_ms = 0
    assert "excursion.opened" not in again.minutes(1, WARM).kinds
    assert last_body(again.minutes(1, WARM), "excursion.opened")["since_ms"] == 60_000


def test_clocks_are_recorded_every_ten_minutes_while_they_run() -> None:
    """A power cut makes ten minutes unknown at most; a quiet box writes nothing."""
    fed = Fed(PLAIN).minutes(10, IN).forget()
    for _ in range(600):
        fed.minutes(1, IN)
        fed.note(fed.watch.tick(fed.now_ms))
    assert fed.kinds.count("box.watch") <= 1
    fed.forget()
    for _ in range(50):
        fed.minutes(1, WARM)
        fed.note(fed.watch.tick(fed.now_ms))
    assert fed.kinds.count("box.watch") >= 3


def test_another_profile_keeps_the_excursion_and_the_clocks_it_knows() -> None:
    """An edited file closes nothing: the alarm still waits for a person."""
    fed = Fed(PLAIN).minutes(6, IN).minutes(62, HOT)
    other = profile(limit("warm", 10_000, 60), limit("new", 20_000, 60))
    state = adopted(Fed(other).setup, fed.watch.state)
    assert state.excursion == fed.watch.state.excursion
    assert {name: clock.ms > 0 for name, clock in state.clocks.items()} == {"warm": True, "new": False}
