"""A file whose every reading takes time, as a sysfs file does behind which a sensor converts.

A FIFO that is replaced by a fresh one for each reader: opening blocks until the text is there, and the end of the text
is the end of the file. One reader at a time; a second one waits for the next round.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path


class SlowFile:
    """A path that answers readers after a delay, from `start` to `close`."""

    def __init__(self, path: Path, text: Callable[[], str], delay_s: float) -> None:
        """`text`: asked after the delay, in the file's own thread; ASCII, a few lines."""
        self._path = path
        self._text = text
        self._delay_s = delay_s
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"slow {path.name}", daemon=True)

    def start(self) -> None:
        """Take the path over, replacing what stands there; once only."""
        self._thread.start()
        self._ready.wait()

    def close(self) -> None:
        """Serve no more and remove the path; a reader in mid-conversion gets nothing."""
        self._stop.set()
        while self._thread.is_alive():
            with contextlib.suppress(FileNotFoundError):
                os.close(os.open(self._path, os.O_RDONLY | os.O_NONBLOCK))  # lets the waiting writer through
            self._thread.join(0.01)
        self._path.unlink(missing_ok=True)

    def _run(self) -> None:
        fresh = self._path.with_name(f".{self._path.name}.fifo")
        while not self._stop.is_set():
            fresh.unlink(missing_ok=True)
            os.mkfifo(fresh)
            fresh.replace(self._path)
            self._ready.set()
            fd = os.open(self._path, os.O_WRONLY)
            try:
                if not self._stop.wait(self._delay_s):
                    with contextlib.suppress(BrokenPipeError):
                        os.write(fd, self._text().encode("ascii"))
            finally:
                os.close(fd)
