"""Twins set out in one directory, and the configuration that leads a station to them.

    <directory>/gun      serial barcode gun     <directory>/scale    ST,GS scale
    <directory>/panel    signal panel           <directory>/w1/28-xxxxxxxxxxxx/w1_slave    thermometer of the cold box

That is a counter's worth, set out unless others are named; named ones stand under their model's name, the second of
a kind as `name-2`. The panel is always there: it is where a station answers. Called by the console
(`sim_hardware.cli`) and by demos; tests that need one device make it themselves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sim_hardware.errors import UnknownModelError
from sim_hardware.models import BOX_ADDRESS, BOX_EVERY_S, LINE_BAUD, TWINS, Place, Setting
from sim_hardware.panel import PanelLine, SignalPanel
from sim_hardware.scale import SerialScale
from sim_hardware.scanner import SerialScanner
from sim_hardware.w1_bus import W1Bus, W1Sensor

__all__ = ["BOX_ADDRESS", "BOX_EVERY_S", "LINE_BAUD", "Table"]

T = TypeVar("T")


class Table:
    """The twins, plugged in and talking between `open` and `close`, or as a context manager."""

    def __init__(
        self,
        directory: Path,
        *,
        models: Sequence[str] = (),
        paced: bool = True,
        on_line: Callable[[PanelLine], None] | None = None,
    ) -> None:
        """`directory`: created when missing. `models`: names out of TWINS; none for gun, scale and box.

        `paced`: False lets bytes through at once, for tests. `on_line`: told each of the panel's lines as it comes, in
        another thread; it must not raise. Raises UnknownModelError for a model that has no twin.
        """
        self.directory = directory.absolute()
        self.panel = SignalPanel(self.directory / "panel", on_line=on_line)
        self.places = self._counter(paced) if not models else self._named(models, paced)

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

    @property
    def twins(self) -> Mapping[str, object]:
        """Every device by its name, the panel last."""
        return {name: place.twin for name, place in self.places.items()} | {"panel": self.panel}

    @property
    def gun(self) -> SerialScanner:
        """The counter's gun. Raises KeyError where others were named."""
        return _as(SerialScanner, self.places["gun"])

    @property
    def scale(self) -> SerialScale:
        """The counter's scale. Raises KeyError where others were named."""
        return _as(SerialScale, self.places["scale"])

    @property
    def box(self) -> W1Sensor:
        """The box's thermometer. Raises KeyError where others were named."""
        return _as(W1Sensor, self.places["box"])

    def open(self) -> None:
        """Plug everything in and switch it on. Raises PathTakenError if a real file is in the way."""
        for place in self.places.values():
            place.open()
        self.panel.plug()

    def close(self) -> None:
        """Switch off and unplug everything; only empty directories are left."""
        for place in self.places.values():
            place.close()
        self.panel.close()

    def stanzas(self, *, box_every_s: float = BOX_EVERY_S) -> str:
        """Return the part of a station's configuration, in TOML, that names these devices."""
        parts = []
        for name, place in self.places.items():
            settings = dict(place.settings)
            if settings.get("every_s") == BOX_EVERY_S:
                settings["every_s"] = box_every_s
            parts.append(_device(name, place.model, place.path, settings))
        return "\n".join([*parts, f"[feedback]\npanel = {_toml(str(self.panel.wire.link))}\n"])

    def _counter(self, paced: bool) -> dict[str, Place]:
        bus = W1Bus(self.directory / "w1")
        box = bus.sensor(BOX_ADDRESS)
        return {
            "gun": TWINS["scan_serial"](self.directory / "gun", paced),
            "scale": TWINS["stgs_ascii"](self.directory / "scale", paced),
            "box": Place("w1_slave", box, box.path, box.plug, bus.close, {"every_s": BOX_EVERY_S}),
        }

    def _named(self, models: Sequence[str], paced: bool) -> dict[str, Place]:
        unknown = sorted(set(models) - TWINS.keys())
        if unknown:
            raise UnknownModelError(
                f"没有这种模拟设备 · no twin of {', '.join(unknown)}", hint=f"可选 · choose from: {', '.join(TWINS)}"
            )
        places: dict[str, Place] = {}
        for model in models:
            count = 1 + sum(place.model == model for place in places.values())
            name = model if count == 1 else f"{model}-{count}"
            places[name] = replace(TWINS[model](self.directory / name, paced), model=model)
        return places


def _as(kind: type[T], place: Place) -> T:
    assert isinstance(place.twin, kind)
    return place.twin


def _device(name: str, model: str, path: Path, settings: Mapping[str, Setting]) -> str:
    lines = [
        "[[device]]",
        f'name = "{name}"',
        f'model = "{model}"',
        f"path = {_toml(str(path))}",
        *(f"{key} = {_toml(value)}" for key, value in settings.items()),
    ]
    return "\n".join(lines) + "\n"


def _toml(value: Setting) -> str:
    return json.dumps(value, ensure_ascii=False)  # JSON's strings, numbers and lists of them are TOML's too
