"""MODELS: every device model this package can read, one line each.

A model's module holds `Settings` (what a technician may write in its configuration stanza) and one maker:
`decoder(settings)` for what streams bytes through a Port, `sampler(settings, pause)` for what is looked at. Modules
are imported when a configuration names them, so that a Pi pays only for the devices it has. Called by the agent and
by the contract tests.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from drivers.seam import Decoder, Pause, Sampler, no_pause
from drivers.settings import DeviceSettings


class StreamModule(Protocol):
    """What the module of a streaming model offers."""

    Settings: type[DeviceSettings]

    def decoder(self, settings: DeviceSettings) -> Decoder:
        """Make a fresh decoder, its buffer empty."""


class SampledModule(Protocol):
    """What the module of a sampled model offers."""

    Settings: type[DeviceSettings]

    def sampler(self, settings: DeviceSettings, pause: Pause) -> Sampler:
        """Make a sampler; it opens nothing before its first sample, and waits only through `pause`."""


@dataclass(frozen=True, slots=True)
class Model:
    """One device model.

    role: scanner, scale, thermometer, door, panel: what it is to a person.
    transport: serial, hidraw, evdev (these carry a Decoder) or sysfs, gpio, picture (these are a Sampler).
    """

    name: str
    role: str
    transport: str
    module: str

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

    def sampler(self, settings: DeviceSettings, pause: Pause = no_pause) -> Sampler:
        """Make a sampler of this model; only for a model that does not stream."""
        return cast(SampledModule, import_module(self.module)).sampler(settings, pause)


MODELS: dict[str, Model] = {
    model.name: model
    for model in (
        Model("scan_serial", "scanner", "serial", "drivers.scanners.scan_serial"),
        Model("stgs_ascii", "scale", "serial", "drivers.scales.stgs_ascii"),
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
