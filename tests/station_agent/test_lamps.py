"""Lamps, buzzer and relay: what an answer switches, and that the next answer cuts it off."""

import queue
import threading
from itertools import pairwise
from typing import get_args

import pytest

from drivers.errors import BadSettings, DriverError, PortLost, PortUnavailable
from drivers.gpio.signal_gpio import Load
from station_agent.counter.answers import PHRASES, Answer, Colour, Sound
from station_agent.lamps import BEEPS, LIGHT_S, RETRY_S, Lamps, Playing, Step, score

COMBINATIONS = sorted({(phrase.colour, phrase.sound) for phrase in PHRASES.values()})


@pytest.mark.parametrize(("colour", "sound"), COMBINATIONS)
def test_every_answer_ends_dark_and_silent(colour: Colour, sound: Sound) -> None:
    """Each load is told its state at once, switches in turns and is off at the end; nothing is on for ever."""
    steps = score(colour, sound)
    assert list(steps) == sorted(steps, key=lambda step: step.at_s)
    for load in get_args(Load):
        own = [step for step in steps if step.load == load]
        assert own[0].at_s == 0.0
        assert own[-1].on is False
        assert all(one.on is not other.on for one, other in pairwise(own))
    assert steps[-1].at_s <= LIGHT_S[colour]


def test_colours_and_sounds_can_be_told_apart() -> None:
    """No two answers of another colour switch the same lamp; no two sounds have the same rhythm."""
    lamps = {c: {s.load for s in score(c, Sound.HIGH) if s.on and s.load not in ("buzzer", "relay")} for c in Colour}
    assert len({frozenset(loads) for loads in lamps.values()}) == len(Colour)
    beeps = {tuple(step for step in score(Colour.GREEN, sound) if step.load == "buzzer") for sound in Sound}
    assert len(beeps) == len(Sound)


def test_a_rhythm_can_be_heard() -> None:
    """No beep and no pause is shorter than a buzzer and an ear need; a scan's sound is over within a second."""
    for sound, beeps in BEEPS.items():
        edges = [at_s for beep in beeps for at_s in beep]
        assert all(later - earlier >= 0.039 for earlier, later in pairwise(edges)), sound
        assert edges[-1] <= (1.0 if sound is not Sound.ALARM else 2.0)


def test_the_relay_goes_with_its_colour_only() -> None:
    """By default it closes for red."""
    assert [step.on for step in score(Colour.RED, Sound.HIGH) if step.load == "relay"] == [True, False]
    assert [step.on for step in score(Colour.GREEN, Sound.HIGH) if step.load == "relay"] == [False]
    assert [step.on for step in score(Colour.GREEN, Sound.HIGH, Colour.GREEN) if step.load == "relay"] == [True, False]


def test_a_new_score_cuts_off_the_old_one() -> None:
    """What is left of a long red is never played over the green that follows it."""
    playing = Playing()
    playing.start(score(Colour.RED, Sound.LONG_LOW), 0.0)
    assert {step.load for step in playing.due(0.0) if step.on} == {"red", "buzzer", "relay"}
    playing.start(score(Colour.GREEN, Sound.HIGH), 0.5)
    assert {step.load for step in playing.due(0.5) if step.on} == {"green", "buzzer"}
    rest = playing.due(100.0)
    assert not any(step.on for step in rest)
    assert playing.next_s is None


def test_a_late_thread_switches_to_the_state_of_now() -> None:
    """Of several steps for one load only the last counts: no catching up by flicker."""
    playing = Playing()
    playing.start(score(Colour.RED, Sound.LONG_LOW), 0.0)
    playing.due(0.0)
    due = playing.due(1.3)
    assert len({step.load for step in due}) == len(due)
    assert playing.next_s is not None
    assert playing.next_s > 1.3


class Board:
    """Pins that tell what is switched, and fail as told."""

    def __init__(self) -> None:
        self.switched: queue.SimpleQueue[Step] = queue.SimpleQueue()
        self.opened = 0
        self.fails: DriverError | None = None

    def open(self) -> None:
        if self.fails is not None:
            raise self.fails
        self.opened += 1

    def switch(self, load: Load, *, on: bool) -> None:
        if self.fails is not None:
            raise self.fails
        self.switched.put(Step(0.0, load, on))

    def close(self) -> None:
        self.switched.put(Step(-1.0, "red", on=False))

    def now(self) -> set[str]:
        """The loads switched on, of what has been switched since the last call."""
        steps = []
        while not self.switched.empty():
            steps.append(self.switched.get())
        return {step.load for step in steps if step.on}


def never(error: BaseException) -> None:
    """Nothing goes wrong unforeseen."""
    raise AssertionError(error)


GREEN = Answer("parcel.received", {"code": "1-2-3"})
RED = Answer("scan.unreadable")


def test_the_light_is_on_before_give_returns() -> None:
    """No thread stands between the commit and the lamp; here time stands still and only `give` switches."""
    board = Board()
    lamps = Lamps(board, never, clock=lambda: 5.0)
    lamps.give(GREEN)
    assert board.now() == {"green", "buzzer"}
    lamps.give(RED)
    assert board.now() == {"red", "buzzer", "relay"}


def test_the_thread_switches_off_what_was_switched_on() -> None:
    """The beep ends by itself a tenth of a second later."""
    board = Board()
    Lamps(board, never).give(GREEN)
    seen = [board.switched.get(timeout=5.0) for _ in range(6)]
    assert (seen[-1].load, seen[-1].on) == ("buzzer", False)


def test_lost_pins_never_stop_the_counter_and_come_back() -> None:
    """`give` raises nothing; after ten seconds the pins are taken again with the next answer."""
    board = Board()
    now_s = [100.0]
    lamps = Lamps(board, never, clock=lambda: now_s[0])
    board.fails = PortLost("gone", hint="-")
    lamps.give(GREEN)
    board.fails = None
    lamps.give(GREEN)
    assert (board.opened, board.now()) == (1, set())
    now_s[0] += RETRY_S
    lamps.give(GREEN)
    assert (board.opened, board.now()) == (2, {"green", "buzzer"})


def test_busy_pins_at_the_start_are_taken_later() -> None:
    """The station opens without its lamps."""
    board = Board()
    now_s = [100.0]
    board.fails = PortUnavailable("busy", hint="-")
    lamps = Lamps(board, never, clock=lambda: now_s[0])
    board.fails = None
    now_s[0] += RETRY_S
    lamps.give(GREEN)
    assert board.now() == {"green", "buzzer"}


def test_a_wrong_configuration_is_told_at_the_start() -> None:
    """A missing library or a pin named twice ends the start with its repair."""
    board = Board()
    board.fails = BadSettings("no lgpio", hint="install it")
    with pytest.raises(BadSettings):
        Lamps(board, never)


def test_a_mistake_in_the_lamps_thread_is_handed_on() -> None:
    """A thread that died silently would leave a lamp or the relay on for ever: whoever made it hears of the error."""
    error = ZeroDivisionError("a mistake of ours")

    class Broken(Board):
        def switch(self, load: Load, *, on: bool) -> None:
            if threading.current_thread().name == "lamps":
                raise error
            super().switch(load, on=on)

    told: queue.SimpleQueue[BaseException] = queue.SimpleQueue()
    Lamps(Broken(), told.put).give(GREEN)
    assert told.get(timeout=5.0) is error
