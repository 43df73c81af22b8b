"""What thingsboard-gateway runs in its own virtual environment: a connector that hands it our events, when told to.

Copied into the gateway's folder of extensions by `gateway`, which never imports it. The words of the talk are files in
one folder: `events.jsonl` holds the events, `go-N` begins round N, `connected` says that the gateway may be told.
Every event has a millisecond of its own, since the gateway merges events of one millisecond into one.
"""

import json
import threading
import time
from pathlib import Path
from typing import Any

from thingsboard_gateway.connectors.connector import Connector  # type: ignore[import-not-found]
from thingsboard_gateway.gateway.entities.converted_data import ConvertedData  # type: ignore[import-not-found]
from thingsboard_gateway.gateway.entities.telemetry_entry import TelemetryEntry  # type: ignore[import-not-found]

LOOK_S = 0.1
FIRST_MS = 1_760_000_000_000
DEVICE = "500237-001"


class StationEvents(Connector):  # type: ignore[misc]
    """A station's counter, as the gateway sees it."""

    def __init__(self, gateway: Any, config: dict[str, Any], connector_type: str) -> None:
        """config: `folder`, where the files of the talk stand."""
        self._gateway, self._config, self._type = gateway, config, connector_type
        self._folder = Path(config["folder"])
        self._stopping = threading.Event()
        self.name = str(config["name"])

    def open(self) -> None:
        """Wait for rounds on a thread."""
        (self._folder / "connected").touch()
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """No more rounds."""
        self._stopping.set()

    def _run(self) -> None:
        events = [json.loads(line) for line in (self._folder / "events.jsonl").read_text(encoding="utf-8").splitlines()]
        number = 0
        self._emit(events[:1], FIRST_MS - 1)  # the gateway announces a device with its first event, and waits for that
        while not self._stopping.wait(LOOK_S):
            if (self._folder / f"go-{number}").exists():
                self._emit(events, FIRST_MS + number * len(events))
                number += 1

    def _emit(self, events: list[dict[str, Any]], first_ms: int) -> None:
        for place, values in enumerate(events):
            data = ConvertedData(device_name=DEVICE, device_type="station")
            data.add_to_telemetry(TelemetryEntry(values, ts=first_ms + place))
            self._gateway.send_to_storage(self.name, self.get_id(), data)
            if place % 1000 == 999:
                time.sleep(0)

    def get_id(self) -> str:
        """Its id."""
        return str(self._config["id"])

    def get_name(self) -> str:
        """Its name."""
        return self.name

    def get_type(self) -> str:
        """Its type."""
        return self._type

    def get_config(self) -> dict[str, Any]:
        """Its configuration."""
        return self._config

    def is_connected(self) -> bool:
        """Always."""
        return True

    def is_stopped(self) -> bool:
        """Whether it was closed."""
        return self._stopping.is_set()

    def on_attributes_update(self, content: object) -> None:
        """Nothing comes down."""

    def server_side_rpc_handler(self, content: object) -> None:
        """Nothing comes down."""
