"""Clock: time since boot is what orders, wall time follows its jumps, trust is looked at now and then."""

import time
from dataclasses import dataclass

from station_agent.clock import TRUST_S, Clock, boot_name, hardware_parts
from sync.entry import Trust


@dataclass
class World:
    """The machine's clocks in a test's hands."""

    since_boot_ms: int = 5_000
    wall_ms: int = 1_700_000_000_000
    trust: Trust = Trust.UNKNOWN
    looks: int = 0

    def clock(self) -> Clock:
        """A clock of this world."""
        return Clock(since_boot_ms=lambda: self.since_boot_ms, wall_ms=lambda: self.wall_ms, look=self.look)

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
