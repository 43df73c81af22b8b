"""What a configuration stanza may say about any device; each model adds its own keys by subclassing.

The agent's configuration reader converts a stanza key by key, so that every mistake is reported at once; bounds stand
in the annotations. Called by the model modules and by `station_agent.config`.
"""

from typing import Annotated, Literal

import msgspec

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keys every device has.

    path: the stable path of the device, e.g. /dev/serial/by-path/...; a simulated device is a path like any other.
    """

    path: Annotated[str, msgspec.Meta(min_length=1, max_length=1024)]


class StreamSettings(DeviceSettings, frozen=True, kw_only=True):
    """What every streaming device shares.

    silent_after_s: no valid reading for so long means the device is silent; 0 for devices that speak only when used.
    """

    silent_after_s: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0


class SerialSettings(StreamSettings, frozen=True, kw_only=True):
    """Line settings of a serial device; the defaults are 9600 8N1, a model overrides what its maker ships."""

    baudrate: Literal[600, 1200, 2400, 4800, 9600, 14400, 19200, 38400, 57600, 115200] = 9600
    bytesize: Literal[7, 8] = 8
    parity: Literal["N", "E", "O"] = "N"
    stopbits: Literal[1, 2] = 1


class HidrawSettings(StreamSettings, frozen=True, kw_only=True):
    """A USB device that speaks in HID reports: `path` is a /dev/hidraw node, or a link to one made by a udev rule."""


class EvdevSettings(DeviceSettings, frozen=True, kw_only=True):
    """A USB device that types: `path` is its link under /dev/input/by-path/, ending in -event-kbd."""


class SampledSettings(DeviceSettings, frozen=True, kw_only=True):
    """How often a device without a byte stream is looked at.

    every_s: seconds between looks; recorder rules ask for at least one a minute (domain: GSP annex 3).
    """

    every_s: Seconds = 60.0
