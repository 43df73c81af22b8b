"""The `=` format that sends the highest digit first: "format 2" of the Yaohua A26 (devices.md A4).

    =  sign  value            nine bytes, no terminator; value: seven characters with the point, highest first
    =  0     003.000          = 3.000
    =  -     0001.00          = -1.00

The other direction is `yaohua_eq_rev9`. Source: A26 manual.
"""

from drivers.scales.decoding import ScaleDecoder
from drivers.scales.equals import EqualsSettings, equals_decoder
from drivers.settings import DeviceSettings


class Settings(EqualsSettings, frozen=True, kw_only=True):
    """See `equals.EqualsSettings`."""


def decoder(settings: DeviceSettings) -> ScaleDecoder:
    """Make a fresh decoder; `settings` must be this module's Settings."""
    assert isinstance(settings, Settings), type(settings)
    return equals_decoder(settings, parts)


def parts(frame: bytes) -> tuple[bytes, bytes]:
    """Return sign and digits, the highest first."""
    return frame[1:2], frame[2:]
