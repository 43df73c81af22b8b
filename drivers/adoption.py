"""A keyboard gun nobody configured becomes a scanner when it scans the adoption card.

For the day a gun dies: any keyboard gun is plugged in, the card at the counter is scanned with it, work goes on. Until
then the unconfigured keyboards are only listened to: nothing is grabbed, so a real keyboard goes on being one, and
nothing they type is kept or told.

    looks_like_gun      pure: does the kernel say that this device types letters, digits and Enter?
    Listener            pure: what one device types -> was it the card?
    AdoptionWatch       thin: finds the devices in sysfs, opens them, and calls `adopt` with the path of the one

Not here: what the card's code is, and the supervision of the adopted gun; the agent knows the one and does the other
(model scan_evdev, the path it is given). A gun set to another keyboard layout types the card wrong and stays unadopted:
the card has capital letters only.
"""

import os
import select
import struct
from collections.abc import Callable, Collection
from pathlib import Path

from drivers.errors import DriverError
from drivers.ports_evdev import EvdevPort
from drivers.readings import Scan
from drivers.scanners.keys import PLAIN
from drivers.scanners.scan_evdev import ScanEvdevDecoder, Settings
from drivers.settings import EvdevSettings

SYS_INPUT = Path("/sys/class/input")
DEV_INPUT = Path("/dev/input")
LOOK_S = 5.0
"""How often new devices are looked for; a person plugging one in takes longer to reach for the card."""
READ_BYTES = 4096
MAX_LISTENED = 16
"""More keyboards than any counter has; beyond it the latest are left alone."""
WORD_BITS = 8 * struct.calcsize("@l")
"""Size of one word of a sysfs bitmap: the `long` of this program, which the kernel minds."""
_EV_KEY = 1
_ENTER = 28
_NEEDED = frozenset(code for code, character in PLAIN.items() if code < 60 and character.isalnum()) | {_ENTER}


def looks_like_gun(events: str, keys: str) -> bool:
    """Whether the sysfs files `capabilities/ev` and `capabilities/key` are those of something that types codes.

    A gun shows itself as a whole keyboard, and so does a keyboard: which it is, the card tells. A number pad, a mouse
    and a power button lack letters.
    """
    return _EV_KEY in _bits(events) and _bits(keys) >= _NEEDED


def _bits(words: str) -> frozenset[int]:
    """The bits set in a sysfs bitmap: hexadecimal words of the kernel's `long`, highest first, zeros not padded."""
    found: set[int] = set()
    for place, word in enumerate(reversed(words.split())):
        try:
            value = int(word, 16)
        except ValueError:
            return frozenset()
        found.update(place * WORD_BITS + bit for bit in range(value.bit_length()) if value >> bit & 1)
    return frozenset(found)


class Listener:
    """What one unconfigured device types, forgotten as it comes, except for the question whether it is the card."""

    def __init__(self, card: str) -> None:
        """`card` is the code on the adoption card."""
        self._card = card
        self._decoder = ScanEvdevDecoder(Settings(path="-"))

    def hears_card(self, data: bytes, now_s: float) -> bool:
        """Take bytes of events; return whether they complete the card's code."""
        return any(isinstance(r, Scan) and r.code == self._card for r in self._decoder.feed(data, now_s))


class AdoptionWatch:
    """Listens to every unconfigured keyboard until one scans the card. Belongs to one thread; `step` is its loop."""

    def __init__(
        self,
        card: str,
        configured: Callable[[], Collection[str]],
        adopt: Callable[[str], None],
        *,
        sys_input: Path = SYS_INPUT,
        dev_input: Path = DEV_INPUT,
    ) -> None:
        """`configured` gives the paths that have an owner; `adopt` is called with the path of the gun, let go of."""
        self._card = card
        self._configured = configured
        self._adopt = adopt
        self._sys, self._dev = sys_input, dev_input
        self._heard: dict[Path, tuple[EvdevPort, Listener]] = {}
        self._looked_s = float("-inf")

    @property
    def listened(self) -> list[Path]:
        """The nodes listened to now."""
        return sorted(self._heard)

    def step(self, now_s: float, timeout_s: float = LOOK_S) -> None:
        """Look for new devices if it is time, then wait for keys, at most `timeout_s`, and hear them."""
        if now_s - self._looked_s >= LOOK_S:
            self._looked_s = now_s
            self._look()
        waiting = select.poll()
        nodes = {port.fileno(): node for node, (port, _) in self._heard.items()}
        for descriptor in nodes:
            waiting.register(descriptor, select.POLLIN)
        for descriptor, _ in waiting.poll(int(timeout_s * 1000)):
            self._hear(nodes[descriptor], now_s)

    def close(self) -> None:
        """Let go of everything."""
        for node in self.listened:
            self._forget(node)

    def _look(self) -> None:
        owned = {os.path.realpath(path) for path in self._configured()}
        found = {node for node in self._keyboards() if str(node.resolve()) not in owned}
        for node in set(self._heard) - found:
            self._forget(node)
        for node in sorted(found - set(self._heard))[: MAX_LISTENED - len(self._heard)]:
            port = EvdevPort(EvdevSettings(path=str(node)), grab=False)
            try:
                port.open()
            except DriverError:  # it went again, or is not ours to read: looked for again in LOOK_S
                continue
            self._heard[node] = (port, Listener(self._card))

    def _keyboards(self) -> list[Path]:
        nodes: list[Path] = []
        for entry in self._sys.glob("event*"):
            capabilities = entry / "device" / "capabilities"
            try:
                events, keys = ((capabilities / name).read_text("ascii") for name in ("ev", "key"))
            except OSError:  # it went while we looked
                continue
            if looks_like_gun(events, keys):
                nodes.append(self._dev / entry.name)
        return nodes

    def _hear(self, node: Path, now_s: float) -> None:
        port, listener = self._heard[node]
        try:
            card = listener.hears_card(port.read(READ_BYTES, 0.0), now_s)
        except DriverError:
            self._forget(node)
            return
        if card:
            self._forget(node)
            self._adopt(str(self._stable(node)))

    def _forget(self, node: Path) -> None:
        self._heard.pop(node)[0].close()

    def _stable(self, node: Path) -> Path:
        """The link under by-path that stays when the number changes, or the node itself."""
        links = sorted((self._dev / "by-path").glob("*-event-kbd"))
        return next((link for link in links if link.resolve() == node.resolve()), node)
