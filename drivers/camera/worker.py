"""`python -m drivers.camera.worker`: the process that holds the decoders, for as long as there is work.

    in     {"picture": "/path", "step": "fast"}        one job a line
    out    {"reads": [{"code", "symbology", "aim"}]}   or {"error": "..."}, one answer a line; the first line of all
           {"steps": ["fast", ...]}                    is what this process can do

It ends when its input ends, or when no job came for IDLE_S: the decoders' memory is then the agent's neighbours' again.
A decoder that aborts (zxing-cpp 1.4 did on some pictures, devices.md B5) takes only this process along. The last
picture stays in memory, so that the steps of one picture load it once. Called by `process.py`.
"""

import json
import os
import select
import sys
from pathlib import Path
from typing import Any

from drivers.camera.chain import Step
from drivers.camera.decoders import Grey, NotAPicture, available, load, run

IDLE_S = 20.0
"""A person with a bad label takes the next picture within this."""
MAX_LINE_BYTES = 1 << 16


class Desk:
    """What the process does with one job after the other."""

    def __init__(self) -> None:
        """Begin with no picture."""
        self._path = ""
        self._grey: Grey | None = None

    def job(self, line: str) -> dict[str, Any]:
        """Do one job; return what to answer. Only what no one foresaw is raised."""
        try:
            job = json.loads(line)
            path, step = str(job["picture"]), Step(job["step"])
        except (ValueError, KeyError, TypeError) as error:
            return {"error": f"no job: {error}"}
        try:
            if self._grey is None or path != self._path or step is Step.FAST:
                self._path, self._grey = path, load(Path(path))
            reads = run(step, self._grey)
        except (NotAPicture, OSError, ImportError) as error:
            return {"error": f"{type(error).__name__}: {error}"}
        return {"reads": [{"code": r.code, "symbology": r.symbology, "aim": r.aim} for r in reads]}


def main(idle_s: float = IDLE_S) -> None:
    """Answer jobs until the input ends or `idle_s` goes by without one."""
    desk = Desk()
    _say({"steps": [step.value for step in available()]})
    pending = b""
    while select.select([sys.stdin], [], [], idle_s)[0]:
        data = os.read(sys.stdin.fileno(), MAX_LINE_BYTES)
        if not data or len(pending) > MAX_LINE_BYTES:
            return
        *lines, pending = (pending + data).split(b"\n")
        for line in lines:
            _say(desk.job(line.decode("utf-8", "replace")))


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
