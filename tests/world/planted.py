"""Bugs planted to test the simulator."""

from tests.world.world import Parts

BUGS: dict[str, Parts] = {}
