"""The shells that hold a file descriptor: SerialPort, for everything behind a tty, and `port_for`, which chooses.

    open    exclusive, no flow control, settled and flushed: old bytes never reach a decoder
    read    returns as soon as one byte is there (`wake.py`), not after a count or a time-out
    errors  OSError, serial.SerialException and termios.error become PortUnavailable, PortLost or BadSettings, here only

A pty, which is how devices are simulated, knows no parity and no 7-bit bytes: glibc reports EINVAL, which pyserial lets
through as termios.error(22), on some opens and not on others (devices.md G). On a path that is really a pty the port
then opens as 8N1, and decoders clear bit 7 themselves (`framing.unparity`). On a real tty the same error means an
adapter that cannot do it (mini-UART, old CH340 drivers; devices.md E), and is BadSettings. Called by supervision.
"""

import errno
import os
import termios
import time
from collections.abc import Callable
from pathlib import Path

import serial

from drivers.errors import BadSettings, DriverError, PortLost, PortUnavailable
from drivers.models import Model
from drivers.ports_evdev import EvdevPort
from drivers.ports_hidraw import HidrawPort
from drivers.seam import Port
from drivers.settings import DeviceSettings, EvdevSettings, HidrawSettings, SerialSettings
from drivers.wake import Wake

SETTLE_S = 0.15
"""Between opening and flushing: what the toggled DTR line makes a device say ends within 100-200 ms (devices.md F)."""

WRITE_TIMEOUT_S = 0.2
"""How long the kernel may take to accept a request. It buffers 4 kB and requests have some 20 bytes, so a device that
makes us wait has stopped listening; the counter must not wait for it."""

PLUG_HINT = "检查电源和数据线,插回原来的插口 / check power and cable; use the same socket"
_RIGHT_HINT = "把运行程序的用户加入 dialout 组后重启 / add the station's user to group dialout, restart"
_TAKEN_HINT = "关掉占用它的程序 / stop the other program that has it (brltty, ModemManager, a terminal)"
_PATH_HINT = "填写 /dev/serial/by-path/ 下的路径 / give its path under /dev/serial/by-path/"
_LINE_HINT = "换 FTDI 转接线,或两边都设为 9600 8N1 / use an FTDI adapter, or set both ends to 9600 8N1"
_MODEL_HINT = "在配置里换一个型号 / name another model in the configuration"
_HINTS = {
    errno.EACCES: _RIGHT_HINT,
    errno.EPERM: _RIGHT_HINT,
    errno.EBUSY: _TAKEN_HINT,
    errno.EAGAIN: _TAKEN_HINT,
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
    if model.transport == "hidraw" and isinstance(settings, HidrawSettings):
        return HidrawPort(settings)
    if model.transport == "evdev" and isinstance(settings, EvdevSettings):
        return EvdevPort(settings)
    raise BadSettings(f"no port for transport {model.transport!r} of model {model.name!r}", hint=_MODEL_HINT)


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
        self._wake: Wake | None = None

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
        self._wake = Wake()

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """Return at once what is there, else the first bytes that come; b"" after `timeout_s`, or when interrupted.

        Raises PortLost where the device is gone or another program reads from it.
        """
        port, wake = self._serial, self._wake
        if port is None or wake is None:
            raise self._lost("it is not open")
        try:
            data = wake.read(port.fileno(), max_bytes, timeout_s)
        except OSError as error:
            raise self._lost(str(error)) from error
        if data is None:
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

    def offer(self, data: bytes) -> int:
        """Send what the kernel takes of `data` at once and return how many bytes that were; raises PortLost."""
        if self._serial is None:
            raise self._lost("it is not open")
        try:
            return os.write(self._serial.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise self._lost(str(error)) from error

    def drop_unsent(self) -> None:
        """Forget what the kernel took and has not sent yet; raises PortLost.

        After it nothing waits for a device that no longer listens, closing the port included (up to 30 s).
        """
        if self._serial is None:
            raise self._lost("it is not open")
        try:
            self._serial.reset_output_buffer()
        except (OSError, termios.error) as error:
            raise self._lost(str(error)) from error

    def close(self) -> None:
        """Let go of the device; never raises, may be called twice."""
        port, self._serial = self._serial, None
        wake, self._wake = self._wake, None
        if wake is not None:
            wake.close()
        if port is not None:
            try:
                port.close()
            except (OSError, termios.error):
                return  # the device is gone, and its descriptor with it

    def interrupt(self) -> None:
        """Make the read in progress, or the next, return b""; on a closed port nothing, as no read waits there."""
        wake = self._wake
        if wake is not None:
            wake.interrupt()

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
            return BadSettings(f"{path} is no serial device: {error}", hint=_PATH_HINT)
        return PortUnavailable(f"cannot open {path}: {error}", hint=_HINTS.get(number or 0, PLUG_HINT))

    def _bad_line(self, error: Exception) -> BadSettings:
        s = self._settings
        return BadSettings(
            f"{s.path} cannot do {s.baudrate} {s.bytesize}{s.parity}{s.stopbits}: {error}",
            hint=_LINE_HINT,
        )

    def _lost(self, why: str) -> PortLost:
        return PortLost(f"lost {self._settings.path}: {why}", hint=PLUG_HINT)
