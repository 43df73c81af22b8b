"""One cold box under watch: samples, its door and what people do -> records to write and sentences to say. Pure.

Rules
1. A sample out of range opens an excursion when `DEBOUNCE` in a row are out; it then began with the first of them.
2. LOADING excuses warm goods until the profile's pull-down time is over, never cold ones. It is not prolonged by more
   goods. After it the clocks start at nothing.
3. An alarm comes when a limit's clock (`state`) is up. The limit's own value counts. Several limits may alarm in one
   excursion, each once.
4. In range for the profile's recover time ends an excursion that was no alarm; one that was waits for a person.
5. Only a person closes, with a cause, when the box has recovered; or when nothing lies in it any more.
6. More than GAP_INTERVALS sampling intervals without a value are unknown: clocks stand still, the time is reported as
   unknown, nothing is interpolated. A sample without a value is no sample; DEBOUNCE of them are a sensor fault.
7. Door, fault and gap are states of their own beside the table and excuse nothing.
8. A restart is a gap. On another boot its length is not known, and it is counted instead.

state      event                           becomes     record                 said
---------  ------------------------------  ----------  ---------------------  ----------------
LOADING    in range for recover time       NORMAL      box.normal
LOADING    too warm, time not over         LOADING
LOADING    too warm, time over             OUT         excursion.opened
LOADING    too cold                        OUT         excursion.opened
NORMAL     out                             OUT         excursion.opened
OUT        warning limit up                OUT         excursion.warned       box.warning
OUT        alarm limit up                  ALARM       excursion.alarm        box.alarm
OUT        in range, was no alarm          NORMAL      excursion.ended
OUT        in range, was an alarm          RECOVERED   excursion.recovered    box.recovered
ALARM      another alarm limit up          ALARM       excursion.alarm        box.alarm
ALARM      in range for recover time       RECOVERED   excursion.recovered    box.recovered
RECOVERED  out                             OUT         excursion.reopened
CLOSED     in range                        NORMAL      box.normal
CLOSED     out                             OUT         excursion.opened (the next one)
any        out of use (loading_ms None)    LOADING     nothing is judged

act        LOADING     NORMAL   OUT, no alarm    OUT after alarm       ALARM                 RECOVERED  CLOSED
---------  ----------  -------  ---------------  --------------------  --------------------  ---------  -------
load       (starts)    LOADING  -                -                     -                     -          LOADING
rest       LOADING     LOADING  ended, LOADING   box.close_first       box.close_first       the same   LOADING
close      nothing_..  noth_..  box.still_out    CLOSED if empty,      CLOSED if empty,      CLOSED     noth_..
                                                 else box.still_out    else box.still_out

`load` starts LOADING when the box was out of use, changes nothing while goods are still getting cold, and changes
nothing while an excursion is open: warm goods put in then do not excuse it. Nor does it where the profile allows no
pull-down time. Illegal acts change nothing and are answered.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from station_agent.coldchain.profiles import Limit, Profile
from station_agent.coldchain.state import BoxState, Clock, Excursion, State
from station_agent.coldchain.values import Value
from station_agent.coldchain.words import NOTHING, Outcome, Said, about, one
from station_agent.counter.vocabulary import custody, telemetry
from station_agent.journal.writer import Record

DEBOUNCE = 2
"""Samples in a row until a stay out of range, or a sensor fault, is taken for true."""
GAP_INTERVALS = 3
"""More than so many sampling intervals without a value are a gap (domain: never interpolated)."""


class Cause(StrEnum):
    """Why a box was out of range, by the card the person scans."""

    DOOR = "door"
    POWER = "power"
    BOX_FAULT = "box_fault"
    WARM_GOODS = "warm_goods"
    COOLANT = "coolant"
    SENSOR = "sensor"
    WRONG_SETTING = "wrong_setting"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Setup:
    """What is watched, and by what.

    version: id of the profiles' version. interval_ms: how often the thermometer is read.
    """

    box: str
    profile: Profile
    version: str
    interval_ms: int = 60_000


def fresh(setup: Setup, boot: int, now_ms: int) -> BoxState:
    """The state of a box that is put to use now: goods are expected in it, and getting cold."""
    state = BoxState(setup.profile.id, setup.version, boot=boot, at_ms=now_ms)
    state.loading_ms = setup.profile.pull_down_min * 60_000
    state.clocks = {limit.name: Clock() for limit in setup.profile.limits}
    return state


def adopted(setup: Setup, old: BoxState) -> BoxState:
    """The state kept from before, under the profile of now: clocks go on where a limit kept its name."""
    state = old.copied()
    state.profile, state.version = setup.profile.id, setup.version
    state.clocks = {limit.name: state.clocks.get(limit.name, Clock()) for limit in setup.profile.limits}
    return state


class Machine:
    """The table above for one box. Its methods change `state` and return what is to be written and said."""

    def __init__(self, setup: Setup, state: BoxState) -> None:
        """`state` is `fresh` or `adopted`; it is changed in place."""
        self.setup, self.state = setup, state
        self.value: Value | None = None

    def sample(self, value: Value, now_ms: int, elapsed_ms: int | None, *, known: bool = True) -> Outcome:
        """Judge one value; its raw half stays with it.

        elapsed_ms: time since the value before, 0 for the first, None where nobody knows. known: False when that time
        is a gap.
        """
        state, judged_mc = self.state, value.judged_mc
        self.value, state.at_ms = value, now_ms
        if state.loading_ms is None:
            return NOTHING
        if state.state is State.LOADING:
            state.loading_ms = max(0, state.loading_ms - (elapsed_ms or 0))
        self._count(judged_mc, elapsed_ms, known)
        result = self._opening()
        if state.state in (State.OUT, State.ALARM):
            for limit in self.setup.profile.limits:
                result = result.then(self._limit(limit, judged_mc))
        return result.then(self._back())

    def load(self, *, anew: bool) -> Outcome:
        """Goods were put in; anew: nothing lay in the box before, so that what was summed up concerns nobody."""
        state, pull_down_min = self.state, self.setup.profile.pull_down_min
        if state.excursion is not None:
            return NOTHING
        if anew or state.loading_ms is None:
            state.clocks = self._clocks()
        getting_cold = state.state is State.LOADING and state.loading_ms is not None
        if getting_cold or (pull_down_min == 0 and state.loading_ms is not None):
            return self.checkpoint() if anew else NOTHING
        state.state, state.loading_ms = State.LOADING, pull_down_min * 60_000
        self._start_rows()
        return one(self._record("box.loading", pull_down_min=pull_down_min))

    def rest(self) -> Outcome:
        """The box goes out of use until goods are loaded; refused while an alarm waits for its close."""
        state, ended = self.state, self.state.excursion
        if ended is not None and ended.alarmed:
            return Outcome(said=(Said("box.close_first"),))
        state.state, state.loading_ms, state.excursion, state.clocks = State.LOADING, None, None, self._clocks()
        self._start_rows()
        closing = NOTHING if ended is None else one(self._record("excursion.ended", ended))
        return closing.then(one(self._record("box.resting"), Said("box.resting")))

    def close(self, cause: Cause, by: str, *, empty: bool) -> Outcome:
        """End an excursion that was an alarm; by: the person, "" when nobody is known; empty: nothing lies in the box.

        Illegal acts are answered and change nothing.
        """
        state, closed = self.state, self.state.excursion
        if closed is None:
            return Outcome(said=(Said("box.nothing_to_close"),))
        if not closed.alarmed or (state.state is not State.RECOVERED and not empty):
            return Outcome(said=(Said("box.still_out"),))
        if not by:
            return Outcome(said=(Said("box.who"),))
        state.state, state.excursion, state.clocks = State.CLOSED, None, self._clocks()
        self._start_rows()
        return one(self._record("excursion.closed", closed, cause=cause.value, by=by), Said("box.closed"))

    def checkpoint(self) -> Outcome:
        """The state as it is now, for a restart to go on from."""
        return one(self._record("box.watch"))

    def _count(self, judged_mc: int, elapsed_ms: int | None, known: bool) -> None:
        """Clocks, rows and the open excursion."""
        state, profile = self.state, self.setup.profile
        known_ms = (elapsed_ms or 0) if known else 0
        excused = state.state is State.LOADING and state.loading_ms != 0
        for limit in profile.limits:
            over = limit.reached_by(judged_mc) and not (excused and limit.side == "warm")
            state.clocks[limit.name].take(limit, over, known_ms)
        is_in = profile.holds(judged_mc)
        is_out = not is_in and not (excused and judged_mc > profile.high_mc)
        state.in_range_ms = state.in_range_ms + (known_ms if state.was_in else 0) if is_in else 0
        out_ms = known_ms if is_out and state.was_out else 0
        for stay in (state.excursion, state.row):
            if stay is not None:
                stay.take(judged_mc, out_ms, elapsed_ms, known)
        state.was_in, state.was_out = is_in, is_out
        self._count_row(judged_mc, is_out)

    def _count_row(self, judged_mc: int, is_out: bool) -> None:
        """Samples out of range in a row."""
        state = self.state
        if not is_out:
            state.row, state.row_count = None, 0
            return
        state.row_count = min(state.row_count + 1, DEBOUNCE)
        if state.row is None:
            side = "warm" if judged_mc > self.setup.profile.high_mc else "cold"
            state.row = Excursion(state.at_ms, side, judged_mc, judged_mc)

    def _opening(self) -> Outcome:
        """Enough samples out of range: a new excursion, or the recovered one again."""
        state, row = self.state, self.state.row
        if row is None or state.row_count < DEBOUNCE or state.state in (State.OUT, State.ALARM):
            return NOTHING
        state.state, state.loading_ms, state.row = State.OUT, 0, None
        for clock in state.clocks.values():
            clock.reached = False
        if state.excursion is not None:
            return one(self._record("excursion.reopened", state.excursion))
        state.count += 1
        row.number, state.excursion = state.count, row
        return one(self._record("excursion.opened", row, since_ms=row.since_ms))

    def _limit(self, limit: Limit, judged_mc: int) -> Outcome:
        """A limit whose time is up and that was not said in this excursion."""
        state, clock = self.state, self.state.clocks[limit.name]
        if clock.reached or not clock.is_up(limit):
            return NOTHING
        assert state.excursion is not None
        clock.reached = True
        alarm = limit.level == "alarm"
        if alarm:
            state.state, state.excursion.alarmed = State.ALARM, True
        fields = {"limit": limit.name, "at_mc": limit.at_mc, "mode": limit.mode, "minutes": limit.minutes}
        record = self._record(
            "excursion.alarm" if alarm else "excursion.warned",
            state.excursion,
            temperature_mc=judged_mc,
            reached_ms=clock.ms,
            **fields,
        )
        return one(record, Said("box.alarm" if alarm else "box.warning", judged_mc, clock.ms))

    def _back(self) -> Outcome:
        """In range, and long enough where that is asked for."""
        state, stay = self.state, self.state.excursion
        recovered = state.was_in and state.in_range_ms >= self.setup.profile.recover_min * 60_000
        if (state.state is State.CLOSED and state.was_in) or (state.state is State.LOADING and recovered):
            state.state, state.loading_ms = State.NORMAL, 0
            return one(self._record("box.normal"))
        if not recovered or stay is None or state.state is State.RECOVERED:
            return NOTHING
        if stay.alarmed:
            state.state = State.RECOVERED
            return one(self._record("excursion.recovered", stay), Said("box.recovered"))
        state.state, state.excursion = State.NORMAL, None
        return one(self._record("excursion.ended", stay))

    def _clocks(self) -> dict[str, Clock]:
        """Every limit's clock at nothing."""
        return {limit.name: Clock() for limit in self.setup.profile.limits}

    def _start_rows(self) -> None:
        """What was counted in a row belongs to what was before."""
        state = self.state
        state.was_in = state.was_out = False
        state.in_range_ms = state.row_count = 0
        state.row = None

    def _record(self, kind: str, excursion: Excursion | None = None, **fields: Any) -> Record:  # noqa: ANN401
        """An entry with the state as it is now."""
        setup, profile = self.setup, self.setup.profile
        fields = {"box": setup.box, "profile": profile.id, "version": setup.version, **fields}
        if excursion is None:
            return telemetry(kind, **fields, watch=self.state.packed())
        fields |= {"low_mc": profile.low_mc, "high_mc": profile.high_mc, **about(excursion)}
        if self.value is not None:
            fields |= {"offset_mc": self.value.offset_mc, "certificate": self.value.certificate}
        return custody(kind, **fields, watch=self.state.packed())
