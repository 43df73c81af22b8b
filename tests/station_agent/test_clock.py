"""Clock: time since boot is what orders, wall time follows its jumps, trust is looked at now and then."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from station_agent.clock import HOLD_S, TRUST_S, Clock, boot_name, hardware_parts, judged, synchronised_ms
from sync.entry import Trust


@dataclass
class World:
    """The machine's clocks in a test's hands."""

    since_boot_ms: int = 5_000
    wall_ms: int = 1_700_000_000_000
    trust: Trust = Trust.UNKNOWN
    looks: int = 0

    def clock(self, floor_ms: int | None = None) -> Clock:
        """A clock of this world."""
        return Clock(
            floor_ms=floor_ms, since_boot_ms=lambda: self.since_boot_ms, wall_ms=lambda: self.wall_ms, look=self.look
        )

    def look(self) -> Trust:
        """Ask for the trust."""
        self.looks += 1
        return self.trust

    def pass_ms(self, ms: int) -> None:
        """Both clocks go on."""
        self.since_boot_ms += ms
        self.wall_ms += ms


def test_a_stamp_tells_both_times() -> None:
    """Milliseconds since boot and of wall time, as the machine has them."""
    world = World()
    clock = world.clock()
    world.pass_ms(123)
    assert clock.stamp()[:2] == (5_123, 1_700_000_000_123)


def test_a_millisecond_between_two_readings_is_not_a_jump() -> None:
    """The clocks are read one after the other: wall time does not shake by it."""
    world = World()
    clock = world.clock()
    for shake in (1, -1, 1, 0):
        world.pass_ms(10)
        world.wall_ms += shake
        assert clock.stamp().wall_ms - clock.stamp().since_boot_ms == 1_700_000_000_000 - 5_000
        world.wall_ms -= shake


def test_a_set_clock_is_followed_at_once() -> None:
    """When network time sets the wall clock forward or back, the next stamp has it; time since boot goes on."""
    world = World()
    clock = world.clock()
    for jump in (86_400_000, -7_200_000, 2):
        before = clock.stamp()
        world.wall_ms += jump
        after = clock.stamp()
        assert (after.since_boot_ms, after.wall_ms) == (before.since_boot_ms, before.wall_ms + jump)


def test_trust_is_looked_at_again_after_a_while() -> None:
    """Each stamp carries the last look, which is at most ten seconds old."""
    world = World()
    clock = world.clock()
    assert clock.stamp().trust is Trust.UNKNOWN
    world.trust = Trust.SYNCHRONISED
    world.pass_ms(round(TRUST_S * 1000) - 1)
    assert (clock.stamp().trust, world.looks) == (Trust.UNKNOWN, 1)
    world.pass_ms(1)
    assert (clock.stamp().trust, clock.stamp().trust, world.looks) == (Trust.SYNCHRONISED, Trust.SYNCHRONISED, 2)


def test_a_clock_behind_the_journal_goes_on_from_there_and_is_not_trusted() -> None:
    """A Pi that starts in 1970, whatever its chip says of it: time goes on from the journal's last, as unknown."""
    world = World(wall_ms=40_000, trust=Trust.KEPT)
    clock = world.clock(floor_ms=1_700_000_000_000)
    assert clock.behind_ms == 1_699_999_960_000
    world.pass_ms(250)
    assert clock.stamp() == (5_250, 1_700_000_000_250, Trust.UNKNOWN)


def test_the_network_stands_above_the_journal() -> None:
    """Set forward past the floor, or back by the network, the machine's clock counts, and the floor is gone."""
    world = World(wall_ms=40_000)
    clock = world.clock(floor_ms=1_700_000_000_000)
    world.wall_ms = 1_700_000_000_001
    assert clock.stamp() == (5_000, 1_700_000_000_001, Trust.UNKNOWN)
    world.wall_ms, world.trust = 1_600_000_000_000, Trust.SYNCHRONISED
    world.pass_ms(round(TRUST_S * 1000))
    assert clock.stamp() == (15_000, 1_600_000_010_000, Trust.SYNCHRONISED)
    world.trust = Trust.KEPT
    world.pass_ms(round(TRUST_S * 1000))
    assert (clock.stamp()[1:], clock.behind_ms) == ((1_600_000_020_000, Trust.KEPT), 0)


def test_a_clock_that_was_set_is_looked_at_anew() -> None:
    """Trust found a second before somebody set the clock says nothing of the time it tells now."""
    world = World(trust=Trust.SYNCHRONISED)
    clock = world.clock()
    assert clock.stamp().trust is Trust.SYNCHRONISED
    world.wall_ms -= 7_200_000
    world.trust = Trust.KEPT
    assert clock.stamp().trust is Trust.KEPT


@pytest.mark.parametrize(
    ("mark_age_s", "disciplined", "chip", "trust"),
    [
        (0.0, False, False, Trust.SYNCHRONISED),
        (HOLD_S, False, False, Trust.SYNCHRONISED),
        (HOLD_S + 1, False, False, Trust.KEPT),
        (-3600.0, True, True, Trust.KEPT),
        (None, True, False, Trust.SYNCHRONISED),
        (None, False, True, Trust.KEPT),
        (None, False, False, Trust.UNKNOWN),
    ],
)
def test_trust_by_what_is_there(mark_age_s: float | None, disciplined: bool, chip: bool, trust: Trust) -> None:
    """Every row of the table: an old mark, or one from the future, is no synchronised clock."""
    assert judged(mark_age_s=mark_age_s, disciplined=disciplined, chip=chip) is trust


def test_the_last_synchronisation_is_when_the_mark_was_touched(tmp_path: Path) -> None:
    """The mark's own time; none before the first synchronisation of a boot."""
    mark = tmp_path / "synchronized"
    assert synchronised_ms(mark) is None
    mark.touch()
    os.utime(mark, (1_700_000_000, 1_700_000_000))
    assert synchronised_ms(mark) == 1_700_000_000_000


def test_the_machines_own_clocks() -> None:
    """Unless told otherwise the clock is this machine's: near its wall time, never going back, with some trust."""
    clock = Clock()
    first, second = clock.stamp(), clock.stamp()
    assert abs(second.wall_ms - time.time_ns() // 1_000_000) < 1_000
    assert second.since_boot_ms >= first.since_boot_ms
    assert first.trust in Trust


def test_boot_and_hardware_have_names() -> None:
    """The running boot keeps its name; the machine has at least one part that names it, none with blank ends."""
    assert boot_name() == boot_name() != ""
    assert all(part == part.strip("\0\n ") for part in hardware_parts())
    assert hardware_parts()
