"""Takes pins of the Pi's header through gpiozero, by the pin factory that the configuration names. A thin shell.

    lgpio      the Linux gpiochip, every Pi up to 5      pip extra `pi`, or apt python3-gpiozero python3-lgpio
    rpigpio    RPi.GPIO, not on a Pi 5; or rpi-lgpio     pip extra `pi-classic`, or apt python3-rpi.gpio
    mock       no pins at all: for tests and training, only where the configuration says so (`wired.py`)

gpiozero's own choice of a factory is never used: it falls back silently to what happens to be installed, which on a
Pi 5 is one that cannot work (devices.md D, gpiozero #1172). What is missing, busy or impossible is raised with the
repair. The header's chip is found by its label, since its number changed between kernels (raspberrypi/linux #6144).
Called by the gpio models and by the agent's lamps.
"""

import contextlib
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from drivers.errors import BadSettings, DriverError, PortLost, PortUnavailable

FactoryName = Literal["lgpio", "rpigpio", "mock"]
PinName = Annotated[str, msgspec.Meta(pattern=r"^(GPIO|BOARD)\d{1,2}$")]
"""GPIO17 by the chip's numbering, BOARD11 by the header's; both name the same pin."""

BOARD = {
    3: 2, 5: 3, 7: 4, 8: 14, 10: 15, 11: 17, 12: 18, 13: 27, 15: 22, 16: 23, 18: 24, 19: 10, 21: 9, 22: 25, 23: 11,
    24: 8, 26: 7, 27: 0, 28: 1, 29: 5, 31: 6, 32: 12, 33: 13, 35: 19, 36: 16, 37: 26, 38: 20, 40: 21,
}  # fmt: skip
"""The GPIO number of each place on the 40-pin header, the same on every Pi since 2014."""

MAX_CHIPS = 32
HEADER_LABEL = "pinctrl-"
"""The header's chip is pinctrl-bcm2835, pinctrl-bcm2711 or pinctrl-rp1; others are expanders and the firmware's."""

INSTALL_HINTS: dict[str, str] = {
    "lgpio": "安装 pip 附加包 pi,或 apt 装 python3-gpiozero python3-lgpio / "
    "install the pip extra `pi`, or by apt python3-gpiozero python3-lgpio",
    "rpigpio": "安装 pip 附加包 pi-classic,或 apt 装 python3-rpi.gpio;树莓派 5 请写 lgpio / "
    "install the pip extra `pi-classic`, or by apt python3-rpi.gpio; on a Pi 5 name lgpio",
    "mock": "安装 pip 包 gpiozero / install the pip package gpiozero",
}
BUSY_HINT = (
    "引脚被别的程序或 overlay 占用(w1-gpio 默认占 GPIO4):用 gpioinfo 查看,换脚或改 config.txt / another program or an "
    "overlay has the pin (w1-gpio has GPIO4): see gpioinfo, take another pin or change config.txt"
)
CHIP_HINT = "检查 /dev/gpiochip* 和 gpio 用户组 / check /dev/gpiochip* and that the station's user is in group gpio"
NAME_HINT = "写 GPIO17 这样的引脚名,每脚只用一次 / name pins like GPIO17, each only once"

_factories: dict[str, Any] = {}
_lock = threading.Lock()


def same_pin(name: str) -> str:
    """Return the one name of a pin that has two: GPIO17 for BOARD11, GPIO5 for GPIO05; else the name as it is."""
    match = re.fullmatch(r"(GPIO|BOARD)(\d{1,2})", name)
    if match is None:
        return name
    number = int(match[2])
    if match[1] == "GPIO":
        return f"GPIO{number}"
    return f"GPIO{BOARD[number]}" if number in BOARD else name


def factory(name: FactoryName) -> Any:  # noqa: ANN401 - gpiozero has no types
    """Return the one factory of that name in this process; raises BadSettings or PortUnavailable with the repair."""
    with _lock:
        if name not in _factories:
            _factories[name] = _make(name)
        return _factories[name]


class InputPin:
    """A pin pulled up, with a contact to ground."""

    def __init__(self, pin: str, factory_name: FactoryName) -> None:
        """Take nothing yet."""
        self._pin, self._factory_name = pin, factory_name
        self._device: Any = None

    @property
    def is_open(self) -> bool:
        """Whether the pin is taken."""
        return self._device is not None

    def open(self, on_edge: Callable[[], object]) -> None:
        """Take the pin; `on_edge` is called from a thread of gpiozero's at every edge, bounces included.

        Raises BadSettings or PortUnavailable.
        """
        self.close()
        made = factory(self._factory_name)
        with _translated(self._pin, self._factory_name):
            # No bounce_time: it loses edges, and then the state sticks (gpiozero #550, #1039).
            device = import_module("gpiozero").DigitalInputDevice(self._pin, pull_up=True, pin_factory=made)
        device.when_activated = device.when_deactivated = on_edge
        self._device = device

    def is_low(self) -> bool:
        """Whether the contact is closed now; raises PortLost."""
        if self._device is None:
            raise PortLost(f"{self._pin} is not open", hint=BUSY_HINT)
        with _translated(self._pin, self._factory_name, lost=True):
            return bool(self._device.value)

    def close(self) -> None:
        """Let go of the pin; may be called twice, never raises."""
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(DriverError), _translated(self._pin, self._factory_name):
                device.close()


class OutputPin:
    """A pin that drives a lamp, a buzzer or a relay through a transistor; off while nobody says otherwise."""

    def __init__(self, pin: str, factory_name: FactoryName, *, active_low: bool) -> None:
        """Take nothing yet. active_low: the load is on while the pin is low, as on most relay boards."""
        self._pin, self._factory_name, self._active_low = pin, factory_name, active_low
        self._device: Any = None

    def open(self) -> None:
        """Take the pin, off from the first moment; raises BadSettings or PortUnavailable."""
        self.close()
        made = factory(self._factory_name)
        with _translated(self._pin, self._factory_name):
            self._device = import_module("gpiozero").OutputDevice(
                self._pin, active_high=not self._active_low, initial_value=False, pin_factory=made
            )

    def switch(self, *, on: bool) -> None:
        """Switch the load; raises PortLost."""
        if self._device is None:
            raise PortLost(f"{self._pin} is not open", hint=BUSY_HINT)
        with _translated(self._pin, self._factory_name, lost=True):
            self._device.value = on

    def close(self) -> None:
        """Let go of the pin; may be called twice, never raises."""
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(DriverError), _translated(self._pin, self._factory_name):
                device.close()


def header_chip(lgpio: Any, numbers: Iterable[int]) -> int:  # noqa: ANN401 - a C library
    """Return which of the gpiochips is the Pi's header; raises PortUnavailable where none is."""
    seen: list[str] = []
    for number in numbers:
        handle = lgpio.gpiochip_open(number)
        label = str(lgpio.gpio_get_chip_info(handle)[3])
        lgpio.gpiochip_close(handle)
        if label.startswith(HEADER_LABEL):
            return number
        seen.append(label)
    raise PortUnavailable(f"no gpiochip is a Pi's header, only {seen or 'none at all'}", hint=CHIP_HINT)


def _make(name: FactoryName) -> Any:  # noqa: ANN401
    """Make a factory, and nothing else in its place."""
    try:
        if name == "mock":
            return import_module("gpiozero.pins.mock").MockFactory()
        if name == "rpigpio":
            return import_module("gpiozero.pins.rpigpio").RPiGPIOFactory()
        lgpio = import_module("lgpio")
        make = import_module("gpiozero.pins.lgpio").LGPIOFactory
    except ImportError as error:
        raise BadSettings(f"pin factory {name} is not installed: {error}", hint=INSTALL_HINTS[name]) from error
    except RuntimeError as error:  # RPi.GPIO on a Pi 5, or where there is no Pi
        raise BadSettings(f"pin factory {name} does not work here: {error}", hint=INSTALL_HINTS[name]) from error
    try:
        present = [number for number in range(MAX_CHIPS) if Path(f"/dev/gpiochip{number}").exists()]
        return make(chip=header_chip(lgpio, present))
    except (lgpio.error, OSError) as error:
        raise PortUnavailable(f"pin factory {name}: {error}", hint=CHIP_HINT) from error


@contextlib.contextmanager
def _translated(pin: str, name: FactoryName, *, lost: bool = False) -> Iterator[None]:
    """Turn what gpiozero and the libraries under it raise into our errors."""
    gpiozero = import_module("gpiozero")
    try:
        yield
    except (gpiozero.GPIOPinInUse, gpiozero.PinError) as error:
        raise BadSettings(f"pin {pin}: {error}", hint=NAME_HINT) from error
    except (*_library_errors(name), gpiozero.GPIOZeroError) as error:
        kind: type[DriverError] = PortLost if lost else PortUnavailable
        raise kind(f"pin {pin}: {error}", hint=BUSY_HINT) from error


def _library_errors(name: FactoryName) -> tuple[type[Exception], ...]:
    """What the library under a factory raises for a busy or lost pin."""
    if name == "lgpio":
        error: type[Exception] = import_module("lgpio").error
        return (error, OSError)
    return (RuntimeError, OSError) if name == "rpigpio" else ()
