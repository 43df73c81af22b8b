"""The doctor on time and supply: trust, the last synchronisation, the chip, under-voltage, each with its repair."""

import pytest

from drivers.throttling import Throttling
from station_agent.doctor_clock import chip_found, clock_found, look_at_clock, supply_found
from station_agent.findings import State
from sync.entry import Trust

NOW_MS = 1_760_000_000_000
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("trust", "ago_ms", "state", "seen", "repair"),
    [
        (Trust.SYNCHRONISED, 5 * 60_000, State.OK, "5 分钟前", ""),
        (Trust.SYNCHRONISED, None, State.OK, "已与网络同步", ""),
        (Trust.KEPT, 7 * HOUR_MS, State.LOOK, "7 小时前", "timesync-status"),
        (Trust.KEPT, 72 * HOUR_MS, State.LOOK, "3 天前", "timesync-status"),
        (Trust.KEPT, -HOUR_MS, State.LOOK, "在将来", "联网"),
        (Trust.UNKNOWN, None, State.LOOK, "未校时", "联网"),
    ],
)
def test_the_clock_is_told_with_its_last_synchronisation(
    trust: Trust, ago_ms: int | None, state: State, seen: str, repair: str
) -> None:
    """Trust and time of the last word from the network; what is not synchronised has something to try."""
    found = clock_found(trust, None if ago_ms is None else NOW_MS - ago_ms, NOW_MS)
    assert (found.state, seen in found.seen, repair in found.repair) == (state, True, True)
    assert bool(found.repair) == (state is not State.OK)


def test_a_chip_that_is_off_needs_a_battery() -> None:
    """Only where the time is known can it be judged; none at all is no fault."""
    now_s = NOW_MS / 1000
    assert chip_found(None, now_s, Trust.SYNCHRONISED).state is State.OK
    assert chip_found(int(now_s) - 30, now_s, Trust.SYNCHRONISED).state is State.OK
    assert chip_found(86_400, now_s, Trust.UNKNOWN).state is State.OK
    off = chip_found(86_400, now_s, Trust.SYNCHRONISED)
    assert (off.state, "hwclock" in off.repair) == (State.LOOK, True)


@pytest.mark.parametrize(
    ("flags", "states", "word"),
    [
        (0x0, [State.OK], "0x0"),
        (0x1, [State.LOOK], "now"),
        (0x50000, [State.LOOK], "since"),
        (0x8, [State.LOOK], "heat"),
    ],
)
def test_the_supply_is_told_as_the_firmware_has_it(flags: int, states: list[State], word: str) -> None:
    """Now, since the start, slowed by heat, or well; nothing where no firmware says."""
    found = list(supply_found(Throttling(flags)))
    assert [each.state for each in found] == states
    assert word in found[0].seen
    assert list(supply_found(None)) == []


def test_this_machine_can_be_looked_at() -> None:
    """Whatever it has, there is a word on clock and chip."""
    assert [each.part for each in look_at_clock()] == ["时钟 clock", "时钟芯片 RTC"]
