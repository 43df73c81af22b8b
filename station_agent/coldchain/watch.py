"""One box as the agent feeds it: values and looks without one, its door, the passing of time, and what people do. Pure.

Joins the machine (`machine`) with what stands beside it (`sight`) and keeps the time between values. Times are
monotonic milliseconds of the running boot. Called by `boxes`.
"""

from collections.abc import Callable
from typing import NamedTuple

from station_agent.coldchain.machine import Machine, Setup, adopted, fresh
from station_agent.coldchain.sight import REMIND_MS, DoorState, Reminder, Sight
from station_agent.coldchain.state import BoxState, State
from station_agent.coldchain.values import Value
from station_agent.coldchain.words import NOTHING, Outcome, Said

CHECKPOINT_MS = 10 * 60_000
"""While something is counted, its clocks are recorded this often: a power cut makes no more than that unknown."""


class Step(NamedTuple):
    """An act that is not done yet: what it would write and say, and the state after it."""

    outcome: Outcome
    state: BoxState


class Watch:
    """One box. What it returns is to be written; what it judged stands, written or not."""

    def __init__(self, setup: Setup, *, boot: int, now_ms: int, kept: BoxState | None = None) -> None:
        """kept: the state of the last record, None for a box never used; boot: number of the running boot."""
        self.setup, self._boot = setup, boot
        state = fresh(setup, boot, now_ms) if kept is None else adopted(setup, kept)
        # Across a reboot monotonic time began anew: how long the box was not seen is unknown.
        self._seen_ms: int | None = state.at_ms if state.boot == boot else None
        if self._seen_ms is None:
            state.row, state.row_count, state.boot = None, 0, boot
        self._machine = Machine(setup, state)
        self._first = kept is None
        self.sight = Sight(setup.box, setup.interval_ms, now_ms)
        self.door_state = DoorState()
        self._reminder = Reminder(REMIND_MS)
        self._last_mc: int | None = None
        self._recorded, self._recorded_ms = self._counted(), now_ms

    @property
    def state(self) -> BoxState:
        """The state now; not to be changed."""
        return self._machine.state

    @property
    def in_use(self) -> bool:
        """Whether goods are expected in it."""
        return self.state.loading_ms is not None

    @property
    def in_trouble(self) -> bool:
        """Whether nobody should be sent here with goods."""
        trouble = self.state.state in (State.OUT, State.ALARM, State.RECOVERED)
        return trouble or not self.in_use or self.sight.gap or self.sight.fault is not None

    @property
    def is_haven(self) -> bool:
        """Whether goods of another box can be saved here: no trouble, and cold now."""
        return not self.in_trouble and self._last_mc is not None and self.setup.profile.holds(self._last_mc)

    @property
    def latest_mc(self) -> int | None:
        """The last judged temperature (raw and offset), None before the first."""
        return self._last_mc

    def value(self, value: Value, now_ms: int) -> Outcome:
        """A temperature that can be believed."""
        if self._first:
            elapsed_ms: int | None = 0
        else:
            elapsed_ms = None if self._seen_ms is None else max(0, now_ms - self._seen_ms)
        known = self.sight.is_known(elapsed_ms)
        seen = self.sight.good(now_ms, elapsed_ms) if self.in_use else NOTHING
        self._first, self._seen_ms, self._last_mc = False, now_ms, value.judged_mc
        return seen.then(self._noted(self._machine.sample(value, now_ms, elapsed_ms, known=known), now_ms))

    def no_value(self, reason: str, now_ms: int) -> Outcome:
        """A look that gave none."""
        return self.sight.bad(reason, now_ms) if self.in_use else NOTHING

    def door(self, is_open: bool, now_ms: int) -> None:
        """The door was opened or shut; an opening counts whole for the excursion that is open when it ends."""
        open_ms = self.door_state.moved(is_open, now_ms)
        if self.state.excursion is not None:
            self.state.excursion.door_ms += open_ms

    def tick(self, now_ms: int) -> Outcome:
        """What time alone asks for."""
        if not self.in_use:
            return NOTHING
        result = self.sight.tick(now_ms).then(self.door_state.tick(now_ms)).then(self._repeat(now_ms))
        due = now_ms - self._recorded_ms >= CHECKPOINT_MS and self._counted() != self._recorded
        return result.then(self._noted(self._machine.checkpoint(), now_ms)) if due else result

    def finish(self, now_ms: int) -> Outcome:
        """Before a stop: what a restart should go on from."""
        return self._noted(self._machine.checkpoint(), now_ms) if self.in_use else NOTHING

    def step(self, act: Callable[[Machine], Outcome]) -> Step:
        """What an act would do; nothing moves before `take`."""
        trial = Machine(self.setup, self.state.copied())
        trial.value = self._machine.value
        return Step(act(trial), trial.state)

    def take(self, step: Step, now_ms: int) -> None:
        """The act is on disk."""
        self._machine.state = step.state
        self._noted(step.outcome, now_ms)

    def _repeat(self, now_ms: int) -> Outcome:
        """An alarm is said until a person has dealt with it."""
        stay, state = self.state.excursion, self.state.state
        if stay is None or state not in (State.ALARM, State.RECOVERED):
            return NOTHING
        # After a restart no temperature can be said before the first one came; a missing one is told as a gap.
        if self._last_mc is None or not self._reminder.due(now_ms):
            return NOTHING
        said = Said("box.alarm", self._last_mc, stay.out_ms) if state is State.ALARM else Said("box.recovered")
        return Outcome(said=(said,))

    def _noted(self, result: Outcome, now_ms: int) -> Outcome:
        """Remember what was recorded and said last."""
        if any("watch" in record.body for record in result.records):
            self._recorded, self._recorded_ms = self._counted(), now_ms
        if any(said.phrase in ("box.alarm", "box.recovered") for said in result.said):
            self._reminder.forget()
            self._reminder.due(now_ms)
        return result

    def _counted(self) -> object:
        """What a restart must not lose; time in range is not worth a record by itself."""
        state = self.state
        clocks = [(clock.ms, clock.reached) for clock in state.clocks.values()]
        stay = None if state.excursion is None else (state.excursion.known_ms, state.excursion.unknown_ms)
        return state.state, state.loading_ms, clocks, stay
