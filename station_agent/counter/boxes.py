"""Temperatures of the cold boxes, gathered into blocks so that a minute's sample costs a few bytes. Pure.

Every sample is kept as it came, in millidegrees, with its second in the block; a sample without a value is null,
never a number. A suspect value (85.0 °C without the sensor's power-on mark) is kept only when a neighbour is within 5
°C, else it is null. Blocks are ten minutes long by default (domain: GSP annex 3 asks for a record at least every 30
minutes in storage).
"""

from dataclasses import dataclass, field

from drivers.readings import BadReading, Temperature
from station_agent.counter.vocabulary import telemetry
from station_agent.journal.writer import Record

MAX_SAMPLES = 1200
NEIGHBOUR_MC = 5000


@dataclass(slots=True)
class _Block:
    """One block being gathered."""

    start_s: float
    at_s: list[int] = field(default_factory=list)
    values: list[int | None] = field(default_factory=list)


class BoxTemperatures:
    """Blocks of every thermometer."""

    def __init__(self, block_s: float = 600.0) -> None:
        """block_s: length of a block in seconds."""
        self._block_s = block_s
        self._blocks: dict[str, _Block] = {}
        self._last: dict[str, int] = {}

    def take(self, device: str, reading: Temperature | BadReading) -> list[Record]:
        """Add one look at a thermometer; returns the block it completes, if any."""
        done = self.tick(reading.at_s)
        block = self._blocks.setdefault(device, _Block(reading.at_s))
        block.at_s.append(round(reading.at_s - block.start_s))
        block.values.append(self._believed(device, reading))
        return done

    def tick(self, now_s: float) -> list[Record]:
        """Give the blocks whose time is over."""
        over = [
            device
            for device, block in self._blocks.items()
            if now_s - block.start_s >= self._block_s or len(block.values) >= MAX_SAMPLES
        ]
        return [self._give(device) for device in over]

    def finish(self) -> list[Record]:
        """Give every block as it is, before a stop."""
        return [self._give(device) for device in list(self._blocks)]

    def latest_mc(self, device: str) -> int | None:
        """The last good temperature of a device, for people."""
        return self._last.get(device)

    def _believed(self, device: str, reading: Temperature | BadReading) -> int | None:
        """The value to keep, None for one that cannot be trusted."""
        if isinstance(reading, BadReading):
            return None
        last = self._last.get(device)
        if reading.suspect is not None and (last is None or abs(reading.temperature_mc - last) > NEIGHBOUR_MC):
            return None
        self._last[device] = reading.temperature_mc
        return reading.temperature_mc

    def _give(self, device: str) -> Record:
        block = self._blocks.pop(device)
        return telemetry(
            "box.temperatures",
            device=device,
            start_ms=round(block.start_s * 1000),
            at_s=block.at_s,
            temperature_mc=block.values,
        )
