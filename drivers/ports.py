"""The shells that hold a file descriptor: today SerialPort, for everything behind a tty.

    open    exclusive, no flow control, settled and flushed: old bytes never reach a decoder
    read    returns as soon as one byte is there (poll + os.read), not after a count or a time-out
    errors  OSError, serial.SerialException and termios.error become PortUnavailable, PortLost or BadSettings, here only

A pty, which is how devices are simulated, knows no parity and no 7-bit bytes: glibc reports EINVAL, which pyserial lets
through as termios.error(22), on some opens and not on others (devices.md G). On a path that is really a pty the port
then opens as 8N1, and decoders clear bit 7 themselves (`framing.unparity`). On a real tty the same error means an
adapter that cannot do it (mini-UART, old CH340 drivers; devices.md E), and is BadSettings. Called by supervision.
"""

import errno
import math
import os
import select
import termios
import threading
import time
from collections.abc import Callable
from pathlib import Path

import serial

from drivers.errors import BadSettings, DriverError, PortLost, PortUnavailable
from drivers.models import Model
from drivers.seam import Port
from drivers.settings import DeviceSettings, SerialSettings

SETTLE_S = 0.15
"""Between opening and flushing: what the toggled DTR line makes a device say ends within 100-200 ms (devices.md F)."""

WRITE_TIMEOUT_S = 2.0
"""The longest request has some 20 bytes, 0.35 s at 600 baud; a device that takes longer has stopped listening."""

WAKE_BYTES = 1 << 16
"""All that a pipe holds on Linux: one read empties it of any number of interrupts."""

PLUG_HINT = "Check that the device has power and that its cable sits firmly at both ends, in the socket it always had."
_HINTS = {
    errno.EACCES: "Add the station's user to the group 'dialout' and restart the service.",
    errno.EPERM: "Add the station's user to the group 'dialout' and restart the service.",
    errno.EBUSY: "Another program has the device: stop it (brltty and ModemManager take serial adapters unasked).",
    errno.EAGAIN: "Another program has the device: stop it (a second station process, a terminal program).",
}


def _number(error: BaseException) -> int | None:
    """The errno of an error, or of the termios.error that pyserial hides behind a text of its own."""
    if isinstance(error, termios.error):
        return int(error.args[0])
    number = getattr(error, "errno", None)
    if number is None and error.__context__ is not None:
        return _number(error.__context__)
    return number


def port_for(model: Model, settings: DeviceSettings) -> Port:
    """Make the closed port of a streaming model's device; raises BadSettings where there is none for its transport."""
    if model.transport == "serial" and isinstance(settings, SerialSettings):
        return SerialPort(settings)
    raise BadSettings(
        f"no port for transport {model.transport!r} of model {model.name!r}",
        hint="Name another model in the configuration.",
    )


class SerialPort:
    """One tty, taken for ourselves alone; see `drivers.seam.Port`.

    Reads and writes belong to one thread; `interrupt` may come from any.
    """

    def __init__(
        self,
        settings: SerialSettings,
        *,
        settle_s: float = SETTLE_S,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        """Open nothing yet. `pause` waits for `settle_s` inside `open`."""
        self._settings = settings
        self._settle_s = settle_s
        self._pause = pause
        self._serial: serial.Serial | None = None
        self._lock = threading.Lock()  # guards the wake pipe: interrupt must not write to a descriptor just closed
        self._wake: tuple[int, int] | None = None

    def open(self) -> None:
        """Take the device, let it settle, and forget what it said before; raises PortUnavailable or BadSettings."""
        self.close()
        port = self._configured()
        try:
            self._take(port)
            self._pause(self._settle_s)
            port.reset_input_buffer()
        except (OSError, ValueError, OverflowError, termios.error) as error:
            port.close()
            raise self._why_not(error) from error
        self._serial = port
        with self._lock:
            self._wake = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return at once what is there, else the first bytes that come; b"" after `timeout_s`, or when interrupted.

        Raises PortLost where the device is gone or another program reads from it.
        """
        port, wake = self._serial, self._wake
        if port is None or wake is None:
            raise self._lost("it is not open")
        waiting = select.poll()
        waiting.register(port.fileno(), select.POLLIN)
        waiting.register(wake[0], select.POLLIN)
        try:
            ready = dict(waiting.poll(math.ceil(max(0.0, timeout_s) * 1000)))
            if port.fileno() not in ready:
                if wake[0] in ready:
                    os.read(wake[0], WAKE_BYTES)
                return b""
            data = os.read(port.fileno(), max_bytes)
        except BlockingIOError:
            return b""
        except OSError as error:
            raise self._lost(str(error)) from error
        if not data:
            raise self._lost("it reports bytes and gives none: unplugged, or two programs read from it")
        return data

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises PortLost."""
        if self._serial is None:
            raise self._lost("it is not open")
        try:
            self._serial.write(data)
        except (OSError, termios.error) as error:  # SerialException is an OSError
            raise self._lost(str(error)) from error

    def close(self) -> None:
        """Let go of the device; never raises, may be called twice."""
        port, self._serial = self._serial, None
        with self._lock:
            wake, self._wake = self._wake, None
            for descriptor in wake or ():
                os.close(descriptor)
        if port is not None:
            try:
                port.close()
            except (OSError, termios.error):
                return  # the device is gone, and its descriptor with it

    def interrupt(self) -> None:
        """Make the read in progress, or the next, return b""; on a closed port nothing, as no read waits there."""
        with self._lock:
            if self._wake is not None:
                try:
                    os.write(self._wake[1], b"!")
                except BlockingIOError:
                    return  # the pipe is full of interrupts: the next read returns anyhow

    def _configured(self) -> serial.Serial:
        settings = self._settings
        try:
            port = serial.Serial(
                port=None,
                baudrate=settings.baudrate,
                bytesize=settings.bytesize,
                parity=settings.parity,
                stopbits=settings.stopbits,
                timeout=0,
                write_timeout=WRITE_TIMEOUT_S,
                xonxoff=False,  # else 11h and 13h vanish, and 11h is a request byte of CAS scales
                rtscts=False,
                dsrdtr=False,
                exclusive=True,
            )
            port.port = settings.path
        except (ValueError, OSError) as error:
            raise self._bad_line(error) from error
        return port

    def _take(self, port: serial.Serial) -> None:
        try:
            port.open()
        except termios.error as error:
            if error.args[0] != errno.EINVAL or not self._is_pty():
                raise
            port.bytesize, port.parity = serial.EIGHTBITS, serial.PARITY_NONE
            port.open()

    def _is_pty(self) -> bool:
        return os.path.realpath(self._settings.path).startswith("/dev/pts/")

    def _why_not(self, error: Exception) -> DriverError:
        number = _number(error)
        if isinstance(error, (ValueError, OverflowError)) or number == errno.EINVAL:
            return self._bad_line(error)
        path = Path(self._settings.path)
        if number in (errno.ENOTTY, errno.EISDIR) or path.is_file():
            hint = "Give the path of the device as it stands under /dev/serial/by-path/."
            return BadSettings(f"{path} is no serial device: {error}", hint=hint)
        return PortUnavailable(f"cannot open {path}: {error}", hint=_HINTS.get(number or 0, PLUG_HINT))

    def _bad_line(self, error: Exception) -> BadSettings:
        s = self._settings
        return BadSettings(
            f"{s.path} cannot do {s.baudrate} {s.bytesize}{s.parity}{s.stopbits}: {error}",
            hint="Use an FTDI adapter for 7-bit or parity lines, or set the device and the configuration to 9600 8N1.",
        )

    def _lost(self, why: str) -> PortLost:
        return PortLost(f"lost {self._settings.path}: {why}", hint=PLUG_HINT)
