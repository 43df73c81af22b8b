"""The 1-wire bus master's files: which chips there are, and all of them measured at once (devices.md C1).

    <root>/w1_bus_master1/w1_master_slave_count    2
    <root>/w1_bus_master1/w1_master_slaves         one name a line
    <root>/w1_bus_master1/28-xxxxxxxxxxxx          each chip, as under <root>
    <root>/w1_bus_master1/therm_bulk_read          a host writes `trigger`; reads 0 none, -1 running, 1 done and unread

While it runs the chips' files give no byte. `step` is told the time and does what is due; a thread calls it between
`open` and `close`. A plain file does not notice being read, so 1 stays until `fetched` or the next trigger.
"""

from __future__ import annotations

import shutil
import threading
import time

from sim_hardware.w1_bus import CONVERSION_MS, W1Bus

_LOOK_EVERY_S = 0.01


class W1Master:
    """The master of one bus, as a context manager with its thread."""

    def __init__(self, bus: W1Bus, *, conversion_s: float | None = None) -> None:
        """`conversion_s`: None is what the slowest chip's resolution needs."""
        self._bus = bus
        self._conversion_s = conversion_s
        self._done_at_s: float | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.directory = bus.root / "w1_bus_master1"
        self.path = self.directory / "therm_bulk_read"

    def __enter__(self) -> W1Master:
        """Open."""
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def open(self) -> None:
        """Put the files there and watch them."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self._say("0")
        names = [sensor.address for sensor in self._bus.sensors()]
        (self.directory / "w1_master_slave_count").write_text(f"{len(names)}\n", encoding="ascii")
        (self.directory / "w1_master_slaves").write_text("".join(f"{name}\n" for name in names), encoding="ascii")
        for name in names:
            (self.directory / name).symlink_to(f"../{name}")
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="w1 master", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Take the files away."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def step(self, now_s: float) -> None:
        """Start a conversion that was triggered, end one that is over at `now_s` seconds."""
        if self.path.read_text(encoding="ascii", errors="replace").strip() == "trigger":
            for sensor in self._bus.sensors():
                sensor.begin_bulk_conversion()
            self._done_at_s = now_s + self._needed_s()
            self._say("-1")
        elif self._done_at_s is not None and now_s >= self._done_at_s:
            self._done_at_s = None
            for sensor in self._bus.sensors():
                sensor.end_bulk_conversion()
            self._say("1")

    def fetched(self) -> None:
        """Say that every chip's value was read."""
        self._say("0")

    def _needed_s(self) -> float:
        if self._conversion_s is not None:
            return self._conversion_s
        return max((CONVERSION_MS[sensor.resolution] for sensor in self._bus.sensors()), default=0) / 1000

    def _say(self, state: str) -> None:
        fresh = self.path.with_name(".therm_bulk_read.new")
        fresh.write_text(f"{state}\n", encoding="ascii")
        fresh.replace(self.path)

    def _run(self) -> None:
        while not self._stop.wait(_LOOK_EVERY_S):
            self.step(time.monotonic())
