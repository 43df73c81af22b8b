"""What is done to the county under load, each with a name. A fault ends with everything in place again."""

import random
import time
from collections.abc import Callable

from sim_hardware.link import Link
from tests.chaos.house import KEEPALIVE_S, PROJECTOR, House

Fault = Callable[[House, random.Random], None]

HALF_OPEN_S = 8.0
"""Longer than a station waits for an answer and a worker for a ping."""
HUNG_S = 2.5 * KEEPALIVE_S
"""Longer than a broker waits for a sign of life."""


def kill_one_worker(house: House, draw: random.Random) -> None:
    """`kill -9` of one of the workers; the other goes on."""
    name = draw.choice(house.workers)
    house.kill(name)
    time.sleep(draw.uniform(0.0, 2.0))
    house.start(name)


def kill_all_workers(house: House, draw: random.Random) -> None:
    """All of them at once, between any two steps of whatever they do."""
    house.kill(*house.workers)
    time.sleep(draw.uniform(0.0, 2.0))
    house.start(*house.workers)


def kill_projector(house: House, draw: random.Random) -> None:
    """In the middle of a transaction, most likely."""
    house.kill(PROJECTOR)
    time.sleep(draw.uniform(0.0, 1.0))
    house.start(PROJECTOR)


def restart_postgres(house: House, draw: random.Random) -> None:
    """As an upgrade of Debian's package does."""
    house.postgres.stop()
    time.sleep(draw.uniform(0.0, 2.0))
    house.postgres.start()


def crash_postgres(house: House, draw: random.Random) -> None:
    """Sessions are cut at any point, COMMIT included; the log is replayed at the start."""
    house.postgres.kill()
    time.sleep(draw.uniform(0.0, 1.0))
    house.postgres.start()


def kill_mosquitto(house: House, draw: random.Random) -> None:
    """With whatever stands in its queues."""
    house.mosquitto.kill()
    time.sleep(draw.uniform(0.0, 2.0))
    house.mosquitto.start()


def everything_at_once(house: House, draw: random.Random) -> None:
    """The county's power: every process and both engines, none of which says goodbye."""
    house.kill(*house.names)
    house.mosquitto.kill()
    house.postgres.kill()
    time.sleep(draw.uniform(0.0, 2.0))
    house.postgres.start()
    house.mosquitto.start()
    house.start(*house.names)


def hang_one_worker(house: House, draw: random.Random) -> None:
    """It stops and goes on after the broker gave it up, with messages of another time in its hands."""
    name = draw.choice(house.workers)
    house.pause(name)
    time.sleep(HUNG_S)
    house.resume(name)


def _links(house: House) -> list[Link]:
    return [house.village, house.worker, house.wire]


def cut_a_line(house: House, draw: random.Random) -> None:
    """Reset, and refused for a while."""
    draw.choice(_links(house)).cut()
    time.sleep(draw.uniform(0.2, 2.0))
    house.mend()


def hold_a_line_half_open(house: House, draw: random.Random) -> None:
    """Connections stand, nothing arrives."""
    draw.choice(_links(house)).half_open()
    time.sleep(HALF_OPEN_S)
    house.mend()


def delay_the_lines(house: House, draw: random.Random) -> None:
    """A satellite's second there and back, for a while."""
    for link in _links(house):
        link.delay(draw.uniform(0.0, 0.3))
    time.sleep(4.0)
    house.mend()


def halve_messages(house: House, draw: random.Random) -> None:
    """The line breaks within a message or a statement, again and again."""
    for _ in range(6):
        draw.choice(_links(house)).chop(draw.randrange(20_000), draw.choice(("up", "down")))
        time.sleep(0.4)
    house.mend()


FAULTS: tuple[Fault, ...] = (
    kill_one_worker,
    kill_all_workers,
    kill_projector,
    restart_postgres,
    crash_postgres,
    kill_mosquitto,
    everything_at_once,
    hang_one_worker,
    cut_a_line,
    hold_a_line_half_open,
    delay_the_lines,
    halve_messages,
)
