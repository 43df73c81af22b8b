"""What is remembered of a box from sample to sample: its state, its open excursion and the clock of every limit.

Plain values, whole milliseconds and millidegrees, so that what was written in a record is exactly what is read back. A
record that changes a state carries it whole (`packed`): replaying a box's records is taking the last one (`unpacked`).
Pure; called by `machine`.

Clocks. The time between two neighbouring samples counts for a limit when the limit was reached at both of them. A
single sample beyond a limit therefore lasts no time yet, and an alarm never comes on a sample that is back in range.
    continuous   sums up while every sample reaches the limit, starts anew with the first that does not
    cumulative   sums up over all stays until the box is loaded anew or the excursion is closed by a person
Across a gap both stand still: what was not measured neither lengthens a stay nor ends it.
"""

from enum import StrEnum
from typing import Any

import msgspec

from station_agent.coldchain.profiles import Limit


class State(StrEnum):
    """Where a box stands; the table is in `machine`."""

    LOADING = "loading"
    NORMAL = "normal"
    OUT = "out"
    ALARM = "alarm"
    RECOVERED = "recovered"
    CLOSED = "closed"


class Clock(msgspec.Struct):
    """One limit's clock. over: the last sample reached it. reached: its time is up in this excursion, and was said."""

    ms: int = 0
    over: bool = False
    reached: bool = False

    def take(self, limit: Limit, over: bool, known_ms: int) -> None:
        """Count one sample; known_ms: measured time since the sample before, 0 across a gap."""
        if over and self.over:
            self.ms += known_ms
        elif not over and limit.mode == "continuous":
            self.ms = 0
        self.over = over

    def is_up(self, limit: Limit) -> bool:
        """Whether the limit's time is over now."""
        return self.over and self.ms >= limit.duration_ms


class Excursion(msgspec.Struct):
    """One stay out of range, from its first sample until it ended by itself or was closed.

    since_ms: monotonic time of its first sample, in the boot it began. side: warm or cold, as it began. number: counts
    the excursions of this box; 0 for samples that are not enough for one yet. out_ms: time out of range. known_ms,
    unknown_ms: measured and unmeasured time since the first sample; unmeasured counts gaps whose length nobody knows (a
    reboot). door_ms: how long the door stood open. alarmed: it was an alarm.
    """

    since_ms: int
    side: str
    highest_mc: int
    lowest_mc: int
    number: int = 0
    out_ms: int = 0
    known_ms: int = 0
    unknown_ms: int = 0
    unmeasured: int = 0
    door_ms: int = 0
    alarmed: bool = False

    def take(self, temperature_mc: int, out_ms: int, elapsed_ms: int | None, known: bool) -> None:
        """Count one sample; elapsed_ms: time since the one before, None where nobody knows; known: it was measured."""
        self.highest_mc = max(self.highest_mc, temperature_mc)
        self.lowest_mc = min(self.lowest_mc, temperature_mc)
        if elapsed_ms is None:
            self.unmeasured += 1
        elif known:
            self.known_ms += elapsed_ms
            self.out_ms += out_ms
        else:
            self.unknown_ms += elapsed_ms

    @property
    def peak_mc(self) -> int:
        """The temperature farthest out on the side where it began."""
        return self.highest_mc if self.side == "warm" else self.lowest_mc


class BoxState(msgspec.Struct):
    """All that a box must not forget.

    profile, version: what it is judged by. boot, at_ms: when this was true, monotonic time in that boot. count:
    excursions so far. loading_ms: what is left of the time goods may take to get cold, None while the box is out of
    use. was_in, was_out: of the last sample; neither while it is excused. in_range_ms: unbroken measured time in range.
    row: samples out of range in a row, while they are not an excursion; row_count: how many.
    """

    profile: str
    version: str
    boot: int = 0
    at_ms: int = 0
    state: State = State.LOADING
    count: int = 0
    loading_ms: int | None = None
    was_in: bool = False
    was_out: bool = False
    in_range_ms: int = 0
    row: Excursion | None = None
    row_count: int = 0
    excursion: Excursion | None = None
    clocks: dict[str, Clock] = {}

    def packed(self) -> dict[str, Any]:
        """Plain values for a record."""
        packed: dict[str, Any] = msgspec.to_builtins(self)
        return packed

    def copied(self) -> "BoxState":
        """A copy that shares nothing."""
        return unpacked(self.packed())


def unpacked(packed: dict[str, Any]) -> BoxState:
    """What a record said; raises msgspec.ValidationError for what is none."""
    return msgspec.convert(packed, BoxState)
