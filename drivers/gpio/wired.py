"""A pin whose wire is a path: what `factory = "mock"` makes of a `path` that begins with /, for training.

    we -> wire   ?           how does it stand?
    wire -> us   0 or 1      the level: low or high; the answer, and once at every edge

A training table (`station-sim devices`) lays such wires out, so that a lid or a button can be moved from outside the
process. Never fallen back to: the configuration names both the factory and the path. No pin of a Pi is touched and
gpiozero is not needed. Two threads: the wire's, which only notes levels, and supervision's. Called by the gpio models.
"""

import threading
from collections.abc import Callable

from drivers.errors import DriverError, PortLost, PortUnavailable
from drivers.gpio.looking import Level
from drivers.gpio.pins import FactoryName, InputPin
from drivers.ports import SerialPort
from drivers.settings import SerialSettings

ASK = b"?"
LOW, HIGH = b"0"[0], b"1"[0]
ANSWER_S = 1.0
"""A table answers within milliseconds."""
READ_BYTES = 64
IDLE_S = 60.0
TABLE_HINT = "先运行 station-sim devices 摆出这个设备 / first set this device out with `station-sim devices`"


def contact_pin(path: str, factory: FactoryName) -> Level:
    """Return the pin a configuration names: of the Pi, or, with the factory `mock` and an absolute path, a wire."""
    return WiredPin(path) if factory == "mock" and path.startswith("/") else InputPin(path, factory)


class WiredPin:
    """A pin at the end of a wire; see `drivers.gpio.looking.Level`."""

    def __init__(self, path: str) -> None:
        """Open nothing yet."""
        self._path = path
        self._port: SerialPort | None = None
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._level = HIGH
        self._lost: DriverError | None = None

    @property
    def is_open(self) -> bool:
        """Whether the wire is taken."""
        return self._port is not None

    def open(self, on_edge: Callable[[], object]) -> None:
        """Take the wire and ask how it stands; `on_edge` is called from the wire's thread at every edge.

        Raises PortUnavailable, or BadSettings where the path is no wire.
        """
        self.close()
        port = SerialPort(SerialSettings(path=self._path), settle_s=0.0)
        try:
            port.open()
            port.write(ASK)
            levels = _levels(port.read(READ_BYTES, ANSWER_S))
        except (PortLost, PortUnavailable) as error:
            port.close()
            raise PortUnavailable(str(error), hint=TABLE_HINT) from error
        if not levels:
            port.close()
            raise PortUnavailable(f"{self._path} does not answer how it stands", hint=TABLE_HINT)
        self._level, self._lost, self._port = levels[-1], None, port
        self._stop = threading.Event()
        watching = (port, self._stop, on_edge)
        self._thread = threading.Thread(target=self._watch, args=watching, name=f"pin {self._path}", daemon=True)
        self._thread.start()

    def is_low(self) -> bool:
        """Whether the contact is closed now; raises PortLost."""
        if self._lost is not None or self._port is None:
            raise PortLost(f"lost {self._path}: {self._lost or 'it is not open'}", hint=TABLE_HINT)
        return self._level == LOW

    def close(self) -> None:
        """Let go of the wire; may be called twice, never raises."""
        port, self._port = self._port, None
        thread, self._thread = self._thread, None
        if port is None:
            return
        self._stop.set()
        port.interrupt()
        if thread is not None:
            thread.join(ANSWER_S)
        port.close()

    def _watch(self, port: SerialPort, stop: threading.Event, on_edge: Callable[[], object]) -> None:
        """Note every level until the wire is let go or lost."""
        while not stop.is_set():
            try:
                levels = _levels(port.read(READ_BYTES, IDLE_S))
            except PortLost as error:
                self._lost = error
                on_edge()
                return
            for level in levels:
                if level != self._level:
                    self._level = level
                    on_edge()


def _levels(data: bytes) -> list[int]:
    """The levels among what the wire said; anything else on it is nothing."""
    return [byte for byte in data if byte in (LOW, HIGH)]
