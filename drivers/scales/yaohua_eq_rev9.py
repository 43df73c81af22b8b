"""The `=` format that sends the lowest digit first: "format 1" of the Yaohua A26, "2" of the A23p (devices.md A4).

    =  value    sign          nine bytes, no terminator; value: seven characters with the point, lowest first
    =  000.300  0             = 003.000
    =  00.1000  -             = -0001.00

The other direction is `yaohua_eq_fwd9`. Sources: A26 and A23p manuals.
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
    return frame[8:9], frame[7:0:-1]
