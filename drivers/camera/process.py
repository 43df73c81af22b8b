"""The agent's end of the decoding process, and one picture's way through the chain.

    decoding = Decoding()
    found = decode(path, Chain(decoding.steps(), rule), decoding, now_s)

The process is started by the first job and ends by itself when there is no more work (`worker.py`); a job it does not
answer in time, or dies of, is a step that read nothing, and the next step gets a fresh process. Not here: what
counts. Called by `scan_camera` and by `station decode`.
"""

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from drivers.camera.chain import Chain, Found, Read, Step
from drivers.errors import PortUnavailable

JOB_S = 15.0
"""The slowest step took 3.4 s on one core of a PC (devices.md B5, p95 of every step); a Pi is some times slower."""
START_S = 15.0
MAX_ANSWER_BYTES = 1 << 20
COMMAND = (sys.executable, "-m", "drivers.camera.worker")
INSTALL_HINT = "安装解码库 / install the decoder: pip install 'zxing-cpp>=3.1' opencv-python-headless"
_RESTART_HINT = "看日志,重启服务 / look at the log, restart the service"


class _Gone(Exception):
    """The process ended, or was ended because it did not answer."""


class _Hung(_Gone):
    """It did not answer in time: asking another one again would take as long."""


class Decoding:
    """The decoding process, started when needed. Belongs to one thread."""

    def __init__(self, command: Sequence[str] = COMMAND, *, job_s: float = JOB_S) -> None:
        """Start nothing yet."""
        self._command = command
        self._job_s = job_s
        self._process: subprocess.Popen[bytes] | None = None
        self._pending = b""
        self._steps: tuple[Step, ...] | None = None

    def steps(self) -> tuple[Step, ...]:
        """Return the steps there are decoders for; starts the process. Raises PortUnavailable where there are none."""
        if self._steps is None:
            try:
                self._start()
            except _Gone as error:
                self.close()
                raise PortUnavailable(f"decoding does not start: {error}", hint=_RESTART_HINT) from error
        if not self._steps:
            self._steps = None  # somebody may install it meanwhile
            self.close()
            raise PortUnavailable("zxing-cpp is not installed: no picture can be read", hint=INSTALL_HINT)
        return self._steps

    def run(self, step: Step, picture: Path) -> list[Read]:
        """Run one step on a picture file; a process that dies or hangs of it read nothing.

        Raises PortUnavailable where the file cannot be read as a picture.
        """
        job = {"picture": str(picture.absolute()), "step": step.value}
        answer = self._ask_well(job)
        if answer is None:
            return []
        if "error" in answer:
            if step is Step.FAST:
                raise PortUnavailable(f"{picture}: {answer['error']}", hint="换一张照片 / take another picture")
            return []
        return [Read(r["code"], r["symbology"], step, r["aim"]) for r in answer["reads"]]

    def close(self) -> None:
        """End the process, if there is one; may be called twice."""
        process, self._process = self._process, None
        self._pending = b""
        if process is not None:
            process.kill()
            process.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        self.close()
        process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._process = process
        self._steps = tuple(Step(word) for word in self._answer(process, START_S)["steps"])
        return process

    def _ask_well(self, job: dict[str, str]) -> dict[str, Any] | None:
        """Ask; None where the process died or hung of it. One that was at its natural end just now is no such thing."""
        waited = self._process is not None
        try:
            return self._ask(job)
        except _Hung:
            self.close()
            return None
        except _Gone:
            self.close()
        if not waited:
            return None
        try:
            return self._ask(job)
        except _Gone:
            self.close()
            return None

    def _ask(self, job: dict[str, str]) -> dict[str, Any]:
        process = self._process
        if process is None or process.poll() is not None:  # not started, or it ended for want of work
            process = self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            process.stdin.flush()
        except OSError as error:
            raise _Gone(str(error)) from error
        return self._answer(process, self._job_s)

    def _answer(self, process: subprocess.Popen[bytes], timeout_s: float) -> dict[str, Any]:
        """Wait for one line; raises _Gone."""
        assert process.stdout is not None
        until_s = time.monotonic() + timeout_s
        while b"\n" not in self._pending:
            if not select.select([process.stdout], [], [], max(0.0, until_s - time.monotonic()))[0]:
                raise _Hung(f"no answer in {timeout_s:g} s")
            data = os.read(process.stdout.fileno(), 1 << 16)
            if not data or len(self._pending) > MAX_ANSWER_BYTES:
                raise _Gone("it ended")
            self._pending += data
        line, _, self._pending = self._pending.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer


def decode(picture: Path, chain: Chain, decoding: Decoding, now_s: float) -> list[Found]:
    """Take one picture through the chain; return what was found, what counts first.

    Raises PortUnavailable where the file cannot be read as a picture.
    """
    chain.begin(now_s)
    while (step := chain.next_step) is not None:
        chain.take(decoding.run(step, picture))
    return chain.end()
