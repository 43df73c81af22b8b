"""A counter's worth of twins set out in one directory, and the configuration that leads a station to them.

    <directory>/gun      serial barcode gun     <directory>/scale    ST,GS scale
    <directory>/panel    signal panel           <directory>/w1/28-xxxxxxxxxxxx/w1_slave    thermometer of the cold box

Called by the console (`sim_hardware.cli`) and by demos; tests that need one device make it themselves.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from sim_hardware.panel import PanelLine, SignalPanel
from sim_hardware.scale import SerialScale
from sim_hardware.scanner import SerialScanner
from sim_hardware.w1_bus import W1Bus
from sim_hardware.wire import VirtualWire

BOX_ADDRESS = "28-0316a2794bff"
"""The name of the box's thermometer; made up, of the kernel's form."""
BOX_EVERY_S = 60
"""How often a station samples it: "a box sampled each minute" (design.md, budgets)."""
LINE_BAUD = 9600
"""Of gun and scale: most makers (devices.md A8, B1)."""


class Table:
    """The twins, plugged in and talking between `open` and `close`, or as a context manager."""

    def __init__(
        self, directory: Path, *, paced: bool = True, on_line: Callable[[PanelLine], None] | None = None
    ) -> None:
        """`directory`: created when missing. `paced`: False lets bytes through at once, for tests.

        `on_line`: told each of the panel's lines as it comes, in another thread; it must not raise.
        """
        self.directory = directory.absolute()
        baud = LINE_BAUD if paced else None
        self.gun = SerialScanner(VirtualWire(self.directory / "gun", baud=baud))
        self.scale = SerialScale(VirtualWire(self.directory / "scale", baud=baud))
        self.panel = SignalPanel(self.directory / "panel", on_line=on_line)
        self.bus = W1Bus(self.directory / "w1")
        self.box = self.bus.sensor(BOX_ADDRESS)

    def __enter__(self) -> Table:
        """Open."""
        try:
            self.open()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def open(self) -> None:
        """Plug everything in and switch the scale on. Raises PathTakenError if a real file is in the way."""
        self.gun.plug()
        self.scale.plug()
        self.panel.plug()
        self.box.plug()
        self.scale.start()

    def close(self) -> None:
        """Switch off and unplug everything; only empty directories are left."""
        self.scale.close()
        for wire in (self.gun.wire, self.scale.wire):
            wire.close()
        self.panel.close()
        self.bus.close()

    def stanzas(self, *, box_every_s: float = BOX_EVERY_S) -> str:
        """Return the part of a station's configuration, in TOML, that names these devices."""
        gun = _device("gun", "scan_serial", self.gun.wire.link, baudrate=LINE_BAUD)
        scale = _device("scale", "stgs_ascii", self.scale.wire.link, baudrate=LINE_BAUD)
        box = _device("box", "w1_slave", self.box.path, every_s=box_every_s)
        return "\n".join([gun, scale, box, f"[feedback]\npanel = {_toml_string(self.panel.wire.link)}\n"])


def _device(name: str, model: str, path: Path, **settings: float) -> str:
    lines = [
        "[[device]]",
        f'name = "{name}"',
        f'model = "{model}"',
        f"path = {_toml_string(path)}",
        *(f"{key} = {value}" for key, value in settings.items()),
    ]
    return "\n".join(lines) + "\n"


def _toml_string(path: Path) -> str:
    return json.dumps(str(path), ensure_ascii=False)  # a JSON string is a TOML basic string
