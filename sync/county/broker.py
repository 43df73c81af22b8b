"""An embedded MQTT broker (amqtt 0.12, MQTT 3.1.1 only) in a thread of its own: for a demo or a small county.

It keeps nothing on disk, which loses nothing: stations let go of what the county's database committed, never of what a
broker took. It answers `$share` subscriptions and then delivers nothing to them, so that it serves one ingest worker.
Real counties run Mosquitto (systemd/). A shell; called by serve and by tests.
"""

import asyncio
import logging
import threading
from pathlib import Path
from typing import Any

from amqtt.broker import Broker  # type: ignore[import-untyped]  # amqtt has no py.typed
from amqtt.errors import AMQTTError, BrokerError, PluginError  # type: ignore[import-untyped]

from sync.county.settings import is_loopback
from sync.errors import SyncError

MAX_CONNECTIONS = 2000
START_S = 10.0
STOP_S = 10.0

_ANONYMOUS = "amqtt.plugins.authentication.AnonymousAuthPlugin"
_PASSWORDS = "amqtt.plugins.authentication.FileAuthPlugin"


class BrokerFailed(SyncError):
    """Stop: the embedded broker cannot listen."""


class EmbeddedBroker:
    """A broker on `host`:`port`; a context manager that listens from enter to exit."""

    def __init__(self, host: str, port: int, *, password_file: Path | None = None) -> None:
        """Without `password_file` anybody may connect; raises BrokerFailed where that would be a network's anybody."""
        self._host, self._port = host, port
        if password_file is None and not is_loopback(host):
            hint = "设置 password_file 或改用 Mosquitto / give a password_file, or use Mosquitto"
            raise BrokerFailed(f"an open broker may only listen on loopback, not on {host}", hint=hint)
        plugins: dict[str, Any] = {_ANONYMOUS: {"allow_anonymous": True}}
        if password_file is not None:
            plugins = {_PASSWORDS: {"password_file": str(password_file)}}
        listener = {"type": "tcp", "bind": f"{host}:{port}", "max_connections": MAX_CONNECTIONS}
        # Its default plugins log every packet and publish $SYS topics that nobody reads.
        self._config: dict[str, Any] = {"listeners": {"default": listener}, "plugins": plugins}
        self._thread = threading.Thread(target=self._run, name="embedded broker", daemon=True)
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._error: BaseException | None = None

    def __enter__(self) -> "EmbeddedBroker":
        """Listen; raises BrokerFailed, most often because the port is taken."""
        for name in ("amqtt", "transitions"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._thread.start()
        if not self._started.wait(START_S) or self._error is not None:
            hint = (
                "换一个端口或停止占用它的程序,检查密码文件 / "
                "choose another port, or stop the program that holds it; look at the password file"
            )
            raise BrokerFailed(f"broker on {self._host}:{self._port}: {self._error or 'no answer'}", hint=hint)
        return self

    def __exit__(self, *_exc: object) -> None:
        """Close all connections and stop listening."""
        if self._loop is not None and self._stop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STOP_S)

    @property
    def alive(self) -> bool:
        """Whether it still runs; a shell that finds it dead must stop and be restarted."""
        return self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except (AMQTTError, BrokerError, PluginError, OSError) as error:
            self._error = error
        except BaseException as error:
            self._error = error
            raise
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        broker = _TidyBroker(self._config, self._loop)
        await broker.start()
        self._started.set()
        await self._stop.wait()
        await broker.shutdown()


class _TidyBroker(Broker):  # type: ignore[misc]  # amqtt has no py.typed
    """amqtt's broker, but every connection's socket is closed when its task ends.

    amqtt 0.12 leaves it open where its own goodbye fails (the peer is gone) or is cut short by a shutdown.
    """

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Serve one connection, then close it, whatever happened."""
        try:
            await super().stream_connected(reader, writer, listener_name)
        finally:
            writer.close()
