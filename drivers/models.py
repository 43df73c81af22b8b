"""MODELS: every device model this package can read, one line each.

A model's module holds `Settings` (what a technician may write in its configuration stanza) and one maker:
`decoder(settings)` for what streams bytes through a Port, `sampler(settings, pause)` for what is looked at. Modules
are imported when a configuration names them, so that a Pi pays only for the devices it has. Called by the agent and
by the contract tests.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from drivers.errors import BadSettings
from drivers.seam import Decoder, Pause, Sampler, no_pause
from drivers.settings import DeviceSettings


class StreamModule(Protocol):
    """What the module of a streaming model offers."""

    Settings: type[DeviceSettings]

    def decoder(self, settings: DeviceSettings) -> Decoder:
        """Make a fresh decoder, its buffer empty."""


class CommandedModule(Protocol):
    """What a module offers besides, where the device can be told something."""

    def commands(self, settings: DeviceSettings) -> dict[str, bytes]:
        """Return what to send, by name."""


class BeepingModule(StreamModule, Protocol):
    """What the module of a model with a `beep` setting offers besides."""

    def feedback(self, good: bool) -> bytes:
        """Return the bytes that make the device beep for a good or a bad answer."""


class SampledModule(Protocol):
    """What the module of a sampled model offers."""

    Settings: type[DeviceSettings]

    def sampler(self, settings: DeviceSettings, pause: Pause) -> Sampler:
        """Make a sampler; it opens nothing before its first sample, and waits only through `pause`."""


@dataclass(frozen=True, slots=True)
class Model:
    """One device model.

    role: scanner, scale, thermometer, door, power, panel: what it is to a person.
    says_once: a scale that gives each weight in one frame, already judged steady by itself, and never says zero.
    transport: serial, hidraw, evdev (these carry a Decoder) or sysfs, gpio, picture (these are a Sampler).
    """

    name: str
    role: str
    transport: str
    module: str
    says_once: bool = False

    @property
    def streams(self) -> bool:
        """Whether the model is a Decoder behind a Port, not a Sampler."""
        return self.transport in ("serial", "hidraw", "evdev")

    def settings(self) -> type[DeviceSettings]:
        """Import the model's module and return its Settings type."""
        return cast(StreamModule, import_module(self.module)).Settings

    def decoder(self, settings: DeviceSettings) -> Decoder:
        """Make a decoder of this model; only for a model that streams."""
        return cast(StreamModule, import_module(self.module)).decoder(settings)

    def commands(self, settings: DeviceSettings) -> dict[str, bytes]:
        """Return the bytes of everything the device can be told, by name; empty where it takes nothing.

        `zero` and `tare` mean the same on every scale; other names are the model's own.
        """
        module = import_module(self.module)
        return cast(CommandedModule, module).commands(settings) if hasattr(module, "commands") else {}

    def command(self, settings: DeviceSettings, name: str) -> bytes:
        """Return what to send for `name`; raises BadSettings where this model cannot be told that."""
        known = self.commands(settings)
        if name not in known:
            hint = "请在设备上按键操作 / use the keys on the device itself"
            raise BadSettings(f"model {self.name!r} has no command {name!r}", hint=hint)
        return known[name]

    def feedback(self, settings: DeviceSettings, *, good: bool) -> bytes:
        """Return what to send so that the device itself beeps for an answer of ours, b"" where it cannot or is not to.

        A model that can has a `beep` key in its settings, and `feedback(good)` in its module.
        """
        if not getattr(settings, "beep", False):
            return b""
        return cast(BeepingModule, import_module(self.module)).feedback(good)

    def sampler(self, settings: DeviceSettings, pause: Pause = no_pause) -> Sampler:
        """Make a sampler of this model; only for a model that does not stream."""
        return cast(SampledModule, import_module(self.module)).sampler(settings, pause)


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model("keypad_evdev", "scanner", "evdev", "drivers.scanners.keypad_evdev"),
        Model("scan_camera", "scanner", "picture", "drivers.camera.scan_camera"),
        Model("scan_evdev", "scanner", "evdev", "drivers.scanners.scan_evdev"),
        Model("scan_gm65", "scanner", "serial", "drivers.scanners.scan_gm65"),
        Model("scan_honeywell", "scanner", "serial", "drivers.scanners.scan_honeywell"),
        Model("scan_newland", "scanner", "serial", "drivers.scanners.scan_newland"),
        Model("scan_serial", "scanner", "serial", "drivers.scanners.scan_serial"),
        Model("scan_ssi", "scanner", "serial", "drivers.scanners.scan_ssi"),
        Model("stgs_ascii", "scale", "serial", "drivers.scales.stgs_ascii"),
        Model("yaohua_cont12", "scale", "serial", "drivers.scales.yaohua_cont12"),
        Model("yaohua_cmd", "scale", "serial", "drivers.scales.yaohua_cmd"),
        Model("yaohua_a12e15", "scale", "serial", "drivers.scales.yaohua_a12e15"),
        Model("yaohua_ww", "scale", "serial", "drivers.scales.yaohua_ww"),
        Model("yaohua_eq_rev9", "scale", "serial", "drivers.scales.yaohua_eq_rev9"),
        Model("yaohua_eq_fwd9", "scale", "serial", "drivers.scales.yaohua_eq_fwd9"),
        Model("mt_cont", "scale", "serial", "drivers.scales.mt_cont"),
        Model("toledo8217", "scale", "serial", "drivers.scales.toledo8217"),
        Model("mtsics", "scale", "serial", "drivers.scales.mtsics"),
        Model("cas22", "scale", "serial", "drivers.scales.cas22"),
        Model("cas_enq", "scale", "serial", "drivers.scales.cas_enq"),
        Model("ff_bcd5", "scale", "serial", "drivers.scales.ff_bcd5"),
        Model("nci_scp01", "scale", "serial", "drivers.scales.nci_scp01"),
        Model("adam_az", "scale", "serial", "drivers.scales.adam_az", says_once=True),
        Model("sartorius16", "scale", "serial", "drivers.scales.sartorius16"),
        Model("hid_pos_scale", "scale", "hidraw", "drivers.scales.hid_pos_scale"),
        Model("button_gpio", "scanner", "gpio", "drivers.gpio.button_gpio"),
        Model("door_gpio", "door", "gpio", "drivers.gpio.door_gpio"),
        Model("power_gpio", "power", "gpio", "drivers.gpio.power_gpio"),
        Model("dht22", "thermometer", "sysfs", "drivers.thermometers.dht22"),
        Model("modbus_generic", "thermometer", "serial", "drivers.thermometers.modbus_generic"),
        Model("modbus_pt100_trs02a", "thermometer", "serial", "drivers.thermometers.modbus_pt100_trs02a"),
        Model("modbus_xymd02", "thermometer", "serial", "drivers.thermometers.modbus_xymd02"),
        Model("sht3x", "thermometer", "sysfs", "drivers.thermometers.sht3x"),
        Model("w1_bulk", "thermometer", "sysfs", "drivers.thermometers.w1_bulk"),
        Model("w1_slave", "thermometer", "sysfs", "drivers.thermometers.w1_slave"),
        Model("w1_temperature", "thermometer", "sysfs", "drivers.thermometers.w1_temperature"),
    )
}
